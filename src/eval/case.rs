//! One labelled case: what is known of it, the page it is checked as, and what came of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    furniture::{self, Named},
    metrics::Overlap,
    row::TEXT_KINDS,
};
use crate::{
    engine::{self, CheckResult, Reported},
    example,
    finding::{Effect, Facts, JunkKind, Place},
    limits,
    page::{self, Page, PageDraft, PageError, Scope, fold},
    rule::{MARKUP_BODY_CHARS, RuleSet, Where},
    verdict::{DecidedBy, Policy, Verdict},
};

/// Confidence from which a finding of damaged text counts: below it, it is a note.
const HIT: f64 = example::HIT;
/// Flags of pages that mention a wall and carry all of their text.
const OPEN_WALL_FLAG: &str = "paywall_";

/// What a case is checked as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The title of an honest article. Flagged by a finding at the title that asks for review or more.
    Title,
    /// One paragraph in an honest article. Flagged by a finding that asks for a cut or more.
    Sentence,
    /// The text of an article. Flagged by a finding that asks for review or more.
    Body,
    /// A captured page. Flagged by its verdict: review or more.
    Page,
    /// A paragraph that may be damaged in encoding. Flagged by a finding of confidence 0.6 or more.
    Damage,
}

impl Form {
    /// Name as printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Sentence => "sentence",
            Self::Body => "body",
            Self::Page => "page",
            Self::Damage => "damage",
        }
    }
}

/// What a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Junk, rightly named by any of these kinds.
    Junk(&'static [JunkKind]),
    /// Nothing to flag.
    Clean,
    /// Checked and told, and in no figure.
    LeftOut,
}

/// What is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A text.
    Text(String),
    /// A page whose HTML the caller reads.
    Page {
        /// File, beside the labelled rows.
        file: String,
        /// Address, or empty.
        url: String,
    },
}

/// What is known of the body of a page. For damaged text, `whole` is the repaired text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// All of it.
    pub whole: Option<String>,
    /// Snippets that must stay.
    pub wanted: Vec<String>,
    /// Snippets that must go.
    pub unwanted: Vec<String>,
}

/// A labelled case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Id, the same in every run.
    pub id: String,
    /// File and line.
    pub at: String,
    /// What it is checked as.
    pub form: Form,
    /// Label as written.
    pub label: String,
    /// Language, or empty.
    pub language: String,
    /// Where it comes from: of pages, the prefix of the id.
    pub source: String,
    /// Whether a language model wrote it though it is clean: told apart.
    pub by_model: bool,
    /// Flags as written.
    pub flags: Vec<String>,
    /// What it is.
    pub truth: Truth,
    /// What is checked.
    pub content: Content,
    /// What is known of the body.
    pub body: Body,
}

/// What came of a case. Holds no text of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "a record of facts that are counted apart, no state")]
pub struct Outcome {
    /// Id of the case.
    pub id: String,
    /// File and line.
    pub at: String,
    /// What it was checked as.
    pub form: Form,
    /// Label as written.
    pub label: String,
    /// Language, or empty.
    pub language: String,
    /// Where it comes from.
    pub source: String,
    /// Whether it is junk; none where it is in no figure.
    pub is_junk: Option<bool>,
    /// Whether a language model wrote it though it is clean.
    pub by_model: bool,
    /// Whether it was flagged.
    pub is_flagged: bool,
    /// Whether a finding of a right kind asks for what flags it.
    pub is_kind_right: bool,
    /// Verdict on the page.
    pub verdict: String,
    /// What decided it, or empty.
    pub decided_by: String,
    /// Kinds of which a finding flags it.
    pub kinds: Vec<String>,
    /// Rules of which a finding flags it, those that agree included.
    pub rules: Vec<String>,
    /// Whether its text is all there though a wall is mentioned, and it was said to be behind one.
    pub is_wall_alarm: bool,
    /// How much of the true body the cleaned text is, and the other way round.
    pub body: Option<Overlap>,
    /// Snippets: kept of wanted.
    pub kept: (usize, usize),
    /// Snippets: leaked of unwanted.
    pub leaked: (usize, usize),
    /// Unwanted snippets by the widget kind of their block.
    pub furniture: Named,
    /// Whether the cleaned HTML, sent back as a fragment under the cleaned title, loses nothing; none for what is no page.
    pub is_html_stable: Option<bool>,
    /// Whether its text is the cleaned text.
    pub is_html_whole: Option<bool>,
    /// Of damaged text that is found: whether a finding holds the true repair.
    pub is_repaired: bool,
    /// What could not be checked.
    pub failures: Vec<String>,
}

/// An outcome, and what the rules saw of the text, for the reach of each.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What came of the case.
    pub outcome: Outcome,
    /// Indices of the rules whose keywords occur in it, where they look.
    pub reached: BTreeSet<u32>,
    /// The first flagging words, or empty. For people, never kept.
    pub quote: String,
}

impl Case {
    /// The page it is checked as; `html` is the content of a page's file.
    pub fn page(&self, html: Option<Vec<u8>>) -> Result<Page, PageError> {
        let [first, second] = example::PARAGRAPHS;
        let text = |title: &str, body: String| page::Content::Text { title: title.to_owned(), body };
        let mut draft = PageDraft { id: self.id.clone(), ..PageDraft::default() };
        draft.content = Some(match (&self.content, self.form) {
            (Content::Page { url, .. }, _) => {
                draft.url.clone_from(url);
                page::Content::Html { body: html.unwrap_or_default(), title: String::new(), scope: Scope::Page }
            }
            (Content::Text(it), Form::Title) => text(it, format!("{first}\n\n{second}")),
            (Content::Text(it), Form::Body) => text(example::TITLE, it.clone()),
            (Content::Text(it), _) => text(example::TITLE, format!("{first}\n\n{it}\n\n{second}")),
        });
        Page::try_new(draft)
    }

    /// Checks it as a page and keeps what came of it.
    #[must_use]
    pub fn check(&self, page: &Page, rules: &RuleSet, policy: &Policy) -> Seen {
        let reading = page::read(page);
        let include = engine::Include { items: false, cleaned_html: self.form == Form::Page };
        let result = engine::judge(&reading, rules, policy, &Facts::default(), include);
        let has_little_text = result.cleaned.text.chars().count() < MARKUP_BODY_CHARS;
        let markup = if has_little_text { markup(&reading) } else { String::new() };
        let reached = reached(&reading, &markup, rules);
        let mut seen = self.seen(&result, reached);
        seen.outcome.furniture = furniture::named(&self.body.unwanted, &reading, &result);
        if let Some(again) =
            fragment(page, &result).map(|it| engine::check(&it, rules, policy, engine::Include::default()))
        {
            let strips = again.findings.iter().any(|it| it.judged.effect == Effect::Strip);
            seen.outcome.is_html_stable = Some(!strips && again.cleaned.removals.is_empty());
            seen.outcome.is_html_whole = Some(one_line(&again.cleaned.text) == one_line(&result.cleaned.text));
        }
        seen
    }

    fn seen(&self, result: &CheckResult, reached: BTreeSet<u32>) -> Seen {
        let flagging: Vec<&Reported> = result.findings.iter().filter(|it| self.flags_it(it)).collect();
        let is_right =
            |it: &&&Reported| matches!(self.truth, Truth::Junk(kinds) if kinds.contains(&it.judged.finding.kind));
        let is_flagged = match self.form {
            Form::Page => result.verdict >= Verdict::Review,
            _ => !flagging.is_empty(),
        };
        let is_wall = flagging.iter().any(|it| it.judged.finding.kind == JunkKind::AccessWall);
        let outcome = Outcome {
            id: self.id.clone(),
            at: self.at.clone(),
            form: self.form,
            label: self.label.clone(),
            language: self.language.clone(),
            source: self.source.clone(),
            is_junk: match self.truth {
                Truth::Junk(_) => Some(true),
                Truth::Clean => Some(false),
                Truth::LeftOut => None,
            },
            by_model: self.by_model,
            is_flagged,
            is_kind_right: flagging.iter().any(|it| is_right(&it)),
            verdict: result.verdict.name().to_owned(),
            decided_by: decided_by(result),
            kinds: distinct(flagging.iter().map(|it| it.judged.finding.kind.name())),
            rules: distinct(flagging.iter().flat_map(|it| rule_ids(it))),
            is_wall_alarm: is_wall && self.flags.iter().any(|it| it.starts_with(OPEN_WALL_FLAG)),
            body: self.overlap(&result.cleaned.text),
            kept: contained(&self.body.wanted, &result.cleaned.text),
            leaked: contained(&self.body.unwanted, &result.cleaned.text),
            furniture: Named::new(),
            is_html_stable: None,
            is_html_whole: None,
            is_repaired: self.is_repaired(result),
            failures: result.failures.iter().map(|it| format!("{}: {}", it.name, it.message)).collect(),
        };
        let quote = flagging.first().map(|it| it.quote.clone()).unwrap_or_default();
        Seen { outcome, reached, quote }
    }

    /// Whether a finding is of the kind that the form asks for, at the place, and strong enough.
    fn flags_it(&self, it: &Reported) -> bool {
        let (finding, effect) = (&it.judged.finding, it.judged.effect);
        let by_model = TEXT_KINDS.contains(&finding.kind);
        match self.form {
            Form::Title => by_model && finding.place == Place::Title && effect >= Effect::Review,
            Form::Sentence => by_model && effect >= Effect::Strip,
            Form::Body => by_model && effect >= Effect::Review,
            Form::Page => effect >= Effect::Review,
            Form::Damage => finding.kind == JunkKind::Encoding && finding.confidence.get() >= HIT,
        }
    }

    fn overlap(&self, cleaned: &str) -> Option<Overlap> {
        let whole = self.body.whole.as_ref().filter(|_| self.form == Form::Page)?;
        Some(Overlap::of(whole, cleaned))
    }

    fn is_repaired(&self, result: &CheckResult) -> bool {
        let Some(whole) = self.body.whole.as_ref().filter(|_| self.form == Form::Damage) else { return false };
        result
            .findings
            .iter()
            .any(|it| it.judged.finding.repair.as_ref().is_some_and(|it| plain_marks(it) == plain_marks(whole)))
    }
}

/// The cleaned HTML as the fragment that a publisher would send back; none where there is none.
fn fragment(of: &Page, result: &CheckResult) -> Option<Page> {
    let body = result.cleaned.html.clone()?.into_bytes();
    let content = page::Content::Html { body, title: result.cleaned.title.clone(), scope: Scope::Fragment };
    let draft = PageDraft { url: of.url().to_owned(), content: Some(content), ..PageDraft::default() };
    Page::try_new(draft).ok()
}

/// Rules of which a keyword occurs where they look: in the items, the address or the markup.
fn reached(reading: &page::Reading<'_>, markup: &str, rules: &RuleSet) -> BTreeSet<u32> {
    let looks_at = |it: u32, place: Where| rules.rules()[it as usize].looks_at(place);
    let on_items = |it: u32| rules.rules()[it as usize].places.iter().any(|it| !APART.contains(it));
    let url = reading.page.url();
    let items = rules.scan(reading).into_iter().map(|it| it.rule).filter(|it| on_items(*it));
    let address = rules.scan_text(&fold::fold(url), url).into_iter().map(|it| it.rule);
    let address = address.filter(|it| looks_at(*it, Where::Url));
    items.chain(address).chain(rules.scan_markup(markup).into_iter().map(|it| it.rule)).collect()
}

/// Places that are no items.
const APART: &[Where] = &[Where::Url, Where::Header, Where::Hidden, Where::Markup];

/// The start of the markup, as rules on markup see it.
fn markup(reading: &page::Reading<'_>) -> String {
    let Some(html) = &reading.html else { return String::new() };
    html.source[..html.source.floor_char_boundary(limits::MARKUP_BYTES)].to_ascii_lowercase()
}

/// The rule of a finding and those that agreed with it.
pub fn rule_ids(it: &Reported) -> impl Iterator<Item = &str> {
    let finding = &it.judged.finding;
    let also = finding.evidence.iter().filter(|it| it.name == crate::detect::ALSO_BY).map(|it| it.detail.as_str());
    std::iter::once(&*finding.rule_id).chain(also)
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.collect::<BTreeSet<&str>>().into_iter().map(str::to_owned).collect()
}

fn decided_by(result: &CheckResult) -> String {
    match &result.decided_by {
        None => String::new(),
        Some(DecidedBy::Finding { index, .. }) => {
            result.findings.get(*index).map(|it| it.judged.finding.rule_id.to_string()).unwrap_or_default()
        }
        Some(DecidedBy::Combination(id)) => format!("combination {id}"),
        Some(DecidedBy::Failure(name)) => format!("failure {name}"),
    }
}

/// How many of the snippets stand in a text, however white space runs.
#[must_use]
pub fn contained(snippets: &[String], text: &str) -> (usize, usize) {
    let text = one_line(text);
    (snippets.iter().filter(|it| text.contains(&one_line(it))).count(), snippets.len())
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text on one line with straight quotation marks: the repairs that are known have no others, and it is no
/// error to give them back as they were.
fn plain_marks(text: &str) -> String {
    one_line(text).replace(['‘', '’', '‚'], "'").replace(['“', '”', '„'], "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snippets_are_found_however_white_space_runs() {
        let snippets = ["two  words".to_owned(), "not there".to_owned()];
        assert_eq!(contained(&snippets, "Here are two\n\nwords."), (1, 2));
    }
}
