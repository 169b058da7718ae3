//! `pagegate check`.

use std::{
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

use clap::ValueEnum;

use super::{
    Common, ERROR, FLAGGED,
    input::{self, Input},
    report,
};
use crate::{engine::Include, gate::Gate, page::Page, proto, verdict::Verdict};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Files (.html, .txt, .jsonl, each also .gz), directories, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to print results
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Exit with 1 when a page has this verdict or a harder one
    #[arg(long, value_enum, default_value_t, value_name = "VERDICT")]
    fail_on: Bar,
    /// Print notes, too
    #[arg(short, long)]
    verbose: bool,
    /// Print the cleaned page, too
    #[arg(long)]
    cleaned: bool,
    /// Put the items with their places into json and jsonl
    #[arg(long)]
    items: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// An array of results in proto3 JSON
    Json,
    /// A result in proto3 JSON a line
    Jsonl,
}

#[derive(Clone, Copy, Default, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Bar {
    AcceptCleaned,
    #[default]
    Review,
    Reject,
}

impl Bar {
    fn verdict(self) -> Verdict {
        match self {
            Self::AcceptCleaned => Verdict::AcceptCleaned,
            Self::Review => Verdict::Review,
            Self::Reject => Verdict::Reject,
        }
    }
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let gate = super::gate(&common.config()?)?;
    let mut run = Run { gate, arguments, counts: Counts::default() };
    let mut out = anstream::AutoStream::auto(stdout().lock());
    if arguments.format == Format::Json {
        write!(out, "[")?;
    }
    input::each(&arguments.paths, |input| run.check(&mut out, input))?;
    match arguments.format {
        Format::Json => writeln!(out, "\n]")?,
        Format::Text => run.counts.write(&mut out)?,
        Format::Jsonl => {}
    }
    out.flush()?;
    Ok(ExitCode::from(run.counts.exit_code(arguments.fail_on.verdict())))
}

struct Run<'a> {
    gate: Gate,
    arguments: &'a Arguments,
    counts: Counts,
}

impl Run<'_> {
    fn check(&mut self, out: &mut impl Write, input: Input) -> anyhow::Result<()> {
        let page = match input.page.and_then(|draft| Ok(Page::try_new(draft)?)) {
            Ok(page) => page,
            Err(error) => {
                self.counts.errors += 1;
                // One bad page never stops the rest.
                anstream::eprintln!("pagegate: {}: {error:#}", input.name);
                return Ok(());
            }
        };
        let include = Include {
            items: self.arguments.items,
            cleaned_html: self.arguments.cleaned && self.arguments.format != Format::Text,
        };
        let result = self.gate.check(&page, include);
        let first = self.counts.total() == 0;
        self.counts.add(result.would_be_verdict.unwrap_or(result.verdict), result.verdict);
        match self.arguments.format {
            Format::Text => report::write(out, &input.name, &result, self.arguments.verbose, self.arguments.cleaned)?,
            Format::Json => {
                write!(out, "{}", if first { "\n" } else { ",\n" })?;
                serde_json::to_writer(&mut *out, &proto::result(&page, result))?;
            }
            Format::Jsonl => {
                serde_json::to_writer(&mut *out, &proto::result(&page, result))?;
                writeln!(out)?;
            }
        }
        Ok(())
    }
}

/// Pages by verdict.
#[derive(Default)]
struct Counts {
    shown: [usize; Verdict::ALL.len()],
    hardest: Option<Verdict>,
    errors: usize,
}

impl Counts {
    fn add(&mut self, shown: Verdict, answered: Verdict) {
        self.shown[shown as usize] += 1;
        self.hardest = self.hardest.max(Some(answered));
    }

    fn total(&self) -> usize {
        self.shown.iter().sum()
    }

    fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        let counts = Verdict::ALL.iter().zip(self.shown).filter(|(_, count)| *count > 0);
        let mut parts: Vec<String> = counts.map(|(verdict, count)| format!("{count} {}", verdict.name())).collect();
        if self.errors > 0 {
            parts.push(format!("{} could not be read", self.errors));
        }
        let pages = if self.total() == 1 { "page" } else { "pages" };
        writeln!(out, "{} {pages}: {}", self.total(), parts.join(", "))
    }

    fn exit_code(&self, bar: Verdict) -> u8 {
        match self.hardest {
            _ if self.errors > 0 => ERROR,
            Some(hardest) if hardest >= bar => FLAGGED,
            _ => 0,
        }
    }
}
