//! The examples of a rule, run through the whole engine.

use std::fmt;

use crate::{
    detect::ALSO_BY,
    engine,
    finding::{Finding, JunkKind},
    page::{Content, ContentItem, ItemKind, Page, PageDraft, PageError, Scope, fold},
    rule::{Example, Rule, RuleSet, Status, Text, TextForm, Where},
    verdict::Policy,
};

/// Confidence below which a rule has not hit a text: its finding is a note.
pub(crate) const HIT: f64 = 0.6;

/// Honest paragraphs round an example.
pub(crate) const PARAGRAPHS: [&str; 2] = [
    "The town council agreed on Tuesday evening to repair the old bridge over the river before the winter. The work will take six \
     weeks and cost about two million, the mayor said after the meeting, and the road will stay open to buses.",
    "Shopkeepers on both banks had asked for the repair since the flood in March, when one of the pillars was damaged. An \
     engineer's report found no danger for cars, but advised against heavy lorries until the foundations are renewed.",
];
/// An honest title above them.
pub(crate) const TITLE: &str = "Council agrees to repair the old bridge before winter";

/// Something that is wrong with a rule's examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExampleProblem {
    /// The page of an example is no page.
    Page {
        /// The example's text.
        text: String,
        /// Why.
        error: PageError,
    },
    /// A text that must match does not.
    Missed {
        /// The text.
        text: String,
    },
    /// An honest text is hit.
    Hit {
        /// The text.
        text: String,
        /// How sure the rule was, in hundredths.
        percent: u32,
    },
    /// No honest text needs an exception.
    IdleException {
        /// The exception.
        pattern: String,
    },
    /// No honest text has one of the keywords, so none tests the pattern.
    NoTwin,
}

impl fmt::Display for ExampleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page { text, error } => write!(f, "match: {text:?} makes no page: {error}"),
            Self::Missed { text } => write!(f, "match: {text:?} does not match"),
            Self::Hit { text, percent } => write!(f, "no-match: {text:?} is hit with confidence 0.{percent:02}"),
            Self::IdleException { pattern } => {
                write!(f, "except: {pattern:?} is needed by no no-match example, remove it or add one")
            }
            Self::NoTwin => f.write_str("no-match: no text has one of the keywords, so none tests the pattern"),
        }
    }
}

/// Runs all examples of a rule.
#[must_use]
pub fn problems(rule: &Rule, rules: &RuleSet, policy: &Policy) -> Vec<ExampleProblem> {
    if rule.status == Status::Retired {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for example in &rule.matches {
        match confidence(rule, example, rules, policy) {
            Err(error) => problems.push(ExampleProblem::Page { text: example.text.clone(), error }),
            Ok(found) if found < HIT.min(rule.confidence.get()) => {
                problems.push(ExampleProblem::Missed { text: example.text.clone() });
            }
            Ok(_) => {}
        }
    }
    for example in &rule.no_matches {
        match confidence(rule, example, rules, policy) {
            Err(error) => problems.push(ExampleProblem::Page { text: example.text.clone(), error }),
            Ok(found) if found >= HIT => {
                problems.push(ExampleProblem::Hit { text: example.text.clone(), percent: percent(found) });
            }
            Ok(_) => {}
        }
    }
    problems.extend(idle_exceptions(rule));
    let is_twin = |it: &Example| {
        let text = form(rule, &it.text);
        rule.keywords.iter().any(|keyword| text.contains(keyword.trim()))
    };
    if !rule.no_matches.iter().any(is_twin) {
        problems.push(ExampleProblem::NoTwin);
    }
    problems
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a confidence is 0 to 1")]
fn percent(confidence: f64) -> u32 {
    (confidence * 100.0).round() as u32
}

/// A text in the form the rule is matched on.
fn form(rule: &Rule, text: &str) -> String {
    match rule.text {
        TextForm::Folded => fold::fold(text),
        TextForm::Exact => text.to_owned(),
    }
}

/// Exceptions that no honest example needs.
fn idle_exceptions(rule: &Rule) -> Vec<ExampleProblem> {
    let texts: Vec<String> = rule.no_matches.iter().map(|it| form(rule, &it.text)).collect();
    let needed = |index: usize| texts.iter().any(|it| rule.needs_exception(Text::whole(it), index));
    let idle = rule.except.iter().enumerate().filter(|(index, _)| !needed(*index));
    idle.map(|(_, pattern)| ExampleProblem::IdleException { pattern: pattern.clone() }).collect()
}

/// How sure the rule is on an example's page; 0 where it does not fire.
fn confidence(rule: &Rule, example: &Example, rules: &RuleSet, policy: &Policy) -> Result<f64, PageError> {
    let page = page(rule, example)?;
    let result = engine::check(&page, rules, policy, engine::Include::default());
    let id = rule.id.as_str();
    let is_hit =
        |it: &Finding| *it.rule_id == *id || it.evidence.iter().any(|it| it.name == ALSO_BY && it.detail == id);
    let hits = result.findings.iter().filter(|it| is_hit(&it.judged.finding));
    Ok(hits.map(|it| it.judged.finding.confidence.get()).fold(0.0, f64::max))
}

/// The page that an example stands for.
fn page(rule: &Rule, example: &Example) -> Result<Page, PageError> {
    let place = example.place.or_else(|| rule.places.first().copied()).unwrap_or(Where::Body);
    let body = body(rule, example);
    let mut draft = PageDraft { http_status: example.status.map_or(0, i32::from), ..PageDraft::default() };
    let text = example.text.clone();
    let content = match place {
        Where::Title => items(&[(ItemKind::Title, &text)], &body),
        Where::Heading => {
            items(&[(ItemKind::Title, TITLE), (ItemKind::Paragraph, PARAGRAPHS[0]), (ItemKind::Heading, &text)], &body)
        }
        Where::Body | Where::Furniture => around(ItemKind::Paragraph, &text, &body),
        Where::Link => around(ItemKind::Link, &text, &body),
        Where::Url => {
            draft.url = text;
            items(&[(ItemKind::Title, TITLE)], &body)
        }
        Where::Header => {
            let (name, value) = text.split_once(": ").unwrap_or((&text, ""));
            draft.headers = vec![(name.to_owned(), value.to_owned())];
            items(&[(ItemKind::Title, TITLE)], &body)
        }
        Where::Meta => html(&format!("<meta name=description content=\"{}\">", text.replace('"', "&quot;")), &body),
        Where::Hidden => html(&format!("<!-- {text} -->"), &body),
        Where::Markup => html(&text, &body),
    };
    draft.content = Some(content);
    Page::try_new(draft)
}

/// The main text beside the example.
fn body(rule: &Rule, example: &Example) -> Vec<String> {
    match &example.body {
        Some(body) => body.lines().filter(|it| !it.trim().is_empty()).map(str::to_owned).collect(),
        None if is_of_a_page(rule) => Vec::new(),
        None => PARAGRAPHS.iter().map(|it| (*it).to_owned()).collect(),
    }
}

/// Rules for pages without text of their own.
fn is_of_a_page(rule: &Rule) -> bool {
    let kind = matches!(rule.kind, JunkKind::ErrorPage | JunkKind::Challenge | JunkKind::AccessWall | JunkKind::Parked);
    kind || rule.when.body_chars_below.is_some()
}

fn items(first: &[(ItemKind, &str)], body: &[String]) -> Content {
    let item = |kind, text: &str| ContentItem { id: String::new(), kind, text: text.to_owned(), url: String::new() };
    let first = first.iter().map(|(kind, text)| item(*kind, text));
    Content::Items(first.chain(body.iter().map(|it| item(ItemKind::Paragraph, it))).collect())
}

/// The example after the first paragraph, or alone.
fn around(kind: ItemKind, text: &str, body: &[String]) -> Content {
    let mut first = vec![(ItemKind::Title, TITLE)];
    if let Some(paragraph) = body.first() {
        first.push((ItemKind::Paragraph, paragraph));
    }
    first.push((kind, text));
    items(&first, body.get(1..).unwrap_or_default())
}

fn html(markup: &str, body: &[String]) -> Content {
    let paragraphs: String = body.iter().map(|it| format!("<p>{it}</p>\n")).collect();
    let body =
        format!("<html><head><title>{TITLE}</title></head><body>{markup}\n{paragraphs}</body></html>").into_bytes();
    Content::Html { body, title: String::new(), scope: Scope::Page }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::policy::Profile;

    #[test]
    fn every_embedded_rule_passes_its_examples() {
        let rules = RuleSet::embedded().expect("embedded rules are valid");
        let policy = Policy::new(Profile::News, Vec::new()).expect("valid");
        let mut failed = Vec::new();
        for rule in rules.rules() {
            failed.extend(problems(rule, &rules, &policy).into_iter().map(|it| format!("{}: {it}", rule.id.as_str())));
        }
        assert!(failed.is_empty(), "{}", failed.join("\n"));
    }
}
