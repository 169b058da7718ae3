//! HTML → items and their block elements, in one streaming pass.
//!
//! `tokenizer` reads tags and text as the WHATWG says, as places in the source, and `tree::Tree` follows them with a stack
//! of open elements. No tree is built: what layout needs is the list
//! of block elements with their parents ([`Outline`]). Depth, elements and attributes are bounded, and
//! nothing recurses.

mod aside;
mod attribute;
mod reference;
pub mod scan;
mod sink;
mod style;
mod tag;
mod tokenizer;
mod tree;

pub use aside::{Action, Active, Asides, Hiding, Unseen};
pub use tag::Tag;

use crate::{finding::Failure, limits};

use super::{
    Content, ItemKind, Page, Reading, Scope, Span, charset,
    reading::{Field, Html},
};

/// The block elements of a page, in the order of their start tags; a parent comes before its children.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The elements.
    pub elements: Vec<Element>,
    /// Whether elements stood deeper than the limit: the source is then not for tree builders.
    pub is_deep: bool,
    /// Number of start tags.
    pub start_tags: usize,
    /// Number of formatting elements that were open when a block round them ended.
    pub left_open: usize,
    /// What stands beside the text.
    pub asides: Asides,
}

impl Outline {
    /// Whether a tree of the source may be built: one that is neither too deep nor far larger than the
    /// source, as where many formatting elements are opened again in every block.
    #[must_use]
    pub fn is_buildable(&self) -> bool {
        !self.is_deep && self.start_tags.saturating_mul(self.left_open) <= limits::REOPENED
    }
}

/// A block element.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its tag.
    pub tag: Tag,
    /// Index of the block element it stands in.
    pub parent: Option<u32>,
    /// Its bytes in the source, from the start tag to the end tag.
    pub span: Span,
    /// Its start tag's bytes in the source.
    pub start_tag: Span,
    /// Bytes of the `class` attribute's value in the source.
    pub class: Span,
    /// Bytes of the `id` attribute's value in the source.
    pub id: Span,
    /// Bytes of the `role` or `itemprop` attribute's value in the source.
    pub role: Span,
    /// Whether people do not see it, by its own markup or an ancestor's.
    pub hidden: bool,
}

/// Reads an HTML page or fragment.
#[must_use]
pub(super) fn read<'p>(page: &'p Page, body: &'p [u8], title: &'p str) -> Reading<'p> {
    let (source, charset) = charset::decode(body, page.content_type());
    let scope = match page.content() {
        Content::Html { scope, .. } => *scope,
        Content::Text { .. } | Content::Items(_) => Scope::Page,
    };
    let mut tree = tree::Tree::new(&source);
    tree.builder.push(title, 0);
    tree.builder.finish_item(ItemKind::Title, Field::HtmlTitle);
    let tree = sink::run(&source, tree);
    let (mut builder, outline, mut meta) = tree.finish();
    if charset.replacements as usize > limits::REPLACEMENTS {
        let limit = limits::REPLACEMENTS;
        let message = format!(
            "{} characters could not be decoded as {}, limit is {limit}; the rest was not checked",
            charset.replacements, charset.name
        );
        builder.failures.push(Failure { name: "charset".into(), message });
    }
    if meta.language.is_empty() {
        page.language().clone_into(&mut meta.language);
    }
    builder.build(page, Some(Html { source, charset, scope, outline }), meta)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{PageDraft, read};

    fn page(html: &str) -> Page {
        let content = Content::Html { body: html.as_bytes().to_vec(), title: String::new(), scope: Scope::Page };
        Page::try_new(PageDraft { content: Some(content), ..PageDraft::default() }).expect("valid")
    }

    /// Kind and text of each item.
    fn items(html: &str) -> Vec<(ItemKind, String)> {
        let page = page(html);
        let reading = read(&page);
        (0..reading.items.len()).map(|it| (reading.items[it].kind, reading.text_of(it).to_owned())).collect()
    }

    fn texts(html: &str) -> Vec<String> {
        items(html).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn html_cuts_at_block_elements_and_not_at_inline_ones() {
        let html = "<div>One <b>two</b><p>three<br>four<p>five</div>six<h2>seven</h2>";
        assert_eq!(texts(html), ["One two", "three four", "five", "six", "seven"]);
        assert_eq!(texts("<p>a<br><br>b"), ["a", "b"]);
    }

    #[test]
    fn html_names_kinds_by_syntax() {
        use ItemKind::{Caption, Code, Heading, Link, ListItem, Paragraph, Quote, TableRow};
        let html = "<h1>h</h1><p>p</p><ul><li>l<li>m</ul><blockquote><p>q</blockquote><figure><img><figcaption>c</figcaption></figure>\
                    <pre>x\ny</pre><table><tr><td>1<td>2</table><div><a href=/x>link</a></div>";
        let kinds: Vec<_> = items(html).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [Heading, Paragraph, ListItem, ListItem, Quote, Caption, Code, TableRow, Link]);
    }

    #[test]
    fn html_spans_point_at_the_source_through_entities_and_white_space() {
        let html = "<p>caf&eacute;  &amp; <b>th\r\né</b></p><p>x";
        let page = page(html);
        let reading = read(&page);
        assert_eq!(reading.text_of(0), "café & th é");
        let at = reading.text_of(0).find('&').expect("there");
        let (field, span) = reading.source_span(0, Span::new(at, at + 1));
        assert_eq!((field, &html[span.range()]), (Field::Html, "&amp;"));
        let (_, span) = reading.source_span(0, Span::new(0, "café".len()));
        assert_eq!(&html[span.range()], "caf&eacute;");
        let (_, span) = reading.source_span(0, reading.whole(0));
        assert_eq!(&html[span.range()], "caf&eacute;  &amp; <b>th\r\né");
    }

    #[test]
    fn html_leaves_out_what_is_not_text() {
        let html = "<style>a{}</style><script>if (a<b) {}</script><svg><title>t</title></svg><template>x</template>\
                    <select><option>o</select><noscript>n</noscript><!-- c --><p>text</p>";
        assert_eq!(texts(html), ["text"]);
    }

    #[test]
    fn html_gives_title_candidates_from_the_head() {
        use ItemKind::{Heading, Meta, Title};
        let html = r#"<html lang=en><head><title>A &amp; B | Site</title><meta property="og:title" content="A &amp; B">
            <meta name=description content="About A."><script type="application/ld+json">
            {"@graph":[{"@type":"NewsArticle","headline":"A \u0026 B!","author":{"name":"Ann"},"datePublished":"2024-05-03"}]}
            </script></head><body><h1>A</h1>"#;
        let expect = [(Title, "A & B | Site"), (Title, "A & B"), (Meta, "About A."), (Title, "A & B!"), (Heading, "A")];
        let expect: Vec<_> = expect.into_iter().map(|(kind, text)| (kind, text.to_owned())).collect();
        assert_eq!(items(html), expect);
        let page = page(html);
        let reading = read(&page);
        let (_, span) = reading.source_span(3, reading.whole(3));
        assert_eq!(&html[span.range()], r#""A \u0026 B!""#);
        assert_eq!(reading.meta.byline, "Ann");
        assert_eq!(reading.meta.publish_date, "2024-05-03");
        assert_eq!(reading.meta.language, "en");
    }

    #[test]
    fn html_splits_rows_of_links_and_classed_spans_of_a_link() {
        assert_eq!(texts("<div><a href=1>One</a> | <a href=2>Two</a></div>"), ["One", "Two"]);
        assert_eq!(texts("<p><a href=1>One</a> <a href=2>Two</a> said</p>"), ["One Two said"]);
        let nav = "<a href=1><span class=label>Next</span> <span class=title>Headline</span></a>";
        assert_eq!(texts(nav), ["Next", "Headline"]);
        assert_eq!(texts("<a href=1><span class=drop>T</span>he end</a>"), ["The end"]);
    }

    #[test]
    fn html_marks_hidden_blocks_and_drops_hidden_words() {
        let html = "<div style='display: none'><p>secret</p></div><p>seen <span hidden>not</span> all</p>";
        let page = page(html);
        let reading = read(&page);
        assert!(reading.items[0].hidden);
        assert_eq!((reading.items[1].hidden, reading.text_of(1)), (false, "seen all"));
    }

    #[test]
    fn html_nesting_beyond_the_limit_keeps_its_text() {
        let html = format!("{}deep{}<p>after</p>", "<div>".repeat(64_000), "</div>".repeat(64_000));
        assert_eq!(texts(&html), ["deep", "after"]);
    }

    #[test]
    fn html_outline_gives_each_element_its_span() {
        let html = "<main id=m class='a b'><p>x</p></main><p>y";
        let page = page(html);
        let reading = read(&page);
        let html_reading = reading.html.as_ref().expect("html");
        let main = &html_reading.outline.elements[0];
        assert_eq!(&html[main.span.range()], "<main id=m class='a b'><p>x</p></main>");
        assert_eq!(&html[main.class.range()], "a b");
        assert_eq!(&html[main.id.range()], "m");
        assert_eq!(reading.items[0].element, Some(1));
        assert_eq!(html_reading.outline.elements[1].parent, Some(0));
    }
}
