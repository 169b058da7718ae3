//! What is known of the elements that blocks stand in: signs of their markup, and how much running text,
//! how many links and how many blocks each holds. Two linear passes over the elements.

use super::{
    text::{self, Text, real},
    words,
};
use crate::{
    finding::WidgetKind,
    layout::html::is_text_element,
    page::{
        Reading,
        html::{Element, Tag},
    },
};

/// Share of the running text that the container of the article holds.
const HALF: f32 = 0.5;

/// What is known of an element. Number 0 stands for the whole page.
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
    /// Hash of tag and class, alone, with the element round it, and with three round it.
    sign: u32,
    pub(super) pair: u32,
    pub(super) chain: u32,
    pub(super) good: f32,
    /// Running text of its own and of the paragraphs in it.
    pub(super) direct: f32,
    pub(super) bytes: f32,
    pub(super) links: f32,
    pub(super) blocks: u32,
    pub(super) goods: u32,
    /// First and last block with running text.
    pub(super) first: u32,
    pub(super) last: u32,
    /// How well it would do as the container of the article.
    score: f32,
    /// Elements from here up to the first that holds the best container, and the share that it has.
    pub(super) up: f32,
    pub(super) joined: u32,
    /// Whether it stands in the best container.
    pub(super) in_best: bool,
    /// Kind of furniture that the innermost element round it is which has one, up to the first that holds
    /// half of the running text, and the sort of sign that says so.
    pub(super) kind: Option<(WidgetKind, &'static str)>,
    /// The same by signs that are only likely, too.
    pub(super) widget: Option<(WidgetKind, &'static str)>,
    /// The outermost `article` it stands in, or 0.
    pub(super) article: u32,
}

/// All elements of a page.
pub(super) struct Nodes {
    pub(super) all: Vec<Node>,
    /// The best container.
    pub(super) best: u32,
    /// The outermost `article` with the most running text, or 0.
    pub(super) article: u32,
    /// Innermost elements with 60 and 85 % of the running text.
    pub(super) most: u32,
    pub(super) nearly_all: u32,
}

impl Nodes {
    pub(super) fn of(
        reading: &Reading<'_>,
        source: &str,
        elements: &[Element],
        blocks: &[usize],
        texts: &[Text],
    ) -> Self {
        let mut nodes = Vec::with_capacity(elements.len() + 1);
        nodes.push(Node { first: u32::MAX, ..Node::default() });
        for element in elements {
            nodes.push(node(source, element, &nodes));
        }
        let mut page = Self { all: nodes, best: 0, article: 0, most: 0, nearly_all: 0 };
        page.weigh(reading, elements, blocks, texts);
        page.choose(elements);
        page.pass_down(elements);
        page
    }

    /// The node of an item.
    pub(super) fn at(element: Option<u32>) -> usize {
        element.map_or(0, |it| it as usize + 1)
    }

    pub(super) fn total(&self) -> f32 {
        self.all[0].good
    }

    /// Share of the running text.
    pub(super) fn share(&self, node: u32) -> f32 {
        self.all[node as usize].good / self.total().max(1.0)
    }

    /// Sums over each element, from the innermost out.
    fn weigh(&mut self, reading: &Reading<'_>, elements: &[Element], blocks: &[usize], texts: &[Text]) {
        for (number, (block, text)) in (0_u32..).zip(blocks.iter().zip(texts)) {
            let node = &mut self.all[Self::at(reading.items[*block].element)];
            node.good += text.good;
            node.direct += text.good;
            node.bytes += real(text.bytes);
            node.links += real(text.bytes) * text.links;
            node.blocks += 1;
            if text.good > 0.0 {
                node.goods += 1;
                node.first = node.first.min(number);
                node.last = number;
            }
        }
        for index in (1..self.all.len()).rev() {
            let it = self.all[index];
            let is_text = is_text_element(elements[index - 1].tag) || elements[index - 1].tag == Tag::Td;
            let parent = &mut self.all[it.parent as usize];
            parent.good += it.good;
            parent.direct += if is_text { it.direct } else { 0.0 };
            parent.bytes += it.bytes;
            parent.links += it.links;
            parent.blocks += it.blocks;
            parent.goods += it.goods;
            parent.first = parent.first.min(it.first);
            parent.last = parent.last.max(it.last);
        }
    }

    /// The containers. The best is chosen as Readability does: paragraphs count for the element round
    /// them, half for the one round that and a third for the next, less the share of links.
    fn choose(&mut self, elements: &[Element]) {
        for index in 1..self.all.len() {
            let it = self.all[index];
            if is_text_element(elements[index - 1].tag) {
                continue;
            }
            self.all[index].score += it.direct;
            let parent = it.parent as usize;
            self.all[parent].score += it.direct / 2.0;
            let grandparent = self.all[parent].parent as usize;
            self.all[grandparent].score += it.direct / 3.0;
        }
        let total = self.total();
        let mut best = 0.0;
        for (index, it) in (0_u32..).zip(&self.all) {
            let score = it.score * (1.0 - it.links / it.bytes.max(1.0));
            if index > 0 && score > best {
                (best, self.best) = (score, index);
            }
            let is_text = index > 0 && is_text_element(elements[index as usize - 1].tag);
            if total > 0.0 && !is_text && it.good >= 0.6 * total {
                self.most = index;
            }
            if total > 0.0 && !is_text && it.good >= 0.85 * total {
                self.nearly_all = index;
            }
        }
    }

    /// What elements have from those round them.
    fn pass_down(&mut self, elements: &[Element]) {
        let total = self.total().max(1.0);
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
            let it = &mut self.all[index];
            it.depth = outer.depth + 1;
            it.above = outer.above | it.own;
            it.near = if it.good >= HALF * total { 0 } else { outer.near | it.own };
            it.kind = if it.good >= HALF * total { None } else { words::kind(it.own).or(outer.kind) };
            it.widget = if it.good >= HALF * total { None } else { words::widget_inside(it.own, outer.widget) };
            it.in_best = outer.in_best || number == self.best;
            (it.up, it.joined) = if holds_best[index] { (0.0, number) } else { (outer.up + 1.0, outer.joined) };
            it.article = match outer.article {
                0 if elements[index - 1].tag == Tag::Article => number,
                it => it,
            };
            if it.article == number && it.good > most {
                (most, self.article) = (it.good, number);
            }
        }
    }
}

fn node(source: &str, element: &Element, nodes: &[Node]) -> Node {
    let attribute = |span: crate::page::Span| source.get(span.range()).unwrap_or("");
    let class = attribute(element.class);
    let parent = element.parent.map_or(0, |it| it + 1);
    let outer = &nodes[parent as usize];
    let sign = signature(element.tag, class);
    let pair = mix(sign, outer.sign);
    let far = nodes[outer.parent as usize].pair;
    Node {
        parent,
        own: words::of_tag(element.tag)
            | words::of_attribute(class)
            | words::of_attribute(attribute(element.id))
            | words::of_attribute(attribute(element.role)),
        sign,
        pair,
        chain: mix(pair, far),
        first: u32::MAX,
        ..Node::default()
    }
}

/// Bytes of a class that a signature sees.
const CLASS: usize = 64;

/// Hash of a tag and its class, in which all digits are alike.
fn signature(tag: Tag, class: &str) -> u32 {
    let class = &class.as_bytes()[..class.len().min(CLASS)];
    let seed = text::hash(0x811c_9dc5, &[tag as u8]);
    class.iter().fold(seed, |it, byte| text::hash(it, &[if byte.is_ascii_digit() { b'0' } else { *byte }]))
}

fn mix(a: u32, b: u32) -> u32 {
    (a ^ b.rotate_left(15)).wrapping_mul(0x9E37_79B1)
}
