//! Arrivals by a fixed schedule, whatever the answers do.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::bail;
use hdrhistogram::Histogram;
use tokio::{sync::Semaphore, time::Instant};

use crate::{
    client::{self, Clients, Outcome, Refusal},
    pages::Pages,
    report::{coarse_histogram, histogram, record},
};

/// Length of the windows in which recovery is looked for.
pub(crate) const WINDOW: Duration = Duration::from_millis(500);
/// Most requests of one schedule; at 3 × the best rate seen it is many minutes.
const MAX_REQUESTS: f64 = 5_000_000.0;

/// A schedule.
pub(crate) struct Plan {
    /// Arrivals per second.
    pub(crate) rate: f64,
    pub(crate) duration: Duration,
    /// Time of each call, counted from its scheduled arrival.
    pub(crate) deadline: Duration,
    /// Calls that may be open at once. An arrival beyond it is not sent, and counted as held back.
    pub(crate) outstanding: u32,
}

/// What became of the calls of a schedule.
pub(crate) struct Phase {
    pub(crate) scheduled: u64,
    pub(crate) held_back: u64,
    pub(crate) good: u64,
    /// Those of the good answers that were to HTML: they cost most, so they show what load leaves.
    pub(crate) good_html: u64,
    pub(crate) refused: u64,
    pub(crate) refused_with_retry_info: u64,
    pub(crate) failed: BTreeMap<String, u64>,
    /// Good answers, from the scheduled arrival.
    pub(crate) latency: Histogram<u64>,
    /// Refusals, from sending.
    pub(crate) refusal_latency: Histogram<u64>,
    pub(crate) windows: Vec<Window>,
}

/// The calls that were scheduled in one window of time.
pub(crate) struct Window {
    /// Good answers, from the scheduled arrival.
    pub(crate) latency: Histogram<u64>,
    /// Calls without a good answer.
    pub(crate) bad: u64,
}

/// A schedule that has been sent, with calls that may still be open.
pub(crate) struct Sent {
    phase: Arc<Mutex<Phase>>,
    permits: Arc<Semaphore>,
    outstanding: u32,
}

struct Call {
    scheduled: Instant,
    sent: Instant,
    window: usize,
    html: bool,
}

/// Sends a whole schedule; calls may be open when it returns, so that the next one can follow without a pause.
pub(crate) async fn send(clients: &Clients, pages: &Pages, plan: &Plan) -> anyhow::Result<Sent> {
    let count = (plan.rate * plan.duration.as_secs_f64()).floor();
    if !(1.0..=MAX_REQUESTS).contains(&count) {
        bail!("{count} requests in {:?}, the limit is 1 to {MAX_REQUESTS}: change --seconds", plan.duration);
    }
    let sent = Sent::new(plan);
    let start = Instant::now();
    for number in 0_u32.. {
        let offset = Duration::from_secs_f64(f64::from(number) / plan.rate);
        if offset >= plan.duration {
            break;
        }
        let scheduled = start + offset;
        // Behind the schedule nothing waits: late arrivals go out at once and their lateness is counted.
        if scheduled > Instant::now() {
            tokio::time::sleep_until(scheduled).await;
        }
        let window = usize::try_from(offset.as_millis() / WINDOW.as_millis()).expect("minutes in windows");
        sent.arrive(clients, pages, plan, usize::try_from(number).expect("32 bits"), scheduled, window);
    }
    Ok(sent)
}

impl Sent {
    fn new(plan: &Plan) -> Self {
        let windows = plan.duration.as_millis().div_ceil(WINDOW.as_millis());
        Self {
            phase: Arc::new(Mutex::new(Phase::new(usize::try_from(windows).expect("minutes in windows")))),
            permits: Arc::new(Semaphore::new(plan.outstanding as usize)),
            outstanding: plan.outstanding,
        }
    }

    fn arrive(&self, clients: &Clients, pages: &Pages, plan: &Plan, number: usize, scheduled: Instant, window: usize) {
        locked(&self.phase).scheduled += 1;
        let sent = Instant::now();
        let left = (scheduled + plan.deadline).saturating_duration_since(sent);
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        let (Ok(permit), false) = (permit, left.is_zero()) else {
            return locked(&self.phase).hold_back(window);
        };
        // Both sorts of page go over every connection: connections take turns, pages are drawn.
        let (client, phase) = (clients.nth(number), Arc::clone(&self.phase));
        let (request, html) = pages.nth(number);
        let call = Call { scheduled, sent, window, html };
        tokio::spawn(async move {
            let answer = client::call(client, request, left).await;
            locked(&phase).count(&call, &client::outcome(&answer));
            drop(permit);
        });
    }

    /// Waits for the open calls; each has a deadline, so this ends.
    pub(crate) async fn finish(self) -> Phase {
        let all = self.permits.acquire_many(self.outstanding).await;
        drop(all.expect("the semaphore is never closed"));
        let mut phase = locked(&self.phase);
        std::mem::replace(&mut *phase, Phase::new(0))
    }
}

impl Phase {
    fn new(windows: usize) -> Self {
        Self {
            scheduled: 0,
            held_back: 0,
            good: 0,
            good_html: 0,
            refused: 0,
            refused_with_retry_info: 0,
            failed: BTreeMap::new(),
            latency: histogram(),
            refusal_latency: histogram(),
            windows: (0..windows).map(|_| Window { latency: coarse_histogram(), bad: 0 }).collect(),
        }
    }

    fn hold_back(&mut self, window: usize) {
        self.held_back += 1;
        self.windows[window].bad += 1;
    }

    fn count(&mut self, call: &Call, outcome: &Outcome) {
        let window = &mut self.windows[call.window];
        match outcome {
            Outcome::Good => {
                self.good += 1;
                self.good_html += u64::from(call.html);
                record(&mut self.latency, call.scheduled.elapsed());
                record(&mut window.latency, call.scheduled.elapsed());
                return;
            }
            Outcome::Refused(refusal) => {
                self.refused += 1;
                self.refused_with_retry_info += u64::from(*refusal == Refusal::WithRetryInfo);
                record(&mut self.refusal_latency, call.sent.elapsed());
            }
            Outcome::Failed(code) => *self.failed.entry(format!("{code:?}")).or_default() += 1,
        }
        window.bad += 1;
    }
}

/// No holder of the lock panics, so a poisoned phase is as good as any.
fn locked(phase: &Mutex<Phase>) -> std::sync::MutexGuard<'_, Phase> {
    phase.lock().unwrap_or_else(PoisonError::into_inner)
}
