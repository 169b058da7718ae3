//! The signals to stop and to load rules anew.

/// Resolves when the process is asked to stop: SIGTERM or Ctrl-C.
pub async fn requested() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(error) => {
                tracing::error!(%error, "listen for SIGTERM; Ctrl-C still stops the server");
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}

/// The requests to load rules and policy anew: SIGHUP.
#[derive(Debug)]
pub struct Reloads {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Reloads {
    /// Begins to listen; `None` where there is no such signal. From then on SIGHUP does not end the process.
    #[must_use]
    pub fn listen() -> Option<Self> {
        #[cfg(unix)]
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) {
            Ok(signal) => return Some(Self { signal }),
            Err(error) => tracing::error!(%error, "listen for SIGHUP; rules are reloaded by ReloadRules only"),
        }
        None
    }

    /// Waits for a request; false: none will come.
    pub async fn next(&mut self) -> bool {
        #[cfg(unix)]
        return self.signal.recv().await.is_some();
        #[cfg(not(unix))]
        false
    }
}
