//! What every call passes before and after its service: deadline, memory, room for it, a complete status.

use std::{sync::Arc, time::Duration};

use http::{HeaderMap, Request, Response};
use hyper::body::Incoming;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use tonic::{Status, body::Body, service::Routes};
use tower_service::Service as _;

use super::{access, status};
use crate::{
    fault::Fault,
    gate::Gate,
    limits, metrics,
    serving::{Keeping, Memory, Metered, discard},
    store::Scope,
};

/// Header with the time that a caller gives a call.
const GRPC_TIMEOUT: &str = "grpc-timeout";

/// When an answer is no longer wanted, as the services see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(pub(super) Instant);

/// The services with what stands before them.
pub(super) struct Front {
    pub(super) routes: Routes,
    pub(super) gate: Arc<Gate>,
    pub(super) memory: Arc<Memory>,
    pub(super) streams: Arc<Semaphore>,
    /// Time for a call whose caller gave none, and the most that one may ask for.
    pub(super) max_deadline: Duration,
}

impl Front {
    /// Answers a call. Dropping the future ends the call.
    pub(super) async fn answer(&self, mut request: Request<Incoming>) -> Response<Body> {
        let path = request.uri().path().to_owned();
        let Some((service, method)) = path.strip_prefix("/pagegate.v1.").and_then(|it| it.split_once('/')) else {
            // Health, reflection, and what does not exist.
            return status::complete(self.route(request).await).0;
        };
        // What has no scopes is not there: nothing is reached without them.
        let Some(scopes) = access::scopes(service, method) else {
            discard(request.into_body());
            return status::completed(Status::unimplemented("")).into_http();
        };
        let mut call = metrics::Call::begin("grpc", method);
        let answer = match self.admitted(scopes, &mut request).await {
            Ok(()) if matches!(method, "StreamCheckPages" | "WatchReviewItems" | "ExportDecisions") => {
                self.stream(request).await
            }
            Ok(()) => self.call(request).await,
            Err(fault) => {
                discard(request.into_body());
                Err(fault)
            }
        };
        let (answer, code) = match answer {
            Ok(answer) => status::complete(answer),
            // It is complete, and is not read back out of headers.
            Err(fault) => {
                let code = fault.code.name();
                (Status::from(fault).into_http(), code)
            }
        };
        call.answered(code);
        answer.map(|body| Body::new(Keeping::new(body, call)))
    }

    /// Lets in who shows a key for this; the services learn who it is.
    async fn admitted(&self, scopes: &[Scope], request: &mut Request<Incoming>) -> Result<(), Fault> {
        let authorization = request.headers().get(http::header::AUTHORIZATION);
        // What is no text is no key, either.
        let authorization = authorization.map(|it| it.to_str().unwrap_or_default());
        let caller = self.gate.authorize(authorization, scopes).await?;
        request.extensions_mut().insert(caller);
        Ok(())
    }

    async fn call(&self, mut request: Request<Incoming>) -> Result<Response<Body>, Fault> {
        let time = asked_time(request.headers_mut())?.unwrap_or(self.max_deadline).min(self.max_deadline);
        let deadline = Instant::now() + time;
        let room = if self.gate.is_busy() {
            metrics::shed();
            Err(Fault::overloaded("too many calls wait for a worker"))
        } else {
            self.memory.call()
        };
        let hold = match room {
            Ok(hold) => hold,
            Err(fault) => {
                discard(request.into_body());
                return Err(fault);
            }
        };
        request.extensions_mut().insert(Arc::clone(&hold));
        let request = request.map(|body| Metered::new(body, Arc::clone(&hold), |it| Status::from(it).into()));
        let answer = timeout_at(deadline, self.route(request)).await.map_err(|_| Fault::deadline())?;
        Ok(answer.map(|body| Body::new(Keeping::new(body, hold))))
    }

    async fn stream(&self, mut request: Request<Incoming>) -> Result<Response<Body>, Fault> {
        if let Some(time) = asked_time(request.headers_mut())? {
            request.extensions_mut().insert(Deadline(Instant::now() + time));
        }
        let Ok(open) = Arc::clone(&self.streams).try_acquire_owned() else {
            metrics::shed();
            return Err(Fault::overloaded(format!("{} streams are open, which is the limit", limits::OPEN_STREAMS)));
        };
        let answer = self.route(request).await;
        Ok(answer.map(|body| Body::new(Keeping::new(body, open))))
    }

    async fn route<B>(&self, request: Request<B>) -> Response<Body>
    where
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        // Routes are always ready.
        match self.routes.clone().call(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }
}

/// The time a caller gives a call, taken out of its headers: tonic would answer it with CANCELLED.
fn asked_time(headers: &mut HeaderMap) -> Result<Option<Duration>, Fault> {
    let Some(value) = headers.remove(GRPC_TIMEOUT) else { return Ok(None) };
    let value = value.to_str().unwrap_or_default();
    duration(value).map(Some).ok_or_else(|| {
        Fault::field(GRPC_TIMEOUT, &format!("is {value:?}, must be 1 to 8 digits and one of H, M, S, m, u, n"))
    })
}

/// A time as gRPC writes it over HTTP/2: up to 8 digits and a unit.
fn duration(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 3600)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_reads_what_grpc_writes_and_nothing_else() {
        for (text, read) in [
            ("1H", Some(Duration::from_hours(1))),
            ("30S", Some(Duration::from_secs(30))),
            ("250m", Some(Duration::from_millis(250))),
            ("99999999n", Some(Duration::from_nanos(99_999_999))),
            ("0u", Some(Duration::ZERO)),
            ("", None),
            ("S", None),
            ("123456789S", None),
            ("1s", None),
            ("-1S", None),
            ("1é", None),
        ] {
            assert_eq!(duration(text), read, "{text:?}");
        }
    }
}
