//! Which of many keywords occur in a text, in one pass.
//!
//! Of each keyword one gram of six bytes is looked for, the rarest by a sample of texts; where it stands, the
//! keyword is compared. Whether six bytes are such a gram is one bit in a table that stays in the processor's
//! cache, so the cost of a text hardly grows with the number of keywords. An automaton over the same keywords
//! takes megabytes, and a cache miss for every few bytes. The idea is that of q-gram filters for many patterns
//! (Wu and Manber, 1994; Kytöjoki, Salmela and Tarhio, 2003). Keywords that are too short are looked for by three bytes,
//! and by what may stand round those: "he" stands in every line, as a word of its own it does not.
//!
//! Only every second place of a text is looked at, for a gram that begins there and for one that begins at the place
//! before: the table knows the bytes behind a gram's first, too. Which places pass is found for a block of text at a
//! time, without a branch: where a gram stands cannot be foretold.

use memchr::memmem::Finder;

use crate::page::{fold::is_word, span::offset};

/// Bytes of a gram. A keyword that has one has a byte more, too; of all keywords, five in six do.
const GRAM: usize = 6;
/// Bytes by which the others are looked for.
const SHORT: usize = 3;
/// Places of a table for each gram: so many grams of other text pass one by accident.
const PLACES_PER_GRAM: usize = 24;
/// Keywords up to which three bytes of each are enough to tell them from other text.
const FEW: usize = 256;
/// Places of the smallest and the largest table: 4 KiB and 512 KiB.
const TABLE_PLACES: (usize, usize) = (1 << 14, 1 << 21);
/// A multiplicative hash: 2⁶⁴ over the golden ratio (Knuth, TAOCP volume 3, section 6.4).
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
/// Places of a text that are looked at together, one bit each.
const BLOCK: usize = 64;
/// Bytes of a text that are compared at once.
const WORD: usize = 8;

/// A block of text, and the bytes behind it.
type Block = [u8; BLOCK + WORD];

/// Finds keywords.
#[derive(Debug)]
pub(super) struct Keywords {
    long: Grams,
    short: Triples,
    /// All keywords, one behind the other.
    texts: Vec<u8>,
}

/// Finds the keywords that have a gram.
#[derive(Debug, Default)]
struct Grams {
    /// Two bits for each hash: whether it is that of the bytes behind the first of a gram, and of a gram. None if there
    /// are no grams, else a power of two of words.
    bits: Vec<u64>,
    entries: Entries,
}

/// Finds keywords by three bytes of them, or by the two that they have.
#[derive(Debug)]
struct Triples {
    /// What may stand round each two bytes: a bit of the lower half for a byte behind them, one of the upper half for a
    /// byte before them, by the lowest four bits of that byte.
    round: Box<[u32; 1 << 16]>,
    /// Keywords by their three bytes, and those that have but two.
    threes: Surrounded<SHORT>,
    twos: Surrounded<PAIR>,
}

/// Keywords by a few bytes of them, and what may stand round those.
#[derive(Debug)]
struct Surrounded<const LEN: usize> {
    /// By the hash of the bytes, a bit of the lower half for the class of the byte before them, one of the upper half for
    /// that of the byte behind them; a power of two.
    round: Vec<u64>,
    entries: Entries,
}

/// Keywords by a value that is looked for.
#[derive(Debug, Default)]
struct Entries {
    /// Where the entries of a hash begin; a power of two.
    starts: Vec<u32>,
    /// The first is of none, where hashes without entries begin.
    list: Vec<Entry>,
}

/// One keyword of one owner.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The bytes of the keyword from its gram on, as many as a word has, behind zeros: a word of text, moved by so many
    /// bits.
    head: u64,
    moved: u8,
    /// Whether it is the last of its hash.
    is_last: bool,
    owner: u32,
    /// Where its gram stands in it, its start in the texts and its length.
    at: u32,
    start: u32,
    len: u32,
    /// Whether no letter may stand before it, and behind it.
    begins: bool,
    ends: bool,
}

impl Entry {
    /// One whose head no word of text has: its first byte is not moved out, and is no byte of UTF-8.
    const NONE: Self =
        Self { head: 0xff, moved: 0, is_last: true, owner: 0, at: 0, start: 0, len: 0, begins: false, ends: false };
}

impl Keywords {
    /// Keywords to look for, of two bytes at least beside [`WORD_END`], each with its owner, and texts that show which
    /// grams are frequent.
    pub(super) fn new<'a>(keywords: &[(&str, u32)], sample: impl Iterator<Item = &'a str>) -> Self {
        let frequency = Frequency::of(sample);
        let (mut long, mut short) = (Vec::new(), Vec::new());
        let mut texts = Vec::new();
        for (keyword, owner) in keywords {
            let (bare, begins, ends) = word_ends(keyword);
            let bytes = bare.as_bytes();
            let is_long = bytes.len() > GRAM && keywords.len() > FEW;
            let (gram, list) = if is_long { (GRAM, &mut long) } else { (SHORT, &mut short) };
            let at = frequency.rarest(bytes, gram);
            let word = word_of(&bytes[at..]);
            let moved = u8::try_from(8 * WORD.saturating_sub(bytes.len() - at)).unwrap_or(0);
            let (start, len) = (offset(texts.len()), offset(bytes.len()));
            let head = word << moved;
            let at = offset(at);
            list.push((word, Entry { head, moved, is_last: false, owner: *owner, at, start, len, begins, ends }));
            texts.extend_from_slice(bytes);
        }
        let short = Triples::new(short, &texts);
        Self { long: Grams::new(long), short, texts }
    }

    /// Calls `found` with the owner of each keyword that occurs and where it starts, as often as it occurs, by
    /// the place of its gram.
    pub(super) fn find(&self, text: &str, mut found: impl FnMut(u32, usize)) {
        if self.texts.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        for from in (0..bytes.len()).step_by(BLOCK) {
            let mut padded = [0; BLOCK + WORD];
            let block = bytes[from..].first_chunk().unwrap_or_else(|| {
                padded[..bytes.len() - from].copy_from_slice(&bytes[from..]);
                &padded
            });
            let (long, short) = (self.long.places(block), self.short.places(block));
            let mut places = long | short;
            while places != 0 {
                let at = places.trailing_zeros() as usize;
                let word = word_at(block, at);
                let mut look = |it: &Entry| self.confirm(it, text, from + at, &mut found);
                if long >> at & 1 != 0 {
                    self.long.entries.each(first::<GRAM>(word), word, &mut look);
                }
                if short >> at & 1 != 0 {
                    let before = (from + at).checked_sub(1).and_then(|it| bytes.get(it)).map_or(0, |it| *it);
                    self.short.each(before, word, &mut look);
                }
                places &= places - 1;
            }
        }
    }

    /// Calls `found` if all of a keyword stands round its gram at a place of the text.
    #[inline(never)]
    fn confirm(&self, entry: &Entry, text: &str, gram: usize, found: &mut impl FnMut(u32, usize)) {
        let Some(start) = gram.checked_sub(entry.at as usize) else { return };
        // The zeros behind the last block are no text, though a keyword may have some.
        let Some(here) = text.as_bytes().get(start..) else { return };
        let (keyword, len) = (&self.texts[entry.start as usize..], entry.len as usize);
        // A comparison of one word costs less than a call.
        let is_there = match (here.first_chunk(), keyword.first_chunk()) {
            (Some(here), Some(there)) if len <= WORD => {
                let others = u64::from_le_bytes(*here) ^ u64::from_le_bytes(*there);
                others << (8 * (WORD - len)) == 0
            }
            _ => here.starts_with(&keyword[..len]),
        };
        if is_there && is_apart(text, start, start + len, entry.begins, entry.ends) {
            found(entry.owner, start);
        }
    }
}

/// Whether no letter stands before the start or behind the end of a keyword where none may.
#[inline]
fn is_apart(text: &str, start: usize, end: usize, begins: bool, ends: bool) -> bool {
    let cut_before = begins && text[..start].chars().next_back().is_some_and(is_word);
    let cut_behind = ends && text[end..].chars().next().is_some_and(is_word);
    !cut_before && !cut_behind
}

/// One keyword that is looked for alone.
#[derive(Debug)]
pub(super) struct Lone {
    finder: Finder<'static>,
    begins: bool,
    ends: bool,
}

impl Lone {
    pub(super) fn new(keyword: &str) -> Self {
        let (bare, begins, ends) = word_ends(keyword);
        Self { finder: Finder::new(bare).into_owned(), begins, ends }
    }

    /// Where it first stands in a text.
    pub(super) fn find(&self, text: &str) -> Option<usize> {
        let (mut from, len) = (0, self.finder.needle().len());
        while let Some(at) = self.finder.find(&text.as_bytes()[from..]) {
            let start = from + at;
            if is_apart(text, start, start + len, self.begins, self.ends) {
                return Some(start);
            }
            from = start + 1;
        }
        None
    }
}

/// What a keyword has before its first letter or behind its last one to say that a word begins or ends there. In a text
/// any sign but a letter or digit may stand there, and so may an end of the text.
pub(super) const WORD_END: char = ' ';

/// A keyword without what says where words end, and whether a word must begin and end with it.
pub(super) fn word_ends(keyword: &str) -> (&str, bool, bool) {
    let begins = keyword.strip_prefix(WORD_END).filter(|it| it.starts_with(is_word));
    let rest = begins.unwrap_or(keyword);
    let ends = rest.strip_suffix(WORD_END).filter(|it| it.ends_with(is_word));
    (ends.unwrap_or(rest), begins.is_some(), ends.is_some())
}

/// A keyword without what says where words end.
pub(super) fn bare(keyword: &str) -> &str {
    word_ends(keyword).0
}

/// Places of a table that one word of it holds.
const PLACES_PER_WORD: usize = 32;

impl Grams {
    /// Of keywords, each with the bytes from its gram on.
    fn new(mut keywords: Vec<(u64, Entry)>) -> Self {
        if keywords.is_empty() {
            return Self::default();
        }
        let (least, most) = TABLE_PLACES;
        let places = (keywords.len() * PLACES_PER_GRAM).next_power_of_two().clamp(least, most);
        let mut bits = vec![0_u64; places / PLACES_PER_WORD];
        let mask = bits.len() - 1;
        for (word, _) in &mut keywords {
            for (bit, gram) in [(0, first::<GRAM>(*word >> 8)), (1, first::<GRAM>(*word))] {
                let hash = hash(gram);
                bits[(hash / PLACES_PER_WORD) & mask] |= 1 << (2 * (hash % PLACES_PER_WORD) + bit);
            }
            *word = first::<GRAM>(*word);
        }
        Self { bits, entries: Entries::new(keywords) }
    }

    /// The places of a block at which a gram may begin.
    #[inline]
    fn places(&self, block: &Block) -> u64 {
        let bits = self.bits.as_slice();
        let Some(mask) = bits.len().checked_sub(1) else { return 0 };
        each_second(block, |word| {
            let hash = hash(first::<GRAM>(word >> 8));
            bits[(hash / PLACES_PER_WORD) & mask] >> (2 * (hash % PLACES_PER_WORD)) & 3
        })
    }
}

/// What is told of every second place of a block, and of the one behind it, each one bit, by the eight bytes from the
/// place on.
#[inline]
fn each_second(block: &Block, round: impl Fn(u64) -> u64) -> u64 {
    let mut places = 0;
    for from in (0..BLOCK).step_by(WORD) {
        // Constant places in two words are within bounds.
        let Some(two) = block[from..].first_chunk::<{ 2 * WORD }>() else { break };
        let round = |at: usize| round(word_at(two, at)) << at;
        places |= (round(0) | round(2) | round(4) | round(6)) << from;
    }
    places
}

/// Bytes of a pair.
const PAIR: usize = SHORT - 1;
/// The bits of a pair for the bytes behind it, and the first bit for those before it.
const BEHIND: u64 = 0xffff;
const BEFORE: u8 = 16;

impl Triples {
    /// Of keywords, each with the bytes that it is looked for by.
    fn new(keywords: Vec<(u64, Entry)>, texts: &[u8]) -> Self {
        let mut round: Box<[u32; 1 << 16]> =
            vec![0; 1 << 16].try_into().unwrap_or_else(|_| unreachable!("as many as there are pairs"));
        let pair = |one: u8, two: u8| usize::from(u16::from_le_bytes([one, two]));
        let (mut threes, mut twos) = (Vec::new(), Vec::new());
        for keyword in keywords {
            let (word, entry) = keyword;
            let [one, two, three, ..] = word.to_le_bytes();
            let before = 1 << (BEFORE + (one & 15));
            if entry.len as usize == PAIR {
                round[pair(one, two)] |= u32::from(u16::MAX);
                (0..=u8::MAX).for_each(|it| round[pair(two, it)] |= before);
                twos.push(keyword);
            } else {
                round[pair(one, two)] |= 1 << (three & 15);
                round[pair(two, three)] |= before;
                threes.push(keyword);
            }
        }
        Self { round, threes: Surrounded::new(threes, texts), twos: Surrounded::new(twos, texts) }
    }

    /// As [`Grams::places`].
    #[inline]
    fn places(&self, block: &Block) -> u64 {
        each_second(block, |word| {
            let round = self.round_of(word >> 8);
            (round >> (u64::from(BEFORE) + (word & 15)) & 1) | (round >> (word >> 24 & 15) & 1) << 1
        })
    }

    /// What may stand round the two bytes that a word of text begins with.
    #[inline]
    fn round_of(&self, word: u64) -> u64 {
        u64::from(self.round[(word & 0xffff) as usize])
    }

    /// As [`Entries::each`], with the byte before the word of text.
    #[inline]
    fn each<'a>(&'a self, before: u8, word: u64, mut look: impl FnMut(&'a Entry)) {
        self.threes.each(before, word, &mut look);
        // Any byte may follow the two of a keyword that has no third.
        if self.round_of(word) & BEHIND == BEHIND {
            self.twos.each(before, word, look);
        }
    }
}

/// The class of a sign of ASCII, and of what is before and behind a text. Other classes hold letters of ASCII, all
/// digits, and parts of what is beyond ASCII.
const SIGN: u8 = 0;
/// Classes of bytes that may stand beside a word.
const BESIDE_WORDS: u32 = 1 | 0b1111 << 28;
/// The class of each byte, below 32.
const CLASSES: [u8; 256] = {
    let mut classes = [SIGN; 256];
    let mut byte = 0_u8;
    loop {
        classes[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => byte & 31,
            b'0'..=b'9' => 27,
            0x80.. => 28 + (byte & 3),
            _ => SIGN,
        };
        if byte == u8::MAX {
            break classes;
        }
        byte += 1;
    }
};

impl<const LEN: usize> Surrounded<LEN> {
    /// Of keywords, each with the bytes that it is looked for by.
    fn new(mut keywords: Vec<(u64, Entry)>, texts: &[u8]) -> Self {
        let mut round = vec![0; (4 * keywords.len()).max(1).next_power_of_two()];
        let mask = round.len() - 1;
        for (word, entry) in &mut keywords {
            let keyword = &texts[entry.start as usize..][..entry.len as usize];
            let classes = |beside: Option<&u8>, is_end: bool| match beside {
                Some(byte) => 1 << CLASSES[usize::from(*byte)],
                None if is_end => BESIDE_WORDS,
                None => u32::MAX,
            };
            let at = entry.at as usize;
            let before = classes(at.checked_sub(1).map(|it| &keyword[it]), entry.begins);
            let behind = classes(keyword.get(at + LEN), entry.ends);
            *word = first::<LEN>(*word);
            round[hash(*word) & mask] |= u64::from(before) | u64::from(behind) << 32;
        }
        Self { round, entries: Entries::new(keywords) }
    }

    /// As [`Entries::each`], where what stands round the bytes may stand there.
    #[inline]
    fn each<'a>(&'a self, before: u8, word: u64, look: impl FnMut(&'a Entry)) {
        let value = first::<LEN>(word);
        let round = self.round[hash(value) & (self.round.len() - 1)];
        let (before, behind) = (CLASSES[usize::from(before)], CLASSES[(word >> (8 * LEN) & 0xff) as usize]);
        if round >> before & round >> (32 + behind) & 1 != 0 {
            self.entries.each(value, word, look);
        }
    }
}

impl Entries {
    fn new(mut entries: Vec<(u64, Entry)>) -> Self {
        let mut starts = vec![0; entries.len().max(2).next_power_of_two()];
        let mask = starts.len() - 1;
        let bucket = |it: &(u64, Entry)| hash(it.0) & mask;
        entries.sort_by_key(bucket);
        for at in (0..entries.len()).rev() {
            let start = &mut starts[bucket(&entries[at])];
            entries[at].1.is_last = *start == 0;
            *start = offset(at + 1);
        }
        let mut list = vec![Entry::NONE];
        list.extend(entries.iter().map(|it| it.1));
        Self { starts, list }
    }

    /// Calls `look` with the entries of a value whose head the word of text has.
    #[inline]
    fn each<'a>(&'a self, value: u64, word: u64, mut look: impl FnMut(&'a Entry)) {
        let starts = self.starts.as_slice();
        let Some(mask) = starts.len().checked_sub(1) else { return };
        for it in &self.list[starts[hash(value) & mask] as usize..] {
            if word << it.moved == it.head {
                look(it);
            }
            if it.is_last {
                return;
            }
        }
    }
}

/// How often three or four bytes occur in a sample, at least.
struct Frequency(Vec<u32>);

impl Frequency {
    /// Bytes that are counted, and one less.
    const BYTES: usize = 4;
    /// One less than the number of hashes.
    const MASK: usize = 0xffff;

    fn of<'a>(sample: impl Iterator<Item = &'a str>) -> Self {
        let mut counts = vec![0; Self::MASK + 1];
        for window in sample.flat_map(|it| it.as_bytes().windows(Self::BYTES)) {
            counts[hash(word_of(window)) & Self::MASK] += 1;
            counts[hash(word_of(&window[1..])) & Self::MASK] += 1;
        }
        Self(counts)
    }

    fn get(&self, bytes: &[u8]) -> u32 {
        self.0[hash(word_of(bytes)) & Self::MASK]
    }

    /// Where in a keyword the rarest gram begins, or the rarest three bytes of a keyword without one. What is behind
    /// the first byte of a gram counts, too, as it is looked for.
    fn rarest(&self, keyword: &[u8], gram: usize) -> usize {
        // A gram is as rare as the rarest four bytes in it.
        let most = |it: &[u8]| it.windows(Self::BYTES).map(|it| self.get(it)).min().unwrap_or(0);
        let cost = |it: &[u8]| if gram == SHORT { self.get(it) } else { most(&it[..gram]) + most(&it[1..]) };
        let looked_at = if gram == SHORT { SHORT } else { gram + 1 };
        keyword.windows(looked_at).enumerate().min_by_key(|(_, it)| cost(it)).map_or(0, |(at, _)| at)
    }
}

/// A hash of 24 bits, enough for the largest table.
#[inline]
fn hash(value: u64) -> usize {
    (value.wrapping_mul(GOLDEN) >> 40) as usize
}

/// The first eight bytes of a text, and zeros behind a shorter one.
fn word_of(bytes: &[u8]) -> u64 {
    let mut word = [0; WORD];
    let len = bytes.len().min(WORD);
    word[..len].copy_from_slice(&bytes[..len]);
    u64::from_le_bytes(word)
}

/// The word at a place of a block, or of two words.
#[inline]
fn word_at<const LEN: usize>(bytes: &[u8; LEN], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |it| u64::from_le_bytes(*it))
}

/// The first bytes of a word, as a value to hash.
#[inline]
const fn first<const LEN: usize>(word: u64) -> u64 {
    word & (u64::MAX >> (8 * (WORD - LEN)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(keywords: &[&str], text: &str) -> Vec<(usize, usize)> {
        let owned: Vec<(&str, u32)> = keywords.iter().copied().zip(0..).collect();
        let mut found = Vec::new();
        Keywords::new(&owned, std::iter::empty()).find(text, |owner, at| found.push((owner as usize, at)));
        found.sort_unstable();
        found
    }

    fn naive(keywords: &[&str], text: &str) -> Vec<(usize, usize)> {
        let starts = |it: &str| -> Vec<usize> {
            let (bare, begins, ends) = word_ends(it);
            let goes_on = |at: usize| {
                let (before, behind) = text.split_at(at);
                before.ends_with(is_word) && behind.starts_with(is_word)
            };
            let is_at = |at: usize| text.as_bytes()[at..].starts_with(bare.as_bytes());
            (0..text.len())
                .filter(|at| is_at(*at) && !(begins && goes_on(*at)) && !(ends && goes_on(at + bare.len())))
                .collect()
        };
        keywords.iter().enumerate().flat_map(|(index, it)| starts(it).into_iter().map(move |at| (index, at))).collect()
    }

    #[test]
    fn keyword_with_a_space_at_an_edge_begins_or_ends_a_word() {
        let text = "main ai, aim; an ai";
        assert_eq!(found(&["ai"], text).len(), 4);
        assert_eq!(found(&[" ai"], text), [(0, 5), (0, 9), (0, 17)]);
        assert_eq!(found(&[" ai "], text), [(0, 5), (0, 17)]);
        assert_eq!(found(&["ain "], text), [(0, 1)]);
        // Beside other signs than letters a space is a space.
        assert_eq!(found(&[", "], text), [(0, 7)]);
        assert_eq!(found(&[" ]", "] "], "a ] b]"), [(0, 1), (1, 2)]);
    }

    #[test]
    fn keywords_of_any_length_are_found_at_both_ends_and_over_each_other() {
        let keywords = ["ai", "tk]", "cannot", "cannot assist", "assist", "第", "нет", "aaaa"];
        for text in ["ai", "a", "", "cannot assist", "[tk]", "второго нет", "第", "aaaaaa", "xai", "assis"] {
            assert_eq!(found(&keywords, text), naive(&keywords, text), "{text}");
        }
    }

    #[test]
    fn keywords_of_zeros_are_not_found_behind_the_end_of_a_text() {
        for text in ["", "a", "a\0", "\0\0", "ab\0\0\0"] {
            assert_eq!(found(&["\0\0", "b\0"], text), naive(&["\0\0", "b\0"], text), "{text:?}");
        }
    }

    #[test]
    fn short_keywords_are_told_from_other_words_by_what_stands_round_them() {
        let keywords = [" he ", "he", " he", "her", "1 a", "é", "「a"];
        for text in ["he", "the her hers", "(he)", "éhe he第", "他he", "21 ab", "é", "「a」", "he\nshe"] {
            assert_eq!(found(&keywords, text), naive(&keywords, text), "{text}");
        }
    }

    #[test]
    fn without_keywords_nothing_is_found() {
        assert!(found(&[], "any text").is_empty());
    }

    #[test]
    fn gram_of_a_keyword_is_the_rarest_of_the_sample() {
        let keywords = Keywords::new(&[("the quiz", 0)], std::iter::once("the query, the queue, the quick"));
        assert_eq!(&"the quiz"[keywords.short.threes.entries.list[1].at as usize..], "uiz");
    }

    proptest! {
        #[test]
        fn keywords_are_found_as_a_plain_search_finds_them(
            keywords in prop::collection::vec("[abé第 ]{2,6}".prop_filter("too short", |it| bare(it).len() >= 2), 0..12),
            text in "[abé第 ]{0,200}",
            many in any::<bool>(),
        ) {
            // More than a few keywords are found by their grams.
            let others: Vec<String> = (0..if many { FEW } else { 0 }).map(|it| format!("#{it}")).collect();
            let keywords: Vec<&str> = keywords.iter().chain(&others).map(String::as_str).collect();
            let wanted = naive(&keywords, &text);
            prop_assert_eq!(found(&keywords, &text), wanted.clone());
            for (index, keyword) in keywords.iter().enumerate() {
                let first = wanted.iter().find(|it| it.0 == index).map(|it| it.1);
                prop_assert_eq!(Lone::new(keyword).find(&text), first, "{}", keyword);
            }
        }
    }
}
