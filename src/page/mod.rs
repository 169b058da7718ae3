//! What was sent, and what is read of it.
//!
//! [`Page`] is a checked page: its constructor is the one place where a caller's input is measured
//! against [`limits`], so nothing behind it checks again. [`Reading`] is the page as
//! items with exact places in what was sent; [`read`] makes one, by [`text`] or [`html`]. Nothing
//! here knows what junk is.

pub(crate) mod block;
pub mod charset;
mod classes;
pub mod fold;
pub mod html;
mod json_ld;
pub mod reading;
pub mod span;
pub mod tally;
pub mod text;

use std::fmt;

pub use charset::Charset;
pub use fold::Folded;
pub use reading::{Field, Image, Item, ItemKind, Known, Meta, Reading};
pub use span::{Span, SpanMap};
pub use tally::{Signs, Tally};

use crate::limits;

/// Type of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PageType {
    /// An article with a body of its own.
    Article,
    /// A list of links to other pages, with or without teasers.
    Listing,
    /// An offer of goods.
    Product,
    /// Images or videos with captions.
    Gallery,
    /// A live blog or ticker.
    Live,
    /// A short report that is whole as it is.
    Brief,
    /// None of these.
    Other,
}

impl PageType {
    /// Name as printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Listing => "listing",
            Self::Product => "product",
            Self::Gallery => "gallery",
            Self::Live => "live",
            Self::Brief => "brief",
            Self::Other => "other",
        }
    }
}

/// How much of a page an HTML body is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// A whole page, furniture included.
    #[default]
    Page,
    /// Main text only, as a content management system holds it.
    Fragment,
}

/// What was scraped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// HTML as it was received.
    Html {
        /// The document, in whatever charset.
        body: Vec<u8>,
        /// Title held beside the document, or empty.
        title: String,
        /// Page or piece.
        scope: Scope,
    },
    /// Plain text.
    Text {
        /// Title, or empty.
        title: String,
        /// Text.
        body: String,
    },
    /// Ready items.
    Items(Vec<ContentItem>),
}

/// A ready item of the caller's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentItem {
    /// Id of the caller's own, or empty.
    pub id: String,
    /// Kind by syntax.
    pub kind: ItemKind,
    /// Text.
    pub text: String,
    /// Where a link leads, or empty.
    pub url: String,
}

/// A page as a caller describes it, unchecked. Everything but the content may be left at its default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageDraft {
    /// Caller's key, or empty.
    pub id: String,
    /// Site or feed, or empty.
    pub source: String,
    /// Final address, or empty.
    pub url: String,
    /// Address asked for, or empty.
    pub requested_url: String,
    /// HTTP status, 100 to 599, or 0.
    pub http_status: i32,
    /// HTTP headers.
    pub headers: Vec<(String, String)>,
    /// Media type, or empty.
    pub content_type: String,
    /// Language expected, a BCP 47 tag, or empty.
    pub language: String,
    /// Type of page expected.
    pub expected_type: Option<PageType>,
    /// What was scraped.
    pub content: Option<Content>,
}

/// A checked page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    id: String,
    source: String,
    draft: PageDraft,
    content: Content,
}

/// One field of a page that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field, as in the proto.
    pub field: &'static str,
    /// What is wrong, with the value and the limit.
    pub message: String,
}

/// Everything that is wrong with a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PageError {
    /// The violations, at least one.
    pub violations: Vec<Violation>,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, it) in self.violations.iter().enumerate() {
            let separator = if i == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", it.field, it.message)?;
        }
        Ok(())
    }
}

impl Page {
    /// Checks a draft against every limit and fills in id and source.
    pub fn try_new(mut draft: PageDraft) -> Result<Self, PageError> {
        let mut check = Check::default();
        check.bytes("page_id", draft.id.len(), limits::ID_BYTES);
        check.bytes("source", draft.source.len(), limits::SOURCE_BYTES);
        check.bytes("url", draft.url.len(), limits::URL_BYTES);
        check.bytes("requested_url", draft.requested_url.len(), limits::URL_BYTES);
        check.bytes("content_type", draft.content_type.len(), limits::HEADER_BYTES);
        check.bytes("language", draft.language.len(), limits::LANGUAGE_BYTES);
        check.status(draft.http_status);
        check.headers(&draft.headers);
        let content = draft.content.take();
        match &content {
            Some(content) => check.content(content),
            None => check.add("content", "page has no content: set html, text or items".into()),
        }
        let Some(content) = content.filter(|_| check.violations.is_empty()) else {
            return Err(PageError { violations: check.violations });
        };
        for (name, _) in &mut draft.headers {
            name.make_ascii_lowercase();
        }
        draft.headers.sort();
        let id = if draft.id.is_empty() { content.hash() } else { std::mem::take(&mut draft.id) };
        let source = if draft.source.is_empty() {
            registrable_domain(&draft.url).unwrap_or_default()
        } else {
            std::mem::take(&mut draft.source)
        };
        Ok(Self { id, source, draft, content })
    }

    /// Caller's key, or the hash of the content.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Site or feed, or empty.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Final address, or empty.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.draft.url
    }

    /// Status of the HTTP answer, where it is known.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        u16::try_from(self.draft.http_status).ok().filter(|it| *it != 0)
    }

    /// Address asked for, or empty.
    #[must_use]
    pub fn requested_url(&self) -> &str {
        &self.draft.requested_url
    }

    /// Headers, names in lower case, sorted.
    #[must_use]
    pub fn headers(&self) -> &[(String, String)] {
        &self.draft.headers
    }

    /// Media type: as stated, else from the headers, else empty.
    #[must_use]
    pub fn content_type(&self) -> &str {
        if !self.draft.content_type.is_empty() {
            return &self.draft.content_type;
        }
        let header = self.headers().iter().find(|(name, _)| name == "content-type");
        header.map_or("", |(_, value)| value)
    }

    /// Language expected, or empty.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.draft.language
    }

    /// Type of page expected.
    #[must_use]
    pub fn expected_type(&self) -> Option<PageType> {
        self.draft.expected_type
    }

    /// What was scraped.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }
}

impl Content {
    /// Bytes of all text in it.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Html { body, title, .. } => body.len() + title.len(),
            Self::Text { title, body } => body.len() + title.len(),
            Self::Items(items) => items.iter().map(|it| it.text.len()).sum(),
        }
    }

    /// Whether nothing was sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// BLAKE3 of the content with the kinds and addresses of its items. Neither headers nor status are in it: a date
    /// in a header makes no other page.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        match self {
            Self::Html { body, title, scope } => {
                part(if *scope == Scope::Fragment { b"fragment" } else { b"html" });
                part(title.as_bytes());
                part(body);
            }
            Self::Text { title, body } => {
                part(b"text");
                part(title.as_bytes());
                part(body.as_bytes());
            }
            Self::Items(items) => {
                part(b"items");
                for item in items {
                    part(&[item.kind as u8]);
                    part(item.text.as_bytes());
                    part(item.url.as_bytes());
                }
            }
        }
        hasher.finalize().into()
    }

    /// BLAKE3 of the content, as 32 hexadecimal digits (128 bits).
    fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        match self {
            Self::Html { body, title, scope } => {
                part(if *scope == Scope::Fragment { b"fragment" } else { b"html" });
                part(title.as_bytes());
                part(body);
            }
            Self::Text { title, body } => {
                part(b"text");
                part(title.as_bytes());
                part(body.as_bytes());
            }
            Self::Items(items) => {
                part(b"items");
                for item in items {
                    part(item.text.as_bytes());
                }
            }
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }
}

/// Registrable domain of a URL's host by the Public Suffix List; the host itself where it has none.
#[must_use]
pub fn registrable_domain(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    match url.host()? {
        url::Host::Domain(host) => Some(psl::domain_str(host).unwrap_or(host).to_owned()),
        address => Some(address.to_string()),
    }
}

/// Collects violations.
#[derive(Default)]
struct Check {
    violations: Vec<Violation>,
}

impl Check {
    fn add(&mut self, field: &'static str, message: String) {
        self.violations.push(Violation { field, message });
    }

    fn bytes(&mut self, field: &'static str, len: usize, limit: usize) {
        if len > limit {
            self.add(field, format!("has {len} bytes, limit is {limit}"));
        }
    }

    fn status(&mut self, status: i32) {
        if status != 0 && !(100..=599).contains(&status) {
            self.add("http_status", format!("is {status}, must be 0 or 100 to 599"));
        }
    }

    fn headers(&mut self, headers: &[(String, String)]) {
        if headers.len() > limits::HEADERS {
            self.add("headers", format!("has {} entries, limit is {}", headers.len(), limits::HEADERS));
        }
        let bytes = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.bytes("headers", bytes, limits::HEADER_BYTES);
    }

    fn content(&mut self, content: &Content) {
        match content {
            Content::Html { body, title, .. } => {
                self.bytes("html.body", body.len(), limits::PAGE_BYTES);
                self.bytes("html.title", title.len(), limits::TITLE_BYTES);
            }
            Content::Text { title, .. } => {
                self.bytes("text.body", content.len(), limits::PAGE_BYTES);
                self.bytes("text.title", title.len(), limits::TITLE_BYTES);
            }
            Content::Items(items) => self.items(items, content.len()),
        }
    }

    fn items(&mut self, items: &[ContentItem], bytes: usize) {
        if items.len() > limits::ITEMS {
            self.add("items.items", format!("has {} entries, limit is {}", items.len(), limits::ITEMS));
        }
        self.bytes("items.items.text", bytes, limits::PAGE_BYTES);
        let id = items.iter().map(|it| it.id.len()).max().unwrap_or(0);
        self.bytes("items.items.item_id", id, limits::ID_BYTES);
        let url = items.iter().map(|it| it.url.len()).max().unwrap_or(0);
        self.bytes("items.items.url", url, limits::URL_BYTES);
    }
}

/// Reads a page: what was sent becomes items with exact places. Pure.
#[must_use]
pub fn read(page: &Page) -> Reading<'_> {
    match page.content() {
        Content::Html { body, title, .. } => html::read(page, body, title),
        Content::Text { title, body } => text::read(page, title, body),
        Content::Items(items) => text::read_items(page, items),
    }
}

/// Reads a text of which some was read before, as [`read`] would; tells which items those are, in order, each with that
/// item of the earlier reading, whose text it has.
#[must_use]
pub fn read_again<'p>(page: &'p Page, known: Known<'_>) -> (Reading<'p>, Vec<(usize, usize)>) {
    match page.content() {
        Content::Text { title, body } => text::read_again(page, title, body, known),
        Content::Html { .. } | Content::Items(_) => (read(page), Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> PageDraft {
        let content = Content::Text { title: String::new(), body: body.into() };
        PageDraft { content: Some(content), ..PageDraft::default() }
    }

    #[test]
    fn page_without_content_is_refused_with_all_other_violations() {
        let draft = PageDraft { http_status: 999, url: "x".repeat(9000), ..PageDraft::default() };
        let error = Page::try_new(draft).expect_err("no content");
        let fields: Vec<_> = error.violations.iter().map(|it| it.field).collect();
        assert_eq!(fields, ["url", "http_status", "content"]);
        assert_eq!(error.violations[0].message, "has 9000 bytes, limit is 8192");
    }

    #[test]
    fn page_at_the_limit_is_taken_and_one_byte_more_is_refused() {
        assert!(Page::try_new(text(&"x".repeat(limits::PAGE_BYTES))).is_ok());
        let error = Page::try_new(text(&"x".repeat(limits::PAGE_BYTES + 1))).expect_err("too long");
        assert_eq!(error.to_string(), "text.body: has 4194305 bytes, limit is 4194304");
    }

    #[test]
    fn page_id_defaults_to_the_hash_of_the_content() {
        let a = Page::try_new(text("a")).expect("valid");
        let b = Page::try_new(text("b")).expect("valid");
        assert_eq!(a.id().len(), 32);
        assert_ne!(a.id(), b.id());
    }

    #[test]
    fn source_defaults_to_the_registrable_domain() {
        let draft = PageDraft { url: "https://news.example.co.uk/a?b".into(), ..text("a") };
        assert_eq!(Page::try_new(draft).expect("valid").source(), "example.co.uk");
        assert_eq!(registrable_domain("http://192.0.2.1/x").as_deref(), Some("192.0.2.1"));
        assert_eq!(registrable_domain("not a url"), None);
    }
}
