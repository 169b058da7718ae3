//! Servers on loopback, and a client that keeps them busy; all on the same cores.

use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context;
use pagegate::{
    gate::Gate,
    grpc::{self, Settings},
    limits,
    proto::{
        self, CheckPageRequest, StreamCheckPagesRequest, check_service_client::CheckServiceClient,
        check_service_server::CheckServiceServer, page_outcome::Outcome,
    },
};
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot, task::JoinHandle, task::JoinSet};
use tokio_stream::StreamExt;
use tonic::transport::{Channel, Endpoint, Server, server::TcpIncoming};

use super::{Engine, echo::Echo};

/// Cores that server and client share.
pub(crate) const CORES: usize = 2;
/// Connections of the client.
const CONNECTIONS: usize = 2;
/// Calls open at a time on all connections together.
const CALLS: usize = 16;

/// A runtime on [`CORES`] cores. Its threads, and those that its servers start, inherit the bound of this thread.
pub(crate) fn runtime() -> anyhow::Result<Runtime> {
    #[cfg(target_os = "linux")]
    bind().context("bind this thread to two cores")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(CORES).enable_all().build();
    runtime.context("start the runtime")
}

/// Binds this thread to the first cores that it may run on.
#[cfg(target_os = "linux")]
fn bind() -> rustix::io::Result<()> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let allowed = sched_getaffinity(None)?;
    let mut cores = CpuSet::new();
    (0..CpuSet::MAX_CPU).filter(|it| allowed.is_set(*it)).take(CORES).for_each(|it| cores.set(it));
    sched_setaffinity(None, &cores)
}

/// A running server.
pub(crate) struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Running {
    /// pagegate's own server with its default settings.
    pub(crate) async fn pagegate(engine: Engine) -> anyhow::Result<Self> {
        let gate = Arc::new(Gate::new(engine.rules, engine.policy).with_workers(CORES));
        let (listener, address) = listen().await?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            Ok(grpc::serve(listener, gate, Settings::default(), stopped).await?)
        });
        Ok(Self { address, stop, task })
    }

    /// An echo by tonic's own server.
    pub(crate) async fn echo(echo: Echo) -> anyhow::Result<Self> {
        let (listener, address) = listen().await?;
        let (stop, stopped) = oneshot::channel();
        let service = CheckServiceServer::new(echo).max_decoding_message_size(limits::MESSAGE_BYTES);
        let task = tokio::spawn(async move {
            let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
            let stopped = async { drop(stopped.await) };
            Ok(Server::builder().add_service(service).serve_with_incoming_shutdown(incoming, stopped).await?)
        });
        Ok(Self { address, stop, task })
    }

    pub(crate) fn clients(&self) -> anyhow::Result<Clients> {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address))?.tcp_nodelay(true);
        Ok(Clients((0..CONNECTIONS).map(|_| CheckServiceClient::new(endpoint.connect_lazy())).collect()))
    }

    /// Ends the server when its connections are closed.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        // A server that has ended by itself no longer listens for this; its own error is what counts.
        let _ = self.stop.send(());
        self.task.await?
    }
}

async fn listen() -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("listen on loopback")?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Connections to one server.
pub(crate) struct Clients(Vec<CheckServiceClient<Channel>>);

impl Clients {
    /// The answers to all pages, by id.
    pub(crate) async fn answers(&self, pages: &[proto::Page]) -> anyhow::Result<HashMap<String, proto::CheckResult>> {
        let mut client = self.0[0].clone();
        let mut answers = HashMap::new();
        for page in pages {
            let request = CheckPageRequest { page: Some(page.clone()), ..CheckPageRequest::default() };
            let result = client.check_page(request).await?.into_inner().result.context("an answer without a result")?;
            answers.insert(page.page_id.clone(), result);
        }
        Ok(answers)
    }

    /// Pages per second by single calls, so many open at a time.
    pub(crate) async fn unary(&self, pages: &[proto::Page], time: Duration) -> anyhow::Result<f64> {
        let request = |page: &proto::Page| CheckPageRequest { page: Some(page.clone()), ..CheckPageRequest::default() };
        let requests: Arc<Vec<CheckPageRequest>> = Arc::new(pages.iter().map(request).collect());
        let (next, start) = (Arc::new(AtomicUsize::new(0)), Instant::now());
        let mut calls = JoinSet::new();
        for number in 0..CALLS {
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            let mut client = self.0[number % self.0.len()].clone();
            calls.spawn(async move {
                let mut answered = 0;
                while start.elapsed() < time {
                    let number = next.fetch_add(1, Ordering::Relaxed) % requests.len();
                    client.check_page(requests[number].clone()).await?.into_inner().result.context("no result")?;
                    answered += 1;
                }
                anyhow::Ok(answered)
            });
        }
        rate(calls, start).await
    }

    /// Pages per second by streams, so many open at a time, each on a connection of its own as far as there are.
    pub(crate) async fn stream(&self, pages: &[proto::Page], streams: usize, time: Duration) -> anyhow::Result<f64> {
        let pages: Arc<[proto::Page]> = pages.into();
        let start = Instant::now();
        let mut calls = JoinSet::new();
        for number in 0..streams {
            let pages = Arc::clone(&pages);
            let mut client = self.0[number % self.0.len()].clone();
            calls.spawn(async move {
                let requests = (0_u64..).zip((0..pages.len()).cycle()).map(move |(correlation_id, page)| {
                    let page = Some(pages[page].clone());
                    StreamCheckPagesRequest { correlation_id, page, ..StreamCheckPagesRequest::default() }
                });
                let requests = tokio_stream::iter(requests).take_while(move |_| start.elapsed() < time);
                let mut answers = client.stream_check_pages(requests).await?.into_inner();
                let mut answered = 0;
                while let Some(answer) = answers.message().await? {
                    let outcome = answer.outcome.and_then(|it| it.outcome);
                    anyhow::ensure!(matches!(outcome, Some(Outcome::Result(_))), "a page was not checked: {outcome:?}");
                    answered += 1;
                }
                anyhow::Ok(answered)
            });
        }
        rate(calls, start).await
    }
}

/// Answers per second of all calls together.
async fn rate(mut calls: JoinSet<anyhow::Result<u32>>, start: Instant) -> anyhow::Result<f64> {
    let mut answered = 0;
    while let Some(call) = calls.join_next().await {
        answered += call??;
    }
    Ok(f64::from(answered) / start.elapsed().as_secs_f64())
}

/// The message of a page of text.
pub(crate) fn text(id: &str, title: &str, body: &str) -> proto::Page {
    let content = proto::TextContent { title: title.to_owned(), body: body.to_owned() };
    let content = Some(proto::page::Content::Text(content));
    proto::Page { page_id: id.to_owned(), content, ..proto::Page::default() }
}

/// The message of a page of HTML.
pub(crate) fn html(id: &str, html: &str) -> proto::Page {
    let content = proto::HtmlContent { body: html.as_bytes().to_vec(), ..proto::HtmlContent::default() };
    let content = Some(proto::page::Content::Html(content));
    let content_type = "text/html; charset=utf-8".to_owned();
    proto::Page { page_id: id.to_owned(), content_type, content, ..proto::Page::default() }
}
