//! Scores blocks of a page many at a time.
//!
//! A tree is not walked: all of its splits are asked, of [`LANES`] rows at once. A row that goes right at a split cannot
//! come to a leaf on its left, so each answer strikes out leaves, and the first that is left at the end is the row's.
//! No branch depends on a row, so none is guessed wrong, and the lanes become vectors. The way is that of Lucchese et
//! al., "`QuickScorer`: a fast algorithm to rank documents with additive ensembles of regression trees" (2015), tree
//! by tree.

use std::ops::Range;

use super::forest::{Child, FIRST_TREES, Forest, HOPELESS, LEAVES, Tree};

/// Rows that are scored at a time.
pub const LANES: usize = 16;

/// Features of [`LANES`] rows: of each feature, the values of all rows.
pub type Columns = [[f32; LANES]];

/// A forest as it is scored.
#[derive(Clone, Debug)]
pub struct Scorer {
    base: f32,
    threshold: f32,
    splits: Vec<Ask>,
    trees: Vec<Asked>,
}

/// A split.
#[derive(Clone, Copy, Debug)]
struct Ask {
    threshold: f32,
    feature: u16,
    /// The leaves that are not on its left, as bits.
    right: u32,
}

/// A tree.
#[derive(Clone, Debug)]
struct Asked {
    splits: Range<usize>,
    /// What the leaves add to the score, from left to right.
    leaves: [f32; LEAVES],
}

impl Scorer {
    /// Of a forest that was fitted or read, so with trees of at most [`LEAVES`] leaves.
    #[must_use]
    pub fn of(forest: &Forest) -> Self {
        let mut scorer = Self { base: forest.base, threshold: forest.threshold, splits: Vec::new(), trees: Vec::new() };
        for tree in &forest.trees {
            let first = scorer.splits.len();
            let mut leaves = Vec::with_capacity(LEAVES);
            scorer.take(tree, tree.root(), &mut leaves);
            let mut asked = Asked { splits: first..scorer.splits.len(), leaves: [0.0; LEAVES] };
            asked.leaves.iter_mut().zip(leaves).for_each(|(slot, it)| *slot = it);
            scorer.trees.push(asked);
        }
        scorer
    }

    /// Takes a subtree, its leaves from left to right.
    fn take(&mut self, tree: &Tree, child: Child, leaves: &mut Vec<f32>) {
        match child {
            Child::Leaf(value) => leaves.push(value),
            Child::Split(split) => {
                let at = self.splits.len();
                self.splits.push(Ask { threshold: split.threshold, feature: split.feature, right: u32::MAX });
                let first = leaves.len();
                self.take(tree, tree.child(split.left), leaves);
                self.splits[at].right = (first..leaves.len()).fold(u32::MAX, |bits, it| bits & !(1 << it));
                self.take(tree, tree.child(split.right), leaves);
            }
        }
    }

    /// Whether a score is that of main text.
    #[must_use]
    pub fn is_main(&self, score: f32) -> bool {
        score > self.threshold
    }

    /// Logits of the rows. Most blocks of a page are menus, and a third of the trees suffices to see that.
    #[must_use]
    pub fn scores(&self, columns: &Columns) -> [f32; LANES] {
        let (first, rest) = self.trees.split_at(FIRST_TREES.min(self.trees.len()));
        let firsts = self.add(first, columns, [self.base; LANES]);
        let is_hopeless = |score: &f32| *score < HOPELESS;
        if firsts.iter().all(is_hopeless) {
            return firsts;
        }
        let mut scores = self.add(rest, columns, firsts);
        for (score, first) in scores.iter_mut().zip(firsts).filter(|(_, it)| is_hopeless(it)) {
            *score = first;
        }
        scores
    }

    fn add(&self, trees: &[Asked], columns: &Columns, mut scores: [f32; LANES]) -> [f32; LANES] {
        for tree in trees {
            let left = left(&self.splits[tree.splits.clone()], columns);
            for (score, left) in scores.iter_mut().zip(left) {
                *score += tree.leaves[left.trailing_zeros() as usize % LEAVES];
            }
        }
        scores
    }
}

/// The leaves that the splits of a tree leave to each row, as bits. A function of its own with no branch in its inner
/// loop, so that the lanes are vectors.
#[inline(never)]
fn left(splits: &[Ask], columns: &Columns) -> [u32; LANES] {
    let mut left = [u32::MAX; LANES];
    for Ask { threshold, feature, right } in splits.iter().copied() {
        for (left, value) in left.iter_mut().zip(&columns[usize::from(feature)]) {
            let is_below = u32::from(*value < threshold).wrapping_neg();
            *left &= is_below | right;
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layout::body::{MODEL, features};

    proptest! {
        #[test]
        fn rows_score_in_lanes_as_they_do_in_trees(seed in prop::collection::vec(-2.0_f32..2.0, 40)) {
            let forest = Forest::parse(MODEL, &features::names()).expect("a model");
            let scorer = Scorer::of(&forest);
            let thresholds: Vec<_> = forest.trees.iter().flat_map(|it| &it.splits).collect();
            // Each value is a threshold of its feature, or near one.
            let value = |feature: usize, lane: usize| {
                let own: Vec<f32> = thresholds.iter().filter(|it| usize::from(it.feature) == feature).map(|it| it.threshold).collect();
                let near = seed[(feature * 7 + lane * 3) % seed.len()];
                own.get((feature + lane * 5) % own.len().max(1)).map_or(near, |it| it + near.trunc())
            };
            let columns: Vec<[f32; LANES]> = (0..features::names().len()).map(|feature| std::array::from_fn(|lane| value(feature, lane))).collect();
            for (lane, score) in scorer.scores(&columns).into_iter().enumerate() {
                let row: Vec<f32> = columns.iter().map(|it| it[lane]).collect();
                prop_assert_eq!(score.to_bits(), forest.score(&row).to_bits());
            }
        }
    }
}
