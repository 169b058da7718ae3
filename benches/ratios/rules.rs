//! What ten times as many rules cost.

use pagegate::page::Page;

use crate::{
    report::{Goal, Report},
    shared::{
        Engine,
        clock::{self, Spread},
        corpus::Corpus,
        html_page, text_page, texts, variants,
    },
};

const TOPIC: &str = "ten times as many rules";
/// How many times as many.
const TIMES: u32 = 10;
/// Share of the pages that is measured: every third.
const STEP: usize = 3;
/// Checks of each text in one round.
const REPEATS: usize = 100;

/// Measures pages and texts with the rules of now and with ten times as many.
pub(crate) fn measure(engine: &Engine, corpus: &Corpus, rounds: usize, report: &mut Report) -> anyhow::Result<()> {
    let many = Engine::with(variants::rules(TIMES)?)?;
    let pages: Vec<Page> =
        corpus.pages.iter().step_by(STEP).map(|it| html_page(&it.id, &it.html)).collect::<anyhow::Result<_>>()?;
    let texts: Vec<Page> =
        texts::all().iter().map(|it| text_page(&it.name, &it.title, &it.body)).collect::<anyhow::Result<_>>()?;
    let counts = format!("{} rules / {}", many.rules.rules().len(), engine.rules.rules().len());
    for (what, pages, repeats) in [("pages", &pages, 1), ("5 kB texts", &texts, REPEATS)] {
        let times =
            clock::in_turn(rounds, &mut [&mut || check(engine, pages, repeats), &mut || check(&many, pages, repeats)]);
        let ratio = Spread::ratio(&times[1], &times[0]);
        report.add(TOPIC, format!("time of a full check of {what}: {counts}"), Goal::AtMost(1.3), ratio, "×");
    }
    Ok(())
}

fn check(engine: &Engine, pages: &[Page], repeats: usize) {
    for _ in 0..repeats {
        for page in pages {
            std::hint::black_box(engine.check(page));
        }
    }
}
