//! The figures of a run.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    case::{Form, Outcome, Seen},
    furniture::Named,
    metrics::{Counts, Overlap},
};
use crate::{
    rule::{RuleSet, Status},
    verdict::Policy,
};

/// Version of the written form of a report.
pub const VERSION: u32 = 2;

/// Everything a run says. Holds no text of the cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Version of this form.
    pub version: u32,
    /// Revision of the rules.
    pub ruleset_revision: String,
    /// Revision of the policy.
    pub policy_revision: String,
    /// Counts by group: form, then form with label, kind, language, source.
    pub groups: BTreeMap<String, Counts>,
    /// Kinds of captured pages: found is junk of the kind that has a flagging finding of it.
    pub kinds: BTreeMap<String, Counts>,
    /// Captured pages by label: number of each verdict, from mild to hard, and of those flagged with
    /// the right kind.
    pub verdicts: BTreeMap<String, PageVerdicts>,
    /// Bodies by source.
    pub bodies: BTreeMap<String, Bodies>,
    /// Unwanted snippets by the widget kind of the block they stand in.
    pub furniture: Named,
    /// Cleaned HTML of pages by label.
    pub cleaned_html: BTreeMap<String, CleanedHtml>,
    /// Rules, by id.
    pub rules: BTreeMap<String, RuleUse>,
    /// Damaged texts that are found, and of those, with the true repair.
    pub repairs: (usize, usize),
    /// Pages with all of their text that were said to be behind a wall.
    pub wall_alarms: usize,
    /// The outcome of each case.
    pub cases: Vec<Outcome>,
}

/// What was said of the pages of one label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageVerdicts {
    /// Number of each verdict.
    pub verdicts: BTreeMap<String, usize>,
    /// Flagged pages with a flagging finding of a right kind.
    pub right_kind: usize,
}

/// How well the cleaned text is the body.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bodies {
    /// Pages with the whole body.
    pub pages: usize,
    /// Averages over them.
    pub overlap: Option<Overlap>,
    /// F1 of the averages.
    pub f1: Option<f64>,
    /// Snippets: kept of wanted.
    pub kept: (usize, usize),
    /// Snippets: leaked of unwanted.
    pub leaked: (usize, usize),
}

/// What came of cleaned HTML that was sent back as a fragment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanedHtml {
    /// Number of pages.
    pub pages: usize,
    /// Those of which nothing is stripped.
    pub stable: usize,
    /// Those of which the text is the cleaned text.
    pub whole: usize,
}

/// What a rule did on the corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleUse {
    /// Clean cases in which one of its keywords occurs: where there is none, that the rule is silent
    /// on clean text says nothing.
    /// None for what is found by structure.
    pub reached_clean: Option<usize>,
    /// Clean cases it flags.
    pub clean: usize,
    /// Junk cases it flags.
    pub junk: usize,
}

impl Report {
    /// Gathers the figures of a run.
    #[must_use]
    pub fn of(seen: Vec<Seen>, rules: &RuleSet, policy: &Policy) -> Self {
        let mut report = Self {
            version: VERSION,
            ruleset_revision: rules.revision().to_owned(),
            policy_revision: policy.revision().to_owned(),
            groups: BTreeMap::new(),
            kinds: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            bodies: BTreeMap::new(),
            furniture: Named::new(),
            cleaned_html: BTreeMap::new(),
            rules: unused(rules),
            repairs: (0, 0),
            wall_alarms: 0,
            cases: Vec::with_capacity(seen.len()),
        };
        let mut overlaps: BTreeMap<String, Vec<Overlap>> = BTreeMap::new();
        for Seen { outcome, reached, .. } in seen {
            report.count_rules(&outcome, &reached, rules);
            report.count(&outcome);
            if outcome.form == Form::Page {
                report.count_page(&outcome);
                overlaps.entry(outcome.source.clone()).or_default().extend(outcome.body);
            }
            report.cases.push(outcome);
        }
        for (source, overlaps) in overlaps {
            if let Some(bodies) = report.bodies.get_mut(&source) {
                bodies.pages = overlaps.len();
                bodies.overlap = Overlap::average(&overlaps);
                bodies.f1 = bodies.overlap.map(|it| it.f1());
            }
        }
        report
    }

    /// Clean cases that were flagged.
    pub fn false_alarms(&self) -> impl Iterator<Item = &Outcome> {
        self.cases.iter().filter(|it| it.is_false_alarm())
    }

    /// Junk cases that were not.
    pub fn misses(&self) -> impl Iterator<Item = &Outcome> {
        self.cases.iter().filter(|it| it.is_missed())
    }

    fn count(&mut self, it: &Outcome) {
        let Some(is_junk) = it.is_junk else { return };
        for group in groups(it) {
            self.groups.entry(group).or_default().add(is_junk, it.is_flagged);
        }
        if it.form == Form::Damage && is_junk && it.is_flagged {
            self.repairs.0 += 1;
            self.repairs.1 += usize::from(it.is_repaired);
        }
    }

    fn count_page(&mut self, it: &Outcome) {
        let label = self.verdicts.entry(it.label.clone()).or_default();
        *label.verdicts.entry(it.verdict.clone()).or_insert(0) += 1;
        label.right_kind += usize::from(it.is_flagged && it.is_kind_right);
        self.wall_alarms += usize::from(it.is_wall_alarm);
        let bodies = self.bodies.entry(it.source.clone()).or_default();
        for (sum, (part, whole)) in [(&mut bodies.kept, it.kept), (&mut bodies.leaked, it.leaked)] {
            *sum = (sum.0 + part, sum.1 + whole);
        }
        for (kind, count) in &it.furniture {
            *self.furniture.entry(kind.clone()).or_insert(0) += count;
        }
        if let (Some(is_stable), Some(is_whole)) = (it.is_html_stable, it.is_html_whole) {
            let html = self.cleaned_html.entry(it.label.clone()).or_default();
            html.pages += 1;
            html.stable += usize::from(is_stable);
            html.whole += usize::from(is_whole);
        }
        for (kind, labels) in KIND_LABELS {
            let is_said = it.kinds.iter().any(|it| kind.contains(&it.as_str()));
            self.kinds.entry(kind.join(" or ")).or_default().add(labels.contains(&it.label.as_str()), is_said);
        }
    }

    fn count_rules(&mut self, it: &Outcome, reached: &BTreeSet<u32>, rules: &RuleSet) {
        let Some(is_junk) = it.is_junk else { return };
        for rule in reached.iter().filter(|_| !is_junk) {
            let id = rules.rules()[*rule as usize].id.as_str();
            *self.rules.entry(id.to_owned()).or_default().reached_clean.get_or_insert(0) += 1;
        }
        for id in &it.rules {
            let rule = self.rules.entry(id.clone()).or_default();
            *(if is_junk { &mut rule.junk } else { &mut rule.clean }) += 1;
        }
    }
}

/// Kinds of pages with the labels that mean them.
const KIND_LABELS: &[(&[&str], &[&str])] = &[
    (&["error_page"], &["soft_404", "error_page"]),
    (&["access_wall"], &["login_wall", "paywall"]),
    (&["challenge"], &["challenge"]),
    (&["parked"], &["parked"]),
    (&["consent"], &["consent"]),
    (&["placeholder"], &["default_page", "lorem", "template"]),
    (&["encoding"], &["mojibake"]),
    (&["thin_body", "missing_body"], &["thin"]),
];

fn unused(rules: &RuleSet) -> BTreeMap<String, RuleUse> {
    let running = rules.rules().iter().filter(|it| it.status != Status::Retired);
    let silent = RuleUse { reached_clean: Some(0), ..RuleUse::default() };
    running.map(|it| (it.id.as_str().to_owned(), silent)).collect()
}

/// The groups a case counts in. Text about the model (`meta`) is told apart from refusals, and so is
/// honest text that a model wrote.
fn groups(it: &Outcome) -> Vec<String> {
    let form = it.form.name();
    if it.by_model {
        return vec![format!("{form}, written by a model")];
    }
    if it.label == "meta" {
        return vec![format!("{form}, meta"), format!("{form}, meta, source {}", origin(&it.source))];
    }
    let mut groups = vec![form.to_owned(), format!("{form}, label {}", it.label)];
    if !it.language.is_empty() {
        groups.push(format!("{form}, language {}", it.language));
        if it.language != "en" {
            groups.push(format!("{form}, not English"));
        }
    }
    groups.push(format!("{form}, file {}", it.at.split_once(':').map_or("", |(file, _)| file)));
    groups.push(format!("{form}, source {}", origin(&it.source)));
    groups
}

/// The data set of a source, without the file in it.
fn origin(source: &str) -> &str {
    source.split_once(':').map_or(source, |(set, _)| set)
}

impl Outcome {
    /// Whether it is clean and was flagged.
    #[must_use]
    pub fn is_false_alarm(&self) -> bool {
        self.is_junk == Some(false) && self.is_flagged
    }

    /// Whether it is junk and was not.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        self.is_junk == Some(true) && !self.is_flagged
    }
}
