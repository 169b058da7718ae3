//! Answers kept for requests that are repeated, and the set of decided pages.

use super::{Connection, Result, body, lookup, queue, values};
use crate::{
    limits,
    review::{KeyHash, Millis, PageKey, ReviewItemId},
    store::{Answer, StoredAnswer},
};

/// The answer to a request, if it is young enough.
pub(in crate::store) async fn get(c: &mut Connection, request_id: &str, now: Millis) -> Result<Option<StoredAnswer>> {
    let sql = "SELECT key_hash, answer FROM answer WHERE request_id = $1 AND created > $2";
    let Some(row) = c.row(sql, values![request_id, since(now)]).await? else { return Ok(None) };
    let stored: Vec<u8> = row.get(1)?;
    Ok(Some(StoredAnswer { key: KeyHash(row.bytes(0)?), answer: body::unpack(&stored)? }))
}

/// Keeps an answer, packed, unless one is kept; what is kept then.
pub(in crate::store) async fn remember(
    c: &mut Connection,
    request_id: &str,
    key: KeyHash,
    packed: &[u8],
    now: Millis,
) -> Result<Option<StoredAnswer>> {
    let sql = "INSERT INTO answer (request_id, key_hash, answer, created) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (request_id) DO UPDATE SET key_hash = excluded.key_hash, answer = excluded.answer, \
               created = excluded.created WHERE answer.created <= $5";
    if c.execute(sql, values![request_id, key.0, packed, now, since(now)]).await? > 0 {
        return Ok(None);
    }
    get(c, request_id, now).await
}

/// The moment from which on answers are kept.
pub(super) fn since(now: Millis) -> Millis {
    now.saturating_sub(queue::millis(limits::ANSWERS_KEPT))
}

/// The decision in force on a page.
pub(in crate::store) async fn decision_of(c: &mut Connection, key: &PageKey) -> Result<Option<Answer>> {
    lookup::answer(c, key).await
}

/// Hashes of the pages that are decided, by review item.
pub(in crate::store) async fn decided_keys(
    c: &mut Connection,
    after: Option<ReviewItemId>,
    limit: usize,
) -> Result<Vec<(ReviewItemId, KeyHash)>> {
    let mut all = Vec::new();
    for origin in crate::review::Origin::ALL {
        let sql = "SELECT review_item_id, key_hash FROM review_item WHERE state = 'decided' AND origin = $1 \
                   AND queue_key > $2 ORDER BY queue_key LIMIT $3";
        let after = after.map_or([0; 16], |it| it.bytes());
        for row in c.rows(sql, values![origin.name(), after, limit]).await? {
            all.push((ReviewItemId::of_bytes(row.bytes(0)?), KeyHash(row.bytes(1)?)));
        }
    }
    all.sort();
    all.truncate(limit);
    Ok(all)
}
