//! Folding a folded text changes nothing, and every span of it leads to whole characters.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pagegate::page::{Folded, Span, fold::fold};

fuzz_target!(|text: &str| {
    let folded = Folded::of(text);
    assert_eq!(fold(&folded.text), folded.text);
    for (at, c) in folded.text.char_indices() {
        let origin = folded.origin(Span::new(at, at + c.len_utf8()));
        assert!(text.get(origin.range()).is_some(), "{origin:?} cuts a character");
    }
});
