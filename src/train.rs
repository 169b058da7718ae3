//! Fitting the model of the main text on labelled pages.
//!
//! [`gold`] labels the blocks of a page by its known body or snippets, [`boost`] fits trees to labelled
//! rows, [`cross`] says how well trees do on sites they were not fitted on. Pure and deterministic: the
//! same pages and the same seed give the same model. The caller reads and writes the files.

pub mod boost;
pub mod cross;
pub mod gold;
