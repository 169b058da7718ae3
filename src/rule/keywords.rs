//! Which of many keywords occur in a text, in one pass.
//!
//! Of each keyword one gram of four bytes is looked for, the rarest by a sample of texts; where it stands, the
//! keyword is compared. Whether four bytes are such a gram is one bit in a table that stays in the processor's
//! cache, so the cost of a text hardly grows with the number of keywords. An automaton over the same keywords
//! takes megabytes, and a cache miss for every few bytes. The idea is that of q-gram filters for many patterns
//! (Wu and Manber, 1994; Kytöjoki, Salmela and Tarhio, 2003).

use std::collections::HashMap;

use crate::page::span::offset;

/// Bytes of a gram.
const GRAM: usize = 4;
/// Bits of the table for each keyword: so many grams of other text pass one by accident.
const BITS_PER_KEYWORD: usize = 32;
/// Keywords up to which two bytes of each are enough to tell them from other text.
const FEW: usize = 256;
/// The smallest and the largest table, as powers of two: 4 KiB and 512 KiB.
const TABLE_BITS: (u32, u32) = (15, 22);
/// A multiplicative hash: 2³² over the golden ratio (Knuth, TAOCP volume 3, section 6.4).
const GOLDEN: u32 = 0x9e37_79b9;

/// Finds keywords.
#[derive(Debug)]
pub(super) struct Keywords {
    texts: Vec<Box<str>>,
    /// The grams of the keywords of four bytes and more.
    grams: Table,
    /// The rarest two bytes of those that are shorter.
    pairs: Table,
}

/// Which values are looked for, and of which keywords they are.
#[derive(Debug)]
struct Table {
    /// One bit for each hash.
    bits: Vec<u64>,
    /// 32 less the bits of a hash.
    shift: u32,
    /// Where the entries of a hash begin, by its upper bits.
    starts: Vec<u32>,
    /// 32 less those upper bits.
    start_shift: u32,
    entries: Vec<Entry>,
}

/// One keyword in a table.
#[derive(Clone, Copy, Debug)]
struct Entry {
    value: u32,
    keyword: u32,
    /// Where the value stands in the keyword.
    at: u32,
    /// The first eight bytes of the keyword, and which of them there are.
    head: u64,
    mask: u64,
}

impl Keywords {
    /// Keywords to look for, of two bytes at least, and texts that show which grams are frequent.
    pub(super) fn new<'a>(keywords: &[&str], sample: impl Iterator<Item = &'a str>) -> Self {
        let by_pair = |it: &str| it.len() < GRAM || keywords.len() <= FEW;
        let values = |it: &str| -> Vec<u32> {
            let bytes = it.as_bytes();
            if by_pair(it) {
                bytes.windows(2).map(pair_of).collect()
            } else {
                bytes.windows(GRAM).map(gram_of).collect()
            }
        };
        let mut frequency: HashMap<u32, u32> = keywords.iter().flat_map(|it| values(it)).map(|it| (it, 0)).collect();
        for text in sample {
            let (grams, pairs) = (text.as_bytes().windows(GRAM).map(gram_of), text.as_bytes().windows(2).map(pair_of));
            for value in grams.chain(pairs) {
                frequency.entry(value).and_modify(|it| *it += 1);
            }
        }
        let entry = |(keyword, text): (usize, &&str)| {
            let (at, value) = values(text).into_iter().enumerate().min_by_key(|(_, it)| frequency[it])?;
            let (head, mask) = head_of(text.as_bytes());
            Some(Entry { value, keyword: offset(keyword), at: offset(at), head, mask })
        };
        let (short, long): (Vec<Entry>, Vec<Entry>) =
            keywords.iter().enumerate().filter_map(entry).partition(|it| by_pair(keywords[it.keyword as usize]));
        Self {
            texts: keywords.iter().map(|it| (*it).into()).collect(),
            grams: Table::new(long),
            pairs: Table::new(short),
        }
    }

    /// Calls `found` with each keyword that occurs and where it starts, as often as it occurs, by the place of
    /// its gram.
    pub(super) fn find(&self, text: &str, mut found: impl FnMut(usize, usize)) {
        let bytes = text.as_bytes();
        let mut compare = |entry: &Entry, at: usize| {
            let Some(start) = at.checked_sub(entry.at as usize) else { return };
            let begins =
                bytes[start..].first_chunk().is_none_or(|it| u64::from_le_bytes(*it) & entry.mask == entry.head);
            if begins && bytes[start..].starts_with(self.texts[entry.keyword as usize].as_bytes()) {
                found(entry.keyword as usize, start);
            }
        };
        let mut from = 0;
        if !self.grams.entries.is_empty() {
            for (at, window) in bytes.windows(GRAM).enumerate() {
                let gram = gram_of(window);
                if self.grams.may_have(gram) {
                    self.grams.entries_of(gram).for_each(|it| compare(it, at));
                }
                let pair = gram & 0xffff;
                if self.pairs.may_have(pair) {
                    self.pairs.entries_of(pair).for_each(|it| compare(it, at));
                }
            }
            from = bytes.len().saturating_sub(GRAM - 1);
        }
        for (at, window) in bytes[from..].windows(2).enumerate() {
            let pair = pair_of(window);
            if self.pairs.may_have(pair) {
                self.pairs.entries_of(pair).for_each(|it| compare(it, from + at));
            }
        }
    }
}

impl Table {
    fn new(mut entries: Vec<Entry>) -> Self {
        let (least, most) = TABLE_BITS;
        let table_bits = (entries.len() * BITS_PER_KEYWORD).max(1).next_power_of_two().trailing_zeros();
        let table_bits = table_bits.clamp(least, most);
        let start_bits = entries.len().max(2).next_power_of_two().trailing_zeros().min(table_bits);
        let (shift, start_shift) = (u32::BITS - table_bits, u32::BITS - start_bits);
        entries.sort_by_key(|it| (hash(it.value, start_shift), it.value, it.keyword));
        let mut bits = vec![0_u64; 1 << (table_bits - 6)];
        for it in &entries {
            let hash = hash(it.value, shift);
            bits[hash >> 6] |= 1 << (hash & 63);
        }
        let before = |bucket: usize| entries.partition_point(|it| hash(it.value, start_shift) < bucket);
        let starts = (0..=1_usize << start_bits).map(|it| offset(before(it))).collect();
        Self { bits, shift, starts, start_shift, entries }
    }

    /// Whether a value may be looked for. Without keywords none is.
    #[inline]
    fn may_have(&self, value: u32) -> bool {
        let hash = hash(value, self.shift);
        self.bits.get(hash >> 6).is_some_and(|it| it & (1 << (hash & 63)) != 0)
    }

    fn entries_of(&self, value: u32) -> impl Iterator<Item = &Entry> {
        let bucket = hash(value, self.start_shift);
        let (start, end) = (self.starts[bucket] as usize, self.starts[bucket + 1] as usize);
        self.entries[start..end].iter().filter(move |it| it.value == value)
    }
}

#[inline]
fn hash(value: u32, shift: u32) -> usize {
    (value.wrapping_mul(GOLDEN) >> shift) as usize
}

/// The first eight bytes, zeros behind a shorter text, and a mask of those that there are.
fn head_of(bytes: &[u8]) -> (u64, u64) {
    let (mut head, mut mask) = ([0; 8], [0; 8]);
    for (index, byte) in bytes.iter().take(8).enumerate() {
        (head[index], mask[index]) = (*byte, 0xff);
    }
    (u64::from_le_bytes(head), u64::from_le_bytes(mask))
}

#[inline]
fn gram_of(window: &[u8]) -> u32 {
    window.try_into().map_or(0, u32::from_le_bytes)
}

#[inline]
fn pair_of(window: &[u8]) -> u32 {
    window.try_into().map_or(0, |it| u32::from(u16::from_le_bytes(it)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(keywords: &[&str], text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        Keywords::new(keywords, std::iter::empty()).find(text, |keyword, at| found.push((keyword, at)));
        found.sort_unstable();
        found
    }

    fn naive(keywords: &[&str], text: &str) -> Vec<(usize, usize)> {
        let starts = |it: &str| -> Vec<usize> {
            (0..text.len()).filter(|at| text.as_bytes()[*at..].starts_with(it.as_bytes())).collect()
        };
        keywords.iter().enumerate().flat_map(|(index, it)| starts(it).into_iter().map(move |at| (index, at))).collect()
    }

    #[test]
    fn keywords_of_any_length_are_found_at_both_ends_and_over_each_other() {
        let keywords = ["ai", "tk]", "cannot", "cannot assist", "assist", "第", "нет", "aaaa"];
        for text in ["ai", "a", "", "cannot assist", "[tk]", "второго нет", "第", "aaaaaa", "xai", "assis"] {
            assert_eq!(found(&keywords, text), naive(&keywords, text), "{text}");
        }
    }

    #[test]
    fn without_keywords_nothing_is_found() {
        assert!(found(&[], "any text").is_empty());
    }

    #[test]
    fn gram_of_a_keyword_is_the_rarest_of_the_sample() {
        let keywords = Keywords::new(&["the quiz"], std::iter::once("the query, the queue, the quick"));
        assert_eq!(&"the quiz"[keywords.pairs.entries[0].at as usize..], "iz");
    }

    proptest! {
        #[test]
        fn keywords_are_found_as_a_plain_search_finds_them(
            keywords in prop::collection::vec("[abé第 ]{2,6}", 0..12),
            text in "[abé第 ]{0,40}",
        ) {
            let keywords: Vec<&str> = keywords.iter().map(String::as_str).collect();
            prop_assert_eq!(found(&keywords, &text), naive(&keywords, &text));
        }
    }
}
