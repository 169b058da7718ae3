//! Connections: accepted within a bound, encrypted where that is configured, and given an age.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tokio_rustls::server::TlsStream;
use tokio_util::{either::Either, task::TaskTracker};

use super::{Alpn, Stop, Tls};
use crate::limits;

/// Pause after an accept that failed: of the usual reasons, too many open files passes by itself.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A connection, plain or encrypted.
pub type Io = Either<TcpStream, TlsStream<TcpStream>>;

/// Accepts connections until the drain begins. Each is a task of `connections`; its TLS handshake has `patience`.
pub async fn accept<F, S>(
    listener: TcpListener,
    tls: Option<(Arc<Tls>, Alpn)>,
    patience: Duration,
    stop: Stop,
    connections: TaskTracker,
    serve: F,
) where
    F: Fn(Io, SocketAddr) -> S + Clone + Send + 'static,
    S: Future<Output = ()> + Send,
{
    let room = Arc::new(Semaphore::new(limits::CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.drain.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (tls, drain, serve) = (tls.clone(), stop.drain.clone(), serve.clone());
                connections.spawn(async move {
                    let opened = tokio::select! {
                        opened = timeout(patience, open(stream, tls)) => opened,
                        // Nothing was asked yet, so nothing is lost.
                        () = drain.cancelled() => return,
                    };
                    match opened {
                        Ok(Ok(io)) => serve(io, peer).await,
                        Ok(Err(error)) => tracing::debug!(%error, "open a connection"),
                        Err(_) => tracing::debug!("a connection did not finish its TLS handshake in time"),
                    }
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

async fn open(stream: TcpStream, tls: Option<(Arc<Tls>, Alpn)>) -> std::io::Result<Io> {
    stream.set_nodelay(true)?;
    match tls {
        Some((tls, alpn)) => Ok(Either::Right(tls.accept(stream, alpn).await?)),
        None => Ok(Either::Left(stream)),
    }
}

/// Age at which one connection ends: with jitter, evenly spread, so that they do not end all at once.
#[must_use]
pub fn age(age: Duration, jitter: Duration) -> Duration {
    use std::hash::{BuildHasher, Hasher, RandomState};
    // The hasher's seed is the standard library's only randomness, and good enough to spread load.
    let random = RandomState::new().build_hasher().finish();
    let share = f64::from(u32::try_from(random >> 32).unwrap_or(0)) / f64::from(u32::MAX);
    age + jitter.mul_f64(share)
}
