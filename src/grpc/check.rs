//! `CheckService`.

use std::{pin::Pin, sync::Arc, time::Instant};

use tokio::task::JoinSet;
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{
    front::Deadline,
    memory::{Hold, Memory},
    status::Fault,
    stream,
};
use crate::{
    gate::{Gate, InForce, Lane},
    limits,
    page::Page,
    proto::{
        self, BatchCheckPagesRequest, BatchCheckPagesResponse, CheckPageRequest, CheckPageResponse, ExplainPageRequest,
        ExplainPageResponse, PageOutcome, StreamCheckPagesRequest, StreamCheckPagesResponse,
        check_service_server::CheckService, page_outcome::Outcome,
    },
    rule::nearest,
};

/// The service.
pub(super) struct Check {
    pub(super) gate: Arc<Gate>,
    pub(super) memory: Arc<Memory>,
    /// Pages in flight of one stream.
    pub(super) window: usize,
    /// When the server begins to stop.
    pub(super) drain: CancellationToken,
}

#[tonic::async_trait]
impl CheckService for Check {
    async fn check_page(&self, request: Request<CheckPageRequest>) -> Result<Response<CheckPageResponse>, Status> {
        let request = covered(request)?;
        check_request_id(&request.request_id).map_err(Fault::status)?;
        let include = request.include;
        let checked = self.gate.run(Lane::Call, move |gate| checked(gate, request.page, &include)).await;
        let result = checked.map_err(|it| Fault::pool(&it).status())?.map_err(Fault::status)?;
        answer(CheckPageResponse { result: Some(result) })
    }

    type StreamCheckPagesStream =
        Pin<Box<dyn Stream<Item = Result<StreamCheckPagesResponse, Status>> + Send + 'static>>;

    async fn stream_check_pages(
        &self,
        request: Request<tonic::Streaming<StreamCheckPagesRequest>>,
    ) -> Result<Response<Self::StreamCheckPagesStream>, Status> {
        let deadline = request.extensions().get::<Deadline>().copied();
        let stream = stream::Pages {
            gate: Arc::clone(&self.gate),
            memory: Arc::clone(&self.memory),
            window: self.window.max(1),
            drain: self.drain.clone(),
            deadline,
        };
        Ok(Response::new(Box::pin(stream.answer(request.into_inner()))))
    }

    async fn batch_check_pages(
        &self,
        request: Request<BatchCheckPagesRequest>,
    ) -> Result<Response<BatchCheckPagesResponse>, Status> {
        let request = covered(request)?;
        check_request_id(&request.request_id).map_err(Fault::status)?;
        let count = request.pages.len();
        if !(1..=limits::BATCH_PAGES).contains(&count) {
            let message = format!("has {count} pages, must have 1 to {}", limits::BATCH_PAGES);
            return Err(Fault::field("pages", &message).status());
        }
        let include: Arc<[i32]> = request.include.into();
        // Dropping the set drops what has not begun: a caller who left leaves no work behind.
        let mut running = JoinSet::new();
        for (index, page) in request.pages.into_iter().enumerate() {
            let (gate, include) = (Arc::clone(&self.gate), Arc::clone(&include));
            running.spawn(async move { (index, outcome(&gate, Some(page), include).await) });
        }
        let mut outcomes = vec![PageOutcome::default(); count];
        while let Some(done) = running.join_next().await {
            let (index, outcome) = done.map_err(|it| Fault::internal(&it).status())?;
            outcomes[index] = outcome;
        }
        answer(BatchCheckPagesResponse { outcomes })
    }

    async fn explain_page(
        &self,
        request: Request<ExplainPageRequest>,
    ) -> Result<Response<ExplainPageResponse>, Status> {
        let request = covered(request)?;
        if request.rule_ids.len() > limits::RULE_IDS {
            let message = format!("has {} ids, limit is {}", request.rule_ids.len(), limits::RULE_IDS);
            return Err(Fault::field("rule_ids", &message).status());
        }
        let explained = self.gate.run(Lane::Call, move |gate| explained(gate, request)).await;
        answer(explained.map_err(|it| Fault::pool(&it).status())?.map_err(Fault::status)?)
    }
}

/// The message of a call, its memory counted.
fn covered<T: prost::Message>(request: Request<T>) -> Result<T, Status> {
    if let Some(hold) = request.extensions().get::<Arc<Hold>>() {
        hold.cover(request.get_ref().encoded_len()).map_err(Fault::status)?;
    }
    Ok(request.into_inner())
}

fn answer<T: prost::Message>(message: T) -> Result<Response<T>, Status> {
    let bytes = message.encoded_len();
    if bytes > limits::ANSWER_BYTES {
        return Err(Fault::answer_too_large(bytes, limits::ANSWER_BYTES).status());
    }
    Ok(Response::new(message))
}

pub(super) fn check_request_id(id: &str) -> Result<(), Fault> {
    if id.len() > limits::REQUEST_ID_BYTES {
        let message = format!("has {} bytes, limit is {}", id.len(), limits::REQUEST_ID_BYTES);
        return Err(Fault::field("request_id", &message));
    }
    Ok(())
}

/// The answer to one page among others: a bad one, and a bug, end in its own error.
pub(super) async fn outcome(gate: &Arc<Gate>, page: Option<proto::Page>, include: Arc<[i32]>) -> PageOutcome {
    let checked = gate.run(Lane::Bulk, move |gate| checked(gate, page, &include)).await;
    let outcome = match checked.unwrap_or_else(|it| Err(Fault::pool(&it))) {
        Ok(result) => Outcome::Result(result),
        Err(fault) => Outcome::Error(fault.page_error()),
    };
    PageOutcome { outcome: Some(outcome) }
}

/// Checks one page as it came. Work for a processor.
fn checked(gate: &Gate, page: Option<proto::Page>, include: &[i32]) -> Result<proto::CheckResult, Fault> {
    let page = valid(page)?;
    let start = Instant::now();
    let result = gate.check(&page, proto::include(include));
    let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(
        page_id = page.id(),
        source = page.source(),
        verdict = result.verdict.name(),
        findings = result.findings.len(),
        micros,
        "checked page"
    );
    Ok(proto::result(&page, result))
}

fn explained(gate: &Gate, request: ExplainPageRequest) -> Result<ExplainPageResponse, Fault> {
    let page = valid(request.page)?;
    check_rule_ids(&gate.in_force(), &request.rule_ids)?;
    Ok(proto::explanation(&page, gate.explain(&page, &request.rule_ids)))
}

fn check_rule_ids(in_force: &InForce, ids: &[String]) -> Result<(), Fault> {
    match ids.iter().find(|it| in_force.rules.get(it).is_none()) {
        Some(id) => {
            let known: Vec<&str> = in_force.rules.rules().iter().map(|it| it.id.as_str()).collect();
            Err(Fault::no_rule(id, nearest(id, &known)))
        }
        None => Ok(()),
    }
}

fn valid(page: Option<proto::Page>) -> Result<Page, Fault> {
    let page = page.ok_or_else(|| Fault::field("page", "is missing"))?;
    Page::try_new(proto::draft(page)).map_err(|it| Fault::page(&it))
}
