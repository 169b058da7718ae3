//! The way through review, with real servers and real stores: one suite, passed on SQLite and on PostgreSQL.

#![allow(clippy::print_stdout, reason = "the counts of the larger tests")]

mod common;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "common/served.rs"]
mod served;

use std::{collections::BTreeSet, process::Command, sync::Arc, time::Duration};

use common::{ARTICLE, REFUSAL};
use pagegate::{
    gate::{Access, Gate, NewKey, ReviewSettings, Sources},
    limits,
    proto::{
        self, AllowanceScope, BatchCheckPagesRequest, BatchDecideReviewItemsRequest, BatchUndoDecisionsRequest,
        CheckPageRequest, CheckResult, ClaimReviewItemRequest, DecideReviewItemRequest, Decision,
        DeleteSavedFilterRequest, ExportDecisionsRequest, FindingTruth, GetHistoryRequest, GetReviewItemRequest,
        GetRuleRequest, GetStatsRequest, ListAllowancesRequest, ListDecisionsRequest, ListReviewItemsRequest,
        ListRuleStatsRequest, ListSavedFiltersRequest, ListSourcesRequest, NewAllowance, ReleaseReviewItemRequest,
        ReviewEvent, ReviewFilter, ReviewItem, ReviewReason, ReviewState, RevokeAllowanceRequest, SaveFilterRequest,
        SkipReviewItemRequest, UndoDecisionRequest, Verdict, WatchReviewItemsRequest, decided_by::Decider,
        page::Content, page_outcome::Outcome,
    },
    review::KeyId,
    store::{self, ApiKey, Scope},
};
use served::{Database, Served, error, no_samples, page};
use tonic::{Code, Request, Response, Status};
use tonic_types::StatusExt;

const RULE: &str = "refusal/subjectless-headline-en";

/// Two tests of each function: one on SQLite, one on PostgreSQL.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite { $(#[tokio::test(flavor = "multi_thread")] async fn $name() {
            super::$name(super::Database::sqlite()).await;
        })+ }
        mod on_postgres { $(#[tokio::test(flavor = "multi_thread")] async fn $name() {
            if let Some(database) = super::Database::postgres().await {
                super::$name(database).await;
            }
        })+ }
    };
}

on_both!(
    decision_answers_the_next_check_of_the_same_content,
    same_page_queues_once_and_changed_content_supersedes,
    repeated_request_gets_the_stored_answer,
    validate_only_stores_nothing_and_is_answered_by_decisions,
    full_queue_refuses_and_lets_honest_pages_through,
    lease_keeps_two_people_from_one_item,
    second_to_decide_learns_who_was_first,
    bulk_decides_what_its_preview_counted,
    undo_brings_the_item_back_and_the_audit_keeps_both,
    bulk_decision_is_taken_back_as_one,
    skipped_item_waits_on_and_the_next_one_comes_after_it,
    watch_tells_what_happens_on_every_server,
    allowance_holds_on_every_server_at_once_and_ends_when_revoked,
    export_is_read_by_eval,
    samples_go_to_review_and_measure_what_is_missed,
    history_tells_what_was_done_today,
    lists_are_paged_and_filtered,
    saved_filter_is_for_all_and_counts_what_waits,
    wrong_requests_are_told_what_is_wrong,
    request_ids_of_two_keys_do_not_meet,
    fifty_reviewers_decide_each_item_once,
    calls_that_are_dropped_leave_nothing_behind,
);

fn held(page_id: &str) -> proto::Page {
    page("courier.example", page_id, REFUSAL, ARTICLE)
}

async fn hold(served: &Served, page_id: &str) -> CheckResult {
    let result = served.check(held(page_id)).await.expect("an answer");
    assert_eq!(result.verdict(), Verdict::Review);
    assert!(result.review_item.starts_with("rev_"), "{:?}", result.review_item);
    result
}

fn decide(item: &str, decision: Decision) -> DecideReviewItemRequest {
    DecideReviewItemRequest {
        review_item: item.into(),
        decision: decision.into(),
        reviewer: "ann".into(),
        ..DecideReviewItemRequest::default()
    }
}

async fn decided(served: &Served, request: DecideReviewItemRequest) -> proto::DecideReviewItemResponse {
    served.review().decide_review_item(request).await.expect("decided").into_inner()
}

async fn get(served: &Served, item: &str) -> ReviewItem {
    let request = GetReviewItemRequest { review_item: item.into() };
    served.review().get_review_item(request).await.expect("an item").into_inner().review_item.expect("an item")
}

async fn list(served: &Served, filter: ReviewFilter) -> Vec<ReviewItem> {
    let request = ListReviewItemsRequest { filter: Some(filter), page_size: 100, ..ListReviewItemsRequest::default() };
    served.review().list_review_items(request).await.expect("a list").into_inner().review_items
}

fn decision_of(result: &CheckResult) -> String {
    match result.decided_by.as_ref().and_then(|it| it.decider.clone()) {
        Some(Decider::Decision(id)) => id,
        other => panic!("decided by {other:?}"),
    }
}

/// Waits until something is so: what another server or a later write does.
async fn eventually<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    for _ in 0..200 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited ten seconds for {what}");
}

async fn decision_answers_the_next_check_of_the_same_content(database: Database) {
    let served = Served::on(&database).await;
    for (decision, verdict) in [
        (Decision::Publish, Verdict::Accept),
        (Decision::PublishCleaned, Verdict::AcceptCleaned),
        (Decision::Discard, Verdict::Reject),
    ] {
        let id = decision.as_str_name();
        let first = hold(&served, id).await;
        let item = get(&served, &first.review_item).await;
        assert_eq!(item.state(), ReviewState::Pending);
        assert_eq!(item.title, REFUSAL);
        let Some(Content::Text(text)) = item.page.expect("kept").content else { panic!("no text") };
        assert_eq!((text.title.as_str(), text.body.as_str()), (REFUSAL, ARTICLE));
        assert!(!item.result.expect("kept").items.is_empty(), "a reviewer sees the items");
        let answer = decided(&served, decide(&first.review_item, decision)).await;
        let record = answer.decision.expect("a record");
        assert_eq!((record.reviewer.as_str(), record.decision()), ("ann", decision));
        let again = served.check(held(id)).await.expect("an answer");
        assert_eq!(again.verdict(), verdict, "{id}");
        assert_eq!(decision_of(&again), record.decision_id);
        assert_eq!((&again.findings, &again.review_item), (&first.findings, &first.review_item));
        assert!(again.items.is_empty(), "they were not asked for");
        assert_eq!(again.cleaned, first.cleaned);
    }
    served.stop().await;
    let restarted = Served::on(&database).await;
    let again = restarted.check(held(Decision::Discard.as_str_name())).await.expect("an answer");
    assert_eq!(again.verdict(), Verdict::Reject);
    restarted.stop().await;
}

async fn same_page_queues_once_and_changed_content_supersedes(database: Database) {
    let served = Served::on(&database).await;
    let first = hold(&served, "a").await.review_item;
    assert_eq!(hold(&served, "a").await.review_item, first);
    assert_ne!(hold(&served, "b").await.review_item, first, "another page is another item");
    let changed = page("courier.example", "a", REFUSAL, &format!("{ARTICLE}\n\nA line was added."));
    let second = served.check(changed).await.expect("an answer").review_item;
    assert_ne!(second, first);
    assert_eq!(get(&served, &first).await.state(), ReviewState::Superseded);
    assert_eq!(get(&served, &second).await.state(), ReviewState::Pending);
    let honest = page("courier.example", "a", "Ferry to run twice a day", ARTICLE);
    assert_eq!(served.check(honest).await.expect("an answer").verdict(), Verdict::Accept);
    eventually("the item to leave", || async { get(&served, &second).await.state() == ReviewState::Superseded }).await;
    let late = served.review().decide_review_item(decide(&first, Decision::Publish)).await.expect_err("superseded");
    assert_eq!(error(&late), (Code::FailedPrecondition, "WRONG_STATE".into()));
    served.stop().await;
}

async fn repeated_request_gets_the_stored_answer(database: Database) {
    let served = Served::on(&database).await;
    let request = |page, id: &str| CheckPageRequest { page: Some(page), request_id: id.into(), ..Default::default() };
    let honest = || page("courier.example", "h", "Ferry to run twice a day", ARTICLE);
    let first = served.call(request(honest(), "one")).await.expect("an answer");
    assert_eq!(served.call(request(honest(), "one")).await.expect("the same"), first);
    let first = served.call(request(held("a"), "two")).await.expect("an answer");
    decided(&served, decide(&first.review_item, Decision::Discard)).await;
    assert_eq!(served.call(request(held("a"), "two")).await.expect("the same"), first);
    assert_eq!(served.call(request(held("a"), "three")).await.expect("new").verdict(), Verdict::Reject);
    let status = served.call(request(held("a"), "one")).await.expect_err("another page");
    assert_eq!(error(&status), (Code::InvalidArgument, "REQUEST_ID_REUSED".into()));
    assert_eq!(status.get_error_details().bad_request().expect("a field").field_violations[0].field, "request_id");
    let batch = || BatchCheckPagesRequest {
        pages: vec![honest(), held("b")],
        request_id: "batch".into(),
        ..BatchCheckPagesRequest::default()
    };
    let first = served.checks().batch_check_pages(batch()).await.expect("answers").into_inner();
    assert_eq!(served.checks().batch_check_pages(batch()).await.expect("the same").into_inner(), first);
    let swapped = BatchCheckPagesRequest { pages: vec![held("b"), honest()], ..batch() };
    let outcomes = served.checks().batch_check_pages(swapped).await.expect("answers").into_inner().outcomes;
    assert!(outcomes.iter().all(|it| matches!(it.outcome, Some(Outcome::Error(_)))), "{outcomes:?}");
    served.stop().await;
}

async fn validate_only_stores_nothing_and_is_answered_by_decisions(database: Database) {
    let served = Served::on(&database).await;
    let request = || CheckPageRequest { page: Some(held("a")), validate_only: true, ..Default::default() };
    let result = served.call(request()).await.expect("an answer");
    assert_eq!((result.verdict(), result.review_item.as_str()), (Verdict::Review, ""));
    assert!(list(&served, ReviewFilter::default()).await.is_empty());
    let item = hold(&served, "a").await.review_item;
    decided(&served, decide(&item, Decision::Publish)).await;
    assert_eq!(served.call(request()).await.expect("an answer").verdict(), Verdict::Accept);
    served.stop().await;
}

async fn full_queue_refuses_and_lets_honest_pages_through(database: Database) {
    let served = Served::with(&database, no_samples(), 2).await;
    hold(&served, "a").await;
    let second = hold(&served, "b").await.review_item;
    let status = served.check(held("c")).await.expect_err("full");
    assert_eq!(error(&status), (Code::ResourceExhausted, "QUEUE_FULL".into()));
    assert!(status.get_error_details().retry_info().is_some());
    assert_eq!(hold(&served, "b").await.review_item, second, "what is there is there");
    let honest = page("courier.example", "h", "Ferry to run twice a day", ARTICLE);
    assert_eq!(served.check(honest).await.expect("an answer").verdict(), Verdict::Accept);
    decided(&served, decide(&second, Decision::Discard)).await;
    hold(&served, "c").await;
    served.stop().await;
}

async fn claim(served: &Served, item: &str, reviewer: &str) -> Result<ReviewItem, Status> {
    let request = ClaimReviewItemRequest {
        review_item: item.into(),
        reviewer: reviewer.into(),
        ..ClaimReviewItemRequest::default()
    };
    Ok(served.review().claim_review_item(request).await?.into_inner().review_item.expect("an item"))
}

async fn lease_keeps_two_people_from_one_item(database: Database) {
    let served = Served::on(&database).await;
    let first = hold(&served, "a").await.review_item;
    let second = hold(&served, "b").await.review_item;
    let of_ann = claim(&served, "", "ann").await.expect("the oldest");
    assert_eq!((&of_ann.review_item, of_ann.reviewer.as_str()), (&first, "ann"));
    assert_eq!(claim(&served, "", "bob").await.expect("the next").review_item, second);
    let status = claim(&served, "", "cay").await.expect_err("none is left");
    assert_eq!(error(&status), (Code::NotFound, "QUEUE_EMPTY".into()));
    let status = claim(&served, &first, "bob").await.expect_err("ann has it");
    assert_eq!(error(&status), (Code::FailedPrecondition, "LEASED".into()));
    assert_eq!(status.get_error_details().error_info().expect("info").metadata["reviewer"], "ann");
    let mine = claim(&served, &first, "ann").await.expect("her own");
    assert!(mine.lease_expire_time.expect("a lease").seconds >= of_ann.lease_expire_time.expect("a lease").seconds);
    let release = ReleaseReviewItemRequest { review_item: first.clone(), reviewer: "ann".into() };
    served.review().release_review_item(release).await.expect("given back");
    assert_eq!(claim(&served, "", "cay").await.expect("free again").review_item, first);
    served.stop().await;
}

async fn second_to_decide_learns_who_was_first(database: Database) {
    let served = Served::on(&database).await;
    let item = hold(&served, "a").await.review_item;
    let etag = get(&served, &item).await.etag;
    let by = |reviewer: &str, etag: &str| DecideReviewItemRequest {
        reviewer: reviewer.into(),
        etag: etag.into(),
        ..decide(&item, Decision::Publish)
    };
    let first = decided(&served, by("ann", &etag)).await;
    let status = served.review().decide_review_item(by("bob", &etag)).await.expect_err("second");
    assert_eq!(error(&status).0, Code::Aborted, "{status:?}");
    let details = status.get_error_details();
    let metadata = &details.error_info().expect("info").metadata;
    assert_eq!((metadata["reviewer"].as_str(), metadata["decision"].as_str()), ("ann", "publish"));
    let status = served.review().decide_review_item(by("bob", "")).await.expect_err("decided");
    assert_eq!(error(&status), (Code::FailedPrecondition, "ALREADY_DECIDED".into()));
    // The same request again is no second one.
    let other = hold(&served, "b").await.review_item;
    let repeated = DecideReviewItemRequest { request_id: "r".into(), ..decide(&other, Decision::Discard) };
    let one = decided(&served, repeated.clone()).await.decision;
    assert_eq!(decided(&served, repeated).await.decision, one);
    assert_ne!(first.review_item.expect("an item").etag, etag);
    served.stop().await;
}

async fn bulk_decides_what_its_preview_counted(database: Database) {
    let served = Served::on(&database).await;
    for id in 0..5 {
        hold(&served, &id.to_string()).await;
    }
    let other = served.check(page("other.example", "a", REFUSAL, ARTICLE)).await.expect("an answer").review_item;
    let lead = list(&served, ReviewFilter::default()).await.remove(0).lead.expect("a finding");
    let filter = ReviewFilter {
        source: "courier.example".into(),
        rule_ids: vec![lead.rule_id.clone()],
        quote: lead.quote.clone(),
        ..ReviewFilter::default()
    };
    let request = BatchDecideReviewItemsRequest {
        filter: Some(filter),
        decision: Decision::Discard.into(),
        judgements: vec![proto::RuleJudgement { rule_id: lead.rule_id.clone(), truth: FindingTruth::Right.into() }],
        preview: true,
        reviewer: "ann".into(),
        ..BatchDecideReviewItemsRequest::default()
    };
    let preview = served.review().batch_decide_review_items(request.clone()).await.expect("counted").into_inner();
    assert_eq!((preview.matched_count, preview.has_more, preview.decided_items.len()), (5, false, 0));
    assert_eq!(list(&served, ReviewFilter::default()).await.len(), 6, "a preview decides nothing");
    tokio::time::sleep(Duration::from_millis(5)).await;
    let late = hold(&served, "late").await.review_item;
    let request = BatchDecideReviewItemsRequest { preview: false, until_time: preview.until_time, ..request };
    let answer = served.review().batch_decide_review_items(request).await.expect("decided").into_inner();
    assert_eq!((answer.decided_items.len(), answer.passed_over_items.len(), answer.has_more), (5, 0, false));
    let left: Vec<String> = list(&served, ReviewFilter::default()).await.into_iter().map(|it| it.review_item).collect();
    assert_eq!(left, [other, late], "what came after the preview is not decided unseen");
    assert_eq!(served.check(held("3")).await.expect("an answer").verdict(), Verdict::Reject);
    let stats = served.stats().list_rule_stats(ListRuleStatsRequest::default()).await.expect("stats").into_inner();
    let rule = stats.rules.into_iter().find(|it| it.rule_id == lead.rule_id).expect("judged");
    assert_eq!((rule.right_count, rule.wrong_count), (5, 0));
    served.stop().await;
}

async fn undo_brings_the_item_back_and_the_audit_keeps_both(database: Database) {
    let served = Served::on(&database).await;
    let item = hold(&served, "a").await.review_item;
    let decision = decided(&served, decide(&item, Decision::Publish)).await.decision.expect("a record");
    let request = UndoDecisionRequest {
        decision_id: decision.decision_id.clone(),
        reviewer: "bob".into(),
        note: "by mistake".into(),
    };
    let undone = served.review().undo_decision(request.clone()).await.expect("undone").into_inner();
    assert_eq!(undone.review_item.expect("an item").state(), ReviewState::Pending);
    assert_eq!(hold(&served, "a").await.review_item, item, "it waits again");
    let status = served.review().undo_decision(request).await.expect_err("not in force");
    assert_eq!(error(&status), (Code::FailedPrecondition, "DECISION_NOT_IN_FORCE".into()));
    decided(&served, decide(&item, Decision::Discard)).await;
    let all = served.review().list_decisions(ListDecisionsRequest::default()).await.expect("a list").into_inner();
    let told: Vec<(Decision, &str, &str)> =
        all.decisions.iter().map(|it| (it.decision(), it.reviewer.as_str(), it.note.as_str())).collect();
    assert_eq!(
        told,
        [(Decision::Publish, "ann", ""), (Decision::Unspecified, "bob", "by mistake"), (Decision::Discard, "ann", "")]
    );
    assert_eq!(all.decisions[1].undone_decision_id, decision.decision_id);
    let of_item = ListDecisionsRequest { review_item: item, ..ListDecisionsRequest::default() };
    let of_item = served.review().list_decisions(of_item).await.expect("a list").into_inner();
    assert_eq!(of_item.decisions, all.decisions);
    served.stop().await;
}

async fn bulk_decision_is_taken_back_as_one(database: Database) {
    let served = Served::on(&database).await;
    let mut items = Vec::new();
    for id in 0..3 {
        items.push(hold(&served, &id.to_string()).await.review_item);
    }
    let request = BatchDecideReviewItemsRequest {
        review_items: items.clone(),
        decision: Decision::Discard.into(),
        request_id: "bulk".into(),
        reviewer: "ann".into(),
        ..BatchDecideReviewItemsRequest::default()
    };
    served.review().batch_decide_review_items(request).await.expect("decided");
    let undo = BatchUndoDecisionsRequest {
        request_id: "bulk".into(),
        note: "by mistake".into(),
        reviewer: "ann".into(),
        ..BatchUndoDecisionsRequest::default()
    };
    let answer = served.review().batch_undo_decisions(undo.clone()).await.expect("undone").into_inner();
    assert_eq!(BTreeSet::from_iter(&answer.undone_items), BTreeSet::from_iter(&items));
    assert!(answer.passed_over_items.is_empty() && !answer.has_more);
    assert_eq!(hold(&served, "1").await.review_item, items[1], "it waits again, and no decision answers");
    assert_eq!(list(&served, ReviewFilter::default()).await.len(), 3);
    let record = decided(&served, decide(&items[0], Decision::Publish)).await.decision.expect("a record");
    let named = BatchUndoDecisionsRequest {
        decision_ids: vec![record.decision_id.clone()],
        request_id: String::new(),
        ..undo.clone()
    };
    for passed_over in [0, 1] {
        let answer = served.review().batch_undo_decisions(named.clone()).await.expect("answers").into_inner();
        assert_eq!((answer.undone_items.len(), answer.passed_over_items.len()), (1 - passed_over, passed_over));
    }
    for (wrong, code, field) in [
        (
            BatchUndoDecisionsRequest { request_id: String::new(), ..undo.clone() },
            Code::InvalidArgument,
            "decision_ids",
        ),
        (
            BatchUndoDecisionsRequest { decision_ids: vec!["x".into()], ..undo.clone() },
            Code::InvalidArgument,
            "request_id",
        ),
        (
            BatchUndoDecisionsRequest { decision_ids: vec!["x".into()], ..named.clone() },
            Code::InvalidArgument,
            "decision_ids",
        ),
        (BatchUndoDecisionsRequest { reviewer: String::new(), ..undo.clone() }, Code::InvalidArgument, "reviewer"),
        (BatchUndoDecisionsRequest { request_id: "never".into(), ..undo }, Code::NotFound, ""),
    ] {
        let status = served.review().batch_undo_decisions(wrong).await.expect_err("refused");
        let fields = status.get_error_details().bad_request().map(|it| it.field_violations[0].field.clone());
        assert_eq!((status.code(), fields.unwrap_or_default().as_str()), (code, field), "{status:?}");
    }
    served.stop().await;
}

async fn skipped_item_waits_on_and_the_next_one_comes_after_it(database: Database) {
    let served = Served::on(&database).await;
    let mut items = Vec::new();
    for id in 0..3 {
        items.push(hold(&served, &id.to_string()).await.review_item);
    }
    items.sort();
    claim(&served, &items[0], "ann").await.expect("free");
    let skip = |reviewer: &str| SkipReviewItemRequest {
        review_item: items[0].clone(),
        note: "ask the desk".into(),
        reviewer: reviewer.into(),
    };
    let status = served.review().skip_review_item(skip("bob")).await.expect_err("ann has it");
    assert_eq!(error(&status), (Code::FailedPrecondition, "LEASED".into()));
    let skipped = served.review().skip_review_item(skip("ann")).await.expect("skipped").into_inner();
    let record = skipped.record.expect("a record");
    assert!(record.skipped && record.decision() == Decision::Unspecified, "{record:?}");
    assert_eq!((record.reviewer.as_str(), record.note.as_str()), ("ann", "ask the desk"));
    let item = skipped.review_item.expect("an item");
    assert_eq!((item.state(), item.reviewer.as_str()), (ReviewState::Pending, ""));
    assert_eq!(get(&served, &items[0]).await.decisions, [record]);
    let after = async |item: &str, token: &str| {
        let request = ListReviewItemsRequest {
            after_review_item: item.into(),
            page_size: 1,
            page_token: token.into(),
            ..ListReviewItemsRequest::default()
        };
        let answer = served.review().list_review_items(request).await?.into_inner();
        let listed = answer.review_items.into_iter().next().map(|it| it.review_item).unwrap_or_default();
        Ok::<_, Status>((listed, answer.next_page_token))
    };
    let (next, token) = after(&items[0], "").await.expect("a list");
    assert_eq!(next, items[1]);
    assert_eq!(after(&items[0], &token).await.expect("a list").0, items[2], "the token is further on");
    assert_eq!(after(&items[1], &token).await.expect("a list").0, items[2]);
    assert_eq!(after(&items[2], &token).await.expect("a list"), (String::new(), String::new()));
    assert_eq!(error(&after("rev_0", "").await.expect_err("is no id")).0, Code::InvalidArgument);
    decided(&served, decide(&items[0], Decision::Discard)).await;
    assert_eq!(after(&items[0], "").await.expect("a list").0, items[1], "one that is decided is a place all the same");
    let status = served.review().skip_review_item(skip("ann")).await.expect_err("decided");
    assert_eq!(error(&status), (Code::FailedPrecondition, "ALREADY_DECIDED".into()));
    served.stop().await;
}

async fn watch_tells_what_happens_on_every_server(database: Database) {
    let (one, other) = (Served::on(&database).await, Served::on(&database).await);
    let mut told =
        one.review().watch_review_items(WatchReviewItemsRequest::default()).await.expect("told").into_inner();
    let item = hold(&other, "a").await.review_item;
    decided(&other, decide(&item, Decision::PublishCleaned)).await;
    let mut events = Vec::new();
    for _ in 0..2 {
        let event = tokio::time::timeout(Duration::from_secs(10), told.message()).await.expect("in time");
        events.push(event.expect("open").expect("an event"));
    }
    assert_eq!(
        events.iter().map(proto::WatchReviewItemsResponse::event).collect::<Vec<_>>(),
        [ReviewEvent::Queued, ReviewEvent::Decided]
    );
    assert!(events.iter().all(|it| it.review_item == item));
    assert_eq!(events[1].decision(), Decision::PublishCleaned);
    let after = WatchReviewItemsRequest { after_sequence: events[0].sequence };
    let mut again = one.review().watch_review_items(after).await.expect("told").into_inner();
    assert_eq!(again.message().await.expect("open").expect("an event"), events[1]);
    assert_eq!(one.check(held("a")).await.expect("an answer").verdict(), Verdict::AcceptCleaned);
    one.stop.send(()).expect("serving");
    let end = told.message().await.expect_err("draining");
    assert_eq!(error(&end), (Code::Unavailable, "DRAINING".into()));
    other.stop().await;
}

async fn allowance_holds_on_every_server_at_once_and_ends_when_revoked(database: Database) {
    let (one, other) = (Served::on(&database).await, Served::on(&database).await);
    let first = hold(&one, "a").await;
    let finding_index = first.findings.iter().position(|it| it.rule_id == RULE).expect("it fired");
    let finding_index = i32::try_from(finding_index).expect("few");
    let request = DecideReviewItemRequest {
        judgements: vec![proto::FindingJudgement {
            finding_index,
            truth: FindingTruth::Wrong.into(),
            ..proto::FindingJudgement::default()
        }],
        allowances: vec![NewAllowance { finding_index, scope: AllowanceScope::Text.into() }],
        ..decide(&first.review_item, Decision::Publish)
    };
    let record = decided(&one, request).await.decision.expect("a record");
    for served in [&other, &one] {
        let result = served.check(held("b")).await.expect("an answer");
        assert_eq!(result.verdict(), Verdict::Accept);
        assert_ne!(result.policy_revision, first.policy_revision);
        let finding = result.findings.iter().find(|it| it.rule_id == RULE).expect("told as a note");
        assert_eq!(finding.effect(), proto::Effect::Note);
        let evidence = finding.evidence.iter().find(|it| it.name == "allowed").expect("named");
        assert!(evidence.detail.starts_with(&record.allowance_ids[0]), "{}", evidence.detail);
        let elsewhere = served.check(page("other.example", "b", REFUSAL, ARTICLE)).await.expect("an answer");
        assert_eq!(elsewhere.verdict(), Verdict::Review, "an allowance is of its source");
    }
    let listed = one.sources().list_allowances(ListAllowancesRequest::default()).await.expect("a list").into_inner();
    assert_eq!(listed.allowances.len(), 1);
    let allowance = &listed.allowances[0];
    assert_eq!((allowance.rule_id.as_str(), allowance.scope()), (RULE, AllowanceScope::Text));
    assert_eq!((allowance.decision_id.as_str(), allowance.reviewer.as_str()), (record.decision_id.as_str(), "ann"));
    let revoke = RevokeAllowanceRequest { allowance_id: allowance.allowance_id.clone(), reviewer: "bob".into() };
    let revoked = other.sources().revoke_allowance(revoke).await.expect("revoked").into_inner().allowance;
    assert_eq!(revoked.expect("an allowance").revoker, "bob");
    hold(&other, "c").await;
    eventually("the other server to know", || async {
        one.check(held("d")).await.expect("an answer").verdict() == Verdict::Review
    })
    .await;
    let listed = one.sources().list_allowances(ListAllowancesRequest::default()).await.expect("a list").into_inner();
    assert!(listed.allowances.is_empty());
    let all = ListAllowancesRequest { show_revoked: true, ..ListAllowancesRequest::default() };
    let all = one.sources().list_allowances(all).await.expect("a list").into_inner();
    assert_eq!(all.allowances.len(), 1);
    let rule = one.rules().get_rule(GetRuleRequest { rule_id: RULE.into() }).await.expect("a rule").into_inner();
    let stats = rule.rule.expect("a rule").stats.expect("measured");
    assert_eq!((stats.right_count, stats.wrong_count), (0, 1));
    let precision = stats.precision.expect("one was judged");
    assert_eq!((precision.count, precision.total), (0, 1));
    assert!(precision.low < 0.001 && precision.high > 0.7, "{precision:?}");
    assert!(!stats.proposed_for_preview, "one judgement proves nothing");
    one.stop().await;
    other.stop().await;
}

async fn export_is_read_by_eval(database: Database) {
    let served = Served::on(&database).await;
    let judged = |result: &CheckResult, truth: FindingTruth, decision| {
        let finding_index = result.findings.iter().position(|it| it.rule_id == RULE).expect("it fired");
        DecideReviewItemRequest {
            judgements: vec![proto::FindingJudgement {
                finding_index: i32::try_from(finding_index).expect("few"),
                truth: truth.into(),
                ..proto::FindingJudgement::default()
            }],
            ..decide(&result.review_item, decision)
        }
    };
    let right = hold(&served, "a").await;
    decided(&served, judged(&right, FindingTruth::Right, Decision::Discard)).await;
    let body = common::paragraphs(ARTICLE);
    let html = format!(
        "<!doctype html><html lang=en><head><title>{REFUSAL}</title></head><body><article><h1>{REFUSAL}</h1>{body}</article></body></html>"
    );
    let html = Content::Html(proto::HtmlContent { body: html.into_bytes(), ..proto::HtmlContent::default() });
    let wrong = served.check(proto::Page { content: Some(html), ..held("b") }).await.expect("an answer");
    assert_eq!(wrong.verdict(), Verdict::Review);
    decided(&served, judged(&wrong, FindingTruth::Wrong, Decision::Publish)).await;
    let mut rows = served.review().export_decisions(ExportDecisionsRequest {}).await.expect("rows").into_inner();
    let mut labels = Vec::new();
    while let Some(row) = rows.message().await.expect("open") {
        let row: serde_json::Value = serde_json::from_str(&row.row).expect("JSON");
        labels.push(row["label"].as_str().expect("a label").to_owned());
    }
    assert_eq!(labels, ["refusal", "clean", "article"]);
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("decided.jsonl");
    let server = format!("http://{}", served.address);
    let told = run(&["review", "--server", &server, "export", file.to_str().expect("UTF-8")]).await;
    assert_eq!(told, "3 rows, 1 of them with a page\n");
    let told = run(&["eval", file.to_str().expect("UTF-8")]).await;
    assert!(told.contains("3 cases"), "{told}");
    served.stop().await;
}

/// What the program prints, on a thread of its own: the server answers meanwhile.
async fn run(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pagegate"));
    command.args(arguments).env("PAGEGATE_REVIEWER", "ann");
    let output = tokio::task::spawn_blocking(move || command.output()).await.expect("ends").expect("the program runs");
    String::from_utf8(output.stdout).expect("UTF-8") + &String::from_utf8(output.stderr).expect("UTF-8")
}

async fn samples_go_to_review_and_measure_what_is_missed(database: Database) {
    let settings = ReviewSettings { sample_accepted: 1, sample_rejected: 1, ..ReviewSettings::default() };
    let served = Served::with(&database, settings, limits::QUEUE).await;
    let honest = page("courier.example", "h", "Ferry to run twice a day", ARTICLE);
    let accepted = served.check(honest.clone()).await.expect("an answer");
    assert_eq!((accepted.verdict(), accepted.review_item.as_str()), (Verdict::Accept, ""));
    let junk = page("courier.example", "j", REFUSAL, "");
    assert_eq!(served.check(junk.clone()).await.expect("an answer").verdict(), Verdict::Reject);
    eventually("the samples", || async { list(&served, ReviewFilter::default()).await.len() == 2 }).await;
    let of = |reason: ReviewReason| ReviewFilter { reasons: vec![reason.into()], ..ReviewFilter::default() };
    let accepted = list(&served, of(ReviewReason::SampledAccept)).await.remove(0);
    let rejected = list(&served, of(ReviewReason::SampledReject)).await.remove(0);
    assert_eq!((accepted.page_id.as_str(), rejected.page_id.as_str()), ("h", "j"));
    decided(&served, decide(&accepted.review_item, Decision::Discard)).await;
    decided(&served, decide(&rejected.review_item, Decision::Publish)).await;
    assert_eq!(served.check(honest).await.expect("an answer").verdict(), Verdict::Reject);
    assert_eq!(served.check(junk).await.expect("an answer").verdict(), Verdict::Accept);
    let stats = served.stats().get_stats(GetStatsRequest::default()).await.expect("stats").into_inner();
    let (missed, wrongly) = (stats.missed.expect("a sample"), stats.wrongly_rejected.expect("a sample"));
    assert_eq!((missed.count, missed.total, wrongly.count, wrongly.total), (1, 1, 1, 1));
    assert!(missed.low > 0.0 && missed.low < missed.high);
    eventually("the counts", || async {
        let sources = served.sources().list_sources(ListSourcesRequest::default()).await.expect("a list");
        let sources = sources.into_inner().sources;
        sources.first().is_some_and(|it| {
            let verdicts = it.verdicts.as_ref().expect("counts");
            it.source == "courier.example" && (verdicts.accept, verdicts.reject) == (2, 2)
        })
    })
    .await;
    served.stop().await;
}

async fn history_tells_what_was_done_today(database: Database) {
    let served = Served::on(&database).await;
    let first = hold(&served, "a").await;
    let second = hold(&served, "b").await.review_item;
    let finding_index = first.findings.iter().position(|it| it.rule_id == RULE).expect("it fired");
    let judgement = proto::FindingJudgement {
        finding_index: i32::try_from(finding_index).expect("few"),
        truth: FindingTruth::Right.into(),
        ..proto::FindingJudgement::default()
    };
    let request =
        DecideReviewItemRequest { judgements: vec![judgement], ..decide(&first.review_item, Decision::Discard) };
    decided(&served, request).await;
    let skip = SkipReviewItemRequest { review_item: second, note: String::new(), reviewer: "ann".into() };
    served.review().skip_review_item(skip).await.expect("skipped");
    let request = GetHistoryRequest { days: 7, source: "courier.example".into(), rule_id: RULE.into() };
    let history =
        async |request: GetHistoryRequest| served.stats().get_history(request).await.map(Response::into_inner);
    // Pages are counted in memory and written every few seconds.
    eventually("the pages to be counted", || async {
        let history = history(request.clone()).await.expect("is told");
        history.days.last().and_then(|it| it.verdicts).expect("counts").review == 2
    })
    .await;
    let told = history(request.clone()).await.expect("is told");
    assert_eq!((told.days.len(), told.hours.len(), told.rule_days.len()), (8, 48, 8));
    let today = told.days.last().expect("today");
    let work = today.decisions.expect("counts");
    assert_eq!((work.publish, work.discard, work.undone, work.skipped), (0, 1, 0, 1));
    assert!(today.day.len() == 10 && today.day.starts_with("20"), "{}", today.day);
    assert!(told.days.is_sorted_by(|a, b| a.day < b.day) && told.days[0].verdicts.expect("counts").review == 0);
    let by_hour: i64 = told.hours.iter().map(|it| it.discard + it.skipped).sum();
    assert_eq!(by_hour, 2);
    let rule = told.rule_days.last().expect("today");
    assert_eq!((rule.day.as_str(), rule.hit_count, rule.right_count, rule.wrong_count), (&*today.day, 2, 1, 0));
    assert_eq!(told.levels.len(), 1, "recorded when the server started");
    let elsewhere = GetHistoryRequest { source: "other.example".into(), rule_id: String::new(), days: 0 };
    let told = history(elsewhere).await.expect("is told");
    assert_eq!((told.days.len(), told.rule_days.len()), (31, 0));
    assert!(told.days.iter().all(|it| it.verdicts.expect("counts").review == 0));
    for days in [-1, 367] {
        let status = history(GetHistoryRequest { days, ..request.clone() }).await.expect_err("out of range");
        assert_eq!(error(&status).0, Code::InvalidArgument);
    }
    served.stop().await;
}

async fn lists_are_paged_and_filtered(database: Database) {
    let served = Served::on(&database).await;
    let mut held_items = Vec::new();
    for id in 0..7 {
        held_items.push(hold(&served, &id.to_string()).await.review_item);
    }
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListReviewItemsRequest { page_size: 3, page_token, ..Default::default() };
        let answer = served.review().list_review_items(request).await.expect("a list").into_inner();
        assert!(answer.review_items.iter().all(|it| it.page.is_none() && it.result.is_none()));
        seen.extend(answer.review_items.into_iter().map(|it| it.review_item));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 7);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>(), held_items.iter().collect());
    let kind = |kind: proto::JunkKind| ReviewFilter { kinds: vec![kind.into()], ..ReviewFilter::default() };
    assert_eq!(list(&served, kind(proto::JunkKind::Refusal)).await.len(), 7);
    assert!(list(&served, kind(proto::JunkKind::Parked)).await.is_empty());
    let source = ReviewFilter { source: "other.example".into(), ..ReviewFilter::default() };
    assert!(list(&served, source.clone()).await.is_empty());
    let request = ListReviewItemsRequest { page_size: 3, ..ListReviewItemsRequest::default() };
    let token = served.review().list_review_items(request).await.expect("a list").into_inner().next_page_token;
    let other = ListReviewItemsRequest { page_token: token, filter: Some(source), page_size: 3, ..Default::default() };
    let status = served.review().list_review_items(other).await.expect_err("of another list");
    assert_eq!(error(&status).0, Code::InvalidArgument);
    served.stop().await;
}

async fn saved_filter_is_for_all_and_counts_what_waits(database: Database) {
    const NAME: &str = "Courier → Titel";
    let (one, other) = (Served::on(&database).await, Served::on(&database).await);
    for id in ["a", "b"] {
        hold(&one, id).await;
    }
    one.check(page("other.example", "c", REFUSAL, ARTICLE)).await.expect("an answer");
    let filter = ReviewFilter { source: "courier.example".into(), ..ReviewFilter::default() };
    let save = |name: &str, filter: &ReviewFilter, reviewer: &str| SaveFilterRequest {
        name: name.into(),
        filter: Some(filter.clone()),
        reviewer: reviewer.into(),
    };
    let saved = one.review().save_filter(save(&format!(" {NAME} "), &filter, "ann")).await.expect("saved");
    let saved = saved.into_inner().saved_filter.expect("a filter");
    assert_eq!((saved.name.as_str(), saved.reviewer.as_str()), (NAME, "ann"));
    assert_eq!((saved.pending_count, saved.has_more, saved.filter.as_ref()), (2, false, Some(&filter)));
    one.review().save_filter(save("all", &ReviewFilter::default(), "ann")).await.expect("saved");
    let listed = async || {
        let listed = other.review().list_saved_filters(ListSavedFiltersRequest {}).await.expect("a list");
        listed.into_inner().saved_filters
    };
    let all = listed().await;
    assert_eq!(all[0], saved);
    let counts: Vec<_> = all.iter().map(|it| (it.name.as_str(), it.pending_count)).collect();
    assert_eq!(counts, [(NAME, 2), ("all", 3)]);
    let narrow = ReviewFilter { rule_ids: vec![RULE.into()], states: vec![ReviewState::Decided.into()], ..filter };
    let replaced = other.review().save_filter(save("all", &narrow, "bob")).await.expect("saved").into_inner();
    let replaced = replaced.saved_filter.expect("a filter");
    assert_eq!((&replaced.saved_filter, replaced.reviewer.as_str()), (&all[1].saved_filter, "bob"));
    assert_eq!(replaced.pending_count, 2, "what waits is counted, whatever states it names");
    let delete = DeleteSavedFilterRequest { saved_filter: saved.saved_filter };
    one.review().delete_saved_filter(delete.clone()).await.expect("deleted");
    let status = one.review().delete_saved_filter(delete).await.expect_err("is gone");
    assert_eq!(error(&status), (Code::NotFound, "ID_NOT_FOUND".into()));
    assert_eq!(listed().await, [replaced]);
    let many = ReviewFilter { rule_ids: vec!["a/b".into(); 2], quote: "x".into(), ..ReviewFilter::default() };
    for (wrong, field) in [
        (save(" ", &narrow, "ann"), "name"),
        (save("two\nlines", &narrow, "ann"), "name"),
        (save(&"x".repeat(limits::FILTER_NAME_BYTES + 1), &narrow, "ann"), "name"),
        (save("all", &many, "ann"), "filter.quote"),
        (save("all", &narrow, ""), "reviewer"),
    ] {
        let status = one.review().save_filter(wrong).await.expect_err("refused");
        let details = status.get_error_details();
        assert_eq!(details.bad_request().expect("a field").field_violations[0].field, field);
    }
    one.stop().await;
    other.stop().await;
}

/// A call that shows a key.
fn with_key<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {key}").parse().expect("text"));
    request
}

async fn request_ids_of_two_keys_do_not_meet(database: Database) {
    let settings = store::Settings { url: database.url.clone(), queue_limit: limits::QUEUE, connections: 8 };
    let store = store::open(&settings).await.expect("opens");
    let mut keys = Vec::new();
    for name in ["ann", "bob"] {
        let new = NewKey::new().expect("random");
        let key = ApiKey {
            id: KeyId::new(0),
            prefix: new.prefix.clone(),
            hash: new.hash(),
            name: name.into(),
            scopes: vec![Scope::Check, Scope::Review],
            created: 0,
            expires: None,
            revoked: None,
        };
        store.create_key(key).await.expect("is new");
        keys.push(new.text);
    }
    let gate = Gate::open(Sources::default()).expect("valid").with_access(Access::keys(Arc::clone(&store)));
    let served = Served::of(gate.with_store(store, no_samples()).await.expect("reads")).await;
    let [ann, bob] = [keys[0].as_str(), keys[1].as_str()];
    let check = async |page: proto::Page, key: &str| {
        let request = CheckPageRequest { page: Some(page), request_id: "one".into(), ..Default::default() };
        let result = served.checks().check_page(with_key(request, key)).await?.into_inner().result;
        Ok::<_, Status>(result.expect("a result"))
    };
    let first = check(held("a"), ann).await.expect("an answer");
    let second = check(held("b"), bob).await.expect("another's id is another");
    assert_ne!(first.review_item, second.review_item);
    assert_eq!(check(held("a"), ann).await.expect("the same"), first);
    assert_eq!(error(&check(held("b"), ann).await.expect_err("her own id")).1, "REQUEST_ID_REUSED");
    let request = || BatchCheckPagesRequest { pages: vec![held("a")], request_id: "one".into(), ..Default::default() };
    for key in [ann, bob] {
        let outcomes = served.checks().batch_check_pages(with_key(request(), key)).await.expect("answers").into_inner();
        assert!(matches!(outcomes.outcomes[0].outcome, Some(Outcome::Result(_))), "{outcomes:?}");
    }
    let long = CheckPageRequest {
        page: Some(held("a")),
        request_id: "x".repeat(limits::REQUEST_ID_BYTES + 1),
        ..Default::default()
    };
    let status = served.checks().check_page(with_key(long, ann)).await.expect_err("too long");
    assert!(status.message().ends_with("has 65 bytes, limit is 64"), "{status:?}");

    let batch = |item: &str| BatchDecideReviewItemsRequest {
        review_items: vec![item.into()],
        decision: Decision::Discard.into(),
        request_id: "bulk".into(),
        ..BatchDecideReviewItemsRequest::default()
    };
    let undo = async |key: &str| {
        let request = BatchUndoDecisionsRequest { request_id: "bulk".into(), ..BatchUndoDecisionsRequest::default() };
        let answer = served.review().batch_undo_decisions(with_key(request, key)).await?;
        Ok::<_, Status>(answer.into_inner().undone_items)
    };
    served.review().batch_decide_review_items(with_key(batch(&first.review_item), ann)).await.expect("decided");
    let status = undo(bob).await.expect_err("bob decided nothing so");
    assert_eq!(error(&status), (Code::NotFound, "ID_NOT_FOUND".into()));
    assert_eq!(status.message(), "bob decided nothing by a request \"bulk\"");
    served.review().batch_decide_review_items(with_key(batch(&second.review_item), bob)).await.expect("decided");
    assert_eq!(undo(ann).await.expect("undone"), [first.review_item]);
    served.stop().await;
}

async fn wrong_requests_are_told_what_is_wrong(database: Database) {
    let served = Served::on(&database).await;
    let item = hold(&served, "a").await.review_item;
    let unknown = format!("rev_{}", "0".repeat(32));
    for (request, expected) in [
        (decide("nonsense", Decision::Publish), Code::InvalidArgument),
        (decide(&unknown, Decision::Publish), Code::NotFound),
        (decide(&item, Decision::Unspecified), Code::InvalidArgument),
        (
            DecideReviewItemRequest { reviewer: String::new(), ..decide(&item, Decision::Publish) },
            Code::InvalidArgument,
        ),
        (DecideReviewItemRequest { etag: "x".into(), ..decide(&item, Decision::Publish) }, Code::InvalidArgument),
        (DecideReviewItemRequest { etag: "v99".into(), ..decide(&item, Decision::Publish) }, Code::Aborted),
        (DecideReviewItemRequest { note: "x".repeat(4097), ..decide(&item, Decision::Publish) }, Code::InvalidArgument),
    ] {
        let status = served.review().decide_review_item(request.clone()).await.expect_err("wrong");
        assert_eq!(error(&status).0, expected, "{request:?}: {status:?}");
    }
    let both = ReviewFilter {
        kinds: vec![proto::JunkKind::Refusal.into()],
        rule_ids: vec![RULE.into()],
        ..ReviewFilter::default()
    };
    let request = ListReviewItemsRequest { filter: Some(both), ..ListReviewItemsRequest::default() };
    let status = served.review().list_review_items(request).await.expect_err("both");
    assert_eq!(error(&status).0, Code::InvalidArgument);
    served.stop().await;
}

async fn fifty_reviewers_decide_each_item_once(database: Database) {
    const REVIEWERS: usize = 50;
    let items = if std::env::var_os("PAGEGATE_LONG_TESTS").is_some() { 2000 } else { 200 };
    let served = Served::on(&database).await;
    for start in (0..items).step_by(100) {
        let pages = (start..start + 100).map(|it| held(&it.to_string())).collect();
        let request = BatchCheckPagesRequest { pages, ..BatchCheckPagesRequest::default() };
        served.checks().batch_check_pages(request).await.expect("answers");
    }
    let mut reviewers = tokio::task::JoinSet::new();
    for number in 0..REVIEWERS {
        let mut client = served.review();
        reviewers.spawn(async move {
            let reviewer = format!("reviewer-{number}");
            let (mut won, mut lost) = (Vec::new(), 0);
            loop {
                // Every third takes what is first in the list, as a person does who does not reserve.
                let item = if number % 3 == 0 {
                    let request = ListReviewItemsRequest { page_size: 5, ..ListReviewItemsRequest::default() };
                    let mut listed = client.list_review_items(request).await.expect("a list").into_inner().review_items;
                    if listed.is_empty() {
                        break;
                    }
                    listed.swap_remove(number % listed.len())
                } else {
                    let request = ClaimReviewItemRequest { reviewer: reviewer.clone(), ..Default::default() };
                    match client.claim_review_item(request).await {
                        Ok(claimed) => claimed.into_inner().review_item.expect("an item"),
                        Err(status) if status.code() == Code::NotFound => break,
                        Err(status) => panic!("{status:?}"),
                    }
                };
                let request = DecideReviewItemRequest {
                    etag: item.etag.clone(),
                    reviewer: reviewer.clone(),
                    ..decide(&item.review_item, Decision::Discard)
                };
                match client.decide_review_item(request).await {
                    Ok(_) => won.push(item.review_item),
                    Err(status) => {
                        assert!(matches!(status.code(), Code::Aborted | Code::FailedPrecondition), "{status:?}");
                        lost += 1;
                    }
                }
            }
            (reviewer, won, lost)
        });
    }
    let mut decided = std::collections::BTreeMap::new();
    let mut conflicts = 0;
    while let Some(done) = reviewers.join_next().await {
        let (reviewer, won, lost) = done.expect("no panic");
        conflicts += lost;
        for item in won {
            assert!(decided.insert(item, reviewer.clone()).is_none(), "decided twice");
        }
    }
    assert_eq!(decided.len(), items);
    let (mut audit, mut page_token) = (std::collections::BTreeMap::new(), String::new());
    loop {
        let request = ListDecisionsRequest { page_size: 100, page_token, ..ListDecisionsRequest::default() };
        let answer = served.review().list_decisions(request).await.expect("a list").into_inner();
        for record in answer.decisions {
            assert!(audit.insert(record.review_item, record.reviewer).is_none(), "two decisions in the audit");
        }
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(audit, decided);
    println!("{REVIEWERS} reviewers, {items} items: each decided once, {conflicts} came second");
    served.stop().await;
}

async fn calls_that_are_dropped_leave_nothing_behind(database: Database) {
    let calls = if std::env::var_os("PAGEGATE_LONG_TESTS").is_some() { 10_000 } else { 500 };
    let served = Served::with(&database, no_samples(), 1_000_000).await;
    let mut left = 0;
    for start in (0..calls).step_by(50) {
        let mut open = tokio::task::JoinSet::new();
        for number in start..start + 50 {
            let mut client = served.checks();
            open.spawn(async move {
                let request = CheckPageRequest { page: Some(held(&format!("dropped-{number}"))), ..Default::default() };
                // Spread over 20 ms without being the same in each round.
                let patience = Duration::from_micros(number as u64 * 7919 % 20_000);
                tokio::time::timeout(patience, client.check_page(request)).await.is_err()
            });
        }
        while let Some(done) = open.join_next().await {
            left += usize::from(done.expect("no panic"));
        }
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    if let Some(name) = database.name.clone() {
        let statement = format!(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}' AND state LIKE 'idle in transaction%'"
        );
        let idle = tokio::task::spawn_blocking(move || postgres::server().expect("runs").psql("postgres", &statement));
        assert_eq!(idle.await.expect("ends"), "0", "sessions idle in a transaction");
    }
    let mut open = tokio::task::JoinSet::new();
    let permits = Arc::new(tokio::sync::Semaphore::new(16));
    for number in 0..calls {
        let (mut client, permits) = (served.checks(), permits.clone());
        open.spawn(async move {
            let _one = permits.acquire_owned().await.expect("open");
            let request = CheckPageRequest { page: Some(held(&format!("next-{number}"))), ..Default::default() };
            client.check_page(request).await.map(|it| it.into_inner().result.expect("a result").review_item)
        });
    }
    let mut items = BTreeSet::new();
    while let Some(done) = open.join_next().await {
        items.insert(done.expect("no panic").expect("no error after the storm"));
    }
    assert_eq!(items.len(), calls);
    println!("{calls} calls, {left} dropped within 20 ms; the next {calls} saw no error");
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_without_a_store_tells_who_needs_a_person_and_has_no_queue() {
    let served = Served::of(Gate::open(Sources::default()).expect("valid")).await;
    let result = served.check(held("a")).await.expect("an answer");
    assert_eq!((result.verdict(), result.review_item.as_str()), (Verdict::Review, ""));
    let status = served.review().list_review_items(ListReviewItemsRequest::default()).await.expect_err("no store");
    assert_eq!(error(&status), (Code::FailedPrecondition, "NO_STORE".into()));
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn command_line_lists_shows_decides_and_undoes() {
    let database = Database::sqlite();
    let served = Served::on(&database).await;
    let item = hold(&served, "a").await.review_item;
    let server = format!("http://{}", served.address);
    let review = |arguments: &'static [&'static str]| {
        let server = server.clone();
        async move { run(&[&["review", "--server", &server], arguments].concat()).await }
    };
    let listed = review(&["list"]).await;
    assert!(listed.contains(&item) && listed.contains(REFUSAL) && listed.contains("courier.example"), "{listed}");
    let shown = review(&["show", "--text"]).await;
    assert!(shown.contains(RULE) && shown.contains("with     ann until") && shown.contains("The ferry"), "{shown}");
    assert_eq!(review(&["decide", "discard", "--all"]).await, "1 would be decided; --yes decides them\n");
    let told =
        run(&["review", "--server", &server, "decide", "discard", &item, "--right", "0", "--note", "junk"]).await;
    assert!(told.starts_with(&format!("{item}: discard (dec_")), "{told}");
    assert_eq!(review(&["list"]).await, "nothing\n");
    assert!(review(&["list", "--decided"]).await.contains("discard"));
    assert_eq!(run(&["review", "--server", &server, "undo", &item]).await, format!("{item}: pending\n"));
    assert_eq!(review(&["decide", "publish-cleaned", "--all", "--yes"]).await, "1 decided, 0 passed over\n");
    assert_eq!(served.check(held("a")).await.expect("an answer").verdict(), Verdict::AcceptCleaned);
    let told = review(&["decide", "publish", "rev_0"]).await;
    assert!(told.contains("is no id of a review item"), "{told}");
    served.stop().await;
}
