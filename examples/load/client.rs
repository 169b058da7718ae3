//! Calls over several connections, and what became of them.

use std::time::Duration;

use anyhow::Context;
use pagegate::proto::{CheckPageRequest, check_service_client::CheckServiceClient};
use tonic::{
    Code, Request, Status,
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt;

use crate::server::Loopback;

/// Time for one connection to be made.
const CONNECT: Duration = Duration::from_secs(1);

/// Connections to one server; each reconnects by itself.
pub(crate) struct Clients(Vec<CheckServiceClient<Channel>>);

impl Clients {
    /// Makes `connections` that connect at their first call.
    pub(crate) fn new(address: Loopback, connections: usize) -> anyhow::Result<Self> {
        let address = address.get();
        let endpoint = Endpoint::from_shared(format!("http://{address}")).with_context(|| format!("call {address}"))?;
        let endpoint = endpoint.connect_timeout(CONNECT).tcp_nodelay(true);
        Ok(Self((0..connections).map(|_| CheckServiceClient::new(endpoint.connect_lazy())).collect()))
    }

    /// The connection of the call with this number.
    pub(crate) fn nth(&self, number: usize) -> CheckServiceClient<Channel> {
        self.0[number % self.0.len()].clone()
    }
}

/// What became of a call.
pub(crate) enum Outcome {
    /// Answered in time.
    Good,
    /// Refused for load.
    Refused(Refusal),
    /// Anything else.
    Failed(Code),
}

/// Whether a refusal says when to come again.
#[derive(PartialEq, Eq)]
pub(crate) enum Refusal {
    WithRetryInfo,
    Bare,
}

/// Makes one call, with its deadline kept here and told to the server.
pub(crate) async fn call(
    mut client: CheckServiceClient<Channel>,
    request: CheckPageRequest,
    deadline: Duration,
) -> Result<(), Status> {
    let mut request = Request::new(request);
    request.set_timeout(deadline);
    match tokio::time::timeout(deadline, client.check_page(request)).await {
        Ok(answer) => answer.map(drop),
        Err(_) => Err(Status::deadline_exceeded("the client's deadline")),
    }
}

pub(crate) fn outcome(answer: &Result<(), Status>) -> Outcome {
    match answer {
        Ok(()) => Outcome::Good,
        Err(status) if status.code() == Code::ResourceExhausted => Outcome::Refused(refusal(status)),
        Err(status) => Outcome::Failed(status.code()),
    }
}

fn refusal(status: &Status) -> Refusal {
    match retry_delay(status) {
        Some(_) => Refusal::WithRetryInfo,
        None => Refusal::Bare,
    }
}

/// The time after which the server wants to be asked again.
pub(crate) fn retry_delay(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}
