//! Headlines that are a model's refusal without a subject, and honest ones in the same words, over every sort of
//! body. The sets were written without sight of the rules and committed before they were run; they are never edited.

mod common;

use std::collections::BTreeMap;

use common::{check, text};
use pagegate::{
    finding::{Effect, JunkKind, Place},
    page::PageDraft,
    verdict::Verdict,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Set {
    case: Vec<Case>,
    #[serde(rename = "language")]
    texts: Vec<Texts>,
}

#[derive(Deserialize)]
struct Case {
    language: String,
    leak: String,
    twin: String,
    twin_body: String,
}

/// What leaks of a language stand over.
#[derive(Deserialize)]
struct Texts {
    language: String,
    article: String,
    refusing_body: String,
}

/// How many are flagged, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Share(usize, usize);

/// What became of a set.
#[derive(Debug, Default)]
struct Outcome {
    /// Leaks that their words alone give away: over an article that was written for another headline, by a finding
    /// of a model's words at the title.
    alone: Share,
    /// Leaks in their pages, by the verdict: over such an article, over a refusing body, over no body.
    over_article: Share,
    over_refusal: Share,
    over_nothing: Share,
    /// Twins over the body they belong to.
    twins: Share,
    /// Leaks over an article, by language.
    by_language: BTreeMap<String, Share>,
    hit_twins: Vec<String>,
    missed: Vec<String>,
}

impl Share {
    fn count(&mut self, flagged: bool) {
        self.0 += usize::from(flagged);
        self.1 += 1;
    }
}

/// Whether the verdict keeps a page from being published.
fn is_held(page: PageDraft) -> bool {
    check(page).verdict >= Verdict::Review
}

/// Whether the words of the title are told to be a model's, whatever the body is.
fn is_told(title: &str, body: &str) -> bool {
    let traces = [JunkKind::Refusal, JunkKind::LlmResidue, JunkKind::Placeholder];
    let result = check(text(title, body));
    result
        .findings
        .iter()
        .map(|it| &it.judged)
        .any(|it| it.effect >= Effect::Review && it.finding.place == Place::Title && traces.contains(&it.finding.kind))
}

fn run(set: &str) -> Outcome {
    let set: Set = toml::from_str(set).expect("valid");
    let texts: BTreeMap<&str, &Texts> = set.texts.iter().map(|it| (it.language.as_str(), it)).collect();
    let mut outcome = Outcome::default();
    for case in &set.case {
        let under = texts[case.language.as_str()];
        let told = is_told(&case.leak, &under.article);
        let held = is_held(text(&case.leak, &under.article));
        outcome.alone.count(told);
        outcome.over_article.count(held);
        outcome.by_language.entry(case.language.clone()).or_default().count(held);
        outcome.over_refusal.count(is_held(text(&case.leak, &under.refusing_body)));
        outcome.over_nothing.count(is_held(text(&case.leak, "")));
        let hit = is_held(text(&case.twin, &case.twin_body));
        outcome.twins.count(hit);
        if hit {
            outcome.hit_twins.push(format!("{}: {}", case.language, case.twin));
        }
        if !held {
            outcome.missed.push(format!("{}: {}", case.language, case.leak));
        }
    }
    outcome
}

/// Fails where an outcome is worse than what was reached; docs/quality.md has the first runs.
fn assert_reached(outcome: &Outcome, alone: usize, over_article: usize, over_refusal: usize, twins: usize) {
    assert!(outcome.alone.0 >= alone, "{outcome:#?}");
    assert!(outcome.over_article.0 >= over_article, "{outcome:#?}");
    assert!(outcome.over_refusal.0 >= over_refusal, "{outcome:#?}");
    assert_eq!(outcome.over_nothing.0, outcome.over_nothing.1, "{outcome:#?}");
    assert!(outcome.twins.0 <= twins, "{outcome:#?}");
}

#[test]
fn set_a_is_found_and_its_twins_are_not() {
    assert_reached(&run(include_str!("fixtures/headlines-a.toml")), 78, 78, 80, 3);
}

#[test]
fn set_b_is_found_and_its_twins_are_not() {
    assert_reached(&run(include_str!("fixtures/headlines-b.toml")), 75, 75, 81, 1);
}
