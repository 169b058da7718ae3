//! One look at a text: how many characters and words it has, and which unusual characters.
//!
//! Many questions are asked of every item. What answers most of them is counted once, when the item is read.

use super::fold::{self, is_unspaced};

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
    pub const ESCAPE: Self = Self(ESCAPE as u16);
    /// A question mark.
    pub const QUESTION: Self = Self(QUESTION as u16);
    /// A control character that is no white space, of ASCII or of C1.
    pub const CONTROL: Self = Self(CONTROL as u16);
    /// U+FFFD.
    pub const REPLACEMENT: Self = Self(1 << 5);
    /// A letter of Greek or Cyrillic.
    pub const GREEK_OR_CYRILLIC: Self = Self(1 << 6);
    /// A character that is not seen, or one that turns text round.
    pub const UNSEEN: Self = Self(1 << 7);
    /// A character of Chinese, Japanese or Korean, or one for private use.
    pub const WIDE: Self = Self(1 << 8);

    /// Whether one of these is there.
    #[must_use]
    pub const fn has(self, any_of: Self) -> bool {
        self.0 & any_of.0 != 0
    }

    fn add(&mut self, signs: Self) {
        self.0 |= signs.0;
    }
}

/// A letter or a digit.
const WORD: u8 = 1;
/// White space.
const SPACE: u8 = 1 << 1;
/// The signs of ASCII, which have the same bits in [`Signs`].
const ESCAPE: u8 = 1 << 2;
const QUESTION: u8 = 1 << 3;
const CONTROL: u8 = 1 << 4;
/// What "u" may begin an escape with.
const ZERO_OR_TWO: u8 = 1 << 5;

/// What each character of ASCII is.
const ASCII: [u8; 128] = {
    let mut classes = [0; 128];
    let mut byte = 0_u8;
    while byte < 128 {
        classes[byte as usize] = match byte {
            b'0' | b'2' => WORD | ZERO_OR_TWO,
            b'1' | b'3'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => WORD,
            b'\t'..=b'\r' | b' ' => SPACE,
            b'&' | b'\\' | b'%' | b'=' => ESCAPE,
            b'?' => QUESTION,
            1..=8 | 0xe..=0x1f | 0x7f => CONTROL,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// The characters beyond ASCII of a text, and where they stand.
pub fn beyond_ascii(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if text.as_bytes().get(at)?.is_ascii() {
            at += ascii_len(&text.as_bytes()[at..]);
        }
        let c = text[at..].chars().next()?;
        let start = at;
        at += c.len_utf8();
        Some((start, c))
    })
}

/// Number of bytes of ASCII at the start, looked at eight at a time.
#[must_use]
pub fn ascii_len(bytes: &[u8]) -> usize {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let eights = bytes.chunks_exact(8).map(|it| it.try_into().map_or(HIGH, u64::from_le_bytes) & HIGH);
    let whole = eights.take_while(|it| *it == 0).count() * 8;
    whole + bytes[whole..].iter().take_while(|it| it.is_ascii()).count()
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
}

impl Tally {
    /// Looks at a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut counter = Counter::default();
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(first) = bytes.get(at) {
            if first.is_ascii() {
                at += counter.ascii(&bytes[at..], at.checked_sub(1).map_or(0, |it| bytes[it]));
            } else if let Some(c) = text[at..].chars().next() {
                counter.beyond_ascii(c);
                at += c.len_utf8();
            }
        }
        counter.end_token();
        counter.tally
    }
}

impl Counter {
    /// Takes the characters of ASCII at the start; `before` is the byte before them.
    fn ascii(&mut self, bytes: &[u8], before: u8) -> usize {
        let bytes = &bytes[..ascii_len(bytes)];
        self.row = 0;
        if self.unspaced > 0 && bytes.iter().any(|it| ASCII[usize::from(it & 0x7f)] & SPACE != 0) {
            self.tally.words += std::mem::take(&mut self.unspaced).div_ceil(2);
        }
        let (mut signs, mut words, mut is_word) = (0, 0, u8::from(self.is_word));
        for byte in bytes {
            let class = ASCII[usize::from(byte & 0x7f)];
            let is_space = (class & SPACE) >> 1;
            signs |= class;
            words += u32::from(is_word & is_space);
            is_word = (is_word | class) & WORD & !is_space;
        }
        let escapes = |it: &[u8]| it[0] == b'u' && matches!(it[1], b'0' | b'2');
        if signs & ZERO_OR_TWO != 0
            && (bytes.windows(2).any(escapes)
                || before == b'u' && bytes.first().is_some_and(|it| matches!(it, b'0' | b'2')))
        {
            signs |= ESCAPE;
        }
        self.is_word = is_word != 0;
        self.tally.words += words;
        self.tally.chars += super::span::offset(bytes.len());
        self.tally.signs.add(Signs(u16::from(signs & (ESCAPE | QUESTION | CONTROL))));
        bytes.len()
    }

    fn beyond_ascii(&mut self, c: char) {
        self.tally.chars += 1;
        let may_be_latin = matches!(c, '\u{80}'..='\u{2ff}' | '\u{2000}'..='\u{21ff}');
        self.row = if may_be_latin { self.row + 1 } else { 0 };
        self.tally.signs.add(Signs::BEYOND_ASCII);
        if self.row == 4 {
            self.tally.signs.add(Signs::ROW);
        }
        match c {
            '\u{80}'..='\u{9f}' => self.tally.signs.add(Signs::CONTROL),
            '\u{370}'..='\u{52f}' => self.tally.signs.add(Signs::GREEK_OR_CYRILLIC),
            '\u{fffd}' => self.tally.signs.add(Signs::REPLACEMENT),
            '\u{3000}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{e000}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' => {
                self.tally.signs.add(Signs::WIDE);
            }
            '\u{180e}'
            | '\u{200b}'..='\u{200d}'
            | '\u{202d}'
            | '\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e01ef}' => self.tally.signs.add(Signs::UNSEEN),
            _ => {}
        }
        if is_unspaced(c) {
            self.unspaced += 1;
        } else if c.is_whitespace() {
            self.end_token();
        } else {
            self.is_word |= fold::is_alphanumeric(c);
        }
    }

    fn end_token(&mut self) {
        self.tally.words += u32::from(self.is_word) + self.unspaced.div_ceil(2);
        (self.is_word, self.unspaced) = (false, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(Tally::of("plain text, 2019\tof words").signs, Signs::default());
    }
}
