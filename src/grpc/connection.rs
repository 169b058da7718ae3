//! One connection: its preface within its time, an age after which it ends, and an end when the server stops.
//! tonic's own server bounds none of these (a silent peer stays for ever, and keeps the server from stopping).

use std::{convert::Infallible, io::Cursor, sync::Arc, time::Duration};

use hyper::{server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    time::{sleep, timeout},
};
use tokio_util::task::TaskTracker;
use tonic::body::Body;

use super::{Settings, front::Front};
use crate::{
    limits,
    serving::{self, Io, Keeping, Stop},
};

/// What an HTTP/2 client sends first.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Time for a peer to answer GOAWAY when none of its calls is under way.
const GOAWAY_PATIENCE: Duration = Duration::from_secs(1);

/// Serves one connection until it ends, is too old, or the server stops.
pub(super) async fn serve(stream: Io, front: Arc<Front>, settings: Settings, stop: Stop) {
    let greeted = tokio::select! {
        greeted = timeout(settings.handshake_timeout, greet(stream)) => greeted,
        // Nothing was asked yet, so nothing is lost.
        () = stop.drain.cancelled() => return,
    };
    let io = match greeted {
        Ok(Ok(io)) => io,
        Ok(Err(error)) => return tracing::debug!(%error, "greet a connection"),
        Err(_) => return tracing::debug!("a connection sent no HTTP/2 preface in time"),
    };
    let calls = TaskTracker::new();
    let counted = calls.clone();
    let service = service_fn(move |request| {
        let (front, call) = (Arc::clone(&front), counted.token());
        async move {
            let answer = front.answer(request).await;
            Ok::<_, Infallible>(answer.map(|body| Body::new(Keeping::new(body, call))))
        }
    });
    let connection = builder(&settings).serve_connection(TokioIo::new(io), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return log_end(ended),
        () = sleep(serving::age(settings.max_connection_age, settings.max_connection_age_jitter)) => {}
        () = stop.drain.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    calls.close();
    let idle = async {
        calls.wait().await;
        sleep(GOAWAY_PATIENCE).await;
    };
    tokio::select! {
        ended = connection.as_mut() => log_end(ended),
        // The peer hangs: it does not answer GOAWAY, and waits for nothing.
        () = idle => {}
        () = stop.abort.cancelled() => {}
    }
}

fn log_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}

fn builder(settings: &Settings) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .keep_alive_interval(settings.keepalive_interval)
        .keep_alive_timeout(settings.keepalive_timeout)
        .max_concurrent_streams(settings.max_concurrent_streams)
        .max_pending_accept_reset_streams(limits::PENDING_RESETS)
        .max_frame_size(limits::FRAME_BYTES)
        .max_header_list_size(limits::CALL_HEADER_BYTES)
        .adaptive_window(true);
    builder
}

/// Waits for the HTTP/2 preface and puts it back in front of what follows.
async fn greet(mut stream: Io) -> std::io::Result<impl AsyncRead + AsyncWrite + Unpin> {
    let mut preface = [0; PREFACE.len()];
    stream.read_exact(&mut preface).await?;
    if preface != *PREFACE {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "no HTTP/2 preface: gRPC needs HTTP/2"));
    }
    let (read, write) = tokio::io::split(stream);
    Ok(tokio::io::join(AsyncReadExt::chain(Cursor::new(preface), read), write))
}
