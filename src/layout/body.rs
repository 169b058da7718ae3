//! Which blocks of an HTML page are main text.
//!
//! A block is an item with the markup round it. [`features`] says in numbers what its text, its links,
//! its tags and class names are like, how much running text the elements round it hold and where it
//! stands to the rest; [`forest`] scores it. The trees are fitted by `pagegate train` on labelled pages
//! and stand in `model.txt`, with their sources.
//!
//! The way is that of Kohlschütter et al., "Boilerplate detection using shallow text features" (2010),
//! with the containers of Readability added; no language is known, only shapes and the names that
//! programmers give.

mod class;
mod fact;
pub mod features;
pub mod forest;
mod like;
mod outline;
pub mod scorer;
mod text;
mod words;

use std::sync::LazyLock;

use features::Blocks;
use forest::Forest;
use scorer::{LANES, Scorer};

const MODEL: &str = include_str!("body/model.txt");

static EMBEDDED: LazyLock<Scorer> = LazyLock::new(|| {
    let forest = Forest::parse(MODEL, &features::names());
    Scorer::of(&forest.expect("a test reads it"))
});

/// The model in the program.
#[must_use]
pub fn embedded() -> &'static Scorer {
    &EMBEDDED
}

/// Scores of all blocks of a page.
pub(super) fn scores(scorer: &Scorer, blocks: &Blocks) -> Vec<f32> {
    let mut columns = vec![[0.0; LANES]; features::count()];
    let mut scores = Vec::with_capacity(blocks.items.len() + LANES);
    for first in (0..blocks.items.len()).step_by(LANES) {
        blocks.fill(first, &mut columns);
        scores.extend(scorer.scores(&columns));
    }
    scores.truncate(blocks.items.len());
    scores
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_in_the_program_is_read_and_small() {
        let forest = Forest::parse(MODEL, &features::names()).expect("a model");
        assert!(!forest.trees.is_empty());
        assert!(MODEL.len() <= 60_000, "{} bytes", MODEL.len());
    }
}
