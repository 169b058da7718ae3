//! A check with a store behind it: decisions answer, what needs a person is held before the answer goes out.

use std::sync::Arc;

use prost::Message as _;

use super::{
    Gate, Lane,
    calls::{self, valid},
    desk::{Desk, now},
    record::Record,
};
use crate::{
    engine::{self, CheckResult, Include},
    fault::{Code, Fault},
    finding::{Effect, JunkKind},
    limits,
    page::{Content, Page},
    proto::{self, CheckPageRequest, decided_by::Decider},
    review::{ContentHash, Decision, KeyHash, NewFinding, NewItem, Origin, PageKey, ReviewItemId},
    store::{Answer, Held, Reject, StoredAnswer},
    verdict::{Verdict, policy::Profile},
};

/// A page on its way, with what is to be stored of it.
struct Checked {
    page: Page,
    key: PageKey,
    include: Include,
    fetch_time: Option<pbjson_types::Timestamp>,
    verdict: Verdict,
    result: proto::CheckResult,
    /// To be put into the queue.
    item: Option<Box<NewItem>>,
    /// To be recorded.
    reject: Option<Box<Reject>>,
    rules: Vec<String>,
}

/// What the threads that check make of a request.
enum Outcome {
    Checked(Box<Checked>),
    /// The request came before; this was answered.
    Repeated(Box<proto::CheckResult>),
}

/// Checks a page and answers by what is decided of it, or holds it if a person must look.
pub(super) async fn check(
    gate: &Arc<Gate>,
    desk: &Arc<Desk>,
    lane: Lane,
    request: CheckPageRequest,
) -> Result<proto::CheckResult, Fault> {
    // What stores nothing has nothing to repeat.
    let request_id = if request.validate_only { String::new() } else { request.request_id.clone() };
    let before = if request_id.is_empty() { None } else { desk.store.answer_of(&request_id, now()).await? };
    let (validate_only, bytes) = (request.validate_only, request.encoded_len());
    let mut checked = match gate.run_sized(lane, bytes, move |gate| checked(gate, request, before)).await?? {
        Outcome::Repeated(result) => return Ok(*result),
        Outcome::Checked(checked) => checked,
    };
    if checked.verdict == Verdict::Review {
        checked = with_newest_facts(gate, desk, lane, checked).await?;
    }
    let is_deciding = gate.in_force().policy.profile() == Profile::News;
    let result = if is_deciding {
        answer(desk, &mut checked, validate_only).await?
    } else {
        std::mem::take(&mut checked.result)
    };
    if !validate_only {
        record(desk, &mut checked, &result);
    }
    if request_id.is_empty() {
        return Ok(result);
    }
    let answer = StoredAnswer { key: checked.key.hash(), answer: result.encode_to_vec() };
    let kept = desk.store.remember_answer(&request_id, answer, now()).await?;
    repeated(&kept, checked.key.hash())
}

/// Judges a page again if allowances came since: before a person is asked, it is sure that one must be.
async fn with_newest_facts(
    gate: &Arc<Gate>,
    desk: &Arc<Desk>,
    lane: Lane,
    checked: Box<Checked>,
) -> Result<Box<Checked>, Fault> {
    desk.catch_up().await?;
    let newest = gate.in_force().policy.revision_with(&desk.facts(&checked.key.source));
    if checked.result.policy_revision == newest {
        return Ok(checked);
    }
    Ok(gate
        .run(lane, move |gate| {
            let Checked { page, key, include, fetch_time, .. } = *checked;
            Box::new(judged(gate, page, key, include, fetch_time))
        })
        .await?)
}

/// Reads and judges a page. Work for a processor.
fn checked(gate: &Gate, request: CheckPageRequest, before: Option<StoredAnswer>) -> Result<Outcome, Fault> {
    let fetch_time = request.page.as_ref().and_then(|it| it.fetch_time);
    let page = valid(request.page)?;
    let key = key(&page);
    if let Some(before) = before {
        return Ok(Outcome::Repeated(Box::new(repeated(&before, key.hash())?)));
    }
    Ok(Outcome::Checked(Box::new(judged(gate, page, key, proto::include(&request.include), fetch_time))))
}

fn judged(
    gate: &Gate,
    page: Page,
    key: PageKey,
    include: Include,
    fetch_time: Option<pbjson_types::Timestamp>,
) -> Checked {
    let result = calls::timed(gate, &page, include);
    let verdict = result.verdict;
    let rules = result.findings.iter().filter(|it| it.judged.effect > Effect::Note);
    let rules = rules.map(|it| it.judged.finding.rule_id.to_string()).collect();
    let origin = gate.desk().and_then(|desk| origin(desk, verdict, key.hash()));
    let item = origin.map(|origin| Box::new(item(gate, &page, &key, origin, &result, fetch_time)));
    let reject = (verdict == Verdict::Reject).then(|| Box::new(reject(&page, &key, &result)));
    let result = proto::result(&page, result);
    Checked { page, key, include, fetch_time, verdict, result, item, reject, rules }
}

/// What makes a page the same to the queue.
fn key(page: &Page) -> PageKey {
    PageKey {
        source: page.source().to_owned(),
        page_id: page.id().to_owned(),
        content_hash: ContentHash(page.content().fingerprint()),
    }
}

/// Why a page goes into the queue, if it does. Samples are drawn by the page's hash: the same page is drawn by every
/// replica, and each time.
fn origin(desk: &Desk, verdict: Verdict, key: KeyHash) -> Option<Origin> {
    let drawn = |one_in: u64| {
        let number = key.0[..8].iter().fold(0, |sum, it| sum << 8 | u64::from(*it));
        one_in > 0 && number.is_multiple_of(one_in)
    };
    match verdict {
        Verdict::Review => Some(Origin::Held),
        Verdict::Reject => drawn(desk.settings.sample_rejected).then_some(Origin::SampledReject),
        Verdict::Accept | Verdict::AcceptCleaned => {
            drawn(desk.settings.sample_accepted).then_some(Origin::SampledAccept)
        }
    }
}

/// The page for the queue, with all that a reviewer wants to see: its result is made anew with items and HTML.
fn item(
    gate: &Gate,
    page: &Page,
    key: &PageKey,
    origin: Origin,
    result: &CheckResult,
    fetch_time: Option<pbjson_types::Timestamp>,
) -> NewItem {
    let id = ReviewItemId::new(now());
    let whole = gate.check(page, Include { items: true, cleaned_html: true });
    let mut message = proto::result(page, whole);
    message.review_item = id.to_string();
    NewItem {
        id,
        key: key.clone(),
        origin,
        verdict: result.verdict,
        url: page.url().to_owned(),
        title: title(page, result),
        language: if page.language().is_empty() { result.meta.language.clone() } else { page.language().to_owned() },
        findings: filed(result),
        page: proto::page(page, fetch_time).encode_to_vec(),
        result: message.encode_to_vec(),
        ruleset_revision: result.ruleset_revision.clone(),
        policy_revision: result.policy_revision.clone(),
    }
}

/// The findings above a note, by which the queue is searched.
fn filed(result: &CheckResult) -> Vec<NewFinding> {
    let strong = result.findings.iter().enumerate().filter(|(_, it)| it.judged.effect > Effect::Note);
    let filed = strong.map(|(index, it)| NewFinding {
        index: u32::try_from(index).unwrap_or(u32::MAX),
        rule_id: it.judged.finding.rule_id.to_string(),
        kind: it.judged.finding.kind,
        place: it.judged.finding.place,
        effect: it.judged.effect,
        confidence: it.judged.finding.confidence.get(),
        quote: it.quote.clone(),
    });
    filed.take(limits::FILED_FINDINGS).collect()
}

/// A title for lists: the honest one, else what stands for one in the page.
fn title(page: &Page, result: &CheckResult) -> String {
    let sent = match page.content() {
        Content::Html { title, .. } | Content::Text { title, .. } => title.as_str(),
        Content::Items(items) => items.first().map_or("", |it| it.text.as_str()),
    };
    let junk = result.findings.iter().find(|it| it.judged.finding.place == crate::finding::Place::Title);
    let junk = junk.map_or("", |it| it.quote.as_str());
    let candidates = [sent.trim(), junk, result.cleaned.title.as_str(), first_line(&result.cleaned.text)];
    candidates.into_iter().find(|it| !it.is_empty()).unwrap_or_default().to_owned()
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn reject(page: &Page, key: &PageKey, result: &CheckResult) -> Reject {
    let message = proto::CheckResult { cleaned: None, ..proto::result(page, result.clone()) };
    let of_body = |it: &&engine::Reported| {
        !matches!(it.judged.finding.kind, JunkKind::MissingBody | JunkKind::ThinBody | JunkKind::TruncatedBody)
    };
    let lead = result.findings.iter().find(of_body).or(result.findings.first());
    let mut text = result.cleaned.text.clone();
    text.truncate(text.floor_char_boundary(limits::REJECT_TEXT_BYTES));
    Reject {
        id: ReviewItemId::new(now()),
        key: key.clone(),
        url: page.url().to_owned(),
        title: title(page, result),
        rule_id: lead.map(|it| it.judged.finding.rule_id.to_string()).unwrap_or_default(),
        findings: message.encode_to_vec(),
        text,
    }
}

/// The answer to a page: by the decision on it, else by its check; held, if a person must look.
async fn answer(desk: &Desk, checked: &mut Checked, validate_only: bool) -> Result<proto::CheckResult, Fault> {
    let decided = match checked.verdict {
        Verdict::Review if !validate_only => return hold(desk, checked).await,
        Verdict::Accept if !desk.may_be_decided(&checked.key) => None,
        _ => desk.store.decision_of(&checked.key).await?,
    };
    match decided {
        Some(decided) => by_decision(desk, checked, &decided).await,
        None => Ok(std::mem::take(&mut checked.result)),
    }
}

/// Holds a page. It is on disk, or decided, or the caller is told to come again.
async fn hold(desk: &Desk, checked: &mut Checked) -> Result<proto::CheckResult, Fault> {
    let Some(item) = checked.item.take() else {
        return Err(Fault::internal(&"a page to be held has no item"));
    };
    match desk.store.hold(*item, now()).await? {
        Held::Queued(id) => {
            desk.is_held(id, &checked.key);
            tracing::info!(review_item = %id, source = checked.key.source, "held page");
            Ok(proto::CheckResult { review_item: id.to_string(), ..std::mem::take(&mut checked.result) })
        }
        Held::AlreadyQueued(id) => {
            Ok(proto::CheckResult { review_item: id.to_string(), ..std::mem::take(&mut checked.result) })
        }
        Held::Decided(decided) => by_decision(desk, checked, &decided).await,
    }
}

/// The result as the reviewer saw it, with the verdict of the decision. Where it is past its time, the result of now.
async fn by_decision(desk: &Desk, checked: &mut Checked, decided: &Answer) -> Result<proto::CheckResult, Fault> {
    // What was drawn or rejected has been seen by a person.
    (checked.item, checked.reject) = (None, None);
    let stored = desk.store.get(decided.review_item_id).await?.result;
    let mut result = match stored {
        Some(bytes) => proto::CheckResult::decode(bytes.as_slice()).map_err(|it| Fault::internal(&it))?,
        None => std::mem::take(&mut checked.result),
    };
    if !checked.include.items {
        result.items.clear();
    }
    if !checked.include.cleaned_html
        && let Some(cleaned) = &mut result.cleaned
    {
        cleaned.html.clear();
    }
    let verdict = match decided.decision {
        Decision::Publish => proto::Verdict::Accept,
        Decision::PublishCleaned => proto::Verdict::AcceptCleaned,
        Decision::Discard => proto::Verdict::Reject,
    };
    result.verdict = verdict.into();
    result.review_item = decided.review_item_id.to_string();
    result.decided_by = Some(proto::DecidedBy { decider: Some(Decider::Decision(decided.decision_id.to_string())) });
    Ok(result)
}

/// What is written after the answer.
fn record(desk: &Arc<Desk>, checked: &mut Checked, result: &proto::CheckResult) {
    let verdict = match result.verdict() {
        proto::Verdict::Accept | proto::Verdict::Unspecified => Verdict::Accept,
        proto::Verdict::AcceptCleaned => Verdict::AcceptCleaned,
        proto::Verdict::Review => Verdict::Review,
        proto::Verdict::Reject => Verdict::Reject,
    };
    desk.records.count(&checked.key.source, verdict, checked.rules.iter().map(String::as_str));
    if let Some(reject) = checked.reject.take() {
        desk.records.add(Record::Reject(reject));
    }
    match checked.item.take() {
        Some(sample) => desk.records.add(Record::Sample(sample)),
        // Newer content of a page that waits needs no person: the old one need not be looked at any more.
        None if verdict != Verdict::Review && desk.may_wait(&checked.key) => {
            let (desk, key) = (Arc::clone(desk), checked.key.clone());
            tokio::spawn(async move {
                if let Err(error) = desk.store.supersede(&key, now()).await {
                    tracing::warn!(%error, "take an item out of the queue whose page has newer content");
                }
            });
        }
        None => {}
    }
}

/// The answer to a request that came before with the same page.
fn repeated(before: &StoredAnswer, key: KeyHash) -> Result<proto::CheckResult, Fault> {
    if before.key != key {
        let message = "came before with another page: send a new id with each page";
        let violations = vec![("request_id".to_owned(), message.to_owned())];
        let fault = Fault::new(Code::InvalidArgument, "REQUEST_ID_REUSED", format!("request_id: {message}"));
        return Err(Fault { violations, ..fault });
    }
    proto::CheckResult::decode(before.answer.as_slice()).map_err(|it| Fault::internal(&it))
}
