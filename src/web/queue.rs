//! The queue: what waits, filters, and decisions on many items at once.

use std::{collections::BTreeSet, sync::Arc};

use askama::Template;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::HeaderMap;
use serde_json::{Value, json};

use super::{
    Site,
    answer::{Chrome, Problem, done, page},
    fields::{Fields, Form},
    filter::{self, Choice, Meant},
    flash::Flash,
    guard::{Visitor, is_secure},
    item,
    marks::{Run, runs},
    words::{self, Moment},
};
use crate::{
    fault::{Code, Fault},
    limits,
    proto::{
        BatchDecideReviewItemsRequest, ClaimReviewItemRequest, Decision, DeleteSavedFilterRequest, FindingTruth,
        ListReviewItemsRequest, ListSavedFiltersRequest, ReviewFilter, ReviewItem, ReviewState, RuleJudgement,
        SaveFilterRequest, SavedFilter,
    },
    review::DecisionId,
};

/// A line of the queue.
pub(super) struct Line {
    pub(super) id: String,
    pub(super) title: Vec<Run>,
    pub(super) source: String,
    pub(super) language: String,
    pub(super) lead: Option<Lead>,
    /// Findings beside the lead.
    pub(super) others: i32,
    pub(super) reason: &'static str,
    pub(super) verdict: &'static str,
    pub(super) verdict_class: &'static str,
    pub(super) state: &'static str,
    pub(super) created: Moment,
    /// Who works on it.
    pub(super) holder: String,
    pub(super) is_mine: bool,
    pub(super) decision: &'static str,
}

/// The strongest finding of an item.
pub(super) struct Lead {
    pub(super) rule_id: String,
    pub(super) kind: String,
    pub(super) effect: &'static str,
    pub(super) quote: Vec<Run>,
    pub(super) sureness: &'static str,
    pub(super) score: String,
    /// The queue with this finding alone.
    pub(super) alike: String,
}

/// A saved filter, or one that is always there.
struct Saved {
    id: String,
    name: String,
    query: String,
    count: String,
    is_shown: bool,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    chrome: Chrome,
    lines: Vec<Line>,
    /// How many match, where they wait.
    count: String,
    is_pending: bool,
    fields: Fields,
    query: String,
    states: Vec<Choice>,
    reasons: Vec<Choice>,
    kinds: Vec<Choice>,
    saved: Vec<Saved>,
    next_page: String,
    is_first_page: bool,
}

/// Shows a part of the queue.
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    chrome: Chrome,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    match filter::meant(fields.get("q")) {
        Some(Meant::Item(id)) => return Ok(Redirect::to(&format!("/items/{id}")).into_response()),
        Some(Meant::Field(name, value)) => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair(name, &value);
            return Ok(Redirect::to(&format!("/queue?{}", query.finish())).into_response());
        }
        None => {}
    }
    let filter = filter::of(&fields)?;
    let query = filter::query_of(&filter);
    let token = fields.get("page");
    let request = ListReviewItemsRequest {
        page_token: token.to_owned(),
        filter: Some(filter.clone()),
        ..ListReviewItemsRequest::default()
    };
    let listed = site.gate.list_review_items(request).await.map_err(|it| Problem::back(it, "/queue"))?;
    let is_pending = is_pending(&filter);
    let count = if is_pending { counted(&site, &filter).await?.0 } else { String::new() };
    let template = QueuePage {
        lines: listed.review_items.iter().map(|it| line(it, visitor.name())).collect(),
        count,
        is_pending,
        states: filter::choices("state", &fields),
        reasons: filter::choices("reason", &fields),
        kinds: filter::choices("kind", &fields),
        saved: saved(&site, &query).await?,
        next_page: listed.next_page_token,
        is_first_page: token.is_empty(),
        query,
        fields,
        chrome,
    };
    page(&template)
}

fn is_pending(filter: &ReviewFilter) -> bool {
    filter.states.is_empty() || filter.states == [i32::from(ReviewState::Pending)]
}

/// The filter without its state: what waits is what can be decided.
fn pending(filter: ReviewFilter) -> ReviewFilter {
    ReviewFilter { states: Vec::new(), ..filter }
}

/// How many items wait for a filter, in words, and up to which moment they were counted.
async fn counted(site: &Site, filter: &ReviewFilter) -> Result<(String, i64, Option<pbjson_types::Timestamp>), Fault> {
    let request = BatchDecideReviewItemsRequest {
        filter: Some(pending(filter.clone())),
        preview: true,
        ..BatchDecideReviewItemsRequest::default()
    };
    let counted = site.gate.batch_decide_review_items(request).await?;
    let more = if counted.has_more { "+" } else { "" };
    Ok((format!("{}{more}", words::number(counted.matched_count)), counted.matched_count, counted.until_time))
}

async fn saved(site: &Site, query: &str) -> Result<Vec<Saved>, Fault> {
    let listed = site.gate.list_saved_filters(ListSavedFiltersRequest {}).await?;
    let fixed = [
        ("All that waits", ""),
        ("Held pages", "reason=held"),
        ("Samples of rejected", "reason=sampled_reject"),
        ("Samples of accepted", "reason=sampled_accept"),
    ];
    let mut saved = Vec::new();
    for (name, of) in fixed {
        let filter = filter::of(&Fields::parse(of.as_bytes()))?;
        let count = counted(site, &filter).await?.0;
        saved.push(Saved { id: String::new(), name: name.into(), query: of.into(), count, is_shown: query == of });
    }
    saved.extend(listed.saved_filters.into_iter().map(|it: SavedFilter| {
        let of = filter::query_of(&it.filter.unwrap_or_default());
        let more = if it.has_more { "+" } else { "" };
        Saved {
            is_shown: query == of,
            id: it.saved_filter,
            name: it.name,
            query: of,
            count: format!("{}{more}", words::number(it.pending_count)),
        }
    }));
    Ok(saved)
}

fn line(it: &ReviewItem, visitor: &str) -> Line {
    let holder = item::holder(it);
    Line {
        id: it.review_item.clone(),
        title: runs(if it.title.is_empty() { "(no title)" } else { &it.title }, &[]),
        source: it.source.clone(),
        language: it.language.clone(),
        lead: it.lead.as_ref().map(|lead| Lead {
            rule_id: lead.rule_id.clone(),
            kind: words::kind(lead.kind()),
            effect: words::effect(lead.effect()),
            // A headline that is the junk is there already.
            quote: if lead.quote.trim() == it.title.trim() { Vec::new() } else { runs(&lead.quote, &[]) },
            sureness: words::confidence(lead.confidence),
            score: format!("{:.2}", lead.confidence),
            alike: filter::query_of(&ReviewFilter {
                rule_ids: vec![lead.rule_id.clone()],
                quote: lead.quote.clone(),
                ..ReviewFilter::default()
            }),
        }),
        others: (it.finding_count - 1).max(0),
        reason: words::reason(it.reason()),
        verdict: words::verdict(it.verdict()),
        verdict_class: words::verdict_class(it.verdict()),
        state: words::state(it.state()),
        created: Moment::maybe(it.create_time.as_ref()).unwrap_or_default(),
        is_mine: !holder.is_empty() && holder == visitor,
        holder,
        decision: words::decided(it.decision()),
    }
}

/// Tells a page of the queue what became of the items it shows, and how many wait now.
pub(super) async fn live(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Json<Value>, Problem> {
    let filter = filter::of(&fields)?;
    let request = ListReviewItemsRequest {
        page_token: fields.get("page").to_owned(),
        filter: Some(filter.clone()),
        ..ListReviewItemsRequest::default()
    };
    let listed = site.gate.list_review_items(request).await?;
    let item = |it: &ReviewItem| {
        let holder = item::holder(it);
        json!({ "id": it.review_item, "holder": holder, "mine": holder == visitor.name() })
    };
    let items: Vec<Value> = listed.review_items.iter().map(item).collect();
    Ok(Json(json!({ "count": counted(&site, &filter).await?.0, "items": items })))
}

/// Reserves the next item that nobody works on, and goes there.
pub(super) async fn next(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response, Problem> {
    to_next(&site, &visitor, &headers, &fields, fields.get("after"), None).await
}

/// Reserves the first item after this one, of the filter that the fields name, and goes there.
pub(super) async fn to_next(
    site: &Site,
    visitor: &Visitor,
    headers: &HeaderMap,
    fields: &Fields,
    after: &str,
    flash: Option<Flash>,
) -> Result<Response, Problem> {
    let filter = pending(filter::of(fields)?);
    let query = filter::query_of(&filter);
    let request = ListReviewItemsRequest {
        after_review_item: after.to_owned(),
        filter: Some(filter),
        ..ListReviewItemsRequest::default()
    };
    let secure = is_secure(site, headers);
    for it in site.gate.list_review_items(request).await?.review_items {
        let holder = item::holder(&it);
        if !holder.is_empty() && holder != visitor.name() {
            continue;
        }
        let claim = ClaimReviewItemRequest {
            review_item: it.review_item.clone(),
            reviewer: visitor.name().to_owned(),
            ..ClaimReviewItemRequest::default()
        };
        match site.gate.claim_review_item(claim).await {
            Ok(_) => {
                let path = format!("/items/{}?{}", it.review_item, focused(&query));
                return Ok(done(&path, flash.map(|it| (it, secure))));
            }
            // Somebody was faster.
            Err(fault) if matches!(fault.code, Code::Aborted | Code::FailedPrecondition | Code::NotFound) => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(done(&format!("/queue?{query}"), Some((flash.unwrap_or(Flash::NothingLeft), secure))))
}

/// A filter's query for the one item after the other.
pub(super) fn focused(query: &str) -> String {
    if query.is_empty() { "focus=1".into() } else { format!("focus=1&{query}") }
}

/// Goes to the item after this one, without reserving it.
pub(super) async fn step(State(site): State<Arc<Site>>, fields: Fields) -> Result<Response, Problem> {
    let filter = filter::of(&fields)?;
    let query = filter::query_of(&filter);
    let request = ListReviewItemsRequest {
        page_size: 1,
        after_review_item: fields.get("after").to_owned(),
        filter: Some(filter),
        ..ListReviewItemsRequest::default()
    };
    let listed = site.gate.list_review_items(request).await?;
    let path = match listed.review_items.first() {
        Some(it) => format!("/items/{}?{query}", it.review_item),
        None => format!("/queue?{query}"),
    };
    Ok(Redirect::to(&path).into_response())
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    chrome: Chrome,
    count: String,
    /// How many one call decides.
    limit: String,
    is_over_limit: bool,
    lines: Vec<Line>,
    query: String,
    fields: Fields,
    decision: &'static str,
    done: &'static str,
    until: String,
    request_id: String,
}

/// Decides the chosen items; all of a filter only after they were shown.
pub(super) async fn decide(
    State(site): State<Arc<Site>>,
    chrome: Chrome,
    visitor: Visitor,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response, Problem> {
    let decision = words::decision_named(fields.get("decision"));
    if decision == Decision::Unspecified {
        return Err(Fault::field("decision", "is missing: choose publish, publish cleaned or discard").into());
    }
    let filter = pending(filter::of(&fields)?);
    let query = filter::query_of(&filter);
    let back = format!("/queue?{query}");
    let is_all = fields.get("scope") == "all";
    if is_all && fields.get("until").is_empty() {
        return confirm(&site, chrome, &visitor, fields, filter, decision).await;
    }
    let mut ids = Vec::new();
    let mut rules = BTreeSet::new();
    for chosen in fields.all("id") {
        let (id, rule) = chosen.split_once(':').unwrap_or((chosen, ""));
        ids.push(id.to_owned());
        rules.extend((!rule.is_empty()).then(|| rule.to_owned()));
    }
    if is_all {
        rules = filter.rule_ids.iter().cloned().collect();
    } else if ids.is_empty() {
        return Err(Problem::back(Fault::field("id", "is missing: choose at least one page"), back));
    }
    let truth = if decision == Decision::Publish { FindingTruth::Wrong } else { FindingTruth::Right };
    let judge = !fields.get("judge").is_empty();
    let judged = rules.into_iter().filter(|_| judge);
    let request_id = DecisionId::new(words::now());
    let request = BatchDecideReviewItemsRequest {
        review_items: if is_all { Vec::new() } else { ids },
        filter: is_all.then_some(filter),
        decision: decision.into(),
        judgements: judged.map(|rule_id| RuleJudgement { rule_id, truth: truth.into() }).collect(),
        note: fields.get("note").to_owned(),
        until_time: fields.get("until").parse().ok().map(crate::proto::timestamp),
        request_id: match fields.get("request_id") {
            "" => request_id.to_string(),
            id => id.to_owned(),
        },
        reviewer: visitor.name().to_owned(),
        ..BatchDecideReviewItemsRequest::default()
    };
    let request_id = request.request_id.parse().unwrap_or(request_id);
    let decided = site.gate.batch_decide_review_items(request).await.map_err(|it| Problem::back(it, back.clone()))?;
    let flash = Flash::Batch {
        decision,
        request: request_id,
        count: decided.decided_items.len(),
        passed_over: decided.passed_over_items.len(),
        has_more: decided.has_more,
    };
    Ok(done(&back, Some((flash, is_secure(&site, &headers)))))
}

/// Shows what would be decided before it is.
async fn confirm(
    site: &Site,
    chrome: Chrome,
    visitor: &Visitor,
    fields: Fields,
    filter: ReviewFilter,
    decision: Decision,
) -> Result<Response, Problem> {
    let (count, matched, until) = counted(site, &filter).await?;
    let request = ListReviewItemsRequest { page_size: 5, filter: Some(filter.clone()), ..Default::default() };
    let listed = site.gate.list_review_items(request).await?;
    let limit = i64::try_from(limits::BULK_ITEMS).unwrap_or(i64::MAX);
    page(&ConfirmPage {
        chrome,
        count,
        limit: words::number(limit),
        is_over_limit: matched > limit,
        lines: listed.review_items.iter().map(|it| line(it, visitor.name())).collect(),
        query: filter::query_of(&filter),
        decision: words::decision_name(decision),
        done: words::decided(decision),
        until: until.map(|it| crate::proto::millis(&it).to_string()).unwrap_or_default(),
        request_id: DecisionId::new(words::now()).to_string(),
        fields,
    })
}

/// Saves the filter that the fields name.
pub(super) async fn save_filter(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response, Problem> {
    let filter = filter::of(&fields)?;
    let back = format!("/queue?{}", filter::query_of(&filter));
    let request = SaveFilterRequest {
        name: fields.get("name").trim().to_owned(),
        filter: Some(filter),
        reviewer: visitor.name().to_owned(),
    };
    site.gate.save_filter(request).await.map_err(|it| Problem::back(it, back.clone()))?;
    Ok(done(&back, Some((Flash::Saved, is_secure(&site, &headers)))))
}

/// Deletes a saved filter.
pub(super) async fn delete_filter(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response, Problem> {
    let request = DeleteSavedFilterRequest { saved_filter: fields.get("saved_filter").to_owned() };
    site.gate.delete_saved_filter(request).await.map_err(|it| Problem::back(it, "/queue"))?;
    Ok(done("/queue", Some((Flash::Deleted, is_secure(&site, &headers)))))
}
