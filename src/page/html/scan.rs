//! Single tags of a stretch of markup, for what the streaming pass does not keep.
//!
//! Tags are given without their brackets, as `a href="/x"` or `/a`.

use super::tokenizer::{self, Handler};
use crate::page::Span;

/// The name of a start or end tag in lower case; of what is none, it is empty.
#[must_use]
pub fn name_of(tag: &str) -> String {
    let tag = tag.strip_prefix('/').unwrap_or(tag);
    let name = tag.split(|it: char| it.is_ascii_whitespace() || it == '/').next().unwrap_or("");
    if name.starts_with(|it: char| it.is_ascii_alphabetic()) { name.to_ascii_lowercase() } else { String::new() }
}

/// Where a tag ends: at its ">", or with the markup. What is none, as "<3", ends at the first one.
#[must_use]
pub fn end_of_tag(tag: &str) -> usize {
    let is_tag = tag.strip_prefix('/').unwrap_or(tag).starts_with(|it: char| it.is_ascii_alphabetic());
    let end = if is_tag { tokenizer::end_of_tag(tag.as_bytes()) } else { tag.find('>') };
    end.unwrap_or(tag.len())
}

/// The value of an attribute as written.
#[must_use]
pub fn value_of<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let is_named = |equals: &usize| {
        let before = attributes[..*equals].trim_end().strip_suffix(name).map(|it| it.chars().next_back());
        before.is_some_and(|it| it.is_none_or(|it| it.is_ascii_whitespace() || matches!(it, '"' | '\'')))
    };
    let equals = memchr::memchr_iter(b'=', attributes.as_bytes()).find(is_named)?;
    let value = attributes[equals + 1..].trim_start();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].split(quote).next(),
        _ => value.split(|it: char| it.is_ascii_whitespace()).next(),
    }
}

/// The text of a stretch of markup, with what references stand for.
#[must_use]
pub fn text_of(markup: &str) -> String {
    gathered(markup).text
}

/// The same, up to the first end tag behind words.
#[must_use]
pub fn text_to_end_tag(markup: &str) -> String {
    let mut it = gathered(markup);
    it.text.truncate(it.ended.unwrap_or(usize::MAX));
    it.text
}

fn gathered(markup: &str) -> Gathered<'_> {
    let mut it = Gathered { markup, text: String::new(), has_words: false, ended: None };
    tokenizer::run(markup, &mut it);
    it
}

struct Gathered<'a> {
    markup: &'a str,
    text: String,
    has_words: bool,
    /// Bytes of the text at the first end tag behind words.
    ended: Option<usize>,
}

impl Gathered<'_> {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.has_words = self.has_words || !text.trim().is_empty();
    }
}

impl Handler for Gathered<'_> {
    fn text(&mut self, span: Span) {
        self.push(&self.markup[span.range()]);
    }

    fn made_text(&mut self, text: &str, _: Span) {
        self.push(text);
    }

    fn attribute(&mut self, _: Span, _: Span) {}

    fn start_tag(&mut self, _: &[u8], _: Span, _: bool) {}

    fn end_tag(&mut self, _: &[u8], _: Span) {
        if self.has_words && self.ended.is_none() {
            self.ended = Some(self.text.len());
        }
    }

    fn comment(&mut self, _: Span) {}

    fn in_foreign(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The plain way: name by name.
    fn searched_value<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
        let at = attributes.match_indices(name).map(|(at, _)| at).find(|at| {
            let before = attributes[..*at].chars().next_back();
            let after = attributes[*at + name.len()..].trim_start();
            before.is_none_or(|it| it.is_ascii_whitespace() || matches!(it, '"' | '\'')) && after.starts_with('=')
        })?;
        let value = attributes[at + name.len()..].trim_start()[1..].trim_start();
        match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split(quote).next(),
            _ => value.split(|it: char| it.is_ascii_whitespace()).next(),
        }
    }

    proptest! {
        #[test]
        fn tags_give_values_as_by_name(tag in "(src|data-src|=|\"|'|>| |\u{a0}|a|é){0,30}") {
            prop_assert_eq!(value_of(&tag, "src"), searched_value(&tag, "src"));
        }
    }

    #[test]
    fn a_quotation_mark_inside_a_name_or_a_bare_value_opens_nothing() {
        for tag in ["a href=x=\"<p>", "a href=\"x\"=\">", "p a\">", "/p a=\"b>\">", "p =\">", "3 < 4=\">"] {
            assert_eq!(end_of_tag(&format!("{tag}one\">")), tag.len() - 1, "{tag}");
        }
    }

    #[test]
    fn tags_end_outside_quotes_and_give_their_values() {
        let markup = "IMG alt='a > b' src = /x.png data-src=\"/y.png\">text";
        let tag = &markup[..end_of_tag(markup)];
        assert!(tag.ends_with("y.png\""));
        assert_eq!(name_of(tag), "img");
        assert_eq!(value_of(tag, "src"), Some("/x.png"));
        assert_eq!(value_of(tag, "data-src"), Some("/y.png"));
        assert_eq!(value_of(tag, "alt"), Some("a > b"));
        assert_eq!(value_of(tag, "width"), None);
        assert_eq!((name_of("/P").as_str(), name_of("3 < 4").as_str()), ("p", ""));
    }
}
