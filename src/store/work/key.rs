//! API keys.

use sqlx::AssertSqlSafe;

use super::{Connection, Result, Row, values};
use crate::{
    limits,
    review::{KeyId, Millis},
    store::{ApiKey, Scope, StoreError},
};

const KEY: &str = "SELECT key_id, prefix, hash, name, scopes, created, expires, revoked FROM api_key ";

/// Stores an API key.
pub(in crate::store) async fn create(c: &mut Connection, key: &ApiKey) -> Result<()> {
    let count = c.number("SELECT COUNT(*) FROM api_key", &[]).await?;
    if usize::try_from(count).is_ok_and(|it| it >= limits::API_KEYS) {
        let message = format!("{count} keys are stored, which is the limit");
        return Err(StoreError::Invalid { field: "keys", message });
    }
    let sql = "INSERT INTO api_key (key_id, prefix, hash, name, scopes, created, expires, revoked) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    let scopes: Vec<&str> = key.scopes.iter().map(|it| it.name()).collect();
    let (id, scopes) = (key.id.bytes(), scopes.join(" "));
    let values = values![id, &key.prefix, key.hash, &key.name, &scopes, key.created, key.expires, key.revoked];
    if c.execute(sql, values).await? > 0 {
        return Ok(());
    }
    match find(c, &key.prefix).await? {
        // The same call again.
        Some(stored) if stored == *key => Ok(()),
        _ => Err(StoreError::Invalid { field: "prefix", message: format!("{:?} is in use", key.prefix) }),
    }
}

/// The API key with this prefix.
pub(in crate::store) async fn find(c: &mut Connection, prefix: &str) -> Result<Option<ApiKey>> {
    let sql = format!("{KEY} WHERE prefix = $1");
    c.row(AssertSqlSafe(sql), values![prefix]).await?.as_ref().map(|it| key_of(it, 0)).transpose()
}

/// Ends an API key.
pub(in crate::store) async fn revoke(c: &mut Connection, id: KeyId, now: Millis) -> Result<ApiKey> {
    let sql = "UPDATE api_key SET revoked = $2 WHERE key_id = $1 AND revoked IS NULL";
    c.execute(sql, values![id.bytes(), now]).await?;
    let sql = format!("{KEY} WHERE key_id = $1");
    let row = c.row(AssertSqlSafe(sql), values![id.bytes()]).await?;
    key_of(&row.ok_or_else(|| StoreError::NotFound { what: "API key", id: id.to_string() })?, 0)
}

/// All API keys, oldest first.
pub(in crate::store) async fn all(c: &mut Connection) -> Result<Vec<ApiKey>> {
    let sql = format!("{KEY} ORDER BY key_id LIMIT $1");
    c.rows(AssertSqlSafe(sql), values![limits::API_KEYS]).await?.iter().map(|it| key_of(it, 0)).collect()
}

/// An API key whose columns begin there.
pub(super) fn key_of(row: &Row, at: usize) -> Result<ApiKey> {
    let scopes: String = row.get(at + 4)?;
    let scope = |name: &str| {
        let corrupt = || StoreError::Corrupt { what: format!("scope {name:?} of an API key") };
        Scope::named(name).ok_or_else(corrupt)
    };
    Ok(ApiKey {
        id: KeyId::of_bytes(row.bytes(at)?),
        prefix: row.get(at + 1)?,
        hash: row.bytes(at + 2)?,
        name: row.get(at + 3)?,
        scopes: scopes.split_whitespace().map(scope).collect::<Result<_>>()?,
        created: row.get(at + 5)?,
        expires: row.get(at + 6)?,
        revoked: row.get(at + 7)?,
    })
}
