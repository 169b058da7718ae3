//! How things went: sums by hour and day, and the levels of the queue. Each statement reads a range of one index.

use super::{Connection, Result, Row, count, lookup, queue, values};
use crate::{
    limits,
    review::{Decision, Millis},
    store::{DayVerdicts, History, HistoryOf, QueueLevel, RuleDay, StoreError, Work},
    verdict::Verdict,
};

const HOUR: Millis = 60 * 60 * 1000;
const DAY: Millis = 24 * HOUR;

const VERDICTS: &str = "SELECT day, verdict, pages FROM verdict_day WHERE day >= $1 ORDER BY day, verdict";
const VERDICTS_OF_SOURCE: &str =
    "SELECT day, verdict, pages FROM traffic WHERE source = $1 AND day >= $2 ORDER BY day, verdict";
const WORK_BY_HOUR: &str = "SELECT hour, kind, entries FROM decision_hour WHERE hour >= $1 ORDER BY hour, kind";
const WORK_BY_DAY: &str = "SELECT hour / 24, kind, CAST(SUM(entries) AS BIGINT) FROM decision_hour WHERE hour >= $1 \
                           GROUP BY 1, 2 ORDER BY 1, 2";
const LEVELS: &str = "SELECT MIN(slot), MAX(pending), MAX(oldest_age) FROM queue_level WHERE slot >= $1 \
                      AND slot <= $2 GROUP BY slot / $3 ORDER BY 1";
const RULE_DAYS: &str =
    "SELECT day, hits, right_count, wrong_count FROM rule_day WHERE rule_id = $1 AND day >= $2 ORDER BY day";

/// How things went in the last days.
pub(in crate::store) async fn history(c: &mut Connection, of: &HistoryOf, now: Millis) -> Result<History> {
    let first = count::day(now) - i64::from(of.days);
    let verdicts = match &of.source {
        Some(source) => c.rows(VERDICTS_OF_SOURCE, values![source, first]).await?,
        None => c.rows(VERDICTS, values![first]).await?,
    };
    let hours = c.rows(WORK_BY_HOUR, values![count::hour(now) - i64::from(limits::HISTORY_HOURS) + 1]).await?;
    let days = c.rows(WORK_BY_DAY, values![first * 24]).await?;
    let (first_slot, last_slot) = (slot(first * DAY), slot(now));
    let slots = last_slot - first_slot + 1;
    // So many that the parts are at most as many as may be listed, the first and the last of them not whole.
    let each = slots / (i64::try_from(limits::LISTED_LEVELS).unwrap_or(i64::MAX) - 2) + 1;
    let levels = c.rows(LEVELS, values![first_slot, last_slot, each]).await?;
    let rule_days = match &of.rule_id {
        Some(rule_id) => c.rows(RULE_DAYS, values![rule_id, first]).await?,
        None => Vec::new(),
    };
    Ok(History {
        verdicts: verdicts_of(&verdicts)?,
        hours: work_of(&hours, HOUR)?,
        days: work_of(&days, DAY)?,
        levels: levels.iter().map(level_of).collect::<Result<_>>()?,
        rule_days: rule_days.iter().map(rule_day_of).collect::<Result<_>>()?,
    })
}

/// Records how long the queue is, once in a slot of time, whoever asks for it.
pub(in crate::store) async fn record_level(c: &mut Connection, now: Millis) -> Result<()> {
    if c.row("SELECT slot FROM queue_level WHERE slot = $1", values![slot(now)]).await?.is_some() {
        return Ok(());
    }
    let depth = count::depth(c).await?;
    let pending: u64 = depth.pending.iter().map(|it| it.1).sum();
    let oldest_age = depth.oldest.map_or(0, |it| (now - it).max(0));
    let sql = "INSERT INTO queue_level (slot, pending, oldest_age) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    c.execute(sql, values![slot(now), pending, oldest_age]).await.map(drop)
}

/// The slot of a moment for levels of the queue.
pub(super) fn slot(moment: Millis) -> i64 {
    moment.div_euclid(queue::millis(limits::LEVEL_EVERY))
}

fn verdicts_of(rows: &[Row]) -> Result<Vec<DayVerdicts>> {
    let mut days: Vec<DayVerdicts> = Vec::new();
    for row in rows {
        let at = row.get::<i64>(0)? * DAY;
        let verdict: (Verdict, u64) = (row.named(1, lookup::verdict_named)?, row.count(2)?);
        match days.last_mut() {
            Some(last) if last.at == at => last.verdicts.push(verdict),
            _ => days.push(DayVerdicts { at, verdicts: vec![verdict] }),
        }
    }
    Ok(days)
}

/// Rows of a span, a kind of entry and its number, by span; a span has so many milliseconds.
fn work_of(rows: &[Row], span: Millis) -> Result<Vec<Work>> {
    let mut all: Vec<Work> = Vec::new();
    for row in rows {
        let at = row.get::<i64>(0)? * span;
        if all.last().is_none_or(|it| it.at != at) {
            all.push(Work { at, ..Work::default() });
        }
        let (kind, entries): (String, u64) = (row.get(1)?, row.count(2)?);
        let Some(work) = all.last_mut() else { continue };
        match (kind.as_str(), Decision::named(&kind)) {
            (_, Some(Decision::Publish)) => work.published = entries,
            (_, Some(Decision::PublishCleaned)) => work.published_cleaned = entries,
            (_, Some(Decision::Discard)) => work.discarded = entries,
            (count::UNDONE, None) => work.undone = entries,
            (count::SKIPPED, None) => work.skipped = entries,
            (other, None) => {
                return Err(StoreError::Corrupt { what: format!("entries of the audit of kind {other:?}") });
            }
        }
    }
    Ok(all)
}

fn level_of(row: &Row) -> Result<QueueLevel> {
    let at = row.get::<i64>(0)?.saturating_mul(queue::millis(limits::LEVEL_EVERY));
    Ok(QueueLevel { at, pending: row.count(1)?, oldest_age: row.get(2)? })
}

fn rule_day_of(row: &Row) -> Result<RuleDay> {
    Ok(RuleDay { at: row.get::<i64>(0)? * DAY, hits: row.count(1)?, right: row.count(2)?, wrong: row.count(3)? })
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, Row as _, SqliteConnection};

    use super::*;

    #[tokio::test]
    async fn history_is_read_from_indexes_alone() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.expect("opens");
        sqlx::migrate!("src/store/migrations/sqlite").run(&mut connection).await.expect("makes tables");
        for sql in [VERDICTS, VERDICTS_OF_SOURCE, WORK_BY_HOUR, WORK_BY_DAY, LEVELS, RULE_DAYS] {
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let rows = sqlx::query(explain).fetch_all(&mut connection).await.expect("is explained");
            let steps: Vec<String> = rows.iter().map(|it| it.get("detail")).collect();
            let reads: Vec<&String> = steps.iter().filter(|it| it.contains("SEARCH") || it.contains("SCAN")).collect();
            assert!(reads.len() == 1 && reads[0].starts_with("SEARCH"), "{sql}: {steps:?}");
        }
    }
}
