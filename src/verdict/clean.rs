//! The cleaned page: what a publisher would publish, and the list of what was cut.

use std::collections::BTreeMap;

use crate::{
    finding::{Effect, Place},
    layout::Layout,
    limits,
    page::{Content, ItemKind, Reading, Span, html::Element},
    verdict::judgement::Judged,
};

/// The page without the junk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// The first honest title candidate, or empty.
    pub title: String,
    /// The main text without the cuts.
    pub text: String,
    /// The same as sanitized HTML, where it was asked for.
    pub html: Option<String>,
    /// What was cut, in reading order.
    pub removals: Vec<Removal>,
}

/// An item that was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Index of the item.
    pub item: usize,
    /// Index of the finding that asked for it.
    pub finding: usize,
}

/// Cleaned text with the way back to the items.
#[derive(Clone, Debug, Default)]
pub struct CleanedText {
    /// The text.
    pub text: String,
    /// Where each item stands in it.
    pub items: Vec<(Span, usize)>,
}

/// The first title candidate without a finding that asks for more than a note.
#[must_use]
pub fn title(reading: &Reading<'_>, layout: &Layout, judged: &[Judged]) -> String {
    let junk = |item: usize| {
        judged.iter().any(|it| {
            it.effect > Effect::Note && it.finding.place == Place::Title && it.finding.target.item() == Some(item)
        })
    };
    let honest = layout.titles.iter().find(|it| !junk(it.item));
    honest.map(|it| reading.text_of(it.item)[it.span.range()].to_owned()).unwrap_or_default()
}

/// Items of the main text that remain. A first line that repeats a title is the title again, no part
/// of the text.
#[must_use]
pub fn kept(reading: &Reading<'_>, layout: &Layout, cuts: &BTreeMap<usize, usize>) -> Vec<usize> {
    let inside = |item: &usize| layout.items[*item].inside && layout.items[*item].place != Place::Title;
    let mut kept: Vec<usize> = (0..layout.items.len()).filter(|it| inside(it) && !cuts.contains_key(it)).collect();
    let is_title = |item: &usize| layout.titles.iter().any(|it| it.folded == reading.folded_of(*item));
    if kept.first().is_some_and(is_title) {
        kept.remove(0);
    }
    kept
}

/// The text of the items that remain. Of plain text, the very bytes that were sent, gaps included.
#[must_use]
pub fn text(reading: &Reading<'_>, kept: &[usize]) -> CleanedText {
    match reading.page.content() {
        Content::Text { body, .. } => text_of_body(reading, body, kept),
        Content::Html { .. } | Content::Items(_) => text_of_items(reading, kept),
    }
}

fn text_of_body(reading: &Reading<'_>, body: &str, kept: &[usize]) -> CleanedText {
    let mut cleaned = CleanedText::default();
    let place = |item: usize| reading.source_span(item, reading.whole(item)).1;
    let mut last: Option<usize> = None;
    for item in kept.iter().copied() {
        if let Some(last) = last {
            cleaned.text.push_str(gap(body, last, item, place));
        }
        let start = cleaned.text.len();
        cleaned.text.push_str(&body[place(item).range()]);
        cleaned.items.push((Span::new(start, cleaned.text.len()), item));
        last = Some(item);
    }
    cleaned
}

/// What stands between two items: of the gaps round what was cut, the one with the most line feeds.
fn gap(body: &str, last: usize, item: usize, place: impl Fn(usize) -> Span) -> &str {
    let gaps = (last..item).map(|it| &body[place(it).end as usize..place(it + 1).start as usize]);
    gaps.rev().max_by_key(|it| it.matches('\n').count()).unwrap_or("\n")
}

fn text_of_items(reading: &Reading<'_>, kept: &[usize]) -> CleanedText {
    let mut cleaned = CleanedText::default();
    let mut last: Option<ItemKind> = None;
    for item in kept.iter().copied() {
        let kind = reading.items[item].kind;
        let close = matches!(kind, ItemKind::ListItem | ItemKind::TableRow | ItemKind::Link) && last == Some(kind);
        if last.is_some() {
            cleaned.text.push_str(if close { "\n" } else { "\n\n" });
        }
        let start = cleaned.text.len();
        cleaned.text.push_str(reading.text_of(item));
        cleaned.items.push((Span::new(start, cleaned.text.len()), item));
        last = Some(kind);
    }
    cleaned
}

/// The items that remain as sanitized HTML. Elements that hold only what was cut are left out whole.
#[must_use]
pub fn html(reading: &Reading<'_>, kept: &[usize]) -> String {
    if let Some(html) = reading.html.as_ref().filter(|it| it.outline.is_buildable()) {
        let markup = cut_markup(reading, &html.source, &html.outline.elements, kept);
        if is_cheap(&markup) {
            return ammonia::clean(&markup);
        }
    }
    paragraphs(reading, kept)
}

/// Whether the sanitizer takes a time in proportion to the markup.
fn is_cheap(markup: &str) -> bool {
    let escaped = memchr::memchr2_iter(b'&', 0xC2, markup.as_bytes()).count();
    markup.len() <= limits::SANITIZED_BYTES && escaped * markup.len() <= limits::SANITIZED_STEPS
}

/// One paragraph for each item: for text, and for markup that a tree builder must not see.
fn paragraphs(reading: &Reading<'_>, kept: &[usize]) -> String {
    let mut html = String::new();
    for item in kept {
        let tag = if reading.items[*item].kind == ItemKind::Heading { "h2" } else { "p" };
        html.push_str(&format!("<{tag}>"));
        push_escaped(&mut html, reading.text_of(*item));
        html.push_str(&format!("</{tag}>\n"));
    }
    html
}

/// Appends a text as HTML writes it between tags. NUL is no character of HTML.
fn push_escaped(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '\u{a0}', '\0']) {
        html.push_str(&rest[..at]);
        let c = rest[at..].chars().next();
        html.push_str(match c {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('\u{a0}') => "&nbsp;",
            _ => "",
        });
        rest = &rest[at + c.map_or(0, char::len_utf8)..];
    }
    html.push_str(rest);
}

/// The source of the innermost element that holds all that remains, less the outermost elements that
/// hold none of it.
fn cut_markup(reading: &Reading<'_>, source: &str, elements: &[Element], kept: &[usize]) -> String {
    let holds = held(reading, elements, kept.iter().copied());
    let total = kept.len();
    let root = (0..elements.len()).rev().find(|it| holds[*it] == total && total > 0);
    let range = match root {
        Some(root) => elements[root].span,
        None if total == 0 => return String::new(),
        None => Span::new(0, source.len()),
    };
    let mut removed = removed(reading, elements, kept, &holds, range);
    removed.sort_unstable();
    let mut html = String::new();
    let mut at = range.start;
    for span in removed {
        if span.start >= at {
            html.push_str(&source[at as usize..span.start as usize]);
        }
        at = at.max(span.end);
    }
    html.push_str(source.get(at as usize..range.end as usize).unwrap_or(""));
    html
}

/// Number of the given items in each element.
fn held(reading: &Reading<'_>, elements: &[Element], items: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut held = vec![0; elements.len()];
    for element in items.filter_map(|it| reading.items[it].element) {
        held[element as usize] += 1;
    }
    for element in (0..elements.len()).rev() {
        if let Some(parent) = elements[element].parent {
            held[parent as usize] += held[element];
        }
    }
    held
}

/// Spans of the source to leave out: elements with items and none that remain, and items that stand
/// beside such that remain.
fn removed(reading: &Reading<'_>, elements: &[Element], kept: &[usize], holds: &[usize], range: Span) -> Vec<Span> {
    let mut all = vec![false; reading.items.len()];
    for item in kept {
        all[*item] = true;
    }
    let items = held(reading, elements, 0..reading.items.len());
    let is_cut = |it: usize| items[it] > 0 && holds[it] == 0;
    let whole = (0..elements.len()).filter(|it| is_cut(*it) && range.covers(elements[*it].span));
    let mut removed: Vec<Span> = whole.map(|it| elements[it].span).collect();
    for (index, item) in reading.items.iter().enumerate() {
        let beside = item.element.is_some_and(|it| !is_cut(it as usize));
        if !all[index] && beside {
            removed.push(reading.source_span(index, reading.whole(index)).1);
        }
    }
    removed
}
