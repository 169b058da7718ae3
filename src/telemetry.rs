//! Logs: constant messages with fields, as text or JSON, to standard error. Never the text of a page
//! above debug.

use anstream::{AutoStream, ColorChoice};
use tracing_subscriber::{EnvFilter, filter::ParseError};

/// Starts logging. `filter` holds a level or directives.
pub fn start(json: bool, filter: &str) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(filter)?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if json {
        logs.json().flatten_event(true).init();
    } else {
        let colours = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
        logs.with_ansi(colours).with_target(false).init();
    }
    Ok(())
}
