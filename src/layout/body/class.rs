//! What the classes of elements say, each asked once: many elements of a page share one.

use std::borrow::Cow;

use super::{text, words};
use crate::page::{Span, html::Tag};

/// Places for what is known. A class whose place is taken drives out the one there, so no page makes it slow.
const PLACES: usize = 256;
/// Bytes of a class that its sign sees.
const SEEN: usize = 64;

/// What a tag with its class says.
#[derive(Clone, Copy, Default)]
pub(super) struct Class {
    /// Sorts of words in the class.
    pub(super) words: u64,
    /// Hash of tag and class.
    pub(super) sign: u32,
}

/// The classes of a page.
pub(super) struct Classes<'s> {
    source: &'s str,
    known: Vec<(Tag, &'s str, Class)>,
}

impl<'s> Classes<'s> {
    /// Of a page with this source.
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, known: vec![(Tag::Other, "", Class::default()); PLACES] }
    }

    /// What a tag says with the class that stands here.
    pub(super) fn of(&mut self, tag: Tag, class: Span) -> Class {
        let class = self.value(class);
        if class.is_empty() {
            return Class { words: 0, sign: sign(tag, class) };
        }
        let known = &mut self.known[place(tag, class.as_bytes())];
        if (known.0, known.1) != (tag, class) {
            let words = words::of_attribute(&without_topics(tag, class));
            *known = (tag, class, Class { words, sign: sign(tag, class) });
        }
        known.2
    }

    /// Sorts of words in another attribute.
    pub(super) fn words(&self, value: Span) -> u64 {
        words::of_attribute(self.value(value))
    }

    fn value(&self, span: Span) -> &'s str {
        self.source.get(span.range()).unwrap_or("")
    }
}

/// What names of classes begin with that say what a post is about, as `WordPress` and Ghost write them.
const TOPICS: &[&str] = &["tag-", "category-"];
/// Classes of an element that holds a whole post.
const POSTS: &[&str] = &["post", "hentry", "type-post", "h-entry"];

/// A class without what the post is about: `tag-sport` is no list of tags where it stands at a whole article.
fn without_topics(tag: Tag, class: &str) -> Cow<'_, str> {
    let is_topic = |it: &str| TOPICS.iter().any(|topic| it.starts_with(topic));
    let names = || class.split_ascii_whitespace();
    let is_post = || matches!(tag, Tag::Article | Tag::Main | Tag::Body) || names().any(|it| POSTS.contains(&it));
    if names().any(is_topic) && is_post() {
        Cow::Owned(names().filter(|it| !is_topic(it)).collect::<Vec<_>>().join(" "))
    } else {
        Cow::Borrowed(class)
    }
}

/// Place of a class by its length and both ends.
fn place(tag: Tag, class: &[u8]) -> usize {
    let eight = |it: Option<&[u8; 8]>| it.map_or(0, |it| u64::from_le_bytes(*it));
    let ends = match class.len() {
        8.. => eight(class.first_chunk()) ^ eight(class.last_chunk()).rotate_left(29),
        _ => class.iter().fold(0, |it, byte| it << 8 | u64::from(*byte)),
    };
    let all = ends ^ (class.len() as u64) << 8 ^ tag as u64;
    (all.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % PLACES
}

/// Hash of a tag and its class, in which all digits are alike.
fn sign(tag: Tag, class: &str) -> u32 {
    let class = &class.as_bytes()[..class.len().min(SEEN)];
    let seed = text::hash(0x811c_9dc5, &[tag as u8]);
    class.iter().fold(seed, |it, byte| text::hash(it, &[if byte.is_ascii_digit() { b'0' } else { *byte }]))
}
