//! Takes the tokens and hands them to the tree, with what it looks at of their attributes.

use super::{
    Tag,
    attribute::{Attribute, Attributes},
    tokenizer::{self, Handler},
    tree::Tree,
};
use crate::{limits, page::Span};

/// Tokenizes `source` into `tree`.
pub(super) fn run<'a>(source: &'a str, tree: Tree<'a>) -> Tree<'a> {
    let mut sink = Sink { source, tree, attributes: Attributes::new(source), count: 0 };
    tokenizer::run(source, &mut sink);
    sink.tree
}

struct Sink<'a> {
    source: &'a str,
    tree: Tree<'a>,
    /// Those of the tag that is being read, so far.
    attributes: Attributes<'a>,
    /// Their number, with those that nobody looks at.
    count: usize,
}

impl Handler for Sink<'_> {
    fn text(&mut self, span: Span) {
        self.tree.text(&self.source[span.range()], span.start as usize);
    }

    fn made_text(&mut self, text: &str, origin: Span) {
        self.tree.made_text(text, origin);
    }

    fn attribute(&mut self, name: Span, value: Span) {
        self.count += 1;
        if self.count > limits::ATTRIBUTES {
            return;
        }
        let name = &self.source.as_bytes()[name.range()];
        if let Some(attribute) = Attribute::of(name) {
            self.attributes.add(attribute, value);
        } else if name.len() > 3 && name[..2].eq_ignore_ascii_case(b"on") {
            self.attributes.runs_script = true;
        }
    }

    fn start_tag(&mut self, name: &[u8], span: Span, self_closing: bool) {
        self.tree.start_tag(Tag::of(name), name, span, &self.attributes, self_closing);
        self.attributes.clear();
        self.count = 0;
    }

    fn end_tag(&mut self, name: &[u8], span: Span) {
        self.tree.end_tag(Tag::of(name), name, span);
    }

    fn comment(&mut self, span: Span) {
        self.tree.comment(span);
    }

    fn in_foreign(&self) -> bool {
        self.tree.in_foreign()
    }
}
