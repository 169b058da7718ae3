//! One look at a text: how many characters and words it has, and which unusual characters.
//!
//! Many questions are asked of every item. What answers most of them is counted once, when the item is read.

use super::{
    block::{BLOCK, Block},
    classes::{Class, class_of},
};

/// What one look at a text tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of characters.
    pub chars: u32,
    /// Number of words: tokens between white space with a letter or a digit. In scripts without spaces, two
    /// characters count as one.
    pub words: u32,
    /// The unusual characters that it has.
    pub signs: Signs,
}

/// A set of unusual characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs(u16);

impl Signs {
    /// A character beyond ASCII.
    pub const BEYOND_ASCII: Self = Self(1);
    /// Four characters beyond ASCII in a row that Latin-1 or windows-1252 may have.
    pub const ROW: Self = Self(1 << 1);
    /// What an entity or an escape may begin with: `&`, `\`, `%`, `=`, and `u0` or `u2`.
    pub const ESCAPE: Self = Self(1 << 2);
    /// A question mark.
    pub const QUESTION: Self = Self(1 << 3);
    /// A control character that is no white space, of ASCII or of C1.
    pub const CONTROL: Self = Self(1 << 4);
    /// U+FFFD.
    pub const REPLACEMENT: Self = Self(1 << 5);
    /// A letter of Greek or Cyrillic.
    pub const GREEK_OR_CYRILLIC: Self = Self(1 << 6);
    /// A character that is not seen, or one that turns text round.
    pub const UNSEEN: Self = Self(1 << 7);
    /// A character of Chinese, Japanese or Korean, or one for private use.
    pub const WIDE: Self = Self(1 << 8);
    /// A character beyond ASCII that a charset of single bytes may have.
    pub const SINGLE_BYTE: Self = Self(1 << 9);
    /// A letter of ASCII.
    pub const LETTER: Self = Self(1 << 10);
    /// A letter of ASCII next to a character beyond ASCII.
    pub const BORDER: Self = Self(1 << 11);
    /// A digit of ASCII, or what an escape without its backslash may begin with.
    const DIGIT: Self = Self(1 << 12);

    /// What one character gives.
    pub(super) fn of(c: char) -> Self {
        let signs = match c {
            '&' | '\\' | '%' | '=' => Self::ESCAPE,
            '?' => Self::QUESTION,
            '0'..='9' => Self::DIGIT,
            'a'..='z' | 'A'..='Z' => Self::LETTER,
            '\u{1}'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{80}'..='\u{9f}' => Self::CONTROL,
            '\u{370}'..='\u{52f}' => Self::GREEK_OR_CYRILLIC,
            '\u{fffd}' => Self::REPLACEMENT,
            '\u{3000}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{e000}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' => {
                Self::WIDE
            }
            '\u{180e}'
            | '\u{200b}'..='\u{200d}'
            | '\u{202d}'
            | '\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e01ef}' => Self::UNSEEN,
            _ => Self(0),
        };
        let beyond_ascii = if c.is_ascii() { Self(0) } else { Self::BEYOND_ASCII };
        let single_byte = if matches!(c, '\u{80}'..='\u{25ff}') { Self::SINGLE_BYTE } else { Self(0) };
        signs.with(beyond_ascii).with(single_byte)
    }

    /// Whether one of these is there.
    #[must_use]
    pub const fn has(self, any_of: Self) -> bool {
        self.0 & any_of.0 != 0
    }

    const fn with(self, signs: Self) -> Self {
        Self(self.0 | signs.0)
    }

    /// As a number, which a [`Class`] holds.
    pub(super) const fn bits(self) -> u16 {
        self.0
    }

    /// From such a number.
    pub(super) const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
}

/// The characters beyond ASCII of a text, and where they stand.
pub fn beyond_ascii(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut chars = text.chars();
    std::iter::from_fn(move || {
        loop {
            let at = text.len() - chars.as_str().len();
            let c = chars.next()?;
            if !c.is_ascii() {
                return Some((at, c));
            }
            let rest = chars.as_str();
            chars = rest[ascii_len(rest.as_bytes())..].chars();
        }
    })
}

/// Number of bytes of ASCII at the start, looked at eight at a time.
#[must_use]
pub fn ascii_len(bytes: &[u8]) -> usize {
    let whole = bytes.chunks_exact(8).take_while(|it| it.is_ascii()).count() * 8;
    whole + bytes[whole..].iter().take_while(|it| it.is_ascii()).count()
}

impl Tally {
    /// Looks at a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut counter = Counter::default();
        let mut rest = text;
        while !rest.is_empty() {
            let ascii = counter.ascii(rest.as_bytes());
            rest = counter.mixed(&rest[ascii..]);
        }
        counter.end_token();
        let Counter { mut tally, .. } = counter;
        if tally.signs.has(Signs::DIGIT) && has_bare_escape(text.as_bytes()) {
            tally.signs = tally.signs.with(Signs::ESCAPE);
        }
        tally
    }
}

/// Whether eight bytes are ASCII and none a control character.
fn is_plain(eight: [u8; 8]) -> bool {
    eight.iter().fold(true, |all, it| all & matches!(it, b' '..=b'~'))
}

/// Whether a text has "u0" or "u2".
fn has_bare_escape(bytes: &[u8]) -> bool {
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    // Without a way out, because it is quicker so.
    pairs.fold(0, |found, (first, second)| found | (u8::from(*first == b'u') & u8::from(second & !2 == b'0'))) != 0
}

/// Counts, as it goes over a text.
#[derive(Default)]
struct Counter {
    tally: Tally,
    /// Whether the token so far has a letter or a digit.
    is_word: bool,
    /// Characters of scripts without spaces in it.
    unspaced: u32,
    /// Such characters as [`Signs::ROW`] counts in a row so far.
    row: u32,
    /// Signs of the last character.
    last: Signs,
}

impl Counter {
    /// Takes the ASCII at the start, up to a control character; tells how many bytes.
    fn ascii(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        loop {
            let block = Block::of(rest);
            let len = (!block.within(b' ', b'~')).trailing_zeros();
            if len > 0 {
                self.block(block, len);
            }
            rest = &rest[len as usize..];
            if (len as usize) < BLOCK {
                return bytes.len() - rest.len();
            }
        }
    }

    /// Takes so many bytes of a block, one at least: ASCII without control characters.
    fn block(&mut self, block: Block, len: u32) {
        let these = u64::MAX >> (u64::BITS - len);
        let (letters, digits, spaces) =
            (block.letters() & these, block.within(b'0', b'9') & these, block.are(b' ') & these);
        if self.unspaced > 0 && spaces != 0 {
            self.tally.words += std::mem::take(&mut self.unspaced).div_ceil(2);
        }
        // A one at each letter or digit, added to ones all over its token, is carried to the space that ends the token.
        let tokens = u128::from(!spaces & these);
        let sum = tokens + u128::from(letters | digits) + u128::from(self.is_word);
        self.is_word = sum >> len & 1 != 0;
        let ends = spaces & u64::try_from(sum & u128::from(u64::MAX)).unwrap_or(0);
        self.tally.words += ends.count_ones();
        self.tally.chars += len;
        let escapes = block.within(b'%', b'&') | block.are(b'\\') | block.are(b'=');
        let signs = [
            (letters, Signs::LETTER),
            (digits, Signs::DIGIT),
            (escapes & these, Signs::ESCAPE),
            (block.are(b'?') & these, Signs::QUESTION),
            (if self.last.has(Signs::BEYOND_ASCII) { letters & 1 } else { 0 }, Signs::BORDER),
        ];
        let there = |all: Signs, (bits, sign): &(u64, Signs)| if *bits == 0 { all } else { all.with(*sign) };
        self.tally.signs = signs.iter().fold(self.tally.signs, there);
        self.last = if letters >> (len - 1) & 1 == 0 { Signs(0) } else { Signs::LETTER };
        self.row = 0;
    }

    /// Takes characters one by one, up to the next run of ASCII.
    fn mixed<'a>(&mut self, text: &'a str) -> &'a str {
        let mut chars = text.chars();
        let mut last = Class::default();
        while let Some(c) = chars.next() {
            let class = class_of(c);
            self.tally.chars += 1;
            // Most letters of a word are alike, and only of some is every one counted.
            if class != last || class.has(Class::COUNTED) {
                self.char(class);
                last = class;
            }
            if c.is_ascii() && chars.as_str().as_bytes().first_chunk().is_some_and(|it| is_plain(*it)) {
                break;
            }
        }
        chars.as_str()
    }

    fn char(&mut self, class: Class) {
        let signs = class.signs();
        let pair = signs.with(self.last);
        let border = if pair.has(Signs::LETTER) && pair.has(Signs::BEYOND_ASCII) { Signs::BORDER } else { Signs(0) };
        self.tally.signs = self.tally.signs.with(signs).with(border);
        self.last = signs;
        self.row = if class.has(Class::LATIN) { self.row + 1 } else { 0 };
        if self.row == 4 {
            self.tally.signs = self.tally.signs.with(Signs::ROW);
        }
        if class.has(Class::SPACE) {
            self.end_token();
        } else if class.has(Class::UNSPACED) {
            self.unspaced += 1;
        } else {
            self.is_word |= class.has(Class::ALPHANUMERIC);
        }
    }

    fn end_token(&mut self) {
        self.tally.words += u32::from(self.is_word) + self.unspaced.div_ceil(2);
        (self.is_word, self.unspaced) = (false, 0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::page::fold::is_unspaced;

    #[test]
    fn words_of_scripts_without_spaces_are_counted_by_characters() {
        for (text, words) in [
            ("No time to read?", 4),
            ("抱歉，我无法协助", 4),
            ("— | —", 0),
            ("Нет времени читать", 3),
            ("", 0),
            (" a\u{a0}b ", 2),
        ] {
            assert_eq!(Tally::of(text).words, words, "{text}");
        }
    }

    #[test]
    fn characters_beyond_ascii_are_found_wherever_they_stand() {
        for text in ["", "é", "plain text only", "plain text and é", "éplain text andé and “more” of it: а日"]
        {
            let wanted: Vec<_> = text.char_indices().filter(|it| !it.1.is_ascii()).collect();
            assert_eq!(beyond_ascii(text).collect::<Vec<_>>(), wanted, "{text}");
        }
    }

    #[test]
    fn characters_and_signs_are_told() {
        let tally = Tally::of("Beyoncu00e9 — “éàèù”?");
        assert_eq!(tally.chars, 21);
        for sign in [Signs::BEYOND_ASCII, Signs::ROW, Signs::ESCAPE, Signs::QUESTION] {
            assert!(tally.signs.has(sign), "{sign:?}");
        }
        for sign in [Signs::CONTROL, Signs::REPLACEMENT, Signs::GREEK_OR_CYRILLIC, Signs::UNSEEN] {
            assert!(!tally.signs.has(sign), "{sign:?}");
        }
        for (text, sign) in [
            ("a\u{92}s", Signs::CONTROL),
            ("\u{1}", Signs::CONTROL),
            ("\u{fffd}", Signs::REPLACEMENT),
            ("μ", Signs::GREEK_OR_CYRILLIC),
            ("\u{200b}", Signs::UNSEEN),
            ("50%", Signs::ESCAPE),
        ] {
            assert!(Tally::of(text).signs.has(sign), "{text}");
        }
        let ordinary = Signs::LETTER.with(Signs::DIGIT);
        assert_eq!(Tally::of("plain text, 2019\tof words").signs, ordinary);
    }

    /// The tally, told token by token.
    fn plain(text: &str) -> Tally {
        let words = text.split(char::is_whitespace).map(|token| {
            let unspaced = token.chars().filter(|it| is_unspaced(*it)).count();
            let is_word = token.chars().any(|it| it.is_alphanumeric() && !is_unspaced(it));
            unspaced.div_ceil(2) + usize::from(is_word)
        });
        let of_chars = text.chars().map(Signs::of).fold(Signs::default(), Signs::with);
        let pairs: Vec<(char, char)> = text.chars().zip(text.chars().skip(1)).collect();
        let border = |it: &(char, char)| {
            it.0.is_ascii() != it.1.is_ascii() && (it.0.is_ascii_alphabetic() || it.1.is_ascii_alphabetic())
        };
        let row = text.split(|it: char| !matches!(it, '\u{80}'..='\u{2ff}' | '\u{2000}'..='\u{21ff}'));
        let more = [
            (pairs.iter().any(border), Signs::BORDER),
            (pairs.iter().any(|it| it.0 == 'u' && matches!(it.1, '0' | '2')), Signs::ESCAPE),
            (row.into_iter().any(|it| it.chars().count() >= 4), Signs::ROW),
        ];
        let signs = more.iter().filter(|it| it.0).fold(of_chars, |signs, it| signs.with(it.1));
        Tally {
            chars: u32::try_from(text.chars().count()).expect("short"),
            words: u32::try_from(words.sum::<usize>()).expect("short"),
            signs,
        }
    }

    proptest! {
        #[test]
        fn tally_is_that_of_the_tokens(text in any::<String>(), mixed in "[a-z .,?=0-9éÀ“”—а日本ไ\u{a0}\u{3000}\t\u{7f}]{0,60}", words in "[a-zA-Z .,u024~-]{0,80}") {
            for text in [text, mixed, words] {
                prop_assert_eq!(Tally::of(&text), plain(&text));
            }
        }
    }
}
