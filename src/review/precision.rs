//! What decisions say of rules: counts, shares with their intervals, and which rules are proposed for preview.

use super::{Decision, Origin};
use crate::eval::metrics::Share;

/// What is known of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleOutcomes {
    /// Rule or detector.
    pub rule_id: String,
    /// Source they are of; none: of all.
    pub source: Option<String>,
    /// Findings on pages that were checked.
    pub hits: u64,
    /// Findings that a person called right.
    pub right: u64,
    /// Findings that a person called wrong.
    pub wrong: u64,
}

impl RuleOutcomes {
    /// Share of its judged findings that are right, with the 95 % interval; none before the first.
    #[must_use]
    pub fn precision(&self) -> Option<Share> {
        share(self.right, self.right + self.wrong)
    }

    /// Whether it is proposed for preview: even the upper end of its precision is below the bar.
    /// It is proposed, never changed: a person does that.
    #[must_use]
    pub fn is_below(&self, bar: f64) -> bool {
        self.precision().is_some_and(|it| it.high < bar)
    }
}

/// Decisions in force, by why the pages were in the queue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// How many of each; those that are not named are 0.
    pub counts: Vec<(Origin, Decision, u64)>,
}

impl Outcomes {
    /// How many were decided so.
    #[must_use]
    pub fn count(&self, origin: Origin, decision: Decision) -> u64 {
        let of = |it: &&(Origin, Decision, u64)| it.0 == origin && it.1 == decision;
        self.counts.iter().find(of).map_or(0, |it| it.2)
    }

    /// Share of the accepted pages that should not have been published as they were, from the sample.
    #[must_use]
    pub fn missed(&self) -> Option<Share> {
        let of = |decision| self.count(Origin::SampledAccept, decision);
        let missed = of(Decision::Discard) + of(Decision::PublishCleaned);
        share(missed, missed + of(Decision::Publish))
    }

    /// Share of the rejected pages that should have been published, from the sample.
    #[must_use]
    pub fn wrongly_rejected(&self) -> Option<Share> {
        let of = |decision| self.count(Origin::SampledReject, decision);
        let wrong = of(Decision::Publish) + of(Decision::PublishCleaned);
        share(wrong, wrong + of(Decision::Discard))
    }
}

fn share(part: u64, whole: u64) -> Option<Share> {
    Share::of(usize::try_from(part).ok()?, usize::try_from(whole).ok()?)
}
