//! The gRPC front end.
//!
//! A call passes `connection` (bounds of HTTP/2), `front` (who calls, by `access`; deadline, memory, status) and its
//! service (`check`, `stream`, `rules`); what goes wrong is a `fault::Fault`. The work is done by the gate's
//! threads, never on those that serve connections.

mod access;
mod check;
mod connection;
mod front;
mod insight;
mod review;
mod rules;
mod status;
mod stream;

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::task::TaskTracker;
use tonic::{codec::CompressionEncoding, service::Routes};
use tonic_health::ServingStatus;

use crate::{
    gate::Gate,
    limits,
    proto::{
        self, check_service_server::CheckServiceServer, review_service_server::ReviewServiceServer,
        rule_service_server::RuleServiceServer, source_service_server::SourceServiceServer,
        stats_service_server::StatsServiceServer,
    },
    serving::{self, Alpn, Memory, Stop, Tls},
};

use front::Front;

/// Names of the services in health and reflection; the empty one is the server as a whole.
const SERVICES: &[&str] = &[
    "",
    "pagegate.v1.CheckService",
    "pagegate.v1.RuleService",
    "pagegate.v1.ReviewService",
    "pagegate.v1.SourceService",
    "pagegate.v1.StatsService",
];

/// How the server behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether gRPC reflection answers, for tools that list services.
    pub reflection: bool,
    /// Memory that calls and streams in flight may take together, over all front ends.
    pub memory: Arc<Memory>,
    /// Certificate of the listener; none: it speaks without TLS.
    pub tls: Option<Arc<Tls>>,
    /// Time for a call whose caller gave none, and the most that one may ask for.
    pub max_deadline: Duration,
    /// Time in which a connection must send its HTTP/2 preface.
    pub handshake_timeout: Duration,
    /// Pause after which a silent connection is pinged.
    pub keepalive_interval: Duration,
    /// Time in which a ping must be answered.
    pub keepalive_timeout: Duration,
    /// Age at which a connection is asked to end, so that clients spread over servers anew.
    pub max_connection_age: Duration,
    /// Most that is added to the age, evenly spread, so that connections do not end all at once.
    pub max_connection_age_jitter: Duration,
    /// Calls under way on one connection.
    pub max_concurrent_streams: u32,
    /// Pages in flight of one stream.
    pub stream_window: usize,
    /// Time between "not serving" in health and the end of new calls, for balancers to notice.
    pub drain_lead: Duration,
    /// Time for calls in flight after that; then they are cut.
    pub drain_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            reflection: true,
            memory: Arc::new(Memory::new(limits::DEFAULT_BYTES_IN_FLIGHT)),
            tls: None,
            max_deadline: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(10),
            keepalive_interval: Duration::from_secs(30),
            keepalive_timeout: Duration::from_secs(20),
            max_connection_age: Duration::from_mins(10),
            max_connection_age_jitter: Duration::from_mins(1),
            max_concurrent_streams: 128,
            stream_window: 8,
            drain_lead: Duration::ZERO,
            drain_limit: Duration::from_secs(10),
        }
    }
}

/// What can go wrong with the server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Reflection could not be built from the descriptors.
    #[error("build gRPC reflection")]
    Reflection(#[source] tonic_reflection::server::Error),
}

/// Serves until `shutdown` resolves, then drains: health says "not serving", after the lead nothing new is
/// taken, and calls in flight end by themselves or are cut when the time for that is up.
pub async fn serve(
    listener: TcpListener,
    gate: Arc<Gate>,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let (health, health_service) = tonic_health::server::health_reporter();
    for name in SERVICES {
        health.set_service_status(name, ServingStatus::Serving).await;
    }
    let stop = Stop::default();
    let memory = Arc::clone(&settings.memory);
    let check = check::Check {
        gate: Arc::clone(&gate),
        memory: Arc::clone(&memory),
        window: settings.stream_window,
        drain: stop.drain.clone(),
    };
    let check = CheckServiceServer::new(check)
        .max_decoding_message_size(limits::MESSAGE_BYTES)
        .max_encoding_message_size(limits::ANSWER_BYTES)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .send_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Zstd);
    let rules = RuleServiceServer::new(rules::Rules::new(Arc::clone(&gate)));
    let review = review::Review { gate: Arc::clone(&gate), drain: stop.drain.clone() };
    let review = ReviewServiceServer::new(review)
        .max_decoding_message_size(limits::MESSAGE_BYTES)
        .max_encoding_message_size(limits::ANSWER_BYTES);
    let insight = insight::Insight { gate: Arc::clone(&gate) };
    let mut routes = Routes::new(health_service)
        .add_service(check)
        .add_service(rules)
        .add_service(review)
        .add_service(SourceServiceServer::new(insight.clone()))
        .add_service(StatsServiceServer::new(insight));
    if settings.reflection {
        let builder = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        routes = routes
            .add_service(builder().build_v1().map_err(ServeError::Reflection)?)
            .add_service(builder().build_v1alpha().map_err(ServeError::Reflection)?);
    }
    let front = Front {
        routes: routes.prepare(),
        gate,
        memory,
        streams: Arc::new(Semaphore::new(limits::OPEN_STREAMS)),
        max_deadline: settings.max_deadline,
    };
    let connections = TaskTracker::new();
    let (front, stopping) = (Arc::new(front), stop.clone());
    let tls = settings.tls.clone().map(|it| (it, Alpn::Http2));
    let patience = settings.handshake_timeout;
    let (lead, limit) = (settings.drain_lead, settings.drain_limit);
    let serve = move |io, _| connection::serve(io, Arc::clone(&front), settings.clone(), stopping.clone());
    let accepting =
        connections.spawn(serving::accept(listener, tls, patience, stop.clone(), connections.clone(), serve));
    shutdown.await;
    for name in SERVICES {
        health.set_service_status(name, ServingStatus::NotServing).await;
    }
    tracing::info!(protocol = "grpc", "draining");
    stop.run(&connections, lead, limit).await;
    accepting.abort();
    Ok(())
}
