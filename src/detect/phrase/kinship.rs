//! Whether a headline speaks of what stands below it.
//!
//! An honest headline takes its words and names from the text: of 278 measured, 94 % share two stems or more with
//! theirs and two share none. A refusal that was published in its place shares none. No table of words is needed:
//! a stem is the start of a long word, a number, two characters of a script without spaces, or two syllables where
//! these are written apart.

use std::cell::OnceCell;

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

use crate::{
    detect::PageView,
    limits,
    page::{
        fold::{is_alphanumeric, is_unspaced},
        span::{offset, prefix},
    },
};

/// Letters of a word that are its stem; shorter words are articles, prepositions and the like.
const STEM: usize = 5;
/// Syllables of Hangul that are a stem: what follows is mostly ending.
const HANGUL_STEM: usize = 2;
/// Stems of a headline from which sharing a single one may be chance.
const MANY: usize = 6;

/// Bytes of a text for each stem that is new in it, about.
const BYTES_PER_STEM: usize = 16;

/// How a headline stands to the main text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kinship {
    /// It shares no stem with the text, or one of many.
    Foreign {
        /// Stems of the headline.
        stems: usize,
    },
    /// It shares some.
    Own {
        /// Stems of the headline.
        stems: usize,
        /// Those of them that stand in the text.
        shared: usize,
    },
}

/// What a page speaks of. It is taken apart when it is first asked, and once for all that is compared with it: a hostile
/// page may have a weak sign in each of its paragraphs.
pub(super) struct Kin<'a> {
    page: &'a PageView<'a>,
    /// By whether syllables are written apart.
    main: [OnceCell<Stems<'a>>; 2],
    titles: [OnceCell<Stems<'a>>; 2],
}

impl<'a> Kin<'a> {
    pub(super) fn new(page: &'a PageView<'a>) -> Self {
        Self { page, main: Default::default(), titles: Default::default() }
    }

    /// Compares a headline, folded, with the main text. `None` where either is too short to tell.
    pub(super) fn of_title(&self, headline: &str) -> Option<Kinship> {
        let (stems, syllables) = stems_of(headline);
        if stems.len() < 2 || self.page.layout.main_chars < 2 * headline.chars().count() {
            return None;
        }
        let main = self.main(syllables);
        let shared = stems.iter().filter(|it| main.stands_elsewhere(it, headline)).count();
        let is_foreign = shared == 0 || shared == 1 && stems.len() >= MANY;
        let stems = stems.len();
        Some(if is_foreign { Kinship::Foreign { stems } } else { Kinship::Own { stems, shared } })
    }

    /// Compares an item of the main text with the rest of it and the titles: the item's stems, and those of them that
    /// stand there. `None` where either is too short to tell.
    pub(super) fn of_paragraph(&self, item: usize) -> Option<(usize, usize)> {
        let text = self.page.reading.folded_of(item);
        if self.page.layout.main_chars < 3 * self.page.reading.chars_of(item) {
            return None;
        }
        let (stems, syllables) = stems_of(text);
        if stems.len() < 2 {
            return None;
        }
        let (main, titles) = (self.main(syllables), self.titles(syllables));
        let stands = |it: &&&str| main.stands_elsewhere(it, text) || titles.stands_elsewhere(it, text);
        Some((stems.len(), stems.iter().filter(stands).count()))
    }

    fn main(&self, syllables: bool) -> &Stems<'a> {
        let texts = self.page.layout.main().map(|it| self.page.reading.folded_of(it));
        self.main[usize::from(syllables)].get_or_init(|| Stems::of(texts, syllables))
    }

    fn titles(&self, syllables: bool) -> &Stems<'a> {
        let texts = self.page.layout.titles.iter().map(|it| it.folded.as_str());
        self.titles[usize::from(syllables)].get_or_init(|| Stems::of(texts, syllables))
    }
}

/// The stems of some texts, and where each stands.
struct Stems<'t> {
    texts: Vec<&'t str>,
    /// The first text that a stem stands in, and the first that is not the same word for word, or the first again.
    places: HashMap<&'t str, (u32, u32)>,
}

impl<'t> Stems<'t> {
    fn of(texts: impl Iterator<Item = &'t str>, syllables: bool) -> Self {
        let texts: Vec<&str> = texts.collect();
        let mut left = limits::KINSHIP_BYTES;
        let bytes = texts.iter().map(|it| it.len()).sum::<usize>().min(left);
        let mut places = HashMap::with_capacity(bytes / BYTES_PER_STEM);
        for (here, text) in texts.iter().enumerate() {
            let looked_at = prefix(text, left);
            left -= looked_at.len();
            parts(looked_at, syllables, &mut |it| {
                let (first, other) = places.entry(it).or_insert((offset(here), offset(here)));
                if first == other && texts[*first as usize] != *text {
                    *other = offset(here);
                }
            });
        }
        Self { texts, places }
    }

    /// Whether a stem stands in another text than its own: that text repeated shows nothing.
    fn stands_elsewhere(&self, stem: &str, own: &str) -> bool {
        let is_other = |it: u32| self.texts[it as usize] != own;
        self.places.get(stem).is_some_and(|(first, other)| is_other(*first) || is_other(*other))
    }
}

/// The stems of a folded text, and whether it writes syllables apart: what it is compared with is taken apart as it is.
fn stems_of(text: &str) -> (HashSet<&str>, bool) {
    let (mut stems, syllables) = (HashSet::new(), writes_syllables(text));
    parts(prefix(text, limits::KINSHIP_BYTES), syllables, &mut |it| _ = stems.insert(it));
    (stems, syllables)
}

/// Whether a text writes syllables apart, as Vietnamese does: its own letters tell.
fn writes_syllables(folded: &str) -> bool {
    folded.chars().any(|it| matches!(it, 'đ' | 'ơ' | 'ư' | '\u{1ea0}'..='\u{1ef9}'))
}

/// Calls `each` for what a folded text is compared by.
fn parts<'t>(text: &'t str, syllables: bool, each: &mut dyn FnMut(&'t str)) {
    if syllables { pairs(text, each) } else { stems(text, each) }
}

/// Calls `each` for the pairs of syllables of a folded text: one alone is hardly ever a word.
fn pairs<'t>(text: &'t str, each: &mut dyn FnMut(&'t str)) {
    for clause in text.split(|it| !is_alphanumeric(it) && it != ' ') {
        let starts = clause.char_indices().filter(|(at, _)| *at == 0 || clause[..*at].ends_with(' ')).map(|it| it.0);
        for start in starts {
            let mut ends = clause[start..].match_indices(' ').map(|it| start + it.0).chain([clause.len()]);
            if let (Some(first), Some(second)) = (ends.next(), ends.next())
                && first > start
                && second > first + 1
            {
                each(&clause[start..second]);
            }
        }
    }
}

/// Calls `each` for the stems of a folded text.
fn stems<'t>(text: &'t str, each: &mut dyn FnMut(&'t str)) {
    let mut at = 0;
    while at < text.len() {
        let (end, has_unspaced) = end_of_word(text, at);
        let word = &text[at..end];
        if has_unspaced {
            stems_of_mixed(word, each);
        } else {
            stem_of(word).into_iter().for_each(&mut *each);
        }
        // What ends a word is no part of one.
        at = end + text[end..].chars().next().map_or(0, char::len_utf8);
    }
}

/// Where the word ends that begins at a place, and whether it has characters of scripts without spaces. Most bytes of
/// most texts are ASCII, and looked at as such.
fn end_of_word(text: &str, from: usize) -> (usize, bool) {
    let (mut at, mut has_unspaced) = (from, false);
    loop {
        let ascii = text.as_bytes()[at..].iter().position(|it| !ASCII_WORD[*it as usize]);
        at = ascii.map_or(text.len(), |it| at + it);
        let Some(c) = text[at..].chars().next().filter(|it| !it.is_ascii() && is_alphanumeric(*it)) else { break };
        has_unspaced |= is_unspaced(c);
        at += c.len_utf8();
    }
    (at, has_unspaced)
}

/// By byte, whether it is a letter or digit of ASCII.
static ASCII_WORD: [bool; 256] = {
    let mut is_word = [false; 256];
    let mut byte = 0;
    while byte < 128_u8 {
        is_word[byte as usize] = byte.is_ascii_alphanumeric();
        byte += 1;
    }
    is_word
};

/// The stem of a word of a script with spaces, if it is long enough to have one: a number is one as a whole.
fn stem_of(word: &str) -> Option<&str> {
    if word.bytes().all(|it| it.is_ascii_digit()) {
        return Some(word).filter(|it| !it.is_empty());
    }
    if let Some(stem) = word.get(..STEM).filter(|it| it.is_ascii()) {
        return Some(stem);
    }
    let is_hangul = |it: char| matches!(it, '\u{ac00}'..='\u{d7a3}');
    let length = if word.starts_with(is_hangul) { HANGUL_STEM } else { STEM };
    let (at, last) = word.char_indices().nth(length - 1)?;
    Some(&word[..at + last.len_utf8()])
}

/// Calls `each` for the stems of a word with characters of scripts without spaces: of these, all pairs.
fn stems_of_mixed<'t>(word: &'t str, each: &mut dyn FnMut(&'t str)) {
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let is_same = |it: char| is_unspaced(it) == is_unspaced(first);
        let (run, after) = rest.split_at(rest.find(|it| !is_same(it)).unwrap_or(rest.len()));
        rest = after;
        if is_unspaced(first) {
            let ends = run.char_indices().skip(2).map(|it| it.0).chain([run.len()]);
            let pairs = run.char_indices().zip(ends).filter(|_| run.chars().nth(1).is_some());
            pairs.for_each(|((at, _), end)| each(&run[at..end]));
        } else {
            stem_of(run).into_iter().for_each(&mut *each);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_apart(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        parts(text, writes_syllables(text), &mut |it| found.push(it.to_owned()));
        found
    }

    #[test]
    fn stems_are_the_starts_of_long_words_numbers_and_pairs_of_characters() {
        assert_eq!(taken_apart("the harbour of 1872, rebuilt"), ["harbo", "1872", "rebui"]);
        assert_eq!(taken_apart("北京市 8強"), ["北京", "京市", "8"]);
        assert_eq!(taken_apart("서울시장은 또"), ["서울"]);
        assert_eq!(taken_apart("từ chối dịch, xin lỗi"), ["từ chối", "chối dịch", "xin lỗi"]);
        assert_eq!(taken_apart("неможливо це"), ["немож"]);
    }
    #[test]
    fn a_text_repeated_word_for_word_shares_nothing_with_itself() {
        let texts = ["the harbour was rebuilt", "the harbour was rebuilt", "the council paid", "rebuilt"];
        let stems = Stems::of(texts.into_iter(), false);
        let elsewhere = |stem| texts.map(|own| stems.stands_elsewhere(stem, own));
        assert_eq!(elsewhere("harbo"), [false, false, true, true]);
        assert_eq!(elsewhere("rebui"), [true; 4]);
        assert_eq!(elsewhere("counc"), [true, true, false, true]);
        assert_eq!(elsewhere("weste"), [false; 4]);
    }
}
