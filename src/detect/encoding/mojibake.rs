//! Text that was UTF-8 and was decoded as a single-byte charset, and what it was.
//!
//! The idea is ftfy's (Robyn Speer): characters that, encoded again in the wrong charset, are UTF-8 for
//! fewer characters were that UTF-8, unless the characters as they stand are likely in honest text.
//! Here each sequence is judged by itself, by what stands round it: **strong** ones prove damage, **weak**
//! ones are damage only beside strong ones of the same charset. Text that was damaged twice is repaired
//! in rounds.

use super::{
    control::is_c1,
    table::{SPACED, TABLES},
};
use crate::page::{
    Span,
    fold::{is_alphabetic, is_lowercase, is_uppercase},
    tally::ascii_len,
};

/// Mojibakes of repair: text is seldom damaged more than three times.
const ROUNDS: usize = 4;

/// Latin letters from which a text without other Cyrillic is of a language in Latin letters.
const FOREIGN: usize = 8;

/// Damage in one text.
pub(super) struct Mojibake {
    /// The first damaged sequence.
    pub(super) first: Span,
    /// Number of sequences that prove damage.
    pub(super) count: usize,
    /// The text as it was.
    pub(super) repaired: String,
    /// Whether the sequences are most of what is beyond ASCII.
    pub(super) is_most: bool,
}

/// Finds damaged sequences and repairs them.
pub(super) fn find(text: &str) -> Option<Mojibake> {
    let Mojibake { first, count, mut repaired, is_most } = round(text)?;
    for _ in 1..ROUNDS {
        let Some(again) = round(&repaired) else { break };
        repaired = again.repaired;
    }
    Some(Mojibake { first, count, repaired, is_most })
}

/// A sequence of characters that is one character of UTF-8 in the charset of a table.
#[allow(clippy::struct_excessive_bools, reason = "facts about one sequence, looked at one by one")]
struct Sequence {
    start: usize,
    end: usize,
    /// The character it was; U+FFFD where a byte of it was lost.
    was: char,
    /// Whether the characters as they stand are likely in honest text.
    natural: bool,
    /// Whether the character fits where it would stand.
    fits: bool,
    /// Whether the character needs others of its script beside it.
    needs_company: bool,
    /// Whether it proves damage by itself.
    strong: bool,
}

/// One round of repair, with the charset that explains the most.
fn round(text: &str) -> Option<Mojibake> {
    let starts = starts(text);
    let tables = suspects(text, &starts);
    let mut best: Option<(usize, usize, Vec<Sequence>)> = None;
    for table in (0..TABLES.len()).filter(|it| tables & (1 << it) != 0) {
        let starts = starts.iter().filter(|it| it.1 & (1 << table) != 0).map(|it| it.0);
        let sequences = sequences(text, table, starts);
        let strong = sequences.iter().filter(|it| it.strong).count();
        // The charset that explains the most characters, the more common one of equals.
        let chars = |it: &Sequence| text[it.start..it.end].chars().count() * if it.strong { 2 } else { 1 };
        let explained = sequences.iter().filter(|it| it.strong || it.fits && it.was != '\u{fffd}').map(chars).sum();
        if strong > 0 && best.as_ref().is_none_or(|(_, most, _)| explained > *most) {
            best = Some((strong, explained, sequences));
        }
    }
    let (strong, _, sequences) = best?;
    let first = sequences.iter().find(|it| it.strong)?;
    let first = Span::new(first.start, first.end);
    let (all, outside) = outside(text, &sequences);
    Some(Mojibake { first, count: strong, repaired: repaired(text, &sequences), is_most: outside * 3 <= all })
}

/// The tables in which a sequence may be strong: where one may be so by itself, or has another beside it.
fn suspects(text: &str, starts: &[(usize, u16)]) -> u16 {
    let mut suspects = 0;
    // By table, the sequence before: its end, what it was, and whether it has a space.
    let mut before = [None; u16::BITS as usize];
    for (at, tables) in starts {
        for table in (0..TABLES.len()).filter(|it| tables & (1 << it) != 0) {
            let Some((was, len)) = decode(&text[*at..], table) else { continue };
            let (end, script) = (at + len, Script::of(was));
            let is_beside = before[table].is_some_and(|(end, other, spaced): (usize, Script, bool)| {
                *at < end || (!spaced || other == script) && is_gap(&text[end..*at])
            });
            if is_beside || may_be_strong(text, *at, end) {
                suspects |= 1 << table;
            }
            before[table] = Some((end, script, text[*at..end].contains(' ')));
        }
    }
    suspects
}

/// Whether sequences with this text between them are beside each other.
fn is_gap(between: &str) -> bool {
    between.len() <= 2 && between.chars().all(|it| !is_alphabetic(it))
}

/// Whether a sequence may be strong with none beside it: not if it has a space and is no large letter inside a word,
/// nor if it is small letters in a word or a text in Cyrillic.
fn may_be_strong(text: &str, start: usize, end: usize) -> bool {
    let sequence = &text[start..end];
    let before = text[..start].chars().next_back();
    if sequence.contains(' ') {
        return sequence.starts_with(is_uppercase) && before.is_some_and(is_lowercase);
    }
    let is_cyrillic = |it: char| Alphabet::of(it) == Alphabet::Cyrillic;
    if !sequence.chars().all(|it| is_cyrillic(it) && is_lowercase(it)) {
        return true;
    }
    match before {
        Some(before) if is_cyrillic(before) => false,
        Some(before) if is_alphabetic(before) => true,
        _ => has_latin(text),
    }
}

/// Whether a text may be of a language in Latin letters.
fn has_latin(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_alphabetic).count() >= FOREIGN
}

/// Where characters may begin a sequence, and in which tables.
fn starts(text: &str) -> Vec<(usize, u16)> {
    let tables = &*TABLES;
    let bytes = text.as_bytes();
    // Of ASCII, only the marks of a lost byte go on, which do in every table.
    let is_mark = |at: usize| bytes.get(at).is_some_and(|it| matches!(it, b' ' | b'?' | 0x1a));
    let mut starts = Vec::new();
    // The character before, where the one behind it is expected, and in which tables it goes on.
    let (mut last, mut next, mut leads) = (0, 0, 0);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at].is_ascii() {
            // Between words, mostly one.
            at += 1;
            if bytes.get(at).is_some_and(u8::is_ascii) {
                at += ascii_len(&bytes[at..]);
            }
            continue;
        }
        let (c, len) = char_at(text, at);
        let roles = tables.roles(c);
        if at == next && leads & roles.follows != 0 {
            starts.push((last, leads & roles.follows));
        }
        (last, next, leads) = (at, at + len, roles.leads);
        at = next;
        if !is_mark(next) {
            continue;
        }
        // Behind a space a third character is looked at.
        let mut found = leads;
        if found != 0 && bytes[next] == b' ' {
            (next, leads) = (next + 1, roles.leads_three);
            found = roles.spaced | if is_mark(next) { leads } else { 0 };
        }
        if found != 0 {
            starts.push((last, found));
        }
    }
    starts
}

/// The character beyond ASCII at a place, as a number, and its bytes. Nearly all are of two.
fn char_at(text: &str, at: usize) -> (usize, usize) {
    match text.as_bytes()[at..] {
        [lead @ 0xc2..=0xdf, second, ..] => (usize::from(lead & 0x1f) << 6 | usize::from(second & 0x3f), 2),
        _ => text[at..].chars().next().map_or((0, 1), |it| (it as usize, it.len_utf8())),
    }
}

fn repaired(text: &str, sequences: &[Sequence]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let whole = is_whole(text, sequences);
    for it in sequences.iter().filter(|it| it.strong || is_repaired(text, it, whole)) {
        out.push_str(&text[at..it.start]);
        match ligature(it.was) {
            Some(letters) => out.push_str(letters),
            None => out.push(it.was),
        }
        at = it.end;
        if text[it.start..it.end].ends_with(' ') && keeps_space(it.was, &text[at..]) {
            out.push(' ');
        }
    }
    out.push_str(&text[at..]);
    out
}

/// Whether all of a text, or nearly all, was decoded with the wrong charset: hardly any character beyond
/// ASCII stands outside a sequence.
fn is_whole(text: &str, sequences: &[Sequence]) -> bool {
    let (_, outside) = outside(text, sequences);
    let strong = sequences.iter().filter(|it| it.strong).count();
    outside == 0 || (strong >= 3 && outside * 8 <= sequences.len())
}

/// Number of characters beyond ASCII, and of those that stand outside sequences.
fn outside(text: &str, sequences: &[Sequence]) -> (usize, usize) {
    let all = text.chars().filter(|it| !it.is_ascii()).count();
    let of = |it: &Sequence| text[it.start..it.end].chars().filter(|it| !it.is_ascii()).count();
    (all, all.saturating_sub(sequences.iter().map(of).sum()))
}

/// Whether a weak sequence is damage too, in a text with strong ones.
fn is_repaired(text: &str, it: &Sequence, whole: bool) -> bool {
    let after_capital = text[..it.start].chars().next_back().is_some_and(is_uppercase);
    let letters = text[it.start..it.end].chars().all(is_alphabetic);
    it.fits && (whole || !it.natural || (!after_capital && !letters))
}

/// Whether the space that was read as the second byte of a sequence is one: "Ã la" is "à la", "Å o" is "Šo".
fn keeps_space(was: char, rest: &str) -> bool {
    // Portuguese "às" and "àquele".
    was == 'à' && !["s ", "quel", "quil"].iter().any(|it| rest.starts_with(it))
}

/// The letters of a ligature, which stands for them in print only.
fn ligature(c: char) -> Option<&'static str> {
    ["ff", "fi", "fl", "ffi", "ffl"].get((c as usize).checked_sub(0xfb00)?).copied()
}

/// All sequences of one table, in order, of the places where one may start.
fn sequences(text: &str, table: usize, starts: impl Iterator<Item = usize>) -> Vec<Sequence> {
    let mut found: Vec<Sequence> = Vec::new();
    for at in starts {
        let last = found.last();
        let end = last.map_or(0, |it| it.end);
        if at < end {
            continue;
        }
        if let Some((was, len)) = decode(&text[at..], table) {
            // What stands before it, a sequence as what it was. A space is one until its sequence proves to be damage.
            let was_before = last.filter(|it| !has_space(text, it)).map(|it| it.was);
            let known = if was_before.is_some() { end } else { 0 };
            let mut chars = text[known..at].chars().rev().chain(was_before);
            let before = [chars.next(), chars.next()];
            found.push(judge(text, table, at, len, was, before));
        }
    }
    company(text, &mut found);
    found
}

/// The character of UTF-8 that a text begins with in the charset of a table, and the bytes that it takes
/// in the text.
fn decode(text: &str, table: usize) -> Option<(char, usize)> {
    let mut chars = text.char_indices();
    let lead = TABLES.byte(table, chars.next()?.1);
    let length = match lead {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut bytes = [lead, 0, 0, 0];
    let (mut lost, mut spaces) = (false, false);
    let mut end = 0;
    for (index, slot) in bytes.iter_mut().enumerate().take(length).skip(1) {
        let (at, c) = chars.next()?;
        *slot = match (TABLES.byte(table, c), c) {
            (byte @ 0x80..=0xbf, _) => byte,
            (_, '\u{fffd}' | '\u{1a}') => {
                lost = true;
                0x80
            }
            // In "â€?" the last byte had no character.
            (_, '?') if length == 3 && index == 2 && lead == 0xe2 && bytes_begin_punctuation(text) => {
                lost = true;
                0x80
            }
            // A no-break space that became a space.
            (_, ' ') if length < 4 && text.starts_with(is_alphabetic) => {
                spaces = true;
                0xa0
            }
            _ => return None,
        };
        end = at + c.len_utf8();
    }
    if lost {
        return Some(('\u{fffd}', end));
    }
    if let Some(c) = std::str::from_utf8(&bytes[..length]).ok().and_then(|it| it.chars().next()) {
        let known = length > 2 || SPACED.contains(&lead);
        return (!spaces || known).then_some((c, end));
    }
    surrogates(text, table, bytes)
}

/// Whether a text begins with what "â€" is in some charset.
fn bytes_begin_punctuation(text: &str) -> bool {
    ["â€", "вЂ", "‚Ä", "ΓÇ", "â\u{80}"].iter().any(|it| text.starts_with(it))
}

/// A character beyond U+FFFF that was written as two surrogates of three bytes each (CESU-8).
fn surrogates(text: &str, table: usize, high: [u8; 4]) -> Option<(char, usize)> {
    let mut low = [0; 3];
    let mut end = 0;
    for (slot, (at, c)) in low.iter_mut().zip(text.char_indices().skip(3)) {
        *slot = TABLES.byte(table, c);
        end = at + c.len_utf8();
    }
    let unit = |it: [u8; 3]| (u32::from(it[1] & 0x3f) << 6) | u32::from(it[2] & 0x3f);
    let is_pair = high[0] == 0xed && high[1] & 0xf0 == 0xa0 && low[0] == 0xed && low[1] & 0xf0 == 0xb0;
    let code = 0x1_0000 + ((unit([high[0], high[1], high[2]]) & 0x3ff) << 10) + (unit(low) & 0x3ff);
    char::from_u32(code).filter(|_| is_pair).map(|it| (it, end))
}

/// Judges a sequence by the characters before and after it.
fn judge(text: &str, table: usize, start: usize, len: usize, was: char, before: [Option<char>; 2]) -> Sequence {
    let sequence = &text[start..start + len];
    let [last, last_but_one] = before;
    let rest = &text[start + len..];
    let next = rest.chars().next();
    let then = decode(rest, table).map(|it| it.0);
    let has_control = sequence.chars().any(is_c1);
    let natural = !has_control && is_natural(sequence, last, last_but_one, next);
    let script = Script::of(was);
    // A letter before what continues it was damaged twice.
    let fits = match script {
        Script::Latin => then.is_some_and(|it| TABLES.follows(table, it)) || fits_case(was, before, then.or(next)),
        Script::None => has_control || was == '\u{fffd}',
        _ => true,
    };
    let needs_company =
        !matches!(script, Script::Latin | Script::Sign | Script::Picture) && !has_control && was != '\u{fffd}';
    let lossy = sequence.contains([' ', '?', '\u{1a}', '\u{fffd}']);
    let camel = last.is_some_and(is_lowercase) && sequence.starts_with(is_uppercase);
    let second = sequence.chars().nth(1).unwrap_or(' ');
    let is_odd =
        sequence.chars().count() > 2 && !is_alphabetic(second) && !is_closing(second) && !sequence.contains(' ');
    let strong = if lossy { camel || is_odd } else { fits && !natural };
    Sequence { start, end: start + len, was, natural, fits, needs_company, strong }
}

/// Takes back what is lonely and adds what stands in company: a letter of another script proves damage
/// beside another of its script.
fn company(text: &str, found: &mut [Sequence]) {
    let scripts: Vec<Script> = found.iter().map(|it| Script::of(it.was)).collect();
    // In a text without other Cyrillic, a pair of its letters that was a Latin letter is no word: "è" in "ГЁ".
    let cyrillic = |it: &str| it.chars().filter(|it| Alphabet::of(*it) == Alphabet::Cyrillic).count();
    let in_pair = |it: &Sequence| {
        if Script::of(it.was) == Script::Cyrillic { 0 } else { cyrillic(&text[it.start..it.end]) }
    };
    let may_be_foreign = |it: &Sequence| {
        let is_latin = it.fits && !it.needs_company && Script::of(it.was) == Script::Latin;
        is_latin && !has_space(text, it) && in_pair(it) > 0
    };
    let is_foreign = found.iter().any(may_be_foreign)
        && found.iter().map(in_pair).sum::<usize>() == cyrillic(text)
        && has_latin(text);
    let touches = |found: &[Sequence], first: usize, second: usize| {
        scripts[first] == scripts[second] && is_gap(&text[found[first].end..found[second].start])
    };
    for index in 0..found.len() {
        let it = &found[index];
        if !it.needs_company {
            found[index].strong |= is_foreign && may_be_foreign(it);
            continue;
        }
        // Whether it proves anything is told by its company alone, but for a Greek letter.
        let by_itself = it.strong && scripts[index] == Script::Greek;
        let before = index > 0 && touches(found, index - 1, index);
        let after = index + 1 < found.len() && touches(found, index, index + 1);
        let long = || {
            before && after
                || (before && index > 1 && touches(found, index - 2, index - 1))
                || (after && index + 2 < found.len() && touches(found, index + 1, index + 2))
        };
        // What was repaired in an earlier round is company too. A space is one, unless what stands beside it tells
        // otherwise: "суп был" has no letter that was lost.
        let spaced = has_space(text, it);
        let is_like = |it: Option<char>| it.is_some_and(|it| Script::of(it) == scripts[index]);
        let beside = || is_like(text[..it.start].chars().next_back()) || is_like(text[it.end..].chars().next());
        let adjacent = |first: usize, other: usize| {
            found[first].end == found[first + 1].start && !(spaced && has_space(text, &found[other]))
        };
        let run = || {
            !spaced && beside() || (before && adjacent(index - 1, index - 1)) || (after && adjacent(index, index + 1))
        };
        found[index].strong = by_itself || it.fits && (!it.natural || long()) && run();
    }
}

/// Whether a character of a sequence was read as a space.
fn has_space(text: &str, it: &Sequence) -> bool {
    text[it.start..it.end].contains(' ')
}

/// Whether the characters are likely as they stand.
fn is_natural(sequence: &str, last: Option<char>, last_but_one: Option<char>, next: Option<char>) -> bool {
    let mut chars = sequence.chars();
    let Some(first) = chars.next() else { return true };
    let rest = chars.as_str();
    let after_letter = last.is_some_and(is_alphabetic);
    let before_letter = next.is_some_and(is_alphabetic);
    if !is_alphabetic(first) || first == 'ƒ' {
        return is_natural_sign(first, rest, after_letter, before_letter);
    }
    if let (Some(last), true) = (last, after_letter)
        && Alphabet::of(last) != Alphabet::of(first)
    {
        return false;
    }
    let is_small = last.is_some_and(is_lowercase);
    if is_small && is_uppercase(first) {
        return false;
    }
    if rest.chars().all(is_alphabetic) && rest.chars().all(|it| Alphabet::of(it) == Alphabet::of(first)) {
        let small = rest.chars().all(is_lowercase);
        let large = rest.chars().all(is_uppercase);
        // French alone has these, and none of the letters before them.
        if rest.contains(['Œ', 'œ', 'Ÿ', 'ƒ']) || first == 'Ã' {
            return false;
        }
        let is_regular = |it: fn(char) -> bool| !next.is_some_and(it);
        return if is_uppercase(first) {
            small && !after_letter && is_regular(is_uppercase) || large && is_regular(is_lowercase)
        } else {
            small
        };
    }
    // A lone capital among small letters: "MÃ laga".
    let initial = last.is_some_and(is_uppercase) && !last_but_one.is_some_and(is_alphabetic);
    if rest == "\u{a0}" && first == 'Ã' {
        let is_letter = initial && next.is_some_and(is_lowercase);
        let is_word = last == Some(' ') && next.is_some_and(|it| it == ' ' || is_lowercase(it));
        return !is_letter && !is_word;
    }
    if rest.chars().all(is_closing) {
        let apostrophe = rest.starts_with(['’', '\u{a0}', '…', '–', '—', '-']);
        let joins = first != 'Ã' || rest.starts_with(['’', '\u{a0}']);
        return !before_letter || (apostrophe && joins);
    }
    // Of what trademarks and degrees follow, "Ã" and "Â" alone are nothing.
    let odd = matches!(first, 'Ã' | 'Â' | 'Ă') && (!after_letter || (first == 'Ã' && initial));
    let is_pair = rest.chars().nth(1).is_none();
    is_pair && rest.chars().all(is_mark) && !before_letter && !odd
}

/// The same for a first character that is no letter: box drawings, roots, quotation marks, signs.
fn is_natural_sign(first: char, rest: &str, after_letter: bool, before_letter: bool) -> bool {
    match first {
        // Letters do not stand before these.
        '√' | '≈' | '∆' | '◊' | '¬' | 'ƒ' | '‡' | '„' | '‚' if after_letter => false,
        // Nor is a root of an accented letter taken.
        '√' => rest.starts_with(['π', '∞', '±', '≤', '≥', '∑', '∏', '∫', 'Ω', '∂', 'º']),
        '‚' => {
            !rest.starts_with('Ä')
                || rest
                    .chars()
                    .nth(1)
                    .is_none_or(|it| is_alphabetic(it) && !matches!(it, 'ô' | 'ö' | 'ì' | 'î' | 'ù' | 'ú' | 'ò'))
        }
        '\u{2500}'..='\u{257f}' | '\u{2580}'..='\u{259f}' => {
            let opens_question = first == '┬' && rest.starts_with(['┐', '│']) && before_letter;
            !after_letter && !opens_question
        }
        // Hebrew in windows-1252 begins with ×, which stands between numbers.
        '×' | '◊' => false,
        _ => true,
    }
}

/// Whether a Latin letter fits the case of what stands round it.
fn fits_case(was: char, [last, last_but_one]: [Option<char>; 2], next: Option<char>) -> bool {
    let is_large = |it: Option<char>| it.is_some_and(is_uppercase);
    let is_small = |it: Option<char>| it.is_some_and(is_lowercase);
    if is_uppercase(was) {
        return !is_small(last) || is_large(next);
    }
    let initial = !last_but_one.is_some_and(is_alphabetic);
    !is_large(last) || is_small(next) || (initial && !is_large(next))
}

/// What ends or joins words: it may follow any letter.
fn is_closing(c: char) -> bool {
    matches!(
        c,
        '…' | '’'
            | '‘'
            | '”'
            | '“'
            | '„'
            | '»'
            | '«'
            | '›'
            | '‹'
            | '–'
            | '—'
            | '\u{a0}'
            | '•'
            | '·'
            | '\u{ad}'
            | ' '
    )
}

/// Signs that follow words and numbers.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        '™' | '®'
            | '©'
            | '°'
            | 'º'
            | 'ª'
            | '¡'
            | '¿'
            | '´'
            | '¨'
            | '²'
            | '³'
            | '¹'
            | '†'
            | '‡'
            | '€'
            | '£'
            | '§'
            | '½'
            | '№'
            | '±'
    )
}

/// The alphabet of a letter, as far as words keep to one.
#[derive(PartialEq, Eq)]
enum Alphabet {
    Latin,
    Greek,
    Cyrillic,
    Other,
}

impl Alphabet {
    fn of(c: char) -> Self {
        match c {
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Self::Latin,
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Self::Greek,
            '\u{400}'..='\u{52f}' => Self::Cyrillic,
            _ => Self::Other,
        }
    }
}

/// What sort of character damage turns out to have been.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Arabic,
    Indic,
    Thai,
    Georgian,
    Asian,
    Korean,
    /// Punctuation and other signs that stand in text of every script.
    Sign,
    Picture,
    /// Characters that text hardly has.
    None,
}

impl Script {
    fn of(c: char) -> Self {
        match c {
            '\u{c0}'..='\u{17e}'
            | '\u{192}'
            | '\u{1a0}'
            | '\u{1a1}'
            | '\u{1af}'
            | '\u{1b0}'
            | '\u{1cd}'..='\u{1dc}'
            | '\u{218}'..='\u{21b}'
            | '\u{1e00}'..='\u{1eff}' => Self::Latin,
            '\u{386}'..='\u{3ce}' | '\u{1f00}'..='\u{1fff}' => Self::Greek,
            '\u{401}'..='\u{45f}' | '\u{490}'..='\u{4ff}' => Self::Cyrillic,
            '\u{531}'..='\u{587}' => Self::Armenian,
            '\u{5b0}'..='\u{5ea}' => Self::Hebrew,
            '\u{60c}'..='\u{6d5}' | '\u{6f0}'..='\u{6f9}' => Self::Arabic,
            '\u{900}'..='\u{dff}' => Self::Indic,
            '\u{e01}'..='\u{e5b}' => Self::Thai,
            '\u{10d0}'..='\u{10ff}' => Self::Georgian,
            '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}'
                if c < '\u{ff00}' && c > '\u{3020}' =>
            {
                Self::Asian
            }
            '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7a3}' => Self::Korean,
            '\u{a0}'..='\u{bf}'
            | '\u{300}'..='\u{36f}'
            | '\u{2c6}'
            | '\u{2c7}'
            | '\u{2d8}'..='\u{2dd}'
            | '\u{2010}'..='\u{205f}'
            | '\u{2070}'..='\u{2bff}'
            | '\u{3000}'..='\u{3020}'
            | '\u{fb00}'..='\u{fb06}'
            | '\u{fe0f}'
            | '\u{feff}'
            | '\u{ff00}'..='\u{ffef}'
            | '\u{200b}'..='\u{200f}' => Self::Sign,
            '\u{1f000}'..='\u{1faff}' | '\u{20000}'..='\u{2ffff}' | '\u{1d400}'..='\u{1d7ff}' => Self::Picture,
            _ => Self::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_behind_honest_letters_are_no_damage() {
        for text in ["Доступ к этой странице закрыт", "Все сёстры пришли домой", "Она её её спросила", "этап у нас был"]
        {
            assert!(find(text).is_none(), "{text}");
        }
        let found = find("РџСЂРёРІРµС‚ Р Р°Р№").map(|it| it.repaired);
        assert_eq!(found.as_deref(), Some("Привет Рай"));
    }
}
