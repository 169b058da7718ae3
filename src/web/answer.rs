//! Answers: a page from its template, a way to another page, and what went wrong, in words.

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};

use super::{flash::Flash, guard::Visitor};
use crate::{
    fault::{Code, Fault},
    limits,
};

/// What pages may load: what this server gives, and nothing else; no script or style stands in a page itself.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

/// Headers of every answer, unless it has its own.
const HEADERS: [(HeaderName, HeaderValue); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// Completes an answer with the headers that all have.
pub(super) fn guarded(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// What stands round every page.
#[derive(Debug)]
pub(super) struct Chrome {
    /// Who looks at it; none where nobody is asked.
    pub(super) visitor: Option<Visitor>,
    /// What was done last.
    pub(super) flash: Option<Flash>,
    /// Seconds for which it is told.
    pub(super) flash_seconds: u64,
    /// Path of the stylesheet and the script, with their versions.
    pub(super) style: &'static str,
    pub(super) script: &'static str,
}

impl Chrome {
    pub(super) fn new(visitor: Visitor, flash: Option<Flash>) -> Self {
        Self { visitor: Some(visitor), flash, ..Self::bare() }
    }

    pub(super) fn bare() -> Self {
        Self {
            visitor: None,
            flash: None,
            flash_seconds: limits::FLASH.as_secs(),
            style: super::assets::style(),
            script: super::assets::script(),
        }
    }

    pub(super) fn may_review(&self) -> bool {
        self.visitor.as_ref().is_some_and(Visitor::may_review)
    }
}

/// A page, filled in.
pub(super) fn page(template: &impl Template) -> Result<Response, Problem> {
    let text = template.render().map_err(|it| Fault::internal(&it))?;
    Ok(Html(text).into_response())
}

/// The way to another page after something was done, with what was done.
pub(super) fn done(path: &str, flash: Option<(Flash, bool)>) -> Response {
    let mut response = Redirect::to(path).into_response();
    if let Some((flash, is_secure)) = flash {
        response.headers_mut().append(header::SET_COOKIE, flash.set(is_secure));
    }
    response
}

/// What went wrong, as a page.
#[derive(Debug)]
pub(super) struct Problem {
    fault: Box<Fault>,
    /// Where to go on.
    back: Option<String>,
}

impl Problem {
    /// With a way on.
    pub(super) fn back(fault: Fault, path: impl Into<String>) -> Self {
        Self { fault: Box::new(fault), back: Some(path.into()) }
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self { fault: Box::new(fault), back: None }
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    chrome: Chrome,
    headline: &'a str,
    fault: &'a Fault,
    back: &'a str,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let headline = match self.fault.code {
            Code::NotFound => "Nothing is here",
            Code::PermissionDenied => "This is not for you",
            Code::Unauthenticated => "You are not signed in",
            Code::Aborted | Code::FailedPrecondition => "Someone or something was first",
            Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => "Not now",
            Code::InvalidArgument => "This cannot be done",
            Code::Unimplemented | Code::Internal => "Something is broken here",
        };
        let status = StatusCode::from_u16(self.fault.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let back = self.back.as_deref().unwrap_or("/");
        match page(&ProblemPage { chrome: Chrome::bare(), headline, fault: &self.fault, back }) {
            Ok(mut response) => {
                *response.status_mut() = status;
                response
            }
            // The page of problems has one of its own: no template is to blame for what is told in plain text.
            Err(problem) => (status, problem.fault.message).into_response(),
        }
    }
}
