//! `StreamCheckPages`: pages as they come, each answered once, a bounded number in flight.

use std::sync::Arc;

use prost::Message as _;
use tokio::{
    sync::{Semaphore, mpsc},
    time::sleep_until,
};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tokio_util::sync::CancellationToken;
use tonic::{Status, Streaming};

use super::{front::Deadline, status};
use crate::{
    fault::Fault,
    gate::{Caller, Gate},
    proto::{CheckPageRequest, StreamCheckPagesRequest, StreamCheckPagesResponse},
    serving::Memory,
};

type Answers = mpsc::Sender<Result<StreamCheckPagesResponse, Status>>;

/// One stream of pages.
pub(super) struct Pages {
    pub(super) gate: Arc<Gate>,
    pub(super) caller: Caller,
    pub(super) memory: Arc<Memory>,
    /// Pages in flight, at least 1.
    pub(super) window: usize,
    pub(super) drain: CancellationToken,
    pub(super) deadline: Option<Deadline>,
}

impl Pages {
    /// The answers. Dropping them ends the stream.
    pub(super) fn answer(
        self,
        pages: Streaming<StreamCheckPagesRequest>,
    ) -> impl Stream<Item = Result<StreamCheckPagesResponse, Status>> + Send + 'static {
        let (answers, answered) = mpsc::channel(self.window);
        tokio::spawn(async move {
            if let Err(status) = self.run(pages, &answers).await {
                // The caller may have left meanwhile.
                drop(answers.send(Err(status)).await);
            }
        });
        ReceiverStream::new(answered)
    }

    /// Reads pages while there is room for them, until the caller closes its side; then waits for what is
    /// in flight. The deadline cuts it off wherever it is.
    async fn run(&self, mut pages: Streaming<StreamCheckPagesRequest>, answers: &Answers) -> Result<(), Status> {
        let over = async {
            match self.deadline {
                Some(Deadline(at)) => sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            ended = self.read(&mut pages, answers) => ended,
            () = over => Err(Fault::deadline().into()),
            () = answers.closed() => Ok(()),
        }
    }

    async fn read(&self, pages: &mut Streaming<StreamCheckPagesRequest>, answers: &Answers) -> Result<(), Status> {
        let window = Arc::new(Semaphore::new(self.window));
        let ended = loop {
            let Ok(slot) = Arc::clone(&window).acquire_owned().await else { break Ok(()) };
            let page = tokio::select! {
                page = pages.message() => page,
                () = self.drain.cancelled() => break Err(Fault::draining().into()),
            };
            match page {
                Ok(Some(page)) => {
                    let memory = self.memory.streamed(page.encoded_len()).await;
                    let (gate, caller, answers) = (Arc::clone(&self.gate), self.caller.clone(), answers.clone());
                    tokio::spawn(async move {
                        tokio::select! {
                            answer = one(&gate, &caller, page) => drop(answers.send(Ok(answer)).await),
                            () = answers.closed() => {}
                        }
                        drop((memory, slot));
                    });
                }
                Ok(None) => break Ok(()),
                Err(status) => break Err(status::completed(status)),
            }
        };
        // All slots are free again when all pages in flight are answered.
        let all = u32::try_from(self.window).unwrap_or(u32::MAX);
        drop(window.acquire_many(all).await);
        ended
    }
}

async fn one(gate: &Arc<Gate>, caller: &Caller, request: StreamCheckPagesRequest) -> StreamCheckPagesResponse {
    let StreamCheckPagesRequest { correlation_id, page, include, validate_only, request_id } = request;
    let outcome = gate.outcome(caller, CheckPageRequest { page, include, validate_only, request_id }).await;
    StreamCheckPagesResponse { correlation_id, outcome: Some(outcome) }
}
