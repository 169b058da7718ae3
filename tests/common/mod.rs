//! What the tests share: pages in few words, and the engine with its own rules.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::sync::LazyLock;

use pagegate::{
    engine::{self, CheckResult, Include},
    finding::{Effect, JunkKind},
    page::{Content, Page, PageDraft, Scope},
    rule::RuleSet,
    verdict::{Policy, Verdict, policy::Profile},
};

pub(crate) const SEED: &str = include_str!("../fixtures/karabakh.txt");
pub(crate) const SEED_HTML: &str = include_str!("../fixtures/karabakh.html");
pub(crate) const REFUSAL: &str = "Cannot assist with targeted political persuasion content";

/// An honest article of four paragraphs.
pub(crate) const ARTICLE: &str = "\
The ferry between the two islands will run twice a day from May, the harbour authority announced on Thursday. Until now there was one \
crossing each morning, which left visitors without a way back in the evening.

Ticket prices stay as they are, at eleven crowns for adults and four for children under twelve. The authority expects about ninety \
thousand passengers this season, a third more than last year, and has hired eight more sailors.

Hotel owners on the smaller island welcomed the decision. “We have waited for this for ten years,” said Marta Lind, who runs a guest \
house near the lighthouse. Farmers, however, fear that the narrow road to the beach will be blocked by cars.

The council will meet on the second of June to decide whether the road is to be closed to visitors in the summer months. A bus could \
take their place, but nobody has yet said who would pay for it.
";

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::embedded().expect("embedded rules are valid"));
static POLICY: LazyLock<Policy> =
    LazyLock::new(|| Policy::new(Profile::News, Vec::new()).expect("the policy is valid"));

pub(crate) fn rules() -> &'static RuleSet {
    &RULES
}

pub(crate) fn policy() -> &'static Policy {
    &POLICY
}

pub(crate) fn text(title: &str, body: &str) -> PageDraft {
    let content = Content::Text { title: title.into(), body: body.into() };
    PageDraft { content: Some(content), ..PageDraft::default() }
}

pub(crate) fn html(body: &str) -> PageDraft {
    let content = Content::Html { body: body.as_bytes().to_vec(), title: String::new(), scope: Scope::Page };
    PageDraft { content: Some(content), ..PageDraft::default() }
}

/// A page of a plain site with this head and this main text.
pub(crate) fn site(head: &str, main: &str) -> PageDraft {
    html(&format!(
        "<!doctype html><html lang=en><head>{head}</head><body><nav><a href=/>Home</a> <a href=/news>News</a></nav>\
         <main><article>{main}</article></main><footer>© Island Courier</footer></body></html>"
    ))
}

/// Paragraphs of HTML.
pub(crate) fn paragraphs(text: &str) -> String {
    text.split("\n\n").map(|it| format!("<p>{}</p>", it.trim())).collect()
}

pub(crate) fn check(draft: PageDraft) -> CheckResult {
    check_with(draft, policy(), Include::default())
}

pub(crate) fn check_with(draft: PageDraft, policy: &Policy, include: Include) -> CheckResult {
    let page = Page::try_new(draft).expect("a valid page");
    engine::check(&page, rules(), policy, include)
}

/// Everything that is printed of a result, for messages of failed tests.
pub(crate) fn describe(result: &CheckResult) -> String {
    let findings = result.findings.iter().map(|it| {
        let found = &it.judged.finding;
        format!(
            "\n  {} {} {} {} {:?} “{}”",
            it.judged.effect, found.rule_id, found.place, found.confidence, found.extent, it.quote
        )
    });
    format!("{} by {:?}{}", result.verdict.name(), result.decided_by, findings.collect::<String>())
}

#[track_caller]
pub(crate) fn expect(result: &CheckResult, verdict: Verdict) {
    assert_eq!(result.verdict, verdict, "{}", describe(result));
}

/// Effects of the findings of a kind.
pub(crate) fn effects(result: &CheckResult, kind: JunkKind) -> Vec<Effect> {
    result.findings.iter().filter(|it| it.judged.finding.kind == kind).map(|it| it.judged.effect).collect()
}
