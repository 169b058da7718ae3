//! `ReviewService`.

use std::{pin::Pin, sync::Arc};

use tokio::sync::mpsc;
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::{
    fault::Fault,
    gate::{Caller, Gate},
    proto::{
        BatchDecideReviewItemsRequest, BatchDecideReviewItemsResponse, BatchUndoDecisionsRequest,
        BatchUndoDecisionsResponse, ClaimReviewItemRequest, ClaimReviewItemResponse, DecideReviewItemRequest,
        DecideReviewItemResponse, DeleteSavedFilterRequest, DeleteSavedFilterResponse, ExportDecisionsRequest,
        ExportDecisionsResponse, GetReviewItemRequest, GetReviewItemResponse, ListDecisionsRequest,
        ListDecisionsResponse, ListReviewItemsRequest, ListReviewItemsResponse, ListSavedFiltersRequest,
        ListSavedFiltersResponse, ReleaseReviewItemRequest, ReleaseReviewItemResponse, RevokeAllowanceRequest,
        SaveFilterRequest, SaveFilterResponse, SkipReviewItemRequest, SkipReviewItemResponse, UndoDecisionRequest,
        UndoDecisionResponse, WatchReviewItemsRequest, WatchReviewItemsResponse, review_service_server::ReviewService,
    },
};

/// The service.
pub(super) struct Review {
    pub(super) gate: Arc<Gate>,
    /// When the server begins to stop.
    pub(super) drain: CancellationToken,
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send + 'static>>;

#[tonic::async_trait]
impl ReviewService for Review {
    async fn list_review_items(
        &self,
        request: Request<ListReviewItemsRequest>,
    ) -> Result<Response<ListReviewItemsResponse>, Status> {
        Ok(Response::new(self.gate.list_review_items(request.into_inner()).await?))
    }

    async fn get_review_item(
        &self,
        request: Request<GetReviewItemRequest>,
    ) -> Result<Response<GetReviewItemResponse>, Status> {
        Ok(Response::new(self.gate.get_review_item(request.into_inner()).await?))
    }

    async fn claim_review_item(
        &self,
        request: Request<ClaimReviewItemRequest>,
    ) -> Result<Response<ClaimReviewItemResponse>, Status> {
        Ok(Response::new(self.gate.claim_review_item(signed(request)).await?))
    }

    async fn release_review_item(
        &self,
        request: Request<ReleaseReviewItemRequest>,
    ) -> Result<Response<ReleaseReviewItemResponse>, Status> {
        Ok(Response::new(self.gate.release_review_item(signed(request)).await?))
    }

    async fn decide_review_item(
        &self,
        request: Request<DecideReviewItemRequest>,
    ) -> Result<Response<DecideReviewItemResponse>, Status> {
        Ok(Response::new(self.gate.decide_review_item(signed(request)).await?))
    }

    async fn batch_decide_review_items(
        &self,
        request: Request<BatchDecideReviewItemsRequest>,
    ) -> Result<Response<BatchDecideReviewItemsResponse>, Status> {
        Ok(Response::new(self.gate.batch_decide_review_items(signed(request)).await?))
    }

    async fn skip_review_item(
        &self,
        request: Request<SkipReviewItemRequest>,
    ) -> Result<Response<SkipReviewItemResponse>, Status> {
        Ok(Response::new(self.gate.skip_review_item(signed(request)).await?))
    }

    async fn undo_decision(
        &self,
        request: Request<UndoDecisionRequest>,
    ) -> Result<Response<UndoDecisionResponse>, Status> {
        Ok(Response::new(self.gate.undo_decision(signed(request)).await?))
    }

    async fn batch_undo_decisions(
        &self,
        request: Request<BatchUndoDecisionsRequest>,
    ) -> Result<Response<BatchUndoDecisionsResponse>, Status> {
        Ok(Response::new(self.gate.batch_undo_decisions(signed(request)).await?))
    }

    async fn list_decisions(
        &self,
        request: Request<ListDecisionsRequest>,
    ) -> Result<Response<ListDecisionsResponse>, Status> {
        Ok(Response::new(self.gate.list_decisions(request.into_inner()).await?))
    }

    async fn list_saved_filters(
        &self,
        request: Request<ListSavedFiltersRequest>,
    ) -> Result<Response<ListSavedFiltersResponse>, Status> {
        Ok(Response::new(self.gate.list_saved_filters(request.into_inner()).await?))
    }

    async fn save_filter(&self, request: Request<SaveFilterRequest>) -> Result<Response<SaveFilterResponse>, Status> {
        Ok(Response::new(self.gate.save_filter(signed(request)).await?))
    }

    async fn delete_saved_filter(
        &self,
        request: Request<DeleteSavedFilterRequest>,
    ) -> Result<Response<DeleteSavedFilterResponse>, Status> {
        Ok(Response::new(self.gate.delete_saved_filter(request.into_inner()).await?))
    }

    type WatchReviewItemsStream = Answers<WatchReviewItemsResponse>;

    async fn watch_review_items(
        &self,
        request: Request<WatchReviewItemsRequest>,
    ) -> Result<Response<Self::WatchReviewItemsStream>, Status> {
        let told = self.gate.watch_review_items(request.into_inner(), self.drain.clone()).await?;
        Ok(Response::new(stream(told)))
    }

    type ExportDecisionsStream = Answers<ExportDecisionsResponse>;

    async fn export_decisions(
        &self,
        _: Request<ExportDecisionsRequest>,
    ) -> Result<Response<Self::ExportDecisionsStream>, Status> {
        Ok(Response::new(stream(self.gate.export_decisions()?)))
    }
}

/// A request in which somebody does something.
pub(super) trait Signed {
    /// Who does it.
    fn reviewer(&mut self) -> &mut String;
}

macro_rules! signed {
    ($($type:ident),+ $(,)?) => { $(impl Signed for $type {
        fn reviewer(&mut self) -> &mut String {
            &mut self.reviewer
        }
    })+ };
}
signed!(
    ClaimReviewItemRequest,
    ReleaseReviewItemRequest,
    DecideReviewItemRequest,
    BatchDecideReviewItemsRequest,
    SkipReviewItemRequest,
    UndoDecisionRequest,
    BatchUndoDecisionsRequest,
    SaveFilterRequest,
    RevokeAllowanceRequest,
);

/// The message of a call, signed with the name of the caller's key, if it has shown one.
pub(super) fn signed<T: Signed>(request: Request<T>) -> T {
    let name = request.extensions().get::<Caller>().and_then(|it| it.name.clone());
    let mut message = request.into_inner();
    if let Some(name) = name {
        *message.reviewer() = name;
    }
    message
}

fn stream<T: Send + 'static>(answers: mpsc::Receiver<Result<T, Fault>>) -> Answers<T> {
    Box::pin(ReceiverStream::new(answers).map(|it| it.map_err(Status::from)))
}
