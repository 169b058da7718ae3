//! Blocks shown by repetition: a run of short lines that comes twice around or between paragraphs.

use std::{collections::HashMap, ops::Range};

use crate::{
    finding::{Evidence, WidgetKind},
    layout::{Block, Placed, cell, shape},
    page::{ItemKind, Reading},
};

/// Id of the finding.
pub(super) const RULE_ID: &str = "widget/repeated-run";
/// How sure repetition alone is; the paragraphs between and around it are in this figure.
const CONFIDENCE: f64 = 0.8;
/// Items of the longest run.
const RUN: usize = 6;
/// Copies beyond which a run structures the text: a speaker's name, "Pros" and "Cons".
const COPIES: usize = 3;
/// Words from which one line alone counts as a run.
const LINE_WORDS: usize = 3;

/// Runs that come again, each copy a block. Verse, lists, tables and transcripts have none.
pub(super) fn blocks(reading: &Reading<'_>, items: &[Placed]) -> Vec<Block> {
    let lines = lines(reading, items);
    if !has_paragraphs(&lines) {
        return Vec::new();
    }
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut copies: Vec<Vec<Range<usize>>> = Vec::new();
    let mut taken = vec![false; lines.len()];
    for at in 0..lines.len() {
        if !lines[at].short || taken[at] {
            continue;
        }
        let Some(first) = seen.insert(lines[at].text, at).filter(|it| !taken[*it]) else { continue };
        let run = run_length(&lines, first, at);
        if is_run(&lines, first, at, run) {
            let all = all_copies(&lines, first, run);
            all.iter().flat_map(Clone::clone).for_each(|it| taken[it] = true);
            copies.push(all);
        }
    }
    let mut blocks: Vec<Block> = copies
        .iter()
        .filter(|it| it.len() <= COPIES)
        .flat_map(|it| it.iter().map(|copy| block(&lines, copy, it.len())))
        .collect();
    blocks.sort_by_key(|it| it.items[0]);
    blocks
}

struct Line<'a> {
    item: usize,
    text: &'a str,
    words: usize,
    /// A label, a button, a question.
    short: bool,
    paragraph: bool,
}

/// The items of the main text that are not furniture yet.
fn lines<'a>(reading: &'a Reading<'_>, items: &[Placed]) -> Vec<Line<'a>> {
    let main = items.iter().enumerate().filter(|(_, it)| it.is_main());
    main.map(|(item, _)| {
        let text = reading.folded_of(item);
        let plain = matches!(reading.items[item].kind, ItemKind::Paragraph | ItemKind::Link);
        let words = reading.words_of(item);
        let short = plain
            && words > 0
            && shape::is_short_line(text, words)
            && !text.ends_with(':')
            && cell::row(reading, item).is_none();
        Line { item, text, words, short, paragraph: shape::is_paragraph(text, words) }
    })
    .collect()
}

/// Whether the text is written in paragraphs: they hold most of its words.
fn has_paragraphs(lines: &[Line<'_>]) -> bool {
    let words = |paragraph| -> usize { lines.iter().filter(|it| it.paragraph == paragraph).map(|it| it.words).sum() };
    words(true) > words(false)
}

/// Number of equal short lines from both places on.
fn run_length(lines: &[Line<'_>], first: usize, second: usize) -> usize {
    (0..RUN.min(second - first))
        .take_while(|it| lines.get(second + it).is_some_and(|line| line.short && line.text == lines[first + it].text))
        .count()
}

/// Whether two copies are furniture: a paragraph between them, and more than a heading that comes again.
fn is_run(lines: &[Line<'_>], first: usize, second: usize, run: usize) -> bool {
    let words: usize = lines[second..second + run].iter().map(|it| it.words).sum();
    let between = lines[first + run..second].iter().any(|it| it.paragraph);
    let heads = |at: usize| lines.get(at + run).is_some_and(|it| it.paragraph);
    let is_heading = run == 1 && heads(first) && heads(second);
    between && words >= LINE_WORDS && !is_heading
}

fn all_copies(lines: &[Line<'_>], first: usize, run: usize) -> Vec<Range<usize>> {
    let mut copies = Vec::new();
    let mut at = first;
    while at + run <= lines.len() {
        let same = (0..run).all(|it| lines[at + it].text == lines[first + it].text);
        if same {
            copies.push(at..at + run);
        }
        at += if same { run } else { 1 };
    }
    copies
}

fn block(lines: &[Line<'_>], copy: &Range<usize>, copies: usize) -> Block {
    Block {
        widget: WidgetKind::Other,
        items: lines[copy.clone()].iter().map(|it| it.item).collect(),
        headlines: Vec::new(),
        inside: true,
        rule_id: RULE_ID.into(),
        confidence: CONFIDENCE,
        evidence: vec![Evidence { name: "copies_among_paragraphs", delta: 0.0, detail: copies.to_string() }],
    }
}
