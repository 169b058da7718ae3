//! `CheckService`.

use std::{pin::Pin, sync::Arc};

use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{front::Deadline, stream};
use crate::{
    fault::Fault,
    gate::{Caller, Gate, Lane},
    limits,
    proto::{
        BatchCheckPagesRequest, BatchCheckPagesResponse, CheckPageRequest, CheckPageResponse, ExplainPageRequest,
        ExplainPageResponse, StreamCheckPagesRequest, StreamCheckPagesResponse, check_service_server::CheckService,
    },
    serving::{Hold, Memory},
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
        let caller = caller(&request)?;
        let result = self.gate.check_page(&caller, Lane::Call, covered(request)?).await?;
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
            caller: caller(&request)?,
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
        let caller = caller(&request)?;
        answer(self.gate.check_pages(&caller, covered(request)?).await?)
    }

    async fn explain_page(
        &self,
        request: Request<ExplainPageRequest>,
    ) -> Result<Response<ExplainPageResponse>, Status> {
        answer(self.gate.explain_page(covered(request)?).await?)
    }
}

/// Who calls, as the front knows it.
fn caller<T>(request: &Request<T>) -> Result<Caller, Status> {
    let caller = request.extensions().get::<Caller>().cloned();
    caller.ok_or_else(|| Fault::internal(&"a call came in whose caller nobody asked for").into())
}

/// The message of a call, its memory counted.
fn covered<T: prost::Message>(request: Request<T>) -> Result<T, Status> {
    if let Some(hold) = request.extensions().get::<Arc<Hold>>() {
        hold.cover(request.get_ref().encoded_len())?;
    }
    Ok(request.into_inner())
}

fn answer<T: prost::Message>(message: T) -> Result<Response<T>, Status> {
    let bytes = message.encoded_len();
    if bytes > limits::ANSWER_BYTES {
        return Err(Fault::answer_too_large(bytes, limits::ANSWER_BYTES).into());
    }
    Ok(Response::new(message))
}
