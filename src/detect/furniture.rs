//! Furniture blocks, as layout found them.

use crate::{
    detect::{About, Detector, Findings, PageView},
    finding::{Basis, Confidence, Extent, Finding, JunkKind, Place, Target},
    layout::Block,
    page::span::prefix,
    rule::{RuleSet, Status},
};

/// The detector.
pub(super) struct Furniture;

impl Detector for Furniture {
    fn name(&self) -> &'static str {
        "furniture"
    }

    fn about(&self) -> &'static [About] {
        ABOUT
    }

    fn finds_items(&self) -> bool {
        true
    }

    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, rules: &RuleSet) {
        for block in &page.layout.blocks {
            if let Ok(confidence) = Confidence::new(block.confidence) {
                findings.push(finding(block, confidence, page, rules));
            }
        }
    }
}

const ABOUT: &[About] = &[
    About {
        id: "widget/repeated-run",
        kind: JunkKind::Widget,
        summary: "A run of short lines that comes twice around or between paragraphs",
        why: "A box of the theme (\"No time to read? / Get a summary\") is printed above and below the text. Up to six short \
              lines without a sentence end that come again, with a paragraph between the copies, belong to the site. Verse, lists, \
              tables, transcripts and headings that come again are not hit: the text must be mostly paragraphs, and a line that \
              heads a paragraph each time it comes is a heading.",
    },
    About {
        id: "widget/row-of-links",
        kind: JunkKind::Widget,
        summary: "Three or more blocks in a row that are nothing but links, inside the main text",
        why: "Lists of other articles stand between paragraphs. In a listing the links are the text, so there they stay.",
    },
    About {
        id: "widget/outside-main-text",
        kind: JunkKind::Widget,
        summary: "Furniture of the site outside the main text",
        why: "Menus, sidebars and footers are normal on an HTML page. They are left out of the cleaned page and never decide.",
    },
];

fn finding(block: &Block, confidence: Confidence, page: &PageView<'_>, rules: &RuleSet) -> Finding {
    let rule = rules.get(&block.rule_id);
    let place = if block.inside { page.layout.items[block.items[0]].place } else { Place::Furniture };
    Finding {
        rule_id: block.rule_id.clone(),
        kind: JunkKind::Widget,
        confidence,
        basis: rule.map_or(Basis::Inferred, |it| it.basis),
        extent: Extent::Item,
        place,
        widget: Some(block.widget),
        target: Target::Block { items: block.items.clone() },
        message: message(block, page),
        evidence: block.evidence.clone(),
        repair: None,
        preview: rule.is_some_and(|it| it.status == Status::Preview),
    }
}

/// Built of pieces, which is quicker than formatting: a page has dozens of blocks.
fn message(block: &Block, page: &PageView<'_>) -> String {
    let first = prefix(page.reading.text_of(block.items[0]), 80);
    let stand = if block.inside { " inside" } else { " outside" };
    let mut message = [block.widget.name(), stand, " the main text: “", first, "”"].concat();
    match block.items.len() - 1 {
        0 => {}
        1 => message.push_str(" and 1 more item"),
        more => message.extend([" and ", &more.to_string(), " more items"]),
    }
    message
}
