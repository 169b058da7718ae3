//! How it goes: verdicts, the queue, decisions and rules, in numbers and plots.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    Site,
    answer::{Chrome, Problem, page},
    fields::Fields,
    plot::{Plot, Series},
    sources::{Shares, days},
    words::{self, Moment},
};
use crate::proto::{
    DecisionCounts, GetHistoryRequest, GetHistoryResponse, GetStatsRequest, HistoryDay, ListRuleStatsRequest,
    Proportion, RuleStats, millis,
};

struct RuleLine {
    rule_id: String,
    hits: String,
    judged: i64,
    precision: String,
    /// Share and ends of its interval, in thousandths, for the bar.
    share: i64,
    low: i64,
    length: i64,
    is_proposed: bool,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    chrome: Chrome,
    days: i32,
    shares: Shares,
    pending: String,
    samples: String,
    oldest: String,
    oldest_at: Option<Moment>,
    missed: String,
    wrongly_rejected: String,
    lost: i64,
    plots: Vec<Plot>,
    rules: Vec<RuleLine>,
}

/// Shows the numbers of some days.
pub(super) async fn show(State(site): State<Arc<Site>>, chrome: Chrome, fields: Fields) -> Result<Response, Problem> {
    let days = days(&fields);
    let stats = site.gate.get_stats(GetStatsRequest { days }).await.map_err(|it| Problem::back(it, "/dashboard"))?;
    let history = site.gate.get_history(GetHistoryRequest { days, ..GetHistoryRequest::default() }).await?;
    let request = ListRuleStatsRequest { page_size: 1000, ..ListRuleStatsRequest::default() };
    let rules = site.gate.list_rule_stats(request).await?.rules;
    let share = |it: &Option<Proportion>| it.as_ref().map_or_else(|| "not known yet".into(), words::proportion);
    let age = stats.oldest_pending_time.as_ref().map(|it| (words::now() - millis(it)) / 1000);
    page(&DashboardPage {
        chrome,
        days: if days == 0 { 30 } else { days },
        shares: Shares::of(&stats.verdicts.unwrap_or_default()),
        pending: words::number(stats.pending_count),
        samples: words::number(stats.pending_sample_count),
        oldest: age.map_or_else(|| "–".into(), words::length),
        oldest_at: Moment::maybe(stats.oldest_pending_time.as_ref()),
        missed: share(&stats.missed),
        wrongly_rejected: share(&stats.wrongly_rejected),
        lost: stats.lost_record_count,
        plots: plots(&history),
        rules: worst(rules),
    })
}

/// The rules that were judged, those first whose precision may be lowest.
fn worst(mut rules: Vec<RuleStats>) -> Vec<RuleLine> {
    rules.retain(|it| it.precision.is_some());
    let low = |it: &RuleStats| it.precision.as_ref().map_or(1.0, |it| it.low);
    rules.sort_by(|a, b| low(a).total_cmp(&low(b)).then_with(|| a.rule_id.cmp(&b.rule_id)));
    #[expect(clippy::cast_possible_truncation, reason = "shares are 0 to 1")]
    let thousandths = |share: f64| (share * 1000.0).round() as i64;
    let line = |it: RuleStats| {
        let precision = it.precision.unwrap_or_default();
        RuleLine {
            hits: words::number(it.hit_count),
            judged: it.right_count + it.wrong_count,
            precision: words::proportion(&precision),
            share: thousandths(precision.share),
            low: thousandths(precision.low),
            length: thousandths(precision.high) - thousandths(precision.low),
            is_proposed: it.proposed_for_preview,
            rule_id: it.rule_id,
        }
    };
    rules.into_iter().take(25).map(line).collect()
}

fn plots(history: &GetHistoryResponse) -> Vec<Plot> {
    let moment = |at: &Option<pbjson_types::Timestamp>| Moment::maybe(at.as_ref()).unwrap_or_default().short;
    let levels: Vec<String> = history.levels.iter().map(|it| moment(&it.time)).collect();
    let pending = Series::counts("pages that wait", "review", history.levels.iter().map(|it| it.pending_count));
    #[expect(clippy::cast_precision_loss, reason = "hours of waiting")]
    let hours = |seconds: i64| Some(seconds as f64 / 3600.0);
    let ages = history.levels.iter().map(|it| hours(it.oldest_age_seconds)).collect();
    let oldest = Series { name: "hours that the oldest waits".into(), class: "note", values: ages };
    let all = [
        verdict_plot(&history.days),
        Plot::lines("Pages that wait", &levels, &[pending], None),
        Plot::lines("Age of the oldest page that waits, hours", &levels, &[oldest], None),
        decision_plot("Decisions an hour", history.hours.iter().map(|it| (moment(&it.time), it))),
    ];
    all.into_iter().flatten().collect()
}

/// Pages a day, by verdict.
pub(super) fn verdict_plot(days: &[HistoryDay]) -> Option<Plot> {
    let labels: Vec<String> = days.iter().map(|it| it.day.clone()).collect();
    let counts =
        |of: fn(&crate::proto::VerdictCounts) -> i64| days.iter().map(move |it| it.verdicts.as_ref().map_or(0, of));
    let series = vec![
        Series::counts("accept", "accept", counts(|it| it.accept)),
        Series::counts("accept cleaned", "strip", counts(|it| it.accept_cleaned)),
        Series::counts("review", "review", counts(|it| it.review)),
        Series::counts("reject", "reject", counts(|it| it.reject)),
    ];
    Plot::bars("Pages a day, by verdict", &labels, &series)
}

fn decision_plot<'a>(title: &str, counts: impl Iterator<Item = (String, &'a DecisionCounts)>) -> Option<Plot> {
    let (labels, counts): (Vec<String>, Vec<&DecisionCounts>) = counts.unzip();
    let series = vec![
        Series::counts("published", "accept", counts.iter().map(|it| it.publish)),
        Series::counts("published cleaned", "strip", counts.iter().map(|it| it.publish_cleaned)),
        Series::counts("discarded", "reject", counts.iter().map(|it| it.discard)),
    ];
    Plot::bars(title, &labels, &series)
}
