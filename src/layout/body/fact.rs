//! What a block is by its tag, and how it is like the title and the description of the page.

use super::text::{self, Text, real};
use crate::page::{ItemKind, Reading, fold, html::Tag};

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
    let description = Description::of(&reading.meta.description);
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
            is_description: text.len >= DESCRIBED && description.quotes(reading.text_of(*item)),
        }
    };
    items.iter().zip(texts).map(fact).collect()
}

/// Letters from which a text can be what the description quotes.
const DESCRIBED: f32 = 30.0;
/// Bytes at its start that are looked for there.
const QUOTED: usize = 40;

/// The description of a page, and the rows of four bytes in it.
struct Description<'a> {
    text: &'a str,
    fours: Filter,
}

impl<'a> Description<'a> {
    fn of(text: &'a str) -> Self {
        let fours = text.as_bytes().windows(4).map(four);
        Self { text, fours: fours.collect() }
    }

    /// Whether the start of a text is in it.
    fn quotes(&self, text: &str) -> bool {
        let start = &text[..text.floor_char_boundary(QUOTED)];
        start.as_bytes().chunks_exact(4).all(|it| self.fours.may_have(four(it))) && self.text.contains(start)
    }
}

fn four(bytes: &[u8]) -> u32 {
    bytes.try_into().map_or(0, u32::from_le_bytes).wrapping_mul(0x9E37_79B1)
}

/// A set of hashes that may say yes of one that it has not.
struct Filter([u64; Self::WORDS]);

impl Filter {
    const WORDS: usize = 64;

    fn place(hash: u32) -> (usize, u64) {
        // The upper bits are the better mixed ones.
        ((hash >> 22) as usize % Self::WORDS, 1 << ((hash >> 16) % u64::BITS))
    }

    fn may_have(&self, hash: u32) -> bool {
        let (word, bit) = Self::place(hash);
        self.0[word] & bit != 0
    }
}

impl FromIterator<u32> for Filter {
    fn from_iter<T: IntoIterator<Item = u32>>(hashes: T) -> Self {
        let mut filter = Self([0; Self::WORDS]);
        for hash in hashes {
            let (word, bit) = Self::place(hash);
            filter.0[word] |= bit;
        }
        filter
    }
}

/// Titles and words of each that are compared.
const TITLES: usize = 4;
const TITLE_WORDS: usize = 40;

/// The words of the page's titles.
struct Titles {
    words: Vec<Words>,
    all: Filter,
    longest: f32,
}

impl Titles {
    fn of(reading: &Reading<'_>) -> Self {
        let titles = || reading.items.iter().enumerate().filter(|(_, it)| it.kind == ItemKind::Title);
        let words: Vec<Words> = titles().take(TITLES).map(|(index, _)| Words::of(reading.text_of(index))).collect();
        let all = words.iter().flat_map(Words::hashes).copied().collect();
        let longest = titles().map(|(_, it)| real(it.text.end - it.text.start)).fold(0.0, f32::max);
        Self { words, all, longest }
    }

    /// Largest Jaccard index of the words with those of a title; of a text far shorter or longer, none.
    fn likeness(&self, text: &str, len: f32) -> f32 {
        if len > 1.5 * self.longest || len < 0.3 * self.longest || self.words.is_empty() {
            return 0.0;
        }
        let words = Words::in_order(text);
        if !words.hashes().iter().any(|it| self.all.may_have(*it)) {
            return 0.0;
        }
        let words = words.sorted();
        let like = |title: &Words| {
            let common = words.hashes().iter().filter(|it| title.hashes().binary_search(it).is_ok()).count();
            let all = title.len + words.len - common;
            real(u32::try_from(common).unwrap_or(0)) / real(u32::try_from(all.max(1)).unwrap_or(1))
        };
        self.words.iter().map(like).fold(0.0, f32::max)
    }
}

/// Hashes of the first words of a text.
struct Words {
    hashes: [u32; TITLE_WORDS],
    len: usize,
}

impl Words {
    /// The distinct words, sorted.
    fn of(text: &str) -> Self {
        Self::in_order(text).sorted()
    }

    fn in_order(text: &str) -> Self {
        let words = text.split(|it: char| !fold::is_alphanumeric(it)).filter(|it| !it.is_empty());
        let mut it = Self { hashes: [0; TITLE_WORDS], len: 0 };
        for (slot, word) in it.hashes.iter_mut().zip(words) {
            *slot = text::hash(0x811c_9dc5, word.as_bytes());
            it.len += 1;
        }
        it
    }

    fn sorted(mut self) -> Self {
        self.hashes[..self.len].sort_unstable();
        let mut distinct = 0;
        for at in 0..self.len {
            if distinct == 0 || self.hashes[at] != self.hashes[distinct - 1] {
                self.hashes[distinct] = self.hashes[at];
                distinct += 1;
            }
        }
        Self { len: distinct, ..self }
    }

    fn hashes(&self) -> &[u32] {
        &self.hashes[..self.len]
    }
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
