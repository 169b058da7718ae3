//! The command line: arguments in, text out, exit codes.

mod check;
mod config;
mod corpus;
mod eval;
mod input;
mod keys;
mod pool;
mod progress;
mod report;
mod review;
mod rules;
mod sarif;
mod serve;
mod summary;
mod train;

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use crate::{
    config::{self as configuration, Config, Flag, Loaded},
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
    /// Measure on labelled texts and pages
    Eval(eval::Arguments),
    /// Fit the model of the main text on labelled pages
    Train(train::Arguments),
    /// Serve gRPC and HTTP
    Serve(serve::Arguments),
    /// Look at the pages that wait for a person, and decide
    Review(Box<review::Arguments>),
    /// Make, list and revoke API keys
    Keys(keys::Arguments),
    /// Print the configuration in force, and where each value came from
    Config(config::Arguments),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
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
        Command::Eval(arguments) => eval::run(common, arguments),
        Command::Train(arguments) => train::run(common, arguments),
        Command::Serve(arguments) => serve::run(common, arguments),
        Command::Review(arguments) => review::run(arguments),
        Command::Keys(arguments) => keys::run(common, arguments),
        Command::Config(arguments) => config::run(common, arguments),
        Command::Completions { shell } => completions(*shell),
    };
    match done {
        Ok(code) => code,
        // The reader of our output left: nothing is wrong.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error may be closed, too.
            let _ = writeln!(std::io::stderr(), "pagegate: {error:#}");
            ExitCode::from(ERROR)
        }
    }
}

/// Written at once: the generator panics where a write fails.
fn completions(shell: clap_complete::Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "pagegate", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let of = |it: &(dyn std::error::Error + 'static)| it.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    error.chain().any(|it| of(it) == Some(std::io::ErrorKind::BrokenPipe))
}

impl Common {
    /// The configuration: the file, the environment, the flags.
    fn config(&self) -> anyhow::Result<Config> {
        Ok(self.loaded()?.config)
    }

    /// The configuration, and where its values came from.
    fn loaded(&self) -> anyhow::Result<Loaded> {
        self.loaded_with([])
    }

    /// The same, with flags of one command.
    fn loaded_with(&self, more: impl IntoIterator<Item = Flag>) -> anyhow::Result<Loaded> {
        let environment =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, lossy(value))));
        let rules = self.rules.as_ref().map(|it| Flag {
            name: "--rules",
            key: "rules.directory",
            value: it.display().to_string(),
        });
        let profile = self.profile.map(|it| Flag {
            name: "--profile",
            key: "policy.profile",
            value: it.profile().name().to_owned(),
        });
        let flags: Vec<Flag> = rules.into_iter().chain(profile).chain(more).collect();
        let mut loaded = configuration::load(self.config.as_deref(), environment, &flags)?;
        if self.rules.is_some() {
            // As it was given: a path may be no UTF-8.
            loaded.config.rules.directory.clone_from(&self.rules);
        }
        Ok(loaded)
    }
}

impl ProfileName {
    fn profile(self) -> Profile {
        match self {
            Self::News => Profile::News,
            Self::Observe => Profile::Observe,
        }
    }
}

fn lossy(value: std::ffi::OsString) -> String {
    value.into_string().unwrap_or_else(|it| it.to_string_lossy().into_owned())
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
