//! What each item is on its page: place, main text, furniture blocks with their widget kinds.
//!
//! Three sources: the structure of an HTML page (`html`), the label rules of the widget pack
//! (`labels`), and repetition (`repeat`). What furniture is cut, and what that means for the page,
//! is not decided here.

pub mod body;
pub mod cell;
pub mod facts;
mod html;
mod labels;
mod outside;
mod page_type;
mod repeat;
pub mod shape;
mod title;

use crate::{
    finding::{Evidence, Place, WidgetKind},
    layout::body::scorer::Scorer,
    page::{ItemKind, PageType, Reading, Span},
    rule::{Candidate, RuleSet},
};

/// A page laid out.
#[derive(Clone, Debug)]
pub struct Layout {
    /// What each item is.
    pub items: Vec<Placed>,
    /// Blocks of furniture, in reading order.
    pub blocks: Vec<Block>,
    /// Title candidates, the best first, no two alike.
    pub titles: Vec<Title>,
    /// Type of the page, as expected or as found.
    pub page_type: PageType,
    /// Whether the main text is a list of links to other pages, whatever was expected.
    pub is_listing: bool,
    /// Characters of the main text, furniture left out.
    pub main_chars: usize,
    /// How much the main text says, in letters ([`Reading::letters_of`]).
    pub main_letters: usize,
}

/// A title candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Title {
    /// Index of its item.
    pub item: usize,
    /// Bytes of the item's text that are the title, the site's name left out.
    pub span: Span,
    /// The title, folded.
    pub folded: String,
}

/// What an item is on its page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its place.
    pub place: Place,
    /// Whether it stands inside the main text; furniture may.
    pub inside: bool,
    /// The furniture block it belongs to.
    pub block: Option<usize>,
}

impl Placed {
    /// Whether it is part of the main text: inside it, and neither furniture nor title.
    #[must_use]
    pub fn is_main(self) -> bool {
        self.inside && self.block.is_none() && self.place != Place::Title
    }
}

/// A block of furniture.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Sort of furniture.
    pub widget: WidgetKind,
    /// Its items, in reading order, never empty.
    pub items: Vec<usize>,
    /// Those of them that are headlines of other pages.
    pub headlines: Vec<usize>,
    /// Whether it stands inside the main text.
    pub inside: bool,
    /// Id of the rule or the structure that showed it.
    pub rule_id: std::sync::Arc<str>,
    /// How sure that is, before any evidence.
    pub confidence: f64,
    /// What showed it.
    pub evidence: Vec<Evidence>,
}

/// Lays a page out.
#[must_use]
pub fn lay_out(reading: &Reading<'_>, rules: &RuleSet, candidates: &[Candidate]) -> Layout {
    lay_out_by(body::embedded(), reading, rules, candidates)
}

/// Lays a page out by another model than the one in the program.
#[must_use]
pub fn lay_out_by(scorer: &Scorer, reading: &Reading<'_>, rules: &RuleSet, candidates: &[Candidate]) -> Layout {
    let labels = labels::find(reading, rules, candidates);
    let structure = html::Structure::of(reading, scorer);
    let mut items = match &structure {
        Some(structure) => structure.place(reading),
        None => all_inside(reading),
    };
    let titles = title::place(reading, &labels, &mut items);
    let mut blocks = labels::blocks(reading, &labels, &items);
    if let Some(structure) = &structure {
        structure.take_in(&mut blocks, &mut items);
    }
    mark(&mut items, &blocks, 0);
    let repeated = repeat::blocks(reading, &items);
    let known = blocks.len();
    blocks.extend(repeated);
    mark(&mut items, &blocks, known);
    let (page_type, is_listing) = page_type::find(reading, &items);
    let known = blocks.len();
    blocks.extend(html::blocks(reading, structure.as_ref(), &items, page_type));
    mark(&mut items, &blocks, known);
    let main = || items.iter().enumerate().filter(|(_, it)| it.is_main()).map(|(index, _)| index);
    let main_chars = main().map(|it| reading.chars_of(it)).sum();
    let main_letters = main().map(|it| reading.letters_of(it)).sum();
    Layout { items, blocks, titles, page_type, is_listing, main_chars, main_letters }
}

impl Layout {
    /// Indices of the items of the main text.
    #[must_use]
    pub fn main(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.items.iter().enumerate().filter(|(_, it)| it.is_main()).map(|(index, _)| index)
    }
}

/// Everything is main text: plain text, ready items, fragments.
fn all_inside(reading: &Reading<'_>) -> Vec<Placed> {
    let placed =
        |kind, hidden: bool| Placed { place: place_of(kind), inside: !hidden && kind != ItemKind::Meta, block: None };
    reading.items.iter().map(|it| placed(it.kind, it.hidden)).collect()
}

/// Place of an item inside the main text by its kind.
fn place_of(kind: ItemKind) -> Place {
    match kind {
        ItemKind::Title => Place::Title,
        ItemKind::Heading => Place::Heading,
        ItemKind::Link => Place::Link,
        ItemKind::Meta => Place::Furniture,
        ItemKind::Paragraph
        | ItemKind::ListItem
        | ItemKind::Quote
        | ItemKind::Caption
        | ItemKind::Code
        | ItemKind::TableRow => Place::Body,
    }
}

/// Notes the blocks from `from` on at their items. Headlines in a block are links.
fn mark(items: &mut [Placed], blocks: &[Block], from: usize) {
    for (index, block) in blocks.iter().enumerate().skip(from) {
        for item in &block.items {
            let placed = &mut items[*item];
            placed.block = Some(index);
            placed.place = match placed.place {
                Place::Title => Place::Title,
                Place::Link => Place::Link,
                _ if block.headlines.contains(item) => Place::Link,
                _ => Place::Furniture,
            };
        }
    }
}
