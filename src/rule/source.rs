//! A rule file and a slot file as written.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Example, Status, Takes, TextForm, Where};
use crate::finding::{Basis, JunkKind, WidgetKind};

/// A rule as written. Unknown and missing keys are looked for before, so that all can be reported.
#[derive(Debug, Deserialize)]
pub(super) struct RuleSource {
    pub(super) summary: String,
    pub(super) kind: JunkKind,
    #[serde(rename = "where")]
    pub(super) places: Vec<Where>,
    #[serde(default)]
    pub(super) status: Status,
    pub(super) basis: Basis,
    pub(super) confidence: f64,
    #[serde(default)]
    pub(super) languages: Vec<String>,
    #[serde(default)]
    pub(super) text: TextForm,
    pub(super) keywords: Vec<String>,
    pub(super) pattern: String,
    #[serde(default)]
    pub(super) except: Vec<String>,
    #[serde(default)]
    pub(super) when: WhenSource,
    pub(super) widget: Option<WidgetKind>,
    #[serde(default)]
    pub(super) takes: Takes,
    #[serde(default)]
    pub(super) partial: bool,
    #[serde(default, rename = "sign")]
    pub(super) signs: Vec<SignSource>,
    pub(super) why: String,
    #[serde(default, rename = "match")]
    pub(super) matches: Vec<Example>,
    #[serde(default, rename = "no-match")]
    pub(super) no_matches: Vec<Example>,
}

/// All keys of a rule, for naming the nearest one.
pub(super) const KEYS: &[&str] = &[
    "summary",
    "kind",
    "where",
    "status",
    "basis",
    "confidence",
    "languages",
    "text",
    "keywords",
    "pattern",
    "except",
    "when",
    "widget",
    "takes",
    "partial",
    "sign",
    "why",
    "match",
    "no-match",
];

/// The keys that every rule has.
pub(super) const REQUIRED: &[&str] =
    &["summary", "kind", "where", "basis", "confidence", "keywords", "pattern", "why", "match", "no-match"];

/// A sign as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignSource {
    pub(super) says: String,
    pub(super) weight: f64,
    pub(super) pattern: String,
}

/// The conditions of a rule as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhenSource {
    pub(super) body_chars_below: Option<usize>,
    pub(super) item_chars_below: Option<usize>,
    /// Each a status or a range: "403", "400-599".
    #[serde(default)]
    pub(super) status: Vec<String>,
    #[serde(default)]
    pub(super) first_or_last_item: bool,
}

/// The slots of a pack as written: language → slot → phrases.
pub(super) type SlotSource = BTreeMap<String, BTreeMap<String, Vec<String>>>;
