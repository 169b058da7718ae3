//! What the fuzz targets share: pages in few words, and what must hold for every answer.

use std::sync::LazyLock;

use pagegate::{
    engine::{self, CheckResult, Include},
    finding::{Effect, Target},
    limits,
    page::{Content, Field, Page, PageDraft, Reading, Scope, read},
    rule::RuleSet,
    verdict::{Policy, Verdict, policy::Profile},
};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::embedded().expect("embedded rules are valid"));
static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::new(Profile::News, Vec::new()).expect("valid"));

/// A page with this content alone, if it is within the limits.
#[must_use]
pub fn page(content: Content) -> Option<Page> {
    Page::try_new(PageDraft { content: Some(content), ..PageDraft::default() }).ok()
}

/// A page of plain text.
#[must_use]
pub fn text(title: &str, body: &str) -> Option<Page> {
    page(Content::Text { title: title.to_owned(), body: body.to_owned() })
}

/// A page of HTML without a title beside it.
#[must_use]
pub fn html(body: &[u8], scope: Scope) -> Option<Page> {
    page(Content::Html { body: body.to_vec(), title: String::new(), scope })
}

/// What the rules of the house and the policy for news say of a page, with all that may be asked for. It holds what
/// every answer must.
///
/// # Panics
/// If it does not.
#[must_use]
pub fn checked(page: &Page) -> CheckResult {
    checked_by(page, &RULES)
}

/// The same by other rules.
///
/// # Panics
/// If it does not hold.
#[must_use]
pub fn checked_by(page: &Page, rules: &RuleSet) -> CheckResult {
    let check = || engine::check(page, rules, &POLICY, Include { items: true, cleaned_html: true });
    let result = check();
    assert_eq!(result, check(), "the same page has two answers");
    let reading = read(page);
    assert_findings(&result, &reading);
    assert_removals(&result, &reading);
    let strongest = result.findings.iter().map(|it| it.judged.effect).max().unwrap_or(Effect::Note);
    assert!(result.verdict >= Verdict::of(strongest), "{:?} with a finding that asks for {strongest}", result.verdict);
    result
}

/// Each finding stands at words of the page, and quotes them.
fn assert_findings(result: &CheckResult, reading: &Reading<'_>) {
    assert!(result.findings.is_sorted_by_key(|it| std::cmp::Reverse(it.judged.effect)));
    for it in &result.findings {
        let rule = &it.judged.finding.rule_id;
        let words = match &it.judged.finding.target {
            Target::Page { source } => source.as_ref().map_or("", |(_, _, words)| words),
            Target::Item { item, span } => {
                let words = reading.text_of(*item).get(span.range());
                words.unwrap_or_else(|| panic!("{rule}: {span:?} is no span of {:?}", reading.text_of(*item)))
            }
            Target::Block { items } => reading.text_of(items[0]),
        };
        assert!(words.starts_with(&it.quote), "{rule} quotes {:?}, there is {words:?}", it.quote);
        let is_whole = it.quote.len() == words.len();
        // A cut at a character loses at most three bytes.
        assert!(is_whole || (limits::QUOTE_BYTES - 3..=limits::QUOTE_BYTES).contains(&it.quote.len()), "{rule}");
        if let Some((field, span)) = it.source {
            let source = sent(reading, field);
            assert!(source.get(span.range()).is_some(), "{rule}: {span:?} is no span of {field:?}, {source:?}");
        }
    }
}

/// Each removal is asked for by a finding, and stands at words of what was sent.
fn assert_removals(result: &CheckResult, reading: &Reading<'_>) {
    assert_eq!(result.cleaned.removals.len(), result.removal_sources.len());
    for (removal, (field, span)) in result.cleaned.removals.iter().zip(&result.removal_sources) {
        let cause = &result.findings[removal.finding].judged;
        assert!(cause.effect >= Effect::Strip, "{} only asks for {}", cause.finding.rule_id, cause.effect);
        assert!(removal.item.is_none_or(|it| cause.finding.target.items().contains(&it)));
        assert!(sent(reading, *field).get(span.range()).is_some(), "{span:?} is no span of {field:?}");
    }
    for it in &result.items {
        let (field, span) = it.source;
        assert!(sent(reading, field).get(span.range()).is_some(), "{:?}: {span:?} is no span of {field:?}", it.text);
    }
}

/// What was sent in a field; HTML is decoded.
///
/// # Panics
/// If the page has no such field.
#[must_use]
pub fn sent<'r>(reading: &'r Reading<'_>, field: Field) -> &'r str {
    match (field, reading.page.content()) {
        (Field::Url, _) => reading.page.url(),
        (Field::Header(index), _) => &reading.page.headers()[index as usize].1,
        (Field::Html, Content::Html { .. }) => &reading.html.as_ref().expect("HTML was sent").source,
        (Field::HtmlTitle, Content::Html { title, .. }) | (Field::TextTitle, Content::Text { title, .. }) => title,
        (Field::TextBody, Content::Text { body, .. }) => body,
        (Field::Item(index), Content::Items(items)) => &items[index as usize].text,
        (field, content) => panic!("{field:?} is no field of {content:?}"),
    }
}
