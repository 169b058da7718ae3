//! The hostile page that takes longest.

#[path = "../../tests/common/hostile.rs"]
mod cases;

use pagegate::page::Page;

use crate::{
    report::{Goal, Report},
    shared::{
        Engine,
        clock::{self, Spread},
    },
};

const TOPIC: &str = "hostile pages of 4 MiB";
/// Those that took longest in the first round and are measured again.
const WORST: usize = 3;
/// Further rounds of those.
const ROUNDS: usize = 4;

/// Measures every case once, the worst of them again.
pub(crate) fn measure(engine: &Engine, report: &mut Report) {
    let mut worst = Vec::new();
    for (name, draft) in both_scopes() {
        if let Ok(page) = Page::try_new(draft) {
            worst.push((clock::seconds(|| engine.check(&page)) * 1e3, name, page));
            worst.sort_by(|a, b| b.0.total_cmp(&a.0));
            worst.truncate(WORST);
        }
    }
    let mut figures = Vec::new();
    for (first, name, page) in &worst {
        let again = (0..ROUNDS).map(|_| clock::seconds(|| engine.check(page)) * 1e3);
        figures.push((Spread::of(again.chain([*first])), name));
    }
    figures.sort_by(|a, b| b.0.median.total_cmp(&a.0.median));
    for (index, (spread, name)) in figures.into_iter().enumerate() {
        let goal = if index == 0 { Goal::AtMost(250.0) } else { Goal::None };
        report.add(TOPIC, format!("time of the worst, number {}: {name}", index + 1), goal, spread, "ms");
    }
}

/// Every case as a page, and as a fragment where it is HTML.
fn both_scopes() -> impl Iterator<Item = (String, pagegate::page::PageDraft)> {
    cases::cases().into_iter().flat_map(|(name, draft)| {
        let fragment = cases::as_fragment(draft.clone()).map(|it| (format!("{name}, as a fragment"), it));
        [(name.to_owned(), draft)].into_iter().chain(fragment)
    })
}
