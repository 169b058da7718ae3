//! A rule file of any text is taken, and can be run over its own text, or refused with its problems.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagegate::{limits, rule::RuleSet};
use pagegate_fuzz::{checked_by, text};

fuzz_target!(|rule: &str| {
    if rule.len() as u64 > limits::RULE_FILE_BYTES {
        return;
    }
    match RuleSet::from_files([("pack/name".to_owned(), rule.to_owned())]) {
        Ok(rules) => drop(text(rule, rule).map(|it| checked_by(&it, &rules))),
        Err(problems) => assert!(!problems.0.is_empty()),
    }
});
