//! Review items: held pages, their findings, and what is decided of them.

use std::{fmt, str::FromStr};

use super::{AllowanceId, DecisionId, Millis, PageKey, QuoteHash, ReviewItemId, named};
use crate::{
    finding::{Effect, JunkKind, Place},
    verdict::Verdict,
};

/// Why a page is in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Its verdict was `review`: the caller waits for a decision.
    Held,
    /// Its verdict was `reject`; drawn to measure the rules.
    SampledReject,
    /// Its verdict was `accept` or `accept_cleaned`; drawn to measure what is missed.
    SampledAccept,
}
named!(Origin { Held = "held", SampledReject = "sampled_reject", SampledAccept = "sampled_accept" });

/// Where a review item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Waits for a decision.
    Pending,
    /// Decided.
    Decided,
    /// The page came with other content before anyone decided.
    Superseded,
    /// A sample that nobody looked at in time. Held pages never expire.
    Expired,
}
named!(State { Pending = "pending", Decided = "decided", Superseded = "superseded", Expired = "expired" });

/// What a reviewer says is to be done with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// As it is: the findings were wrong, or do not matter.
    Publish,
    /// Without what was cut.
    PublishCleaned,
    /// Not at all.
    Discard,
}
named!(Decision { Publish = "publish", PublishCleaned = "publish_cleaned", Discard = "discard" });

/// What an entry of the audit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecisionKind {
    /// A decision was made.
    Decided(Decision),
    /// A decision was taken back.
    Undone(DecisionId),
    /// The reviewer looked and did not decide.
    Skipped,
}

/// Version of a review item's state; a decision names the one it was made on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Etag(pub i64);

/// A text that is no etag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no etag: send the one that came with the review item")]
pub struct EtagError(pub String);

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl FromStr for Etag {
    type Err = EtagError;

    fn from_str(text: &str) -> Result<Self, EtagError> {
        let error = || EtagError(text.chars().take(64).collect());
        let digits = text.strip_prefix('v').filter(|it| it.bytes().all(|it| it.is_ascii_digit()));
        digits.and_then(|it| it.parse().ok()).map(Self).ok_or_else(error)
    }
}

/// Who works on a review item, and until when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Reviewer.
    pub reviewer: String,
    /// The first moment at which it no longer holds.
    pub until: Millis,
}

/// What a reviewer says of one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Judgement {
    /// Index of the finding in the review item's result.
    pub finding_index: u32,
    /// Whether it is junk, as the finding says.
    pub right: bool,
}

/// A finding as it is filed: what lists are filtered by.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFinding {
    /// Index in the result.
    pub index: u32,
    /// Rule or detector.
    pub rule_id: String,
    /// Sort of junk.
    pub kind: JunkKind,
    /// Where.
    pub place: Place,
    /// What it asked for.
    pub effect: Effect,
    /// How sure it is, above 0 and at most 1.
    pub confidence: f64,
    /// The words, at most [`limits::QUOTE_BYTES`](crate::limits::QUOTE_BYTES).
    pub quote: String,
}

/// A finding of a review item.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewFinding {
    /// What was filed.
    pub finding: NewFinding,
    /// Hash of the folded quote.
    pub quote_hash: QuoteHash,
    /// What the decision in force says of it.
    pub right: Option<bool>,
}

/// A page to be held.
#[derive(Clone, Debug, PartialEq)]
pub struct NewItem {
    /// Its id, from [`ReviewItemId::new`] with the moment it was checked.
    pub id: ReviewItemId,
    /// Which page, which content.
    pub key: PageKey,
    /// Why it is held.
    pub origin: Origin,
    /// What the gate said.
    pub verdict: Verdict,
    /// URL, may be empty.
    pub url: String,
    /// Title for lists, may be empty; cut to [`limits::FILED_TITLE_BYTES`](crate::limits::FILED_TITLE_BYTES).
    pub title: String,
    /// Language, may be empty.
    pub language: String,
    /// Findings, strongest first; those beyond [`limits::FILED_FINDINGS`](crate::limits::FILED_FINDINGS) are not filed.
    pub findings: Vec<NewFinding>,
    /// The page as sent, encoded by the caller.
    pub page: Vec<u8>,
    /// The result as judged, encoded by the caller.
    pub result: Vec<u8>,
    /// Revision of the rules that judged it.
    pub ruleset_revision: String,
    /// Revision of the policy that judged it.
    pub policy_revision: String,
}

/// A review item without its bodies.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewItem {
    /// Id; orders by the moment it was held.
    pub id: ReviewItemId,
    /// Which page, which content.
    pub key: PageKey,
    /// Why it is held.
    pub origin: Origin,
    /// Where it stands.
    pub state: State,
    /// What the gate said.
    pub verdict: Verdict,
    /// Version of its state.
    pub etag: Etag,
    /// When it was held.
    pub created: Millis,
    /// When its state last changed.
    pub updated: Millis,
    /// URL, may be empty.
    pub url: String,
    /// Title, may be empty.
    pub title: String,
    /// Language, may be empty.
    pub language: String,
    /// Findings that were filed.
    pub finding_count: u32,
    /// The first, which is the strongest.
    pub lead: Option<ReviewFinding>,
    /// Who works on it; may have run out.
    pub lease: Option<Lease>,
    /// The decision in force, and its id.
    pub decision: Option<(DecisionId, Decision)>,
    /// Revision of the rules that judged it.
    pub ruleset_revision: String,
    /// Revision of the policy that judged it.
    pub policy_revision: String,
}

/// An entry of the audit. Entries are never changed nor removed.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRecord {
    /// Place in the audit, rising without end.
    pub seq: i64,
    /// Its id.
    pub id: DecisionId,
    /// Of which review item.
    pub review_item_id: ReviewItemId,
    /// Of which page.
    pub key: PageKey,
    /// Title of that page; empty where it has none, or its item is gone.
    pub title: String,
    /// What happened.
    pub kind: DecisionKind,
    /// Who.
    pub reviewer: String,
    /// When.
    pub at: Millis,
    /// Why, may be empty.
    pub note: String,
    /// Request it came with, may be empty.
    pub request_id: String,
    /// What was said of findings, with the rule of each.
    pub judgements: Vec<(String, Judgement)>,
    /// Allowances that were made with it.
    pub allowances: Vec<AllowanceId>,
}
