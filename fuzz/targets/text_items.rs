//! Text → items whose spans hold the very words that were sent.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagegate::page::{Content, Page, PageDraft, read};

fuzz_target!(|body: &str| {
    let content = Content::Text { title: String::new(), body: body.to_owned() };
    let Ok(page) = Page::try_new(PageDraft { content: Some(content), ..PageDraft::default() }) else { return };
    let reading = read(&page);
    let words = |text: &str| text.split(|c: char| c != '\u{a0}' && c.is_whitespace()).collect::<String>();
    for index in 0..reading.items.len() {
        let (_, span) = reading.source_span(index, reading.whole(index));
        assert_eq!(words(&body[span.range()]), words(reading.text_of(index)));
    }
});
