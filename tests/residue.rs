//! What a language model leaves in an honest article, class by class, and honest lines in the same words. The lines
//! were written before they were run and are never edited; docs/quality.md has the first run.

mod common;

use std::collections::BTreeMap;

use common::{ARTICLE, check, text};
use pagegate::{
    finding::{Effect, JunkKind},
    page::PageDraft,
};
use serde::Deserialize;

/// Found of 100 in each class, at least; the classes below it stand in [`BELOW`].
const FOUND: usize = 90;
/// Classes that miss it, and what they reach: fences turn their text into code, which says less of its author; a
/// name to fill in is a note in running text; farewells beyond English have too few words.
const BELOW: &[(&str, usize)] = &[("fence", 46), ("name_slot", 81), ("sign_off", 83)];

const TITLE: &str = "Ferry between the islands to run twice a day";

#[derive(Deserialize)]
struct Fixture {
    class: Vec<Class>,
}

#[derive(Deserialize)]
struct Class {
    name: String,
    residue: Vec<Line>,
    twin: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    at: String,
    text: String,
}

impl Line {
    /// The line in an honest article, where it says that it stands.
    fn page(&self) -> PageDraft {
        let mut paragraphs: Vec<&str> = ARTICLE.split("\n\n").collect();
        let at = match self.at.as_str() {
            "first" => 0,
            "last" => paragraphs.len(),
            _ => 2,
        };
        paragraphs.insert(at, &self.text);
        text(TITLE, &paragraphs.join("\n\n"))
    }

    /// Whether a finding of a model's traces asks for more than a note.
    fn is_found(&self) -> bool {
        let traces = [JunkKind::Refusal, JunkKind::LlmResidue, JunkKind::Placeholder];
        let findings = check(self.page()).findings;
        findings.iter().any(|it| it.judged.effect > Effect::Note && traces.contains(&it.judged.finding.kind))
    }
}

#[test]
fn residue_is_found_in_each_class_and_honest_lines_are_not() {
    let fixture: Fixture = toml::from_str(include_str!("fixtures/residue.toml")).expect("valid");
    let mut found = BTreeMap::new();
    let mut hit = Vec::new();
    for class in &fixture.class {
        let count = class.residue.iter().filter(|it| it.is_found()).count();
        found.insert(class.name.as_str(), (count, class.residue.len()));
        hit.extend(class.twin.iter().filter(|it| it.is_found()).map(|it| &it.text));
    }
    assert_eq!(found.len(), 14);
    assert!(hit.is_empty(), "{hit:#?}");
    for (class, (count, all)) in &found {
        let least = BELOW.iter().find(|it| it.0 == *class).map_or(FOUND, |it| it.1);
        assert!(count * 100 >= least * all, "{class}: {found:#?}");
    }
}
