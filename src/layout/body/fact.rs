//! What a block is by its tag, and how it is like the title and the description of the page.

use super::text::{self, Text, real};
use crate::page::{ItemKind, Reading, html::Tag};

/// What is known of a block beside its text and the elements round it.
#[derive(Clone, Copy, Default)]
pub(super) struct Fact {
    pub(super) node: u32,
    pub(super) tag: f32,
    pub(super) heading: f32,
    pub(super) kind: f32,
    pub(super) breaks: f32,
    /// Likeness to the title.
    pub(super) title: f32,
    pub(super) is_description: bool,
}

/// The facts of all blocks.
pub(super) fn facts(reading: &Reading<'_>, items: &[usize], texts: &[Text]) -> Vec<Fact> {
    let elements = reading.html.as_ref().map_or(&[][..], |it| &it.outline.elements[..]);
    let titles = Titles::of(reading);
    let description = reading.meta.description.as_str();
    let fact = |(item, text): (&usize, &Text)| {
        let it = &reading.items[*item];
        let tag = it.element.map_or(Tag::Body, |it| elements[it as usize].tag);
        Fact {
            node: it.element.map_or(0, |it| it + 1),
            tag: class_of(tag),
            heading: level(tag),
            kind: f32::from(it.kind as u8),
            breaks: f32::from(it.breaks),
            title: titles.likeness(reading.text_of(*item), text.len),
            is_description: text.len >= 30.0
                && !description.is_empty()
                && description.contains(start_of(reading.text_of(*item))),
        }
    };
    items.iter().zip(texts).map(fact).collect()
}

/// The first bytes of a text, whole characters.
fn start_of(text: &str) -> &str {
    &text[..text.floor_char_boundary(40)]
}

/// Words of titles that are compared.
const TITLE_WORDS: usize = 40;

/// The words of the page's titles.
struct Titles {
    words: Vec<Vec<u32>>,
    longest: f32,
}

impl Titles {
    fn of(reading: &Reading<'_>) -> Self {
        let titles = reading.items.iter().enumerate().filter(|(_, it)| it.kind == ItemKind::Title);
        let words: Vec<Vec<u32>> = titles.map(|(index, _)| hashes(reading.text_of(index))).take(4).collect();
        let longest = titles_len(reading);
        Self { words, longest }
    }

    /// Largest Jaccard index of the words with those of a title; of a text far shorter or longer, none.
    fn likeness(&self, text: &str, len: f32) -> f32 {
        if len > 1.5 * self.longest || len < 0.3 * self.longest || self.words.is_empty() {
            return 0.0;
        }
        let words = hashes(text);
        let like = |title: &Vec<u32>| {
            let common = words.iter().filter(|it| title.binary_search(it).is_ok()).count();
            let all = title.len() + words.len() - common;
            real(u32::try_from(common).unwrap_or(0)) / real(u32::try_from(all.max(1)).unwrap_or(1))
        };
        self.words.iter().map(like).fold(0.0, f32::max)
    }
}

fn titles_len(reading: &Reading<'_>) -> f32 {
    let titles = reading.items.iter().filter(|it| it.kind == ItemKind::Title);
    titles.map(|it| real(it.text.end - it.text.start)).fold(0.0, f32::max)
}

/// Hashes of the distinct words, sorted.
fn hashes(text: &str) -> Vec<u32> {
    let words = text.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).take(TITLE_WORDS);
    let mut hashes: Vec<u32> = words.map(|it| text::hash(0x811c_9dc5, it.as_bytes())).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

/// Sort of a tag.
fn class_of(tag: Tag) -> f32 {
    match tag {
        Tag::P => 1.0,
        Tag::Li | Tag::Dd | Tag::Dt => 2.0,
        Tag::Blockquote | Tag::Pre => 3.0,
        Tag::Td | Tag::Th | Tag::Tr => 4.0,
        Tag::Section | Tag::Article | Tag::Main => 5.0,
        Tag::Div => 6.0,
        Tag::Custom => 7.0,
        Tag::Header | Tag::Address => 8.0,
        Tag::Figcaption | Tag::Figure | Tag::Caption => 9.0,
        Tag::Nav | Tag::Footer | Tag::Aside | Tag::Form | Tag::Button | Tag::Label => 10.0,
        _ if tag.is_heading() => 0.0,
        _ => 6.5,
    }
}

fn level(tag: Tag) -> f32 {
    match tag {
        Tag::H1 => 1.0,
        Tag::H2 => 2.0,
        Tag::H3 => 3.0,
        Tag::H4 => 4.0,
        Tag::H5 => 5.0,
        Tag::H6 => 6.0,
        _ => 0.0,
    }
}
