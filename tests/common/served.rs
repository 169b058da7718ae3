//! A server in this process with a store behind it, on a free port, and a client.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{net::SocketAddr, sync::Arc};

use pagegate::{
    gate::{Gate, ReviewSettings, Sources},
    grpc::{self, Settings},
    limits,
    proto::{
        self, CheckPageRequest, CheckResult, check_service_client::CheckServiceClient, page::Content,
        review_service_client::ReviewServiceClient, rule_service_client::RuleServiceClient,
        source_service_client::SourceServiceClient, stats_service_client::StatsServiceClient,
    },
    store,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt;

use crate::postgres;

/// A database that is empty.
pub(crate) struct Database {
    pub(crate) url: String,
    /// Name in PostgreSQL.
    pub(crate) name: Option<String>,
    directory: Option<TempDir>,
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite:{}", directory.path().join("store.db").display());
        Self { url, name: None, directory: Some(directory) }
    }

    /// None where PostgreSQL is not installed, which is told.
    pub(crate) async fn postgres() -> Option<Self> {
        let made = tokio::task::spawn_blocking(|| postgres::server().map(postgres::Postgres::new_database)).await;
        let (name, url) = made.expect("makes one")?;
        Some(Self { url, name: Some(name), directory: None })
    }
}

/// No samples: what is in the queue was held.
pub(crate) fn no_samples() -> ReviewSettings {
    ReviewSettings { sample_accepted: 0, sample_rejected: 0, ..ReviewSettings::default() }
}

pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    gate: Arc<Gate>,
    pub(crate) stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), grpc::ServeError>>,
    channel: Channel,
}

impl Served {
    pub(crate) async fn on(database: &Database) -> Self {
        Self::with(database, no_samples(), limits::QUEUE).await
    }

    pub(crate) async fn with(database: &Database, review: ReviewSettings, queue_limit: u64) -> Self {
        let settings = store::Settings { url: database.url.clone(), queue_limit, connections: 8 };
        let store = store::open(&settings).await.expect("opens");
        let gate = Gate::open(Sources::default()).expect("valid");
        Self::of(gate.with_store(store, review).await.expect("reads")).await
    }

    pub(crate) async fn of(gate: Gate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let gate = Arc::new(gate);
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let serving = tokio::spawn(grpc::serve(listener, Arc::clone(&gate), Settings::default(), shutdown));
        let channel = Channel::from_shared(format!("http://{address}")).expect("an address");
        let channel = channel.connect().await.expect("the server listens");
        Self { address, gate, stop, serving, channel }
    }

    pub(crate) fn checks(&self) -> CheckServiceClient<Channel> {
        CheckServiceClient::new(self.channel.clone())
    }

    pub(crate) fn review(&self) -> ReviewServiceClient<Channel> {
        ReviewServiceClient::new(self.channel.clone())
    }

    pub(crate) fn sources(&self) -> SourceServiceClient<Channel> {
        SourceServiceClient::new(self.channel.clone())
    }

    pub(crate) fn stats(&self) -> StatsServiceClient<Channel> {
        StatsServiceClient::new(self.channel.clone())
    }

    pub(crate) fn rules(&self) -> RuleServiceClient<Channel> {
        RuleServiceClient::new(self.channel.clone())
    }

    pub(crate) async fn check(&self, page: proto::Page) -> Result<CheckResult, Status> {
        let request = CheckPageRequest { page: Some(page), ..CheckPageRequest::default() };
        self.call(request).await
    }

    pub(crate) async fn call(&self, request: CheckPageRequest) -> Result<CheckResult, Status> {
        Ok(self.checks().check_page(request).await?.into_inner().result.expect("every answer has a result"))
    }

    pub(crate) async fn stop(self) {
        let Self { gate, stop, serving, channel, .. } = self;
        drop(channel);
        stop.send(()).expect("still serving");
        serving.await.expect("no panic").expect("a clean stop");
        gate.close().await;
    }
}

/// A page of a source.
pub(crate) fn page(source: &str, page_id: &str, title: &str, body: &str) -> proto::Page {
    let content = Content::Text(proto::TextContent { title: title.into(), body: body.into() });
    proto::Page {
        source: source.into(),
        page_id: page_id.into(),
        url: format!("https://{source}/{page_id}"),
        content: Some(content),
        ..proto::Page::default()
    }
}

/// Code and reason of an error.
pub(crate) fn error(status: &Status) -> (Code, String) {
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("every error has ErrorInfo: {status:?}"));
    assert_eq!(info.domain, "pagegate");
    (status.code(), info.reason.clone())
}
