//! Cleaned HTML is safe, and its text is the cleaned text.
//!
//! That checking it strips nothing is promised of the text and not of the HTML: a link that nobody closed is one link
//! to our reader, and a link in every block behind it to those who build trees.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagegate::{
    finding::JunkKind,
    page::{Scope, read},
};
use pagegate_fuzz::{checked, html};

/// Its words, whatever stands between them. NUL is no character of HTML.
fn words(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace() && !['\0', '\u{fffd}'].contains(it)).collect()
}

fuzz_target!(|body: &str| {
    let Some(page) = html(body.as_bytes(), Scope::Fragment) else { return };
    let first = checked(&page).cleaned;
    let markup = first.html.expect("it was asked for");
    let Some(page) = html(markup.as_bytes(), Scope::Fragment) else { return };
    let reading = read(&page);
    let text: String = (0..reading.items.len()).map(|it| words(reading.text_of(it))).collect();
    assert_eq!(text, words(&first.text), "{markup:?}");
    let counts = checked(&page).finding_counts;
    assert!(!counts.contains_key(&JunkKind::UnsafeMarkup), "{markup:?} has markup that acts");
});
