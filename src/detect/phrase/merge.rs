//! Several rules on the same words are one finding: the surest reports it, and names the others.

use super::extent::is_sure;
use crate::finding::{Evidence, Finding, Target};

/// Name of the evidence that another rule says the same.
pub(crate) const ALSO_BY: &str = "also_by";

/// Keeps of the findings of one kind on overlapping words the surest, the first of equals. Preview rules
/// report for themselves. Findings on one item stand together, so no look goes further back than that.
pub(super) fn merge(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        // What stands at no item is on no words of one, and there may be thousands of it.
        let Target::Item { item, .. } = finding.target else {
            kept.push(finding);
            continue;
        };
        let mut of_item = kept.iter_mut().rev().take_while(|it| it.target.item() == Some(item));
        match of_item.find(|it| is_same(it, &finding)) {
            Some(other) => absorb(other, finding),
            None => kept.push(finding),
        }
    }
    kept
}

fn is_same(a: &Finding, b: &Finding) -> bool {
    let overlap = match (&a.target, &b.target) {
        (Target::Item { item, span }, Target::Item { item: other_item, span: other }) => {
            item == other_item && span.start < other.end && other.start < span.end
        }
        _ => false,
    };
    overlap && a.kind == b.kind && a.place == b.place && !a.preview && !b.preview
}

/// Puts the weaker of the two into the evidence of the other.
fn absorb(kept: &mut Finding, mut other: Finding) {
    // A note on a whole item must not take the place of what is sure of a part of it.
    let rank = |it: &Finding| (is_sure(it.confidence), it.extent, it.confidence.get());
    if rank(&other) > rank(kept) {
        std::mem::swap(kept, &mut other);
    }
    let known = |id: &str| kept.evidence.iter().any(|it| it.name == ALSO_BY && it.detail == id);
    if *other.rule_id != *kept.rule_id && !known(&other.rule_id) {
        kept.evidence.push(Evidence { name: ALSO_BY, delta: 0.0, detail: other.rule_id.to_string() });
    }
    let more = other.evidence.into_iter().filter(|it| it.name == ALSO_BY && *it.detail != *kept.rule_id);
    kept.evidence.extend(more.collect::<Vec<_>>());
}
