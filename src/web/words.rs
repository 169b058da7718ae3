//! Words for people: names, moments, shares.

use std::time::{SystemTime, UNIX_EPOCH};

use pbjson_types::Timestamp;

use crate::{
    proto::{self, Decision, Effect, JunkKind, Place, ReviewReason, ReviewState, Verdict, WidgetKind},
    review::Millis,
};

/// A name of the API in plain words: `JUNK_KIND_MISSING_BODY` is "missing body".
fn plain(name: &str, prefix: &str) -> String {
    let word = name.strip_prefix(prefix).unwrap_or(name).to_lowercase().replace('_', " ");
    word.replace("llm", "LLM").replace("ad block", "ad")
}

pub(super) fn kind(kind: JunkKind) -> String {
    plain(kind.as_str_name(), "JUNK_KIND_")
}

pub(super) fn widget(kind: WidgetKind) -> String {
    plain(kind.as_str_name(), "WIDGET_KIND_")
}

pub(super) fn place(place: Place) -> String {
    plain(place.as_str_name(), "PLACE_")
}

pub(super) fn item_kind(kind: proto::ItemKind) -> String {
    plain(kind.as_str_name(), "ITEM_KIND_")
}

pub(super) fn page_type(it: proto::PageType) -> String {
    plain(it.as_str_name(), "PAGE_TYPE_")
}

pub(super) fn status(it: proto::RuleStatus) -> String {
    plain(it.as_str_name(), "RULE_STATUS_")
}

pub(super) fn basis(it: proto::Basis) -> String {
    plain(it.as_str_name(), "BASIS_")
}

pub(super) fn outcome(it: proto::RuleOutcome) -> String {
    plain(it.as_str_name(), "RULE_OUTCOME_")
}

/// An effect as classes of the stylesheet and people name it.
pub(super) fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Reject => "reject",
        Effect::Review => "review",
        Effect::Strip => "strip",
        Effect::Note | Effect::Unspecified => "note",
    }
}

/// A verdict as classes of the stylesheet name it.
pub(super) fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accept | Verdict::Unspecified => "accept",
        Verdict::AcceptCleaned => "strip",
        Verdict::Review => "review",
        Verdict::Reject => "reject",
    }
}

pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accept | Verdict::Unspecified => "accept",
        Verdict::AcceptCleaned => "accept cleaned",
        Verdict::Review => "review",
        Verdict::Reject => "reject",
    }
}

/// What was done by a decision.
pub(super) fn decided(decision: Decision) -> &'static str {
    match decision {
        Decision::Publish => "published",
        Decision::PublishCleaned => "published cleaned",
        Decision::Discard => "discarded",
        Decision::Unspecified => "",
    }
}

/// Names of decisions in forms.
pub(super) fn decision_named(name: &str) -> Decision {
    match name {
        "publish" => Decision::Publish,
        "publish_cleaned" => Decision::PublishCleaned,
        "discard" => Decision::Discard,
        _ => Decision::Unspecified,
    }
}

/// The name of a decision in forms.
pub(super) fn decision_name(decision: Decision) -> &'static str {
    match decision {
        Decision::Publish => "publish",
        Decision::PublishCleaned => "publish_cleaned",
        Decision::Discard => "discard",
        Decision::Unspecified => "",
    }
}

pub(super) fn reason(reason: ReviewReason) -> &'static str {
    match reason {
        ReviewReason::Held | ReviewReason::Unspecified => "held",
        ReviewReason::SampledReject => "sample of rejected",
        ReviewReason::SampledAccept => "sample of accepted",
    }
}

pub(super) fn state(state: ReviewState) -> &'static str {
    match state {
        ReviewState::Pending => "waiting",
        ReviewState::Decided => "decided",
        ReviewState::Superseded => "superseded",
        ReviewState::Expired | ReviewState::Unspecified => "expired",
    }
}

/// How sure a finding is, in a word; people read scores as more than they are.
pub(super) fn confidence(score: f64) -> &'static str {
    match score {
        it if it >= 0.9 => "sure",
        it if it >= 0.7 => "likely",
        _ => "possible",
    }
}

/// A share with its interval.
pub(super) fn proportion(it: &proto::Proportion) -> String {
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    format!("{} % of {} ({} to {} %)", percent(it.share), it.total, percent(it.low), percent(it.high))
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A number with its thousands apart.
pub(super) fn number(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    if number < 0 { format!("−{text}") } else { text }
}

/// A moment for people and for programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    /// As RFC 3339 writes it.
    pub(super) exact: String,
    /// In UTC, to the minute.
    pub(super) short: String,
    /// How long ago, or how long until then.
    pub(super) ago: String,
}

impl Moment {
    /// A moment as seen now.
    pub(super) fn of(at: &Timestamp) -> Self {
        let seconds = at.seconds;
        let exact = serde_json::to_value(Timestamp { seconds, nanos: 0 }).ok();
        let exact = exact.as_ref().and_then(|it| it.as_str()).unwrap_or_default().to_owned();
        let short = exact.get(..16).unwrap_or(&exact).replace('T', " ");
        Self { exact, short, ago: ago(now() / 1000 - seconds) }
    }

    pub(super) fn maybe(at: Option<&Timestamp>) -> Option<Self> {
        at.map(Self::of)
    }
}

/// A time that passed, or in front of which we are.
fn ago(seconds: i64) -> String {
    let length = length(seconds.abs());
    match seconds {
        -44..=44 => "now".into(),
        45.. => format!("{length} ago"),
        _ => format!("in {length}"),
    }
}

/// A length of time, to the first unit.
pub(super) fn length(seconds: i64) -> String {
    match seconds {
        ..90 => format!("{seconds} s"),
        90..5400 => format!("{} min", (seconds + 30) / 60),
        5400..129_600 => format!("{} h", (seconds + 1800) / 3600),
        _ => format!("{} d", (seconds + 43_200) / 86_400),
    }
}

/// This moment.
pub(super) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_api_are_plain_words() {
        assert_eq!(kind(JunkKind::LlmResidue), "LLM residue");
        assert_eq!(widget(WidgetKind::PreviousNext), "previous next");
        assert_eq!(place(Place::Title), "title");
    }

    #[test]
    fn lengths_of_time_are_told_to_their_first_unit() {
        for (seconds, text) in [
            (0, "now"),
            (89, "89 s ago"),
            (100, "2 min ago"),
            (7200, "2 h ago"),
            (200_000, "2 d ago"),
            (-600, "in 10 min"),
        ] {
            assert_eq!(ago(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn numbers_have_their_thousands_apart() {
        assert_eq!(number(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!((number(999).as_str(), number(-1000).as_str()), ("999", "−1\u{202f}000"));
    }
}
