//! `pagegate check`.

use std::{
    io::{self, Write, stderr, stdout},
    num::NonZero,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    thread,
};

use clap::ValueEnum;

use super::{
    Common, ERROR, FLAGGED,
    input::{self, Input, Place},
    pool,
    progress::Progress,
    report, sarif,
    summary::Summary,
};
use crate::{
    engine::{CheckResult, Include},
    finding::Effect,
    gate::Gate,
    limits,
    page::Page,
    proto,
    verdict::Verdict,
};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Files (.html, .txt, .jsonl, each also .gz), directories, or - for standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Exit with 1 when a page has this verdict or a harder one
    #[arg(long, value_enum, default_value_t, value_name = "VERDICT")]
    fail_on: Bar,
    /// Threads; by default one for each core. Results come in the order of the input all the same
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=limits::JOBS))]
    jobs: Option<u16>,
    /// Print findings, pages and the strongest effect of each rule at the end; to standard error unless as text
    #[arg(long)]
    summary: bool,
    /// Show no progress on the terminal
    #[arg(long)]
    no_progress: bool,
    #[command(flatten)]
    rendering: Rendering,
}

/// How a page is printed.
#[derive(Clone, Copy, clap::Args)]
struct Rendering {
    /// How to print results
    #[arg(long, value_enum, default_value_t)]
    format: Format,
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
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
}

#[derive(Clone, Copy, Default, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Bar {
    AcceptCleaned,
    #[default]
    Review,
    Reject,
    Never,
}

impl Bar {
    fn verdict(self) -> Option<Verdict> {
        match self {
            Self::AcceptCleaned => Some(Verdict::AcceptCleaned),
            Self::Review => Some(Verdict::Review),
            Self::Reject => Some(Verdict::Reject),
            Self::Never => None,
        }
    }
}

/// A page of the input, as it goes to the output.
struct Checked {
    name: String,
    path: PathBuf,
    answer: anyhow::Result<Answer>,
}

/// What is kept of a result.
struct Answer {
    verdict: Verdict,
    would_be_verdict: Option<Verdict>,
    /// Rules and effects of the findings.
    findings: Vec<(String, Effect)>,
    /// The result as printed, without what stands between results.
    text: Vec<u8>,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let gate = Arc::new(super::gate(&common.config()?)?);
    let rendering = arguments.rendering;
    let mut output = Output {
        out: anstream::AutoStream::auto(stdout().lock()),
        format: rendering.format,
        progress: if arguments.no_progress { Progress::hidden() } else { Progress::of(&arguments.paths) },
        counts: Counts::default(),
        summary: Summary::default(),
        is_first: true,
    };
    output.begin(&gate)?;
    let paths = arguments.paths.clone();
    let jobs = arguments.jobs.map_or_else(cores, usize::from);
    pool::in_order(
        jobs,
        move |give| input::each(&paths, give),
        move |input| check(&gate, rendering, input),
        |it| output.take(it),
    )?;
    output.end(arguments.summary)?;
    Ok(ExitCode::from(output.counts.exit_code(arguments.fail_on.verdict())))
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

fn check(gate: &Gate, rendering: Rendering, input: Input) -> Checked {
    let Input { name, page, place } = input;
    let page = page.and_then(|draft| Ok(Page::try_new(draft)?));
    let answer = page.and_then(|page| answer(gate, rendering, &name, &place, &page));
    Checked { name, path: place.path, answer }
}

fn answer(gate: &Gate, rendering: Rendering, name: &str, place: &Place, page: &Page) -> anyhow::Result<Answer> {
    let cleaned_html = rendering.cleaned && matches!(rendering.format, Format::Json | Format::Jsonl);
    let result = gate.check(page, Include { items: rendering.items, cleaned_html });
    let findings = result.findings.iter().map(|it| (it.judged.finding.rule_id.to_string(), it.judged.effect)).collect();
    Ok(Answer {
        verdict: result.verdict,
        would_be_verdict: result.would_be_verdict,
        findings,
        text: render(rendering, name, place, page, result)?,
    })
}

fn render(
    rendering: Rendering,
    name: &str,
    place: &Place,
    page: &Page,
    result: CheckResult,
) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    match rendering.format {
        Format::Text => report::write(&mut text, name, &result, rendering.verbose, rendering.cleaned)?,
        Format::Json => serde_json::to_writer(&mut text, &proto::result(page, result))?,
        Format::Jsonl => {
            serde_json::to_writer(&mut text, &proto::result(page, result))?;
            text.push(b'\n');
        }
        Format::Sarif => text = sarif::results(place, page, &result)?.into_bytes(),
    }
    Ok(text)
}

/// What is written, in the order of the input.
struct Output<W> {
    out: W,
    format: Format,
    progress: Progress,
    counts: Counts,
    summary: Summary,
    is_first: bool,
}

impl<W: Write> Output<W> {
    fn begin(&mut self, gate: &Gate) -> anyhow::Result<()> {
        match self.format {
            Format::Json => self.out.write_all(b"[")?,
            Format::Sarif => self.out.write_all(sarif::head(&gate.in_force().rules)?.as_bytes())?,
            Format::Text | Format::Jsonl => {}
        }
        Ok(())
    }

    fn take(&mut self, checked: Checked) -> anyhow::Result<()> {
        self.progress.page(&checked.path);
        match checked.answer {
            Ok(answer) => {
                self.counts.add(answer.would_be_verdict.unwrap_or(answer.verdict), answer.verdict);
                self.summary.add(&answer.findings);
                self.write(&answer.text)?;
            }
            Err(error) => {
                self.counts.errors += 1;
                // One bad page never stops the rest; nor does a standard error that nobody reads.
                let _ = self.progress.aside(|| writeln!(stderr(), "pagegate: {}: {error:#}", checked.name));
            }
        }
        Ok(())
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let between: &[u8] = match self.format {
            Format::Text | Format::Jsonl => b"",
            Format::Json | Format::Sarif if self.is_first => b"\n",
            Format::Json | Format::Sarif => b",\n",
        };
        self.is_first = false;
        let out = &mut self.out;
        self.progress.aside(|| {
            out.write_all(between)?;
            out.write_all(text)
        })
    }

    fn end(&mut self, summary: bool) -> anyhow::Result<()> {
        self.progress = Progress::hidden();
        match self.format {
            Format::Json => self.out.write_all(b"\n]\n")?,
            Format::Text => self.counts.write(&mut self.out)?,
            Format::Jsonl => {}
            Format::Sarif => self.out.write_all(sarif::tail(self.counts.errors == 0)?.as_bytes())?,
        }
        match self.format {
            _ if !summary => {}
            Format::Text => self.summary.write(&mut self.out)?,
            Format::Json | Format::Jsonl | Format::Sarif => self.summary.write(&mut stderr())?,
        }
        Ok(self.out.flush()?)
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

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let counts = Verdict::ALL.iter().zip(self.shown).filter(|(_, count)| *count > 0);
        let mut parts: Vec<String> = counts.map(|(verdict, count)| format!("{count} {}", verdict.name())).collect();
        if self.errors > 0 {
            parts.push(format!("{} could not be read", self.errors));
        }
        let pages = if self.total() == 1 { "page" } else { "pages" };
        writeln!(out, "{} {pages}: {}", self.total(), parts.join(", "))
    }

    fn exit_code(&self, bar: Option<Verdict>) -> u8 {
        match (self.hardest, bar) {
            _ if self.errors > 0 => ERROR,
            (Some(hardest), Some(bar)) if hardest >= bar => FLAGGED,
            _ => 0,
        }
    }
}
