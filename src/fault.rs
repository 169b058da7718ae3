//! What goes wrong with a call: the same for every front end, which writes it as its protocol wants it, and
//! as the error of one page among others.

use std::time::Duration;

use crate::{
    page::PageError,
    proto,
    store::{Conflict, StoreError},
};

/// Domain of all error reasons (AIP-193).
pub const DOMAIN: &str = "pagegate";
/// When a caller who was refused may try again.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Sort of an error; the numbers are those of `google.rpc.Code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The request is wrong by itself.
    InvalidArgument = 3,
    /// Time was up.
    DeadlineExceeded = 4,
    /// What was named is not there.
    NotFound = 5,
    /// The caller may not do this.
    PermissionDenied = 7,
    /// Too much is asked for at once.
    ResourceExhausted = 8,
    /// What is asked for cannot be done in the state that things are in.
    FailedPrecondition = 9,
    /// Someone else was first.
    Aborted = 10,
    /// No such method.
    Unimplemented = 12,
    /// A bug.
    Internal = 13,
    /// Not now; the same request may succeed later.
    Unavailable = 14,
    /// The caller did not say who it is, or not so that it can be believed.
    Unauthenticated = 16,
}

impl Code {
    /// Name as in `google.rpc.Code`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.names().0
    }

    /// Status of HTTP, as `google.rpc.Code` maps it.
    #[must_use]
    pub fn http_status(self) -> u16 {
        self.names().1
    }

    fn names(self) -> (&'static str, u16) {
        match self {
            Self::InvalidArgument => ("INVALID_ARGUMENT", 400),
            Self::DeadlineExceeded => ("DEADLINE_EXCEEDED", 504),
            Self::NotFound => ("NOT_FOUND", 404),
            Self::FailedPrecondition => ("FAILED_PRECONDITION", 400),
            Self::Aborted => ("ABORTED", 409),
            Self::PermissionDenied => ("PERMISSION_DENIED", 403),
            Self::ResourceExhausted => ("RESOURCE_EXHAUSTED", 429),
            Self::Unimplemented => ("UNIMPLEMENTED", 501),
            Self::Internal => ("INTERNAL", 500),
            Self::Unavailable => ("UNAVAILABLE", 503),
            Self::Unauthenticated => ("UNAUTHENTICATED", 401),
        }
    }
}

/// What is wrong with a call or with one page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// Sort of the error.
    pub code: Code,
    /// Name of the reason, for programs, in the domain [`DOMAIN`].
    pub reason: &'static str,
    /// What is wrong, for people.
    pub message: String,
    /// The numbers and names in the message, for programs.
    pub metadata: Vec<(&'static str, String)>,
    /// Fields that are wrong, and why.
    pub violations: Vec<(String, String)>,
    /// When to try again, where that may help.
    pub retry: Option<Duration>,
}

impl Fault {
    /// A fault with nothing but its message.
    pub fn new(code: Code, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), metadata: Vec::new(), violations: Vec::new(), retry: None }
    }

    /// With a number or a name of the message, for programs.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.metadata.push((key, value.into()));
        self
    }

    /// A page that breaks limits, one violation for each field.
    #[must_use]
    pub fn page(error: &PageError) -> Self {
        let violations = error.violations.iter().map(|it| (format!("page.{}", it.field), it.message.clone()));
        Self { violations: violations.collect(), ..Self::new(Code::InvalidArgument, "INVALID_PAGE", error.to_string()) }
    }

    /// A field of a request that is wrong.
    #[must_use]
    pub fn field(field: &str, message: &str) -> Self {
        let violations = vec![(field.to_owned(), message.to_owned())];
        Self { violations, ..Self::new(Code::InvalidArgument, "INVALID_FIELD", format!("{field}: {message}")) }
    }

    /// No rule has this id.
    #[must_use]
    pub fn no_rule(id: &str, nearest: Option<&str>) -> Self {
        let hint = nearest.map(|it| format!(", did you mean {it:?}?")).unwrap_or_default();
        Self::new(Code::NotFound, "RULE_NOT_FOUND", format!("no rule {id:?}{hint}")).with("rule_id", id)
    }

    /// Too much is under way.
    pub fn overloaded(message: impl Into<String>) -> Self {
        Self { retry: Some(RETRY_DELAY), ..Self::new(Code::ResourceExhausted, "OVERLOADED", message) }
    }

    /// The caller's deadline, or the server's own, passed.
    #[must_use]
    pub fn deadline() -> Self {
        Self::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", "the deadline passed before the answer was ready")
    }

    /// What the call needs does not answer.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { retry: Some(RETRY_DELAY), ..Self::new(Code::Unavailable, "STORE_UNAVAILABLE", message) }
    }

    /// The server is about to stop.
    #[must_use]
    pub fn draining() -> Self {
        let message = "the server is stopping; send what was not answered again, to another";
        Self { retry: Some(RETRY_DELAY), ..Self::new(Code::Unavailable, "DRAINING", message) }
    }

    /// The server has no store.
    #[must_use]
    pub fn no_store() -> Self {
        let message = "this server keeps no queue: it was started without a store; set store.url";
        Self::new(Code::FailedPrecondition, "NO_STORE", message)
    }

    /// An answer that no client could take.
    #[must_use]
    pub fn answer_too_large(bytes: usize, limit: usize) -> Self {
        let message =
            format!("the answer has {bytes} bytes, limit is {limit}; ask for less or send fewer pages at once");
        Self::new(Code::ResourceExhausted, "ANSWER_TOO_LARGE", message)
            .with("bytes", bytes.to_string())
            .with("limit", limit.to_string())
    }

    /// A bug. The caller gets an id that is in the log, and nothing else.
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        let id = incident();
        tracing::error!(id, %error, "answer a call");
        Self::new(Code::Internal, "INTERNAL", "internal error").with("id", id)
    }

    /// As the error of one page among others.
    #[must_use]
    pub fn page_error(self) -> proto::PageError {
        let violation = |(field, description)| proto::FieldViolation { field, description };
        proto::PageError {
            code: self.code as i32,
            reason: self.reason.to_owned(),
            message: self.message,
            field_violations: self.violations.into_iter().map(violation).collect(),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        let text = error.to_string();
        let later = |code, reason| Self { retry: Some(RETRY_DELAY), ..Self::new(code, reason, text.as_str()) };
        match error {
            StoreError::Unavailable { .. } => later(Code::Unavailable, "STORE_UNAVAILABLE"),
            StoreError::QueueFull { limit } => {
                later(Code::ResourceExhausted, "QUEUE_FULL").with("limit", limit.to_string())
            }
            StoreError::DiskFull => later(Code::ResourceExhausted, "STORE_DISK_FULL"),
            StoreError::Conflict(conflict) => conflict.into(),
            StoreError::NotFound { what, id } => {
                Self::new(Code::NotFound, "ID_NOT_FOUND", text).with("what", what).with("id", id)
            }
            StoreError::WrongState { state, needed, .. } => Self::new(Code::FailedPrecondition, "WRONG_STATE", text)
                .with("state", state.name())
                .with("needed", needed.name()),
            StoreError::Invalid { field, message } => Self::field(field, &message),
            StoreError::Corrupt { .. } | StoreError::Open { .. } => Self::internal(&text),
        }
    }
}

impl From<Conflict> for Fault {
    fn from(conflict: Conflict) -> Self {
        let text = conflict.to_string();
        match conflict {
            Conflict::Decided { by, decision, .. } => Self::new(Code::FailedPrecondition, "ALREADY_DECIDED", text)
                .with("reviewer", by)
                .with("decision", decision.name()),
            Conflict::Leased { by, .. } => Self::new(Code::FailedPrecondition, "LEASED", text).with("reviewer", by),
            Conflict::Changed { current } => {
                Self::new(Code::Aborted, "ETAG_MISMATCH", text).with("etag", current.to_string())
            }
            Conflict::NotInForce => Self::new(Code::FailedPrecondition, "DECISION_NOT_IN_FORCE", text),
        }
    }
}

/// An id by which an error is found in the log.
fn incident() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    format!("{:016x}", RandomState::new().build_hasher().finish())
}
