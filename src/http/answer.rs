//! Answers: a message in proto3 JSON, or a fault as AIP-193 writes it in JSON.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::fault::{DOMAIN, Fault};

/// Headers of every answer: it is data for programs, never a page, a script, or something to keep.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// A fault with what only HTTP has a word for.
#[derive(Debug)]
pub(super) struct Refusal {
    /// Status, where HTTP knows more than the code of the fault says.
    status: StatusCode,
    fault: Fault,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, fault: Fault) -> Self {
        Self { status, fault }
    }

    /// The code as google.rpc names it.
    pub(super) fn code(&self) -> &'static str {
        self.fault.code.name()
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let status = StatusCode::from_u16(fault.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, fault }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(delay) = self.fault.retry {
            // Whole seconds, and not too early.
            headers.insert(
                header::RETRY_AFTER,
                HeaderValue::from(delay.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)),
            );
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"pagegate\""));
        }
        let body = json!({ "error": {
            "code": self.status.as_u16(),
            "status": self.fault.code.name(),
            "message": self.fault.message,
            "details": details(&self.fault),
        }});
        (self.status, headers, json_answer(body.to_string())).into_response()
    }
}

fn details(fault: &Fault) -> Vec<Value> {
    let metadata: serde_json::Map<String, Value> =
        fault.metadata.iter().map(|(key, value)| ((*key).to_owned(), Value::from(value.as_str()))).collect();
    let mut details = vec![json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": fault.reason,
        "domain": DOMAIN,
        "metadata": metadata,
    })];
    if !fault.violations.is_empty() {
        let violation = |(field, text): &(String, String)| json!({ "field": field, "description": text });
        details.push(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": fault.violations.iter().map(violation).collect::<Vec<_>>(),
        }));
    }
    if let Some(delay) = fault.retry {
        details.push(json!({
            "@type": "type.googleapis.com/google.rpc.RetryInfo",
            "retryDelay": format!("{}s", delay.as_secs_f64()),
        }));
    }
    details
}

/// An answer in JSON.
pub(super) fn json_answer(text: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.into()).into_response()
}

/// Completes an answer with the headers that all have.
pub(super) fn guarded(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}
