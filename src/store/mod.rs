//! The durable store: what is held, what is decided, and what follows from it.
//!
//! One trait, [`Store`], and two databases behind it: SQLite in a file, by default, and PostgreSQL. Both run the
//! same statements and pass the same tests. What the trait promises:
//!
//! 1. A write that returned is on disk. A write whose caller goes away is made all the same: dropping the future
//!    cancels nothing, so a client that hangs up leaves no half of a transaction.
//! 2. All writes can be repeated: with the same ids and keys they change nothing the second time.
//! 3. Nothing waits without a bound; what cannot be taken is refused with [`StoreError::Unavailable`].
//! 4. The audit is append-only, and the database refuses to change it.
//!
//! The store has no clock: each call is given the moment at which it happens.

mod backend;
mod connection;
mod database;
mod error;
mod postgres;
mod sqlite;
mod work;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;

pub use error::{Conflict, StoreError};

use crate::review::{
    Allowance, AllowanceId, Allowances, Cursor, Decision, DecisionId, DecisionRecord, Etag, Filter, Judgement, KeyHash,
    KeyId, Millis, NewAllowance, NewItem, Outcomes, PageKey, ReviewFinding, ReviewItem, ReviewItemId, RuleOutcomes,
    named,
};

/// A decision in force on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Review item that was decided.
    pub review_item_id: ReviewItemId,
    /// The decision.
    pub decision_id: DecisionId,
    /// What it says.
    pub decision: Decision,
    /// Who.
    pub reviewer: String,
    /// When.
    pub at: Millis,
}

/// What became of a page that was to be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Held {
    /// It waits, under the id that was sent.
    Queued(ReviewItemId),
    /// The same page with the same content waited already, under this id.
    AlreadyQueued(ReviewItemId),
    /// It is decided.
    Decided(Answer),
}

/// A part of a list, with the way on.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// The part.
    pub rows: Vec<T>,
    /// Where it goes on; none at the end.
    pub next: Option<Cursor>,
}

/// How many there are, counted up to a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exactly(u64),
    /// So many and perhaps more.
    AtLeast(u64),
}

/// A review item with all that is kept of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// The review item.
    pub item: ReviewItem,
    /// Its findings, by index.
    pub findings: Vec<ReviewFinding>,
    /// The page as sent; none when its time is over.
    pub page: Option<Vec<u8>>,
    /// The result as judged; none when its time is over.
    pub result: Option<Vec<u8>>,
    /// What was decided of it, oldest first.
    pub decisions: Vec<DecisionRecord>,
}

/// Which review item is claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This one. Claiming one's own again extends the lease.
    Item(ReviewItemId),
    /// The oldest that is pending, matches, and that nobody works on, the claimer included.
    Next(Filter),
}

/// A decision to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDecision {
    /// On which review item.
    pub review_item_id: ReviewItemId,
    /// Etag that it was made on; none: whatever it is.
    pub etag: Option<Etag>,
    /// What it says.
    pub decision: Decision,
    /// What it says of single findings.
    pub judgements: Vec<Judgement>,
    /// What it allows from now on.
    pub allowances: Vec<NewAllowance>,
    /// Why, may be empty.
    pub note: String,
    /// Who.
    pub reviewer: String,
    /// Makes a repetition harmless; may be empty. The same request on the same review item gets the same decision.
    pub request_id: String,
}

/// Which review items are decided together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bulk {
    /// These.
    Ids(Vec<ReviewItemId>),
    /// All pending ones that match and were held at or before a moment: what came after the preview is not
    /// decided unseen.
    Matching {
        /// Which.
        filter: Filter,
        /// Held at or before this moment.
        until: Millis,
    },
}

/// Decisions to be made together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkDecision {
    /// On which review items.
    pub which: Bulk,
    /// What it says.
    pub decision: Decision,
    /// What it says of all findings of a rule: whether they are right.
    pub judgements: Vec<(String, bool)>,
    /// Why, may be empty.
    pub note: String,
    /// Who.
    pub reviewer: String,
    /// Makes a repetition harmless; may be empty.
    pub request_id: String,
}

/// What became of decisions made together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BulkDecided {
    /// Review items decided now, or by this request before.
    pub decided: Vec<ReviewItemId>,
    /// Review items that were not: someone else was first or works on them, or they are not pending.
    pub passed_over: Vec<ReviewItemId>,
    /// Whether more match than were decided by one call: call again.
    pub has_more: bool,
}

/// Which decisions are taken back together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkUndo {
    /// These.
    Ids(Vec<DecisionId>),
    /// All that are in force and were made with this request id.
    Request(String),
}

/// What became of decisions taken back together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BulkUndone {
    /// Review items whose decision was taken back.
    pub undone: Vec<ReviewItemId>,
    /// Review items whose decision was no longer in force.
    pub passed_over: Vec<ReviewItemId>,
    /// Whether more are in force than were taken back by one call: call again.
    pub has_more: bool,
}

/// An answer to a request, kept for when it is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// Content that was sent with the request: the same id with other content is a mistake of the caller.
    pub key: KeyHash,
    /// The answer, encoded by the caller.
    pub answer: Vec<u8>,
}

/// What happened, for watchers and for other replicas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Place in the order of events; rising, with gaps. No event appears below one that was read.
    pub seq: i64,
    /// When.
    pub at: Millis,
    /// What.
    pub kind: EventKind,
}

/// Sort of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// A page was held, or a decision undone: the review item is pending.
    Queued {
        /// The review item.
        review_item_id: ReviewItemId,
        /// Its page and content.
        key: KeyHash,
    },
    /// A review item was decided.
    Decided {
        /// The review item.
        review_item_id: ReviewItemId,
        /// Its page and content.
        key: KeyHash,
        /// What was said.
        decision: Decision,
    },
    /// A decision was undone. If the review item is pending again, a [`EventKind::Queued`] follows.
    Undone {
        /// The review item.
        review_item_id: ReviewItemId,
        /// Its page and content.
        key: KeyHash,
    },
    /// A review item left the queue undecided: superseded or expired.
    Left {
        /// The review item.
        review_item_id: ReviewItemId,
        /// Its page and content.
        key: KeyHash,
    },
    /// An allowance was made or revoked: read them anew.
    Allowances,
}

/// A rejected page, kept for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Reject {
    /// Id, from [`ReviewItemId::new`] with the moment it was checked.
    pub id: ReviewItemId,
    /// Which page, which content.
    pub key: PageKey,
    /// URL, may be empty.
    pub url: String,
    /// Title, may be empty.
    pub title: String,
    /// Rule of the strongest finding, may be empty.
    pub rule_id: String,
    /// Findings, encoded by the caller.
    pub findings: Vec<u8>,
    /// Cleaned text.
    pub text: String,
}

/// What was checked since the last report, counted by the door.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Pages by source and verdict.
    pub verdicts: Vec<(String, crate::verdict::Verdict, u64)>,
    /// Findings by rule and source.
    pub hits: Vec<(String, String, u64)>,
}

/// Verdicts on the pages of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceOutcomes {
    /// Source, empty for pages without one.
    pub source: String,
    /// Pages by verdict; those that are not named are 0.
    pub verdicts: Vec<(crate::verdict::Verdict, u64)>,
}

/// How things went, of what is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryOf {
    /// Today and so many days before.
    pub days: u32,
    /// Verdicts on pages of this source alone; none: of all.
    pub source: Option<String>,
    /// Hits and judgements of this rule; none: of none.
    pub rule_id: Option<String>,
}

/// How things went, each list the oldest first. Where nothing happened there is no entry. Days are those of UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Verdicts by day.
    pub verdicts: Vec<DayVerdicts>,
    /// What reviewers did by hour, in the last [`limits::HISTORY_HOURS`](crate::limits::HISTORY_HOURS).
    pub hours: Vec<Work>,
    /// What reviewers did by day.
    pub days: Vec<Work>,
    /// How long the queue was, at most [`limits::LISTED_LEVELS`](crate::limits::LISTED_LEVELS): of longer times, each
    /// is the highest of several.
    pub levels: Vec<QueueLevel>,
    /// A rule by day.
    pub rule_days: Vec<RuleDay>,
}

/// Verdicts of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayVerdicts {
    /// When the day began.
    pub at: Millis,
    /// Pages by verdict; those that are not named are 0.
    pub verdicts: Vec<(crate::verdict::Verdict, u64)>,
}

/// What reviewers did in an hour or on a day: entries of the audit, those that were undone later included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// When it began.
    pub at: Millis,
    /// Pages to be published as they are.
    pub published: u64,
    /// Pages to be published without what was cut.
    pub published_cleaned: u64,
    /// Pages not to be published.
    pub discarded: u64,
    /// Decisions taken back.
    pub undone: u64,
    /// Pages looked at and not decided.
    pub skipped: u64,
}

/// How long the queue was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueLevel {
    /// When.
    pub at: Millis,
    /// Pending review items.
    pub pending: u64,
    /// For how long the oldest had waited; 0 where none waited.
    pub oldest_age: Millis,
}

/// A rule on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleDay {
    /// When the day began.
    pub at: Millis,
    /// Findings above a note.
    pub hits: u64,
    /// Findings that decisions of the day called right; those of decisions that were undone are left out.
    pub right: u64,
    /// Those called wrong.
    pub wrong: u64,
}

/// How long the queue is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Pending review items by origin; those that are not named are 0.
    pub pending: Vec<(crate::review::Origin, u64)>,
    /// When the oldest pending one was held.
    pub oldest: Option<Millis>,
}

/// What an API key may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// To have pages checked, and to read what became of them.
    Check,
    /// To see and decide the queue.
    Review,
    /// Everything.
    Admin,
}

named!(Scope { Check = "check", Review = "review", Admin = "admin" });

/// An API key as it is stored: never the key itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Id.
    pub id: KeyId,
    /// The part of the key that is no secret, to find it by. Unique.
    pub prefix: String,
    /// Hash of the whole key.
    pub hash: [u8; 32],
    /// Name for people; stands in the audit as the reviewer.
    pub name: String,
    /// What it is for, sorted.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created: Millis,
    /// When it ends by itself.
    pub expires: Option<Millis>,
    /// When it was revoked.
    pub revoked: Option<Millis>,
}

/// Someone who is signed in with an API key, as it is stored: never the token itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Hash of the whole token, by which it is found.
    pub token_hash: [u8; 32],
    /// The API key.
    pub key_id: KeyId,
    /// When it began.
    pub created: Millis,
    /// When it ends by itself.
    pub expires: Millis,
}

/// A session with its API key, as both are now: it ends with the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// The session, expired or not.
    pub session: Session,
    /// The API key, revoked or not.
    pub key: ApiKey,
}

/// A filter of the queue with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedFilter {
    /// Name, by which it is known to all reviewers. Unique.
    pub name: String,
    /// The filter, encoded by the caller.
    pub filter: Vec<u8>,
    /// Who saved it.
    pub reviewer: String,
    /// When.
    pub updated: Millis,
}

/// A decided page, for export.
#[derive(Clone, Debug, PartialEq)]
pub struct DecidedPage {
    /// The review item, with the decision in force.
    pub item: ReviewItem,
    /// Its findings, with what was said of them.
    pub findings: Vec<ReviewFinding>,
    /// The page as sent; none when its time is over.
    pub page: Option<Vec<u8>>,
    /// The result as judged; none when its time is over.
    pub result: Option<Vec<u8>>,
}

/// What was removed because its time was over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Pages as sent and results of review items.
    pub bodies: u64,
    /// Samples that expired unseen.
    pub expired: u64,
    /// Superseded and expired review items, as a whole.
    pub items: u64,
    /// Rejected pages.
    pub rejects: u64,
    /// Answers kept for repeated requests.
    pub answers: u64,
    /// Events.
    pub events: u64,
    /// Days of traffic.
    pub traffic: u64,
    /// Sessions.
    pub sessions: u64,
    /// Sums of hours and days, levels of the queue.
    pub sums: u64,
    /// Whether there is more to remove: call again.
    pub has_more: bool,
}

/// How the store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Where it is: the whole path of a file, or the address of a server without user and password.
    pub at: String,
    /// Name and version of the database.
    pub database: String,
    /// Writes that wait.
    pub waiting: usize,
}

/// What a store is opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `sqlite:PATH`, a path, `sqlite::memory:` (for trying out: nothing survives) or `postgres://…`.
    pub url: String,
    /// Pages that may wait for a decision; more are refused with [`StoreError::QueueFull`].
    pub queue_limit: u64,
    /// Connections for reading (SQLite) or in all (PostgreSQL).
    pub connections: u32,
}

/// Where everything durable is. All calls may be made at the same time, from several replicas.
#[async_trait]
pub trait Store: std::fmt::Debug + Send + Sync {
    /// Holds a page for a decision, on disk at return. The same page with the same content is held once; with
    /// other content it supersedes the one that waits.
    async fn hold(&self, item: NewItem, now: Millis) -> Result<Held, StoreError>;

    /// Takes the page's pending review item of other content out of the queue, as its content changed to one that
    /// needs no decision. Returns its id.
    async fn supersede(&self, key: &PageKey, now: Millis) -> Result<Option<ReviewItemId>, StoreError>;

    /// The decision in force on a page with this content.
    async fn decision_of(&self, key: &PageKey) -> Result<Option<Answer>, StoreError>;

    /// Hashes of the pages that are decided, by review item, for a set in memory: most pages are not, and need not
    /// ask. [`Store::events_after`] keeps the set up to date: take [`Store::last_event`] first.
    async fn decided_keys(
        &self,
        after: Option<ReviewItemId>,
        limit: usize,
    ) -> Result<Vec<(ReviewItemId, KeyHash)>, StoreError>;

    /// The answer to this request, if it came in the last 24 hours.
    async fn answer_of(&self, request_id: &str, now: Millis) -> Result<Option<StoredAnswer>, StoreError>;

    /// Keeps the answer to a request. Of two calls with the same request id, both return what the first kept.
    async fn remember_answer(
        &self,
        request_id: &str,
        answer: StoredAnswer,
        now: Millis,
    ) -> Result<StoredAnswer, StoreError>;

    /// Keeps rejected pages, at most [`limits::REJECT_BATCH`](crate::limits::REJECT_BATCH).
    async fn record_rejects(&self, rejects: Vec<Reject>) -> Result<(), StoreError>;

    /// Rejected pages, newest first, of a source or of all.
    async fn rejects(
        &self,
        source: Option<&str>,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Listed<Reject>, StoreError>;

    /// Adds to the counts of a day.
    async fn record_traffic(&self, traffic: Traffic, now: Millis) -> Result<(), StoreError>;

    /// Review items that match, oldest first, without bodies. `limit` is cut to
    /// [`limits::LISTED_ITEMS`](crate::limits::LISTED_ITEMS).
    async fn list(
        &self,
        filter: &Filter,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Listed<ReviewItem>, StoreError>;

    /// How many match, counted up to [`limits::COUNTED_ITEMS`](crate::limits::COUNTED_ITEMS).
    async fn count(&self, filter: &Filter, until: Option<Millis>) -> Result<Count, StoreError>;

    /// One review item with all that is kept of it.
    async fn get(&self, id: ReviewItemId) -> Result<Detail, StoreError>;

    /// Leases a review item to a reviewer until `until`; none if no such one is free ([`Claim::Next`]).
    async fn claim(
        &self,
        claim: Claim,
        reviewer: &str,
        until: Millis,
        now: Millis,
    ) -> Result<Option<ReviewItem>, StoreError>;

    /// Gives a leased review item back. Nothing happens if it is not leased to this reviewer.
    async fn release(&self, id: ReviewItemId, reviewer: &str) -> Result<(), StoreError>;

    /// Decides a review item. Of several that try, one does; the others are told who and how.
    async fn decide(&self, decision: NewDecision, now: Millis) -> Result<DecisionRecord, StoreError>;

    /// Decides review items together, at most [`limits::BULK_ITEMS`](crate::limits::BULK_ITEMS) in one call, each
    /// with an entry of its own in the audit. How many it would be is told by [`Store::count`].
    async fn decide_many(&self, decision: BulkDecision, now: Millis) -> Result<BulkDecided, StoreError>;

    /// Takes back a decision that is in force, with the allowances made with it. The review item is pending
    /// again, or superseded if newer content of the page waits.
    async fn undo(
        &self,
        decision: DecisionId,
        reviewer: &str,
        note: &str,
        now: Millis,
    ) -> Result<DecisionRecord, StoreError>;

    /// Takes back decisions together, at most [`limits::BULK_ITEMS`](crate::limits::BULK_ITEMS) in one call, each
    /// as [`Store::undo`] does. An id that is of no decision is refused before anything is taken back.
    async fn undo_many(
        &self,
        which: BulkUndo,
        reviewer: &str,
        note: &str,
        now: Millis,
    ) -> Result<BulkUndone, StoreError>;

    /// Notes that a reviewer looked at a pending review item and did not decide. A lease of the reviewer ends.
    async fn skip(
        &self,
        id: ReviewItemId,
        reviewer: &str,
        note: &str,
        now: Millis,
    ) -> Result<DecisionRecord, StoreError>;

    /// The audit, oldest first.
    async fn decisions(&self, cursor: Option<Cursor>, limit: usize) -> Result<Listed<DecisionRecord>, StoreError>;

    /// The audit, newest first.
    async fn latest_decisions(
        &self,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Listed<DecisionRecord>, StoreError>;

    /// Decided pages by review item, for export.
    async fn export(&self, cursor: Option<Cursor>, limit: usize) -> Result<Listed<DecidedPage>, StoreError>;

    /// What happened after this place in the order of events, oldest first.
    async fn events_after(&self, seq: i64, limit: usize) -> Result<Vec<Event>, StoreError>;

    /// The last place in the order of events; 0 before the first.
    async fn last_event(&self) -> Result<i64, StoreError>;

    /// The allowances in force.
    async fn allowances(&self) -> Result<Allowances, StoreError>;

    /// All allowances, revoked ones too, newest first.
    async fn allowance_history(&self, cursor: Option<Cursor>, limit: usize) -> Result<Listed<Allowance>, StoreError>;

    /// Ends an allowance. Ending one that is at an end changes nothing.
    async fn revoke_allowance(&self, id: AllowanceId, reviewer: &str, now: Millis) -> Result<Allowance, StoreError>;

    /// What is known of rules, by rule; of one source, or summed over all.
    async fn rule_outcomes(&self, source: Option<&str>) -> Result<Vec<RuleOutcomes>, StoreError>;

    /// What is known of one rule, by source, those with most hits first.
    async fn rule_sources(&self, rule_id: &str, limit: usize) -> Result<Vec<RuleOutcomes>, StoreError>;

    /// Verdicts since a moment (to the day), by source, those with most pages first.
    async fn source_outcomes(&self, since: Millis, limit: usize) -> Result<Vec<SourceOutcomes>, StoreError>;

    /// Decisions in force, by why the pages were in the queue.
    async fn outcomes(&self) -> Result<Outcomes, StoreError>;

    /// How things went in the last days.
    async fn history(&self, of: HistoryOf, now: Millis) -> Result<History, StoreError>;

    /// Records how long the queue is: once in [`limits::LEVEL_EVERY`](crate::limits::LEVEL_EVERY), however many
    /// replicas do so.
    async fn record_level(&self, now: Millis) -> Result<(), StoreError>;

    /// How long the queue is.
    async fn depth(&self) -> Result<Depth, StoreError>;

    /// Stores an API key. Its prefix must be new.
    async fn create_key(&self, key: ApiKey) -> Result<(), StoreError>;

    /// The API key with this prefix, revoked or not.
    async fn find_key(&self, prefix: &str) -> Result<Option<ApiKey>, StoreError>;

    /// Ends an API key. Ending one that is at an end changes nothing.
    async fn revoke_key(&self, id: KeyId, now: Millis) -> Result<ApiKey, StoreError>;

    /// All API keys, at most [`limits::API_KEYS`](crate::limits::API_KEYS), oldest first.
    async fn keys(&self) -> Result<Vec<ApiKey>, StoreError>;

    /// Keeps a session of an API key that is not revoked. A key has at most
    /// [`limits::SESSIONS_PER_KEY`](crate::limits::SESSIONS_PER_KEY); the oldest go.
    async fn open_session(&self, session: Session, now: Millis) -> Result<(), StoreError>;

    /// The session of a token with its API key, expired and revoked or not.
    async fn find_session(&self, token_hash: &[u8; 32]) -> Result<Option<OpenSession>, StoreError>;

    /// Ends a session. Ending one that is at an end changes nothing.
    async fn close_session(&self, token_hash: &[u8; 32]) -> Result<(), StoreError>;

    /// Keeps a filter, in the place of the one with its name; at most
    /// [`limits::SAVED_FILTERS`](crate::limits::SAVED_FILTERS).
    async fn save_filter(&self, filter: SavedFilter) -> Result<(), StoreError>;

    /// All saved filters, by name.
    async fn saved_filters(&self) -> Result<Vec<SavedFilter>, StoreError>;

    /// Removes a saved filter. Removing one that is not there changes nothing.
    async fn delete_filter(&self, name: &str) -> Result<(), StoreError>;

    /// Removes some of what is past its time, a bounded piece a call.
    async fn purge(&self, now: Millis) -> Result<Purged, StoreError>;

    /// Asks the database whether it is there.
    async fn health(&self) -> Result<Health, StoreError>;

    /// Writes a copy of a SQLite database to a file that is new, while it is in use. PostgreSQL has `pg_dump`.
    async fn backup(&self, file: &Path) -> Result<(), StoreError>;

    /// Takes no more writes, ends those that wait, closes all connections.
    async fn close(&self);
}

/// Opens the store, and brings its tables up to date.
///
/// # Errors
/// [`StoreError::Open`] if it cannot be, with what to do.
pub async fn open(settings: &Settings) -> Result<Arc<dyn Store>, StoreError> {
    let queue_limit = settings.queue_limit;
    if settings.url.starts_with("postgres:") || settings.url.starts_with("postgresql:") {
        let backend = postgres::Postgres::open(&settings.url, settings.connections).await?;
        return Ok(Arc::new(database::Database { backend, queue_limit }));
    }
    if let Some((scheme, _)) = settings.url.split_once("://").filter(|it| it.0 != "sqlite") {
        let reason = format!("{scheme} is no database that is known: write sqlite:PATH or postgres://…");
        return Err(StoreError::Open { at: scheme.to_owned(), reason });
    }
    let path = settings.url.strip_prefix("sqlite:").unwrap_or(&settings.url);
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = if path == ":memory:" { None } else { Some(PathBuf::from(path)) };
    let backend = sqlite::Sqlite::open(path, settings.connections).await?;
    Ok(Arc::new(database::Database { backend, queue_limit }))
}
