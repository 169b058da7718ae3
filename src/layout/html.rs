//! The main text of an HTML page: which element holds it, and what in that element is furniture.
//!
//! A sound first version by hand-set rules, in this one place: text is weighed by length and sentence
//! ends, weights are summed over the block elements, the element that holds most of the weight is the
//! container, and what the markup calls furniture is left out, unless half of the text stands in it.

use crate::{
    finding::{Evidence, Place, WidgetKind},
    layout::{
        Block, Placed,
        class::{self, Purpose},
        place_of, shape,
    },
    page::{
        ItemKind, PageType, Reading,
        html::{Outline, Tag},
    },
};

/// Characters from which a block weighs even without a sentence end.
const LONG_CHARS: usize = 80;
/// Characters beyond which a block weighs no more: one long block is no longer article.
const WEIGHT_CHARS: usize = 1500;
/// Share of links above which a block does not weigh.
const LINK_SHARE: f64 = 0.35;
/// Share of all weight that the container holds.
const CONTAINER_SHARE: f64 = 0.85;
/// Share of all weight from which an element that the markup calls a body is the container.
const BODY_SHARE: f64 = 0.5;
/// Share of all weight from which the markup is not believed that an element is furniture.
const DISBELIEF_SHARE: f64 = 0.5;
/// Links in a row, from which they are furniture in an article.
const LINK_RUN: usize = 3;

/// Places the items of a page. Furniture is found by [`blocks`].
pub(super) fn place(reading: &Reading<'_>, structure: &Structure<'_>) -> Vec<Placed> {
    let container = structure.container();
    let mut items: Vec<Placed> = (0..reading.items.len()).map(|it| structure.placed(reading, it, container)).collect();
    trim(reading, &mut items);
    items
}

/// The block elements of a whole HTML page with what is known of each.
pub(super) struct Structure<'a> {
    outline: &'a Outline,
    purposes: Vec<Purpose>,
    /// Kind of the furniture an element stands in.
    furniture: Vec<Option<WidgetKind>>,
    /// Weight of the text in an element, furniture left out.
    weights: Vec<f64>,
    total: f64,
}

impl<'a> Structure<'a> {
    /// Of a whole page; text, ready items and fragments have none.
    pub(super) fn of(reading: &'a Reading<'_>) -> Option<Self> {
        let html = reading.html.as_ref().filter(|_| !reading.all_main())?;
        let (source, outline) = (html.source.as_ref(), &html.outline);
        let purposes: Vec<Purpose> = outline.elements.iter().map(|it| class::purpose(source, it)).collect();
        let all = sums(reading, outline, |_| true);
        let total: f64 = roots(outline, &all);
        let furniture = furniture(outline, &purposes, &all, total);
        let weights = sums(reading, outline, |element| furniture[element].is_none());
        let total = roots(outline, &weights);
        Some(Self { outline, purposes, furniture, weights, total })
    }

    /// The element that holds the main text; none: the page as a whole.
    fn container(&self) -> Option<usize> {
        if self.total == 0.0 {
            return None;
        }
        let body = self.deepest(|it| self.purposes[it] == Purpose::Body && self.share(it) >= BODY_SHARE);
        let holds = |it: usize| {
            let tag = self.outline.elements[it].tag;
            !is_text_element(tag) && self.share(it) >= CONTAINER_SHARE
        };
        body.or_else(|| self.deepest(holds))
    }

    fn share(&self, element: usize) -> f64 {
        self.weights[element] / self.total
    }

    /// The last element in document order with the most weight of those that fit: children follow
    /// parents, so of a nest of equals it is the innermost.
    fn deepest(&self, fits: impl Fn(usize) -> bool) -> Option<usize> {
        (0..self.outline.elements.len()).filter(|it| self.furniture[*it].is_none() && fits(*it)).fold(
            None,
            |best, it| match best {
                Some(best) if !self.contains(best, it) && self.weights[it] <= self.weights[best] => Some(best),
                _ => Some(it),
            },
        )
    }

    fn contains(&self, outer: usize, inner: usize) -> bool {
        self.outline.elements[outer].span.covers(self.outline.elements[inner].span)
    }

    fn placed(&self, reading: &Reading<'_>, index: usize, container: Option<usize>) -> Placed {
        let item = &reading.items[index];
        let outside = Placed { place: Place::Furniture, inside: false, block: None };
        let Some(element) = item.element.map(|it| it as usize) else {
            let inside = container.is_none() && item.field == crate::page::Field::Html;
            let head = matches!(item.kind, ItemKind::Title | ItemKind::Meta);
            return if head || !inside { outside } else { Placed { place: place_of(item.kind), inside, block: None } };
        };
        let inside =
            container.is_none_or(|it| self.contains(it, element)) && !item.hidden && item.kind != ItemKind::Meta;
        let place = if is_link(reading, index) { Place::Link } else { place_of(item.kind) };
        match self.furniture[element] {
            None if inside => Placed { place, inside, block: None },
            Some(_) if place == Place::Link => Placed { place, inside: false, block: None },
            _ if item.link_bytes > 0 && place == Place::Link => Placed { place, ..outside },
            _ => outside,
        }
    }
}

/// The main text ends with its last block that weighs, and begins with its first, headings before it
/// included: what stands beyond at the edges of the container is furniture.
fn trim(reading: &Reading<'_>, items: &mut [Placed]) {
    let weighs = |it: &usize| items[*it].inside && weight(reading, *it) > 0.0;
    let (Some(first), Some(last)) = ((0..items.len()).find(weighs), (0..items.len()).rev().find(weighs)) else {
        return;
    };
    let listed = |it: usize| {
        matches!(reading.items[it].kind, ItemKind::ListItem | ItemKind::TableRow | ItemKind::Code | ItemKind::Quote)
    };
    let mut end = last + 1;
    while end < items.len() && items[end].inside && listed(end) && !is_link(reading, end) {
        end += 1;
    }
    for it in (0..first).chain(end..items.len()) {
        let keeps = reading.items[it].kind == ItemKind::Heading && it < first;
        if items[it].inside && !keeps && !is_link(reading, it) && edge_furniture(reading, it) {
            items[it] = Placed { place: Place::Furniture, inside: false, block: None };
        }
    }
}

/// A line at the edge of the main text that carries none: a byline, a date, a button.
fn edge_furniture(reading: &Reading<'_>, item: usize) -> bool {
    let text = reading.text_of(item);
    !shape::ends_sentence(text) && shape::words(text) <= shape::SHORT_WORDS
}

/// Elements that are text themselves, not holders of text.
fn is_text_element(tag: Tag) -> bool {
    tag.is_heading()
        || matches!(
            tag,
            Tag::P | Tag::Li | Tag::Dd | Tag::Dt | Tag::Blockquote | Tag::Pre | Tag::Figcaption | Tag::Ul | Tag::Ol
        )
}

/// Weight of one item as running text.
fn weight(reading: &Reading<'_>, index: usize) -> f64 {
    let item = &reading.items[index];
    let text = reading.text_of(index);
    let bytes = text.len();
    if item.hidden || bytes == 0 || f64::from(item.link_bytes) > LINK_SHARE * count(bytes) {
        return 0.0;
    }
    let chars = text.chars().count();
    let runs = shape::ends_sentence(text) && chars >= LONG_CHARS / 4;
    if runs || chars >= LONG_CHARS { count(chars.min(WEIGHT_CHARS)) } else { 0.0 }
}

/// A number of things as a real number; all are far below 2^52.
#[allow(clippy::cast_precision_loss, reason = "counts are bounded by limits::PAGE_BYTES")]
fn count(number: usize) -> f64 {
    number as f64
}

/// Weight in each element, of the items whose element fits.
fn sums(reading: &Reading<'_>, outline: &Outline, fits: impl Fn(usize) -> bool) -> Vec<f64> {
    let mut sums = vec![0.0; outline.elements.len()];
    for index in 0..reading.items.len() {
        if let Some(element) = reading.items[index].element.map(|it| it as usize)
            && fits(element)
        {
            sums[element] += weight(reading, index);
        }
    }
    for element in (0..sums.len()).rev() {
        if let Some(parent) = outline.elements[element].parent {
            sums[parent as usize] += sums[element];
        }
    }
    sums
}

fn roots(outline: &Outline, sums: &[f64]) -> f64 {
    outline.elements.iter().zip(sums).filter(|(it, _)| it.parent.is_none()).map(|(_, sum)| sum).sum()
}

/// Kind of the furniture each element stands in, its own markup or an ancestor's. A parent comes
/// before its children, so one pass passes it on.
fn furniture(outline: &Outline, purposes: &[Purpose], weights: &[f64], total: f64) -> Vec<Option<WidgetKind>> {
    let mut kinds: Vec<Option<WidgetKind>> = Vec::with_capacity(purposes.len());
    for (index, element) in outline.elements.iter().enumerate() {
        let outer = element.parent.and_then(|it| kinds[it as usize]);
        let own = match purposes[index] {
            Purpose::Furniture(kind) if total == 0.0 || weights[index] < DISBELIEF_SHARE * total => Some(kind),
            _ => None,
        };
        kinds.push(outer.or(own));
    }
    kinds
}

/// Whether an item is wholly a link.
fn is_link(reading: &Reading<'_>, index: usize) -> bool {
    let item = &reading.items[index];
    item.kind == ItemKind::Link || (item.link_bytes as usize * 10 >= item.text.len() * 9 && item.link_bytes > 0)
}

/// Furniture blocks: what stands outside the main text, block by block, and rows of links inside it.
pub(super) fn blocks(
    reading: &Reading<'_>,
    structure: Option<&Structure<'_>>,
    items: &[Placed],
    page_type: PageType,
) -> Vec<Block> {
    let rows = reading.html.is_some() && page_type != PageType::Listing;
    let mut blocks = if rows { link_runs(reading, items) } else { Vec::new() };
    let Some(structure) = structure else { return blocks };
    let mut last: Option<(WidgetKind, usize)> = None;
    for (index, placed) in items.iter().enumerate() {
        let item = &reading.items[index];
        let skip = placed.inside
            || placed.block.is_some()
            || placed.place == Place::Title
            || item.kind == ItemKind::Meta
            || item.hidden;
        if skip || item.kind == ItemKind::Title {
            continue;
        }
        let kind = kind_of(reading, structure, index);
        match blocks.last_mut() {
            Some(block) if last == Some((kind, index.wrapping_sub(1))) => block.items.push(index),
            _ => blocks.push(outside_block(kind, index)),
        }
        last = Some((kind, index));
    }
    blocks
}

fn kind_of(reading: &Reading<'_>, structure: &Structure<'_>, index: usize) -> WidgetKind {
    let marked = reading.items[index].element.and_then(|it| structure.furniture[it as usize]);
    let by_links = if is_link(reading, index) { WidgetKind::Navigation } else { WidgetKind::Other };
    marked.unwrap_or(by_links)
}

fn outside_block(widget: WidgetKind, item: usize) -> Block {
    Block {
        widget,
        items: vec![item],
        headlines: Vec::new(),
        inside: false,
        rule_id: OUTSIDE.into(),
        confidence: 0.9,
        evidence: vec![Evidence { name: "outside_main_text", delta: 0.0, detail: widget.name().into() }],
    }
}

/// Id of the finding for furniture outside the main text.
pub(super) const OUTSIDE: &str = "widget/outside-main-text";
/// Id of the finding for a row of links inside it.
pub(super) const LINK_ROW: &str = "widget/row-of-links";

/// Runs of links inside the main text: lists of other articles.
fn link_runs(reading: &Reading<'_>, items: &[Placed]) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut run: Vec<usize> = Vec::new();
    let end = Placed { place: Place::Body, inside: false, block: None };
    for (index, placed) in items.iter().chain([&end]).enumerate() {
        if placed.is_main()
            && placed.place == Place::Link
            && index < items.len()
            && !shape::is_paragraph(reading.text_of(index))
        {
            run.push(index);
            continue;
        }
        if run.len() >= LINK_RUN {
            let evidence = vec![Evidence { name: "links_in_a_row", delta: 0.0, detail: run.len().to_string() }];
            let items = std::mem::take(&mut run);
            let rule_id = LINK_ROW.into();
            blocks.push(Block {
                widget: WidgetKind::Related,
                headlines: items.clone(),
                items,
                inside: true,
                rule_id,
                confidence: 0.75,
                evidence,
            });
        }
        run.clear();
    }
    blocks
}
