//! One item of the queue: what was found on the page, what is to be done with it, and what was done.

use std::sync::Arc;

use askama::Template;
use axum::{
    Json,
    extract::{Path, State},
    response::Response,
};
use http::HeaderMap;
use serde_json::{Value, json};

use super::{
    Site,
    answer::{Chrome, Problem, done, page},
    evidence::Evidence,
    fields::{Fields, Form},
    filter,
    flash::Flash,
    guard::{Visitor, is_secure},
    marks::{Run, runs},
    queue,
    source::{self, SourceView},
    words::{self, Moment},
};
use crate::{
    fault::Fault,
    proto::{
        self, AllowanceScope, ClaimReviewItemRequest, DecideReviewItemRequest, Decision, DecisionRecord,
        FindingJudgement, FindingTruth, GetReviewItemRequest, NewAllowance, ReleaseReviewItemRequest, ReviewItem,
        ReviewState, SkipReviewItemRequest,
    },
    review::DecisionId,
};

/// Who works on an item now; nobody, if the time is over.
pub(super) fn holder(it: &ReviewItem) -> String {
    let until = it.lease_expire_time.as_ref().map_or(0, proto::millis);
    if until > words::now() { it.reviewer.clone() } else { String::new() }
}

/// How the page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum View {
    Text,
    Source,
    Rendered,
}

#[derive(Template)]
#[template(path = "item.html")]
struct ItemPage {
    chrome: Chrome,
    id: String,
    title: Vec<Run>,
    head: Head,
    /// What was found; none when its time is over.
    seen: Option<Evidence>,
    view: View,
    source: Option<SourceView>,
    /// What of the page can be rendered: the cleaned page, or that as sent.
    rendered: &'static str,
    history: Vec<Entry>,
    fields: Fields,
    query: String,
    is_focused: bool,
    judging: bool,
}

impl ItemPage {
    /// Address of this page with what it keeps, for links that add to it.
    fn link(&self) -> String {
        let query = if self.is_focused { queue::focused(&self.query) } else { self.query.clone() };
        format!("/items/{}?{query}", self.id)
    }
}

/// What is known of an item beside its page.
struct Head {
    etag: String,
    state: &'static str,
    is_pending: bool,
    verdict: &'static str,
    verdict_class: &'static str,
    reason: &'static str,
    source: String,
    url: Vec<Run>,
    has_url: bool,
    url_text: String,
    page_id: Vec<Run>,
    language: String,
    created: Moment,
    holder: String,
    until: Moment,
    is_mine: bool,
    decision: &'static str,
    decision_id: String,
}

/// Something that was done with an item.
pub(super) struct Entry {
    pub(super) id: String,
    pub(super) item: String,
    /// Title of the page, or the item's id.
    pub(super) title: Vec<Run>,
    pub(super) what: &'static str,
    pub(super) class: &'static str,
    pub(super) source: String,
    pub(super) reviewer: String,
    pub(super) at: Moment,
    pub(super) note: Vec<Run>,
    pub(super) judgements: Vec<(String, &'static str)>,
    pub(super) allowances: usize,
    /// Whether it can be taken back here.
    pub(super) is_in_force: bool,
}

/// An entry of the audit for people.
pub(super) fn entry(it: &DecisionRecord, is_in_force: bool) -> Entry {
    let (what, class) = match it.decision() {
        Decision::Unspecified if it.skipped => ("skipped", "note"),
        Decision::Unspecified => ("undone", "review"),
        Decision::Publish => (words::decided(Decision::Publish), "accept"),
        Decision::PublishCleaned => (words::decided(Decision::PublishCleaned), "strip"),
        Decision::Discard => (words::decided(Decision::Discard), "reject"),
    };
    let truth = |it: &FindingJudgement| match it.truth() {
        FindingTruth::Wrong => "wrong",
        FindingTruth::Right | FindingTruth::Unspecified => "right",
    };
    Entry {
        id: it.decision_id.clone(),
        item: it.review_item.clone(),
        title: runs(if it.title.is_empty() { &it.review_item } else { &it.title }, &[]),
        what,
        class,
        source: it.source.clone(),
        reviewer: it.reviewer.clone(),
        at: Moment::maybe(it.create_time.as_ref()).unwrap_or_default(),
        note: runs(&it.note, &[]),
        judgements: it.judgements.iter().map(|it| (it.rule_id.clone(), truth(it))).collect(),
        allowances: it.allowance_ids.len(),
        is_in_force,
    }
}

fn head(it: &ReviewItem, visitor: &str) -> Head {
    let holder = holder(it);
    Head {
        etag: it.etag.clone(),
        state: words::state(it.state()),
        is_pending: it.state() == ReviewState::Pending,
        verdict: words::verdict(it.verdict()),
        verdict_class: words::verdict_class(it.verdict()),
        reason: words::reason(it.reason()),
        source: it.source.clone(),
        url: runs(&it.url, &[]),
        has_url: !it.url.is_empty(),
        url_text: it.url.clone(),
        page_id: runs(&it.page_id, &[]),
        language: it.language.clone(),
        created: Moment::maybe(it.create_time.as_ref()).unwrap_or_default(),
        is_mine: !holder.is_empty() && holder == visitor,
        until: Moment::maybe(it.lease_expire_time.as_ref()).unwrap_or_default(),
        holder,
        decision: words::decided(it.decision()),
        decision_id: it.decision_id.clone(),
    }
}

/// The item with this id.
pub(super) async fn get(site: &Site, id: &str) -> Result<ReviewItem, Problem> {
    let request = GetReviewItemRequest { review_item: id.to_owned() };
    let response = site.gate.get_review_item(request).await.map_err(|it| Problem::back(it, "/queue"))?;
    response.review_item.ok_or_else(|| Fault::internal(&"an item that is empty").into())
}

/// Shows an item.
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    chrome: Chrome,
    visitor: Visitor,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let item = get(&site, &id).await?;
    let view = match fields.get("view") {
        "source" => View::Source,
        "rendered" => View::Rendered,
        _ => View::Text,
    };
    let head = head(&item, visitor.name());
    let seen = item.result.as_ref().map(|it| Evidence::of(it, &item.findings));
    let source = match (view, item.page, &item.result) {
        (View::Source, Some(page), Some(result)) => Some(source::view(&site, page, result.clone(), &fields).await?),
        _ => None,
    };
    let query = filter::query_of(&filter::of(&fields)?);
    let template = ItemPage {
        id: item.review_item,
        title: runs(if item.title.is_empty() { "(no title)" } else { &item.title }, &[]),
        judging: head.is_pending,
        seen,
        view,
        source,
        rendered: if fields.get("of") == "sent" { "sent" } else { "cleaned" },
        history: item.decisions.iter().map(|it| entry(it, it.decision_id == head.decision_id)).collect(),
        is_focused: !fields.get("focus").is_empty(),
        query,
        fields,
        head,
        chrome,
    };
    page(&template)
}

/// Tells a page that shows an item what became of it.
pub(super) async fn state(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let item = get(&site, &id).await?;
    let last = item.decisions.last().map(|it| it.reviewer.as_str()).unwrap_or_default();
    let holder = holder(&item);
    Ok(Json(json!({
        "state": words::state(item.state()),
        "decision": words::decided(item.decision()),
        "by": last,
        "mine": holder == visitor.name(),
        "holder": holder,
    })))
}

/// Where to go after something was done with an item: on, or back to it.
fn path_of(id: &str, fields: &Fields) -> Result<String, Problem> {
    let query = filter::query_of(&filter::of(fields)?);
    let query = if fields.get("focus").is_empty() { query } else { queue::focused(&query) };
    Ok(if query.is_empty() { format!("/items/{id}") } else { format!("/items/{id}?{query}") })
}

/// Decides an item.
pub(super) async fn decide(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(fields): Form,
) -> Result<Response, Problem> {
    let back = path_of(&id, &fields)?;
    let decision = words::decision_named(fields.get("decision"));
    let request = DecideReviewItemRequest {
        review_item: id.clone(),
        decision: decision.into(),
        judgements: judgements(&fields, decision),
        note: fields.get("note").to_owned(),
        etag: fields.get("etag").to_owned(),
        request_id: DecisionId::new(words::now()).to_string(),
        reviewer: visitor.name().to_owned(),
        allowances: allowances(&fields),
    };
    let decided = site.gate.decide_review_item(request).await.map_err(|it| Problem::back(it, back))?;
    let decision_id = decided.decision.unwrap_or_default().decision_id;
    let flash = decision_id.parse().ok().map(|it| Flash::Decided(decision, it));
    if !fields.get("focus").is_empty() {
        return queue::to_next(&site, &visitor, &headers, &fields, &id, flash).await;
    }
    let query = filter::query_of(&filter::of(&fields)?);
    Ok(done(&format!("/queue?{query}"), flash.map(|it| (it, is_secure(&site, &headers)))))
}

/// What a form says of single findings, in fields `truth-N`. Of the finding that held the page, where nothing is said
/// and the form agrees, the decision speaks: publishing as it is says that it was wrong.
fn judgements(fields: &Fields, decision: Decision) -> Vec<FindingJudgement> {
    let mut judgements: Vec<FindingJudgement> = fields
        .iter()
        .filter_map(|(name, value)| {
            let finding_index = name.strip_prefix("truth-")?.parse().ok()?;
            let truth = match value {
                "right" => FindingTruth::Right,
                "wrong" => FindingTruth::Wrong,
                _ => return None,
            };
            Some(FindingJudgement { finding_index, truth: truth.into(), ..FindingJudgement::default() })
        })
        .collect();
    if let Ok(finding_index) = fields.get("judge").parse()
        && judgements.iter().all(|it| it.finding_index != finding_index)
    {
        let truth = if decision == Decision::Publish { FindingTruth::Wrong } else { FindingTruth::Right };
        judgements.push(FindingJudgement { finding_index, truth: truth.into(), ..FindingJudgement::default() });
    }
    judgements
}

/// What a form allows on the source from now on, in fields `allow-N`.
fn allowances(fields: &Fields) -> Vec<NewAllowance> {
    let allowance = |(name, value): (&str, &str)| {
        let finding_index = name.strip_prefix("allow-")?.parse().ok()?;
        let scope = match value {
            "text" => AllowanceScope::Text,
            "rule" => AllowanceScope::Rule,
            _ => return None,
        };
        Some(NewAllowance { finding_index, scope: scope.into() })
    };
    fields.iter().filter_map(allowance).collect()
}

/// Reserves an item.
pub(super) async fn claim(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(fields): Form,
) -> Result<Response, Problem> {
    let back = path_of(&id, &fields)?;
    let request = ClaimReviewItemRequest {
        review_item: id,
        reviewer: visitor.name().to_owned(),
        ..ClaimReviewItemRequest::default()
    };
    site.gate.claim_review_item(request).await.map_err(|it| Problem::back(it, back.clone()))?;
    Ok(done(&back, Some((Flash::Claimed, is_secure(&site, &headers)))))
}

/// Gives an item back.
pub(super) async fn release(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(fields): Form,
) -> Result<Response, Problem> {
    let back = path_of(&id, &fields)?;
    let request = ReleaseReviewItemRequest { review_item: id, reviewer: visitor.name().to_owned() };
    site.gate.release_review_item(request).await.map_err(|it| Problem::back(it, back.clone()))?;
    Ok(done(&back, Some((Flash::Released, is_secure(&site, &headers)))))
}

/// Goes on without a decision, and keeps why.
pub(super) async fn skip(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(fields): Form,
) -> Result<Response, Problem> {
    let back = path_of(&id, &fields)?;
    let request = SkipReviewItemRequest {
        review_item: id.clone(),
        note: fields.get("note").to_owned(),
        reviewer: visitor.name().to_owned(),
    };
    site.gate.skip_review_item(request).await.map_err(|it| Problem::back(it, back))?;
    if !fields.get("focus").is_empty() {
        return queue::to_next(&site, &visitor, &headers, &fields, &id, Some(Flash::Skipped)).await;
    }
    let query = filter::query_of(&filter::of(&fields)?);
    Ok(done(&format!("/queue?{query}"), Some((Flash::Skipped, is_secure(&site, &headers)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decision_judges_the_finding_that_held_the_page_unless_the_reviewer_did() {
        let said = |query: &str, decision| {
            let fields = Fields::parse(query.as_bytes());
            judgements(&fields, decision).iter().map(|it| (it.finding_index, it.truth())).collect::<Vec<_>>()
        };
        let (right, wrong) = (FindingTruth::Right, FindingTruth::Wrong);
        assert_eq!(said("judge=0", Decision::Discard), [(0, right)]);
        assert_eq!(said("judge=0", Decision::Publish), [(0, wrong)]);
        assert_eq!(said("judge=0&truth-0=right&truth-2=wrong&truth-3=", Decision::Publish), [(0, right), (2, wrong)]);
        assert_eq!(said("truth-x=right", Decision::Discard), []);
    }
}
