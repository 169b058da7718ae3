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

/// Sorts that name furniture and are no feature of the model begin so; they stand behind all others.
const NO_FEATURE: &str = "k-";

static FEATURES: LazyLock<usize> = LazyLock::new(|| SORTS.iter().filter(|it| !it.starts_with(NO_FEATURE)).count());

/// Names of the sorts that are features, in the order of their bits.
pub(super) fn sorts() -> &'static [&'static str] {
    &SORTS[..*FEATURES]
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

/// Sorts that name furniture more closely than those of [`KINDS`], and such that do where none of them does. They are
/// no features of the model, and have no part in what is main text.
const CLOSER: &[(&str, WidgetKind)] = &[
    ("k-author-box", WidgetKind::AuthorBox),
    ("k-app", WidgetKind::AppBanner),
    ("k-neighbour", WidgetKind::PreviousNext),
    ("k-newsletter", WidgetKind::Newsletter),
];
const LOOSER: &[(&str, WidgetKind)] = &[
    ("k-contents", WidgetKind::Navigation),
    ("k-feedback", WidgetKind::Comments),
    ("k-legal", WidgetKind::Legal),
    ("k-offer", WidgetKind::Newsletter),
    ("k-related", WidgetKind::Related),
    ("k-share", WidgetKind::Share),
];

type KindBits = Vec<(u64, WidgetKind, &'static str)>;

fn bits_of(kinds: &[(&'static str, WidgetKind)]) -> KindBits {
    kinds.iter().map(|(name, kind)| (bit(name), *kind, *name)).collect()
}

static KIND_BITS: LazyLock<KindBits> = LazyLock::new(|| bits_of(KINDS));
static WIDGET_BITS: LazyLock<KindBits> = LazyLock::new(|| {
    let named = KINDS.iter().filter(|(_, kind)| *kind != WidgetKind::Other);
    let unnamed = KINDS.iter().filter(|(_, kind)| *kind == WidgetKind::Other);
    bits_of(&CLOSER.iter().chain(named).chain(LOOSER).chain(unnamed).copied().collect::<Vec<_>>())
});

/// Kind of furniture that signs name beyond doubt, and the sort that does so.
pub(super) fn kind(signs: u64) -> Option<(WidgetKind, &'static str)> {
    first(&KIND_BITS, signs)
}

fn first(kinds: &KindBits, signs: u64) -> Option<(WidgetKind, &'static str)> {
    if signs == 0 {
        return None;
    }
    kinds.iter().find(|(bit, ..)| signs & bit != 0).map(|(_, kind, name)| (*kind, *name))
}

/// Kind of furniture that an element most likely is: the one that its signs name, else that of the element round
/// it. A form, a dialog or a loose word says little inside an element that has a kind.
pub(super) fn widget_inside(
    signs: u64,
    outer: Option<(WidgetKind, &'static str)>,
) -> Option<(WidgetKind, &'static str)> {
    let own = first(&WIDGET_BITS, signs);
    let is_weak =
        |(kind, by): (WidgetKind, &str)| kind == WidgetKind::Other || LOOSER.iter().any(|(name, _)| *name == by);
    if own.is_some_and(is_weak) { outer.or(own) } else { own.or(outer) }
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

    #[test]
    fn form_in_a_named_element_is_of_its_kind_and_alone_of_none() {
        let comments = kind(of_attribute("comments-area"));
        assert_eq!(comments, Some((WidgetKind::Comments, "comment")));
        assert_eq!(widget_inside(of_tag(Tag::Form), comments), comments);
        assert_eq!(widget_inside(of_tag(Tag::Form), None), Some((WidgetKind::Other, "a-form")));
        let newsletter = widget_inside(of_attribute("newsletter-form"), comments);
        assert_eq!(newsletter, Some((WidgetKind::Newsletter, "k-newsletter")));
        assert_eq!(widget_inside(of_attribute("links"), comments), comments);
        assert_eq!(widget_inside(of_attribute("links"), None), Some((WidgetKind::Related, "k-related")));
        assert_eq!(kind(of_attribute("links")), None);
    }
}
