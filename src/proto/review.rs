//! Messages ↔ the words of review.

use pbjson_types::Timestamp;
use prost::Message as _;

use super::{
    self as proto,
    convert::{effect, kind, number, place, verdict},
};
use crate::{
    eval::metrics::Share,
    review::{
        Allowance, AllowanceScope, Decision, DecisionKind, DecisionRecord, Judgement, Millis, Origin, ReviewFinding,
        ReviewItem, State,
    },
    store::{Detail, Event, EventKind, Work},
    verdict::Verdict,
};

/// A moment as a message.
#[must_use]
pub fn timestamp(at: Millis) -> Timestamp {
    let nanos = i32::try_from(at.rem_euclid(1000)).unwrap_or(0) * 1_000_000;
    Timestamp { seconds: at.div_euclid(1000), nanos }
}

/// A moment from a message, to the millisecond.
#[must_use]
pub fn millis(at: &Timestamp) -> Millis {
    at.seconds.saturating_mul(1000).saturating_add(i64::from(at.nanos / 1_000_000))
}

/// The day of a moment in UTC, as 2006-01-02.
#[must_use]
pub fn day(at: Millis) -> String {
    let text = serde_json::to_value(timestamp(at)).unwrap_or_default();
    text.as_str().unwrap_or_default().chars().take(10).collect()
}

/// The decision that a message names; `None`: none, or one that is not known.
#[must_use]
pub fn decision(message: proto::Decision) -> Option<Decision> {
    match message {
        proto::Decision::Unspecified => None,
        proto::Decision::Publish => Some(Decision::Publish),
        proto::Decision::PublishCleaned => Some(Decision::PublishCleaned),
        proto::Decision::Discard => Some(Decision::Discard),
    }
}

fn decision_message(decision: Decision) -> proto::Decision {
    match decision {
        Decision::Publish => proto::Decision::Publish,
        Decision::PublishCleaned => proto::Decision::PublishCleaned,
        Decision::Discard => proto::Decision::Discard,
    }
}

/// The state that a message names; `None`: none, or one that is not known.
#[must_use]
pub fn state(message: proto::ReviewState) -> Option<State> {
    State::ALL.iter().copied().find(|it| state_message(*it) == message)
}

fn state_message(state: State) -> proto::ReviewState {
    match state {
        State::Pending => proto::ReviewState::Pending,
        State::Decided => proto::ReviewState::Decided,
        State::Superseded => proto::ReviewState::Superseded,
        State::Expired => proto::ReviewState::Expired,
    }
}

/// Why a page is held, as a message names it; `None`: none, or one that is not known.
#[must_use]
pub fn origin(message: proto::ReviewReason) -> Option<Origin> {
    Origin::ALL.iter().copied().find(|it| reason(*it) == message)
}

fn reason(origin: Origin) -> proto::ReviewReason {
    match origin {
        Origin::Held => proto::ReviewReason::Held,
        Origin::SampledReject => proto::ReviewReason::SampledReject,
        Origin::SampledAccept => proto::ReviewReason::SampledAccept,
    }
}

/// What a message says of one finding; `None`: nothing.
#[must_use]
pub fn judgement(truth: proto::FindingTruth) -> Option<bool> {
    match truth {
        proto::FindingTruth::Unspecified => None,
        proto::FindingTruth::Right => Some(true),
        proto::FindingTruth::Wrong => Some(false),
    }
}

fn truth(right: Option<bool>) -> i32 {
    let truth = match right {
        None => proto::FindingTruth::Unspecified,
        Some(true) => proto::FindingTruth::Right,
        Some(false) => proto::FindingTruth::Wrong,
    };
    truth.into()
}

/// The message of a review item, without its bodies.
#[must_use]
pub fn review_item(it: ReviewItem) -> proto::ReviewItem {
    let (reviewer, lease_expire_time) =
        it.lease.map(|lease| (lease.reviewer, Some(timestamp(lease.until)))).unwrap_or_default();
    proto::ReviewItem {
        review_item: it.id.to_string(),
        state: state_message(it.state).into(),
        reason: reason(it.origin).into(),
        source: it.key.source,
        page_id: it.key.page_id,
        url: it.url,
        title: it.title,
        language: it.language,
        verdict: verdict(it.verdict).into(),
        finding_count: number(it.finding_count as usize),
        lead: it.lead.map(filed),
        findings: Vec::new(),
        create_time: Some(timestamp(it.created)),
        update_time: Some(timestamp(it.updated)),
        etag: it.etag.to_string(),
        reviewer,
        lease_expire_time,
        decision: it.decision.map_or(0, |(_, decision)| decision_message(decision).into()),
        decision_id: it.decision.map(|(id, _)| id.to_string()).unwrap_or_default(),
        page: None,
        result: None,
        decisions: Vec::new(),
        ruleset_revision: it.ruleset_revision,
        policy_revision: it.policy_revision,
    }
}

/// The message of a review item with all that is kept of it.
pub fn detail(it: Detail) -> Result<proto::ReviewItem, prost::DecodeError> {
    Ok(proto::ReviewItem {
        findings: it.findings.into_iter().map(filed).collect(),
        page: it.page.map(|it| proto::Page::decode(it.as_slice())).transpose()?,
        result: it.result.map(|it| proto::CheckResult::decode(it.as_slice())).transpose()?,
        decisions: it.decisions.into_iter().map(decision_record).collect(),
        ..review_item(it.item)
    })
}

fn filed(it: ReviewFinding) -> proto::FiledFinding {
    let ReviewFinding { finding, right, .. } = it;
    proto::FiledFinding {
        finding_index: number(finding.index as usize),
        rule_id: finding.rule_id,
        kind: kind(finding.kind).into(),
        place: place(finding.place).into(),
        effect: effect(finding.effect).into(),
        confidence: finding.confidence,
        quote: finding.quote,
        truth: truth(right),
    }
}

/// The message of an entry of the audit.
#[must_use]
pub fn decision_record(it: DecisionRecord) -> proto::DecisionRecord {
    let (decided, undone) = match it.kind {
        DecisionKind::Decided(decision) => (decision_message(decision).into(), String::new()),
        DecisionKind::Undone(id) => (0, id.to_string()),
        DecisionKind::Skipped => (0, String::new()),
    };
    let judgement = |(rule_id, it): (String, Judgement)| proto::FindingJudgement {
        finding_index: number(it.finding_index as usize),
        truth: truth(Some(it.right)),
        rule_id,
    };
    proto::DecisionRecord {
        decision_id: it.id.to_string(),
        review_item: it.review_item_id.to_string(),
        source: it.key.source,
        page_id: it.key.page_id,
        decision: decided,
        undone_decision_id: undone,
        reviewer: it.reviewer,
        create_time: Some(timestamp(it.at)),
        note: it.note,
        judgements: it.judgements.into_iter().map(judgement).collect(),
        allowance_ids: it.allowances.iter().map(ToString::to_string).collect(),
        sequence: it.seq,
        skipped: it.kind == DecisionKind::Skipped,
        title: it.title,
    }
}

/// The message of something that happened.
#[must_use]
pub fn event(it: &Event) -> proto::WatchReviewItemsResponse {
    let (event, id, decided) = match it.kind {
        EventKind::Queued { review_item_id, .. } => (proto::ReviewEvent::Queued, Some(review_item_id), None),
        EventKind::Decided { review_item_id, decision, .. } => {
            (proto::ReviewEvent::Decided, Some(review_item_id), Some(decision))
        }
        EventKind::Undone { review_item_id, .. } => (proto::ReviewEvent::Undone, Some(review_item_id), None),
        EventKind::Left { review_item_id, .. } => (proto::ReviewEvent::Left, Some(review_item_id), None),
        EventKind::Allowances => (proto::ReviewEvent::Allowances, None, None),
    };
    proto::WatchReviewItemsResponse {
        sequence: it.seq,
        event: event.into(),
        review_item: id.map(|it| it.to_string()).unwrap_or_default(),
        create_time: Some(timestamp(it.at)),
        decision: decided.map_or(0, |it| decision_message(it).into()),
    }
}

/// The message of an allowance.
#[must_use]
pub fn allowance(it: Allowance) -> proto::Allowance {
    let scope = match it.scope {
        AllowanceScope::Rule { .. } => proto::AllowanceScope::Rule,
        AllowanceScope::Text { .. } => proto::AllowanceScope::Text,
    };
    let (revoker, revoke_time) = it.revoked.map(|end| (end.reviewer, Some(timestamp(end.at)))).unwrap_or_default();
    proto::Allowance {
        allowance_id: it.id.to_string(),
        source: it.source,
        rule_id: it.scope.rule_id().to_owned(),
        scope: scope.into(),
        quote: it.quote,
        decision_id: it.decision_id.to_string(),
        reviewer: it.reviewer,
        create_time: Some(timestamp(it.created)),
        revoker,
        revoke_time,
    }
}

/// A share of a sample with its interval; none of an empty one.
#[must_use]
pub fn proportion(count: u64, total: u64) -> Option<proto::Proportion> {
    let share = Share::of(usize::try_from(count).ok()?, usize::try_from(total).ok()?)?;
    let (count, total) = (i64::try_from(count).ok()?, i64::try_from(total).ok()?);
    Some(proto::Proportion { count, total, share: share.value, low: share.low, high: share.high })
}

/// The message of what reviewers did.
#[must_use]
pub fn work(it: &Work) -> proto::DecisionCounts {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    proto::DecisionCounts {
        time: Some(timestamp(it.at)),
        publish: count(it.published),
        publish_cleaned: count(it.published_cleaned),
        discard: count(it.discarded),
        undone: count(it.undone),
        skipped: count(it.skipped),
    }
}

/// Pages by verdict, with the share of those that were not accepted as they were; none of no page.
#[must_use]
pub fn verdict_counts(verdicts: &[(Verdict, u64)]) -> (proto::VerdictCounts, Option<f64>) {
    let of = |verdict: Verdict| verdicts.iter().filter(|it| it.0 == verdict).map(|it| it.1).sum::<u64>();
    let total: u64 = verdicts.iter().map(|it| it.1).sum();
    let count = |verdict| i64::try_from(of(verdict)).unwrap_or(i64::MAX);
    let counts = proto::VerdictCounts {
        accept: count(Verdict::Accept),
        accept_cleaned: count(Verdict::AcceptCleaned),
        review: count(Verdict::Review),
        reject: count(Verdict::Reject),
    };
    (counts, proportion(total - of(Verdict::Accept), total).map(|it| it.share))
}
