//! What a page says of itself in schema.org JSON-LD.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::{Image, Meta, PageType, Span};
use crate::limits;

/// A headline, with its place: the string literal in the source.
pub(super) struct Headline {
    pub(super) text: String,
    pub(super) origin: Span,
}

/// An object whose values stay as they are written, so that their place is known.
type Object<'a> = BTreeMap<&'a str, &'a RawValue>;

/// Reads one script that starts at `at` in the source. What does not parse is passed over: pages hold
/// a lot of broken JSON-LD, and nothing is decided by it alone.
pub(super) fn read(script: &str, at: usize, meta: &mut Meta) -> Vec<Headline> {
    let mut headlines = Vec::new();
    if script.len() > limits::JSON_LD_BYTES {
        return headlines;
    }
    let mut queue = vec![script.trim()];
    let mut nodes = 0;
    while let Some(raw) = queue.pop() {
        nodes += 1;
        if nodes > limits::JSON_LD_NODES {
            break;
        }
        if raw.starts_with('[') {
            let list = serde_json::from_str::<Vec<&RawValue>>(raw).unwrap_or_default();
            queue.extend(list.iter().rev().take(limits::JSON_LD_NODES).map(|it| it.get()));
        } else if let Ok(object) = serde_json::from_str::<Object<'_>>(raw) {
            read_object(&object, script, at, meta, &mut headlines);
            queue.extend(["mainEntity", "@graph"].iter().filter_map(|it| object.get(it)).map(|it| it.get()));
        }
    }
    headlines
}

fn read_object(object: &Object<'_>, script: &str, at: usize, meta: &mut Meta, headlines: &mut Vec<Headline>) {
    let types = strings(object.get("@type").copied());
    let Some(page_type) = types.iter().find_map(|it| schema_type(it)) else {
        if types.iter().any(|it| it.ends_with("Organization") || it == "WebSite") {
            keep_first(&mut meta.site_name, first(object.get("name").copied()));
        }
        return;
    };
    meta.page_type = meta.page_type.or(Some(page_type));
    if let Some(raw) = object.get("headline")
        && let Ok(text) = serde_json::from_str::<String>(raw.get())
    {
        let start = at + (raw.get().as_ptr() as usize - script.as_ptr() as usize);
        headlines.push(Headline { text, origin: Span::new(start, start + raw.get().len()) });
    }
    keep_first(&mut meta.byline, names(object.get("author").copied()));
    keep_first(&mut meta.publish_date, first(object.get("datePublished").copied()));
    keep_first(&mut meta.site_name, names(object.get("publisher").copied()));
    keep_first(&mut meta.language, first(object.get("inLanguage").copied()));
    let words = first(object.get("wordCount").copied()).parse().ok().or_else(|| body_words(object));
    meta.word_count = meta.word_count.or(words);
    let free = object.get("isAccessibleForFree").map(|it| it.get().trim_matches('"').to_ascii_lowercase());
    meta.not_free |= free.is_some_and(|it| it.ends_with("false"));
    for url in strings(object.get("image").copied()) {
        if meta.images.len() < limits::IMAGES && !meta.images.iter().any(|it| it.url == url) {
            meta.images.push(Image { url, caption: String::new() });
        }
    }
}

/// Words of the article body that the JSON-LD carries, where it is one: some sites put a summary there.
fn body_words(object: &Object<'_>) -> Option<u32> {
    let body: String = serde_json::from_str(object.get("articleBody")?.get()).ok()?;
    u32::try_from(body.split_whitespace().count()).ok()
}

/// Page type of a schema.org type.
fn schema_type(name: &str) -> Option<PageType> {
    Some(match name {
        "Article"
        | "NewsArticle"
        | "BlogPosting"
        | "ReportageNewsArticle"
        | "AnalysisNewsArticle"
        | "OpinionNewsArticle"
        | "TechArticle"
        | "ScholarlyArticle"
        | "Report"
        | "Recipe"
        | "HowTo" => PageType::Article,
        "LiveBlogPosting" => PageType::Live,
        "CollectionPage" | "SearchResultsPage" => PageType::Listing,
        "Product" | "ProductGroup" => PageType::Product,
        "ImageGallery" | "MediaGallery" | "VideoGallery" => PageType::Gallery,
        _ => return None,
    })
}

/// Page type of an Open Graph type.
pub(super) fn open_graph_type(name: &str) -> Option<PageType> {
    match name {
        "article" => Some(PageType::Article),
        "product" | "og:product" => Some(PageType::Product),
        _ => None,
    }
}

/// Every string of a value: itself, the strings of a list, the `url` of objects.
fn strings(raw: Option<&RawValue>) -> Vec<String> {
    match raw.and_then(|it| serde_json::from_str(it.get()).ok()) {
        Some(serde_json::Value::Array(list)) => list.iter().filter_map(|it| text_of(it, "url")).collect(),
        Some(value) => text_of(&value, "url").into_iter().collect(),
        None => Vec::new(),
    }
}

fn first(raw: Option<&RawValue>) -> String {
    strings(raw).into_iter().next().unwrap_or_default()
}

/// Names of people or organisations, joined.
fn names(raw: Option<&RawValue>) -> String {
    let names: Vec<String> = match raw.and_then(|it| serde_json::from_str(it.get()).ok()) {
        Some(serde_json::Value::Array(list)) => list.iter().filter_map(|it| text_of(it, "name")).collect(),
        Some(value) => text_of(&value, "name").into_iter().collect(),
        None => Vec::new(),
    };
    names.join(", ")
}

fn text_of(value: &serde_json::Value, key: &str) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Object(object) => object.get(key)?.as_str().map(str::to_owned),
        _ => None,
    }
}

fn keep_first(slot: &mut String, value: String) {
    if slot.is_empty() {
        *slot = value;
    }
}
