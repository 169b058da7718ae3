//! The body that remains after the cuts: missing, thin, truncated.

use crate::{
    detect::About,
    finding::{Basis, Confidence, Evidence, Extent, Finding, JunkKind, Place, Target},
    layout::{Layout, shape},
    page::{ItemKind, PageType, Reading, Scope, fold},
};

/// What is found here, for `rules list` and `rules explain`.
pub const ABOUT: &[About] = &[
    About {
        id: "body/missing",
        kind: JunkKind::MissingBody,
        summary: "There is no main text",
        why: "Nothing was sent, or nothing is left after the cuts. Where a page shows text or media and no main text was found, \
              the finding is less sure: the reader of the page may have missed it.",
    },
    About {
        id: "body/thin",
        kind: JunkKind::ThinBody,
        summary: "There is too little main text",
        why: "Few words with a sign that more were there: the page counts more words itself, the text repeats its description, none \
              of its lines is a sentence, it breaks off, or it is a list of links where an article was expected. Few words without such a sign are a brief, \
              which is a note.",
    },
    About {
        id: "body/truncated",
        kind: JunkKind::TruncatedBody,
        summary: "The main text breaks off",
        why: "The last line ends with dots. In a long text that may be style, so there it is a note.",
    },
];

/// Words below which a body is thin: the lower bound of the Gopher rules (Rae et al. 2021) is 50.
const THIN_WORDS: usize = 50;
/// Words below which dots at the end mean a loss.
const TEASER_WORDS: usize = 200;
/// Words that a page must claim before the claim counts.
const CLAIMED_WORDS: usize = 150;
/// How many times the words that are there a page must claim.
const CLAIMED_TIMES: usize = 3;
/// Words below which lines that are no sentences are labels: twice the longest that is one.
const LABELS_WORDS: usize = 2 * shape::SHORT_WORDS;
/// How sure a loss is with one sign.
const SIGN: f64 = 0.7;
/// What a loss without a sign, or on a page that needs no body, is: a note.
const NOTE: f64 = 0.4;

/// What is known of the body after the cuts.
#[derive(Clone, Copy, Debug)]
pub struct Remains<'a> {
    /// The page.
    pub reading: &'a Reading<'a>,
    /// Its layout.
    pub layout: &'a Layout,
    /// Items of the main text that remain.
    pub kept: &'a [usize],
    /// Whether anything was cut as junk.
    pub cut: bool,
}

/// Judges the body.
#[must_use]
pub fn judge(remains: &Remains<'_>) -> Vec<Finding> {
    let text = |it: &&usize| !matches!(remains.reading.items[**it].kind, ItemKind::Heading | ItemKind::Title);
    let words: usize = remains.kept.iter().filter(text).map(|it| remains.reading.words_of(*it)).sum();
    if words == 0 {
        return missing(remains).into_iter().collect();
    }
    let mut findings: Vec<Finding> = thin(remains, words).into_iter().collect();
    findings.extend(truncated(remains, words));
    findings
}

fn missing(remains: &Remains<'_>) -> Option<Finding> {
    let reading = remains.reading;
    let shown = reading
        .items
        .iter()
        .zip(&remains.layout.items)
        .any(|(it, placed)| !it.hidden && placed.place != Place::Title && it.kind != ItemKind::Meta);
    let unseen = !remains.cut && (shown || reading.meta.media > 0);
    let (confidence, name) = match remains.layout.page_type {
        PageType::Listing | PageType::Gallery | PageType::Product | PageType::Live => (NOTE, "page_type"),
        _ if unseen => (SIGN, "text_or_media_outside"),
        _ => (0.97, "nothing_left"),
    };
    let detail = remains.layout.page_type.name().to_owned();
    finding(&ABOUT[0], confidence, "no main text".into(), vec![Evidence { name, delta: 0.0, detail }])
}

fn thin(remains: &Remains<'_>, words: usize) -> Option<Finding> {
    let mut evidence = Vec::new();
    let mut add = |name, detail: String| evidence.push(Evidence { name, delta: 0.0, detail });
    let expects_article = remains.reading.page.expected_type() == Some(PageType::Article);
    if remains.layout.is_listing && expects_article {
        add("listing", "a list of links where an article was expected".into());
    }
    if let Some(claimed) = remains.reading.meta.word_count.map(|it| it as usize)
        && claimed >= CLAIMED_WORDS
        && claimed >= CLAIMED_TIMES * words
    {
        add("claimed_words", format!("the page says {claimed} words, {words} are there"));
    }
    if words < THIN_WORDS {
        if repeats_description(remains) {
            add("is_description", "the text is the page's description".into());
        }
        if says_nothing(remains, words) {
            add("no_sentence", "no line of it is a sentence".into());
        }
        if breaks_off(remains) {
            add("breaks_off", "the last line has no end".into());
        }
    }
    let article = matches!(remains.layout.page_type, PageType::Article | PageType::Brief | PageType::Other);
    let loss = !evidence.is_empty() && (article || expects_article);
    if !loss && words >= THIN_WORDS {
        return None;
    }
    finding(&ABOUT[1], if loss { SIGN } else { NOTE }, format!("{words} words of main text"), evidence)
}

fn repeats_description(remains: &Remains<'_>) -> bool {
    let description = fold::fold(&remains.reading.meta.description);
    let text: Vec<&str> = remains.kept.iter().map(|it| remains.reading.folded_of(*it)).collect();
    let whole = text.join(" ");
    !description.is_empty()
        && shape::words(&description) >= 8
        && (whole == description || description.starts_with(whole.trim_end_matches(['.', ' '])))
}

/// Whether an article's page has its shell, and in place of its text only labels: a byline, a date, a caption.
fn says_nothing(remains: &Remains<'_>, words: usize) -> bool {
    let Remains { reading, layout, .. } = remains;
    let is_page = reading.html.as_ref().is_some_and(|it| it.scope == Scope::Page);
    is_page
        && layout.page_type == PageType::Article
        && words < LABELS_WORDS
        && layout.blocks.iter().any(|it| !it.inside)
        && !remains.kept.iter().any(|it| shape::ends_sentence(reading.text_of(*it)))
}

/// Whether the last line is running text without an end.
fn breaks_off(remains: &Remains<'_>) -> bool {
    let Some(last) = remains.kept.last() else { return false };
    let text = remains.reading.text_of(*last);
    let running = remains.reading.items[*last].kind == ItemKind::Paragraph
        && remains.reading.words_of(*last) > shape::SHORT_WORDS;
    running && !shape::ends_sentence(text)
}

fn truncated(remains: &Remains<'_>, words: usize) -> Option<Finding> {
    let last = *remains.kept.last()?;
    let text = remains.reading.text_of(last).trim_end_matches([']', ')', ' ']);
    let dots = text.ends_with('…') || text.ends_with("...");
    let running = remains.reading.words_of(last) > shape::SHORT_WORDS / 2 || words < THIN_WORDS;
    if !dots || !running {
        return None;
    }
    let article = matches!(remains.layout.page_type, PageType::Article | PageType::Brief | PageType::Other);
    let confidence = if words < TEASER_WORDS && article { SIGN } else { NOTE };
    let evidence = vec![Evidence { name: "ends_with_dots", delta: 0.0, detail: format!("{words} words of main text") }];
    let mut finding = finding(&ABOUT[2], confidence, "the main text ends with dots".into(), evidence)?;
    finding.place = Place::Body;
    finding.target = Target::Item { item: last, span: remains.reading.whole(last) };
    finding.extent = Extent::Part;
    Some(finding)
}

fn finding(about: &About, confidence: f64, message: String, evidence: Vec<Evidence>) -> Option<Finding> {
    Some(Finding {
        rule_id: about.id.into(),
        kind: about.kind,
        confidence: Confidence::new(confidence).ok()?,
        basis: Basis::Inferred,
        extent: Extent::Page,
        place: Place::Page,
        widget: None,
        target: Target::Page { source: None },
        message,
        evidence,
        repair: None,
        preview: false,
    })
}
