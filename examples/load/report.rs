//! What the test says at its end: figures, and goals met or missed.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};

/// Prints figures and goals as they come, and keeps them for the line of JSON.
#[derive(Default)]
pub(crate) struct Report {
    figures: Map<String, Value>,
    goals: Vec<Value>,
    missed: usize,
}

impl Report {
    /// Tells a figure; its name carries its unit.
    pub(crate) fn figure(&mut self, name: &str, value: impl Into<Value>) {
        let value = value.into();
        println!("     {name:<42} {value}");
        self.figures.insert(name.to_owned(), value);
    }

    /// Tells median, p99 and maximum of a histogram of microseconds, in milliseconds.
    pub(crate) fn latencies(&mut self, name: &str, histogram: &Histogram<u64>) {
        self.figure(&format!("{name}_p50_ms"), millis(histogram.value_at_quantile(0.5)));
        self.figure(&format!("{name}_p99_ms"), millis(histogram.value_at_quantile(0.99)));
        self.figure(&format!("{name}_max_ms"), millis(histogram.max()));
    }

    /// Tells a goal with what was measured for it.
    pub(crate) fn goal(&mut self, goal: &str, met: bool, measured: &str) {
        println!("{} {goal}: {measured}", if met { "PASS" } else { "MISS" });
        self.missed += usize::from(!met);
        self.goals.push(json!({ "goal": goal, "met": met, "measured": measured }));
    }

    pub(crate) fn every_goal_is_met(&self) -> bool {
        self.missed == 0
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "figures": self.figures, "goals": self.goals, "missed": self.missed })
    }
}

/// A histogram of microseconds up to two minutes, far above every deadline of the test, exact to one in a thousand.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 120_000_000, 3).expect("the bounds are constant and valid")
}

/// The same, exact to one in a hundred and a tenth of the size, where there are many.
pub(crate) fn coarse_histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 120_000_000, 2).expect("the bounds are constant and valid")
}

pub(crate) fn record(histogram: &mut Histogram<u64>, elapsed: Duration) {
    histogram.saturating_record(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX));
}

/// Microseconds as milliseconds.
#[allow(clippy::cast_precision_loss, reason = "two minutes in microseconds are exact in an f64")]
pub(crate) fn millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

/// A number with one digit after the point.
pub(crate) fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// `part` of `whole`, 0 of nothing, with three digits after the point.
#[allow(clippy::cast_precision_loss, reason = "numbers of calls are exact in an f64")]
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 1000.0).round() / 1000.0 }
}
