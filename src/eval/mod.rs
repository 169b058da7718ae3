//! What the engine does on labelled texts and pages, in figures.
//!
//! [`row`] reads labelled rows, [`case`] checks one of them and keeps what came of it, [`parallel`]
//! does so on all cores in order, [`metrics`] counts, [`report`] gathers the figures and [`compare`]
//! sets two reports side by side, [`floor`] keeps what a run reached. Pure: the caller reads the files and prints the tables.
//!
//! To measure something more, add it to [`case::Outcome`] and count it in [`report::Report`].

pub mod case;
pub mod compare;
pub mod floor;
pub mod furniture;
pub mod metrics;
pub mod parallel;
pub mod report;
pub mod row;

pub use case::{Case, Outcome};
pub use report::Report;
