//! Logs: constant messages with fields, as text or JSON, to standard error. Never the text of a page
//! above debug.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, filter::ParseError};

/// Starts logging. `filter` holds a level or directives.
pub fn start(json: bool, filter: &str) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(filter)?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        logs.json().flatten_event(true).init();
    } else {
        logs.with_ansi(std::io::stderr().is_terminal()).with_target(false).init();
    }
    Ok(())
}
