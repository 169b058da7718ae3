//! Three times what the server can do, and the way back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::bail;

use crate::{
    client::{self, Clients},
    open_loop::{self, Phase, Plan, WINDOW, Window},
    pages::Pages,
    report::{Report, millis, share, tenths},
    server::{Launch, Loopback, Server},
};

/// Concurrency of the closed loops that look for the best goodput.
const STEPS: [usize; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/// The overload as a multiple of the best goodput.
const OVERLOAD: f64 = 3.0;
/// The normal rate as a part of it.
const NORMAL: f64 = 0.5;
/// Least part of the best goodput that must be left under overload.
const GOODPUT: f64 = 0.9;
/// By how much the share of HTML among the good answers may differ from a half.
const UNLIKE: f64 = 0.05;
/// Least part of the schedule that the client must have sent, or there was no such overload.
const OFFERED: f64 = 0.95;
/// How fast a refusal must be at p99, in milliseconds.
const REFUSAL_MS: f64 = 50.0;
/// Time to be back at `SLOWDOWN` times the base without refusals.
const RECOVERY: Duration = Duration::from_secs(5);
const SLOWDOWN: u64 = 3;
/// Number of calm windows in a row that count as recovered; fewer would be luck.
const CALM: usize = 4;
/// Wait of a refused caller of the closed loop, so that it does not measure its own storm.
const REFUSED_WAIT: Duration = Duration::from_millis(10);

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Length of the overload
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Length of each step of the search for the best goodput
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=60))]
    step_seconds: u64,
    /// Length of the normal load before and after the overload
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(2..=600))]
    normal_seconds: u64,
    /// Deadline of a call, from its scheduled arrival
    #[arg(long, default_value_t = 2000, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    deadline: u64,
    /// Number of connections
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// Most calls that are open at once
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    outstanding: u32,
    /// Most resident memory of the server, in MiB
    #[arg(long, default_value_t = 512, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=65_536))]
    cap: u64,
}

impl Options {
    fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline)
    }

    fn plan(&self, rate: f64, seconds: u64) -> Plan {
        let duration = Duration::from_secs(seconds);
        Plan { rate, duration, deadline: self.deadline(), outstanding: self.outstanding }
    }
}

pub(crate) async fn run(options: &Options, launch: &Launch) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let mut server = launch.start(Loopback::ANY).await?;
    let clients = Arc::new(Clients::new(server.address(), usize::from(options.connections))?);
    let pages = Arc::new(Pages::new());
    memory(&mut report, "idle", &server);

    let best = best_goodput(options, &clients, &pages).await;
    if best <= 0.0 {
        bail!("no call was answered in {} steps of {} s", STEPS.len(), options.step_seconds);
    }
    report.figure("best_goodput_per_s", tenths(best));

    let normal = options.plan(best * NORMAL, options.normal_seconds);
    let base = open_loop::send(&clients, &pages, &normal).await?.finish().await;
    phase(&mut report, "base", &base);
    let overload = options.plan(best * OVERLOAD, options.seconds);
    let under = open_loop::send(&clients, &pages, &overload).await?;
    let after = open_loop::send(&clients, &pages, &normal).await?.finish().await;
    let under = under.finish().await;
    phase(&mut report, "overload", &under);
    phase(&mut report, "after", &after);
    memory(&mut report, "after", &server);

    overload_goals(&mut report, &under, best, options.seconds);
    recovery_goal(&mut report, &base, &after);
    memory_goal(&mut report, &server, options.cap);
    report.goal("the server is still there", !server.has_ended(), "after all calls");
    Ok(report)
}

/// Good answers per second of the best closed loop.
async fn best_goodput(options: &Options, clients: &Arc<Clients>, pages: &Arc<Pages>) -> f64 {
    let mut best = 0.0_f64;
    for callers in STEPS {
        let end = Instant::now() + Duration::from_secs(options.step_seconds);
        let started = Instant::now();
        let loops: Vec<_> = (0..callers)
            .map(|caller| {
                let (clients, pages) = (Arc::clone(clients), Arc::clone(pages));
                tokio::spawn(closed_loop(clients, pages, caller, options.deadline(), end))
            })
            .collect();
        let mut good = 0;
        for it in loops {
            good += it.await.unwrap_or(0);
        }
        let goodput = f64::from(good) / started.elapsed().as_secs_f64();
        println!("     {callers} callers: {goodput:.1} good answers per second");
        best = best.max(goodput);
    }
    best
}

/// Calls one after the other until `end`; the number of good answers.
async fn closed_loop(clients: Arc<Clients>, pages: Arc<Pages>, caller: usize, deadline: Duration, end: Instant) -> u32 {
    let mut good = 0;
    // Callers begin at different pages.
    let mut number = caller * 7;
    while Instant::now() < end {
        match client::call(clients.nth(caller), pages.nth(number).0, deadline).await {
            Ok(()) => good += 1,
            Err(_) => tokio::time::sleep(REFUSED_WAIT).await,
        }
        number += 1;
    }
    good
}

fn phase(report: &mut Report, name: &str, phase: &Phase) {
    report.figure(&format!("{name}_scheduled"), phase.scheduled);
    report.figure(&format!("{name}_held_back_by_client"), phase.held_back);
    report.figure(&format!("{name}_good"), phase.good);
    report.figure(&format!("{name}_good_html"), phase.good_html);
    report.figure(&format!("{name}_refused"), phase.refused);
    report.figure(&format!("{name}_failed"), serde_json::json!(phase.failed));
    report.latencies(&format!("{name}_latency"), &phase.latency);
    report.latencies(&format!("{name}_refusal_latency"), &phase.refusal_latency);
}

#[allow(clippy::cast_precision_loss, reason = "numbers of calls are exact in an f64")]
fn overload_goals(report: &mut Report, under: &Phase, best: f64, seconds: u64) {
    let goodput = under.good as f64 / seconds as f64;
    report.figure("overload_goodput_per_s", tenths(goodput));
    report.goal(
        "goodput under overload is at least 90 % of the best",
        goodput >= GOODPUT * best,
        &format!("{goodput:.1} of {best:.1} per second, {:.1} %", goodput / best * 100.0),
    );
    // Half of what is sent is HTML; cheap pages must not stand for dear ones.
    let html = share(under.good_html, under.good);
    report.goal(
        "text and HTML are served alike",
        (html - 0.5).abs() <= UNLIKE,
        &format!("{:.1} % of the good answers were to HTML, half of the pages sent are", html * 100.0),
    );
    let offered = share(under.scheduled - under.held_back, under.scheduled);
    report.goal(
        "the client sent at least 95 % of the schedule",
        offered >= OFFERED,
        &format!("{:.1} % of {}, the rest was held back at the limit of open calls", offered * 100.0, under.scheduled),
    );
    let with_retry_info = share(under.refused_with_retry_info, under.refused);
    report.goal(
        "what is too much is refused, with RetryInfo",
        under.refused > 0 && under.refused_with_retry_info == under.refused,
        &format!("{} refusals, {:.1} % with RetryInfo", under.refused, with_retry_info * 100.0),
    );
    let p99 = millis(under.refusal_latency.value_at_quantile(0.99));
    let max = millis(under.refusal_latency.max());
    report.goal(
        "refusals come within 50 ms at p99",
        under.refused > 0 && p99 < REFUSAL_MS,
        &format!("p99 {p99} ms, max {max} ms"),
    );
}

fn recovery_goal(report: &mut Report, base: &Phase, after: &Phase) {
    let bound = base.latency.value_at_quantile(0.99) * SLOWDOWN;
    let recovered = recovery(&after.windows, bound);
    let restless = after.windows.iter().filter(|it| !is_calm(it, bound)).count();
    report.figure("recovery_s", recovered.map(|it| it.as_secs_f64()));
    report.figure("after_windows_not_calm", restless);
    let measured = match recovered {
        Some(after) => format!("{:.1} s to p99 below {} ms without refusals", after.as_secs_f64(), millis(bound)),
        None => format!("not back to p99 below {} ms without refusals", millis(bound)),
    };
    report.goal("normal again within 5 s", recovered.is_some_and(|it| it <= RECOVERY), &measured);
}

/// Time from the end of the overload to the first of several calm windows in a row.
fn recovery(windows: &[Window], bound: u64) -> Option<Duration> {
    let first = windows.windows(CALM).position(|it| it.iter().all(|it| is_calm(it, bound)))?;
    Some(WINDOW * u32::try_from(first).ok()?)
}

fn is_calm(window: &Window, bound: u64) -> bool {
    window.bad == 0 && !window.latency.is_empty() && window.latency.value_at_quantile(0.99) < bound
}

fn memory(report: &mut Report, when: &str, server: &Server) {
    if let Some(memory) = server.memory() {
        report.figure(&format!("{when}_vm_rss_mib"), memory.resident >> 20);
        report.figure(&format!("{when}_vm_hwm_mib"), memory.highest >> 20);
    }
}

fn memory_goal(report: &mut Report, server: &Server, cap: u64) {
    let Some(memory) = server.memory() else {
        println!("     no /proc here: the server's memory is not known");
        return;
    };
    let highest = memory.highest.div_ceil(1 << 20);
    let measured = format!("highest {highest} MiB, now {} MiB, cap {cap} MiB", memory.resident >> 20);
    report.goal("the server's memory stays below the cap", highest <= cap, &measured);
}
