//! What a page says of itself, completed from its markup where neither head nor JSON-LD says it.
//!
//! Half of all pages name their author or date only in the body: as microdata, as `rel=author`, in `time`, in a
//! byline. One search over the source for a few names finds these; it runs only where something is missing.

use std::{cell::LazyCell, sync::LazyLock};

use memchr::memmem;
use regex::Regex;

use crate::{
    finding::WidgetKind,
    layout::{Layout, shape},
    limits,
    page::{
        Meta, Reading, Scope,
        html::scan::{end_of_tag, name_of, text_of, text_to_end_tag, value_of},
    },
};

/// Names of `meta` elements for the date of publication, beside those that reading knows.
const DATES: &[&str] = &[
    "article:published",
    "article:published_date",
    "article:publicationdate",
    "publishdate",
    "publish_date",
    "publish-date",
    "pubdate",
    "pub_date",
    "pdate",
    "ptime",
    "publication_date",
    "publication-date",
    "datecreated",
    "date_published",
    "article_date_original",
    "parsely-pub-date",
    "og:published_time",
    "dcterms.date",
    "dcterms.created",
    "dcterms.issued",
    "dc.date.created",
    "citation_publication_date",
    "displaydate",
    "vr:published-time",
    "bt:pubdate",
];
/// The same for the author.
const AUTHORS: &[&str] = &[
    "article:author_name",
    "article:authorname",
    "authors",
    "byl",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "dcsext.author",
    "citation_author",
];
/// Bytes after a start tag in which its text ends.
const TEXT_BYTES: usize = 400;
/// Bytes of a value in JSON, or of a name or date.
const VALUE_BYTES: usize = 200;
/// Words of the longest name of a site: some pages put their title there.
const SITE_WORDS: usize = 5;
/// Words of the longest byline.
const BYLINE_WORDS: usize = 12;
/// Items before the first and after the last of the main text among which a byline stands.
const BYLINE_REACH: usize = 12;

/// What the page says of itself.
#[must_use]
pub fn of(reading: &Reading<'_>, layout: &Layout) -> Meta {
    let mut meta = reading.meta.clone();
    let Some(html) = reading.html.as_ref().filter(|it| it.scope == Scope::Page) else { return meta };
    if [&meta.byline, &meta.publish_date, &meta.language, &meta.canonical_url, &meta.site_name]
        .iter()
        .any(|it| it.is_empty())
    {
        let end = html.source.floor_char_boundary(limits::FACT_BYTES);
        let found = Found::of(&html.source[..end], &meta);
        keep(&mut meta.byline, found.author);
        keep(&mut meta.publish_date, found.date);
        keep(&mut meta.language, found.language);
        keep(&mut meta.canonical_url, found.canonical_url);
        keep(&mut meta.site_name, found.site_name);
    }
    if meta.byline.is_empty() {
        meta.byline = byline(reading, layout).unwrap_or_default();
    }
    meta
}

fn keep(slot: &mut String, found: Option<String>) {
    if slot.is_empty() {
        *slot = found.unwrap_or_default();
    }
}

/// Where facts stand in a source.
#[derive(Clone, Copy)]
enum Sign {
    Meta,
    Time,
    Author,
    Published,
}

/// The signs, in any case of ASCII. A pattern, because `regex` looks for their first letters with vectors.
static SIGNS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("(?i-u:<meta|<time|author|datepublished)").expect("four short words"));
/// The only one where author and date are known.
static METAS: LazyLock<Regex> = LazyLock::new(|| Regex::new("(?i-u:<meta)").expect("one short word"));

impl Sign {
    fn of(word: &str) -> Self {
        match word.as_bytes() {
            [b'<', b'm' | b'M', ..] => Self::Meta,
            [b'<', ..] => Self::Time,
            [b'a' | b'A', ..] => Self::Author,
            _ => Self::Published,
        }
    }
}

/// The first of each fact in a source; of dates, the surest sort.
#[derive(Default)]
struct Found {
    author: Option<String>,
    date: Option<String>,
    /// Of a `time` element, which may be that of a teaser.
    time: Option<Time>,
    language: Option<String>,
    canonical_url: Option<String>,
    site_name: Option<String>,
}

/// A date that a `time` element names, and where that stands.
struct Time {
    at: usize,
    date: String,
}

impl Found {
    /// Finds what is not known.
    fn of(source: &str, known: &Meta) -> Self {
        let mut found = Self::default();
        let (author, date) = (known.byline.is_empty(), known.publish_date.is_empty());
        let heading = LazyCell::new(|| {
            let headings = [b"<h1", b"<H1"].map(|it| memmem::find(source.as_bytes(), it));
            headings.into_iter().flatten().min()
        });
        for sign in if author || date { &SIGNS } else { &METAS }.find_iter(source) {
            let at = sign.start();
            match Sign::of(sign.as_str()) {
                Sign::Meta => found.meta(tag_at(source, at)),
                Sign::Time if date && found.date.is_none() => {
                    // A time before the heading is that of a clock or a teaser, if there is another after it.
                    let replaces = |it: &Time| heading.is_some_and(|heading| (it.at..at).contains(&heading));
                    if found.time.as_ref().is_none_or(replaces) {
                        let time = value_of(tag_at(source, at), "datetime").filter(|it| is_date(it));
                        let time = time.map(|it| Time { at, date: it.trim().to_owned() });
                        found.time = time.or(found.time);
                    }
                }
                Sign::Author if author && found.author.is_none() => found.author = author_at(source, at),
                Sign::Published if date && found.date.is_none() => found.date = published_at(source, at),
                Sign::Time | Sign::Author | Sign::Published => {}
            }
        }
        found.date = found.date.or(found.time.take().map(|it| it.date));
        found
    }

    fn meta(&mut self, tag: &str) {
        let name = ["property", "name", "itemprop", "http-equiv"].iter().find_map(|it| value_of(tag, it));
        let Some(name) = name.filter(|it| it.len() <= VALUE_BYTES).map(str::to_ascii_lowercase) else { return };
        let content = || value_of(tag, "content").and_then(plain).filter(|it| it.len() <= VALUE_BYTES);
        let (slot, content) = match name.as_str() {
            "og:url" => (&mut self.canonical_url, content().filter(|it| it.starts_with("http"))),
            "application-name" => (&mut self.site_name, content().filter(|it| shape::words(it) <= SITE_WORDS)),
            "content-language" => (&mut self.language, content()),
            "og:locale" => (&mut self.language, content().map(|it| it.replace('_', "-"))),
            name if DATES.contains(&name) => (&mut self.date, content().filter(|it| is_date(it))),
            name if AUTHORS.contains(&name) => (&mut self.author, content().filter(|it| is_name(it))),
            _ => return,
        };
        if slot.is_none() {
            *slot = content;
        }
    }
}

/// The tag that begins here, without its brackets.
fn tag_at(source: &str, at: usize) -> &str {
    let tag = &source[at + 1..source.floor_char_boundary((at + limits::ATTRIBUTE_BYTES).min(source.len()))];
    &tag[..end_of_tag(tag)]
}

/// The start tag that a place stands in.
fn tag_round(source: &str, at: usize) -> Option<(usize, &str)> {
    let start = source[source.floor_char_boundary(at.saturating_sub(VALUE_BYTES))..at].rfind(['<', '>'])?;
    let start = source.floor_char_boundary(at.saturating_sub(VALUE_BYTES)) + start;
    source[start..].starts_with('<').then(|| (start, tag_at(source, start)))
}

/// A name of the author: in JSON, or the text of an element that says so.
fn author_at(source: &str, at: usize) -> Option<String> {
    if let Some(json) = json_value(source, at, "author") {
        let json = json.trim_start_matches(['[', '{', ' ', '\n', '\r', '\t']);
        let name = match json.strip_prefix('"') {
            Some(text) if !text.starts_with('@') && !is_key(text) => text,
            _ => {
                let name = json.get(..json.find('}').unwrap_or(json.len()))?.split("\"name\"").nth(1)?;
                name.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?
            }
        };
        return json_text(name).filter(|it| is_name(it));
    }
    let (start, tag) = tag_round(source, at)?;
    let says =
        |name| value_of(tag, name).is_some_and(|it| it.split_whitespace().any(|it| it.eq_ignore_ascii_case("author")));
    if !(says("rel") || says("itemprop")) || name_of(tag) == "link" {
        return None;
    }
    let stated = value_of(tag, "content").and_then(plain);
    stated.or_else(|| text_after(source, start + 1 + tag.len() + 1)).filter(|it| is_name(it))
}

/// Whether a JSON string is the key of an object.
fn is_key(text: &str) -> bool {
    text.split_once('"').is_some_and(|(_, rest)| rest.trim_start().starts_with(':'))
}

/// A date of publication: in JSON, or in an element that says so.
fn published_at(source: &str, at: usize) -> Option<String> {
    if let Some(json) = json_value(source, at, "datepublished") {
        return json_text(json.strip_prefix('"')?).filter(|it| is_date(it));
    }
    let (start, tag) = tag_round(source, at)?;
    value_of(tag, "itemprop").filter(|it| it.to_ascii_lowercase().contains("datepublished"))?;
    let stated = ["datetime", "content", "title"].iter().find_map(|it| value_of(tag, it)).and_then(plain);
    stated.filter(|it| is_date(it)).or_else(|| text_after(source, start + 1 + tag.len() + 1).filter(|it| is_date(it)))
}

/// What follows the colon of a JSON key that stands here.
fn json_value<'a>(source: &'a str, at: usize, key: &str) -> Option<&'a str> {
    let value = source[..at].ends_with('"').then(|| &source[at + key.len()..])?.strip_prefix('"')?;
    let value = value.trim_start().strip_prefix(':')?.trim_start();
    Some(&value[..value.floor_char_boundary(VALUE_BYTES * 2)])
}

/// A JSON string up to its closing quote.
fn json_text(text: &str) -> Option<String> {
    let mut escaped = false;
    let end = text.find(|it| {
        let ends = it == '"' && !escaped;
        escaped = it == '\\' && !escaped;
        ends
    })?;
    let text: String = serde_json::from_str(&format!("\"{}\"", &text[..end])).ok()?;
    plain(&text)
}

/// The text right after a start tag, up to the first end tag behind it.
fn text_after(source: &str, at: usize) -> Option<String> {
    let end = source.floor_char_boundary((at + TEXT_BYTES).min(source.len()));
    let text = text_to_end_tag(source.get(at..end)?);
    plain(&text)
}

/// A value on one line, entities decoded; none without text.
fn plain(text: &str) -> Option<String> {
    let decoded = text_of(text);
    let line = decoded.split_whitespace().collect::<Vec<_>>().join(" ");
    (!line.is_empty()).then_some(line)
}

/// Whether a text can name people: short, with letters, and neither an address nor a sentence.
fn is_name(text: &str) -> bool {
    let letters = text.chars().filter(|it| it.is_alphabetic()).count();
    // "By" and "von" stand before the name; names in Han have two signs.
    letters >= if text.is_ascii() { 4 } else { 2 }
        && letters * 2 > text.chars().count()
        && shape::words(text) <= BYLINE_WORDS
        && !text.contains("://")
        && !text.contains(['{', '@'])
}

/// Whether a text has a year and is short.
fn is_date(text: &str) -> bool {
    let mut numbers = text.split(|it: char| !it.is_ascii_digit()).filter(|it| !it.is_empty());
    let is_year = |it: &str| matches!(it.len(), 4 | 8 | 10 | 13 | 14) && it.starts_with(['1', '2']);
    text.len() <= 60 && numbers.any(is_year)
}

/// The text of a byline beside the main text: the first that can be names, and has two words with capitals or is of
/// a script without them.
fn byline(reading: &Reading<'_>, layout: &Layout) -> Option<String> {
    let mut main = layout.main();
    let first = main.next()?;
    let last = main.next_back().unwrap_or(first);
    let near = first.saturating_sub(BYLINE_REACH)..(last + BYLINE_REACH).min(layout.items.len());
    let is_byline =
        |it: &usize| layout.items[*it].block.is_some_and(|it| layout.blocks[it].widget == WidgetKind::Byline);
    let names = near.filter(is_byline).map(|it| reading.text_of(it)).filter(|it| is_name(it) && is_people(it));
    names.map(str::to_owned).next()
}

fn is_people(text: &str) -> bool {
    let capitals = text.split_whitespace().filter(|it| it.starts_with(char::is_uppercase)).count();
    let has_digit = text.contains(|it: char| it.is_ascii_digit());
    !has_digit && !text.ends_with(['.', '!', '?', ':', '…']) && (2..=BYLINE_WORDS).contains(&capitals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> (Option<String>, Option<String>) {
        let found = Found::of(source, &Meta::default());
        (found.author, found.date)
    }

    #[test]
    fn author_and_date_are_found_in_markup_of_the_body() {
        for (source, author, date) in [
            (
                "<a rel='author' href=/ann><span>Ann&nbsp;Lind</span></a><time datetime=2024-05-03>3 May</time>",
                "Ann Lind",
                "2024-05-03",
            ),
            (
                "<p itemprop=author itemscope><span itemprop=name>Ann Lind</span></p><meta itemprop=datePublished content='2024-05-03'>",
                "Ann Lind",
                "2024-05-03",
            ),
            (
                r#"<script>{"author":{"@type":"Person","name":"Ann \u004cind"},"datePublished":"2024-05-03T08:00",}</script>"#,
                "Ann Lind",
                "2024-05-03T08:00",
            ),
            (r#"<script>{"author": "Ann Lind", "datePublished": "2024-05-03"}</script>"#, "Ann Lind", "2024-05-03"),
            (
                "<meta name=parsely-author content='Ann Lind'><meta content=2024-05-03 name=pubdate>",
                "Ann Lind",
                "2024-05-03",
            ),
            (
                "<time datetime=2020-01-01></time><h1>A</h1><b itemprop=author>Ann Lind</b><time datetime=2024-05-03></time><time datetime=2023-01-01></time>",
                "Ann Lind",
                "2024-05-03",
            ),
        ] {
            assert_eq!(found(source), (Some(author.to_owned()), Some(date.to_owned())), "{source}");
        }
    }

    #[test]
    fn what_names_no_author_and_no_date_gives_none() {
        for source in [
            "<link rel=author href=/humans.txt>",
            "<a rel=author href=/x><img src=/x.png></a>",
            "<time datetime='08:00'>8 am</time>",
            "<div class=author>Ann</div>",
            "<i rel=author>by</i>",
            "<meta name=author-id content=7><p>The author's words</p>",
            "<script>{\"author\":{\"@id\":\"#7\"}}</script>",
        ] {
            assert_eq!(found(source), (None, None), "{source}");
        }
    }

    #[test]
    fn bylines_are_names() {
        for text in ["By Ann Lind", "Ann Lind and Bo Ek", "Von Ann Lind"] {
            assert!(is_name(text) && is_people(text), "{text}");
        }
        for text in ["Share", "Ann Lind wrote this in May 2024", "All authors", "About the author:"] {
            assert!(!(is_name(text) && is_people(text)), "{text}");
        }
    }
}
