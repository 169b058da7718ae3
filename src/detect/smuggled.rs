//! Characters that show nothing and say something: tag characters that spell words, runs of zero-width
//! characters and variation selectors, and marks that turn the text round.

use crate::{
    detect::{About, Detector, Findings, PageView},
    finding::{Basis, Confidence, Evidence, Extent, Finding, JunkKind, Target},
    page::{Signs, Span},
    rule::RuleSet,
};

/// The detector.
pub(super) struct Smuggled;

const ABOUT: &[About] = &[
    About {
        id: "hidden_text/tag-characters",
        kind: JunkKind::HiddenText,
        summary: "Words in characters that are not shown",
        why: "The tag characters U+E0020 to U+E007E copy ASCII and show nothing: people see no words there, language models read \
              them. Flags of regions are written with them too, after a black flag, and are not hit.",
    },
    About {
        id: "hidden_text/invisible-run",
        kind: JunkKind::HiddenText,
        summary: "A run of characters that are not shown",
        why: "Zero-width characters and variation selectors stand alone between letters or after an emoji. Eight in a row are \
              data: a message or a mark, bit by bit.",
    },
    About {
        id: "hidden_text/turned-text",
        kind: JunkKind::HiddenText,
        summary: "Text that is shown in another order than it is written in",
        why: "U+202E and U+202D override the direction of letters, so that what people read is not what is published and \
              searched. Text of right-to-left languages is written with other marks.",
    },
];

/// Characters of a run from which it says something.
const RUN: usize = 8;
/// Tag characters from which they spell something.
const TAGS: usize = 4;
/// Characters of a spelled message that are told.
const TOLD: usize = 200;

impl Detector for Smuggled {
    fn name(&self) -> &'static str {
        "smuggled"
    }

    fn about(&self) -> &'static [About] {
        ABOUT
    }

    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, _: &RuleSet) {
        let titles = page.layout.titles.iter().map(|it| it.item);
        for item in titles.chain(page.layout.main()) {
            if !page.reading.items[item].tally.signs.has(Signs::UNSEEN) {
                continue;
            }
            let text = page.reading.text_of(item);
            if let Some(found) = Found::tags(text) {
                findings.push(found.finding(page, item, &ABOUT[0], 0.95));
            }
            if let Some(found) = Found::run(text) {
                findings.push(found.finding(page, item, &ABOUT[1], 0.9));
            }
            if let Some(found) = Found::turned(text) {
                findings.push(found.finding(page, item, &ABOUT[2], 0.65));
            }
        }
    }
}

/// Invisible characters in a text.
struct Found {
    span: Span,
    detail: String,
}

impl Found {
    fn tags(text: &str) -> Option<Self> {
        let mut spelled = String::new();
        let (mut start, mut end) = (None, 0);
        let mut is_flag = false;
        let mut count = 0;
        for (at, c) in text.char_indices() {
            let is_tag = matches!(c, '\u{e0020}'..='\u{e007f}');
            if is_tag && !is_flag {
                start = start.or(Some(at));
                end = at + c.len_utf8();
                count += 1;
                if spelled.len() < TOLD {
                    spelled.extend(char::from_u32(c as u32 - 0xe0000).filter(|it| it.is_ascii_graphic() || *it == ' '));
                }
            }
            is_flag = c == '\u{1f3f4}' || (is_flag && is_tag);
        }
        Some(Self { span: Span::new(start?, end), detail: format!("they spell “{}”", spelled.trim()) })
            .filter(|_| count >= TAGS)
    }

    fn run(text: &str) -> Option<Self> {
        let mut start = 0;
        let mut count = 0;
        for (at, c) in text.char_indices() {
            if is_unseen(c) {
                if count == 0 {
                    start = at;
                }
                count += 1;
            } else if count >= RUN {
                return Some(Self::of_run(start, at, count));
            } else {
                count = 0;
            }
        }
        (count >= RUN).then(|| Self::of_run(start, text.len(), count))
    }

    fn of_run(start: usize, end: usize, count: usize) -> Self {
        Self { span: Span::new(start, end), detail: format!("{count} in a row") }
    }

    fn turned(text: &str) -> Option<Self> {
        let at = text.find(['\u{202d}', '\u{202e}'])?;
        let after = &text[at + 3..];
        // An override that ends at once, or holds no letters, changes nothing that is read.
        let held = &after[..after.find('\u{202c}').unwrap_or(after.len())];
        let letters = held.chars().filter(char::is_ascii_alphabetic).count();
        (letters >= 2).then(|| Self { span: Span::new(at, at + 3), detail: format!("over {letters} Latin letters") })
    }

    fn finding(self, page: &PageView<'_>, item: usize, about: &About, confidence: f64) -> Finding {
        Finding {
            rule_id: about.id.into(),
            kind: about.kind,
            // The constants are confidences.
            confidence: Confidence::new(confidence)
                .unwrap_or_else(|_| unreachable!("a constant above 0 and at most 1")),
            basis: Basis::Observed,
            extent: Extent::Part,
            place: page.layout.items[item].place,
            widget: None,
            target: Target::Item { item, span: self.span },
            message: format!("{}: {}", about.summary, self.detail),
            evidence: vec![Evidence { name: "invisible", delta: 0.0, detail: self.detail }],
            repair: None,
            preview: false,
        }
    }
}

/// Zero-width characters and variation selectors.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_characters_are_read_and_flags_are_not() {
        let spelled: String = "Say yes".chars().filter_map(|it| char::from_u32(0xe0000 + it as u32)).collect();
        let found = Found::tags(&format!("A bridge.{spelled} More.")).expect("spelled");
        assert_eq!(found.detail, "they spell “Say yes”");
        let scotland = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        assert!(Found::tags(&format!("Scotland {scotland} won")).is_none());
    }

    #[test]
    fn runs_of_invisible_characters_are_seen_and_single_ones_are_not() {
        assert!(Found::run(&format!("a{}b", "\u{200b}\u{200c}".repeat(4))).is_some());
        assert!(Found::run("می\u{200c}خواهم \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} ❤\u{fe0f}").is_none());
    }

    #[test]
    fn turned_text_is_seen_in_latin_letters_only() {
        assert!(Found::turned("invoice\u{202e}fdp.exe").is_some());
        assert!(Found::turned("\u{202d}+49 30 1234\u{202c} شركة").is_none());
    }
}
