//! The engine: read, lay out, detect, judge. Pure: the same page, rules and policy give the same
//! answer, byte for byte.

use std::collections::BTreeMap;

use crate::{
    detect::{self, PageView, Trace, Tried},
    finding::{Effect, Facts, Failure, Finding, JunkKind, Place, Target},
    layout::{self, Layout},
    limits,
    page::{self, Content, Field, ItemKind, Known, Meta, Page, PageDraft, PageType, Reading, Span},
    rule::RuleSet,
    verdict::{
        Cleaned, DecidedBy, Judged, Policy, Removal, Verdict,
        body::{self, Remains},
        clean, judgement, markup,
    },
};

/// What to add to a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Include {
    /// The items with their places.
    pub items: bool,
    /// The cleaned page as HTML.
    pub cleaned_html: bool,
}

/// Everything the engine says of one page.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckResult {
    /// Id of the page.
    pub page_id: String,
    /// What to do with it.
    pub verdict: Verdict,
    /// Under the profile `observe`: the verdict that the policy would have given.
    pub would_be_verdict: Option<Verdict>,
    /// The findings, by effect, then by item.
    pub findings: Vec<Reported>,
    /// Whether notes were left out.
    pub findings_truncated: bool,
    /// Number of findings of each kind, those left out included.
    pub finding_counts: BTreeMap<JunkKind, usize>,
    /// The page without the junk.
    pub cleaned: Cleaned,
    /// Place in what was sent of each removal.
    pub removal_sources: Vec<(Field, Span)>,
    /// What could not be checked.
    pub failures: Vec<Failure>,
    /// What decided the verdict.
    pub decided_by: Option<DecidedBy>,
    /// Revision of the rules.
    pub ruleset_revision: String,
    /// Revision of the policy.
    pub policy_revision: String,
    /// Type of the page.
    pub page_type: PageType,
    /// Charset of the HTML, or empty.
    pub charset: String,
    /// U+FFFD that decoding put in.
    pub replacements: u32,
    /// What was learned on the way.
    pub meta: Meta,
    /// The items, if they were asked for.
    pub items: Vec<ReportedItem>,
}

/// A judged finding with all that a reader of it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Reported {
    /// The finding and its effect.
    pub judged: Judged,
    /// Kind of the item it is shown at.
    pub item_kind: Option<ItemKind>,
    /// Bytes of that item's text.
    pub span: Span,
    /// Place in what was sent.
    pub source: Option<(Field, Span)>,
    /// The words, cut at a character.
    pub quote: String,
}

/// An item with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedItem {
    /// Id of the caller's, or empty.
    pub id: String,
    /// Kind by syntax.
    pub kind: ItemKind,
    /// Place.
    pub place: Place,
    /// Whether it is part of the main text.
    pub main: bool,
    /// Text.
    pub text: String,
    /// Place in what was sent.
    pub source: (Field, Span),
    /// Where a link leads.
    pub url: String,
}

/// Checks a page of which nothing is known.
///
/// ```
/// use pagegate::{engine, page::{Content, Page, PageDraft}, rule::RuleSet, verdict::{Policy, Verdict, policy::Profile}};
///
/// let rules = RuleSet::embedded()?;
/// let policy = Policy::new(Profile::News, Vec::new())?;
/// let content = Content::Text { title: "Cannot assist with that request".into(), body: String::new() };
/// let page = Page::try_new(PageDraft { content: Some(content), ..PageDraft::default() })?;
/// assert_eq!(engine::check(&page, &rules, &policy, engine::Include::default()).verdict, Verdict::Reject);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn check(page: &Page, rules: &RuleSet, policy: &Policy, include: Include) -> CheckResult {
    judge(&page::read(page), rules, policy, &Facts::default(), include)
}

/// Judges a page that was read, by what is known of it.
#[must_use]
pub fn judge(reading: &Reading<'_>, rules: &RuleSet, policy: &Policy, facts: &Facts, include: Include) -> CheckResult {
    let candidates = rules.scan(reading);
    let layout = layout::lay_out(reading, rules, &candidates);
    let view = PageView { reading, layout: &layout, candidates: &candidates };
    let (findings, mut failures) = detect::run_all(&view, rules);
    failures.splice(0..0, reading.failures.iter().cloned());
    let mut judged = judgement::effects(findings, reading, &layout, policy, facts);
    settle(&view, rules, policy, facts, &mut judged);
    let cuts = judgement::cuts(&judged, &layout);
    let kept = clean::kept(reading, &layout, &cuts);
    let remains = Remains { reading, layout: &layout, kept: &kept, cut: !cuts.is_empty() };
    judged.extend(judgement::effects(body::judge(&remains), reading, &layout, policy, facts));
    judgement::sort(&mut judged);
    let result = answer(reading, &layout, judged, failures, rules, policy, include);
    CheckResult { policy_revision: policy.revision_with(facts), ..result }
}

/// A result with what each rule did.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The result.
    pub result: CheckResult,
    /// What rules did: each one whose keyword occurs, and each one that was named.
    pub traces: Vec<Trace>,
    /// Whether traces were left out.
    pub truncated: bool,
}

/// Checks a page and tells what each rule did: those whose keyword occurs, and those of `rule_ids`.
#[must_use]
pub fn explain(page: &Page, rules: &RuleSet, policy: &Policy, facts: &Facts, rule_ids: &[String]) -> Explanation {
    let reading = page::read(page);
    let candidates = rules.scan(&reading);
    let layout = layout::lay_out(&reading, rules, &candidates);
    let mut traces = detect::trace(&PageView { reading: &reading, layout: &layout, candidates: &candidates }, rules);
    let truncated = traces.len() > limits::TRACES;
    traces.truncate(limits::TRACES);
    traces.sort_by_key(|it| it.item);
    for id in rule_ids {
        if !traces.iter().any(|it| *it.rule_id == **id) {
            let rule_id = id.as_str().into();
            let (tried, words) = (Tried::NoKeyword, String::new());
            traces.push(Trace { rule_id, tried, item: None, place: None, words, span: Span::default() });
        }
    }
    Explanation { result: judge(&reading, rules, policy, facts, Include::default()), traces, truncated }
}

/// Reads the cleaned text again as a page of its own and adds what falls then, until nothing does: so
/// checking a cleaned page strips nothing. What falls late is reported at the items of the first reading. A text
/// beyond any article's length is read once.
fn settle(first: &PageView<'_>, rules: &RuleSet, policy: &Policy, facts: &Facts, judged: &mut Vec<Judged>) {
    let PageView { reading, layout, .. } = *first;
    for _ in 1..limits::CLEAN_ROUNDS {
        let cuts = judgement::cuts(judged, layout);
        // Plain text that lost nothing reads as it did.
        if cuts.is_empty() && reading.html.is_none() {
            return;
        }
        let kept = clean::kept(reading, layout, &cuts);
        let clean::CleanedText { text, items } = clean::text(reading, &kept);
        if text.len() > limits::SETTLED_BYTES {
            return;
        }
        let title = clean::title(reading, layout, judged);
        let Some(page) = text_page(reading.page, title, text) else { return };
        let before = cuts.len();
        judged.extend(late(first, &page, &items, rules, policy, facts));
        if judgement::cuts(judged, layout).len() == before {
            return;
        }
    }
}

/// What is cut when the cleaned text is read again, at the items of the first reading. An item that reads as it
/// did is taken from there with the candidates it had, and only detectors that find whole items can cut any. `places`
/// are those of the items in the cleaned text.
fn late(
    first: &PageView<'_>,
    page: &Page,
    places: &[(Span, usize)],
    rules: &RuleSet,
    policy: &Policy,
    facts: &Facts,
) -> Vec<Judged> {
    let known = Known { reading: first.reading, items: places };
    let (again, copies) = page::read_again(page, known);
    let again = &again;
    let candidates = rules.scan_again(again, |item| {
        let at = copies.binary_search_by_key(&item, |it| it.0).ok()?;
        Some(first.candidates_of(copies[at].1))
    });
    let layout = layout::lay_out(again, rules, &candidates);
    let view = PageView { reading: again, layout: &layout, candidates: &candidates };
    let (findings, _) = detect::run_cutting(&view, rules);
    let judged = judgement::effects(findings, again, &layout, policy, facts);
    let is_cut = |it: &Judged| !judgement::cuts(std::slice::from_ref(it), &layout).is_empty();
    judged.into_iter().filter(is_cut).filter_map(|it| translate(it, again, places)).collect()
}

/// The cleaned text as a page. It is shorter than the page it came from, so it is within the limits.
fn text_page(of: &Page, title: String, body: String) -> Option<Page> {
    let content = Some(Content::Text { title, body });
    let draft = PageDraft {
        id: of.id().to_owned(),
        source: of.source().to_owned(),
        expected_type: of.expected_type(),
        content,
        ..PageDraft::default()
    };
    Page::try_new(draft).ok()
}

/// A finding on the cleaned text, at the items of the first reading.
fn translate(mut judged: Judged, again: &Reading<'_>, places: &[(Span, usize)]) -> Option<Judged> {
    let mut items: Vec<usize> = Vec::new();
    for item in judged.finding.target.items() {
        let (field, span) = again.source_span(*item, again.whole(*item));
        if field == Field::TextBody {
            let from = places.partition_point(|(at, _)| at.start < span.start);
            let covered = places[from..].iter().take_while(|(at, _)| at.end <= span.end);
            items.extend(covered.map(|(_, item)| *item));
        }
    }
    items.dedup();
    if items.is_empty() {
        return None;
    }
    judged.finding.evidence.push(crate::finding::Evidence {
        name: "after_cuts",
        delta: 0.0,
        detail: "seen when the cleaned text was read again".into(),
    });
    judged.finding.target = Target::Block { items };
    Some(judged)
}

fn answer(
    reading: &Reading<'_>,
    layout: &Layout,
    mut judged: Vec<Judged>,
    failures: Vec<Failure>,
    rules: &RuleSet,
    policy: &Policy,
    include: Include,
) -> CheckResult {
    let (verdict, decided_by) = judgement::judge(&judged, &failures, policy);
    let (verdict, would_be_verdict) = judgement::under(policy.profile(), verdict);
    let mut finding_counts = BTreeMap::new();
    for it in &judged {
        *finding_counts.entry(it.finding.kind).or_insert(0) += 1;
    }
    let strong = judged.iter().filter(|it| it.effect > Effect::Note).count();
    let findings_truncated = judged.len() > limits::FINDINGS.max(strong);
    judged.truncate(limits::FINDINGS.max(strong));
    let cleaned = cleaned(reading, layout, &judged, include);
    let removal_sources = cleaned.removals.iter().map(|it| removal_source(reading, &judged, *it)).collect();
    let charset = reading.html.as_ref().map(|it| it.charset);
    CheckResult {
        page_id: reading.page.id().to_owned(),
        verdict,
        would_be_verdict,
        findings: judged.into_iter().map(|it| report(reading, it)).collect(),
        findings_truncated,
        finding_counts,
        cleaned,
        removal_sources,
        failures,
        decided_by,
        ruleset_revision: rules.revision().to_owned(),
        policy_revision: policy.revision().to_owned(),
        page_type: layout.page_type,
        charset: charset.map_or_else(String::new, |it| it.name.to_owned()),
        replacements: charset.map_or(0, |it| it.replacements),
        meta: layout::facts::of(reading, layout),
        items: if include.items { items(reading, layout) } else { Vec::new() },
    }
}

fn cleaned(reading: &Reading<'_>, layout: &Layout, judged: &[Judged], include: Include) -> Cleaned {
    let cuts = judgement::cuts(judged, layout);
    let kept = clean::kept(reading, layout, &cuts);
    Cleaned {
        title: clean::title(reading, layout, judged),
        text: clean::text(reading, &kept).text,
        html: include.cleaned_html.then(|| markup::html(reading, layout, &kept)),
        removals: markup_cuts(judged)
            .chain(cuts.into_iter().map(|(item, finding)| (Some(item), finding)))
            .map(|(item, finding)| Removal { item, finding })
            .collect(),
    }
}

/// Findings of markup that is cut: it is no item, and the cleaned HTML is without it.
fn markup_cuts(judged: &[Judged]) -> impl Iterator<Item = (Option<usize>, usize)> {
    let is_cut = |it: &Judged| it.finding.kind == JunkKind::UnsafeMarkup && it.effect >= Effect::Strip;
    judged.iter().enumerate().filter(move |(_, it)| is_cut(it)).map(|(finding, _)| (None, finding))
}

/// Place in what was sent of what was cut; of markup, the first of its sort.
fn removal_source(reading: &Reading<'_>, judged: &[Judged], removal: Removal) -> (Field, Span) {
    match (removal.item, &judged[removal.finding].finding.target) {
        (Some(item), _) => reading.source_span(item, reading.whole(item)),
        (None, Target::Page { source: Some((field, span, _)) }) => (*field, *span),
        (None, _) => (Field::Html, Span::default()),
    }
}

fn report(reading: &Reading<'_>, judged: Judged) -> Reported {
    let finding: &Finding = &judged.finding;
    let item_kind = finding.target.item().map(|it| reading.items[it].kind);
    let (span, source) = match &finding.target {
        Target::Page { source } => (Span::default(), source.as_ref().map(|(field, span, _)| (*field, *span))),
        Target::Item { item, span } => (*span, Some(reading.source_span(*item, *span))),
        Target::Block { items } => (reading.whole(items[0]), Some(block_source(reading, items))),
    };
    let quote = finding.target.quote(reading).to_owned();
    Reported { judged, item_kind, span, source, quote }
}

/// From the start of the first item to the end of the last, where they stand in one field.
fn block_source(reading: &Reading<'_>, items: &[usize]) -> (Field, Span) {
    let (field, first) = reading.source_span(items[0], reading.whole(items[0]));
    let rest = items[1..].iter().map(|it| reading.source_span(*it, reading.whole(*it)));
    let span = rest.filter(|(it, _)| *it == field).fold(first, |span, (_, it)| span.join(it));
    (field, span)
}

fn items(reading: &Reading<'_>, layout: &Layout) -> Vec<ReportedItem> {
    let id = |field: Field| match (reading.page.content(), field) {
        (Content::Items(items), Field::Item(index)) => items[index as usize].id.clone(),
        _ => String::new(),
    };
    let item = |index: usize| {
        let it = &reading.items[index];
        ReportedItem {
            id: id(it.field),
            kind: it.kind,
            place: layout.items[index].place,
            main: layout.items[index].is_main(),
            text: reading.text_of(index).to_owned(),
            source: reading.source_span(index, reading.whole(index)),
            url: reading.href_of(index).to_owned(),
        }
    };
    (0..reading.items.len()).map(item).collect()
}
