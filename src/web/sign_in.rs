//! Signing in and out, the way to the first page, and help.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};

use super::{
    Site,
    answer::{Chrome, Problem, page},
    fields::{Fields, Form},
    guard::{Cookie, cookie, is_name, is_secure, percent_encoded},
    words,
};
use crate::{
    fault::{Code, Fault},
    limits,
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    chrome: Chrome,
    /// Whether a name is enough.
    is_open: bool,
    next: String,
    /// What was wrong the last time.
    error: String,
}

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    chrome: Chrome,
}

/// The first page is the queue, or, for who may not see it, a page to try.
pub(super) async fn home() -> Response {
    Redirect::to("/queue").into_response()
}

/// Tells the keys and the words.
pub(super) async fn help(chrome: Chrome) -> Result<Response, Problem> {
    page(&HelpPage { chrome })
}

/// Asks for a key, or for a name where no key is needed.
pub(super) async fn form(State(site): State<Arc<Site>>, fields: Fields) -> Result<Response, Problem> {
    let is_open = site.gate.is_open();
    page(&SignInPage { chrome: Chrome::bare(), is_open, next: own_path(fields.get("next")), error: String::new() })
}

/// Where to go after signing in: a path of this server, never one of another.
fn own_path(next: &str) -> String {
    let is_own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(|it: char| it == '\\' || it.is_control())
        && !next.starts_with("/sign-");
    if is_own { next.to_owned() } else { "/queue".into() }
}

/// Begins a session.
pub(super) async fn sign_in(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    Form(fields): Form,
) -> Result<Response, Problem> {
    let (is_open, secure) = (site.gate.is_open(), is_secure(&site, &headers));
    let next = own_path(fields.get("next"));
    let set = if is_open {
        let name = fields.get("name").trim();
        if is_name(name) {
            Ok(Cookie::Name.set(&percent_encoded(name), limits::SESSION.as_secs(), secure))
        } else {
            let limit = limits::REVIEWER_BYTES;
            Err(Fault::field(
                "name",
                &format!("has {} bytes, must have 1 to {limit}, and no control characters", name.len()),
            ))
        }
    } else {
        let signed_in = site.gate.sign_in(fields.get("key").trim()).await;
        signed_in.map(|it| {
            let left = u64::try_from(it.until - words::now()).unwrap_or(0) / 1000;
            Cookie::Session.set(&it.token, left, secure)
        })
    };
    match set {
        Ok(cookie) => {
            let mut response = Redirect::to(&next).into_response();
            response.headers_mut().append(header::SET_COOKIE, cookie);
            Ok(response)
        }
        Err(fault) if matches!(fault.code, Code::Unauthenticated | Code::InvalidArgument) => {
            let template = SignInPage { chrome: Chrome::bare(), is_open, next, error: fault.message };
            let mut response = page(&template)?;
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            Ok(response)
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Ends a session, here and in the store.
pub(super) async fn sign_out(State(site): State<Arc<Site>>, headers: HeaderMap) -> Result<Response, Problem> {
    if let Some(token) = cookie(&headers, Cookie::Session) {
        site.gate.sign_out(token).await?;
    }
    let mut response = Redirect::to("/sign-in").into_response();
    let secure = is_secure(&site, &headers);
    for cookie in [Cookie::Session, Cookie::Name, Cookie::Flash] {
        response.headers_mut().append(header::SET_COOKIE, cookie.set("", 0, secure));
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_a_page_of_this_server_only() {
        assert_eq!(own_path("/items/x?view=source"), "/items/x?view=source");
        for foreign in
            ["", "https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/sign-in"]
        {
            assert_eq!(own_path(foreign), "/queue", "{foreign}");
        }
    }
}
