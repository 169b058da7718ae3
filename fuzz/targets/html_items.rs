//! HTML of any bytes → items whose spans fall on characters of the decoded source, and an answer that holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagegate::page::{Scope, read};
use pagegate_fuzz::{checked, html, sent};

fuzz_target!(|body: &[u8]| {
    let scope = if body.first().is_some_and(|it| it % 2 == 1) { Scope::Fragment } else { Scope::Page };
    let Some(page) = html(body, scope) else { return };
    let reading = read(&page);
    for (index, item) in reading.items.iter().enumerate() {
        assert!(reading.text.get(item.text.range()).is_some(), "item {index} cuts a character");
        assert!(reading.folded.text.get(item.folded.range()).is_some(), "fold of item {index} cuts a character");
        let (field, span) = reading.source_span(index, reading.whole(index));
        assert!(sent(&reading, field).get(span.range()).is_some(), "source of item {index} cuts a character");
    }
    let html = reading.html.as_ref().expect("HTML was sent");
    for (index, element) in html.outline.elements.iter().enumerate() {
        for span in [element.span, element.start_tag, element.class, element.id, element.role] {
            assert!(html.source.get(span.range()).is_some(), "{span:?} of {:?} cuts a character", element.tag);
        }
        assert!(element.parent.is_none_or(|it| (it as usize) < index), "{:?} stands before its parent", element.tag);
    }
    drop(checked(&page));
});
