//! How well the model does on sites it was not fitted on.
//!
//! The pages are divided into parts by site; a model is fitted on all parts but one and judges that one,
//! through all of the layout; once for each seed, which changes the parts and the trees. Pages of one
//! site are alike, so dividing by page would flatter.

use std::collections::BTreeMap;

use super::{
    boost::{self, Random, Sample, Settings, Table},
    gold::{self, Label},
};
use crate::{
    eval::{
        case::{Body, Case, Content, contained},
        metrics::Overlap,
        parallel,
    },
    layout::{
        self,
        body::{
            features::{self, Rows},
            forest::Forest,
            scorer::Scorer,
        },
    },
    page::{self, Page},
    rule::RuleSet,
};

/// A page to fit on and to judge.
pub struct Example {
    source: String,
    site: String,
    page: Page,
    rows: Rows,
    labels: Vec<Option<Label>>,
    body: Body,
}

impl Example {
    /// A labelled page, where something of its body is known.
    #[must_use]
    pub fn of(case: &Case, page: Page) -> Option<Self> {
        let Content::Page { url, .. } = &case.content else { return None };
        let reading = page::read(&page);
        let rows = features::rows(&reading);
        let labels = gold::labels(&reading, &rows.items, &case.body);
        labels.iter().flatten().next()?;
        // Without an address, the number at the end tells pages of one site apart.
        let unnumbered = || case.id.trim_end_matches(|it: char| it.is_ascii_digit() || it == '-').to_owned();
        let site = page::registrable_domain(url).unwrap_or_else(unnumbered);
        Some(Self { source: case.source.clone(), site, page, rows, labels, body: case.body.clone() })
    }

    /// Main text, as the layout by a model has it.
    fn text(&self, rules: &RuleSet, scorer: &Scorer) -> String {
        let reading = page::read(&self.page);
        let layout = layout::lay_out_by(scorer, &reading, rules, &rules.scan(&reading));
        layout.main().map(|it| reading.text_of(it)).collect::<Vec<_>>().join("\n\n")
    }
}

/// Figures of the pages of one source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Overlap of each page with its known body.
    pub overlaps: Vec<Overlap>,
    /// Snippets kept of wanted.
    pub kept: (usize, usize),
    /// Snippets leaked of unwanted.
    pub leaked: (usize, usize),
}

impl Figures {
    fn of(body: &Body, text: &str) -> Self {
        let overlaps = body.whole.iter().map(|it| Overlap::of(it, text)).collect();
        Self { overlaps, kept: contained(&body.wanted, text), leaked: contained(&body.unwanted, text) }
    }

    /// Counts other pages, too.
    pub fn add(&mut self, other: Self) {
        self.overlaps.extend(other.overlaps);
        self.kept = (self.kept.0 + other.kept.0, self.kept.1 + other.kept.1);
        self.leaked = (self.leaked.0 + other.leaked.0, self.leaked.1 + other.leaked.1);
    }
}

/// Parts that the sites are divided into.
const PARTS: u64 = 5;

/// The blocks of all pages in one table.
#[must_use]
pub fn table(examples: &[Example]) -> Table {
    let width = examples.first().map_or(0, |it| it.rows.width);
    let values: Vec<f32> = examples.iter().flat_map(|it| it.rows.values.iter().copied()).collect();
    Table::new(&values, width)
}

/// Fits trees on all pages.
#[must_use]
pub fn fit(examples: &[Example], table: &Table, settings: &Settings, seed: u64) -> Forest {
    fit_on(examples, table, settings, seed, |_| true)
}

fn fit_on(
    examples: &[Example],
    table: &Table,
    settings: &Settings,
    seed: u64,
    takes: impl Fn(&Example) -> bool,
) -> Forest {
    let mut samples = Vec::new();
    let mut row = 0;
    for (page, example) in (0..).zip(examples) {
        if takes(example) {
            let labelled = (row..).zip(&example.labels).filter_map(|(row, it)| Some((row, (*it)?)));
            samples.extend(labelled.map(|(row, it)| Sample { row, is_main: it.is_main, weight: it.weight, page }));
        }
        row += example.labels.len();
    }
    boost::fit(table, &samples, settings, seed)
}

/// For each part of the sites, a model fitted on the others.
#[must_use]
pub fn without_each_part(examples: &[Example], table: &Table, settings: &Settings, seed: u64) -> Vec<Forest> {
    let parts: Vec<usize> = (0..PARTS).filter_map(|it| usize::try_from(it).ok()).collect();
    parallel::map(&parts, |it| fit_on(examples, table, settings, seed, |example| part(example, seed) != *it))
}

/// Part that the site of a page is in.
fn part(example: &Example, seed: u64) -> usize {
    let part = Random(seed ^ hash(&example.site)).next() % PARTS;
    usize::try_from(part).unwrap_or(0)
}

/// Figures by source, each page judged by the model that was fitted without its part of the sites.
#[must_use]
pub fn crossed(examples: &[Example], rules: &RuleSet, forests: &[Forest], seed: u64) -> BTreeMap<String, Figures> {
    let scorers: Vec<Scorer> = forests.iter().map(Scorer::of).collect();
    figures(examples, |it| it.text(rules, &scorers[part(it, seed)]))
}

/// Figures by source, each page judged by this model.
#[must_use]
pub fn judged(examples: &[Example], rules: &RuleSet, scorer: &Scorer) -> BTreeMap<String, Figures> {
    figures(examples, |it| it.text(rules, scorer))
}

fn figures(examples: &[Example], text: impl Fn(&Example) -> String + Sync) -> BTreeMap<String, Figures> {
    let pages = parallel::map(examples, |it| Figures::of(&it.body, &text(it)));
    let mut sources: BTreeMap<String, Figures> = BTreeMap::new();
    for (example, page) in examples.iter().zip(pages) {
        sources.entry(example.source.clone()).or_default().add(page);
    }
    sources
}

/// FNV-1a with 64 bits.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
