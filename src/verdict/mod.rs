//! From findings to a verdict and a cleaned page: the only room that decides.
//!
//! [`policy`] gives each finding its effect, [`judgement`] takes the strongest, [`body`] judges what
//! remains after the cuts, [`clean`] makes the cleaned page and [`markup`] its HTML.

pub mod body;
pub mod clean;
pub mod judgement;
pub mod markup;
pub mod policy;

pub use clean::{Cleaned, Removal};
pub use judgement::{DecidedBy, Judged, Verdict};
pub use policy::{Policy, PolicyError};
