//! The figures, beside their goals.

use serde_json::{Value, json};

use crate::shared::clock::Spread;

/// What a figure should be.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    /// None: it is told beside the others.
    None,
}

/// A figure.
struct Figure {
    topic: &'static str,
    what: String,
    goal: Goal,
    reached: Spread,
    unit: &'static str,
}

/// Prints figures as they come, and keeps them for the tables.
pub(crate) struct Report {
    machine: String,
    figures: Vec<Figure>,
}

impl Report {
    pub(crate) fn new(machine: String) -> Self {
        Self { machine, figures: Vec::new() }
    }

    pub(crate) fn machine(&self) -> &str {
        &self.machine
    }

    /// Tells a figure.
    pub(crate) fn add(
        &mut self,
        topic: &'static str,
        what: impl Into<String>,
        goal: Goal,
        reached: Spread,
        unit: &'static str,
    ) {
        let figure = Figure { topic, what: what.into(), goal, reached, unit };
        if self.figures.last().is_none_or(|it| it.topic != topic) {
            println!("\n{topic}\n  {:<74} {:>9} {:>12}  {:<20}", "what", "goal", "reached", "least … most");
        }
        println!(
            "  {:<74} {:>9} {:>12}  {:<20} {}",
            figure.what,
            figure.goal_text(),
            figure.reached_text(),
            figure.spread_text(),
            figure.verdict()
        );
        self.figures.push(figure);
    }

    /// Says how many goals are reached.
    pub(crate) fn print_verdict(&self) {
        let missed: Vec<&Figure> = self.figures.iter().filter(|it| it.passes() == Some(false)).collect();
        let goals = self.figures.iter().filter(|it| it.passes().is_some()).count();
        println!("\n{} of {goals} goals reached", goals - missed.len());
        for it in missed {
            println!("  missed: {}: {} (goal {})", it.what, it.reached_text(), it.goal_text());
        }
    }

    /// The table for docs/performance.md.
    pub(crate) fn markdown(&self) -> String {
        let mut table =
            format!("{}.\n\n| | what | goal | reached | least … most | |\n|---|---|---|---|---|---|\n", self.machine);
        for it in &self.figures {
            let (goal, reached, spread) = (it.goal_text(), it.reached_text(), it.spread_text());
            table += &format!("| {} | {} | {goal} | {reached} | {spread} | {} |\n", it.topic, it.what, it.verdict());
        }
        table
    }

    pub(crate) fn json(&self) -> Value {
        let figures = self.figures.iter().map(|it| {
            let (at_least, at_most) = match it.goal {
                Goal::AtLeast(goal) => (Some(goal), None),
                Goal::AtMost(goal) => (None, Some(goal)),
                Goal::None => (None, None),
            };
            let Spread { median, low, high } = it.reached;
            json!({
                "topic": it.topic, "what": it.what, "unit": it.unit, "median": median, "low": low, "high": high,
                "goal_at_least": at_least, "goal_at_most": at_most, "passes": it.passes(),
            })
        });
        json!({ "machine": self.machine, "figures": figures.collect::<Vec<_>>() })
    }
}

impl Figure {
    fn passes(&self) -> Option<bool> {
        match self.goal {
            Goal::AtLeast(goal) => Some(self.reached.median >= goal),
            Goal::AtMost(goal) => Some(self.reached.median <= goal),
            Goal::None => None,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.passes() {
            Some(true) => "passed",
            Some(false) => "missed",
            None => "",
        }
    }

    fn goal_text(&self) -> String {
        match self.goal {
            Goal::AtLeast(goal) => format!("≥ {}", self.with_unit(goal)),
            Goal::AtMost(goal) => format!("≤ {}", self.with_unit(goal)),
            Goal::None => String::new(),
        }
    }

    fn reached_text(&self) -> String {
        self.with_unit(self.reached.median)
    }

    fn spread_text(&self) -> String {
        let Spread { low, high, .. } = self.reached;
        if self.reached == Spread::once(low) { String::new() } else { format!("{} … {}", number(low), number(high)) }
    }

    fn with_unit(&self, value: f64) -> String {
        format!("{} {}", number(value), self.unit).trim_end().to_owned()
    }
}

/// Three digits that count.
fn number(value: f64) -> String {
    match value.abs() {
        it if it >= 100.0 => format!("{value:.0}"),
        it if it >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
