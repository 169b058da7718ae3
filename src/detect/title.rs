//! Titles that are no headline: an address, a file name, the site's name, no letters, the whole body.

use crate::{
    detect::{About, Detector, Findings, PageView},
    finding::{Basis, Confidence, Evidence, Extent, Finding, JunkKind, Place, Target},
    layout,
    page::{PageType, fold, registrable_domain},
    rule::RuleSet,
};

/// The detector.
pub(super) struct Title;

/// Another title candidate is a headline, so nothing is lost.
const OTHER_IS_HONEST: f64 = -0.4;

/// Whether a title is odd in one way.
type IsOdd = fn(&PageView<'_>, &layout::Title) -> bool;

/// Sorts of odd titles, with how sure each is.
const ODDITIES: &[(&About, f64, IsOdd)] = &[
    (&ABOUT[0], 0.9, is_address),
    (&ABOUT[1], 0.85, is_file_name),
    (&ABOUT[2], 0.8, has_no_letters),
    (&ABOUT[3], 0.65, is_site_name),
    (&ABOUT[4], 0.65, is_whole_body),
];

const ABOUT: &[About] = &[
    About {
        id: "placeholder/title-is-address",
        kind: JunkKind::Placeholder,
        summary: "A title that is a web address",
        why: "A template or a crawler puts the address where no title was found. Headlines are words.",
    },
    About {
        id: "placeholder/title-is-file-name",
        kind: JunkKind::Placeholder,
        summary: "A title that is a file name",
        why: "IMG_1234.JPG and final_v2.docx are names of files that were put in without a title.",
    },
    About {
        id: "placeholder/title-without-letters",
        kind: JunkKind::Placeholder,
        summary: "A title without a letter",
        why: "Marks and digits alone tell nothing. A year or a number with at most four digits may be the name of a work or a match.",
    },
    About {
        id: "placeholder/title-is-site-name",
        kind: JunkKind::Placeholder,
        summary: "A title that is the name of the site",
        why: "Pages without a title of their own show the site's. It decides only where no other title candidate is a headline.",
    },
    About {
        id: "placeholder/title-is-whole-body",
        kind: JunkKind::Placeholder,
        summary: "A title that is also the whole main text",
        why: "Where the text is nothing but the title, the text was lost.",
    },
];

impl Detector for Title {
    fn name(&self) -> &'static str {
        "title"
    }

    fn about(&self) -> &'static [About] {
        ABOUT
    }

    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, _: &RuleSet) {
        let odd: Vec<_> =
            page.layout.titles.iter().map(|it| ODDITIES.iter().find(|(_, _, is_odd)| is_odd(page, it))).collect();
        let honest = odd.iter().any(Option::is_none);
        for (title, odd) in page.layout.titles.iter().zip(odd) {
            if let Some((about, confidence, _)) = odd
                && let Ok(confidence) = Confidence::new(*confidence)
            {
                findings.push(finding(about, confidence, title, honest, page));
            }
        }
    }
}

fn finding(about: &About, confidence: Confidence, title: &layout::Title, honest: bool, page: &PageView<'_>) -> Finding {
    let mut evidence = Vec::new();
    if honest {
        let detail = "another title candidate is a headline".to_owned();
        evidence.push(Evidence { name: "other_is_honest", delta: OTHER_IS_HONEST, detail });
    }
    let quote = &page.reading.text_of(title.item)[title.span.range()];
    Finding {
        rule_id: about.id.into(),
        kind: about.kind,
        confidence: confidence.moved(&evidence),
        basis: Basis::Inferred,
        extent: Extent::Item,
        place: Place::Title,
        widget: None,
        target: Target::Item { item: title.item, span: title.span },
        message: format!("{}: “{}”", about.summary, crate::page::span::prefix(quote, 80)),
        evidence,
        repair: None,
        preview: false,
    }
}

fn is_address(page: &PageView<'_>, title: &layout::Title) -> bool {
    let text = title.folded.as_str();
    let bare =
        |it: &str| it.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/').to_owned();
    let scheme = text.starts_with("http://") || text.starts_with("https://") || text.starts_with("www.");
    let page_url = page.reading.page.url();
    !text.contains(' ') && (scheme || !page_url.is_empty() && bare(text) == bare(&page_url.to_lowercase()))
}

fn is_file_name(_: &PageView<'_>, title: &layout::Title) -> bool {
    const ENDINGS: &[&str] = &[
        "jpg", "jpeg", "png", "gif", "webp", "svg", "doc", "docx", "pdf", "odt", "rtf", "txt", "html", "htm", "php",
        "aspx", "jsp", "xls", "xlsx", "ppt", "pptx", "mp4", "mov", "mp3", "zip",
    ];
    let Some((name, ending)) = title.folded.rsplit_once('.') else { return false };
    let plain = name.chars().all(|it| it.is_alphanumeric() || "_-.()% /".contains(it));
    plain && ENDINGS.contains(&ending) && name.split(' ').count() <= 3
}

/// Nothing but marks, or a number too long for the name of a work.
fn has_no_letters(_: &PageView<'_>, title: &layout::Title) -> bool {
    let digits = title.folded.chars().filter(|it| it.is_numeric()).count();
    !title.folded.chars().any(char::is_alphabetic) && (digits == 0 || digits > 4)
}

/// The site's name is the right title of a front page and of a forum or an index that lists the site.
fn is_site_name(page: &PageView<'_>, title: &layout::Title) -> bool {
    let of_article = matches!(page.layout.page_type, PageType::Article | PageType::Brief | PageType::Other);
    if !of_article || is_front_page(page.reading.page.url()) {
        return false;
    }
    let site = fold::fold(&page.reading.meta.site_name);
    let domain = registrable_domain(page.reading.page.url());
    let domain = domain.filter(|it| it.contains('.')).unwrap_or_default();
    let label = domain.split('.').next().unwrap_or_default();
    let text = title.folded.as_str();
    !text.is_empty() && (text == site || text == domain || text.replace(' ', "") == label)
}

/// Whether an address has no path: that of a site's front page.
fn is_front_page(url: &str) -> bool {
    let rest = url.split_once("://").map(|(_, rest)| rest);
    rest.is_some_and(|it| it.split_once('/').is_none_or(|(_, path)| path.is_empty()) && !it.contains(['?', '#']))
}

fn is_whole_body(page: &PageView<'_>, title: &layout::Title) -> bool {
    let mut main = page.layout.main();
    let first = main.next();
    first.is_some_and(|it| page.reading.folded_of(it) == title.folded) && main.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn front_page_has_no_path() {
        assert!(is_front_page("https://example.com") && is_front_page("https://example.com/"));
        assert!(
            !is_front_page("https://example.com/a") && !is_front_page("https://example.com/?p=4") && !is_front_page("")
        );
    }
}
