//! What the process counts of itself, in the text format of Prometheus.
//!
//! A leaf: rooms tell it what happened, where it happens. Labels are names of verdicts, rules, methods and codes,
//! which are few and our own; never a source, an id or a text of a page.

use std::{
    fmt,
    sync::{LazyLock, atomic::AtomicU64},
    time::{Duration, Instant},
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

/// Content type of [`text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Bounds of durations, in seconds: a page takes about 2 ms, a call at most 30 s.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.0, 4.0, 16.0];

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByVerdict {
    verdict: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRule {
    rule: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByFront {
    front: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByMethod {
    front: &'static str,
    method: String,
    code: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOperation {
    operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByOrigin {
    origin: &'static str,
}

struct Metrics {
    registry: Registry,
    pages: Family<ByVerdict, Counter>,
    rule_hits: Family<ByRule, Counter>,
    check_seconds: Histogram,
    calls: Family<ByMethod, Counter>,
    in_flight: Family<ByFront, Gauge>,
    shed: Counter,
    bytes_in_flight: Gauge,
    queue: Family<ByOrigin, Gauge>,
    oldest: Gauge<f64, AtomicU64>,
    store_seconds: Family<ByOperation, Histogram>,
    store_errors: Family<ByOperation, Counter>,
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

impl Metrics {
    fn new() -> Self {
        let mut it = Self {
            registry: Registry::with_prefix("pagegate"),
            pages: Family::default(),
            rule_hits: Family::default(),
            check_seconds: seconds(),
            calls: Family::default(),
            in_flight: Family::default(),
            shed: Counter::default(),
            bytes_in_flight: Gauge::default(),
            queue: Family::default(),
            oldest: Gauge::default(),
            store_seconds: Family::new_with_constructor(seconds),
            store_errors: Family::default(),
        };
        let to = &mut it.registry;
        to.register("pages_checked", "Pages checked, by verdict", it.pages.clone());
        to.register("rule_hits", "Findings in answers, by rule", it.rule_hits.clone());
        to.register_with_unit(
            "check_duration",
            "Time the check of one page took",
            Unit::Seconds,
            it.check_seconds.clone(),
        );
        to.register("calls", "Calls answered, by front end, method and code", it.calls.clone());
        to.register("calls_in_flight", "Calls under way, by front end", it.in_flight.clone());
        to.register("calls_shed", "Calls refused because too much was under way", it.shed.clone());
        to.register("memory_in_flight", "Memory counted for calls and streams, bytes", it.bytes_in_flight.clone());
        to.register("review_queue", "Pages that wait for a decision, by why they are held", it.queue.clone());
        let oldest = "Time since the oldest page that waits for a decision was held; 0 when none waits";
        to.register_with_unit("review_queue_oldest_age", oldest, Unit::Seconds, it.oldest.clone());
        let store = "Time a call to the store took, by operation";
        to.register_with_unit("store_duration", store, Unit::Seconds, it.store_seconds.clone());
        to.register("store_errors", "Calls to the store that failed, by operation", it.store_errors.clone());
        it
    }
}

/// A page was checked.
pub fn checked<'a>(verdict: &'static str, rules: impl IntoIterator<Item = &'a str>, time: Duration) {
    METRICS.pages.get_or_create(&ByVerdict { verdict }).inc();
    METRICS.check_seconds.observe(time.as_secs_f64());
    for rule in rules {
        METRICS.rule_hits.get_or_create(&ByRule { rule: rule.to_owned() }).inc();
    }
}

/// A rule is no longer in force: its count ends, so that there are never more than rules.
pub fn forget_rule(rule: &str) {
    METRICS.rule_hits.remove(&ByRule { rule: rule.to_owned() });
}

/// A call was refused because too much is under way.
pub fn shed() {
    METRICS.shed.inc();
}

/// The store answered.
pub fn stored(operation: &'static str, begun: Instant, ok: bool) {
    METRICS.store_seconds.get_or_create(&ByOperation { operation }).observe(begun.elapsed().as_secs_f64());
    if !ok {
        METRICS.store_errors.get_or_create(&ByOperation { operation }).inc();
    }
}

/// A call that is under way until it is dropped. Dropped without an answer, it counts as cancelled.
#[derive(Debug)]
pub struct Call {
    front: &'static str,
    method: String,
    code: &'static str,
}

impl Call {
    /// A call to a method begins at a front end, `grpc` or `http`. The method must be one of ours.
    #[must_use]
    pub fn begin(front: &'static str, method: &str) -> Self {
        METRICS.in_flight.get_or_create(&ByFront { front }).inc();
        Self { front, method: method.to_owned(), code: "CANCELLED" }
    }

    /// Its answer is ready, with a code as google.rpc names them.
    pub fn answered(&mut self, code: &'static str) {
        self.code = code;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        METRICS.in_flight.get_or_create(&ByFront { front: self.front }).dec();
        let method = std::mem::take(&mut self.method);
        METRICS.calls.get_or_create(&ByMethod { front: self.front, method, code: self.code }).inc();
    }
}

/// What is read at the moment of asking.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Levels {
    /// Memory counted for what is in flight, in bytes.
    pub bytes_in_flight: usize,
    /// Pages that wait for a decision, by why they are held.
    pub queue: Vec<(&'static str, u64)>,
    /// Time since the oldest of them was held.
    pub oldest: Duration,
}

/// All metrics, with these levels.
pub fn text(levels: &Levels) -> Result<String, fmt::Error> {
    let number = |it: u64| i64::try_from(it).unwrap_or(i64::MAX);
    METRICS.bytes_in_flight.set(number(levels.bytes_in_flight as u64));
    for (origin, count) in &levels.queue {
        METRICS.queue.get_or_create(&ByOrigin { origin }).set(number(*count));
    }
    METRICS.oldest.set(levels.oldest.as_secs_f64());
    let mut text = String::new();
    encode(&mut text, &METRICS.registry)?;
    Ok(text)
}
