//! What every front end needs to serve: connections within their bounds (`connection.rs`), the memory of calls in
//! flight (`memory.rs`), TLS (`tls.rs`), and the order in which a server stops.
//!
//! What is said on a connection is the front end's own.

mod connection;
mod memory;
mod tls;

use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub use connection::{Io, accept, age};
pub use memory::{BoxError, Hold, Keeping, Memory, Metered, discard};
pub use tls::{Alpn, Tls, TlsError};

/// The signals to stop.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// Take nothing new, finish what is under way.
    pub drain: CancellationToken,
    /// End at once.
    pub abort: CancellationToken,
}

impl Stop {
    /// After the lead tells all connections to end, and cuts those that are still open at the limit.
    pub async fn run(&self, connections: &TaskTracker, lead: Duration, limit: Duration) {
        sleep(lead).await;
        self.drain.cancel();
        connections.close();
        if timeout(limit, connections.wait()).await.is_err() {
            let (seconds, open) = (limit.as_secs_f64(), connections.len());
            tracing::warn!(seconds, open, "connections were still open when the time to drain was up");
            self.abort.cancel();
        }
    }
}
