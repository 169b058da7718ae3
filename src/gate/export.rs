//! What people decided, as labelled rows that `pagegate eval` reads.

use std::sync::Arc;

use prost::Message as _;
use serde_json::json;
use tokio::sync::mpsc;

use super::{Gate, desk::Desk};
use crate::{
    fault::Fault,
    finding::{JunkKind, Place},
    limits,
    page::{self, Content, Page},
    proto::{self, ExportDecisionsResponse},
    review::{Decision, ReviewFinding},
    store::DecidedPage,
};

/// Rows that wait for the reader of the stream.
const WAITING: usize = 16;

impl Gate {
    /// The rows of all decided pages, the oldest first.
    pub fn export_decisions(&self) -> Result<mpsc::Receiver<Result<ExportDecisionsResponse, Fault>>, Fault> {
        let desk = Arc::clone(self.review()?);
        let (tell, told) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            if let Err(fault) = export(&desk, &tell).await {
                // The reader may have left meanwhile.
                drop(tell.send(Err(fault)).await);
            }
        });
        Ok(told)
    }
}

async fn export(desk: &Desk, tell: &mpsc::Sender<Result<ExportDecisionsResponse, Fault>>) -> Result<(), Fault> {
    let mut cursor = None;
    loop {
        let listed = desk.store.export(cursor, limits::EXPORTED_PAGES).await?;
        for decided in &listed.rows {
            for row in rows(decided)? {
                if tell.send(Ok(row)).await.is_err() {
                    return Ok(());
                }
            }
        }
        cursor = listed.next;
        if cursor.is_none() {
            return Ok(());
        }
    }
}

/// The rows of one decided page: one for each finding of text that was called right or wrong, and one for the page,
/// where it is HTML and its time is not over.
fn rows(decided: &DecidedPage) -> Result<Vec<ExportDecisionsResponse>, Fault> {
    let page = decided.page.as_deref().map(proto::Page::decode).transpose().map_err(|it| Fault::internal(&it))?;
    let page = page.and_then(|it| Page::try_new(proto::draft(it)).ok());
    let result = decided.result.as_deref().map(proto::CheckResult::decode).transpose();
    let result = result.map_err(|it| Fault::internal(&it))?;
    let texts = decided.findings.iter().filter_map(|it| text(decided, it, result.as_ref()));
    let mut rows: Vec<_> = texts.collect();
    rows.extend(page.and_then(|it| html(decided, &it)));
    Ok(rows)
}

/// A text that a rule on texts named, as a person saw it.
fn text(
    decided: &DecidedPage,
    it: &ReviewFinding,
    result: Option<&proto::CheckResult>,
) -> Option<ExportDecisionsResponse> {
    let right = it.right?;
    let finding = &it.finding;
    let label = match (right, finding.kind) {
        (false, JunkKind::Refusal | JunkKind::LlmResidue | JunkKind::Placeholder) => "clean",
        (true, JunkKind::Refusal) => "refusal",
        (true, JunkKind::LlmResidue | JunkKind::Placeholder) => "meta",
        _ => return None,
    };
    let kind = match finding.place {
        Place::Title | Place::Link => "title",
        Place::Heading | Place::Body => "sentence",
        Place::Furniture | Place::Page => return None,
    };
    // All of the item; the words quoted, where the result is past its time.
    let item = result.and_then(|result| {
        let found = result.findings.get(finding.index as usize)?;
        result.items.get(usize::try_from(found.item_index).ok()?)
    });
    let text = item.map_or(finding.quote.as_str(), |it| it.text.as_str());
    if text.is_empty() {
        return None;
    }
    let row = json!({
        "id": format!("{}-{}", decided.item.id, finding.index),
        "text": text,
        "kind": kind,
        "label": label,
        "lang": decided.item.language,
        "source": decided.item.key.source,
        "rule": finding.rule_id,
        "decision": decision(decided),
    });
    Some(ExportDecisionsResponse { row: row.to_string(), ..Default::default() })
}

/// A page as it was sent, with the label that the decision gives it.
fn html(decided: &DecidedPage, page: &Page) -> Option<ExportDecisionsResponse> {
    let Content::Html { body, scope: page::Scope::Page, .. } = page.content() else { return None };
    let label = match decided.item.decision?.1 {
        Decision::Publish | Decision::PublishCleaned => "article",
        Decision::Discard => page_label(decided.findings.iter().find(|it| it.right != Some(false))?.finding.kind)?,
    };
    let file_name = format!("html/{}.html", decided.item.id);
    let row = json!({
        "id": decided.item.id.to_string(),
        "label": label,
        "html_file": file_name,
        "url": decided.item.url,
        "source": decided.item.key.source,
        "decision": decision(decided),
    });
    Some(ExportDecisionsResponse { row: row.to_string(), file_name, file_content: body.clone() })
}

/// What a whole page is called whose strongest finding is of a kind; none: pages have no label for it.
fn page_label(kind: JunkKind) -> Option<&'static str> {
    Some(match kind {
        JunkKind::ErrorPage => "error_page",
        JunkKind::AccessWall => "login_wall",
        JunkKind::Challenge => "challenge",
        JunkKind::Parked => "parked",
        JunkKind::Consent => "consent",
        JunkKind::Placeholder => "template",
        JunkKind::Encoding => "mojibake",
        JunkKind::ThinBody | JunkKind::MissingBody => "thin",
        _ => return None,
    })
}

fn decision(decided: &DecidedPage) -> &'static str {
    decided.item.decision.map_or("", |it| it.1.name())
}
