//! What is known of the elements that blocks stand in: signs of their markup, and how much running text,
//! how many links and how many blocks each holds. Two linear passes over the elements.

use super::{
    class::Classes,
    text::{Text, real},
    words::{self, Sort},
};
use crate::{
    layout::html::is_text_element,
    page::{
        Reading,
        html::{Element, Tag},
    },
};

/// Share of the running text that the container of the article holds.
const HALF: f32 = 0.5;
/// Shares of the running text that name containers.
const MOST: f32 = 0.6;
const NEARLY_ALL: f32 = 0.85;

/// What is known of an element by its markup and that round it. Number 0 stands for the whole page.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Node {
    pub(super) parent: u32,
    pub(super) depth: u32,
    /// Signs of its own markup.
    pub(super) own: u64,
    /// Signs of it and all elements round it.
    pub(super) above: u64,
    /// Signs of it and those round it up to the first that holds half of the running text: a wrapper of
    /// the whole page says nothing of a block.
    pub(super) near: u64,
    /// Hash of tag and class, with those of the element round it, and with those of three round it.
    pub(super) pair: u32,
    pub(super) chain: u32,
    /// Elements from here up to the first that holds the best container, and the share that it has.
    pub(super) up: f32,
    pub(super) joined: u32,
    /// Whether it stands in the best container.
    pub(super) in_best: bool,
    /// Kind of furniture that the innermost element round it is which has one, up to the first that holds
    /// half of the running text, by the sort of sign that says so.
    pub(super) kind: Sort,
    /// The same by signs that are only likely, too.
    pub(super) widget: Sort,
    /// The outermost `article` it stands in, or 0.
    pub(super) article: u32,
}

/// What an element and those in it hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    good: f32,
    /// Running text of its own and of the paragraphs in it.
    direct: f32,
    pub(super) bytes: f32,
    links: f32,
    pub(super) blocks: u32,
    pub(super) goods: u32,
    /// First and last block with running text.
    pub(super) first: u32,
    pub(super) last: u32,
}

impl Default for Held {
    fn default() -> Self {
        Self { good: 0.0, direct: 0.0, bytes: 0.0, links: 0.0, blocks: 0, goods: 0, first: u32::MAX, last: 0 }
    }
}

/// The same as shares and means.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Level {
    /// Share of the running text.
    pub(super) share: f32,
    pub(super) goods: f32,
    pub(super) blocks: f32,
    /// Share of its bytes inside links.
    pub(super) links: f32,
    /// Share of the running text that is its own.
    pub(super) direct: f32,
    /// Bytes of a block.
    pub(super) mean: f32,
}

impl Level {
    fn of(held: &Held, total: f32) -> Self {
        Self {
            share: held.good / total.max(1.0),
            goods: real(held.goods),
            blocks: real(held.blocks),
            links: held.links / held.bytes.max(1.0),
            direct: held.direct / total.max(1.0),
            mean: held.bytes / real(held.blocks.max(1)),
        }
    }
}

/// All elements of a page.
pub(super) struct Nodes {
    pub(super) all: Vec<Node>,
    /// What each holds.
    pub(super) held: Vec<Held>,
    pub(super) levels: Vec<Level>,
    /// The best container.
    pub(super) best: u32,
    /// The outermost `article` with the most running text, or 0.
    pub(super) article: u32,
    /// Innermost elements with [`MOST`] and [`NEARLY_ALL`] of the running text.
    pub(super) most: u32,
    pub(super) nearly_all: u32,
}

impl Nodes {
    /// Those of a page without any.
    pub(super) fn empty() -> Self {
        Self {
            all: vec![Node::default()],
            held: vec![Held::default()],
            levels: vec![Level::default()],
            best: 0,
            article: 0,
            most: 0,
            nearly_all: 0,
        }
    }

    pub(super) fn of(
        reading: &Reading<'_>,
        source: &str,
        elements: &[Element],
        blocks: &[usize],
        texts: &[Text],
    ) -> Self {
        let mut page = Self { all: nodes(reading, source, elements), ..Self::empty() };
        page.weigh(reading, elements, blocks, texts);
        page.choose(elements);
        page.pass_down(elements);
        page
    }

    /// The node of an item.
    pub(super) fn at(element: Option<u32>) -> usize {
        element.map_or(0, |it| it as usize + 1)
    }

    /// Letters of running text on the page.
    pub(super) fn total(&self) -> f32 {
        self.held[0].good
    }

    /// Share of the running text.
    pub(super) fn share(&self, node: u32) -> f32 {
        self.levels[node as usize].share
    }

    /// Sums over each element, from the innermost out.
    fn weigh(&mut self, reading: &Reading<'_>, elements: &[Element], blocks: &[usize], texts: &[Text]) {
        self.held.resize(self.all.len(), Held::default());
        for (number, (block, text)) in (0_u32..).zip(blocks.iter().zip(texts)) {
            let held = &mut self.held[Self::at(reading.items[*block].element)];
            held.good += text.good;
            held.direct += text.good;
            held.bytes += real(text.bytes);
            held.links += real(text.bytes) * text.links;
            held.blocks += 1;
            if text.good > 0.0 {
                held.goods += 1;
                held.first = held.first.min(number);
                held.last = number;
            }
        }
        for index in (1..self.all.len()).rev() {
            let it = self.held[index];
            if it.blocks == 0 {
                continue;
            }
            let is_text = is_text_element(elements[index - 1].tag) || elements[index - 1].tag == Tag::Td;
            let outer = &mut self.held[self.all[index].parent as usize];
            outer.good += it.good;
            outer.direct += if is_text { it.direct } else { 0.0 };
            outer.bytes += it.bytes;
            outer.links += it.links;
            outer.blocks += it.blocks;
            outer.goods += it.goods;
            outer.first = outer.first.min(it.first);
            outer.last = outer.last.max(it.last);
        }
        let total = self.total();
        let level = |it: &Held| if it.blocks == 0 { Level::default() } else { Level::of(it, total) };
        self.levels = self.held.iter().map(level).collect();
    }

    /// The containers. The best is chosen as Readability does: paragraphs count for the element round
    /// them, half for the one round that and a third for the next, less the share of links.
    fn choose(&mut self, elements: &[Element]) {
        let mut scores = vec![0.0; self.all.len()];
        let holds_text = |index: usize| index > 0 && is_text_element(elements[index - 1].tag);
        for (index, it) in self.held.iter().enumerate().skip(1) {
            if it.direct == 0.0 || holds_text(index) {
                continue;
            }
            scores[index] += it.direct;
            let outer = self.all[index].parent as usize;
            scores[outer] += it.direct / 2.0;
            scores[self.all[outer].parent as usize] += it.direct / 3.0;
        }
        let total = self.total();
        if total == 0.0 {
            return;
        }
        let mut best = 0.0;
        for (index, (it, score)) in self.held.iter().zip(scores).enumerate() {
            let number = u32::try_from(index).unwrap_or(u32::MAX);
            let score = score * (1.0 - it.links / it.bytes.max(1.0));
            if index > 0 && score > best {
                (best, self.best) = (score, number);
            }
            if it.good >= MOST * total && !holds_text(index) {
                self.most = number;
                if it.good >= NEARLY_ALL * total {
                    self.nearly_all = number;
                }
            }
        }
    }

    /// What elements have from those round them.
    fn pass_down(&mut self, elements: &[Element]) {
        let half = HALF * self.total().max(1.0);
        let mut holds_best = vec![false; self.all.len()];
        let mut at = self.best;
        holds_best[0] = true;
        while at != 0 {
            holds_best[at as usize] = true;
            at = self.all[at as usize].parent;
        }
        let mut most = 0.0;
        for index in 1..self.all.len() {
            let outer = self.all[self.all[index].parent as usize];
            let number = u32::try_from(index).unwrap_or(u32::MAX);
            let good = self.held[index].good;
            let it = &mut self.all[index];
            it.depth = outer.depth + 1;
            it.above = outer.above | it.own;
            if good < half {
                it.near = outer.near | it.own;
                it.kind = words::kind(it.own).or(outer.kind);
                it.widget = words::widget_inside(it.own, outer.widget);
            }
            it.in_best = outer.in_best || number == self.best;
            (it.up, it.joined) = if holds_best[index] { (0.0, number) } else { (outer.up + 1.0, outer.joined) };
            it.article = match outer.article {
                0 if elements[index - 1].tag == Tag::Article => number,
                it => it,
            };
            if it.article == number && good > most {
                (most, self.article) = (good, number);
            }
        }
    }
}

/// What the markup of each element says. Nothing asks that of elements without items.
fn nodes(reading: &Reading<'_>, source: &str, elements: &[Element]) -> Vec<Node> {
    let mut has_items = vec![false; elements.len()];
    for element in reading.items.iter().filter_map(|it| it.element) {
        has_items[element as usize] = true;
    }
    for (index, element) in elements.iter().enumerate().rev() {
        if let (true, Some(parent)) = (has_items[index], element.parent) {
            has_items[parent as usize] = true;
        }
    }
    let mut classes = Classes::new(source);
    let mut nodes = Vec::with_capacity(elements.len() + 1);
    nodes.push(Node::default());
    // Hash of tag and class of each.
    let mut signs = vec![0; elements.len() + 1];
    for (index, (element, has_items)) in elements.iter().zip(has_items).enumerate() {
        let parent = element.parent.map_or(0, |it| it + 1);
        let mut node = Node { parent, ..Node::default() };
        if has_items {
            let outer = &nodes[parent as usize];
            let class = classes.of(element.tag, element.class);
            node.own =
                words::of_tag(element.tag) | class.words | classes.words(element.id) | classes.words(element.role);
            node.pair = mix(class.sign, signs[parent as usize]);
            node.chain = mix(node.pair, nodes[outer.parent as usize].pair);
            signs[index + 1] = class.sign;
        }
        nodes.push(node);
    }
    nodes
}

fn mix(a: u32, b: u32) -> u32 {
    (a ^ b.rotate_left(15)).wrapping_mul(0x9E37_79B1)
}
