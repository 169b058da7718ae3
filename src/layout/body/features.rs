//! The features of each block of a page, for the model.

use std::sync::LazyLock;

use super::{
    fact::{self, Fact},
    like::Likes,
    outline::{Node, Nodes},
    scorer::{Columns, LANES},
    text::{Text, real},
    words,
};
use crate::{
    layout::html::Named,
    page::{Field, Item, ItemKind, Reading},
};

/// Block elements round a block whose sums are features, its own included.
const LEVELS: usize = 5;
const LEVEL: [&str; LEVELS] = ["0", "1", "2", "3", "4"];
/// Most blocks to the next running text that are counted.
const FAR: u8 = 40;
/// Neighbours on each side whose text is seen.
const NEIGHBOURS: [(isize, &str); 4] = [(-2, "-2"), (-1, "-1"), (1, "+1"), (2, "+2")];

/// The features of the blocks of one page, row by row, as they are fitted on.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Index of the item of each row.
    pub items: Vec<usize>,
    /// Features of all rows, one row after the other.
    pub values: Vec<f32>,
    /// Number of features.
    pub width: usize,
}

static COUNT: LazyLock<usize> = LazyLock::new(|| names().len());

/// Number of the features.
#[must_use]
pub fn count() -> usize {
    *COUNT
}

/// The features of all blocks of a whole HTML page.
#[must_use]
pub fn rows(reading: &Reading<'_>) -> Rows {
    let blocks = Blocks::of(reading);
    let mut values = Vec::new();
    for number in 0..blocks.items.len() {
        blocks.row(number, &mut values);
    }
    Rows { width: values.len() / blocks.items.len().max(1), items: blocks.items, values }
}

/// Takes features with their names, in their order.
trait Take {
    fn put(&mut self, group: &'static str, name: &'static str, value: f32);
}

impl Take for Vec<f32> {
    fn put(&mut self, _: &'static str, _: &'static str, value: f32) {
        self.push(value);
    }
}

impl Take for Vec<String> {
    fn put(&mut self, group: &'static str, name: &'static str, _: f32) {
        self.push(if name.is_empty() { group.to_owned() } else { format!("{group}.{name}") });
    }
}

/// One row of columns: every so many values one of its own.
struct Lane<'a> {
    values: &'a mut [f32],
    at: usize,
}

impl Take for Lane<'_> {
    #[inline]
    fn put(&mut self, _: &'static str, _: &'static str, value: f32) {
        if let Some(slot) = self.values.get_mut(self.at) {
            *slot = value;
        }
        self.at += LANES;
    }
}

/// Names of the features, in their order.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    Blocks::default().row(0, &mut names);
    names
}

/// The blocks of a page, and all that their features are made from.
pub(in crate::layout) struct Blocks {
    /// Index of the item of each block.
    pub(in crate::layout) items: Vec<usize>,
    texts: Vec<Text>,
    /// Facts of the item itself that are no text.
    facts: Vec<Fact>,
    nodes: Nodes,
    /// Running text before each block, and bytes.
    good_before: Vec<f32>,
    bytes_before: Vec<f32>,
    /// Blocks to the last running text before and to the next.
    before: Vec<u8>,
    after: Vec<u8>,
    /// What each block has together with those of the same markup, and of the same markup round it.
    pairs: Likes,
    chains: Likes,
    /// Number of blocks with the same text, itself included.
    copies: Vec<f32>,
    /// Blocks since the last one that is the title, and h1 since then.
    since_title: Vec<f32>,
}

impl Default for Blocks {
    fn default() -> Self {
        Self {
            items: vec![0],
            texts: vec![Text::default()],
            facts: vec![Fact::default()],
            nodes: Nodes::empty(),
            good_before: vec![0.0],
            bytes_before: vec![0.0],
            before: vec![0],
            after: vec![0],
            pairs: Likes::new(&[Text::default()], |_| 0),
            chains: Likes::new(&[Text::default()], |_| 0),
            copies: vec![0.0],
            since_title: vec![0.0],
        }
    }
}

impl Blocks {
    /// The blocks of a whole HTML page; text and ready items have none.
    pub(in crate::layout) fn of(reading: &Reading<'_>) -> Self {
        let Some(html) = &reading.html else { return Self::empty() };
        let is_block = |it: &usize| {
            let item = &reading.items[*it];
            !item.hidden && item.field == Field::Html && !matches!(item.kind, ItemKind::Title | ItemKind::Meta)
        };
        let items: Vec<usize> = (0..reading.items.len()).filter(is_block).collect();
        if items.is_empty() {
            return Self::empty();
        }
        let texts: Vec<Text> = items.iter().map(|it| Text::of(reading, *it)).collect();
        let nodes = Nodes::of(reading, &html.source, &html.outline.elements, &items, &texts);
        let facts = fact::facts(reading, &items, &texts);
        let mut blocks = Self {
            good_before: Vec::with_capacity(items.len()),
            bytes_before: Vec::with_capacity(items.len()),
            before: Vec::with_capacity(items.len()),
            after: vec![FAR; items.len()],
            copies: Likes::new(&texts, |it| texts[it].hash).counts(),
            pairs: Likes::new(&texts, |it| nodes.all[facts[it].node as usize].pair),
            chains: Likes::new(&texts, |it| nodes.all[facts[it].node as usize].chain),
            since_title: Vec::with_capacity(items.len()),
            items,
            texts,
            facts,
            nodes,
        };
        blocks.along();
        blocks
    }

    fn empty() -> Self {
        Self { items: Vec::new(), ..Self::default() }
    }

    /// Letters of running text on the page; without any, the features say nothing.
    pub(in crate::layout) fn running(&self) -> f32 {
        self.nodes.total()
    }

    /// Features of the block with this number and those after it, as many as there are lanes.
    pub(in crate::layout) fn fill(&self, first: usize, columns: &mut Columns) {
        let values = columns.as_flattened_mut();
        for (at, block) in (first..self.items.len()).take(LANES).enumerate() {
            self.row(block, &mut Lane { values, at });
        }
    }

    /// Kind of furniture that the markup round each block names, and the sort of sign that does.
    pub(in crate::layout) fn kinds(&self) -> impl Iterator<Item = Option<Named>> {
        self.facts.iter().map(|it| self.nodes.all[it.node as usize].kind.named())
    }

    /// Kind of furniture that an item most likely is by its markup, one that people do not see, too.
    pub(in crate::layout) fn widget(&self, item: &Item) -> Option<Named> {
        let node = self.nodes.all.get(Nodes::at(item.element)).filter(|_| item.field == Field::Html);
        node.and_then(|it| it.widget.named())
    }

    /// What runs along the blocks.
    fn along(&mut self) {
        let (mut good, mut bytes, mut before) = (0.0, 0.0, FAR);
        let mut since = -1.0;
        for (text, fact) in self.texts.iter().zip(&self.facts) {
            self.good_before.push(good);
            self.bytes_before.push(bytes);
            self.before.push(before);
            good += text.good;
            bytes += real(text.bytes);
            before = if text.good > 0.0 { 0 } else { (before + 1).min(FAR) };
            since = if fact.title >= 0.8 && fact.heading > 0.0 {
                0.0
            } else if since >= 0.0 {
                since + 1.0
            } else {
                since
            };
            self.since_title.push(since);
        }
        let mut after = FAR;
        for (number, text) in self.texts.iter().enumerate().rev() {
            self.after[number] = after;
            after = if text.good > 0.0 { 0 } else { (after + 1).min(FAR) };
        }
    }

    fn row(&self, number: usize, row: &mut impl Take) {
        let (text, fact) = (&self.texts[number], &self.facts[number]);
        of_text(text, row);
        row.put("tag", "", fact.tag);
        row.put("heading", "", fact.heading);
        row.put("kind", "", fact.kind);
        row.put("breaks", "", fact.breaks);
        row.put("title", "", fact.title);
        row.put("since-title", "", self.since_title[number]);
        row.put("description", "", f32::from(u8::from(fact.is_description)));
        let node = &self.nodes.all[fact.node as usize];
        of_signs(node, &self.nodes.all[node.parent as usize], row);
        self.of_levels(fact.node, row);
        self.of_containers(number, node, row);
        self.of_position(number, row);
        self.of_repetition(number, row);
        self.of_neighbours(number, row);
        row.put("page", "good", self.nodes.total());
        row.put("page", "goods", real(self.nodes.held[0].goods));
        row.put("page", "blocks", real(self.nodes.held[0].blocks));
        row.put("page", "share", self.nodes.total() / self.nodes.held[0].bytes.max(1.0));
        row.put("page", "best", self.nodes.share(self.nodes.best));
    }

    /// Sums of the elements round the block.
    fn of_levels(&self, mut at: u32, row: &mut impl Take) {
        for name in LEVEL {
            let level = &self.nodes.levels[at as usize];
            row.put("share", name, level.share);
            row.put("goods", name, level.goods);
            row.put("blocks", name, level.blocks);
            row.put("links", name, level.links);
            row.put("direct", name, level.direct);
            row.put("mean", name, level.mean);
            at = self.nodes.all[at as usize].parent;
        }
    }

    /// Where the block stands to the containers.
    fn of_containers(&self, number: usize, node: &Node, row: &mut impl Take) {
        row.put("best", "in", f32::from(u8::from(node.in_best)));
        row.put("best", "up", node.up);
        row.put("best", "joined", self.nodes.share(node.joined));
        for (name, container) in [
            ("best", self.nodes.best),
            ("joined", node.joined),
            ("most", self.nodes.most),
            ("nearly", self.nodes.nearly_all),
        ] {
            let it = &self.nodes.held[container as usize];
            let (first, last) = (real(it.first.min(it.last)), real(it.last));
            let at = real(u32::try_from(number).unwrap_or(u32::MAX));
            row.put("from-first", name, at - first);
            row.put("to-last", name, last - at);
        }
        let article = match node.article {
            0 => 0.0,
            it if it == self.nodes.article => 1.0,
            _ => 2.0,
        };
        row.put("in-article", "", article);
        row.put("in-article", "share", if node.article == 0 { -1.0 } else { self.nodes.share(node.article) });
        row.put("depth", "", real(node.depth));
        row.put("depth", "best", real(node.depth) - real(self.nodes.all[self.nodes.best as usize].depth));
    }

    fn of_position(&self, number: usize, row: &mut impl Take) {
        let all = &self.nodes.held[0];
        let at = real(u32::try_from(number).unwrap_or(u32::MAX));
        row.put("position", "blocks", at / real(all.blocks.max(1)));
        row.put("position", "bytes", self.bytes_before[number] / all.bytes.max(1.0));
        row.put("position", "good", self.good_before[number] / self.nodes.total().max(1.0));
        row.put("good-before", "", f32::from(self.before[number]));
        row.put("good-after", "", f32::from(self.after[number]));
    }

    /// How blocks of the same markup, and of the same text, look.
    fn of_repetition(&self, number: usize, row: &mut impl Take) {
        for (name, like) in [("pair", self.pairs.of(number)), ("chain", self.chains.of(number))] {
            row.put("like-count", name, like.count);
            row.put("like-share", name, like.good / self.nodes.total().max(1.0));
            row.put("like-mean", name, like.len / like.count.max(1.0));
            row.put("like-links", name, like.links / like.count.max(1.0));
        }
        row.put("copies", "", self.copies[number]);
    }

    fn of_neighbours(&self, number: usize, row: &mut impl Take) {
        let (no_text, no_fact) = (Text::default(), Fact::default());
        let own = self.nodes.all[self.facts[number].node as usize].pair;
        for (step, name) in NEIGHBOURS {
            let at = number.checked_add_signed(step).filter(|it| *it < self.texts.len());
            let (text, fact) = at.map_or((&no_text, &no_fact), |it| (&self.texts[it], &self.facts[it]));
            let node = &self.nodes.all[fact.node as usize];
            row.put("near-len", name, text.len);
            row.put("near-links", name, text.links);
            row.put("near-ends", name, f32::from(u8::from(text.ends)));
            row.put("near-heading", name, fact.heading);
            row.put("near-good", name, text.good);
            row.put("near-share", name, self.nodes.share(fact.node));
            row.put("near-alike", name, f32::from(u8::from(node.pair == own)));
        }
    }
}

fn of_text(text: &Text, row: &mut impl Take) {
    let len = text.len.max(1.0);
    row.put("len", "", text.len);
    row.put("words", "", text.words);
    row.put("word-len", "", text.letters / text.words.max(1.0));
    row.put("stops", "", text.stops);
    row.put("stops", "share", text.stops / len);
    row.put("commas", "", text.commas);
    row.put("commas", "share", text.commas / len);
    row.put("ends", "", f32::from(u8::from(text.ends)));
    row.put("colon", "", f32::from(u8::from(text.colon)));
    row.put("upper", "", text.upper / len);
    row.put("digits", "", text.digits / len);
    row.put("letters", "", text.letters / len);
    row.put("capitals", "", text.capitals / text.words.max(1.0));
    row.put("code", "", text.code / len);
    row.put("marks", "", text.marks);
    row.put("first", "", text.first);
    row.put("links", "", text.links);
    row.put("good", "", text.good);
}

/// For each sort of sign how near it stands: 3 at the element, 2 at the one round it, 1 up to the first
/// that holds half of the running text, 0.5 beyond.
fn of_signs(node: &Node, outer: &Node, row: &mut impl Take) {
    let mut values = [0.0; u64::BITS as usize];
    for (mut signs, value) in [(node.above, 0.5), (node.near, 1.0), (outer.own, 2.0), (node.own, 3.0)] {
        while signs != 0 {
            values[signs.trailing_zeros() as usize] = value;
            signs &= signs - 1;
        }
    }
    for (name, value) in words::sorts().iter().zip(&values) {
        row.put("sign", name, *value);
    }
}
