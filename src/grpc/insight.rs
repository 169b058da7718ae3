//! `SourceService` and `StatsService`.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::review::signed;
use crate::{
    gate::Gate,
    proto::{
        GetHistoryRequest, GetHistoryResponse, GetStatsRequest, GetStatsResponse, ListAllowancesRequest,
        ListAllowancesResponse, ListRuleStatsRequest, ListRuleStatsResponse, ListSourcesRequest, ListSourcesResponse,
        RevokeAllowanceRequest, RevokeAllowanceResponse, source_service_server::SourceService,
        stats_service_server::StatsService,
    },
};

/// Both services.
#[derive(Clone)]
pub(super) struct Insight {
    pub(super) gate: Arc<Gate>,
}

#[tonic::async_trait]
impl SourceService for Insight {
    async fn list_sources(
        &self,
        request: Request<ListSourcesRequest>,
    ) -> Result<Response<ListSourcesResponse>, Status> {
        Ok(Response::new(self.gate.list_sources(request.into_inner()).await?))
    }

    async fn list_allowances(
        &self,
        request: Request<ListAllowancesRequest>,
    ) -> Result<Response<ListAllowancesResponse>, Status> {
        Ok(Response::new(self.gate.list_allowances(request.into_inner()).await?))
    }

    async fn revoke_allowance(
        &self,
        request: Request<RevokeAllowanceRequest>,
    ) -> Result<Response<RevokeAllowanceResponse>, Status> {
        Ok(Response::new(self.gate.revoke_allowance(signed(request)).await?))
    }
}

#[tonic::async_trait]
impl StatsService for Insight {
    async fn get_stats(&self, request: Request<GetStatsRequest>) -> Result<Response<GetStatsResponse>, Status> {
        Ok(Response::new(self.gate.get_stats(request.into_inner()).await?))
    }

    async fn list_rule_stats(
        &self,
        request: Request<ListRuleStatsRequest>,
    ) -> Result<Response<ListRuleStatsResponse>, Status> {
        Ok(Response::new(self.gate.list_rule_stats(request.into_inner()).await?))
    }

    async fn get_history(&self, request: Request<GetHistoryRequest>) -> Result<Response<GetHistoryResponse>, Status> {
        Ok(Response::new(self.gate.get_history(request.into_inner()).await?))
    }
}
