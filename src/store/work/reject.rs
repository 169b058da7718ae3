//! Rejected pages.

use super::{Connection, Result, Row, body, count, list, lookup, queue, values};
use crate::{
    limits,
    review::{Cursor, Position, ReviewItemId},
    store::{Listed, Reject, StoreError},
};

/// Keeps rejected pages. The lock of events is held for the count of them alone.
pub(in crate::store) async fn record(c: &mut Connection, rejects: &[(Reject, Vec<u8>)]) -> Result<()> {
    let mut kept = 0;
    for (reject, text) in rejects {
        let sql = "INSERT INTO reject (reject_id, source, page_id, content_hash, url, title, rule_id, findings, body) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (reject_id) DO NOTHING";
        let values = values![
            reject.id.bytes(),
            &reject.key.source,
            &reject.key.page_id,
            reject.key.content_hash.0,
            &reject.url,
            queue::cut(&reject.title, limits::FILED_TITLE_BYTES),
            &reject.rule_id,
            &reject.findings[..],
            &text[..],
        ];
        kept += c.execute(sql, values).await?;
    }
    c.lock_events().await?;
    count::add(c, count::REJECTS, i64::try_from(kept).unwrap_or(i64::MAX)).await
}

/// Rejected pages, newest first.
pub(in crate::store) async fn all(
    c: &mut Connection,
    source: Option<&str>,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<Listed<Reject>> {
    let list = Cursor::rejects_of(source);
    let before = cursor.map(|it| list::id_of(it, list)).transpose()?.map_or([u8::MAX; 16], |it| it.bytes());
    let rows = if let Some(source) = source {
        let sql = "SELECT reject_id, source, page_id, content_hash, url, title, rule_id, findings, body FROM reject \
                   WHERE source = $1 AND reject_id < $2 ORDER BY reject_id DESC LIMIT $3";
        c.rows(sql, values![source, before, limit + 1]).await?
    } else {
        let sql = "SELECT reject_id, source, page_id, content_hash, url, title, rule_id, findings, body FROM reject \
                   WHERE reject_id < $1 ORDER BY reject_id DESC LIMIT $2";
        c.rows(sql, values![before, limit + 1]).await?
    };
    let mut rows = rows.iter().map(reject_of).collect::<Result<Vec<_>>>()?;
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| has_more).map(|it| Cursor::new(list, Position::Id(it.id.bytes())));
    Ok(Listed { rows, next })
}

fn reject_of(row: &Row) -> Result<Reject> {
    let text: Vec<u8> = row.get(8)?;
    let text = String::from_utf8(body::unpack(&text)?);
    let findings: Vec<u8> = row.get(7)?;
    Ok(Reject {
        id: ReviewItemId::of_bytes(row.bytes(0)?),
        key: lookup::key_of(row, 1)?,
        url: row.get(4)?,
        title: row.get(5)?,
        rule_id: row.get(6)?,
        findings: body::unpack(&findings)?,
        text: text.map_err(|it| StoreError::Corrupt { what: format!("text of a rejected page: {it}") })?,
    })
}
