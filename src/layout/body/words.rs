//! What class, id and role say of an element, as a set of signs: one bit for each sort of word, found
//! anywhere in the attributes by one automaton, and one for each sort of tag.
//!
//! The words stand in `words.txt`. They are those of readability, trafilatura and resiliparse, and of the captured pages. They are
//! names that programmers give, so they are English nearly everywhere and no table of languages.

use std::sync::LazyLock;

use aho_corasick::{
    Anchored,
    automaton::{Automaton, StateID},
    dfa::DFA,
};

use crate::{finding::WidgetKind, layout::html::Named, page::html::Tag};

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

/// The sorts that name furniture.
struct Names {
    /// The surest first.
    all: Vec<Named>,
    /// Number of those that are not weak: a form, a dialog or a loose word says little inside an element that has a kind.
    strong: usize,
    /// By the bit of a sort: its place in the list, from 1, or 0.
    places: [u8; u64::BITS as usize],
    /// The sorts that say what they do beyond doubt.
    sure: u64,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let (unnamed, named): (Vec<_>, Vec<_>) = KINDS.iter().partition(|(_, kind)| *kind == WidgetKind::Other);
    let order = CLOSER.iter().chain(named.iter().copied()).chain(LOOSER).chain(unnamed.iter().copied());
    let mut names = Names {
        all: order.map(|(name, kind)| (*kind, *name)).collect(),
        strong: CLOSER.len() + named.len(),
        places: [0; u64::BITS as usize],
        sure: KINDS.iter().fold(0, |bits, (name, _)| bits | bit(name)),
    };
    for (place, (_, name)) in (1..).zip(&names.all) {
        if let Some(slot) = names.places.get_mut(bit(name).trailing_zeros() as usize) {
            *slot = place;
        }
    }
    names
});

/// A sort of sign that names furniture, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sort(u8);

impl Sort {
    const NONE: Self = Self(0);

    /// The surest among some signs.
    fn surest(mut signs: u64) -> Self {
        let mut surest = Self::NONE;
        while signs != 0 {
            let it = Self(NAMES.places[signs.trailing_zeros() as usize]);
            if it != Self::NONE && (surest == Self::NONE || it.0 < surest.0) {
                surest = it;
            }
            signs &= signs - 1;
        }
        surest
    }

    /// This, or else another.
    pub(super) fn or(self, other: Self) -> Self {
        if self == Self::NONE { other } else { self }
    }

    /// What it names, and its name.
    pub(super) fn named(self) -> Option<Named> {
        usize::from(self.0).checked_sub(1).map(|it| NAMES.all[it])
    }
}

/// The sort that names furniture beyond doubt.
pub(super) fn kind(signs: u64) -> Sort {
    if signs == 0 { Sort::NONE } else { Sort::surest(signs & NAMES.sure) }
}

/// Kind of furniture that an element most likely is: the one that its signs name, else that of the element round
/// it, which a weak one does not replace.
pub(super) fn widget_inside(signs: u64, outer: Sort) -> Sort {
    if signs == 0 {
        return outer;
    }
    let own = Sort::surest(signs);
    if usize::from(own.0) > NAMES.strong { outer.or(own) } else { own.or(outer) }
}

/// The bit of a sort of sign.
fn bit(name: &str) -> u64 {
    SORTS.iter().position(|it| *it == name).map_or(0, |it| 1 << it)
}

/// One word with its bit.
struct Word {
    bit: u64,
    len: usize,
    at: At,
}

/// All words behind one automaton.
struct Vocabulary {
    automaton: DFA,
    start: StateID,
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
            words.push(Word { bit: 1 << sort, len: text.len(), at });
        }
    }
    // It gets small letters only: half the letters make half the table.
    let automaton = DFA::builder().build(texts).expect("a few hundred short words");
    let start = automaton.start_state(Anchored::No).expect("an automaton begins anywhere");
    Vocabulary { automaton, start, words }
});

/// Signs in the value of one attribute.
pub(super) fn of_attribute(value: &str) -> u64 {
    if value.is_empty() {
        return 0;
    }
    let bytes = &value.as_bytes()[..value.len().min(ATTRIBUTE)];
    let Vocabulary { automaton, words, start } = &*VOCABULARY;
    let (mut state, mut signs) = (*start, 0);
    for (end, byte) in (1..).zip(bytes) {
        state = automaton.next_state(Anchored::No, state, byte.to_ascii_lowercase());
        if automaton.is_match(state) {
            signs |= ending(
                bytes,
                end,
                (0..automaton.match_len(state)).map(|it| &words[automaton.match_pattern(state, it)]),
            );
        }
    }
    signs
}

/// The signs of those words that end here and stand where they may.
fn ending<'w>(bytes: &[u8], end: usize, words: impl Iterator<Item = &'w Word>) -> u64 {
    let stands = |it: &&Word| match it.at {
        At::Any => true,
        At::Start => starts(bytes, end - it.len),
        At::Whole => starts(bytes, end - it.len) && ends(bytes, end),
    };
    words.filter(stands).fold(0, |signs, it| signs | it.bit)
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
        let signs = |class| of_attribute(class);
        let comments = kind(signs("comments-area"));
        let form = of_tag(Tag::Form);
        assert_eq!(comments.named(), Some((WidgetKind::Comments, "comment")));
        assert_eq!(widget_inside(form, comments), comments);
        assert_eq!(widget_inside(form, Sort::NONE).named(), Some((WidgetKind::Other, "a-form")));
        let newsletter = widget_inside(signs("newsletter-form"), comments);
        assert_eq!(newsletter.named(), Some((WidgetKind::Newsletter, "k-newsletter")));
        assert_eq!(widget_inside(signs("links"), comments), comments);
        assert_eq!(widget_inside(signs("links"), Sort::NONE).named(), Some((WidgetKind::Related, "k-related")));
        assert_eq!(kind(signs("links")), Sort::NONE);
    }
}
