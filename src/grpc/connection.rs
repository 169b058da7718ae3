//! Connections: accepted within a bound, a handshake within its time, an age after which they end, and
//! an end when the server stops. tonic's own server bounds none of these (a silent peer stays for ever,
//! and keeps the server from stopping).

use std::{convert::Infallible, io::Cursor, sync::Arc, time::Duration};

use hyper::{server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::body::Body;

use super::{Settings, front::Front, memory::Keeping};
use crate::limits;

/// What an HTTP/2 client sends first.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Time for a peer to answer GOAWAY when none of its calls is under way.
const GOAWAY_PATIENCE: Duration = Duration::from_secs(1);
/// Pause after an accept that failed: of the usual reasons, too many open files passes by itself.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The signals to stop.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop {
    /// Take nothing new, finish what is under way.
    pub(super) drain: CancellationToken,
    /// End at once.
    pub(super) abort: CancellationToken,
}

/// Accepts connections until the drain begins. Each is a task of `connections`.
pub(super) async fn accept(
    listener: TcpListener,
    front: Arc<Front>,
    settings: Settings,
    stop: Stop,
    connections: TaskTracker,
) {
    let room = Arc::new(Semaphore::new(limits::CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.drain.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                let connection = serve(stream, Arc::clone(&front), settings.clone(), stop.clone());
                connections.spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "accept a connection");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection until it ends, is too old, or the server stops.
async fn serve(stream: TcpStream, front: Arc<Front>, settings: Settings, stop: Stop) {
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
        () = sleep(settings.age()) => {}
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
async fn greet(mut stream: TcpStream) -> std::io::Result<impl AsyncRead + AsyncWrite + Unpin> {
    stream.set_nodelay(true)?;
    let mut preface = [0; PREFACE.len()];
    stream.read_exact(&mut preface).await?;
    if preface != *PREFACE {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, "no HTTP/2 preface: gRPC needs HTTP/2"));
    }
    let (read, write) = stream.into_split();
    Ok(tokio::io::join(AsyncReadExt::chain(Cursor::new(preface), read), write))
}
