//! The folded view that rules are matched on, with a map back to the text.
//!
//! Folding makes one spelling of many: NFKC, lower case, typographic quotes, dashes and spaces made
//! plain, zero-width characters dropped, dotless and dotted i made one. It works on clusters (a base
//! character with its combining marks), so that a match always maps back to whole characters.
//! Folding a folded text changes nothing.

use std::borrow::Cow;

use unicode_normalization::{
    IsNormalized, UnicodeNormalization,
    char::{canonical_combining_class, compose},
    is_nfkc_quick,
};

pub use super::classes::{Case, case_of, is_alphabetic, is_alphanumeric, is_lowercase, is_uppercase, is_word};
use super::{
    Item, Span, SpanMap,
    block::{BLOCK, Block},
    classes::{Class, class_of},
};
use crate::limits;

/// A folded text with its way back.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    /// The folded text.
    pub text: String,
    map: SpanMap,
}

impl Folded {
    /// Folds a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(text.len()), map: SpanMap::default() };
        folded.append(text, 0);
        folded
    }

    /// Folds the text of each item and notes where it stands. Of some the folded text is known: from another reading,
    /// in which an item has the same text.
    pub(super) fn of_items<'r>(
        text: &str,
        items: &mut [Item],
        known: impl Fn(usize) -> Option<(&'r Self, &'r Item)>,
    ) -> Self {
        let mut folded = Self { text: String::with_capacity(text.len()), map: SpanMap::default() };
        for (index, item) in items.iter_mut().enumerate() {
            let start = folded.text.len();
            match known(index) {
                Some((other, it)) => {
                    folded.text.push_str(&other.text[it.folded.range()]);
                    folded.map.push_part(&other.map, it.folded, it.text.start, item.text.start);
                }
                None => folded.append(&text[item.text.range()], item.text.start as usize),
            }
            item.folded = Span::new(start, folded.text.len());
            folded.push_whole("\n", Span { start: item.text.end, end: item.text.end + 1 });
        }
        folded
    }

    /// Folds the parts of a text, a line feed between two, and tells where each stands.
    #[must_use]
    pub fn of_parts(text: &str, parts: &[Span]) -> (Self, Vec<Span>) {
        let mut folded = Self { text: String::with_capacity(text.len()), map: SpanMap::default() };
        let mut places = Vec::with_capacity(parts.len());
        for part in parts {
            let start = folded.text.len();
            folded.append(&text[part.range()], part.start as usize);
            places.push(Span::new(start, folded.text.len()));
            folded.push_whole("\n", Span { start: part.end, end: part.end });
        }
        (folded, places)
    }

    /// Place in a part of the text of a span of the part, folded. The part stands at `folded` and at `text`.
    #[must_use]
    pub fn unfold(&self, span: Span, folded: Span, text: Span) -> Span {
        let origin = self.origin(Span { start: folded.start + span.start, end: folded.start + span.end });
        Span { start: origin.start.max(text.start) - text.start, end: origin.end.min(text.end) - text.start }
    }

    /// Place in the text of a span of the folded text.
    #[must_use]
    pub fn origin(&self, span: Span) -> Span {
        self.map.origin(span)
    }

    fn push_whole(&mut self, folded: &str, origin: Span) {
        self.text.push_str(folded);
        self.map.push_whole(folded.len(), origin);
    }

    /// Appends what one character folded to; of equal length, it joins the stretch before it.
    fn push_char(&mut self, c: char, origin: Span) {
        self.text.push(c);
        if c.len_utf8() == origin.len() {
            self.map.push(origin.len(), origin.start as usize);
        } else {
            self.map.push_whole(c.len_utf8(), origin);
        }
    }

    fn append(&mut self, text: &str, base: usize) {
        // The last cluster that took the long way, and what it folds to: a flood is of one.
        let mut last = ("", String::new());
        let mut at = 0;
        while at < text.len() {
            let run = self.append_run(&text[at..]);
            self.map.push(run, base + at);
            at += run;
            if at == text.len() {
                return;
            }
            let len = cluster_len(&text[at..]);
            let origin = Span::new(base + at, base + at + len);
            let cluster = &text[at..at + len];
            match fold_short(cluster) {
                One::Char(c) => self.push_char(c, origin),
                One::Nothing => {}
                One::Normalize => {
                    if cluster != last.0 {
                        last = (cluster, fold_cluster(cluster));
                    }
                    self.push_whole(&last.1, origin);
                }
            }
            at += len;
        }
    }

    /// Appends the run at the start of characters that fold to one of as many bytes and that no mark behind them
    /// changes, without its map; tells its length. Its last character is left over when a mark follows.
    fn append_run(&mut self, text: &str) -> usize {
        let start = self.text.len();
        let mut run = 0;
        // Of the run so far, the last character, which a mark may join.
        let mut last = 0;
        loop {
            let before = run;
            let plain = plain_len(&text.as_bytes()[run..]);
            if plain > 0 {
                let start = self.text.len();
                let mut pieces = text[run..run + plain].split('`');
                self.text.push_str(pieces.next().unwrap_or_default());
                for piece in pieces {
                    self.text.push('\'');
                    self.text.push_str(piece);
                }
                self.text[start..].make_ascii_lowercase();
                (run, last) = (run + plain, 1);
            }
            let (beyond, of_last) = self.append_beyond(&text[run..]);
            if beyond > 0 {
                (run, last) = (run + beyond, of_last);
            }
            if run == before {
                break;
            }
        }
        if text[run..].chars().next().is_some_and(joins) {
            run -= last;
            self.text.truncate(start + run);
        }
        run
    }

    /// Appends the characters at the start that fold to one of as many bytes, up to the next run of ASCII; tells
    /// how many bytes they are, and how many the last of them.
    fn append_beyond(&mut self, text: &str) -> (usize, usize) {
        let (mut at, mut done, mut last) = (0, 0, 0);
        for c in text.chars() {
            let class = class_of(c);
            let is_run = c.is_ascii() && text.as_bytes().get(at + 1).is_some_and(u8::is_ascii);
            if is_run || class.has(Class::JOINS) || !class.has(Class::STABLE | Class::LOWERED) {
                break;
            }
            last = c.len_utf8();
            if class.has(Class::LOWERED) {
                self.text.push_str(&text[done..at]);
                self.text.push(lower_of(c));
                done = at + last;
            }
            at += last;
        }
        self.text.push_str(&text[done..at]);
        (at, last)
    }
}

/// Folds a text, without a map.
#[must_use]
pub fn fold(text: &str) -> String {
    Folded::of(text).text
}

/// Whether a text is in folded form.
#[must_use]
pub fn is_folded(text: &str) -> bool {
    fold(text) == text
}

/// Folded text, where folding changes it.
#[must_use]
pub fn folded_form(text: &str) -> Cow<'_, str> {
    let folded = fold(text);
    if folded == text { Cow::Borrowed(text) } else { Cow::Owned(folded) }
}

/// Length of the ASCII at the start that folds to one byte: to itself, its lower case, or, of a backtick, an apostrophe.
/// Control characters do not.
fn plain_len(bytes: &[u8]) -> usize {
    // Between words of other scripts stands one space: a whole block is too much for that.
    let mut len = bytes.iter().take(8).take_while(|it| matches!(it, b' '..=b'~')).count();
    if len < 8 {
        return len;
    }
    loop {
        let plain = Block::of(&bytes[len..]).within(b' ', b'~').trailing_ones() as usize;
        len += plain;
        if plain < BLOCK {
            return len;
        }
    }
}

/// Whether a character joins the cluster before it.
fn joins(c: char) -> bool {
    class_of(c).has(Class::JOINS)
}

/// Whether a character folds to itself.
fn is_stable(c: char) -> bool {
    class_of(c).has(Class::STABLE)
}

/// Whether a character joins the cluster before it, as it is or as NFKC writes it: Hangul vowels and finals
/// have compatibility forms of their own.
pub(super) fn compute_joins(c: char) -> bool {
    let rewritten = || matches!(is_nfkc_quick(std::iter::once(c)), IsNormalized::No);
    joins_as_it_is(c) || c > '\u{ff}' && rewritten() && std::iter::once(c).nfkc().next().is_some_and(joins_as_it_is)
}

/// Combining marks, Hangul vowels and finals, halfwidth voicing marks, and what is dropped, because the mark
/// behind it joins then.
fn joins_as_it_is(c: char) -> bool {
    match c {
        '\0' | '\u{ad}' => true,
        ..'\u{300}' => false,
        c if is_dropped(c) => true,
        // The last three are Tibetan vowels of class 0 that become two marks.
        '\u{1160}'..='\u{11ff}'
        | '\u{ff9e}'
        | '\u{ff9f}'
        | '\u{3099}'
        | '\u{309a}'
        | '\u{f73}'
        | '\u{f75}'
        | '\u{f81}' => true,
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{2000}'..='\u{20cf}' => false,
        c => canonical_combining_class(c) != 0 || matches!(is_nfkc_quick(std::iter::once(c)), IsNormalized::Maybe),
    }
}

/// Bytes of the cluster at the start of `text`, which is not empty.
fn cluster_len(text: &str) -> usize {
    let mut chars = text.char_indices();
    chars.next();
    chars.find(|(_, c)| !joins(*c)).map_or(text.len(), |(at, _)| at)
}

/// What one character folds to.
enum One {
    Char(char),
    Nothing,
    Normalize,
}

/// Characters without a width of their own (Unicode's `Default_Ignorable_Code_Point`), and NUL, which browsers leave
/// out of text.
fn is_dropped(c: char) -> bool {
    matches!(c,
        '\0' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

fn fold_char(c: char) -> One {
    match c {
        c if is_dropped(c) => One::Nothing,
        '\u{1}'..='\u{1f}'
        | '\u{7f}'..='\u{a0}'
        | '\u{1680}'
        | '\u{2000}'..='\u{200a}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => One::Char(' '),
        '`'
        | '\u{b4}'
        | '\u{2b9}'
        | '\u{2bb}'..='\u{2bd}'
        | '\u{2018}'..='\u{201b}'
        | '\u{2032}'
        | '\u{2035}'
        | '\u{2039}'
        | '\u{203a}'
        | '\u{275b}'
        | '\u{275c}'
        | '\u{ff07}'
        | '\u{ff40}' => One::Char('\''),
        '\u{ab}'
        | '\u{bb}'
        | '\u{201c}'..='\u{201f}'
        | '\u{2033}'
        | '\u{2036}'
        | '\u{275d}'
        | '\u{275e}'
        | '\u{301d}'..='\u{301f}'
        | '\u{ff02}' => One::Char('"'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => One::Char('-'),
        'ı' | 'İ' => One::Char('i'),
        'ς' => One::Char('σ'),
        // Letters whose NFKC form is themselves: one look-up for their lower case.
        '\u{c0}'..='\u{d6}'
        | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{12f}'
        | '\u{400}'..='\u{45f}'
        | '\u{391}'..='\u{3a9}'
        | '\u{3b1}'..='\u{3c9}' => One::Char(lower(c)),
        '\u{5d0}'..='\u{5ea}'
        | '\u{620}'..='\u{64a}'
        | '\u{904}'..='\u{939}'
        | '\u{3001}'
        | '\u{3002}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' => One::Char(c),
        _ => One::Normalize,
    }
}

/// Lower case of a character that has a single one.
fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// Whether NFKC makes a text of five to eighteen characters of one: it stays as it is, and the folded text
/// is at most six times as long as the text.
fn is_long(c: char) -> bool {
    matches!(c, '\u{fdfa}' | '\u{fdfb}')
}

/// Folds a cluster that becomes one character, without memory of its own: one character, or a letter
/// and a mark that compose.
fn fold_short(cluster: &str) -> One {
    let mut chars = cluster.chars().filter(|it| !is_dropped(*it));
    let (first, second, third) = (chars.next(), chars.next(), chars.next());
    match (first, second, third) {
        (None, _, _) => One::Nothing,
        (Some(c), _, _) if is_long(c) => One::Char(c),
        (Some(c), None, _) if is_stable(c) => One::Char(c),
        (Some(c), None, _) => fold_char(c),
        (Some(base), Some(mark), None) => composed(base, mark).map_or(One::Normalize, One::Char),
        _ => One::Normalize,
    }
}

/// A letter and a mark as one character, where folding does no more to them.
fn composed(base: char, mark: char) -> Option<char> {
    let base = match fold_char(base) {
        One::Char(base) => base,
        One::Normalize | One::Nothing => Some(base).filter(|it| is_stable(*it))?,
    };
    let c = compose(base, mark).filter(|_| is_stable(mark))?;
    is_stable(c).then_some(c)
}

/// Whether a character folds to itself.
pub(super) fn compute_stable(c: char) -> bool {
    match fold_char(c) {
        One::Char(folded) => folded == c,
        One::Nothing => false,
        One::Normalize => {
            !matches!(is_nfkc_quick(std::iter::once(c)), IsNormalized::No) && c.to_lowercase().eq(std::iter::once(c))
        }
    }
}

/// The other single character of as many bytes that a character folds to, if it does: its lower case, mostly.
pub(super) fn lowered(c: char) -> Option<char> {
    let folded = match fold_char(c) {
        One::Char(folded) => folded,
        One::Nothing => return None,
        One::Normalize => lower_case(c).filter(|it| is_normal(c) && compute_stable(*it))?,
    };
    Some(folded).filter(|it| *it != c && it.len_utf8() == c.len_utf8())
}

/// What a character folds to that [`lowered`] has an answer for.
fn lower_of(c: char) -> char {
    match fold_char(c) {
        One::Char(folded) => folded,
        One::Nothing | One::Normalize => lower(c),
    }
}

/// Lower case of a character, if it is a single one.
fn lower_case(c: char) -> Option<char> {
    let mut lower = c.to_lowercase();
    lower.next().filter(|_| lower.next().is_none())
}

/// Whether a character is its own NFKC.
fn is_normal(c: char) -> bool {
    matches!(is_nfkc_quick(std::iter::once(c)), IsNormalized::Yes)
}

/// Folds a cluster until folding it again changes nothing; three rounds are enough for all of Unicode,
/// which a test shows.
fn fold_cluster(cluster: &str) -> String {
    let mut text = fold_once(cluster);
    for _ in 0..3 {
        if is_settled(&text) {
            break;
        }
        let again = fold_once(&text);
        if again == text {
            break;
        }
        text = again;
    }
    text
}

/// Whether it is plain that folding a folded text again changes nothing: it is in NFKC already.
fn is_settled(folded: &str) -> bool {
    let is_short = folded.chars().nth(1 + limits::COMBINING_MARKS).is_none();
    is_short && folded.chars().all(is_stable) && !folded.contains("i\u{307}")
}

/// Folds once; marks beyond the limit are dropped.
fn fold_once(cluster: &str) -> String {
    let mut folded = String::with_capacity(cluster.len().min(4 * limits::COMBINING_MARKS));
    let mut changed = false;
    let marks = cluster.chars().filter(|it| !is_dropped(*it)).take(1 + limits::COMBINING_MARKS);
    for normal in marks.nfkc() {
        let before = folded.len();
        match fold_char(normal) {
            One::Nothing => {}
            One::Char(c) => push_folded(&mut folded, c),
            One::Normalize => {
                for c in normal.to_lowercase() {
                    push_folded(&mut folded, c);
                }
            }
        }
        changed |= !folded[before..].chars().eq(std::iter::once(normal));
    }
    // What NFKC gave is in NFKC until a character of it changes.
    if changed && !folded.is_ascii() { folded.nfkc().collect() } else { folded }
}

/// Appends a character; the dot above an i is part of the i.
fn push_folded(folded: &mut String, c: char) {
    if !(c == '\u{307}' && folded.ends_with('i')) {
        folded.push(c);
    }
}

/// Whether words are written without spaces in the script of a character, so that a match may begin
/// or end anywhere: Han, Kana, Thai, Lao, Khmer, Burmese.
#[must_use]
pub fn is_unspaced(c: char) -> bool {
    let c = u32::from(c);
    c >= 0x0E00
        && matches!(c,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3021..=0x3029
        | 0x3031..=0x30FF | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x323AF)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fold_makes_one_spelling_of_many() {
        for (text, folded) in [
            ("I’m sorry, but I CAN‘T", "i'm sorry, but i can't"),
            ("Nagorno‑Karabakh — “peace”", "nagorno-karabakh - \"peace\""),
            ("No\u{a0}time\u{200b} to\u{202f}read?", "no time to read?"),
            ("No tim\0e\0\0 to read?", "no time to read?"),
            ("İstanbul'da YARDIMCI ıssız", "istanbul'da yardimci issiz"),
            ("Cafe\u{301} ﬁn", "café fin"),
            ("ΛΌΓΟΣ λόγος", "λόγοσ λόγοσ"),
            ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
            ("ｶﾞ", "ガ"),
            ("…", "..."),
            ("ᄀㅡ ᄀﾡ", "그 ᄀᄀ"),
            ("ﷺ صلى", "ﷺ صلى"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn fold_of_every_character_is_stable() {
        for c in '\0'..=char::MAX {
            let once = fold(&c.to_string());
            assert_eq!(fold(&once), once, "U+{:04X}", c as u32);
        }
    }

    #[test]
    fn fold_maps_a_match_back_to_whole_characters() {
        let text = "x “Café” y";
        let folded = Folded::of(text);
        let at = folded.text.find("\"café\"").expect("folded");
        let span = folded.origin(Span::new(at, at + "\"café\"".len()));
        assert_eq!(&text[span.range()], "“Café”");
    }

    #[test]
    fn fold_by_the_short_way_is_fold_by_the_long_way() {
        let marks =
            ['\u{301}', '\u{307}', '\u{323}', '\u{338}', '\u{345}', '\u{3099}', '\u{1161}', '\u{11a8}', '\u{94d}'];
        for base in '\0'..='\u{30ff}' {
            let cluster = format!("{base}{}", marks[base as usize % marks.len()]);
            if let One::Char(c) = fold_short(&cluster) {
                assert_eq!(c.to_string(), fold_cluster(&cluster), "{}", cluster.escape_unicode());
            }
            if is_stable(base) {
                assert_eq!(base.to_string(), fold_cluster(&base.to_string()), "{}", base.escape_unicode());
            }
        }
    }

    #[test]
    fn fold_in_runs_is_fold_by_the_long_way() {
        for c in '\0'..=char::MAX {
            if lowered(c).is_some() {
                assert_eq!(Some(lower_of(c)), lowered(c));
                assert_eq!(lower_of(c).to_string(), fold_cluster(&c.to_string()), "{}", c.escape_unicode());
            }
        }
    }

    #[test]
    fn fold_of_every_character_behind_one_that_it_may_join_is_stable() {
        for base in ['e', 'ᄀ', '가', 'ｶ', 'ﷺ', '\u{f71}'] {
            for c in '\0'..='\u{1ffff}' {
                let once = fold(&format!("{base}{c}"));
                assert_eq!(fold(&once), once, "{base}U+{:04X}", c as u32);
            }
        }
    }

    #[test]
    fn fold_joins_tibetan_vowels_that_become_marks() {
        for text in ["\u{130}\u{f73}\u{323}", "\u{131}\u{f75}\u{323}", "<\u{f81}\u{338}"] {
            let once = fold(text);
            assert_eq!(fold(&once), once, "{}", text.escape_unicode());
        }
    }

    #[test]
    fn fold_drops_marks_beyond_the_limit() {
        let flood = format!("e{}x", "\u{301}".repeat(100_000));
        assert_eq!(fold(&flood).chars().count(), 1 + limits::COMBINING_MARKS);
    }

    proptest! {
        #[test]
        fn fold_of_a_fold_is_itself(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn fold_spans_fall_on_characters_and_refold_to_themselves(text in "[a-zA-ZéÉıİß’“”‑ \u{301}\u{307}\u{200b}ﬁ각ﾞｶ\u{1161}x]{0,24}") {
            let folded = Folded::of(&text);
            let ends: Vec<usize> = folded.text.char_indices().map(|(at, _)| at).chain([folded.text.len()]).collect();
            for (index, start) in ends.iter().enumerate() {
                for end in &ends[index..] {
                    let span = folded.origin(Span::new(*start, *end));
                    let slice = text.get(span.range());
                    prop_assert!(slice.is_some(), "{:?} cuts a character", span);
                    if start < end {
                        let again = fold(slice.unwrap_or_default());
                        prop_assert!(again.contains(&folded.text[*start..*end]), "{:?} of {:?}", again, folded.text);
                    }
                }
            }
        }
    }
}
