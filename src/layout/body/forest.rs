//! Boosted trees: how they score a row, and the file they are written in.
//!
//! A file is text. After `#` stands what is for people. `base` and `threshold` are numbers; each line
//! `tree` begins a tree, whose lines are its splits from the root on: a feature, a threshold, where rows
//! below it go and where the others go. A number there is a line of the same tree, counted from 0; a
//! number after `=` is a leaf, and what it adds to the score.

use std::{collections::HashMap, fmt::Write as _};

/// A step of a tree: below the threshold one goes left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// Index of the feature.
    pub feature: u16,
    /// Rows below it go left.
    pub threshold: f32,
    /// Child on the left: a split of the same tree, or `-1 -` the index of a leaf.
    pub left: i16,
    /// Child on the right.
    pub right: i16,
}

/// One tree. The first split is its root; a child comes after its parent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// Its splits.
    pub splits: Vec<Split>,
    /// What its leaves add to the score.
    pub leaves: Vec<f32>,
}

/// Trees whose leaves are added up: the sum is the logit of the chance that a block is main text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forest {
    /// What is added before all trees.
    pub base: f32,
    /// Score above which a block is main text.
    pub threshold: f32,
    /// The trees.
    pub trees: Vec<Tree>,
}

/// Why a text is no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("model, line {line}: {text:?} is no number, split or tree of {features} known features")]
pub struct ForestError {
    /// Line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
    /// Number of features that are known.
    pub features: usize,
}

/// Most leaves of a tree.
pub const LEAVES: usize = 32;

/// Trees after which a row that scores very low is given up.
pub(super) const FIRST_TREES: usize = 24;
/// The score that is very low.
pub(super) const HOPELESS: f32 = -3.0;

/// Where a step of a tree leads.
#[derive(Clone, Copy)]
pub(super) enum Child<'t> {
    Split(&'t Split),
    /// The end, and what it adds to the score.
    Leaf(f32),
}

impl Tree {
    /// What the first step is; a tree without splits has one leaf at most.
    pub(super) fn root(&self) -> Child<'_> {
        self.splits.first().map_or_else(|| Child::Leaf(self.leaves.first().copied().unwrap_or(0.0)), Child::Split)
    }

    /// What a child of a split is.
    pub(super) fn child(&self, child: i16) -> Child<'_> {
        usize::try_from(child)
            .map_or_else(|_| Child::Leaf(self.leaves[leaf(child)]), |it| Child::Split(&self.splits[it]))
    }

    fn score(&self, row: &[f32]) -> f32 {
        let mut at = self.root();
        loop {
            match at {
                Child::Leaf(value) => return value,
                Child::Split(split) => {
                    let is_below = row[usize::from(split.feature)] < split.threshold;
                    at = self.child(if is_below { split.left } else { split.right });
                }
            }
        }
    }

    /// Whether each split but the first is the child of one split, and the leaves are not too many.
    fn is_whole(&self) -> bool {
        let mut children: Vec<i16> =
            self.splits.iter().flat_map(|it| [it.left, it.right]).filter(|it| *it > 0).collect();
        children.sort_unstable();
        children.into_iter().eq((1..).take(self.splits.len().saturating_sub(1))) && self.leaves.len() <= LEAVES
    }
}

/// Index of the leaf that a negative child means.
fn leaf(child: i16) -> usize {
    usize::from((-1 - child).unsigned_abs())
}

impl Forest {
    /// Logit of a row; a row that scores very low after the first trees has the score of those. Pages are scored by a
    /// [`Scorer`](super::scorer::Scorer), which gives the same.
    #[must_use]
    pub fn score(&self, row: &[f32]) -> f32 {
        let (first, rest) = self.trees.split_at(FIRST_TREES.min(self.trees.len()));
        let score = first.iter().fold(self.base, |sum, it| sum + it.score(row));
        if score < HOPELESS { score } else { rest.iter().fold(score, |sum, it| sum + it.score(row)) }
    }

    /// Writes the model; `names` are those of the features.
    #[must_use]
    pub fn write(&self, names: &[String]) -> String {
        let mut text = format!("threshold {}\nbase {}\n", self.threshold, self.base);
        for tree in &self.trees {
            text.push_str("tree\n");
            for split in &tree.splits {
                let child = |it: i16| if it < 0 { format!("={}", tree.leaves[leaf(it)]) } else { it.to_string() };
                let name = names.get(usize::from(split.feature)).map_or("?", String::as_str);
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{name} {} {} {}", split.threshold, child(split.left), child(split.right));
            }
        }
        text
    }

    /// Reads a model that [`Forest::write`] wrote; `names` are those of the features now.
    pub fn parse(text: &str, names: &[String]) -> Result<Self, ForestError> {
        let index: HashMap<&str, u16> = (0..).zip(names).map(|(at, it)| (it.as_str(), at)).collect();
        let mut forest = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or("").trim();
            let wrong = || ForestError { line: number, text: line.to_owned(), features: names.len() };
            let parts: Vec<&str> = line.split_whitespace().collect();
            match parts[..] {
                [] => {}
                ["base", value] => forest.base = value.parse().map_err(|_| wrong())?,
                ["threshold", value] => forest.threshold = value.parse().map_err(|_| wrong())?,
                ["tree"] => forest.trees.push(Tree::default()),
                [name, threshold, left, right] => {
                    let tree = forest.trees.last_mut().ok_or_else(wrong)?;
                    let split = Split {
                        feature: *index.get(name).ok_or_else(wrong)?,
                        threshold: threshold.parse().map_err(|_| wrong())?,
                        left: tree.child_of(left).ok_or_else(wrong)?,
                        right: tree.child_of(right).ok_or_else(wrong)?,
                    };
                    tree.splits.push(split);
                }
                _ => return Err(wrong()),
            }
        }
        if !forest.trees.iter().all(Tree::is_whole) {
            return Err(ForestError { line: text.lines().count(), text: "a child".into(), features: names.len() });
        }
        Ok(forest)
    }
}

impl Tree {
    /// A child as written; a leaf is kept. A child comes after its parent, so no path is a ring.
    fn child_of(&mut self, text: &str) -> Option<i16> {
        match text.strip_prefix('=') {
            Some(value) => {
                self.leaves.push(value.parse().ok()?);
                Some(-i16::try_from(self.leaves.len()).ok()?)
            }
            None => text.parse().ok().filter(|it| usize::try_from(*it).is_ok_and(|it| it > self.splits.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODEL: &str = "# for people\nthreshold -0.5\nbase -1\ntree\nlen 80 1 =2.5\nlinks 0.5 =0.5 =-2\n";

    fn names() -> Vec<String> {
        vec!["len".into(), "links".into()]
    }

    #[test]
    fn forest_adds_up_the_leaves_that_a_row_falls_into() {
        let forest = Forest::parse(MODEL, &names()).expect("a model");
        for (row, score) in [([100.0, 0.9], 1.5), ([9.0, 0.1], -0.5), ([9.0, 0.9], -3.0)] {
            assert!((forest.score(&row) - score).abs() < 1e-6, "{row:?}");
        }
    }

    #[test]
    fn forest_that_is_written_is_read_again() {
        let forest = Forest::parse(MODEL, &names()).expect("a model");
        assert_eq!(Forest::parse(&forest.write(&names()), &names()), Ok(forest));
    }

    #[test]
    fn forest_with_an_unknown_feature_or_a_ring_is_refused_with_its_line() {
        let error = |text: &str| Forest::parse(text, &names()).expect_err("no model").to_string();
        assert!(error("tree\nheight 1 =0 =1").contains("line 2: \"height 1 =0 =1\""));
        assert!(error("tree\nlen 1 0 =1").contains("line 2"));
        assert!(error("tree\nlen 1 1 =1").contains("a child"));
        assert!(error("len 1 =0 =1").contains("line 1"));
    }
}
