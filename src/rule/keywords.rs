//! Which of many keywords occur in a text, in one pass.
//!
//! Of each keyword one gram of four bytes is looked for, the rarest by a sample of texts; where it stands, the
//! keyword is compared. Whether four bytes are such a gram is one bit in a table that stays in the processor's
//! cache, so the cost of a text hardly grows with the number of keywords. An automaton over the same keywords
//! takes megabytes, and a cache miss for every few bytes. The idea is that of q-gram filters for many patterns
//! (Wu and Manber, 1994; Kytöjoki, Salmela and Tarhio, 2003).
//!
//! Which bytes pass is found for a block of text at a time, without a branch: where a gram stands cannot be foretold.

use crate::page::span::offset;

/// Bytes of a gram.
const GRAM: usize = 4;
/// Bits of the table for each keyword: so many grams of other text pass one by accident.
const BITS_PER_KEYWORD: usize = 32;
/// Keywords up to which three bytes of each are enough to tell them from other text.
const FEW: usize = 256;
/// The smallest and the largest table, as powers of two: 4 KiB and 512 KiB.
const TABLE_BITS: (u32, u32) = (15, 22);
/// A multiplicative hash: 2³² over the golden ratio (Knuth, TAOCP volume 3, section 6.4).
const GOLDEN: u32 = 0x9e37_79b9;
/// Places of a text that are looked at together, one bit each.
const BLOCK: usize = 64;
/// Bytes of a text that are compared at once.
const WORD: usize = 8;

/// Finds keywords.
#[derive(Debug)]
pub(super) struct Keywords {
    /// One bit for each hash of a gram, none if there are no grams.
    grams: Vec<u64>,
    /// 32 less the bits of a hash.
    shift: u32,
    by_gram: Entries,
    /// For each two bytes, which third bytes may follow: bit `n` for those that end in the bits of `n`. They find
    /// the keywords that are shorter than a gram.
    pairs: Box<[u8; 1 << 16]>,
    by_pair: Entries,
    /// All keywords, one behind the other.
    texts: Vec<u8>,
}

/// Keywords by a value that is looked for.
#[derive(Debug)]
struct Entries {
    /// Where the entries of a hash begin.
    starts: Vec<u32>,
    /// 32 less the bits of a hash.
    shift: u32,
    list: Vec<Entry>,
}

/// One keyword of one owner.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The bytes of the keyword from its gram on, as many as a word has, behind zeros.
    head: u64,
    owner: u32,
    /// Where its gram stands in it, its start in the texts and its length.
    at: u32,
    start: u32,
    len: u32,
}

impl Keywords {
    /// Keywords to look for, of two bytes at least, each with its owner, and texts that show which grams are
    /// frequent.
    pub(super) fn new<'a>(keywords: &[(&str, u32)], sample: impl Iterator<Item = &'a str>) -> Self {
        let frequency = Frequency::of(sample);
        let gram_bytes = if keywords.len() <= FEW { GRAM - 1 } else { GRAM };
        let (mut long, mut short) = (Vec::new(), Vec::new());
        let mut pairs: Box<[u8; 1 << 16]> =
            vec![0; 1 << 16].try_into().unwrap_or_else(|_| unreachable!("as many as there are pairs"));
        let mut texts = Vec::new();
        for (keyword, owner) in keywords {
            let bytes = keyword.as_bytes();
            let windows = bytes.windows(gram_bytes.min(bytes.len())).enumerate();
            let at = windows.min_by_key(|(_, it)| frequency.get(it)).map_or(0, |it| it.0);
            let word = word_of(&bytes[at..]);
            let (start, len) = (offset(texts.len()), offset(bytes.len()));
            let mut entry = Entry { head: 0, owner: *owner, at: offset(at), start, len };
            entry.head = entry.head_in(word);
            texts.extend_from_slice(bytes);
            if bytes.len() >= GRAM && gram_bytes == GRAM {
                long.push((gram_of(word), entry));
            } else {
                pairs[usize::from(pair_of(word))] |= bytes.get(at + 2).map_or(u8::MAX, |it| 1 << (it & 7));
                short.push((pair_of(word).into(), entry));
            }
        }
        let (grams, shift) = bits_of(long.iter().map(|it| it.0));
        Self { grams, shift, by_gram: Entries::new(long), pairs, by_pair: Entries::new(short), texts }
    }

    /// Calls `found` with the owner of each keyword that occurs and where it starts, as often as it occurs, by the
    /// place of its gram.
    pub(super) fn find(&self, text: &str, mut found: impl FnMut(u32, usize)) {
        if self.texts.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        for from in (0..bytes.len()).step_by(BLOCK) {
            let places = BLOCK.min(bytes.len() - from);
            let mut padded = [0; BLOCK + WORD];
            let block = bytes[from..].first_chunk().unwrap_or_else(|| {
                padded[..bytes.len() - from].copy_from_slice(&bytes[from..]);
                &padded
            });
            let (mut by_gram, mut by_pair) = (self.grams_in(block, places), self.pairs_in(block, places));
            while by_gram | by_pair != 0 {
                let at = (by_gram | by_pair).trailing_zeros() as usize;
                let word = word_at(block, at);
                let bit = 1 << at;
                if by_gram & bit != 0 {
                    self.compare(self.by_gram.of(gram_of(word)), word, bytes, from + at, &mut found);
                }
                if by_pair & bit != 0 {
                    self.compare(self.by_pair.of(pair_of(word).into()), word, bytes, from + at, &mut found);
                }
                (by_gram, by_pair) = (by_gram & !bit, by_pair & !bit);
            }
        }
    }

    /// The places of a block at which a gram of a keyword may stand.
    #[inline]
    fn grams_in(&self, block: &[u8; BLOCK + WORD], places: usize) -> u64 {
        if self.grams.is_empty() {
            return 0;
        }
        let mut bits = 0;
        for at in 0..places.min(BLOCK) {
            let hash = hash(gram_of(word_at(block, at)), self.shift);
            bits |= (self.grams[hash / 64] >> (hash % 64) & 1) << at;
        }
        bits
    }

    /// The places of a block at which a short keyword may stand.
    #[inline]
    fn pairs_in(&self, block: &[u8; BLOCK + WORD], places: usize) -> u64 {
        let mut bits = 0;
        for at in 0..places.min(BLOCK) {
            let thirds = self.pairs[usize::from(pair_of(word_at(block, at)))];
            bits |= u64::from(thirds >> (block[at + 2] & 7) & 1) << at;
        }
        bits
    }

    #[inline]
    fn compare(&self, entries: &[Entry], word: u64, text: &[u8], at: usize, found: &mut impl FnMut(u32, usize)) {
        for it in entries.iter().filter(|it| it.head_in(word) == it.head) {
            let Some(start) = at.checked_sub(it.at as usize) else { continue };
            let keyword = &self.texts[it.start as usize..][..it.len as usize];
            if it.at == 0 && keyword.len() <= WORD || text[start..].starts_with(keyword) {
                found(it.owner, start);
            }
        }
    }
}

impl Entry {
    /// The bytes of a word of text that are compared with the head.
    #[inline]
    fn head_in(&self, word: u64) -> u64 {
        word << (u64::BITS - 8 * (self.len - self.at).min(8))
    }
}

impl Entries {
    fn new(mut entries: Vec<(u32, Entry)>) -> Self {
        let shift = u32::BITS - entries.len().max(2).next_power_of_two().trailing_zeros();
        let bucket = |it: &(u32, Entry)| hash(it.0, shift);
        entries.sort_by_key(bucket);
        let buckets = 1_usize << (u32::BITS - shift);
        let starts = (0..=buckets).map(|at| offset(entries.partition_point(|it| bucket(it) < at))).collect();
        Self { starts, shift, list: entries.into_iter().map(|it| it.1).collect() }
    }

    /// The entries of a value, and others of the same hash.
    fn of(&self, value: u32) -> &[Entry] {
        let bucket = hash(value, self.shift);
        &self.list[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }
}

/// One bit for each hash of the values, and 32 less the bits of a hash.
fn bits_of(values: impl ExactSizeIterator<Item = u32>) -> (Vec<u64>, u32) {
    if values.len() == 0 {
        return (Vec::new(), 0);
    }
    let (least, most) = TABLE_BITS;
    let wanted = (values.len() * BITS_PER_KEYWORD).next_power_of_two().trailing_zeros().clamp(least, most);
    let shift = u32::BITS - wanted;
    let mut bits = vec![0_u64; 1 << (wanted - 6)];
    for value in values {
        let hash = hash(value, shift);
        bits[hash / 64] |= 1 << (hash % 64);
    }
    (bits, shift)
}

/// How often three or four bytes occur in a sample, at least.
struct Frequency(Vec<u32>);

impl Frequency {
    /// 32 less the bits of a hash.
    const SHIFT: u32 = 16;

    fn of<'a>(sample: impl Iterator<Item = &'a str>) -> Self {
        let mut counts = vec![0; 1 << (u32::BITS - Self::SHIFT)];
        for window in sample.flat_map(|it| it.as_bytes().windows(GRAM)) {
            counts[hash(gram_of(word_of(window)), Self::SHIFT)] += 1;
            counts[hash(gram_of(word_of(&window[1..])), Self::SHIFT)] += 1;
        }
        Self(counts)
    }

    fn get(&self, window: &[u8]) -> u32 {
        self.0[hash(gram_of(word_of(window)), Self::SHIFT)]
    }
}

#[inline]
fn hash(value: u32, shift: u32) -> usize {
    (value.wrapping_mul(GOLDEN) >> shift) as usize
}

/// The first eight bytes of a text, and zeros behind a shorter one.
fn word_of(bytes: &[u8]) -> u64 {
    let mut word = [0; WORD];
    let len = bytes.len().min(WORD);
    word[..len].copy_from_slice(&bytes[..len]);
    u64::from_le_bytes(word)
}

#[inline]
fn word_at(block: &[u8; BLOCK + WORD], at: usize) -> u64 {
    block[at..].first_chunk().map_or(0, |it| u64::from_le_bytes(*it))
}

#[inline]
fn gram_of(word: u64) -> u32 {
    let [a, b, c, d, ..] = word.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[inline]
fn pair_of(word: u64) -> u16 {
    let [a, b, ..] = word.to_le_bytes();
    u16::from_le_bytes([a, b])
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
        let keywords = Keywords::new(&[("the quiz", 0)], std::iter::once("the query, the queue, the quick"));
        assert_eq!(&"the quiz"[keywords.by_pair.list[0].at as usize..], "uiz");
    }

    proptest! {
        #[test]
        fn keywords_are_found_as_a_plain_search_finds_them(
            keywords in prop::collection::vec("[abé第 ]{2,6}", 0..12),
            text in "[abé第 ]{0,200}",
            many in any::<bool>(),
        ) {
            // More than a few keywords are found by their grams.
            let others: Vec<String> = (0..if many { FEW } else { 0 }).map(|it| format!("#{it}")).collect();
            let keywords: Vec<&str> = keywords.iter().chain(&others).map(String::as_str).collect();
            prop_assert_eq!(found(&keywords, &text), naive(&keywords, &text));
        }
    }
}
