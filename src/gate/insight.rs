//! What was measured of sources and rules, and allowances, in the messages of the API.

use std::collections::{BTreeMap, HashMap};

use super::{
    Gate,
    desk::now,
    review::{cursor, page_size, reviewer, token},
};
use crate::{
    fault::Fault,
    limits,
    proto::{
        self, GetHistoryRequest, GetHistoryResponse, GetStatsRequest, GetStatsResponse, HistoryDay,
        ListAllowancesRequest, ListAllowancesResponse, ListRuleStatsRequest, ListRuleStatsResponse, ListSourcesRequest,
        ListSourcesResponse, QueueLevel, RevokeAllowanceRequest, RevokeAllowanceResponse, RuleDay, RuleStats, Source,
    },
    review::{Allowance, Cursor, Decision, Millis, Origin, Outcomes, Position, RuleOutcomes},
    store::{HistoryOf, Work},
    verdict::Verdict,
};

const HOUR: Millis = 60 * 60 * 1000;
const DAY: Millis = 24 * HOUR;
/// Days where the caller names no number.
const DEFAULT_DAYS: u32 = 30;

impl Gate {
    /// What was measured of rules, by id; nothing without a store, or while it is away.
    pub async fn rule_stats(&self) -> HashMap<String, RuleStats> {
        let Some(desk) = self.desk() else { return HashMap::new() };
        let bar = desk.settings.precision_bar;
        let outcomes = desk.rule_outcomes().await;
        outcomes.into_iter().map(|it| (it.rule_id.clone(), rule_stats(&it, bar))).collect()
    }

    /// Lists sources by the number of their pages.
    pub async fn list_sources(&self, request: ListSourcesRequest) -> Result<ListSourcesResponse, Fault> {
        let desk = self.review()?;
        let limit = page_size(request.page_size, limits::LISTED_SOURCES)?;
        let (since, list) = (since(request.days)?, list_of("sources", &request.days.to_string()));
        let from = place(&request.page_token, list)?;
        let sources = desk.store.source_outcomes(since, limits::LISTED_SOURCES).await?;
        let allowances = desk.store.allowances().await?.in_force;
        let (part, next_page_token) = part(sources, from, limit, list);
        let source = |it: crate::store::SourceOutcomes| {
            let (verdicts, junk_share) = proto::verdict_counts(&it.verdicts);
            let allowed = allowances.iter().filter(|allowance| allowance.source == it.source).count();
            Source {
                source: it.source,
                verdicts: Some(verdicts),
                junk_share: junk_share.unwrap_or_default(),
                allowance_count: i32::try_from(allowed).unwrap_or(i32::MAX),
            }
        };
        Ok(ListSourcesResponse { sources: part.into_iter().map(source).collect(), next_page_token })
    }

    /// Lists allowances.
    pub async fn list_allowances(&self, request: ListAllowancesRequest) -> Result<ListAllowancesResponse, Fault> {
        let desk = self.review()?;
        let limit = page_size(request.page_size, limits::LISTED_ITEMS)?;
        let of_source = |it: &Allowance| request.source.is_empty() || it.source == request.source;
        if request.show_revoked {
            let cursor = cursor(&request.page_token, Cursor::ALLOWANCES)?;
            let listed = desk.store.allowance_history(cursor, limit).await?;
            let allowances = listed.rows.into_iter().filter(of_source).map(proto::allowance).collect();
            return Ok(ListAllowancesResponse { allowances, next_page_token: token(listed.next) });
        }
        let list = list_of("allowances", &request.source);
        let from = place(&request.page_token, list)?;
        let in_force = desk.store.allowances().await?.in_force.into_iter().filter(of_source).collect();
        let (part, next_page_token) = part(in_force, from, limit, list);
        Ok(ListAllowancesResponse { allowances: part.into_iter().map(proto::allowance).collect(), next_page_token })
    }

    /// Revokes an allowance.
    pub async fn revoke_allowance(&self, request: RevokeAllowanceRequest) -> Result<RevokeAllowanceResponse, Fault> {
        let desk = self.review()?;
        let id = request.allowance_id.parse().map_err(|it| Fault::field("allowance_id", &format!("{it}")))?;
        let allowance = desk.store.revoke_allowance(id, reviewer(&request.reviewer)?, now()).await?;
        if let Err(error) = desk.catch_up().await {
            tracing::warn!(%error, "read what was revoked; it is read again");
        }
        Ok(RevokeAllowanceResponse { allowance: Some(proto::allowance(allowance)) })
    }

    /// Counts pages and the queue, and says how often people agreed.
    pub async fn get_stats(&self, request: GetStatsRequest) -> Result<GetStatsResponse, Fault> {
        let desk = self.review()?;
        let mut verdicts: BTreeMap<Verdict, u64> = BTreeMap::new();
        for source in desk.store.source_outcomes(since(request.days)?, limits::LISTED_SOURCES).await? {
            for (verdict, count) in source.verdicts {
                *verdicts.entry(verdict).or_default() += count;
            }
        }
        let (counts, junk_share) = proto::verdict_counts(&verdicts.into_iter().collect::<Vec<_>>());
        let (depth, outcomes) = (desk.store.depth().await?, desk.store.outcomes().await?);
        let pending = |held: bool| {
            let of = depth.pending.iter().filter(|it| (it.0 == Origin::Held) == held);
            i64::try_from(of.map(|it| it.1).sum::<u64>()).unwrap_or(i64::MAX)
        };
        let (missed, missed_of) = wrong(&outcomes, Origin::SampledAccept, Decision::Publish);
        let (rejected, rejected_of) = wrong(&outcomes, Origin::SampledReject, Decision::Discard);
        Ok(GetStatsResponse {
            verdicts: Some(counts),
            junk_share,
            pending_count: pending(true),
            pending_sample_count: pending(false),
            oldest_pending_time: depth.oldest.map(proto::timestamp),
            missed: proto::proportion(missed, missed_of),
            wrongly_rejected: proto::proportion(rejected, rejected_of),
            lost_record_count: i64::try_from(desk.records.lost()).unwrap_or(i64::MAX),
        })
    }

    /// Tells how things went, day by day and hour by hour.
    pub async fn get_history(&self, request: GetHistoryRequest) -> Result<GetHistoryResponse, Fault> {
        let desk = self.review()?;
        let days = days(request.days)?;
        let some = |text: String| (!text.is_empty()).then_some(text);
        let of = HistoryOf { days, source: some(request.source), rule_id: some(request.rule_id) };
        let (now, has_rule) = (now(), of.rule_id.is_some());
        let history = desk.store.history(of, now).await?;
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let days: Vec<Millis> = spans(now, DAY, days + 1);
        let day = |at: &Millis| {
            let verdicts = history.verdicts.iter().find(|it| it.at == *at).map_or(&[][..], |it| &it.verdicts);
            let decisions = Some(work_at(&history.days, *at));
            HistoryDay { day: proto::day(*at), verdicts: Some(proto::verdict_counts(verdicts).0), decisions }
        };
        let rule_day = |at: &Millis| {
            let found = history.rule_days.iter().find(|it| it.at == *at);
            RuleDay {
                day: proto::day(*at),
                hit_count: found.map_or(0, |it| count(it.hits)),
                right_count: found.map_or(0, |it| count(it.right)),
                wrong_count: found.map_or(0, |it| count(it.wrong)),
            }
        };
        let level = |it: &crate::store::QueueLevel| QueueLevel {
            time: Some(proto::timestamp(it.at)),
            pending_count: count(it.pending),
            oldest_age_seconds: it.oldest_age / 1000,
        };
        Ok(GetHistoryResponse {
            days: days.iter().map(day).collect(),
            hours: spans(now, HOUR, limits::HISTORY_HOURS).iter().map(|at| work_at(&history.hours, *at)).collect(),
            levels: history.levels.iter().map(level).collect(),
            rule_days: if has_rule { days.iter().map(rule_day).collect() } else { Vec::new() },
        })
    }

    /// Lists what was measured of rules.
    pub async fn list_rule_stats(&self, request: ListRuleStatsRequest) -> Result<ListRuleStatsResponse, Fault> {
        let desk = self.review()?;
        let limit = page_size(request.page_size, limits::LISTED_RULES)?;
        let list = list_of(if request.proposed_only { "proposed" } else { "rules" }, &request.source);
        let from = place(&request.page_token, list)?;
        let source = (!request.source.is_empty()).then_some(request.source.as_str());
        let bar = desk.settings.precision_bar;
        let mut outcomes = desk.store.rule_outcomes(source).await?;
        outcomes.retain(|it| !request.proposed_only || it.is_below(bar));
        outcomes.sort_by(|a, b| a.rule_id.cmp(&b.rule_id));
        let (part, next_page_token) = part(outcomes, from, limit, list);
        Ok(ListRuleStatsResponse { rules: part.iter().map(|it| rule_stats(it, bar)).collect(), next_page_token })
    }
}

/// The message of what was measured of a rule.
fn rule_stats(it: &RuleOutcomes, bar: f64) -> RuleStats {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    RuleStats {
        rule_id: it.rule_id.clone(),
        hit_count: count(it.hits),
        right_count: count(it.right),
        wrong_count: count(it.wrong),
        precision: proto::proportion(it.right, it.right + it.wrong),
        proposed_for_preview: it.is_below(bar),
    }
}

/// Decisions on a sample that were others than this, and all of them.
fn wrong(outcomes: &Outcomes, origin: Origin, right: Decision) -> (u64, u64) {
    let all: u64 = Decision::ALL.iter().map(|it| outcomes.count(origin, *it)).sum();
    (all - outcomes.count(origin, right), all)
}

fn since(asked: i32) -> Result<Millis, Fault> {
    Ok(now() - Millis::from(days(asked)?) * DAY)
}

fn days(asked: i32) -> Result<u32, Fault> {
    match u32::try_from(asked) {
        Ok(0) => Ok(DEFAULT_DAYS),
        Ok(days) if days <= limits::TRAFFIC_DAYS => Ok(days),
        _ => Err(Fault::field("days", &format!("is {asked}, must be 0 to {}", limits::TRAFFIC_DAYS))),
    }
}

/// When the last so many hours or days began, the oldest first, that of now included.
fn spans(now: Millis, span: Millis, count: u32) -> Vec<Millis> {
    let last = now.div_euclid(span);
    (0..Millis::from(count)).rev().map(|ago| (last - ago) * span).collect()
}

/// What reviewers did in the hour or on the day that began then.
fn work_at(all: &[Work], at: Millis) -> proto::DecisionCounts {
    let nothing = Work { at, ..Work::default() };
    proto::work(all.iter().find(|it| it.at == at).unwrap_or(&nothing))
}

/// Binds a token to its list.
fn list_of(name: &str, of: &str) -> [u8; 8] {
    let mut list = [0; 8];
    let mut hasher = blake3::Hasher::new();
    hasher.update(format!("{name} {of}").as_bytes());
    hasher.finalize_xof().fill(&mut list);
    list
}

/// Where a list goes on that is made whole each time.
fn place(token: &str, list: [u8; 8]) -> Result<usize, Fault> {
    let Some(cursor) = cursor(token, list)? else { return Ok(0) };
    match cursor.position_in(list) {
        Ok(Position::Seq(at)) => Ok(usize::try_from(at).unwrap_or(0)),
        Ok(Position::Id(_)) => Ok(0),
        Err(error) => Err(Fault::field("page_token", &error.to_string())),
    }
}

fn part<T>(rows: Vec<T>, from: usize, limit: usize, list: [u8; 8]) -> (Vec<T>, String) {
    let end = from.saturating_add(limit);
    let next = (rows.len() > end)
        .then(|| Cursor::new(list, Position::Seq(i64::try_from(end).unwrap_or(i64::MAX))).to_string());
    (rows.into_iter().skip(from).take(limit).collect(), next.unwrap_or_default())
}
