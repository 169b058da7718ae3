//! `pagegate config`.

use std::{
    io::{Write, stdout},
    process::ExitCode,
};

use super::Common;
use crate::config;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Print a file with every key at its default and what it is for
    #[arg(long)]
    default: bool,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let text = if arguments.default { config::default_file() } else { config::effective(&common.loaded()?) };
    stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
