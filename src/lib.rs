//! pagegate stands between a crawler and a publishing pipeline.
pub mod limits;
pub mod page;
pub mod finding;
