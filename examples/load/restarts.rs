//! Two servers, restarted in turn, and a client that must not notice.

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use hdrhistogram::Histogram;
use pagegate::proto::CheckPageRequest;
use tokio::{net::TcpStream, sync::Semaphore, time::Instant};
use tonic::{Code, Status};

use crate::{
    client::{self, Clients},
    pages::{Pages, scatter},
    report::{Report, histogram, record},
    server::{Exit, Launch, Loopback, Server},
};

/// Tries of one call, the first included.
const TRIES: u32 = 10;
/// Time of one call with all its tries.
const DEADLINE: Duration = Duration::from_secs(10);
/// Wait after the first failed try; it doubles up to `LONGEST_WAIT`, and half of it is jitter.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Calls open at once; beyond it the schedule slips, which is counted.
const OUTSTANDING: u32 = 1000;
/// How long a server may take to exit.
const EXIT: Duration = Duration::from_secs(10);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Number of restarts
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    restarts: u16,
    /// Calls per second
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=5000))]
    rate: u16,
    /// Time under load between two restarts
    #[arg(long, default_value_t = 500, value_name = "MS", value_parser = clap::value_parser!(u64).range(0..=60_000))]
    pause: u64,
    /// Number of connections to each server
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
}

/// What the client saw.
struct Seen {
    calls: u64,
    retries: u64,
    /// Calls that failed after all tries, by code.
    failed: BTreeMap<String, u64>,
    /// Good answers, from the scheduled arrival, retries included.
    latency: Histogram<u64>,
}

/// A server with a peer that has connected and says nothing.
struct Watched {
    server: Server,
    silent: TcpStream,
}

pub(crate) async fn run(options: &Options, launch: &Launch) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut servers = vec![watched(launch, Loopback::ANY).await?, watched(launch, Loopback::ANY).await?];
    let connections = usize::from(options.connections);
    let targets: anyhow::Result<Vec<_>> =
        servers.iter().map(|it| Clients::new(it.server.address(), connections)).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let load = tokio::spawn(load(Arc::new(targets?), f64::from(options.rate), Arc::clone(&stop)));

    let mut exits = Vec::new();
    for number in 0..usize::from(options.restarts) {
        tokio::time::sleep(Duration::from_millis(options.pause)).await;
        let Watched { server, silent } = servers.remove(0);
        let address = server.address();
        let exit = server.stop().await?;
        println!("     restart {}: {} after {:.3} s", number + 1, status(&exit), exit.after.as_secs_f64());
        exits.push(exit);
        drop(silent);
        servers.push(watched(launch, address).await?);
    }
    tokio::time::sleep(Duration::from_millis(options.pause)).await;
    stop.store(true, Ordering::Relaxed);
    let seen = load.await.context("the load ended early")?;
    tell(&mut report, &seen, &exits);
    Ok(report)
}

async fn watched(launch: &Launch, listen: Loopback) -> anyhow::Result<Watched> {
    let server = launch.start(listen).await?;
    let silent = TcpStream::connect(server.address().get()).await.context("connect the silent peer")?;
    Ok(Watched { server, silent })
}

/// Calls by a fixed schedule until told to stop, then waits for the open calls.
async fn load(targets: Arc<Vec<Clients>>, rate: f64, stop: Arc<AtomicBool>) -> Seen {
    let seen = Seen { calls: 0, retries: 0, failed: BTreeMap::new(), latency: histogram() };
    let (seen, pages) = (Arc::new(Mutex::new(seen)), Pages::new());
    let permits = Arc::new(Semaphore::new(OUTSTANDING as usize));
    let start = Instant::now();
    for number in 0_u32.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let scheduled = start + Duration::from_secs_f64(f64::from(number) / rate);
        tokio::time::sleep_until(scheduled).await;
        let permit = Arc::clone(&permits).acquire_owned().await.expect("the semaphore is never closed");
        let number = usize::try_from(number).expect("32 bits");
        let (targets, request, seen) = (Arc::clone(&targets), pages.nth(number).0, Arc::clone(&seen));
        tokio::spawn(async move {
            let (answer, tries) = retrying(&targets, &request, number, scheduled).await;
            locked(&seen).count(&answer, tries, scheduled.elapsed());
            drop(permit);
        });
    }
    let all = permits.acquire_many(OUTSTANDING).await;
    drop(all.expect("the semaphore is never closed"));
    let mut seen = locked(&seen);
    Seen {
        calls: seen.calls,
        retries: seen.retries,
        failed: std::mem::take(&mut seen.failed),
        latency: seen.latency.clone(),
    }
}

/// One call as a careful client makes it: the next server at each try, waits that grow, a deadline over all.
async fn retrying(
    targets: &[Clients],
    request: &CheckPageRequest,
    number: usize,
    scheduled: Instant,
) -> (Result<(), Status>, u32) {
    let end = scheduled + DEADLINE;
    let mut tries = 0;
    loop {
        let client = targets[(number / 2 + tries as usize) % targets.len()].nth(number / 4);
        let left = end.saturating_duration_since(Instant::now());
        let answer = client::call(client, request.clone(), left).await;
        tries += 1;
        let Err(status) = &answer else { return (answer, tries) };
        let wait = wait(status, number, tries);
        if !may_retry(status) || tries == TRIES || Instant::now() + wait >= end {
            return (answer, tries);
        }
        tokio::time::sleep(wait).await;
    }
}

/// Whether the call may be made again: the server did not want it, or the connection broke under it.
/// Checking a page changes nothing, so a call that was perhaps served may be repeated.
fn may_retry(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::Cancelled | Code::ResourceExhausted) || status.source().is_some()
}

/// What the server asks for, else twice as long at each try; between half of it and all of it.
fn wait(status: &Status, number: usize, tries: u32) -> Duration {
    let grown = FIRST_WAIT.saturating_mul(1 << (tries - 1)).min(LONGEST_WAIT);
    let whole = client::retry_delay(status).unwrap_or(grown).min(LONGEST_WAIT);
    let seed = u64::try_from(number).expect("64 bits") << 8 | u64::from(tries);
    let jitter = u32::try_from(scatter(seed) % 1000).expect("below 1000");
    whole / 2 + whole * jitter / 2000
}

impl Seen {
    fn count(&mut self, answer: &Result<(), Status>, tries: u32, elapsed: Duration) {
        self.calls += 1;
        self.retries += u64::from(tries - 1);
        match answer {
            Ok(()) => record(&mut self.latency, elapsed),
            Err(status) => {
                *self.failed.entry(format!("{:?}: {}", status.code(), status.message())).or_default() += 1;
            }
        }
    }
}

/// No holder of the lock panics, so a poisoned count is as good as any.
fn locked(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn status(exit: &Exit) -> String {
    exit.status.map_or_else(|| "killed".to_owned(), |it| it.to_string())
}

fn tell(report: &mut Report, seen: &Seen, exits: &[Exit]) {
    report.figure("calls", seen.calls);
    report.figure("retries", seen.retries);
    report.figure("failed", serde_json::json!(seen.failed));
    report.latencies("call_latency", &seen.latency);
    let mut times = histogram();
    for exit in exits {
        record(&mut times, exit.after);
    }
    report.figure("exits", exits.len());
    report.latencies("exit", &times);
    let failed: u64 = seen.failed.values().sum();
    report.goal("no call fails for the client", failed == 0, &format!("{failed} of {} calls failed", seen.calls));
    let late = exits.iter().filter(|it| it.after > EXIT).count();
    let slowest = exits.iter().map(|it| it.after).max().unwrap_or_default();
    let measured = format!("{late} of {} later, the slowest after {:.3} s", exits.len(), slowest.as_secs_f64());
    report.goal("each exit comes within 10 s", late == 0, &measured);
    let dirty = exits.iter().filter(|it| !it.status.is_some_and(|it| it.success())).count();
    report.goal("each exit code is 0", dirty == 0, &format!("{dirty} of {} are not", exits.len()));
}
