//! Filters of the queue: what is offered is what an index answers.

use super::{Origin, QuoteHash, State};
use crate::{finding::JunkKind, limits};

/// What a review item has a finding of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Anything, or nothing.
    #[default]
    Any,
    /// One of these kinds.
    Kinds(Vec<JunkKind>),
    /// One of these rules. A rule has one kind, so kinds beside rules would say nothing.
    Rules(Vec<String>),
    /// This rule with this text.
    Quote {
        /// Rule or detector.
        rule_id: String,
        /// Hash of the folded quote.
        quote_hash: QuoteHash,
    },
}

/// Which review items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// In one of these states; none: pending.
    pub states: Vec<State>,
    /// Held for one of these reasons; none: any.
    pub origins: Vec<Origin>,
    /// Of this source.
    pub source: Option<String>,
    /// With such findings.
    pub subject: Subject,
}

/// A filter that asks for too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("filter names {count} {what}, limit is {limit}")]
pub struct FilterError {
    /// Kinds or rules.
    pub what: &'static str,
    /// How many.
    pub count: usize,
    /// The limit.
    pub limit: usize,
}

impl Filter {
    /// The same filter in one way of saying it, if it is within its limits.
    pub fn checked(self) -> Result<Self, FilterError> {
        let filter = self.normalized();
        let (what, count) = match &filter.subject {
            Subject::Kinds(kinds) => ("kinds", kinds.len()),
            Subject::Rules(rules) => ("rules", rules.len()),
            Subject::Any | Subject::Quote { .. } => ("subjects", 1),
        };
        let limit = limits::FILTER_VALUES;
        if count > limit { Err(FilterError { what, count, limit }) } else { Ok(filter) }
    }

    /// Eight bytes that filters for the same list share, to bind a cursor to it.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 8] {
        let mut hash = [0; 8];
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{:?}", self.clone().normalized()).as_bytes());
        hasher.finalize_xof().fill(&mut hash);
        hash
    }

    /// Lists are sorted, without doubles, and say what they mean where they are empty.
    fn normalized(mut self) -> Self {
        sort(&mut self.states);
        if self.states.is_empty() {
            self.states = vec![State::Pending];
        }
        sort(&mut self.origins);
        if self.origins.is_empty() {
            self.origins = Origin::ALL.to_vec();
        }
        let is_empty = match &mut self.subject {
            Subject::Kinds(kinds) => {
                sort(kinds);
                kinds.is_empty()
            }
            Subject::Rules(rules) => {
                sort(rules);
                rules.is_empty()
            }
            Subject::Any | Subject::Quote { .. } => false,
        };
        if is_empty {
            self.subject = Subject::Any;
        }
        self
    }
}

fn sort<T: Ord>(values: &mut Vec<T>) {
    values.sort();
    values.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_that_mean_the_same_share_a_fingerprint() {
        let rules = |names: &[&str]| Subject::Rules(names.iter().map(|it| (*it).to_owned()).collect());
        let of = |subject| Filter { subject, ..Filter::default() }.fingerprint();
        assert_eq!(of(rules(&["a", "b", "a"])), of(rules(&["b", "a"])));
        assert_eq!(of(rules(&[])), of(Subject::Any));
        assert_ne!(of(rules(&["a"])), of(rules(&["b"])));
        let pending = Filter { states: vec![State::Pending], origins: Origin::ALL.to_vec(), ..Filter::default() };
        assert_eq!(pending.fingerprint(), Filter::default().fingerprint());
    }

    #[test]
    fn filter_with_too_many_rules_is_refused_with_the_limit() {
        let rules = (0..=limits::FILTER_VALUES).map(|it| it.to_string()).collect();
        let error = Filter { subject: Subject::Rules(rules), ..Filter::default() }.checked().expect_err("are too many");
        assert_eq!(error.to_string(), "filter names 21 rules, limit is 20");
    }
}
