//! Who is signed in.

use super::{Connection, Result, key, values};
use crate::{
    limits,
    review::{KeyId, Millis},
    store::{OpenSession, Session, StoreError},
};

/// Keeps a session. Of those of its key, the oldest go that are too many.
pub(in crate::store) async fn open(c: &mut Connection, session: &Session, now: Millis) -> Result<()> {
    let key_id = session.key_id.bytes();
    // Takes the row of the key, so that sign-ins with one key come one after the other.
    let sql = "UPDATE api_key SET revoked = revoked WHERE key_id = $1 AND revoked IS NULL";
    if c.execute(sql, values![key_id]).await? == 0 {
        return Err(StoreError::NotFound { what: "API key", id: session.key_id.to_string() });
    }
    let sql = "INSERT INTO session (token_hash, key_id, created, expires) VALUES ($1, $2, $3, $4) \
               ON CONFLICT DO NOTHING";
    c.execute(sql, values![session.token_hash, key_id, session.created, session.expires]).await?;
    c.execute("DELETE FROM session WHERE key_id = $1 AND expires <= $2", values![key_id, now]).await?;
    let sql = "DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE key_id = $1 \
               ORDER BY created DESC, token_hash LIMIT $2 OFFSET $3)";
    c.execute(sql, values![key_id, limits::PURGE_CHUNK, limits::SESSIONS_PER_KEY]).await.map(drop)
}

/// The session of a token, with its key.
pub(in crate::store) async fn find(c: &mut Connection, token_hash: &[u8; 32]) -> Result<Option<OpenSession>> {
    let sql = "SELECT s.token_hash, s.created, s.expires, k.key_id, k.prefix, k.hash, k.name, k.scopes, k.created, \
               k.expires, k.revoked FROM session s JOIN api_key k ON k.key_id = s.key_id WHERE s.token_hash = $1";
    let Some(row) = c.row(sql, values![*token_hash]).await? else { return Ok(None) };
    let key_id = KeyId::of_bytes(row.bytes(3)?);
    let session = Session { token_hash: row.bytes(0)?, key_id, created: row.get(1)?, expires: row.get(2)? };
    Ok(Some(OpenSession { session, key: key::key_of(&row, 3)? }))
}

/// Ends a session.
pub(in crate::store) async fn close(c: &mut Connection, token_hash: &[u8; 32]) -> Result<()> {
    c.execute("DELETE FROM session WHERE token_hash = $1", values![*token_hash]).await.map(drop)
}
