//! Removing what is past its time, a bounded piece at a time.

use std::time::Duration;

use super::{Connection, Result, answer, count, event, history, list, queue, values};
use crate::{
    limits,
    review::{Filter, KeyHash, Millis, Origin, ReviewItemId, State},
    store::{EventKind, Purged},
};

/// Samples that nobody looked at in time leave the queue.
pub(in crate::store) async fn expire(c: &mut Connection, now: Millis) -> Result<Purged> {
    let filter = Filter {
        states: vec![State::Pending],
        origins: vec![Origin::SampledReject, Origin::SampledAccept],
        ..Filter::default()
    };
    let ids = list::ids(c, &filter, None, Some(before(now, limits::SAMPLE_KEPT)), limits::PURGE_CHUNK).await?;
    let mut left: Vec<(ReviewItemId, KeyHash, Origin)> = Vec::new();
    for id in &ids {
        let sql = "SELECT key_hash, origin FROM review_item WHERE review_item_id = $1";
        let Some(row) = c.row(sql, values![id.bytes()]).await? else { continue };
        if queue::leave(c, *id, State::Expired, now).await? {
            left.push((*id, KeyHash(row.bytes(0)?), row.named(1, Origin::named)?));
        }
    }
    if !left.is_empty() {
        c.lock_events().await?;
    }
    for (review_item_id, key, origin) in &left {
        count::add(c, &count::pending(*origin), -1).await?;
        event::append(c, EventKind::Left { review_item_id: *review_item_id, key: *key }, now).await?;
    }
    Ok(Purged { expired: left.len() as u64, has_more: is_full(ids.len() as u64), ..Purged::default() })
}

/// Bodies, review items that left the queue long ago, answers and events.
pub(in crate::store) async fn queue(c: &mut Connection, now: Millis) -> Result<Purged> {
    let chunk = limits::PURGE_CHUNK;
    let pages = "UPDATE review_body SET page = NULL WHERE review_item_id IN (SELECT review_item_id FROM review_body \
                 WHERE page IS NOT NULL AND page_until IS NOT NULL AND page_until <= $1 LIMIT $2)";
    let pages = c.execute(pages, values![now, chunk]).await?;
    let results = "DELETE FROM review_body WHERE review_item_id IN (SELECT review_item_id FROM review_body \
                   WHERE result_until IS NOT NULL AND result_until <= $1 LIMIT $2)";
    let results = c.execute(results, values![now, chunk]).await?;
    let items = "DELETE FROM review_item WHERE review_item_id IN (SELECT review_item_id FROM review_item \
                 WHERE state IN ('superseded', 'expired') AND updated <= $1 LIMIT $2) \
                 AND state IN ('superseded', 'expired')";
    let items = c.execute(items, values![before(now, limits::LEFT_KEPT), chunk]).await?;
    let answers = "DELETE FROM answer WHERE request_id IN \
                   (SELECT request_id FROM answer WHERE created <= $1 ORDER BY created LIMIT $2) AND created <= $1";
    let answers = c.execute(answers, values![answer::since(now), chunk]).await?;
    // The last one stays, so that there is always one to begin after.
    let events = "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE created <= $1 ORDER BY created LIMIT $2) \
                  AND seq < (SELECT MAX(seq) FROM event)";
    let events = c.execute(events, values![before(now, limits::EVENTS_KEPT), chunk]).await?;
    let has_more = [pages, results, items, answers, events].into_iter().any(is_full);
    Ok(Purged { bodies: pages + results, items, answers, events, has_more, ..Purged::default() })
}

/// Rejected pages, by age and by number, counts of days long past, sessions.
pub(in crate::store) async fn rejects(c: &mut Connection, now: Millis) -> Result<Purged> {
    let chunk = limits::PURGE_CHUNK;
    let kept = count::whole(count::get(c, count::REJECTS).await?, "the number of rejected pages")?;
    let over = kept.saturating_sub(limits::REJECTS).min(chunk as u64);
    let old = ReviewItemId::last_of(before(now, limits::REJECT_KEPT)).bytes();
    let sql = "DELETE FROM reject WHERE reject_id IN (SELECT reject_id FROM reject WHERE reject_id <= $1 \
               ORDER BY reject_id LIMIT $2)";
    let mut rejects = c.execute(sql, values![old, chunk]).await?;
    if over > rejects {
        let sql = "DELETE FROM reject WHERE reject_id IN (SELECT reject_id FROM reject ORDER BY reject_id LIMIT $1)";
        rejects += c.execute(sql, values![over - rejects]).await?;
    }
    let sql = "DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE expires <= $1 LIMIT $2)";
    let sessions = c.execute(sql, values![now, chunk]).await?;
    let days = count::day(before(now, limits::TRAFFIC_KEPT));
    let sql = "DELETE FROM traffic WHERE (day, source, verdict) IN \
               (SELECT day, source, verdict FROM traffic WHERE day < $1 ORDER BY day LIMIT $2)";
    let traffic = c.execute(sql, values![days, chunk]).await?;
    let sql = "DELETE FROM rule_count WHERE (rule_id, source) IN (SELECT rule_id, source FROM rule_count \
               WHERE right_count = 0 AND wrong_count = 0 AND updated <= $1 LIMIT $2) \
               AND right_count = 0 AND wrong_count = 0";
    let rules = c.execute(sql, values![before(now, limits::TRAFFIC_KEPT), chunk]).await?;
    if rejects > 0 {
        c.lock_events().await?;
        count::add(c, count::REJECTS, -i64::try_from(rejects).unwrap_or(i64::MAX)).await?;
    }
    let has_more = [rejects, traffic, rules, sessions].into_iter().any(is_full);
    Ok(Purged { rejects, traffic: traffic + rules, sessions, has_more, ..Purged::default() })
}

/// Sums of hours and days long past, and levels of the queue.
pub(in crate::store) async fn sums(c: &mut Connection, now: Millis) -> Result<Purged> {
    let (chunk, before) = (limits::PURGE_CHUNK, before(now, limits::TRAFFIC_KEPT));
    let sql = "DELETE FROM verdict_day WHERE (day, verdict) IN \
               (SELECT day, verdict FROM verdict_day WHERE day < $1 ORDER BY day LIMIT $2)";
    let verdicts = c.execute(sql, values![count::day(before), chunk]).await?;
    let sql = "DELETE FROM rule_day WHERE (rule_id, day) IN \
               (SELECT rule_id, day FROM rule_day WHERE day < $1 ORDER BY day LIMIT $2)";
    let rules = c.execute(sql, values![count::day(before), chunk]).await?;
    let sql = "DELETE FROM decision_hour WHERE (hour, kind) IN \
               (SELECT hour, kind FROM decision_hour WHERE hour < $1 ORDER BY hour LIMIT $2)";
    let work = c.execute(sql, values![count::hour(before), chunk]).await?;
    let sql = "DELETE FROM queue_level WHERE slot IN \
               (SELECT slot FROM queue_level WHERE slot < $1 ORDER BY slot LIMIT $2)";
    let levels = c.execute(sql, values![history::slot(before), chunk]).await?;
    let all = [verdicts, rules, work, levels];
    Ok(Purged { sums: all.iter().sum(), has_more: all.into_iter().any(is_full), ..Purged::default() })
}

fn before(now: Millis, kept: Duration) -> Millis {
    now.saturating_sub(queue::millis(kept))
}

fn is_full(removed: u64) -> bool {
    removed >= limits::PURGE_CHUNK as u64
}
