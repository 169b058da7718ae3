//! Review items, findings and bodies, read by id.

use sqlx::AssertSqlSafe;

use super::{Connection, Result, Row, Value, body, decide, numbered, values};
use crate::{
    finding::{Effect, JunkKind, Place},
    review::{
        ContentHash, Decision, DecisionId, Etag, Lease, NewFinding, Origin, PageKey, QuoteHash, ReviewFinding,
        ReviewItem, ReviewItemId, State,
    },
    store::{Answer, DecidedPage, Detail, StoreError},
    verdict::Verdict,
};

/// Columns of a review item with its first finding, in the order in which [`item_of`] reads them.
const ITEM: &str = "SELECT i.review_item_id, i.source, i.page_id, i.content_hash, i.origin, i.state, i.verdict, i.etag, \
     i.created, i.updated, i.url, i.title, i.language, i.finding_count, i.lease_by, i.lease_until, i.decision_id, \
     i.decision, i.ruleset_revision, i.policy_revision, \
     f.finding_index, f.rule_id, f.kind, f.place, f.effect, f.confidence, f.quote, f.quote_hash, f.judged_right \
     FROM review_item i LEFT JOIN finding f ON f.review_item_id = i.review_item_id AND f.place_in_list = 0 ";
/// Where the columns of the finding begin.
const LEAD: usize = 20;

/// The review items with these ids, by id. Those that are gone are left out.
pub(in crate::store) async fn items(c: &mut Connection, ids: &[ReviewItemId]) -> Result<Vec<ReviewItem>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let values: Vec<Value> = ids.iter().map(|it| Value::from(it.bytes())).collect();
    let sql = format!("{ITEM} WHERE i.review_item_id IN ({}) ORDER BY i.review_item_id", numbered(1, ids.len()));
    c.rows(AssertSqlSafe(sql), &values).await?.iter().map(item_of).collect()
}

/// One review item.
pub(in crate::store) async fn item(c: &mut Connection, id: ReviewItemId) -> Result<ReviewItem> {
    items(c, &[id]).await?.pop().ok_or_else(|| not_found(id))
}

/// One review item with all that is kept of it.
pub(in crate::store) async fn detail(c: &mut Connection, id: ReviewItemId) -> Result<Detail> {
    let item = item(c, id).await?;
    let findings = findings(c, id).await?;
    let (page, result) = bodies(c, id).await?;
    let decisions = decide::of_item(c, id).await?;
    Ok(Detail { item, findings, page, result, decisions })
}

/// A decided page, for export.
pub(in crate::store) async fn decided_page(c: &mut Connection, item: ReviewItem) -> Result<DecidedPage> {
    let findings = findings(c, item.id).await?;
    let (page, result) = bodies(c, item.id).await?;
    Ok(DecidedPage { item, findings, page, result })
}

/// The findings of a review item, strongest first.
pub(in crate::store) async fn findings(c: &mut Connection, id: ReviewItemId) -> Result<Vec<ReviewFinding>> {
    let sql = "SELECT finding_index, rule_id, kind, place, effect, confidence, quote, quote_hash, judged_right \
               FROM finding WHERE review_item_id = $1 ORDER BY place_in_list";
    c.rows(sql, values![id.bytes()]).await?.iter().map(|row| finding_of(row, 0)).collect()
}

async fn bodies(c: &mut Connection, id: ReviewItemId) -> Result<(Option<Vec<u8>>, Option<Vec<u8>>)> {
    let row = c.row("SELECT page, result FROM review_body WHERE review_item_id = $1", values![id.bytes()]).await?;
    let Some(row) = row else { return Ok((None, None)) };
    let (page, result): (Option<Vec<u8>>, Vec<u8>) = (row.get(0)?, row.get(1)?);
    Ok((page.as_deref().map(body::unpack).transpose()?, Some(body::unpack(&result)?)))
}

/// The decision in force on a page with this content.
pub(in crate::store) async fn answer(c: &mut Connection, key: &PageKey) -> Result<Option<Answer>> {
    let sql = "SELECT review_item_id, decision_id, decision, decided_by, decided_at FROM review_item \
               WHERE key_hash = $1 AND state IN ('pending', 'decided') AND state = 'decided'";
    c.row(sql, values![key.hash().0]).await?.as_ref().map(answer_of).transpose()
}

pub(super) fn answer_of(row: &Row) -> Result<Answer> {
    Ok(Answer {
        review_item_id: ReviewItemId::of_bytes(row.bytes(0)?),
        decision_id: DecisionId::of_bytes(row.bytes(1)?),
        decision: row.named(2, Decision::named)?,
        reviewer: row.get(3)?,
        at: row.get(4)?,
    })
}

/// Nothing has this id.
pub(super) fn not_found(id: ReviewItemId) -> StoreError {
    StoreError::NotFound { what: "review item", id: id.to_string() }
}

fn item_of(row: &Row) -> Result<ReviewItem> {
    let lease: Option<String> = row.get(14)?;
    let until: i64 = row.get(15)?;
    let decision_id = row.some_bytes(16)?.map(DecisionId::of_bytes);
    let decision = row.some_named(17, Decision::named)?;
    let lead: Option<i64> = row.get(LEAD)?;
    Ok(ReviewItem {
        id: ReviewItemId::of_bytes(row.bytes(0)?),
        key: key_of(row, 1)?,
        origin: row.named(4, Origin::named)?,
        state: row.named(5, State::named)?,
        verdict: row.named(6, verdict_named)?,
        etag: Etag(row.get(7)?),
        created: row.get(8)?,
        updated: row.get(9)?,
        url: row.get(10)?,
        title: row.get(11)?,
        language: row.get(12)?,
        finding_count: small(row, 13)?,
        lead: lead.map(|_| finding_of(row, LEAD)).transpose()?,
        lease: lease.map(|reviewer| Lease { reviewer, until }),
        decision: decision_id.zip(decision),
        ruleset_revision: row.get(18)?,
        policy_revision: row.get(19)?,
    })
}

fn finding_of(row: &Row, at: usize) -> Result<ReviewFinding> {
    let right: Option<i64> = row.get(at + 8)?;
    Ok(ReviewFinding {
        finding: NewFinding {
            index: small(row, at)?,
            rule_id: row.get(at + 1)?,
            kind: row.named(at + 2, |name| JunkKind::ALL.iter().copied().find(|it| it.name() == name))?,
            place: row.named(at + 3, |name| Place::ALL.iter().copied().find(|it| it.name() == name))?,
            effect: row.named(at + 4, |name| Effect::ALL.iter().copied().find(|it| it.name() == name))?,
            confidence: row.get(at + 5)?,
            quote: row.get(at + 6)?,
        },
        quote_hash: QuoteHash(row.bytes(at + 7)?),
        right: right.map(|it| it != 0),
    })
}

/// Source, page id and content hash, in three columns.
pub(super) fn key_of(row: &Row, at: usize) -> Result<PageKey> {
    Ok(PageKey { source: row.get(at)?, page_id: row.get(at + 1)?, content_hash: ContentHash(row.bytes(at + 2)?) })
}

pub(super) fn small(row: &Row, at: usize) -> Result<u32> {
    let value: i64 = row.get(at)?;
    u32::try_from(value).map_err(|_| StoreError::Corrupt { what: format!("number {value} in column {at}") })
}

pub(super) fn verdict_named(name: &str) -> Option<Verdict> {
    Verdict::ALL.iter().copied().find(|it| it.name() == name)
}
