//! Sums that would cost a scan, and what is counted of traffic and rules.

use std::collections::BTreeMap;

use super::{Connection, Result, Row, lookup, queue, values};
use crate::{
    limits,
    review::{Decision, DecisionKind, Millis, Origin, Outcomes, RuleOutcomes},
    store::{Depth, SourceOutcomes, StoreError, Traffic},
};

/// Name of the sum of all allowances made and revoked.
pub(super) const ALLOWANCE_REVISION: &str = "allowance_revision";
/// Name of the sum of allowances in force.
pub(super) const ALLOWANCES_IN_FORCE: &str = "allowances_in_force";
/// Name of the sum of rejected pages that are kept.
pub(super) const REJECTS: &str = "rejects";

/// Kind of the entries of the audit that undo.
pub(super) const UNDONE: &str = "undone";
/// Kind of the entries of the audit that skip.
pub(super) const SKIPPED: &str = "skipped";

/// Name of the sum of pending review items.
pub(super) fn pending(origin: Origin) -> String {
    format!("pending.{origin}")
}

/// Name of the sum of decisions in force.
pub(super) fn decided(origin: Origin, decision: Decision) -> String {
    format!("decided.{origin}.{decision}")
}

/// Adds to a sum. The caller holds the lock of events, so that nobody waits for the row.
pub(super) async fn add(c: &mut Connection, name: &str, more: i64) -> Result<()> {
    let sql = "INSERT INTO counter (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value";
    c.execute(sql, values![name, more]).await.map(drop)
}

/// A sum.
pub(super) async fn get(c: &mut Connection, name: &str) -> Result<i64> {
    c.number("SELECT value FROM counter WHERE name = $1", values![name]).await
}

/// All sums, by name.
async fn all(c: &mut Connection) -> Result<BTreeMap<String, u64>> {
    let rows = c.rows("SELECT name, value FROM counter", &[]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.count(1)?))).collect()
}

/// Pending review items by origin.
pub(super) async fn all_pending(c: &mut Connection) -> Result<Vec<(Origin, u64)>> {
    let all = all(c).await?;
    Ok(Origin::ALL.iter().map(|it| (*it, all.get(&pending(*it)).copied().unwrap_or(0))).collect())
}

/// How long the queue is.
pub(in crate::store) async fn depth(c: &mut Connection) -> Result<Depth> {
    let pending = all_pending(c).await?;
    let mut oldest: Option<Millis> = None;
    for origin in Origin::ALL {
        let sql = "SELECT created FROM review_item WHERE state = 'pending' AND origin = $1 \
                   ORDER BY queue_key LIMIT 1";
        if let Some(row) = c.row(sql, values![origin.name()]).await? {
            let created: Millis = row.get(0)?;
            oldest = Some(oldest.map_or(created, |it| it.min(created)));
        }
    }
    Ok(Depth { pending: pending.into_iter().filter(|it| it.1 > 0).collect(), oldest })
}

/// Decisions in force by origin.
pub(in crate::store) async fn outcomes(c: &mut Connection) -> Result<Outcomes> {
    let all = all(c).await?;
    let mut counts = Vec::new();
    for origin in Origin::ALL {
        for decision in Decision::ALL {
            match all.get(&decided(*origin, *decision)) {
                Some(count) if *count > 0 => counts.push((*origin, *decision, *count)),
                _ => {}
            }
        }
    }
    Ok(Outcomes { counts })
}

/// Adds to the counts of a day. Rows are taken in order, so that no two transactions wait for each other.
pub(in crate::store) async fn record_traffic(c: &mut Connection, traffic: &Traffic, now: Millis) -> Result<()> {
    let mut verdicts = BTreeMap::new();
    for (source, verdict, pages) in &traffic.verdicts {
        *verdicts.entry((source, verdict.name())).or_insert(0) += pages;
    }
    let mut all = BTreeMap::new();
    for ((source, verdict), pages) in verdicts {
        *all.entry(verdict).or_insert(0) += pages;
        let sql = "INSERT INTO traffic (day, source, verdict, pages) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (day, source, verdict) DO UPDATE SET pages = traffic.pages + excluded.pages";
        c.execute(sql, values![day(now), source, verdict, pages]).await?;
    }
    for (verdict, pages) in all {
        let sql = "INSERT INTO verdict_day (day, verdict, pages) VALUES ($1, $2, $3) \
                   ON CONFLICT (day, verdict) DO UPDATE SET pages = verdict_day.pages + excluded.pages";
        c.execute(sql, values![day(now), verdict, pages]).await?;
    }
    let mut rules = RuleChanges::default();
    for (rule_id, source, hits) in &traffic.hits {
        let hits = i64::try_from(*hits).unwrap_or(i64::MAX);
        rules.add(rule_id, source, now, RuleChange { hits, ..RuleChange::default() });
    }
    change_rules(c, &rules, now).await
}

/// Counts an entry of the audit in its hour. The caller holds the lock of events, so that nobody waits for the row.
pub(super) async fn add_entry(c: &mut Connection, kind: DecisionKind, now: Millis) -> Result<()> {
    let name = match kind {
        DecisionKind::Decided(decision) => decision.name(),
        DecisionKind::Undone(_) => UNDONE,
        DecisionKind::Skipped => SKIPPED,
    };
    let sql = "INSERT INTO decision_hour (hour, kind, entries) VALUES ($1, $2, 1) \
               ON CONFLICT (hour, kind) DO UPDATE SET entries = decision_hour.entries + 1";
    c.execute(sql, values![hour(now), name]).await.map(drop)
}

/// What is added to the counts of a rule.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RuleChange {
    /// Findings.
    pub(super) hits: i64,
    /// Findings called right.
    pub(super) right: i64,
    /// Findings called wrong.
    pub(super) wrong: i64,
}

/// What is added to the counts of rules.
#[derive(Debug, Default)]
pub(super) struct RuleChanges {
    by_source: BTreeMap<(String, String), RuleChange>,
    by_day: BTreeMap<(String, i64), RuleChange>,
}

impl RuleChanges {
    /// Adds to what is counted of a rule on a source, and on the day of a moment.
    pub(super) fn add(&mut self, rule_id: &str, source: &str, at: Millis, more: RuleChange) {
        self.by_source.entry((rule_id.to_owned(), source.to_owned())).or_default().add(more);
        self.by_day.entry((rule_id.to_owned(), day(at))).or_default().add(more);
    }
}

impl RuleChange {
    fn add(&mut self, more: Self) {
        self.hits += more.hits;
        self.right += more.right;
        self.wrong += more.wrong;
    }
}

/// Adds to the counts of rules, by rule and source and by rule and day, each in order, so that no two transactions
/// wait for each other.
pub(super) async fn change_rules(c: &mut Connection, changes: &RuleChanges, now: Millis) -> Result<()> {
    for ((rule_id, source), change) in &changes.by_source {
        let sql = "INSERT INTO rule_count (rule_id, source, hits, right_count, wrong_count, updated) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (rule_id, source) DO UPDATE SET \
                   hits = rule_count.hits + excluded.hits, right_count = rule_count.right_count + excluded.right_count, \
                   wrong_count = rule_count.wrong_count + excluded.wrong_count, updated = excluded.updated";
        c.execute(sql, values![rule_id, source, change.hits, change.right, change.wrong, now]).await?;
    }
    for ((rule_id, day), change) in &changes.by_day {
        let sql = "INSERT INTO rule_day (rule_id, day, hits, right_count, wrong_count) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (rule_id, day) DO UPDATE SET hits = rule_day.hits + excluded.hits, \
                   right_count = rule_day.right_count + excluded.right_count, \
                   wrong_count = rule_day.wrong_count + excluded.wrong_count";
        c.execute(sql, values![rule_id, *day, change.hits, change.right, change.wrong]).await?;
    }
    Ok(())
}

/// What is known of rules, of one source or of all together.
pub(in crate::store) async fn rule_outcomes(c: &mut Connection, source: Option<&str>) -> Result<Vec<RuleOutcomes>> {
    let rows = if let Some(source) = source {
        let sql = "SELECT rule_id, source, hits, right_count, wrong_count FROM rule_count \
                   WHERE source = $1 ORDER BY rule_id";
        c.rows(sql, values![source]).await?
    } else {
        let sql = "SELECT rule_id, CAST(NULL AS TEXT), CAST(SUM(hits) AS BIGINT), CAST(SUM(right_count) AS BIGINT), \
                   CAST(SUM(wrong_count) AS BIGINT) FROM rule_count GROUP BY rule_id ORDER BY rule_id";
        c.rows(sql, &[]).await?
    };
    rows.iter().map(rule_of).collect()
}

/// What is known of one rule, by source.
pub(in crate::store) async fn rule_sources(
    c: &mut Connection,
    rule_id: &str,
    limit: usize,
) -> Result<Vec<RuleOutcomes>> {
    let sql = "SELECT rule_id, source, hits, right_count, wrong_count FROM rule_count \
               WHERE rule_id = $1 ORDER BY hits DESC, source LIMIT $2";
    c.rows(sql, values![rule_id, limit.min(limits::LISTED_SOURCES)]).await?.iter().map(rule_of).collect()
}

fn rule_of(row: &Row) -> Result<RuleOutcomes> {
    Ok(RuleOutcomes {
        rule_id: row.get(0)?,
        source: row.get(1)?,
        hits: row.count(2)?,
        right: row.count(3)?,
        wrong: row.count(4)?,
    })
}

/// Verdicts since a day, by source.
pub(in crate::store) async fn source_outcomes(
    c: &mut Connection,
    since: Millis,
    limit: usize,
) -> Result<Vec<SourceOutcomes>> {
    let sql = "SELECT t.source, t.verdict, CAST(SUM(t.pages) AS BIGINT) FROM traffic t JOIN \
               (SELECT source, SUM(pages) AS pages FROM traffic WHERE day >= $1 GROUP BY source \
                ORDER BY pages DESC, source LIMIT $2) most ON most.source = t.source \
               WHERE t.day >= $1 GROUP BY t.source, t.verdict, most.pages ORDER BY most.pages DESC, t.source, t.verdict";
    let mut sources: Vec<SourceOutcomes> = Vec::new();
    for row in c.rows(sql, values![day(since), limit.min(limits::LISTED_SOURCES)]).await? {
        let source: String = row.get(0)?;
        let verdict = (row.named(1, lookup::verdict_named)?, row.count(2)?);
        match sources.last_mut() {
            Some(last) if last.source == source => last.verdicts.push(verdict),
            _ => sources.push(SourceOutcomes { source, verdicts: vec![verdict] }),
        }
    }
    Ok(sources)
}

/// Hours since 1970.
pub(super) fn hour(moment: Millis) -> i64 {
    moment.div_euclid(queue::millis(std::time::Duration::from_hours(1)))
}

/// Days since 1970.
pub(super) fn day(moment: Millis) -> i64 {
    moment.div_euclid(queue::millis(std::time::Duration::from_hours(24)))
}

/// A sum that is not negative.
pub(super) fn whole(value: i64, what: &str) -> Result<u64> {
    u64::try_from(value).map_err(|_| StoreError::Corrupt { what: format!("{what} is {value}") })
}
