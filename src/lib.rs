//! pagegate stands between a crawler and a publishing pipeline.
pub mod cli;
pub mod config;
pub mod detect;
pub mod engine;
pub mod example;
pub mod finding;
pub mod gate;
pub mod grpc;
pub mod layout;
pub mod limits;
pub mod page;
pub mod proto;
pub mod rule;
pub mod shutdown;
pub mod telemetry;
pub mod verdict;
