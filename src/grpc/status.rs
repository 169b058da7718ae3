//! What goes wrong with a call, as a gRPC status with `ErrorInfo` (AIP-193) or as the error of one page
//! among others.

use std::{collections::HashMap, time::Duration};

use http::Response;
use tonic::{Code, Status, body::Body};
use tonic_types::{ErrorDetails, StatusExt};

use crate::{gate::PoolError, limits, page::PageError, proto};

/// Domain of all error reasons.
const DOMAIN: &str = "pagegate";
/// When a caller who was refused may try again.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// What is wrong, for both forms of an error.
#[derive(Debug)]
pub(super) struct Fault {
    code: Code,
    reason: &'static str,
    message: String,
    /// The numbers and names in the message, for programs.
    metadata: Vec<(&'static str, String)>,
    violations: Vec<(String, String)>,
    retry: Option<Duration>,
}

impl Fault {
    fn new(code: Code, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), metadata: Vec::new(), violations: Vec::new(), retry: None }
    }

    fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.metadata.push((key, value.into()));
        self
    }

    /// A page that breaks limits, one violation for each field.
    pub(super) fn page(error: &PageError) -> Self {
        let violations = error.violations.iter().map(|it| (format!("page.{}", it.field), it.message.clone()));
        Self { violations: violations.collect(), ..Self::new(Code::InvalidArgument, "INVALID_PAGE", error.to_string()) }
    }

    /// A field of a request that is wrong.
    pub(super) fn field(field: &str, message: &str) -> Self {
        let violations = vec![(field.to_owned(), message.to_owned())];
        Self { violations, ..Self::new(Code::InvalidArgument, "INVALID_FIELD", format!("{field}: {message}")) }
    }

    /// No rule has this id.
    pub(super) fn no_rule(id: &str, nearest: Option<&str>) -> Self {
        let hint = nearest.map(|it| format!(", did you mean {it:?}?")).unwrap_or_default();
        Self::new(Code::NotFound, "RULE_NOT_FOUND", format!("no rule {id:?}{hint}")).with("rule_id", id)
    }

    /// Too much is under way.
    pub(super) fn overloaded(message: impl Into<String>) -> Self {
        Self { retry: Some(RETRY_DELAY), ..Self::new(Code::ResourceExhausted, "OVERLOADED", message) }
    }

    /// The caller's deadline, or the server's own, passed.
    pub(super) fn deadline() -> Self {
        Self::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", "the deadline passed before the answer was ready")
    }

    /// The server is about to stop.
    pub(super) fn draining() -> Self {
        let message = "the server is stopping; send what was not answered again, to another";
        Self { retry: Some(RETRY_DELAY), ..Self::new(Code::Unavailable, "DRAINING", message) }
    }

    /// An answer that no client could take.
    pub(super) fn answer_too_large(bytes: usize, limit: usize) -> Self {
        let message =
            format!("the answer has {bytes} bytes, limit is {limit}; ask for less or send fewer pages at once");
        Self::new(Code::ResourceExhausted, "ANSWER_TOO_LARGE", message)
            .with("bytes", bytes.to_string())
            .with("limit", limit.to_string())
    }

    /// A job that was refused or that panicked.
    pub(super) fn pool(error: &PoolError) -> Self {
        match error {
            PoolError::Full { .. } => Self::overloaded(error.to_string()),
            PoolError::Panicked => Self::internal(error),
        }
    }

    /// A bug. The caller gets an id that is in the log, and nothing else.
    pub(super) fn internal(error: &dyn std::fmt::Display) -> Self {
        let id = incident();
        tracing::error!(id, %error, "answer a call");
        Self::new(Code::Internal, "INTERNAL", "internal error").with("id", id)
    }

    /// As the status of a call.
    pub(super) fn status(self) -> Status {
        let metadata: HashMap<String, String> =
            self.metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let mut details = ErrorDetails::with_error_info(self.reason, DOMAIN, metadata);
        for (field, description) in self.violations {
            details.add_bad_request_violation(field, description);
        }
        if let Some(delay) = self.retry {
            details.set_retry_info(Some(delay));
        }
        Status::with_error_details(self.code, self.message, details)
    }

    /// As the error of one page among others.
    pub(super) fn page_error(self) -> proto::PageError {
        let violation = |(field, description)| proto::FieldViolation { field, description };
        proto::PageError {
            code: self.code as i32,
            reason: self.reason.to_owned(),
            message: self.message,
            field_violations: self.violations.into_iter().map(violation).collect(),
        }
    }
}

/// An id by which an error is found in the log.
fn incident() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// Gives a status that tonic made by itself the code and the details that are promised. Its own:
/// INTERNAL for bytes that are no protobuf, `OUT_OF_RANGE` for a message that is too long.
pub(super) fn completed(status: Status) -> Status {
    if !status.details().is_empty() {
        return status;
    }
    let message = status.message().to_owned();
    let fault = match status.code() {
        Code::Internal => Fault::new(Code::InvalidArgument, "MALFORMED_MESSAGE", message),
        Code::OutOfRange | Code::ResourceExhausted => Fault::new(Code::ResourceExhausted, "MESSAGE_TOO_LARGE", message)
            .with("limit", limits::MESSAGE_BYTES.to_string()),
        Code::Unimplemented if message.is_empty() => {
            Fault::new(Code::Unimplemented, "UNIMPLEMENTED", "no such method; the services are listed by reflection")
        }
        Code::Unimplemented => Fault::new(Code::Unimplemented, "UNIMPLEMENTED", message),
        Code::NotFound => Fault::new(Code::NotFound, "NOT_FOUND", message),
        code => Fault::new(code, "UNKNOWN", message),
    };
    fault.status()
}

/// Completes the status of an answer that ended with its headers.
pub(super) fn complete(response: Response<Body>) -> Response<Body> {
    match Status::from_header_map(response.headers()) {
        Some(status) if status.code() != Code::Ok && status.details().is_empty() => completed(status).into_http(),
        _ => response,
    }
}
