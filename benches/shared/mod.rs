//! What the benches share: pages and texts, the clock, rules by the thousand, servers.

#![allow(dead_code, reason = "each bench uses a part of it")]

pub(crate) mod clock;
pub(crate) mod corpus;
pub(crate) mod echo;
pub(crate) mod machine;
pub(crate) mod server;
pub(crate) mod texts;
pub(crate) mod variants;

use pagegate::{
    engine::{self, CheckResult, Include},
    page::{Content, Page, PageDraft, Scope},
    rule::RuleSet,
    verdict::{Policy, policy::Profile},
};

/// Rules and policy: all that a check needs beside the page.
pub(crate) struct Engine {
    pub(crate) rules: RuleSet,
    pub(crate) policy: Policy,
}

impl Engine {
    /// With the rules in the binary.
    pub(crate) fn embedded() -> anyhow::Result<Self> {
        Self::with(RuleSet::embedded()?)
    }

    pub(crate) fn with(rules: RuleSet) -> anyhow::Result<Self> {
        Ok(Self { rules, policy: Policy::new(Profile::News, Vec::new())? })
    }

    /// A full check: items, layout, all detectors and rules, verdict, cleaned text; the items are in the answer.
    pub(crate) fn check(&self, page: &Page) -> CheckResult {
        engine::check(page, &self.rules, &self.policy, Include { items: true, cleaned_html: false })
    }
}

/// A page of decoded HTML. It has an id, as a crawler's pages have: without one the content would be hashed.
pub(crate) fn html_page(id: &str, html: &str) -> anyhow::Result<Page> {
    let content = Content::Html { body: html.as_bytes().to_vec(), title: String::new(), scope: Scope::Page };
    let content_type = "text/html; charset=utf-8".to_owned();
    Ok(Page::try_new(PageDraft { id: id.to_owned(), content_type, content: Some(content), ..PageDraft::default() })?)
}

/// A page of plain text.
pub(crate) fn text_page(id: &str, title: &str, body: &str) -> anyhow::Result<Page> {
    let content = Content::Text { title: title.to_owned(), body: body.to_owned() };
    Ok(Page::try_new(PageDraft { id: id.to_owned(), content: Some(content), ..PageDraft::default() })?)
}
