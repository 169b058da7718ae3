//! Filler Latin all over a page, outside the main text as well.

use crate::{
    detect::{About, Detector, Findings, PageView},
    finding::{Basis, Confidence, Evidence, Extent, Finding, JunkKind, Place, Target},
    page::{
        ItemKind, Signs,
        block::{BLOCK, Block},
    },
    rule::RuleSet,
};

/// The detector.
pub(super) struct Filler;

const ID: &str = "placeholder/filler-on-page";

/// Words of filler Latin that are words of no other language of the web; sorted.
const WORDS: &[&str] = &[
    "accumsan",
    "accusantium",
    "adipiscing",
    "adipisicing",
    "aliquam",
    "aliquip",
    "amet",
    "bibendum",
    "commodo",
    "condimentum",
    "consectetuer",
    "consectetur",
    "consequat",
    "cupidatat",
    "curabitur",
    "dapibus",
    "deserunt",
    "dictum",
    "dignissim",
    "dolore",
    "dolorem",
    "doloremque",
    "eget",
    "eiusmod",
    "eleifend",
    "elit",
    "euismod",
    "exercitation",
    "facilisis",
    "faucibus",
    "feugiat",
    "fringilla",
    "fugiat",
    "imperdiet",
    "incididunt",
    "ipsum",
    "laudantium",
    "lobortis",
    "lorem",
    "luctus",
    "maecenas",
    "malesuada",
    "mauris",
    "molestie",
    "mollit",
    "nostrud",
    "nullam",
    "occaecat",
    "officia",
    "pariatur",
    "pellentesque",
    "placerat",
    "posuere",
    "praesent",
    "proident",
    "pulvinar",
    "quisque",
    "reprehenderit",
    "rhoncus",
    "sagittis",
    "scelerisque",
    "suscipit",
    "suspendisse",
    "tempor",
    "tincidunt",
    "ullamco",
    "ullamcorper",
    "vehicula",
    "veniam",
    "vestibulum",
    "vivamus",
    "viverra",
    "voluptate",
    "voluptatem",
    "vulputate",
];
/// Words of [`WORDS`] that make a line filler, if they are a quarter of its words too.
const WORDS_PER_LINE: usize = 3;
/// Lines of filler that make a page of filler.
const LINES: usize = 2;
/// Bytes at the start of a line of filler in which one of [`WORDS`] stands: some twenty words.
const START: usize = 128;
/// Words from which a line is running text.
const RUNNING: usize = 5;
/// How sure it is: templates are shown to be looked at, and some sites sell them.
const SURE: f64 = 0.75;

impl Detector for Filler {
    fn name(&self) -> &'static str {
        "filler"
    }

    fn about(&self) -> &'static [About] {
        &[About {
            id: ID,
            kind: JunkKind::Placeholder,
            summary: "Filler Latin is a large part of what the page says",
            why: "A theme that was put up as it came is filled with Latin in its teasers, boxes and columns, where no main text \
                  can be found. A quarter of the page's running text must be filler, in at least two lines; an article on filler \
                  text quotes it and explains.",
        }]
    }

    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, _: &RuleSet) {
        let running = || page.shown().map(|it| (it, page.reading.words_of(it))).filter(|it| it.1 >= RUNNING);
        let words: usize = running().map(|it| it.1).sum();
        let (mut lines, mut filler) = (0, words);
        for (item, words_of_line) in running() {
            let it = &page.reading.items[item];
            let may_be = it.kind != ItemKind::Code && it.tally.signs.has(Signs::LETTER);
            if may_be && is_filler(page.reading.folded_of(item), words_of_line) {
                lines += 1;
                continue;
            }
            filler -= words_of_line;
            if filler * 4 < words {
                return;
            }
        }
        if lines < LINES {
            return;
        }
        let Ok(confidence) = Confidence::new(SURE) else { return };
        findings.push(Finding {
            rule_id: ID.into(),
            kind: JunkKind::Placeholder,
            confidence,
            basis: Basis::Inferred,
            extent: Extent::Part,
            place: Place::Page,
            widget: None,
            target: Target::Page { source: None },
            message: format!("filler Latin in {lines} lines, {filler} of {words} words"),
            evidence: vec![Evidence { name: "share", delta: 0.0, detail: format!("{filler} of {words} words") }],
            repair: None,
            preview: false,
        });
    }
}

/// Whether a line is filler Latin.
fn is_filler(folded: &str, words: usize) -> bool {
    // Nearly all text is ruled out by its start.
    let start = &folded.as_bytes()[..folded.len().min(START)];
    if hits(start) == 0 {
        return false;
    }
    let hits = hits(folded.as_bytes());
    hits >= WORDS_PER_LINE && hits * 4 >= words
}

/// Number of words of a line that are in [`WORDS`]. The words are ASCII, so letters of other alphabets may end one.
fn hits(bytes: &[u8]) -> usize {
    let (mut hits, mut from) = (0, 0);
    while from < bytes.len() {
        let letters = Block::of(&bytes[from..]).within(b'a', b'z');
        let mut at = 0;
        while at < BLOCK && letters >> at != 0 {
            let start = at + (letters >> at).trailing_zeros() as usize;
            let len = (letters >> start).trailing_ones() as usize;
            // One that may go on behind the block is looked at in a block that begins with it.
            if start > 0 && start + len == BLOCK {
                at = start;
                break;
            }
            let word = &bytes[from + start..from + start + len];
            if len >= SHORTEST && may_be(word) {
                hits += usize::from(WORDS.binary_search_by(|it| it.as_bytes().cmp(word)).is_ok());
            }
            at = start + len;
        }
        from += if at < BLOCK && letters >> at == 0 { BLOCK } else { at };
    }
    hits
}

/// Letters of the shortest of [`WORDS`].
const SHORTEST: usize = 4;

/// Whether a word is as long as one of [`WORDS`] with the same first and last letters, or longer by fours: nearly
/// all others are ruled out by it.
fn may_be(word: &[u8]) -> bool {
    let key = key(word);
    KEYS[key >> 6] & (1 << (key & 63)) != 0
}

/// First and last letter of a word, and the rest of its length by four.
const fn key(word: &[u8]) -> usize {
    ((word[0] & 31) as usize) << 7 | ((word[word.len() - 1] & 31) as usize) << 2 | word.len() & 3
}

/// One bit for the key of each of [`WORDS`].
const KEYS: [u64; 64] = {
    let mut bits = [0; 64];
    let mut index = 0;
    while index < WORDS.len() {
        let key = key(WORDS[index].as_bytes());
        bits[key >> 6] |= 1 << (key & 63);
        index += 1;
    }
    bits
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::shape;

    #[test]
    fn words_are_sorted_for_the_search() {
        assert!(WORDS.is_sorted());
        assert!(WORDS.iter().all(|it| it.len() >= SHORTEST && hits(it.as_bytes()) == 1));
    }

    #[test]
    fn filler_is_told_from_text_about_it_and_from_latin() {
        let filler = |it: &str| is_filler(it, shape::words(it));
        assert!(filler("lorem ipsum dolor sit amet, consectetur adipiscing elit."));
        assert!(filler("quisque at tempor ligula, pellentesque et pulvinar enim"));
        assert!(!filler("the words lorem ipsum dolor sit amet come from a book that cicero wrote in the year 45"));
        assert!(!filler("gallia est omnis divisa in partes tres, quarum unam incolunt belgae"));
    }
}
