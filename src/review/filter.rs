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
    /// Sorts and dedupes its lists, and refuses those that are too long.
    pub fn checked(mut self) -> Result<Self, FilterError> {
        let check = |what, count| {
            let limit = limits::FILTER_VALUES;
            if count > limit { Err(FilterError { what, count, limit }) } else { Ok(()) }
        };
        sort(&mut self.states);
        if self.states.is_empty() {
            self.states = vec![State::Pending];
        }
        sort(&mut self.origins);
        if self.origins.is_empty() {
            self.origins = Origin::ALL.to_vec();
        }
        match &mut self.subject {
            Subject::Kinds(kinds) => {
                sort(kinds);
                check("kinds", kinds.len())?;
            }
            Subject::Rules(rules) => {
                sort(rules);
                check("rules", rules.len())?;
            }
            Subject::Any | Subject::Quote { .. } => {}
        }
        if matches!(&self.subject, Subject::Kinds(it) if it.is_empty())
            || matches!(&self.subject, Subject::Rules(it) if it.is_empty())
        {
            self.subject = Subject::Any;
        }
        Ok(self)
    }

    /// Eight bytes that two equal filters share, to bind a cursor to its list.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 8] {
        let mut hash = [0; 8];
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{self:?}").as_bytes());
        hasher.finalize_xof().fill(&mut hash);
        hash
    }
}

fn sort<T: Ord>(values: &mut Vec<T>) {
    values.sort();
    values.dedup();
}
