//! Counting: precision and recall with their intervals, and how much of a body two texts share.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;
use serde::{Deserialize, Serialize};

/// Standard deviations of a 95 % interval.
const Z: f64 = 1.959_963_985;
/// Words of one shingle, as in the article-extraction benchmark.
const SHINGLE: usize = 4;

static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\w+").expect("a constant pattern"));

/// A share of a whole, with its 95 % Wilson interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The share.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Share {
    /// `part` of `whole`; none of nothing.
    #[must_use]
    pub fn of(part: usize, whole: usize) -> Option<Self> {
        if whole == 0 {
            return None;
        }
        let (n, p) = (float(whole), float(part) / float(whole));
        let scale = 1.0 + Z * Z / n;
        let middle = (p + Z * Z / (2.0 * n)) / scale;
        let half = Z / scale * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        Some(Self { value: p, low: (middle - half).max(0.0), high: (middle + half).min(1.0) })
    }
}

/// Cases by what they are and what was said of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Junk that was found.
    pub found: usize,
    /// Junk that was not.
    pub missed: usize,
    /// Clean, and flagged.
    pub false_alarms: usize,
    /// Clean, and passed.
    pub passed: usize,
}

impl Counts {
    /// Counts one case.
    pub fn add(&mut self, is_junk: bool, is_flagged: bool) {
        let count = match (is_junk, is_flagged) {
            (true, true) => &mut self.found,
            (true, false) => &mut self.missed,
            (false, true) => &mut self.false_alarms,
            (false, false) => &mut self.passed,
        };
        *count += 1;
    }

    /// Number of junk cases.
    #[must_use]
    pub fn junk(&self) -> usize {
        self.found + self.missed
    }

    /// Number of clean cases.
    #[must_use]
    pub fn clean(&self) -> usize {
        self.false_alarms + self.passed
    }

    /// Junk found of all junk.
    #[must_use]
    pub fn recall(&self) -> Option<Share> {
        Share::of(self.found, self.junk())
    }

    /// Junk of all that was flagged. Says something only where there is junk and clean text.
    #[must_use]
    pub fn precision(&self) -> Option<Share> {
        if self.junk() == 0 || self.clean() == 0 {
            return None;
        }
        Share::of(self.found, self.found + self.false_alarms)
    }

    /// False alarms of all that is clean.
    #[must_use]
    pub fn alarm_rate(&self) -> Option<Share> {
        Share::of(self.false_alarms, self.clean())
    }

    /// Harmonic mean of precision and recall.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        Some(harmonic(self.precision()?.value, self.recall()?.value))
    }
}

/// How much of the wanted text is there, and how much of what is there is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// Wanted shingles of those that are there.
    pub precision: f64,
    /// Shingles that are there of those wanted.
    pub recall: f64,
}

impl Overlap {
    /// The overlap of two texts in shingles of four words, repeated ones counted each time.
    #[must_use]
    pub fn of(wanted: &str, is: &str) -> Self {
        let (wanted, is) = (shingles(wanted), shingles(is));
        let common: usize = wanted.iter().map(|(it, count)| *count.min(is.get(it).unwrap_or(&0))).sum();
        let (all_wanted, all): (usize, usize) = (wanted.values().sum(), is.values().sum());
        if all_wanted == common && all == common {
            return Self { precision: 1.0, recall: 1.0 };
        }
        let share = |whole: usize| if whole == 0 { 0.0 } else { float(common) / float(whole) };
        Self { precision: share(all), recall: share(all_wanted) }
    }

    /// The averages over pages; none over no page.
    #[must_use]
    pub fn average(overlaps: &[Self]) -> Option<Self> {
        if overlaps.is_empty() {
            return None;
        }
        let count = float(overlaps.len());
        let precision = overlaps.iter().map(|it| it.precision).sum::<f64>() / count;
        let recall = overlaps.iter().map(|it| it.recall).sum::<f64>() / count;
        Some(Self { precision, recall })
    }

    /// F1 of the two.
    #[must_use]
    pub fn f1(&self) -> f64 {
        harmonic(self.precision, self.recall)
    }
}

/// Shingles of a text with how often each occurs. A text of fewer than four words is one shingle, one
/// without words has none.
fn shingles(text: &str) -> BTreeMap<Vec<&str>, usize> {
    let words: Vec<&str> = WORD.find_iter(text).map(|it| it.as_str()).collect();
    let mut counts = BTreeMap::new();
    if !words.is_empty() {
        for shingle in words.windows(SHINGLE.min(words.len())) {
            *counts.entry(shingle.to_vec()).or_insert(0) += 1;
        }
    }
    counts
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b == 0.0 { 0.0 } else { 2.0 * a * b / (a + b) }
}

#[allow(clippy::cast_precision_loss, reason = "counts of cases and words are far below 2^52")]
fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(is: f64, expected: f64) {
        assert!((is - expected).abs() < 5e-4, "{is} is not {expected}");
    }

    #[test]
    fn wilson_interval_is_that_of_the_textbook() {
        // p = 0.8, n = 10: centre (0.8 + 0.19207) / 1.38415, half width 1.95996 / 1.38415 * sqrt(0.016 + 0.009604).
        let share = Share::of(8, 10).expect("not of nothing");
        near(share.value, 0.8);
        near(share.low, 0.4902);
        near(share.high, 0.9433);
    }

    #[test]
    fn wilson_interval_of_none_and_of_all_stays_between_0_and_1() {
        let none = Share::of(0, 20).expect("not of nothing");
        near(none.low, 0.0);
        near(none.high, 0.1611);
        let all = Share::of(20, 20).expect("not of nothing");
        near(all.low, 0.8389);
        near(all.high, 1.0);
        assert_eq!(Share::of(0, 0), None);
    }

    #[test]
    fn precision_recall_and_f1_are_counted_from_the_cases() {
        let counts = Counts { found: 6, missed: 2, false_alarms: 4, passed: 16 };
        near(counts.recall().expect("junk").value, 0.75);
        near(counts.precision().expect("flagged").value, 0.6);
        near(counts.alarm_rate().expect("clean").value, 0.2);
        near(counts.f1().expect("both"), 0.6667);
    }

    #[test]
    fn precision_without_clean_cases_is_unknown() {
        assert_eq!(Counts { found: 3, missed: 0, false_alarms: 0, passed: 0 }.precision(), None);
    }

    #[test]
    fn overlap_is_counted_in_shingles_of_four_words() {
        // Wanted: abcd bcde cdef; there: abcd bcde cdex dexy. Two are common.
        let overlap = Overlap::of("a b, c d. e f", "a b c d e x y");
        near(overlap.recall, 2.0 / 3.0);
        near(overlap.precision, 0.5);
        near(overlap.f1(), 4.0 / 7.0);
    }

    #[test]
    fn overlap_counts_a_repeated_shingle_each_time() {
        // Wanted: aaaa twice; there: aaaa once.
        let overlap = Overlap::of("a a a a a", "a a a a");
        near(overlap.recall, 0.5);
        near(overlap.precision, 1.0);
    }

    #[test]
    fn overlap_of_short_and_of_empty_texts() {
        assert_eq!(Overlap::of("Two words", "Two words!"), Overlap { precision: 1.0, recall: 1.0 });
        assert_eq!(Overlap::of("", ""), Overlap { precision: 1.0, recall: 1.0 });
        assert_eq!(Overlap::of("some words stand here", ""), Overlap { precision: 0.0, recall: 0.0 });
    }

    #[test]
    fn overlap_of_pages_is_the_f1_of_the_averages() {
        let pages = [Overlap { precision: 1.0, recall: 0.5 }, Overlap { precision: 0.5, recall: 1.0 }];
        near(Overlap::average(&pages).expect("two pages").f1(), 0.75);
        assert_eq!(Overlap::average(&[]), None);
    }
}
