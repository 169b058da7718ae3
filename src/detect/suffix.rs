//! The same bracketed words at the end of paragraph after paragraph: "(TASS)", left by a rewriter.

use crate::{
    detect::{About, Detector, Findings, PageView},
    finding::{Basis, Confidence, Evidence, Extent, Finding, JunkKind, Place, Target},
    layout::shape,
    page::Span,
    rule::RuleSet,
};

/// The detector.
pub(super) struct Suffix;

const ID: &str = "llm_residue/repeated-suffix";

/// How sure it is.
const CONFIDENCE: f64 = 0.85;
/// Paragraphs from which a suffix is repeated.
const COPIES: usize = 3;
/// Bytes of the longest suffix, brackets included.
const BYTES: usize = 40;
/// Copies reported; the number of all is in the evidence.
const REPORTED: usize = 20;

impl Detector for Suffix {
    fn name(&self) -> &'static str {
        "suffix"
    }

    fn about(&self) -> &'static [About] {
        &[About {
            id: ID,
            kind: JunkKind::LlmResidue,
            summary: "The same bracketed words at the end of most paragraphs",
            why: "A machine that rewrites an agency's report carries its mark to the end of each paragraph. A credit stands once, \
                  at the end of the text; three paragraphs or more, and at least half of them, must end alike.",
        }]
    }

    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, _: &RuleSet) {
        let paragraphs: Vec<usize> = page
            .layout
            .main()
            .filter(|it| shape::is_paragraph(page.reading.text_of(*it), page.reading.words_of(*it)))
            .collect();
        let suffixes: Vec<(usize, Span)> =
            paragraphs.iter().filter_map(|it| Some((*it, suffix(page.reading.text_of(*it))?))).collect();
        let text = |(item, span): &(usize, Span)| &page.reading.text_of(*item)[span.range()];
        // The most frequent, the first of equals.
        let mut best: Option<(&str, usize)> = None;
        for it in suffixes.iter().take(2 * COPIES) {
            let copies = suffixes.iter().filter(|other| text(other) == text(it)).count();
            if best.is_none_or(|(_, most)| copies > most) {
                best = Some((text(it), copies));
            }
        }
        let Some((words, copies)) = best.filter(|(_, copies)| *copies >= COPIES && copies * 2 >= paragraphs.len())
        else {
            return;
        };
        for (item, span) in suffixes.iter().filter(|it| text(it) == words).take(REPORTED) {
            if let Ok(confidence) = Confidence::new(CONFIDENCE) {
                findings.push(finding(confidence, *item, *span, words, copies, paragraphs.len()));
            }
        }
    }
}

/// The bracketed words at the end of a paragraph.
fn suffix(text: &str) -> Option<Span> {
    let end = text.trim_end_matches(['.', ' ']).len();
    let (open, close) =
        [('(', ')'), ('[', ']'), ('（', '）')].into_iter().find(|(_, close)| text[..end].ends_with(*close))?;
    let start = text[..end].rfind(open)?;
    let inside = &text[start + open.len_utf8()..end - close.len_utf8()];
    let fits = start > 0 && end - start <= BYTES && inside.chars().any(char::is_alphabetic);
    fits.then(|| Span::new(start, end))
}

fn finding(confidence: Confidence, item: usize, span: Span, words: &str, copies: usize, paragraphs: usize) -> Finding {
    Finding {
        rule_id: ID.into(),
        kind: JunkKind::LlmResidue,
        confidence,
        basis: Basis::Inferred,
        extent: Extent::Part,
        place: Place::Body,
        widget: None,
        target: Target::Item { item, span },
        message: format!("{copies} of {paragraphs} paragraphs end with “{words}”"),
        evidence: vec![Evidence { name: "copies", delta: 0.0, detail: format!("{copies} of {paragraphs}") }],
        repair: None,
        preview: false,
    }
}
