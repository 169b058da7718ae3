//! The evidence of where a rule's match stands: facts that move its confidence by a named amount.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::{
    Hit,
    kinship::{Kin, Kinship},
};
use crate::{
    detect::{PageView, SAYS_SOMETHING},
    finding::{Evidence, Extent, Finding, JunkKind, Place, Target},
    limits,
    page::{ItemKind, Span, fold::is_word, span::prefix},
    rule::{ENOUGH, Status},
};

/// Letters of main text below which a page is nearly empty.
const EMPTY_BODY: usize = 300;
/// Letters from which a page carries text of its own.
const OWN_BODY: usize = 800;
/// Characters from which it is an article.
const LONG_BODY: usize = 2000;

/// Quoted words belong to somebody else.
const QUOTED: f64 = -0.5;
/// Code shows things, it does not say them.
const CODE: f64 = -0.5;
/// A page about language models quotes what they say.
const ABOUT_MODELS: f64 = -0.3;
/// Another place of the page says so too.
const TITLE_AND_BODY: f64 = 0.15;
/// Only the title says so, and the text below it is about something else.
const TITLE_ALONE: f64 = -0.2;
/// Only who reads the markup finds these words.
const UNSEEN: f64 = 0.2;
/// A weak sign in a headline that has nothing to do with the text below it.
const FOREIGN_HEADLINE: f64 = 0.25;
/// A weak sign in a headline that speaks of the text below it.
const OWN_HEADLINE: f64 = -0.2;
/// Weak signs in a paragraph that shares at most one word with the rest of the text: of 175 that a model left, 54 % do,
/// of 510 honest first and last ones 14 %.
const FOREIGN_PARAGRAPH: f64 = 0.1;
/// Weak signs in a paragraph that shares so many words with the rest: 14 % and 50 %.
const OWN_PARAGRAPH: f64 = -0.1;
const OWN_WORDS: usize = 4;
/// Weak signs in a paragraph that stands alone: it may be anybody's.
const NO_ARTICLE: f64 = -0.15;
/// The most that signs alone make of a match: too little for a cut. An honest translator tells of work on a text as a
/// model does.
const SIGNS_ALONE: f64 = 0.69;
/// Words of main text below which there is no article that a headline could belong to: a refusing body speaks of
/// the same request, so it shares the words of the headline.
const ARTICLE: usize = 40;
/// Confidence below which a sign is weak: the page decides what it means.
const WEAK: f64 = 0.6;
/// The server says so too.
const STATUS: f64 = 0.1;
/// Another title candidate is a headline: nothing is lost.
const OTHER_IS_HONEST: f64 = -0.4;
/// There is hardly any other text.
const NEARLY_EMPTY: f64 = 0.1;
/// There is text of its own.
const HAS_BODY: f64 = -0.25;
/// There is an article.
const HAS_ARTICLE: f64 = -0.5;

/// Names by which articles speak of language models. Two mentions outside the match make an article
/// about them.
const MODEL_NAMES: &[&str] = &[
    "chatgpt",
    "openai",
    "chatbot",
    "language model",
    "gpt-",
    "copilot",
    "generative ai",
    "sprachmodell",
    "modèle de langage",
    "modelo de lenguaje",
    "modelo de linguagem",
    "modello linguistico",
    "чат-бот",
    "чатбот",
    "языковая модель",
    "yapay zeka",
    "人工智能",
    "生成ai",
    "챗봇",
];

/// Finds the names, none within another.
static NAMES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let built = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(MODEL_NAMES);
    built.unwrap_or_else(|error| unreachable!("a few short names: {error}"))
});

/// What the hits of a page say together.
pub(super) struct Context<'a> {
    page: &'a PageView<'a>,
    /// Kinds of page-level junk found in a title, and found elsewhere.
    in_title: Vec<JunkKind>,
    elsewhere: Vec<JunkKind>,
    about_models: bool,
    /// Whether a title candidate has no hit.
    honest_title: bool,
    kin: Kin<'a>,
}

impl<'a> Context<'a> {
    pub(super) fn of(page: &'a PageView<'a>, hits: &[Hit<'_>]) -> Self {
        let kinds =
            |title: bool| hits.iter().filter(|it| (it.place == Place::Title) == title).map(|it| it.rule.kind).collect();
        let about_models = hits.iter().any(|it| is_model_talk(it.rule.kind)) && names_models(page);
        let is_hit = |item| hits.iter().any(|it| it.place == Place::Title && it.target.item() == Some(item));
        let honest_title = page.layout.titles.iter().any(|it| !is_hit(it.item));
        Self { page, in_title: kinds(true), elsewhere: kinds(false), about_models, honest_title, kin: Kin::new(page) }
    }

    /// The finding of a hit. `None`: the page speaks against the signs of the rule.
    pub(super) fn finding(&self, hit: &Hit<'_>) -> Option<Finding> {
        let rule = hit.rule;
        let mut evidence = self.evidence(hit);
        if !rule.signs.is_empty() {
            let sum: f64 = rule.confidence.get() + evidence.iter().map(|it| it.delta).sum::<f64>();
            if rule.confidence.moved(&evidence).get() < ENOUGH {
                return None;
            }
            if sum > SIGNS_ALONE {
                let detail = "no words that only a model says".into();
                evidence.push(Evidence { name: "signs_alone", delta: SIGNS_ALONE - sum, detail });
            }
        }
        let confidence = rule.confidence.moved(&evidence);
        let extent = match (rule.kind, &hit.target) {
            // Words for a model are published in no part: the item that holds them goes.
            (JunkKind::HiddenText, Target::Item { .. }) => hit.extent(self.page).max(Extent::Item),
            _ => hit.extent(self.page),
        };
        Some(Finding {
            rule_id: rule.id.shared(),
            kind: rule.kind,
            confidence,
            basis: rule.basis,
            extent: if is_page_kind(rule.kind) { self.page_extent(hit) } else { extent },
            place: hit.place,
            widget: rule.widget,
            target: hit.target.clone(),
            message: message(hit),
            evidence,
            repair: None,
            preview: rule.status == Status::Preview,
        })
    }

    fn evidence(&self, hit: &Hit<'_>) -> Vec<Evidence> {
        let mut evidence = hit.signs.clone();
        let mut add = |name, delta, detail: String| evidence.push(Evidence { name, delta, detail });
        if let Target::Item { item, span } = &hit.target {
            let reading = self.page.reading;
            let kind = reading.items[*item].kind;
            if kind == ItemKind::Quote {
                add("quoted", QUOTED, "in a quoted block".into());
            } else if let Some(marks) = quotation(reading.text_of(*item), *span) {
                add("quoted", QUOTED, marks);
            }
            let at = reading.items[*item].text.start;
            let within = Span { start: at + span.start, end: at + span.end };
            if kind == ItemKind::Code || reading.in_code(within) {
                add("code", CODE, "in code".into());
            }
        }
        if hit.place == Place::Page && hit.rule.kind == JunkKind::HiddenText {
            add("unseen", UNSEEN, "in text that people do not see".into());
        } else if self.about_models && is_model_talk(hit.rule.kind) {
            add("about_models", ABOUT_MODELS, "a long text that names language models".into());
        }
        if is_model_talk(hit.rule.kind) && hit.rule.confidence.get() < WEAK {
            evidence.extend(match hit.place {
                Place::Title => self.kinship_of_title(hit),
                Place::Body if !hit.rule.signs.is_empty() => self.kinship_of_paragraph(hit),
                _ => None,
            });
        }
        let mut add = |name, delta, detail: String| evidence.push(Evidence { name, delta, detail });
        if self.honest_title && hit.place == Place::Title && hit.rule.kind == JunkKind::Placeholder {
            add("other_is_honest", OTHER_IS_HONEST, "another title candidate is a headline".into());
        }
        if is_page_kind(hit.rule.kind) {
            self.page_evidence(hit, &mut evidence);
        }
        evidence
    }

    /// Evidence for a weak sign in a headline: whether there is an article below it, and the headline speaks of it.
    fn kinship_of_title(&self, hit: &Hit<'_>) -> Option<Evidence> {
        let words: usize = self.page.layout.main().map(|it| self.page.reading.words_of(it)).sum();
        if words < ARTICLE {
            let delta = if hit.rule.signs.is_empty() { FOREIGN_HEADLINE } else { NO_ARTICLE };
            let detail = format!("{words} words of text below the headline");
            return Some(Evidence { name: "no_article", delta, detail });
        }
        let title = self.page.layout.titles.iter().find(|it| Some(it.item) == hit.target.item());
        // A model's title may be that of the article, with words of the model before it: signs weigh more.
        let (foreign, own) = if hit.rule.signs.is_empty() {
            (FOREIGN_HEADLINE, OWN_HEADLINE)
        } else {
            (FOREIGN_PARAGRAPH, OWN_PARAGRAPH)
        };
        let (name, delta, detail) = match self.kin.of_title(&title?.folded)? {
            Kinship::Foreign { stems } => {
                ("foreign_headline", foreign, format!("the text has at most one of its {stems} words"))
            }
            Kinship::Own { stems, shared } => {
                ("own_headline", own, format!("the text has {shared} of its {stems} words"))
            }
        };
        Some(Evidence { name, delta, detail })
    }

    /// Evidence for weak signs in a paragraph: whether it speaks of what the article does.
    fn kinship_of_paragraph(&self, hit: &Hit<'_>) -> Option<Evidence> {
        let Some((stems, shared)) = self.kin.of_paragraph(hit.target.item()?) else {
            let detail = "there is hardly any other text".into();
            return Some(Evidence { name: "no_article", delta: NO_ARTICLE, detail });
        };
        let detail = format!("the rest of the text has {shared} of its {stems} words");
        match shared {
            0 | 1 => Some(Evidence { name: "foreign_paragraph", delta: FOREIGN_PARAGRAPH, detail }),
            OWN_WORDS.. => Some(Evidence { name: "own_paragraph", delta: OWN_PARAGRAPH, detail }),
            _ => None,
        }
    }

    /// Evidence for junk that is a whole page: walls, errors, parked domains.
    fn page_evidence(&self, hit: &Hit<'_>, evidence: &mut Vec<Evidence>) {
        let mut add = |name, delta, detail: String| evidence.push(Evidence { name, delta, detail });
        let kind = hit.rule.kind;
        let other = if hit.place == Place::Title { &self.elsewhere } else { &self.in_title };
        if other.contains(&kind) {
            add("title_and_body", TITLE_AND_BODY, format!("{kind} in the title and outside it"));
        }
        let status = self.page.reading.page.status().filter(|it| *it >= 400);
        // A longer text weighs by its length, below.
        let is_short = self.page.layout.main_letters < OWN_BODY;
        if hit.place == Place::Title && is_short && !other.contains(&kind) && status.is_none() {
            let words = self.page.sentence_words();
            if words >= SAYS_SOMETHING {
                add("title_alone", TITLE_ALONE, format!("{words} words of sentences that do not say so"));
            }
        }
        if let Some(status) = status.filter(|_| matches!(kind, JunkKind::ErrorPage | JunkKind::Challenge)) {
            add("status", STATUS, status.to_string());
        }
        let letters = self.page.layout.main_letters;
        let detail = format!("{letters} letters of main text");
        // A banner inside a text is a banner, however long the text.
        let is_banner = kind == JunkKind::Consent;
        match letters {
            ..EMPTY_BODY => add("nearly_empty", NEARLY_EMPTY, detail),
            LONG_BODY.. if !is_banner => add("has_article", HAS_ARTICLE, detail),
            OWN_BODY.. if !is_banner => add("has_body", HAS_BODY, detail),
            _ => {}
        }
    }

    /// A wall or an error is the page, unless the page carries text of its own.
    fn page_extent(&self, hit: &Hit<'_>) -> Extent {
        let consent_item = hit.rule.kind == JunkKind::Consent && self.page.layout.main_letters >= EMPTY_BODY;
        if self.page.layout.main_letters >= LONG_BODY || consent_item { hit.extent(self.page) } else { Extent::Page }
    }
}

/// Kinds that speak of a whole page.
pub(super) fn is_page_kind(kind: JunkKind) -> bool {
    matches!(
        kind,
        JunkKind::ErrorPage | JunkKind::Challenge | JunkKind::AccessWall | JunkKind::Consent | JunkKind::Parked
    )
}

/// Kinds that are a language model's words.
fn is_model_talk(kind: JunkKind) -> bool {
    matches!(kind, JunkKind::Refusal | JunkKind::LlmResidue | JunkKind::HiddenText)
}

/// Whether a long main text names language models twice.
fn names_models(page: &PageView<'_>) -> bool {
    if page.layout.main_letters < OWN_BODY {
        return false;
    }
    let texts = page.layout.main().map(|it| page.reading.folded_of(it));
    texts.flat_map(|text| NAMES.find_iter(text)).nth(1).is_some()
}

/// Quotation marks, opening and closing.
const MARKS: &[(char, char)] = &[
    ('“', '”'),
    ('„', '“'),
    ('„', '”'),
    ('”', '”'),
    ('«', '»'),
    ('»', '«'),
    ('‹', '›'),
    ('「', '」'),
    ('『', '』'),
    ('《', '》'),
    ('"', '"'),
    ('‘', '’'),
    ('\'', '\''),
    ('‚', '‘'),
    ('`', '`'),
    ('＂', '＂'),
];

/// The quotation marks round a span, if it stands between a pair: marks within reach of it, apostrophes left out.
pub(super) fn quotation(text: &str, span: Span) -> Option<String> {
    let (start, end) = (span.start as usize, span.end as usize);
    let from = if text.len() <= limits::WHOLE_ITEM_BYTES { 0 } else { start.saturating_sub(QUOTE_REACH) };
    let to = if text.len() <= limits::WHOLE_ITEM_BYTES { text.len() } else { text.len().min(end + QUOTE_REACH) };
    let (before, inside, after) =
        (&text[text.floor_char_boundary(from)..start], &text[start..end], &text[end..text.ceil_char_boundary(to)]);
    let (opening, closing) = (marks(before), marks(after));
    let pair = MARKS.iter().find(|(open, close)| {
        let opened = opens(&opening, *open, *close) || inside.starts_with(*open);
        opened && (closing.contains(close) || inside.ends_with(*close))
    });
    pair.map(|(open, close)| format!("between {open} and {close}"))
}

/// Bytes on either side of a match in a long text among which its quotation marks are looked for.
const QUOTE_REACH: usize = 2048;

/// The quotation marks of a text, in order.
fn marks(text: &str) -> Vec<char> {
    let is_mark = |c: char| MARKS.iter().any(|(open, close)| c == *open || c == *close);
    // Most text is letters and spaces, which one comparison rules out.
    let may_be = |c: char| matches!(c, '"' | '\'' | '`') || !c.is_ascii();
    text.char_indices()
        .filter(|(at, c)| may_be(*c) && is_mark(*c) && !is_apostrophe(text, *at, *c))
        .map(|(_, c)| c)
        .collect()
}

/// Whether a mark is open behind these.
fn opens(before: &[char], open: char, close: char) -> bool {
    let mut marks = before.iter().filter(|it| **it == open || **it == close);
    if open == close {
        return marks.count() % 2 == 1;
    }
    marks.next_back() == Some(&open)
}

/// Whether a mark stands inside a word.
fn is_apostrophe(text: &str, at: usize, c: char) -> bool {
    let word = |it: Option<char>| it.is_some_and(is_word);
    matches!(c, '\'' | '’' | '‘')
        && word(text[..at].chars().next_back())
        && word(text[at + c.len_utf8()..].chars().next())
}

fn message(hit: &Hit<'_>) -> String {
    let quote = prefix(&hit.quote, 80);
    let dots = if quote.len() < hit.quote.len() { "…" } else { "" };
    format!("{}: “{quote}{dots}”", hit.rule.summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str, part: &str) -> bool {
        let at = text.find(part).expect("part of the text");
        quotation(text, Span::new(at, at + part.len())).is_some()
    }

    #[test]
    fn quotation_sees_pairs_of_many_languages_and_no_apostrophes() {
        assert!(quoted("Why ChatGPT says 'I'm sorry, but I can't help with that'", "I'm sorry, but I can't help"));
        assert!(quoted("ChatGPT : « Je ne peux pas vous aider »", "Je ne peux pas"));
        assert!(quoted("„Ich kann nicht helfen“, sagt er", "Ich kann nicht helfen"));
        assert!(quoted("He wrote: “I cannot assist with that.” Then he left.", "I cannot assist"));
        assert!(!quoted("I'm sorry, but I can't help with that", "I can't help"));
        assert!(!quoted("“Quoted.” I cannot assist with that.", "I cannot assist"));
        assert!(!quoted("Don't ask. I can't help with the boys' game", "I can't help"));
    }
}
