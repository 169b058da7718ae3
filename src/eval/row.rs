//! Labelled rows as written: a text, a captured page, or a text with its repair.

use serde::Deserialize;

use super::case::{Body, Case, Content, Form, Truth};
use crate::finding::JunkKind;

/// Why a line is no labelled row.
#[derive(Debug, thiserror::Error)]
pub enum RowError {
    /// It is no JSON, or a key has a value of the wrong type.
    #[error("no labelled row: {0}")]
    Json(#[from] serde_json::Error),
    /// It has none of the keys that tell what it is.
    #[error(
        "no labelled row: has neither \"kind\" and \"text\" (a text), \"html_file\" (a page) nor \"mojibake\" and \"text\""
    )]
    Shape,
    /// The kind of a text is unknown.
    #[error("kind {0:?} is unknown, the kinds of a text are title, sentence, body")]
    Kind(String),
    /// The label is unknown.
    #[error("label {label:?} is unknown, the labels of a {of} are {known}")]
    Label {
        /// The label.
        label: String,
        /// What sort of row it is.
        of: &'static str,
        /// The labels there are.
        known: String,
    },
}

/// All keys that say something; others are the data set's own.
#[derive(Debug, Deserialize)]
struct Row {
    #[serde(default)]
    id: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    lang: String,
    #[serde(default)]
    label: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    derived: String,
    #[serde(default)]
    explicit: Option<bool>,
    #[serde(default)]
    html_file: Option<String>,
    #[serde(default)]
    url: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    must_contain: Vec<String>,
    #[serde(default)]
    must_not_contain: Vec<String>,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    mojibake: Option<bool>,
    #[serde(default)]
    fixed: String,
}

/// What traces of language models the labels of texts stand for.
const TEXT_LABELS: &[(&str, Truth)] = &[
    ("refusal", Truth::Junk(TEXT_KINDS)),
    ("partial", Truth::Junk(TEXT_KINDS)),
    ("meta", Truth::Junk(TEXT_KINDS)),
    ("clean", Truth::Clean),
];
/// Kinds that name a refusal or other text of a model: which of them is a matter of wording.
pub(super) const TEXT_KINDS: &[JunkKind] = &[JunkKind::Refusal, JunkKind::LlmResidue, JunkKind::Placeholder];

/// What the labels of pages stand for. A script shell may be a challenge.
const PAGE_LABELS: &[(&str, Truth)] = &[
    ("article", Truth::Clean),
    ("listing", Truth::Clean),
    ("soft_404", Truth::Junk(&[JunkKind::ErrorPage])),
    ("error_page", Truth::Junk(&[JunkKind::ErrorPage])),
    ("login_wall", Truth::Junk(&[JunkKind::AccessWall])),
    ("paywall", Truth::Junk(&[JunkKind::AccessWall])),
    ("challenge", Truth::Junk(&[JunkKind::Challenge])),
    ("parked", Truth::Junk(&[JunkKind::Parked])),
    ("consent", Truth::Junk(&[JunkKind::Consent])),
    ("default_page", Truth::Junk(&[JunkKind::Placeholder])),
    ("lorem", Truth::Junk(&[JunkKind::Placeholder])),
    ("template", Truth::Junk(&[JunkKind::Placeholder])),
    ("mojibake", Truth::Junk(&[JunkKind::Encoding])),
    ("thin", Truth::Junk(&[JunkKind::ThinBody, JunkKind::MissingBody, JunkKind::Challenge])),
];

/// Reads one row. `at` is where it stands, for people; what is left out of the figures is a case, too.
pub fn parse(line: &[u8], at: &str) -> Result<Case, RowError> {
    let row: Row = serde_json::from_slice(line)?;
    if row.html_file.is_some() {
        return page(row, at);
    }
    match (row.mojibake, &row.kind, &row.text) {
        (Some(is_damaged), _, Some(_)) => Ok(repair(row, at, is_damaged)),
        (None, Some(_), Some(_)) => text(row, at),
        _ => Err(RowError::Shape),
    }
}

fn truth(label: &str, of: &'static str, table: &[(&str, Truth)]) -> Result<Truth, RowError> {
    table.iter().find(|(it, _)| *it == label).map(|(_, truth)| *truth).ok_or_else(|| RowError::Label {
        label: label.to_owned(),
        of,
        known: table.iter().map(|(it, _)| *it).collect::<Vec<_>>().join(", "),
    })
}

fn text(row: Row, at: &str) -> Result<Case, RowError> {
    let (text, kind) = (row.text.unwrap_or_default(), row.kind.unwrap_or_default());
    let form = match kind.as_str() {
        "title" => Form::Title,
        "sentence" => Form::Sentence,
        "body" => Form::Body,
        _ => return Err(RowError::Kind(kind)),
    };
    let truth = if row.explicit == Some(false) { Truth::LeftOut } else { truth(&row.label, "text", TEXT_LABELS)? };
    Ok(Case {
        id: text_id(row.id, form, &text),
        at: at.to_owned(),
        form,
        label: row.label,
        language: row.lang,
        source: row.source,
        by_model: row.derived.starts_with("LLM-written"),
        flags: row.flags,
        truth,
        content: Content::Text(text),
        body: Body::default(),
    })
}

fn repair(row: Row, at: &str, is_damaged: bool) -> Case {
    let text = row.text.unwrap_or_default();
    Case {
        id: text_id(row.id, Form::Damage, &text),
        at: at.to_owned(),
        form: Form::Damage,
        label: if is_damaged { "mojibake" } else { "clean" }.to_owned(),
        language: row.lang,
        source: row.source,
        by_model: false,
        flags: row.flags,
        truth: if is_damaged { Truth::Junk(&[JunkKind::Encoding]) } else { Truth::Clean },
        content: Content::Text(text),
        body: Body { whole: Some(row.fixed).filter(|_| is_damaged), ..Body::default() },
    }
}

fn page(row: Row, at: &str) -> Result<Case, RowError> {
    Ok(Case {
        truth: truth(&row.label, "page", PAGE_LABELS)?,
        at: at.to_owned(),
        form: Form::Page,
        label: row.label,
        language: row.lang,
        source: row.id.split_once('_').map_or(row.source, |(prefix, _)| prefix.to_owned()),
        id: row.id,
        by_model: false,
        flags: row.flags,
        content: Content::Page { file: row.html_file.unwrap_or_default(), url: row.url },
        body: Body { whole: row.body, wanted: row.must_contain, unwanted: row.must_not_contain },
    })
}

/// The row's own id, or one from its text: the same text has the same id in every run.
fn text_id(id: String, form: Form, text: &str) -> String {
    if id.is_empty() { format!("{}-{}", form.name(), &blake3::hash(text.as_bytes()).to_hex()[..12]) } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn case(line: &str) -> Case {
        parse(line.as_bytes(), "x.jsonl:1").expect("a row")
    }

    #[track_caller]
    fn error(line: &str) -> String {
        parse(line.as_bytes(), "x.jsonl:1").expect_err("no row").to_string()
    }

    #[test]
    fn rows_of_each_shape_are_told_apart() {
        assert_eq!(case(r#"{"text":"a","kind":"title","label":"clean","own":1}"#).form, Form::Title);
        assert_eq!(case(r#"{"id":"aed_1","label":"article","html_file":"html/a.gz"}"#).source, "aed");
        assert_eq!(case(r#"{"text":"Ã¤","fixed":"ä","mojibake":true}"#).form, Form::Damage);
    }

    #[test]
    fn refusal_that_is_not_explicit_is_left_out() {
        let line = r#"{"text":"a","kind":"body","label":"refusal","explicit":false}"#;
        assert_eq!(case(line).truth, Truth::LeftOut);
    }

    #[test]
    fn row_that_is_none_is_told_with_what_there_is() {
        assert!(error("{").starts_with("no labelled row"));
        assert!(error(r#"{"text":"a"}"#).contains("html_file"));
        assert!(error(r#"{"text":"a","kind":"poem","label":"clean"}"#).contains("title, sentence, body"));
        assert!(error(r#"{"text":"a","kind":"body","label":"junk"}"#).contains("refusal, partial, meta, clean"));
        assert!(error(r#"{"label":"junk","html_file":"a"}"#).contains("article, listing, soft_404"));
    }
}
