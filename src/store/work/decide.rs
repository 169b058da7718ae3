//! Decisions: made, made together, put off, undone, undone together; and the audit, which is only ever added to.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AssertSqlSafe;

use super::{
    Connection, Result, Row, Value, allowance,
    count::{self, RuleChange, RuleChanges},
    event, list, lookup, numbered, queue, values,
};
use crate::{
    limits,
    review::{
        AllowanceId, ContentHash, Cursor, Decision, DecisionId, DecisionKind, DecisionRecord, Filter, Judgement,
        Millis, PageKey, Position, ReviewFinding, ReviewItem, ReviewItemId, State, Subject,
    },
    store::{Bulk, BulkDecided, BulkDecision, BulkUndone, Conflict, EventKind, Listed, NewDecision, StoreError},
};

/// An item that left the queue undecided is removed in the end; what was done with it stays, without a title.
const RECORD: &str = "SELECT seq, decision_id, review_item_id, source, page_id, content_hash, decision, undoes, reviewer, \
     created, note, request_id, COALESCE((SELECT title FROM review_item it WHERE it.review_item_id = \
     decision.review_item_id), '') FROM decision ";

/// A decision on its way into the audit.
struct Entry {
    id: DecisionId,
    item: ReviewItem,
    decision: Decision,
}

/// Decides a review item.
pub(in crate::store) async fn decide(
    c: &mut Connection,
    id: DecisionId,
    new: &NewDecision,
    now: Millis,
) -> Result<DecisionRecord> {
    if let Some(record) = by_request(c, &new.request_id, new.review_item_id).await? {
        return Ok(record);
    }
    take(c, id, new, now).await?;
    let item = lookup::item(c, new.review_item_id).await?;
    let findings = lookup::findings(c, item.id).await?;
    let mut changes = RuleChanges::default();
    judge(c, id, &item, &findings, &new.judgements, now, &mut changes).await?;
    count::change_rules(c, &changes, now).await?;
    let made = allowance::make(c, id, &item, &findings, new, now).await?;
    c.lock_events().await?;
    if made > 0 {
        allowance::count(c, made, made).await?;
        event::append(c, EventKind::Allowances, now).await?;
    }
    file(c, &Entry { id, item, decision: new.decision }, &new.reviewer, &new.note, &new.request_id, now).await?;
    record(c, id).await
}

/// Makes a pending review item a decided one, or says who was first.
async fn take(c: &mut Connection, id: DecisionId, new: &NewDecision, now: Millis) -> Result<()> {
    let sql = "UPDATE review_item SET state = 'decided', etag = etag + 1, updated = $6, lease_by = NULL, \
               lease_until = 0, decision_id = $2, decision = $3, decided_by = $4, decided_at = $6 \
               WHERE review_item_id = $1 AND state = 'pending' AND ($5 < 0 OR etag = $5) \
               AND (lease_until <= $6 OR lease_by = $4)";
    let etag = new.etag.map_or(-1, |it| it.0);
    let item = new.review_item_id;
    let values = values![item.bytes(), id.bytes(), new.decision.name(), &new.reviewer, etag, now];
    if c.execute(sql, values).await? > 0 {
        return queue::follow(c, item, State::Decided, now).await;
    }
    Err(refused(c, item, &new.reviewer, now).await?)
}

/// Why a review item is not this reviewer's to decide.
async fn refused(c: &mut Connection, item: ReviewItemId, reviewer: &str, now: Millis) -> Result<StoreError> {
    let found = lookup::item(c, item).await?;
    match (found.state, found.lease) {
        (State::Decided, _) => lost(c, item).await,
        (State::Pending, Some(lease)) if lease.until > now && lease.reviewer != reviewer => {
            Ok(Conflict::Leased { by: lease.reviewer, until: lease.until }.into())
        }
        (State::Pending, _) => Ok(Conflict::Changed { current: found.etag }.into()),
        (state, _) => Ok(StoreError::WrongState { what: "review item", state, needed: State::Pending }),
    }
}

/// Notes that a reviewer looked and did not decide.
pub(in crate::store) async fn skip(
    c: &mut Connection,
    id: DecisionId,
    item: ReviewItemId,
    reviewer: &str,
    note: &str,
    now: Millis,
) -> Result<DecisionRecord> {
    let sql = "UPDATE review_item SET lease_by = NULL, lease_until = 0 WHERE review_item_id = $1 \
               AND state = 'pending' AND (lease_until <= $3 OR lease_by = $2)";
    if c.execute(sql, values![item.bytes(), reviewer, now]).await? == 0 {
        return Err(refused(c, item, reviewer, now).await?);
    }
    let item = lookup::item(c, item).await?;
    c.lock_events().await?;
    append(c, id, &item, DecisionKind::Skipped, reviewer, note, "", now).await?;
    record(c, id).await
}

/// The error of who came after a decision.
pub(super) async fn lost(c: &mut Connection, id: ReviewItemId) -> Result<StoreError> {
    let sql =
        "SELECT decided_by, decided_at, decision FROM review_item WHERE review_item_id = $1 AND state = 'decided'";
    let Some(row) = c.row(sql, values![id.bytes()]).await? else { return Ok(Conflict::NotInForce.into()) };
    Ok(Conflict::Decided { by: row.get(0)?, at: row.get(1)?, decision: row.named(2, Decision::named)? }.into())
}

/// Keeps what is said of findings.
async fn judge(
    c: &mut Connection,
    id: DecisionId,
    item: &ReviewItem,
    findings: &[ReviewFinding],
    judgements: &[Judgement],
    now: Millis,
    changes: &mut RuleChanges,
) -> Result<()> {
    let by_index: BTreeMap<u32, bool> = judgements.iter().map(|it| (it.finding_index, it.right)).collect();
    for (index, right) in by_index {
        let Some(finding) = findings.iter().find(|it| it.finding.index == index) else {
            let known: Vec<String> = findings.iter().map(|it| it.finding.index.to_string()).collect();
            let message = format!("{index} is no finding that is filed; those are {}", known.join(", "));
            return Err(StoreError::Invalid { field: "judgements.finding_index", message });
        };
        let rule_id = &finding.finding.rule_id;
        let sql = "INSERT INTO judgement (decision_id, finding_index, rule_id, judged_right) VALUES ($1, $2, $3, $4)";
        c.execute(sql, values![id.bytes(), index, rule_id, right]).await?;
        let sql = "UPDATE finding SET judged_right = $3 WHERE review_item_id = $1 AND finding_index = $2";
        c.execute(sql, values![item.id.bytes(), index, right]).await?;
        let change = RuleChange { hits: 0, right: i64::from(right), wrong: i64::from(!right) };
        changes.add(rule_id, &item.key.source, now, change);
    }
    Ok(())
}

/// Writes a decision into the audit, counts it and tells of it. The caller holds the lock of events.
async fn file(
    c: &mut Connection,
    entry: &Entry,
    reviewer: &str,
    note: &str,
    request_id: &str,
    now: Millis,
) -> Result<()> {
    let Entry { id, item, decision } = entry;
    append(c, *id, item, DecisionKind::Decided(*decision), reviewer, note, request_id, now).await?;
    count::add(c, &count::pending(item.origin), -1).await?;
    count::add(c, &count::decided(item.origin, *decision), 1).await?;
    let kind = EventKind::Decided { review_item_id: item.id, key: item.key.hash(), decision: *decision };
    event::append(c, kind, now).await
}

/// Adds an entry to the audit, and counts it. The caller holds the lock of events.
#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
async fn append(
    c: &mut Connection,
    id: DecisionId,
    item: &ReviewItem,
    kind: DecisionKind,
    reviewer: &str,
    note: &str,
    request_id: &str,
    now: Millis,
) -> Result<()> {
    let sql = "INSERT INTO decision (decision_id, review_item_id, source, page_id, content_hash, decision, undoes, \
               reviewer, created, note, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let (decision, undoes) = match kind {
        DecisionKind::Decided(decision) => (Some(decision.name()), None),
        DecisionKind::Undone(undoes) => (None, Some(undoes.bytes())),
        DecisionKind::Skipped => (None, None),
    };
    let PageKey { source, page_id, content_hash: ContentHash(content_hash) } = &item.key;
    let item = item.id.bytes();
    let values =
        values![id.bytes(), item, source, page_id, *content_hash, decision, undoes, reviewer, now, note, request_id];
    c.execute(sql, values).await?;
    count::add_entry(c, kind, now).await
}

/// The next review items that a bulk decision is about, after one.
pub(in crate::store) async fn bulk_ids(
    c: &mut Connection,
    filter: &Filter,
    until: Millis,
    after: Option<ReviewItemId>,
    limit: usize,
) -> Result<Vec<ReviewItemId>> {
    let filter = Filter { states: vec![State::Pending], ..filter.clone() };
    list::ids(c, &filter, after, Some(until), limit).await
}

/// Decides some review items in one transaction, in the order of their ids, so that no two such wait for each other.
pub(in crate::store) async fn decide_chunk(
    c: &mut Connection,
    ids: &[(ReviewItemId, DecisionId)],
    bulk: &BulkDecision,
    now: Millis,
) -> Result<BulkDecided> {
    let mut done = BulkDecided::default();
    let (mut entries, mut changes) = (Vec::new(), RuleChanges::default());
    for (item, id) in ids {
        if by_request(c, &bulk.request_id, *item).await?.is_some() {
            done.decided.push(*item);
            continue;
        }
        let new = NewDecision {
            review_item_id: *item,
            etag: None,
            decision: bulk.decision,
            judgements: Vec::new(),
            allowances: Vec::new(),
            note: String::new(),
            reviewer: bulk.reviewer.clone(),
            request_id: String::new(),
        };
        match take(c, *id, &new, now).await {
            Ok(()) => {}
            Err(StoreError::Conflict(_) | StoreError::WrongState { .. } | StoreError::NotFound { .. }) => {
                done.passed_over.push(*item);
                continue;
            }
            Err(error) => return Err(error),
        }
        let item = lookup::item(c, *item).await?;
        let findings = lookup::findings(c, item.id).await?;
        judge(c, *id, &item, &findings, &of_rules(&findings, bulk), now, &mut changes).await?;
        done.decided.push(item.id);
        entries.push(Entry { id: *id, item, decision: bulk.decision });
    }
    count::change_rules(c, &changes, now).await?;
    if !entries.is_empty() {
        c.lock_events().await?;
    }
    for entry in &entries {
        file(c, entry, &bulk.reviewer, &bulk.note, &bulk.request_id, now).await?;
    }
    Ok(done)
}

/// What a bulk decision says of the findings of one review item: of those with its text, if it is about one.
fn of_rules(findings: &[ReviewFinding], bulk: &BulkDecision) -> Vec<Judgement> {
    let quote = match &bulk.which {
        Bulk::Matching { filter: Filter { subject: Subject::Quote { quote_hash, .. }, .. }, .. } => Some(*quote_hash),
        Bulk::Matching { .. } | Bulk::Ids(_) => None,
    };
    let said = |it: &&ReviewFinding| quote.is_none_or(|quote| it.quote_hash == quote);
    let judgement = |it: &ReviewFinding| {
        let (_, right) = bulk.judgements.iter().find(|(rule_id, _)| *rule_id == it.finding.rule_id)?;
        Some(Judgement { finding_index: it.finding.index, right: *right })
    };
    findings.iter().filter(said).filter_map(judgement).collect()
}

/// A decision on its way back.
struct TakenBack {
    made: DecisionRecord,
    decision: Decision,
    item: ReviewItem,
    /// Allowances that were revoked with it.
    revoked: i64,
}

/// Takes back a decision.
pub(in crate::store) async fn undo(
    c: &mut Connection,
    id: DecisionId,
    undone: DecisionId,
    reviewer: &str,
    note: &str,
    now: Millis,
) -> Result<DecisionRecord> {
    let mut made = with_decisions(c, &[undone]).await?;
    let Some((made, decision)) = made.pop() else { return Err(no_decision(undone)) };
    c.lock_page(&queue::page_hash(&made.key)).await?;
    let mut changes = RuleChanges::default();
    let taken = take_back(c, made, decision, reviewer, &mut changes, now).await?;
    count::change_rules(c, &changes, now).await?;
    c.lock_events().await?;
    tell_undone(c, id, &taken, reviewer, note, now).await?;
    record(c, id).await
}

/// Takes back some decisions in one transaction.
pub(in crate::store) async fn undo_chunk(
    c: &mut Connection,
    ids: &[(DecisionId, DecisionId)],
    reviewer: &str,
    note: &str,
    now: Millis,
) -> Result<BulkUndone> {
    let undone: Vec<DecisionId> = ids.iter().map(|it| it.0).collect();
    let made = with_decisions(c, &undone).await?;
    // All pages in one order, before any of their rows, so that no two such wait for each other.
    let pages: BTreeSet<[u8; 16]> = made.iter().map(|it| queue::page_hash(&it.0.key)).collect();
    for page in &pages {
        c.lock_page(page).await?;
    }
    let mut done = BulkUndone::default();
    let (mut taken, mut changes) = (Vec::new(), RuleChanges::default());
    for (made, decision) in made {
        let item = made.review_item_id;
        match take_back(c, made, decision, reviewer, &mut changes, now).await {
            Ok(it) => {
                done.undone.push(item);
                taken.push(it);
            }
            Err(StoreError::Conflict(Conflict::NotInForce)) => done.passed_over.push(item),
            Err(error) => return Err(error),
        }
    }
    count::change_rules(c, &changes, now).await?;
    if !taken.is_empty() {
        c.lock_events().await?;
    }
    for it in &taken {
        let id = ids.iter().find(|(undone, _)| *undone == it.made.id).map(|it| it.1);
        let id = id.ok_or_else(|| no_decision(it.made.id))?;
        tell_undone(c, id, it, reviewer, note, now).await?;
    }
    Ok(done)
}

/// Makes a decision one that is not in force: of its review item, of findings, of allowances. The caller has locked
/// the page.
async fn take_back(
    c: &mut Connection,
    made: DecisionRecord,
    decision: Decision,
    reviewer: &str,
    changes: &mut RuleChanges,
    now: Millis,
) -> Result<TakenBack> {
    restore(c, &made, now).await?;
    let item = lookup::item(c, made.review_item_id).await?;
    unjudge(c, &made, changes).await?;
    let revoked = allowance::revoke_of(c, made.id, reviewer, now).await?;
    Ok(TakenBack { made, decision, item, revoked })
}

/// Writes into the audit that a decision was taken back, counts it and tells of it. The caller holds the lock of
/// events.
async fn tell_undone(
    c: &mut Connection,
    id: DecisionId,
    taken: &TakenBack,
    reviewer: &str,
    note: &str,
    now: Millis,
) -> Result<()> {
    let TakenBack { made, decision, item, revoked } = taken;
    if *revoked > 0 {
        allowance::count(c, *revoked, -revoked).await?;
        event::append(c, EventKind::Allowances, now).await?;
    }
    append(c, id, item, DecisionKind::Undone(made.id), reviewer, note, "", now).await?;
    count::add(c, &count::decided(item.origin, *decision), -1).await?;
    let (review_item_id, key) = (item.id, item.key.hash());
    event::append(c, EventKind::Undone { review_item_id, key }, now).await?;
    if item.state == State::Pending {
        count::add(c, &count::pending(item.origin), 1).await?;
        event::append(c, EventKind::Queued { review_item_id, key }, now).await?;
    }
    Ok(())
}

/// Decisions to be taken back, the newest review item first: of two contents of a page, the newer is to wait again. An
/// id that is of no decision is refused.
async fn with_decisions(c: &mut Connection, ids: &[DecisionId]) -> Result<Vec<(DecisionRecord, Decision)>> {
    let values: Vec<Value> = ids.iter().map(|it| Value::from(it.bytes())).collect();
    let sql = format!("{RECORD} WHERE decision_id IN ({}) ORDER BY review_item_id DESC", numbered(1, ids.len()));
    let rows = c.rows(AssertSqlSafe(sql), &values).await?;
    let mut decisions = Vec::with_capacity(ids.len());
    for record in with_parts(c, &rows).await? {
        let DecisionKind::Decided(decision) = record.kind else {
            let message = format!("{} undoes or skips and decides nothing that could be undone", record.id);
            return Err(StoreError::Invalid { field: "decision_id", message });
        };
        decisions.push((record, decision));
    }
    let known: BTreeSet<DecisionId> = decisions.iter().map(|it| it.0.id).collect();
    match ids.iter().find(|it| !known.contains(it)) {
        Some(unknown) => Err(no_decision(*unknown)),
        None => Ok(decisions),
    }
}

fn no_decision(id: DecisionId) -> StoreError {
    StoreError::NotFound { what: "decision", id: id.to_string() }
}

/// Decisions to be taken back together, in the order of [`with_decisions`] and each once; an id that is of no decision
/// is refused.
pub(in crate::store) async fn by_item(c: &mut Connection, ids: &[DecisionId]) -> Result<Vec<DecisionId>> {
    let mut all = Vec::with_capacity(ids.len());
    for part in ids.chunks(limits::BULK_CHUNK) {
        all.extend(with_decisions(c, part).await?.into_iter().map(|(it, _)| (it.review_item_id, it.seq, it.id)));
    }
    all.sort();
    all.dedup();
    Ok(all.into_iter().rev().map(|it| it.2).collect())
}

/// Refuses a request that made no decision.
pub(in crate::store) async fn check_request(c: &mut Connection, request_id: &str) -> Result<()> {
    let sql = "SELECT 1 FROM decision WHERE request_id = $1 AND request_id <> '' LIMIT 1";
    match c.row(sql, values![request_id]).await? {
        Some(_) => Ok(()),
        None => Err(StoreError::NotFound { what: "decision of a request", id: request_id.to_owned() }),
    }
}

/// The next decisions of a request that are in force, the newest review item first.
pub(in crate::store) async fn of_request(
    c: &mut Connection,
    request_id: &str,
    limit: usize,
) -> Result<Vec<DecisionId>> {
    let sql = "SELECT d.decision_id FROM decision d JOIN review_item i \
               ON i.review_item_id = d.review_item_id AND i.decision_id = d.decision_id \
               WHERE d.request_id = $1 AND d.request_id <> '' ORDER BY d.review_item_id DESC LIMIT $2";
    let rows = c.rows(sql, values![request_id, limit]).await?;
    rows.iter().map(|row| row.bytes(0).map(DecisionId::of_bytes)).collect()
}

/// A decided review item waits again, or is superseded where newer content of its page waits.
async fn restore(c: &mut Connection, made: &DecisionRecord, now: Millis) -> Result<()> {
    let sql = "SELECT COUNT(*) FROM review_item WHERE page_hash = $1 AND state = 'pending'";
    let newer = c.number(sql, values![queue::page_hash(&made.key)]).await?;
    let state = if newer > 0 { State::Superseded } else { State::Pending };
    let sql = "UPDATE review_item SET state = $3, etag = etag + 1, updated = $4, decision_id = NULL, decision = NULL, \
               decided_by = NULL, decided_at = NULL \
               WHERE review_item_id = $1 AND state = 'decided' AND decision_id = $2";
    let values = values![made.review_item_id.bytes(), made.id.bytes(), state.name(), now];
    if c.execute(sql, values).await? == 0 {
        return Err(Conflict::NotInForce.into());
    }
    queue::follow(c, made.review_item_id, state, now).await
}

/// What a decision said of findings no longer counts: not on the day on which it was said, either.
async fn unjudge(c: &mut Connection, made: &DecisionRecord, changes: &mut RuleChanges) -> Result<()> {
    for (rule_id, judgement) in &made.judgements {
        let (right, wrong) = (-i64::from(judgement.right), -i64::from(!judgement.right));
        changes.add(rule_id, &made.key.source, made.at, RuleChange { hits: 0, right, wrong });
    }
    let sql = "UPDATE finding SET judged_right = NULL WHERE review_item_id = $1";
    c.execute(sql, values![made.review_item_id.bytes()]).await.map(drop)
}

/// The audit, oldest first.
pub(in crate::store) async fn all(
    c: &mut Connection,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<Listed<DecisionRecord>> {
    let after = cursor.map(|it| list::seq_of(it, Cursor::DECISIONS)).transpose()?.unwrap_or(0);
    let sql = format!("{RECORD} WHERE seq > $1 ORDER BY seq LIMIT $2");
    part(c, sql, after, limit, Cursor::DECISIONS).await
}

/// The audit, newest first.
pub(in crate::store) async fn latest(
    c: &mut Connection,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<Listed<DecisionRecord>> {
    let before = cursor.map(|it| list::seq_of(it, Cursor::DECISIONS_BACK)).transpose()?.unwrap_or(i64::MAX);
    let sql = format!("{RECORD} WHERE seq < $1 ORDER BY seq DESC LIMIT $2");
    part(c, sql, before, limit, Cursor::DECISIONS_BACK).await
}

/// Rows of the audit from a place on, and where they go on.
async fn part(
    c: &mut Connection,
    sql: String,
    from: i64,
    limit: usize,
    list: [u8; 8],
) -> Result<Listed<DecisionRecord>> {
    let mut rows = c.rows(AssertSqlSafe(sql), values![from, limit + 1]).await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let rows = with_parts(c, &rows).await?;
    let next = rows.last().filter(|_| has_more).map(|it| Cursor::new(list, Position::Seq(it.seq)));
    Ok(Listed { rows, next })
}

/// The audit of one review item.
pub(super) async fn of_item(c: &mut Connection, id: ReviewItemId) -> Result<Vec<DecisionRecord>> {
    let sql = format!("{RECORD} WHERE review_item_id = $1 ORDER BY seq DESC LIMIT $2");
    let mut rows = c.rows(AssertSqlSafe(sql), values![id.bytes(), limits::LISTED_ITEMS]).await?;
    rows.reverse();
    with_parts(c, &rows).await
}

async fn by_id(c: &mut Connection, id: DecisionId) -> Result<Option<DecisionRecord>> {
    let sql = format!("{RECORD} WHERE decision_id = $1");
    let rows = c.rows(AssertSqlSafe(sql), values![id.bytes()]).await?;
    Ok(with_parts(c, &rows).await?.pop())
}

async fn record(c: &mut Connection, id: DecisionId) -> Result<DecisionRecord> {
    let corrupt = || StoreError::Corrupt { what: format!("{id} is not in the audit") };
    by_id(c, id).await?.ok_or_else(corrupt)
}

async fn by_request(c: &mut Connection, request_id: &str, item: ReviewItemId) -> Result<Option<DecisionRecord>> {
    if request_id.is_empty() {
        return Ok(None);
    }
    let sql = format!("{RECORD} WHERE request_id = $1 AND request_id <> '' AND review_item_id = $2");
    let rows = c.rows(AssertSqlSafe(sql), values![request_id, item.bytes()]).await?;
    Ok(with_parts(c, &rows).await?.pop())
}

/// Records with what was said of findings, and the allowances that were made.
async fn with_parts(c: &mut Connection, rows: &[Row]) -> Result<Vec<DecisionRecord>> {
    let mut records = rows.iter().map(record_of).collect::<Result<Vec<_>>>()?;
    if records.is_empty() {
        return Ok(records);
    }
    let ids: Vec<Value> = records.iter().map(|it| Value::from(it.id.bytes())).collect();
    let places: BTreeMap<DecisionId, usize> = records.iter().enumerate().map(|(at, it)| (it.id, at)).collect();
    let list = numbered(1, ids.len());
    let sql = format!(
        "SELECT decision_id, finding_index, rule_id, judged_right FROM judgement WHERE decision_id IN ({list}) \
         ORDER BY decision_id, finding_index"
    );
    for row in c.rows(AssertSqlSafe(sql), &ids).await? {
        let right: i64 = row.get(3)?;
        let judgement = Judgement { finding_index: lookup::small(&row, 1)?, right: right != 0 };
        if let Some(at) = places.get(&DecisionId::of_bytes(row.bytes(0)?)) {
            records[*at].judgements.push((row.get(2)?, judgement));
        }
    }
    let sql = format!(
        "SELECT decision_id, allowance_id FROM allowance WHERE decision_id IN ({list}) ORDER BY decision_id, allowance_id"
    );
    for row in c.rows(AssertSqlSafe(sql), &ids).await? {
        if let Some(at) = places.get(&DecisionId::of_bytes(row.bytes(0)?)) {
            records[*at].allowances.push(AllowanceId::of_bytes(row.bytes(1)?));
        }
    }
    Ok(records)
}

fn record_of(row: &Row) -> Result<DecisionRecord> {
    let id = DecisionId::of_bytes(row.bytes(1)?);
    let decision = row.some_named(6, Decision::named)?;
    let undoes = row.some_bytes(7)?.map(DecisionId::of_bytes);
    let kind = match (decision, undoes) {
        (Some(decision), None) => DecisionKind::Decided(decision),
        (None, Some(undoes)) => DecisionKind::Undone(undoes),
        (None, None) => DecisionKind::Skipped,
        (Some(_), Some(_)) => return Err(StoreError::Corrupt { what: format!("{id} both decides and undoes") }),
    };
    Ok(DecisionRecord {
        seq: row.get(0)?,
        id,
        review_item_id: ReviewItemId::of_bytes(row.bytes(2)?),
        key: lookup::key_of(row, 3)?,
        kind,
        reviewer: row.get(8)?,
        at: row.get(9)?,
        note: row.get(10)?,
        request_id: row.get(11)?,
        title: row.get(12)?,
        judgements: Vec::new(),
        allowances: Vec::new(),
    })
}
