//! A result for people: verdict, what decided, each finding with its words, its place and why.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::{
    engine::{CheckResult, Reported},
    finding::Effect,
    page::{Field, span::prefix},
    verdict::{DecidedBy, Verdict},
};

/// Bytes of a quote that are shown.
const QUOTE: usize = 100;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Writes a result.
pub(super) fn write(
    out: &mut impl Write,
    name: &str,
    result: &CheckResult,
    notes: bool,
    cleaned: bool,
) -> io::Result<()> {
    let verdict = style_of(result.verdict);
    writeln!(out, "{verdict}{}{verdict:#}  {BOLD}{name}{BOLD:#}{}", result.verdict.name(), would_be(result))?;
    if let Some(decided_by) = &result.decided_by {
        writeln!(out, "  decided by {}", decider(decided_by))?;
    }
    for failure in &result.failures {
        writeln!(out, "  not checked: {}: {}", failure.name, failure.message)?;
    }
    let mut hidden = 0;
    for (index, it) in result.findings.iter().enumerate() {
        if it.judged.effect == Effect::Note && it.judged.would_be.is_none() && !notes {
            hidden += 1;
        } else {
            finding(out, index, it)?;
        }
    }
    if hidden > 0 {
        writeln!(
            out,
            "  {DIM}and {hidden} {} (--verbose shows them){DIM:#}",
            if hidden == 1 { "note" } else { "notes" }
        )?;
    }
    if cleaned {
        writeln!(out, "  {DIM}--- cleaned title{DIM:#}\n{}", result.cleaned.title)?;
        writeln!(out, "  {DIM}--- cleaned text{DIM:#}\n{}\n  {DIM}---{DIM:#}", result.cleaned.text)?;
    }
    writeln!(out)
}

fn would_be(result: &CheckResult) -> String {
    result.would_be_verdict.map(|it| format!("  (would be {})", it.name())).unwrap_or_default()
}

fn decider(decided_by: &DecidedBy) -> String {
    match decided_by {
        DecidedBy::Finding { index, row } => format!("finding {index}, policy row {row:?}"),
        DecidedBy::Combination(id) => format!("policy combination {id:?}"),
        DecidedBy::Failure(name) => format!("failure {name:?}: what could not be checked is never clean"),
    }
}

fn finding(out: &mut impl Write, index: usize, it: &Reported) -> io::Result<()> {
    let finding = &it.judged.finding;
    let effect = style_of(Verdict::of(it.judged.effect));
    let kind = finding.widget.map_or_else(|| finding.kind.to_string(), |widget| format!("{}: {widget}", finding.kind));
    let capped = it.judged.would_be.map(|it| format!(" (else {it})")).unwrap_or_default();
    writeln!(
        out,
        "  {index:>2} {effect}{:<7}{effect:#}{capped} {BOLD}{kind}{BOLD:#}  {DIM}{}{DIM:#}",
        it.judged.effect.name(),
        finding.rule_id
    )?;
    if !it.quote.is_empty() {
        let quote = prefix(&it.quote, QUOTE);
        let dots = if quote.len() < it.quote.len() { "…" } else { "" };
        writeln!(out, "     “{}{dots}”", visible(quote))?;
    }
    writeln!(out, "     {}", visible(&finding.message))?;
    let sure = format!("{}, confidence {}", finding.basis, finding.confidence);
    writeln!(out, "     {DIM}{}{}{DIM:#}", place(it), sure)?;
    for evidence in finding.evidence.iter().filter(|it| it.delta != 0.0) {
        writeln!(out, "     {DIM}{:+.2} {}: {}{DIM:#}", evidence.delta, evidence.name, visible(&evidence.detail))?;
    }
    Ok(())
}

/// Where a finding is: place, item, bytes of what was sent.
fn place(it: &Reported) -> String {
    let finding = &it.judged.finding;
    let mut text = format!("{}, ", finding.place);
    if let Some(item) = finding.target.item() {
        let last = finding.target.items().last().copied().unwrap_or(item);
        let items = if last == item { format!("item {item}, ") } else { format!("items {item} to {last}, ") };
        text.push_str(&items);
    }
    if let Some((field, span)) = it.source {
        text.push_str(&format!("{} bytes {}..{}, ", field_name(field), span.start, span.end));
    }
    text
}

fn field_name(field: Field) -> &'static str {
    match field {
        Field::Html => "html",
        Field::HtmlTitle | Field::TextTitle => "title",
        Field::TextBody => "body",
        Field::Item(_) => "text",
        Field::Url => "url",
        Field::Header(_) => "header",
    }
}

/// Text of a page for a terminal: control characters and bidi marks are shown, not obeyed.
fn visible(text: &str) -> String {
    let hostile = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|c| if hostile(c) { '\u{fffd}' } else { c }).collect()
}

fn style_of(verdict: Verdict) -> Style {
    let color = match verdict {
        Verdict::Accept => AnsiColor::Green,
        Verdict::AcceptCleaned => AnsiColor::Cyan,
        Verdict::Review => AnsiColor::Yellow,
        Verdict::Reject => AnsiColor::Red,
    };
    color.on_default().bold()
}
