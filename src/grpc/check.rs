//! `CheckService`.

use std::{sync::Arc, time::Instant};

use tonic::{Request, Response, Status};

use crate::{
    gate::Gate,
    grpc::status,
    limits,
    page::Page,
    proto::{self, CheckPageRequest, CheckPageResponse, check_service_server::CheckService},
};

/// The service.
pub(super) struct Check {
    gate: Arc<Gate>,
}

impl Check {
    pub(super) fn new(gate: Arc<Gate>) -> Self {
        Self { gate }
    }
}

#[tonic::async_trait]
impl CheckService for Check {
    async fn check_page(&self, request: Request<CheckPageRequest>) -> Result<Response<CheckPageResponse>, Status> {
        let request = request.into_inner();
        if request.request_id.len() > limits::REQUEST_ID_BYTES {
            let message = format!("has {} bytes, limit is {}", request.request_id.len(), limits::REQUEST_ID_BYTES);
            return Err(status::invalid_field("request_id", &message));
        }
        let include = proto::include(&request.include);
        let page = request.page.ok_or_else(|| status::invalid_field("page", "is missing"))?;
        let page = Page::try_new(proto::draft(page)).map_err(|it| status::invalid_page(&it))?;
        let gate = Arc::clone(&self.gate);
        // Checking is work for a processor: not on the threads that serve connections.
        let checked = tokio::task::spawn_blocking(move || {
            let start = Instant::now();
            let result = gate.check(&page, include);
            let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            tracing::info!(
                page_id = page.id(),
                source = page.source(),
                verdict = result.verdict.name(),
                findings = result.findings.len(),
                micros,
                "checked page"
            );
            proto::result(&page, result)
        });
        match checked.await {
            Ok(result) => Ok(Response::new(CheckPageResponse { result: Some(result) })),
            Err(error) => {
                let id = incident();
                tracing::error!(id, %error, "check a page");
                Err(status::internal(&id))
            }
        }
    }
}

/// An id by which an error is found in the log.
fn incident() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
