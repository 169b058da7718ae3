//! Markup that must not be published: scripts, handlers, addresses that run scripts, and what leads
//! readers elsewhere.
//!
//! Every page has scripts and frames of its own, and none of them is in the cleaned HTML. So on a whole
//! page only what is rare in honest main text is told, as a note; in a fragment, which is what a content
//! management system would publish, all that runs is left out with a finding.

use crate::{
    detect::{About, Detector, Findings, PageView},
    finding::{Basis, Confidence, Evidence, Extent, Finding, JunkKind, Place, Target},
    limits,
    page::{
        Field, Reading, Scope, Span,
        html::{Action, Active},
        registrable_domain,
        span::prefix,
    },
    rule::RuleSet,
};

/// The detector.
pub(super) struct ActiveMarkup;

const ABOUT: &[About] = &[
    About {
        id: "unsafe_markup/script",
        kind: JunkKind::UnsafeMarkup,
        summary: "A script in what would be published",
        why: "It would run on the publisher's site with its readers' rights. Whole pages have scripts of their own, which are \
              never published; there it says nothing.",
    },
    About {
        id: "unsafe_markup/handler",
        kind: JunkKind::UnsafeMarkup,
        summary: "An attribute that runs a script in what would be published",
        why: "“onerror” and its like run a script without a script element. Whole pages use them for their own furniture; there \
              it says nothing.",
    },
    About {
        id: "unsafe_markup/script-address",
        kind: JunkKind::UnsafeMarkup,
        summary: "An address that runs a script",
        why: "A link or a frame to “javascript:” runs on the page that holds it. “javascript:void(0)”, which does nothing, is \
              not hit; on a whole page it is a note.",
    },
    About {
        id: "unsafe_markup/data-page",
        kind: JunkKind::UnsafeMarkup,
        summary: "A page inside an address or an attribute",
        why: "“data:text/html” and “srcdoc” bring a page of their own along, past every list of allowed hosts. On a whole page \
              it is a note.",
    },
    About {
        id: "unsafe_markup/foreign-frame",
        kind: JunkKind::UnsafeMarkup,
        summary: "A page of another site in a frame",
        why: "It shows what another site pleases, today and later. Videos and maps are embedded so in honest articles: a note, and \
              the cleaned HTML has no frames.",
    },
    About {
        id: "unsafe_markup/foreign-form",
        kind: JunkKind::UnsafeMarkup,
        summary: "A form that is sent to another site",
        why: "What readers type in the text of an article would go to somebody else. Newsletter forms do so too: a note on \
              whole pages.",
    },
    About {
        id: "unsafe_markup/base-or-refresh",
        kind: JunkKind::UnsafeMarkup,
        summary: "Markup that leads elsewhere by itself",
        why: "A base address of another site turns every relative link there, and a refresh takes readers away. Whole pages have \
              them for their own site, which is not hit.",
    },
];

/// How sure it is that markup that runs must go.
const RUNS: f64 = 0.95;
/// How sure it is of markup that leads elsewhere.
const LEADS: f64 = 0.8;
/// What honest pages have too.
const USUAL: f64 = 0.5;

impl Detector for ActiveMarkup {
    fn name(&self) -> &'static str {
        "active"
    }

    fn about(&self) -> &'static [About] {
        ABOUT
    }

    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, _: &RuleSet) {
        let Some(html) = &page.reading.html else { return };
        let active = &html.outline.asides.active;
        if active.is_empty() {
            return;
        }
        let published = published(page);
        let sorted: Vec<(&Active, &'static About, f64)> = active
            .iter()
            .filter(|it| published.covers(it.tag) || it.action == Action::Base || it.action == Action::Refresh)
            .filter_map(|it| sort(page.reading, it).map(|(about, confidence)| (it, about, confidence)))
            .collect();
        for about in ABOUT {
            let mut of_sort = sorted.iter().filter(|it| it.1.id == about.id);
            let Some((first, _, confidence)) = of_sort.next() else { continue };
            let count = 1 + of_sort.count();
            let confidence = if html.scope == Scope::Fragment { *confidence } else { confidence.min(USUAL) };
            findings.push(finding(&html.source, about, first, confidence, count));
        }
    }
}

/// The part of the source that would be published: all of a fragment, the main text of a page.
fn published(page: &PageView<'_>) -> Span {
    let end = page.reading.html.as_ref().map_or(0, |it| it.source.len());
    if page.reading.all_main() {
        return Span::new(0, end);
    }
    let place = |item: usize| page.reading.source_span(item, page.reading.whole(item)).1;
    let mut main = page.layout.main();
    let (first, last) = (main.next(), main.next_back());
    match (first, last.or(first)) {
        (Some(first), Some(last)) => place(first).join(place(last)),
        _ => Span::default(),
    }
}

/// The sort of markup that acts, and how sure it is that it must go from a fragment.
fn sort(reading: &Reading<'_>, it: &Active) -> Option<(&'static About, f64)> {
    let html = reading.html.as_ref()?;
    let value = html.source.get(it.value.range())?;
    let is_page = html.scope == Scope::Page;
    Some(match it.action {
        Action::Script | Action::Handler if is_page => return None,
        Action::Script => (&ABOUT[0], RUNS),
        Action::Handler => (&ABOUT[1], RUNS),
        Action::ScriptAddress => (&ABOUT[2], RUNS),
        Action::DataAddress => (&ABOUT[3], RUNS),
        Action::Frame if !value.is_empty() && is_markup(value) => (&ABOUT[3], RUNS),
        Action::Frame if is_foreign(reading, value) && !is_page => (&ABOUT[4], USUAL),
        Action::Form if is_foreign(reading, value) => (&ABOUT[5], LEADS),
        Action::Base if is_foreign(reading, value) => (&ABOUT[6], LEADS),
        Action::Refresh if is_foreign(reading, address_of_refresh(value)) => (&ABOUT[6], LEADS),
        Action::Frame | Action::Form | Action::Base | Action::Refresh => return None,
    })
}

/// Whether the value of a frame is its text and no address.
fn is_markup(value: &str) -> bool {
    value.trim_start().starts_with(['<', '&'])
}

/// The address in "5; url=https://example.com/".
fn address_of_refresh(content: &str) -> &str {
    let at = content.to_ascii_lowercase().find("url=");
    at.map_or("", |at| content[at + 4..].trim().trim_matches(['\'', '"']))
}

/// Whether an address names another site than the page's. Of a page without an address, every site is.
fn is_foreign(reading: &Reading<'_>, address: &str) -> bool {
    let address = address.trim();
    let absolute = match address.strip_prefix("//") {
        Some(rest) => format!("https://{rest}"),
        None => prefix(address, limits::URL_BYTES).to_owned(),
    };
    let is_web = absolute.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("http"));
    is_web && registrable_domain(&absolute) != registrable_domain(reading.page.url())
}

fn finding(source: &str, about: &About, first: &Active, confidence: f64, count: usize) -> Finding {
    let quote = prefix(source.get(first.tag.range()).unwrap_or(""), limits::QUOTE_BYTES).to_owned();
    Finding {
        rule_id: about.id.into(),
        kind: about.kind,
        // The constants are confidences.
        confidence: Confidence::new(confidence).unwrap_or_else(|_| unreachable!("a constant above 0 and at most 1")),
        basis: Basis::Observed,
        extent: Extent::Part,
        place: Place::Page,
        widget: None,
        target: Target::Page { source: Some((Field::Html, first.tag, quote)) },
        message: format!("{}, {count} in all", about.summary),
        evidence: vec![Evidence { name: "in_all", delta: 0.0, detail: count.to_string() }],
        repair: None,
        preview: false,
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        engine::{self, Include},
        page::{Content, Page, PageDraft, Scope},
        rule::RuleSet,
        verdict::{Policy, Verdict, policy::Profile},
    };

    const ARTICLE: &str = "<h1>Council repairs the bridge</h1><p>The town council agreed on Tuesday evening to repair the old bridge over \
                           the river before the winter comes.</p><p>The work will take six weeks and cost about two million, the \
                           mayor said after the meeting, and the road will stay open.</p>";

    /// The verdict on an article with some markup in it, and the rules of kind `unsafe_markup` that hit it.
    fn check(markup: &str, scope: Scope) -> (Verdict, Vec<String>) {
        let half = ARTICLE.find("<p>The work").expect("there");
        let html = format!("{}{markup}{}", &ARTICLE[..half], &ARTICLE[half..]);
        let content = Content::Html { body: html.into_bytes(), title: "Council repairs the bridge".into(), scope };
        let draft =
            PageDraft { content: Some(content), url: "https://news.example.com/bridge".into(), ..PageDraft::default() };
        let page = Page::try_new(draft).expect("valid");
        let rules = RuleSet::from_files([]).expect("no rules");
        let policy = Policy::new(Profile::News, Vec::new()).expect("valid");
        let result = engine::check(&page, &rules, &policy, Include::default());
        let ids = result.findings.iter().map(|it| it.judged.finding.rule_id.to_string());
        (result.verdict, ids.filter(|it| it.starts_with("unsafe_markup/")).collect())
    }

    #[test]
    fn fragments_are_published_without_what_runs() {
        for (markup, rule) in [
            ("<script>alert(1)</script>", "unsafe_markup/script"),
            ("<p><img src=x onerror=alert(1)></p>", "unsafe_markup/handler"),
            ("<p><a href=' JavaScript:alert(1)'>here</a></p>", "unsafe_markup/script-address"),
            ("<iframe srcdoc='<script>alert(1)</script>'></iframe>", "unsafe_markup/data-page"),
            ("<p><a href='data:text/html,<script>1</script>'>x</a></p>", "unsafe_markup/data-page"),
            ("<form action='https://other.example.org/'><input name=a></form>", "unsafe_markup/foreign-form"),
            ("<base href='https://other.example.org/'>", "unsafe_markup/base-or-refresh"),
            ("<meta http-equiv=refresh content='0; url=//other.example.org/'>", "unsafe_markup/base-or-refresh"),
        ] {
            assert_eq!(check(markup, Scope::Fragment), (Verdict::AcceptCleaned, vec![rule.to_owned()]), "{markup}");
        }
    }

    #[test]
    fn ordinary_markup_is_no_danger() {
        for markup in [
            "<p><a href='javascript:void(0)'>more</a></p>",
            "<form action='/search'><input name=q></form>",
            "<form action='https://www.example.com/search'><input name=q></form>",
            "<script type='application/ld+json'>{}</script>",
        ] {
            assert_eq!(check(markup, Scope::Fragment), (Verdict::Accept, vec![]), "{markup}");
        }
        let page = "<script>var a</script><p onclick='go()'>A short line of text.</p><iframe src='https://video.example.org/1'></iframe>";
        assert_eq!(check(page, Scope::Page).1, Vec::<String>::new());
    }

    #[test]
    fn a_whole_page_is_not_held_for_its_markup() {
        let (verdict, rules) =
            check("<form action='https://other.example.org/'><p>Name the bridge.</p></form>", Scope::Page);
        assert!(verdict < Verdict::Review);
        assert_eq!(rules, ["unsafe_markup/foreign-form"]);
    }
}
