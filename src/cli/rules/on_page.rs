//! What one rule did on a page: where its keywords occur, what the pattern and the exceptions said.

use std::{io::Write, path::PathBuf, slice};

use crate::{
    cli::input,
    detect::{Trace, Tried},
    engine,
    finding::Facts,
    gate::InForce,
    page::Page,
};

/// Tells of one rule on the pages of a file.
pub(super) fn run(out: &mut impl Write, in_force: &InForce, id: &str, page: &PathBuf) -> anyhow::Result<()> {
    input::each(slice::from_ref(page), |input| {
        let page = Page::try_new(input.page?)?;
        let explanation =
            engine::explain(&page, &in_force.rules, &in_force.policy, &Facts::default(), &[id.to_owned()]);
        writeln!(out, "\nOn {}:", input.name)?;
        for trace in explanation.traces.iter().filter(|it| *it.rule_id == *id) {
            writeln!(out, "  {}", told(trace))?;
        }
        for reported in explanation.result.findings.iter().filter(|it| *it.judged.finding.rule_id == *id) {
            let finding = &reported.judged.finding;
            writeln!(
                out,
                "  {}, confidence {}: {}",
                reported.judged.effect.name(),
                finding.confidence,
                finding.message
            )?;
            for it in finding.evidence.iter().filter(|it| it.delta != 0.0) {
                writeln!(out, "    {:+.2} {}: {}", it.delta, it.name, it.detail)?;
            }
        }
        Ok(())
    })
}

fn told(trace: &Trace) -> String {
    let place = match (trace.item, trace.place) {
        (Some(item), Some(place)) => format!("item {item}, {}: ", place.name()),
        (None, Some(place)) => format!("{}: ", place.name()),
        _ => String::new(),
    };
    match trace.tried {
        Tried::NoKeyword => "none of its keywords occurs on the page".to_owned(),
        Tried::NotHere => format!("{place}a keyword occurs, but the rule does not look here"),
        Tried::NoMatch => format!("{place}a keyword occurs, the pattern does not match"),
        Tried::Excepted => format!("{place}the pattern matches, but “{}” excepts it", trace.words),
        Tried::Fired => format!("{place}fired on “{}”", trace.words),
    }
}
