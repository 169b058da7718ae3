//! Pages and texts that were written blind: by authors without sight of the rules, leaks beside honest twins, before
//! they were first run. `tests/fixtures/blind/` holds them, never edited; docs/quality.md has the first run of each.

mod common;

use common::{check, describe, text};
use pagegate::{
    engine::CheckResult,
    page::{Content, PageDraft, Scope},
    verdict::Verdict,
};
use serde::Deserialize;

/// One line of a set.
#[derive(Deserialize)]
struct Case {
    id: String,
    label: Label,
    expect: Expected,
    title: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    html: String,
    #[serde(default)]
    url: String,
    /// Words that are junk, or none where it is the page.
    quote: String,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Label {
    Junk,
    Honest,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Expected {
    /// A person looks at it, or it is refused.
    Hold,
    /// It is good once the junk is cut.
    Clean,
    /// Nothing is wrong.
    Accept,
}

impl Case {
    fn draft(&self) -> PageDraft {
        if self.html.is_empty() {
            return text(&self.title, &self.body);
        }
        let content = Content::Html { body: self.html.clone().into_bytes(), title: String::new(), scope: Scope::Page };
        PageDraft { url: self.url.clone(), content: Some(content), ..PageDraft::default() }
    }

    /// Whether the answer is what the author expects. Junk that is to be cut may be held, too; what is honest may not,
    /// and of a text nothing is cut, either.
    fn is_right(&self, result: &CheckResult) -> bool {
        let held = result.verdict >= Verdict::Review;
        match (self.label, self.expect) {
            (Label::Junk, Expected::Clean) if self.html.is_empty() => held || self.is_cut(result),
            (Label::Junk, Expected::Clean) => result.verdict != Verdict::Accept,
            (Label::Junk, _) => held,
            (Label::Honest, _) if self.html.is_empty() => result.verdict == Verdict::Accept,
            (Label::Honest, _) => !held,
        }
    }

    /// Whether the junk stands in the cleaned text less often than in what was sent.
    fn is_cut(&self, result: &CheckResult) -> bool {
        let words = |it: &str| it.split_whitespace().collect::<Vec<_>>().join(" ");
        let quote = words(&self.quote);
        let times = |title: &str, body: &str| words(&format!("{title}\n{body}")).matches(&quote).count();
        times(&result.cleaned.title, &result.cleaned.text) < times(&self.title, &self.body)
    }
}

/// Fails where less junk is found in a set than before, or more honest cases are wrong.
#[track_caller]
fn assert_reached(set: &str, found: usize, wrong: usize) {
    let cases: Vec<Case> = set.lines().map(|it| serde_json::from_str(it).expect("a case")).collect();
    let mut missed = Vec::new();
    let mut hit = Vec::new();
    for case in &cases {
        let result = check(case.draft());
        match case.label {
            _ if case.is_right(&result) => {}
            Label::Junk => missed.push(case.id.as_str()),
            Label::Honest => hit.push(format!("{}: {}", case.id, describe(&result))),
        }
    }
    let junk = cases.iter().filter(|it| it.label == Label::Junk).count();
    assert!(hit.len() <= wrong, "{} honest cases are wrong, of {}: {hit:#?}", hit.len(), cases.len() - junk);
    assert!(junk - missed.len() >= found, "{} found of {junk}; missed: {missed:?}", junk - missed.len());
}

#[test]
fn english_titles_are_told() {
    assert_reached(include_str!("fixtures/blind/en-titles-1.jsonl"), 90, 0);
}

#[test]
fn english_bodies_are_told() {
    assert_reached(include_str!("fixtures/blind/en-bodies-1.jsonl"), 82, 1);
}

#[test]
fn titles_and_bodies_in_western_languages_are_told() {
    assert_reached(include_str!("fixtures/blind/west-1.jsonl"), 91, 0);
}

#[test]
fn titles_and_bodies_in_eastern_languages_are_told() {
    assert_reached(include_str!("fixtures/blind/east-1.jsonl"), 93, 1);
}

#[test]
fn titles_and_bodies_in_languages_of_asia_are_told() {
    assert_reached(include_str!("fixtures/blind/asia-1.jsonl"), 100, 0);
}

#[test]
fn pages_are_told() {
    assert_reached(include_str!("fixtures/blind/pages-1.jsonl"), 66, 0);
}

#[test]
fn english_texts_of_the_second_round_are_told() {
    assert_reached(include_str!("fixtures/blind/en-3.jsonl"), 69, 0);
}

#[test]
fn western_texts_of_the_second_round_are_told() {
    assert_reached(include_str!("fixtures/blind/west-2.jsonl"), 64, 1);
}

#[test]
fn eastern_texts_of_the_second_round_are_told() {
    assert_reached(include_str!("fixtures/blind/east-2.jsonl"), 64, 0);
}

#[test]
fn asian_texts_of_the_second_round_are_told() {
    assert_reached(include_str!("fixtures/blind/asia-2.jsonl"), 64, 0);
}

#[test]
fn pages_of_the_second_round_are_told() {
    assert_reached(include_str!("fixtures/blind/pages-2.jsonl"), 48, 0);
}

/// The second set was written against what a filter knows, and nothing was mended on it.
#[test]
fn english_wordings_that_nobody_tuned_for_are_told_as_at_first_sight() {
    assert_reached(include_str!("fixtures/blind/en-2.jsonl"), 22, 7);
}
