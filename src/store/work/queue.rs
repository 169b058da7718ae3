//! The queue: pages come in, are claimed, and leave undecided.

use sqlx::AssertSqlSafe;

use super::{Connection, Result, Value, count, decide, event, list, lookup, numbered, values};
use crate::{
    limits,
    review::{
        Filter, KeyHash, Millis, NewFinding, NewItem, Origin, PageKey, QuoteHash, ReviewItem, ReviewItemId, State,
    },
    store::{Claim, Conflict, EventKind, Held, StoreError},
};

/// A page to be held, with its bodies packed.
#[derive(Debug)]
pub(in crate::store) struct Packed {
    /// The page; its bodies are empty.
    pub(in crate::store) item: NewItem,
    /// The page as sent.
    pub(in crate::store) page: Vec<u8>,
    /// The result as judged.
    pub(in crate::store) result: Vec<u8>,
}

/// Holds a page.
pub(in crate::store) async fn hold(c: &mut Connection, new: &Packed, limit: u64, now: Millis) -> Result<Held> {
    let item = &new.item;
    c.lock_page(&page_hash(&item.key)).await?;
    if let Some(held) = known(c, item, now).await? {
        return Ok(held);
    }
    let left = leave_other(c, &item.key, now).await?;
    insert(c, new, now).await?;
    c.lock_events().await?;
    if let Some((id, key, origin)) = left {
        count::add(c, &count::pending(origin), -1).await?;
        event::append(c, EventKind::Left { review_item_id: id, key }, now).await?;
    }
    make_room(c, item.origin, limit).await?;
    event::append(c, EventKind::Queued { review_item_id: item.id, key: item.key.hash() }, now).await?;
    Ok(Held::Queued(item.id))
}

/// What is known of this content of the page. A sample for whose decision a caller waits now is a held page.
async fn known(c: &mut Connection, item: &NewItem, now: Millis) -> Result<Option<Held>> {
    let sql = "SELECT review_item_id, decision_id, decision, decided_by, decided_at, state, origin FROM review_item \
               WHERE key_hash = $1 AND state IN ('pending', 'decided')";
    let key = item.key.hash();
    let Some(row) = c.row(sql, values![key.0]).await? else { return Ok(None) };
    if row.named(5, State::named)? == State::Decided {
        return lookup::answer_of(&row).map(Held::Decided).map(Some);
    }
    let id = ReviewItemId::of_bytes(row.bytes(0)?);
    let origin = row.named(6, Origin::named)?;
    if item.origin == Origin::Held && origin != Origin::Held {
        let sql =
            "UPDATE review_item SET origin = 'held', updated = $2 WHERE review_item_id = $1 AND state = 'pending'";
        if c.execute(sql, values![id.bytes(), now]).await? == 0 {
            // Decided in between, on another connection: what it says now is the answer.
            return Ok(lookup::answer(c, &item.key).await?.map(Held::Decided));
        }
        c.execute("UPDATE finding SET origin = 'held' WHERE review_item_id = $1", values![id.bytes()]).await?;
        c.lock_events().await?;
        count::add(c, &count::pending(origin), -1).await?;
        count::add(c, &count::pending(Origin::Held), 1).await?;
    }
    Ok(Some(Held::AlreadyQueued(id)))
}

/// Counts one more pending review item, if there is room. Samples take a tenth of it at most.
async fn make_room(c: &mut Connection, origin: Origin, limit: u64) -> Result<()> {
    let pending = count::all_pending(c).await?;
    let all: u64 = pending.iter().map(|it| it.1).sum();
    let samples: u64 = pending.iter().filter(|it| it.0 != Origin::Held).map(|it| it.1).sum();
    if all >= limit || (origin != Origin::Held && samples >= limit / 10) {
        return Err(StoreError::QueueFull { limit });
    }
    count::add(c, &count::pending(origin), 1).await
}

async fn insert(c: &mut Connection, new: &Packed, now: Millis) -> Result<()> {
    let item = &new.item;
    let findings = &item.findings[..item.findings.len().min(limits::FILED_FINDINGS)];
    let sql = "INSERT INTO review_item (review_item_id, queue_key, key_hash, page_hash, source, page_id, content_hash, origin, \
               state, verdict, etag, created, updated, url, title, language, finding_count, lease_until, \
               ruleset_revision, policy_revision) \
               VALUES ($1, $1, $2, $3, $4, $5, $6, $7, 'pending', $8, 1, $9, $9, $10, $11, $12, $13, 0, $14, $15)";
    let values = values![
        item.id.bytes(),
        item.key.hash().0,
        page_hash(&item.key),
        &item.key.source,
        &item.key.page_id,
        item.key.content_hash.0,
        item.origin.name(),
        item.verdict.name(),
        now,
        &item.url,
        cut(&item.title, limits::FILED_TITLE_BYTES),
        &item.language,
        findings.len(),
        &item.ruleset_revision,
        &item.policy_revision,
    ];
    c.execute(sql, values).await?;
    insert_findings(c, item, findings).await?;
    let sql = "INSERT INTO review_body (review_item_id, page, result) VALUES ($1, $2, $3)";
    c.execute(sql, values![item.id.bytes(), &new.page[..], &new.result[..]]).await.map(drop)
}

async fn insert_findings(c: &mut Connection, item: &NewItem, findings: &[NewFinding]) -> Result<()> {
    let hashes: Vec<QuoteHash> = findings.iter().map(|it| QuoteHash::of(&it.quote)).collect();
    let first = |at: usize, same: &dyn Fn(usize) -> bool| !(0..at).any(same);
    for (at, finding) in findings.iter().enumerate() {
        let of_rule = |other: usize| findings[other].rule_id == finding.rule_id;
        let sql = "INSERT INTO finding (review_item_id, place_in_list, finding_index, rule_id, kind, place, effect, \
                   confidence, quote, quote_hash, queue_key, source, state, origin, first_of_kind, first_of_rule, first_of_quote) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $1, $11, 'pending', $12, $13, $14, $15)";
        let values = values![
            item.id.bytes(),
            at,
            finding.index,
            &finding.rule_id,
            finding.kind.name(),
            finding.place.name(),
            finding.effect.name(),
            finding.confidence,
            cut(&finding.quote, limits::QUOTE_BYTES),
            hashes[at].0,
            &item.key.source,
            item.origin.name(),
            first(at, &|other| findings[other].kind == finding.kind),
            first(at, &of_rule),
            first(at, &|other| of_rule(other) && hashes[other] == hashes[at]),
        ];
        c.execute(sql, values).await?;
    }
    Ok(())
}

/// Takes the page's pending review item of other content out of the queue.
pub(in crate::store) async fn supersede(
    c: &mut Connection,
    key: &PageKey,
    now: Millis,
) -> Result<Option<ReviewItemId>> {
    c.lock_page(&page_hash(key)).await?;
    let Some((id, hash, origin)) = leave_other(c, key, now).await? else { return Ok(None) };
    c.lock_events().await?;
    count::add(c, &count::pending(origin), -1).await?;
    event::append(c, EventKind::Left { review_item_id: id, key: hash }, now).await?;
    Ok(Some(id))
}

/// The pending review item of other content of a page leaves the queue; counting it and telling of it is for the
/// caller, under the lock of events.
async fn leave_other(
    c: &mut Connection,
    key: &PageKey,
    now: Millis,
) -> Result<Option<(ReviewItemId, KeyHash, Origin)>> {
    let sql = "SELECT review_item_id, key_hash, origin FROM review_item \
               WHERE page_hash = $1 AND state = 'pending' AND key_hash <> $2";
    let Some(row) = c.row(sql, values![page_hash(key), key.hash().0]).await? else { return Ok(None) };
    let id = ReviewItemId::of_bytes(row.bytes(0)?);
    let left = leave(c, id, State::Superseded, now).await?;
    Ok(if left { Some((id, KeyHash(row.bytes(1)?), row.named(2, Origin::named)?)) } else { None })
}

/// A pending review item leaves the queue undecided; false if it is no longer pending.
pub(super) async fn leave(c: &mut Connection, id: ReviewItemId, state: State, now: Millis) -> Result<bool> {
    let sql = "UPDATE review_item SET state = $2, etag = etag + 1, updated = $3, lease_by = NULL, lease_until = 0 \
               WHERE review_item_id = $1 AND state = 'pending'";
    if c.execute(sql, values![id.bytes(), state.name(), now]).await? == 0 {
        return Ok(false);
    }
    follow(c, id, state, now).await?;
    Ok(true)
}

/// What repeats the state of a review item follows it: its findings, and how long its bodies are kept.
pub(super) async fn follow(c: &mut Connection, id: ReviewItemId, state: State, now: Millis) -> Result<()> {
    c.execute("UPDATE finding SET state = $2 WHERE review_item_id = $1", values![id.bytes(), state.name()]).await?;
    let until = |kept: std::time::Duration| match state {
        State::Pending => None,
        _ => Some(now.saturating_add(millis(kept))),
    };
    let sql = "UPDATE review_body SET page_until = $2, result_until = $3 WHERE review_item_id = $1";
    c.execute(sql, values![id.bytes(), until(limits::PAGE_KEPT), until(limits::RESULT_KEPT)]).await.map(drop)
}

/// Leases a review item.
pub(in crate::store) async fn claim(
    c: &mut Connection,
    claim: &Claim,
    reviewer: &str,
    until: Millis,
    now: Millis,
) -> Result<Option<ReviewItem>> {
    match claim {
        Claim::Item(id) => claim_one(c, *id, reviewer, until, now).await.map(Some),
        Claim::Next(filter) => claim_next(c, filter, reviewer, until, now).await,
    }
}

async fn claim_one(c: &mut Connection, id: ReviewItemId, by: &str, until: Millis, now: Millis) -> Result<ReviewItem> {
    let sql = "UPDATE review_item SET lease_by = $2, lease_until = $3 \
               WHERE review_item_id = $1 AND state = 'pending' AND (lease_until <= $4 OR lease_by = $2)";
    let claimed = c.execute(sql, values![id.bytes(), by, until, now]).await?;
    let item = lookup::item(c, id).await?;
    if claimed > 0 {
        return Ok(item);
    }
    match (item.state, item.lease) {
        (State::Pending, Some(lease)) => Err(Conflict::Leased { by: lease.reviewer, until: lease.until }.into()),
        (State::Decided, _) => Err(decide::lost(c, id).await?),
        (state, _) => Err(StoreError::WrongState { what: "review item", state, needed: State::Pending }),
    }
}

async fn claim_next(
    c: &mut Connection,
    filter: &Filter,
    reviewer: &str,
    until: Millis,
    now: Millis,
) -> Result<Option<ReviewItem>> {
    let filter = Filter { states: vec![State::Pending], ..filter.clone() };
    let mut after = None;
    // Those that are leased stand before the free ones, so the steps are as many as people work at once.
    for _ in 0..limits::CLAIM_STEPS {
        let ids = list::ids(c, &filter, after, None, limits::LISTED_ITEMS).await?;
        let Some(last) = ids.last().copied() else { return Ok(None) };
        if let Some(id) = claim_first(c, &ids, reviewer, until, now).await? {
            return lookup::item(c, id).await.map(Some);
        }
        after = Some(last);
    }
    Ok(None)
}

/// Leases the first of these that is free, passing over those that someone is claiming at this moment.
async fn claim_first(
    c: &mut Connection,
    ids: &[ReviewItemId],
    reviewer: &str,
    until: Millis,
    now: Millis,
) -> Result<Option<ReviewItemId>> {
    let mut values: Vec<Value> = vec![now.into()];
    values.extend(ids.iter().map(|it| Value::from(it.bytes())));
    let sql = format!(
        "SELECT review_item_id FROM review_item WHERE review_item_id IN ({}) AND state = 'pending' \
         AND lease_until <= $1 ORDER BY review_item_id LIMIT 1{}",
        numbered(2, ids.len()),
        c.skip_locked()
    );
    let Some(row) = c.row(AssertSqlSafe(sql), &values).await? else { return Ok(None) };
    let id: [u8; 16] = row.bytes(0)?;
    let sql = "UPDATE review_item SET lease_by = $2, lease_until = $3 WHERE review_item_id = $1 AND state = 'pending'";
    c.execute(sql, values![id, reviewer, until]).await?;
    Ok(Some(ReviewItemId::of_bytes(id)))
}

/// Gives a leased review item back.
pub(in crate::store) async fn release(c: &mut Connection, id: ReviewItemId, reviewer: &str) -> Result<()> {
    let sql = "UPDATE review_item SET lease_by = NULL, lease_until = 0 WHERE review_item_id = $1 AND lease_by = $2";
    c.execute(sql, values![id.bytes(), reviewer]).await.map(drop)
}

/// Hash of source and page id: of such, one content waits.
pub(super) fn page_hash(key: &PageKey) -> [u8; 16] {
    let key = PageKey { content_hash: crate::review::ContentHash([0; 32]), ..key.clone() };
    key.hash().0
}

/// A text cut to so many bytes, on a character boundary.
pub(in crate::store) fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

pub(in crate::store) fn millis(time: std::time::Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
