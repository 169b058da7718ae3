//! The HTTP front end, for callers without gRPC: the same calls in proto3 JSON, health and metrics.
//!
//! It speaks HTTP/1.1. A call passes `connection` (bounds of HTTP), `call` (who calls, deadline, memory, message)
//! and the gate; what goes wrong is written by `answer`.

mod answer;
mod call;
mod connection;
mod openapi;

use std::{future::Future, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{StatusCode, header};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    answer::Refusal,
    call::{Method, bearer},
    connection::Peer,
};
use crate::{
    fault::{Code, Fault},
    gate::{Caller, Gate, Lane},
    limits, metrics,
    proto::{BatchCheckPagesRequest, CheckPageRequest, CheckPageResponse, ExplainPageRequest},
    serving::{self, Alpn, Keeping, Memory, Metered, Stop, Tls},
    store::Scope,
    web,
};

/// How the server behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Memory that calls in flight may take together, over all front ends.
    pub memory: Arc<Memory>,
    /// Certificate of the listener; none: it speaks without TLS.
    pub tls: Option<Arc<Tls>>,
    /// Whether the pages are given under any name of this host, even where no key is asked for.
    pub any_host: bool,
    /// Time for a call whose caller gave none, and the most that one may ask for.
    pub max_deadline: Duration,
    /// Time for the TLS handshake, and for the headers of each call; a silent connection ends after it.
    pub header_timeout: Duration,
    /// Time after which a peer that reads nothing of its answer is cut off.
    pub write_timeout: Duration,
    /// Age at which a connection ends after its call.
    pub max_connection_age: Duration,
    /// Most that is added to the age, evenly spread, so that connections do not end all at once.
    pub max_connection_age_jitter: Duration,
    /// Time between "not ready" and the end of new calls, for balancers to notice.
    pub drain_lead: Duration,
    /// Time for calls in flight after that; then they are cut.
    pub drain_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            memory: Arc::new(Memory::new(limits::DEFAULT_BYTES_IN_FLIGHT)),
            tls: None,
            any_host: false,
            max_deadline: Duration::from_secs(30),
            header_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(20),
            max_connection_age: Duration::from_mins(10),
            max_connection_age_jitter: Duration::from_mins(1),
            drain_lead: Duration::ZERO,
            drain_limit: Duration::from_secs(10),
        }
    }
}

/// What the handlers share.
struct Front {
    gate: Arc<Gate>,
    memory: Arc<Memory>,
    max_deadline: Duration,
    /// Cancelled at the signal to stop.
    stopping: CancellationToken,
}

/// Who may have pages checked.
const CHECK: &[Scope] = &[Scope::Check];

/// Serves until `shutdown` resolves, then drains: `/readyz` says no, after the lead nothing new is taken, and
/// calls in flight end by themselves or are cut when the time for that is up.
pub async fn serve(
    listener: TcpListener,
    gate: Arc<Gate>,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send,
) {
    let stopping = CancellationToken::new();
    let front = Front {
        gate,
        memory: Arc::clone(&settings.memory),
        max_deadline: settings.max_deadline,
        stopping: stopping.clone(),
    };
    let router = router(front, settings.tls.is_some(), settings.any_host);
    let stop = Stop::default();
    let connections = TaskTracker::new();
    let tls = settings.tls.clone().map(|it| (it, Alpn::Http1));
    let patience = settings.header_timeout;
    let (lead, limit) = (settings.drain_lead, settings.drain_limit);
    let stopped = stop.clone();
    let serve = move |io, peer| connection::serve(io, peer, router.clone(), settings.clone(), stopped.clone());
    let accepting =
        connections.spawn(serving::accept(listener, tls, patience, stop.clone(), connections.clone(), serve));
    shutdown.await;
    stopping.cancel();
    tracing::info!(protocol = "http", "draining");
    stop.run(&connections, lead, limit).await;
    accepting.abort();
}

fn router(front: Front, has_tls: bool, any_host: bool) -> Router {
    let front = Arc::new(front);
    let pages = web::router(Arc::clone(&front.gate), has_tls, any_host)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&front), page));
    Router::new()
        .route("/openapi.json", get(async || answer::json_answer(openapi::text())))
        .route("/v1/pages:check", post(check_page))
        .route("/v1/pages:batchCheck", post(check_pages))
        .route("/v1/pages:explain", post(explain_page))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics_text))
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(axum::middleware::map_response(async |it: Response| answer::guarded(it)))
        .with_state(front)
        .merge(pages)
}

/// What a request for a page passes: deadline, and memory for what it sends.
async fn page(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let mut call = metrics::Call::begin("http", "Page");
    let hold = match front.memory.call() {
        Ok(hold) => hold,
        Err(fault) => {
            serving::discard(request.into_body());
            call.answered(fault.code.name());
            return Refusal::from(fault).into_response();
        }
    };
    let request = request.map(|body| Body::new(Metered::new(body, Arc::clone(&hold), Into::into)));
    let response = match timeout(front.max_deadline, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::from(Fault::deadline()).into_response(),
    };
    call.answered(if response.status().is_server_error() { "INTERNAL" } else { "OK" });
    response.map(|body| Body::new(Keeping::new(body, hold)))
}

async fn check_page(State(front): State<Arc<Front>>, request: Request) -> Response {
    let method = Method { name: "CheckPage", scopes: CHECK };
    let work = async |gate: Arc<Gate>, caller: Caller, message: CheckPageRequest| {
        let result = gate.check_page(&caller, Lane::Call, message).await?;
        Ok(CheckPageResponse { result: Some(result) })
    };
    front.call(&method, request, work).await
}

async fn check_pages(State(front): State<Arc<Front>>, request: Request) -> Response {
    let method = Method { name: "BatchCheckPages", scopes: CHECK };
    let work = async |gate: Arc<Gate>, caller: Caller, message: BatchCheckPagesRequest| {
        gate.check_pages(&caller, message).await
    };
    front.call(&method, request, work).await
}

async fn explain_page(State(front): State<Arc<Front>>, request: Request) -> Response {
    let method = Method { name: "ExplainPage", scopes: CHECK };
    front.call(&method, request, async |gate: Arc<Gate>, _, it: ExplainPageRequest| gate.explain_page(it).await).await
}

/// Whether calls are wanted here.
async fn ready(State(front): State<Arc<Front>>) -> Response {
    if front.stopping.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "not ready: the server is stopping\n").into_response();
    }
    match front.gate.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(fault) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {fault}\n")).into_response(),
    }
}

/// Metrics, for a key of an administrator, or for who asks from the machine itself and not through a proxy.
async fn metrics_text(State(front): State<Arc<Front>>, request: Request) -> Response {
    let headers = request.headers();
    let peer = request.extensions().get::<Peer>();
    let is_near = peer.is_some_and(|it| it.0.ip().to_canonical().is_loopback());
    let is_forwarded = headers.contains_key(header::FORWARDED) || headers.contains_key("x-forwarded-for");
    if !is_near || is_forwarded {
        let bearer = bearer(headers).map(ToOwned::to_owned);
        if let Err(fault) = front.gate.authorize(bearer.as_deref(), &[Scope::Admin]).await {
            return Refusal::from(fault).into_response();
        }
    }
    let levels = front.gate.levels(front.memory.in_flight()).await;
    match metrics::text(&levels) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => Refusal::from(Fault::internal(&error)).into_response(),
    }
}

async fn no_such_path(request: Request) -> Response {
    let accept = request.headers().get(header::ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    // Who browses wants a page.
    if accept.contains("text/html") {
        return web::no_such_page();
    }
    let fault = Fault::new(
        Code::NotFound,
        "NOT_FOUND",
        "nothing is here; the calls are POST /v1/pages:check, /v1/pages:batchCheck and /v1/pages:explain, \
         /openapi.json describes them, and the pages for people begin at /",
    );
    Refusal::from(fault).into_response()
}

async fn no_such_method(request: Request) -> Refusal {
    let message = format!("{} is not for this path, the header allow says what is", request.method());
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, Fault::new(Code::Unimplemented, "METHOD_NOT_ALLOWED", message))
}
