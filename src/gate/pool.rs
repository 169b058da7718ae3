//! The threads that check pages: work for a processor stays off the threads that serve connections.
//!
//! Small pages of streams and batches are the exception: the way to another thread and back costs a fifth of what
//! such a page does, so they are checked where they arrived ([`Pool::run_here`]), a bounded number at a time.
//!
//! Two lanes, served in turn: a caller who waits for one page never stands behind a stream of them. A job
//! whose caller has left is dropped before it starts.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use tokio::{sync::oneshot, task::yield_now};

use crate::limits;

/// Who waits for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// A caller who waits for this one answer. Refused when too many wait.
    Call,
    /// One page of a stream or a batch. Never refused here: a stream waits for its window and for memory, a
    /// batch was counted as a whole before.
    Bulk,
}

/// Why a job gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// Too many callers wait.
    #[error("{waiting} calls wait for a worker, limit is {limit}")]
    Full {
        /// Callers that wait.
        waiting: usize,
        /// How many may.
        limit: usize,
    },
    /// The job panicked, which is a bug.
    #[error("the job panicked")]
    Panicked,
}

type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of threads with a bounded queue.
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
    workers: usize,
    /// Jobs that wait where they arrived.
    here: AtomicUsize,
}

#[derive(Debug, Default)]
struct Shared {
    queues: Mutex<Queues>,
    added: Condvar,
}

#[derive(Default)]
struct Queues {
    calls: VecDeque<Job>,
    bulk: VecDeque<Job>,
    /// Whether it is the turn of `bulk`.
    bulk_next: bool,
    closed: bool,
}

impl std::fmt::Debug for Queues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} calls, {} bulk", self.calls.len(), self.bulk.len())
    }
}

impl Pool {
    /// Starts this many threads, at least one.
    #[must_use]
    pub fn start(workers: usize) -> Self {
        let workers = workers.max(1);
        let shared = Arc::new(Shared::default());
        for number in 0..workers {
            let shared = Arc::clone(&shared);
            let started = thread::Builder::new().name(format!("check-{number}")).spawn(move || shared.work());
            if let Err(error) = started {
                tracing::error!(%error, number, "start a worker");
            }
        }
        Self { shared, workers, here: AtomicUsize::new(0) }
    }

    /// Whether a call that has not sent its message yet should be refused. One that has is still taken, up to
    /// the limit: the work of reading it is done.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.shared.lock().calls.len() >= self.workers * limits::WAITING_CALLS_PER_WORKER
    }

    /// Runs a job and waits for its answer. Dropping the future drops the job, if it has not begun.
    pub async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(move || {
            if !answer.is_closed() {
                // A panic is logged by its hook; here it ends in the caller's error, not in a lost thread.
                if let Ok(value) = catch_unwind(AssertUnwindSafe(job)) {
                    // The caller may have left meanwhile.
                    drop(answer.send(value));
                }
            }
        });
        self.add(lane, job)?;
        answered.await.map_err(|_| PoolError::Panicked)
    }

    /// Runs a short job of the bulk lane on this thread, after what has arrived there meanwhile; on the pool's threads,
    /// if many wait for that already. Dropping the future drops the job, if it has not begun.
    pub async fn run_here<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, PoolError> {
        let Some(place) = Place::take(&self.here, self.workers * limits::PAGES_HERE_PER_WORKER) else {
            return self.run(Lane::Bulk, job).await;
        };
        // The runtime looks at its connections before it comes back: pings and cancellations stand first.
        yield_now().await;
        drop(place);
        // A panic is logged by its hook; here it ends in the caller's error.
        catch_unwind(AssertUnwindSafe(job)).map_err(|_| PoolError::Panicked)
    }

    fn add(&self, lane: Lane, job: Job) -> Result<(), PoolError> {
        let limit = self.workers * limits::MOST_WAITING_CALLS_PER_WORKER;
        let mut queues = self.shared.lock();
        match lane {
            Lane::Call if queues.calls.len() >= limit => {
                return Err(PoolError::Full { waiting: queues.calls.len(), limit });
            }
            Lane::Call => queues.calls.push_back(job),
            Lane::Bulk => queues.bulk.push_back(job),
        }
        drop(queues);
        self.shared.added.notify_one();
        Ok(())
    }
}

/// One of those that wait, until it is dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    /// A place, if fewer than so many are taken.
    fn take(taken: &'a AtomicUsize, most: usize) -> Option<Self> {
        let before = taken.fetch_add(1, Ordering::Relaxed);
        let place = Self(taken);
        (before < most).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.added.notify_all();
    }
}

impl Shared {
    /// No code panics while it holds the lock, so a poisoned one is whole.
    fn lock(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs jobs until the pool is dropped and nothing waits.
    fn work(&self) {
        while let Some(job) = self.next() {
            job();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut queues = self.lock();
        loop {
            if let Some(job) = queues.take() {
                return Some(job);
            }
            if queues.closed {
                return None;
            }
            queues = self.added.wait(queues).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Queues {
    /// The next job; where both lanes wait, they take turns.
    fn take(&mut self) -> Option<Job> {
        let job = if self.bulk_next {
            self.bulk.pop_front().or_else(|| self.calls.pop_front())
        } else {
            self.calls.pop_front().or_else(|| self.bulk.pop_front())
        };
        // A look at empty queues is no turn.
        if job.is_some() {
            self.bulk_next = !self.bulk_next;
        }
        job
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A pool of one thread that is held busy until the sender is dropped.
    fn busy_pool() -> (Arc<Pool>, mpsc::Sender<()>) {
        let pool = Arc::new(Pool::start(1));
        let (release, held) = mpsc::channel::<()>();
        let (begun, begins) = mpsc::channel();
        pool.add(
            Lane::Call,
            Box::new(move || {
                begun.send(()).expect("the test waits");
                // Ends when the test drops its side.
                let _ = held.recv();
            }),
        )
        .expect("room");
        begins.recv().expect("the worker runs");
        (pool, release)
    }

    #[tokio::test]
    async fn pool_answers_and_survives_a_panic() {
        let pool = Pool::start(1);
        let panicked: Result<(), _> = pool.run(Lane::Call, || panic!("on purpose")).await;
        assert_eq!(panicked, Err(PoolError::Panicked));
        assert_eq!(pool.run(Lane::Bulk, || 2 + 2).await, Ok(4));
    }

    #[tokio::test]
    async fn pool_refuses_the_call_beyond_its_limit_and_never_a_page_of_a_stream() {
        let (pool, release) = busy_pool();
        for waiting in 0..limits::MOST_WAITING_CALLS_PER_WORKER {
            assert_eq!(pool.is_busy(), waiting >= limits::WAITING_CALLS_PER_WORKER);
            pool.add(Lane::Call, Box::new(|| ())).expect("room");
        }
        let limit = limits::MOST_WAITING_CALLS_PER_WORKER;
        assert_eq!(pool.run(Lane::Call, || ()).await, Err(PoolError::Full { waiting: limit, limit }));
        let bulk = pool.run(Lane::Bulk, || 7);
        drop(release);
        assert_eq!(bulk.await, Ok(7));
    }

    #[tokio::test]
    async fn pool_serves_its_lanes_in_turn() {
        let (pool, release) = busy_pool();
        let (done, order) = mpsc::channel();
        for lane in [Lane::Bulk, Lane::Bulk, Lane::Bulk, Lane::Call, Lane::Call] {
            let done = done.clone();
            pool.add(lane, Box::new(move || done.send(lane).expect("the test waits"))).expect("room");
        }
        drop((release, done));
        let order: Vec<Lane> = order.iter().collect();
        assert_eq!(order, [Lane::Bulk, Lane::Call, Lane::Bulk, Lane::Call, Lane::Bulk]);
    }

    #[tokio::test]
    async fn pool_drops_a_job_whose_caller_left() {
        let (pool, release) = busy_pool();
        let (done, began) = mpsc::channel::<()>();
        let left = pool.run(Lane::Call, move || done.send(()).expect("the test waits"));
        let left = tokio::time::timeout(std::time::Duration::from_millis(5), left).await;
        assert!(left.is_err(), "the worker is held");
        drop(release);
        assert_eq!(pool.run(Lane::Call, || 1).await, Ok(1));
        assert!(began.try_recv().is_err(), "the job of a caller who left was run");
    }

    #[tokio::test]
    async fn pool_runs_short_jobs_where_they_are_until_many_wait() {
        let pool = Pool::start(1);
        let here = thread::current().id();
        let panicked: Result<(), _> = pool.run_here(|| panic!("on purpose")).await;
        assert_eq!(panicked, Err(PoolError::Panicked));
        assert_eq!(pool.run_here(|| thread::current().id()).await, Ok(here));
        let most = limits::PAGES_HERE_PER_WORKER;
        let waiting: Vec<_> = (0..most).filter_map(|_| Place::take(&pool.here, most)).collect();
        assert_eq!(waiting.len(), most);
        let elsewhere = pool.run_here(|| thread::current().id()).await;
        assert!(elsewhere.is_ok_and(|it| it != here), "one more goes to the pool's threads");
        drop(waiting);
        assert_eq!(pool.run_here(|| thread::current().id()).await, Ok(here));
    }
}
