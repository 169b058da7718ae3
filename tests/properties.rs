//! What must hold for every page.

mod common;

use common::{ARTICLE, REFUSAL, SEED, SEED_HTML, check, check_with, describe, html, policy, site, text};
use pagegate::{
    engine::{CheckResult, Include},
    finding::{Effect, Extent, JunkKind},
    page::{Content, Field, Page, PageDraft, read},
    verdict::{DecidedBy, Policy, Verdict, policy::Profile},
};
use proptest::prelude::*;

/// Lines that pages are made of: honest ones, labels, leaks, and what is hard to cut.
const LINES: &[&str] = &[
    "The ferry between the two islands will run twice a day from May, the harbour authority announced on Thursday.",
    "Ticket prices stay as they are, at eleven crowns for adults and four for children under twelve (Reuters).",
    "Hotel owners on the smaller island welcomed the decision, and farmers fear that the road will be blocked by cars.",
    "No time to read?",
    "Get a summary",
    "Previous Article",
    "Next Article",
    "US Involvement in Ukraine War: Aid Without Direct Combat",
    REFUSAL,
    "Read also:",
    "Share this",
    "Advertisement",
    "Why?",
    "A new bridge",
    "I'm sorry, but I can't help with that request.",
    "Sure! Here is the rewritten article:",
    "[Insert headline]",
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
    "— “Quoted” text, café, Привет, 日本語の文章。",
    "- one",
    "```",
    "We use cookies to improve your experience on this website.",
    "",
    "",
    "  indented line with spaces   ",
];

fn body() -> impl Strategy<Value = String> {
    let line = prop_oneof![9 => prop::sample::select(LINES).prop_map(str::to_owned), 1 => "[ -~éß’\t]{0,40}"];
    prop::collection::vec(line, 0..24).prop_map(|lines| lines.join("\n"))
}

fn title() -> impl Strategy<Value = String> {
    prop::sample::select(&["", "Ferry to run twice a day from May", REFUSAL, "Untitled"][..]).prop_map(str::to_owned)
}

/// Fragments of HTML, sound and broken.
fn markup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(
        &[
            "<p>",
            "</p>",
            "<div class=related>",
            "</div>",
            "<a href=/x>",
            "</a>",
            "text ",
            "&amp;",
            "&#8217;",
            "é",
            "<br>",
            "<h1>",
            "</h1>",
            "<li>",
            "<ul>",
            "</ul>",
            "<table><tr><td>",
            "</table>",
            "<script>if (a<b)",
            "</script>",
            "<!-- c -->",
            "<svg><title>",
            "</svg>",
            "<b>",
            "</b>",
            "The ferry will run twice a day from May, the authority said on Thursday evening. ",
            "No time to read?",
            "<title>",
            "</title>",
            "\u{0}",
            "&",
            "<",
            "\r\n",
            "<span hidden>",
            "</span>",
            "<code>",
            "</code>",
            "<pre>",
            "</pre>",
        ][..],
    );
    prop::collection::vec(piece, 0..40).prop_map(|it| it.concat())
}

/// The verdict by hand, from what is printed.
fn recomputed(result: &CheckResult, policy: &Policy) -> Verdict {
    let strongest = result.findings.iter().map(|it| it.judged.effect).max().unwrap_or(Effect::Note);
    let present = |combination: &&pagegate::verdict::policy::Combination| {
        let met = |it: &pagegate::verdict::policy::Condition| {
            result.findings.iter().any(|found| found.judged.effect >= Effect::Review && it.holds(&found.judged.finding))
        };
        combination.all.iter().all(met)
    };
    let combined = policy.combinations().iter().filter(present).map(|it| it.effect).max().unwrap_or(Effect::Note);
    let failed = if result.failures.is_empty() { Effect::Note } else { Effect::Review };
    Verdict::of(strongest.max(combined).max(failed))
}

fn assert_consistent(result: &CheckResult, draft: &PageDraft) {
    assert_eq!(recomputed(result, policy()), result.verdict, "{}", describe(result));
    for it in &result.findings {
        let (effect, row) = policy().effect(&it.judged.finding, "");
        assert_eq!(it.judged.row.as_deref(), row, "the row printed is the one that matches");
        assert!(it.judged.effect <= effect, "an effect is only ever capped");
        let base: f64 = it.judged.finding.evidence.iter().map(|it| it.delta).sum();
        assert!(base.abs() < 2.0 && it.judged.finding.confidence.get() <= 1.0);
    }
    assert!(result.findings.is_sorted_by_key(|it| std::cmp::Reverse(it.judged.effect)), "{}", describe(result));
    match &result.decided_by {
        Some(DecidedBy::Finding { index, row }) => assert_eq!(result.findings[*index].judged.row.as_ref(), Some(row)),
        Some(DecidedBy::Combination(_) | DecidedBy::Failure(_)) => {}
        None => assert_eq!(result.verdict, Verdict::Accept),
    }
    for it in &result.cleaned.removals {
        let cut = &result.findings[it.finding].judged;
        assert!(cut.effect >= Effect::Strip, "{}", describe(result));
        match it.item {
            Some(item) => {
                assert!(cut.finding.extent >= Extent::Item, "{}", describe(result));
                assert!(cut.finding.target.items().contains(&item));
            }
            None => assert_eq!(cut.finding.kind, JunkKind::UnsafeMarkup),
        }
    }
    assert_sources(result, draft);
}

/// Every source span slices the field it names, and an undecoded quote stands there.
fn assert_sources(result: &CheckResult, draft: &PageDraft) {
    let (title, body) = match draft.content.as_ref().expect("content") {
        Content::Text { title, body } => (title.clone(), body.clone()),
        Content::Html { body, .. } => (String::new(), String::from_utf8_lossy(body).into_owned()),
        Content::Items(_) => return,
    };
    for it in &result.findings {
        if let Some((field, span)) = it.source {
            let text = if matches!(field, Field::TextTitle) { &title } else { &body };
            assert!(text.get(span.range()).is_some(), "{field:?} {span:?} cuts a character or is outside");
        }
    }
}

#[test]
fn verdict_can_be_recomputed_from_what_is_printed() {
    let refusing = "I'm sorry, but I can't help with that request.";
    for draft in [
        text("", SEED),
        html(SEED_HTML),
        text(REFUSAL, ""),
        text(REFUSAL, ARTICLE),
        text(REFUSAL, refusing),
        text("", ""),
        html(""),
        PageDraft { http_status: 404, ..html("") },
        site("<title>x</title>", "<p>Short."),
        text("Ferry", &format!("{ARTICLE}\n\n{refusing}\n\n{ARTICLE}")),
    ] {
        assert_consistent(&check(draft.clone()), &draft);
    }
}

#[test]
fn profile_observe_always_accepts_and_tells_the_verdict_it_would_have_been() {
    let observe = Policy::new(Profile::Observe, Vec::new()).expect("valid");
    let result = check_with(text(REFUSAL, ""), &observe, Include::default());
    assert_eq!((result.verdict, result.would_be_verdict), (Verdict::Accept, Some(Verdict::Reject)));
}

#[test]
fn rows_of_a_source_stand_before_the_table() {
    let table = "name = \"example.org\"\n[[row]]\nid = \"own\"\nkind = [\"refusal\"]\neffect = \"note\"";
    let rows = toml::from_str(table).expect("valid");
    let policy = Policy::new(Profile::News, vec![rows]).expect("valid");
    let page = |source: &str| PageDraft { source: source.into(), ..text(REFUSAL, ARTICLE) };
    assert_eq!(check_with(page("example.org"), &policy, Include::default()).verdict, Verdict::Accept);
    assert_eq!(check_with(page("example.com"), &policy, Include::default()).verdict, Verdict::Review);
    assert_ne!(policy.revision(), common::policy().revision());
}

#[test]
fn cleaned_html_is_sanitized_and_without_the_cuts() {
    let head = "<title>Ferry to run twice a day from May</title>";
    let main = format!(
        "<h1>Ferry to run twice a day from May</h1>{}<p>No time to read?</p><p>Get a summary</p><script>alert(1)</script>\
         <p onclick=\"alert(1)\">The last paragraph of the page is here to be kept, whatever stands before it.</p>",
        common::paragraphs(ARTICLE)
    );
    let include = Include { cleaned_html: true, ..Include::default() };
    let result = check_with(site(head, &main), policy(), include);
    let cleaned = result.cleaned.html.expect("asked for");
    assert!(cleaned.contains("<p>The last paragraph"), "{cleaned}");
    for gone in ["No time", "summary", "script", "alert", "onclick", "<h1", "Home", "©"] {
        assert!(!cleaned.contains(gone), "{gone} in {cleaned}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn checking_a_cleaned_page_strips_nothing(title in title(), body in body()) {
        let draft = text(&title, &body);
        let result = check(draft.clone());
        assert_consistent(&result, &draft);
        let again = check(text(&result.cleaned.title, &result.cleaned.text));
        prop_assert!(again.cleaned.removals.is_empty(), "{:?} became {:?}, and then: {}", body, result.cleaned.text, describe(&again));
        // Without a title, the first line of the text becomes one.
        if !result.cleaned.title.is_empty() {
            prop_assert_eq!(again.cleaned.text, result.cleaned.text);
        }
    }

    #[test]
    fn cleaned_text_is_what_was_sent_less_whole_lines(body in body()) {
        let result = check(text("Ferry to run twice a day from May", &body));
        let mut rest = body.as_str();
        for line in result.cleaned.text.lines().filter(|it| !it.trim().is_empty()) {
            let at = rest.find(line.trim());
            prop_assert!(at.is_some(), "{:?} is not in the rest of what was sent", line);
            rest = &rest[at.unwrap_or(0) + line.trim().len()..];
        }
    }

    #[test]
    fn html_of_any_shape_gets_a_consistent_answer(html_text in markup()) {
        let draft = html(&html_text);
        assert_consistent(&check(draft.clone()), &draft);
    }

    #[test]
    fn html_spans_of_items_lead_back_to_their_words(html_text in markup()) {
        let page = Page::try_new(html(&html_text)).expect("valid");
        let reading = read(&page);
        let source = &reading.html.as_ref().expect("html").source;
        for item in 0..reading.items.len() {
            for (at, word) in words(reading.text_of(item)) {
                let (_, span) = reading.source_span(item, pagegate::page::Span::new(at, at + word.len()));
                let slice = source.get(span.range());
                prop_assert!(slice.is_some_and(|it| it.starts_with(word) || it.contains(['&', '<', '\0'])), "{:?} at {:?}", word, slice);
            }
        }
    }

    #[test]
    fn the_same_page_gets_the_same_answer(title in title(), body in body()) {
        prop_assert_eq!(check(text(&title, &body)), check(text(&title, &body)));
    }
}

/// Words with their place.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(' ')
        .scan(0, |at, word| {
            let start = *at;
            *at += word.len() + 1;
            Some((start, word))
        })
        .filter(|(_, word)| !word.is_empty())
}
