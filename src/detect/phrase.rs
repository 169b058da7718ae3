//! Junk by rules: each hit with the evidence of where it stands.

mod context;
mod extent;
mod kinship;
mod merge;
mod trail;

use crate::{
    detect::{Detector, Findings, PageView, SAYS_SOMETHING},
    finding::{Evidence, Extent, Finding, JunkKind, Place, Target},
    layout::Title,
    limits,
    page::{Field, Folded, ItemKind, Span, span::prefix},
    rule::{Candidate, MARKUP_BODY_CHARS, Outcome, Rule, RuleSet, Sign, Status, Text, TextForm, Where},
};

use context::Context;
pub(crate) use merge::ALSO_BY;
pub use trail::{Trace, Tried};

use trail::{Spot, Trail};

/// What every rule did on a page: each one at each text in which one of its keywords occurs.
pub(super) fn trace(page: &PageView<'_>, rules: &RuleSet) -> Vec<Trace> {
    let mut run = Run::new(page, rules, Trail::on());
    run.everywhere();
    run.trail.into_traces()
}

/// The detector.
pub(super) struct Phrase;

impl Detector for Phrase {
    fn name(&self) -> &'static str {
        "phrase"
    }

    fn finds_items(&self) -> bool {
        true
    }

    fn detect(&self, findings: &mut Findings, page: &PageView<'_>, rules: &RuleSet) {
        let mut run = Run::new(page, rules, Trail::off());
        run.everywhere();
        if run.steps > run.budget {
            let message =
                format!("patterns scanned {} bytes, limit is {}; the rest was not checked", run.steps, run.budget);
            findings.fail(self.name(), message);
        }
        if page.reading.html.as_ref().is_some_and(|it| it.outline.asides.is_cut) {
            let message =
                format!("page has more than {} texts that people do not see, the rest was not checked", limits::UNSEEN);
            findings.fail("unseen", message);
        }
        let context = Context::of(page, &run.hits);
        let mut found: Vec<Finding> = run.hits.iter().filter_map(|hit| context.finding(hit)).collect();
        extent::widen(page, &mut found);
        for finding in merge::merge(found) {
            findings.push(finding);
        }
    }
}

/// Bytes of the words of a sign that are told.
const SIGN_BYTES: usize = 60;

/// A rule that fired.
struct Hit<'r> {
    rule: &'r Rule,
    place: Place,
    target: Target,
    /// The matched words.
    quote: String,
    /// The signs of the rule that stand in the same text.
    signs: Vec<Evidence>,
}

struct Run<'a, 'r> {
    page: &'a PageView<'a>,
    rules: &'r RuleSet,
    /// Bytes that patterns have scanned.
    steps: usize,
    budget: usize,
    hits: Vec<Hit<'r>>,
    trail: Trail,
    /// Whether the page is hollow: see [`PageView::is_hollow`].
    hollow: bool,
    /// Whether it is, and its main text says nothing that a banner for cookies could stand beside.
    bare: bool,
}

impl<'a, 'r> Run<'a, 'r> {
    fn new(page: &'a PageView<'a>, rules: &'r RuleSet, trail: Trail) -> Self {
        let budget = limits::PATTERN_STEPS + 8 * page.reading.text.len();
        let hollow = page.is_hollow();
        let bare = hollow && page.sentence_words() < SAYS_SOMETHING;
        Self { page, rules, steps: 0, budget, hits: Vec::new(), trail, hollow, bare }
    }
}

impl Run<'_, '_> {
    fn everywhere(&mut self) {
        self.items();
        self.titles();
        self.address();
        self.headers();
        self.unseen();
        self.markup();
    }

    /// Items that are no titles.
    fn items(&mut self) {
        for candidate in self.page.candidates {
            let rule = &self.rules.rules()[candidate.rule as usize];
            let item = candidate.item as usize;
            let placed = self.page.layout.items[item];
            let hidden = self.page.reading.items[item].hidden;
            if placed.place == Place::Title {
                continue;
            }
            let (text, at) = text_of(self.page, rule, candidate);
            let spot = Spot { item: Some(item), place: self.place(item), exact: self.page.reading.text_of(item) };
            if rule.kind == JunkKind::Widget {
                self.trail.label(rule, spot, Text::round(text, at));
                continue;
            }
            if hidden && rule.looks_at(Where::Hidden) {
                self.hidden_item(rule, item, text, at);
                continue;
            }
            if hidden || !self.looks(rule, item) {
                self.trail.not_here(rule, spot);
                continue;
            }
            let reading = self.page.reading;
            let unfold = |it| if rule.text == TextForm::Folded { reading.unfold(item, it) } else { it };
            let place = if self.speaks_for_page(rule, item) { Place::Body } else { placed.place };
            let spans = self.run(rule, spot, Text::round(text, at), unfold);
            self.hits(rule, place, item, spans, Text::round(text, at));
        }
    }

    /// Whether a rule looks at an item, by place and by the conditions it sets.
    fn looks(&self, rule: &Rule, item: usize) -> bool {
        let short = |limit: usize| self.page.reading.chars_of(item) < limit;
        let outside =
            || self.speaks_for_page(rule, item) && (rule.looks_at(Where::Body) || self.is_heading(rule, item));
        (rule.looks_at(self.place(item)) || outside())
            && rule.when.item_chars_below.is_none_or(short)
            && (!rule.when.first_or_last_item || self.is_first_or_last(item))
            && self.page_fits(rule)
    }

    /// Whether an item outside the main text counts as part of it: on a hollow page there is no main text
    /// beside which it could be furniture, so what it says of the page holds. A short one has a banner for cookies, too.
    fn speaks_for_page(&self, rule: &Rule, item: usize) -> bool {
        let is_bare = if rule.kind == JunkKind::Consent { self.bare } else { self.hollow };
        is_bare && context::is_page_kind(rule.kind) && self.place(item) == Where::Furniture
    }

    fn is_heading(&self, rule: &Rule, item: usize) -> bool {
        rule.looks_at(Where::Heading) && self.page.reading.items[item].kind == ItemKind::Heading
    }

    /// Where an item stands, in the words of rules.
    fn place(&self, item: usize) -> Where {
        match self.page.layout.items[item].place {
            _ if self.page.reading.items[item].kind == ItemKind::Meta => Where::Meta,
            Place::Title => Where::Title,
            Place::Heading => Where::Heading,
            Place::Body => Where::Body,
            Place::Link => Where::Link,
            Place::Furniture | Place::Page => Where::Furniture,
        }
    }

    fn is_first_or_last(&self, item: usize) -> bool {
        let mut main = self.page.layout.main();
        let first = main.next();
        first == Some(item) || main.next_back() == Some(item)
    }

    /// Whether the conditions a rule sets for the page hold.
    fn page_fits(&self, rule: &Rule) -> bool {
        let when = &rule.when;
        let status = self.page.reading.page.status();
        let by_status =
            when.status.is_empty() || status.is_some_and(|it| when.status.iter().any(|range| range.contains(&it)));
        by_status && when.body_chars_below.is_none_or(|it| self.page.layout.main_chars < it)
    }

    /// Title candidates, each less the site's name.
    fn titles(&mut self) {
        for title in &self.page.layout.titles {
            let exact = &self.page.reading.text_of(title.item)[title.span.range()];
            let folded = Folded::of(exact);
            for candidate in self.rules.scan_title(&folded.text, exact) {
                let rule = &self.rules.rules()[candidate.rule as usize];
                let short = rule.when.item_chars_below.is_none_or(|it| exact.chars().count() < it);
                if rule.kind == JunkKind::Widget || !rule.looks_at(Where::Title) || !short || !self.page_fits(rule) {
                    self.trail.not_here(rule, Spot { item: Some(title.item), place: Where::Title, exact });
                    continue;
                }
                self.title(rule, title, exact, &folded);
            }
        }
    }

    fn title(&mut self, rule: &Rule, title: &Title, exact: &str, folded: &Folded) {
        let text = match rule.text {
            TextForm::Folded => &folded.text,
            TextForm::Exact => exact,
        };
        let unfold = |it| if rule.text == TextForm::Folded { folded.origin(it) } else { it };
        let spot = Spot { item: Some(title.item), place: Where::Title, exact };
        let spans = self.run(rule, spot, Text::whole(text), unfold);
        if let Some(rule) = self.rules.get(rule.id.as_str()) {
            self.hits(rule, Place::Title, title.item, spans, Text::whole(text));
        }
    }

    fn address(&mut self) {
        let url = self.page.reading.page.url();
        self.plain(Where::Url, Field::Url, url, 0);
    }

    fn headers(&mut self) {
        for (index, (name, value)) in self.page.reading.page.headers().iter().enumerate() {
            let line = format!("{name}: {value}");
            let field = Field::Header(crate::page::span::offset(index));
            self.plain(Where::Header, field, &line, name.len() + 2);
        }
    }

    /// A block that people do not see. What is for models there concerns the page, not an item of its text.
    fn hidden_item(&mut self, rule: &Rule, item: usize, text: &str, at: usize) {
        let reading = self.page.reading;
        let unfold = |it| if rule.text == TextForm::Folded { reading.unfold(item, it) } else { it };
        let spot = Spot { item: Some(item), place: Where::Hidden, exact: reading.text_of(item) };
        if let Some(span) = self.run(rule, spot, Text::round(text, at), unfold).first() {
            let quote = reading.text_of(item)[span.range()].to_owned();
            let (field, source) = reading.source_span(item, *span);
            if let Some(rule) = self.rules.get(rule.id.as_str()) {
                self.page_hit(rule, field, source, quote);
            }
        }
    }

    /// Comments, alternative texts and words that are not shown or cannot be seen.
    fn unseen(&mut self) {
        let Some(html) = &self.page.reading.html else { return };
        let mut parts = Parts::default();
        for it in &html.outline.asides.unseen {
            let Some(text) = html.source.get(it.span.range()) else { continue };
            // A pattern sees a window of a long text: none of it may hide behind a word before it.
            let mut at = 0;
            while at < text.len() {
                let end = text.floor_char_boundary(at + limits::WHOLE_ITEM_BYTES);
                parts.push(&text[at..end], it.span.start + crate::page::span::offset(at));
                at = if end < text.len() { text.floor_char_boundary(end - limits::PATTERN_OVERLAP_BYTES) } else { end };
                if parts.text.len() >= limits::WHOLE_ITEM_BYTES {
                    self.unseen_parts(&std::mem::take(&mut parts));
                }
            }
        }
        self.unseen_parts(&parts);
    }

    fn unseen_parts(&mut self, parts: &Parts) {
        let (folded, places) = Folded::of_parts(&parts.text, &parts.places);
        let both = places.iter().copied().zip(parts.places.iter().copied());
        for candidate in self.rules.scan_unseen(&folded.text, &parts.text, both) {
            let rule = &self.rules.rules()[candidate.rule as usize];
            if !self.page_fits(rule) {
                continue;
            }
            let (in_folded, in_text) = (places[candidate.item as usize], parts.places[candidate.item as usize]);
            let exact = &parts.text[in_text.range()];
            let spot = Spot { item: None, place: Where::Hidden, exact };
            let is_folded = rule.text == TextForm::Folded;
            let seen = Text::whole(if is_folded { &folded.text[in_folded.range()] } else { exact });
            let unfold = |it| if is_folded { folded.unfold(it, in_folded, in_text) } else { it };
            if let Some(span) = self.run(rule, spot, seen, unfold).first() {
                let quote = exact[span.range()].to_owned();
                let start = parts.starts[candidate.item as usize];
                self.page_hit(rule, Field::Html, Span { start: span.start + start, end: span.end + start }, quote);
            }
        }
    }

    /// A text that is no item. Spans count from `skip` on.
    fn plain(&mut self, place: Where, field: Field, text: &str, skip: usize) {
        let folded = Folded::of(text);
        for candidate in self.rules.scan_text(&folded.text, text) {
            let rule = &self.rules.rules()[candidate.rule as usize];
            let spot = Spot { item: None, place, exact: text };
            if !rule.looks_at(place) || !self.page_fits(rule) {
                self.trail.not_here(rule, spot);
                continue;
            }
            let seen = Text::whole(if rule.text == TextForm::Folded { &folded.text } else { text });
            let unfold = |it| if rule.text == TextForm::Folded { folded.origin(it) } else { it };
            if let Some(span) = self.run(rule, spot, seen, unfold).first() {
                let quote = text[span.range()].to_owned();
                let skip = crate::page::span::offset(skip);
                let at = Span { start: span.start.saturating_sub(skip), end: span.end.saturating_sub(skip) };
                self.page_hit(rule, field, at, quote);
            }
        }
    }

    /// Markup of pages with little text, its start and its end.
    fn markup(&mut self) {
        let Some(html) = &self.page.reading.html else { return };
        if self.page.layout.main_chars >= MARKUP_BODY_CHARS {
            return;
        }
        let source = html.source.as_ref();
        let start = source.floor_char_boundary(limits::MARKUP_BYTES);
        let end = source.ceil_char_boundary(source.len().saturating_sub(limits::MARKUP_BYTES)).max(start);
        for (at, part) in [(0, &source[..start]), (end, &source[end..])] {
            let lower = part.to_ascii_lowercase();
            for candidate in self.rules.scan_markup(&lower) {
                let rule = &self.rules.rules()[candidate.rule as usize];
                let spot = Spot { item: None, place: Where::Markup, exact: part };
                if !self.page_fits(rule) {
                    self.trail.not_here(rule, spot);
                    continue;
                }
                if let Some(span) = self.run(rule, spot, Text::round(&lower, candidate.at as usize), |it| it).first() {
                    let quote = part[span.range()].to_owned();
                    let at = crate::page::span::offset(at);
                    let span = Span { start: span.start + at, end: span.end + at };
                    self.page_hit(rule, Field::Html, span, quote);
                }
            }
        }
    }

    /// Runs a pattern within the budget. The spans are those of the text as it is.
    fn run(&mut self, rule: &Rule, spot: Spot<'_>, text: Text<'_>, unfold: impl Fn(Span) -> Span) -> Vec<Span> {
        self.steps += text.steps() * (1 + rule.signs.len());
        if self.steps > self.budget || rule.status == Status::Retired {
            return Vec::new();
        }
        let outcome = rule.run(text);
        self.trail.outcome(rule, spot, &outcome, &unfold);
        match outcome {
            Outcome::Fired(spans) => spans.into_iter().map(unfold).collect(),
            Outcome::NoMatch | Outcome::Excepted { .. } => Vec::new(),
        }
    }
}

impl<'r> Run<'_, 'r> {
    /// What a rule found in an item, with its signs in the text that it looked at.
    fn hits(&mut self, rule: &'r Rule, place: Place, item: usize, spans: Vec<Span>, seen: Text<'_>) {
        if spans.is_empty() {
            return;
        }
        let says = |(sign, at): (&Sign, Span)| Evidence {
            name: "sign",
            delta: sign.weight,
            detail: format!("{}: “{}”", sign.says, prefix(&seen.all[at.range()], SIGN_BYTES)),
        };
        let signs: Vec<Evidence> = rule.signs_in(seen).map(says).collect();
        for span in spans {
            let quote = self.page.reading.text_of(item)[span.range()].to_owned();
            let target = Target::Item { item, span };
            self.hits.push(Hit { rule, place, target, quote, signs: signs.clone() });
        }
    }

    fn page_hit(&mut self, rule: &'r Rule, field: Field, span: Span, quote: String) {
        let source = Some((field, span, quote.clone()));
        self.hits.push(Hit { rule, place: Place::Page, target: Target::Page { source }, quote, signs: Vec::new() });
    }
}

/// Parts of a source as one text, a line feed between two: many short texts are folded and scanned together.
#[derive(Default)]
struct Parts {
    text: String,
    /// Where each part stands in the text.
    places: Vec<Span>,
    /// Where each begins in the source.
    starts: Vec<u32>,
}

impl Parts {
    fn push(&mut self, part: &str, start: u32) {
        self.places.push(Span::new(self.text.len(), self.text.len() + part.len()));
        self.starts.push(start);
        self.text.push_str(part);
        self.text.push('\n');
    }
}

/// The text of a candidate's item in the rule's form, and where the keyword stands in it.
fn text_of<'a>(page: &PageView<'a>, rule: &Rule, candidate: &Candidate) -> (&'a str, usize) {
    let item = candidate.item as usize;
    let text = match rule.text {
        TextForm::Folded => page.reading.folded_of(item),
        TextForm::Exact => page.reading.text_of(item),
    };
    (text, candidate.at as usize)
}

impl Hit<'_> {
    fn extent(&self, page: &PageView<'_>) -> Extent {
        match &self.target {
            Target::Page { .. } => Extent::Page,
            Target::Item { item, span } => extent::of_match(page, *item, *span),
            Target::Block { .. } => Extent::Item,
        }
    }
}
