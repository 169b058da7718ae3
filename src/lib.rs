//! pagegate stands between a crawler and a publishing pipeline.
//!
//! It receives scraped pages, names every piece of junk in them with its exact place, says what to do
//! with the page, and hands back the page without the junk.
//!
//! The data goes one way, and a module imports only from those before it:
//! `limits → page → finding → rule → layout → detect → verdict → engine → example → eval → train → review →
//! store → proto → fault → gate → serving → web → grpc → http → config → cli → main`; `metrics`, `telemetry` and `shutdown` are leaves.
//! `docs/architecture.md` tells what each room is for, `tests/house.rs` holds the code against it.
//!
//! # Invariants
//!
//! 1. `page` to `engine` do no I/O but for loading rules, take no locks, know no clock and no async.
//!    Budgets count steps, never time. The same page, rules and policy give the same answer.
//! 2. A detector sees placed items and the rule set, never another detector's findings. Only `verdict`
//!    turns findings into decisions.
//! 3. Domain types are not wire types: proto and TOML have their own, converted at the edge.
//!    `tonic::Status` stays in `grpc`, clap in `cli` (and the names of values in `config`).
//! 4. Spans refer to what was sent, on character boundaries, whatever folding did.
//! 5. Rule ids are an interface: retired, never renamed. Adding a rule is adding one file; adding a
//!    detector is one file and its line in the list.
//! 6. Every loop over hostile input has a bound from [`limits`]; the bound appears in the error or in
//!    `failures`.
//!
//! The front door is [`engine::check`].

pub mod limits;

pub mod page;

pub mod finding;

pub mod rule;

pub mod layout;

pub mod detect;

pub mod verdict;

pub mod engine;

pub mod example;

pub mod eval;

pub mod train;

pub mod review;

pub mod store;

pub mod proto;

pub mod fault;

pub mod gate;

pub mod serving;

pub mod web;

pub mod grpc;

pub mod http;

pub mod config;

pub mod cli;

pub mod metrics;
pub mod shutdown;
pub mod telemetry;
