//! Events: what happened, in an order that no reader can miss a part of.

use super::{Connection, Result, Row, values};
use crate::{
    review::{Decision, KeyHash, Millis, ReviewItemId},
    store::{Event, EventKind, StoreError},
};

/// Writes events. The caller holds the lock of events.
pub(super) async fn append(c: &mut Connection, kind: EventKind, now: Millis) -> Result<()> {
    let sql = "INSERT INTO event (created, kind, review_item_id, key_hash, decision) VALUES ($1, $2, $3, $4, $5)";
    let (name, of, decision) = match kind {
        EventKind::Queued { review_item_id, key } => ("queued", Some((review_item_id, key)), None),
        EventKind::Decided { review_item_id, key, decision } => {
            ("decided", Some((review_item_id, key)), Some(decision.name()))
        }
        EventKind::Undone { review_item_id, key } => ("undone", Some((review_item_id, key)), None),
        EventKind::Left { review_item_id, key } => ("left", Some((review_item_id, key)), None),
        EventKind::Allowances => ("allowances", None, None),
    };
    let (id, key) = (of.map(|it| it.0.bytes()), of.map(|it| it.1.0));
    c.execute(sql, values![now, name, id, key, decision]).await.map(drop)
}

/// Events after a place, oldest first.
pub(in crate::store) async fn after(c: &mut Connection, seq: i64, limit: usize) -> Result<Vec<Event>> {
    let sql = "SELECT seq, created, kind, review_item_id, key_hash, decision FROM event \
               WHERE seq > $1 ORDER BY seq LIMIT $2";
    c.rows(sql, values![seq, limit]).await?.iter().map(event_of).collect()
}

/// The last place; 0 before the first.
pub(in crate::store) async fn last(c: &mut Connection) -> Result<i64> {
    c.number("SELECT COALESCE(MAX(seq), 0) FROM event", &[]).await
}

fn event_of(row: &Row) -> Result<Event> {
    let kind: String = row.get(2)?;
    let review_item_id = || row.bytes(3).map(ReviewItemId::of_bytes);
    let key = || row.bytes(4).map(KeyHash);
    let kind = match kind.as_str() {
        "queued" => EventKind::Queued { review_item_id: review_item_id()?, key: key()? },
        "decided" => EventKind::Decided {
            review_item_id: review_item_id()?,
            key: key()?,
            decision: row.named(5, Decision::named)?,
        },
        "undone" => EventKind::Undone { review_item_id: review_item_id()?, key: key()? },
        "left" => EventKind::Left { review_item_id: review_item_id()?, key: key()? },
        "allowances" => EventKind::Allowances,
        other => return Err(StoreError::Corrupt { what: format!("event of kind {other:?}") }),
    };
    Ok(Event { seq: row.get(0)?, at: row.get(1)?, kind })
}
