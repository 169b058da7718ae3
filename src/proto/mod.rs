//! Generated messages and services, and their conversion to and from the words of the engine.

mod convert;
mod review;

#[allow(
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    unnameable_types,
    reason = "generated"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/pagegate.v1.rs"));
    include!(concat!(env!("OUT_DIR"), "/pagegate.v1.serde.rs"));
}

pub use convert::{built_in_rule, draft, explanation, include, junk_kind, page, result, rule};
pub use generated::*;
pub use review::{
    allowance, day, decision, decision_record, detail, event, judgement, millis, origin, proportion, review_item,
    state, timestamp, verdict_counts, work,
};

/// The compiled protos, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
