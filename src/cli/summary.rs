//! Findings by rule over a whole run.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use crate::finding::Effect;

/// Counts by rule; as long as there are rules, however many pages there are.
#[derive(Default)]
pub(super) struct Summary {
    rules: BTreeMap<String, Row>,
}

struct Row {
    findings: usize,
    pages: usize,
    strongest: Effect,
}

impl Summary {
    /// Adds the findings of one page: rules and effects.
    pub(super) fn add(&mut self, findings: &[(String, Effect)]) {
        for (index, (rule, effect)) in findings.iter().enumerate() {
            let row = self.rules.entry(rule.clone()).or_insert(Row { findings: 0, pages: 0, strongest: *effect });
            row.findings += 1;
            row.pages += usize::from(findings[..index].iter().all(|(it, _)| it != rule));
            row.strongest = row.strongest.max(*effect);
        }
    }

    /// Writes a table, the rule with most findings first.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let mut rows: Vec<(&String, &Row)> = self.rules.iter().collect();
        rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.findings));
        let width = rows.iter().map(|(rule, _)| rule.len()).max().unwrap_or(0).max("rule".len());
        writeln!(out, "\n{:width$}  {:>8}  {:>8}  strongest effect", "rule", "findings", "pages")?;
        for (rule, row) in rows {
            writeln!(out, "{rule:width$}  {:>8}  {:>8}  {}", row.findings, row.pages, row.strongest.name())?;
        }
        Ok(())
    }
}
