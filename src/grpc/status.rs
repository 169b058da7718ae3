//! A fault as a gRPC status with `ErrorInfo` (AIP-193).

use std::collections::HashMap;

use http::Response;
use tonic::{Code, Status, body::Body};
use tonic_types::{ErrorDetails, StatusExt};

use crate::{
    fault::{self, DOMAIN, Fault},
    limits,
};

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        let metadata: HashMap<String, String> =
            fault.metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let mut details = ErrorDetails::with_error_info(fault.reason, DOMAIN, metadata);
        for (field, description) in fault.violations {
            details.add_bad_request_violation(field, description);
        }
        if let Some(delay) = fault.retry {
            details.set_retry_info(Some(delay));
        }
        Self::with_error_details(Code::from_i32(fault.code as i32), fault.message, details)
    }
}

/// Gives a status that tonic made by itself the code and the details that are promised. Its own:
/// INTERNAL for bytes that are no protobuf, `OUT_OF_RANGE` for a message that is too long.
pub(super) fn completed(status: Status) -> Status {
    if !status.details().is_empty() {
        return status;
    }
    let message = status.message().to_owned();
    let fault = match status.code() {
        Code::Internal => Fault::new(fault::Code::InvalidArgument, "MALFORMED_MESSAGE", message),
        Code::OutOfRange | Code::ResourceExhausted => {
            Fault::new(fault::Code::ResourceExhausted, "MESSAGE_TOO_LARGE", message)
                .with("limit", limits::MESSAGE_BYTES.to_string())
        }
        Code::Unimplemented if message.is_empty() => Fault::new(
            fault::Code::Unimplemented,
            "UNIMPLEMENTED",
            "no such method; the services are listed by reflection",
        ),
        Code::Unimplemented => Fault::new(fault::Code::Unimplemented, "UNIMPLEMENTED", message),
        Code::NotFound => Fault::new(fault::Code::NotFound, "NOT_FOUND", message),
        code => {
            let details = ErrorDetails::with_error_info("UNKNOWN", DOMAIN, HashMap::new());
            return Status::with_error_details(code, message, details);
        }
    };
    fault.into()
}

/// An answer with a complete status, where it ended with its headers, and the name of its code, as far as they tell:
/// what goes wrong within a stream comes after them.
pub(super) fn complete(response: Response<Body>) -> (Response<Body>, &'static str) {
    match Status::from_header_map(response.headers()) {
        None => (response, "OK"),
        Some(status) if status.code() != Code::Ok && status.details().is_empty() => {
            let status = completed(status);
            let name = code_name(status.code());
            (status.into_http(), name)
        }
        Some(status) => (response, code_name(status.code())),
    }
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
        Code::Unknown => "UNKNOWN",
    }
}
