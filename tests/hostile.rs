//! Hostile pages: no panic, an answer or a clear error, and spans on characters.

mod common;
#[path = "common/hostile.rs"]
mod hostile;

use common::{describe, policy, rules};
use pagegate::{
    engine::{self, CheckResult, Include},
    page::{Content, Field, Page, PageDraft, read},
    verdict::Verdict,
};

/// Bytes of a flood in these tests; `examples/hostile.rs` runs them at the limit.
const FLOOD: usize = 64 << 10;

/// Checks a page whose name says whether it is over a limit.
fn check(name: &str, draft: PageDraft, include: Include) {
    match Page::try_new(draft) {
        Ok(page) => {
            assert!(!name.starts_with("over: "), "{name}: is taken");
            let result = engine::check(&page, rules(), policy(), include);
            assert_answer(name, &page, &result);
        }
        Err(error) => {
            assert!(name.starts_with("over: "), "{name}: {error}");
            assert!(error.violations.iter().all(|it| says_why(&it.message)), "{name}: {error}");
        }
    }
}

/// An error names the value and the limit, or what to send.
fn says_why(message: &str) -> bool {
    message.contains("limit is") || message.contains("must be") || message.contains("set html")
}

fn assert_answer(name: &str, page: &Page, result: &CheckResult) {
    for failure in &result.failures {
        assert!(!failure.message.contains("panicked"), "{name}: {failure:?}");
    }
    assert!(result.failures.is_empty() || result.verdict >= Verdict::Review, "{name}: {}", describe(result));
    let reading = read(page);
    let html = reading.html.as_ref().map(|it| it.source.as_ref());
    let places = result.findings.iter().filter_map(|it| it.source);
    let items = result.items.iter().map(|it| it.source);
    for (field, span) in places.chain(items).chain(result.removal_sources.iter().copied()) {
        let source = source(page, html, field);
        assert!(source.get(span.range()).is_some(), "{name}: {field:?} {span:?} cuts a character or is outside");
    }
}

/// What was sent in a field.
fn source<'a>(page: &'a Page, html: Option<&'a str>, field: Field) -> &'a str {
    match (field, page.content()) {
        (Field::Html, _) => html.unwrap_or(""),
        (Field::HtmlTitle, Content::Html { title, .. }) | (Field::TextTitle, Content::Text { title, .. }) => title,
        (Field::TextBody, Content::Text { body, .. }) => body,
        (Field::Item(index), Content::Items(items)) => &items[index as usize].text,
        (Field::Header(index), _) => &page.headers()[index as usize].1,
        (Field::Url, _) => page.url(),
        _ => "",
    }
}

#[test]
fn hostile_pages_get_an_answer_or_a_clear_error() {
    for (name, draft) in hostile::cases_of(FLOOD) {
        check(name, draft, Include::default());
    }
}

#[test]
fn hostile_fragments_get_an_answer_or_a_clear_error() {
    for (name, draft) in hostile::cases_of(FLOOD) {
        if let Some(fragment) = hostile::as_fragment(draft) {
            check(name, fragment, Include::default());
        }
    }
}

#[test]
fn hostile_pages_get_an_answer_with_all_that_can_be_asked_for() {
    for (name, draft) in hostile::cases_of(FLOOD) {
        check(name, draft, Include { items: true, cleaned_html: true });
    }
}

#[test]
fn hostile_cases_have_names_of_their_own() {
    let mut names: Vec<&str> = hostile::cases_of(FLOOD).into_iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|it| it[0] != it[1]), "{names:?}");
}

#[test]
fn cleaned_html_of_markup_that_opens_formatting_again_is_paragraphs() {
    let opened: String = (0..500).map(|it| format!("<b id={it}>")).collect();
    let body = format!("<p>{opened}{}", "<p>A line &amp; <i>more</i>.".repeat(1_000));
    let include = Include { items: false, cleaned_html: true };
    let result = common::check_with(common::html(&body), policy(), include);
    let html = result.cleaned.html.expect("asked for");
    assert!(!html.contains("<b"), "{}", &html[..200]);
    assert!(html.contains("<p>A line &amp; more.</p>"), "{}", &html[..200]);
}
