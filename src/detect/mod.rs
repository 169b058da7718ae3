//! Detectors: what finds junk, by rules or by structure.
//!
//! A detector is a function of the laid-out page and the rules. It never sees another detector's
//! findings, keeps no state, and decides nothing. To add one, write its file and add its two lines
//! here: the module and the entry in [`DETECTORS`].

mod active;
mod duplicate;
mod encoding;
mod filler;
mod furniture;
mod login;
mod phrase;
mod smuggled;
mod status;
mod suffix;
mod title;

pub(crate) use phrase::ALSO_BY;
pub use phrase::{Trace, Tried};

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    finding::{Extent, Failure, Finding, JunkKind, Place},
    layout::{Layout, shape},
    limits,
    page::{ItemKind, Reading},
    rule::{Candidate, RuleSet},
};

/// All detectors, in the order they run.
pub const DETECTORS: &[&dyn Detector] = &[
    &phrase::Phrase,
    &furniture::Furniture,
    &duplicate::Duplicate,
    &title::Title,
    &suffix::Suffix,
    &encoding::Encoding,
    &status::Status,
    &login::Login,
    &filler::Filler,
    &smuggled::Smuggled,
    &active::ActiveMarkup,
];

/// Letters of main text below which a page may be hollow.
const HOLLOW_MAIN: usize = 300;
/// Letters of all that a page shows, below which it is hollow: a menu and a foot at most.
const HOLLOW_ALL: usize = 1500;

/// Words in sentences from which a main text says something.
const SAYS_SOMETHING: usize = 15;

/// A laid-out page, as detectors see it.
#[derive(Clone, Copy, Debug)]
pub struct PageView<'a> {
    /// The items.
    pub reading: &'a Reading<'a>,
    /// Their places.
    pub layout: &'a Layout,
    /// Rules whose keywords occur, by item.
    pub candidates: &'a [Candidate],
}

impl<'a> PageView<'a> {
    /// The candidates at an item.
    #[must_use]
    pub fn candidates_of(&self, item: usize) -> &'a [Candidate] {
        let from = self.candidates.partition_point(|it| (it.item as usize) < item);
        let many = self.candidates[from..].partition_point(|it| it.item as usize == item);
        &self.candidates[from..from + many]
    }

    /// Whether the page shows hardly anything: next to no main text, and not much beside it. On such a page what is
    /// main text and what is furniture is a guess, and a form or a notice may be all there is.
    #[must_use]
    pub fn is_hollow(&self) -> bool {
        let all = || self.shown().map(|it| self.reading.letters_of(it)).sum::<usize>();
        self.reading.html.is_some() && self.layout.main_letters < HOLLOW_MAIN && all() < HOLLOW_ALL
    }

    /// Words in sentences of the main text.
    fn sentence_words(&self) -> usize {
        let texts = self.layout.main().filter(|it| self.reading.items[*it].kind != ItemKind::Heading);
        let sentences = texts.filter(|it| shape::ends_sentence(self.reading.text_of(*it)));
        sentences.map(|it| self.reading.words_of(it)).sum()
    }

    /// The items that people see, wherever they stand.
    fn shown(&self) -> impl Iterator<Item = usize> {
        let seen = |it: &usize| {
            let item = &self.reading.items[*it];
            !item.hidden && !matches!(item.kind, ItemKind::Meta | ItemKind::Title)
        };
        (0..self.reading.items.len()).filter(seen)
    }
}

/// A finding that a detector makes by structure, documented as a rule is.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Id, `pack/name`.
    pub id: &'static str,
    /// Sort of junk.
    pub kind: JunkKind,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Why it is junk, and why honest text is not hit.
    pub why: &'static str,
}

/// Finds junk.
pub trait Detector: Sync {
    /// Name, as it stands in failures.
    fn name(&self) -> &'static str;

    /// What it finds by structure.
    fn about(&self) -> &'static [About] {
        &[]
    }

    /// Whether it finds whole items of the text, which can be cut. Others need not look at a cleaned text again.
    fn finds_items(&self) -> bool {
        false
    }

    /// Adds what it finds.
    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, rules: &RuleSet);
}

/// Gathers what one detector finds, within bounds.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
    failures: Vec<Failure>,
}

impl Findings {
    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        if self.list.len() < limits::FINDINGS_PER_DETECTOR {
            self.list.push(finding);
        } else if self.failures.is_empty() {
            self.fail(
                "findings",
                format!("more than {} findings, the rest was left out", limits::FINDINGS_PER_DETECTOR),
            );
        }
    }

    /// Notes that something could not be checked.
    pub fn fail(&mut self, name: &str, message: String) {
        self.failures.push(Failure { name: name.to_owned(), message });
    }
}

/// Runs all detectors. One that panics becomes a failure; the others count.
#[must_use]
pub fn run_all(page: &PageView<'_>, rules: &RuleSet) -> (Vec<Finding>, Vec<Failure>) {
    run(DETECTORS.iter().copied(), page, rules)
}

/// Runs the detectors whose findings can cut an item.
#[must_use]
pub fn run_cutting(page: &PageView<'_>, rules: &RuleSet) -> (Vec<Finding>, Vec<Failure>) {
    run(DETECTORS.iter().copied().filter(|it| it.finds_items()), page, rules)
}

fn run<'d>(
    detectors: impl Iterator<Item = &'d dyn Detector>,
    page: &PageView<'_>,
    rules: &RuleSet,
) -> (Vec<Finding>, Vec<Failure>) {
    let (mut list, mut failures) = (Vec::new(), Vec::new());
    for detector in detectors {
        let mut findings = Findings::default();
        if catch_unwind(AssertUnwindSafe(|| detector.detect(&mut findings, page, rules))).is_err() {
            findings.fail(detector.name(), "the detector panicked; its findings up to there count".into());
        }
        debug_assert!(detector.finds_items() || !findings.list.iter().any(covers_item), "{}", detector.name());
        list.append(&mut findings.list);
        failures.append(&mut findings.failures);
    }
    (list, failures)
}

/// Whether a finding covers an item of the text, which then can be cut.
fn covers_item(finding: &Finding) -> bool {
    finding.place != Place::Title && matches!(finding.extent, Extent::Item | Extent::Most)
}

/// What every rule did on a page: each one at each text in which one of its keywords occurs, in the order
/// tried, one more than [`limits::TRACES`] at most.
#[must_use]
pub fn trace(page: &PageView<'_>, rules: &RuleSet) -> Vec<Trace> {
    phrase::trace(page, rules)
}

/// Everything that is found by structure, for `rules list` and `rules explain`.
pub fn about() -> impl Iterator<Item = &'static About> {
    DETECTORS.iter().flat_map(|it| it.about()).chain(crate::verdict::body::ABOUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Content, Page, PageDraft};

    struct Panics;

    impl Detector for Panics {
        fn name(&self) -> &'static str {
            "panics"
        }

        fn detect(&self, _: &mut Findings, _: &PageView<'_>, _: &RuleSet) {
            panic!("on purpose");
        }
    }

    #[test]
    fn detector_that_panics_becomes_a_failure_and_the_others_count() {
        let content = Content::Text { title: "404".into(), body: String::new() };
        let draft = PageDraft { content: Some(content), http_status: 404, ..PageDraft::default() };
        let page = Page::try_new(draft).expect("valid");
        let reading = crate::page::read(&page);
        let rules = RuleSet::from_files([]).expect("no rules");
        let layout = crate::layout::lay_out(&reading, &rules, &[]);
        let view = PageView { reading: &reading, layout: &layout, candidates: &[] };
        let (findings, failures) = run([&Panics as &dyn Detector, &status::Status].into_iter(), &view, &rules);
        assert_eq!(failures.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["panics"]);
        assert_eq!(findings.len(), 1);
    }

    #[test]
    fn every_file_of_this_folder_is_in_the_list() {
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/detect")).expect("readable");
        let files =
            files.filter(|it| it.as_ref().is_ok_and(|it| it.file_name() != "mod.rs" && it.path().is_file())).count();
        assert_eq!(files, DETECTORS.len());
    }
}
