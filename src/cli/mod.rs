//! The command line: arguments in, text out, exit codes.

mod rules;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Names the junk in scraped pages, gives a verdict and the page without the junk.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List, explain and test rules
    Rules(rules::Arguments),
}

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Rules(arguments) => rules::run(&arguments),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("pagegate: {error:#}");
            ExitCode::from(2)
        }
    }
}
