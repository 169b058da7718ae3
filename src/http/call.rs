//! A call of the API over HTTP: who calls, how long it may take, room for it, its message, its answer.

use std::{future::Future, io::Read as _, sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use http_body::Body as _;
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Instant, timeout_at};

use super::{
    Front,
    answer::{Refusal, json_answer},
};
use crate::{
    fault::{Code, Fault},
    gate::{Caller, Gate, Lane},
    limits, metrics,
    rule::nearest,
    serving::{Hold, Metered, discard},
    store::Scope,
};

/// Header with the time that a caller gives a call, in seconds, as Google's APIs read it.
const SERVER_TIMEOUT: &str = "x-server-timeout";
/// Bytes that are inflated between two looks at the memory.
const INFLATE_STEP: u64 = 64 << 10;

/// What one method does: its message in, its answer out.
pub(super) struct Method {
    /// Name as in the API.
    pub(super) name: &'static str,
    /// What a key must be for; one of these.
    pub(super) scopes: &'static [Scope],
}

impl Front {
    /// Answers a call by some work.
    pub(super) async fn call<M, A, W>(
        &self,
        method: &Method,
        request: Request,
        work: impl FnOnce(Arc<Gate>, Caller, M) -> W,
    ) -> Response
    where
        M: DeserializeOwned + Send + 'static,
        A: Serialize + prost::Message + 'static,
        W: Future<Output = Result<A, Fault>>,
    {
        let mut call = metrics::Call::begin("http", method.name);
        let answer = match asked_time(request.headers()) {
            Ok(time) => {
                let deadline = Instant::now() + time.unwrap_or(self.max_deadline).min(self.max_deadline);
                let answered = timeout_at(deadline, self.answer(method, request, work)).await;
                answered.unwrap_or_else(|_| Err(Fault::deadline().into()))
            }
            Err(fault) => Err(refused(request, fault)),
        };
        match answer {
            Ok(json) => {
                call.answered("OK");
                json_answer(json)
            }
            Err(refusal) => {
                call.answered(refusal.code());
                refusal.into_response()
            }
        }
    }

    async fn answer<M, A, W>(
        &self,
        method: &Method,
        request: Request,
        work: impl FnOnce(Arc<Gate>, Caller, M) -> W,
    ) -> Result<Vec<u8>, Refusal>
    where
        M: DeserializeOwned + Send + 'static,
        A: Serialize + prost::Message + 'static,
        W: Future<Output = Result<A, Fault>>,
    {
        let ready = self.ready(method, request.headers()).await;
        let (caller, coding, hold) = match ready {
            Ok(ready) => ready,
            Err(refusal) => return Err(refused(request, refusal)),
        };
        let body = Metered::new(request.into_body(), Arc::clone(&hold), Into::into);
        let bytes = read(body).await?;
        let message = self
            .heavy(bytes.len(), {
                let hold = Arc::clone(&hold);
                move || parsed(bytes, coding, &hold)
            })
            .await??;
        let answer = work(Arc::clone(&self.gate), caller, message).await?;
        let size = answer.encoded_len();
        let json = self.heavy(size, move || serde_json::to_vec(&answer)).await?;
        let json = json.map_err(|it| Fault::internal(&it))?;
        if json.len() > limits::ANSWER_BYTES {
            return Err(Fault::answer_too_large(json.len(), limits::ANSWER_BYTES).into());
        }
        Ok(json)
    }

    /// All that is looked at before a byte of the message is read.
    async fn ready(&self, method: &Method, headers: &HeaderMap) -> Result<(Caller, Coding, Arc<Hold>), Refusal> {
        check_content_type(headers)?;
        let coding = coding(headers)?;
        check_length(headers)?;
        let caller = self.gate.authorize(bearer(headers), method.scopes).await?;
        if self.gate.is_busy() {
            metrics::shed();
            return Err(Fault::overloaded("too many calls wait for a worker").into());
        }
        Ok((caller, coding, self.memory.call()?))
    }

    /// Runs work at once where it is little, else on the threads that check.
    async fn heavy<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        if bytes <= limits::LIGHT_BYTES {
            return Ok(work());
        }
        Ok(self.gate.run(Lane::Bulk, move |_| work()).await?)
    }
}

/// The bearer of a key, as the caller sent it.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    Some(value)
}

/// Refuses a request whose message is not read.
fn refused(request: Request, refusal: impl Into<Refusal>) -> Refusal {
    // Who asks first whether to send has sent nothing.
    if !request.headers().contains_key(header::EXPECT) {
        discard(request.into_body());
    }
    refusal.into()
}

/// The time a caller gives a call.
fn asked_time(headers: &HeaderMap) -> Result<Option<Duration>, Fault> {
    let Some(value) = headers.get(SERVER_TIMEOUT) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let time = text.parse().ok().and_then(|it| Duration::try_from_secs_f64(it).ok());
    let message = || format!("is {text:?}, must be a number of seconds, as \"2.5\"");
    time.map(Some).ok_or_else(|| Fault::field(SERVER_TIMEOUT, &message()))
}

fn check_content_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let value = headers.get(header::CONTENT_TYPE).map(|it| it.to_str().unwrap_or_default());
    let mut parts = value.unwrap_or_default().split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|it| it.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.all(|it| {
        let charset = it.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("charset"));
        charset.is_none_or(|(_, value)| value.trim_matches('"').eq_ignore_ascii_case("utf-8"))
    });
    if is_json && is_utf8 {
        return Ok(());
    }
    let message = match value {
        Some(value) => format!("content-type is {:?}, must be application/json in UTF-8", cut(value)),
        None => "content-type is missing, must be application/json".into(),
    };
    let fault = Fault::new(Code::InvalidArgument, "UNSUPPORTED_MEDIA_TYPE", message);
    Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, fault))
}

/// How a message is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
}

fn coding(headers: &HeaderMap) -> Result<Coding, Refusal> {
    let value = headers.get(header::CONTENT_ENCODING).map_or("identity", |it| it.to_str().unwrap_or_default());
    match value.trim() {
        it if it.eq_ignore_ascii_case("identity") => Ok(Coding::Identity),
        it if it.eq_ignore_ascii_case("gzip") => Ok(Coding::Gzip),
        other => {
            let message = format!("content-encoding is {:?}, must be gzip or none", cut(other));
            let fault = Fault::new(Code::InvalidArgument, "UNSUPPORTED_ENCODING", message);
            Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, fault))
        }
    }
}

fn check_length(headers: &HeaderMap) -> Result<(), Refusal> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(bytes) if bytes > limits::MESSAGE_BYTES as u64 => Err(too_long(&format!("has {bytes} bytes"))),
        _ => Ok(()),
    }
}

fn too_long(is: &str) -> Refusal {
    let message = format!("the message {is}, limit is {}", limits::MESSAGE_BYTES);
    let fault = Fault::new(Code::ResourceExhausted, "MESSAGE_TOO_LARGE", message)
        .with("limit", limits::MESSAGE_BYTES.to_string());
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, fault)
}

/// The whole message, within its bound.
async fn read(mut body: Metered<Body>) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| std::pin::Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|it| match it.downcast::<Fault>() {
            Ok(fault) => Refusal::from(*fault),
            Err(error) => {
                let message = format!("the message ended before its end: {error}");
                Fault::new(Code::InvalidArgument, "MALFORMED_MESSAGE", message).into()
            }
        })?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limits::MESSAGE_BYTES {
            discard(body);
            return Err(too_long("is longer than it may be"));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// The message in these bytes. Work for a processor, if they are many.
fn parsed<M: DeserializeOwned>(bytes: Vec<u8>, coding: Coding, hold: &Hold) -> Result<M, Refusal> {
    let bytes = match coding {
        Coding::Identity => bytes,
        Coding::Gzip => inflated(&bytes, hold)?,
    };
    let mut json = serde_json::Deserializer::from_slice(&bytes);
    let read: Result<M, _> = serde_path_to_error::deserialize(&mut json);
    match read {
        Ok(message) => json.end().map(|()| message).map_err(|it| malformed(&it, "").into()),
        Err(error) => Err(malformed(error.inner(), &error.path().to_string()).into()),
    }
}

/// Inflates within the bound of a message; memory is counted on the way.
fn inflated(bytes: &[u8], hold: &Hold) -> Result<Vec<u8>, Refusal> {
    let mut gzip = flate2::read::MultiGzDecoder::new(bytes);
    let mut inflated = Vec::new();
    loop {
        let read = gzip.by_ref().take(INFLATE_STEP).read_to_end(&mut inflated).map_err(|it| {
            Fault::new(Code::InvalidArgument, "MALFORMED_MESSAGE", format!("the message is no whole gzip: {it}"))
        })?;
        if read == 0 {
            return Ok(inflated);
        }
        if inflated.len() > limits::MESSAGE_BYTES {
            return Err(too_long("is longer than it may be when inflated"));
        }
        hold.cover(inflated.len())?;
    }
}

/// What is wrong with the JSON of a message, and where.
fn malformed(error: &serde_json::Error, path: &str) -> Fault {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let what = cut(text.strip_suffix(&place).unwrap_or(&text));
    let what = match suggestion(&text) {
        Some(near) => format!("{what}; did you mean {near:?}?"),
        None => what,
    };
    let message = format!("line {} column {}: {what}", error.line(), error.column());
    let mut fault = Fault::new(Code::InvalidArgument, "MALFORMED_MESSAGE", message)
        .with("line", error.line().to_string())
        .with("column", error.column().to_string());
    if error.is_data() && !path.is_empty() && path != "." {
        fault.violations.push((path.to_owned(), what));
    }
    fault
}

/// The name that an unknown field was meant to be: serde lists those there are.
fn suggestion(text: &str) -> Option<&str> {
    let mut names = text.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let unknown = names.next()?;
    nearest(unknown, &names.collect::<Vec<_>>())
}

/// The first characters: a message for people never brings back a page.
fn cut(text: &str) -> String {
    text.chars().take(limits::QUOTED_CHARACTERS).collect()
}
