//! The memory that a page takes, counted byte for byte: `cargo bench --bench memory`. Ends with a line of JSON for
//! the bench `ratios`.
//!
//! A buffer that grows counts twice while it moves, which not every allocator needs.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people at a terminal")]

#[path = "../../tests/common/hostile.rs"]
mod hostile;
#[path = "../shared/mod.rs"]
mod shared;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Parser;
use pagegate::{
    limits,
    page::{Page, PageDraft},
    proto::{self, CheckPageRequest, CheckPageResponse},
};
use peak_alloc::PeakAlloc;
use prost::Message as _;

use shared::{Engine, clock::Spread, corpus::Corpus, server};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Pages that are named for what they take.
const WORST: usize = 5;

/// Memory that pages take
#[derive(Parser)]
struct Arguments {
    /// Pages to measure, as JSONL with `id` and `html_file` [default: pages/bench.jsonl of the labelled data]
    #[arg(long, value_name = "FILE")]
    pages: Option<PathBuf>,
    /// Given by `cargo bench` to every bench; means nothing here
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
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
    // What is made at first use and stays, such as the model and the caches of patterns, belongs to no page.
    for page in &corpus.pages {
        in_flight(&engine, &server::html(&page.id, &page.html))?;
    }
    let mut multiples = Vec::new();
    for page in &corpus.pages {
        // A cache that happens to grow at this page belongs to none, either.
        let measure = || in_flight(&engine, &server::html(&page.id, &page.html));
        let most = measure()?.min(measure()?);
        // The service counts this much for any call beside the multiple of its bytes.
        let beyond = most.saturating_sub(limits::CALL_BYTES);
        multiples.push((float(beyond) / float(page.html.len().max(1)), page.id.as_str(), page.html.len()));
    }
    multiples.sort_by(|a, b| b.0.total_cmp(&a.0));
    let median = Spread::of(multiples.iter().map(|it| it.0)).median;
    let beyond = multiples.iter().filter(|it| it.0 > float(limits::MEMORY_PER_BYTE)).count();
    println!("{}: a page in flight takes {median:.2} × its bytes (median), {beyond} take more than 6 ×", corpus.name);
    for (multiple, id, bytes) in multiples.iter().take(WORST) {
        println!("  {multiple:.2} × {bytes} bytes: {id}");
    }
    let (most, most_id, _) = multiples.first().copied().context("no pages")?;
    let (bytes, name) = worst(&engine);
    println!("worst hostile page: {name}, {:.1} MiB beyond its own bytes", float(bytes) / float(1 << 20));
    let counted = serde_json::json!({
        "hostile_name": name, "hostile_bytes": bytes,
        "in_flight_median": median, "in_flight_beyond": beyond, "in_flight_most": most, "in_flight_most_id": most_id,
    });
    println!("{counted}");
    Ok(())
}

/// The most bytes that are held at a time from the arrival of a message to its answer: message, page, check, answer.
fn in_flight(engine: &Engine, page: &proto::Page) -> anyhow::Result<usize> {
    let request = CheckPageRequest { page: Some(page.clone()), ..CheckPageRequest::default() };
    let encoded = request.encode_to_vec();
    drop(request);
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let received = encoded.clone();
    let request = CheckPageRequest::decode(received.as_slice())?;
    drop(received);
    let page = Page::try_new(proto::draft(request.page.unwrap_or_default()))?;
    let result = proto::result(&page, engine.check(&page));
    let answer = CheckPageResponse { result: Some(result) }.encode_to_vec();
    std::hint::black_box(answer);
    Ok(ALLOCATOR.peak_usage().saturating_sub(before))
}

/// The hostile page that takes most beyond its own bytes.
fn worst(engine: &Engine) -> (usize, String) {
    let mut worst = (0, String::new());
    for (name, draft) in hostile::cases() {
        let fragment = hostile::as_fragment(draft.clone()).map(|it| (format!("{name}, as a fragment"), it));
        for (name, draft) in [(name.to_owned(), draft)].into_iter().chain(fragment) {
            if let Some(bytes) = beyond_its_own(engine, draft)
                && bytes > worst.0
            {
                worst = (bytes, name);
            }
        }
    }
    worst
}

fn beyond_its_own(engine: &Engine, draft: PageDraft) -> Option<usize> {
    let page = Page::try_new(draft).ok()?;
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    std::hint::black_box(engine.check(&page));
    Some(ALLOCATOR.peak_usage().saturating_sub(before))
}

#[allow(clippy::cast_precision_loss, reason = "bytes of pages are far below 2^52")]
fn float(bytes: usize) -> f64 {
    bytes as f64
}
