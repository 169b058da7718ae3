//! The words of an item are words of the source, as another tokenizer reads it at the same place.
//!
//! Item by item and with what stands between left out, because items have no scripts, no hidden words and white space
//! of their own. Token by token the two are compared by the tests of the tokenizer.
#![no_main]

use std::ops::Range;

use html5gum::{DefaultEmitter, Token, Tokenizer};
use libfuzzer_sys::fuzz_target;
use pagegate::page::{Field, ItemKind, Scope, read};
use pagegate_fuzz::html;

/// Texts with their places.
fn texts(source: &str) -> Vec<(Range<usize>, String)> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let tokens = Tokenizer::new_with_emitter(source, emitter).flatten();
    let text = |it| match it {
        Token::String(text) => Some((text.span.start..text.span.end, String::from_utf8_lossy(&text).into_owned())),
        _ => None,
    };
    tokens.filter_map(text).collect()
}

/// Characters that both read alike: what becomes of NUL depends on the elements round it.
fn plain(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|it| !it.is_whitespace() && !['\0', '\u{fffd}'].contains(it))
}

fuzz_target!(|body: &str| {
    // Elements of SVG and MathML are read by other rules, which html5gum leaves to its caller.
    let lower = body.to_ascii_lowercase();
    if ["<svg", "<math"].iter().any(|it| lower.contains(it)) {
        return;
    }
    let Some(page) = html(body.as_bytes(), Scope::Fragment) else { return };
    let reading = read(&page);
    let source = &reading.html.as_ref().expect("HTML was sent").source;
    let texts = texts(source);
    for (index, item) in reading.items.iter().enumerate() {
        // Titles and descriptions may stand in attributes.
        if item.field != Field::Html || matches!(item.kind, ItemKind::Title | ItemKind::Meta) {
            continue;
        }
        let place = reading.source_span(index, reading.whole(index)).1.range();
        let there = texts.iter().filter(|(it, _)| it.start < place.end && place.start < it.end);
        let mut peer = there.flat_map(|(_, text)| plain(text));
        for c in plain(reading.text_of(index)) {
            assert!(peer.any(|it| it == c), "{:?} at {place:?} has {c:?}, html5gum has not", reading.text_of(index));
        }
    }
});
