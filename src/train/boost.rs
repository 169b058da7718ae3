//! Gradient-boosted trees for two classes, by histograms.
//!
//! The method is that of Friedman, "Greedy function approximation: a gradient boosting machine" (2001),
//! with second-order gains as in `XGBoost` (Chen and Guestrin 2016) and the best leaf split first as in
//! `LightGBM` (Ke et al. 2017). Written for one purpose: small, in one thread and in a fixed order of sums,
//! so that the same rows and seed give the same trees. Each tree sees a part of the pages, whole pages at
//! a time, for the blocks of one are alike (Friedman, "Stochastic gradient boosting", 2002).

use crate::layout::body::forest::{Forest, Split, Tree};

/// How trees are grown.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Number of trees.
    pub trees: usize,
    /// Leaves of one tree.
    pub leaves: usize,
    /// Part of each tree's answer that is added.
    pub rate: f64,
    /// Share of the pages that a tree sees.
    pub pages: f64,
    /// Share of the features that a split may choose from.
    pub features: f64,
    /// Rows of the smallest leaf.
    pub leaf_rows: usize,
    /// Ridge on the values of leaves.
    pub ridge: f64,
    /// Score above which a row is main text, for the model.
    pub threshold: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trees: 80,
            leaves: 16,
            rate: 0.12,
            pages: 0.7,
            features: 0.3,
            leaf_rows: 20,
            ridge: 5.0,
            threshold: -0.25,
        }
    }
}

/// A labelled row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Number of the row.
    pub row: usize,
    /// Its class.
    pub is_main: bool,
    /// How much it counts.
    pub weight: f64,
    /// Number of its page.
    pub page: u32,
}

/// Bins of one feature.
const BINS: usize = 64;
/// Rows that the edges of bins are chosen from.
const EDGE_ROWS: usize = 20_000;

/// Rows of features in bins, feature by feature.
pub struct Table {
    rows: usize,
    /// Lower edges of all bins but the first, by feature.
    edges: Vec<Vec<f32>>,
    bins: Vec<u8>,
}

impl Table {
    /// Bins rows of `width` features, by quantiles.
    #[must_use]
    pub fn new(values: &[f32], width: usize) -> Self {
        let rows = values.len() / width.max(1);
        let mut edges = Vec::with_capacity(width);
        let mut bins = Vec::with_capacity(values.len());
        for feature in 0..width {
            let column: Vec<f32> = (0..rows).map(|it| values[it * width + feature]).collect();
            let own = edges_of(&column);
            bins.extend(column.iter().map(|it| bin_of(&own, *it)));
            edges.push(own);
        }
        Self { rows, edges, bins }
    }

    fn column(&self, feature: usize) -> &[u8] {
        &self.bins[feature * self.rows..(feature + 1) * self.rows]
    }
}

fn edges_of(column: &[f32]) -> Vec<f32> {
    let step = (column.len() / EDGE_ROWS).max(1);
    let mut sorted: Vec<f32> = column.iter().step_by(step).copied().collect();
    sorted.sort_unstable_by(f32::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    let mut edges: Vec<f32> = if distinct.len() <= BINS {
        distinct.windows(2).map(|it| short(it[0].midpoint(it[1]))).collect()
    } else {
        (1..BINS).map(|it| short(sorted[it * sorted.len() / BINS])).collect()
    };
    edges.dedup();
    edges
}

/// A number with four digits, as thresholds are written.
fn short(value: f32) -> f32 {
    format!("{value:.3e}").parse().unwrap_or(value)
}

fn bin_of(edges: &[f32], value: f32) -> u8 {
    u8::try_from(edges.partition_point(|it| *it <= value)).unwrap_or(u8::MAX)
}

/// Sums of gradients and of second derivatives.
#[derive(Clone, Copy, Default)]
struct Sum {
    gradient: f64,
    curve: f64,
    rows: usize,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.gradient += other.gradient;
        self.curve += other.curve;
        self.rows += other.rows;
    }

    fn less(self, other: Self) -> Self {
        Self { gradient: self.gradient - other.gradient, curve: self.curve - other.curve, rows: self.rows - other.rows }
    }
}

/// A leaf that may be split further.
struct Leaf {
    samples: Vec<usize>,
    sum: Sum,
    /// The split that leads here, and whether on its left.
    from: Option<(usize, bool)>,
    best: Option<Candidate>,
}

struct Candidate {
    gain: f64,
    feature: usize,
    /// First bin of the right side.
    bin: u8,
}

/// Fits trees to samples of a table. The weights of all samples should add up to their number or less.
#[must_use]
pub fn fit(table: &Table, samples: &[Sample], settings: &Settings, seed: u64) -> Forest {
    let mut random = Random(seed);
    let mean = samples.iter().map(|it| it.weight).sum::<f64>() / float(samples.len().max(1));
    let weights: Vec<f64> = samples.iter().map(|it| it.weight / mean).collect();
    let total: f64 = weights.iter().sum();
    let main: f64 = samples.iter().zip(&weights).filter(|(it, _)| it.is_main).map(|(_, weight)| weight).sum();
    let base = (main.max(1e-6) / (total - main).max(1e-6)).ln();
    let mut scores = vec![base; samples.len()];
    let mut forest = Forest { base: narrow(base), threshold: settings.threshold, trees: Vec::new() };
    for _ in 0..settings.trees {
        let bag = random.next();
        let sees = |it: &Sample| Random(bag ^ u64::from(it.page)).unit() < settings.pages;
        let slopes: Vec<Sum> = samples
            .iter()
            .zip(&weights)
            .zip(&scores)
            .map(|((it, weight), score)| {
                if !sees(it) {
                    return Sum::default();
                }
                let chance = 1.0 / (1.0 + (-score).exp());
                let gradient = weight * (f64::from(u8::from(it.is_main)) - chance);
                Sum { gradient, curve: weight * (chance * (1.0 - chance)).max(1e-6), rows: 1 }
            })
            .collect();
        let grower = Grower { table, samples, slopes: &slopes, settings };
        forest.trees.push(grower.grow(&mut scores, &mut random));
    }
    forest
}

struct Grower<'a> {
    table: &'a Table,
    samples: &'a [Sample],
    slopes: &'a [Sum],
    settings: &'a Settings,
}

impl Grower<'_> {
    /// Grows one tree and adds its answers to the scores.
    fn grow(&self, scores: &mut [f64], random: &mut Random) -> Tree {
        let mut tree = Tree::default();
        let mut leaves = vec![self.leaf((0..self.samples.len()).collect(), None, random)];
        while leaves.len() < self.settings.leaves {
            let gain = |it: &Leaf| it.best.as_ref().map_or(0.0, |it| it.gain);
            let best = (0..leaves.len()).reduce(|a, b| if gain(&leaves[b]) > gain(&leaves[a]) { b } else { a });
            let Some(leaf) = best.filter(|it| gain(&leaves[*it]) > 0.0) else { break };
            let leaf = leaves.swap_remove(leaf);
            let Some(best) = leaf.best else { break };
            let column = self.table.column(best.feature);
            let (left, right): (Vec<usize>, Vec<usize>) =
                leaf.samples.iter().partition(|it| column[self.samples[**it].row] < best.bin);
            let split = tree.splits.len();
            hang(&mut tree, leaf.from, index(split));
            tree.splits.push(Split {
                feature: u16::try_from(best.feature).unwrap_or(u16::MAX),
                threshold: self.table.edges[best.feature][usize::from(best.bin) - 1],
                left: 0,
                right: 0,
            });
            leaves.push(self.leaf(left, Some((split, true)), random));
            leaves.push(self.leaf(right, Some((split, false)), random));
        }
        for leaf in leaves {
            let value = leaf.sum.gradient / (leaf.sum.curve + self.settings.ridge) * self.settings.rate;
            let value = (value * 1000.0).round() / 1000.0;
            for it in &leaf.samples {
                scores[*it] += value;
            }
            let number = index(tree.leaves.len());
            hang(&mut tree, leaf.from, -1 - number);
            tree.leaves.push(narrow(value));
        }
        tree
    }

    fn leaf(&self, samples: Vec<usize>, from: Option<(usize, bool)>, random: &mut Random) -> Leaf {
        let mut sum = Sum::default();
        for it in &samples {
            sum.add(self.slopes[*it]);
        }
        let mut best = None;
        if samples.len() >= 2 * self.settings.leaf_rows {
            for feature in 0..self.table.edges.len() {
                if random.unit() < self.settings.features {
                    self.search(&samples, sum, feature, &mut best);
                }
            }
        }
        Leaf { samples, sum, from, best }
    }

    /// Looks for a better split by one feature.
    fn search(&self, samples: &[usize], all: Sum, feature: usize, best: &mut Option<Candidate>) {
        let column = self.table.column(feature);
        let mut bins = [Sum::default(); BINS + 1];
        for it in samples {
            bins[usize::from(column[self.samples[*it].row])].add(self.slopes[*it]);
        }
        let worth = |it: Sum| it.gradient * it.gradient / (it.curve + self.settings.ridge);
        let mut left = Sum::default();
        for (bin, sum) in (1..).zip(&bins[..self.table.edges[feature].len()]) {
            left.add(*sum);
            let right = all.less(left);
            if left.rows < self.settings.leaf_rows || right.rows < self.settings.leaf_rows {
                continue;
            }
            let gain = worth(left) + worth(right) - worth(all);
            if gain > best.as_ref().map_or(1e-9, |it| it.gain) {
                *best = Some(Candidate { gain, feature, bin });
            }
        }
    }
}

/// Makes a child of a split known to it.
fn hang(tree: &mut Tree, from: Option<(usize, bool)>, child: i16) {
    if let Some((split, is_left)) = from {
        let split = &mut tree.splits[split];
        *(if is_left { &mut split.left } else { &mut split.right }) = child;
    }
}

fn index(number: usize) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

#[allow(clippy::cast_possible_truncation, reason = "values of leaves have three digits")]
fn narrow(value: f64) -> f32 {
    value as f32
}

#[allow(clippy::cast_precision_loss, reason = "counts of rows")]
fn float(count: usize) -> f64 {
    count as f64
}

/// `SplitMix64` (Steele, Lea and Flood 2014).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Between 0 and 1.
    #[allow(clippy::cast_precision_loss, reason = "53 bits are what fits")]
    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of two features, of which the first tells the class and the second nothing.
    fn rows() -> (Vec<f32>, Vec<Sample>) {
        let mut random = Random(7);
        let mut values = Vec::new();
        let mut samples = Vec::new();
        for (row, page) in (0..400).zip(0_u32..) {
            let is_main = random.next().is_multiple_of(2);
            values.extend([if is_main { 2.0 } else { 1.0 }, narrow(random.unit())]);
            samples.push(Sample { row, is_main, weight: 1.0, page: page / 10 });
        }
        (values, samples)
    }

    #[test]
    fn trees_find_the_feature_that_tells_the_classes_apart() {
        let (values, samples) = rows();
        let forest = fit(&Table::new(&values, 2), &samples, &Settings::default(), 1);
        for it in &samples {
            assert_eq!(forest.score(&values[2 * it.row..2 * it.row + 2]) > 0.0, it.is_main);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_trees() {
        let (values, samples) = rows();
        let table = Table::new(&values, 2);
        let fit = |seed| fit(&table, &samples, &Settings::default(), seed);
        assert_eq!(fit(1), fit(1));
        assert_ne!(fit(1), fit(2));
    }
}
