//! What pagegate costs beside its peers, all ratios in one run.
//!
//! ```text
//! cargo bench --bench ratios
//! cargo bench --bench ratios -- --only pages --rounds 3
//! cargo bench --bench ratios -- --pages FILE.jsonl --json figures.json --markdown
//! cargo bench --bench ratios -- --into docs/performance.md
//! ```
//!
//! The pages are those of `$PAGEGATE_DATA/pages/bench.jsonl`, else of `../shared/data`, else made here. Contenders
//! run in turn, A B A B …; each figure is the median of its rounds, with the least and the most.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people at a terminal")]

#[path = "../shared/mod.rs"]
mod shared;

mod hostile;
mod memory;
mod pages;
mod report;
mod rules;
mod server;
mod texts;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Parser, ValueEnum};

use report::Report;
use shared::{Engine, corpus::Corpus, machine};

/// Ratios of pagegate to its peers
#[derive(Parser)]
struct Arguments {
    /// Pages to measure, as JSONL with `id` and `html_file` [default: pages/bench.jsonl of the labelled data]
    #[arg(long, value_name = "FILE")]
    pages: Option<PathBuf>,
    /// Topics to measure [default: all]
    #[arg(long, value_name = "TOPIC", value_delimiter = ',')]
    only: Vec<Topic>,
    /// Rounds of each comparison
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// Writes all figures to a file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Ends with the table as in docs/performance.md
    #[arg(long)]
    markdown: bool,
    /// Puts the table into a document, in place of all below its heading "Figures"
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
    /// Given by `cargo bench` to every bench; means nothing here
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Topic {
    /// Full checks of pages, beside a tree and an extractor
    Pages,
    /// Full checks of texts, beside a `RegexSet`
    Texts,
    /// A running server, beside an echo
    Server,
    /// Ten times as many rules
    Rules,
    /// The worst hostile page
    Hostile,
    /// Memory that a page takes
    Memory,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let corpus = Corpus::load(arguments.pages.as_deref())?;
    let engine = Engine::embedded()?;
    let rounds = usize::from(arguments.rounds);
    let mut report = Report::new(machine::describe());
    println!("{}", report.machine());
    println!("{}, {:.1} MB; {} rules; {rounds} rounds", corpus.name, mega(corpus.bytes()), engine.rules.rules().len());
    let topics = if arguments.only.is_empty() { Topic::value_variants() } else { &arguments.only };
    for topic in topics {
        match topic {
            Topic::Pages => pages::measure(&engine, &corpus, rounds, &mut report)?,
            Topic::Texts => texts::measure(&engine, rounds, &mut report)?,
            Topic::Server => server::measure(&corpus, rounds, &mut report)?,
            Topic::Rules => rules::measure(&engine, &corpus, rounds, &mut report)?,
            Topic::Hostile => hostile::measure(&engine, &mut report),
            Topic::Memory => memory::measure(arguments.pages.as_deref(), &mut report)?,
        }
    }
    report.print_verdict();
    if arguments.markdown {
        println!("\n{}", report.markdown());
    }
    if let Some(file) = &arguments.into {
        put(&report.markdown(), file).with_context(|| format!("put the table into {}", file.display()))?;
    }
    if let Some(file) = &arguments.json {
        fs::write(file, report.json().to_string()).with_context(|| format!("write {}", file.display()))?;
    }
    Ok(())
}

/// Puts a table between the heading "Figures" of a document and the next heading.
fn put(table: &str, file: &Path) -> anyhow::Result<()> {
    const HEADING: &str = "## Figures\n";
    let text = fs::read_to_string(file)?;
    let (before, after) = text.split_once(HEADING).context("it has no heading \"## Figures\"")?;
    let next = after.find("\n## ").unwrap_or(after.len());
    Ok(fs::write(file, format!("{before}{HEADING}\n{table}{}", &after[next..]))?)
}

#[allow(clippy::cast_precision_loss, reason = "bytes of pages are far below 2^52")]
fn mega(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
