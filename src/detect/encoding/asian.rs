//! Chinese, Japanese and Korean: UTF-8 that was read as one of their charsets, and their charsets read as
//! Latin-1.

use std::sync::LazyLock;

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GBK, SHIFT_JIS};

use super::{
    legacy::{Legacy, is_candidate, latin_bytes, start_of, stretches},
    table::{self, LATIN},
};
use crate::page::{
    Signs, Span,
    block::{BLOCK, Block},
    tally::beyond_ascii,
};

/// Charsets of two bytes a character that UTF-8 is read as.
const READ_AS: &[&Encoding] = &[GBK, SHIFT_JIS, EUC_KR, BIG5];
/// Characters of a run of damaged UTF-8 from which it is told; honest runs are UTF-8 for no longer.
const RUN: usize = 4;
/// Characters beyond which a run is looked at no further before it is told.
const START: usize = 40;
/// Decoded characters from which a charset is told.
const DECODED: usize = 4;

/// Finds such damage and repairs it.
pub(super) fn find(text: &str, signs: Signs) -> Option<Legacy> {
    let wide = signs.has(Signs::WIDE).then(|| utf8_read_as(text)).flatten();
    let latin = || signs.has(Signs::ROW).then(|| read_as_latin(text)).flatten();
    let mixed = || signs.has(Signs::SINGLE_BYTE).then(|| mixed_read_as_latin(text)).flatten();
    wide.or_else(latin).or_else(mixed)
}

/// UTF-8 read as a charset of two bytes: runs of characters that are UTF-8 in it.
fn utf8_read_as(text: &str) -> Option<Legacy> {
    // Honest text is told by its most usual characters.
    let (mut wide, mut everyday) = (0, 0);
    for c in text.chars().filter(|it| is_wide(*it)).take(SAMPLE) {
        wide += 1;
        everyday += usize::from(is_everyday(c));
        if everyday * 20 >= SAMPLE {
            return None;
        }
    }
    if wide == 0 || everyday * 20 >= wide {
        return None;
    }
    READ_AS.iter().find_map(|it| repair_runs(text, it))
}

/// Characters by which a text is told to be honest.
const SAMPLE: usize = 400;
/// Characters that every honest text has in plenty, and damage hardly ever.
const EVERYDAY: &str =
    "的一是不了在人有我他這这中大来來上国國个個到说們们為为和你年のにはをたがでとしいる이다는을의에가고지은";
/// One bit for each character of the basic plane: whether it is one of [`EVERYDAY`].
static IS_EVERYDAY: LazyLock<Box<[u64; 1 << 10]>> = LazyLock::new(|| {
    let mut bits = Box::new([0; 1 << 10]);
    EVERYDAY.chars().for_each(|it| bits[it as usize / 64] |= 1 << (it as usize % 64));
    bits
});

fn is_everyday(c: char) -> bool {
    IS_EVERYDAY.get(c as usize / 64).is_some_and(|it| it >> (c as usize % 64) & 1 != 0)
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{e000}'..='\u{f8ff}')
}

fn repair_runs(text: &str, encoding: &'static Encoding) -> Option<Legacy> {
    let (mut first, mut count, mut at) = (None, 0, 0);
    let mut repaired = String::with_capacity(text.len());
    while at < text.len() {
        let rest = &text[at..];
        let plain = rest.find(|it: char| !it.is_ascii()).unwrap_or(rest.len());
        repaired.push_str(&rest[..plain]);
        at += plain;
        let run = &text[at..];
        // A mark of a lost byte belongs to the run.
        let run = &run[..run.find(|it: char| it.is_ascii() && it != '?').unwrap_or(run.len())];
        let run = run.trim_end_matches('?');
        match repair_run(run, encoding) {
            Some(was) => {
                first = first.or(Some(Span::new(at, at + run.len())));
                count += 1;
                repaired.push_str(&was);
            }
            None => repaired.push_str(run),
        }
        at += run.len();
        if run.is_empty() && at < text.len() {
            repaired.push('?');
            at += 1;
        }
    }
    first.map(|first| Legacy { first, count, repaired })
}

fn repair_run(run: &str, encoding: &'static Encoding) -> Option<String> {
    let start = &run[..run.char_indices().nth(START).map_or(run.len(), |it| it.0)];
    if !is_damaged(start, encoding) {
        return None;
    }
    let bytes = bytes(run, encoding);
    let was = String::from_utf8_lossy(&bytes).into_owned();
    Some(was)
}

/// Bytes of a run; a character that the charset does not have is a byte that UTF-8 does not have.
fn bytes(run: &str, encoding: &'static Encoding) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(run.len());
    let Some(table) = TABLES.iter().find(|it| it.encoding == encoding) else { return bytes };
    for c in run.chars() {
        match table.of(c) {
            [0, 0] => bytes.push(0xff),
            [0, single] => bytes.push(single),
            double => bytes.extend_from_slice(&double),
        }
    }
    bytes
}

/// What characters are in a charset of one or two bytes: looked up, because `encoding_rs` searches its tables
/// from end to end for each character.
struct Table {
    encoding: &'static Encoding,
    /// By character of the basic plane; a single byte has a zero before it, and no byte is two.
    bytes: Vec<[u8; 2]>,
}

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| READ_AS.iter().map(|it| Table::new(it)).collect());

impl Table {
    fn new(encoding: &'static Encoding) -> Self {
        let mut table = Self { encoding, bytes: vec![[0, 0]; 0x1_0000] };
        for first in 1..=0xff {
            table.add(&[first]);
            for second in 0x40..=0xfe {
                table.add(&[first, second]);
            }
        }
        table
    }

    /// Notes the character of these bytes, if they are one; the first bytes of a character are its usual ones.
    fn add(&mut self, bytes: &[u8]) {
        let Some(text) = self.encoding.decode_without_bom_handling_and_without_replacement(bytes) else { return };
        let mut chars = text.chars();
        let (Some(c), None) = (chars.next(), chars.next()) else { return };
        if let Some(place) = self.bytes.get_mut(c as usize).filter(|it| **it == [0, 0]) {
            *place = match *bytes {
                [single] => [0, single],
                [first, second, ..] => [first, second],
                [] => return,
            };
        }
    }

    fn of(&self, c: char) -> [u8; 2] {
        self.bytes.get(c as usize).copied().unwrap_or_default()
    }
}

/// Whether a run is UTF-8 in a charset, bar lost bytes: most of it characters of three bytes, which bytes of
/// honest text make by chance hardly ever.
fn is_damaged(run: &str, encoding: &'static Encoding) -> bool {
    let bytes = bytes(run, encoding);
    let was = String::from_utf8_lossy(&bytes);
    let count = |is: fn(char) -> bool| was.chars().filter(|it| is(*it)).count();
    let lost = count(|it| it == '\u{fffd}');
    let wide = count(|it| {
        is_common(it) || matches!(it, '\u{e00}'..='\u{e7f}' | '\u{1e00}'..='\u{1eff}' | '\u{2010}'..='\u{203f}')
    });
    let other = was.chars().count() - lost - wide;
    if QUOTES.iter().any(|(it, start)| *it == encoding && run.starts_with(start)) {
        return wide > 0 && lost <= 1 || lost > 0 && run.chars().count() <= 2;
    }
    run.chars().count() >= RUN && wide >= 3 && lost <= wide && other * 2 <= wide
}

/// What the first two bytes of "’" and its like are in charsets: rare characters that stand after Latin
/// letters in English text.
const QUOTES: &[(&Encoding, &str)] = &[(GBK, "鈥"), (SHIFT_JIS, "窶")];

/// Characters that text in these languages is made of.
fn is_common(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff00}'..='\u{ff9f}')
}

/// Bytes of charsets that have no ASCII in a character, read as Latin-1.
fn read_as_latin(text: &str) -> Option<Legacy> {
    let tell = |span: &Span| {
        let bytes = latin_bytes(start_of(&text[span.range()]))?;
        [EUC_KR, EUC_JP, GBK].into_iter().find(|it| tells(it, &bytes))
    };
    let encoding = stretches(text).filter(|it| is_candidate(&text[it.range()])).take(8).find_map(|it| tell(&it))?;
    let (mut first, mut count, mut at) = (None, 0, 0);
    let mut repaired = String::with_capacity(text.len());
    for span in stretches(text) {
        repaired.push_str(&text[at..span.start as usize]);
        at = span.end as usize;
        let stretch = &text[span.range()];
        let was = latin_bytes(stretch)
            .and_then(|it| {
                encoding.decode_without_bom_handling_and_without_replacement(&it).map(std::borrow::Cow::into_owned)
            })
            .filter(|it| it.chars().any(is_common));
        match was {
            Some(was) => {
                first = first.or(Some(span));
                count += was.chars().filter(|it| is_common(*it)).count();
                repaired.push_str(&was);
            }
            None => repaired.push_str(stretch),
        }
    }
    repaired.push_str(&text[at..]);
    Some(Legacy { first: first?, count, repaired })
}

/// Bytes of charsets that have ASCII inside characters, read as Latin-1: all of the text at once.
fn mixed_read_as_latin(text: &str) -> Option<Legacy> {
    if table::TABLES.byte(LATIN, beyond_ascii(text).next()?.1) == 0 {
        return None;
    }
    let (beyond, letters) = counts(text);
    let high = beyond - text.matches('\u{ad}').count();
    // Half of each character stays ASCII in the one, a third in the other.
    if high < LEADS || high * 2 < letters {
        return None;
    }
    let start = latin_bytes(start_of(text))?;
    let encoding = [SHIFT_JIS, BIG5].into_iter().find(|it| tells(it, &start))?;
    let bytes = latin_bytes(text)?;
    let repaired = encoding.decode_without_bom_handling_and_without_replacement(&bytes)?.into_owned();
    let start = text.find(|it: char| !it.is_ascii())?;
    let first = Span::new(start, text.floor_char_boundary(start + 60));
    let count = repaired.chars().filter(|it| is_common(*it)).count();
    Some(Legacy { first, count, repaired })
}

/// Number of characters beyond ASCII, and of letters of ASCII.
fn counts(text: &str) -> (usize, usize) {
    let (mut beyond, mut letters) = (0, 0);
    for bytes in text.as_bytes().chunks(BLOCK) {
        let block = Block::of(bytes);
        beyond += block.within(0xc0, 0xff).count_ones() as usize;
        letters += block.letters().count_ones() as usize;
    }
    (beyond, letters)
}

/// Characters beyond ASCII from which a text is looked at as one of Shift JIS or Big5.
const LEADS: usize = 6;

/// Whether bytes are usual text of a charset.
fn tells(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    // The start of a text may end in half a character.
    let decode = |bytes| encoding.decode_without_bom_handling_and_without_replacement(bytes);
    let Some(was) = decode(bytes).or_else(|| decode(bytes.split_last()?.1)) else { return false };
    let beyond = was.chars().filter(|it| !it.is_ascii()).count();
    let is_in = |range: std::ops::RangeInclusive<char>| was.chars().filter(|it| range.contains(it)).count();
    let kana = is_in('\u{3041}'..='\u{30fe}');
    let signs = is_in('\u{3000}'..='\u{303f}') + is_in('\u{ff00}'..='\u{ff5f}');
    if beyond < DECODED {
        return false;
    }
    if encoding == EUC_KR {
        return (is_in('\u{ac00}'..='\u{d7a3}') + signs) * 10 >= beyond * 9;
    }
    if encoding == EUC_JP || encoding == SHIFT_JIS {
        return kana * 10 >= beyond * 3
            && (kana + signs + is_in('\u{4e00}'..='\u{9fff}')) * 10 >= beyond * 9
            && kana >= DECODED;
    }
    // Of hanzi, the first level of the charset: the 3,755 or 5,401 most usual ones.
    let usual = |lead: u8| if encoding == GBK { (0xb0..=0xd7).contains(&lead) } else { (0xa4..=0xc6).contains(&lead) };
    let (mut all, mut level) = (0, 0);
    for c in was.chars().filter(|it| matches!(it, '\u{4e00}'..='\u{9fff}')) {
        let mut buffer = [0; 4];
        let (encoded, _, _) = encoding.encode(c.encode_utf8(&mut buffer));
        all += 1;
        level += usize::from(encoded.first().is_some_and(|it| usual(*it)));
    }
    all >= DECODED && level * 20 >= all * 19 && (all + signs) * 10 >= beyond * 9
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Tally;

    fn repaired(text: &str) -> Option<String> {
        find(text, Tally::of(text).signs).map(|it| it.repaired)
    }

    #[test]
    fn asian_charsets_are_repaired() {
        assert_eq!(repaired("´ÙÀ½ ÁÖ¿¡ ´Ù¸®°¡ ¿\u{ad}¸°´Ù").as_deref(), Some("다음 주에 다리가 열린다"));
        assert_eq!(repaired("Itâs"), None);
        assert_eq!(repaired("It鈥檚 open").as_deref(), Some("It’s open"));
    }

    #[test]
    fn honest_asian_text_is_no_damage() {
        for text in [
            "町議会は火曜日の夜、橋を修理することに合意した。",
            "市议会星期二晚上同意修桥。",
            "시의회는 다리를 고치기로 했다.",
        ] {
            assert_eq!(repaired(text), None, "{text}");
        }
    }
}
