//! HTML of any bytes → items whose spans fall on characters of the decoded source.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagegate::page::{Content, Field, Page, PageDraft, Scope, read};

fuzz_target!(|body: &[u8]| {
    let scope = if body.first().is_some_and(|it| it % 2 == 1) { Scope::Fragment } else { Scope::Page };
    let content = Content::Html { body: body.to_vec(), title: String::new(), scope };
    let Ok(page) = Page::try_new(PageDraft { content: Some(content), ..PageDraft::default() }) else { return };
    let reading = read(&page);
    let source = &reading.html.as_ref().expect("HTML was sent").source;
    for (index, item) in reading.items.iter().enumerate() {
        assert!(reading.text.get(item.text.range()).is_some(), "item {index} cuts a character");
        assert!(reading.folded.text.get(item.folded.range()).is_some(), "fold of item {index} cuts a character");
        let (field, span) = reading.source_span(index, reading.whole(index));
        assert!(field != Field::Html || source.get(span.range()).is_some(), "source of item {index} cuts a character");
    }
    for element in &reading.html.as_ref().expect("HTML was sent").outline.elements {
        assert!(source.get(element.span.range()).is_some(), "{:?} cuts a character", element.tag);
    }
});
