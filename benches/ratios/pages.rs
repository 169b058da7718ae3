//! A full check of HTML pages on one core, beside a bare tree and an extractor.

use dom_smoothie::Readability;
use html5ever::{ParseOpts, parse_document, tendril::TendrilSink};
use markup5ever_rcdom::RcDom;
use pagegate::{
    layout,
    page::{self, Page},
};

use crate::{
    report::{Goal, Report},
    shared::{Engine, clock, clock::Spread, corpus::Corpus, html_page},
};

/// The topic, as printed.
const TOPIC: &str = "pages, one core";

/// Measures all contenders over all pages, decoded beforehand.
pub(crate) fn measure(engine: &Engine, corpus: &Corpus, rounds: usize, report: &mut Report) -> anyhow::Result<()> {
    let pages: Vec<Page> = corpus.pages.iter().map(|it| html_page(&it.id, &it.html)).collect::<anyhow::Result<_>>()?;
    let times = clock::in_turn(
        rounds,
        &mut [
            &mut || each(&pages, |it| engine.check(it)),
            &mut || each(&corpus.pages, |it| tree(&it.html)),
            &mut || each(&corpus.pages, |it| extract(&it.html)),
            &mut || each(&pages, |it| page::read(it).items.len()),
            &mut || each(&pages, |it| laid_out(engine, it)),
        ],
    );
    let [check, tree, extract, read, laid_out] = times.as_slice() else { unreachable!("as many as were given") };
    let count = f64::from(u32::try_from(pages.len())?);
    let megabytes = crate::mega(corpus.bytes());
    let mut add = |what: &str, goal, reached, unit| report.add(TOPIC, what, goal, reached, unit);
    add("pages/s of a full check / of an html5ever tree", Goal::AtLeast(1.5), Spread::ratio(tree, check), "×");
    add("pages/s of a full check / of dom_smoothie, extraction only", Goal::None, Spread::ratio(extract, check), "×");
    add("full check", Goal::None, Spread::rate(count, check), "pages/s");
    add("full check", Goal::None, Spread::rate(megabytes, check), "MB/s");
    add("reading alone", Goal::None, Spread::rate(count, read), "pages/s");
    add("reading and layout", Goal::None, Spread::rate(count, laid_out), "pages/s");
    add("html5ever tree (markup5ever_rcdom)", Goal::None, Spread::rate(count, tree), "pages/s");
    add("dom_smoothie, extraction only", Goal::None, Spread::rate(count, extract), "pages/s");
    Ok(())
}

fn each<P, T>(pages: &[P], mut work: impl FnMut(&P) -> T) {
    for page in pages {
        std::hint::black_box(work(page));
    }
}

/// A bare tree, built and dropped.
fn tree(html: &str) -> RcDom {
    parse_document(RcDom::default(), ParseOpts::default()).one(html)
}

/// Title and text by an extractor. A page without an article is an error of its, and a result as good as any here.
fn extract(html: &str) -> Option<usize> {
    let article = Readability::new(html, None, None).ok()?.parse().ok()?;
    Some(article.text_content.len())
}

fn laid_out(engine: &Engine, page: &Page) -> usize {
    let reading = page::read(page);
    let candidates = engine.rules.scan(&reading);
    layout::lay_out(&reading, &engine.rules, &candidates).blocks.len()
}
