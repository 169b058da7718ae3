//! Damaged encoding: text decoded with the wrong charset, characters that were lost, entities and
//! escapes that show.
//!
//! `encoding/` has one file for each way of damage: UTF-8 read as a charset of single bytes (`mojibake.rs`,
//! with the charsets in `table.rs`), older charsets read as another (`legacy.rs`), Chinese, Japanese and
//! Korean (`asian.rs`), control characters (`control.rs`), entities and escapes (`visible.rs`), lost letters
//! and mixed scripts (`letters.rs`). To add one, add its entry to [`ABOUT`] and its line to [`in_item`].

mod asian;
mod control;
mod legacy;
mod letters;
mod mojibake;
mod table;
mod visible;

use crate::{
    detect::{About, Detector, Findings, PageView},
    finding::{Basis, Confidence, Evidence, Extent, Finding, JunkKind, Place, Target},
    limits,
    page::{ItemKind, Signs, Span, Tally, fold::is_alphanumeric, span::offset},
    rule::RuleSet,
};

/// The detector.
pub(super) struct Encoding;

const ABOUT: &[About] = &[
    About {
        id: "encoding/mojibake",
        kind: JunkKind::Encoding,
        summary: "Text that was decoded with the wrong charset",
        why: "UTF-8 read as another charset leaves runs like “â€™” and “Ð¿Ñ€Ð¸”, older charsets read as another leave words \
              that no language has. Characters count only if encoding them again gives likelier ones, and if they are \
              unlikely where they stand; honest letters are not. One alone in a long text is a note.",
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
    About {
        id: "encoding/control-characters",
        kind: JunkKind::Encoding,
        summary: "Control characters in the text",
        why: "Bytes 0x80 to 0x9F read as Latin-1 are control characters where quotation marks, dashes or letters were. No text \
              has them, nor those of ASCII but for white space.",
    },
    About {
        id: "encoding/lost-letters",
        kind: JunkKind::Encoding,
        summary: "Question marks where letters were",
        why: "A charset that does not have a letter writes “?” for it: “pr?sident”, or a row of “????” for words of another \
              script. Addresses are not hit, nor questions without a space after them.",
    },
    About {
        id: "encoding/mixed-scripts",
        kind: JunkKind::Encoding,
        summary: "Words written with letters of two scripts that look alike",
        why: "Cyrillic “а” in a Latin word hides it from search and from filters. Names that show their other letters, as \
              brands do, are not hit, and a few slips of a keyboard are a note.",
    },
];

const MOJIBAKE: &About = &ABOUT[0];
const REPLACEMENT: &About = &ABOUT[1];
const VISIBLE: &About = &ABOUT[2];
const CONTROL: &About = &ABOUT[3];
const LOST: &About = &ABOUT[4];
const MIXED: &About = &ABOUT[5];

/// Characters of main text up to which one damaged place is more than slight.
const SHORT: usize = 2500;
/// Words by which a text is about encodings, folded. It then shows damage on purpose.
const TALK: &[&str] = &[
    "utf-8",
    "utf8",
    "unicode",
    "mojibake",
    "charset",
    "character encoding",
    "iso-8859",
    "windows-1252",
    "html entit",
    "кодировк",
    "文字化け",
    "文字コード",
    "字符编码",
    "乱码",
    "zeichenkodierung",
    "zeichensatz",
    "encodage",
    "codificación de caracteres",
];
/// What such talk takes from the confidence.
const ABOUT_ENCODINGS: f64 = -0.4;
/// Damaged places in 1,000 characters from which talk of encodings explains nothing.
const EVERYWHERE: usize = 8;

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
        let mut repaired = 0;
        let titles = page.layout.titles.iter().map(|it| it.item);
        for item in titles.chain(page.layout.main()) {
            if page.reading.items[item].kind == ItemKind::Code {
                continue;
            }
            let found = in_item(page, item);
            if found.iter().any(|it| it.about.id == MOJIBAKE.id) {
                repaired += page.reading.text_of(item).len();
            }
            damages.extend(found);
            if repaired > limits::DAMAGED_BYTES {
                break;
            }
        }
        outside(findings, page);
        let talk = if damages.is_empty() { None } else { talk(page) };
        for about in ABOUT {
            let of_sort: Vec<&Damage> = damages.iter().filter(|it| it.about.id == about.id).collect();
            let total: usize = of_sort.iter().map(|it| it.count).sum();
            let scale = Scale { about, total, items: of_sort.len(), chars: page.layout.main_chars, talk };
            of_sort.iter().filter_map(|it| finding(page, it, &scale)).for_each(|it| findings.push(it));
        }
    }
}

/// Tells of wrongly decoded text outside the main text: the page was damaged, what is published of it is not.
fn outside(findings: &mut Findings, page: &PageView<'_>) {
    let items = page.layout.items.iter().enumerate();
    let outside = items.filter(|(_, it)| !it.is_main() && it.place != Place::Title).map(|it| it.0);
    let mut damages = outside.filter_map(|item| {
        let it = charset(page.reading.text_of(item), page.reading.items[item].tally.signs)?;
        let repair = Some(it.text).filter(|it| !it.is_empty());
        Some(Damage { about: MOJIBAKE, item, span: it.span, count: it.count, repair })
    });
    let Some(first) = damages.next() else { return };
    let total = first.count + damages.map(|it| it.count).sum::<usize>();
    let scale = Scale { about: MOJIBAKE, total, items: 1, chars: usize::MAX, talk: None };
    if let Some(it) = finding(page, &first, &scale) {
        findings.push(it);
    }
}

/// The word by which a page is about encodings, and shows them on purpose.
fn talk(page: &PageView<'_>) -> Option<&'static str> {
    let says = |item: usize| TALK.iter().copied().find(|it| page.reading.folded_of(item).contains(it));
    page.layout.titles.iter().map(|it| it.item).chain(page.layout.main()).find_map(says)
}

/// How much of a sort of damage a page has.
struct Scale {
    about: &'static About,
    total: usize,
    /// Items that have it.
    items: usize,
    /// Characters of main text.
    chars: usize,
    talk: Option<&'static str>,
}

impl Scale {
    /// How sure it is that the damage is more than slight: by how often it comes in 1,000 characters.
    fn confidence(&self, in_title: bool) -> f64 {
        let is_short = self.chars <= SHORT;
        match (self.about.id, self.total, self.per_thousand()) {
            ("encoding/mojibake" | "encoding/control-characters", 3.., 1..) => 0.95,
            ("encoding/replacement-characters", 3.., 2..) => 0.9,
            ("encoding/mojibake", 1 | 2, _) if in_title => 0.85,
            ("encoding/mojibake" | "encoding/control-characters", 3.., _) | ("encoding/lost-letters", 3.., 1..) => 0.75,
            ("encoding/mojibake" | "encoding/control-characters", 2, _) if self.chars <= 4 * SHORT => 0.7,
            ("encoding/visible-markup", 3.., 1..) => 0.7,
            ("encoding/mojibake" | "encoding/control-characters" | "encoding/lost-letters", 1.., _)
            | ("encoding/replacement-characters", 2.., _)
                if is_short =>
            {
                0.65
            }
            ("encoding/mixed-scripts", 4.., 2..) if self.items > 1 => 0.7,
            _ => 0.5,
        }
    }

    fn per_thousand(&self) -> usize {
        self.total * 1000 / self.chars.max(1000)
    }

    fn evidence(&self) -> Vec<Evidence> {
        let mut evidence = vec![Evidence { name: "on_page", delta: 0.0, detail: self.total.to_string() }];
        if let Some(word) = self.talk.filter(|_| self.per_thousand() < EVERYWHERE) {
            evidence.push(Evidence {
                name: "about_encodings",
                delta: ABOUT_ENCODINGS,
                detail: format!("“{word}” in the text"),
            });
        }
        evidence
    }
}

fn in_item(page: &PageView<'_>, item: usize) -> Vec<Damage> {
    let text = page.reading.text_of(item);
    let signs = page.reading.items[item].tally.signs;
    let mut damages = Vec::new();
    let mut add = |about, span, count| damages.push(Damage { about, item, span, count, repair: None });
    let mut shown = if signs.has(Signs::ESCAPE) { visible::find(text) } else { Vec::new() };
    shown.retain(|it| !in_code(page, item, it.span));
    if let Some(first) = shown.first() {
        add(VISIBLE, first.span, shown.len());
    }
    let resolved = if shown.is_empty() { None } else { Some(visible::resolve(text, &shown)) };
    let repaired = match resolved {
        Some(resolved) => charset(&resolved, Tally::of(&resolved).signs)
            .map(|it| Repaired { span: shown[0].span, ..it })
            .or(Some(Repaired { text: resolved, span: Span::new(0, 0), count: 0 })),
        None => charset(text, signs),
    };
    let mut repair = repaired.map(|it| {
        if it.count > 0 && !in_code(page, item, it.span) {
            add(MOJIBAKE, it.span, it.count);
        }
        it.text
    });
    if signs.has(Signs::REPLACEMENT)
        && let Some(at) = text.find('\u{fffd}')
    {
        add(REPLACEMENT, Span::new(at, at + 3), replacements(text));
    }
    if signs.has(Signs::GREEK_OR_CYRILLIC)
        && signs.has(Signs::BORDER)
        && let Some(it) = letters::mixed(text)
    {
        add(MIXED, it.first, it.count);
    }
    if signs.has(Signs::QUESTION)
        && let Some(it) = letters::lost(text)
    {
        add(LOST, it.first, it.count);
    }
    let is_control = |it: char| control::is_c0(it) || control::is_c1(it);
    if signs.has(Signs::CONTROL)
        && let Some(at) = text.find(is_control)
    {
        let len = text[at..].chars().next().map_or(1, char::len_utf8);
        // Those of ASCII are strays of editors, which no reader sees: they are told and not counted.
        add(CONTROL, Span::new(at, at + len), text.chars().filter(|it| control::is_c1(*it)).count());
        let so_far = repair.as_deref().unwrap_or(text);
        repair = Some(control::repair(so_far));
    }
    let repair = repair.filter(|it| it != text && text.len() <= PART);
    for it in &mut damages {
        it.repair.clone_from(&repair);
    }
    damages
}

/// Number of replacement characters; one inside a word is certainly a lost letter and counts twice.
fn replacements(text: &str) -> usize {
    let inside = |it: &usize| {
        let before = text[..*it].chars().next_back();
        let after = text[it + 3..].chars().next();
        before.is_some_and(is_alphanumeric) && after.is_some_and(is_alphanumeric)
    };
    text.match_indices('\u{fffd}').map(|it| if inside(&it.0) { 2 } else { 1 }).sum()
}

/// A text that was decoded with the wrong charset, repaired.
struct Repaired {
    text: String,
    span: Span,
    count: usize,
}

impl Repaired {
    fn older(found: legacy::Legacy) -> Self {
        Self { text: found.repaired, span: found.first, count: found.count }
    }
}

/// Bytes of a long text that are looked at together: so many characters are of one charset, and what is noted
/// of each takes little memory. A longer text has no repair.
const PART: usize = 32 << 10;

/// Finds text that was decoded with the wrong charset, part by part. The repaired text of a long one is empty.
fn charset(text: &str, signs: Signs) -> Option<Repaired> {
    if !signs.has(Signs::BEYOND_ASCII) {
        return None;
    }
    if text.len() <= PART {
        return charset_of_part(text, signs);
    }
    let mut first: Option<Repaired> = None;
    let mut damaged = 0;
    let mut at = 0;
    while at < text.len() {
        let end = text.floor_char_boundary(at + PART);
        // A part ends between words, where there are any.
        let end = if end < text.len() { text[at..end].rfind(' ').map_or(end, |it| at + it + 1) } else { end };
        if let Some(found) = charset_of_part(&text[at..end], signs) {
            let Span { start, end } = found.span;
            let at = offset(at);
            let count = first.as_ref().map_or(0, |it| it.count) + found.count;
            let span = first.as_ref().map_or(Span { start: start + at, end: end + at }, |it| it.span);
            first = Some(Repaired { text: String::new(), span, count });
            damaged += PART;
        }
        if damaged > limits::DAMAGED_BYTES {
            break;
        }
        at = end;
    }
    first
}

/// Finds text that was decoded with the wrong charset. UTF-8 that explains most of the characters beyond
/// ASCII is the likeliest; what explains less must let the others try.
fn charset_of_part(text: &str, signs: Signs) -> Option<Repaired> {
    if !signs.has(Signs::SINGLE_BYTE) {
        return asian::find(text, signs).map(Repaired::older);
    }
    let utf8 = mojibake::find(text);
    let is_most = utf8.as_ref().is_some_and(|it| it.is_most);
    let of_utf8 = utf8.map(|it| Repaired { text: it.repaired, span: it.first, count: it.count });
    if is_most {
        return of_utf8;
    }
    let older = legacy::find(text, signs).or_else(|| asian::find(text, signs));
    older.map(Repaired::older).or(of_utf8)
}

fn in_code(page: &PageView<'_>, item: usize, span: Span) -> bool {
    let start = page.reading.items[item].text.start;
    page.reading.in_code(Span { start: start + span.start, end: start + span.end })
}

fn finding(page: &PageView<'_>, damage: &Damage, scale: &Scale) -> Option<Finding> {
    let place = page.layout.items[damage.item].place;
    let evidence = scale.evidence();
    let confidence = Confidence::new(scale.confidence(place == Place::Title)).ok()?.moved(&evidence);
    Some(Finding {
        rule_id: damage.about.id.into(),
        kind: JunkKind::Encoding,
        confidence,
        basis: Basis::Observed,
        extent: Extent::Part,
        place,
        widget: None,
        target: Target::Item { item: damage.item, span: damage.span },
        message: format!("{}, {} on this page", damage.about.summary, scale.total),
        evidence,
        repair: damage.repair.clone(),
        preview: false,
    })
}
