//! Checking a cleaned text strips nothing more.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pagegate::{
    engine::{self, CheckResult, Include},
    page::{Content, Page, PageDraft},
    rule::RuleSet,
    verdict::{Policy, policy::Profile},
};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::embedded().expect("embedded rules are valid"));
static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new(Profile::News, Vec::new()).expect("valid"));

fn check(title: &str, body: &str) -> Option<CheckResult> {
    let content = Content::Text { title: title.to_owned(), body: body.to_owned() };
    let page = Page::try_new(PageDraft { content: Some(content), ..PageDraft::default() }).ok()?;
    Some(engine::check(&page, &RULES, &POLICY, Include::default()))
}

fuzz_target!(|body: &str| {
    let Some(first) = check("", body) else { return };
    let Some(again) = check(&first.cleaned.title, &first.cleaned.text) else { return };
    assert!(again.cleaned.removals.is_empty(), "{:?} is stripped of {:?}", first.cleaned.text, again.cleaned.removals);
});
