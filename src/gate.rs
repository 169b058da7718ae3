//! The one door: every front end checks pages through it.
//!
//! It holds the rules and the policy in force.

use crate::{
    engine::{self, CheckResult, Include},
    page::Page,
    rule::RuleSet,
    verdict::Policy,
};

/// The rules and the policy in force.
#[derive(Debug)]
pub struct Gate {
    rules: RuleSet,
    policy: Policy,
}

impl Gate {
    /// A gate with these rules and this policy.
    #[must_use]
    pub fn new(rules: RuleSet, policy: Policy) -> Self {
        Self { rules, policy }
    }

    /// Checks a page.
    #[must_use]
    pub fn check(&self, page: &Page, include: Include) -> CheckResult {
        engine::check(page, &self.rules, &self.policy, include)
    }

    /// The rules in force.
    #[must_use]
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}
