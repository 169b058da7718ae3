//! The page the project was founded on, and the page it leads to.

mod common;

use common::{ARTICLE, REFUSAL, SEED, SEED_HTML, check, describe, effects, expect, html, paragraphs, site, text};
use pagegate::{
    engine::CheckResult,
    finding::{Effect, JunkKind, Place, WidgetKind},
    verdict::Verdict,
};

/// Title and text that must remain of the seed page.
fn seed_cleaned() -> (String, String) {
    let lines: Vec<&str> = SEED.lines().filter(|it| !it.is_empty()).collect();
    let paragraphs: Vec<&str> = lines.iter().copied().filter(|it| it.len() > 300).collect();
    (lines[0].to_owned(), paragraphs.join("\n\n"))
}

fn widgets(result: &CheckResult) -> Vec<(Option<WidgetKind>, String)> {
    let widgets = result
        .findings
        .iter()
        .filter(|it| it.judged.finding.kind == JunkKind::Widget && it.judged.effect == Effect::Strip);
    widgets.map(|it| (it.judged.finding.widget, it.quote.clone())).collect()
}

#[test]
fn seed_page_is_accepted_cleaned_with_each_widget_named_at_its_place() {
    let result = check(text("", SEED));
    expect(&result, Verdict::AcceptCleaned);
    let summary = (Some(WidgetKind::SummaryBox), "No time to read?".to_owned());
    let navigation = (Some(WidgetKind::PreviousNext), "Previous Article".to_owned());
    assert_eq!(widgets(&result), [summary.clone(), summary, navigation]);
    for it in &result.findings {
        let (field, span) = it.source.expect("every finding of this page is at an item");
        assert_eq!(field, pagegate::page::Field::TextBody);
        assert!(SEED[span.range()].starts_with(it.quote.as_str()), "{span:?} is not at “{}”", it.quote);
    }
    let refusal =
        result.findings.iter().find(|it| it.judged.finding.kind == JunkKind::Refusal).expect("the refusal is found");
    assert_eq!(
        (refusal.judged.finding.place, refusal.judged.effect, refusal.quote.as_str()),
        (Place::Link, Effect::Strip, REFUSAL)
    );
}

#[test]
fn seed_page_keeps_title_and_paragraphs_untouched_and_nothing_else() {
    let result = check(text("", SEED));
    let (title, text) = seed_cleaned();
    assert_eq!(result.cleaned.title, title);
    assert_eq!(result.cleaned.text, text);
    assert!(text.contains('\u{2011}') && text.matches("(TASS)").count() == 3);
    let suffixes = effects(&result, JunkKind::LlmResidue);
    assert_eq!(suffixes, [Effect::Note; 3], "{}", describe(&result));
}

#[test]
fn seed_page_as_html_gives_the_same_cleaned_page() {
    let result = check(html(SEED_HTML));
    expect(&result, Verdict::AcceptCleaned);
    let (title, text) = seed_cleaned();
    assert_eq!(result.cleaned.title, title);
    assert_eq!(result.cleaned.text, text);
    assert_eq!(widgets(&result).len(), 2, "{}", describe(&result));
}

#[test]
fn seed_page_as_html_names_the_refusal_in_the_navigation_outside_the_text() {
    let result = check(html(SEED_HTML));
    let refusal =
        result.findings.iter().find(|it| it.judged.finding.kind == JunkKind::Refusal).expect("the refusal is found");
    assert_eq!(refusal.quote, REFUSAL);
    assert_eq!((refusal.judged.finding.place, refusal.judged.effect), (Place::Link, Effect::Note));
    assert_eq!(refusal.judged.would_be, Some(Effect::Strip));
}

#[test]
fn refusing_headline_without_a_body_is_rejected() {
    expect(&check(text(REFUSAL, "")), Verdict::Reject);
    expect(&check(site("<title>Island Courier</title>", &format!("<h1>{REFUSAL}</h1>"))), Verdict::Reject);
}

#[test]
fn refusing_headline_over_a_refusing_body_is_rejected() {
    let body = "I'm sorry, but I can't help with creating content that is meant to persuade particular voters.\n\n\
                If you like, I can give you neutral information on how elections work instead.";
    expect(&check(text(REFUSAL, body)), Verdict::Reject);
    expect(&check(site("", &format!("<h1>{REFUSAL}</h1>{}", paragraphs(body)))), Verdict::Reject);
}

#[test]
fn refusing_headline_over_a_good_article_is_held_for_review() {
    let result = check(text(REFUSAL, ARTICLE));
    expect(&result, Verdict::Review);
    assert_eq!(result.cleaned.title, "");
    assert_eq!(result.cleaned.text, ARTICLE.trim_end());
}

#[test]
fn refusing_h1_under_an_honest_document_title_is_held_and_the_honest_title_offered() {
    let head = "<title>Ferry to run twice a day from May | Island Courier</title><meta property=og:site_name content='Island Courier'>";
    let result = check(site(head, &format!("<h1>{REFUSAL}</h1>{}", paragraphs(ARTICLE))));
    expect(&result, Verdict::Review);
    assert_eq!(result.cleaned.title, "Ferry to run twice a day from May");
}
