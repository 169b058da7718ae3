//! The same paragraph again in the main text.

use crate::{
    detect::{About, Detector, Findings, PageView},
    finding::{Basis, Confidence, Evidence, Extent, Finding, JunkKind, Place, Target},
    layout::shape,
    page::{ItemKind, span::prefix},
    rule::RuleSet,
};

/// The detector.
pub(super) struct Duplicate;

const ID: &str = "duplicate_item/paragraph";

/// How sure it is that a paragraph does not come twice on purpose.
const CONFIDENCE: f64 = 0.9;
/// What comes more often than this is a refrain or a form.
const COPIES: usize = 3;
/// Line breaks from which a block is verse.
const VERSE_BREAKS: u16 = 2;

impl Detector for Duplicate {
    fn name(&self) -> &'static str {
        "duplicate"
    }

    fn about(&self) -> &'static [About] {
        &[About {
            id: ID,
            kind: JunkKind::DuplicateItem,
            summary: "A paragraph that stands in the main text a second time",
            why: "Teasers, leads and syndication boxes are printed twice. The first copy stays. Only paragraphs count: refrains, \
                  table rows, code and quotations come again on purpose, and what comes more than three times is a form.",
        }]
    }

    fn finds_items(&self) -> bool {
        true
    }

    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, _: &RuleSet) {
        let folded = |item: usize| page.reading.folded_of(item);
        let mut paragraphs: Vec<usize> = page.layout.main().filter(|it| is_paragraph(page, *it)).collect();
        // By length first: paragraphs of one length are few, so hardly any text is compared.
        paragraphs.sort_by(|a, b| folded(*a).len().cmp(&folded(*b).len()).then_with(|| folded(*a).cmp(folded(*b))));
        let copies = paragraphs.chunk_by(|a, b| folded(*a) == folded(*b));
        let mut repeated: Vec<&[usize]> = copies.filter(|it| (2..=COPIES).contains(&it.len())).collect();
        repeated.sort_by_key(|it| it[0]);
        for items in repeated {
            items[1..].iter().filter_map(|it| finding(page, items[0], *it)).for_each(|it| findings.push(it));
        }
    }
}

fn is_paragraph(page: &PageView<'_>, item: usize) -> bool {
    let it = &page.reading.items[item];
    let kind = matches!(it.kind, ItemKind::Paragraph | ItemKind::ListItem | ItemKind::Caption);
    let text = page.reading.text_of(item);
    kind && it.breaks < VERSE_BREAKS
        && page.layout.items[item].place == Place::Body
        && shape::is_paragraph(text, page.reading.words_of(item))
}

fn finding(page: &PageView<'_>, first: usize, again: usize) -> Option<Finding> {
    let text = page.reading.text_of(again);
    Some(Finding {
        rule_id: ID.into(),
        kind: JunkKind::DuplicateItem,
        confidence: Confidence::new(CONFIDENCE).ok()?,
        basis: Basis::Observed,
        extent: Extent::Item,
        place: Place::Body,
        widget: None,
        target: Target::Item { item: again, span: page.reading.whole(again) },
        message: format!("the same as item {first}: “{}…”", prefix(text, 60)),
        evidence: vec![Evidence { name: "first_copy", delta: 0.0, detail: format!("item {first}") }],
        repair: None,
        preview: false,
    })
}
