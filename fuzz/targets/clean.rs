//! Checking a cleaned text strips nothing more.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagegate_fuzz::{checked, text};

fuzz_target!(|body: &str| {
    let Some(page) = text("", body) else { return };
    let first = checked(&page).cleaned;
    let Some(page) = text(&first.title, &first.text) else { return };
    let again = checked(&page).cleaned;
    assert!(again.removals.is_empty(), "{:?} is stripped of {:?}", first.text, again.removals);
});
