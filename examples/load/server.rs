//! The server under test as a child process: started, measured, and ended whatever happens.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tokio::sync::oneshot;

use crate::cores::Cores;

/// Time for the server to read its rules and listen, on a busy machine.
const START: Duration = Duration::from_mins(1);
/// Time after SIGTERM at which the test stops waiting; twice the goal, so that a miss is measured.
const STOP: Duration = Duration::from_secs(20);
/// How often a stopping server is looked at, the precision of its time to exit.
const LOOK: Duration = Duration::from_millis(10);
/// The line that tells the address is logged at info; all others would be the load's own noise.
const LOG: &str = "warn,pagegate::cli::serve=info";

/// An address that is on loopback; nothing else is ever called.
#[derive(Clone, Copy)]
pub(crate) struct Loopback(SocketAddr);

impl Loopback {
    /// Any free port of loopback.
    pub(crate) const ANY: Self = Self(SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0));

    pub(crate) fn try_new(address: SocketAddr) -> anyhow::Result<Self> {
        if !address.ip().is_loopback() {
            bail!("{address} is not on loopback: the load test calls 127.0.0.0/8 and ::1 only");
        }
        Ok(Self(address))
    }

    pub(crate) fn get(self) -> SocketAddr {
        self.0
    }
}

/// How to start servers.
pub(crate) struct Launch {
    program: PathBuf,
    max_bytes_in_flight: Option<String>,
    /// None: on any core.
    cores: Option<Cores>,
}

impl Launch {
    pub(crate) fn new(program: PathBuf, max_bytes_in_flight: Option<String>, cores: Option<Cores>) -> Self {
        Self { program, max_bytes_in_flight, cores }
    }

    /// Starts a server and waits until it listens.
    pub(crate) async fn start(&self, listen: Loopback) -> anyhow::Result<Server> {
        let any = || Command::new(&self.program);
        let mut command = self.cores.as_ref().map_or_else(any, |it| it.server(&self.program));
        command.args([
            "serve",
            "--listen",
            &listen.get().to_string(),
            "--http-listen",
            "",
            "--log-format",
            "json",
            "--log",
            LOG,
            // Checks are measured; a queue would fill and refuse.
            "--store",
            "none",
        ]);
        if let Some(size) = &self.max_bytes_in_flight {
            command.env("PAGEGATE__SERVE__MAX_BYTES_IN_FLIGHT", size);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("start {}", self.program.display()))?;
        let log = child.stderr.take();
        // From here on the child is ended on every way out.
        let mut server = Server { child, address: listen };
        let listening = follow(log.context("the server's log is piped")?);
        let listening = tokio::time::timeout(START, listening);
        let address = listening.await.with_context(|| format!("the server did not listen within {START:?}"))?;
        server.address = Loopback::try_new(address.context("the server ended before it listened")??)?;
        Ok(server)
    }
}

/// Reads the log to its end, so that the server never blocks on it, and tells the address once.
fn follow(log: impl Read + Send + 'static) -> oneshot::Receiver<anyhow::Result<SocketAddr>> {
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    thread::spawn(move || {
        let mut last = String::new();
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            if tell.is_some()
                && let Some(address) = listening(&line)
                && let Some(tell) = tell.take()
            {
                // Nobody waits any more when the start has timed out.
                let _ = tell.send(Ok(address));
            }
            last = line;
        }
        if let Some(tell) = tell {
            let _ = tell.send(Err(anyhow::anyhow!("the server ended before it listened; its last line: {last:?}")));
        }
    });
    told
}

/// The address in a line of the log that tells one.
fn listening(line: &str) -> Option<SocketAddr> {
    let entry: serde_json::Value = serde_json::from_str(line).ok()?;
    let fields = entry.get("fields").unwrap_or(&entry);
    if fields.get("message")?.as_str()? != "listening" || fields.get("protocol")?.as_str()? != "grpc" {
        return None;
    }
    fields.get("address")?.as_str()?.parse().ok()
}

/// A running server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    address: Loopback,
}

impl Server {
    pub(crate) fn address(&self) -> Loopback {
        self.address
    }

    /// Resident memory now and at its highest, in bytes; known on Linux only.
    pub(crate) fn memory(&self) -> Option<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        Some(Memory { resident: kib(&status, "VmRSS:")? << 10, highest: kib(&status, "VmHWM:")? << 10 })
    }

    /// Whether the server has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) async fn stop(mut self) -> anyhow::Result<Exit> {
        let asked = Instant::now();
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().context("run kill")?;
        if !sent.success() {
            bail!("kill -TERM {}: {sent}", self.child.id());
        }
        while asked.elapsed() < STOP {
            if let Some(status) = self.child.try_wait().context("wait for the server")? {
                return Ok(Exit { after: asked.elapsed(), status: Some(status) });
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(Exit { after: asked.elapsed(), status: None })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only for a child that has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn kib(status: &str, name: &str) -> Option<u64> {
    status.lines().find_map(|it| it.strip_prefix(name))?.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Resident memory in bytes.
pub(crate) struct Memory {
    pub(crate) resident: u64,
    pub(crate) highest: u64,
}

/// How a server ended after SIGTERM.
pub(crate) struct Exit {
    pub(crate) after: Duration,
    /// None: it had to be killed.
    pub(crate) status: Option<ExitStatus>,
}
