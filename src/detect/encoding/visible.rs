//! Entities and escapes that show as text: "&amp;#8217;" read once, "\u2019", "%E2%80%99", "=E2=80=99".

use crate::page::Span;

/// One that shows, and what it stands for.
pub(super) struct Shown {
    /// Where it stands.
    pub(super) span: Span,
    /// What it stands for.
    pub(super) is: String,
}

/// Names of entities that CMSs write, with what they stand for. Names of letters go by their accent.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("nbsp", '\u{a0}'),
    ("quot", '"'),
    ("lt", '<'),
    ("gt", '>'),
    ("apos", '\''),
    ("rsquo", '’'),
    ("lsquo", '‘'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("sbquo", '‚'),
    ("bdquo", '„'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("euro", '€'),
    ("pound", '£'),
    ("yen", '¥'),
    ("cent", '¢'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("deg", '°'),
    ("bull", '•'),
    ("middot", '·'),
    ("times", '×'),
    ("sect", '§'),
    ("para", '¶'),
    ("micro", 'µ'),
    ("frac12", '½'),
    ("frac14", '¼'),
    ("frac34", '¾'),
    ("iexcl", '¡'),
    ("iquest", '¿'),
    ("ordf", 'ª'),
    ("ordm", 'º'),
    ("shy", '\u{ad}'),
    ("szlig", 'ß'),
    ("ccedil", 'ç'),
    ("Ccedil", 'Ç'),
    ("ntilde", 'ñ'),
    ("Ntilde", 'Ñ'),
    ("atilde", 'ã'),
    ("otilde", 'õ'),
    ("Atilde", 'Ã'),
    ("Otilde", 'Õ'),
    ("aring", 'å'),
    ("Aring", 'Å'),
    ("oslash", 'ø'),
    ("Oslash", 'Ø'),
    ("aelig", 'æ'),
    ("AElig", 'Æ'),
    ("oelig", 'œ'),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("zwnj", '\u{200c}'),
];

/// Accents in names of entities, with the letters from A to Y that have one.
const ACCENTS: &[(&str, &str, &str)] = &[
    ("acute", "aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ"),
    ("grave", "aeiouAEIOU", "àèìòùÀÈÌÒÙ"),
    ("circ", "aeiouAEIOU", "âêîôûÂÊÎÔÛ"),
    ("uml", "aeiouyAEIOU", "äëïöüÿÄËÏÖÜ"),
];

/// Bytes of the longest name or number of an entity that is looked for.
const NAME_BYTES: usize = 9;
/// Bytes of a run of bytes written as "%C3%A9" that are read at once.
const RUN_BYTES: usize = 1200;

/// All that show, in order.
pub(super) fn find(text: &str) -> Vec<Shown> {
    let bytes = text.as_bytes();
    let mut found: Vec<Shown> = Vec::new();
    let mut at = 0;
    while let Some(next) =
        bytes.get(at..).and_then(|rest| rest.iter().position(|it| matches!(it, b'&' | b'\\' | b'%' | b'=' | b'u')))
    {
        at += next;
        let shown = match bytes[at] {
            b'&' => entity(&text[at..]),
            b'\\' => escape(&text[at..]),
            b'u' => bare(text, at),
            sign => octets(text, at, sign),
        };
        let len = shown.as_ref().map_or(1, |it| it.1);
        if let Some((is, len)) = shown {
            found.push(Shown { span: Span::new(at, at + len), is });
        }
        at += len;
    }
    found
}

/// The text with what shows replaced by what it stands for.
pub(super) fn resolve(text: &str, shown: &[Shown]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for it in shown {
        out.push_str(&text[at..it.span.start as usize]);
        out.push_str(&it.is);
        at = it.span.end as usize;
    }
    out.push_str(&text[at..]);
    out
}

/// "&eacute;", "&#233;", "&#xe9;", and the same escaped twice.
fn entity(text: &str) -> Option<(String, usize)> {
    let (amps, rest) = match text[1..].strip_prefix("amp;") {
        Some(rest) if rest.starts_with('#') || rest.starts_with(|it: char| it.is_ascii_alphabetic()) => (5, rest),
        _ => (1, &text[1..]),
    };
    let single = || Some(("&".to_owned(), 5)).filter(|_| amps == 5);
    let Some(len) = rest.bytes().take(NAME_BYTES).position(|it| it == b';') else { return single() };
    let name = &rest[..len];
    let number = name.strip_prefix('#').and_then(|it| match it.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => it.parse().ok(),
    });
    // Numbers of C1 controls are those of windows-1252 in HTML.
    let number = number.filter(|it| *it >= 9).and_then(char::from_u32);
    let named = || NAMED.iter().find(|it| it.0 == name).map(|it| it.1).or_else(|| accented(name));
    match number.or_else(named) {
        Some(c) => Some((c.to_string(), amps + len + 1)),
        None => single(),
    }
}

fn accented(name: &str) -> Option<char> {
    let letter = name.chars().next()?;
    let (_, plain, accented) = ACCENTS.iter().find(|it| it.0 == &name[letter.len_utf8()..])?;
    accented.chars().nth(plain.chars().position(|it| it == letter)?)
}

/// "\u00e9", and two of them for a character beyond U+FFFF. Escapes of ASCII are left to code.
fn escape(text: &str) -> Option<(String, usize)> {
    let unit = |text: &str| u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let high = unit(text)?;
    if let Some(c) = char::from_u32(high) {
        return (high >= 0x80 || matches!(c, '&' | '\'' | '"' | '<' | '>')).then(|| (c.to_string(), 6));
    }
    let low = unit(text.get(6..)?).filter(|it| (0xdc00..0xe000).contains(it) && high < 0xdc00)?;
    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)).map(|it| (it.to_string(), 12))
}

/// "u00e9" and "u2019" that lost their backslash in a database, after or before a letter.
fn bare(text: &str, at: usize) -> Option<(String, usize)> {
    let digits = text.get(at + 1..at + 5)?;
    let is_usual = digits.starts_with("00") && digits.as_bytes()[2] >= b'a'
        || matches!(
            digits,
            "2013" | "2014" | "2018" | "2019" | "201c" | "201d" | "2026" | "00bf" | "00a1" | "00ab" | "00bb" | "00a0"
        );
    let before = text[..at].chars().next_back();
    let after = text[at + 5..].chars().next();
    let is_small = |it: Option<char>| it.is_some_and(|it| it.is_ascii_lowercase());
    let is_letter = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphabetic());
    // "menu2019" is a menu: after a word, only an accented letter may end it.
    let inside = is_small(before) && (is_letter(after) || digits.starts_with("00"));
    let opens = !before.is_some_and(char::is_alphanumeric) && is_letter(after);
    if !is_usual || digits.bytes().any(|it| it.is_ascii_uppercase()) || !(inside || opens) {
        return None;
    }
    Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?.to_string(), 5))
}

/// "%C3%A9" of addresses and "=C3=A9" of mail: bytes of UTF-8 beyond ASCII, outside addresses.
fn octets(text: &str, at: usize, sign: u8) -> Option<(String, usize)> {
    let mut octets = Vec::new();
    let rest = text.as_bytes()[at..].chunks_exact(3).take(RUN_BYTES / 3);
    for chunk in rest {
        let byte = (chunk[0] == sign).then_some(&chunk[1..]).and_then(|it| std::str::from_utf8(it).ok());
        let Some(byte) = byte.and_then(|it| u8::from_str_radix(it, 16).ok()).filter(|it| *it >= 0x80) else { break };
        octets.push(byte);
    }
    let is = std::str::from_utf8(&octets).ok().filter(|it| !it.is_empty())?;
    (!in_address(text, at)).then(|| (is.to_owned(), octets.len() * 3))
}

/// Bytes before an escape in which the beginning of an address is looked for.
const ADDRESS_BYTES: usize = 200;

fn in_address(text: &str, at: usize) -> bool {
    let from = text.ceil_char_boundary(at.saturating_sub(ADDRESS_BYTES));
    let word = text[from..at].rsplit(char::is_whitespace).next().unwrap_or("");
    word.contains(['/', '?', '&', '@', '#']) || word.contains("www.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(text: &str) -> String {
        resolve(text, &find(text))
    }

    #[test]
    fn entities_and_escapes_become_what_they_stand_for() {
        assert_eq!(resolved("Tom &amp; Jerry&#8217;s caf&eacute;&nbsp;!"), "Tom & Jerry’s café\u{a0}!");
        assert_eq!(resolved("It&amp;#8217;s &amp;eacute; &amp;"), "It’s é &");
        assert_eq!(resolved(r"caf\u00e9 \ud83d\ude00"), "café 😀");
        assert_eq!(resolved("Beyoncu00e9 donu2019t"), "Beyoncé don’t");
        assert_eq!(resolved("l=E2=80=99=C3=A9t%C3%A9"), "l’été");
    }

    #[test]
    fn addresses_and_plain_signs_are_no_escapes() {
        for text in
            ["https://example.com/caf%C3%A9?a=b&copy=1", "AT&T; R&D", "50% off", "x=AB", "menu2019 u2018", r"C:\users"]
        {
            assert!(find(text).is_empty(), "{text}");
        }
    }
}
