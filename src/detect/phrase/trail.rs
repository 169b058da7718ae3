//! What rules did on a page, noted for who asks why one fired or did not. Off in a plain check.

use std::sync::Arc;

use crate::{
    limits,
    page::{Span, span::prefix},
    rule::{Outcome, Rule, Text, TextForm, Where},
};

/// What a rule did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// None of its keywords occurs anywhere.
    NoKeyword,
    /// A keyword occurs, but it does not look at this place, or a condition of it does not hold.
    NotHere,
    /// A keyword occurs, and the pattern does not match.
    NoMatch,
    /// The pattern matches, and an exception holds.
    Excepted,
    /// It fired.
    Fired,
}

/// One rule at one text of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Id of the rule.
    pub rule_id: Arc<str>,
    /// What it did.
    pub tried: Tried,
    /// Index of the item, where it is one.
    pub item: Option<usize>,
    /// Where the rule looked; `None` where it looked nowhere.
    pub place: Option<Where>,
    /// The words that matched or excepted, else empty.
    pub words: String,
    /// Bytes of those words in the item's text.
    pub span: Span,
}

/// The text that a rule is tried on.
#[derive(Clone, Copy)]
pub(super) struct Spot<'a> {
    pub(super) item: Option<usize>,
    pub(super) place: Where,
    /// The text as it is, unfolded.
    pub(super) exact: &'a str,
}

/// Notes of what rules did, if they are wanted.
pub(super) struct Trail(Option<Vec<Trace>>);

impl Trail {
    pub(super) fn on() -> Self {
        Self(Some(Vec::new()))
    }

    pub(super) fn off() -> Self {
        Self(None)
    }

    pub(super) fn into_traces(self) -> Vec<Trace> {
        self.0.unwrap_or_default()
    }

    pub(super) fn not_here(&mut self, rule: &Rule, spot: Spot<'_>) {
        self.add(rule, spot, Tried::NotHere, Span::default());
    }

    pub(super) fn outcome(&mut self, rule: &Rule, spot: Spot<'_>, outcome: &Outcome, unfold: &impl Fn(Span) -> Span) {
        if self.0.is_none() {
            return;
        }
        match outcome {
            Outcome::NoMatch => self.add(rule, spot, Tried::NoMatch, Span::default()),
            Outcome::Excepted { by } => self.add(rule, spot, Tried::Excepted, unfold(*by)),
            Outcome::Fired(spans) => {
                for span in spans {
                    self.add(rule, spot, Tried::Fired, unfold(*span));
                }
            }
        }
    }

    /// A label rule, which the layout ran: run again for the notes alone.
    pub(super) fn label(&mut self, rule: &Rule, spot: Spot<'_>, text: Text<'_>) {
        if self.0.is_none() {
            return;
        }
        // A label is short, so all of it stands for the words that matched in its folded form.
        let whole = Span::new(0, spot.exact.len());
        let unfold = |it| if rule.text == TextForm::Folded { whole } else { it };
        let short = rule.when.item_chars_below.is_none_or(|it| spot.exact.chars().count() < it);
        if short {
            self.outcome(rule, spot, &rule.run(text), &unfold);
        } else {
            self.not_here(rule, spot);
        }
    }

    fn add(&mut self, rule: &Rule, spot: Spot<'_>, tried: Tried, span: Span) {
        let Some(traces) = &mut self.0 else { return };
        if traces.len() > limits::TRACES {
            return;
        }
        let words = spot.exact.get(span.range()).unwrap_or_default();
        traces.push(Trace {
            rule_id: rule.id.shared(),
            tried,
            item: spot.item,
            place: Some(spot.place),
            words: prefix(words, limits::QUOTE_BYTES).to_owned(),
            span,
        });
    }
}
