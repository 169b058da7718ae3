//! Blocks shown by a label: "Previous Article" and the headline after it.

use crate::{
    finding::{Evidence, JunkKind, Place, WidgetKind},
    layout::{Block, Placed, shape},
    page::{ItemKind, Reading},
    rule::{Candidate, Outcome, Rule, RuleSet, Takes, Text, TextForm, Where},
};

/// Headlines one label takes along.
const HEADLINES: usize = 10;

/// For each item, the widget rule that names it.
pub(super) type Labels<'r> = Vec<Option<&'r Rule>>;

/// Runs the widget rules. Of several on one item, the surest counts.
pub(super) fn find<'r>(reading: &Reading<'_>, rules: &'r RuleSet, candidates: &[Candidate]) -> Labels<'r> {
    let mut labels: Labels<'r> = vec![None; reading.items.len()];
    for candidate in candidates {
        let rule = &rules.rules()[candidate.rule as usize];
        let item = candidate.item as usize;
        let heading = reading.items[item].kind == ItemKind::Heading && !rule.looks_at(Where::Heading);
        if rule.kind != JunkKind::Widget || heading || !may_be_label(reading, item) {
            continue;
        }
        let text = match rule.text {
            TextForm::Folded => reading.folded_of(item),
            TextForm::Exact => reading.text_of(item),
        };
        let short = rule.when.item_chars_below.is_none_or(|it| reading.chars_of(item) < it);
        let surer = labels[item].is_none_or(|it| it.confidence < rule.confidence);
        if short && surer && matches!(rule.run(Text::round(text, candidate.at as usize)), Outcome::Fired(_)) {
            labels[item] = Some(rule);
        }
    }
    labels
}

fn may_be_label(reading: &Reading<'_>, item: usize) -> bool {
    let it = &reading.items[item];
    !matches!(it.kind, ItemKind::Title | ItemKind::Meta | ItemKind::Code) && !it.hidden
}

/// The blocks that labels begin. Neighbouring blocks of one kind are one.
pub(super) fn blocks(reading: &Reading<'_>, labels: &Labels<'_>, items: &[Placed]) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut at = 0;
    while at < labels.len() {
        let Some(rule) = labels[at].filter(|_| items[at].place != Place::Title) else {
            at += 1;
            continue;
        };
        let end = at + 1 + headlines_after(reading, labels, items, at, rule.takes);
        let block = block(reading, rule, (at..end).collect(), items[at].inside);
        match blocks.last_mut() {
            Some(last) if joins(last, &block, at) => {
                last.items.extend(block.items);
                last.headlines.extend(block.headlines);
                last.inside |= block.inside;
            }
            _ => blocks.push(block),
        }
        at = end;
    }
    blocks
}

fn block(reading: &Reading<'_>, rule: &Rule, items: Vec<usize>, inside: bool) -> Block {
    let label = reading.text_of(items[0]).to_owned();
    let mut evidence = vec![Evidence { name: "label", delta: 0.0, detail: label }];
    if items.len() > 1 {
        evidence.push(Evidence { name: "headlines_after_label", delta: 0.0, detail: (items.len() - 1).to_string() });
    }
    Block {
        widget: rule.widget.unwrap_or(WidgetKind::Other),
        headlines: items[1..].to_vec(),
        items,
        inside,
        rule_id: rule.id.shared(),
        confidence: rule.confidence.get(),
        evidence,
    }
}

fn joins(last: &Block, block: &Block, at: usize) -> bool {
    last.widget == block.widget && last.items.last().is_some_and(|it| it + 1 == at)
}

/// Number of headlines after a label that belong to it.
fn headlines_after(reading: &Reading<'_>, labels: &Labels<'_>, items: &[Placed], label: usize, takes: Takes) -> usize {
    let most = match takes {
        Takes::Nothing => return 0,
        Takes::Headline => 1,
        Takes::Headlines => HEADLINES,
    };
    let mut taken = 0;
    while taken < most {
        let item = label + 1 + taken;
        let fits = item < labels.len()
            && labels[item].is_none()
            && items[item].inside == items[label].inside
            && is_teaser(reading, item)
            && (taken == 0 || !begins_section(reading, item));
        if !fits {
            break;
        }
        taken += 1;
    }
    taken
}

/// An item that can be the headline of another page.
fn is_teaser(reading: &Reading<'_>, item: usize) -> bool {
    let it = &reading.items[item];
    let kind = matches!(it.kind, ItemKind::Paragraph | ItemKind::ListItem | ItemKind::Link | ItemKind::Heading);
    let linked = it.link_bytes > 0 || reading.html.is_none();
    kind && linked && !it.hidden && shape::is_headline(reading.text_of(item), reading.words_of(item))
}

/// A short line without a link whose paragraph follows is a heading of this article, not a headline.
fn begins_section(reading: &Reading<'_>, item: usize) -> bool {
    let it = &reading.items[item];
    it.link_bytes == 0
        && item + 1 < reading.items.len()
        && shape::is_paragraph(reading.text_of(item + 1), reading.words_of(item + 1))
}
