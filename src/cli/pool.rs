//! Work on all cores whose results come in the order of the input, with a bounded number in flight.

use std::{
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use anyhow::Context;

use crate::limits;

/// A piece of work, and where its result is waited for.
struct Job<T, R> {
    input: T,
    done: SyncSender<R>,
}

/// Hands what `produce` makes to `jobs` threads that `work` on it, and the results in order to `take`.
///
/// The queue of results waited for is bounded, so a slow page holds up the reading and not the memory.
/// When `take` fails, the threads are left to themselves: one may wait for input that never comes.
pub(super) fn in_order<T: Send + 'static, R: Send + 'static>(
    jobs: usize,
    produce: impl FnOnce(&mut dyn FnMut(T) -> anyhow::Result<()>) -> anyhow::Result<()> + Send + 'static,
    work: impl Fn(T) -> R + Send + Sync + 'static,
    mut take: impl FnMut(R) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (queue, waited) = sync_channel(jobs * limits::INPUTS_PER_JOB);
    let (hand_out, handed) = sync_channel::<Job<T, R>>(jobs);
    let (handed, work) = (Arc::new(Mutex::new(handed)), Arc::new(work));
    for _ in 0..jobs {
        let (handed, work) = (Arc::clone(&handed), Arc::clone(&work));
        thread::Builder::new().spawn(move || labour(&handed, &*work)).context("start a thread")?;
    }
    let reader = move || {
        let mut give = |input| {
            let (done, result) = sync_channel(1);
            queue.send(Ok(result)).ok().context("the results are no longer taken")?;
            hand_out.send(Job { input, done }).ok().context("no thread is left to work")
        };
        let end = produce(&mut give);
        if let Err(error) = end {
            // Nobody hears it when nothing is taken any more.
            let _ = queue.send(Err(error));
        }
    };
    thread::Builder::new().spawn(reader).context("start a thread")?;
    for result in waited {
        take(result?.recv().context("a check ended without a result")?)?;
    }
    Ok(())
}

fn labour<T, R>(handed: &Mutex<Receiver<Job<T, R>>>, work: &impl Fn(T) -> R) {
    loop {
        let Ok(job) = handed.lock().map(|it| it.recv()) else { return };
        let Ok(Job { input, done }) = job else { return };
        // The result of the last pages is not wanted when the output was closed.
        let _ = done.send(work(input));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_input_though_work_ends_in_another() {
        let produce = |give: &mut dyn FnMut(u64) -> anyhow::Result<()>| (0..200).try_for_each(give);
        let work = |it: u64| (0..(200 - it) * 500).fold(it, |sum, _| std::hint::black_box(sum));
        let mut results = Vec::new();
        let taken = in_order(4, produce, work, |it| {
            results.push(it);
            Ok(())
        });
        taken.expect("no error");
        assert_eq!(results, (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn inputs_ahead_of_the_results_are_bounded() {
        let made = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&made);
        let produce = move |give: &mut dyn FnMut(usize) -> anyhow::Result<()>| {
            (0..10_000).try_for_each(|it| {
                counter.fetch_add(1, Ordering::SeqCst);
                give(it)
            })
        };
        let most = 2 * limits::INPUTS_PER_JOB + 2;
        let taken = in_order(
            2,
            produce,
            |it| it,
            |it| {
                let ahead = made.load(Ordering::SeqCst) - it;
                anyhow::ensure!(ahead <= most, "{ahead} inputs ahead, limit is {most}");
                Ok(())
            },
        );
        taken.expect("bounded");
    }

    #[test]
    fn errors_of_reading_and_of_taking_end_the_work() {
        let produce = |give: &mut dyn FnMut(u8) -> anyhow::Result<()>| {
            give(1)?;
            anyhow::bail!("unreadable")
        };
        let mut taken = 0;
        let end = in_order(
            2,
            produce,
            |it| it,
            |it| {
                taken += it;
                Ok(())
            },
        );
        assert_eq!((taken, end.expect_err("unreadable").to_string()), (1, "unreadable".to_owned()));
        let endless = |give: &mut dyn FnMut(u8) -> anyhow::Result<()>| loop {
            give(1)?;
        };
        let end = in_order(2, endless, |it| it, |_| anyhow::bail!("closed"));
        assert_eq!(end.expect_err("closed").to_string(), "closed");
    }
}
