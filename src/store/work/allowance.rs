//! Allowances.

use sqlx::AssertSqlSafe;

use super::{Connection, Result, Row, count as sums, event, list, values};
use crate::{
    limits,
    review::{
        Allowance, AllowanceId, AllowanceScope, Allowances, Cursor, DecisionId, Millis, Position, QuoteHash,
        ReviewFinding, ReviewItem, Revocation,
    },
    store::{EventKind, Listed, NewDecision, StoreError},
};

const ALLOWANCE: &str = "SELECT allowance_id, source, rule_id, quote_hash, quote, decision_id, reviewer, created, \
     revoked_by, revoked_at FROM allowance ";

/// Makes the allowances of a decision; how many. One that is in force already is not made again.
pub(super) async fn make(
    c: &mut Connection,
    decision_id: DecisionId,
    item: &ReviewItem,
    findings: &[ReviewFinding],
    new: &NewDecision,
    now: Millis,
) -> Result<i64> {
    let mut made = 0;
    for allowance in &new.allowances {
        let Some(found) = findings.iter().find(|it| it.finding.index == allowance.finding_index) else {
            let message = format!("{} is no finding that is filed", allowance.finding_index);
            return Err(StoreError::Invalid { field: "allowances.finding_index", message });
        };
        if item.key.source.is_empty() {
            let message = "the page has no source, so nothing can be allowed on it".to_owned();
            return Err(StoreError::Invalid { field: "allowances", message });
        }
        let quote_hash = allowance.text_only.then_some(found.quote_hash);
        let (source, rule_id) = (&item.key.source, &found.finding.rule_id);
        if is_in_force(c, source, rule_id, quote_hash).await? {
            continue;
        }
        let sql = "INSERT INTO allowance (allowance_id, source, rule_id, quote_hash, quote, decision_id, reviewer, \
                   created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let id = AllowanceId::new(now).bytes();
        let (quote, by) = (&found.finding.quote, &new.reviewer);
        let hash = quote_hash.map(|it| it.0);
        c.execute(sql, values![id, source, rule_id, hash, quote, decision_id.bytes(), by, now]).await?;
        made += 1;
    }
    Ok(made)
}

async fn is_in_force(c: &mut Connection, source: &str, rule_id: &str, quote_hash: Option<QuoteHash>) -> Result<bool> {
    let sql = format!("{ALLOWANCE} WHERE source = $1 AND rule_id = $2 AND revoked_at IS NULL");
    for row in c.rows(AssertSqlSafe(sql), values![source, rule_id]).await? {
        if allowance_of(&row)?.scope.quote_hash() == quote_hash {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Counts changes, and how many more are in force. The caller holds the lock of events.
pub(super) async fn count(c: &mut Connection, changes: i64, more: i64) -> Result<()> {
    sums::add(c, sums::ALLOWANCE_REVISION, changes).await?;
    sums::add(c, sums::ALLOWANCES_IN_FORCE, more).await?;
    let in_force = sums::whole(sums::get(c, sums::ALLOWANCES_IN_FORCE).await?, "the number of allowances")?;
    if in_force > limits::ALLOWANCES {
        let message = format!("{in_force} would be in force, limit is {}: revoke some", limits::ALLOWANCES);
        return Err(StoreError::Invalid { field: "allowances", message });
    }
    Ok(())
}

/// Ends the allowances of a decision; how many.
pub(super) async fn revoke_of(c: &mut Connection, decision_id: DecisionId, by: &str, now: Millis) -> Result<i64> {
    let sql = "UPDATE allowance SET revoked_by = $2, revoked_at = $3 WHERE decision_id = $1 AND revoked_at IS NULL";
    let revoked = c.execute(sql, values![decision_id.bytes(), by, now]).await?;
    Ok(i64::try_from(revoked).unwrap_or(i64::MAX))
}

/// Ends an allowance.
pub(in crate::store) async fn revoke(c: &mut Connection, id: AllowanceId, by: &str, now: Millis) -> Result<Allowance> {
    let sql = "UPDATE allowance SET revoked_by = $2, revoked_at = $3 WHERE allowance_id = $1 AND revoked_at IS NULL";
    let revoked = c.execute(sql, values![id.bytes(), by, now]).await?;
    let sql = format!("{ALLOWANCE} WHERE allowance_id = $1");
    let row = c.row(AssertSqlSafe(sql), values![id.bytes()]).await?;
    let row = row.ok_or_else(|| StoreError::NotFound { what: "allowance", id: id.to_string() })?;
    if revoked > 0 {
        c.lock_events().await?;
        count(c, 1, -1).await?;
        event::append(c, EventKind::Allowances, now).await?;
    }
    allowance_of(&row)
}

/// The allowances in force. The revision is read first: what is read after it is at least as new.
pub(in crate::store) async fn in_force(c: &mut Connection) -> Result<Allowances> {
    let revision = sums::get(c, sums::ALLOWANCE_REVISION).await?;
    let sql = format!("{ALLOWANCE} WHERE revoked_at IS NULL ORDER BY source, rule_id, allowance_id");
    let rows = c.rows(AssertSqlSafe(sql), &[]).await?;
    Ok(Allowances { revision, in_force: rows.iter().map(allowance_of).collect::<Result<_>>()? })
}

/// All allowances, newest first.
pub(in crate::store) async fn history(
    c: &mut Connection,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<Listed<Allowance>> {
    let before =
        cursor.map(|it| list::id_of(it, Cursor::ALLOWANCES)).transpose()?.map_or([u8::MAX; 16], |it| it.bytes());
    let sql = format!("{ALLOWANCE} WHERE allowance_id < $1 ORDER BY allowance_id DESC LIMIT $2");
    let rows = c.rows(AssertSqlSafe(sql), values![before, limit + 1]).await?;
    let mut rows = rows.iter().map(allowance_of).collect::<Result<Vec<_>>>()?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|it| Cursor::new(Cursor::ALLOWANCES, Position::Id(it.id.bytes())));
    Ok(Listed { rows, next })
}

fn allowance_of(row: &Row) -> Result<Allowance> {
    let rule_id: String = row.get(2)?;
    let scope = match row.some_bytes(3)?.map(QuoteHash) {
        Some(quote_hash) => AllowanceScope::Text { rule_id, quote_hash },
        None => AllowanceScope::Rule { rule_id },
    };
    let (reviewer, at): (Option<String>, Option<Millis>) = (row.get(8)?, row.get(9)?);
    Ok(Allowance {
        id: AllowanceId::of_bytes(row.bytes(0)?),
        source: row.get(1)?,
        scope,
        quote: row.get(4)?,
        decision_id: DecisionId::of_bytes(row.bytes(5)?),
        reviewer: row.get(6)?,
        created: row.get(7)?,
        revoked: reviewer.zip(at).map(|(reviewer, at)| Revocation { reviewer, at }),
    })
}
