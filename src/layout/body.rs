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

mod fact;
pub mod features;
pub mod forest;
mod like;
mod outline;
mod text;
mod words;

use std::sync::LazyLock;

use features::Rows;
use forest::Forest;

static EMBEDDED: LazyLock<Forest> =
    LazyLock::new(|| Forest::parse(include_str!("body/model.txt"), &features::names()).expect("a test reads it"));

/// The model in the program.
#[must_use]
pub fn embedded() -> &'static Forest {
    &EMBEDDED
}

/// Scores of all blocks of a page.
#[must_use]
pub fn scores(forest: &Forest, rows: &Rows) -> Vec<f32> {
    (0..rows.items.len()).map(|it| forest.score(rows.row(it))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn model_in_the_program_is_read_and_small() {
        let text = include_str!("body/model.txt");
        let forest = Forest::parse(text, &features::names()).expect("a model");
        assert!(!forest.trees.is_empty());
        assert!(text.len() <= 60_000, "{} bytes", text.len());
    }
}
