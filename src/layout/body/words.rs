//! What class, id and role say of an element, as a set of signs: one bit for each sort of word, found
//! anywhere in the attributes by one automaton, and one for each sort of tag.
//!
//! The words stand in `words.txt`. They are those of readability, trafilatura and resiliparse, and of the captured pages. They are
//! names that programmers give, so they are English nearly everywhere and no table of languages.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use crate::{finding::WidgetKind, page::html::Tag};

/// Where a word may stand in an attribute.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Anywhere.
    Any,
    /// At the start of a word.
    Start,
    /// As a whole word.
    Whole,
}

const WORDS: &str = include_str!("words.txt");

/// Lines of the file: sorts with their words.
fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS.lines().filter(|it| !it.starts_with('#')).filter_map(|it| it.split_once(':'))
}

static SORTS: LazyLock<Vec<&str>> = LazyLock::new(|| lines().map(|(name, _)| name).collect());

/// Names of the sorts, in the order of their bits.
pub(super) fn sorts() -> &'static [&'static str] {
    &SORTS
}

/// Bytes of one attribute that are looked at.
const ATTRIBUTE: usize = 256;

/// Sorts of tags.
const TAGS: &[(&str, &[Tag])] = &[
    ("a-nav", &[Tag::Nav]),
    ("a-header", &[Tag::Header]),
    ("a-footer", &[Tag::Footer]),
    ("a-aside", &[Tag::Aside]),
    ("a-main", &[Tag::Main]),
    ("a-article", &[Tag::Article]),
    ("a-figure", &[Tag::Figure, Tag::Figcaption]),
    ("a-table", &[Tag::Table, Tag::Td, Tag::Th]),
    ("a-list", &[Tag::Ul, Tag::Ol, Tag::Dl, Tag::Li]),
    ("a-form", &[Tag::Form, Tag::Button, Tag::Label, Tag::Fieldset, Tag::Dialog]),
    ("a-quote", &[Tag::Blockquote]),
    ("a-section", &[Tag::Section]),
    ("a-custom", &[Tag::Custom]),
    ("a-p", &[Tag::P]),
];

/// The bit of each tag, by its number.
static TAG_BITS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let mut bits = vec![0; Tag::Other as usize + 1];
    for (name, tags) in TAGS {
        tags.iter().for_each(|it| bits[*it as usize] = bit(name));
    }
    bits
});

/// Sign of a tag.
pub(super) fn of_tag(tag: Tag) -> u64 {
    TAG_BITS[tag as usize]
}

/// Sorts that name furniture, the surest first.
const KINDS: &[(&str, WidgetKind)] = &[
    ("consent", WidgetKind::Consent),
    ("comment", WidgetKind::Comments),
    ("breadcrumb", WidgetKind::Breadcrumb),
    ("related", WidgetKind::Related),
    ("share", WidgetKind::Share),
    ("ad", WidgetKind::Ad),
    ("offer", WidgetKind::Newsletter),
    ("a-nav", WidgetKind::Navigation),
    ("navigation", WidgetKind::Navigation),
    ("tags", WidgetKind::Tags),
    ("author", WidgetKind::Byline),
    ("date", WidgetKind::Date),
    ("a-footer", WidgetKind::Legal),
    ("footer", WidgetKind::Legal),
    ("a-figure", WidgetKind::Caption),
    ("caption", WidgetKind::Caption),
    ("search", WidgetKind::Search),
    ("a-header", WidgetKind::Navigation),
    ("header", WidgetKind::Navigation),
    ("a-aside", WidgetKind::Related),
    ("side", WidgetKind::Related),
    ("lead", WidgetKind::SummaryBox),
    ("media", WidgetKind::MediaNotice),
    ("a-form", WidgetKind::Other),
    ("dialog", WidgetKind::Other),
];

static KIND_BITS: LazyLock<Vec<(u64, WidgetKind, &str)>> =
    LazyLock::new(|| KINDS.iter().map(|(name, kind)| (bit(name), *kind, *name)).collect());

/// Kind of furniture that signs name, and the sort that does so.
pub(super) fn kind(signs: u64) -> Option<(WidgetKind, &'static str)> {
    if signs == 0 {
        return None;
    }
    KIND_BITS.iter().find(|(bit, ..)| signs & bit != 0).map(|(_, kind, name)| (*kind, *name))
}

/// The bit of a sort of sign.
fn bit(name: &str) -> u64 {
    SORTS.iter().position(|it| *it == name).map_or(0, |it| 1 << it)
}

/// One word with its bit.
struct Word {
    bit: u64,
    at: At,
}

/// All words behind one automaton.
struct Vocabulary {
    automaton: AhoCorasick,
    words: Vec<Word>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let (mut texts, mut words) = (Vec::new(), Vec::new());
    for (sort, (_, line)) in lines().enumerate() {
        for written in line.split_whitespace() {
            let (at, text) = match (written.strip_prefix('^'), written.strip_prefix('=')) {
                (Some(text), _) => (At::Start, text),
                (_, Some(text)) => (At::Whole, text),
                _ => (At::Any, written),
            };
            texts.push(text);
            words.push(Word { bit: 1 << sort, at });
        }
    }
    let automaton = AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(texts);
    Vocabulary { automaton: automaton.expect("a few hundred short words"), words }
});

/// Signs in the value of one attribute.
pub(super) fn of_attribute(value: &str) -> u64 {
    if value.is_empty() {
        return 0;
    }
    let bytes = &value.as_bytes()[..value.len().min(ATTRIBUTE)];
    let vocabulary = &*VOCABULARY;
    let mut signs = 0;
    for found in vocabulary.automaton.find_overlapping_iter(bytes) {
        let word = &vocabulary.words[found.pattern().as_usize()];
        let stands = match word.at {
            At::Any => true,
            At::Start => starts(bytes, found.start()),
            At::Whole => starts(bytes, found.start()) && ends(bytes, found.end()),
        };
        if stands {
            signs |= word.bit;
        }
    }
    signs
}

/// Whether a word starts here: after what is no letter, or with a capital after a small letter.
fn starts(bytes: &[u8], at: usize) -> bool {
    at == 0
        || !bytes[at - 1].is_ascii_alphabetic()
        || bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase()
}

fn ends(bytes: &[u8], at: usize) -> bool {
    at == bytes.len()
        || !bytes[at].is_ascii_alphabetic()
        || bytes[at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(class: &str) -> Vec<&'static str> {
        let signs = of_attribute(class);
        sorts().iter().enumerate().filter(|(it, _)| signs & (1 << it) != 0).map(|(_, name)| *name).collect()
    }

    #[test]
    fn words_are_found_in_compounds_and_short_ones_only_alone() {
        assert_eq!(names("entry-content clear"), ["body", "article"]);
        assert_eq!(names("jp-relatedposts"), ["related"]);
        assert_eq!(names("c-AdSlot"), ["ad"]);
        assert_eq!(names("shadow loaded"), [""; 0]);
        assert_eq!(names("siteNav"), ["navigation"]);
        assert_eq!(names("col-md-8"), [""; 0]);
    }
}
