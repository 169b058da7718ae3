//! The gRPC front end.

mod check;
mod status;

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tonic_health::ServingStatus;

use crate::{
    gate::Gate,
    limits,
    proto::{self, check_service_server::CheckServiceServer},
};

/// Name of the service in health and reflection.
const CHECK_SERVICE: &str = "pagegate.v1.CheckService";
/// Time for calls in flight after the signal to stop; a peer that keeps silent does not hold it up.
const DRAIN: Duration = Duration::from_secs(10);

/// What can go wrong with the server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Reflection could not be built from the descriptors.
    #[error("build gRPC reflection")]
    Reflection(#[source] tonic_reflection::server::Error),
    /// The server stopped with an error.
    #[error("serve gRPC on {address}")]
    Serve {
        /// The listener.
        address: SocketAddr,
        /// Why.
        #[source]
        source: tonic::transport::Error,
    },
    /// The listener has no address.
    #[error("read the listener's address")]
    Address(#[source] std::io::Error),
}

/// Serves until `shutdown` resolves, then until the calls in flight have ended or the time for that is up.
pub async fn serve(
    listener: TcpListener,
    gate: Arc<Gate>,
    reflection: bool,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr().map_err(ServeError::Address)?;
    let (health, health_service) = tonic_health::server::health_reporter();
    for name in ["", CHECK_SERVICE] {
        health.set_service_status(name, ServingStatus::Serving).await;
    }
    let (v1, v1alpha) = reflection_services(reflection)?;
    let check = CheckServiceServer::new(check::Check::new(gate))
        .max_decoding_message_size(limits::MESSAGE_BYTES)
        .max_encoding_message_size(limits::MESSAGE_BYTES * 2);
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let signal = async move {
        shutdown.await;
        for name in ["", CHECK_SERVICE] {
            health.set_service_status(name, ServingStatus::NotServing).await;
        }
        tracing::info!("draining");
        // The receiver lives as long as this server.
        let _ = stopping.send(());
    };
    let server = Server::builder()
        .add_service(health_service)
        .add_service(check)
        .add_optional_service(v1)
        .add_optional_service(v1alpha)
        .serve_with_incoming_shutdown(TcpListenerStream::new(listener), signal);
    let deadline = async {
        if stopped.await.is_ok() {
            tokio::time::sleep(DRAIN).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ended = server => ended.map_err(|source| ServeError::Serve { address, source }),
        () = deadline => {
            tracing::warn!(seconds = DRAIN.as_secs(), "calls were still in flight when the time to drain was up");
            Ok(())
        }
    }
}

type Reflection<V> = Option<V>;

fn reflection_services(
    on: bool,
) -> Result<
    (
        Reflection<
            tonic_reflection::server::v1::ServerReflectionServer<impl tonic_reflection::server::v1::ServerReflection>,
        >,
        Reflection<
            tonic_reflection::server::v1alpha::ServerReflectionServer<
                impl tonic_reflection::server::v1alpha::ServerReflection,
            >,
        >,
    ),
    ServeError,
> {
    let builder = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let v1 = builder().build_v1().map_err(ServeError::Reflection)?;
    let v1alpha = builder().build_v1alpha().map_err(ServeError::Reflection)?;
    Ok((on.then_some(v1), on.then_some(v1alpha)))
}
