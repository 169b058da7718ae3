//! The page as a reader would see it, in a frame of its own.
//!
//! This is the one place where markup of others reaches a browser. It is sanitized anew, without links, images,
//! forms or styles; the frame is a sandbox without scripts and of no origin; and its own policy lets nothing load.

use std::{fmt::Write as _, sync::Arc};

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, header};

use super::{Site, answer::Problem, fields::Fields, item};
use crate::{
    fault::Fault,
    gate::Lane,
    proto::{Page, page::Content},
    verdict::markup,
};

/// What the frame may do: show text.
const POLICY: HeaderValue = HeaderValue::from_static(
    "sandbox; default-src 'none'; style-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'",
);

/// Gives the document of the frame.
pub(super) async fn show(
    State(site): State<Arc<Site>>,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let item = item::get(&site, &id).await?;
    let body = if fields.get("of") == "sent" {
        let page = item.page.unwrap_or_default();
        Arc::clone(&site.gate).run(Lane::Call, move |_| sent(page)).await.map_err(Fault::from)?
    } else {
        let cleaned = item.result.and_then(|it| it.cleaned).unwrap_or_default();
        let work = move |_: &crate::gate::Gate| Some(harmless(&cleaned.html)?).filter(|it| !it.is_empty());
        Arc::clone(&site.gate).run(Lane::Call, work).await.map_err(Fault::from)?
    };
    Ok(document(body.as_deref()))
}

/// A page as it was sent; none that is too much for a sanitizer.
fn sent(page: Page) -> Option<String> {
    match page.content? {
        Content::Html(html) => harmless(&String::from_utf8_lossy(&html.body)),
        Content::Text(text) => {
            let lines = std::iter::once(text.title.as_str()).chain(text.body.lines());
            Some(paragraphs(lines))
        }
        Content::Items(items) => Some(paragraphs(items.items.iter().map(|it| it.text.as_str()))),
    }
}

fn harmless(html: &str) -> Option<String> {
    markup::to_look_at(html)
}

fn paragraphs<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let mut html = String::new();
    for text in texts.filter(|it| !it.trim().is_empty()) {
        let mut escaped = String::new();
        markup::push_escaped(&mut escaped, text);
        // Writing to a string does not fail.
        let _ = write!(html, "<p dir=\"auto\">{escaped}</p>");
    }
    html
}

/// The document of the frame round a body that is harmless.
fn document(body: Option<&str>) -> Response {
    let body = body.unwrap_or("<p class=\"none\">There is nothing to show here: the page has no markup, it is kept no longer, or it is too large to be made harmless. The source view has all of it.</p>");
    let style = super::assets::style();
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Page</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"{style}\"></head>\
         <body class=\"rendered\" dir=\"auto\"><main>{body}</main></body></html>"
    );
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    ];
    (headers, text).into_response()
}
