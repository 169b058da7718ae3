//! pagegate stands between a crawler and a publishing pipeline.
pub mod limits;
pub mod page;
pub mod finding;
pub mod rule;
pub mod layout;
pub mod detect;
pub mod verdict;
pub mod engine;
pub mod example;
pub mod cli;
pub mod gate;
pub mod proto;
pub mod grpc;
pub mod config;
pub mod telemetry;
pub mod shutdown;
