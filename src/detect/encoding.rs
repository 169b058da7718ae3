//! Damaged encoding: text decoded with the wrong charset, characters that were lost, entities and
//! escapes that show.

mod mojibake;

use crate::{
    detect::{About, Detector, Findings, PageView},
    finding::{Basis, Confidence, Evidence, Extent, Finding, JunkKind, Target},
    page::{ItemKind, Span},
    rule::RuleSet,
};

/// The detector.
pub(super) struct Encoding;

const ABOUT: &[About] = &[
    About {
        id: "encoding/mojibake",
        kind: JunkKind::Encoding,
        summary: "Text that was decoded with the wrong charset",
        why: "UTF-8 read as another charset leaves runs like “â€™” and “Ð¿Ñ€Ð¸”. A run counts only if encoding it again gives UTF-8 \
              for fewer characters of a kind that text has; honest letters do not.",
    },
    About {
        id: "encoding/replacement-characters",
        kind: JunkKind::Encoding,
        summary: "Replacement characters where letters were",
        why: "U+FFFD stands for bytes that could not be decoded: the letters are lost.",
    },
    About {
        id: "encoding/visible-markup",
        kind: JunkKind::Encoding,
        summary: "Entities or escapes that show as text",
        why: "Text that was escaped twice shows “&amp;#8217;” or “\\u2019” to readers. Code is not hit, and one alone is a note.",
    },
];

/// One sort of damage in one item.
struct Damage {
    about: &'static About,
    item: usize,
    /// Where the first stands.
    span: Span,
    count: usize,
    repair: Option<String>,
}

impl Detector for Encoding {
    fn name(&self) -> &'static str {
        "encoding"
    }

    fn about(&self) -> &'static [About] {
        ABOUT
    }

    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, _: &RuleSet) {
        let mut damages = Vec::new();
        let titles = page.layout.titles.iter().map(|it| it.item);
        for item in titles.chain(page.layout.main()) {
            if page.reading.items[item].kind != ItemKind::Code {
                damages.extend(in_item(page, item));
            }
        }
        for about in ABOUT {
            let of_sort: Vec<&Damage> = damages.iter().filter(|it| it.about.id == about.id).collect();
            let total: usize = of_sort.iter().map(|it| it.count).sum();
            let confidence = confidence(about, total, page.layout.main_chars);
            of_sort.iter().filter_map(|it| finding(page, it, confidence, total)).for_each(|it| findings.push(it));
        }
    }
}

/// How sure the damage is more than slight: by how often it comes in 1,000 characters.
fn confidence(about: &About, total: usize, chars: usize) -> f64 {
    let per_thousand = total * 1000 / chars.max(1000);
    match (about.id, total, per_thousand) {
        ("encoding/mojibake", 3.., 1..) => 0.95,
        ("encoding/mojibake", 2.., _) => 0.75,
        ("encoding/replacement-characters", 3.., 2..) => 0.9,
        ("encoding/visible-markup", 3.., 1..) => 0.7,
        _ => 0.5,
    }
}

fn in_item(page: &PageView<'_>, item: usize) -> Vec<Damage> {
    let text = page.reading.text_of(item);
    let mut damages = Vec::new();
    if !text.is_ascii() {
        if let Some(found) = mojibake::find(text) {
            let repair = Some(found.repaired);
            damages.push(Damage { about: &ABOUT[0], item, span: found.first, count: found.count, repair });
        }
        if let Some(at) = text.find('\u{fffd}') {
            let count = text.matches('\u{fffd}').count();
            damages.push(Damage { about: &ABOUT[1], item, span: Span::new(at, at + 3), count, repair: None });
        }
    }
    let shown = visible_markup(text);
    let shown: Vec<&Span> = shown.iter().filter(|it| !in_code(page, item, **it)).collect();
    if let Some(first) = shown.first() {
        damages.push(Damage { about: &ABOUT[2], item, span: **first, count: shown.len(), repair: None });
    }
    damages
}

fn in_code(page: &PageView<'_>, item: usize, span: Span) -> bool {
    let start = page.reading.items[item].text.start;
    page.reading.in_code(Span { start: start + span.start, end: start + span.end })
}

/// Entities and escapes that show as text.
fn visible_markup(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for (at, _) in text.match_indices('&') {
        let name = &text.as_bytes()[at + 1..];
        let len = name.iter().take(10).take_while(|it| it.is_ascii_alphanumeric() || **it == b'#').count();
        let known = |name: &[u8]| {
            matches!(
                name,
                b"amp"
                    | b"nbsp"
                    | b"quot"
                    | b"lt"
                    | b"gt"
                    | b"apos"
                    | b"rsquo"
                    | b"lsquo"
                    | b"ldquo"
                    | b"rdquo"
                    | b"ndash"
                    | b"mdash"
                    | b"hellip"
            ) || name.strip_prefix(b"#").is_some_and(|it| it.len() >= 2 && it.iter().all(u8::is_ascii_hexdigit))
        };
        if name.get(len) == Some(&b';') && known(&name[..len]) {
            spans.push(Span::new(at, at + len + 2));
        }
    }
    for (at, _) in text.match_indices("\\u") {
        if text.as_bytes().get(at + 2..at + 6).is_some_and(|it| it.iter().all(u8::is_ascii_hexdigit)) {
            spans.push(Span::new(at, at + 6));
        }
    }
    spans.sort_unstable();
    spans
}

fn finding(page: &PageView<'_>, damage: &Damage, confidence: f64, total: usize) -> Option<Finding> {
    Some(Finding {
        rule_id: damage.about.id.into(),
        kind: JunkKind::Encoding,
        confidence: Confidence::new(confidence).ok()?,
        basis: Basis::Observed,
        extent: Extent::Part,
        place: page.layout.items[damage.item].place,
        widget: None,
        target: Target::Item { item: damage.item, span: damage.span },
        message: format!("{}, {total} on this page", damage.about.summary),
        evidence: vec![Evidence { name: "on_page", delta: 0.0, detail: total.to_string() }],
        repair: damage.repair.clone(),
        preview: false,
    })
}
