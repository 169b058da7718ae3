//! A bare server of the same service: it takes the same messages and answers with what pagegate answered, so that
//! what is left of the difference is the check and what surrounds it.

use std::{collections::HashMap, pin::Pin};

use pagegate::proto::{
    self, CheckPageRequest, CheckPageResponse, Page, PageOutcome, StreamCheckPagesRequest, StreamCheckPagesResponse,
    check_service_server::CheckService, page_outcome::Outcome,
};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

/// The answers by the page's id.
#[derive(Clone, Default)]
pub(crate) struct Echo(pub(crate) HashMap<String, proto::CheckResult>);

impl Echo {
    fn answer(&self, page: Option<&Page>) -> Option<proto::CheckResult> {
        self.0.get(page?.page_id.as_str()).cloned()
    }
}

#[tonic::async_trait]
impl CheckService for Echo {
    async fn check_page(&self, request: Request<CheckPageRequest>) -> Result<Response<CheckPageResponse>, Status> {
        let result = self.answer(request.get_ref().page.as_ref());
        Ok(Response::new(CheckPageResponse { result }))
    }

    type StreamCheckPagesStream = Pin<Box<dyn Stream<Item = Result<StreamCheckPagesResponse, Status>> + Send>>;

    async fn stream_check_pages(
        &self,
        request: Request<Streaming<StreamCheckPagesRequest>>,
    ) -> Result<Response<Self::StreamCheckPagesStream>, Status> {
        let echo = self.clone();
        let answers = request.into_inner().map(move |request| {
            let request = request?;
            let outcome = echo.answer(request.page.as_ref()).map(Outcome::Result);
            let outcome = Some(PageOutcome { outcome });
            Ok(StreamCheckPagesResponse { correlation_id: request.correlation_id, outcome })
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn batch_check_pages(
        &self,
        _: Request<proto::BatchCheckPagesRequest>,
    ) -> Result<Response<proto::BatchCheckPagesResponse>, Status> {
        Err(Status::unimplemented("the echo answers single pages and streams"))
    }

    async fn explain_page(
        &self,
        _: Request<proto::ExplainPageRequest>,
    ) -> Result<Response<proto::ExplainPageResponse>, Status> {
        Err(Status::unimplemented("the echo answers single pages and streams"))
    }
}
