//! How much memory calls may take together, over all front ends, counted as their bytes arrive: a bound on calls
//! or on connections would not be one on memory.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{fault::Fault, limits, metrics};

/// An error of a body, as hyper and tonic take it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The memory for calls, and that for pages of streams: half each, so that neither starves the other.
#[derive(Debug)]
pub struct Memory {
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    /// Bytes of each half.
    half: usize,
}

/// What one call holds of the memory, until it is dropped.
#[derive(Debug)]
pub struct Hold {
    from: Arc<Semaphore>,
    half: usize,
    held: AtomicUsize,
}

impl Memory {
    /// So many bytes in all.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let half = (bytes / 2).min(Semaphore::MAX_PERMITS);
        Self { calls: Arc::new(Semaphore::new(half)), streams: Arc::new(Semaphore::new(half)), half }
    }

    /// Bytes that calls and streams hold.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        let held = |it: &Semaphore| self.half.saturating_sub(it.available_permits());
        held(&self.calls) + held(&self.streams)
    }

    /// Memory for a call, before a byte of its message is read.
    pub fn call(&self) -> Result<Arc<Hold>, Fault> {
        let hold = Hold { from: Arc::clone(&self.calls), half: self.half, held: AtomicUsize::new(0) };
        hold.grow(limits::CALL_BYTES)?;
        Ok(Arc::new(hold))
    }

    /// Memory for a page of a stream. Waits for it, in the order of asking: that holds the sender back.
    pub async fn streamed(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = (limits::CALL_BYTES + bytes * limits::MEMORY_PER_BYTE).min(self.half);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        Arc::clone(&self.streams).acquire_many_owned(bytes).await.ok()
    }
}

impl Hold {
    /// Counts memory for a message of this many bytes, where less was counted as it arrived: a compressed one.
    pub fn cover(&self, message: usize) -> Result<(), Fault> {
        let needed = limits::CALL_BYTES + message * limits::MEMORY_PER_BYTE;
        self.grow(needed.saturating_sub(self.held.load(Ordering::Relaxed)))
    }

    fn grow(&self, bytes: usize) -> Result<(), Fault> {
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        let Ok(permit) = self.from.try_acquire_many(permits) else {
            metrics::shed();
            return Err(Fault::overloaded(format!(
                "calls in flight, this one included, take {} bytes of memory, {bytes} more are over the limit of {}",
                self.half - self.from.available_permits(),
                self.half
            )));
        };
        permit.forget();
        self.held.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.from.add_permits(self.held.load(Ordering::Relaxed));
    }
}

/// Reads what a refused caller still sends, and keeps nothing of it. To drop a message half sent resets its
/// stream, and the reset overtakes the refusal in some clients (h2 among them): they then see a broken call.
pub fn discard<B>(message: B)
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    let mut rest = Rest { message, bytes: 0 };
    // A short message is there as a whole, and needs no task.
    if rest.read(&mut Context::from_waker(Waker::noop())).is_pending() {
        let read = std::future::poll_fn(move |cx| rest.read(cx));
        tokio::spawn(tokio::time::timeout(limits::DISCARD_TIME, read));
    }
}

/// What is left of a message that nobody wants.
struct Rest<B> {
    message: B,
    /// Bytes thrown away.
    bytes: usize,
}

impl<B: Body<Data = Bytes> + Unpin> Rest<B> {
    /// Reads what has arrived. Ready at the end of the message, or of patience.
    fn read(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.bytes <= limits::MESSAGE_BYTES && !self.message.is_end_stream() {
            match std::task::ready!(Pin::new(&mut self.message).poll_frame(cx)) {
                Some(Ok(frame)) => self.bytes += frame.data_ref().map_or(0, Buf::remaining),
                Some(Err(_)) | None => break,
            }
        }
        Poll::Ready(())
    }
}

/// A message whose bytes are counted as they arrive. Over the limit it ends with the refusal.
#[derive(Debug)]
pub struct Metered<B> {
    /// Gone when it was refused.
    inner: Option<B>,
    hold: Arc<Hold>,
    refusal: fn(Fault) -> BoxError,
}

impl<B> Metered<B> {
    /// A message that is counted by `hold`; `refusal` makes the refusal the error that the protocol reads.
    pub fn new(inner: B, hold: Arc<Hold>, refusal: fn(Fault) -> BoxError) -> Self {
        Self { inner: Some(inner), hold, refusal }
    }
}

impl<B> Body for Metered<B>
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let Some(inner) = &mut self.inner else { return Poll::Ready(None) };
        let frame = match std::task::ready!(Pin::new(inner).poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            None => return Poll::Ready(None),
        };
        let bytes = frame.data_ref().map_or(0, Buf::remaining);
        Poll::Ready(Some(match self.hold.grow(bytes * limits::MEMORY_PER_BYTE) {
            Ok(()) => Ok(frame),
            Err(fault) => {
                if let Some(rest) = self.inner.take() {
                    discard(rest);
                }
                Err((self.refusal)(fault))
            }
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// An answer that keeps something until it was sent.
#[derive(Debug)]
pub struct Keeping<B, T> {
    inner: B,
    _kept: T,
}

impl<B, T> Keeping<B, T> {
    /// This answer, with what is dropped after it.
    pub fn new(inner: B, kept: T) -> Self {
        Self { inner, _kept: kept }
    }
}

impl<B: Body<Data = Bytes> + Unpin, T: Unpin> Body for Keeping<B, T> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_refused_beyond_the_half_and_given_back() {
        let memory = Memory::new(4 * limits::CALL_BYTES);
        let first = memory.call().expect("room");
        assert!(first.cover(limits::CALL_BYTES).is_err(), "six times as much is not there");
        let second = memory.call().expect("room");
        assert!(memory.call().is_err());
        drop(first);
        assert!(memory.call().is_ok());
        drop(second);
        assert_eq!(memory.calls.available_permits(), memory.half);
    }

    #[tokio::test]
    async fn memory_of_streams_is_their_own_and_a_page_larger_than_it_passes_alone() {
        let memory = Memory::new(4 * limits::CALL_BYTES);
        let calls = (memory.call(), memory.call());
        let alone = memory.streamed(1 << 20).await.expect("open");
        assert_eq!(memory.streams.available_permits(), 0);
        drop((alone, calls));
        assert_eq!(memory.streams.available_permits(), memory.half);
    }
}
