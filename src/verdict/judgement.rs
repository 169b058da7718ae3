//! Effects, cuts and the verdict: each finding is judged alone, the strongest effect decides.

use std::collections::BTreeMap;

use crate::{
    finding::{Effect, Evidence, Extent, Facts, Failure, Finding, JunkKind, Place, Target},
    layout::Layout,
    page::Reading,
    verdict::policy::{Combination, Policy, Profile},
};

/// What to do with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Publish as it is.
    Accept,
    /// Publish the cleaned page.
    AcceptCleaned,
    /// A person must look.
    Review,
    /// Do not publish.
    Reject,
}

impl Verdict {
    /// All values, from mild to hard.
    pub const ALL: &'static [Self] = &[Self::Accept, Self::AcceptCleaned, Self::Review, Self::Reject];

    /// Name as printed.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::AcceptCleaned => "accept_cleaned",
            Self::Review => "review",
            Self::Reject => "reject",
        }
    }

    /// The verdict that an effect leads to.
    #[must_use]
    pub fn of(effect: Effect) -> Self {
        match effect {
            Effect::Note => Self::Accept,
            Effect::Strip => Self::AcceptCleaned,
            Effect::Review => Self::Review,
            Effect::Reject => Self::Reject,
        }
    }
}

/// A finding with its effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// The finding.
    pub finding: Finding,
    /// What it asks for.
    pub effect: Effect,
    /// What it would have asked for, where that was capped.
    pub would_be: Option<Effect>,
    /// The row of the policy that gave the effect.
    pub row: Option<String>,
}

/// What decided a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecidedBy {
    /// A finding, by its index, and a row of the policy.
    Finding {
        /// Index in the judged findings.
        index: usize,
        /// Id of the row.
        row: String,
    },
    /// A combination, by its id.
    Combination(String),
    /// A failure, by its name.
    Failure(String),
}

/// Gives each finding its effect. What reviewers allowed on the source is a note.
#[must_use]
pub fn effects(
    findings: Vec<Finding>,
    reading: &Reading<'_>,
    layout: &Layout,
    policy: &Policy,
    facts: &Facts,
) -> Vec<Judged> {
    let mut judged: Vec<Judged> = findings
        .into_iter()
        .map(|finding| {
            let (effect, row) = policy.effect(&finding, reading.page.source());
            let row = row.map(str::to_owned);
            Judged { finding, effect, would_be: None, row }
        })
        .collect();
    for it in &mut judged {
        if let Some(allowed) = facts.allowing(&it.finding, reading) {
            let detail = format!("{} on this source", allowed.id);
            it.finding.evidence.push(Evidence { name: "allowed", delta: 0.0, detail });
            cap(it, Effect::Note);
        }
        let outside = stands_outside(&it.finding, layout);
        if outside && it.finding.kind == JunkKind::Widget {
            // Furniture outside the main text is normal: no effect was withheld.
            it.effect = Effect::Note;
        } else if outside || it.finding.preview {
            cap(it, Effect::Note);
        }
    }
    let cut_blocks = cut_blocks(&judged, layout);
    for it in &mut judged {
        if it.finding.kind != JunkKind::Widget && in_block(&it.finding, layout, &cut_blocks) {
            cap(it, Effect::Strip);
        }
    }
    judged
}

fn cap(judged: &mut Judged, most: Effect) {
    if judged.effect > most {
        judged.would_be = judged.would_be.or(Some(judged.effect));
        judged.effect = most;
    }
}

/// Whether a finding is at an item outside the main text, which has no part in the verdict.
fn stands_outside(finding: &Finding, layout: &Layout) -> bool {
    let outside = |item: &usize| !layout.items[*item].inside && layout.items[*item].place != Place::Title;
    // On a hollow page what stands outside is the page: such findings have the place of the main text.
    let of_page = matches!(finding.place, Place::Page | Place::Body | Place::Heading);
    !of_page && !finding.target.items().is_empty() && finding.target.items().iter().all(outside)
}

/// The blocks of furniture that are cut.
fn cut_blocks(judged: &[Judged], layout: &Layout) -> Vec<usize> {
    let cut = judged.iter().filter(|it| it.finding.kind == JunkKind::Widget && it.effect >= Effect::Strip);
    cut.filter_map(|it| layout.items[it.finding.target.item()?].block).collect()
}

fn in_block(finding: &Finding, layout: &Layout, blocks: &[usize]) -> bool {
    let block = finding.target.item().and_then(|it| layout.items[it].block);
    block.is_some_and(|it| blocks.contains(&it))
}

/// The items that are cut, each with the index of the finding that asks for it: the strongest.
#[must_use]
pub fn cuts(judged: &[Judged], layout: &Layout) -> BTreeMap<usize, usize> {
    let mut cuts: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, it) in judged.iter().enumerate() {
        let covers = matches!(it.finding.extent, Extent::Item | Extent::Most) && it.effect >= Effect::Strip;
        if !covers || it.finding.place == Place::Title {
            continue;
        }
        for item in it.finding.target.items().iter().filter(|it| layout.items[**it].inside) {
            let stronger = cuts.get(item).is_none_or(|other| judged[*other].effect < it.effect);
            if stronger {
                cuts.insert(*item, index);
            }
        }
    }
    cuts
}

/// The verdict by the strongest effect, with what decided it. `None`: nothing asked for more than a note.
#[must_use]
pub fn judge(judged: &[Judged], failures: &[Failure], policy: &Policy) -> (Verdict, Option<DecidedBy>) {
    let strongest = judged.iter().map(|it| it.effect).max().unwrap_or(Effect::Note);
    let combined = policy.combinations().iter().filter(|it| is_present(it, judged)).max_by_key(|it| it.effect);
    if let Some(combination) = combined.filter(|it| it.effect > strongest) {
        return (Verdict::of(combination.effect), Some(DecidedBy::Combination(combination.id.clone())));
    }
    if let Some(failure) = failures.first().filter(|_| strongest < Effect::Review) {
        return (Verdict::Review, Some(DecidedBy::Failure(failure.name.clone())));
    }
    let decided_by = decider(judged, strongest)
        .map(|index| DecidedBy::Finding { index, row: judged[index].row.clone().unwrap_or_default() });
    (Verdict::of(strongest), decided_by)
}

/// The first finding with the strongest effect; one of the body only where there is no other, because a
/// missing body is what a wall or an error leaves.
fn decider(judged: &[Judged], strongest: Effect) -> Option<usize> {
    let of_body =
        |it: &Judged| matches!(it.finding.kind, JunkKind::MissingBody | JunkKind::ThinBody | JunkKind::TruncatedBody);
    let decides = |it: &Judged| it.effect == strongest && strongest > Effect::Note;
    judged.iter().position(|it| decides(it) && !of_body(it)).or_else(|| judged.iter().position(decides))
}

/// Whether every condition of a combination is met by a finding at review or above.
fn is_present(combination: &Combination, judged: &[Judged]) -> bool {
    combination
        .all
        .iter()
        .all(|condition| judged.iter().any(|it| it.effect >= Effect::Review && condition.holds(&it.finding)))
}

/// The verdict answered, and the one that would have been, under a profile.
#[must_use]
pub fn under(profile: Profile, verdict: Verdict) -> (Verdict, Option<Verdict>) {
    match profile {
        Profile::News => (verdict, None),
        Profile::Observe => (Verdict::Accept, Some(verdict)),
    }
}

/// Sorts findings by effect, the strongest first, then by item, those of the page before all.
pub fn sort(judged: &mut [Judged]) {
    judged.sort_by_key(|it| {
        let start = match &it.finding.target {
            Target::Item { span, .. } => span.start,
            Target::Page { .. } | Target::Block { .. } => 0,
        };
        (std::cmp::Reverse(it.effect), it.finding.target.item(), start, it.finding.rule_id.clone())
    });
}
