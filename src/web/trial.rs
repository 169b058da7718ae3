//! A place to try a page: paste it, see the verdict, what was found, and what each rule did. Nothing is kept.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{
    Site,
    answer::{Chrome, Problem, page},
    evidence::Evidence,
    fields::{Fields, Form},
    guard::Visitor,
    marks::{Run, runs},
    words,
};
use crate::{
    fault::{Code, Fault},
    gate::Lane,
    proto::{
        CheckPageRequest, ExplainPageRequest, HtmlContent, HtmlScope, Include, Page, RuleOutcome, TextContent,
        page::Content,
    },
};

/// What one rule did on one text.
struct Trace {
    rule_id: String,
    outcome: String,
    has_fired: bool,
    place: String,
    words: Vec<Run>,
}

#[derive(Template)]
#[template(path = "try.html")]
struct TryPage {
    chrome: Chrome,
    fields: Fields,
    /// What is wrong with what was sent.
    errors: Vec<(String, String)>,
    seen: Option<Evidence>,
    traces: Vec<Trace>,
    is_truncated: bool,
    judging: bool,
}

impl TryPage {
    fn new(chrome: Chrome, fields: Fields) -> Self {
        Self { chrome, fields, errors: Vec::new(), seen: None, traces: Vec::new(), is_truncated: false, judging: false }
    }

    /// Whether a choice of the form is made.
    fn is(&self, name: &str, value: &str) -> bool {
        self.fields.get(name) == value
    }
}

/// Asks for a page.
pub(super) async fn form(chrome: Chrome, fields: Fields) -> Result<Response, Problem> {
    page(&TryPage::new(chrome, fields))
}

/// Checks the page of the form.
pub(super) async fn check(
    State(site): State<Arc<Site>>,
    chrome: Chrome,
    visitor: Visitor,
    Form(fields): Form,
) -> Result<Response, Problem> {
    let tried = tried(&fields);
    let mut template = TryPage::new(chrome, fields);
    let check = CheckPageRequest {
        page: Some(tried.clone()),
        include: vec![Include::Items.into(), Include::CleanedHtml.into()],
        validate_only: true,
        ..CheckPageRequest::default()
    };
    let explain = ExplainPageRequest { page: Some(tried), rule_ids: Vec::new() };
    let answers = match site.gate.check_page(visitor.caller(), Lane::Call, check).await {
        Ok(result) => site.gate.explain_page(explain).await.map(|it| (result, it)),
        Err(fault) => Err(fault),
    };
    match answers {
        Ok((result, explained)) => {
            template.seen = Some(Evidence::of(&result, &[]));
            template.is_truncated = explained.traces_truncated;
            template.traces = explained
                .traces
                .iter()
                .filter(|it| it.outcome() != RuleOutcome::NoKeyword)
                .map(|it| Trace {
                    rule_id: it.rule_id.clone(),
                    outcome: words::outcome(it.outcome()),
                    has_fired: it.outcome() == RuleOutcome::Fired,
                    place: it.r#where.clone(),
                    words: runs(&it.words, &[]),
                })
                .collect();
        }
        Err(fault) if fault.code == Code::InvalidArgument => template.errors = errors(fault),
        Err(fault) => return Err(fault.into()),
    }
    page(&template)
}

/// What is wrong, field by field.
fn errors(fault: Fault) -> Vec<(String, String)> {
    if fault.violations.is_empty() { vec![("page".into(), fault.message)] } else { fault.violations }
}

/// The page that the fields describe.
fn tried(fields: &Fields) -> Page {
    let (title, body) = (fields.get("title").to_owned(), fields.get("body").to_owned());
    let content = match fields.get("as") {
        "html" => Content::Html(HtmlContent { body: body.into(), title, scope: HtmlScope::Page.into() }),
        "fragment" => Content::Html(HtmlContent { body: body.into(), title, scope: HtmlScope::Fragment.into() }),
        _ => Content::Text(TextContent { title, body }),
    };
    Page {
        url: fields.get("url").trim().to_owned(),
        source: fields.get("source").trim().to_owned(),
        language: fields.get("language").trim().to_owned(),
        http_status: fields.get("status").trim().parse().unwrap_or(0),
        content: Some(content),
        ..Page::default()
    }
}
