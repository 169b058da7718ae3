//! Leaks and honest twins in twelve languages, written without sight of the rules.

mod common;

use std::collections::BTreeMap;

use common::{check, text};
use pagegate::finding::{Effect, JunkKind};
use serde::Deserialize;

/// What was found last; 38 when they were first run: see docs/quality.md. The texts are never edited.
const FOUND_AT_LEAST: usize = 91;

/// Honest titles that are held over the article below, which has nothing to do with them; over a text of their
/// own none is.
const STRANGE_TITLES: usize = 4;

const TITLE: &str = "Council agrees to repair the old bridge before winter";
const BEFORE: &str =
    "The town council agreed on Tuesday evening to repair the old bridge over the river before the winter.";
const AFTER: &str =
    "Shopkeepers on both banks had asked for the repair since the flood in March, when a pillar was damaged.";

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    language: String,
    place: String,
    leak: bool,
    text: String,
}

impl Case {
    /// Whether a finding of a model's traces asks for more than a note.
    fn is_found(&self) -> bool {
        self.is_found_over(BEFORE)
    }

    /// The same, a title over a text that begins with this paragraph.
    fn is_found_over(&self, paragraph: &str) -> bool {
        let page = if self.place == "title" {
            text(&self.text, &format!("{paragraph}\n\n{AFTER}"))
        } else {
            text(TITLE, &format!("{BEFORE}\n\n{}\n\n{AFTER}", self.text))
        };
        let traces = [JunkKind::Refusal, JunkKind::LlmResidue, JunkKind::Placeholder];
        let findings = check(page).findings;
        findings.iter().any(|it| it.judged.effect > Effect::Note && traces.contains(&it.judged.finding.kind))
    }
}

#[test]
fn leaks_in_twelve_languages_are_found_and_their_honest_twins_are_not() {
    let cases: Cases = toml::from_str(include_str!("fixtures/languages.toml")).expect("valid");
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut hit_twins, mut strange) = (Vec::new(), 0);
    for case in &cases.case {
        match (case.leak, case.is_found()) {
            (true, is_found) => *found.entry(&case.language).or_default() += usize::from(is_found),
            (false, true) if case.is_found_over(&format!("{} {BEFORE}", case.text)) => hit_twins.push(&case.text),
            (false, true) => strange += 1,
            (false, false) => {}
        }
    }
    assert_eq!(found.len(), 12, "{found:?}");
    assert!(hit_twins.is_empty(), "{hit_twins:?}");
    assert!(strange <= STRANGE_TITLES, "{strange}");
    assert!(found.values().sum::<usize>() >= FOUND_AT_LEAST, "{found:?}");
}
