//! The sources: how their pages fared, and what people said is no junk there.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};
use http::HeaderMap;

use super::{
    Site,
    answer::{Chrome, Problem, done, page},
    dashboard,
    fields::{Fields, Form},
    filter,
    flash::Flash,
    guard::{Visitor, is_secure},
    marks::{Run, runs},
    plot::Plot,
    words::{self, Moment},
};
use crate::proto::{
    Allowance, AllowanceScope, GetHistoryRequest, ListAllowancesRequest, ListRuleStatsRequest, ListSourcesRequest,
    ReviewFilter, RevokeAllowanceRequest, Source, VerdictCounts,
};

/// Pages by verdict, as a bar of shares.
pub(super) struct Shares {
    pub(super) total: String,
    /// Class, word, count, and the share in percent.
    pub(super) parts: Vec<Part>,
}

pub(super) struct Part {
    pub(super) class: &'static str,
    pub(super) word: &'static str,
    pub(super) count: String,
    pub(super) percent: String,
    /// Place and length in the bar, in thousandths.
    pub(super) from: i64,
    pub(super) length: i64,
}

impl Shares {
    pub(super) fn of(it: &VerdictCounts) -> Self {
        let counts = [
            ("accept", "accept", it.accept),
            ("strip", "accept cleaned", it.accept_cleaned),
            ("review", "review", it.review),
            ("reject", "reject", it.reject),
        ];
        let total: i64 = counts.iter().map(|it| it.2).sum();
        let mut from = 0;
        let mut before = 0;
        let part = |(class, word, count): (&'static str, &'static str, i64)| {
            before += count;
            let to = before * 1000 / total.max(1);
            let part = Part {
                class,
                word,
                count: words::number(count),
                #[expect(clippy::cast_precision_loss, reason = "counts of pages")]
                percent: words::percent(count as f64 / total.max(1) as f64),
                from,
                length: to - from,
            };
            from = to;
            part
        };
        Self { parts: counts.into_iter().map(part).collect(), total: words::number(total) }
    }
}

struct Line {
    source: Vec<Run>,
    query: String,
    shares: Shares,
    junk: String,
    allowances: i32,
}

#[derive(Template)]
#[template(path = "sources.html")]
struct SourcesPage {
    chrome: Chrome,
    lines: Vec<Line>,
    days: String,
    next_page: String,
}

/// The query that names a source.
fn named(source: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("name", source).finish()
}

/// Days that a page counts.
pub(super) fn days(fields: &Fields) -> i32 {
    fields.get("days").parse().unwrap_or(0)
}

/// Lists sources, those with most pages first.
pub(super) async fn list(State(site): State<Arc<Site>>, chrome: Chrome, fields: Fields) -> Result<Response, Problem> {
    let request = ListSourcesRequest { page_size: 100, page_token: fields.get("page").to_owned(), days: days(&fields) };
    let listed = site.gate.list_sources(request).await.map_err(|it| Problem::back(it, "/sources"))?;
    let line = |it: Source| Line {
        source: runs(if it.source.is_empty() { "(none)" } else { &it.source }, &[]),
        query: named(&it.source),
        shares: Shares::of(&it.verdicts.unwrap_or_default()),
        junk: words::percent(it.junk_share),
        allowances: it.allowance_count,
    };
    page(&SourcesPage {
        chrome,
        lines: listed.sources.into_iter().map(line).collect(),
        days: fields.get("days").to_owned(),
        next_page: listed.next_page_token,
    })
}

pub(super) struct Allowed {
    id: String,
    rule_id: String,
    is_text: bool,
    quote: Vec<Run>,
    reviewer: String,
    created: Moment,
}

struct RuleLine {
    rule_id: String,
    hits: String,
    precision: String,
}

#[derive(Template)]
#[template(path = "source.html")]
struct SourcePage {
    chrome: Chrome,
    source: Vec<Run>,
    name: String,
    plot: Option<Plot>,
    shares: Shares,
    rules: Vec<RuleLine>,
    allowances: Vec<Allowed>,
    may_revoke: bool,
    queue: String,
}

/// Shows one source.
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    chrome: Chrome,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let name = fields.get("name").to_owned();
    let request = GetHistoryRequest { source: name.clone(), ..GetHistoryRequest::default() };
    let history = site.gate.get_history(request).await?;
    let mut sum = VerdictCounts::default();
    for it in history.days.iter().filter_map(|it| it.verdicts.as_ref()) {
        sum.accept += it.accept;
        sum.accept_cleaned += it.accept_cleaned;
        sum.review += it.review;
        sum.reject += it.reject;
    }
    let request = ListRuleStatsRequest { page_size: 1000, source: name.clone(), ..ListRuleStatsRequest::default() };
    let mut rules = site.gate.list_rule_stats(request).await?.rules;
    rules.sort_by_key(|it| std::cmp::Reverse(it.hit_count));
    let rules = rules.into_iter().take(20).map(|it| RuleLine {
        hits: words::number(it.hit_count),
        precision: it.precision.as_ref().map(words::proportion).unwrap_or_default(),
        rule_id: it.rule_id,
    });
    let request = ListAllowancesRequest { page_size: 100, source: name.clone(), ..ListAllowancesRequest::default() };
    let allowances = site.gate.list_allowances(request).await?.allowances;
    page(&SourcePage {
        source: runs(if name.is_empty() { "(none)" } else { &name }, &[]),
        plot: dashboard::verdict_plot(&history.days),
        shares: Shares::of(&sum),
        rules: rules.collect(),
        allowances: allowances.iter().map(allowed).collect(),
        may_revoke: visitor.is_admin(),
        queue: filter::query_of(&ReviewFilter { source: name.clone(), ..ReviewFilter::default() }),
        name,
        chrome,
    })
}

fn allowed(it: &Allowance) -> Allowed {
    Allowed {
        id: it.allowance_id.clone(),
        rule_id: it.rule_id.clone(),
        is_text: it.scope() == AllowanceScope::Text,
        quote: runs(&it.quote, &[]),
        reviewer: it.reviewer.clone(),
        created: Moment::maybe(it.create_time.as_ref()).unwrap_or_default(),
    }
}

/// Revokes an allowance.
pub(super) async fn revoke(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response, Problem> {
    let back = format!("/sources/one?{}", named(fields.get("name")));
    let request = RevokeAllowanceRequest {
        allowance_id: fields.get("allowance_id").to_owned(),
        reviewer: visitor.name().to_owned(),
    };
    site.gate.revoke_allowance(request).await.map_err(|it| Problem::back(it, back.clone()))?;
    Ok(done(&back, Some((Flash::Revoked, is_secure(&site, &headers)))))
}
