//! Filters of the queue with a name, shared by all reviewers.

use super::{Connection, Result, Row, values};
use crate::{
    limits,
    store::{SavedFilter, StoreError},
};

/// Keeps a filter, in the place of the one with its name.
pub(in crate::store) async fn save(c: &mut Connection, new: &SavedFilter) -> Result<()> {
    let others = c.number("SELECT COUNT(*) FROM saved_filter WHERE name <> $1", values![&new.name]).await?;
    if usize::try_from(others).is_ok_and(|it| it >= limits::SAVED_FILTERS) {
        let message = format!("{others} filters are saved, which is the limit: delete one that nobody uses");
        return Err(StoreError::Invalid { field: "name", message });
    }
    let sql = "INSERT INTO saved_filter (name, filter, reviewer, updated) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (name) DO UPDATE SET filter = excluded.filter, reviewer = excluded.reviewer, \
               updated = excluded.updated";
    c.execute(sql, values![&new.name, &new.filter[..], &new.reviewer, new.updated]).await.map(drop)
}

/// All filters, by name.
pub(in crate::store) async fn all(c: &mut Connection) -> Result<Vec<SavedFilter>> {
    let rows = c.rows("SELECT name, filter, reviewer, updated FROM saved_filter", &[]).await?;
    let mut all = rows.iter().map(filter_of).collect::<Result<Vec<_>>>()?;
    // Databases differ in how they order letters.
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// Removes a filter.
pub(in crate::store) async fn delete(c: &mut Connection, name: &str) -> Result<()> {
    c.execute("DELETE FROM saved_filter WHERE name = $1", values![name]).await.map(drop)
}

fn filter_of(row: &Row) -> Result<SavedFilter> {
    Ok(SavedFilter { name: row.get(0)?, filter: row.get(1)?, reviewer: row.get(2)?, updated: row.get(3)? })
}
