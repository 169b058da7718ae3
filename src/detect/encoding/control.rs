//! C1 control characters: bytes of a charset that were read as Latin-1.

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};

/// Whether a character is a C1 control character, which no text has.
pub(super) fn is_c1(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}')
}

/// Whether a character is a control character of ASCII that is no white space.
pub(super) fn is_c0(c: char) -> bool {
    matches!(c, '\u{1}'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}')
}

/// The text with the characters that the bytes were: of windows-1252, or of Macintosh where that makes
/// letters of bytes inside words.
pub(super) fn repair(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let is_letter = |it: Option<&char>| it.is_some_and(|it| it.is_lowercase());
    let inside = |it: usize| it > 0 && is_letter(chars.get(it - 1)) && is_letter(chars.get(it + 1));
    let is_mac =
        chars.iter().enumerate().any(|(at, c)| is_c1(*c) && inside(at) && !fits_words(decode(WINDOWS_1252, *c)));
    let repair = |(at, c): (usize, &char)| match *c {
        c if is_c1(c) => decode(if is_mac && inside(at) { MACINTOSH } else { WINDOWS_1252 }, c),
        c => c,
    };
    chars.iter().enumerate().map(repair).collect()
}

/// Whether a character may stand inside a word.
fn fits_words(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '’' | '‘' | '–')
}

fn decode(encoding: &'static Encoding, c: char) -> char {
    let byte = [u8::try_from(c).unwrap_or(b'?')];
    let (text, _) = encoding.decode_without_bom_handling(&byte);
    text.chars().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_read_as_the_bytes_they_were() {
        assert_eq!(repair("\u{84}Hin\u{93} \u{85} don\u{92}t"), "„Hin“ … don’t");
        assert_eq!(repair("r\u{87}pido y m\u{87}s all\u{92}"), "rápido y más all’");
    }
}
