//! A rule file of any text is taken or refused with its problems.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagegate::{limits, rule::RuleSet};

fuzz_target!(|text: &str| {
    if text.len() as u64 <= limits::RULE_FILE_BYTES
        && let Err(problems) = RuleSet::from_files([("pack/name".to_owned(), text.to_owned())])
    {
        assert!(!problems.0.is_empty());
    }
});
