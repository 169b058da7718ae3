//! The command line: arguments in, text out, exit codes.

mod check;
mod input;
mod report;
mod rules;
mod serve;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    config::Config,
    gate::{Gate, Sources},
    verdict::policy::Profile,
};

/// Names the junk in scraped pages, gives a verdict and the page without the junk.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(clap::Args)]
struct Common {
    /// Configuration file
    #[arg(long, global = true, value_name = "FILE", env = "PAGEGATE_CONFIG")]
    config: Option<PathBuf>,
    /// Directory with rules that add to those in the binary, or replace them by id
    #[arg(long, global = true, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// What the policy is for: `news` decides, `observe` only says what it would decide
    #[arg(long, global = true, value_name = "NAME")]
    profile: Option<ProfileName>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ProfileName {
    News,
    Observe,
}

#[derive(Subcommand)]
enum Command {
    /// Check pages: files, directories, JSONL, or - for standard input
    Check(check::Arguments),
    /// List, explain and test rules
    Rules(rules::Arguments),
    /// Serve gRPC
    Serve(serve::Arguments),
}

/// Exit code for findings at or above the bar.
const FLAGGED: u8 = 1;
/// Exit code for errors of usage, configuration or input.
const ERROR: u8 = 2;

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let common = &arguments.common;
    let done = match &arguments.command {
        Command::Check(arguments) => check::run(common, arguments),
        Command::Rules(arguments) => rules::run(common, arguments),
        Command::Serve(arguments) => serve::run(common, arguments),
    };
    match done {
        Ok(code) => code,
        // The reader of our output left: nothing is wrong.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("pagegate: {error:#}");
            ExitCode::from(ERROR)
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|it| it.kind() == std::io::ErrorKind::BrokenPipe)
}

impl Common {
    /// The configuration, the flags before the file.
    fn config(&self) -> anyhow::Result<Config> {
        let mut config = match &self.config {
            Some(path) => Config::from_file(path)?,
            None => Config::default(),
        };
        if let Some(directory) = &self.rules {
            config.rules.directory = Some(directory.clone());
        }
        match self.profile {
            Some(ProfileName::News) => config.policy.profile = Profile::News,
            Some(ProfileName::Observe) => config.policy.profile = Profile::Observe,
            None => {}
        }
        Ok(config)
    }
}

/// The gate a configuration names.
fn gate(config: &Config) -> anyhow::Result<Gate> {
    Gate::open(sources(config)).context("load rules and policy")
}

/// Where a configuration has rules and policy.
fn sources(config: &Config) -> Sources {
    Sources {
        rules_directory: config.rules.directory.clone(),
        policy_table: config.policy.table.clone(),
        profile: config.policy.profile,
        source_rows: config.sources.clone(),
    }
}
