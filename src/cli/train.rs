//! `pagegate train blocks`: fits the model of the main text on labelled pages, and says how well it does
//! on sites it was not fitted on.

use std::{
    collections::BTreeMap,
    fs,
    io::{Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, bail};

use super::{Common, ERROR, corpus::Corpus};
use crate::{
    eval::{
        metrics::{Overlap, Share},
        parallel,
    },
    gate::InForce,
    layout::body::{self, features, scorer::Scorer},
    rule::RuleSet,
    train::{
        boost::Settings,
        cross::{self, Example, Figures},
    },
};

/// Seed of the model that is written.
const SEED: u64 = 2;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Which blocks of an HTML page are main text
    Blocks(Blocks),
}

#[derive(clap::Args)]
struct Blocks {
    /// Files with labelled pages (.jsonl, also .gz); the HTML of pages stands beside them
    #[arg(required = true, value_name = "LABELLED.jsonl")]
    paths: Vec<PathBuf>,
    /// Write the model, fitted on all pages
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Cross-validate so many times, with other parts and other trees each time
    #[arg(long, value_name = "N", default_value_t = 3)]
    seeds: u64,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let What::Blocks(arguments) = &arguments.what;
    let InForce { rules, .. } = super::sources(&common.config()?).load()?;
    let mut corpus = Corpus::read(&arguments.paths);
    let examples = examples(&mut corpus);
    for problem in &corpus.problems {
        anstream::eprintln!("pagegate: {problem}");
    }
    if examples.is_empty() {
        bail!("no page with a known body or snippets in the {} files", arguments.paths.len());
    }
    let mut out = stdout().lock();
    writeln!(out, "{} pages; body F1 and snippets by source", examples.len())?;
    let written = fitted(&mut out, arguments, &examples, &rules)?;
    if let Some(path) = &arguments.out {
        fs::write(path, written).with_context(|| format!("write {}", path.display()))?;
    }
    out.flush()?;
    Ok(if corpus.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(ERROR) })
}

/// Pages of which something of the body is known. One that cannot be read is a problem.
fn examples(corpus: &mut Corpus) -> Vec<Example> {
    let read = |it: &super::corpus::Labelled| Ok(Example::of(&it.case, it.page().with_context(|| it.case.at.clone())?));
    let read: Vec<anyhow::Result<Option<Example>>> = parallel::map(&corpus.cases, read);
    let mut examples = Vec::new();
    for it in read {
        match it {
            Ok(it) => examples.extend(it),
            Err(error) => corpus.problems.push(format!("{error:#}")),
        }
    }
    examples
}

/// Prints all figures and gives the model as it is written.
fn fitted(out: &mut impl Write, arguments: &Blocks, examples: &[Example], rules: &RuleSet) -> anyhow::Result<String> {
    let settings = Settings::default();
    let table = cross::table(examples);
    line(out, "in the program now (may have seen the pages)", &cross::judged(examples, rules, body::embedded()))?;
    let mut all: BTreeMap<String, Figures> = BTreeMap::new();
    for seed in 1..=arguments.seeds {
        let forests = cross::without_each_part(examples, &table, &settings, seed);
        let figures = cross::crossed(examples, rules, &forests, seed);
        line(out, &format!("cross-validated by site, seed {seed}"), &figures)?;
        for (source, it) in figures {
            all.entry(source).or_default().add(it);
        }
    }
    line(out, "cross-validated by site, all seeds", &all)?;
    let forest = cross::fit(examples, &table, &settings, SEED);
    line(out, "fitted on all, judged on the same", &cross::judged(examples, rules, &Scorer::of(&forest)))?;
    Ok(forest.write(&features::names()))
}

fn line(out: &mut impl Write, what: &str, figures: &BTreeMap<String, Figures>) -> anyhow::Result<()> {
    write!(out, "{what}:")?;
    for (source, it) in figures {
        if let Some(overlap) = Overlap::average(&it.overlaps) {
            write!(out, " {source} {:.4} ({:.3}/{:.3})", overlap.f1(), overlap.precision, overlap.recall)?;
        }
        for (name, part) in [("kept", it.kept), ("leaked", it.leaked)] {
            if let Some(share) = Share::of(part.0, part.1) {
                write!(out, " {source} {name} {:.3}", share.value)?;
            }
        }
    }
    writeln!(out)?;
    Ok(())
}
