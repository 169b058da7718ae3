//! Time on the processor, rounds in turn, and medians.
//!
//! Contenders run in turn, A B A B …, so that whatever else the machine does hits all of them alike; time is that
//! of the thread on its processor, so that waiting for one does not count.

use std::{hint::black_box, time::Duration};

use rustix::time::{ClockId, clock_gettime};

/// The time that this thread has been on a processor.
pub(crate) fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Seconds on the processor that a piece of work takes.
pub(crate) fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let start = cpu();
    black_box(work());
    cpu().saturating_sub(start).as_secs_f64()
}

/// One that is timed: a pass over all of its work.
pub(crate) type Contender<'a> = &'a mut dyn FnMut();

/// Seconds of each contender in each round, after one round that does not count.
pub(crate) fn in_turn(rounds: usize, contenders: &mut [Contender<'_>]) -> Vec<Vec<f64>> {
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..=rounds {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let time = seconds(contender);
            if round > 0 {
                times.push(time);
            }
        }
    }
    times
}

/// A median with the least and the most of the rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Spread {
    /// Of at least one value.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (low, high) = (values[0], values[values.len() - 1]);
        Self { median: f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]), low, high }
    }

    /// Of a single measurement.
    pub(crate) fn once(value: f64) -> Self {
        Self { median: value, low: value, high: value }
    }

    /// Of `over[i] / under[i]`, round by round: what slows a whole round down cancels out.
    pub(crate) fn ratio(over: &[f64], under: &[f64]) -> Self {
        Self::of(over.iter().zip(under).map(|(over, under)| over / under))
    }

    /// Of `work / seconds[i]`.
    pub(crate) fn rate(work: f64, seconds: &[f64]) -> Self {
        Self::of(seconds.iter().map(|it| work / it))
    }
}
