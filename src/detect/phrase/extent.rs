//! How much a match covers: a part of an item, the item, most of the main text.

use crate::{
    detect::PageView,
    finding::{Confidence, Extent, Finding, JunkKind, Place, Target},
    layout::shape,
    page::Span,
};

/// Characters of the longest item that is residue as a whole when its first sentence is: models refuse
/// in a short paragraph.
const RESIDUE_ITEM: usize = 600;
/// Characters of the longest main text that is a refusal as a whole when it opens with one.
const REFUSAL_BODY: usize = 2000;
/// Confidence from which a finding counts as covering.
const SURE: f64 = 0.6;

/// How much of an item a match covers: all, if nothing but marks is left over, or if it opens a short
/// item.
pub(super) fn of_match(page: &PageView<'_>, item: usize, span: Span) -> Extent {
    let text = page.reading.text_of(item);
    let marks = |it: &str| !it.chars().any(char::is_alphanumeric);
    let opens = marks(&text[..span.start as usize]);
    let rest = &text[span.end as usize..];
    let one_sentence = shape::sentences(text) == 1 && span.len() * 2 >= text.len();
    let whole = opens && (marks(rest) || one_sentence);
    if whole { Extent::Item } else { Extent::Part }
}

/// Widens what stands in the main text: a short item that opens with a refusal or a banner is one, and what covers
/// half of the main text covers most of it.
pub(super) fn widen(page: &PageView<'_>, findings: &mut [Finding]) {
    for finding in findings.iter_mut() {
        let opener = matches!(finding.kind, JunkKind::Refusal | JunkKind::Consent);
        if opener && finding.extent == Extent::Part && opens_short_item(page, finding) {
            finding.extent = Extent::Item;
        }
    }
    for kind in [JunkKind::Refusal, JunkKind::LlmResidue, JunkKind::Placeholder, JunkKind::Consent] {
        if covers_most(page, findings, kind) || kind == JunkKind::Refusal && opens_body(page, findings) {
            let whole = |it: &&mut Finding| it.kind == kind && it.extent == Extent::Item && is_main(page, it);
            findings.iter_mut().filter(whole).for_each(|it| it.extent = Extent::Most);
        }
    }
}

fn is_main(page: &PageView<'_>, finding: &Finding) -> bool {
    finding.target.item().is_some_and(|it| page.layout.items[it].is_main()) && finding.place != Place::Link
}

/// Whether a finding of this confidence is more than a note.
pub(super) fn is_sure(confidence: Confidence) -> bool {
    confidence.get() >= SURE
}

fn opens_short_item(page: &PageView<'_>, finding: &Finding) -> bool {
    let Target::Item { item, span } = finding.target else { return false };
    let text = page.reading.text_of(item);
    let before = &text[..span.start as usize];
    page.reading.chars_of(item) <= RESIDUE_ITEM && shape::words(before) <= 3
}

/// Whether the items that findings of a kind cover hold half of the main text's characters.
fn covers_most(page: &PageView<'_>, findings: &[Finding], kind: JunkKind) -> bool {
    let mut covered: Vec<usize> = findings
        .iter()
        .filter(|it| it.kind == kind && it.extent >= Extent::Item && is_sure(it.confidence) && is_main(page, it))
        .filter_map(|it| it.target.item())
        .collect();
    covered.sort_unstable();
    covered.dedup();
    let chars: usize = covered.iter().map(|it| page.reading.chars_of(*it)).sum();
    chars > 0 && chars * 2 >= page.layout.main_chars
}

/// Whether a short main text opens with a refusal.
fn opens_body(page: &PageView<'_>, findings: &[Finding]) -> bool {
    let first = page.layout.main().next();
    page.layout.main_chars <= REFUSAL_BODY
        && findings.iter().any(|it| {
            it.kind == JunkKind::Refusal
                && it.extent == Extent::Item
                && is_sure(it.confidence)
                && it.target.item() == first
        })
}
