//! The store on a database: checks what it is given, and runs the statements on the backend.

use std::{path::Path, sync::Arc, time::Instant};

use async_trait::async_trait;

use super::{
    Answer, ApiKey, Bulk, BulkDecided, BulkDecision, BulkUndo, BulkUndone, Claim, Count, DecidedPage, Depth, Detail,
    Event, Health, Held, History, HistoryOf, Listed, NewDecision, OpenSession, Purged, Reject, SavedFilter, Session,
    SourceOutcomes, Store, StoreError, StoredAnswer, Traffic,
    backend::Backend,
    work::{
        allowance, answer, body, count, decide, event, filter, history, key, list, lookup, purge, queue, reject,
        session,
    },
};
use crate::{
    limits, metrics,
    review::{
        Allowance, AllowanceId, Allowances, Cursor, DecisionId, DecisionRecord, Filter, KeyHash, KeyId, Millis,
        NewItem, Outcomes, PageKey, ReviewItem, ReviewItemId, RuleOutcomes,
    },
};

type Result<T> = std::result::Result<T, StoreError>;

/// The store on one sort of database.
#[derive(Debug)]
pub(super) struct Database<B> {
    /// The database.
    pub(super) backend: B,
    /// Pages that may wait for a decision.
    pub(super) queue_limit: u64,
}

/// Runs work of `work` on the backend, with its arguments by name: they are shared, as the work may run again.
macro_rules! run {
    ($self:ident.$how:ident, |$c:ident $(, $argument:ident)*| $work:expr) => {{
        let shared = Arc::new(($($argument,)*));
        let begun = Instant::now();
        let answer = $self.backend.$how(move |$c| {
            let shared = Arc::clone(&shared);
            Box::pin(async move {
                let ($($argument,)*) = &*shared;
                $work.await
            })
        }).await;
        let is_lost = matches!(&answer, Err(error) if error.is_of_the_database());
        metrics::stored(stringify!($how), begun, !is_lost);
        answer
    }};
}

#[async_trait]
impl<B: Backend> Store for Database<B> {
    async fn hold(&self, item: NewItem, now: Millis) -> Result<Held> {
        check_item(&item)?;
        let limit = self.queue_limit;
        let packed = packed(move || {
            let (page, result) = (body::pack(&item.page), body::pack(&item.result));
            queue::Packed { item: NewItem { page: Vec::new(), result: Vec::new(), ..item }, page, result }
        })
        .await?;
        run!(self.write, |c, packed, limit, now| queue::hold(c, packed, *limit, *now))
    }

    async fn supersede(&self, key: &PageKey, now: Millis) -> Result<Option<ReviewItemId>> {
        let key = key.clone();
        run!(self.write, |c, key, now| queue::supersede(c, key, *now))
    }

    async fn decision_of(&self, key: &PageKey) -> Result<Option<Answer>> {
        let key = key.clone();
        run!(self.read, |c, key| answer::decision_of(c, key))
    }

    async fn decided_keys(&self, after: Option<ReviewItemId>, limit: usize) -> Result<Vec<(ReviewItemId, KeyHash)>> {
        let limit = limit.min(limits::DECIDED_KEYS);
        run!(self.read, |c, after, limit| answer::decided_keys(c, *after, *limit))
    }

    async fn answer_of(&self, request_id: &str, now: Millis) -> Result<Option<StoredAnswer>> {
        let request_id = request_id.to_owned();
        run!(self.read, |c, request_id, now| answer::get(c, request_id, *now))
    }

    async fn remember_answer(&self, request_id: &str, new: StoredAnswer, now: Millis) -> Result<StoredAnswer> {
        not_empty("request_id", request_id)?;
        within("request_id", request_id.len(), limits::STORED_REQUEST_ID_BYTES)?;
        within("answer", new.answer.len(), limits::STORED_ANSWER_BYTES)?;
        let (request_id, key) = (request_id.to_owned(), new.key);
        let (body, new) = packed(move || (body::pack(&new.answer), new)).await?;
        let kept = run!(self.write, |c, request_id, key, body, now| answer::remember(c, request_id, *key, body, *now))?;
        Ok(kept.unwrap_or(new))
    }

    async fn record_rejects(&self, rejects: Vec<Reject>) -> Result<()> {
        if rejects.is_empty() {
            return Ok(());
        }
        within("rejects", rejects.len(), limits::REJECT_BATCH)?;
        for it in &rejects {
            check_key(&it.key)?;
            within("url", it.url.len(), limits::URL_BYTES)?;
            within("findings", it.findings.len(), limits::BODY_BYTES)?;
        }
        let rejects = packed(move || {
            let pack = |it: Reject| {
                let text = body::pack(queue::cut(&it.text, limits::REJECT_TEXT_BYTES).as_bytes());
                let findings = body::pack(&it.findings);
                (Reject { findings, text: String::new(), ..it }, text)
            };
            rejects.into_iter().map(pack).collect::<Vec<_>>()
        })
        .await?;
        run!(self.write, |c, rejects| reject::record(c, rejects))
    }

    async fn rejects(&self, source: Option<&str>, cursor: Option<Cursor>, limit: usize) -> Result<Listed<Reject>> {
        let (source, limit) = (source.map(str::to_owned), listed(limit));
        run!(self.read, |c, source, cursor, limit| reject::all(c, source.as_deref(), *cursor, *limit))
    }

    async fn record_traffic(&self, traffic: Traffic, now: Millis) -> Result<()> {
        within("traffic", traffic.verdicts.len() + traffic.hits.len(), limits::TRAFFIC_ROWS)?;
        run!(self.write, |c, traffic, now| count::record_traffic(c, traffic, *now))
    }

    async fn list(&self, filter: &Filter, cursor: Option<Cursor>, limit: usize) -> Result<Listed<ReviewItem>> {
        let (filter, limit) = (checked(filter)?, listed(limit));
        run!(self.read, |c, filter, cursor, limit| list::items(c, filter, *cursor, *limit))
    }

    async fn count(&self, filter: &Filter, until: Option<Millis>) -> Result<Count> {
        let filter = checked(filter)?;
        run!(self.read, |c, filter, until| list::count(c, filter, *until))
    }

    async fn get(&self, id: ReviewItemId) -> Result<Detail> {
        run!(self.read, |c, id| lookup::detail(c, *id))
    }

    async fn claim(&self, claim: Claim, reviewer: &str, until: Millis, now: Millis) -> Result<Option<ReviewItem>> {
        check_reviewer(reviewer)?;
        let longest = now.saturating_add(queue::millis(limits::LEASE));
        if until <= now || until > longest {
            let message = format!("a lease of {} ms; it is above 0 and at most 12 hours", until.saturating_sub(now));
            return Err(StoreError::Invalid { field: "lease", message });
        }
        let claim = match claim {
            Claim::Item(id) => Claim::Item(id),
            Claim::Next(filter) => Claim::Next(checked(&filter)?),
        };
        let reviewer = reviewer.to_owned();
        run!(self.write, |c, claim, reviewer, until, now| queue::claim(c, claim, reviewer, *until, *now))
    }

    async fn release(&self, id: ReviewItemId, reviewer: &str) -> Result<()> {
        let reviewer = reviewer.to_owned();
        run!(self.write, |c, id, reviewer| queue::release(c, *id, reviewer))
    }

    async fn decide(&self, new: NewDecision, now: Millis) -> Result<DecisionRecord> {
        check_reviewer(&new.reviewer)?;
        within("note", new.note.len(), limits::NOTE_BYTES)?;
        within("request_id", new.request_id.len(), limits::STORED_REQUEST_ID_BYTES)?;
        within("judgements", new.judgements.len(), limits::JUDGEMENTS)?;
        within("allowances", new.allowances.len(), limits::ALLOWANCES_PER_DECISION)?;
        let id = DecisionId::new(now);
        run!(self.write, |c, id, new, now| decide::decide(c, *id, new, *now))
    }

    async fn decide_many(&self, bulk: BulkDecision, now: Millis) -> Result<BulkDecided> {
        check_reviewer(&bulk.reviewer)?;
        within("note", bulk.note.len(), limits::NOTE_BYTES)?;
        within("request_id", bulk.request_id.len(), limits::STORED_REQUEST_ID_BYTES)?;
        within("judgements", bulk.judgements.len(), limits::FILTER_VALUES)?;
        let bulk = Arc::new(bulk);
        let (mut done, mut after) = (BulkDecided::default(), None);
        loop {
            let room = limits::BULK_ITEMS - done.decided.len() - done.passed_over.len();
            let ids = self.next_chunk(&bulk, after, room.min(limits::BULK_CHUNK)).await?;
            let Some(last) = ids.last().copied() else { return Ok(done) };
            if room == 0 {
                done.has_more = true;
                return Ok(done);
            }
            let chunk: Vec<_> = ids.into_iter().map(|it| (it, DecisionId::new(now))).collect();
            let bulk = Arc::clone(&bulk);
            let part = run!(self.write, |c, chunk, bulk, now| decide::decide_chunk(c, chunk, bulk, *now))?;
            done.decided.extend(part.decided);
            done.passed_over.extend(part.passed_over);
            after = Some(last);
        }
    }

    async fn undo(&self, undone: DecisionId, reviewer: &str, note: &str, now: Millis) -> Result<DecisionRecord> {
        check_reviewer(reviewer)?;
        within("note", note.len(), limits::NOTE_BYTES)?;
        let (id, reviewer, note) = (DecisionId::new(now), reviewer.to_owned(), note.to_owned());
        run!(self.write, |c, id, undone, reviewer, note, now| decide::undo(c, *id, *undone, reviewer, note, *now))
    }

    async fn undo_many(&self, which: BulkUndo, reviewer: &str, note: &str, now: Millis) -> Result<BulkUndone> {
        check_reviewer(reviewer)?;
        within("note", note.len(), limits::NOTE_BYTES)?;
        let which = match which {
            BulkUndo::Ids(ids) => {
                within("decision_ids", ids.len(), limits::BULK_ITEMS)?;
                BulkUndo::Ids(run!(self.read, |c, ids| decide::by_item(c, ids))?)
            }
            BulkUndo::Request(request_id) => {
                let checked = request_id.clone();
                run!(self.read, |c, checked| decide::check_request(c, checked))?;
                BulkUndo::Request(request_id)
            }
        };
        let (mut done, mut after) = (BulkUndone::default(), None);
        loop {
            let room = limits::BULK_ITEMS - done.undone.len() - done.passed_over.len();
            let ids = self.next_undone(&which, after, room.min(limits::BULK_CHUNK)).await?;
            let Some(last) = ids.last().copied() else { return Ok(done) };
            if room == 0 {
                done.has_more = true;
                return Ok(done);
            }
            let chunk: Vec<_> = ids.into_iter().map(|it| (it, DecisionId::new(now))).collect();
            let (reviewer, note) = (reviewer.to_owned(), note.to_owned());
            let part =
                run!(self.write, |c, chunk, reviewer, note, now| decide::undo_chunk(c, chunk, reviewer, note, *now))?;
            done.undone.extend(part.undone);
            done.passed_over.extend(part.passed_over);
            after = Some(last);
        }
    }

    async fn skip(&self, item: ReviewItemId, reviewer: &str, note: &str, now: Millis) -> Result<DecisionRecord> {
        check_reviewer(reviewer)?;
        within("note", note.len(), limits::NOTE_BYTES)?;
        let (id, reviewer, note) = (DecisionId::new(now), reviewer.to_owned(), note.to_owned());
        run!(self.write, |c, id, item, reviewer, note, now| decide::skip(c, *id, *item, reviewer, note, *now))
    }

    async fn decisions(&self, cursor: Option<Cursor>, limit: usize) -> Result<Listed<DecisionRecord>> {
        let limit = listed(limit);
        run!(self.read, |c, cursor, limit| decide::all(c, *cursor, *limit))
    }

    async fn latest_decisions(&self, cursor: Option<Cursor>, limit: usize) -> Result<Listed<DecisionRecord>> {
        let limit = listed(limit);
        run!(self.read, |c, cursor, limit| decide::latest(c, *cursor, *limit))
    }

    async fn export(&self, cursor: Option<Cursor>, limit: usize) -> Result<Listed<DecidedPage>> {
        let limit = limit.clamp(1, limits::EXPORTED_PAGES);
        run!(self.read, |c, cursor, limit| list::export(c, *cursor, *limit))
    }

    async fn events_after(&self, seq: i64, limit: usize) -> Result<Vec<Event>> {
        let limit = limit.clamp(1, limits::LISTED_EVENTS);
        run!(self.read, |c, seq, limit| event::after(c, *seq, *limit))
    }

    async fn last_event(&self) -> Result<i64> {
        run!(self.read, |c| event::last(c))
    }

    async fn allowances(&self) -> Result<Allowances> {
        run!(self.read, |c| allowance::in_force(c))
    }

    async fn allowance_history(&self, cursor: Option<Cursor>, limit: usize) -> Result<Listed<Allowance>> {
        let limit = listed(limit);
        run!(self.read, |c, cursor, limit| allowance::history(c, *cursor, *limit))
    }

    async fn revoke_allowance(&self, id: AllowanceId, reviewer: &str, now: Millis) -> Result<Allowance> {
        check_reviewer(reviewer)?;
        let reviewer = reviewer.to_owned();
        run!(self.write, |c, id, reviewer, now| allowance::revoke(c, *id, reviewer, *now))
    }

    async fn rule_outcomes(&self, source: Option<&str>) -> Result<Vec<RuleOutcomes>> {
        let source = source.map(str::to_owned);
        run!(self.read, |c, source| count::rule_outcomes(c, source.as_deref()))
    }

    async fn rule_sources(&self, rule_id: &str, limit: usize) -> Result<Vec<RuleOutcomes>> {
        let rule_id = rule_id.to_owned();
        run!(self.read, |c, rule_id, limit| count::rule_sources(c, rule_id, *limit))
    }

    async fn source_outcomes(&self, since: Millis, limit: usize) -> Result<Vec<SourceOutcomes>> {
        run!(self.read, |c, since, limit| count::source_outcomes(c, *since, *limit))
    }

    async fn outcomes(&self) -> Result<Outcomes> {
        run!(self.read, |c| count::outcomes(c))
    }

    async fn history(&self, of: HistoryOf, now: Millis) -> Result<History> {
        within("days", of.days as usize, limits::TRAFFIC_DAYS as usize)?;
        run!(self.read, |c, of, now| history::history(c, of, *now))
    }

    async fn record_level(&self, now: Millis) -> Result<()> {
        run!(self.write, |c, now| history::record_level(c, *now))
    }

    async fn depth(&self) -> Result<Depth> {
        run!(self.read, |c| count::depth(c))
    }

    async fn create_key(&self, key: ApiKey) -> Result<()> {
        not_empty("prefix", &key.prefix)?;
        within("prefix", key.prefix.len(), limits::REQUEST_ID_BYTES)?;
        check_reviewer(&key.name)?;
        run!(self.write, |c, key| key::create(c, key))
    }

    async fn find_key(&self, prefix: &str) -> Result<Option<ApiKey>> {
        let prefix = prefix.to_owned();
        run!(self.read, |c, prefix| key::find(c, prefix))
    }

    async fn revoke_key(&self, id: KeyId, now: Millis) -> Result<ApiKey> {
        run!(self.write, |c, id, now| key::revoke(c, *id, *now))
    }

    async fn keys(&self) -> Result<Vec<ApiKey>> {
        run!(self.read, |c| key::all(c))
    }

    async fn open_session(&self, session: Session, now: Millis) -> Result<()> {
        run!(self.write, |c, session, now| session::open(c, session, *now))
    }

    async fn find_session(&self, token_hash: &[u8; 32]) -> Result<Option<OpenSession>> {
        let token_hash = *token_hash;
        run!(self.read, |c, token_hash| session::find(c, token_hash))
    }

    async fn close_session(&self, token_hash: &[u8; 32]) -> Result<()> {
        let token_hash = *token_hash;
        run!(self.write, |c, token_hash| session::close(c, token_hash))
    }

    async fn save_filter(&self, filter: SavedFilter) -> Result<()> {
        check_reviewer(&filter.reviewer)?;
        not_empty("name", &filter.name)?;
        within("name", filter.name.len(), limits::FILTER_NAME_BYTES)?;
        within("filter", filter.filter.len(), limits::SAVED_FILTER_BYTES)?;
        run!(self.write, |c, filter| filter::save(c, filter))
    }

    async fn saved_filters(&self) -> Result<Vec<SavedFilter>> {
        run!(self.read, |c| filter::all(c))
    }

    async fn delete_filter(&self, name: &str) -> Result<()> {
        let name = name.to_owned();
        run!(self.write, |c, name| filter::delete(c, name))
    }

    async fn purge(&self, now: Millis) -> Result<Purged> {
        let expired = run!(self.write, |c, now| purge::expire(c, *now))?;
        let queue = run!(self.write, |c, now| purge::queue(c, *now))?;
        let rejects = run!(self.write, |c, now| purge::rejects(c, *now))?;
        let sums = run!(self.write, |c, now| purge::sums(c, *now))?;
        Ok(Purged {
            bodies: queue.bodies,
            expired: expired.expired,
            items: queue.items,
            rejects: rejects.rejects,
            answers: queue.answers,
            events: queue.events,
            traffic: rejects.traffic,
            sessions: rejects.sessions,
            sums: sums.sums,
            has_more: expired.has_more || queue.has_more || rejects.has_more || sums.has_more,
        })
    }

    async fn health(&self) -> Result<Health> {
        run!(self.read, |c| event::last(c))?;
        let (at, database) = (self.backend.at(), self.backend.name());
        Ok(Health { at, database, waiting: self.backend.waiting() })
    }

    async fn backup(&self, file: &Path) -> Result<()> {
        let invalid =
            |message: &str| StoreError::Invalid { field: "file", message: format!("{} {message}", file.display()) };
        if file.exists() {
            return Err(invalid("exists: name a file that is new"));
        }
        let file = file.to_str().ok_or_else(|| invalid("is no UTF-8"))?.to_owned();
        run!(self.read, |c, file| c.backup(file))
    }

    async fn close(&self) {
        self.backend.close().await;
    }
}

impl<B: Backend> Database<B> {
    /// The next review items of a bulk decision. Where nothing more may be decided, one that would be next.
    async fn next_chunk(
        &self,
        bulk: &BulkDecision,
        after: Option<ReviewItemId>,
        room: usize,
    ) -> Result<Vec<ReviewItemId>> {
        let limit = room.max(1);
        match &bulk.which {
            Bulk::Ids(ids) => {
                within("review_item_ids", ids.len(), limits::BULK_ITEMS)?;
                let mut ids = ids.clone();
                ids.sort();
                ids.dedup();
                Ok(ids.into_iter().filter(|it| after.is_none_or(|after| *it > after)).take(limit).collect())
            }
            Bulk::Matching { filter, until } => {
                let (filter, until) = (checked(filter)?, *until);
                run!(self.read, |c, filter, until, after, limit| decide::bulk_ids(c, filter, *until, *after, *limit))
            }
        }
    }

    /// The next decisions to be taken back, after one. Where nothing more may be, one that would be next.
    async fn next_undone(&self, which: &BulkUndo, after: Option<DecisionId>, room: usize) -> Result<Vec<DecisionId>> {
        let limit = room.max(1);
        match which {
            BulkUndo::Ids(ids) => {
                let done = after.and_then(|after| ids.iter().position(|it| *it == after)).map_or(0, |at| at + 1);
                Ok(ids.iter().skip(done).take(limit).copied().collect())
            }
            BulkUndo::Request(request_id) => {
                let request_id = request_id.clone();
                run!(self.read, |c, request_id, limit| decide::of_request(c, request_id, *limit))
            }
        }
    }
}

/// Packs bodies on a thread that may take its time.
async fn packed<T: Send + 'static>(pack: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(pack).await.map_err(|it| StoreError::unavailable(format!("packing a body: {it}")))
}

fn check_item(item: &NewItem) -> Result<()> {
    check_key(&item.key)?;
    within("url", item.url.len(), limits::URL_BYTES)?;
    within("language", item.language.len(), limits::LANGUAGE_BYTES)?;
    within("page", item.page.len(), limits::BODY_BYTES)?;
    within("result", item.result.len(), limits::BODY_BYTES)
}

fn check_key(key: &PageKey) -> Result<()> {
    not_empty("page_id", &key.page_id)?;
    within("page_id", key.page_id.len(), limits::ID_BYTES)?;
    within("source", key.source.len(), limits::SOURCE_BYTES)
}

fn check_reviewer(reviewer: &str) -> Result<()> {
    not_empty("reviewer", reviewer)?;
    within("reviewer", reviewer.len(), limits::REVIEWER_BYTES)
}

fn checked(filter: &Filter) -> Result<Filter> {
    let invalid = |it: crate::review::FilterError| StoreError::Invalid { field: "filter", message: it.to_string() };
    filter.clone().checked().map_err(invalid)
}

fn not_empty(field: &'static str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(StoreError::Invalid { field, message: "is empty".to_owned() });
    }
    Ok(())
}

fn within(field: &'static str, size: usize, limit: usize) -> Result<()> {
    if size > limit {
        return Err(StoreError::Invalid { field, message: format!("is {size} long, limit is {limit}") });
    }
    Ok(())
}

/// Rows of a list: 0 is as many as there may be.
fn listed(limit: usize) -> usize {
    if limit == 0 { limits::LISTED_ITEMS } else { limit.min(limits::LISTED_ITEMS) }
}
