//! The cleaned page: what a publisher would publish, and the list of what was cut.

use std::collections::BTreeMap;

use crate::{
    finding::{Effect, Place},
    layout::{Layout, cell},
    page::{Content, ItemKind, Reading, Span},
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

/// What was cut: an item, or markup that acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// Index of the item; none for markup, which is in no item and changes no text.
    pub item: Option<usize>,
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
    let (Some(first), Some(end)) = (kept.first().copied(), kept.last().map(|it| it + 1)) else { return cleaned };
    let places: Vec<Span> = (first..end).map(|it| reading.source_span(it, reading.whole(it)).1).collect();
    let mut last: Option<usize> = None;
    for item in kept.iter().copied() {
        if let Some(last) = last {
            cleaned.text.push_str(gap(body, &places[last - first..=item - first]));
        }
        let start = cleaned.text.len();
        cleaned.text.push_str(&body[places[item - first].range()]);
        cleaned.items.push((Span::new(start, cleaned.text.len()), item));
        last = Some(item);
    }
    cleaned
}

/// What stands between the first and the last of neighbouring items: of the gaps round what was cut, the one with the
/// most line feeds.
fn gap<'b>(body: &'b str, places: &[Span]) -> &'b str {
    let gaps = places.windows(2).map(|it| &body[it[0].end as usize..it[1].start as usize]);
    gaps.rev().max_by_key(|it| it.matches('\n').count()).unwrap_or("\n")
}

fn text_of_items(reading: &Reading<'_>, kept: &[usize]) -> CleanedText {
    let mut cleaned = CleanedText::default();
    let mut last: Option<(ItemKind, Option<u32>)> = None;
    for item in kept.iter().copied() {
        let kind = reading.items[item].kind;
        let row = cell::row(reading, item);
        if let Some((last, last_row)) = last {
            let close = matches!(kind, ItemKind::ListItem | ItemKind::TableRow | ItemKind::Link) && last == kind;
            cleaned.text.push_str(match row {
                // The cells of a row are a line, as a table is in plain text.
                Some(_) if row == last_row => "\t",
                Some(_) if last_row.is_some() => "\n",
                _ if close => "\n",
                _ => "\n\n",
            });
        }
        let start = cleaned.text.len();
        cleaned.text.push_str(reading.text_of(item));
        cleaned.items.push((Span::new(start, cleaned.text.len()), item));
        last = Some((kind, row));
    }
    cleaned
}
