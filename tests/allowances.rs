//! What reviewers allowed on a source is a note there, and nothing else changes.

mod common;

use std::sync::Arc;

use common::{ARTICLE, REFUSAL, SEED, policy, rules, text};
use pagegate::{
    engine::{self, CheckResult, Include},
    finding::{Allowed, Effect, Facts},
    page::{self, Page, PageDraft},
    verdict::Verdict,
};

const RULE: &str = "refusal/subjectless-headline-en";

fn facts(allowed: Vec<Allowed>) -> Facts {
    Facts { allowed: allowed.into(), revision: Arc::from("r1") }
}

fn allowed(rule_id: &str, quote: Option<&str>) -> Facts {
    facts(vec![Allowed::new("alw_1".into(), rule_id.into(), quote)])
}

fn check(draft: PageDraft, facts: &Facts) -> CheckResult {
    let page = Page::try_new(draft).expect("a valid page");
    engine::judge(&page::read(&page), rules(), policy(), facts, Include::default())
}

#[track_caller]
fn of<'a>(result: &'a CheckResult, rule_id: &str) -> &'a engine::Reported {
    let found = result.findings.iter().find(|it| *it.judged.finding.rule_id == *rule_id);
    found.unwrap_or_else(|| panic!("no {rule_id} in {}", common::describe(result)))
}

#[test]
fn allowed_rule_is_a_note_that_names_the_allowance() {
    let held = check(text(REFUSAL, ARTICLE), &Facts::default());
    assert_eq!(held.verdict, Verdict::Review, "{}", common::describe(&held));
    let result = check(text(REFUSAL, ARTICLE), &allowed(RULE, None));
    assert_eq!(result.verdict, Verdict::Accept, "{}", common::describe(&result));
    assert_eq!(result.cleaned.title, REFUSAL);
    let judged = &of(&result, RULE).judged;
    assert_eq!((judged.effect, judged.would_be), (Effect::Note, Some(Effect::Review)));
    let evidence = judged.finding.evidence.iter().find(|it| it.name == "allowed").expect("it is told");
    assert_eq!((evidence.delta, evidence.detail.as_str()), (0.0, "alw_1 on this source"));
}

#[test]
fn allowed_text_holds_for_the_same_words_in_any_writing_and_for_no_others() {
    let quote = of(&check(text(REFUSAL, ARTICLE), &Facts::default()), RULE).quote.to_uppercase();
    let facts = allowed(RULE, Some(&format!("  {quote}")));
    assert_eq!(check(text(REFUSAL, ARTICLE), &facts).verdict, Verdict::Accept);
    let other = check(text("Cannot assist with targeted advertising content", ARTICLE), &facts);
    assert_eq!(of(&other, RULE).judged.effect, Effect::Review, "{}", common::describe(&other));
}

#[test]
fn allowed_widget_stays_and_what_stands_in_it_is_judged_by_itself() {
    let result = check(text("", SEED), &allowed("widget/previous-next-en", None));
    assert!(result.cleaned.text.contains("Previous Article"), "{}", result.cleaned.text);
    assert!(!result.cleaned.text.contains("No time to read?"), "{}", result.cleaned.text);
}

#[test]
fn allowance_for_another_rule_changes_only_the_revision_of_the_policy() {
    let before = check(text(REFUSAL, ARTICLE), &Facts::default());
    let after = check(text(REFUSAL, ARTICLE), &allowed("widget/summary-box-en", None));
    assert_ne!(before.policy_revision, after.policy_revision);
    assert_eq!(after.policy_revision.len(), 16);
    assert_eq!(CheckResult { policy_revision: before.policy_revision.clone(), ..after }, before);
    let again = check(text(REFUSAL, ARTICLE), &Facts::default());
    assert_eq!(again.policy_revision, policy().revision());
}
