//! The policy: a table that gives each finding its effect, row by row, the first match counting.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::Deserialize;

use crate::finding::{Basis, Effect, Extent, Facts, Finding, JunkKind, Place};

/// The table in the binary.
const DEFAULT: &str = include_str!("policy.toml");

/// A whole policy: its profile, its rows and its combinations.
#[derive(Clone, Debug)]
pub struct Policy {
    profile: Profile,
    rows: Vec<Row>,
    combinations: Vec<Combination>,
    sources: BTreeMap<String, Vec<Row>>,
    revision: Arc<str>,
}

/// What a policy is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// It decides.
    #[default]
    News,
    /// It answers accept, and says which verdict it would have given.
    Observe,
}

impl Profile {
    /// Name as written in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Observe => "observe",
        }
    }
}

/// One row: the conditions that are set must all hold.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "RowSource")]
pub struct Row {
    /// Name of the row, unique in its table.
    pub id: String,
    /// The effect it gives.
    pub effect: Effect,
    /// Which findings it is for.
    pub condition: Condition,
}

/// A row as written: the condition's keys beside its own. (serde cannot both flatten and refuse
/// unknown keys.)
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowSource {
    id: String,
    effect: Effect,
    #[serde(default)]
    kind: Vec<JunkKind>,
    #[serde(default)]
    place: Vec<Place>,
    #[serde(default)]
    basis: Vec<Basis>,
    #[serde(default)]
    extent: Vec<Extent>,
    #[serde(default)]
    rule: Vec<String>,
    min_confidence: Option<f64>,
}

impl From<RowSource> for Row {
    fn from(source: RowSource) -> Self {
        let RowSource { id, effect, kind, place, basis, extent, rule, min_confidence } = source;
        Self { id, effect, condition: Condition { kind, place, basis, extent, rule, min_confidence } }
    }
}

/// Which findings a row or a part of a combination is for. An empty list holds for all.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Sorts of junk.
    #[serde(default)]
    pub kind: Vec<JunkKind>,
    /// Places.
    #[serde(default)]
    pub place: Vec<Place>,
    /// Grounds.
    #[serde(default)]
    pub basis: Vec<Basis>,
    /// Extents.
    #[serde(default)]
    pub extent: Vec<Extent>,
    /// Ids of rules.
    #[serde(default)]
    pub rule: Vec<String>,
    /// Least confidence, inclusive.
    pub min_confidence: Option<f64>,
}

/// Findings that mean more together: all of them present, each at review or above.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combination {
    /// Name of the combination.
    pub id: String,
    /// What must be present.
    pub all: Vec<Condition>,
    /// The effect it gives.
    pub effect: Effect,
}

/// A table as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default, rename = "row")]
    rows: Vec<Row>,
    #[serde(default, rename = "combine")]
    combinations: Vec<Combination>,
}

/// Rows of one source, as written in the configuration. They stand before the table's own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRows {
    /// Key of the source.
    pub name: String,
    /// Its rows.
    #[serde(default, rename = "row")]
    pub rows: Vec<Row>,
}

/// What is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is no TOML of this shape.
    #[error("policy: {message}")]
    Parse {
        /// Where and what.
        message: String,
    },
    /// Rows or combinations that cannot be meant.
    #[error("policy: {}", problems.join("; "))]
    Invalid {
        /// All problems.
        problems: Vec<String>,
    },
}

impl Policy {
    /// The table in the binary, with the rows of sources before it.
    pub fn new(profile: Profile, sources: Vec<SourceRows>) -> Result<Self, PolicyError> {
        Self::from_table(DEFAULT, profile, sources)
    }

    /// A table of one's own.
    pub fn from_table(table: &str, profile: Profile, sources: Vec<SourceRows>) -> Result<Self, PolicyError> {
        let table_text = table;
        let table: Table =
            toml::from_str(table).map_err(|it| PolicyError::Parse { message: it.message().to_owned() })?;
        let mut by_source: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        let revision = revision(table_text, profile, &sources);
        for source in sources {
            by_source.entry(source.name).or_default().extend(source.rows);
        }
        let problems = problems(&table, &by_source);
        if !problems.is_empty() {
            return Err(PolicyError::Invalid { problems });
        }
        Ok(Self { profile, rows: table.rows, combinations: table.combinations, sources: by_source, revision })
    }

    /// What the policy is for.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Hash of the policy.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Hash of the policy and of what is known beside it.
    #[must_use]
    pub fn revision_with(&self, facts: &Facts) -> String {
        if facts.revision.is_empty() {
            return self.revision.to_string();
        }
        blake3::hash(format!("{} {}", self.revision, facts.revision).as_bytes()).to_hex()[..16].to_owned()
    }

    /// Effect of a finding on a page of a source, and the row that gave it. Without a row: a note.
    #[must_use]
    pub fn effect(&self, finding: &Finding, source: &str) -> (Effect, Option<&str>) {
        let own = self.sources.get(source).map_or(&[][..], Vec::as_slice);
        let row = own.iter().chain(&self.rows).find(|it| it.condition.holds(finding));
        row.map_or((Effect::Note, None), |it| (it.effect, Some(&it.id)))
    }

    /// The combinations.
    #[must_use]
    pub fn combinations(&self) -> &[Combination] {
        &self.combinations
    }

    /// All rows of the table.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

impl Condition {
    /// Whether a finding meets all that is set.
    #[must_use]
    pub fn holds(&self, finding: &Finding) -> bool {
        let any = |list: bool, holds: bool| list || holds;
        any(self.kind.is_empty(), self.kind.contains(&finding.kind))
            && any(self.place.is_empty(), self.place.contains(&finding.place))
            && any(self.basis.is_empty(), self.basis.contains(&finding.basis))
            && any(self.extent.is_empty(), self.extent.contains(&finding.extent))
            && any(self.rule.is_empty(), self.rule.iter().any(|it| **it == *finding.rule_id))
            && self.min_confidence.is_none_or(|it| finding.confidence.get() >= it)
    }
}

fn revision(table: &str, profile: Profile, sources: &[SourceRows]) -> Arc<str> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(table.as_bytes());
    hasher.update(profile.name().as_bytes());
    for source in sources {
        hasher.update(format!("{source:?}").as_bytes());
    }
    hasher.finalize().to_hex()[..16].into()
}

fn problems(table: &Table, sources: &BTreeMap<String, Vec<Row>>) -> Vec<String> {
    let mut problems = Vec::new();
    check_rows("row", &table.rows, &mut problems);
    for (source, rows) in sources {
        check_rows(&format!("source {source:?} row"), rows, &mut problems);
    }
    for combination in &table.combinations {
        if combination.all.len() < 2 {
            problems.push(format!("combine {:?}: needs at least 2 conditions in `all`", combination.id));
        }
    }
    problems
}

fn check_rows(table: &str, rows: &[Row], problems: &mut Vec<String>) {
    for (index, row) in rows.iter().enumerate() {
        if rows[..index].iter().any(|it| it.id == row.id) {
            problems.push(format!("{table} {:?}: the id stands twice", row.id));
        }
        if let Some(value) = row.condition.min_confidence.filter(|it| !(0.0..=1.0).contains(it)) {
            problems.push(format!("{table} {:?}: min_confidence is {value}, must be 0 to 1", row.id));
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        let mut list = |name: &str, names: Vec<&str>| {
            if !names.is_empty() {
                parts.push(format!("{name} {}", names.join(" or ")));
            }
        };
        list("kind", self.kind.iter().map(|it| it.name()).collect());
        list("place", self.place.iter().map(|it| it.name()).collect());
        list("basis", self.basis.iter().map(|it| it.name()).collect());
        list("extent", self.extent.iter().map(|it| it.name()).collect());
        list("rule", self.rule.iter().map(String::as_str).collect());
        if let Some(value) = self.min_confidence {
            parts.push(format!("confidence ≥ {value}"));
        }
        f.write_str(&parts.join(", "))
    }
}
