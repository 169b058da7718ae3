//! Two reports side by side: which cases changed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Outcome, Report};

/// What became of a case between two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Clean, passed before, flagged now.
    NewFalseAlarm,
    /// Junk, found before, missed now.
    NewlyMissed,
    /// Clean, flagged before, passed now.
    FixedFalseAlarm,
    /// Junk, missed before, found now.
    FixedMiss,
}

impl Change {
    /// All, in the order in which they are told.
    pub const ALL: &'static [Self] = &[Self::NewFalseAlarm, Self::NewlyMissed, Self::FixedFalseAlarm, Self::FixedMiss];

    /// Name as printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NewFalseAlarm => "new false alarm",
            Self::NewlyMissed => "newly missed",
            Self::FixedFalseAlarm => "false alarm fixed",
            Self::FixedMiss => "miss fixed",
        }
    }
}

/// What changed between two runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison<'a> {
    /// Cases that changed, by change, in the order of the new run.
    pub changed: Vec<(Change, &'a Outcome)>,
    /// Cases only in the new run.
    pub added: usize,
    /// Cases only in the old run.
    pub gone: usize,
}

/// Compares two runs case by case.
#[must_use]
pub fn compare<'a>(old: &Report, new: &'a Report) -> Comparison<'a> {
    let before: BTreeMap<&str, &Outcome> = old.cases.iter().map(|it| (it.id.as_str(), it)).collect();
    let mut comparison = Comparison::default();
    let mut met = BTreeSet::new();
    for case in &new.cases {
        let is_first = met.insert(case.id.as_str());
        match before.get(case.id.as_str()) {
            None => comparison.added += 1,
            // A text that stands in several rows changed once.
            Some(old) if is_first => comparison.changed.extend(change(old, case).map(|it| (it, case))),
            Some(_) => {}
        }
    }
    comparison.gone = before.keys().filter(|it| !met.contains(**it)).count();
    comparison.changed.sort_by_key(|(change, _)| *change);
    comparison
}

fn change(old: &Outcome, new: &Outcome) -> Option<Change> {
    match (new.is_junk?, old.is_flagged, new.is_flagged) {
        (false, false, true) => Some(Change::NewFalseAlarm),
        (true, true, false) => Some(Change::NewlyMissed),
        (false, true, false) => Some(Change::FixedFalseAlarm),
        (true, false, true) => Some(Change::FixedMiss),
        (_, true, true) | (_, false, false) => None,
    }
}
