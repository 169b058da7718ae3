//! The shape of a text, without a word list: sentence ends, number of words, headlines.

use crate::page::{Tally, fold::is_unspaced};

/// Words from which a line is no label and no short line any more.
pub const SHORT_WORDS: usize = 12;
/// Words of the longest headline; the 99.9th percentile of 6,586 news headlines is 29.
pub const HEADLINE_WORDS: usize = 30;

/// Number of words.
#[must_use]
pub fn words(text: &str) -> usize {
    Tally::of(text).words as usize
}

/// The last character that is no closing quote or bracket.
#[must_use]
pub fn last_mark(text: &str) -> Option<char> {
    text.chars().rev().find(|it| !it.is_whitespace() && !is_closing(*it))
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | '»' | '›' | ')' | ']' | '}' | '」' | '』' | '）' | '】' | '*' | '_')
}

/// Whether a character ends a sentence.
#[must_use]
pub fn is_sentence_end(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '．' | '؟' | '۔' | '।' | '॥' | '։' | '།' | '።' | '；')
}

/// Whether a text ends as a sentence does.
#[must_use]
pub fn ends_sentence(text: &str) -> bool {
    last_mark(text).is_some_and(is_sentence_end)
}

/// A line of so many words that may be a label or a button: few words, no sentence end but a question mark.
#[must_use]
pub fn is_short_line(text: &str, words: usize) -> bool {
    let end = last_mark(text);
    let ends = end.is_some_and(|it| is_sentence_end(it) && !matches!(it, '?' | '？' | '؟' | '…'));
    !ends && words <= SHORT_WORDS
}

/// A paragraph of running text of so many words: a sentence end and more than a line of words, or very many words.
#[must_use]
pub fn is_paragraph(text: &str, words: usize) -> bool {
    words > HEADLINE_WORDS || words > SHORT_WORDS && ends_sentence(text)
}

/// A line of so many words that may be a headline.
#[must_use]
pub fn is_headline(text: &str, words: usize) -> bool {
    (2..=HEADLINE_WORDS).contains(&words) && last_mark(text).is_none_or(|it| it != '.' && it != '。' && it != ':')
}

/// Number of sentences, by their ends; at least 1.
#[must_use]
pub fn sentences(text: &str) -> usize {
    let mut count = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        if is_sentence_end(c) && next.is_none_or(|it| it.is_whitespace() || is_closing(it) || is_unspaced(it)) {
            count += 1;
        }
    }
    count.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lines_are_labels_and_questions_and_no_sentences() {
        let is_short_line = |it: &str| is_short_line(it, words(it));
        let is_paragraph = |it: &str| is_paragraph(it, words(it));
        assert!(is_short_line("No time to read?"));
        assert!(is_short_line("Get a summary"));
        assert!(!is_short_line("He left."));
        assert!(is_paragraph("The committee met on Tuesday to discuss the budget for the coming year, and agreed."));
        assert!(!is_paragraph("Cannot assist with targeted political persuasion content"));
    }

    #[test]
    fn sentences_are_counted_by_their_ends() {
        assert_eq!(sentences("One. Two! Three?"), 3);
        assert_eq!(sentences("Version 1.2 of x"), 1);
        assert_eq!(sentences("一。二。"), 2);
    }
}
