//! Whether a headline speaks of what stands below it.
//!
//! An honest headline takes its words and names from the text: of 278 measured, 94 % share two stems or more with
//! theirs and two share none. A refusal that was published in its place shares none. No table of words is needed:
//! a stem is the start of a long word, a number, two characters of a script without spaces, or two syllables where
//! these are written apart.

use std::collections::HashSet;

use crate::{
    detect::PageView,
    limits,
    page::{fold::is_unspaced, span::prefix},
};

/// Letters of a word that are its stem; shorter words are articles, prepositions and the like.
const STEM: usize = 5;
/// Syllables of Hangul that are a stem: what follows is mostly ending.
const HANGUL_STEM: usize = 2;
/// Stems of a headline from which sharing a single one may be chance.
const MANY: usize = 6;

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

/// Compares a headline, folded, with the main text. `None` where either is too short to tell.
pub(super) fn of_title(page: &PageView<'_>, headline: &str) -> Option<Kinship> {
    let text = page.layout.main().map(|it| page.reading.folded_of(it));
    let (total, shared) = shared(headline, text);
    if total < 2 || page.layout.main_chars < 2 * headline.chars().count() {
        return None;
    }
    let is_foreign = shared == 0 || shared == 1 && total >= MANY;
    Some(if is_foreign { Kinship::Foreign { stems: total } } else { Kinship::Own { stems: total, shared } })
}

/// Compares an item of the main text with the rest of it and the titles: the item's stems, and those of them that stand
/// there. `None` where either is too short to tell.
pub(super) fn of_paragraph(page: &PageView<'_>, item: usize) -> Option<(usize, usize)> {
    let rest = page.layout.main().filter(|it| *it != item).map(|it| page.reading.folded_of(it));
    let titles = page.layout.titles.iter().map(|it| it.folded.as_str());
    let (total, shared) = shared(page.reading.folded_of(item), titles.chain(rest));
    let long_enough = page.layout.main_chars >= 3 * page.reading.chars_of(item);
    (total >= 2 && long_enough).then_some((total, shared))
}

/// The stems of a folded text, and those of them that stand in others.
fn shared<'a>(text: &str, others: impl Iterator<Item = &'a str>) -> (usize, usize) {
    let mut stems = HashSet::new();
    // The others are taken apart as the text is.
    let syllables = writes_syllables(text);
    parts(text, syllables, &mut |it| _ = stems.insert(it.to_owned()));
    let mut found = HashSet::new();
    let mut left = limits::KINSHIP_BYTES;
    // The text itself, repeated, shows nothing.
    for other in others.filter(|it| *it != text) {
        let looked_at = prefix(other, left);
        left -= looked_at.len();
        parts(looked_at, syllables, &mut |it| _ = stems.contains(it).then(|| found.insert(it.to_owned())));
    }
    (stems.len(), found.len())
}

/// Whether a text writes syllables apart, as Vietnamese does: its own letters tell.
fn writes_syllables(folded: &str) -> bool {
    folded.chars().any(|it| matches!(it, 'đ' | 'ơ' | 'ư' | '\u{1ea0}'..='\u{1ef9}'))
}

/// Calls `each` for what a folded text is compared by.
fn parts(text: &str, syllables: bool, each: &mut dyn FnMut(&str)) {
    if syllables { pairs(text, each) } else { stems(text, each) }
}

/// Calls `each` for the pairs of syllables of a folded text: one alone is hardly ever a word.
fn pairs(text: &str, each: &mut dyn FnMut(&str)) {
    for clause in text.split(|it: char| !it.is_alphanumeric() && it != ' ') {
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
fn stems(text: &str, each: &mut dyn FnMut(&str)) {
    for word in text.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()) {
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let is_same = |it: char| is_unspaced(it) == is_unspaced(first);
            let (run, after) = rest.split_at(rest.find(|it| !is_same(it)).unwrap_or(rest.len()));
            rest = after;
            if is_unspaced(first) {
                let ends = run.char_indices().skip(2).map(|it| it.0).chain([run.len()]);
                run.char_indices()
                    .zip(ends)
                    .filter(|_| run.chars().nth(1).is_some())
                    .for_each(|((at, _), end)| each(&run[at..end]));
            } else if run.bytes().all(|it| it.is_ascii_digit()) {
                each(run);
            } else {
                let length = if matches!(first, '\u{ac00}'..='\u{d7a3}') { HANGUL_STEM } else { STEM };
                let mut chars = run.char_indices().skip(length - 1);
                if let Some((at, last)) = chars.next() {
                    each(&run[..at + last.len_utf8()]);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems_of(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        parts(text, writes_syllables(text), &mut |it| found.push(it.to_owned()));
        found
    }

    #[test]
    fn stems_are_the_starts_of_long_words_numbers_and_pairs_of_characters() {
        assert_eq!(stems_of("the harbour of 1872, rebuilt"), ["harbo", "1872", "rebui"]);
        assert_eq!(stems_of("北京市 8強"), ["北京", "京市", "8"]);
        assert_eq!(stems_of("서울시장은 또"), ["서울"]);
        assert_eq!(stems_of("từ chối dịch, xin lỗi"), ["từ chối", "chối dịch", "xin lỗi"]);
        assert_eq!(stems_of("неможливо це"), ["немож"]);
    }
}
