//! Whether a snippet that must go stands in a block of furniture that says of which kind it is.

use std::collections::BTreeMap;

use super::{case::one_line, metrics::Share};
use crate::{
    engine::CheckResult,
    finding::{JunkKind, WidgetKind},
    page::Reading,
};

/// Snippets by the kind of widget that a finding gives the block they stand in; those without one
/// count as [`NONE`].
pub type Named = BTreeMap<String, usize>;

/// Of a snippet that no finding of a widget covers: it leaked, it is cut for another reason, or stands in no item.
pub const NONE: &str = "none";

/// The kinds of the blocks that the snippets stand in. Of a snippet that stands on the page more than once, the
/// first copy with a kind counts: whether another leaked is counted elsewhere.
#[must_use]
pub fn named(snippets: &[String], reading: &Reading<'_>, result: &CheckResult) -> Named {
    let mut named = Named::new();
    if snippets.is_empty() {
        return named;
    }
    let kinds = kinds(reading, result);
    let lines = Lines::of(reading);
    for snippet in snippets {
        let snippet = one_line(snippet);
        let mut copies = lines.copies(&snippet).filter_map(|it| kind_of(&kinds[it])).peekable();
        let first = copies.peek().copied();
        let kind = copies.find(|it| *it != WidgetKind::Other).or(first);
        *named.entry(kind.map_or(NONE, WidgetKind::name).to_owned()).or_insert(0) += 1;
    }
    named
}

/// The share that has a kind, and one that says something.
#[must_use]
pub fn share(named: &Named) -> Option<Share> {
    let all = named.values().sum();
    let unnamed: usize = [NONE, WidgetKind::Other.name()].iter().filter_map(|it| named.get(*it)).sum();
    Share::of(all - unnamed, all)
}

/// The widget kind that a finding gives each item.
fn kinds(reading: &Reading<'_>, result: &CheckResult) -> Vec<Option<WidgetKind>> {
    let mut kinds = vec![None; reading.items.len()];
    for finding in result.findings.iter().map(|it| &it.judged.finding).filter(|it| it.kind == JunkKind::Widget) {
        for item in finding.target.items() {
            kinds[*item] = finding.widget;
        }
    }
    kinds
}

/// The kind of the items that a snippet covers: that of the first, if all have one.
fn kind_of(kinds: &[Option<WidgetKind>]) -> Option<WidgetKind> {
    kinds.iter().all(Option::is_some).then(|| kinds.first().copied().flatten()).flatten()
}

/// The text of all items on one line.
struct Lines {
    text: String,
    /// For each item, where its text begins in the line.
    starts: Vec<usize>,
}

impl Lines {
    fn of(reading: &Reading<'_>) -> Self {
        let mut lines = Self { text: String::new(), starts: Vec::with_capacity(reading.items.len()) };
        for index in 0..reading.items.len() {
            lines.starts.push(lines.text.len());
            lines.text.push_str(&one_line(reading.text_of(index)));
            lines.text.push(' ');
        }
        lines
    }

    /// The items that each copy of a snippet covers.
    fn copies(&self, snippet: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
        let spans = self.text.match_indices(snippet).map(|(at, it)| (at, at + it.len()));
        spans.map(|(start, end)| {
            let first = self.starts.partition_point(|it| *it <= start) - 1;
            first..self.starts.partition_point(|it| *it < end)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine,
        finding::Facts,
        page::{self, Content, Page, PageDraft, Scope},
        rule::RuleSet,
        verdict::{Policy, policy::Profile},
    };

    const HTML: &str = "<body><nav><a href=/>Home</a> <a href=/sport>Sport</a></nav><article><h1>Council repairs the bridge</h1>\
        <p>The town council agreed on Tuesday evening to repair the old bridge over the river before the winter.</p>\
        <p>The work will take six weeks, the mayor said after the meeting, and the road will stay open.</p></article>\
        <div class=newsletter><p>Letters for you</p></div></body>";

    #[test]
    fn snippets_count_by_the_kind_of_their_block() {
        let content = Content::Html { body: HTML.into(), title: String::new(), scope: Scope::Page };
        let page = Page::try_new(PageDraft { content: Some(content), ..PageDraft::default() }).expect("valid");
        let reading = page::read(&page);
        let rules = RuleSet::from_files([]).expect("no rules");
        let policy = Policy::new(Profile::News, Vec::new()).expect("valid");
        let result = engine::judge(&reading, &rules, &policy, &Facts::default(), engine::Include::default());
        let snippets = ["Home  Sport", "Letters for you", "six weeks", "nowhere"].map(str::to_owned);
        let named = named(&snippets, &reading, &result);
        let expect = [("navigation", 1), ("newsletter", 1), ("none", 2)].map(|(kind, count)| (kind.to_owned(), count));
        assert_eq!(named, Named::from(expect));
        assert!(share(&named).is_some_and(|it| (it.value - 0.5).abs() < 1e-9));
    }
}
