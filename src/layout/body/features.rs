//! The features of each block of a page, for the model.

use super::{
    fact::{self, Fact},
    like::Table,
    outline::{Node, Nodes},
    text::{Text, real},
    words,
};
use crate::{
    finding::WidgetKind,
    page::{Field, ItemKind, Reading},
};

/// Block elements round a block whose sums are features, its own included.
const LEVELS: usize = 5;
const LEVEL: [&str; LEVELS] = ["0", "1", "2", "3", "4"];
/// Most blocks to the next running text that are counted.
const FAR: u32 = 40;
/// Neighbours on each side whose text is seen.
const NEIGHBOURS: [(isize, &str); 4] = [(-2, "-2"), (-1, "-1"), (1, "+1"), (2, "+2")];

/// The features of the blocks of one page, row by row.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Index of the item of each row.
    pub items: Vec<usize>,
    /// Kind of furniture that the markup round each block names, and the sort of sign that does.
    pub kinds: Vec<Option<(WidgetKind, &'static str)>>,
    /// Kind of furniture that each item most likely is by its markup, those that people do not see included.
    pub widgets: Vec<(usize, Option<(WidgetKind, &'static str)>)>,
    /// Features of all rows, one row after the other.
    pub values: Vec<f32>,
    /// Number of features.
    pub width: usize,
    /// Letters of running text on the page; without any, the features say nothing.
    pub running: f32,
}

impl Rows {
    /// The features of one row.
    #[must_use]
    pub fn row(&self, number: usize) -> &[f32] {
        &self.values[number * self.width..(number + 1) * self.width]
    }
}

/// Takes features with their names, in their order.
trait Take {
    fn put(&mut self, group: &'static str, name: &'static str, value: f32);
}

impl Take for Vec<f32> {
    #[inline]
    fn put(&mut self, _: &'static str, _: &'static str, value: f32) {
        self.push(value);
    }
}

impl Take for Vec<String> {
    fn put(&mut self, group: &'static str, name: &'static str, _: f32) {
        self.push(if name.is_empty() { group.to_owned() } else { format!("{group}.{name}") });
    }
}

/// Names of the features, in their order.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    Blocks::default().row(0, &mut names);
    names
}

/// The features of all blocks of a whole HTML page.
#[must_use]
pub fn rows(reading: &Reading<'_>) -> Rows {
    let blocks = Blocks::of(reading);
    let mut rows = Rows::default();
    for number in 0..blocks.items.len() {
        blocks.row(number, &mut rows.values);
        if rows.width == 0 {
            rows.width = rows.values.len();
            rows.values.reserve(rows.width * blocks.items.len());
        }
    }
    rows.running = blocks.nodes.total();
    rows.kinds = blocks.facts.iter().map(|it| blocks.nodes.all[it.node as usize].kind).collect();
    rows.widgets = widgets(reading, &blocks.nodes);
    rows.items = blocks.items;
    rows
}

/// Kinds of furniture by the markup round each item.
fn widgets(reading: &Reading<'_>, nodes: &Nodes) -> Vec<(usize, Option<(WidgetKind, &'static str)>)> {
    let items = reading.items.iter().enumerate().filter(|(_, it)| it.field == Field::Html);
    items.map(|(index, it)| (index, nodes.all.get(Nodes::at(it.element)).and_then(|it| it.widget))).collect()
}

/// What a row of features is made from.
struct Blocks {
    items: Vec<usize>,
    texts: Vec<Text>,
    /// Facts of the item itself that are no text.
    facts: Vec<Fact>,
    nodes: Nodes,
    /// Running text before each block, and bytes.
    good_before: Vec<f32>,
    bytes_before: Vec<f32>,
    /// Blocks to the last running text before and to the next.
    before: Vec<u32>,
    after: Vec<u32>,
    pairs: Table,
    chains: Table,
    copies: Table,
    /// Blocks since the last one that is the title, and h1 since then.
    since_title: Vec<f32>,
}

impl Default for Blocks {
    fn default() -> Self {
        Self {
            items: vec![0],
            texts: vec![Text::default()],
            facts: vec![Fact::default()],
            nodes: Nodes { all: vec![Node::default()], best: 0, article: 0, most: 0, nearly_all: 0 },
            good_before: vec![0.0],
            bytes_before: vec![0.0],
            before: vec![0],
            after: vec![0],
            pairs: Table::new(1),
            chains: Table::new(1),
            copies: Table::new(1),
            since_title: vec![0.0],
        }
    }
}

impl Blocks {
    fn of(reading: &Reading<'_>) -> Self {
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
            pairs: Table::new(items.len()),
            chains: Table::new(items.len()),
            copies: Table::new(items.len()),
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
            let node = &self.nodes.all[fact.node as usize];
            self.pairs.add(node.pair, text);
            self.chains.add(node.chain, text);
            self.copies.add(text.hash, text);
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
        self.of_repetition(text, node, row);
        self.of_neighbours(number, row);
        row.put("page", "good", self.nodes.total());
        row.put("page", "goods", real(self.nodes.all[0].goods));
        row.put("page", "blocks", real(self.nodes.all[0].blocks));
        row.put("page", "share", self.nodes.total() / self.nodes.all[0].bytes.max(1.0));
        row.put("page", "best", self.nodes.share(self.nodes.best));
    }

    /// Sums of the elements round the block.
    fn of_levels(&self, mut at: u32, row: &mut impl Take) {
        for level in LEVEL {
            let node = &self.nodes.all[at as usize];
            row.put("share", level, self.nodes.share(at));
            row.put("goods", level, real(node.goods));
            row.put("blocks", level, real(node.blocks));
            row.put("links", level, node.links / node.bytes.max(1.0));
            row.put("direct", level, node.direct / self.nodes.total().max(1.0));
            row.put("mean", level, node.bytes / real(node.blocks.max(1)));
            at = node.parent;
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
            let it = &self.nodes.all[container as usize];
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
        let all = &self.nodes.all[0];
        let at = real(u32::try_from(number).unwrap_or(u32::MAX));
        row.put("position", "blocks", at / real(all.blocks.max(1)));
        row.put("position", "bytes", self.bytes_before[number] / all.bytes.max(1.0));
        row.put("position", "good", self.good_before[number] / self.nodes.total().max(1.0));
        row.put("good-before", "", real(self.before[number]));
        row.put("good-after", "", real(self.after[number]));
    }

    /// How blocks of the same markup, and of the same text, look.
    fn of_repetition(&self, text: &Text, node: &Node, row: &mut impl Take) {
        for (name, like) in [("pair", self.pairs.get(node.pair)), ("chain", self.chains.get(node.chain))] {
            row.put("like-count", name, like.count);
            row.put("like-share", name, like.good / self.nodes.total().max(1.0));
            row.put("like-mean", name, like.len / like.count.max(1.0));
            row.put("like-links", name, like.links / like.count.max(1.0));
        }
        row.put("copies", "", self.copies.get(text.hash).count);
    }

    fn of_neighbours(&self, number: usize, row: &mut impl Take) {
        let nothing = (Text::default(), Fact::default());
        let own = self.nodes.all[self.facts[number].node as usize].pair;
        for (step, name) in NEIGHBOURS {
            let at = number.checked_add_signed(step).filter(|it| *it < self.texts.len());
            let (text, fact) = at.map_or(nothing, |it| (self.texts[it], self.facts[it]));
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
    for (number, name) in words::sorts().iter().enumerate() {
        let has = |signs: u64| signs & (1 << number) != 0;
        let value = match () {
            () if has(node.own) => 3.0,
            () if has(outer.own) => 2.0,
            () if has(node.near) => 1.0,
            () if has(node.above) => 0.5,
            () => 0.0,
        };
        row.put("sign", name, value);
    }
}
