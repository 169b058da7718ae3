//! Which items are titles.

use crate::{
    finding::Place,
    layout::{Placed, Title, labels::Labels, shape},
    page::{
        Content, Field, ItemKind, Reading, Span, fold,
        html::{Outline, Tag},
    },
};

/// Characters of the longest first line that is taken for a title.
const FIRST_LINE_CHARS: usize = 200;

/// Words of the longest site name that a document's title ends with.
const SITE_WORDS: usize = 5;

/// Finds the title candidates, the best first, and gives them their place.
pub(super) fn place(reading: &Reading<'_>, labels: &Labels<'_>, items: &mut [Placed]) -> Vec<Title> {
    let titles = candidates(reading, labels, items);
    for title in &titles {
        items[*title].place = Place::Title;
    }
    if let Some(again) = first_line_again(reading, &titles, items) {
        items[again].place = Place::Title;
    }
    let mut candidates: Vec<Title> = Vec::new();
    for item in titles.iter().copied() {
        let span = without_site(reading, item, &titles);
        let folded = fold::fold(&reading.text_of(item)[span.range()]);
        if !candidates.iter().any(|it| it.folded == folded) {
            candidates.push(Title { item, span, folded });
        }
    }
    candidates
}

/// A document's title less the name of its site: what stands behind the last separator, if that is the
/// site's name, or if what stands before it is a title by another candidate, or if it is short and set
/// off by a bar.
fn without_site(reading: &Reading<'_>, item: usize, titles: &[usize]) -> Span {
    let text = reading.text_of(item);
    let whole = reading.whole(item);
    if reading.items[item].field != Field::Html || titles.len() < 2 && !text.contains(" | ") {
        return whole;
    }
    let separators = [" | ", " - ", " – ", " — ", " -- ", " :: ", " » ", " · ", " • "];
    let Some((at, separator)) = separators.iter().filter_map(|it| Some((text.rfind(it)?, it))).max() else {
        return whole;
    };
    let (title, site) = (&text[..at], &text[at + separator.len()..]);
    let same = |a: &str, b: &str| !a.is_empty() && fold::fold(a) == fold::fold(b);
    let named = same(site, &reading.meta.site_name);
    let twin = titles.iter().any(|it| *it != item && same(title, reading.text_of(*it)));
    let barred = *separator == " | " && shape::words(site) <= SITE_WORDS && shape::words(title) >= 2;
    if named || twin || barred { Span::new(0, at) } else { whole }
}

fn candidates(reading: &Reading<'_>, labels: &Labels<'_>, items: &[Placed]) -> Vec<usize> {
    let named = (0..items.len()).filter(|it| reading.items[*it].kind == ItemKind::Title);
    if reading.html.is_some() {
        return html_candidates(reading, items, named.collect());
    }
    let named: Vec<usize> = named.collect();
    if !named.is_empty() {
        return named;
    }
    match reading.page.content() {
        Content::Text { .. } => first_line(reading, labels).into_iter().collect(),
        Content::Items(_) => {
            (0..items.len()).find(|it| reading.items[*it].kind == ItemKind::Heading).into_iter().collect()
        }
        Content::Html { .. } => Vec::new(),
    }
}

/// The title sent beside, then the h1 of the main text, then what the head names.
fn html_candidates(reading: &Reading<'_>, items: &[Placed], named: Vec<usize>) -> Vec<usize> {
    let beside = named.iter().copied().filter(|it| reading.items[*it].field == Field::HtmlTitle);
    let mut titles: Vec<usize> = beside.collect();
    if titles.is_empty() {
        titles.extend(main_h1(reading, items));
    }
    // The document's own title comes last: it carries the site's name.
    let mut head: Vec<usize> = named.into_iter().filter(|it| !titles.contains(it)).collect();
    if head.len() > 1 {
        head.rotate_left(1);
    }
    titles.extend(head);
    titles
}

/// The h1 of the main text: the first inside it, else the last one before it that is no link, as logos
/// are. In a fragment, only one that stands before all else.
fn main_h1(reading: &Reading<'_>, items: &[Placed]) -> Option<usize> {
    let html = reading.html.as_ref()?;
    let first_main = (0..items.len()).find(|it| items[*it].inside)?;
    let is_h1 = |item: &usize| {
        let it = &reading.items[*item];
        !it.hidden && it.element.is_some_and(|element| in_h1(&html.outline, element))
    };
    if reading.all_main() {
        return Some(first_main).filter(is_h1);
    }
    let site = fold::fold(&reading.meta.site_name);
    let before = |item: &usize| is_h1(item) && reading.items[*item].link_bytes == 0 && reading.folded_of(*item) != site;
    let inside = (0..items.len()).find(|it| items[*it].inside && is_h1(it));
    inside.or_else(|| (0..first_main).rev().find(before))
}

fn in_h1(outline: &Outline, element: u32) -> bool {
    let it = &outline.elements[element as usize];
    let parent = it.parent.map(|it| outline.elements[it as usize].tag);
    it.tag == Tag::H1 || parent == Some(Tag::H1)
}

/// The first line, where it looks like a title: short, no full stop, and a gap or a label after it.
fn first_line(reading: &Reading<'_>, labels: &Labels<'_>) -> Option<usize> {
    let text = reading.items.first().map(|_| reading.text_of(0))?;
    let plain = matches!(reading.items[0].kind, ItemKind::Paragraph | ItemKind::Heading);
    let stops = shape::last_mark(text).is_some_and(|it| matches!(it, '.' | '。' | '।' | '۔'));
    let apart = reading.items.get(1).is_none_or(|it| it.gap_before) || labels.get(1).is_some_and(Option::is_some);
    let fits = text.chars().count() <= FIRST_LINE_CHARS && !stops && plain && apart;
    fits.then_some(0)
}

/// The first line of the body, where it repeats the title.
fn first_line_again(reading: &Reading<'_>, titles: &[usize], items: &[Placed]) -> Option<usize> {
    let first = (0..items.len()).find(|it| items[*it].inside && !titles.contains(it))?;
    let same = titles.iter().any(|it| reading.folded_of(*it) == reading.folded_of(first));
    (same && items[first].place != Place::Link).then_some(first)
}
