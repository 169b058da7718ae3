//! What was found on a page, and the page itself, as people look at it: findings one by one, what was sent beside
//! what would be published.

use super::{
    marks::{Mark, Run, runs},
    words,
};
use crate::{
    limits,
    proto::{
        CheckResult, Effect, FiledFinding, Finding, FindingTruth, JunkKind, Place, PlacedItem, decided_by::Decider,
    },
};

/// A finding with all that is said of it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own that the template asks")]
pub(super) struct Found {
    pub(super) index: usize,
    pub(super) rule_id: String,
    /// Kind, and the sort of furniture.
    pub(super) kind: String,
    pub(super) effect: &'static str,
    /// Effect it would have, of a preview rule or a capped finding.
    pub(super) would_be: Option<&'static str>,
    pub(super) sureness: &'static str,
    pub(super) score: String,
    pub(super) basis: String,
    pub(super) is_preview: bool,
    pub(super) message: String,
    pub(super) quote: Vec<Run>,
    pub(super) repair: Vec<Run>,
    pub(super) evidence: Vec<Fact>,
    pub(super) policy_row: String,
    /// Where it is, in words.
    pub(super) place: String,
    /// Whether the text view marks it, so that one can jump there.
    pub(super) is_marked: bool,
    /// Field of what was sent and first byte, for the source view.
    pub(super) source: Option<(String, i32)>,
    /// Whether it decided the verdict.
    pub(super) decides: bool,
    /// Whether a person may judge it: it was filed.
    pub(super) is_filed: bool,
    /// What a person said of it.
    pub(super) truth: &'static str,
}

/// A fact behind a confidence.
#[derive(Debug)]
pub(super) struct Fact {
    pub(super) name: String,
    /// By how much it moved the confidence; nothing for one that only explains.
    pub(super) delta: String,
    pub(super) detail: Vec<Run>,
}

/// A piece of what was sent.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) index: usize,
    /// What it is: kind and place.
    pub(super) label: String,
    pub(super) is_heading: bool,
    /// Whether it is not in the cleaned page.
    pub(super) is_cut: bool,
    pub(super) runs: Vec<Run>,
}

/// Pieces that stand together: main text, or a block of furniture.
#[derive(Debug)]
pub(super) struct Block {
    /// Whether it is main text.
    pub(super) is_main: bool,
    /// What it is, for furniture.
    pub(super) label: String,
    /// Whether a finding stronger than furniture is in it: it is shown open.
    pub(super) is_open: bool,
    pub(super) pieces: Vec<Piece>,
}

/// What was found, with the page.
#[derive(Debug)]
pub(super) struct Evidence {
    /// Findings above a note.
    pub(super) findings: Vec<Found>,
    /// Notes.
    pub(super) notes: Vec<Found>,
    pub(super) blocks: Vec<Block>,
    /// Pieces that are not shown.
    pub(super) hidden: usize,
    pub(super) title: Vec<Run>,
    pub(super) paragraphs: Vec<Vec<Run>>,
    /// Whether the cleaned text is cut.
    pub(super) is_text_cut: bool,
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) failures: Vec<(String, String)>,
    pub(super) verdict: &'static str,
    pub(super) verdict_class: &'static str,
    /// What decided, in words.
    pub(super) decided_by: String,
    pub(super) ruleset_revision: String,
    pub(super) policy_revision: String,
}

impl Evidence {
    /// What a result says, with what people said of its findings.
    pub(super) fn of(result: &CheckResult, filed: &[FiledFinding]) -> Self {
        let decider = result.decided_by.as_ref().and_then(|it| it.decider.as_ref());
        let deciding = match decider {
            Some(Decider::Finding(it)) => usize::try_from(it.finding_index).ok(),
            _ => None,
        };
        let (blocks, shown, hidden) = blocks(result);
        let found = result.findings.iter().enumerate().map(|(index, it)| {
            let truth = filed.iter().find(|filed| usize::try_from(filed.finding_index) == Ok(index));
            let is_shown = usize::try_from(it.item_index).is_ok_and(|item| shown.contains(&item));
            found(index, it, truth, deciding == Some(index), is_shown && it.kind() != JunkKind::Widget)
        });
        let (findings, notes) = found.partition(|it: &Found| it.effect != "note");
        let cleaned = result.cleaned.clone().unwrap_or_default();
        let (text, is_text_cut) = cut(&cleaned.text, limits::SHOWN_BYTES);
        Self {
            findings,
            notes,
            blocks,
            hidden,
            title: runs(&cleaned.title, &[]),
            paragraphs: text.lines().filter(|it| !it.trim().is_empty()).map(|it| runs(it, &[])).collect(),
            is_text_cut,
            facts: facts(result),
            failures: result.failures.iter().map(|it| (it.name.clone(), it.message.clone())).collect(),
            verdict: words::verdict(result.verdict()),
            verdict_class: words::verdict_class(result.verdict()),
            decided_by: decided_by(decider, result),
            ruleset_revision: result.ruleset_revision.clone(),
            policy_revision: result.policy_revision.clone(),
        }
    }

    /// The finding that decided, if one did.
    pub(super) fn decider(&self) -> Option<&Found> {
        self.findings.iter().find(|it| it.decides)
    }
}

/// The start of a text that is at most so long, and whether something was cut.
fn cut(text: &str, bytes: usize) -> (&str, bool) {
    (&text[..text.floor_char_boundary(bytes)], text.len() > bytes)
}

fn found(index: usize, it: &Finding, filed: Option<&FiledFinding>, decides: bool, is_marked: bool) -> Found {
    let widget = (it.kind() == JunkKind::Widget).then(|| words::widget(it.widget_kind()));
    let kind = words::kind(it.kind());
    let would_be = (it.would_be_effect() > it.effect()).then(|| words::effect(it.would_be_effect()));
    Found {
        index,
        rule_id: it.rule_id.clone(),
        kind: widget.map_or(kind.clone(), |widget| format!("{kind}: {widget}")),
        effect: words::effect(it.effect()),
        would_be,
        sureness: words::confidence(it.confidence),
        score: format!("{:.2}", it.confidence),
        basis: words::basis(it.basis()),
        is_preview: it.preview,
        message: it.message.clone(),
        quote: runs(&it.quote, &[]),
        repair: runs(&it.repair, &[]),
        evidence: it.evidence.iter().map(fact).collect(),
        policy_row: it.policy_row.clone(),
        place: place(it),
        is_marked,
        source: it.source_span.as_ref().map(|it| (it.field.clone(), it.start)),
        decides,
        is_filed: filed.is_some(),
        truth: match filed.map(FiledFinding::truth) {
            Some(FindingTruth::Right) => "right",
            Some(FindingTruth::Wrong) => "wrong",
            _ => "",
        },
    }
}

fn fact(it: &crate::proto::Evidence) -> Fact {
    let delta = if it.delta == 0.0 { String::new() } else { format!("{:+.2}", it.delta).replace('-', "−") };
    Fact { name: it.name.replace('_', " "), delta, detail: runs(&it.detail, &[]) }
}

/// Where a finding is: "title", "body, item 4", "furniture, items 3 to 9".
fn place(it: &Finding) -> String {
    let place = words::place(it.place());
    match (it.item_index, it.item_count) {
        (..0, _) => place,
        (index, ..=1) => format!("{place}, item {}", index + 1),
        (index, count) => format!("{place}, {count} items from {}", index + 1),
    }
}

fn decided_by(decider: Option<&Decider>, result: &CheckResult) -> String {
    match decider {
        Some(Decider::Finding(it)) => {
            let finding = usize::try_from(it.finding_index).ok().and_then(|it| result.findings.get(it));
            let rule = finding.map_or("", |it| it.rule_id.as_str());
            format!("{rule}, by the policy row {}", it.policy_row)
        }
        Some(Decider::Combination(id)) => format!("the combination {id} of findings"),
        Some(Decider::Failure(name)) => format!("{name} could not be checked"),
        Some(Decider::Decision(id)) => format!("the decision {id}"),
        None => "nothing asked for more than a note".into(),
    }
}

fn facts(result: &CheckResult) -> Vec<(&'static str, String)> {
    let facts = result.facts.clone().unwrap_or_default();
    let kind = match result.page_type() {
        crate::proto::PageType::Unspecified => String::new(),
        it => words::page_type(it),
    };
    let images = if facts.images.is_empty() { String::new() } else { facts.images.len().to_string() };
    let all = [
        ("Page type", kind),
        ("Author", facts.byline),
        ("Published", facts.publish_date),
        ("Language", facts.language),
        ("Site", facts.site_name),
        ("Canonical address", facts.canonical_url),
        ("Images named", images),
        ("Charset", result.charset.clone()),
    ];
    all.into_iter().filter(|it| !it.1.is_empty()).collect()
}

/// What was sent, in blocks; the items that are shown, and how many are not.
fn blocks(result: &CheckResult) -> (Vec<Block>, std::collections::BTreeSet<usize>, usize) {
    let cut: std::collections::BTreeSet<i32> =
        result.cleaned.iter().flat_map(|it| &it.removals).map(|it| it.item_index).collect();
    let title = result.cleaned.as_ref().map_or("", |it| it.title.as_str());
    let mut blocks: Vec<Block> = Vec::new();
    let mut shown = std::collections::BTreeSet::new();
    let mut bytes = 0;
    for (index, item) in result.items.iter().enumerate() {
        bytes += item.text.len();
        // Beyond, only what findings are about.
        let marks = marks(result, index);
        let is_beyond = index >= limits::SHOWN_ITEMS || bytes > limits::SHOWN_BYTES;
        if is_beyond && (marks.is_empty() || shown.len() >= limits::SHOWN_ITEMS + limits::FINDINGS) {
            continue;
        }
        shown.insert(index);
        let number = i32::try_from(index).unwrap_or(i32::MAX);
        let is_title = item.place() == Place::Title;
        let is_main = item.main || is_title;
        let label = if is_main { String::new() } else { furniture(result, number) };
        let strong = marks.iter().any(|it| it.effect >= Effect::Review);
        let piece = Piece {
            index,
            label: label_of(item),
            is_heading: is_title || item.place() == Place::Heading,
            is_cut: cut.contains(&number) || (is_title && item.text.trim() != title.trim()),
            runs: runs(self::cut(&item.text, limits::SHOWN_BYTES).0, &marks),
        };
        match blocks.last_mut().filter(|it| it.is_main == is_main && it.label == label) {
            Some(block) => {
                block.pieces.push(piece);
                block.is_open |= strong;
            }
            None => blocks.push(Block { is_main, label, is_open: strong, pieces: vec![piece] }),
        }
    }
    let hidden = result.items.len() - shown.len();
    (blocks, shown, hidden)
}

/// What a piece is, for who wants to know: "paragraph", "link".
fn label_of(item: &PlacedItem) -> String {
    let kind = words::item_kind(item.kind());
    let place = words::place(item.place());
    if kind == place { kind } else { format!("{kind}, {place}") }
}

/// The sort of furniture that a finding says an item is.
fn furniture(result: &CheckResult, item: i32) -> String {
    let covers = |it: &&Finding| {
        it.kind() == JunkKind::Widget && it.item_index <= item && item < it.item_index + it.item_count.max(1)
    };
    let finding = result.findings.iter().filter(|it| it.item_index >= 0).find(covers);
    finding.map_or_else(|| "furniture".into(), |it| words::widget(it.widget_kind()))
}

/// The marks of findings in an item.
fn marks(result: &CheckResult, item: usize) -> Vec<Mark> {
    let of_item = result
        .findings
        .iter()
        .enumerate()
        .filter(|(_, it)| usize::try_from(it.item_index) == Ok(item) && it.kind() != JunkKind::Widget);
    of_item
        .filter_map(|(finding, it)| {
            let span = it.span.as_ref()?;
            let (start, end) = (usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?);
            Some(Mark { start, end, finding, effect: it.effect() })
        })
        .collect()
}
