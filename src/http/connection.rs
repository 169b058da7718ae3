//! One connection: HTTP/1.1 with a bound on the time for headers, for a peer that does not read, and on its age.

use std::{convert::Infallible, net::SocketAddr};

use axum::Router;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::time::sleep;
use tokio_io_timeout::TimeoutStream;
use tower_service::Service as _;

use super::Settings;
use crate::{
    limits,
    serving::{self, Io, Stop},
};

/// From where a call came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// Serves one connection until it ends, is too old, or the server stops.
pub(super) async fn serve(io: Io, peer: SocketAddr, router: Router, settings: Settings, stop: Stop) {
    let mut io = TimeoutStream::new(io);
    io.set_write_timeout(Some(settings.write_timeout));
    let io = std::pin::pin!(io);
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        let mut router = router.clone();
        async move {
            request.extensions_mut().insert(Peer(peer));
            // A router is always ready.
            Ok::<_, Infallible>(match router.call(request).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            })
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.header_timeout)
        .max_buf_size(limits::HTTP_BUFFER_BYTES)
        .max_headers(limits::HTTP_HEADERS)
        .serve_connection(TokioIo::new(io), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return log_end(ended),
        () = sleep(serving::age(settings.max_connection_age, settings.max_connection_age_jitter)) => {}
        () = stop.drain.cancelled() => {}
    }
    // Ends at once where no call is under way.
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        ended = connection.as_mut() => log_end(ended),
        () = stop.abort.cancelled() => {}
    }
}

fn log_end(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended");
    }
}
