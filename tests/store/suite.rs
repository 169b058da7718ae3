//! What every store must do. Times are made up: the store has no clock.

#![allow(clippy::print_stdout, reason = "the counts of the larger tests")]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use pagegate::{
    finding::{Effect, JunkKind, Place},
    limits,
    review::{
        AllowanceScope, ContentHash, Cursor, CursorError, Decision, DecisionId, DecisionKind, DecisionRecord, Etag,
        Filter, Judgement, KeyId, Millis, NewAllowance, NewFinding, NewItem, Origin, PageKey, QuoteHash, ReviewItemId,
        State, Subject,
    },
    store::{
        self, ApiKey, Bulk, BulkDecision, BulkUndo, Claim, Conflict, Count, EventKind, Held, HistoryOf, NewDecision,
        OpenSession, QueueLevel, Reject, SavedFilter, Scope, Session, Store, StoreError, StoredAnswer, Traffic, Work,
    },
    verdict::Verdict,
};

use crate::Fresh;

const HOUR: Millis = 60 * 60 * 1000;
const DAY: Millis = 24 * HOUR;

/// Pages that may wait, in the test of this name.
pub(crate) fn queue_limit(test: &str) -> u64 {
    if test == "full_queue_refuses_and_keeps_what_it_has" { 20 } else { limits::QUEUE }
}

fn key(source: &str, page_id: &str, content: u8) -> PageKey {
    PageKey { source: source.to_owned(), page_id: page_id.to_owned(), content_hash: ContentHash([content; 32]) }
}

fn finding(index: u32, rule_id: &str, kind: JunkKind, quote: &str) -> NewFinding {
    NewFinding {
        index,
        rule_id: rule_id.to_owned(),
        kind,
        place: Place::Title,
        effect: Effect::Review,
        confidence: 0.85,
        quote: quote.to_owned(),
    }
}

/// A page held at moment 1,000, with two findings.
pub(crate) fn item(source: &str, page_id: &str, content: u8) -> NewItem {
    item_at(source, page_id, content, 1_000)
}

fn item_at(source: &str, page_id: &str, content: u8, now: Millis) -> NewItem {
    NewItem {
        id: ReviewItemId::new(now),
        key: key(source, page_id, content),
        origin: Origin::Held,
        verdict: Verdict::Review,
        url: format!("https://{source}/{page_id}"),
        title: "Cannot assist".to_owned(),
        language: "en".to_owned(),
        findings: vec![
            finding(0, "refusal/cannot-assist", JunkKind::Refusal, "Cannot assist"),
            finding(3, "widget/share", JunkKind::Widget, "Share this"),
        ],
        page: b"<p>page</p>".repeat(100),
        result: b"result".to_vec(),
        ruleset_revision: "rules-1".to_owned(),
        policy_revision: "policy-1".to_owned(),
    }
}

async fn hold(store: &Arc<dyn Store>, item: &NewItem) -> Held {
    let now = item.id.moment();
    store.hold(item.clone(), now).await.expect("holds")
}

async fn queued(store: &Arc<dyn Store>, item: &NewItem) -> ReviewItemId {
    assert_eq!(hold(store, item).await, Held::Queued(item.id));
    item.id
}

fn decision(id: ReviewItemId, decision: Decision, reviewer: &str) -> NewDecision {
    NewDecision {
        review_item_id: id,
        etag: None,
        decision,
        judgements: Vec::new(),
        allowances: Vec::new(),
        note: String::new(),
        reviewer: reviewer.to_owned(),
        request_id: String::new(),
    }
}

async fn ids(store: &Arc<dyn Store>, filter: &Filter) -> Vec<ReviewItemId> {
    store.list(filter, None, 0).await.expect("lists").rows.into_iter().map(|it| it.id).collect()
}

async fn pending(store: &Arc<dyn Store>) -> Vec<ReviewItemId> {
    ids(store, &Filter::default()).await
}

async fn state(store: &Arc<dyn Store>, id: ReviewItemId) -> State {
    store.get(id).await.expect("is there").item.state
}

pub(crate) async fn held_page_is_in_the_queue_once(fresh: &Fresh) {
    let store = &fresh.store;
    let first = item("a.example", "1", 1);
    let id = queued(store, &first).await;
    assert_eq!(hold(store, &NewItem { id: ReviewItemId::new(2_000), ..first.clone() }).await, Held::AlreadyQueued(id));
    assert_eq!(pending(store).await, [id]);
    let detail = store.get(id).await.expect("is there");
    assert_eq!(detail.page.as_deref(), Some(&first.page[..]));
    assert_eq!(detail.result.as_deref(), Some(&first.result[..]));
    let findings: Vec<NewFinding> = detail.findings.iter().map(|it| it.finding.clone()).collect();
    assert_eq!(findings, first.findings);
    let found = &detail.item;
    assert_eq!((&found.key, found.origin, found.verdict), (&first.key, Origin::Held, Verdict::Review));
    assert_eq!((found.created, found.etag, found.state), (1_000, Etag(1), State::Pending));
    assert_eq!(
        (found.url.as_str(), found.title.as_str(), found.language.as_str()),
        (&*first.url, "Cannot assist", "en")
    );
    assert_eq!(found.lead.as_ref().map(|it| it.finding.index), Some(0));
    let racing = item("a.example", "2", 1);
    let calls = (0..20).map(|_| hold_in_task(store, NewItem { id: ReviewItemId::new(1_000), ..racing.clone() }));
    let mut held = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        held.push(call.await.expect("ends").expect("holds"));
    }
    assert_eq!(held.iter().filter(|it| matches!(it, Held::Queued(_))).count(), 1);
    assert_eq!(pending(store).await.len(), 2);
}

fn hold_in_task(store: &Arc<dyn Store>, item: NewItem) -> tokio::task::JoinHandle<Result<Held, StoreError>> {
    let store = Arc::clone(store);
    tokio::spawn(async move { store.hold(item, 1_000).await })
}

pub(crate) async fn held_page_survives_a_restart(fresh: &Fresh) {
    let id = queued(&fresh.store, &item("a.example", "1", 1)).await;
    fresh.store.close().await;
    let again = store::open(&fresh.settings).await.expect("opens");
    assert_eq!(pending(&again).await, [id]);
    assert_eq!(again.last_event().await.expect("answers"), 1);
    again.close().await;
}

pub(crate) async fn changed_content_supersedes_the_pending_item(fresh: &Fresh) {
    let store = &fresh.store;
    let old = queued(store, &item("a.example", "1", 1)).await;
    let other_page = queued(store, &item("b.example", "1", 1)).await;
    let new = queued(store, &item_at("a.example", "1", 2, 2_000)).await;
    assert_eq!(state(store, old).await, State::Superseded);
    assert_eq!(BTreeSet::from_iter(pending(store).await), BTreeSet::from([other_page, new]));
    let error = store.decide(decision(old, Decision::Publish, "ada"), 3_000).await.expect_err("is gone");
    assert!(matches!(error, StoreError::WrongState { state: State::Superseded, .. }), "{error:?}");
    assert_eq!(store.supersede(&key("a.example", "1", 3), 4_000).await.expect("answers"), Some(new));
    assert_eq!(store.supersede(&key("a.example", "1", 3), 4_000).await.expect("answers"), None);
    assert_eq!(store.supersede(&key("b.example", "1", 1), 4_000).await.expect("answers"), None, "is the same content");
    assert_eq!(pending(store).await, [other_page]);
}

pub(crate) async fn content_that_comes_back_after_another_is_queued_again(fresh: &Fresh) {
    let store = &fresh.store;
    queued(store, &item("a.example", "1", 1)).await;
    queued(store, &item_at("a.example", "1", 2, 2_000)).await;
    let third = queued(store, &item_at("a.example", "1", 1, 3_000)).await;
    assert_eq!(pending(store).await, [third]);
}

pub(crate) async fn sample_for_which_a_caller_waits_becomes_a_held_page(fresh: &Fresh) {
    let store = &fresh.store;
    let sample = NewItem { origin: Origin::SampledReject, ..item("a.example", "1", 1) };
    let id = queued(store, &sample).await;
    assert_eq!(hold(store, &item("a.example", "1", 1)).await, Held::AlreadyQueued(id));
    let filter = Filter { origins: vec![Origin::Held], ..Filter::default() };
    assert_eq!(ids(store, &filter).await, [id]);
    let subject = Subject::Kinds(vec![JunkKind::Refusal]);
    assert_eq!(ids(store, &Filter { subject, ..filter }).await, [id]);
    assert_eq!(store.depth().await.expect("answers").pending, [(Origin::Held, 1)]);
}

pub(crate) async fn full_queue_refuses_and_keeps_what_it_has(fresh: &Fresh) {
    let store = &fresh.store;
    let sample = |n: u8| NewItem { origin: Origin::SampledAccept, ..item("s.example", &n.to_string(), n) };
    for n in 0..2 {
        queued(store, &sample(n)).await;
    }
    let error = store.hold(sample(2), 1_000).await.expect_err("samples take a tenth");
    assert!(matches!(error, StoreError::QueueFull { limit: 20 }), "{error:?}");
    let mut last = None;
    for n in 0..18 {
        last = Some(queued(store, &item("a.example", &n.to_string(), n)).await);
    }
    let error = store.hold(item("a.example", "one more", 1), 1_000).await.expect_err("is full");
    assert_eq!(
        error.to_string(),
        "20 pages wait for a decision, which is the limit: decide some, or raise review.queue_limit"
    );
    assert_eq!(pending(store).await.len(), 20);
    assert_eq!(store.count(&Filter::default(), None).await.expect("counts"), Count::Exactly(20));
    queued(store, &item_at("a.example", "3", 77, 2_000)).await;
    let id = last.expect("is there");
    store.decide(decision(id, Decision::Discard, "ada"), 2_000).await.expect("decides");
    queued(store, &item("a.example", "one more", 1)).await;
}

pub(crate) async fn list_is_filtered_by_each_of_its_fields(fresh: &Fresh) {
    let store = &fresh.store;
    let with = |source: &str, page: &str, findings: Vec<NewFinding>, origin| NewItem {
        findings,
        origin,
        ..item(source, page, 1)
    };
    let refusal = |quote: &str| finding(0, "refusal/a", JunkKind::Refusal, quote);
    let widget = |index, quote: &str| finding(index, "widget/b", JunkKind::Widget, quote);
    let one =
        with("a.example", "1", vec![refusal("No I will NOT"), widget(1, "Share"), widget(2, "Tweet")], Origin::Held);
    let two = with("a.example", "2", vec![widget(0, "Share")], Origin::SampledAccept);
    let three = with("b.example", "3", vec![widget(4, "Tweet")], Origin::Held);
    let four = with("b.example", "4", vec![], Origin::SampledReject);
    let [a, b, c, d] = [one, two, three, four].map(|it| NewItem { id: ReviewItemId::new(1_000), ..it });
    let mut all = Vec::new();
    for it in [&a, &b, &c, &d] {
        all.push(queued(store, it).await);
    }
    let [a, b, c, d] = [all[0], all[1], all[2], all[3]];
    store.decide(decision(d, Decision::Discard, "ada"), 2_000).await.expect("decides");
    let kinds = |it: &[JunkKind]| Subject::Kinds(it.to_vec());
    let rules = |it: &[&str]| Subject::Rules(it.iter().map(|it| (*it).to_owned()).collect());
    let quote = |rule: &str, quote| Subject::Quote { rule_id: rule.to_owned(), quote_hash: QuoteHash::of(quote) };
    let of = |subject| Filter { subject, ..Filter::default() };
    let on = |source: &str, subject| Filter { subject, source: Some(source.to_owned()), ..Filter::default() };
    let cases = [
        (Filter::default(), vec![a, b, c]),
        (Filter { states: vec![State::Decided], ..Filter::default() }, vec![d]),
        (Filter { states: State::ALL.to_vec(), ..Filter::default() }, vec![a, b, c, d]),
        (Filter { origins: vec![Origin::Held], ..Filter::default() }, vec![a, c]),
        (on("a.example", Subject::Any), vec![a, b]),
        (on("c.example", Subject::Any), vec![]),
        (of(kinds(&[JunkKind::Refusal])), vec![a]),
        (of(kinds(&[JunkKind::Widget])), vec![a, b, c]),
        (of(kinds(&[JunkKind::Widget, JunkKind::Refusal])), vec![a, b, c]),
        (of(kinds(&[])), vec![a, b, c]),
        (on("b.example", kinds(&[JunkKind::Widget])), vec![c]),
        (of(rules(&["widget/b"])), vec![a, b, c]),
        (of(rules(&["refusal/a", "widget/none"])), vec![a]),
        (on("a.example", rules(&["widget/b"])), vec![a, b]),
        (of(quote("widget/b", "share ")), vec![a, b]),
        (of(quote("widget/b", "Tweet")), vec![a, c]),
        (on("b.example", quote("widget/b", "Tweet")), vec![c]),
        (of(quote("refusal/a", "no i will not")), vec![a]),
        (of(quote("refusal/a", "Tweet")), vec![]),
    ];
    for (filter, expected) in cases {
        let mut expected = expected;
        expected.sort();
        assert_eq!(ids(store, &filter).await, expected, "{filter:?}");
        let count = store.count(&filter, None).await.expect("counts");
        assert_eq!(count, Count::Exactly(expected.len() as u64), "{filter:?}");
    }
}

pub(crate) async fn list_goes_on_where_its_cursor_says(fresh: &Fresh) {
    let store = &fresh.store;
    let mut held = Vec::new();
    for n in 0..25_u8 {
        held.push(queued(store, &item_at("a.example", &n.to_string(), n, 1_000 + i64::from(n / 5))).await);
    }
    held.sort();
    for filter in [Filter::default(), Filter { subject: Subject::Kinds(vec![JunkKind::Widget]), ..Filter::default() }] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let part = store.list(&filter, cursor, 7).await.expect("lists");
            assert!(part.rows.len() <= 7 && !part.rows.is_empty());
            seen.extend(part.rows.iter().map(|it| it.id));
            let Some(next) = part.next else { break };
            let fingerprint = filter.fingerprint();
            cursor = Some(Cursor::parse(&next.to_string(), fingerprint).expect("is ours"));
        }
        assert_eq!(seen, held);
    }
}

pub(crate) async fn cursor_of_one_list_is_refused_by_another(fresh: &Fresh) {
    let store = &fresh.store;
    for n in 0..3 {
        queued(store, &item("a.example", &n.to_string(), n)).await;
    }
    let filter = Filter::default();
    let next = store.list(&filter, None, 1).await.expect("lists").next.expect("there is more");
    let other = Filter { source: Some("a.example".to_owned()), ..filter.clone() };
    assert_eq!(Cursor::parse(&next.to_string(), other.fingerprint()), Err(CursorError::OtherList));
    assert_eq!(Cursor::parse("nonsense", filter.fingerprint()), Err(CursorError::Malformed));
    let error = store.list(&other, Some(next), 1).await.expect_err("is of another list");
    assert!(matches!(error, StoreError::Invalid { field: "page_token", .. }), "{error:?}");
    let error = store.decisions(Some(next), 1).await.expect_err("is of another list");
    assert!(matches!(error, StoreError::Invalid { field: "page_token", .. }), "{error:?}");
}

pub(crate) async fn count_counts_each_item_once(fresh: &Fresh) {
    let store = &fresh.store;
    for n in 0..4_u8 {
        queued(store, &item_at("a.example", &n.to_string(), n, 1_000 * (1 + i64::from(n)))).await;
    }
    let both = Filter { subject: Subject::Kinds(vec![JunkKind::Refusal, JunkKind::Widget]), ..Filter::default() };
    assert_eq!(store.count(&both, None).await.expect("counts"), Count::Exactly(4));
    assert_eq!(store.count(&both, Some(2_000)).await.expect("counts"), Count::Exactly(2));
}

pub(crate) async fn claim_gives_nobody_what_another_has(fresh: &Fresh) {
    let store = &fresh.store;
    for n in 0..40 {
        queued(store, &item("a.example", &n.to_string(), n)).await;
    }
    let claims = (0..60).map(|n| {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            let claim = Claim::Next(Filter::default());
            store.claim(claim, &format!("reviewer {n}"), 60_000, 2_000).await.expect("answers").map(|it| it.id)
        })
    });
    let mut claimed = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        claimed.extend(claim.await.expect("ends"));
    }
    // One that asks while another is about to take the last one may get none, and none is given twice.
    let distinct: BTreeSet<_> = claimed.iter().collect();
    assert_eq!(distinct.len(), claimed.len());
    let mut rest = 0;
    while let Some(item) = store.claim(Claim::Next(Filter::default()), "last", 60_000, 2_000).await.expect("answers") {
        assert!(!claimed.contains(&item.id));
        rest += 1;
    }
    assert_eq!(claimed.len() + rest, 40);
}

pub(crate) async fn lease_that_ran_out_is_claimed_by_another(fresh: &Fresh) {
    let store = &fresh.store;
    let id = queued(store, &item("a.example", "1", 1)).await;
    let claim = |by: &'static str, until, now| store.claim(Claim::Item(id), by, until, now);
    let item = claim("ada", 5_000, 2_000).await.expect("is free").expect("is there");
    assert_eq!(item.lease.map(|it| (it.reviewer, it.until)), Some(("ada".to_owned(), 5_000)));
    claim("ada", 6_000, 3_000).await.expect("extends her own");
    let error = claim("bob", 9_000, 5_999).await.expect_err("is taken");
    assert!(matches!(&error, StoreError::Conflict(Conflict::Leased { by, until: 6_000 }) if by == "ada"), "{error:?}");
    let next = |by, now| store.claim(Claim::Next(Filter::default()), by, now + 1_000, now);
    assert_eq!(next("bob", 5_999).await.expect("answers"), None);
    assert_eq!(next("ada", 5_999).await.expect("answers"), None, "her own is not the next");
    claim("bob", 9_000, 6_000).await.expect("is free again");
    store.release(id, "ada").await.expect("changes nothing");
    assert_eq!(next("ada", 7_000).await.expect("answers"), None);
    store.release(id, "bob").await.expect("gives it back");
    assert_eq!(next("ada", 7_000).await.expect("answers").map(|it| it.id), Some(id));
}

pub(crate) async fn decision_answers_the_same_content_from_then_on(fresh: &Fresh) {
    let store = &fresh.store;
    let held = item("a.example", "1", 1);
    let id = queued(store, &held).await;
    assert_eq!(store.decision_of(&held.key).await.expect("answers"), None);
    let record = store.decide(decision(id, Decision::PublishCleaned, "ada"), 2_000).await.expect("decides");
    let answer = store.decision_of(&held.key).await.expect("answers").expect("is decided");
    assert_eq!((answer.decision, answer.reviewer.as_str(), answer.at), (Decision::PublishCleaned, "ada", 2_000));
    assert_eq!((answer.review_item_id, answer.decision_id), (id, record.id));
    let again = NewItem { id: ReviewItemId::new(3_000), ..held.clone() };
    assert_eq!(hold(store, &again).await, Held::Decided(answer));
    assert_eq!(store.decision_of(&key("a.example", "1", 2)).await.expect("answers"), None);
    assert_eq!(pending(store).await, []);
    let keys = store.decided_keys(None, 10).await.expect("answers");
    assert_eq!(keys, [(id, held.key.hash())]);
    assert_eq!(store.decided_keys(Some(id), 10).await.expect("answers"), []);
}

pub(crate) async fn loser_of_two_decisions_learns_who_won(fresh: &Fresh) {
    let store = &fresh.store;
    let id = queued(store, &item("a.example", "1", 1)).await;
    store.decide(decision(id, Decision::Discard, "ada"), 2_000).await.expect("decides");
    let error = store.decide(decision(id, Decision::Publish, "bob"), 3_000).await.expect_err("is decided");
    let expected = Conflict::Decided { by: "ada".to_owned(), at: 2_000, decision: Decision::Discard };
    assert!(matches!(&error, StoreError::Conflict(it) if *it == expected), "{error:?}");
    let error = store.claim(Claim::Item(id), "bob", 9_000, 3_000).await.expect_err("is decided");
    assert!(matches!(&error, StoreError::Conflict(it) if *it == expected), "{error:?}");
    assert_eq!(store.decisions(None, 0).await.expect("lists").rows.len(), 1);
    let error = store.decide(decision(ReviewItemId::new(5), Decision::Publish, "bob"), 3_000).await;
    assert!(matches!(error, Err(StoreError::NotFound { what: "review item", .. })), "{error:?}");
}

pub(crate) async fn decision_on_an_old_etag_is_refused(fresh: &Fresh) {
    let store = &fresh.store;
    let id = queued(store, &item("a.example", "1", 1)).await;
    let old = Some(Etag(1));
    let record = store
        .decide(NewDecision { etag: old, ..decision(id, Decision::Discard, "ada") }, 2_000)
        .await
        .expect("is the etag it has");
    store.undo(record.id, "ada", "a slip", 3_000).await.expect("undoes");
    let late = NewDecision { etag: old, ..decision(id, Decision::Publish, "bob") };
    let error = store.decide(late.clone(), 4_000).await.expect_err("is another by now");
    let StoreError::Conflict(Conflict::Changed { current }) = error else { panic!("{error:?}") };
    store.decide(NewDecision { etag: Some(current), ..late }, 5_000).await.expect("is the etag it has");
}

pub(crate) async fn decision_under_the_lease_of_another_is_refused(fresh: &Fresh) {
    let store = &fresh.store;
    let id = queued(store, &item("a.example", "1", 1)).await;
    store.claim(Claim::Item(id), "ada", 5_000, 2_000).await.expect("is free");
    let error = store.decide(decision(id, Decision::Publish, "bob"), 4_000).await.expect_err("is ada's");
    assert!(matches!(&error, StoreError::Conflict(Conflict::Leased { by, .. }) if by == "ada"), "{error:?}");
    store.decide(decision(id, Decision::Discard, "ada"), 4_000).await.expect("is hers");
    let id = queued(store, &item("a.example", "2", 1)).await;
    store.claim(Claim::Item(id), "ada", 5_000, 2_000).await.expect("is free");
    store.decide(decision(id, Decision::Publish, "bob"), 5_000).await.expect("her time is over");
}

pub(crate) async fn repeated_request_gets_the_same_decision(fresh: &Fresh) {
    let store = &fresh.store;
    let id = queued(store, &item("a.example", "1", 1)).await;
    let judgements = vec![Judgement { finding_index: 0, right: true }];
    let new = NewDecision { request_id: "r-1".to_owned(), judgements, ..decision(id, Decision::Discard, "ada") };
    let first = store.decide(new.clone(), 2_000).await.expect("decides");
    assert_eq!(store.decide(new, 3_000).await.expect("is the same request"), first);
    assert_eq!(store.decisions(None, 0).await.expect("lists").rows, [first]);
    assert_eq!(store.rule_outcomes(None).await.expect("lists")[0].right, 1);
}

pub(crate) async fn undone_decision_no_longer_answers_nor_counts(fresh: &Fresh) {
    let store = &fresh.store;
    let held = item("a.example", "1", 1);
    let id = queued(store, &held).await;
    let new = NewDecision {
        judgements: vec![Judgement { finding_index: 0, right: false }, Judgement { finding_index: 3, right: true }],
        allowances: vec![NewAllowance { finding_index: 0, text_only: false }],
        ..decision(id, Decision::Publish, "ada")
    };
    let made = store.decide(new.clone(), 2_000).await.expect("decides");
    let undone = store.undo(made.id, "bob", "not so", 3_000).await.expect("undoes");
    assert_eq!(undone.kind, DecisionKind::Undone(made.id));
    assert_eq!((undone.reviewer.as_str(), undone.note.as_str(), undone.at), ("bob", "not so", 3_000));
    assert_eq!(store.decision_of(&held.key).await.expect("answers"), None);
    assert_eq!(pending(store).await, [id]);
    assert!(store.rule_outcomes(None).await.expect("lists").iter().all(|it| it.right == 0 && it.wrong == 0));
    assert_eq!(store.allowances().await.expect("answers").in_force, []);
    let detail = store.get(id).await.expect("is there");
    assert!(detail.findings.iter().all(|it| it.right.is_none()));
    assert_eq!(detail.decisions.len(), 2);
    assert!(detail.page.is_some());
    let error = store.undo(made.id, "bob", "", 4_000).await.expect_err("is undone");
    assert!(matches!(error, StoreError::Conflict(Conflict::NotInForce)), "{error:?}");
    let error = store.undo(undone.id, "bob", "", 4_000).await.expect_err("is no decision");
    assert!(matches!(error, StoreError::Invalid { field: "decision_id", .. }), "{error:?}");
    store.decide(new, 5_000).await.expect("decides anew");
    assert_eq!(hold(store, &held).await, Held::Decided(store.decision_of(&held.key).await.expect("ok").expect("is")));
    assert_eq!(store.decisions(None, 0).await.expect("lists").rows.len(), 3);
}

pub(crate) async fn undo_of_what_newer_content_replaced_does_not_queue_it_again(fresh: &Fresh) {
    let store = &fresh.store;
    let old = queued(store, &item("a.example", "1", 1)).await;
    let made = store.decide(decision(old, Decision::Discard, "ada"), 2_000).await.expect("decides");
    let new = queued(store, &item_at("a.example", "1", 2, 3_000)).await;
    assert_eq!(state(store, old).await, State::Decided, "the old content stays decided");
    store.undo(made.id, "ada", "", 4_000).await.expect("undoes");
    assert_eq!(state(store, old).await, State::Superseded);
    assert_eq!(pending(store).await, [new]);
    assert_eq!(store.depth().await.expect("answers").pending, [(Origin::Held, 1)]);
}

fn bulk(which: Bulk, request_id: &str) -> BulkDecision {
    BulkDecision {
        which,
        decision: Decision::Discard,
        judgements: vec![("widget/share".to_owned(), true)],
        note: String::new(),
        reviewer: "ada".to_owned(),
        request_id: request_id.to_owned(),
    }
}

pub(crate) async fn undone_requests_and_decisions_wait_again_together(fresh: &Fresh) {
    let store = &fresh.store;
    let mut held = Vec::new();
    for n in 0..5_u8 {
        held.push(queued(store, &item("a.example", &n.to_string(), n)).await);
    }
    held.sort();
    store.decide_many(bulk(Bulk::Ids(held[..4].to_vec()), "r-1"), 2_000).await.expect("decides");
    let other = store.decide(decision(held[4], Decision::Publish, "ada"), 2_000).await.expect("decides");
    let first = store.get(held[0]).await.expect("is there").item.decision.expect("is decided").0;
    store.undo(first, "ada", "", 2_500).await.expect("undoes");
    // Newer content of the page of one of those that are decided.
    let of_one = store.get(held[2]).await.expect("is there").item.key.page_id;
    queued(store, &item_at("a.example", &of_one, 9, 2_600)).await;
    let which = BulkUndo::Request("r-1".to_owned());
    let undone = store.undo_many(which.clone(), "bob", "all wrong", 3_000).await.expect("undoes");
    assert_eq!(undone.undone, [held[3], held[2], held[1]], "the newest first");
    assert_eq!((undone.passed_over, undone.has_more), (vec![], false));
    for (at, expected) in [State::Pending, State::Pending, State::Superseded, State::Pending].into_iter().enumerate() {
        assert_eq!(state(store, held[at]).await, expected, "{at}");
    }
    assert_eq!(store.depth().await.expect("answers").pending, [(Origin::Held, 4)]);
    assert!(store.rule_outcomes(None).await.expect("lists").iter().all(|it| it.right == 0));
    let audit = store.decisions(None, 0).await.expect("lists").rows;
    assert_eq!(audit.iter().filter(|it| matches!(it.kind, DecisionKind::Undone(_))).count(), 4);
    assert!(audit.iter().rev().take(3).all(|it| (it.reviewer.as_str(), it.note.as_str()) == ("bob", "all wrong")));
    let again = store.undo_many(which, "bob", "", 4_000).await.expect("nothing is in force");
    assert_eq!(again, store::BulkUndone::default());
    let error = store.undo_many(BulkUndo::Request("r-2".to_owned()), "bob", "", 4_000).await.expect_err("never was");
    assert!(matches!(&error, StoreError::NotFound { id, .. } if id == "r-2"), "{error:?}");

    let named =
        store.undo_many(BulkUndo::Ids(vec![other.id, first, other.id]), "bob", "", 5_000).await.expect("undoes");
    assert_eq!((named.undone, named.passed_over), (vec![held[4]], vec![held[0]]));
    let made = store.decide(decision(held[4], Decision::Discard, "ada"), 6_000).await.expect("decides");
    for wrong in [DecisionId::new(5), audit.last().expect("some").id] {
        let ids = BulkUndo::Ids(vec![made.id, wrong]);
        assert!(store.undo_many(ids, "bob", "", 7_000).await.is_err(), "{wrong}");
        assert_eq!(state(store, held[4]).await, State::Decided, "nothing is undone");
    }
    assert_eq!(
        store.undo_many(BulkUndo::Ids(Vec::new()), "bob", "", 8_000).await.expect("none"),
        store::BulkUndone::default()
    );
}

pub(crate) async fn undo_of_many_goes_on_where_it_stopped(fresh: &Fresh) {
    let store = &fresh.store;
    let count = limits::BULK_ITEMS + 20;
    let calls: Vec<_> = (0..count).map(|n| hold_in_task(store, item("a.example", &n.to_string(), 1))).collect();
    for call in calls {
        call.await.expect("ends").expect("holds");
    }
    let all = bulk(Bulk::Matching { filter: Filter::default(), until: 2_000 }, "r-1");
    for (decided, has_more) in [(limits::BULK_ITEMS, true), (20, false)] {
        let done = store.decide_many(all.clone(), 2_000).await.expect("decides");
        assert_eq!((done.decided.len(), done.has_more), (decided, has_more));
    }
    let undo = async || {
        let done = store.undo_many(BulkUndo::Request("r-1".to_owned()), "ada", "", 3_000).await.expect("undoes");
        (done.undone.len(), done.passed_over.len(), done.has_more)
    };
    assert_eq!(undo().await, (limits::BULK_ITEMS, 0, true));
    assert_eq!(undo().await, (20, 0, false));
    assert_eq!(store.depth().await.expect("answers").pending, [(Origin::Held, count as u64)]);
}

pub(crate) async fn skipped_item_waits_on_and_the_audit_says_why(fresh: &Fresh) {
    let store = &fresh.store;
    let id = queued(store, &item("a.example", "1", 1)).await;
    store.claim(Claim::Item(id), "ada", 9_000, 2_000).await.expect("is free");
    let error = store.skip(id, "bob", "", 3_000).await.expect_err("is ada's");
    assert!(matches!(&error, StoreError::Conflict(Conflict::Leased { by, .. }) if by == "ada"), "{error:?}");
    let skipped = store.skip(id, "ada", "needs someone who reads Thai", 3_000).await.expect("is hers");
    assert_eq!((skipped.kind, skipped.review_item_id), (DecisionKind::Skipped, id));
    assert_eq!((skipped.reviewer.as_str(), skipped.note.as_str()), ("ada", "needs someone who reads Thai"));
    let found = store.get(id).await.expect("is there");
    assert_eq!((found.item.state, found.item.etag, found.item.lease), (State::Pending, Etag(1), None));
    assert_eq!(found.decisions, std::slice::from_ref(&skipped));
    assert_eq!(store.decisions(None, 0).await.expect("lists").rows, found.decisions);
    assert_eq!(
        store.claim(Claim::Next(Filter::default()), "bob", 9_000, 3_000).await.expect("ok").expect("one").id,
        id
    );
    let error = store.undo(skipped.id, "ada", "", 4_000).await.expect_err("decided nothing");
    assert!(matches!(error, StoreError::Invalid { field: "decision_id", .. }), "{error:?}");
    store.decide(decision(id, Decision::Discard, "bob"), 4_000).await.expect("decides");
    let error = store.skip(id, "ada", "", 5_000).await.expect_err("is decided");
    assert!(matches!(&error, StoreError::Conflict(Conflict::Decided { by, .. }) if by == "bob"), "{error:?}");
    let error = store.skip(ReviewItemId::new(5), "ada", "", 5_000).await.expect_err("there is none");
    assert!(matches!(error, StoreError::NotFound { what: "review item", .. }), "{error:?}");
    assert_eq!(store.outcomes().await.expect("answers").counts.iter().map(|it| it.2).sum::<u64>(), 1);
}

pub(crate) async fn judgements_count_for_rule_and_source(fresh: &Fresh) {
    let store = &fresh.store;
    for (source, page, right) in [("a.example", "1", true), ("a.example", "2", false), ("b.example", "3", true)] {
        let id = queued(store, &item(source, page, 1)).await;
        let judgements = vec![Judgement { finding_index: 3, right }];
        store
            .decide(NewDecision { judgements, ..decision(id, Decision::Discard, "ada") }, 2_000)
            .await
            .expect("decides");
        let found = store.get(id).await.expect("is there").findings;
        assert_eq!((found[0].right, found[1].right), (None, Some(right)));
    }
    let all = store.rule_outcomes(None).await.expect("lists");
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].rule_id.as_str(), all[0].right, all[0].wrong), ("widget/share", 2, 1));
    let precision = all[0].precision().expect("is judged");
    assert!(
        (precision.value - 2.0 / 3.0).abs() < 1e-9 && precision.low > 0.2 && precision.high < 0.95,
        "{precision:?}"
    );
    assert!(!all[0].is_below(0.9) && all[0].is_below(0.95));
    let of_a = store.rule_outcomes(Some("a.example")).await.expect("lists");
    assert_eq!((of_a[0].right, of_a[0].wrong, of_a[0].source.as_deref()), (1, 1, Some("a.example")));
    let sources = store.rule_sources("widget/share", 10).await.expect("lists");
    let sources: Vec<_> = sources.iter().map(|it| (it.source.as_deref().unwrap_or(""), it.right, it.wrong)).collect();
    assert_eq!(sources, [("a.example", 1, 1), ("b.example", 1, 0)]);
}

pub(crate) async fn judgement_of_an_unknown_finding_stores_nothing(fresh: &Fresh) {
    let store = &fresh.store;
    let id = queued(store, &item("a.example", "1", 1)).await;
    let judgements = vec![Judgement { finding_index: 0, right: true }, Judgement { finding_index: 1, right: true }];
    let new = NewDecision { judgements, ..decision(id, Decision::Discard, "ada") };
    let error = store.decide(new, 2_000).await.expect_err("there is none");
    assert_eq!(error.to_string(), "judgements.finding_index: 1 is no finding that is filed; those are 0, 3");
    assert_eq!(pending(store).await, [id]);
    assert_eq!(store.decisions(None, 0).await.expect("lists").rows, []);
    assert_eq!(store.rule_outcomes(None).await.expect("lists"), []);
}

pub(crate) async fn allowance_holds_until_revoked(fresh: &Fresh) {
    let store = &fresh.store;
    assert_eq!(store.allowances().await.expect("answers").revision, 0);
    let id = queued(store, &item("a.example", "1", 1)).await;
    let allowances = vec![
        NewAllowance { finding_index: 0, text_only: true },
        NewAllowance { finding_index: 3, text_only: false },
        NewAllowance { finding_index: 3, text_only: false },
    ];
    let made = store
        .decide(NewDecision { allowances, ..decision(id, Decision::Publish, "ada") }, 2_000)
        .await
        .expect("decides");
    assert_eq!(made.allowances.len(), 2, "the same is not made twice");
    let now = store.allowances().await.expect("answers");
    assert_eq!(now.revision, 2);
    let text = &now.in_force[0];
    let quote_hash = QuoteHash::of("CANNOT  assist");
    assert_eq!(text.scope, AllowanceScope::Text { rule_id: "refusal/cannot-assist".to_owned(), quote_hash });
    assert!(text.scope.covers("refusal/cannot-assist", "cannot assist") && !text.scope.covers("widget/share", "x"));
    assert_eq!((text.source.as_str(), text.reviewer.as_str(), text.created), ("a.example", "ada", 2_000));
    assert_eq!((text.decision_id, text.quote.as_str()), (made.id, "Cannot assist"));
    assert!(now.in_force[1].scope.covers("widget/share", "any text"));
    let revoked = store.revoke_allowance(text.id, "bob", 3_000).await.expect("revokes");
    assert_eq!(revoked.revoked.as_ref().map(|it| (it.reviewer.as_str(), it.at)), Some(("bob", 3_000)));
    assert_eq!(store.revoke_allowance(text.id, "eve", 4_000).await.expect("changes nothing"), revoked);
    let then = store.allowances().await.expect("answers");
    assert_eq!((then.revision, then.in_force.len()), (3, 1));
    let history = store.allowance_history(None, 1).await.expect("lists");
    let rest = store.allowance_history(history.next, 10).await.expect("lists");
    assert_eq!((history.rows.len(), rest.rows.len(), rest.next), (1, 1, None));
    let no_source = queued(store, &item("", "2", 1)).await;
    let allowances = vec![NewAllowance { finding_index: 0, text_only: true }];
    let error = store.decide(NewDecision { allowances, ..decision(no_source, Decision::Publish, "ada") }, 5_000).await;
    assert!(matches!(error, Err(StoreError::Invalid { field: "allowances", .. })), "{error:?}");
}

pub(crate) async fn bulk_decision_takes_what_matched_at_the_preview(fresh: &Fresh) {
    let store = &fresh.store;
    let mut held = Vec::new();
    for n in 0..250_u8 {
        held.push(queued(store, &item("a.example", &n.to_string(), n)).await);
    }
    let other = queued(store, &item("b.example", "1", 1)).await;
    // By their ids, which are in no order within a millisecond, two different ones.
    let (leased, decided) = (*held.iter().min().expect("some"), *held.iter().max().expect("some"));
    store.claim(Claim::Item(leased), "bob", 9_000, 1_500).await.expect("is free");
    let filter = Filter { source: Some("a.example".to_owned()), ..Filter::default() };
    assert_eq!(store.count(&filter, Some(1_000)).await.expect("counts"), Count::Exactly(250));
    let later = queued(store, &item_at("a.example", "later", 1, 1_001)).await;
    let bulk = BulkDecision {
        which: Bulk::Matching { filter, until: 1_000 },
        decision: Decision::Discard,
        judgements: vec![("widget/share".to_owned(), true)],
        note: "all the same".to_owned(),
        reviewer: "ada".to_owned(),
        request_id: "bulk-1".to_owned(),
    };
    let done = store.decide_many(bulk, 2_000).await.expect("decides");
    assert_eq!((done.decided.len(), done.has_more), (249, false));
    assert_eq!(done.passed_over, [leased]);
    assert_eq!(BTreeSet::from_iter(pending(store).await), BTreeSet::from([other, leased, later]));
    assert_eq!(store.rule_outcomes(None).await.expect("lists")[0].right, 249);
    let by_ids = BulkDecision {
        which: Bulk::Ids(vec![leased, decided, ReviewItemId::new(77)]),
        decision: Decision::Publish,
        judgements: Vec::new(),
        note: String::new(),
        reviewer: "bob".to_owned(),
        request_id: "bulk-2".to_owned(),
    };
    let done = store.decide_many(by_ids.clone(), 3_000).await.expect("decides");
    assert_eq!((done.decided.as_slice(), done.passed_over.len()), (&[leased][..], 2));
    let again = store.decide_many(by_ids, 4_000).await.expect("is the same request");
    assert_eq!(again.decided, [leased]);
    let mut entries = 0;
    let mut cursor = None;
    loop {
        let part = store.decisions(cursor, 100).await.expect("lists");
        entries += part.rows.len();
        cursor = part.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(entries, 250);
}

pub(crate) async fn bulk_decision_on_one_text_judges_that_text_alone(fresh: &Fresh) {
    let store = &fresh.store;
    let findings = vec![
        finding(0, "widget/share", JunkKind::Widget, "Share"),
        finding(1, "widget/share", JunkKind::Widget, "Tweet"),
    ];
    let id = queued(store, &NewItem { findings, ..item("a.example", "1", 1) }).await;
    let subject = Subject::Quote { rule_id: "widget/share".to_owned(), quote_hash: QuoteHash::of("Tweet") };
    let bulk = BulkDecision {
        which: Bulk::Matching { filter: Filter { subject, ..Filter::default() }, until: 5_000 },
        decision: Decision::Publish,
        judgements: vec![("widget/share".to_owned(), false)],
        note: String::new(),
        reviewer: "ada".to_owned(),
        request_id: String::new(),
    };
    assert_eq!(store.decide_many(bulk, 6_000).await.expect("decides").decided, [id]);
    let found = store.get(id).await.expect("is there").findings;
    assert_eq!((found[0].right, found[1].right), (None, Some(false)));
}

pub(crate) async fn audit_refuses_update_and_delete(fresh: &Fresh) {
    let store = &fresh.store;
    let id = queued(store, &item("a.example", "1", 1)).await;
    let judgements = vec![Judgement { finding_index: 0, right: true }];
    let made = store
        .decide(NewDecision { judgements, ..decision(id, Decision::Discard, "ada") }, 2_000)
        .await
        .expect("decides");
    for statement in [
        "UPDATE decision SET reviewer = 'eve'",
        "DELETE FROM decision",
        "UPDATE judgement SET judged_right = 0",
        "DELETE FROM judgement",
    ] {
        let error = fresh.execute(statement).await.expect_err("the audit is append-only");
        assert!(error.contains("the audit is append-only"), "{statement}: {error}");
    }
    assert_eq!(store.decisions(None, 0).await.expect("lists").rows, [made]);
}

pub(crate) async fn events_tell_what_happened_in_order(fresh: &Fresh) {
    let store = &fresh.store;
    let held = item("a.example", "1", 1);
    let key = held.key.hash();
    let id = queued(store, &held).await;
    let new = NewDecision {
        allowances: vec![NewAllowance { finding_index: 0, text_only: true }],
        ..decision(id, Decision::Publish, "ada")
    };
    let made = store.decide(new, 2_000).await.expect("decides");
    store.undo(made.id, "ada", "", 3_000).await.expect("undoes");
    let newer = item_at("a.example", "1", 2, 4_000);
    queued(store, &newer).await;
    let events = store.events_after(0, 100).await.expect("lists");
    let kinds: Vec<EventKind> = events.iter().map(|it| it.kind).collect();
    let review_item_id = id;
    assert_eq!(
        kinds,
        [
            EventKind::Queued { review_item_id, key },
            EventKind::Allowances,
            EventKind::Decided { review_item_id, key, decision: Decision::Publish },
            EventKind::Allowances,
            EventKind::Undone { review_item_id, key },
            EventKind::Queued { review_item_id, key },
            EventKind::Left { review_item_id, key },
            EventKind::Queued { review_item_id: newer.id, key: newer.key.hash() },
        ]
    );
    assert!(events.is_sorted_by(|a, b| a.seq < b.seq));
    assert_eq!(
        events.iter().map(|it| it.at).collect::<Vec<_>>(),
        [1_000, 2_000, 2_000, 3_000, 3_000, 3_000, 4_000, 4_000]
    );
    assert_eq!(store.events_after(events[5].seq, 1).await.expect("lists"), events[6..7]);
    assert_eq!(store.last_event().await.expect("answers"), events[7].seq);
}

pub(crate) async fn answer_is_kept_a_day_and_the_first_wins(fresh: &Fresh) {
    let store = &fresh.store;
    let answer = |n: u8| StoredAnswer { key: key("a", "1", n).hash(), answer: vec![n; 1000] };
    assert_eq!(store.answer_of("r-1", 1_000).await.expect("answers"), None);
    let calls = (1..=20).map(|n| {
        let store = Arc::clone(store);
        tokio::spawn(async move { store.remember_answer("r-1", answer(n), 1_000).await.expect("keeps") })
    });
    let mut kept = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        kept.push(call.await.expect("ends"));
    }
    assert!(kept.iter().all(|it| *it == kept[0]), "all agree");
    assert_eq!(store.answer_of("r-1", DAY + 999).await.expect("answers").as_ref(), Some(&kept[0]));
    assert_eq!(store.answer_of("r-1", DAY + 1_000).await.expect("answers"), None);
    let anew = store.remember_answer("r-1", answer(99), DAY + 1_000).await.expect("keeps");
    assert_eq!(anew, answer(99));
    assert_eq!(store.answer_of("r-2", 1_000).await.expect("answers"), None);
}

pub(crate) async fn rejects_are_listed_newest_first(fresh: &Fresh) {
    let store = &fresh.store;
    let reject = |n: u8, source: &str| Reject {
        id: ReviewItemId::new(1_000 + i64::from(n)),
        key: key(source, &n.to_string(), n),
        url: String::new(),
        title: format!("title {n}"),
        rule_id: "parked/for-sale".to_owned(),
        findings: vec![n; 300],
        text: "This domain is for sale. ".repeat(20),
    };
    let all: Vec<Reject> = (0..5).map(|n| reject(n, if n % 2 == 0 { "a.example" } else { "b.example" })).collect();
    store.record_rejects(all.clone()).await.expect("keeps");
    store.record_rejects(all.clone()).await.expect("changes nothing");
    let first = store.rejects(None, None, 3).await.expect("lists");
    assert_eq!(first.rows, [all[4].clone(), all[3].clone(), all[2].clone()]);
    let rest = store.rejects(None, first.next, 3).await.expect("lists");
    assert_eq!((rest.rows, rest.next), (vec![all[1].clone(), all[0].clone()], None));
    let of_b = store.rejects(Some("b.example"), None, 3).await.expect("lists");
    assert_eq!(of_b.rows, [all[3].clone(), all[1].clone()]);
    let long = Reject { text: "é".repeat(limits::REJECT_TEXT_BYTES), ..reject(9, "c.example") };
    store.record_rejects(vec![long]).await.expect("keeps");
    let cut = store.rejects(Some("c.example"), None, 1).await.expect("lists").rows[0].text.len();
    assert_eq!(cut, limits::REJECT_TEXT_BYTES);
}

pub(crate) async fn traffic_is_summed_by_day_and_source(fresh: &Fresh) {
    let store = &fresh.store;
    let traffic = |source: &str, accept, reject| Traffic {
        verdicts: vec![(source.to_owned(), Verdict::Accept, accept), (source.to_owned(), Verdict::Reject, reject)],
        hits: vec![("widget/share".to_owned(), source.to_owned(), accept)],
    };
    for (source, accept, reject, day) in [("a", 1, 2, 0), ("a", 10, 20, 1), ("b", 100, 200, 1), ("a", 1, 1, 1)] {
        store.record_traffic(traffic(source, accept, reject), day * DAY + 5).await.expect("counts");
    }
    let sources = store.source_outcomes(DAY, 10).await.expect("lists");
    let of = |at: usize| (sources[at].source.as_str(), sources[at].verdicts.clone());
    assert_eq!(of(0), ("b", vec![(Verdict::Accept, 100), (Verdict::Reject, 200)]));
    assert_eq!(of(1), ("a", vec![(Verdict::Accept, 11), (Verdict::Reject, 21)]));
    assert_eq!(store.source_outcomes(0, 1).await.expect("lists").len(), 1);
    assert_eq!(store.source_outcomes(0, 10).await.expect("lists")[1].verdicts[0], (Verdict::Accept, 12));
    assert_eq!(store.rule_outcomes(None).await.expect("lists")[0].hits, 112);
    assert_eq!(store.rule_sources("widget/share", 1).await.expect("lists")[0].source.as_deref(), Some("b"));
}

/// Decisions, an undoing and traffic, on days 100 and 101; a review item that waits.
async fn two_days(store: &Arc<dyn Store>) -> ReviewItemId {
    let traffic = |source: &str, pages| Traffic {
        verdicts: vec![(source.to_owned(), Verdict::Accept, pages), (source.to_owned(), Verdict::Reject, 1)],
        hits: vec![("widget/share".to_owned(), source.to_owned(), pages)],
    };
    for (source, pages, day) in [("a", 1, 99), ("a", 10, 100), ("b", 20, 100), ("a", 100, 101), ("a", 1, 101)] {
        store.record_traffic(traffic(source, pages), day * DAY + 5).await.expect("counts");
    }
    let mut ids = Vec::new();
    for n in 0..4_u8 {
        ids.push(queued(store, &item_at("a", &n.to_string(), n, 100 * DAY)).await);
    }
    let said = |right: bool| vec![Judgement { finding_index: 3, right }];
    let new = |at: usize, decided, right| NewDecision { judgements: said(right), ..decision(ids[at], decided, "ada") };
    store.decide(new(0, Decision::Publish, true), 100 * DAY + HOUR).await.expect("decides");
    let slip = store.decide(new(1, Decision::Discard, false), 100 * DAY + 2 * HOUR - 1).await.expect("decides");
    store.undo(slip.id, "ada", "", 101 * DAY).await.expect("undoes");
    store.decide(new(1, Decision::PublishCleaned, false), 101 * DAY + 30 * HOUR / 60).await.expect("decides");
    store.decide(new(2, Decision::Discard, true), 101 * DAY + 5 * HOUR).await.expect("decides");
    ids[3]
}

fn history_of(days: u32, source: Option<&str>, rule_id: Option<&str>) -> HistoryOf {
    HistoryOf { days, source: source.map(str::to_owned), rule_id: rule_id.map(str::to_owned) }
}

pub(crate) async fn history_tells_days_and_hours(fresh: &Fresh) {
    let store = &fresh.store;
    let waiting = two_days(store).await;
    store.skip(waiting, "ada", "", 101 * DAY + 5 * HOUR + 1).await.expect("skips");
    let now = 101 * DAY + 6 * HOUR;
    let history = store.history(history_of(1, None, Some("widget/share")), now).await.expect("is told");
    let verdicts: Vec<_> = history.verdicts.iter().map(|it| (it.at / DAY, it.verdicts.clone())).collect();
    let counts = |accept, reject| vec![(Verdict::Accept, accept), (Verdict::Reject, reject)];
    assert_eq!(verdicts, [(100, counts(30, 2)), (101, counts(101, 2))]);
    let first = Work { at: 100 * DAY, published: 1, discarded: 1, ..Work::default() };
    let second = Work { at: 101 * DAY, published_cleaned: 1, discarded: 1, undone: 1, skipped: 1, ..Work::default() };
    assert_eq!(history.days, [first.clone(), second.clone()]);
    let hours: Vec<_> = history.hours.iter().map(|it| (it.at - 100 * DAY) / HOUR).collect();
    assert_eq!(hours, [1, 24, 29]);
    assert_eq!(history.hours[0], Work { at: 100 * DAY + HOUR, ..first });
    assert_eq!((history.hours[2].discarded, history.hours[2].skipped), (1, 1));
    let rule: Vec<_> = history.rule_days.iter().map(|it| (it.at / DAY, it.hits, it.right, it.wrong)).collect();
    assert_eq!(rule, [(100, 30, 1, 0), (101, 101, 1, 1)], "what was undone is left out on the day it was said");
    assert_eq!(history.levels, []);

    let of_b = store.history(history_of(1, Some("b"), None), now).await.expect("is told");
    let verdicts: Vec<_> = of_b.verdicts.iter().map(|it| (it.at / DAY, it.verdicts.clone())).collect();
    assert_eq!((verdicts, of_b.rule_days), (vec![(100, counts(20, 1))], vec![]));
    assert_eq!(of_b.hours, history.hours);
    let late = store.history(history_of(0, None, Some("other")), 102 * DAY + 2 * HOUR).await.expect("is told");
    assert_eq!((late.verdicts, late.days, late.rule_days), (vec![], vec![], vec![]));
    assert_eq!(late.hours.len(), 2, "those of the last 48 hours");
    let error = store.history(history_of(367, None, None), now).await.expect_err("is too long");
    assert!(matches!(error, StoreError::Invalid { field: "days", .. }), "{error:?}");

    assert_eq!(store.purge(500 * DAY).await.expect("purges").sums, 2 + 1, "verdicts and hits of day 99");
    let sums = async |now| {
        let history = store.history(history_of(366, None, Some("widget/share")), now).await.expect("is told");
        (history.verdicts.len(), history.days.len(), history.rule_days.len())
    };
    assert_eq!(sums(101 * DAY).await, (2, 2, 2));
    store.purge(501 * DAY).await.expect("purges");
    assert_eq!(sums(101 * DAY).await, (1, 1, 1));
    store.purge(502 * DAY).await.expect("purges");
    assert_eq!(sums(101 * DAY).await, (0, 0, 0));
}

pub(crate) async fn level_of_the_queue_is_recorded_once_in_ten_minutes(fresh: &Fresh) {
    const SLOT: Millis = 10 * 60 * 1000;
    let store = &fresh.store;
    let start = 100 * DAY;
    store.record_level(start + 5).await.expect("records");
    queued(store, &item_at("a", "1", 1, start + 10)).await;
    let calls = (0..10).map(|n| {
        let store = Arc::clone(store);
        tokio::spawn(async move { store.record_level(start + SLOT + 10 + n).await })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("ends").expect("records, or another did");
    }
    queued(store, &NewItem { origin: Origin::SampledReject, ..item_at("a", "2", 1, start + SLOT + 20) }).await;
    store.record_level(start + 2 * SLOT - 1).await.expect("is recorded already");
    let levels = async |days, now| store.history(history_of(days, None, None), now).await.expect("is told").levels;
    let empty = QueueLevel { at: start, pending: 0, oldest_age: 0 };
    let found = levels(0, start + 2 * SLOT).await;
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], empty);
    assert_eq!((found[1].at, found[1].pending), (start + SLOT, 1));
    assert!((SLOT..SLOT + 10).contains(&found[1].oldest_age), "{found:?}");
    // Of a month, every level is the highest of several.
    for slot in 2..30 * 144 {
        store.record_level(start + slot * SLOT).await.expect("records");
    }
    let month = levels(30, start + 30 * DAY - 1).await;
    assert!(month.len() > limits::LISTED_LEVELS / 2 && month.len() <= limits::LISTED_LEVELS, "{}", month.len());
    assert!(month.is_sorted_by_key(|it| it.at) && month.iter().all(|it| (1..=2).contains(&it.pending)));
    let week = levels(6, start + 7 * DAY - 1).await;
    assert_eq!(week.len(), 7 * 144, "of a week, each is told");
    assert_eq!(store.purge(start + 400 * DAY + 2 * SLOT).await.expect("purges").sums, 2);
}

pub(crate) async fn depth_and_outcomes_follow_the_queue(fresh: &Fresh) {
    let store = &fresh.store;
    assert_eq!(store.depth().await.expect("answers"), store::Depth::default());
    let held = queued(store, &item_at("a.example", "1", 1, 5_000)).await;
    for (n, origin, decided) in [
        (2, Origin::SampledAccept, Decision::Discard),
        (3, Origin::SampledAccept, Decision::Publish),
        (4, Origin::SampledReject, Decision::Discard),
    ] {
        let id = queued(store, &NewItem { origin, ..item("a.example", &n.to_string(), n) }).await;
        assert_eq!(store.depth().await.expect("answers").oldest, Some(1_000));
        store.decide(decision(id, decided, "ada"), 6_000).await.expect("decides");
    }
    let depth = store.depth().await.expect("answers");
    assert_eq!((depth.pending, depth.oldest), (vec![(Origin::Held, 1)], Some(5_000)));
    let outcomes = store.outcomes().await.expect("answers");
    assert_eq!(outcomes.count(Origin::SampledAccept, Decision::Discard), 1);
    assert!((outcomes.missed().expect("is measured").value - 0.5).abs() < 1e-9);
    assert!(outcomes.wrongly_rejected().expect("is measured").value.abs() < 1e-9);
    let made = store.decide(decision(held, Decision::Publish, "ada"), 7_000).await.expect("decides");
    assert_eq!(store.outcomes().await.expect("answers").count(Origin::Held, Decision::Publish), 1);
    store.undo(made.id, "ada", "", 8_000).await.expect("undoes");
    assert_eq!(store.outcomes().await.expect("answers").count(Origin::Held, Decision::Publish), 0);
}

pub(crate) async fn keys_are_found_by_prefix_until_revoked(fresh: &Fresh) {
    let store = &fresh.store;
    let new = ApiKey {
        id: KeyId::new(1_000),
        prefix: "abc123".to_owned(),
        hash: [7; 32],
        name: "crawler 1".to_owned(),
        scopes: vec![Scope::Check, Scope::Review],
        created: 1_000,
        expires: Some(9_000),
        revoked: None,
    };
    store.create_key(new.clone()).await.expect("is new");
    store.create_key(new.clone()).await.expect("is the same");
    let error = store.create_key(ApiKey { id: KeyId::new(1_001), ..new.clone() }).await.expect_err("is taken");
    assert_eq!(error.to_string(), "prefix: \"abc123\" is in use");
    assert_eq!(store.find_key("abc123").await.expect("answers").as_ref(), Some(&new));
    assert_eq!(store.find_key("abc12").await.expect("answers"), None);
    let revoked = store.revoke_key(new.id, 2_000).await.expect("revokes");
    assert_eq!(revoked.revoked, Some(2_000));
    assert_eq!(store.revoke_key(new.id, 3_000).await.expect("changes nothing").revoked, Some(2_000));
    assert_eq!(store.keys().await.expect("lists"), [revoked]);
    let error = store.revoke_key(KeyId::new(5), 3_000).await.expect_err("there is none");
    assert!(matches!(error, StoreError::NotFound { what: "API key", .. }), "{error:?}");
}

fn api_key(prefix: &str) -> ApiKey {
    ApiKey {
        id: KeyId::new(1_000),
        prefix: prefix.to_owned(),
        hash: [7; 32],
        name: "ada".to_owned(),
        scopes: vec![Scope::Review],
        created: 1_000,
        expires: None,
        revoked: None,
    }
}

fn session(key: &ApiKey, token: u8, created: Millis) -> Session {
    Session { token_hash: [token; 32], key_id: key.id, created, expires: created + DAY / 2 }
}

pub(crate) async fn sessions_are_found_with_their_key_until_closed(fresh: &Fresh) {
    let store = &fresh.store;
    let key = api_key("abc123");
    store.create_key(key.clone()).await.expect("is new");
    let (first, second) = (session(&key, 1, 2_000), session(&key, 2, 3_000));
    for new in [&first, &second, &first] {
        store.open_session(new.clone(), 3_000).await.expect("opens, and again changes nothing");
    }
    let find = async |token: u8| store.find_session(&[token; 32]).await.expect("answers");
    assert_eq!(find(1).await, Some(OpenSession { session: first.clone(), key: key.clone() }));
    assert_eq!(find(3).await, None);
    store.close_session(&[1; 32]).await.expect("closes");
    store.close_session(&[1; 32]).await.expect("changes nothing");
    assert_eq!((find(1).await, find(2).await.map(|it| it.session)), (None, Some(second)));
    let revoked = store.revoke_key(key.id, 4_000).await.expect("revokes");
    assert_eq!(find(2).await.map(|it| it.key), Some(revoked), "who asks sees that the key is at an end");
    for key in [key, api_key("other")] {
        let error = store.open_session(session(&key, 9, 5_000), 5_000).await.expect_err("no such key is in force");
        assert!(matches!(error, StoreError::NotFound { what: "API key", .. }), "{error:?}");
    }
    assert_eq!(store.purge(3_000 + DAY / 2 - 1).await.expect("purges").sessions, 0);
    assert_eq!(store.purge(3_000 + DAY / 2).await.expect("purges").sessions, 1);
    assert_eq!(find(2).await, None);
}

pub(crate) async fn key_has_so_many_sessions_and_the_oldest_go(fresh: &Fresh) {
    let store = &fresh.store;
    let (key, other) = (api_key("abc123"), ApiKey { id: KeyId::new(1_001), ..api_key("def456") });
    for key in [&key, &other] {
        store.create_key(key.clone()).await.expect("is new");
    }
    store.open_session(session(&other, 200, 1_000), 1_000).await.expect("opens");
    let count = u8::try_from(limits::SESSIONS_PER_KEY).expect("few");
    let opened = (0..count + 2).map(|n| {
        let (store, new) = (Arc::clone(store), session(&key, n, 2_000 + Millis::from(n)));
        tokio::spawn(async move { store.open_session(new, 2_000).await })
    });
    for opened in opened.collect::<Vec<_>>() {
        opened.await.expect("ends").expect("opens");
    }
    let mut left = Vec::new();
    for n in 0..count + 2 {
        if store.find_session(&[n; 32]).await.expect("answers").is_some() {
            left.push(n);
        }
    }
    assert_eq!(left, (2..count + 2).collect::<Vec<_>>());
    assert!(store.find_session(&[200; 32]).await.expect("answers").is_some(), "that of another key stays");
    let late = session(&key, 100, 2_000 + DAY);
    store.open_session(late, 2_000 + DAY).await.expect("opens");
    assert_eq!(store.find_session(&[2; 32]).await.expect("answers"), None, "those that expired are gone");
}

pub(crate) async fn tables_of_the_first_version_are_brought_up_to_date(fresh: &Fresh) {
    let store = &fresh.store;
    two_days(store).await;
    let history = async |store: &Arc<dyn Store>, source| {
        store.history(history_of(10, source, Some("widget/share")), 101 * DAY + 6 * HOUR).await.expect("is told")
    };
    let before = (history(store, None).await, history(store, Some("b")).await);
    let key = api_key("abc123");
    store.create_key(key.clone()).await.expect("is new");
    let waiting = pending(store).await;
    store.close().await;
    let back = "DROP TABLE session; DROP TABLE decision_hour; DROP TABLE verdict_day; DROP INDEX traffic_source; \
                DROP TABLE rule_day; DROP TABLE queue_level; DROP TABLE saved_filter; \
                DELETE FROM _sqlx_migrations WHERE version = 2";
    fresh.execute(back).await.expect("is the first version again");
    let again = store::open(&fresh.settings).await.expect("opens");
    assert_eq!(pending(&again).await, waiting);
    let (mut all, of_source) = (history(&again, None).await, history(&again, Some("b")).await);
    assert!(all.rule_days.iter().all(|it| it.hits == 0), "hits by day were not counted");
    for (day, before) in all.rule_days.iter_mut().zip(&before.0.rule_days[1..]) {
        day.hits = before.hits;
    }
    all.rule_days.insert(0, before.0.rule_days[0].clone());
    assert_eq!((&all, &of_source.verdicts), (&before.0, &before.1.verdicts));
    again.open_session(session(&key, 1, 2_000), 2_000).await.expect("has the new tables");
    again.close().await;
}

pub(crate) async fn filters_are_saved_by_name_within_a_bound(fresh: &Fresh) {
    let store = &fresh.store;
    let filter = |name: &str, filter: u8| SavedFilter {
        name: name.to_owned(),
        filter: vec![filter, 0],
        reviewer: "ada".to_owned(),
        updated: 1_000,
    };
    let all = async || store.saved_filters().await.expect("lists");
    for new in [filter("b", 1), filter("É", 2), filter("A", 3)] {
        store.save_filter(new).await.expect("saves");
    }
    assert_eq!(all().await, [filter("A", 3), filter("b", 1), filter("É", 2)]);
    let other = SavedFilter { reviewer: "bob".to_owned(), updated: 2_000, ..filter("b", 9) };
    store.save_filter(other.clone()).await.expect("replaces");
    store.delete_filter("A").await.expect("deletes");
    store.delete_filter("A").await.expect("changes nothing");
    assert_eq!(all().await, [other, filter("É", 2)]);
    for n in 2..limits::SAVED_FILTERS {
        store.save_filter(filter(&format!("f{n}"), 1)).await.expect("saves");
    }
    let error = store.save_filter(filter("one more", 1)).await.expect_err("is one too many");
    assert_eq!(error.to_string(), "name: 50 filters are saved, which is the limit: delete one that nobody uses");
    store.save_filter(filter("b", 4)).await.expect("one that is there is replaced");
    for (wrong, field) in [
        (filter("", 1), "name"),
        (filter(&"x".repeat(limits::FILTER_NAME_BYTES + 1), 1), "name"),
        (SavedFilter { filter: vec![0; limits::SAVED_FILTER_BYTES + 1], ..filter("b", 1) }, "filter"),
        (SavedFilter { reviewer: String::new(), ..filter("b", 1) }, "reviewer"),
    ] {
        let error = store.save_filter(wrong).await.expect_err("is beyond a limit");
        assert!(matches!(error, StoreError::Invalid { field: it, .. } if it == field), "{error:?}");
    }
}

pub(crate) async fn purge_removes_what_is_past_its_time_and_nothing_else(fresh: &Fresh) {
    let store = &fresh.store;
    let waiting = queued(store, &item("a.example", "waiting", 1)).await;
    let decided = queued(store, &item("a.example", "decided", 1)).await;
    let made = store.decide(decision(decided, Decision::Publish, "ada"), 1_000).await.expect("decides");
    let left = queued(store, &item("a.example", "left", 1)).await;
    let skipped = store.skip(left, "ada", "", 1_000).await.expect("skips");
    store.supersede(&key("a.example", "left", 2), 1_000).await.expect("supersedes");
    let sample = queued(store, &NewItem { origin: Origin::SampledAccept, ..item("a.example", "sample", 1) }).await;
    let reject = Reject {
        id: ReviewItemId::new(1_000),
        key: key("a", "1", 1),
        url: String::new(),
        title: String::new(),
        rule_id: String::new(),
        findings: Vec::new(),
        text: String::new(),
    };
    store.record_rejects(vec![reject]).await.expect("keeps");
    let answer = StoredAnswer { key: key("a", "1", 1).hash(), answer: vec![1] };
    store.remember_answer("r-1", answer, 1_000).await.expect("keeps");
    let verdicts = vec![("a".to_owned(), Verdict::Accept, 1)];
    store.record_traffic(Traffic { verdicts, hits: Vec::new() }, 1_000).await.expect("counts");

    let purge = async |now: Millis| store.purge(now).await.expect("purges");
    assert_eq!(purge(DAY + 999).await, store::Purged::default());
    assert_eq!(purge(DAY + 1_000).await, store::Purged { answers: 1, ..store::Purged::default() });
    assert_eq!(purge(7 * DAY + 999).await, store::Purged::default());
    assert_eq!(purge(7 * DAY + 1_000).await.bodies, 2, "pages of the decided and the superseded");
    let detail = store.get(decided).await.expect("is there");
    assert_eq!((detail.page, detail.result.is_some()), (None, true));
    assert!(store.get(waiting).await.expect("is there").page.is_some());
    assert_eq!(purge(30 * DAY + 999).await, store::Purged::default());
    let purged = purge(30 * DAY + 1_000).await;
    assert_eq!((purged.bodies, purged.items, purged.rejects, purged.expired), (2, 1, 1, 1), "{purged:?}");
    assert!(matches!(store.get(left).await, Err(StoreError::NotFound { .. })));
    assert_eq!(state(store, sample).await, State::Expired);
    assert_eq!(store.get(decided).await.expect("is there").result, None);
    assert_eq!(purge(401 * DAY + 1_000).await.traffic, 1);
    assert_eq!(pending(store).await, [waiting], "a held page waits for ever");
    assert!(store.get(waiting).await.expect("is there").page.is_some());
    assert!(store.decision_of(&key("a.example", "decided", 1)).await.expect("answers").is_some(), "so does its answer");
    let gone = DecisionRecord { title: String::new(), ..skipped };
    assert_eq!(store.decisions(None, 0).await.expect("lists").rows, [made, gone], "the audit outlives the item");
    assert_eq!(store.depth().await.expect("answers").pending, [(Origin::Held, 1)]);
    assert!(store.last_event().await.expect("answers") > 0);
}

pub(crate) async fn export_has_decided_pages_with_what_was_said(fresh: &Fresh) {
    let store = &fresh.store;
    let mut decided = Vec::new();
    for n in 0..5_u8 {
        let held = item("a.example", &n.to_string(), n);
        let id = queued(store, &held).await;
        let judgements = vec![Judgement { finding_index: 0, right: n % 2 == 0 }];
        if n < 4 {
            let new = NewDecision { judgements, ..decision(id, Decision::Publish, "ada") };
            store.decide(new, 2_000).await.expect("decides");
            decided.push((id, n % 2 == 0, held.page));
        }
    }
    decided.sort();
    let first = store.export(None, 3).await.expect("exports");
    let rest = store.export(first.next, 3).await.expect("exports");
    assert_eq!(rest.next, None);
    let rows: Vec<_> = first.rows.into_iter().chain(rest.rows).collect();
    let found: Vec<_> = rows
        .iter()
        .map(|it| (it.item.id, it.findings[0].right == Some(true), it.page.clone().expect("is kept")))
        .collect();
    assert_eq!(found, decided);
    assert!(rows.iter().all(|it| it.item.decision.is_some_and(|it| it.1 == Decision::Publish)));
}

pub(crate) async fn text_with_zero_characters_is_kept(fresh: &Fresh) {
    let store = &fresh.store;
    let mut held = item("a.example", "zero\0id", 1);
    held.title = String::from("a\0b");
    held.findings[0].quote = String::from("\0");
    held.page = vec![0; 10];
    let id = queued(store, &held).await;
    let detail = store.get(id).await.expect("is there");
    assert_eq!((detail.item.title.as_str(), detail.page), ("a\u{fffd}b", Some(vec![0; 10])));
    assert_eq!(hold(store, &held).await, Held::AlreadyQueued(id));
}

pub(crate) async fn value_beyond_its_limit_is_refused_by_name(fresh: &Fresh) {
    let store = &fresh.store;
    let refused = |result: Result<(), StoreError>| match result {
        Err(StoreError::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    let long = |limit: usize| "x".repeat(limit + 1);
    let held = item("a.example", "1", 1);
    let id = queued(store, &held).await;
    let hold = async |item| store.hold(item, 1_000).await.map(drop);
    assert_eq!(refused(hold(item("a.example", "", 1)).await), "page_id");
    assert_eq!(refused(hold(item("a.example", &long(limits::ID_BYTES), 1)).await), "page_id");
    assert_eq!(refused(hold(item(&long(limits::SOURCE_BYTES), "1", 1)).await), "source");
    assert_eq!(refused(hold(NewItem { page: vec![0; limits::BODY_BYTES + 1], ..held.clone() }).await), "page");
    let decide = async |new| store.decide(new, 2_000).await.map(drop);
    let new = decision(id, Decision::Publish, "ada");
    assert_eq!(refused(decide(NewDecision { reviewer: String::new(), ..new.clone() }).await), "reviewer");
    assert_eq!(refused(decide(NewDecision { note: long(limits::NOTE_BYTES), ..new.clone() }).await), "note");
    let claim = async |until| store.claim(Claim::Item(id), "ada", until, 2_000).await.map(drop);
    assert_eq!(refused(claim(2_000).await), "lease");
    assert_eq!(refused(claim(2_001 + DAY / 2).await), "lease");
    let rules = (0..=limits::FILTER_VALUES).map(|it| it.to_string()).collect();
    let filter = Filter { subject: Subject::Rules(rules), ..Filter::default() };
    assert_eq!(refused(store.list(&filter, None, 1).await.map(drop)), "filter");
    let many = NewItem {
        title: "é".repeat(limits::FILED_TITLE_BYTES),
        findings: (0..200).map(|it| finding(it, "widget/share", JunkKind::Widget, "Share")).collect(),
        ..item("a.example", "many", 1)
    };
    let id = queued(store, &many).await;
    let detail = store.get(id).await.expect("is there");
    assert_eq!((detail.item.title.len(), detail.findings.len()), (limits::FILED_TITLE_BYTES, limits::FILED_FINDINGS));
}

pub(crate) async fn closed_store_is_unavailable(fresh: &Fresh) {
    let store = &fresh.store;
    assert!(!store.health().await.expect("is well").database.is_empty());
    store.close().await;
    store.close().await;
    let error = store.hold(item("a.example", "1", 1), 1_000).await.expect_err("is closed");
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(matches!(store.health().await, Err(StoreError::Unavailable { .. })));
}

pub(crate) async fn dropped_calls_are_made_all_the_same(fresh: &Fresh) {
    let store = &fresh.store;
    for n in 0..50_u8 {
        let held = item("a.example", &n.to_string(), n);
        let call = store.hold(held, 1_000);
        // Long enough to hand it over, and not always to hear of it.
        drop(tokio::time::timeout(Duration::from_millis(u64::from(n % 8)), call).await);
    }
    let calls = (100..150_u8).map(|n| hold_in_task(store, item("b.example", &n.to_string(), n)));
    for call in calls.collect::<Vec<_>>() {
        call.await.expect("ends").expect("holds");
    }
    store.close().await;
    let again = store::open(&fresh.settings).await.expect("opens");
    let count = |source: &str| Filter { source: Some(source.to_owned()), ..Filter::default() };
    assert_eq!(again.count(&count("b.example"), None).await.expect("counts"), Count::Exactly(50));
    let pending: u64 = again.depth().await.expect("answers").pending.iter().map(|it| it.1).sum();
    let Count::Exactly(dropped) = again.count(&count("a.example"), None).await.expect("counts") else { panic!("few") };
    assert_eq!(pending, 50 + dropped, "the sums agree with the rows");
    again.close().await;
}

pub(crate) async fn backup_taken_under_load_has_all_that_was_held_before(fresh: &Fresh) {
    let store = &fresh.store;
    let mut before = BTreeSet::new();
    for n in 0..40_u8 {
        before.insert(queued(store, &item("a.example", &n.to_string(), n)).await);
    }
    let decided = *before.first().expect("there are some");
    let made = store.decide(decision(decided, Decision::Discard, "ada"), 2_000).await.expect("decides");
    let (stop, others) = (Arc::new(std::sync::atomic::AtomicBool::new(false)), Arc::clone(store));
    let stopped = Arc::clone(&stop);
    let load = tokio::spawn(async move {
        let mut n = 0;
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            n += 1;
            others.hold(item("load.example", &n.to_string(), 1), 1_000).await.expect("holds");
        }
        n
    });
    let copy = fresh.restored().await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(load.await.expect("ends") > 0, "it was taken under load");
    for id in &before {
        assert_eq!(copy.get(*id).await.expect("is there"), store.get(*id).await.expect("is there"));
    }
    assert_eq!(copy.decisions(None, 0).await.expect("lists").rows, [made]);
    let rows = Filter::default();
    let Count::Exactly(rows) = copy.count(&rows, None).await.expect("counts") else { panic!("few") };
    assert_eq!(copy.depth().await.expect("answers").pending, [(Origin::Held, rows)], "the sums agree with the rows");
    assert!(matches!(hold(&copy, &item("new.example", "1", 1)).await, Held::Queued(_)), "it takes new ones");
    copy.close().await;
}

pub(crate) async fn fifty_reviewers_decide_two_thousand_items_once_each(fresh: &Fresh) {
    const ITEMS: usize = 2_000;
    let store = &fresh.store;
    let mut held = Vec::new();
    for chunk in 0..ITEMS / 50 {
        let calls = (0..50).map(|n| {
            let new = item("a.example", &format!("{chunk}-{n}"), 1);
            held.push(new.id);
            hold_in_task(store, new)
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.expect("ends").expect("holds");
        }
    }
    let held = Arc::new(held);
    let reviewers: Vec<_> =
        (0..50).map(|n| tokio::spawn(review_all(Arc::clone(store), Arc::clone(&held), n))).collect();
    let (mut won, mut lost) = (0, 0);
    for reviewer in reviewers {
        let (wins, losses) = reviewer.await.expect("ends");
        won += wins;
        lost += losses;
    }
    let (mut decided, mut undone, mut entries) = (std::collections::BTreeMap::new(), 0, 0);
    let mut cursor = None;
    loop {
        let part = store.decisions(cursor, 0).await.expect("lists");
        for entry in part.rows {
            entries += 1;
            match entry.kind {
                DecisionKind::Decided(decision) => {
                    let before = decided.insert(entry.review_item_id, (entry.id, decision, entry.reviewer));
                    assert!(before.is_none(), "{before:?} was in force");
                }
                DecisionKind::Skipped => panic!("nobody skips here"),
                DecisionKind::Undone(id) => {
                    undone += 1;
                    let before = decided.remove(&entry.review_item_id);
                    assert_eq!(before.map(|it| it.0), Some(id), "what is undone was in force");
                }
            }
        }
        cursor = part.next;
        if cursor.is_none() {
            break;
        }
    }
    println!("{ITEMS} items, 50 reviewers: {won} decisions made, {lost} lost, {undone} undone, {entries} in the audit");
    assert_eq!(entries, won + undone);
    assert!(lost > 0 && undone > 0, "they met");
    for id in held.iter() {
        let found = store.get(*id).await.expect("is there").item;
        let (decision_id, decision) = found.decision.expect("is decided");
        let audit = decided.get(id).expect("is in the audit");
        assert_eq!((found.state, decision_id, decision), (State::Decided, audit.0, audit.1));
    }
    assert_eq!(store.depth().await.expect("answers").pending, []);
    let outcomes = store.outcomes().await.expect("answers");
    assert_eq!(outcomes.counts.iter().map(|it| it.2).sum::<u64>(), ITEMS as u64);
}

/// Decides everything, one by one and in bulk, and takes back one in a hundred; how many it won and lost.
async fn review_all(store: Arc<dyn Store>, held: Arc<Vec<ReviewItemId>>, n: usize) -> (usize, usize) {
    let reviewer = format!("reviewer {n}");
    let (mut won, mut lost) = (0, 0);
    let said = Decision::ALL[n % 3];
    // Each begins elsewhere, so that they meet and none does all.
    for at in 0..held.len() / 10 {
        let id = held[(n * held.len() / 50 + at) % held.len()];
        match store.decide(decision(id, said, &reviewer), 2_000).await {
            Ok(made) => {
                won += 1;
                if won % 100 == 7 {
                    store.undo(made.id, &reviewer, "", 2_000).await.expect("is in force");
                }
            }
            Err(StoreError::Conflict(Conflict::Decided { by, .. })) => {
                assert_ne!(by, reviewer, "nobody loses against oneself");
                lost += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    let bulk = BulkDecision {
        which: Bulk::Matching { filter: Filter::default(), until: 5_000 },
        decision: said,
        judgements: vec![("widget/share".to_owned(), true)],
        note: String::new(),
        reviewer,
        request_id: format!("bulk {n}"),
    };
    let done = store.decide_many(bulk, 2_000).await.expect("decides");
    (won + done.decided.len(), lost + done.passed_over.len())
}

/// The audit backwards has the same entries in the other order, part by part.
pub(crate) async fn audit_is_read_from_its_end_as_well(fresh: &Fresh) {
    let store = &fresh.store;
    for n in 0..5 {
        let id = queued(store, &item("a.example", &n.to_string(), n)).await;
        store.decide(decision(id, Decision::Discard, "Ann"), 2_000).await.expect("decides");
    }
    let mut forwards = store.decisions(None, 0).await.expect("lists").rows;
    let (mut backwards, mut cursor) = (Vec::new(), None);
    loop {
        let part = store.latest_decisions(cursor, 2).await.expect("lists");
        backwards.extend(part.rows);
        cursor = part.next;
        if cursor.is_none() {
            break;
        }
    }
    forwards.reverse();
    assert_eq!((backwards.len(), &backwards), (5, &forwards));
    let next = store.decisions(None, 1).await.expect("lists").next;
    assert!(store.latest_decisions(next, 1).await.is_err(), "a token is of one order");
}
