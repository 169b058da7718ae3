//! One rule file alone, wherever it stands: its examples, and what it hits in labelled texts. Only
//! this rule runs, so that an author has the answer in seconds.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, bail};

use crate::{
    cli::{
        FLAGGED,
        corpus::{Corpus, Labelled},
    },
    engine::{self, Include},
    eval::{case::Truth, parallel},
    example,
    finding::{Facts, JunkKind},
    page,
    rule::{Rule, RuleSet},
    verdict::Policy,
};

/// Hits listed of each sort, at most.
const SHOWN: usize = 50;

/// Whether what is to be tested is a file and no id.
pub(super) fn is_file(ids: &[String]) -> bool {
    ids.iter().any(|it| Path::new(it).extension().is_some_and(|it| it == "toml"))
}

/// What the rule does on a case.
struct Trial {
    at: String,
    label: String,
    truth: Truth,
    /// Whether one of its keywords occurs.
    is_reached: bool,
    /// Place and words of the surest hit.
    hit: Option<(&'static str, String)>,
}

pub(super) fn run(
    out: &mut impl Write,
    policy: &Policy,
    ids: &[String],
    corpus: &[PathBuf],
) -> anyhow::Result<ExitCode> {
    let [file] = ids else {
        bail!("{} names to test, a file is tested alone: give one FILE.toml, with or without --corpus", ids.len());
    };
    if !is_file(ids) {
        bail!(
            "--corpus goes with one rule file, {file:?} is none: give FILE.toml, or measure all rules with `pagegate eval`"
        );
    }
    let rules = RuleSet::of_one_file(Path::new(file)).with_context(|| format!("load {file}"))?;
    let [rule] = rules.rules() else { bail!("{file} holds slots and no rule: give the file of a rule that uses them") };
    let problems = example::problems(rule, &rules, policy);
    for problem in &problems {
        writeln!(out, "{file}: {problem}")?;
    }
    let examples = rule.matches.len() + rule.no_matches.len();
    writeln!(out, "{examples} examples, {} problems", problems.len())?;
    let start = Instant::now();
    let mut corpus = Corpus::read(corpus);
    let trials = trials(&mut corpus, rule, &rules, policy);
    for problem in &corpus.problems {
        anstream::eprintln!("pagegate: {problem}");
    }
    if !corpus.cases.is_empty() {
        write(out, rule, &trials)?;
        writeln!(out, "{} cases in {:.1} s", trials.len(), start.elapsed().as_secs_f64())?;
    }
    let is_good = problems.is_empty() && corpus.problems.is_empty();
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::from(FLAGGED) })
}

fn trials(corpus: &mut Corpus, rule: &Rule, rules: &RuleSet, policy: &Policy) -> Vec<Trial> {
    let done = parallel::map(&corpus.cases, |it| trial(it, rule, rules, policy).with_context(|| it.case.at.clone()));
    let mut trials = Vec::new();
    for it in done {
        match it {
            Ok(it) => trials.push(it),
            Err(error) => corpus.problems.push(format!("{error:#}")),
        }
    }
    trials
}

fn trial(it: &Labelled, rule: &Rule, rules: &RuleSet, policy: &Policy) -> anyhow::Result<Trial> {
    let page = it.page()?;
    let reading = page::read(&page);
    let is_reached = !rules.scan(&reading).is_empty();
    let result = engine::judge(&reading, rules, policy, &Facts::default(), Include::default());
    let hits = result.findings.iter().filter(|it| *it.judged.finding.rule_id == *rule.id.as_str());
    let surest = hits
        .filter(|it| it.judged.finding.confidence.get() >= example::HIT)
        .max_by(|a, b| a.judged.finding.confidence.get().total_cmp(&b.judged.finding.confidence.get()));
    let hit = surest.map(|it| (it.judged.finding.place.name(), it.quote.clone()));
    Ok(Trial { at: it.case.at.clone(), label: it.case.label.clone(), truth: it.case.truth, is_reached, hit })
}

fn write(out: &mut impl Write, rule: &Rule, trials: &[Trial]) -> anyhow::Result<()> {
    let of = |truth: fn(&Truth) -> bool| trials.iter().filter(move |it| truth(&it.truth));
    let clean: Vec<&Trial> = of(|it| *it == Truth::Clean).collect();
    let junk: Vec<&Trial> = of(|it| matches!(it, Truth::Junk(_))).collect();
    let title = if rule.kind == JunkKind::Widget {
        "clean pages (furniture, if it is right)"
    } else {
        "clean text (false alarms)"
    };
    hits(out, title, &clean)?;
    hits(out, "junk", &junk)?;
    let reached = clean.iter().filter(|it| it.is_reached).count();
    if reached == 0 {
        writeln!(out, "no keyword of the rule occurs in any clean text: that it is silent there says nothing")?;
    } else {
        writeln!(out, "a keyword of the rule occurs in {reached} of {} clean texts", clean.len())?;
    }
    Ok(())
}

fn hits(out: &mut impl Write, title: &str, trials: &[&Trial]) -> anyhow::Result<()> {
    let hits: Vec<_> = trials.iter().filter_map(|it| it.hit.as_ref().map(|hit| (it, hit))).collect();
    writeln!(out, "\n{} of {} hits on {title}", hits.len(), trials.len())?;
    for (it, (place, quote)) in hits.iter().take(SHOWN) {
        writeln!(out, "  {}  {}  {place}  {quote:?}", it.at, it.label)?;
    }
    if hits.len() > SHOWN {
        writeln!(out, "  and {} more", hits.len() - SHOWN)?;
    }
    Ok(())
}
