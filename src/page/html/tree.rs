//! Follows tags and text with a stack of open elements, and cuts the text into items.

use super::{
    Element, Outline, Tag,
    aside::{Action, Hiding},
    attribute::{Attribute, Attributes},
    tag::Display,
};
use crate::{
    limits,
    page::{
        Image, ItemKind, Meta, Span, json_ld,
        reading::{Builder, Field},
        span::offset,
    },
};

/// What becomes of text in an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// It is text of the page.
    Text,
    /// It is, and inline code.
    Code,
    /// It is, and a formula.
    Math,
    /// It is no text of the page.
    Skip,
    /// It is text that people do not see.
    Unseen,
    /// It is no text of the page, and a drawing.
    Svg,
}

impl Flow {
    fn is_skipped(self) -> bool {
        matches!(self, Self::Skip | Self::Unseen | Self::Svg)
    }

    /// Drawings and formulas, where CDATA is text and tags close themselves.
    fn is_foreign(self) -> bool {
        matches!(self, Self::Math | Self::Svg)
    }
}

/// An open element. The indices and flags are inherited, so that no question needs a walk.
#[derive(Clone, Copy)]
struct Open {
    tag: Tag,
    /// Hash of the name, to tell elements of tag `Other` and `Custom` apart.
    name: u32,
    /// Innermost block element, index into the outline.
    element: Option<u32>,
    /// Tag of the innermost block element.
    block: Tag,
    /// What text here is.
    kind: ItemKind,
    hidden: bool,
    /// Whether the text is shown so that nobody sees it.
    concealed: bool,
    flow: Flow,
    /// Places on the stack of the element that a new one of its sort closes.
    p: Option<u16>,
    li: Option<u16>,
    cell: Option<u16>,
    row: Option<u16>,
}

const ROOT: Open = Open {
    tag: Tag::Html,
    name: 0,
    element: None,
    block: Tag::Body,
    kind: ItemKind::Paragraph,
    hidden: false,
    concealed: false,
    flow: Flow::Text,
    p: None,
    li: None,
    cell: None,
    row: None,
};

/// A link that is open.
struct Link {
    /// Depth of the stack at its start tag.
    depth: usize,
    href: Span,
}

/// Text that is gathered for something else than an item of the body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Capture {
    No,
    Title,
    JsonLd,
}

/// Bytes of a table row from which each of its cells is an item of its own.
const LONG_ROW: usize = 120;

/// The state of reading a page.
pub(super) struct Tree<'a> {
    source: &'a str,
    pub(super) builder: Builder<'static>,
    outline: Outline,
    meta: Meta,
    stack: Vec<Open>,
    /// Open elements beyond the depth limit.
    overflow: usize,
    link: Option<Link>,
    /// Of the item being built: bytes inside links, whether there is text outside, first address.
    link_bytes: usize,
    has_plain: bool,
    href: Option<Span>,
    breaks: u16,
    /// End of the text at the last `br`.
    last_break: Option<usize>,
    /// End of the text at the last end tag of a `span` inside a link.
    last_span: Option<usize>,
    capture: Capture,
    has_title: bool,
    json_ld_scripts: usize,
}

impl<'a> Tree<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Self {
            source,
            builder: Builder::default(),
            outline: Outline::default(),
            meta: Meta::default(),
            stack: Vec::with_capacity(64),
            overflow: 0,
            link: None,
            link_bytes: 0,
            has_plain: false,
            href: None,
            breaks: 0,
            last_break: None,
            last_span: None,
            capture: Capture::No,
            has_title: false,
            json_ld_scripts: 0,
        }
    }

    /// Closes what is open.
    pub(super) fn finish(mut self) -> (Builder<'static>, Outline, Meta) {
        let end = offset(self.source.len());
        self.cut();
        while !self.stack.is_empty() {
            self.pop(end);
        }
        self.outline.elements.shrink_to_fit();
        (self.builder, self.outline, self.meta)
    }

    /// Whether SVG or `MathML` is open, where CDATA is text.
    pub(super) fn in_foreign(&self) -> bool {
        self.top().flow.is_foreign()
    }

    fn top(&self) -> Open {
        self.stack.last().copied().unwrap_or(ROOT)
    }

    /// Text that stands at `at` in the source.
    pub(super) fn text(&mut self, text: &str, at: usize) {
        match self.capture {
            Capture::JsonLd => self.json_ld(text, at),
            Capture::Title => self.builder.push(text, at),
            Capture::No if self.top().flow == Flow::Unseen => {
                self.outline.asides.unseen(Hiding::NotShown, Span::new(at, at + text.len()));
            }
            Capture::No if self.top().flow.is_skipped() => {}
            Capture::No if self.is_row_of_links() && is_separator(text) => {
                self.builder.space(Span::new(at, at + text.len()));
            }
            Capture::No => {
                if self.top().concealed {
                    self.outline.asides.unseen(Hiding::Concealed, Span::new(at, at + text.len()));
                }
                self.append(text, |builder| builder.push(text, at));
            }
        }
    }

    /// A comment, at its place in the source.
    pub(super) fn comment(&mut self, span: Span) {
        self.outline.asides.unseen(Hiding::Comment, span);
    }

    /// Notes what a start tag holds beside the text.
    fn aside(&mut self, tag: Tag, span: Span, attributes: &Attributes) {
        let asides = &mut self.outline.asides;
        for attribute in [Attribute::Alt, Attribute::Title, Attribute::AriaLabel] {
            if attributes.has(attribute) {
                asides.unseen(Hiding::Attribute, attributes.span(attribute));
            }
        }
        if attributes.runs_script {
            asides.active(Action::Handler, span, Span::default());
        }
        for attribute in [Attribute::Href, Attribute::Src, Attribute::Action, Attribute::Data] {
            if attributes.has(attribute)
                && let Some(action) = address_action(attributes.get(attribute))
            {
                asides.active(action, span, attributes.span(attribute));
            }
        }
        let source = if attributes.has(Attribute::Src) { Attribute::Src } else { Attribute::Data };
        match tag {
            Tag::Script if !attributes.get(Attribute::Type).contains("json") => {
                asides.active(Action::Script, span, attributes.span(Attribute::Src));
            }
            Tag::Iframe if attributes.has(Attribute::Srcdoc) => {
                asides.active(Action::Frame, span, attributes.span(Attribute::Srcdoc));
            }
            Tag::Iframe | Tag::Embed | Tag::Object => asides.active(Action::Frame, span, attributes.span(source)),
            Tag::Form => asides.active(Action::Form, span, attributes.span(Attribute::Action)),
            Tag::Base => asides.active(Action::Base, span, attributes.span(Attribute::Href)),
            Tag::Meta if attributes.get(Attribute::HttpEquiv).trim().eq_ignore_ascii_case("refresh") => {
                asides.active(Action::Refresh, span, attributes.span(Attribute::Content));
            }
            _ => {}
        }
    }

    /// Text that was made from all of `origin`: an entity. NUL is no text.
    pub(super) fn made_text(&mut self, text: &str, origin: Span) {
        match self.capture {
            Capture::JsonLd => {}
            Capture::Title => self.builder.push_made(text, origin),
            Capture::No if self.top().flow.is_skipped() || text == "\0" => {}
            Capture::No => self.append(text, |builder| builder.push_made(text, origin)),
        }
    }

    fn append(&mut self, text: &str, push: impl FnOnce(&mut Builder<'static>)) {
        let before = self.builder.position();
        push(&mut self.builder);
        let added = self.builder.position() - before;
        if added == 0 {
            return;
        }
        if self.top().flow == Flow::Code {
            self.builder.code_from(before);
        }
        if let Some(link) = &self.link {
            self.link_bytes += added;
            self.href.get_or_insert(link.href);
        } else {
            self.has_plain = self.has_plain || !is_separator(text);
        }
    }

    /// Ends the item being built.
    fn cut(&mut self) {
        let top = self.top();
        let link_bytes = std::mem::take(&mut self.link_bytes);
        let has_plain = std::mem::take(&mut self.has_plain);
        let breaks = std::mem::take(&mut self.breaks);
        let href = self.href.take();
        let all_link = link_bytes > 0 && !has_plain;
        let kind = match top.kind {
            ItemKind::Paragraph | ItemKind::ListItem | ItemKind::TableRow if all_link => ItemKind::Link,
            kind => kind,
        };
        if let Some(item) = self.builder.finish_item(kind, Field::Html) {
            item.element = top.element;
            item.link_bytes = offset(link_bytes);
            item.href = href.unwrap_or_default();
            item.hidden = top.hidden;
            item.breaks = breaks;
        }
        self.last_break = None;
        self.last_span = None;
    }

    pub(super) fn start_tag(&mut self, tag: Tag, name: &[u8], span: Span, attributes: &Attributes, self_closing: bool) {
        self.outline.start_tags += 1;
        if self.top().flow.is_skipped() {
            if tag.display() != Display::Void && !(self_closing && self.top().flow.is_foreign()) {
                self.push_open(tag, name, self.top());
            }
            return;
        }
        self.aside(tag, span, attributes);
        match tag.display() {
            Display::Void => self.void(tag, span, attributes),
            Display::Skip => self.skip(tag, name, attributes, self_closing),
            Display::Inline => self.inline(tag, name, attributes),
            Display::Block if tag == Tag::Title => self.title(name),
            Display::Block => self.block(tag, name, span, attributes),
        }
    }

    fn void(&mut self, tag: Tag, span: Span, attributes: &Attributes) {
        match tag {
            Tag::Br if self.last_break == Some(self.builder.position()) => self.cut(),
            Tag::Br => {
                self.builder.space(span);
                self.breaks = self.breaks.saturating_add(1);
                self.last_break = Some(self.builder.position());
            }
            Tag::Hr => self.cut(),
            Tag::Img | Tag::Embed => self.image(attributes),
            Tag::Meta => self.meta_tag(attributes),
            Tag::Link if attributes.get(Attribute::Rel).eq_ignore_ascii_case("canonical") => {
                keep_first(&mut self.meta.canonical_url, attributes.get(Attribute::Href));
            }
            _ => {}
        }
    }

    fn image(&mut self, attributes: &Attributes) {
        self.meta.media += 1;
        // A picture of the text says so; icons and pixels have no words.
        let caption = attributes.get(Attribute::Alt);
        let url = attributes.get(Attribute::Src);
        if caption.split_whitespace().count() >= 3 && !url.is_empty() && self.meta.images.len() < limits::IMAGES {
            self.meta.images.push(Image { url: url.to_owned(), caption: caption.to_owned() });
        }
    }

    fn skip(&mut self, tag: Tag, name: &[u8], attributes: &Attributes, self_closing: bool) {
        let flow = if tag == Tag::Svg { Flow::Svg } else { Flow::Skip };
        if matches!(tag, Tag::Video | Tag::Audio | Tag::Iframe | Tag::Object) {
            self.meta.media += 1;
        }
        if flow == Flow::Svg && self_closing {
            return;
        }
        let is_json =
            tag == Tag::Script && attributes.get(Attribute::Type).trim().eq_ignore_ascii_case("application/ld+json");
        if is_json && self.json_ld_scripts < limits::JSON_LD_SCRIPTS {
            self.json_ld_scripts += 1;
            self.cut();
            self.capture = Capture::JsonLd;
        }
        self.push_open(tag, name, Open { flow, ..self.top() });
    }

    fn inline(&mut self, tag: Tag, name: &[u8], attributes: &Attributes) {
        if tag == Tag::A {
            self.link_start(attributes);
            return;
        }
        let look = attributes.look();
        if look.hidden {
            self.push_open(tag, name, Open { flow: Flow::Unseen, ..self.top() });
            return;
        }
        let cuts_link = tag == Tag::Span && self.link.is_some() && self.last_span == Some(self.builder.position());
        if cuts_link && attributes.has(Attribute::Class) {
            self.cut();
        }
        let flow = match tag {
            Tag::Code | Tag::Kbd | Tag::Samp => Flow::Code,
            Tag::Math => Flow::Math,
            _ => self.top().flow,
        };
        let concealed = self.top().concealed || look.concealed;
        self.push_open(tag, name, Open { concealed, flow, ..self.top() });
    }

    /// Whether the item being built holds links alone, and outside a paragraph or a heading: then each
    /// link is an item of its own.
    fn is_row_of_links(&self) -> bool {
        let top = self.top();
        self.link.is_none()
            && self.link_bytes > 0
            && !self.has_plain
            && top.kind != ItemKind::Heading
            && top.block != Tag::P
    }

    fn link_start(&mut self, attributes: &Attributes) {
        let href = attributes.get(Attribute::Href);
        self.link = None;
        if href.is_empty() {
            return;
        }
        if self.is_row_of_links() {
            self.cut();
        }
        let start = self.builder.hrefs.len();
        self.builder.hrefs.push_str(href);
        let href = Span::new(start, self.builder.hrefs.len());
        self.link = Some(Link { depth: self.stack.len(), href });
    }

    fn title(&mut self, name: &[u8]) {
        self.cut();
        if !self.has_title {
            self.has_title = true;
            self.capture = Capture::Title;
        }
        self.push_open(Tag::Title, name, Open { flow: Flow::Skip, ..self.top() });
    }

    fn block(&mut self, tag: Tag, name: &[u8], span: Span, attributes: &Attributes) {
        match tag {
            Tag::Html => keep_first(&mut self.meta.language, attributes.get(Attribute::Lang)),
            Tag::Td | Tag::Th if self.top().kind == ItemKind::TableRow => self.cell_start(span),
            _ => self.cut(),
        }
        self.close_implied(tag, span.start);
        if matches!(tag, Tag::Html | Tag::Head | Tag::Body) {
            return;
        }
        let parent = self.top();
        let at = u16::try_from(self.stack.len()).ok();
        let look = attributes.look();
        let hidden = parent.hidden || look.hidden;
        let concealed = parent.concealed || look.concealed;
        let element = self.add_element(tag, span, attributes, hidden);
        let mut open =
            Open { tag, element, block: tag, hidden, concealed, kind: kind_inside(tag, parent.kind), ..parent };
        match tag {
            Tag::P => open.p = at,
            Tag::Li | Tag::Dd | Tag::Dt => (open.p, open.li) = (None, at),
            Tag::Ul | Tag::Ol | Tag::Dl => open.li = None,
            Tag::Td | Tag::Th => (open.p, open.li, open.cell) = (None, None, at),
            Tag::Tr => (open.row, open.cell) = (at, None),
            Tag::Table => (open.p, open.li, open.cell, open.row) = (None, None, None, None),
            _ => {}
        }
        self.push_open(tag, name, open);
    }

    fn cell_start(&mut self, span: Span) {
        if self.builder.len() > LONG_ROW {
            self.cut();
        } else {
            self.builder.space(Span { start: span.start, end: span.start });
        }
    }

    /// Closes what a new element of this sort closes: a paragraph, an item of the same list, a cell.
    fn close_implied(&mut self, tag: Tag, at: u32) {
        let top = self.top();
        let depth = match tag {
            Tag::Li | Tag::Dd | Tag::Dt => top.li.or(top.p),
            Tag::Td | Tag::Th => top.cell,
            Tag::Tr | Tag::Tbody | Tag::Thead | Tag::Tfoot => top.row.or(top.cell),
            _ => top.p,
        };
        if let Some(depth) = depth {
            while self.stack.len() > usize::from(depth) {
                self.leave(at);
            }
        }
    }

    fn add_element(&mut self, tag: Tag, span: Span, attributes: &Attributes, hidden: bool) -> Option<u32> {
        let parent = self.top().element;
        if self.outline.elements.len() >= limits::ELEMENTS || self.stack.len() >= limits::DEPTH {
            return parent;
        }
        let role = if attributes.has(Attribute::Role) { Attribute::Role } else { Attribute::Itemprop };
        self.outline.elements.push(Element {
            tag,
            parent,
            span: Span { start: span.start, end: offset(self.source.len()) },
            start_tag: span,
            class: attributes.span(Attribute::Class),
            id: attributes.span(Attribute::Id),
            role: attributes.span(role),
            hidden,
        });
        Some(offset(self.outline.elements.len() - 1))
    }

    fn push_open(&mut self, tag: Tag, name: &[u8], open: Open) {
        if self.stack.len() >= limits::DEPTH || self.overflow > 0 {
            self.overflow += 1;
            self.outline.is_deep = true;
        } else {
            self.stack.push(Open { tag, name: hash(name), ..open });
        }
    }

    /// Takes the innermost element off the stack because one round it ends.
    fn leave(&mut self, end: u32) {
        self.outline.left_open += usize::from(self.top().tag.display() == Display::Inline);
        self.pop(end);
    }

    /// Takes the innermost element off the stack; `end` is where it ends.
    fn pop(&mut self, end: u32) {
        let Some(open) = self.stack.pop() else { return };
        if open.element != self.top().element
            && let Some(index) = open.element
        {
            self.outline.elements[index as usize].span.end = end;
        }
        if open.tag == Tag::Title || open.tag == Tag::Script {
            self.end_capture();
        }
        if self.link.as_ref().is_some_and(|it| it.depth > self.stack.len()) {
            self.link = None;
        }
    }

    fn end_capture(&mut self) {
        if self.capture == Capture::Title {
            self.builder.finish_item(ItemKind::Title, Field::Html);
        }
        self.capture = Capture::No;
    }

    pub(super) fn end_tag(&mut self, tag: Tag, name: &[u8], span: Span) {
        if self.overflow > 0 && tag.display() != Display::Void && tag != Tag::A {
            self.overflow -= 1;
            return;
        }
        match tag {
            Tag::A => self.link = None,
            Tag::Br => self.void(tag, span, &Attributes::new(self.source)),
            _ => {
                if let Some(depth) = self.find_open(tag, hash(name)) {
                    self.close(depth, tag, span);
                }
            }
        }
    }

    /// Depth of the element that an end tag closes. One of an inline element does not reach past a
    /// block, one of a block does not reach past a cell.
    fn find_open(&self, tag: Tag, name: u32) -> Option<usize> {
        let inline = tag.display() == Display::Inline;
        for (depth, open) in self.stack.iter().enumerate().rev().take(limits::END_TAG_REACH) {
            if open.tag == tag && open.name == name {
                return Some(depth);
            }
            let fence = if inline {
                open.tag.display() != Display::Inline
            } else {
                open.tag.is_scope() && !tag.is_table_part()
            };
            if fence {
                return None;
            }
        }
        None
    }

    fn close(&mut self, depth: usize, tag: Tag, span: Span) {
        if tag.display() == Display::Block && tag != Tag::Title {
            self.cut();
        }
        // The element itself is no longer open; those inside it are left so.
        while self.stack.len() > depth + 1 {
            self.leave(span.end);
        }
        self.pop(span.end);
        if tag == Tag::Span && self.link.is_some() && !self.builder.is_empty() {
            self.last_span = Some(self.builder.position());
        }
    }

    fn meta_tag(&mut self, attributes: &Attributes) {
        let content = attributes.get(Attribute::Content).trim();
        if content.is_empty() {
            return;
        }
        let key = [Attribute::Property, Attribute::Name, Attribute::Itemprop];
        let key = key
            .map(|it| attributes.get(it))
            .into_iter()
            .find(|it| !it.is_empty())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let meta = &mut self.meta;
        match key.as_str() {
            "og:title" => self.head_item(ItemKind::Title, attributes),
            "description" | "og:description" if meta.description.is_empty() => {
                content.clone_into(&mut meta.description);
                self.head_item(ItemKind::Meta, attributes);
            }
            "og:site_name" => keep_first(&mut meta.site_name, content),
            "og:type" => meta.page_type = meta.page_type.or(json_ld::open_graph_type(content)),
            "og:image" if meta.images.len() < limits::IMAGES => {
                meta.images.push(Image { url: content.to_owned(), caption: String::new() });
            }
            "author" | "article:author" if !content.starts_with("http") => keep_first(&mut meta.byline, content),
            "article:published_time" | "datepublished" | "date" | "dc.date" | "dc.date.issued" | "sailthru.date" => {
                keep_first(&mut meta.publish_date, content);
            }
            _ => {}
        }
    }

    /// An item from the `content` attribute.
    fn head_item(&mut self, kind: ItemKind, attributes: &Attributes) {
        self.cut();
        let text = attributes.get(Attribute::Content);
        let span = attributes.span(Attribute::Content);
        if self.source.get(span.range()) == Some(text) {
            self.builder.push(text, span.start as usize);
        } else {
            self.push_decoded(text, span);
        }
        self.builder.finish_item(kind, Field::Html);
    }

    /// Text decoded from all of `origin`, word by word.
    fn push_decoded(&mut self, text: &str, origin: Span) {
        for word in text.split_whitespace() {
            self.builder.space(origin);
            self.builder.push_made(word, origin);
        }
    }

    fn json_ld(&mut self, text: &str, at: usize) {
        let found = json_ld::read(text, at, &mut self.meta);
        for headline in found {
            self.push_decoded(&headline.text, headline.origin);
            self.builder.finish_item(ItemKind::Title, Field::Html);
        }
    }
}

/// What text in an element is, by the element and by what the text round it is.
fn kind_inside(tag: Tag, outside: ItemKind) -> ItemKind {
    match tag {
        tag if tag.is_heading() => ItemKind::Heading,
        Tag::Li | Tag::Dd | Tag::Dt => ItemKind::ListItem,
        Tag::Blockquote => ItemKind::Quote,
        Tag::Figcaption | Tag::Caption => ItemKind::Caption,
        Tag::Pre => ItemKind::Code,
        Tag::Tr => ItemKind::TableRow,
        Tag::Article
        | Tag::Aside
        | Tag::Footer
        | Tag::Header
        | Tag::Main
        | Tag::Nav
        | Tag::Section
        | Tag::Table
        | Tag::Form => ItemKind::Paragraph,
        Tag::P | Tag::Div if outside == ItemKind::TableRow => ItemKind::Paragraph,
        _ => outside,
    }
}

fn keep_first(slot: &mut String, value: &str) {
    let value = value.trim();
    if slot.is_empty() {
        value.clone_into(slot);
    }
}

/// Whether a text is what stands between two links of a row.
fn is_separator(text: &str) -> bool {
    // Most is white space of the markup.
    text.trim_ascii_start().chars().all(|c| {
        c.is_whitespace() || matches!(c, '|' | '/' | '·' | '•' | '›' | '»' | '>' | '-' | '–' | '—' | '\u{2192}')
    })
}

/// What following an address does beyond opening a page. Browsers pass over white space and control
/// characters in the scheme.
fn address_action(address: &str) -> Option<Action> {
    let mut seen = address.chars().filter(|it| !it.is_whitespace() && !it.is_control()).peekable();
    // Most addresses are told by their first letter.
    if !seen.peek().is_some_and(|it| matches!(it.to_ascii_lowercase(), 'j' | 'v' | 'd')) {
        return None;
    }
    let start: String = seen.take(16).map(|it| it.to_ascii_lowercase()).collect();
    let is = |it: &str| start.starts_with(it);
    if is("javascript:") || is("vbscript:") {
        // "javascript:void(0)" and the like do nothing, and stand on half of all pages.
        let does_nothing =
            |it: &str| it.is_empty() || it.starts_with("void") || it.starts_with(';') || it.starts_with("//");
        let code = start.split_once(':').map_or("", |it| it.1);
        return (!does_nothing(code)).then_some(Action::ScriptAddress);
    }
    is("data:text/html").then_some(Action::DataAddress)
}

/// FNV-1a, to compare names of elements without keeping them.
fn hash(name: &[u8]) -> u32 {
    name.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
