//! The queue as front ends ask for it, in the messages of the API.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    Gate,
    calls::check_request_id,
    desk::{Desk, now},
};
use crate::{
    fault::{Code, Fault},
    limits,
    proto::{
        self, AllowanceScope, BatchDecideReviewItemsRequest, BatchDecideReviewItemsResponse, BatchUndoDecisionsRequest,
        BatchUndoDecisionsResponse, ClaimReviewItemRequest, ClaimReviewItemResponse, DecideReviewItemRequest,
        DecideReviewItemResponse, GetReviewItemRequest, GetReviewItemResponse, ListDecisionsRequest,
        ListDecisionsResponse, ListReviewItemsRequest, ListReviewItemsResponse, ReleaseReviewItemRequest,
        ReleaseReviewItemResponse, ReviewFilter, SkipReviewItemRequest, SkipReviewItemResponse, UndoDecisionRequest,
        UndoDecisionResponse, WatchReviewItemsRequest, WatchReviewItemsResponse,
    },
    review::{
        Cursor, Decision, DecisionId, Etag, Filter, Judgement, Millis, NewAllowance, Position, QuoteHash, ReviewItemId,
        State, Subject,
    },
    store::{Bulk, BulkDecision, BulkUndo, Claim, Conflict, Count, NewDecision, StoreError},
};

/// Answers that wait for the reader of a stream.
const WATCHED: usize = 64;

impl Gate {
    pub(super) fn review(&self) -> Result<&Arc<Desk>, Fault> {
        self.desk().ok_or_else(Fault::no_store)
    }

    /// Lists review items.
    pub async fn list_review_items(&self, request: ListReviewItemsRequest) -> Result<ListReviewItemsResponse, Fault> {
        let desk = self.review()?;
        let limit = page_size(request.page_size, limits::LISTED_ITEMS)?;
        let filter = filter(request.filter.unwrap_or_default())?;
        let mut cursor = cursor(&request.page_token, filter.fingerprint())?;
        if !request.after_review_item.is_empty() {
            cursor = after(cursor, &request.after_review_item, filter.fingerprint())?;
        }
        let listed = desk.store.list(&filter, cursor, limit).await?;
        Ok(ListReviewItemsResponse {
            review_items: listed.rows.into_iter().map(proto::review_item).collect(),
            next_page_token: token(listed.next),
        })
    }

    /// Gets one review item with all that is kept of it.
    pub async fn get_review_item(&self, request: GetReviewItemRequest) -> Result<GetReviewItemResponse, Fault> {
        let id = id(&request.review_item)?;
        Ok(GetReviewItemResponse { review_item: Some(whole(self.review()?, id).await?) })
    }

    /// Reserves a review item.
    pub async fn claim_review_item(&self, request: ClaimReviewItemRequest) -> Result<ClaimReviewItemResponse, Fault> {
        let desk = self.review()?;
        let reviewer = reviewer(&request.reviewer)?;
        let lease = lease(request.lease_seconds)?;
        let claim = if request.review_item.is_empty() {
            Claim::Next(filter(request.filter.unwrap_or_default())?)
        } else {
            Claim::Item(id(&request.review_item)?)
        };
        let (now, lease) = (now(), Millis::try_from(lease.as_millis()).unwrap_or(Millis::MAX));
        let claimed = desk.store.claim(claim, reviewer, now.saturating_add(lease), now).await?;
        let claimed = claimed.ok_or_else(|| {
            let message = "no review item of this filter waits that nobody has";
            Fault::new(Code::NotFound, "QUEUE_EMPTY", message)
        })?;
        Ok(ClaimReviewItemResponse { review_item: Some(whole(desk, claimed.id).await?) })
    }

    /// Gives a review item back.
    pub async fn release_review_item(
        &self,
        request: ReleaseReviewItemRequest,
    ) -> Result<ReleaseReviewItemResponse, Fault> {
        let desk = self.review()?;
        desk.store.release(id(&request.review_item)?, reviewer(&request.reviewer)?).await?;
        Ok(ReleaseReviewItemResponse {})
    }

    /// Decides a review item.
    pub async fn decide_review_item(
        &self,
        request: DecideReviewItemRequest,
    ) -> Result<DecideReviewItemResponse, Fault> {
        let desk = self.review()?;
        check_request_id(&request.request_id)?;
        let review_item_id = id(&request.review_item)?;
        let etag = etag(&request.etag)?;
        let decision = NewDecision {
            review_item_id,
            etag,
            decision: decision(request.decision())?,
            judgements: judgements(&request.judgements)?,
            allowances: allowances(&request.allowances)?,
            note: note(request.note)?,
            reviewer: reviewer(&request.reviewer)?.to_owned(),
            request_id: scoped(&request.reviewer, &request.request_id),
        };
        let record = desk.store.decide(decision, now()).await.map_err(|it| lost(it, etag))?;
        applied(desk).await;
        let item = desk.store.get(review_item_id).await?.item;
        Ok(DecideReviewItemResponse {
            review_item: Some(proto::review_item(item)),
            decision: Some(proto::decision_record(record)),
        })
    }

    /// Decides many review items alike, or counts them.
    pub async fn batch_decide_review_items(
        &self,
        request: BatchDecideReviewItemsRequest,
    ) -> Result<BatchDecideReviewItemsResponse, Fault> {
        let desk = self.review()?;
        check_request_id(&request.request_id)?;
        let until = request.until_time.as_ref().map_or_else(now, proto::millis);
        let which = which(&request, until)?;
        if request.preview {
            let (matched_count, has_more) = count(desk, &which).await?;
            let until_time = Some(proto::timestamp(until));
            return Ok(BatchDecideReviewItemsResponse { matched_count, has_more, until_time, ..Default::default() });
        }
        let decision = BulkDecision {
            which,
            decision: decision(request.decision())?,
            judgements: rule_judgements(&request)?,
            note: note(request.note)?,
            reviewer: reviewer(&request.reviewer)?.to_owned(),
            request_id: scoped(&request.reviewer, &request.request_id),
        };
        let decided = desk.store.decide_many(decision, now()).await?;
        applied(desk).await;
        Ok(BatchDecideReviewItemsResponse {
            matched_count: 0,
            has_more: decided.has_more,
            decided_items: texts(&decided.decided),
            passed_over_items: texts(&decided.passed_over),
            until_time: Some(proto::timestamp(until)),
        })
    }

    /// Notes that a reviewer looked and did not decide.
    pub async fn skip_review_item(&self, request: SkipReviewItemRequest) -> Result<SkipReviewItemResponse, Fault> {
        let desk = self.review()?;
        let review_item_id = id(&request.review_item)?;
        let (reviewer, note) = (reviewer(&request.reviewer)?, note(request.note)?);
        let record = desk.store.skip(review_item_id, reviewer, &note, now()).await?;
        let item = desk.store.get(review_item_id).await?.item;
        Ok(SkipReviewItemResponse {
            review_item: Some(proto::review_item(item)),
            record: Some(proto::decision_record(record)),
        })
    }

    /// Takes a decision back.
    pub async fn undo_decision(&self, request: UndoDecisionRequest) -> Result<UndoDecisionResponse, Fault> {
        let desk = self.review()?;
        let id = request.decision_id.parse().map_err(|it| Fault::field("decision_id", &format!("{it}")))?;
        let (reviewer, note) = (reviewer(&request.reviewer)?, note(request.note)?);
        let record = desk.store.undo(id, reviewer, &note, now()).await?;
        applied(desk).await;
        let item = desk.store.get(record.review_item_id).await?.item;
        Ok(UndoDecisionResponse {
            undoing: Some(proto::decision_record(record)),
            review_item: Some(proto::review_item(item)),
        })
    }

    /// Takes many decisions back.
    pub async fn batch_undo_decisions(
        &self,
        request: BatchUndoDecisionsRequest,
    ) -> Result<BatchUndoDecisionsResponse, Fault> {
        let desk = self.review()?;
        let (reviewer, note) = (reviewer(&request.reviewer)?, note(request.note)?);
        let which = match (request.request_id.is_empty(), request.decision_ids.len()) {
            (true, 1..=limits::BULK_ITEMS) => BulkUndo::Ids(decision_ids(&request.decision_ids)?),
            (true, 0) => return Err(Fault::field("decision_ids", "is empty: name decisions, or set request_id")),
            (true, count) => {
                let message = format!("has {count} ids, limit is {}", limits::BULK_ITEMS);
                return Err(Fault::field("decision_ids", &message));
            }
            (false, 0) => BulkUndo::Request(scoped(reviewer, &request.request_id)),
            (false, _) => {
                return Err(Fault::field("request_id", "is set beside decision_ids: send one of them"));
            }
        };
        let undone = desk.store.undo_many(which, reviewer, &note, now()).await.map_err(|error| match error {
            StoreError::NotFound { .. } if !request.request_id.is_empty() => {
                let message = format!("{reviewer} decided nothing by a request {:?}", request.request_id);
                Fault::new(Code::NotFound, "ID_NOT_FOUND", message).with("what", "request")
            }
            other => other.into(),
        })?;
        applied(desk).await;
        Ok(BatchUndoDecisionsResponse {
            undone_items: texts(&undone.undone),
            passed_over_items: texts(&undone.passed_over),
            has_more: undone.has_more,
        })
    }

    /// Lists what was decided, undone and skipped.
    pub async fn list_decisions(&self, request: ListDecisionsRequest) -> Result<ListDecisionsResponse, Fault> {
        let desk = self.review()?;
        let limit = page_size(request.page_size, limits::LISTED_ITEMS)?;
        if !request.review_item.is_empty() {
            // Those of one item are few, and come at once.
            if !request.page_token.is_empty() {
                return Err(Fault::field("page_token", "is of another list: the decisions on one item come at once"));
            }
            let decisions = desk.store.get(id(&request.review_item)?).await?.decisions;
            let decisions = decisions.into_iter().map(proto::decision_record).collect();
            return Ok(ListDecisionsResponse { decisions, next_page_token: String::new() });
        }
        let listed = if request.newest_first {
            desk.store.latest_decisions(cursor(&request.page_token, Cursor::DECISIONS_BACK)?, limit).await?
        } else {
            desk.store.decisions(cursor(&request.page_token, Cursor::DECISIONS)?, limit).await?
        };
        Ok(ListDecisionsResponse {
            decisions: listed.rows.into_iter().map(proto::decision_record).collect(),
            next_page_token: token(listed.next),
        })
    }

    /// Tells what happens in the queue, until the receiver is dropped or `stop` says that the server stops.
    pub async fn watch_review_items(
        &self,
        request: WatchReviewItemsRequest,
        stop: CancellationToken,
    ) -> Result<mpsc::Receiver<Result<WatchReviewItemsResponse, Fault>>, Fault> {
        let desk = Arc::clone(self.review()?);
        if request.after_sequence < 0 {
            let message = format!("is {}, must be 0 or more", request.after_sequence);
            return Err(Fault::field("after_sequence", &message));
        }
        let after = if request.after_sequence > 0 { request.after_sequence } else { desk.store.last_event().await? };
        let (tell, told) = mpsc::channel(WATCHED);
        tokio::spawn(async move {
            let end = tokio::select! {
                end = watch(&desk, after, &tell) => end,
                () = stop.cancelled() => Err(Fault::draining()),
                () = tell.closed() => Ok(()),
            };
            if let Err(fault) = end {
                // The reader may have left meanwhile.
                drop(tell.send(Err(fault)).await);
            }
        });
        Ok(told)
    }
}

async fn watch(
    desk: &Desk,
    mut after: i64,
    tell: &mpsc::Sender<Result<WatchReviewItemsResponse, Fault>>,
) -> Result<(), Fault> {
    let mut last = desk.watch();
    loop {
        // Fails only when the desk is gone.
        if last.wait_for(|it| *it > after).await.is_err() {
            return Err(Fault::draining());
        }
        let events = desk.store.events_after(after, limits::LISTED_EVENTS).await?;
        for event in &events {
            if tell.send(Ok(proto::event(event))).await.is_err() {
                return Ok(());
            }
            after = event.seq;
        }
        if events.is_empty() {
            // Removed as past their time: go on after them.
            after = *last.borrow();
        }
    }
}

/// After a decision of its own a server goes by it at once; others learn of it, and this one, too, where it fails.
async fn applied(desk: &Desk) {
    if let Err(error) = desk.catch_up().await {
        tracing::warn!(%error, "read what was decided; it is read again");
    }
}

async fn whole(desk: &Desk, id: ReviewItemId) -> Result<proto::ReviewItem, Fault> {
    proto::detail(desk.store.get(id).await?).map_err(|it| Fault::internal(&it))
}

/// Who named an etag and came second is told so as a conflict; who named none asked for the wrong state.
fn lost(error: StoreError, etag: Option<Etag>) -> Fault {
    let was_first = matches!(error, StoreError::Conflict(Conflict::Decided { .. }));
    let fault = Fault::from(error);
    if was_first && etag.is_some() { Fault { code: Code::Aborted, ..fault } } else { fault }
}

fn id(text: &str) -> Result<ReviewItemId, Fault> {
    text.parse().map_err(|it| Fault::field("review_item", &format!("{it}")))
}

/// The id of a request as the store keeps it: two reviewers who chose the same one do not meet. With an API key the
/// reviewer is its name.
fn scoped(reviewer: &str, id: &str) -> String {
    if id.is_empty() {
        return String::new();
    }
    format!("{}:{id}", &blake3::hash(reviewer.as_bytes()).to_hex()[..16])
}

fn texts(ids: &[ReviewItemId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

fn decision_ids(texts: &[String]) -> Result<Vec<DecisionId>, Fault> {
    texts.iter().map(|it| it.parse().map_err(|it| Fault::field("decision_ids", &format!("{it}")))).collect()
}

/// The later of two places in a list: where a token says, and after an item.
fn after(token: Option<Cursor>, item: &str, list: [u8; 8]) -> Result<Option<Cursor>, Fault> {
    let item: ReviewItemId = item.parse().map_err(|it| Fault::field("after_review_item", &format!("{it}")))?;
    match token.map(|it| it.position_in(list)) {
        Some(Ok(Position::Id(at))) if at >= item.bytes() => Ok(token),
        _ => Ok(Some(Cursor::new(list, Position::Id(item.bytes())))),
    }
}

fn etag(text: &str) -> Result<Option<Etag>, Fault> {
    let parsed = (!text.is_empty()).then(|| text.parse()).transpose();
    parsed.map_err(|it: crate::review::EtagError| Fault::field("etag", &it.to_string()))
}

pub(super) fn reviewer(name: &str) -> Result<&str, Fault> {
    if name.is_empty() {
        return Err(Fault::field("reviewer", "is missing: name who does this, or use an API key"));
    }
    if name.len() > limits::REVIEWER_BYTES {
        let message = format!("has {} bytes, limit is {}", name.len(), limits::REVIEWER_BYTES);
        return Err(Fault::field("reviewer", &message));
    }
    Ok(name)
}

fn note(note: String) -> Result<String, Fault> {
    if note.len() > limits::NOTE_BYTES {
        let message = format!("has {} bytes, limit is {}", note.len(), limits::NOTE_BYTES);
        return Err(Fault::field("note", &message));
    }
    Ok(note)
}

fn decision(message: proto::Decision) -> Result<Decision, Fault> {
    let missing = || Fault::field("decision", "is missing, must be PUBLISH, PUBLISH_CLEANED or DISCARD");
    proto::decision(message).ok_or_else(missing)
}

fn index(field: &str, index: i32) -> Result<u32, Fault> {
    u32::try_from(index).map_err(|_| Fault::field(field, &format!("is {index}, must be 0 or more")))
}

fn judgements(messages: &[proto::FindingJudgement]) -> Result<Vec<Judgement>, Fault> {
    let mut judgements = Vec::new();
    for it in messages {
        let right = proto::judgement(it.truth())
            .ok_or_else(|| Fault::field("judgements.truth", "is missing, must be RIGHT or WRONG"))?;
        judgements.push(Judgement { finding_index: index("judgements.finding_index", it.finding_index)?, right });
    }
    Ok(judgements)
}

fn rule_judgements(request: &BatchDecideReviewItemsRequest) -> Result<Vec<(String, bool)>, Fault> {
    let right = |it: &proto::RuleJudgement| {
        let right = proto::judgement(it.truth());
        let missing = || Fault::field("judgements.truth", "is missing, must be RIGHT or WRONG");
        right.map(|right| (it.rule_id.clone(), right)).ok_or_else(missing)
    };
    request.judgements.iter().map(right).collect()
}

fn allowances(messages: &[proto::NewAllowance]) -> Result<Vec<NewAllowance>, Fault> {
    let mut allowances = Vec::new();
    for it in messages {
        let text_only = match it.scope() {
            AllowanceScope::Rule => false,
            AllowanceScope::Text => true,
            AllowanceScope::Unspecified => {
                return Err(Fault::field("allowances.scope", "is missing, must be RULE or TEXT"));
            }
        };
        let finding_index = index("allowances.finding_index", it.finding_index)?;
        allowances.push(NewAllowance { finding_index, text_only });
    }
    Ok(allowances)
}

fn lease(seconds: i32) -> Result<Duration, Fault> {
    let most = limits::LEASE.as_secs();
    match u64::try_from(seconds) {
        Ok(0) => Ok(limits::DEFAULT_LEASE),
        Ok(seconds) if seconds <= most => Ok(Duration::from_secs(seconds)),
        _ => Err(Fault::field("lease_seconds", &format!("is {seconds}, must be 0 to {most}"))),
    }
}

fn which(request: &BatchDecideReviewItemsRequest, until: Millis) -> Result<Bulk, Fault> {
    match (&request.filter, request.review_items.len()) {
        (None, 1..=limits::BULK_ITEMS) => {
            request.review_items.iter().map(|it| id(it)).collect::<Result<_, _>>().map(Bulk::Ids)
        }
        (None, 0) => Err(Fault::field("review_items", "is empty: name items, or set a filter")),
        (None, count) => {
            Err(Fault::field("review_items", &format!("has {count} ids, limit is {}", limits::BULK_ITEMS)))
        }
        (Some(of), 0) => {
            let filter = filter(of.clone())?;
            if filter.states != [State::Pending] {
                return Err(Fault::field("filter.states", "must be empty: only items that wait are decided"));
            }
            Ok(Bulk::Matching { filter, until })
        }
        (Some(_), _) => Err(Fault::field("filter", "is set beside review_items: send one of them")),
    }
}

async fn count(desk: &Desk, which: &Bulk) -> Result<(i64, bool), Fault> {
    let (count, has_more) = match which {
        Bulk::Matching { filter, until } => match desk.store.count(filter, Some(*until)).await? {
            Count::Exactly(count) => (count, false),
            Count::AtLeast(count) => (count, true),
        },
        Bulk::Ids(ids) => {
            let mut count = 0;
            for id in ids {
                match desk.store.get(*id).await {
                    Ok(detail) => count += u64::from(detail.item.state == State::Pending),
                    Err(StoreError::NotFound { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            (count, false)
        }
    };
    Ok((i64::try_from(count).unwrap_or(i64::MAX), has_more))
}

/// The filter of a message.
pub(super) fn filter(message: ReviewFilter) -> Result<Filter, Fault> {
    let unknown = |field: &str| Fault::field(field, "has a value that is not known");
    let states = message.states().map(|it| proto::state(it).ok_or_else(|| unknown("filter.states")));
    let states = states.collect::<Result<Vec<_>, _>>()?;
    let origins = message.reasons().map(|it| proto::origin(it).ok_or_else(|| unknown("filter.reasons")));
    let origins = origins.collect::<Result<Vec<_>, _>>()?;
    let kinds = message.kinds().map(|it| proto::junk_kind(it).ok_or_else(|| unknown("filter.kinds")));
    let kinds = kinds.collect::<Result<Vec<_>, _>>()?;
    let source = (!message.source.is_empty()).then_some(message.source);
    let subject = match (kinds.is_empty(), message.rule_ids, message.quote) {
        (true, rules, quote) if quote.is_empty() => Subject::Rules(rules),
        (true, mut rules, quote) if rules.len() == 1 => {
            Subject::Quote { rule_id: rules.remove(0), quote_hash: QuoteHash::of(&quote) }
        }
        (false, rules, quote) if rules.is_empty() && quote.is_empty() => Subject::Kinds(kinds),
        (false, ..) => {
            return Err(Fault::field("filter.kinds", "is set beside rule_ids or quote: a rule has one kind, send one"));
        }
        (true, ..) => return Err(Fault::field("filter.quote", "needs exactly one rule in rule_ids")),
    };
    let filter = Filter { states, origins, source, subject };
    filter.checked().map_err(|it| Fault::field("filter", &it.to_string()))
}

pub(super) fn page_size(asked: i32, most: usize) -> Result<usize, Fault> {
    match usize::try_from(asked) {
        Ok(0) => Ok(limits::DEFAULT_LISTED),
        Ok(size) => Ok(size.min(most)),
        Err(_) => Err(Fault::field("page_size", &format!("is {asked}, must be 0 or more"))),
    }
}

pub(super) fn cursor(token: &str, list: [u8; 8]) -> Result<Option<Cursor>, Fault> {
    let parsed = (!token.is_empty()).then(|| Cursor::parse(token, list)).transpose();
    parsed.map_err(|it| Fault::field("page_token", &it.to_string()))
}

pub(super) fn token(next: Option<Cursor>) -> String {
    next.map(|it| it.to_string()).unwrap_or_default()
}
