//! A full check of 5 kB texts, beside one pass of a `RegexSet` with as many patterns.

use std::fmt::Write as _;

use anyhow::Context;
use pagegate::{
    page::{Page, fold},
    rule::{Rule, Status},
};
use regex::{RegexSet, RegexSetBuilder};

use crate::{
    report::{Goal, Report},
    shared::{
        Engine,
        clock::{self, Spread},
        text_page,
        texts::{self, Text},
        variants,
    },
};

const TOPIC: &str = "texts of 5 kB, one core";
/// Memory for the automaton that the set builds as it goes, so much that it is never thrown away.
const AUTOMATON_BYTES: usize = 1 << 30;
/// Checks of each text in one round: the round takes long enough to be timed well.
const REPEATS: usize = 200;

/// Measures each text, and all of them together.
pub(crate) fn measure(engine: &Engine, rounds: usize, report: &mut Report) -> anyhow::Result<()> {
    let patterns = set(patterns(engine)?)?;
    let keywords = set(keywords(engine))?;
    let (mut checks, mut sets, mut plain) = (vec![0.0; rounds], vec![0.0; rounds], vec![0.0; rounds]);
    for text in texts::all() {
        let page = text_page("bench", &text.title, &text.body)?;
        let times = of_one(engine, &page, &folded(&text), &patterns, &keywords, rounds);
        let [check, set, keyword] = times.as_slice() else { unreachable!("as many as were given") };
        report.add(
            TOPIC,
            format!("time of a full check / of the patterns: {}, {} bytes", text.name, text.body.len()),
            Goal::None,
            Spread::ratio(check, set),
            "×",
        );
        for (sum, times) in [(&mut checks, check), (&mut sets, set), (&mut plain, keyword)] {
            sum.iter_mut().zip(times).for_each(|(sum, time)| *sum += time);
        }
    }
    let count = patterns.len();
    let mut add = |what: String, goal, reached, unit| report.add(TOPIC, what, goal, reached, unit);
    let what = format!("time of a full check / of RegexSet::matches with {count} patterns, all texts");
    add(what, Goal::AtMost(2.0), Spread::ratio(&checks, &sets), "×");
    let what = format!("time of a full check / of RegexSet::matches with {} plain keywords, all texts", keywords.len());
    add(what, Goal::None, Spread::ratio(&checks, &plain), "×");
    let calls = f64::from(u32::try_from(REPEATS * texts::all().len())?);
    add("full check".into(), Goal::None, Spread::of(checks.iter().map(|it| it / calls * 1e6)), "µs/text");
    add("RegexSet with patterns".into(), Goal::None, Spread::of(sets.iter().map(|it| it / calls * 1e6)), "µs/text");
    add("RegexSet with keywords".into(), Goal::None, Spread::of(plain.iter().map(|it| it / calls * 1e6)), "µs/text");
    Ok(())
}

fn of_one(
    engine: &Engine,
    page: &Page,
    folded: &str,
    patterns: &RegexSet,
    keywords: &RegexSet,
    rounds: usize,
) -> Vec<Vec<f64>> {
    clock::in_turn(
        rounds,
        &mut [
            &mut || repeat(|| engine.check(page)),
            &mut || repeat(|| patterns.matches(folded).iter().count()),
            &mut || repeat(|| keywords.matches(folded).iter().count()),
        ],
    )
}

fn repeat<T>(mut work: impl FnMut() -> T) {
    for _ in 0..REPEATS {
        std::hint::black_box(work());
    }
}

/// Title and body in the form that the patterns are written for; folding it is not part of the peer's time.
fn folded(text: &Text) -> String {
    fold::fold(&format!("{}\n{}", text.title, text.body))
}

fn set(patterns: Vec<String>) -> anyhow::Result<RegexSet> {
    let builder = RegexSetBuilder::new(patterns).size_limit(AUTOMATON_BYTES).dfa_size_limit(AUTOMATON_BYTES).build();
    builder.context("a RegexSet of the rules' patterns")
}

fn active(engine: &Engine) -> impl Iterator<Item = &Rule> {
    engine.rules.rules().iter().filter(|it| it.status != Status::Retired)
}

/// The patterns of the rules, slots filled in, else as written.
fn patterns(engine: &Engine) -> anyhow::Result<Vec<String>> {
    let slots = variants::slots(&variants::files()?)?;
    let filled = |rule: &Rule| {
        let mut pattern = rule.pattern.clone();
        for ((pack, slot), phrases) in &slots {
            if pack == rule.id.pack() {
                pattern = pattern.replace(&format!("{{{slot}}}"), &alternatives(phrases));
            }
        }
        pattern
    };
    Ok(active(engine).map(filled).collect())
}

/// Any of the phrases of a slot; a star at the end of one stands for the rest of the word.
fn alternatives(phrases: &[String]) -> String {
    let mut pattern = String::from("(?:");
    for (index, phrase) in phrases.iter().enumerate() {
        let (stem, rest) = phrase.strip_suffix('*').map_or((phrase.as_str(), ""), |it| (it, r"[\p{L}\p{M}\p{N}]*"));
        // Writing to a String cannot fail.
        let _ = write!(pattern, "{}{}{rest}", if index > 0 { "|" } else { "" }, regex::escape(stem));
    }
    pattern + ")"
}

/// One keyword of each rule: about the least that as many patterns can be.
fn keywords(engine: &Engine) -> Vec<String> {
    active(engine).filter_map(|it| it.keywords.first()).map(|it| regex::escape(it)).collect()
}
