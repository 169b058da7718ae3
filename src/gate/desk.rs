//! The desk: the store as the gate knows it, and what it keeps in memory of it.
//!
//! Most pages are accepted and were never decided on, and must not wait for a database. So the desk knows which
//! pages are decided, which may wait, and what is allowed; what happens elsewhere comes in by the store's events, a
//! quarter of a second late at most, and before a page is held it is asked for.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio::{sync::watch, task::JoinHandle, time};
use tokio_util::sync::CancellationToken;

use super::record::Recorder;
use crate::{
    finding::{Allowed, Facts},
    limits,
    review::{
        AllowanceScope, Allowances, Cursor, Filter, KeyHash, Millis, PageKey, Position, ReviewItemId, RuleOutcomes,
    },
    store::{Event, EventKind, Store, StoreError},
};

/// What goes to review beside the pages that must, and how rules are judged by it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewSettings {
    /// Of the accepted pages, one in so many is drawn for people to look at; 0: none.
    pub sample_accepted: u64,
    /// Of the rejected pages, one in so many; 0: none.
    pub sample_rejected: u64,
    /// Rules whose precision is surely below this share are proposed for preview.
    pub precision_bar: f64,
}

impl Default for ReviewSettings {
    fn default() -> Self {
        Self { sample_accepted: 500, sample_rejected: 50, precision_bar: 0.5 }
    }
}

/// The store, and what is known of it here.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) store: Arc<dyn Store>,
    pub(super) settings: ReviewSettings,
    pub(super) records: Recorder,
    known: RwLock<Known>,
    /// How far the events are read; one reader at a time.
    read: tokio::sync::Mutex<Read>,
    /// The last event, for those who watch.
    last: watch::Sender<i64>,
    hasher: RandomState,
    stop: CancellationToken,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Read {
    seq: i64,
    /// When the reading began that came to its end last.
    begun: Option<Instant>,
}

/// What is kept in memory.
#[derive(Debug, Default)]
struct Known {
    decided: HashSet<KeyHash>,
    /// More are decided than are kept: any page may be.
    decided_overflows: bool,
    /// Hashes of source and page id of what waits or waited.
    waiting: HashSet<u64>,
    /// More wait than are kept: any page may.
    waiting_overflows: bool,
    /// Held here, and not yet read as an event.
    own: HashSet<ReviewItemId>,
    allowed: HashMap<String, Arc<[Allowed]>>,
    /// Names the allowances; empty: there are none.
    revision: Arc<str>,
}

impl Desk {
    /// Reads what is to be known, and starts to keep it up to date.
    pub(super) async fn open(store: Arc<dyn Store>, settings: ReviewSettings) -> Result<Arc<Self>, StoreError> {
        let stop = CancellationToken::new();
        let (records, recording) = Recorder::start(Arc::clone(&store), stop.clone());
        let desk = Arc::new(Self {
            records,
            settings,
            known: RwLock::default(),
            read: tokio::sync::Mutex::default(),
            last: watch::channel(0).0,
            hasher: RandomState::new(),
            stop: stop.clone(),
            tasks: Mutex::default(),
            store,
        });
        let seq = desk.store.last_event().await?;
        desk.load_allowances().await?;
        desk.load_decided().await?;
        desk.load_waiting().await?;
        desk.read.lock().await.seq = seq;
        desk.last.send_replace(seq);
        desk.catch_up().await?;
        let tasks = [
            recording,
            tokio::spawn(poll(Arc::clone(&desk))),
            tokio::spawn(purge(Arc::clone(&desk))),
            tokio::spawn(record_levels(Arc::clone(&desk))),
        ];
        desk.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend(tasks);
        Ok(desk)
    }

    /// Writes what waits to be written, and closes the store.
    pub(super) async fn close(&self) {
        self.stop.cancel();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "end a task of the desk");
            }
        }
        self.store.close().await;
    }

    async fn load_allowances(&self) -> Result<(), StoreError> {
        let allowances = self.store.allowances().await?;
        let revision = revision(&allowances);
        let mut by_source: HashMap<String, Vec<Allowed>> = HashMap::new();
        for it in allowances.in_force {
            let quote = matches!(it.scope, AllowanceScope::Text { .. }).then_some(it.quote.as_str());
            let allowed = Allowed::new(it.id.to_string(), it.scope.rule_id().to_owned(), quote);
            by_source.entry(it.source).or_default().push(allowed);
        }
        let mut known = self.write();
        known.allowed = by_source.into_iter().map(|(source, it)| (source, it.into())).collect();
        known.revision = revision;
        Ok(())
    }

    async fn load_decided(&self) -> Result<(), StoreError> {
        let mut after = None;
        loop {
            let keys = self.store.decided_keys(after, limits::DECIDED_KEYS).await?;
            let mut known = self.write();
            known.decided.extend(keys.iter().map(|it| it.1));
            known.bound();
            if keys.len() < limits::DECIDED_KEYS || known.decided_overflows {
                return Ok(());
            }
            after = keys.last().map(|it| it.0);
        }
    }

    async fn load_waiting(&self) -> Result<(), StoreError> {
        let (filter, mut cursor) = (pending(), None);
        loop {
            let listed = self.store.list(&filter, cursor, limits::LISTED_ITEMS).await?;
            let mut known = self.write();
            known.waiting.extend(listed.rows.iter().map(|it| self.page_hash(&it.key)));
            known.bound();
            cursor = listed.next;
            if cursor.is_none() || known.waiting_overflows {
                return Ok(());
            }
        }
    }

    /// Reads all that happened before this call. Calls at the same time share one reading.
    pub(super) async fn catch_up(&self) -> Result<(), StoreError> {
        let asked = Instant::now();
        let mut read = self.read.lock().await;
        if read.begun.is_some_and(|it| it >= asked) {
            return Ok(());
        }
        let begun = Instant::now();
        loop {
            let events = self.store.events_after(read.seq, limits::LISTED_EVENTS).await?;
            self.apply(&events).await?;
            if let Some(last) = events.last() {
                read.seq = last.seq;
                self.last.send_replace(last.seq);
            }
            if events.len() < limits::LISTED_EVENTS {
                read.begun = Some(begun);
                return Ok(());
            }
        }
    }

    async fn apply(&self, events: &[Event]) -> Result<(), StoreError> {
        let mut queued = Vec::new();
        let mut allowances_changed = false;
        {
            let mut known = self.write();
            for event in events {
                match event.kind {
                    EventKind::Queued { review_item_id, .. } => {
                        if !known.own.remove(&review_item_id) {
                            queued.push(review_item_id);
                        }
                    }
                    EventKind::Decided { key, .. } => drop(known.decided.insert(key)),
                    EventKind::Undone { key, .. } => drop(known.decided.remove(&key)),
                    EventKind::Left { .. } => {}
                    EventKind::Allowances => allowances_changed = true,
                }
            }
            known.bound();
        }
        if allowances_changed {
            self.load_allowances().await?;
        }
        self.learn_waiting(queued).await
    }

    /// Learns the pages of items that were queued elsewhere.
    async fn learn_waiting(&self, mut ids: Vec<ReviewItemId>) -> Result<(), StoreError> {
        ids.sort_unstable();
        let filter = pending();
        let mut seen_to = None;
        for id in ids {
            if seen_to.is_some_and(|it| id <= it) || self.read_known().waiting_overflows {
                continue;
            }
            let Some(before) = u128::from_be_bytes(id.bytes()).checked_sub(1) else { continue };
            let cursor = Cursor::new(filter.fingerprint(), Position::Id(before.to_be_bytes()));
            let listed = self.store.list(&filter, Some(cursor), limits::LISTED_ITEMS).await?;
            seen_to = listed.rows.last().map(|it| it.id).filter(|_| listed.next.is_some());
            let mut known = self.write();
            known.waiting.extend(listed.rows.iter().map(|it| self.page_hash(&it.key)));
            known.bound();
            if seen_to.is_none() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Notes a page that is held from here.
    pub(super) fn is_held(&self, id: ReviewItemId, key: &PageKey) {
        let page = self.page_hash(key);
        let mut known = self.write();
        known.waiting.insert(page);
        known.own.insert(id);
        known.bound();
    }

    /// Whether a page may be decided.
    pub(super) fn may_be_decided(&self, key: &PageKey) -> bool {
        let known = self.read_known();
        known.decided_overflows || (!known.decided.is_empty() && known.decided.contains(&key.hash()))
    }

    /// Whether other content of a page may wait.
    pub(super) fn may_wait(&self, key: &PageKey) -> bool {
        let known = self.read_known();
        known.waiting_overflows || known.waiting.contains(&self.page_hash(key))
    }

    /// What is known of pages of a source.
    pub(super) fn facts(&self, source: &str) -> Facts {
        let known = self.read_known();
        Facts { allowed: known.allowed.get(source).cloned().unwrap_or_default(), revision: Arc::clone(&known.revision) }
    }

    /// Tells the last event whenever there is a new one.
    pub(super) fn watch(&self) -> watch::Receiver<i64> {
        self.last.subscribe()
    }

    /// What is known of rules; nothing while the store is away, which is logged.
    pub(super) async fn rule_outcomes(&self) -> Vec<RuleOutcomes> {
        self.store.rule_outcomes(None).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "read what is known of rules");
            Vec::new()
        })
    }

    fn page_hash(&self, key: &PageKey) -> u64 {
        self.hasher.hash_one((&key.source, &key.page_id))
    }

    /// No code panics while it holds the lock, so a poisoned one is whole.
    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_known(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Beyond the bounds nothing is kept, and every page is asked about.
    fn bound(&mut self) {
        if self.decided.len() > limits::DECIDED_IN_MEMORY {
            self.decided_overflows = true;
            self.decided = HashSet::new();
        }
        if self.waiting.len() > limits::WAITING_IN_MEMORY {
            self.waiting_overflows = true;
            self.waiting = HashSet::new();
        }
    }
}

/// Reads events until the desk is closed.
async fn poll(desk: Arc<Desk>) {
    let mut is_away = false;
    loop {
        tokio::select! {
            () = time::sleep(limits::EVENT_POLL) => {}
            () = desk.stop.cancelled() => return,
        }
        match desk.catch_up().await {
            Ok(()) => is_away = false,
            // Told once, not four times a second.
            Err(error) if !is_away => {
                is_away = true;
                tracing::warn!(%error, "read what happened in the store; trying again until it answers");
            }
            Err(_) => {}
        }
    }
}

/// Removes what is past its time until the desk is closed.
async fn purge(desk: Arc<Desk>) {
    loop {
        tokio::select! {
            () = time::sleep(limits::PURGE_EVERY) => {}
            () = desk.stop.cancelled() => return,
        }
        loop {
            match desk.store.purge(now()).await {
                Ok(purged) if purged.has_more && !desk.stop.is_cancelled() => {}
                Ok(purged) => {
                    tracing::debug!(?purged, "removed what is past its time");
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, "remove what is past its time");
                    break;
                }
            }
        }
    }
}

/// Records how long the queue is, at the start and then with each slot of time, until the desk is closed.
async fn record_levels(desk: Arc<Desk>) {
    loop {
        if let Err(error) = desk.store.record_level(now()).await {
            tracing::warn!(%error, "record how long the queue is");
        }
        let every = limits::LEVEL_EVERY.as_millis();
        let past = u128::try_from(now()).unwrap_or(0) % every;
        let rest = Duration::from_millis(u64::try_from(every - past).unwrap_or(0));
        tokio::select! {
            () = time::sleep(rest) => {}
            () = desk.stop.cancelled() => return,
        }
    }
}

fn pending() -> Filter {
    Filter::default().checked().unwrap_or_default()
}

fn revision(allowances: &Allowances) -> Arc<str> {
    if allowances.in_force.is_empty() {
        return Arc::from("");
    }
    let mut hasher = blake3::Hasher::new();
    for it in &allowances.in_force {
        hasher.update(&it.id.bytes());
    }
    hasher.finalize().to_hex()[..16].into()
}

/// This moment.
pub(super) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
