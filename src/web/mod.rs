//! The pages for people: the queue with what was found and what is decided, rules, sources, numbers, and a place to
//! try a page.
//!
//! A request passes `guard` (who asks, from where) and a handler of its page, which asks the gate as any other front
//! end does and fills a template. Templates escape all that is put into them and none has a way around it; markup of
//! others is shown by `frame` alone, sanitized and in a sandbox. Every page works without a script: `assets/app.js`
//! adds keys and news.

mod answer;
mod assets;
mod audit;
mod dashboard;
mod evidence;
mod fields;
mod filter;
mod flash;
mod frame;
mod guard;
mod item;
mod marks;
mod plot;
mod queue;
mod rules;
mod sign_in;
mod source;
mod sources;
mod trial;
mod words;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};

use http::header;

use self::{
    answer::Problem,
    guard::{Need, admit},
};
use crate::{
    fault::{Code, Fault},
    gate::Gate,
    store::Scope,
};

/// What all pages share.
#[derive(Debug)]
pub(crate) struct Site {
    gate: Arc<Gate>,
    /// Whether the listener itself speaks TLS.
    has_tls: bool,
    /// Whether pages are given under any name, even where no key is asked for.
    any_host: bool,
}

/// The pages. Memory, deadlines and the bounds of connections are the caller's.
pub(crate) fn router(gate: Arc<Gate>, has_tls: bool, any_host: bool) -> Router {
    let site = Arc::new(Site { gate, has_tls, any_host });
    let need = |scopes| middleware::from_fn_with_state(Need { site: Arc::clone(&site), scopes }, admit);
    let review = Router::new()
        .route("/queue", get(queue::show))
        .route("/queue/live", get(queue::live))
        .route("/queue/next", post(queue::next))
        .route("/queue/step", get(queue::step))
        .route("/queue/decide", post(queue::decide))
        .route("/filters", post(queue::save_filter))
        .route("/filters/delete", post(queue::delete_filter))
        .route("/items/{id}", get(item::show))
        .route("/items/{id}/state", get(item::state))
        .route("/items/{id}/rendered", get(frame::show))
        .route("/items/{id}/decide", post(item::decide))
        .route("/items/{id}/claim", post(item::claim))
        .route("/items/{id}/release", post(item::release))
        .route("/items/{id}/skip", post(item::skip))
        .route("/decisions", get(audit::show))
        .route("/decisions/undo", post(audit::undo))
        .route("/sources", get(sources::list))
        .route("/sources/one", get(sources::show))
        .route("/dashboard", get(dashboard::show))
        .route_layer(need(&[Scope::Review]));
    let admin = Router::new().route("/allowances/revoke", post(sources::revoke)).route_layer(need(&[Scope::Admin]));
    let rules = Router::new()
        .route("/rules", get(rules::list))
        .route("/rules/{pack}/{name}", get(rules::show))
        .route("/help", get(sign_in::help))
        .route_layer(need(&[Scope::Check, Scope::Review]));
    let trial = Router::new()
        .route("/try", get(trial::form).post(trial::check))
        .route_layer(need(&[Scope::Check, Scope::Review]));
    Router::new()
        .merge(review)
        .merge(admin)
        .merge(rules)
        .merge(trial)
        .route("/", get(sign_in::home))
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/assets/{name}", get(assets::get))
        .layer(middleware::from_fn(from_own_pages))
        .layer(middleware::from_fn_with_state(Arc::clone(&site), under_own_name))
        .layer(middleware::map_response(async |it: Response| answer::guarded(it)))
        .with_state(site)
}

/// The page for a path that there is not.
pub(crate) fn no_such_page() -> Response {
    let fault = Fault::new(Code::NotFound, "NOT_FOUND", "There is no page at this address.");
    answer::guarded(Problem::from(fault).into_response())
}

/// Where no key is asked for, any site could give its own name this machine's address and so become a page of this
/// server (DNS rebinding). So pages are given under the names of this machine alone.
async fn under_own_name(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if site.any_host || !site.gate.is_open() || guard::is_near_name(host) {
        return next.run(request).await;
    }
    let message = format!(
        "this server asks for no key, so its pages are given as localhost or by its IP address alone, and not as \
         {host:?}: make a key with `pagegate keys create`, or say --insecure"
    );
    Problem::from(Fault::new(Code::PermissionDenied, "FOREIGN_HOST", message)).into_response()
}

/// Lets a request that changes something through only if a page of this server sent it.
async fn from_own_pages(request: Request, next: Next) -> Response {
    if guard::is_from_own_page(request.method(), request.headers()) {
        return next.run(request).await;
    }
    let message = "this was sent by a page of another site, or by no page: nothing was done";
    Problem::from(Fault::new(Code::PermissionDenied, "FOREIGN_ORIGIN", message)).into_response()
}
