//! What was sent, byte for byte as text, a window at a time, with findings marked at their place.

use std::sync::Arc;

use super::{
    Site,
    fields::Fields,
    marks::{Mark, Run, runs},
};
use crate::{
    fault::Fault,
    gate::Lane,
    limits,
    page::{self, Content, Page},
    proto::{self, CheckResult},
};

/// A window into a field of what was sent.
#[derive(Debug)]
pub(super) struct SourceView {
    /// Fields there are, with their sizes and whether it is the one shown.
    pub(super) fields: Vec<FieldChoice>,
    pub(super) field: String,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) len: usize,
    /// First bytes of the windows before and after.
    pub(super) before: Option<usize>,
    pub(super) after: Option<usize>,
    pub(super) runs: Vec<Run>,
}

/// A field that can be shown.
#[derive(Debug)]
pub(super) struct FieldChoice {
    pub(super) name: String,
    pub(super) bytes: usize,
    pub(super) is_shown: bool,
}

/// The window that is asked for, else that with the first finding.
pub(super) async fn view(
    site: &Site,
    page: proto::Page,
    result: CheckResult,
    fields: &Fields,
) -> Result<SourceView, Fault> {
    let first = result.findings.iter().find_map(|it| it.source_span.clone());
    let (asked, at) = (fields.get("field").to_owned(), fields.get("at").parse().ok());
    let shown = move || {
        let page = Page::try_new(proto::draft(page)).map_err(|it| Fault::page(&it))?;
        let texts = texts(&page);
        let wanted = match (asked.is_empty(), &first) {
            (true, Some(span)) => (span.field.clone(), at.or(usize::try_from(span.start).ok())),
            _ => (asked, at),
        };
        Ok(window(&texts, &wanted.0, wanted.1.unwrap_or(0), &result))
    };
    Arc::clone(&site.gate).run(Lane::Call, move |_| shown()).await?
}

/// The texts that source spans count in, by the names of the API.
fn texts(page: &Page) -> Vec<(String, String)> {
    let mut texts: Vec<(String, String)> = match page.content() {
        Content::Html { title, .. } => {
            let html = page::read(page).html.map(|it| it.source.into_owned()).unwrap_or_default();
            vec![("html".into(), html), ("html.title".into(), title.clone())]
        }
        Content::Text { title, body } => {
            vec![("text.title".into(), title.clone()), ("text.body".into(), body.clone())]
        }
        Content::Items(items) => {
            let named = |(index, it): (usize, &page::ContentItem)| (format!("items[{index}].text"), it.text.clone());
            items.iter().enumerate().map(named).collect()
        }
    };
    texts.push(("url".into(), page.url().to_owned()));
    texts.extend(page.headers().iter().map(|(name, value)| (format!("headers[{name}]"), value.clone())));
    texts.retain(|it| !it.1.is_empty());
    texts
}

fn window(texts: &[(String, String)], field: &str, at: usize, result: &CheckResult) -> SourceView {
    let shown = texts.iter().find(|it| it.0 == field).or(texts.first());
    let (field, text) = shown.map_or(("", ""), |it| (it.0.as_str(), it.1.as_str()));
    // A little of what stands before, and whole lines where there are.
    let from = text.floor_char_boundary(at.min(text.len()).saturating_sub(limits::SOURCE_WINDOW_BYTES / 8));
    let from = text[..from].rfind('\n').filter(|it| from - it < 1024).map_or(from, |it| it + 1);
    let to = text.floor_char_boundary(from.saturating_add(limits::SOURCE_WINDOW_BYTES));
    let marks: Vec<Mark> = result
        .findings
        .iter()
        .enumerate()
        .filter_map(|(finding, it)| {
            let span = it.source_span.as_ref().filter(|it| it.field == field)?;
            let (start, end) = (usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?);
            let (start, end) = (start.clamp(from, to) - from, end.clamp(from, to) - from);
            Some(Mark { start, end, finding, effect: it.effect() })
        })
        .collect();
    SourceView {
        fields: texts
            .iter()
            .take(limits::SHOWN_FIELDS)
            .map(|it| FieldChoice { name: it.0.clone(), bytes: it.1.len(), is_shown: it.0 == field })
            .collect(),
        field: field.to_owned(),
        from,
        to,
        len: text.len(),
        before: (from > 0).then(|| from.saturating_sub(limits::SOURCE_WINDOW_BYTES * 7 / 8)),
        after: (to < text.len()).then_some(to + limits::SOURCE_WINDOW_BYTES / 8),
        runs: runs(&text[from..to], &marks),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::{Finding, SourceSpan};

    #[test]
    fn windows_show_all_of_a_text_and_marks_where_they_are() {
        let text: String = (0..20_000).map(|it| format!("line ä {it}\n")).collect();
        let word = text.find("line ä 15000").expect("there");
        let span = SourceSpan {
            field: "text.body".into(),
            start: i32::try_from(word).expect("small"),
            end: i32::try_from(word + 4).expect("small"),
        };
        let finding = Finding { source_span: Some(span), ..Finding::default() };
        let result = CheckResult { findings: vec![finding], ..CheckResult::default() };
        let texts = [("text.body".to_owned(), text.clone())];
        let shown = window(&texts, "text.body", word, &result);
        let marked: Vec<&str> =
            shown.runs.iter().filter(|it| it.finding == Some(0)).map(|it| it.text.as_str()).collect();
        assert_eq!(marked, ["line"]);
        let (mut at, mut seen) = (0, String::new());
        loop {
            let shown = window(&texts, "text.body", at, &CheckResult::default());
            assert!(shown.from <= seen.len(), "nothing is left out");
            seen.truncate(shown.from);
            seen.extend(shown.runs.iter().map(|it| it.text.as_str()));
            match shown.after {
                Some(after) => at = after,
                None => break,
            }
        }
        assert_eq!(seen, text);
    }
}
