//! The main text of an HTML page and the furniture round it, by the model of `body`.

use crate::{
    finding::{Evidence, Place, WidgetKind},
    layout::{
        Block, Placed,
        body::{self, features::Blocks, scorer::Scorer},
        outside, place_of, shape,
    },
    limits,
    page::{
        ItemKind, PageType, Reading,
        html::{Outline, Tag},
    },
};

/// Links in a row, from which they are furniture in an article.
const LINK_RUN: usize = 3;

/// Share of the main text that its container holds.
const CONTAINER_SHARE: f64 = 0.85;

/// What the model says of the items of a whole HTML page.
pub(super) struct Structure {
    /// Whether each item is main text.
    main: Vec<bool>,
    /// Whether each item is none and stands among it: in its container, and no furniture by its markup.
    among: Vec<bool>,
    /// Kind of furniture that each item most likely is by the markup round it, and by what.
    widgets: Vec<Option<Named>>,
}

/// A kind of furniture with the sort of sign that names it.
pub(super) type Named = (WidgetKind, &'static str);

impl Structure {
    /// Of a whole page; text, ready items and fragments have none.
    pub(super) fn of(reading: &Reading<'_>, scorer: &Scorer) -> Option<Self> {
        let html = reading.html.as_ref().filter(|_| !reading.all_main())?;
        let blocks = Blocks::of(reading);
        let mut structure = Self {
            main: vec![false; reading.items.len()],
            among: vec![false; reading.items.len()],
            widgets: reading.items.iter().map(|it| blocks.widget(it)).collect(),
        };
        if blocks.running() > 0.0 {
            let scores = body::scores(scorer, &blocks);
            for ((item, score), kind) in blocks.items.iter().zip(scores).zip(blocks.kinds()) {
                // A cookie notice reads like an article, and most pages that the model knows have none.
                let is_consent = kind.is_some_and(|(kind, _)| kind == WidgetKind::Consent);
                structure.main[*item] = scorer.is_main(score) && !is_consent;
            }
        }
        let is_article = structure.main.contains(&true);
        let container = is_article.then(|| container(reading, &html.outline, &structure.main)).flatten();
        for (item, kind) in blocks.items.iter().copied().zip(blocks.kinds()) {
            if is_article {
                let within = container.is_none_or(|it| contains(&html.outline, it, reading.items[item].element));
                structure.among[item] = within && !structure.main[item] && !stands_apart(kind);
            } else {
                // An error, a form, a list of teasers: all that is no furniture is what there is.
                let is_teaser = kind.is_some_and(|(_, by)| by == "related");
                structure.main[item] = is_teaser || !stands_apart(kind);
            }
        }
        Some(structure)
    }

    /// Takes furniture that stands among the main text for furniture inside it.
    pub(super) fn take_in(&self, blocks: &mut [Block], items: &mut [Placed]) {
        for block in blocks {
            for item in block.items.iter().filter(|it| self.among[**it]) {
                items[*item].inside = true;
                block.inside = true;
            }
        }
    }

    /// Places the items. Furniture is found by [`blocks`].
    pub(super) fn place(&self, reading: &Reading<'_>) -> Vec<Placed> {
        let placed = |(index, inside): (usize, &bool)| {
            let is_link = is_link(reading, index);
            let place = match inside {
                _ if is_link => Place::Link,
                true => place_of(reading.items[index].kind),
                false => Place::Furniture,
            };
            Placed { place, inside: *inside, block: None }
        };
        self.main.iter().enumerate().map(placed).collect()
    }
}

/// The innermost element that holds nearly all of the main text; none: the page as a whole.
fn container(reading: &Reading<'_>, outline: &Outline, main: &[bool]) -> Option<usize> {
    let mut bytes = vec![0_u32; outline.elements.len()];
    let mut all = 0;
    for item in reading.items.iter().zip(main).filter(|(_, main)| **main).map(|(it, _)| it) {
        let len = item.text.end - item.text.start;
        all += len;
        if let Some(element) = item.element {
            bytes[element as usize] += len;
        }
    }
    for element in (0..bytes.len()).rev() {
        if let Some(parent) = outline.elements[element].parent {
            bytes[parent as usize] += bytes[element];
        }
    }
    let holds = |it: &usize| {
        !is_text_element(outline.elements[*it].tag) && f64::from(bytes[*it]) >= CONTAINER_SHARE * f64::from(all)
    };
    (0..bytes.len()).rev().find(holds)
}

fn contains(outline: &Outline, outer: usize, inner: Option<u32>) -> bool {
    inner.is_some_and(|it| outline.elements[outer].span.covers(outline.elements[it as usize].span))
}

/// Whether the markup says beyond doubt that an item is no part of a text: captions, dates and headers
/// are furniture of it, and may be all there is on a page.
fn stands_apart(kind: Option<Named>) -> bool {
    use WidgetKind::{Byline, Caption, Date, MediaNotice, SummaryBox};
    kind.is_some_and(|(kind, by)| {
        !matches!(kind, SummaryBox | Caption | MediaNotice | Date | Byline) && !matches!(by, "header" | "a-header")
    })
}

/// Elements that are text themselves, not holders of text.
pub(super) fn is_text_element(tag: Tag) -> bool {
    tag.is_heading()
        || matches!(
            tag,
            Tag::P | Tag::Li | Tag::Dd | Tag::Dt | Tag::Blockquote | Tag::Pre | Tag::Figcaption | Tag::Ul | Tag::Ol
        )
}

/// Whether an item is wholly a link.
pub(super) fn is_link(reading: &Reading<'_>, index: usize) -> bool {
    let item = &reading.items[index];
    item.kind == ItemKind::Link || (item.link_bytes as usize * 10 >= item.text.len() * 9 && item.link_bytes > 0)
}

/// Furniture blocks: what stands outside the main text, block by block, and rows of links inside it.
pub(super) fn blocks(
    reading: &Reading<'_>,
    structure: Option<&Structure>,
    items: &[Placed],
    page_type: PageType,
) -> Vec<Block> {
    let rows = reading.html.is_some() && page_type != PageType::Listing;
    let mut blocks = if rows { link_runs(reading, items) } else { Vec::new() };
    if let Some(structure) = structure {
        let first = blocks.len();
        let outside: Vec<usize> = (0..items.len()).filter(|it| is_outside(reading, items, *it)).collect();
        let kinds = outside::kinds(reading, &structure.widgets, items, &outside);
        for (index, (kind, by)) in outside.into_iter().zip(kinds) {
            let joins = match blocks.get(first..).and_then(<[Block]>::last) {
                Some(last) => last.widget == kind && last.items.last() == Some(&index.wrapping_sub(1)),
                None => false,
            };
            // Beyond a count of blocks, what is alike is one block wherever it stands: an answer holds so many findings.
            let place = match blocks.len() {
                _ if joins => Some(blocks.len() - 1),
                count if count < limits::OUTSIDE_BLOCKS => None,
                _ => blocks.iter().rposition(|it| it.widget == kind && &*it.rule_id == OUTSIDE),
            };
            match place {
                Some(place) => blocks[place].items.push(index),
                None => blocks.push(outside_block(kind, by, index)),
            }
        }
    }
    blocks
}

/// Whether an item is furniture outside the main text that no block has yet.
fn is_outside(reading: &Reading<'_>, items: &[Placed], index: usize) -> bool {
    let (item, placed) = (&reading.items[index], &items[index]);
    let is_text = !matches!(item.kind, ItemKind::Meta | ItemKind::Title);
    is_text && !placed.inside && placed.block.is_none() && placed.place != Place::Title
}

fn outside_block(widget: WidgetKind, by: &str, item: usize) -> Block {
    Block {
        widget,
        items: vec![item],
        headlines: Vec::new(),
        inside: false,
        rule_id: OUTSIDE.into(),
        confidence: 0.9,
        evidence: vec![
            Evidence { name: "outside_main_text", delta: 0.0, detail: widget.name().into() },
            Evidence { name: "widget_by", delta: 0.0, detail: by.into() },
        ],
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
        if index < items.len() && !placed.is_main() {
            // It is not in the cleaned page, so there the links round it are neighbours.
            continue;
        }
        if placed.place == Place::Link && !shape::is_paragraph(reading.text_of(index), reading.words_of(index)) {
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
