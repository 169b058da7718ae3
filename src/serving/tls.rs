//! TLS of the listeners: a certificate and its key from two PEM files, read again on demand.
//!
//! One certificate serves both front ends; they differ in the protocol they agree on (ALPN).

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::limits;

/// The protocol that is spoken inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpn {
    /// HTTP/2, for gRPC.
    Http2,
    /// HTTP/1.1.
    Http1,
}

/// What is wrong with the files of a certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is too long to be one.
    #[error("{} has {bytes} bytes, limit is {}", path.display(), limits::CONFIG_BYTES)]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: u64,
    },
    /// A file holds no certificate, or no key.
    #[error("{} holds no {what} in PEM: {reason}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        what: &'static str,
        /// What was found.
        reason: String,
    },
    /// The key is not that of the certificate, or of an unknown sort.
    #[error("certificate {} with key {}", certificate.display(), key.display())]
    Pair {
        /// File of the certificate.
        certificate: PathBuf,
        /// File of the key.
        key: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
}

/// The certificate in force.
#[derive(Debug)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    in_force: RwLock<InForce>,
}

#[derive(Clone, Debug)]
struct InForce {
    http1: Arc<ServerConfig>,
    http2: Arc<ServerConfig>,
}

impl Tls {
    /// Reads a certificate (with those that vouch for it, its own first) and its key.
    pub fn open(certificate: PathBuf, key: PathBuf) -> Result<Self, TlsError> {
        let in_force = RwLock::new(read(&certificate, &key)?);
        Ok(Self { certificate, key, in_force })
    }

    /// Reads both files again. With an error, what was in force stays. Connections keep what they began with.
    pub fn reload(&self) -> Result<(), TlsError> {
        let loaded = read(&self.certificate, &self.key)?;
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(())
    }

    /// Answers a handshake.
    pub(super) async fn accept(&self, stream: TcpStream, alpn: Alpn) -> io::Result<TlsStream<TcpStream>> {
        let in_force = self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone();
        let config = match alpn {
            Alpn::Http1 => in_force.http1,
            Alpn::Http2 => in_force.http2,
        };
        TlsAcceptor::from(config).accept(stream).await
    }
}

fn read(certificate: &Path, key: &Path) -> Result<InForce, TlsError> {
    let certificates: Result<Vec<CertificateDer<'static>>, _> =
        CertificateDer::pem_slice_iter(&bytes(certificate)?).collect();
    let pem = |path: &Path, what, reason: String| TlsError::Pem { path: path.to_owned(), what, reason };
    let certificates = certificates.map_err(|it| pem(certificate, "certificate", it.to_string()))?;
    if certificates.is_empty() {
        return Err(pem(certificate, "certificate", "no items found".into()));
    }
    let private = PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|it| pem(key, "private key", it.to_string()))?;
    let pair = |source| TlsError::Pair { certificate: certificate.to_owned(), key: key.to_owned(), source };
    // The provider is named, so that no other crate's choice of one can matter.
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(pair)?
        .with_no_client_auth()
        .with_single_cert(certificates, private)
        .map_err(pair)?;
    let with = |protocol: &[u8]| {
        let mut config = config.clone();
        config.alpn_protocols = vec![protocol.to_vec()];
        Arc::new(config)
    };
    Ok(InForce { http1: with(b"http/1.1"), http2: with(b"h2") })
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    let read = |source| TlsError::Read { path: path.to_owned(), source };
    let bytes = fs::metadata(path).map_err(read)?.len();
    if bytes > limits::CONFIG_BYTES {
        return Err(TlsError::TooLong { path: path.to_owned(), bytes });
    }
    fs::read(path).map_err(read)
}
