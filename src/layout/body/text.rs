//! What the text of one block is like: one pass over its characters.

use crate::{
    layout::shape,
    page::{
        ItemKind, Reading,
        fold::{is_alphabetic, is_alphanumeric, is_lowercase, is_unspaced, is_uppercase},
        tally::ascii_len,
    },
};

/// Length from which a block is running text, if it has sentences.
const LONG: f32 = 80.0;
/// Length beyond which a block weighs no more: one long block is no longer article.
const WEIGHT: f32 = 1500.0;
/// Share of links above which a block does not weigh.
const LINKED: f32 = 0.35;
/// How many letters a sign of a script without spaces stands for.
const UNSPACED: f32 = 2.5;

/// Counts of the text of one item.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Text {
    /// Length in letters.
    pub(super) len: f32,
    pub(super) bytes: u32,
    pub(super) words: f32,
    /// Share of its bytes inside links.
    pub(super) links: f32,
    pub(super) stops: f32,
    pub(super) commas: f32,
    pub(super) upper: f32,
    pub(super) digits: f32,
    pub(super) letters: f32,
    /// Words that begin with a capital.
    pub(super) capitals: f32,
    /// Signs of code.
    pub(super) code: f32,
    /// Separators, addresses and the like.
    pub(super) marks: f32,
    pub(super) ends: bool,
    pub(super) colon: bool,
    /// What it begins with: 1 small letter, 2 capital, 3 digit, 0 other.
    pub(super) first: f32,
    /// Weight as running text.
    pub(super) good: f32,
    /// Hash of its first and last bytes and its length.
    pub(super) hash: u32,
}

impl Text {
    pub(super) fn of(reading: &Reading<'_>, index: usize) -> Self {
        let text = reading.text_of(index);
        let item = &reading.items[index];
        let mut it = Self { bytes: item.text.end - item.text.start, hash: hash_of(text), ..Self::default() };
        it.links = (real(item.link_bytes) / real(it.bytes.max(1))).min(1.0);
        it.count(text);
        let last = shape::last_mark(text);
        it.ends = last.is_some_and(shape::is_sentence_end);
        it.colon = last.is_some_and(|it| matches!(it, ':' | '：'));
        it.first = text.chars().next().map_or(0.0, |it| match it {
            it if is_lowercase(it) => 1.0,
            it if is_alphabetic(it) => 2.0,
            it if it.is_ascii_digit() => 3.0,
            _ => 0.0,
        });
        let runs = it.len >= LONG && it.links < LINKED && (it.ends || it.commas + it.stops >= 2.0);
        it.good = if runs && item.kind != ItemKind::Code { it.len.min(WEIGHT) } else { 0.0 };
        it
    }

    fn count(&mut self, text: &str) {
        let counts = Counts::of(text);
        self.len = real(counts.chars) + (UNSPACED - 1.0) * real(counts.unspaced);
        self.words = real(counts.words) + real(counts.unspaced) / 2.0;
        self.stops = real(counts.stops);
        self.commas = real(counts.commas);
        self.upper = real(counts.upper);
        self.digits = real(counts.digits);
        self.letters = real(counts.letters);
        self.capitals = real(counts.capitals);
        self.code = real(counts.code);
        self.marks = real(counts.marks);
    }
}

/// Part of a word.
const WORD: u64 = 1 << 56;
/// What may stand in a word.
const JOINS: u64 = 1 << 57;
/// What a character of ASCII counts as: a byte for each count, and above them what it is to words.
const LETTER: u64 = 1 | WORD;
const UPPER: u64 = 1 << 8;
const DIGIT: u64 = 1 << 16 | WORD;
const STOP: u64 = 1 << 24;
const COMMA: u64 = 1 << 32;
const CODE: u64 = 1 << 40;
const MARK: u64 = 1 << 48;

/// What each character of ASCII counts as.
const ASCII: [u64; 128] = {
    let mut counts = [0; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        counts[byte as usize] = match byte {
            b'a'..=b'z' => LETTER,
            b'A'..=b'Z' => LETTER | UPPER,
            b'0'..=b'9' => DIGIT,
            b'.' | b'!' | b'?' => STOP,
            b',' => COMMA,
            b'{' | b'}' | b';' | b'=' | b'<' | b'>' | b'\\' | b'[' | b']' => CODE,
            b'|' | b'@' | b'/' | b'#' | b'*' | b'_' => MARK,
            b'\'' | b'-' => JOINS,
            _ => 0,
        };
        byte += 1;
    }
    counts
};

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    chars: u32,
    unspaced: u32,
    words: u32,
    stops: u32,
    commas: u32,
    upper: u32,
    digits: u32,
    letters: u32,
    capitals: u32,
    code: u32,
    marks: u32,
    /// Whether the last character is part of a word.
    inside: bool,
}

impl Counts {
    fn of(text: &str) -> Self {
        let mut counts = Self::default();
        let mut rest = text;
        while !rest.is_empty() {
            let (ascii, others) = rest.split_at(ascii_len(rest.as_bytes()));
            // So few that no byte of the sums overflows.
            ascii.as_bytes().chunks(255).for_each(|it| counts.ascii(it));
            let mut others = others.chars();
            rest = others.as_str();
            while let Some(c) = others.next().filter(|it| !it.is_ascii()) {
                counts.inside = counts.other(c);
                rest = others.as_str();
            }
        }
        counts
    }

    /// Counts up to 255 characters of ASCII.
    fn ascii(&mut self, bytes: &[u8]) {
        let (mut sums, mut words, mut capitals) = (0_u64, 0, 0);
        let mut inside = u64::from(self.inside);
        for byte in bytes {
            let counts = ASCII[usize::from(byte & 0x7f)];
            sums = sums.wrapping_add(counts);
            let (is_word, joins) = ((counts / WORD) & 1, (counts / JOINS) & 1);
            let begins = is_word & !inside;
            words += begins;
            capitals += begins & (counts / UPPER);
            inside = is_word | inside & joins;
        }
        self.inside = inside != 0;
        let sum = |of: u64| u32::from(sums.to_le_bytes()[of.trailing_zeros() as usize / 8]);
        self.chars += u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.words += u32::try_from(words).unwrap_or(u32::MAX);
        self.capitals += u32::try_from(capitals).unwrap_or(u32::MAX);
        self.letters += sum(LETTER);
        self.upper += sum(UPPER);
        self.digits += sum(DIGIT);
        self.stops += sum(STOP);
        self.commas += sum(COMMA);
        self.code += sum(CODE);
        self.marks += sum(MARK);
    }

    /// Counts a character beyond ASCII. Answers whether it is part of a word.
    fn other(&mut self, c: char) -> bool {
        self.chars += 1;
        if is_unspaced(c) {
            self.unspaced += 1;
            self.letters += 1;
            return false;
        }
        let begins = u32::from(!self.inside);
        if is_alphabetic(c) {
            let upper = u32::from(is_uppercase(c));
            self.letters += 1;
            self.upper += upper;
            self.words += begins;
            self.capitals += begins & upper;
            return true;
        }
        match c {
            '、' | '，' | '،' | '；' | '؛' => self.commas += 1,
            '©' | '®' | '™' | '•' | '·' | '»' | '›' | '→' | '←' => self.marks += 1,
            '’' | '\u{ad}' | '\u{2010}' | '\u{2011}' => return self.inside,
            c if shape::is_sentence_end(c) => self.stops += 1,
            c => return self.inside && !c.is_whitespace() && is_alphanumeric(c),
        }
        false
    }
}

/// Bytes at each end of a text that its hash sees.
const ENDS: usize = 24;

fn hash_of(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let head = &bytes[..bytes.len().min(ENDS)];
    let tail = &bytes[bytes.len().saturating_sub(ENDS)..];
    let seed = 0x811c_9dc5 ^ u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    hash(hash(seed, head), tail)
}

/// FNV-1a.
pub(super) fn hash(seed: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(seed, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// A count as a real number; all are far below 2^24, or need not be exact.
#[allow(clippy::cast_precision_loss, reason = "counts of one page, as features of a model")]
pub(super) fn real(count: u32) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The plain way: character by character.
    fn counted(text: &str) -> Counts {
        let mut it = Counts::default();
        for c in text.chars() {
            if !c.is_ascii() {
                it.inside = it.other(c);
                continue;
            }
            let is_word = c.is_ascii_alphanumeric();
            let begins = u32::from(is_word && !it.inside);
            it.chars += 1;
            it.words += begins;
            it.capitals += if c.is_ascii_uppercase() { begins } else { 0 };
            it.letters += u32::from(c.is_ascii_alphabetic());
            it.upper += u32::from(c.is_ascii_uppercase());
            it.digits += u32::from(c.is_ascii_digit());
            it.stops += u32::from(".!?".contains(c));
            it.commas += u32::from(c == ',');
            it.code += u32::from("{};=<>\\[]".contains(c));
            it.marks += u32::from("|@/#*_".contains(c));
            it.inside = is_word || it.inside && "'-".contains(c);
        }
        it
    }

    proptest! {
        #[test]
        fn text_is_counted_in_runs_as_by_character(text in "([A-Za-z0-9 ,.!?{};=<>\\\\\\[\\]|@/#*_'\\-\n]{0,40}|[éÄ’日本、。©\u{ad}٣]{0,6}|\\PC){0,12}", times in 1..20_usize) {
            let text = text.repeat(times);
            prop_assert_eq!(Counts::of(&text), counted(&text));
        }
    }
}
