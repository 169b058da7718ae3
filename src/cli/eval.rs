//! `pagegate eval`: the figures of a run for people, and all of it as JSON.

use std::{
    collections::BTreeMap,
    fs,
    io::{Write, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, bail};

use super::{Common, ERROR, FLAGGED, corpus::Corpus};
use crate::{
    eval::{
        Outcome, Report,
        compare::{self, Change},
        floor::Floor,
        furniture::{self, Named},
        metrics::{Counts, Share},
        report::{Bodies, CleanedHtml, PageVerdicts, VERSION},
    },
    gate::InForce,
    verdict::Verdict,
};

/// Rules that flag clean text, shown at most.
const RULES_SHOWN: usize = 20;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Files with labelled rows (.jsonl, also .gz); the HTML of pages stands beside them
    #[arg(required = true, value_name = "LABELLED.jsonl")]
    paths: Vec<PathBuf>,
    /// Write everything, with the outcome of each case, but no text of any
    #[arg(long, value_name = "OUT")]
    json: Option<PathBuf>,
    /// Say what changed since the run that wrote this file
    #[arg(long, value_name = "OLD.json")]
    compare: Option<PathBuf>,
    /// Fail if a figure is worse than in this file by more than a case, or the F1 of bodies by more than 0.005
    #[arg(long, value_name = "FLOOR.toml")]
    floor: Option<PathBuf>,
    /// Write such a file
    #[arg(long, value_name = "FLOOR.toml")]
    write_floor: Option<PathBuf>,
    /// List so many false alarms and so many misses
    #[arg(long, value_name = "N", default_value_t = 20)]
    misses: usize,
}

pub(super) fn run(common: &Common, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = common.config()?;
    let InForce { rules, policy } = super::sources(&config).load()?;
    let old = arguments.compare.as_deref().map(read).transpose()?;
    let start = Instant::now();
    let mut corpus = Corpus::read(&arguments.paths);
    let seen = corpus.check(&rules, &policy);
    for problem in &corpus.problems {
        anstream::eprintln!("pagegate: {problem}");
    }
    if seen.is_empty() {
        bail!("no labelled row in the {} files", arguments.paths.len());
    }
    let quotes = seen.iter().map(|it| (it.outcome.at.clone(), it.quote.clone())).collect();
    let report = Report::of(seen, &rules, &policy);
    if let Some(path) = &arguments.json {
        write_json(path, &report)?;
    }
    let mut out = stdout().lock();
    let seconds = start.elapsed().as_secs_f64();
    writeln!(
        out,
        "{} cases in {seconds:.1} s, rules {}, policy {}",
        report.cases.len(),
        report.ruleset_revision,
        report.policy_revision
    )?;
    tables(&mut out, &report)?;
    listed(&mut out, &report, &quotes, arguments.misses)?;
    if let Some(old) = &old {
        compared(&mut out, old, &report)?;
    }
    if let Some(path) = &arguments.write_floor {
        let text = Floor::of(&report).write().context("write the floor")?;
        fs::write(path, text).with_context(|| format!("write the floor {}", path.display()))?;
    }
    let fallen = arguments.floor.as_deref().map(|it| fallen(it, &report)).transpose()?.unwrap_or_default();
    for it in &fallen {
        writeln!(out, "below the floor: {it}")?;
    }
    out.flush()?;
    if !fallen.is_empty() {
        return Ok(ExitCode::from(FLAGGED));
    }
    Ok(if corpus.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(ERROR) })
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let action = || format!("read the run {}", path.display());
    let text = fs::read(path).with_context(action)?;
    let report: Report = serde_json::from_slice(&text).with_context(action)?;
    if report.version != VERSION {
        bail!(
            "{} has version {}, this program reads {VERSION}: run the old rules again",
            path.display(),
            report.version
        );
    }
    Ok(report)
}

/// Where a run is below the floor.
fn fallen(path: &Path, report: &Report) -> anyhow::Result<Vec<String>> {
    let action = || format!("read the floor {}", path.display());
    let floor = Floor::parse(&fs::read_to_string(path).with_context(action)?).with_context(action)?;
    Ok(floor.fallen(&Floor::of(report)))
}

fn write_json(path: &Path, report: &Report) -> anyhow::Result<()> {
    let action = || format!("write {}", path.display());
    let mut text = serde_json::to_vec(report).with_context(action)?;
    text.push(b'\n');
    fs::write(path, text).with_context(action)
}

fn tables(out: &mut impl Write, report: &Report) -> anyhow::Result<()> {
    counts(out, "Texts and pages", &report.groups)?;
    counts(out, "Pages by kind (junk: labelled so; found: named so, at review or above)", &report.kinds)?;
    verdicts(out, &report.verdicts)?;
    bodies(out, &report.bodies)?;
    named(out, &report.furniture)?;
    cleaned_html(out, &report.cleaned_html)?;
    if report.repairs.0 > 0 {
        writeln!(out, "\nRepairs: {} of {} damaged texts that were found", report.repairs.1, report.repairs.0)?;
    }
    writeln!(out, "\nPages with all of their text said to be behind a wall: {}", report.wall_alarms)?;
    rules(out, report)
}

fn counts(out: &mut impl Write, title: &str, groups: &BTreeMap<String, Counts>) -> anyhow::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    let width = groups.keys().map(|it| it.chars().count()).max().unwrap_or(0);
    writeln!(out, "\n{title}")?;
    writeln!(
        out,
        "  {:width$} {:>6} {:>6} {:>20} {:>6} {:>6} {:>20} {:>20} {:>6}",
        "", "junk", "found", "recall", "clean", "alarms", "alarm rate", "precision", "F1"
    )?;
    for (group, it) in groups {
        writeln!(
            out,
            "  {group:width$} {:>6} {:>6} {:>20} {:>6} {:>6} {:>20} {:>20} {:>6}",
            it.junk(),
            it.found,
            share(it.recall()),
            it.clean(),
            it.false_alarms,
            share(it.alarm_rate()),
            share(it.precision()),
            it.f1().map_or_else(|| "-".to_owned(), |it| format!("{it:.3}"))
        )?;
    }
    Ok(())
}

fn share(share: Option<Share>) -> String {
    share.map_or_else(|| "-".to_owned(), |it| format!("{:.3} [{:.3} {:.3}]", it.value, it.low, it.high))
}

fn verdicts(out: &mut impl Write, labels: &BTreeMap<String, PageVerdicts>) -> anyhow::Result<()> {
    if labels.is_empty() {
        return Ok(());
    }
    write!(out, "\nVerdicts on pages by label\n  {:14}", "")?;
    for verdict in Verdict::ALL {
        write!(out, " {:>14}", verdict.name())?;
    }
    writeln!(out, " {:>14}", "right kind")?;
    for (label, it) in labels {
        write!(out, "  {label:14}")?;
        for verdict in Verdict::ALL {
            write!(out, " {:>14}", it.verdicts.get(verdict.name()).copied().unwrap_or(0))?;
        }
        writeln!(out, " {:>14}", it.right_kind)?;
    }
    Ok(())
}

fn bodies(out: &mut impl Write, sources: &BTreeMap<String, Bodies>) -> anyhow::Result<()> {
    let known = |it: &Bodies| it.pages + it.kept.1 + it.leaked.1 > 0;
    if !sources.values().any(known) {
        return Ok(());
    }
    writeln!(out, "\nBodies by source of pages")?;
    for (source, it) in sources.iter().filter(|(_, it)| known(it)) {
        write!(out, "  {source:6}")?;
        if let (Some(overlap), Some(f1)) = (it.overlap, it.f1) {
            write!(
                out,
                " {} pages: F1 {f1:.3}, precision {:.3}, recall {:.3}",
                it.pages, overlap.precision, overlap.recall
            )?;
        }
        for (name, part) in [("kept", it.kept), ("leaked", it.leaked)] {
            if let Some(share) = Share::of(part.0, part.1) {
                write!(out, " {name} {} of {} = {:.3}", part.0, part.1, share.value)?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// Unwanted snippets by the kind of their block, the most frequent first.
fn named(out: &mut impl Write, kinds: &Named) -> anyhow::Result<()> {
    let Some(share) = furniture::share(kinds) else { return Ok(()) };
    writeln!(out, "\nUnwanted snippets whose block is named: {}", self::share(Some(share)))?;
    let mut kinds: Vec<_> = kinds.iter().collect();
    kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(**count), *kind));
    let kinds: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    writeln!(out, "  {}", kinds.join(", "))?;
    Ok(())
}

fn cleaned_html(out: &mut impl Write, labels: &BTreeMap<String, CleanedHtml>) -> anyhow::Result<()> {
    if labels.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nCleaned HTML sent back as a fragment: nothing stripped, and its text the cleaned text, of pages")?;
    for (label, it) in labels {
        writeln!(out, "  {label:14} {:>6} {:>6} {:>6}", it.stable, it.whole, it.pages)?;
    }
    Ok(())
}

fn rules(out: &mut impl Write, report: &Report) -> anyhow::Result<()> {
    let mut alarming: Vec<_> = report.rules.iter().filter(|(_, it)| it.clean > 0).collect();
    alarming.sort_by_key(|(id, it)| (std::cmp::Reverse(it.clean), *id));
    if !alarming.is_empty() {
        writeln!(out, "\nRules that flag clean text, of {}", alarming.len())?;
        writeln!(out, "  {:44} {:>6} {:>6} {:>14}", "", "clean", "junk", "clean reached")?;
    }
    for (id, it) in alarming.iter().take(RULES_SHOWN) {
        let reached = it.reached_clean.map_or_else(|| "by structure".to_owned(), |it| it.to_string());
        writeln!(out, "  {id:44} {:>6} {:>6} {reached:>14}", it.clean, it.junk)?;
    }
    let reached: Vec<usize> = report.rules.values().filter_map(|it| it.reached_clean).collect();
    let unreached = reached.iter().filter(|it| **it == 0).count();
    writeln!(
        out,
        "\n{unreached} of {} rules have no keyword in any clean case: that they are silent there says nothing",
        reached.len()
    )?;
    Ok(())
}

/// False alarms first: they cost a publisher more.
fn listed(
    out: &mut impl Write,
    report: &Report,
    quotes: &BTreeMap<String, String>,
    count: usize,
) -> anyhow::Result<()> {
    let alarms: Vec<&Outcome> = report.false_alarms().collect();
    let misses: Vec<&Outcome> = report.misses().collect();
    for (title, cases) in [("False alarms", alarms), ("Misses", misses)] {
        writeln!(out, "\n{title}: {}", cases.len())?;
        for it in cases.iter().take(count) {
            let why = if it.rules.is_empty() { &it.decided_by } else { &it.rules.join(", ") };
            write!(out, "  {}  {} {}  {}  {why}", it.at, it.form.name(), it.label, it.verdict)?;
            match quotes.get(&it.at).filter(|it| !it.is_empty()) {
                Some(quote) => writeln!(out, "  {quote:?}")?,
                None => writeln!(out)?,
            }
        }
        if cases.len() > count {
            writeln!(out, "  and {} more (--misses {} lists them)", cases.len() - count, cases.len())?;
        }
    }
    Ok(())
}

fn compared(out: &mut impl Write, old: &Report, new: &Report) -> anyhow::Result<()> {
    let comparison = compare::compare(old, new);
    writeln!(out, "\nSince rules {}, policy {}", old.ruleset_revision, old.policy_revision)?;
    for change in Change::ALL {
        let count = comparison.changed.iter().filter(|(it, _)| it == change).count();
        writeln!(out, "  {:20} {count}", change.name())?;
    }
    writeln!(out, "  {:20} {}\n  {:20} {}", "cases added", comparison.added, "cases gone", comparison.gone)?;
    for (change, it) in &comparison.changed {
        writeln!(out, "  {}: {}  {}  {}", change.name(), it.at, it.id, it.rules.join(", "))?;
    }
    side_by_side(out, old, new)
}

/// Figures that are not what they were.
fn side_by_side(out: &mut impl Write, old: &Report, new: &Report) -> anyhow::Result<()> {
    let groups = new.groups.iter().map(|(name, it)| (name, old.groups.get(name), it));
    let kinds = new.kinds.iter().map(|(name, it)| (name, old.kinds.get(name), it));
    let counts = groups.chain(kinds).map(|(name, before, now)| (name.clone(), before.map(figures), figures(now)));
    let bodies = new
        .bodies
        .iter()
        .map(|(source, now)| (format!("bodies {source}"), old.bodies.get(source).map(body_figures), body_figures(now)));
    // Compared as printed: a float that was written and read again may differ in its last bit.
    let both = counts.chain(bodies).filter_map(|(name, before, now)| Some((name, before?, now)));
    let changed: Vec<_> = both.filter(|(_, before, now)| before != now).collect();
    if changed.is_empty() {
        writeln!(out, "\n  No figure changed")?;
        return Ok(());
    }
    writeln!(out, "\n  Figures that changed: recall, false alarms, precision; F1 and snippets of bodies")?;
    for (name, before, now) in changed {
        writeln!(out, "  {name}: {}", pairs(&before, &now))?;
    }
    Ok(())
}

fn figures(it: &Counts) -> [String; 3] {
    let value = |it: Option<Share>| it.map_or_else(|| "-".to_owned(), |it| format!("{:.3}", it.value));
    [value(it.recall()), it.false_alarms.to_string(), value(it.precision())]
}

fn body_figures(it: &Bodies) -> [String; 3] {
    let f1 = it.f1.map_or_else(|| "-".to_owned(), |it| format!("{it:.3}"));
    [f1, format!("{} kept", it.kept.0), format!("{} leaked", it.leaked.0)]
}

fn pairs(before: &[String; 3], now: &[String; 3]) -> String {
    let pair = |(before, now): (&String, &String)| format!("{before} → {now}");
    before.iter().zip(now).map(pair).collect::<Vec<_>>().join(", ")
}
