//! Decisions: made, made together, undone; and the audit, which is only ever added to.

use std::collections::BTreeMap;

use sqlx::AssertSqlSafe;

use super::{
    Connection, Result, Row, Value, allowance,
    count::{self, RuleChange},
    event, list, lookup, numbered, queue, values,
};
use crate::{
    limits,
    review::{
        AllowanceId, ContentHash, Cursor, Decision, DecisionId, DecisionKind, DecisionRecord, Filter, Judgement,
        Millis, PageKey, Position, ReviewFinding, ReviewItem, ReviewItemId, State, Subject,
    },
    store::{Bulk, BulkDecided, BulkDecision, Conflict, EventKind, Listed, NewDecision, StoreError},
};

const RECORD: &str = "SELECT seq, decision_id, review_item_id, source, page_id, content_hash, decision, undoes, reviewer, \
     created, note, request_id FROM decision ";

/// Changes to the counts of rules.
type Changes = BTreeMap<(String, String), RuleChange>;

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
    let mut changes = Changes::new();
    judge(c, id, &item, &findings, &new.judgements, &mut changes).await?;
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
    let found = lookup::item(c, item).await?;
    match (found.state, found.lease) {
        (State::Decided, _) => Err(lost(c, item).await?),
        (State::Pending, Some(lease)) if lease.until > now && lease.reviewer != new.reviewer => {
            Err(Conflict::Leased { by: lease.reviewer, until: lease.until }.into())
        }
        (State::Pending, _) => Err(Conflict::Changed { current: found.etag }.into()),
        (state, _) => Err(StoreError::WrongState { what: "review item", state, needed: State::Pending }),
    }
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
    changes: &mut Changes,
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
        let change = changes.entry((rule_id.clone(), item.key.source.clone())).or_default();
        change.right += i64::from(right);
        change.wrong += i64::from(!right);
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
    };
    let PageKey { source, page_id, content_hash: ContentHash(content_hash) } = &item.key;
    let item = item.id.bytes();
    let values =
        values![id.bytes(), item, source, page_id, *content_hash, decision, undoes, reviewer, now, note, request_id];
    c.execute(sql, values).await.map(drop)
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
    let (mut entries, mut changes) = (Vec::new(), Changes::new());
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
        judge(c, *id, &item, &findings, &of_rules(&findings, bulk), &mut changes).await?;
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

/// Takes back a decision.
pub(in crate::store) async fn undo(
    c: &mut Connection,
    id: DecisionId,
    undone: DecisionId,
    reviewer: &str,
    note: &str,
    now: Millis,
) -> Result<DecisionRecord> {
    let Some(made) = by_id(c, undone).await? else {
        return Err(StoreError::NotFound { what: "decision", id: undone.to_string() });
    };
    let DecisionKind::Decided(decision) = made.kind else {
        let message = format!("{undone} is the undoing of a decision; decide the review item anew");
        return Err(StoreError::Invalid { field: "decision_id", message });
    };
    c.lock_page(&queue::page_hash(&made.key)).await?;
    let state = restore(c, &made, now).await?;
    let item = lookup::item(c, made.review_item_id).await?;
    unjudge(c, &made, now).await?;
    let revoked = allowance::revoke_of(c, undone, reviewer, now).await?;
    c.lock_events().await?;
    if revoked > 0 {
        allowance::count(c, revoked, -revoked).await?;
        event::append(c, EventKind::Allowances, now).await?;
    }
    append(c, id, &item, DecisionKind::Undone(undone), reviewer, note, "", now).await?;
    count::add(c, &count::decided(item.origin, decision), -1).await?;
    let (review_item_id, key) = (item.id, item.key.hash());
    event::append(c, EventKind::Undone { review_item_id, key }, now).await?;
    if state == State::Pending {
        count::add(c, &count::pending(item.origin), 1).await?;
        event::append(c, EventKind::Queued { review_item_id, key }, now).await?;
    }
    record(c, id).await
}

/// A decided review item waits again, or is superseded where newer content of its page waits.
async fn restore(c: &mut Connection, made: &DecisionRecord, now: Millis) -> Result<State> {
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
    queue::follow(c, made.review_item_id, state, now).await?;
    Ok(state)
}

/// What a decision said of findings no longer counts.
async fn unjudge(c: &mut Connection, made: &DecisionRecord, now: Millis) -> Result<()> {
    let mut changes = Changes::new();
    for (rule_id, judgement) in &made.judgements {
        let change = changes.entry((rule_id.clone(), made.key.source.clone())).or_default();
        change.right -= i64::from(judgement.right);
        change.wrong -= i64::from(!judgement.right);
    }
    let sql = "UPDATE finding SET judged_right = NULL WHERE review_item_id = $1";
    c.execute(sql, values![made.review_item_id.bytes()]).await?;
    count::change_rules(c, &changes, now).await
}

/// The audit, oldest first.
pub(in crate::store) async fn all(
    c: &mut Connection,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<Listed<DecisionRecord>> {
    let after = cursor.map(|it| list::seq_of(it, Cursor::DECISIONS)).transpose()?.unwrap_or(0);
    let sql = format!("{RECORD} WHERE seq > $1 ORDER BY seq LIMIT $2");
    let mut rows = c.rows(AssertSqlSafe(sql), values![after, limit + 1]).await?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let rows = with_parts(c, &rows).await?;
    let next = rows.last().filter(|_| has_more).map(|it| Cursor::new(Cursor::DECISIONS, Position::Seq(it.seq)));
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
        _ => return Err(StoreError::Corrupt { what: format!("{id} neither decides nor undoes") }),
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
        judgements: Vec::new(),
        allowances: Vec::new(),
    })
}
