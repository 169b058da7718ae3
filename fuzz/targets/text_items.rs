//! Text → items whose spans hold the very words that were sent, one after the other.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagegate::page::read;
use pagegate_fuzz::text;

fuzz_target!(|body: &str| {
    let Some(page) = text("", body) else { return };
    let reading = read(&page);
    let words = |text: &str| text.split(|c: char| c != '\u{a0}' && c.is_whitespace()).collect::<String>();
    let mut end = 0;
    for index in 0..reading.items.len() {
        let (_, span) = reading.source_span(index, reading.whole(index));
        assert_eq!(words(&body[span.range()]), words(reading.text_of(index)));
        assert!(end <= span.start, "item {index} begins at {}, the one before ends at {end}", span.start);
        end = span.end;
    }
});
