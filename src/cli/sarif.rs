//! SARIF 2.1.0, the format in which code hosts and editors take findings.
//!
//! The log is written piece by piece, so that its length costs no memory: [`head`], the results of each
//! page, [`tail`].

use std::path::Path;

use encoding_rs::Encoding;
use serde::Serialize;

use super::input::Place;
use crate::{
    detect,
    engine::{CheckResult, Reported},
    finding::Effect,
    page::{Content, Field, Page, Span},
    rule::RuleSet,
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Rule id of a page that could not be checked to the end.
const NOT_CHECKED: &str = "pagegate/not-checked";
/// How a log without results ends; they stand before it.
const END: &str = "]}]}";

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    version: &'a str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
struct Run<'a> {
    tool: Tool<'a>,
    /// The last key: what follows is written page by page.
    results: [(); 0],
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
struct Driver<'a> {
    name: &'a str,
    #[serde(rename = "semanticVersion")]
    semantic_version: &'a str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    short_description: Message<'a>,
    full_description: Message<'a>,
    properties: RuleProperties<'a>,
}

#[derive(Serialize)]
struct RuleProperties<'a> {
    kind: &'a str,
}

#[derive(Serialize)]
struct Message<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    rule_id: &'a str,
    level: &'a str,
    message: Message<'a>,
    locations: [Location<'a>; 1],
    properties: FindingProperties<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingProperties<'a> {
    effect: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
    page_id: &'a str,
    verdict: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location<'a> {
    physical_location: PhysicalLocation<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation<'a> {
    artifact_location: ArtifactLocation<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region<'a>>,
}

#[derive(Serialize)]
struct ArtifactLocation<'a> {
    uri: &'a str,
}

/// Bytes of the file where they are known, else a line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[serde(untagged)]
enum Region<'a> {
    #[serde(rename_all = "camelCase")]
    Bytes { byte_offset: usize, byte_length: usize, snippet: Message<'a> },
    #[serde(rename_all = "camelCase")]
    Line { start_line: usize },
}

/// The log up to its results.
pub(super) fn head(rules: &RuleSet) -> serde_json::Result<String> {
    let written = rules.rules().iter().map(|it| rule(it.id.as_str(), &it.summary, &it.why, it.kind.name()));
    let built_in = detect::about().map(|it| rule(it.id, it.summary, it.why, it.kind.name()));
    let not_checked =
        rule(NOT_CHECKED, "A page that could not be checked", "What could not be checked is never clean.", "failure");
    let driver = Driver {
        name: env!("CARGO_PKG_NAME"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: written.chain(built_in).chain([not_checked]).collect(),
    };
    let run = Run { tool: Tool { driver }, results: [] };
    let mut log = serde_json::to_string(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })?;
    log.truncate(log.len() - END.len());
    Ok(log)
}

/// The log after its results; whether every page could be read.
pub(super) fn tail(all_read: bool) -> serde_json::Result<String> {
    let invocation = serde_json::to_string(&Invocation { execution_successful: all_read })?;
    Ok(format!("\n],\"invocations\":[{invocation}]}}]}}\n"))
}

fn rule<'a>(id: &'a str, summary: &'a str, why: &'a str, kind: &'a str) -> Rule<'a> {
    Rule {
        id,
        short_description: Message { text: summary },
        full_description: Message { text: why.trim() },
        properties: RuleProperties { kind },
    }
}

/// The results of one page, with commas between them.
pub(super) fn results(place: &Place, page: &Page, result: &CheckResult) -> serde_json::Result<String> {
    let uri = uri(&place.path);
    let start = start(place, page, result);
    let location = |region| Location {
        physical_location: PhysicalLocation { artifact_location: ArtifactLocation { uri: &uri }, region },
    };
    let properties = |effect: Effect, confidence| FindingProperties {
        effect: effect.name(),
        confidence,
        page_id: &result.page_id,
        verdict: result.verdict.name(),
    };
    let line = || place.line.map(|start_line| Region::Line { start_line });
    let findings = result.findings.iter().map(|it| Finding {
        rule_id: &it.judged.finding.rule_id,
        level: level(it.judged.effect),
        message: Message { text: &it.judged.finding.message },
        locations: [location(bytes(it, start).or_else(line))],
        properties: properties(it.judged.effect, Some(it.judged.finding.confidence.get())),
    });
    let failures = result.failures.iter().map(|it| Finding {
        rule_id: NOT_CHECKED,
        level: level(Effect::Review),
        message: Message { text: &it.message },
        locations: [location(line())],
        properties: properties(Effect::Review, None),
    });
    let results: Result<Vec<String>, _> = findings.chain(failures).map(|it| serde_json::to_string(&it)).collect();
    Ok(results?.join(",\n"))
}

fn level(effect: Effect) -> &'static str {
    match effect {
        Effect::Note => "note",
        Effect::Strip | Effect::Review => "warning",
        Effect::Reject => "error",
    }
}

/// The field whose bytes are the file's own, and the byte of the file at which it starts.
fn start(place: &Place, page: &Page, result: &CheckResult) -> Option<(Field, usize)> {
    let offset = place.offset?;
    match page.content() {
        Content::Text { .. } => Some((Field::TextBody, offset)),
        Content::Html { body, .. } => {
            // Places count in the decoded HTML; those are the file's bytes if decoding changed none.
            let same = std::str::from_utf8(body).is_ok()
                && Encoding::for_label(result.charset.as_bytes())
                    .is_some_and(|it| it == encoding_rs::UTF_8 || (it.is_ascii_compatible() && body.is_ascii()));
            let mark = if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            same.then_some((Field::Html, offset + mark))
        }
        Content::Items(_) => None,
    }
}

fn bytes(it: &Reported, start: Option<(Field, usize)>) -> Option<Region<'_>> {
    let (field, offset) = start?;
    let (_, Span { start, end }) = it.source.filter(|(it, _)| *it == field)?;
    let (start, end) = (start as usize, end as usize);
    Some(Region::Bytes { byte_offset: offset + start, byte_length: end - start, snippet: Message { text: &it.quote } })
}

/// A path as a URI reference: what is no letter, digit or plain sign is percent-encoded.
fn uri(path: &Path) -> String {
    let mut uri = if path.is_absolute() { "file://".to_owned() } else { String::new() };
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(char::from(*byte)),
            _ if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri(Path::new("a b/ü:1.html")), "a%20b/%C3%BC%3A1.html");
        assert_eq!(uri(Path::new("/pages/x.txt")), "file:///pages/x.txt");
    }

    #[test]
    fn a_log_without_results_ends_as_head_and_tail_expect() {
        let rules = RuleSet::from_files([]).expect("no rules");
        let log = head(&rules).expect("written") + &tail(true).expect("written");
        let log: serde_json::Value = serde_json::from_str(&log).expect("JSON");
        assert_eq!(log["runs"][0]["results"], serde_json::json!([]));
    }
}
