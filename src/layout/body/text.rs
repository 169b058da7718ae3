//! What the text of one block is like: one pass over its characters.

use crate::{
    layout::shape,
    page::{
        ItemKind, Reading,
        fold::{is_alphabetic, is_alphanumeric, is_lowercase, is_unspaced, is_uppercase},
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
        let mut counts = Counts::default();
        let mut inside = false;
        for c in text.chars() {
            let is_letter = if c.is_ascii() { counts.ascii(c as u8, inside) } else { counts.other(c, inside) };
            inside = is_letter;
        }
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

#[derive(Default)]
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
}

impl Counts {
    /// Counts a character; `inside`: whether the one before is part of a word. Answers whether this is.
    fn ascii(&mut self, c: u8, inside: bool) -> bool {
        self.chars += 1;
        match c {
            b'a'..=b'z' => {
                self.letters += 1;
                self.words += u32::from(!inside);
                return true;
            }
            b'A'..=b'Z' => {
                self.letters += 1;
                self.upper += 1;
                self.words += u32::from(!inside);
                self.capitals += u32::from(!inside);
                return true;
            }
            b'0'..=b'9' => {
                self.digits += 1;
                self.words += u32::from(!inside);
                return true;
            }
            b'.' | b'!' | b'?' => self.stops += 1,
            b',' => self.commas += 1,
            b'{' | b'}' | b';' | b'=' | b'<' | b'>' | b'\\' | b'[' | b']' => self.code += 1,
            b'|' | b'@' | b'/' | b'#' | b'*' | b'_' => self.marks += 1,
            b'\'' | b'-' => return inside,
            _ => {}
        }
        false
    }

    fn other(&mut self, c: char, inside: bool) -> bool {
        self.chars += 1;
        if is_unspaced(c) {
            self.unspaced += 1;
            self.letters += 1;
            return false;
        }
        if is_alphabetic(c) {
            let upper = u32::from(is_uppercase(c));
            self.letters += 1;
            self.upper += upper;
            self.words += u32::from(!inside);
            self.capitals += if inside { 0 } else { upper };
            return true;
        }
        match c {
            '、' | '，' | '،' | '；' | '؛' => self.commas += 1,
            '©' | '®' | '™' | '•' | '·' | '»' | '›' | '→' | '←' => self.marks += 1,
            '’' | '\u{ad}' | '\u{2010}' | '\u{2011}' => return inside,
            c if shape::is_sentence_end(c) => self.stops += 1,
            c => return inside && !c.is_whitespace() && is_alphanumeric(c),
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
