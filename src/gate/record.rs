//! What is written after the answer: rejected pages, samples, counts. Nobody waits for it, so it is bounded, and what
//! does not fit is counted and lost.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
    time,
};
use tokio_util::sync::CancellationToken;

use super::desk::now;
use crate::{
    limits,
    review::NewItem,
    store::{Reject, Store, Traffic},
    verdict::Verdict,
};

/// Something to be written.
#[derive(Debug)]
pub(super) enum Record {
    /// A rejected page, kept for a while.
    Reject(Box<Reject>),
    /// A page drawn for people to look at.
    Sample(Box<NewItem>),
}

impl Record {
    fn bytes(&self) -> usize {
        match self {
            Self::Reject(it) => it.findings.len() + it.text.len() + it.title.len(),
            Self::Sample(it) => it.page.len() + it.result.len(),
        }
    }
}

/// Takes what is to be written.
#[derive(Debug)]
pub(super) struct Recorder {
    records: mpsc::Sender<(Record, OwnedSemaphorePermit)>,
    /// KiB that may wait.
    room: Arc<Semaphore>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    lost: AtomicU64,
    traffic: Mutex<Counted>,
}

/// What was checked since the last report.
#[derive(Debug, Default)]
struct Counted {
    verdicts: HashMap<(String, Verdict), u64>,
    hits: HashMap<(String, String), u64>,
}

impl Recorder {
    /// Starts the task that writes; it ends when `stop` is cancelled and all that waits is written.
    pub(super) fn start(store: Arc<dyn Store>, stop: CancellationToken) -> (Self, JoinHandle<()>) {
        let (records, waiting) = mpsc::channel(limits::RECORDS);
        let counts = Arc::new(Counts::default());
        let task = tokio::spawn(write(store, waiting, Arc::clone(&counts), stop));
        (Self { records, room: Arc::new(Semaphore::new(limits::RECORD_KIB)), counts }, task)
    }

    /// Takes something to be written, or counts it as lost.
    pub(super) fn add(&self, record: Record) {
        let kib = u32::try_from(record.bytes() / 1024 + 1).unwrap_or(u32::MAX);
        let taken = match Arc::clone(&self.room).try_acquire_many_owned(kib) {
            Ok(room) => self.records.try_send((record, room)).is_ok(),
            Err(_) => false,
        };
        if !taken {
            self.counts.lose(1);
        }
    }

    /// Counts a page that was checked, and the rules of its findings above a note.
    pub(super) fn count<'a>(&self, source: &str, verdict: Verdict, rules: impl Iterator<Item = &'a str>) {
        let mut counted = self.counts.traffic();
        let full = counted.verdicts.len().max(counted.hits.len()) >= limits::TRAFFIC_ROWS / 2;
        let mut lost = 0;
        let key = (source.to_owned(), verdict);
        if !full || counted.verdicts.contains_key(&key) {
            *counted.verdicts.entry(key).or_default() += 1;
        } else {
            lost += 1;
        }
        for rule in rules {
            let key = (rule.to_owned(), source.to_owned());
            if !full || counted.hits.contains_key(&key) {
                *counted.hits.entry(key).or_default() += 1;
            }
        }
        drop(counted);
        self.counts.lose(lost);
    }

    /// Records that were lost since the start.
    pub(super) fn lost(&self) -> u64 {
        self.counts.lost.load(Ordering::Relaxed)
    }
}

impl Counts {
    fn lose(&self, count: u64) {
        if count > 0 && self.lost.fetch_add(count, Ordering::Relaxed) == 0 {
            tracing::warn!("rejected pages, samples or counts are lost: the store is slower than they come, or away");
        }
    }

    /// No code panics while it holds the lock, so a poisoned one is whole.
    fn traffic(&self) -> std::sync::MutexGuard<'_, Counted> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Option<Traffic> {
        let Counted { verdicts, hits } = std::mem::take(&mut *self.traffic());
        if verdicts.is_empty() {
            return None;
        }
        let mut verdicts: Vec<_> =
            verdicts.into_iter().map(|((source, verdict), count)| (source, verdict, count)).collect();
        let mut hits: Vec<_> = hits.into_iter().map(|((rule, source), count)| (rule, source, count)).collect();
        // In one order, so that replicas do not wait for each other's rows in a ring.
        verdicts.sort();
        hits.sort();
        Some(Traffic { verdicts, hits })
    }
}

async fn write(
    store: Arc<dyn Store>,
    mut waiting: mpsc::Receiver<(Record, OwnedSemaphorePermit)>,
    counts: Arc<Counts>,
    stop: CancellationToken,
) {
    let mut tick = time::interval(limits::TRAFFIC_REPORT);
    tick.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            first = waiting.recv() => match first {
                Some(first) => write_some(&store, first, &mut waiting, &counts).await,
                None => break,
            },
            _ = tick.tick() => report(&store, &counts).await,
            () = stop.cancelled() => {
                waiting.close();
                while let Some(first) = waiting.recv().await {
                    write_some(&store, first, &mut waiting, &counts).await;
                }
                break;
            }
        }
    }
    report(&store, &counts).await;
}

/// Writes one record with those that came meanwhile.
async fn write_some(
    store: &Arc<dyn Store>,
    first: (Record, OwnedSemaphorePermit),
    waiting: &mut mpsc::Receiver<(Record, OwnedSemaphorePermit)>,
    counts: &Counts,
) {
    let (mut rejects, mut samples, mut room) = (Vec::new(), Vec::new(), Vec::new());
    let mut next = Some(first);
    while let Some((record, held)) = next {
        room.push(held);
        match record {
            Record::Reject(it) => rejects.push(*it),
            Record::Sample(it) => samples.push(*it),
        }
        next = if room.len() < limits::REJECT_BATCH { waiting.try_recv().ok() } else { None };
    }
    let count = rejects.len() as u64;
    if count > 0
        && let Err(error) = store.record_rejects(rejects).await
    {
        tracing::debug!(%error, "record rejected pages");
        counts.lose(count);
    }
    for sample in samples {
        if let Err(error) = store.hold(sample, now()).await {
            tracing::debug!(%error, "put a sample into the queue");
            counts.lose(1);
        }
    }
}

async fn report(store: &Arc<dyn Store>, counts: &Counts) {
    if let Some(traffic) = counts.take()
        && let Err(error) = store.record_traffic(traffic, now()).await
    {
        tracing::warn!(%error, "record counts; those of some seconds are lost");
    }
}
