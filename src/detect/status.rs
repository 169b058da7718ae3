//! An error status with hardly any text.

use crate::{
    detect::{About, Detector, Findings, PageView},
    finding::{Basis, Confidence, Evidence, Extent, Finding, JunkKind, Place, Target},
    rule::RuleSet,
};

/// The detector.
pub(super) struct Status;

const ID: &str = "error_page/status-without-text";

/// Characters of main text below which an error status is the whole answer.
const CHARS: usize = 50;

impl Detector for Status {
    fn name(&self) -> &'static str {
        "status"
    }

    fn about(&self) -> &'static [About] {
        &[About {
            id: ID,
            kind: JunkKind::ErrorPage,
            summary: "An HTTP status of 400 or above with no text",
            why: "The server said that there is no page, and sent none. A status alone proves nothing: members' areas answer 403 \
                  with the article, archives 404 with useful text.",
        }]
    }

    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, _: &RuleSet) {
        let Some(status) = page.reading.page.status().filter(|it| *it >= 400) else { return };
        if page.layout.main_chars >= CHARS {
            return;
        }
        let Ok(confidence) = Confidence::new(0.97) else { return };
        findings.push(Finding {
            rule_id: ID.into(),
            kind: JunkKind::ErrorPage,
            confidence,
            basis: Basis::Observed,
            extent: Extent::Page,
            place: Place::Page,
            widget: None,
            target: Target::Page { source: None },
            message: format!("HTTP status {status} with {} characters of text", page.layout.main_chars),
            evidence: vec![Evidence { name: "status", delta: 0.0, detail: status.to_string() }],
            repair: None,
            preview: false,
        });
    }
}
