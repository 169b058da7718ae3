//! The rules: what they look for and why, with examples, hits, and how often people agreed.

use std::{collections::HashMap, sync::Arc};

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use super::{
    Site,
    answer::{Chrome, Problem, page},
    fields::Fields,
    filter::{self, Choice},
    plot::{Plot, Series},
    words,
};
use crate::{
    limits,
    proto::{GetHistoryRequest, GetHistoryResponse, GetRuleRequest, ListRulesRequest, ReviewFilter, Rule, RuleStats},
};

struct Line {
    id: String,
    summary: String,
    kind: String,
    status: String,
    languages: String,
    hits: String,
    precision: String,
    is_proposed: bool,
}

#[derive(Template)]
#[template(path = "rules.html")]
struct RulesPage {
    chrome: Chrome,
    lines: Vec<Line>,
    total: usize,
    revision: String,
    kinds: Vec<Choice>,
    search: String,
}

/// Lists the rules, of a kind or with words in their id or summary.
pub(super) async fn list(State(site): State<Arc<Site>>, chrome: Chrome, fields: Fields) -> Result<Response, Problem> {
    let kind = filter::of(&fields)?.kinds.first().copied().unwrap_or_default();
    let search = fields.get("q").trim().to_lowercase();
    let stats = site.gate.rule_stats().await;
    let (mut lines, mut total, mut token) = (Vec::new(), 0, String::new());
    let revision = loop {
        let page_size = i32::try_from(limits::LISTED_RULES).unwrap_or(i32::MAX);
        let request = ListRulesRequest { page_size, page_token: token, kind };
        let listed = site.gate.list_rules(request).await?;
        total += listed.rules.len();
        let found = listed.rules.iter().filter(|it| {
            search.is_empty() || it.rule_id.contains(&search) || it.summary.to_lowercase().contains(&search)
        });
        lines.extend(found.map(|it| line(it, &stats)));
        token = listed.next_page_token;
        if token.is_empty() {
            break listed.ruleset_revision;
        }
    };
    page(&RulesPage { chrome, lines, total, revision, kinds: filter::choices("kind", &fields), search })
}

fn line(it: &Rule, stats: &HashMap<String, RuleStats>) -> Line {
    let stats = stats.get(&it.rule_id);
    Line {
        id: it.rule_id.clone(),
        summary: it.summary.clone(),
        kind: words::kind(it.kind()),
        status: words::status(it.status()),
        languages: it.languages.join(" "),
        hits: stats.map(|it| words::number(it.hit_count)).unwrap_or_default(),
        precision: stats.and_then(|it| it.precision.as_ref()).map(words::proportion).unwrap_or_default(),
        is_proposed: stats.is_some_and(|it| it.proposed_for_preview),
    }
}

#[derive(Template)]
#[template(path = "rule.html")]
struct RulePage {
    chrome: Chrome,
    rule: Rule,
    kind: String,
    status: String,
    basis: String,
    confidence: String,
    hits: String,
    right: i64,
    wrong: i64,
    precision: String,
    is_proposed: bool,
    hits_plot: Option<Plot>,
    precision_plot: Option<Plot>,
    /// The queue with its findings.
    query: String,
}

/// Shows one rule.
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    chrome: Chrome,
    Path((pack, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let rule_id = format!("{pack}/{name}");
    let found = site.gate.get_rule(GetRuleRequest { rule_id: rule_id.clone() }).await;
    let rule = found.map_err(|it| Problem::back(it, "/rules"))?.rule.unwrap_or_default();
    let request = GetHistoryRequest { rule_id: rule_id.clone(), days: 90, ..GetHistoryRequest::default() };
    let history = match site.gate.get_history(request).await {
        Ok(history) => Some(history),
        // Without a store rules can be read all the same.
        Err(fault) if fault.reason == "NO_STORE" => None,
        Err(fault) => return Err(fault.into()),
    };
    let stats = rule.stats.clone().unwrap_or_default();
    let query = filter::query_of(&ReviewFilter { rule_ids: vec![rule_id], ..ReviewFilter::default() });
    page(&RulePage {
        chrome,
        kind: words::kind(rule.kind()),
        status: words::status(rule.status()),
        basis: words::basis(rule.basis()),
        confidence: if rule.confidence > 0.0 { format!("{:.2}", rule.confidence) } else { String::new() },
        hits: words::number(stats.hit_count),
        right: stats.right_count,
        wrong: stats.wrong_count,
        precision: stats.precision.as_ref().map(words::proportion).unwrap_or_default(),
        is_proposed: stats.proposed_for_preview,
        hits_plot: history.as_ref().and_then(hits_plot),
        precision_plot: history.as_ref().and_then(precision_plot),
        query,
        rule,
    })
}

fn hits_plot(history: &GetHistoryResponse) -> Option<Plot> {
    let days: Vec<_> = history.rule_days.iter().map(|it| (it.day.clone(), it.hit_count)).collect();
    let hits = Series::counts("hits", "note", days.iter().map(|it| it.1));
    Plot::bars("Hits a day", &days.into_iter().map(|it| it.0).collect::<Vec<_>>(), &[hits])
}

/// Precision as it was known at the end of each day: all that was judged so far.
fn precision_plot(history: &GetHistoryResponse) -> Option<Plot> {
    let (mut right, mut wrong) = (0, 0);
    let mut shares = Vec::new();
    for it in &history.rule_days {
        right += it.right_count;
        wrong += it.wrong_count;
        #[expect(clippy::cast_precision_loss, reason = "counts of decisions")]
        shares.push((right + wrong > 0).then(|| 100.0 * right as f64 / (right + wrong) as f64));
    }
    let days: Vec<String> = history.rule_days.iter().map(|it| it.day.clone()).collect();
    let series = Series { name: "right, of all judged so far".into(), class: "accept", values: shares };
    Plot::lines("Precision, %", &days, &[series], Some(100.0))
}
