//! Text that was UTF-8 and was decoded as something else, and what it was.
//!
//! The idea is ftfy's (Robyn Speer): a run of characters that, encoded again in the wrong charset, is
//! valid UTF-8 for fewer characters was that UTF-8.

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};

use crate::page::Span;

/// Charsets that UTF-8 is commonly mistaken for.
const MISTAKEN: &[&Encoding] = &[WINDOWS_1252, WINDOWS_1251, WINDOWS_1250, MACINTOSH];

/// Damage in one text.
pub(super) struct Mojibake {
    /// The first damaged run.
    pub(super) first: Span,
    /// Number of damaged runs.
    pub(super) count: usize,
    /// The text as it was.
    pub(super) repaired: String,
}

/// Finds damaged runs.
pub(super) fn find(text: &str) -> Option<Mojibake> {
    let mut first = None;
    let mut count = 0;
    let mut repaired = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let plain = rest.find(|it: char| !it.is_ascii()).unwrap_or(rest.len());
        repaired.push_str(&rest[..plain]);
        at += plain;
        let run = &text[at..];
        let run = &run[..run.find(|it: char| it.is_ascii()).unwrap_or(run.len())];
        match repair(run) {
            Some(fixed) => {
                first = first.or(Some(Span::new(at, at + run.len())));
                count += 1;
                repaired.push_str(&fixed);
            }
            None => repaired.push_str(run),
        }
        at += run.len();
    }
    first.map(|first| Mojibake { first, count, repaired })
}

/// What a run of characters beyond ASCII was, if it is damaged as a whole.
fn repair(run: &str) -> Option<String> {
    // One character alone proves nothing.
    run.chars().nth(1)?;
    let start = &run[..run.floor_char_boundary(START)];
    let encodings = MISTAKEN.iter().map(|it| Some(*it)).chain([None]);
    encodings.into_iter().find_map(|it| {
        if !begins_utf8(&encode(it, start)?) {
            return None;
        }
        let fixed = String::from_utf8(encode(it, run)?).ok()?;
        let shorter = fixed.chars().count() < run.chars().count();
        (shorter && fixed.chars().all(is_text) && !is_honest(run)).then_some(fixed)
    })
}

/// Bytes of a run that are tried first: hardly any honest text is UTF-8 for that long.
const START: usize = 64;

/// Whether bytes are UTF-8, or the beginning of it.
fn begins_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// Bytes of a run in a charset; none is Latin-1 as programs read it, each byte the character of that number.
fn encode(encoding: Option<&'static Encoding>, run: &str) -> Option<Vec<u8>> {
    let Some(encoding) = encoding else {
        return run.chars().map(|it| u8::try_from(it).ok()).collect();
    };
    let (bytes, _, unmappable) = encoding.encode(run);
    (!unmappable).then(|| bytes.into_owned())
}

/// Characters that UTF-8 text has: letters of living scripts, punctuation, a few signs.
fn is_text(c: char) -> bool {
    matches!(c,
        '\u{a0}'..='\u{24f}' | '\u{370}'..='\u{58f}' | '\u{5d0}'..='\u{5ea}' | '\u{600}'..='\u{6ff}' | '\u{900}'..='\u{97f}'
        | '\u{e00}'..='\u{e7f}' | '\u{1e00}'..='\u{1eff}' | '\u{2000}'..='\u{206f}' | '\u{20a0}'..='\u{20bf}' | '\u{2100}'..='\u{214f}'
        | '\u{2190}'..='\u{21ff}' | '\u{2500}'..='\u{27bf}' | '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{feff}' | '\u{ff00}'..='\u{ffef}' | '\u{1f000}'..='\u{1faff}')
}

/// Runs that decode by chance: one capital before a closing quotation mark or a sign, as in «CAFÉ».
fn is_honest(run: &str) -> bool {
    let mut chars = run.chars();
    let (first, second, more) = (chars.next(), chars.next(), chars.next());
    let led = matches!(first, Some('Ã' | 'Â' | 'â' | 'Ð' | 'Ñ' | 'Å' | 'Ä' | 'Р' | 'С' | 'в' | 'Г' | '√' | '‚' | 'ï'));
    more.is_none() && (!led || matches!((first, second), (Some('Â' | 'Ã'), Some('»' | '«' | '”' | '“'))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repaired(text: &str) -> Option<String> {
        find(text).map(|it| it.repaired)
    }

    #[test]
    fn mojibake_is_repaired() {
        assert_eq!(repaired("Itâ€™s a cafÃ©").as_deref(), Some("It’s a café"));
        assert_eq!(repaired("РџСЂРёРІРµС‚").as_deref(), Some("Привет"));
        assert_eq!(repaired("ÐŸÑ€Ð¸Ð²ÐµÑ‚").as_deref(), Some("Привет"));
        assert_eq!(repaired("Ð\u{9f}Ñ\u{80}Ð¸").as_deref(), Some("При"));
    }

    #[test]
    fn mojibake_is_not_seen_in_honest_text() {
        for text in [
            "Le «CAFÉ» à Évian, où l’on dîne",
            "Größe, Übermut, Straße",
            "Việt Nam đất nước",
            "Привет, мир",
            "İstanbul’da çağrı",
            "naïve “façade”…",
            "ÉÉÉ ÀÀÀ",
            "日本語の文章",
            "Łódź, Gdańsk",
            "São Paulo – ação",
            "½ – ¾",
            "АБВГ — №5",
        ] {
            assert_eq!(repaired(text), None, "{text}");
        }
    }
}
