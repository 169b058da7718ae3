//! The filter of the queue as addresses and forms write it.

use super::fields::Fields;
use crate::{
    fault::Fault,
    proto::{JunkKind, ReviewFilter, ReviewReason, ReviewState},
    review::ReviewItemId,
};

/// Names of its fields.
pub(super) const NAMES: [&str; 6] = ["state", "reason", "kind", "rule", "source", "quote"];

/// A value that a field may have, with its word.
pub(super) struct Choice {
    pub(super) value: &'static str,
    pub(super) word: String,
    pub(super) is_chosen: bool,
}

const STATES: [(&str, ReviewState); 4] = [
    ("pending", ReviewState::Pending),
    ("decided", ReviewState::Decided),
    ("superseded", ReviewState::Superseded),
    ("expired", ReviewState::Expired),
];
const REASONS: [(&str, ReviewReason); 3] = [
    ("held", ReviewReason::Held),
    ("sampled_reject", ReviewReason::SampledReject),
    ("sampled_accept", ReviewReason::SampledAccept),
];
/// Kinds in the order of product.md.
const KINDS: [(&str, JunkKind); 20] = [
    ("refusal", JunkKind::Refusal),
    ("llm_residue", JunkKind::LlmResidue),
    ("placeholder", JunkKind::Placeholder),
    ("missing_body", JunkKind::MissingBody),
    ("thin_body", JunkKind::ThinBody),
    ("truncated_body", JunkKind::TruncatedBody),
    ("widget", JunkKind::Widget),
    ("duplicate_item", JunkKind::DuplicateItem),
    ("duplicate_page", JunkKind::DuplicatePage),
    ("error_page", JunkKind::ErrorPage),
    ("challenge", JunkKind::Challenge),
    ("access_wall", JunkKind::AccessWall),
    ("consent", JunkKind::Consent),
    ("parked", JunkKind::Parked),
    ("encoding", JunkKind::Encoding),
    ("hidden_text", JunkKind::HiddenText),
    ("unsafe_markup", JunkKind::UnsafeMarkup),
    ("spam", JunkKind::Spam),
    ("personal_data", JunkKind::PersonalData),
    ("moderation", JunkKind::Moderation),
];

/// The value of a field that has few, and what it stands for.
fn chosen<T: Copy>(fields: &Fields, name: &str, values: &[(&str, T)]) -> Result<Option<T>, Fault> {
    let value = fields.get(name);
    if value.is_empty() {
        return Ok(None);
    }
    let found = values.iter().find(|it| it.0 == value).map(|it| it.1);
    let known = || values.iter().map(|it| it.0).collect::<Vec<_>>().join(", ");
    found.map(Some).ok_or_else(|| Fault::field(name, &format!("is {value:?}, must be one of {}", known())))
}

/// The filter that fields name.
pub(super) fn of(fields: &Fields) -> Result<ReviewFilter, Fault> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut filter = ReviewFilter {
        source: fields.get("source").to_owned(),
        rule_ids: some(fields.get("rule")).into_iter().collect(),
        quote: fields.get("quote").to_owned(),
        ..ReviewFilter::default()
    };
    filter.states.extend(chosen(fields, "state", &STATES)?.map(i32::from));
    filter.reasons.extend(chosen(fields, "reason", &REASONS)?.map(i32::from));
    filter.kinds.extend(chosen(fields, "kind", &KINDS)?.map(i32::from));
    Ok(filter)
}

/// The name of the first value, of those that a field may have.
fn named<T: PartialEq + Copy>(values: &[(&'static str, T)], of: impl Iterator<Item = T>) -> Option<&'static str> {
    let first = of.take(1).next()?;
    values.iter().find(|it| it.1 == first).map(|it| it.0)
}

/// The fields of a filter, as a query writes them.
pub(super) fn query_of(filter: &ReviewFilter) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let pairs = [
        ("state", named(&STATES, filter.states())),
        ("reason", named(&REASONS, filter.reasons())),
        ("kind", named(&KINDS, filter.kinds())),
        ("rule", filter.rule_ids.first().map(String::as_str)),
        ("source", Some(filter.source.as_str()).filter(|it| !it.is_empty())),
        ("quote", Some(filter.quote.as_str()).filter(|it| !it.is_empty())),
    ];
    for (name, value) in pairs {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    query.finish()
}

/// What may be chosen for a field.
pub(super) fn choices(name: &str, fields: &Fields) -> Vec<Choice> {
    let value = fields.get(name);
    let choice = |(name, word): (&'static str, String)| Choice { value: name, word, is_chosen: name == value };
    match name {
        "state" => STATES.iter().map(|it| choice((it.0, super::words::state(it.1).to_owned()))).collect(),
        "reason" => REASONS.iter().map(|it| choice((it.0, super::words::reason(it.1).to_owned()))).collect(),
        _ => KINDS.iter().map(|it| choice((it.0, super::words::kind(it.1)))).collect(),
    }
}

/// What was meant by words in the search box.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// An item, by its id.
    Item(ReviewItemId),
    /// A field of the filter with its value.
    Field(&'static str, String),
}

/// Reads the search box: the id of an item, a rule, a kind, else a source.
pub(super) fn meant(words: &str) -> Option<Meant> {
    let words = words.trim();
    if words.is_empty() {
        return None;
    }
    if let Ok(id) = words.parse() {
        return Some(Meant::Item(id));
    }
    let kind = words.to_lowercase().replace([' ', '-'], "_");
    if let Some((name, _)) = KINDS.iter().find(|it| it.0 == kind) {
        return Some(Meant::Field("kind", (*name).to_owned()));
    }
    let is_rule = words.split_once('/').is_some_and(|(pack, name)| {
        !pack.is_empty() && name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
    });
    if is_rule && !words.contains("://") {
        return Some(Meant::Field("rule", words.to_owned()));
    }
    let source = crate::page::registrable_domain(words).unwrap_or_else(|| words.to_owned());
    Some(Meant::Field("source", source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filter_goes_into_an_address_and_back() {
        for query in ["", "state=decided", "kind=refusal&source=a+b", "reason=held&rule=x%2Fy&quote=%3Cb%3E"] {
            let filter = of(&Fields::parse(query.as_bytes())).expect("valid");
            assert_eq!(query_of(&filter), query);
        }
        let error = of(&Fields::parse(b"kind=cats")).expect_err("no kind");
        assert!(error.message.starts_with("kind: is \"cats\", must be one of refusal, "), "{}", error.message);
    }

    #[test]
    fn search_box_knows_items_rules_kinds_and_sources() {
        let id = ReviewItemId::new(1_700_000_000_000);
        assert_eq!(meant(&format!(" {id} ")), Some(Meant::Item(id)));
        assert_eq!(meant("LLM residue"), Some(Meant::Field("kind", "llm_residue".into())));
        assert_eq!(meant("refusal/apology-en"), Some(Meant::Field("rule", "refusal/apology-en".into())));
        assert_eq!(meant("https://www.example.co.uk/a/b"), Some(Meant::Field("source", "example.co.uk".into())));
        assert_eq!(meant("feeds of Ann"), Some(Meant::Field("source", "feeds of Ann".into())));
        assert_eq!(meant("  "), None);
    }
}
