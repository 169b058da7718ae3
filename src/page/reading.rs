//! The page as items with exact places in what was sent.

use std::borrow::Cow;

use super::{
    Charset, Folded, Page, PageType, Scope, Signs, Span, SpanMap, Tally,
    block::{BLOCK, Block},
    html::Outline,
    span::offset,
};
use crate::{finding::Failure, limits};

/// What an item is by syntax alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A candidate for the page's title.
    Title,
    /// A heading.
    Heading,
    /// A paragraph, or any other block of text.
    Paragraph,
    /// An item of a list.
    ListItem,
    /// A block that is wholly a link.
    Link,
    /// A quoted block.
    Quote,
    /// The caption of an image, a figure or a table.
    Caption,
    /// A block of code.
    Code,
    /// A row of a table.
    TableRow,
    /// Text from the head of the page, such as its description.
    Meta,
}

/// The field of what was sent that a source span counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The HTML, decoded.
    Html,
    /// The title beside the HTML.
    HtmlTitle,
    /// The title beside the text.
    TextTitle,
    /// The text.
    TextBody,
    /// The text of a ready item.
    Item(u32),
    /// The address.
    Url,
    /// The value of a header, by its index in [`Page::headers`].
    Header(u32),
}

/// One piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is by syntax.
    pub kind: ItemKind,
    /// Its bytes in [`Reading::text`].
    pub text: Span,
    /// Its bytes in [`Reading::folded`].
    pub folded: Span,
    /// What its text is made of.
    pub tally: Tally,
    /// Field of what was sent that it comes from.
    pub field: Field,
    /// Innermost block element it stands in, as an index into [`Outline::elements`]; HTML only.
    pub element: Option<u32>,
    /// Bytes of its text that stand inside links.
    pub link_bytes: u32,
    /// Where its first link leads: bytes of [`Reading::hrefs`].
    pub href: Span,
    /// Whether people do not see it: `hidden`, `display: none` and the like.
    pub hidden: bool,
    /// Line breaks inside it (`br`), as verse has them.
    pub breaks: u16,
    /// Whether blank lines (text) stand before it.
    pub gap_before: bool,
}

/// What a page says of itself outside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Author line.
    pub byline: String,
    /// Date of publication, as stated.
    pub publish_date: String,
    /// Language declared.
    pub language: String,
    /// Canonical address.
    pub canonical_url: String,
    /// Name of the site.
    pub site_name: String,
    /// Description.
    pub description: String,
    /// Type of page by schema.org or Open Graph.
    pub page_type: Option<PageType>,
    /// Number of words the page claims for its article.
    pub word_count: Option<u32>,
    /// Whether the page says that it is not free to read.
    pub not_free: bool,
    /// Images named for the page.
    pub images: Vec<Image>,
    /// Number of image, video and audio elements, inline ones included.
    pub media: u32,
}

/// An image of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Address as written.
    pub url: String,
    /// Caption or alternative text.
    pub caption: String,
}

/// A page as items.
#[derive(Clone, Debug)]
pub struct Reading<'p> {
    /// The page that was read.
    pub page: &'p Page,
    /// Text of all items, one after the other, a line feed between two.
    pub text: String,
    /// The items, in reading order.
    pub items: Vec<Item>,
    /// From `text` to the items' fields.
    pub source_map: SpanMap,
    /// Folded view of `text`.
    pub folded: Folded,
    /// Spans of `text` that stand in inline code.
    pub code: Vec<Span>,
    /// Addresses of links, one after the other.
    pub hrefs: String,
    /// The HTML, decoded, and its block elements.
    pub html: Option<Html<'p>>,
    /// What the page says of itself.
    pub meta: Meta,
    /// What could not be read.
    pub failures: Vec<Failure>,
}

/// The HTML of a page.
#[derive(Clone, Debug)]
pub struct Html<'p> {
    /// The document as UTF-8.
    pub source: Cow<'p, str>,
    /// Charset it was decoded from, and what that cost.
    pub charset: Charset,
    /// Page or piece.
    pub scope: Scope,
    /// Its block elements.
    pub outline: Outline,
}

impl Reading<'_> {
    /// Text of an item.
    #[must_use]
    pub fn text_of(&self, item: usize) -> &str {
        &self.text[self.items[item].text.range()]
    }

    /// Number of words of an item.
    #[must_use]
    pub fn words_of(&self, item: usize) -> usize {
        self.items[item].tally.words as usize
    }

    /// Number of characters of an item.
    #[must_use]
    pub fn chars_of(&self, item: usize) -> usize {
        self.items[item].tally.chars as usize
    }

    /// How much an item says, in letters: of Chinese, Japanese and Korean a character says as much as two, and takes two
    /// columns (Unicode Standard Annex 11). Those are U+3000 to U+DFFF, told by the first of their bytes.
    #[must_use]
    pub fn letters_of(&self, item: usize) -> usize {
        let wide = if self.items[item].tally.signs.has(Signs::WIDE) {
            self.text_of(item).bytes().filter(|it| matches!(it, 0xe3..=0xed)).count()
        } else {
            0
        };
        self.chars_of(item) + wide
    }

    /// Folded text of an item.
    #[must_use]
    pub fn folded_of(&self, item: usize) -> &str {
        &self.folded.text[self.items[item].folded.range()]
    }

    /// Where an item's link leads, as written; empty without a link.
    #[must_use]
    pub fn href_of(&self, item: usize) -> &str {
        &self.hrefs[self.items[item].href.range()]
    }

    /// Place in what was sent of a span of an item's text.
    #[must_use]
    pub fn source_span(&self, item: usize, span: Span) -> (Field, Span) {
        let start = self.items[item].text.start;
        let within = Span { start: start + span.start, end: start + span.end };
        (self.items[item].field, self.source_map.origin(within))
    }

    /// Place in an item's text of a span of its folded text.
    #[must_use]
    pub fn unfold(&self, item: usize, folded: Span) -> Span {
        let it = &self.items[item];
        self.folded.unfold(folded, it.folded, it.text)
    }

    /// Span of all of an item's text, counted in that text.
    #[must_use]
    pub fn whole(&self, item: usize) -> Span {
        Span { start: 0, end: self.items[item].text.end - self.items[item].text.start }
    }

    /// Whether all of the page is main text: anything but a whole HTML page.
    #[must_use]
    pub fn all_main(&self) -> bool {
        self.html.as_ref().is_none_or(|it| it.scope == Scope::Fragment)
    }

    /// Whether a span of `text` stands in inline code.
    #[must_use]
    pub fn in_code(&self, span: Span) -> bool {
        let after = self.code.partition_point(|it| it.start <= span.start);
        after > 0 && self.code[after - 1].covers(span)
    }
}

/// An earlier reading, and items of it whose very text stands in the text that is read now, each with its place there.
#[derive(Clone, Copy, Debug)]
pub struct Known<'r> {
    /// The earlier reading.
    pub reading: &'r Reading<'r>,
    /// Places and items, in order.
    pub items: &'r [(Span, usize)],
}

impl Known<'_> {
    /// The item whose text is a line: it stands at `at`, and nothing but the end of the line behind it. One with
    /// backticks is none, because part of it may be code.
    fn item_of(&self, line: &str, at: usize) -> Option<usize> {
        let (place, item) = self.items[self.items.binary_search_by_key(&offset(at), |it| it.0.start).ok()?];
        let text = self.reading.text_of(item);
        let is_it = place.len() == text.len() && line.strip_suffix('\n').unwrap_or(line) == text;
        (is_it && memchr::memchr(b'`', text.as_bytes()).is_none()).then_some(item)
    }
}

/// Builds the text of a reading, item by item: white-space runs become one space, and every byte
/// keeps its way back to the field it came from.
#[derive(Debug, Default)]
pub(super) struct Builder<'r> {
    /// What was read before of the same text.
    known: Option<Known<'r>>,
    /// Items that were, each with that item of the earlier reading.
    copies: Vec<(usize, usize)>,
    text: String,
    items: Vec<Item>,
    map: SpanMap,
    code: Vec<Span>,
    pub(super) hrefs: String,
    pub(super) failures: Vec<Failure>,
    /// Start of the item being built.
    start: usize,
    /// White space seen since the last character of the item: its place in the field.
    space: Option<Span>,
}

impl<'r> Builder<'r> {
    /// For a text of which some was read before.
    pub(super) fn again(known: Option<Known<'r>>) -> Self {
        Self { known, ..Self::default() }
    }

    /// Makes room for a text of about this many bytes.
    pub(super) fn reserve(&mut self, bytes: usize) {
        self.text.reserve(bytes);
    }

    /// Bytes of the item being built so far.
    pub(super) fn len(&self) -> usize {
        self.text.len() - self.start
    }

    /// Whether the item being built has no text yet.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Offset in the whole text.
    pub(super) fn position(&self) -> usize {
        self.text.len()
    }

    /// Appends text that stands at `at` in the field, byte for byte.
    pub(super) fn push(&mut self, text: &str, at: usize) {
        let mut rest = text;
        let mut at = at;
        loop {
            let space = space_len(rest);
            if space > 0 {
                self.space(Span::new(at, at + space));
                rest = &rest[space..];
                at += space;
            }
            if rest.is_empty() {
                return;
            }
            let words = words_len(rest);
            self.flush_space();
            self.text.push_str(&rest[..words]);
            self.map.push(words, at);
            rest = &rest[words..];
            at += words;
        }
    }

    /// Appends text that was made from all of `origin`: an entity, an escape.
    pub(super) fn push_made(&mut self, text: &str, origin: Span) {
        if text.chars().all(is_space) {
            self.space(origin);
            return;
        }
        self.flush_space();
        self.text.push_str(text);
        self.map.push_whole(text.len(), origin);
    }

    /// Notes white space at `origin`.
    pub(super) fn space(&mut self, origin: Span) {
        if !self.is_empty() {
            self.space = Some(self.space.map_or(origin, |it| it.join(origin)));
        }
    }

    fn flush_space(&mut self) {
        if let Some(origin) = self.space.take() {
            self.text.push(' ');
            self.map.push_whole(1, origin);
        }
    }

    /// Notes a stretch of inline code, from `start` in the whole text to its end.
    pub(super) fn code_from(&mut self, start: usize) {
        if start < self.text.len() {
            self.code.push(Span::new(start, self.text.len()));
        }
    }

    /// Ends the item being built. Without text there is none.
    pub(super) fn finish_item(&mut self, kind: ItemKind, field: Field) -> Option<&mut Item> {
        self.finish(kind, field, None)
    }

    /// Takes a line as an item, if it is the text of one that was read before.
    pub(super) fn copy_item(&mut self, line: &str, at: usize, kind: ItemKind, field: Field) -> Option<&mut Item> {
        let known = self.known.filter(|_| self.is_empty())?;
        let origin = known.item_of(line, at)?;
        let text = known.reading.text_of(origin);
        self.text.push_str(text);
        self.map.push(text.len(), at);
        self.copies.push((self.items.len(), origin));
        self.finish(kind, field, Some(known.reading.items[origin].tally))
    }

    fn finish(&mut self, kind: ItemKind, field: Field, tally: Option<Tally>) -> Option<&mut Item> {
        self.space = None;
        if self.is_empty() {
            return None;
        }
        if self.items.len() >= limits::ITEMS {
            self.overflow();
            return None;
        }
        let text = Span::new(self.start, self.text.len());
        let tally = tally.unwrap_or_else(|| Tally::of(&self.text[text.range()]));
        self.text.push('\n');
        let end = self.map.origin_end();
        self.map.push_whole(1, Span { start: end, end });
        self.start = self.text.len();
        self.items.push(Item {
            kind,
            text,
            folded: Span::default(),
            tally,
            field,
            element: None,
            link_bytes: 0,
            href: Span::default(),
            hidden: false,
            breaks: 0,
            gap_before: false,
        });
        self.items.last_mut()
    }

    /// Throws away the item being built: there are too many.
    fn overflow(&mut self) {
        self.text.truncate(self.start);
        self.map.truncate(self.start);
        while self.code.pop_if(|it| it.start as usize >= self.start).is_some() {}
        let name = "items";
        if !self.failures.iter().any(|it| it.name == name) {
            let message = format!("page has more than {} items, the rest was not checked", limits::ITEMS);
            self.failures.push(Failure { name: name.into(), message });
        }
    }

    /// The reading, with its folded view.
    pub(super) fn build<'p>(self, page: &'p Page, html: Option<Html<'p>>, meta: Meta) -> Reading<'p> {
        self.build_again(page, html, meta).0
    }

    /// The same with the items that were read before, each with that item of the earlier reading.
    pub(super) fn build_again<'p>(
        mut self,
        page: &'p Page,
        html: Option<Html<'p>>,
        meta: Meta,
    ) -> (Reading<'p>, Vec<(usize, usize)>) {
        let known = |item: usize| {
            let at = self.copies.binary_search_by_key(&item, |it| it.0).ok()?;
            let reading = self.known?.reading;
            Some((&reading.folded, &reading.items[self.copies[at].1]))
        };
        let folded = Folded::of_items(&self.text, &mut self.items, known);
        // What is left over of room that doubled would be half of a page of short items.
        self.items.shrink_to_fit();
        let reading = Reading {
            page,
            text: self.text,
            items: self.items,
            source_map: self.map,
            folded,
            code: self.code,
            hrefs: self.hrefs,
            html,
            meta,
            failures: self.failures,
        };
        (reading, self.copies)
    }
}

/// Bytes of the words at the start with one space between two: what an item takes as it is. The text does not begin
/// with white space.
fn words_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let end = break_at(bytes);
    end - usize::from(end > 0 && bytes[end - 1] == b' ')
}

/// Where the first white space stands that is more than one space: two spaces, or another character than the space.
fn break_at(bytes: &[u8]) -> usize {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let is_break = |at: usize| {
        // A tab, a line feed and the like; two spaces; U+2028 and U+2029.
        matches!(byte(at), b'\t'..=b'\r')
            || byte(at) == b' ' && byte(at + 1) == b' '
            || byte(at) == 0xe2 && byte(at + 1) == 0x80 && matches!(byte(at + 2), 0xa8 | 0xa9)
    };
    for from in (0..bytes.len()).step_by(BLOCK) {
        let block = Block::of(&bytes[from..]);
        let spaces = block.are(b' ');
        // What stands behind a space at the end of a block is not seen here.
        let two = spaces & (spaces >> 1 | 1 << (BLOCK - 1));
        let mut may_be = two | block.within(b'\t', b'\r') | block.are(0xe2);
        while may_be != 0 {
            let at = from + may_be.trailing_zeros() as usize;
            if is_break(at) {
                return at;
            }
            may_be &= may_be - 1;
        }
    }
    bytes.len()
}

/// Many spaces.
const SPACES: &[u8] = &[b' '; 8];

/// Bytes of the white space at the start.
fn space_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut len = 0;
    loop {
        len += match bytes.get(len) {
            // Markup is indented by many.
            Some(b' ') if bytes[len..].starts_with(SPACES) => SPACES.len(),
            Some(b' ' | b'\t'..=b'\r') => 1,
            Some(0xe2) if text[len..].starts_with(is_space) => 3,
            _ => return len,
        };
    }
}

/// White space that separates words in an item; a no-break space is text, and so is U+0085: hardly any
/// text has it as a line break, but damaged text has it where an ellipsis or half of a letter was.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// [`words_len`] by characters.
    fn plain_words_len(text: &str) -> usize {
        let mut before = ' ';
        for (at, c) in text.char_indices() {
            let goes_on = |it: &str| it.chars().nth(1).is_some_and(|it| !is_space(it));
            if is_space(c) && (c != ' ' || is_space(before) || !goes_on(&text[at..])) {
                return at;
            }
            before = c;
        }
        text.len()
    }

    proptest! {
        #[test]
        fn words_end_where_white_space_is_more_than_one_space(
            text in "( {8,20}|[a-z“é]{0,20}[ \t\r\u{a0}\u{2028}\u{2030}]{0,2}){0,5}"
        ) {
            let space = space_len(&text);
            prop_assert_eq!(space, text.find(|c| !is_space(c)).unwrap_or(text.len()));
            let words = &text[space..];
            prop_assert_eq!(words_len(words), plain_words_len(words));
        }
    }
}
