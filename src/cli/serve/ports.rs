//! The addresses that are listened on.
//!
//! They are taken before anything is opened, so that a server that cannot have one leaves nothing behind, and
//! listened on when everything else is ready: until then a caller is refused and not kept waiting.

use std::{io, net::SocketAddr};

use anyhow::anyhow;
use tokio::net::{TcpListener, TcpSocket};

use crate::{config::Loaded, limits};

/// One of the two that serve, as a person names it.
#[derive(Clone, Copy)]
struct Front {
    protocol: &'static str,
    flag: &'static str,
    key: &'static str,
    variable: &'static str,
    /// How to do without it, if that is possible.
    without: &'static str,
}

const GRPC: Front =
    Front { protocol: "gRPC", flag: "--listen", key: "serve.listen", variable: "PAGEGATE__SERVE__LISTEN", without: "" };

const HTTP: Front = Front {
    protocol: "HTTP",
    flag: "--http-listen",
    key: "serve.http_listen",
    variable: "PAGEGATE__SERVE__HTTP_LISTEN",
    without: "\n  or do without HTTP and the review pages: --http-listen \"\"",
};

/// Both addresses, taken and not yet listened on.
pub(super) struct Ports {
    grpc: Port,
    http: Option<Port>,
}

/// An address that is taken.
struct Port {
    socket: TcpSocket,
    /// As it was asked for, and by whom.
    asked: Asked,
}

struct Asked {
    front: Front,
    address: SocketAddr,
    origin: String,
}

/// Both listeners.
pub(super) struct Listeners {
    pub(super) grpc: TcpListener,
    pub(super) http: Option<TcpListener>,
}

impl Ports {
    /// Takes the addresses that the configuration names, both or none.
    pub(super) fn take(loaded: &Loaded) -> anyhow::Result<Self> {
        let serve = &loaded.config.serve;
        let asked = |front: Front, address| Asked { front, address, origin: loaded.origin(front.key).to_string() };
        let (grpc, http) = (asked(GRPC, serve.listen), serve.http_listen.map(|it| asked(HTTP, it)));
        if let Some(http) = http.as_ref().filter(|it| is_same_port(it.address, grpc.address)) {
            return Err(anyhow!("{grpc} and {http} cannot share a port\n{}", http.another(http.next_port())));
        }
        match (Port::take(grpc), http.map(Port::take).transpose()) {
            (Ok(grpc), Ok(http)) => Ok(Self { grpc, http }),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
            (Err(grpc), Err(http)) => Err(anyhow!("{grpc}\n{http}")),
        }
    }

    /// Begins to listen on both.
    pub(super) fn listen(self) -> anyhow::Result<Listeners> {
        Ok(Listeners { grpc: self.grpc.listen()?, http: self.http.map(Port::listen).transpose()? })
    }
}

impl Port {
    fn take(asked: Asked) -> anyhow::Result<Self> {
        match bind(asked.address) {
            Ok(socket) => Ok(Self { socket, asked }),
            Err(error) => Err(asked.refused(&error)),
        }
    }

    fn listen(self) -> anyhow::Result<TcpListener> {
        self.socket.listen(limits::LISTEN_BACKLOG).map_err(|error| self.asked.refused(&error))
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that starts again need not wait for the connections of the one before to be forgotten. On Windows
    // the same option would let two programs listen on one port.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Whether what listens on one address is in the way of the other. Port 0 is another one each time.
fn is_same_port(one: SocketAddr, other: SocketAddr) -> bool {
    let is_same_ip = one.ip() == other.ip() || one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && is_same_ip
}

impl Asked {
    /// Why the address cannot be had, and what to do.
    fn refused(&self, error: &io::Error) -> anyhow::Error {
        let (reason, rather) = match error.kind() {
            io::ErrorKind::AddrInUse => {
                let reason = "another program listens on that port, perhaps a pagegate that runs already";
                (reason.to_owned(), self.next_port())
            }
            io::ErrorKind::AddrNotAvailable => {
                let reason = "this machine has no such address; 0.0.0.0 is all that it has";
                (reason.to_owned(), SocketAddr::from(([127, 0, 0, 1], self.address.port())))
            }
            io::ErrorKind::PermissionDenied => {
                ("this user may not listen on that port, as on most below 1024".to_owned(), self.high_port())
            }
            _ => (error.to_string(), self.next_port()),
        };
        anyhow!("{self}: {reason}\n{}", self.another(rather))
    }

    /// How another address is given.
    fn another(&self, rather: SocketAddr) -> String {
        let Front { flag, variable, key, without, .. } = self.front;
        format!("  name another: {flag} {rather}, {variable}={rather}, or {key} in the configuration{without}")
    }

    /// The same with the next port; 0, which takes a free one, behind the last.
    fn next_port(&self) -> SocketAddr {
        SocketAddr::new(self.address.ip(), self.address.port().checked_add(1).unwrap_or(0))
    }

    /// The same with a port that everyone may listen on.
    fn high_port(&self) -> SocketAddr {
        SocketAddr::new(self.address.ip(), 8000 + self.address.port() % 1024)
    }
}

/// "HTTP on 127.0.0.1:8080 (default)"
impl std::fmt::Display for Asked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {} ({})", self.front.protocol, self.address, self.origin)
    }
}
