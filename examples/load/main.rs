//! A load test of our own, against a server that it starts and always ends itself.
//!
//! Arrivals follow a fixed schedule and latency counts from the scheduled arrival, so a server that stalls cannot
//! hide it by slowing the client down (coordinated omission). Requests, time and outstanding calls are bounded, and
//! no address but loopback is ever called. Client and server share the machine, but no core of it, where there are two.
//!
//! ```text
//! cargo build --release --bin pagegate
//! cargo run --release --example load -- overload --seconds 60
//! cargo run --release --example load -- restarts --restarts 50
//! ```
//!
//! Exit code 0: every goal is met; 1: one is missed; 2: the test could not run.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people at a terminal")]

mod client;
mod cores;
mod open_loop;
mod overload;
mod pages;
mod report;
mod restarts;
mod server;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::Parser;

use report::Report;

/// Load test of pagegate on loopback, with a server of its own
#[derive(Parser)]
struct Arguments {
    /// The pagegate program [default: target/release/pagegate]
    #[arg(long, global = true, value_name = "PATH")]
    server: Option<PathBuf>,
    /// Sets `PAGEGATE__SERVE__MAX_BYTES_IN_FLIGHT` for the server; its environment is passed on as it is
    #[arg(long, global = true, value_name = "SIZE")]
    max_bytes_in_flight: Option<String>,
    /// Lets the servers and the client run on any core, and so take time from each other
    #[arg(long, global = true)]
    shared_cores: bool,
    /// Ends with all figures as one line of JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    mode: Mode,
}

#[derive(clap::Subcommand)]
enum Mode {
    /// Finds the best goodput, then sends three times as much, then half of it
    Overload(overload::Options),
    /// Restarts two servers in turn under load, with a client that retries
    Restarts(restarts::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(report) => {
            if arguments.json {
                println!("{}", report.json());
            }
            if report.every_goal_is_met() { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Report> {
    let program = program(arguments.server.as_deref())?;
    let cores = if arguments.shared_cores { None } else { cores::Cores::split()? };
    let launch = server::Launch::new(program, arguments.max_bytes_in_flight.clone(), cores);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(async {
        // When the test is asked to stop, its servers are dropped, and so ended, like at any other exit.
        tokio::select! {
            ended = mode(&arguments.mode, &launch) => ended,
            () = pagegate::shutdown::requested() => bail!("stopped by a signal"),
        }
    })
}

async fn mode(mode: &Mode, launch: &server::Launch) -> anyhow::Result<Report> {
    match mode {
        Mode::Overload(options) => overload::run(options, launch).await,
        Mode::Restarts(options) => restarts::run(options, launch).await,
    }
}

/// The program under test: as named, else the one beside the directory of this example.
fn program(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let program = if let Some(named) = named {
        named.to_owned()
    } else {
        let own = std::env::current_exe().context("find this program")?;
        let target = own.ancestors().nth(3).context("this program is not below target/")?;
        target.join("release").join("pagegate")
    };
    if !program.is_file() {
        bail!("{} is no file: build it with `cargo build --release`, or name it with --server", program.display());
    }
    Ok(program)
}
