//! Messages ↔ the words of the engine.

use super::{self as proto, decided_by::Decider, page::Content as ContentMessage};
use crate::{
    detect::{About, Trace, Tried},
    engine::{self, CheckResult, Explanation, Reported, ReportedItem},
    finding::{self, Basis, Effect, Extent, JunkKind, Place, WidgetKind},
    page::{Content, ContentItem, Field, ItemKind, Meta, Page, PageDraft, PageType, Scope, Span},
    rule::{Rule, Sign, Status},
    verdict::{Cleaned, DecidedBy, Verdict},
};

/// The draft of a page from its message. Unknown enum values count as unspecified.
#[must_use]
pub fn draft(page: proto::Page) -> PageDraft {
    let expected_type = page_type(page.expected_type());
    let content = page.content.map(|it| match it {
        ContentMessage::Html(html) => {
            let scope = match html.scope() {
                proto::HtmlScope::Fragment => Scope::Fragment,
                proto::HtmlScope::Page | proto::HtmlScope::Unspecified => Scope::Page,
            };
            Content::Html { body: html.body, title: html.title, scope }
        }
        ContentMessage::Text(text) => Content::Text { title: text.title, body: text.body },
        ContentMessage::Items(items) => Content::Items(items.items.into_iter().map(item).collect()),
    });
    PageDraft {
        id: page.page_id,
        source: page.source,
        url: page.url,
        requested_url: page.requested_url,
        http_status: page.http_status,
        headers: page.headers.into_iter().collect(),
        content_type: page.content_type,
        language: page.language,
        expected_type,
        content,
    }
}

/// The message of a page: what was sent, with its id and source filled in and the names of headers in lower case.
#[must_use]
pub fn page(page: &Page, fetch_time: Option<pbjson_types::Timestamp>) -> proto::Page {
    let content = match page.content() {
        Content::Html { body, title, scope } => {
            let scope = match scope {
                Scope::Page => proto::HtmlScope::Page,
                Scope::Fragment => proto::HtmlScope::Fragment,
            };
            ContentMessage::Html(proto::HtmlContent { body: body.clone(), title: title.clone(), scope: scope.into() })
        }
        Content::Text { title, body } => {
            ContentMessage::Text(proto::TextContent { title: title.clone(), body: body.clone() })
        }
        Content::Items(items) => {
            ContentMessage::Items(proto::ItemContent { items: items.iter().map(item_message).collect() })
        }
    };
    proto::Page {
        page_id: page.id().to_owned(),
        source: page.source().to_owned(),
        url: page.url().to_owned(),
        requested_url: page.requested_url().to_owned(),
        http_status: page.status().map_or(0, i32::from),
        headers: page.headers().iter().cloned().collect(),
        content_type: page.content_type().to_owned(),
        language: page.language().to_owned(),
        fetch_time,
        expected_type: page.expected_type().map_or(0, |it| page_type_message(it).into()),
        content: Some(content),
    }
}

fn item_message(it: &ContentItem) -> proto::Item {
    proto::Item { item_id: it.id.clone(), kind: item_kind(it.kind).into(), text: it.text.clone(), url: it.url.clone() }
}

/// What to add to a result. Unknown values are ignored.
#[must_use]
pub fn include(include: &[i32]) -> engine::Include {
    let has = |wanted: proto::Include| include.contains(&(wanted as i32));
    engine::Include { items: has(proto::Include::Items), cleaned_html: has(proto::Include::CleanedHtml) }
}

fn item(item: proto::Item) -> ContentItem {
    let kind = match item.kind() {
        proto::ItemKind::Title => ItemKind::Title,
        proto::ItemKind::Heading => ItemKind::Heading,
        proto::ItemKind::Unspecified | proto::ItemKind::Paragraph => ItemKind::Paragraph,
        proto::ItemKind::ListItem => ItemKind::ListItem,
        proto::ItemKind::Link => ItemKind::Link,
        proto::ItemKind::Quote => ItemKind::Quote,
        proto::ItemKind::Caption => ItemKind::Caption,
        proto::ItemKind::Code => ItemKind::Code,
        proto::ItemKind::TableRow => ItemKind::TableRow,
        proto::ItemKind::Meta => ItemKind::Meta,
    };
    ContentItem { id: item.item_id, kind, text: item.text, url: item.url }
}

fn page_type(page_type: proto::PageType) -> Option<PageType> {
    Some(match page_type {
        proto::PageType::Unspecified => return None,
        proto::PageType::Article => PageType::Article,
        proto::PageType::Listing => PageType::Listing,
        proto::PageType::Product => PageType::Product,
        proto::PageType::Gallery => PageType::Gallery,
        proto::PageType::Live => PageType::Live,
        proto::PageType::Brief => PageType::Brief,
        proto::PageType::Other => PageType::Other,
    })
}

/// The message of a result on a page.
#[must_use]
pub fn result(page: &Page, result: CheckResult) -> proto::CheckResult {
    let counts = result.finding_counts.iter();
    let removals = removals(page, &result);
    proto::CheckResult {
        page_id: result.page_id,
        verdict: verdict(result.verdict).into(),
        would_be_verdict: result.would_be_verdict.map_or(0, |it| verdict(it).into()),
        finding_counts: counts
            .map(|(it, count)| proto::FindingCount { kind: kind(*it).into(), count: number(*count) })
            .collect(),
        decided_by: result.decided_by.map(decided_by),
        findings: result.findings.into_iter().map(|it| finding(page, it)).collect(),
        findings_truncated: result.findings_truncated,
        cleaned: Some(cleaned(result.cleaned, removals)),
        failures: result.failures.into_iter().map(failure).collect(),
        ruleset_revision: result.ruleset_revision,
        policy_revision: result.policy_revision,
        review_item: String::new(),
        page_type: page_type_message(result.page_type).into(),
        charset: result.charset,
        replacements: number(result.replacements as usize),
        facts: Some(facts(result.meta)),
        items: result.items.into_iter().map(|it| placed(page, it)).collect(),
    }
}

/// The message of an explanation of a page.
#[must_use]
pub fn explanation(page: &Page, it: Explanation) -> proto::ExplainPageResponse {
    proto::ExplainPageResponse {
        result: Some(result(page, it.result)),
        traces: it.traces.into_iter().map(trace).collect(),
        traces_truncated: it.truncated,
    }
}

fn trace(it: Trace) -> proto::RuleTrace {
    let outcome = match it.tried {
        Tried::NoKeyword => proto::RuleOutcome::NoKeyword,
        Tried::NotHere => proto::RuleOutcome::NotHere,
        Tried::NoMatch => proto::RuleOutcome::NoMatch,
        Tried::Excepted => proto::RuleOutcome::Excepted,
        Tried::Fired => proto::RuleOutcome::Fired,
    };
    proto::RuleTrace {
        rule_id: it.rule_id.to_string(),
        outcome: outcome.into(),
        item_index: it.item.map_or(-1, number),
        r#where: it.place.map(|it| it.name().to_owned()).unwrap_or_default(),
        words: it.words,
        span: it.item.map(|_| span(it.span)),
    }
}

/// The message of a rule, whole.
#[must_use]
pub fn rule(rule: &Rule) -> proto::Rule {
    let status = match rule.status {
        Status::Stable => proto::RuleStatus::Stable,
        Status::Preview => proto::RuleStatus::Preview,
        Status::Retired => proto::RuleStatus::Retired,
    };
    proto::Rule {
        rule_id: rule.id.as_str().to_owned(),
        summary: rule.summary.clone(),
        kind: kind(rule.kind).into(),
        widget_kind: rule.widget.map_or(0, |it| widget(it).into()),
        status: status.into(),
        basis: basis(rule.basis).into(),
        confidence: rule.confidence.get(),
        languages: rule.languages.clone(),
        places: rule.places.iter().map(|it| it.name().to_owned()).collect(),
        built_in: false,
        why: rule.why.clone(),
        keywords: rule.keywords.clone(),
        pattern: rule.pattern.clone(),
        except: rule.except.clone(),
        matches: rule.matches.iter().map(|it| it.text.clone()).collect(),
        no_matches: rule.no_matches.iter().map(|it| it.text.clone()).collect(),
        stats: None,
        signs: rule.signs.iter().map(sign).collect(),
    }
}

fn sign(sign: &Sign) -> proto::RuleSign {
    proto::RuleSign { says: sign.says.clone(), weight: sign.weight, pattern: sign.pattern.clone() }
}

/// The message of what is found by structure.
#[must_use]
pub fn built_in_rule(about: &About) -> proto::Rule {
    proto::Rule {
        rule_id: about.id.to_owned(),
        summary: about.summary.to_owned(),
        kind: kind(about.kind).into(),
        status: proto::RuleStatus::Stable.into(),
        built_in: true,
        why: about.why.to_owned(),
        ..proto::Rule::default()
    }
}

/// The kind a message names; `None`: none, or one that is not known.
#[must_use]
pub fn junk_kind(message: proto::JunkKind) -> Option<JunkKind> {
    JunkKind::ALL.iter().copied().find(|it| kind(*it) == message)
}

/// A count or an offset; all are bounded far below 2^31.
pub(super) fn number(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn failure(it: finding::Failure) -> proto::Failure {
    proto::Failure { name: it.name, message: it.message }
}

fn decided_by(decided_by: DecidedBy) -> proto::DecidedBy {
    let decider = match decided_by {
        DecidedBy::Finding { index, row } => {
            Decider::Finding(proto::FindingDecision { finding_index: number(index), policy_row: row })
        }
        DecidedBy::Combination(id) => Decider::Combination(id),
        DecidedBy::Failure(name) => Decider::Failure(name),
    };
    proto::DecidedBy { decider: Some(decider) }
}

fn removals(page: &Page, result: &CheckResult) -> Vec<proto::Removal> {
    let removals = result.cleaned.removals.iter().zip(&result.removal_sources);
    removals
        .map(|(it, source)| proto::Removal {
            item_index: it.item.map_or(-1, number),
            item_id: item_id(page, source.0),
            finding_index: number(it.finding),
            source_span: Some(source_span(page, *source)),
        })
        .collect()
}

fn item_id(page: &Page, field: Field) -> String {
    match (page.content(), field) {
        (Content::Items(items), Field::Item(index)) => items[index as usize].id.clone(),
        _ => String::new(),
    }
}

fn cleaned(cleaned: Cleaned, removals: Vec<proto::Removal>) -> proto::CleanedPage {
    proto::CleanedPage { title: cleaned.title, text: cleaned.text, html: cleaned.html.unwrap_or_default(), removals }
}

fn facts(meta: Meta) -> proto::PageFacts {
    let image = |it: crate::page::Image| proto::PageImage { url: it.url, caption: it.caption };
    proto::PageFacts {
        byline: meta.byline,
        publish_date: meta.publish_date,
        language: meta.language,
        canonical_url: meta.canonical_url,
        site_name: meta.site_name,
        images: meta.images.into_iter().map(image).collect(),
    }
}

fn finding(page: &Page, it: Reported) -> proto::Finding {
    let found = it.judged.finding;
    let item_index = found.target.item().map_or(-1, number);
    proto::Finding {
        rule_id: found.rule_id.to_string(),
        kind: kind(found.kind).into(),
        effect: effect(it.judged.effect).into(),
        would_be_effect: it.judged.would_be.map_or(0, |it| effect(it).into()),
        confidence: found.confidence.get(),
        basis: basis(found.basis).into(),
        extent: extent(found.extent).into(),
        place: place(found.place).into(),
        widget_kind: found.widget.map_or(0, |it| widget(it).into()),
        item_index,
        item_kind: it.item_kind.map_or(0, |it| item_kind(it).into()),
        span: (item_index >= 0).then(|| span(it.span)),
        source_span: it.source.map(|it| source_span(page, it)),
        quote: it.quote,
        message: found.message,
        evidence: found.evidence.into_iter().map(evidence).collect(),
        repair: found.repair.unwrap_or_default(),
        preview: found.preview,
        policy_row: it.judged.row.unwrap_or_default(),
        item_count: number(found.target.items().len()),
    }
}

fn evidence(it: finding::Evidence) -> proto::Evidence {
    proto::Evidence { name: it.name.to_owned(), delta: it.delta, detail: it.detail }
}

fn placed(page: &Page, it: ReportedItem) -> proto::PlacedItem {
    proto::PlacedItem {
        item_id: it.id,
        kind: item_kind(it.kind).into(),
        place: place(it.place).into(),
        main: it.main,
        text: it.text,
        source_span: Some(source_span(page, it.source)),
        url: it.url,
    }
}

fn span(span: Span) -> proto::Span {
    proto::Span { start: number(span.start as usize), end: number(span.end as usize) }
}

fn source_span(page: &Page, (field, span): (Field, Span)) -> proto::SourceSpan {
    let field = match field {
        Field::Html => "html".to_owned(),
        Field::HtmlTitle => "html.title".to_owned(),
        Field::TextTitle => "text.title".to_owned(),
        Field::TextBody => "text.body".to_owned(),
        Field::Item(index) => format!("items[{index}].text"),
        Field::Url => "url".to_owned(),
        Field::Header(index) => format!("headers[{}]", page.headers().get(index as usize).map_or("", |(name, _)| name)),
    };
    proto::SourceSpan { field, start: number(span.start as usize), end: number(span.end as usize) }
}

pub(super) fn verdict(verdict: Verdict) -> proto::Verdict {
    match verdict {
        Verdict::Accept => proto::Verdict::Accept,
        Verdict::AcceptCleaned => proto::Verdict::AcceptCleaned,
        Verdict::Review => proto::Verdict::Review,
        Verdict::Reject => proto::Verdict::Reject,
    }
}

pub(super) fn effect(effect: Effect) -> proto::Effect {
    match effect {
        Effect::Note => proto::Effect::Note,
        Effect::Strip => proto::Effect::Strip,
        Effect::Review => proto::Effect::Review,
        Effect::Reject => proto::Effect::Reject,
    }
}

fn basis(basis: Basis) -> proto::Basis {
    match basis {
        Basis::Observed => proto::Basis::Observed,
        Basis::Inferred => proto::Basis::Inferred,
    }
}

fn extent(extent: Extent) -> proto::Extent {
    match extent {
        Extent::Part => proto::Extent::Part,
        Extent::Item => proto::Extent::Item,
        Extent::Most => proto::Extent::Most,
        Extent::Page => proto::Extent::Page,
    }
}

pub(super) fn place(place: Place) -> proto::Place {
    match place {
        Place::Title => proto::Place::Title,
        Place::Heading => proto::Place::Heading,
        Place::Body => proto::Place::Body,
        Place::Link => proto::Place::Link,
        Place::Furniture => proto::Place::Furniture,
        Place::Page => proto::Place::Page,
    }
}

fn item_kind(kind: ItemKind) -> proto::ItemKind {
    match kind {
        ItemKind::Title => proto::ItemKind::Title,
        ItemKind::Heading => proto::ItemKind::Heading,
        ItemKind::Paragraph => proto::ItemKind::Paragraph,
        ItemKind::ListItem => proto::ItemKind::ListItem,
        ItemKind::Link => proto::ItemKind::Link,
        ItemKind::Quote => proto::ItemKind::Quote,
        ItemKind::Caption => proto::ItemKind::Caption,
        ItemKind::Code => proto::ItemKind::Code,
        ItemKind::TableRow => proto::ItemKind::TableRow,
        ItemKind::Meta => proto::ItemKind::Meta,
    }
}

fn page_type_message(page_type: PageType) -> proto::PageType {
    match page_type {
        PageType::Article => proto::PageType::Article,
        PageType::Listing => proto::PageType::Listing,
        PageType::Product => proto::PageType::Product,
        PageType::Gallery => proto::PageType::Gallery,
        PageType::Live => proto::PageType::Live,
        PageType::Brief => proto::PageType::Brief,
        PageType::Other => proto::PageType::Other,
    }
}

pub(super) fn kind(kind: JunkKind) -> proto::JunkKind {
    match kind {
        JunkKind::Refusal => proto::JunkKind::Refusal,
        JunkKind::LlmResidue => proto::JunkKind::LlmResidue,
        JunkKind::Placeholder => proto::JunkKind::Placeholder,
        JunkKind::MissingBody => proto::JunkKind::MissingBody,
        JunkKind::ThinBody => proto::JunkKind::ThinBody,
        JunkKind::TruncatedBody => proto::JunkKind::TruncatedBody,
        JunkKind::Widget => proto::JunkKind::Widget,
        JunkKind::DuplicateItem => proto::JunkKind::DuplicateItem,
        JunkKind::DuplicatePage => proto::JunkKind::DuplicatePage,
        JunkKind::ErrorPage => proto::JunkKind::ErrorPage,
        JunkKind::Challenge => proto::JunkKind::Challenge,
        JunkKind::AccessWall => proto::JunkKind::AccessWall,
        JunkKind::Consent => proto::JunkKind::Consent,
        JunkKind::Parked => proto::JunkKind::Parked,
        JunkKind::Encoding => proto::JunkKind::Encoding,
        JunkKind::HiddenText => proto::JunkKind::HiddenText,
        JunkKind::UnsafeMarkup => proto::JunkKind::UnsafeMarkup,
        JunkKind::Spam => proto::JunkKind::Spam,
        JunkKind::PersonalData => proto::JunkKind::PersonalData,
        JunkKind::Moderation => proto::JunkKind::Moderation,
    }
}

fn widget(widget: WidgetKind) -> proto::WidgetKind {
    match widget {
        WidgetKind::Navigation => proto::WidgetKind::Navigation,
        WidgetKind::PreviousNext => proto::WidgetKind::PreviousNext,
        WidgetKind::Related => proto::WidgetKind::Related,
        WidgetKind::Share => proto::WidgetKind::Share,
        WidgetKind::Newsletter => proto::WidgetKind::Newsletter,
        WidgetKind::SummaryBox => proto::WidgetKind::SummaryBox,
        WidgetKind::Comments => proto::WidgetKind::Comments,
        WidgetKind::Byline => proto::WidgetKind::Byline,
        WidgetKind::Date => proto::WidgetKind::Date,
        WidgetKind::Caption => proto::WidgetKind::Caption,
        WidgetKind::Ad => proto::WidgetKind::Ad,
        WidgetKind::Consent => proto::WidgetKind::Consent,
        WidgetKind::Legal => proto::WidgetKind::Legal,
        WidgetKind::Tags => proto::WidgetKind::Tags,
        WidgetKind::AuthorBox => proto::WidgetKind::AuthorBox,
        WidgetKind::Search => proto::WidgetKind::Search,
        WidgetKind::Breadcrumb => proto::WidgetKind::Breadcrumb,
        WidgetKind::AppBanner => proto::WidgetKind::AppBanner,
        WidgetKind::MediaNotice => proto::WidgetKind::MediaNotice,
        WidgetKind::Other => proto::WidgetKind::Other,
    }
}
