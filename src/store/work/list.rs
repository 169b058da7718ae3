//! Lists of the queue.
//!
//! A list is a union of searches, one for each state, origin and subject of the filter. Each search is a range of one
//! index that ends in the id (`queue_key`), so it reads as many entries as it gives, however long the queue is.

use sqlx::AssertSqlSafe;

use super::{Connection, Result, Value, lookup};
use crate::{
    limits,
    review::{Cursor, CursorError, Filter, Millis, Origin, Position, ReviewItem, ReviewItemId, State, Subject},
    store::{Count, DecidedPage, Listed, StoreError},
};

/// The statement of a union of searches, and its parameters.
struct Union {
    searches: Vec<String>,
    values: Vec<Value>,
}

impl Union {
    /// The number of a parameter with this value.
    fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Every search of a filter, for ids after one and up to one.
    fn of(filter: &Filter, after: Option<ReviewItemId>, until: Option<Millis>, limit: usize) -> Self {
        let mut union = Self { searches: Vec::new(), values: Vec::new() };
        let after = after.map(|it| format!(" AND queue_key > {}", union.value(it.bytes())));
        let until = until.map(|it| format!(" AND queue_key <= {}", union.value(ReviewItemId::last_of(it).bytes())));
        let source = filter.source.as_ref().map(|it| format!(" AND source = {}", union.value(it)));
        let rest: String = [source, after, until].into_iter().flatten().collect();
        let limit = union.value(limit);
        let subjects = union.subjects(&filter.subject);
        let states: Vec<String> = filter.states.iter().map(|it| union.value(it.name())).collect();
        let origins: Vec<String> = filter.origins.iter().map(|it| union.value(it.name())).collect();
        for (table, subject) in &subjects {
            for state in &states {
                for origin in &origins {
                    union.searches.push(format!(
                        "SELECT * FROM (SELECT queue_key FROM {table} WHERE {subject}state = {state} \
                         AND origin = {origin}{rest} ORDER BY queue_key LIMIT {limit}) s{}",
                        union.searches.len()
                    ));
                }
            }
        }
        union
    }

    /// The table and the condition of each subject.
    fn subjects(&mut self, subject: &Subject) -> Vec<(&'static str, String)> {
        match subject {
            Subject::Any => vec![("review_item", String::new())],
            Subject::Kinds(kinds) => {
                let of = |it: String| ("finding", format!("first_of_kind = 1 AND kind = {it} AND "));
                kinds.iter().map(|it| of(self.value(it.name()))).collect()
            }
            Subject::Rules(rules) => {
                let of = |it: String| ("finding", format!("first_of_rule = 1 AND rule_id = {it} AND "));
                rules.iter().map(|it| of(self.value(it))).collect()
            }
            Subject::Quote { rule_id, quote_hash } => {
                let (rule, quote) = (self.value(rule_id), self.value(quote_hash.0));
                vec![("finding", format!("first_of_quote = 1 AND rule_id = {rule} AND quote_hash = {quote} AND "))]
            }
        }
    }

    fn sql(&self) -> String {
        self.searches.join(" UNION ALL ")
    }
}

/// Ids of review items that match, in order.
pub(in crate::store) async fn ids(
    c: &mut Connection,
    filter: &Filter,
    after: Option<ReviewItemId>,
    until: Option<Millis>,
    limit: usize,
) -> Result<Vec<ReviewItemId>> {
    let union = Union::of(filter, after, until, limit);
    let sql = format!("SELECT DISTINCT queue_key FROM ({}) u ORDER BY queue_key LIMIT {limit}", union.sql());
    let rows = c.rows(AssertSqlSafe(sql), &union.values).await?;
    rows.iter().map(|row| row.bytes(0).map(ReviewItemId::of_bytes)).collect()
}

/// Review items that match, oldest first. The filter is checked.
pub(in crate::store) async fn items(
    c: &mut Connection,
    filter: &Filter,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<Listed<ReviewItem>> {
    let after = cursor.map(|it| id_of(it, filter.fingerprint())).transpose()?;
    let mut ids = ids(c, filter, after, None, limit + 1).await?;
    let next = next_of(&mut ids, limit, filter.fingerprint());
    let mut rows = lookup::items(c, &ids).await?;
    // What changed between the two statements is no longer of this list.
    rows.retain(|it| filter.states.contains(&it.state) && filter.origins.contains(&it.origin));
    Ok(Listed { rows, next })
}

/// How many match, up to a bound.
pub(in crate::store) async fn count(c: &mut Connection, filter: &Filter, until: Option<Millis>) -> Result<Count> {
    let bound = usize::try_from(limits::COUNTED_ITEMS).unwrap_or(usize::MAX).saturating_add(1);
    let union = Union::of(filter, None, until, bound);
    let sql = format!("SELECT COUNT(DISTINCT queue_key) FROM ({}) u", union.sql());
    let count = c.number(AssertSqlSafe(sql), &union.values).await?;
    let count = super::count::whole(count, "a count")?;
    Ok(if count > limits::COUNTED_ITEMS { Count::AtLeast(limits::COUNTED_ITEMS) } else { Count::Exactly(count) })
}

/// Decided pages by review item.
pub(in crate::store) async fn export(
    c: &mut Connection,
    cursor: Option<Cursor>,
    limit: usize,
) -> Result<Listed<DecidedPage>> {
    let filter = Filter { states: vec![State::Decided], origins: Origin::ALL.to_vec(), ..Filter::default() };
    let after = cursor.map(|it| id_of(it, Cursor::EXPORT)).transpose()?;
    let mut ids = ids(c, &filter, after, None, limit + 1).await?;
    let next = next_of(&mut ids, limit, Cursor::EXPORT);
    let mut rows = Vec::with_capacity(ids.len());
    for item in lookup::items(c, &ids).await? {
        if item.state == State::Decided {
            rows.push(lookup::decided_page(c, item).await?);
        }
    }
    Ok(Listed { rows, next })
}

/// The id of a cursor of this list.
pub(super) fn id_of(cursor: Cursor, list: [u8; 8]) -> Result<ReviewItemId> {
    match cursor.position_in(list) {
        Ok(Position::Id(id)) => Ok(ReviewItemId::of_bytes(id)),
        Ok(Position::Seq(_)) => Err(refused(&CursorError::Malformed)),
        Err(error) => Err(refused(&error)),
    }
}

/// The number of a cursor of this list.
pub(super) fn seq_of(cursor: Cursor, list: [u8; 8]) -> Result<i64> {
    match cursor.position_in(list) {
        Ok(Position::Seq(seq)) => Ok(seq),
        Ok(Position::Id(_)) => Err(refused(&CursorError::Malformed)),
        Err(error) => Err(refused(&error)),
    }
}

fn refused(error: &CursorError) -> StoreError {
    StoreError::Invalid { field: "page_token", message: error.to_string() }
}

/// Cuts one more than asked for down to what was asked for, and says where it goes on.
fn next_of(ids: &mut Vec<ReviewItemId>, limit: usize, list: [u8; 8]) -> Option<Cursor> {
    let has_more = ids.len() > limit;
    ids.truncate(limit);
    ids.last().filter(|_| has_more).map(|it| Cursor::new(list, Position::Id(it.bytes())))
}
