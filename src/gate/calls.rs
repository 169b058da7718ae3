//! What front ends ask for, in the messages of the API.

use std::{sync::Arc, time::Instant};

use prost::Message as _;
use tokio::task::JoinSet;

use super::{Caller, Gate, InForce, Lane, PoolError, held};
use crate::{
    engine::{CheckResult, Include},
    fault::Fault,
    limits, metrics,
    page::Page,
    proto::{
        self, BatchCheckPagesRequest, BatchCheckPagesResponse, CheckPageRequest, ExplainPageRequest,
        ExplainPageResponse, PageOutcome, page_outcome::Outcome,
    },
    rule::nearest,
};

impl Gate {
    /// Checks one page. With a store, a decision on the page answers, and a page that needs a person is on disk
    /// before the answer is given. Without one, it is only told that it needs one.
    pub async fn check_page(
        self: &Arc<Self>,
        caller: &Caller,
        lane: Lane,
        mut request: CheckPageRequest,
    ) -> Result<proto::CheckResult, Fault> {
        request.request_id = scoped(caller, request.request_id)?;
        self.check_valid(lane, request).await
    }

    /// Checks one page among others: what is wrong with it is its own outcome.
    pub async fn outcome(self: &Arc<Self>, caller: &Caller, request: CheckPageRequest) -> PageOutcome {
        match scoped(caller, request.request_id.clone()) {
            Ok(request_id) => self.checked_outcome(CheckPageRequest { request_id, ..request }).await,
            Err(fault) => PageOutcome { outcome: Some(Outcome::Error(fault.page_error())) },
        }
    }

    /// The same for a request whose id is within its limit, or made of one that is.
    async fn checked_outcome(self: &Arc<Self>, request: CheckPageRequest) -> PageOutcome {
        let outcome = match self.check_valid(Lane::Bulk, request).await {
            Ok(result) => Outcome::Result(result),
            Err(fault) => Outcome::Error(fault.page_error()),
        };
        PageOutcome { outcome: Some(outcome) }
    }

    async fn check_valid(self: &Arc<Self>, lane: Lane, request: CheckPageRequest) -> Result<proto::CheckResult, Fault> {
        match self.desk() {
            Some(desk) => held::check(self, desk, lane, request).await,
            None => self.run_sized(lane, request.encoded_len(), move |gate| checked(gate, request)).await?,
        }
    }

    /// Checks some pages; the outcomes are in the order of the pages.
    pub async fn check_pages(
        self: &Arc<Self>,
        caller: &Caller,
        request: BatchCheckPagesRequest,
    ) -> Result<BatchCheckPagesResponse, Fault> {
        let BatchCheckPagesRequest { pages, include, validate_only, request_id } = request;
        let request_id = scoped(caller, request_id)?;
        let count = pages.len();
        if !(1..=limits::BATCH_PAGES).contains(&count) {
            let message = format!("has {count} pages, must have 1 to {}", limits::BATCH_PAGES);
            return Err(Fault::field("pages", &message));
        }
        // Dropping the set drops what has not begun: a caller who left leaves no work behind.
        let mut running = JoinSet::new();
        for (index, page) in pages.into_iter().enumerate() {
            let gate = Arc::clone(self);
            let request_id = if request_id.is_empty() { String::new() } else { format!("{request_id}/{index}") };
            let request = CheckPageRequest { page: Some(page), include: include.clone(), validate_only, request_id };
            running.spawn(async move { (index, gate.checked_outcome(request).await) });
        }
        let mut outcomes = vec![PageOutcome::default(); count];
        while let Some(done) = running.join_next().await {
            let (index, outcome) = done.map_err(|it| Fault::internal(&it))?;
            outcomes[index] = outcome;
        }
        Ok(BatchCheckPagesResponse { outcomes })
    }

    /// Checks a page and tells what each rule did.
    pub async fn explain_page(self: &Arc<Self>, request: ExplainPageRequest) -> Result<ExplainPageResponse, Fault> {
        if request.rule_ids.len() > limits::RULE_IDS {
            let message = format!("has {} ids, limit is {}", request.rule_ids.len(), limits::RULE_IDS);
            return Err(Fault::field("rule_ids", &message));
        }
        self.run(Lane::Call, move |gate| explained(gate, request)).await?
    }
}

impl From<PoolError> for Fault {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Full { .. } => {
                metrics::shed();
                Self::overloaded(error.to_string())
            }
            PoolError::Panicked => Self::internal(&error),
        }
    }
}

pub(super) fn check_request_id(id: &str) -> Result<(), Fault> {
    if id.len() > limits::REQUEST_ID_BYTES {
        let message = format!("has {} bytes, limit is {}", id.len(), limits::REQUEST_ID_BYTES);
        return Err(Fault::field("request_id", &message));
    }
    Ok(())
}

/// The id of a request as the store keeps it: two callers who chose the same one do not meet.
fn scoped(caller: &Caller, id: String) -> Result<String, Fault> {
    check_request_id(&id)?;
    match &caller.key_prefix {
        Some(prefix) if !id.is_empty() => Ok(format!("{prefix}:{id}")),
        _ => Ok(id),
    }
}

/// Checks one page as it came. Work for a processor.
fn checked(gate: &Gate, request: CheckPageRequest) -> Result<proto::CheckResult, Fault> {
    let page = valid(request.page)?;
    let result = timed(gate, &page, proto::include(&request.include));
    Ok(proto::result(&page, result))
}

/// Checks a page and tells the log what it took.
pub(super) fn timed(gate: &Gate, page: &Page, include: Include) -> CheckResult {
    let start = Instant::now();
    let result = gate.check(page, include);
    let time = start.elapsed();
    let rules = result.findings.iter().map(|it| it.judged.finding.rule_id.as_ref());
    metrics::checked(result.verdict.name(), rules, time);
    let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    tracing::debug!(
        page_id = page.id(),
        source = page.source(),
        verdict = result.verdict.name(),
        findings = result.findings.len(),
        micros,
        "checked page"
    );
    result
}

fn explained(gate: &Gate, request: ExplainPageRequest) -> Result<ExplainPageResponse, Fault> {
    let page = valid(request.page)?;
    check_rule_ids(&gate.in_force(), &request.rule_ids)?;
    Ok(proto::explanation(&page, gate.explain(&page, &request.rule_ids)))
}

fn check_rule_ids(in_force: &InForce, ids: &[String]) -> Result<(), Fault> {
    match ids.iter().find(|it| in_force.rules.get(it).is_none()) {
        Some(id) => {
            let known: Vec<&str> = in_force.rules.rules().iter().map(|it| it.id.as_str()).collect();
            Err(Fault::no_rule(id, nearest(id, &known)))
        }
        None => Ok(()),
    }
}

pub(super) fn valid(page: Option<proto::Page>) -> Result<Page, Fault> {
    let page = page.ok_or_else(|| Fault::field("page", "is missing"))?;
    Page::try_new(proto::draft(page)).map_err(|it| Fault::page(&it))
}
