//! What was decided, by whom, and the way back.

use std::{collections::BTreeSet, sync::Arc};

use askama::Template;
use axum::{extract::State, response::Response};
use http::HeaderMap;

use super::{
    Site,
    answer::{Chrome, Problem, done, page},
    fields::{Fields, Form},
    flash::Flash,
    guard::{Visitor, is_secure},
    item::{self, Entry},
};
use crate::proto::{BatchUndoDecisionsRequest, Decision, DecisionRecord, ListDecisionsRequest, UndoDecisionRequest};

#[derive(Template)]
#[template(path = "decisions.html")]
struct DecisionsPage {
    chrome: Chrome,
    deeds: Vec<Deed>,
    next_page: String,
    is_first_page: bool,
}

/// What one reviewer did in one moment: an entry, or the many of a decision on many pages.
struct Deed {
    entries: Vec<Entry>,
}

impl Deed {
    /// Puts entries together that stand side by side, say the same and are of one reviewer and one moment.
    fn gather(records: &[DecisionRecord], mut entry: impl FnMut(&DecisionRecord) -> Entry) -> Vec<Self> {
        let same = |a: &DecisionRecord, b: &DecisionRecord| {
            let of = |it: &DecisionRecord| (it.create_time, it.decision, it.skipped, it.undone_decision_id.is_empty());
            of(a) == of(b) && a.reviewer == b.reviewer
        };
        records.chunk_by(same).map(|it| Self { entries: it.iter().map(&mut entry).collect() }).collect()
    }
}

/// Lists what was decided, the newest first.
pub(super) async fn show(State(site): State<Arc<Site>>, chrome: Chrome, fields: Fields) -> Result<Response, Problem> {
    let request = ListDecisionsRequest {
        page_token: fields.get("page").to_owned(),
        newest_first: true,
        ..ListDecisionsRequest::default()
    };
    let listed = site.gate.list_decisions(request).await.map_err(|it| Problem::back(it, "/decisions"))?;
    let is_first_page = fields.get("page").is_empty();
    // The newest entry of an item that is no skip says where it stands; on later pages it may have come before.
    let mut seen = BTreeSet::new();
    let entry = |it: &DecisionRecord| {
        let is_newest = is_first_page && !it.skipped && seen.insert(it.review_item.clone());
        item::entry(it, is_newest && it.decision() != Decision::Unspecified)
    };
    page(&DecisionsPage {
        chrome,
        deeds: Deed::gather(&listed.decisions, entry),
        next_page: listed.next_page_token,
        is_first_page,
    })
}

/// Takes a decision back, or all that were made by one request.
pub(super) async fn undo(
    State(site): State<Arc<Site>>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response, Problem> {
    let (decision, request) = (fields.get("decision_id"), fields.get("request_id"));
    let (reviewer, note) = (visitor.name().to_owned(), fields.get("note").to_owned());
    let secure = is_secure(&site, &headers);
    if request.is_empty() {
        let undo = UndoDecisionRequest { decision_id: decision.to_owned(), note, reviewer };
        let undone = site.gate.undo_decision(undo).await.map_err(|it| Problem::back(it, "/decisions"))?;
        let item = undone.review_item.unwrap_or_default().review_item;
        return Ok(done(&format!("/items/{item}"), Some((Flash::Undone(1), secure))));
    }
    let undo = BatchUndoDecisionsRequest { request_id: request.to_owned(), note, reviewer, ..Default::default() };
    let undone = site.gate.batch_undo_decisions(undo).await.map_err(|it| Problem::back(it, "/decisions"))?;
    Ok(done("/queue", Some((Flash::Undone(undone.undone_items.len()), secure))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_one_moment_and_reviewer_are_one_deed() {
        let record = |reviewer: &str, millis: i32, decision: Decision| DecisionRecord {
            reviewer: reviewer.into(),
            create_time: Some(pbjson_types::Timestamp { seconds: 1, nanos: millis * 1_000_000 }),
            decision: decision.into(),
            ..DecisionRecord::default()
        };
        let records = [
            record("ben", 5, Decision::Discard),
            record("ben", 5, Decision::Discard),
            record("eva", 5, Decision::Discard),
            record("eva", 5, Decision::Publish),
            record("eva", 4, Decision::Publish),
        ];
        let deeds = Deed::gather(&records, |it| item::entry(it, false));
        assert_eq!(deeds.iter().map(|it| it.entries.len()).collect::<Vec<_>>(), [2, 1, 1, 1]);
    }
}
