//! Errors → gRPC statuses, each with `ErrorInfo` as AIP-193 asks.

use std::collections::HashMap;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::page::PageError;

/// Domain of all error reasons.
const DOMAIN: &str = "pagegate";

/// A page that breaks limits, one violation for each field.
pub(super) fn invalid_page(error: &PageError) -> Status {
    let mut details = ErrorDetails::with_error_info("INVALID_PAGE", DOMAIN, HashMap::new());
    for it in &error.violations {
        details.add_bad_request_violation(format!("page.{}", it.field), it.message.clone());
    }
    Status::with_error_details(Code::InvalidArgument, error.to_string(), details)
}

/// A field of a request that is wrong.
pub(super) fn invalid_field(field: &str, message: &str) -> Status {
    let mut details = ErrorDetails::with_error_info("INVALID_FIELD", DOMAIN, HashMap::new());
    details.add_bad_request_violation(field, message);
    Status::with_error_details(Code::InvalidArgument, format!("{field}: {message}"), details)
}

/// A bug. The caller gets an id that is in the log, and nothing else.
pub(super) fn internal(id: &str) -> Status {
    let metadata = HashMap::from([("id".to_owned(), id.to_owned())]);
    let details = ErrorDetails::with_error_info("INTERNAL", DOMAIN, metadata);
    Status::with_error_details(Code::Internal, "internal error", details)
}
