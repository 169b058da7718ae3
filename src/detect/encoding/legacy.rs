//! Text of an older charset that was read as another one: Cyrillic, Greek, Hebrew, Arabic or Thai letters
//! that became accented Latin ones, Cyrillic that became other Cyrillic, and accented letters that became
//! signs inside words.
//!
//! Nothing proves such damage by itself, as UTF-8 does; what does is that the characters make words that no
//! language has, and that the bytes behind them are usual letters in another charset. How usual is measured
//! by the mean frequency of the letters, per mille: about 55 for a language, half of it for letters that
//! were exchanged.

use std::sync::LazyLock;

use encoding_rs::{
    Encoding, IBM866, ISO_8859_5, KOI8_R, MACINTOSH, WINDOWS_874, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253,
    WINDOWS_1255, WINDOWS_1256, X_MAC_CYRILLIC,
};

use super::table::{DOS_TABLE, LATIN, TABLES};
use crate::page::{
    Signs, Span,
    fold::{Case, case_of, is_uppercase},
    tally::beyond_ascii,
};

/// Damage in one text.
pub(super) struct Legacy {
    /// The first damaged stretch.
    pub(super) first: Span,
    /// Number of damaged words.
    pub(super) count: usize,
    /// The text as it was.
    pub(super) repaired: String,
}

/// How frequent the letters of a language are, per mille, by character; the scripts in question end before this.
type Frequencies = LazyLock<[u16; 0x1000]>;

/// The frequencies of letters that come in groups. Large letters count as small ones.
fn frequencies(groups: &[(&str, u16)]) -> [u16; 0x1000] {
    let mut table = [0; 0x1000];
    for (code, slot) in (0..).zip(&mut table) {
        let small = char::from_u32(code).and_then(|it| it.to_lowercase().next());
        let group = small.and_then(|small| groups.iter().find(|it| it.0.contains(small)));
        *slot = group.map_or(0, |it| it.1);
    }
    table
}

static RUSSIAN: Frequencies = LazyLock::new(|| {
    frequencies(&[
        ("о", 110),
        ("еи", 80),
        ("а", 78),
        ("нт", 65),
        ("с", 55),
        ("рвл", 45),
        ("кмд", 32),
        ("пу", 27),
        ("яыьгзбі", 17),
        ("чйх", 11),
        ("жшю", 7),
        ("цщэфъєїё", 3),
    ])
});
static GREEK: Frequencies = LazyLock::new(|| {
    frequencies(&[
        ("α", 110),
        ("οι", 88),
        ("ετ", 78),
        ("νσ", 65),
        ("ηρ", 45),
        ("υπκμλς", 37),
        ("ίάόέή", 20),
        ("γδώύωχθφ", 13),
        ("βξζψ", 5),
    ])
});
static HEBREW: Frequencies = LazyLock::new(|| {
    frequencies(&[
        ("י", 110),
        ("ו", 100),
        ("ה", 95),
        ("לאמר", 62),
        ("תבש", 52),
        ("נם", 33),
        ("עדקחפ", 26),
        ("כןטגזסצ", 15),
        ("ךףץ", 5),
    ])
});
static ARABIC: Frequencies = LazyLock::new(|| {
    frequencies(&[
        ("ا", 130),
        ("ل", 115),
        ("يمن", 65),
        ("روت", 50),
        ("هبعد", 33),
        ("سفكقةحأ", 24),
        ("شجصطخىذضز", 10),
        ("ثغءئإظآؤ", 5),
    ])
});
static THAI: Frequencies = LazyLock::new(|| {
    frequencies(&[("า", 70), ("นร", 62), ("อกเง", 48), ("มยลวด่้ัี", 35), ("ทตสะิ์ปคบห", 25), ("แจพชขใไโ", 15), ("ุู็ึืผถ", 12)])
});

/// Charsets of single bytes whose letters Latin-1 shows as accented ones.
static TARGETS: &[(&Encoding, &Frequencies)] = &[
    (WINDOWS_1251, &RUSSIAN),
    (KOI8_R, &RUSSIAN),
    (IBM866, &RUSSIAN),
    (X_MAC_CYRILLIC, &RUSSIAN),
    (ISO_8859_5, &RUSSIAN),
    (WINDOWS_1253, &GREEK),
    (WINDOWS_1255, &HEBREW),
    (WINDOWS_1256, &ARABIC),
    (WINDOWS_874, &THAI),
];

/// Cyrillic charsets that are mistaken for each other.
const CYRILLIC: &[&Encoding] = &[WINDOWS_1251, KOI8_R, IBM866, X_MAC_CYRILLIC];

/// Mean frequency from which letters are those of a language.
const USUAL: usize = 42;
/// Mean frequency up to which Cyrillic letters are not those of a language.
const UNUSUAL: usize = 33;
/// Letters from which a stretch can be told.
const LETTERS: usize = 6;
/// Bytes of a long text by which it is told.
const SAMPLE: usize = 2000;

/// Finds text of an older charset and repairs it.
pub(super) fn find(text: &str, signs: Signs) -> Option<Legacy> {
    let latin = signs.has(Signs::ROW).then(|| as_latin(text)).flatten();
    let cyrillic = || signs.has(Signs::GREEK_OR_CYRILLIC).then(|| as_cyrillic(text)).flatten();
    let inside = || signs.has(Signs::BORDER).then(|| inside_words(text)).flatten();
    latin.or_else(cyrillic).or_else(inside)
}

/// The start of a text, by which it is told.
pub(super) fn start_of(text: &str) -> &str {
    &text[..text.floor_char_boundary(SAMPLE)]
}

/// How usual letters are, by mean frequency, and how many there are.
fn usual(text: &str, of: &Frequencies) -> (usize, usize) {
    usual_of(beyond_ascii(text).map(|it| it.1), of)
}

fn usual_of(text: impl Iterator<Item = char>, of: &Frequencies) -> (usize, usize) {
    let (mut sum, mut letters) = (0, 0);
    for c in text {
        sum += of.get(c as usize).map_or(0, |it| usize::from(*it));
        letters += 1;
    }
    (sum.checked_div(letters).unwrap_or(0), letters)
}

/// Whether words are written as people write them: small, with a capital, or all large.
fn is_regular(text: impl Iterator<Item = char>) -> bool {
    let (mut odd, mut words) = (0, 0);
    let (mut letters, mut small, mut large) = (0, true, true);
    for c in text.chain(std::iter::once(' ')) {
        if let Some(case) = case_of(c) {
            small &= letters == 0 || case != Case::Large;
            large &= case != Case::Small;
            letters += 1;
        } else {
            words += usize::from(letters > 1);
            odd += usize::from(letters > 1 && !small && !large);
            (letters, small, large) = (0, true, true);
        }
    }
    odd * 8 <= words
}

fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}

/// Stretches of text without a letter of ASCII whose characters are all in a table.
pub(super) fn stretches(text: &str) -> impl Iterator<Item = Span> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let belongs = |it: char| if it.is_ascii() { !it.is_ascii_alphabetic() } else { TABLES.byte(LATIN, it) != 0 };
        let is_high = |it: char| !it.is_ascii() && belongs(it);
        let start = at + text[at..].find(is_high)?;
        let mut end = start;
        for (offset, c) in text[start..].char_indices() {
            if !belongs(c) {
                break;
            }
            if !c.is_ascii() {
                end = start + offset + c.len_utf8();
            }
        }
        at = end;
        Some(Span::new(start, end))
    })
}

/// Bytes of a text in Latin-1 and windows-1252, where it has such.
pub(super) fn latin_bytes(text: &str) -> Option<Vec<u8>> {
    let byte = |c: char| match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() => Some(byte),
        _ => Some(TABLES.byte(LATIN, c)).filter(|it| *it != 0),
    };
    text.chars().map(byte).collect()
}

/// Whether a stretch can be damage at all: long enough, of several letters, four of them in a row.
pub(super) fn is_candidate(stretch: &str) -> bool {
    let mut row = 0;
    let mut longest = 0;
    let mut seen = Vec::new();
    let mut letters = 0;
    for c in stretch.chars() {
        row = if c.is_ascii() { 0 } else { row + 1 };
        longest = longest.max(row);
        letters += usize::from(!c.is_ascii());
        if !c.is_ascii() && seen.len() < 4 && !seen.contains(&c) {
            seen.push(c);
        }
    }
    letters >= LETTERS && longest >= 4 && seen.len() == 4
}

/// Letters that became accented Latin ones.
fn as_latin(text: &str) -> Option<Legacy> {
    let mut best: Option<(usize, &(&Encoding, &Frequencies))> = None;
    for span in stretches(text).filter(|it| is_candidate(&text[it.range()])).take(8) {
        let bytes = latin_bytes(start_of(&text[span.range()]))?;
        for target in TARGETS {
            let Some(was) = decode(target.0, &bytes) else { continue };
            let (mean, _) = usual(&was, target.1);
            if mean >= USUAL && is_regular(was.chars()) && best.is_none_or(|(most, _)| mean > most) {
                best = Some((mean, target));
            }
        }
    }
    let (_, (encoding, frequencies)) = best?;
    let (mut first, mut count, mut at) = (None, 0, 0);
    let mut repaired = String::with_capacity(text.len());
    for span in stretches(text) {
        let stretch = &text[span.range()];
        let was = latin_bytes(stretch).and_then(|it| decode(encoding, &it));
        repaired.push_str(&text[at..span.start as usize]);
        at = span.end as usize;
        match was.filter(|it| {
            usual(start_of(it), frequencies).0 > 0 && stretch.chars().filter(|it| !it.is_ascii()).count() > 1
        }) {
            Some(was) => {
                first = first.or(Some(span));
                count += was.split_whitespace().count();
                repaired.push_str(&was);
            }
            None => repaired.push_str(stretch),
        }
    }
    repaired.push_str(&text[at..]);
    Some(Legacy { first: first?, count, repaired })
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{4ff}')
}

/// Whether Cyrillic letters are those of a language at a glance: usual ones, of which none inside a word is large.
fn is_plain_cyrillic(sample: &str) -> bool {
    let frequencies = &*RUSSIAN;
    let (mut sum, mut letters, mut inside) = (0, 0, false);
    for c in sample.chars() {
        if is_cyrillic(c) {
            let is_small = matches!(c, '\u{430}'..='\u{45f}');
            if inside && !is_small && is_uppercase(c) {
                return false;
            }
            sum += usize::from(frequencies[c as usize]);
            (letters, inside) = (letters + 1, true);
        } else if c.is_whitespace() {
            letters += usize::from(!c.is_ascii());
            inside = false;
        }
    }
    sum >= (UNUSUAL + 1) * letters
}

/// Cyrillic that became other Cyrillic: of two charsets with exchanged letters.
fn as_cyrillic(text: &str) -> Option<Legacy> {
    let start = text.find(is_cyrillic)?;
    let sample = start_of(&text[start..]);
    if is_plain_cyrillic(sample) {
        return None;
    }
    let letters = sample.chars().filter(|it| is_cyrillic(*it) || it.is_whitespace());
    let (mean, count) = usual_of(letters.clone().filter(|it| !it.is_ascii()), &RUSSIAN);
    if count < 8 || mean > UNUSUAL && is_regular(letters) {
        return None;
    }
    let exchange = |from: &'static Encoding, to: &'static Encoding, text: &str| {
        let (bytes, _, unmappable) = from.encode(text);
        if unmappable { None } else { decode(to, &bytes) }
    };
    let mut best: Option<(usize, &'static Encoding, &'static Encoding)> = None;
    for from in CYRILLIC {
        for to in CYRILLIC.iter().filter(|it| *it != from) {
            let Some(was) = exchange(from, to, sample) else { continue };
            let (now, _) = usual(&was, &RUSSIAN);
            if now >= USUAL && now >= mean + 10 && is_regular(was.chars()) && best.is_none_or(|(most, ..)| now > most) {
                best = Some((now, from, to));
            }
        }
    }
    let (_, from, to) = best?;
    let repaired = exchange(from, to, text)?;
    let count = repaired.split_whitespace().count();
    Some(Legacy { first: Span::new(start, text.floor_char_boundary(start + 60)), count, repaired })
}

/// What a byte beyond ASCII is in two charsets: the one it was read in and the one it was of.
#[derive(Clone, Copy)]
struct Exchange {
    read: fn(char) -> Option<u8>,
    was: fn(u8) -> Option<char>,
}

const EXCHANGES: &[Exchange] = &[
    Exchange { read: |c| one(WINDOWS_1252, c), was: |byte| DOS_TABLE.chars().nth(usize::from(byte & 0x7f)) },
    Exchange { read: |c| one(WINDOWS_1252, c), was: |byte| char_of(MACINTOSH, byte) },
    Exchange { read: |c| one(MACINTOSH, c), was: |byte| char_of(WINDOWS_1252, byte) },
    Exchange { read: |c| one(WINDOWS_1251, c), was: |byte| char_of(WINDOWS_1252, byte) },
    Exchange {
        read: |c| DOS_TABLE.chars().zip(0x80..=0xff).find(|it| it.0 == c).map(|it| it.1),
        was: |byte| char_of(WINDOWS_1252, byte),
    },
];

fn one(encoding: &'static Encoding, c: char) -> Option<u8> {
    let mut buffer = [0; 4];
    let (bytes, _, unmappable) = encoding.encode(c.encode_utf8(&mut buffer));
    bytes.first().copied().filter(|it| !unmappable && !it.is_ascii())
}

fn char_of(encoding: &'static Encoding, byte: u8) -> Option<char> {
    decode(encoding, &[byte])?.chars().next()
}

/// Accented letters that became signs, capitals or letters of another script inside words.
fn inside_words(text: &str) -> Option<Legacy> {
    let bytes = text.as_bytes();
    let is_small = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
    let is_inside = |(at, c): &(usize, char)| *at > 0 && is_small(at - 1) && is_small(at + c.len_utf8());
    let mut odd: Vec<(usize, char)> = beyond_ascii(text).filter(is_inside).filter(|it| is_odd(it.1)).collect();
    // A space that is missing after quoted words is no damage.
    if text.contains('“') {
        odd.retain(|it| it.1 != '”');
    }
    let distinct = odd.iter().any(|it| Some(it.1) != odd.first().map(|it| it.1));
    let signs = odd.iter().all(|it| !it.1.is_alphabetic());
    if odd.len() < 2 || (odd.len() == 2 && !distinct && !signs) {
        return None;
    }
    let sample = &odd[..odd.len().min(100)];
    let fits = |it: &&Exchange| {
        let good = sample.iter().filter(|(_, c)| (it.read)(*c).and_then(it.was).is_some_and(is_accented)).count();
        good == sample.len()
    };
    let exchange = EXCHANGES.iter().find(fits)?;
    let was = |c: char| (exchange.read)(c).and_then(exchange.was);
    let is_western = |c: char| {
        is_accented(c) || matches!(c, 'À'..='Ü' | '‘'..='„' | '–' | '—' | '…' | '«' | '»' | '\u{a0}' | '°' | '€')
    };
    // Where some characters are honest, only those that are not are repaired.
    let whole = text.chars().filter(|it| !it.is_ascii()).all(|it| was(it).is_some_and(is_western));
    let repair = |c: char| if !c.is_ascii() && (whole || is_odd(c)) { was(c).unwrap_or(c) } else { c };
    let repaired = text.chars().map(repair).collect();
    let (at, c) = odd[0];
    Some(Legacy { first: Span::new(at, at + c.len_utf8()), count: odd.len(), repaired })
}

/// Whether a character does not stand between two small letters. Apostrophes, dashes and dots do.
fn is_odd(c: char) -> bool {
    let is_sign = matches!(
        c,
        '‚' | '„'
            | '”'
            | '‡'
            | '†'
            | 'ˆ'
            | '‰'
            | '•'
            | '¢'
            | '£'
            | '¤'
            | '¥'
            | '÷'
            | '¬'
            | '¶'
            | '√'
            | '∞'
            | 'ⁿ'
            | '∩'
    );
    is_sign || matches!(c, '\u{370}'..='\u{4ff}') || (c.is_uppercase() && c < '\u{180}')
}

/// The accented letters that are usual in languages of western Europe.
fn is_accented(c: char) -> bool {
    matches!(c, 'à'..='ö' | 'ø'..='ü' | 'ß' | 'œ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Tally;

    fn repaired(text: &str) -> Option<String> {
        find(text, Tally::of(text).signs).map(|it| it.repaired)
    }

    #[test]
    fn letters_of_older_charsets_are_repaired() {
        assert_eq!(repaired("Ìîñò áóäåò îòêðûò âåñíîé").as_deref(), Some("Мост будет открыт весной"));
        assert_eq!(repaired("лНЯР АСДЕР НРЙПШР БЕЯМНИ").as_deref(), Some("Мост будет открыт весной"));
        assert_eq!(
            repaired("Le prйsident a dйcidй hier d'йlargir la rйserve").as_deref(),
            Some("Le président a décidé hier d'élargir la réserve")
        );
        assert_eq!(
            repaired("La maison n‚cessite des r‚parations").as_deref(),
            Some("La maison nécessite des réparations")
        );
    }

    #[test]
    fn honest_letters_are_no_older_charset() {
        for text in [
            "ÉÉÉ ÀÀÀ ÈÈÈÈ",
            "Šiauliai, Žemaitėšė",
            "МОСТ ОТКРОЮТ ВЕСНОЙ",
            "Қазақстанның тәуелсіздігі",
            "McÉtienne et deÉcole",
        ] {
            assert_eq!(repaired(text), None, "{text}");
        }
    }
}
