//! Allowances: what a person said a source may have.

use super::{AllowanceId, DecisionId, Millis, QuoteHash};

/// What is allowed on one source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AllowanceScope {
    /// The rule is wrong on this source.
    Rule {
        /// Rule or detector.
        rule_id: String,
    },
    /// This text is not junk here.
    Text {
        /// Rule or detector that found it.
        rule_id: String,
        /// Hash of the folded quote.
        quote_hash: QuoteHash,
    },
}

impl AllowanceScope {
    /// Rule or detector it holds for.
    #[must_use]
    pub fn rule_id(&self) -> &str {
        match self {
            Self::Rule { rule_id } | Self::Text { rule_id, .. } => rule_id,
        }
    }

    /// Hash of the text it holds for; none: of any.
    #[must_use]
    pub fn quote_hash(&self) -> Option<QuoteHash> {
        match self {
            Self::Rule { .. } => None,
            Self::Text { quote_hash, .. } => Some(*quote_hash),
        }
    }

    /// Whether it holds for a finding on its source.
    #[must_use]
    pub fn covers(&self, rule_id: &str, quote: &str) -> bool {
        self.rule_id() == rule_id && self.quote_hash().is_none_or(|it| it == QuoteHash::of(quote))
    }
}

/// An allowance to be made with a decision, on the source of the page decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAllowance {
    /// The finding it is made from.
    pub finding_index: u32,
    /// Whether for its text alone, or for its rule.
    pub text_only: bool,
}

/// An allowance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Id.
    pub id: AllowanceId,
    /// Source it holds for.
    pub source: String,
    /// What it allows.
    pub scope: AllowanceScope,
    /// The text it was made from, for people.
    pub quote: String,
    /// Decision it was made with.
    pub decision_id: DecisionId,
    /// Who made it.
    pub reviewer: String,
    /// When.
    pub created: Millis,
    /// Its end, if it was revoked.
    pub revoked: Option<Revocation>,
}

/// End of an allowance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Who.
    pub reviewer: String,
    /// When.
    pub at: Millis,
}

/// The allowances in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowances {
    /// Rises with every allowance made or revoked.
    pub revision: i64,
    /// Those in force, by source, then rule.
    pub in_force: Vec<Allowance>,
}
