//! Takes the tokenizer's calls and hands on tags and stretches of text with their positions.

use std::convert::Infallible;

use html5gum::{Emitter, Error, Readable as _, Reader, State, Tokenizer, naive_next_state};

use super::{
    Tag,
    tree::{Attribute, Attributes, Tree},
};
use crate::{limits, page::Span};

/// Tokenizes `source` into `tree`.
pub(super) fn run<'a>(source: &'a str, tree: Tree<'a>) -> Tree<'a> {
    let mut sink = Sink::new(source, tree);
    // The reader of a string cannot fail, and no tokens are emitted.
    for token in Tokenizer::new_with_emitter(Bytes(source.as_bytes()), Forward(&mut sink)) {
        let Ok(()) = token;
    }
    sink.flush();
    sink.tree
}

/// The rest of the source. It is `html5gum`'s own reader, but for scripts and styles, whose bytes are passed over with
/// vectors.
struct Bytes<'a>(&'a [u8]);

#[allow(clippy::inline_always, reason = "the bytes looked for are known only where the tokenizer calls")]
impl Reader for Bytes<'_> {
    type Error = Infallible;

    #[inline(always)]
    fn read_byte(&mut self) -> Result<Option<u8>, Infallible> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(None) };
        self.0 = rest;
        Ok(Some(*first))
    }

    #[inline(always)]
    fn try_read_string(&mut self, wanted: &[u8], case_sensitive: bool) -> Result<bool, Infallible> {
        let mut reader = self.0.to_reader();
        let found = reader.try_read_string(wanted, case_sensitive)?;
        if found {
            self.0 = &self.0[wanted.len()..];
        }
        Ok(found)
    }

    #[inline(always)]
    fn read_until<'b>(&'b mut self, needle: &[u8], buffer: &'b mut [u8; 4]) -> Result<Option<&'b [u8]>, Infallible> {
        let len = match *needle {
            [a, b, c] => memchr::memchr3(a, b, c, self.0).map_or(self.0.len(), |it| it.max(1)),
            _ => self.0.to_reader().read_until(needle, buffer)?.map_or(0, <[u8]>::len),
        };
        let (chunk, rest) = self.0.split_at(len);
        self.0 = rest;
        Ok(Some(chunk).filter(|it| !it.is_empty()))
    }
}

/// The tokenizer owns its emitter; this lets the sink outlive it.
struct Forward<'s, 'a>(&'s mut Sink<'a>);

impl html5gum::ForwardingEmitter for Forward<'_, '_> {
    type Token = ();

    #[inline]
    fn inner(&mut self) -> &mut impl Emitter<Token = ()> {
        &mut *self.0
    }
}

struct Sink<'a> {
    source: &'a str,
    tree: Tree<'a>,
    /// Bytes read so far.
    position: usize,
    /// End of the last tag, comment or piece of text.
    text_end: usize,
    /// Text not yet handed on: bytes of the source.
    pending: Option<Span>,
    tag_start: usize,
    tag_name: Vec<u8>,
    is_end_tag: bool,
    self_closing: bool,
    /// Name of the start tag that an end tag in raw text must match.
    last_start_tag: Vec<u8>,
    attributes: Attributes,
    attribute_name: Vec<u8>,
    attribute_count: usize,
    /// The attribute whose value is kept.
    attribute: Option<Attribute>,
    value_start: usize,
}

impl<'a> Sink<'a> {
    fn new(source: &'a str, tree: Tree<'a>) -> Self {
        Self {
            source,
            tree,
            position: 0,
            text_end: 0,
            pending: None,
            tag_start: 0,
            tag_name: Vec::new(),
            is_end_tag: false,
            self_closing: false,
            last_start_tag: Vec::new(),
            attributes: Attributes::default(),
            attribute_name: Vec::new(),
            attribute_count: 0,
            attribute: None,
            value_start: 0,
        }
    }

    /// Hands the pending text on.
    fn flush(&mut self) {
        if let Some(span) = self.pending.take()
            && let Some(text) = self.source.get(span.range())
        {
            self.tree.text(text, span.start as usize);
        }
    }

    /// Place of text that stands in the source byte for byte; the tokenizer may be a few bytes ahead.
    fn verbatim(&self, text: &[u8]) -> Option<Span> {
        let source = self.source.as_bytes();
        if let Some(start) = self.position.checked_sub(text.len())
            && start >= self.text_end
            && source.get(start..self.position) == Some(text)
        {
            return Some(Span::new(start, self.position));
        }
        let end = self.text_end + text.len();
        let ahead = text != b"&" && source.get(self.text_end..end) == Some(text);
        ahead.then(|| Span::new(self.text_end, end))
    }

    fn end_attribute(&mut self) {
        if let Some(attribute) = self.attribute.take() {
            self.attributes.end(attribute);
        }
    }

    fn begin_tag(&mut self, is_end_tag: bool) {
        self.tag_name.clear();
        self.is_end_tag = is_end_tag;
        self.self_closing = false;
        self.attributes.clear();
        self.attribute_count = 0;
        self.attribute = None;
    }
}

impl Emitter for Sink<'_> {
    type Token = ();

    fn set_last_start_tag(&mut self, last_start_tag: Option<&[u8]>) {
        self.last_start_tag.clear();
        self.last_start_tag.extend(last_start_tag.unwrap_or_default());
    }

    fn emit_eof(&mut self) {}

    #[inline]
    fn emit_error(&mut self, _: Error) {}

    #[inline]
    fn should_emit_errors(&mut self) -> bool {
        false
    }

    #[inline]
    fn pop_token(&mut self) -> Option<()> {
        None
    }

    fn emit_string(&mut self, text: &[u8]) {
        if let Some(span) = self.verbatim(text) {
            self.pending = match self.pending {
                Some(pending) if pending.end == span.start => Some(pending.join(span)),
                _ => {
                    self.flush();
                    Some(span)
                }
            };
            self.text_end = span.end as usize;
            return;
        }
        self.flush();
        let origin = Span::new(self.text_end, self.position.max(self.text_end));
        if let Ok(text) = std::str::from_utf8(text) {
            self.tree.made_text(text, origin);
        }
        self.text_end = origin.end as usize;
    }

    fn init_start_tag(&mut self) {
        self.begin_tag(false);
    }

    fn init_end_tag(&mut self) {
        self.begin_tag(true);
    }

    fn init_comment(&mut self) {}

    fn emit_current_tag(&mut self) -> Option<State> {
        self.flush();
        self.end_attribute();
        self.text_end = self.position;
        let span = Span::new(self.tag_start.min(self.position), self.position);
        if self.is_end_tag {
            self.tree.end_tag(Tag::of(&self.tag_name), &self.tag_name, span);
            self.last_start_tag.clear();
            return None;
        }
        self.tree.start_tag(Tag::of(&self.tag_name), &self.tag_name, span, &self.attributes, self.self_closing);
        std::mem::swap(&mut self.last_start_tag, &mut self.tag_name);
        if self.tree.in_foreign() { None } else { naive_next_state(&self.last_start_tag) }
    }

    fn emit_current_comment(&mut self) {
        self.flush();
        self.tree.comment(Span::new(self.text_end.min(self.position), self.position));
        self.text_end = self.position;
    }

    fn emit_current_doctype(&mut self) {
        self.flush();
        self.text_end = self.position;
    }

    #[inline]
    fn set_self_closing(&mut self) {
        self.self_closing = true;
    }

    fn set_force_quirks(&mut self) {}

    fn push_tag_name(&mut self, name: &[u8]) {
        if self.tag_name.len() < limits::ATTRIBUTE_BYTES {
            self.tag_name.extend(name);
        }
    }

    #[inline]
    fn push_comment(&mut self, _: &[u8]) {}

    fn push_doctype_name(&mut self, _: &[u8]) {}

    fn init_doctype(&mut self) {}

    fn init_attribute(&mut self) {
        self.end_attribute();
        self.attribute_name.clear();
        self.attribute_count += 1;
    }

    fn init_attribute_value(&mut self) {
        self.value_start = self.position;
    }

    fn push_attribute_name(&mut self, name: &[u8]) {
        if self.is_end_tag
            || self.attribute_count > limits::ATTRIBUTES
            || self.attribute_name.len() > Attribute::LONGEST_NAME
        {
            return;
        }
        self.attribute_name.extend(name);
        self.attribute = Attribute::of(&self.attribute_name);
        if self.attribute_name.starts_with(b"on") && self.attribute_name.len() > 3 {
            self.attributes.runs_script();
        }
    }

    fn push_attribute_value(&mut self, value: &[u8]) {
        if let Some(attribute) = self.attribute {
            let span = Span::new(self.value_start, self.position.max(self.value_start));
            self.attributes.push(attribute, value, span);
        }
    }

    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}

    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}

    fn start_open_tag(&mut self) {
        self.tag_start = self.position.saturating_sub(1);
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end_tag && !self.last_start_tag.is_empty() && self.last_start_tag == self.tag_name
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.tree.in_foreign()
    }

    #[inline]
    fn move_position(&mut self, offset: isize) {
        self.position = self.position.wrapping_add_signed(offset);
    }
}
