//! Letters that were lost, and letters of another script inside words.

use crate::page::{Span, fold::is_alphabetic};

/// Words that are damaged in one way: where the first stands, and how many there are.
pub(super) struct Words {
    /// The first of them.
    pub(super) first: Span,
    /// Their number.
    pub(super) count: usize,
}

impl Words {
    fn add(words: &mut Option<Self>, span: Span) {
        match words {
            Some(words) => words.count += 1,
            None => *words = Some(Self { first: span, count: 1 }),
        }
    }
}

/// Words of a text with their places, cut at white space.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(char::is_whitespace)
        .map(|word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
        .filter(|it| !it.1.is_empty())
}

/// Words with "?" where a letter was: between small letters, and no address. None where questions run on
/// without a space: a text whose other question marks are few.
pub(super) fn lost(text: &str) -> Option<Words> {
    let mut found = None;
    let (mut inside, mut wiped) = (0, 0);
    let mut lengths: Vec<usize> = Vec::new();
    for (at, word) in words(text) {
        if word.bytes().all(|it| it == b'?') && word.len() > 1 {
            wiped += 1;
            if !lengths.contains(&word.len()) && lengths.len() < 8 {
                lengths.push(word.len());
            }
            continue;
        }
        if word.contains(['/', '=', '&', '@', '.', '!']) {
            continue;
        }
        let bytes = word.as_bytes();
        let is_inside = |it: &[u8]| it[1] == b'?' && it[0].is_ascii_lowercase() && it[2].is_ascii_lowercase();
        if bytes.windows(3).any(is_inside) {
            inside += 1;
            Words::add(&mut found, Span::new(at, at + word.len()));
        }
    }
    // Whole words of another script become runs of "?" of different lengths.
    if wiped >= 4 && lengths.len() >= 3 {
        let at = text.find("??")?;
        return Some(Words { first: Span::new(at, at + 2), count: wiped + inside });
    }
    let marks = text.matches('?').count();
    found.filter(|it| it.count >= 2 && it.count * 4 >= marks * 3)
}

/// Words in which letters of two scripts stand that look alike: "раypal" with Cyrillic р and а. Such a word has a
/// letter of ASCII beside a character that is none.
pub(super) fn mixed(text: &str) -> Option<Words> {
    let mut found = None;
    for word in text.split(|it: char| !is_alphabetic(it)).filter(|it| is_mixed(it)) {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        Words::add(&mut found, Span::new(start, start + word.len()));
    }
    found
}

/// Whether a word has letters of two alphabets next to each other, and those of the rarer one look like the
/// other's: no brand writes so, only who would not be found or a keyboard that was left switched.
fn is_mixed(word: &str) -> bool {
    let latin = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let other: Vec<char> = word.chars().filter(|it| matches!(it, '\u{370}'..='\u{52f}')).collect();
    if latin == 0 || other.is_empty() || latin + other.len() < 4 {
        return false;
    }
    if other.iter().all(|it| TWINS.contains(*it)) {
        return true;
    }
    latin <= other.len() && word.chars().filter(char::is_ascii_alphabetic).all(|it| "aceopxyiABCEHKMOPTXI".contains(it))
}

/// Cyrillic and Greek letters that look like Latin ones.
const TWINS: &str = "аеорсухіјѕһԁԛԝАВЕКМНОРСТХІЈЅЗοανρΑΒΕΖΗΙΚΜΝΟΡΤΥΧ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_letters_are_question_marks_inside_words() {
        assert_eq!(lost("La pr?sidente a d?cid? hier de r?former").map(|it| it.count), Some(3));
        assert_eq!(lost("???? ?????? ?? ??? ???????").map(|it| it.count), Some(5));
        for text in ["Why?because I said so. What? No? Really?", "example.com/a?b=c a?b", "Who?? What???", "Is it?no"] {
            assert!(lost(text).is_none(), "{text}");
        }
    }

    #[test]
    fn mixed_scripts_are_seen_in_words_and_not_between_them() {
        assert_eq!(mixed("Your раypаl account and Аррlе").map(|it| it.count), Some(2));
        for text in ["Яandex", "SMS-рассылка", "KoЯn", "μTorrent", "IT-компания", "Δt", "iPhone и Android", "VK видео"]
        {
            assert!(mixed(text).is_none(), "{text}");
        }
    }
}
