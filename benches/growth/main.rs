//! How cost grows with the size of a page, the number of rules, cores and streams: `cargo bench --bench growth`
//! draws a plot of each to `docs/plots/`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool for people at a terminal")]

#[path = "../shared/mod.rs"]
mod shared;

mod plot;

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use clap::Parser;
use pagegate::{limits, page::Page, proto};

use plot::{Axis, Chart, Scale, Series};
use shared::{
    Engine,
    clock::{self, Spread},
    corpus::Corpus,
    html_page, machine,
    server::{self, Running},
    text_page,
    texts::{self, Text},
    variants,
};

/// Plots of how cost grows
#[derive(Parser)]
struct Arguments {
    /// Pages to measure, as JSONL with `id` and `html_file` [default: pages/bench.jsonl of the labelled data]
    #[arg(long, value_name = "FILE")]
    pages: Option<PathBuf>,
    /// Rounds of each measurement
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// Where the plots go [default: docs/plots of the repository]
    #[arg(long, value_name = "DIRECTORY")]
    plots: Option<PathBuf>,
    /// Given by `cargo bench` to every bench; means nothing here
    #[arg(long, hide = true)]
    bench: bool,
}

/// Numbers of rules, as multiples of those there are.
const RULES: [u32; 5] = [1, 2, 4, 7, 10];
/// Numbers of streams; the server takes at most `limits::OPEN_STREAMS`.
const STREAMS: [usize; 7] = [1, 2, 4, 8, 16, 32, limits::OPEN_STREAMS];
/// Time of one measurement of cores or streams.
const TIME: Duration = Duration::from_millis(700);
/// Most bytes of the pages with which rules and cores are measured, and how many there are.
const PAGES: usize = 100;
/// Pages of a size that are needed for a point.
const PAGES_OF_A_SIZE: usize = 3;

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
    let rounds = usize::from(arguments.rounds);
    let engine = Engine::embedded()?;
    println!("{}\n{}, {rounds} rounds", machine::describe(), corpus.name);
    let folder = match &arguments.plots {
        Some(folder) => folder.clone(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/plots"),
    };
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let step = corpus.pages.len().div_ceil(PAGES).max(1);
    let pages: Vec<Page> =
        corpus.pages.iter().step_by(step).map(|it| html_page(&it.id, &it.html)).collect::<anyhow::Result<_>>()?;
    draw(&folder, "page-size", &page_size(&engine, &corpus, rounds)?)?;
    draw(&folder, "rules", &rules(&engine, &pages, rounds)?)?;
    draw(&folder, "cores", &cores(&engine, &pages, rounds)?)?;
    draw(&folder, "streams", &streams(&corpus, rounds)?)
}

/// Writes a plot, and its points for those who want the numbers.
fn draw(folder: &Path, name: &str, chart: &Chart) -> anyhow::Result<()> {
    println!("\n{}: {} → {}", chart.title, chart.x.label, chart.y.label);
    for series in &chart.series {
        let points: Vec<String> = series.points.iter().map(|(x, y)| format!("{x:.0}: {y:.3}")).collect();
        println!("  {}: {}", series.name, points.join(", "));
    }
    let file = folder.join(name).with_extension("svg");
    fs::write(&file, chart.svg()).with_context(|| format!("write {}", file.display()))
}

/// Time of a full check by the size of the page: real pages in groups, and texts made longer.
fn page_size(engine: &Engine, corpus: &Corpus, rounds: usize) -> anyhow::Result<Chart> {
    let mut pages: Vec<(f64, f64)> = Vec::new();
    for it in &corpus.pages {
        let page = html_page(&it.id, &it.html)?;
        let times = (0..rounds).map(|_| clock::seconds(|| engine.check(&page)));
        pages.push((float(it.html.len()), Spread::of(times).median * 1e3));
    }
    let mut long_texts = Vec::new();
    let mut bytes = 1_000;
    while bytes <= limits::PAGE_BYTES {
        let page = text_page("long", "", &long_text(bytes))?;
        let times = (0..rounds).map(|_| clock::seconds(|| engine.check(&page)));
        long_texts.push((float(bytes), Spread::of(times).median * 1e3));
        bytes *= 4;
    }
    Ok(Chart {
        title: "Time of a full check by size of the page".to_owned(),
        x: Axis { label: "bytes of the page", scale: Scale::Logarithmic },
        y: Axis { label: "ms on one core", scale: Scale::Logarithmic },
        series: vec![
            Series { name: "HTML pages, median of those of a size", points: grouped(&pages) },
            Series { name: "texts", points: long_texts },
        ],
    })
}

/// Medians of groups, each of sizes up to twice the least.
fn grouped(pages: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    let mut low = 1_000.0;
    while low < float(limits::PAGE_BYTES) {
        let group: Vec<&(f64, f64)> = pages.iter().filter(|it| (low..low * 2.0).contains(&it.0)).collect();
        if group.len() >= PAGES_OF_A_SIZE {
            let bytes = Spread::of(group.iter().map(|it| it.0)).median;
            points.push((bytes, Spread::of(group.iter().map(|it| it.1)).median));
        }
        low *= 2.0;
    }
    points
}

/// Paragraphs of the clean texts, one of each language in turn, so that a longer text is more of the same; in each
/// further round a paragraph begins a few words later and goes on with its beginning, so that none comes twice.
fn long_text(bytes: usize) -> String {
    let clean: Vec<Text> = texts::all().into_iter().filter(|it| it.name.ends_with("clean")).collect();
    let texts: Vec<Vec<&str>> = clean.iter().map(|it| it.body.split("\n\n").collect()).collect();
    let mut long = String::with_capacity(bytes + 4_096);
    for number in 0.. {
        if long.len() >= bytes {
            break;
        }
        for paragraphs in &texts {
            let paragraph = paragraphs[number % paragraphs.len()];
            let mut words: Vec<&str> = paragraph.split_inclusive([' ', '。', '、']).collect();
            let first = number / paragraphs.len() * 3 % words.len();
            words.rotate_left(first);
            long += words.concat().trim();
            long += "\n\n";
        }
    }
    long.truncate(long.floor_char_boundary(bytes));
    long
}

/// Time of a full check with more and more rules.
fn rules(engine: &Engine, pages: &[Page], rounds: usize) -> anyhow::Result<Chart> {
    let texts: Vec<Page> =
        texts::all().iter().map(|it| text_page(&it.name, &it.title, &it.body)).collect::<anyhow::Result<_>>()?;
    let mut series =
        [Series { name: "HTML pages", points: Vec::new() }, Series { name: "texts of 5 kB", points: Vec::new() }];
    for times in RULES {
        let many = Engine::with(variants::rules(times)?)?;
        let count = float(many.rules.rules().len());
        for (series, (pages, repeats)) in series.iter_mut().zip([(pages, 1), (&texts, 50)]) {
            let run = |engine: &Engine| (0..repeats).for_each(|_| check(engine, pages));
            let seconds = clock::in_turn(rounds, &mut [&mut || run(engine), &mut || run(&many)]);
            series.points.push((count, Spread::ratio(&seconds[1], &seconds[0]).median));
        }
    }
    Ok(Chart {
        title: "Time of a full check by number of rules".to_owned(),
        x: Axis { label: "rules", scale: Scale::Linear },
        y: Axis { label: "time, the rules of now = 1", scale: Scale::Linear },
        series: series.into(),
    })
}

fn check(engine: &Engine, pages: &[Page]) {
    for page in pages {
        std::hint::black_box(engine.check(page));
    }
}

/// Pages per second by number of threads, up to twice the number of cores.
fn cores(engine: &Engine, pages: &[Page], rounds: usize) -> anyhow::Result<Chart> {
    let cores = thread::available_parallelism().context("number of cores")?.get();
    let mut points = Vec::new();
    for threads in 1..=cores * 2 {
        let rates = (0..rounds).map(|_| rate(engine, pages, threads));
        points.push((float(threads), Spread::of(rates).median));
    }
    Ok(Chart {
        title: format!("Pages per second by number of threads, on {cores} cores"),
        x: Axis { label: "threads", scale: Scale::Linear },
        y: Axis { label: "HTML pages per second", scale: Scale::Linear },
        series: vec![Series { name: "full checks", points }],
    })
}

/// Pages per second of so many threads, each with all pages.
fn rate(engine: &Engine, pages: &[Page], threads: usize) -> f64 {
    let start = Instant::now();
    let counts: Vec<u32> = thread::scope(|scope| {
        let work = || {
            let mut count = 0;
            for page in pages.iter().cycle() {
                if start.elapsed() >= TIME {
                    break;
                }
                std::hint::black_box(engine.check(page));
                count += 1;
            }
            count
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().map(|it| it.join().expect("a check does not panic")).collect()
    });
    f64::from(counts.iter().sum::<u32>()) / start.elapsed().as_secs_f64()
}

/// Pages per second of a server by number of streams.
fn streams(corpus: &Corpus, rounds: usize) -> anyhow::Result<Chart> {
    let texts: Vec<proto::Page> = texts::all().iter().map(|it| server::text(&it.name, &it.title, &it.body)).collect();
    let html: Vec<proto::Page> =
        corpus.nearest(150_000, 8).into_iter().map(|it| server::html(&it.id, &it.html)).collect();
    let bound = thread::spawn(move || {
        let runtime = server::runtime()?;
        runtime.block_on(async { anyhow::Ok([by_streams(&texts, rounds).await?, by_streams(&html, rounds).await?]) })
    });
    let [texts, html] = bound.join().map_err(|_| anyhow::anyhow!("the thread of the server panicked"))??;
    Ok(Chart {
        title: "Pages per second by number of streams, client and server on two cores".to_owned(),
        x: Axis { label: "streams open at a time", scale: Scale::Logarithmic },
        y: Axis { label: "pages per second", scale: Scale::Logarithmic },
        series: vec![
            Series { name: "HTML pages of 150 kB", points: html },
            Series { name: "texts of 5 kB", points: texts },
        ],
    })
}

async fn by_streams(pages: &[proto::Page], rounds: usize) -> anyhow::Result<Vec<(f64, f64)>> {
    let running = Running::pagegate(Engine::embedded()?).await?;
    let clients = running.clients()?;
    let mut points = Vec::new();
    for streams in STREAMS {
        let mut rates = Vec::new();
        for _ in 0..rounds {
            rates.push(clients.stream(pages, streams, TIME).await?);
        }
        points.push((float(streams), Spread::of(rates).median));
    }
    drop(clients);
    running.stop().await?;
    Ok(points)
}

#[allow(clippy::cast_precision_loss, reason = "counts and bytes are far below 2^52")]
fn float(count: usize) -> f64 {
    count as f64
}
