//! Rule files → checked rules, with every problem of every file.

use std::{fmt, ops::RangeInclusive};

use super::{
    Example, Rule, RuleId, Sign, Status, TextForm, When, Where,
    keywords::{self, WORD_END},
    nearest,
    needed::Needed,
    pattern::{self, Known, Pattern, Slots},
    source::{KEYS, REQUIRED, RuleSource, SlotSource},
};
use crate::{
    finding::{Confidence, JunkKind},
    limits,
    page::fold,
};

/// Examples of each sort that a rule needs.
const EXAMPLES: usize = 3;

/// One thing that is wrong with one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file.
    pub file: String,
    /// The key, or empty for the file as a whole.
    pub key: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, key, message } = self;
        if key.is_empty() { write!(f, "{file}: {message}") } else { write!(f, "{file}: {key}: {message}") }
    }
}

/// Everything that is wrong with the files of a rule set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(
    /// The problems, at least one, by file.
    pub Vec<Problem>,
);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

/// Gathers the problems of one file.
pub(super) struct Report<'a> {
    file: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl<'a> Report<'a> {
    pub(super) fn new(file: &'a str, problems: &'a mut Vec<Problem>) -> Self {
        Self { file, problems }
    }

    pub(super) fn add(&mut self, key: &str, message: impl Into<String>) {
        self.problems.push(Problem { file: self.file.into(), key: key.into(), message: message.into() });
    }
}

/// Reads the slots of a pack.
pub(super) fn slots(text: &str, report: &mut Report<'_>) -> Slots {
    let source: SlotSource = match toml::from_str(text) {
        Ok(source) => source,
        Err(error) => {
            report.add("", toml_message(&error));
            return Slots::new();
        }
    };
    let mut slots = Slots::new();
    for (language, group) in source {
        for (slot, mut phrases) in group {
            let name = format!("{language}.{slot}");
            check_phrases(&name, &phrases, report);
            // Leftmost-first matching takes the first phrase that fits: the longest must come first.
            phrases.sort_by_key(|it| std::cmp::Reverse(it.len()));
            slots.insert(name, phrases);
        }
    }
    slots
}

fn check_phrases(name: &str, phrases: &[String], report: &mut Report<'_>) {
    if phrases.is_empty() || phrases.len() > limits::SLOT_PHRASES {
        report.add(name, format!("has {} phrases, must have 1 to {}", phrases.len(), limits::SLOT_PHRASES));
    }
    for phrase in phrases {
        let folded = fold::folded_form(phrase);
        if folded != *phrase {
            report.add(name, format!("{phrase:?} is not in folded form, write {folded:?}"));
        }
        if phrase.trim_matches([' ', '*']).is_empty() {
            report.add(name, "has an empty phrase");
        }
    }
}

/// Reads and checks one rule.
pub(super) fn rule(id: &str, text: &str, slots: &Slots, known: Known, report: &mut Report<'_>) -> Option<Rule> {
    let before = report.problems.len();
    check_keys(text, report);
    if report.problems.len() > before {
        return None;
    }
    let source: RuleSource = match toml::from_str(text) {
        Ok(source) => source,
        Err(error) => {
            report.add("", toml_message(&error));
            return None;
        }
    };
    let Some(id) = RuleId::parse(id) else {
        report.add("", format!("{id:?} is no rule id: a pack and a name in kebab-case, pack/name"));
        return None;
    };
    check_words(&source, report);
    check_examples("match", &source.matches, report);
    check_examples("no-match", &source.no_matches, report);
    check_widget(&source, report);
    let keywords = keywords(&source, slots, report);
    let confidence = Confidence::new(source.confidence).map_err(|it| report.add("confidence", it.to_string())).ok();
    let when = when(&source, report);
    let pattern_compiled = compiled("pattern", &source.pattern, source.text, (slots, known), report);
    let except_compiled =
        source.except.iter().filter_map(|it| compiled("except", it, source.text, (slots, known), report)).collect();
    let signs = signs(&source, (slots, known), report);
    if report.problems.len() > before {
        return None;
    }
    Some(Rule {
        id,
        summary: source.summary,
        kind: source.kind,
        places: source.places,
        status: source.status,
        basis: source.basis,
        confidence: confidence?,
        languages: source.languages,
        text: source.text,
        keywords,
        pattern: source.pattern,
        except: source.except,
        when,
        widget: source.widget,
        takes: source.takes,
        partial: source.partial,
        signs,
        why: source.why.trim().to_owned(),
        matches: source.matches,
        no_matches: source.no_matches,
        pattern_compiled: pattern_compiled?,
        except_compiled,
        signs_needed: Needed::default(),
    })
}

/// A TOML error as one line with its place.
fn toml_message(error: &toml::de::Error) -> String {
    error
        .to_string()
        .lines()
        .filter(|it| !it.trim_start().starts_with('|'))
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(": ")
}

/// Reports every unknown and every missing key. What is no TOML at all is left to the next step.
fn check_keys(text: &str, report: &mut Report<'_>) {
    let Ok(table) = toml::from_str::<toml::Table>(text) else { return };
    for key in table.keys().filter(|it| !KEYS.contains(&it.as_str())) {
        let hint = nearest(key, KEYS).map(|it| format!(", did you mean {it:?}?")).unwrap_or_default();
        report.add(key, format!("unknown key{hint}"));
    }
    for key in REQUIRED.iter().filter(|it| !table.contains_key(**it)) {
        report.add(key, "is missing");
    }
}

fn check_words(source: &RuleSource, report: &mut Report<'_>) {
    if source.summary.trim().is_empty() || source.summary.contains('\n') {
        report.add("summary", "must be one line");
    }
    if source.why.trim().is_empty() {
        report.add("why", "is empty: say why it is junk, and why honest text is not hit");
    }
    if source.places.is_empty() {
        report.add("where", "is empty: name at least one place");
    }
}

fn check_examples(key: &str, examples: &[Example], report: &mut Report<'_>) {
    if examples.len() < EXAMPLES {
        report.add(key, format!("has {} examples, must have at least {EXAMPLES}", examples.len()));
    }
}

fn check_widget(source: &RuleSource, report: &mut Report<'_>) {
    match (source.kind, source.widget) {
        (JunkKind::Widget, None) => {
            report.add("widget", "is missing: a rule of kind \"widget\" says which kind of widget");
        }
        (JunkKind::Widget, Some(_)) => check_label(source, report),
        (_, None) => {}
        (kind, Some(_)) => {
            report.add("widget", format!("goes with kind \"widget\", this rule is of kind \"{kind}\""));
        }
    }
}

/// Labels are read before anything is known of the page but its items, and what they name is laid out.
fn check_label(source: &RuleSource, report: &mut Report<'_>) {
    let when = &source.when;
    if when.body_chars_below.is_some() || !when.status.is_empty() || when.first_or_last_item {
        report.add(
            "when",
            "a rule of kind \"widget\" can only set item_chars_below: it runs before the page is laid out",
        );
    }
    if source.status == Status::Preview {
        report.add("status", "a rule of kind \"widget\" cannot be in preview: what it names is laid out as furniture");
    }
}

/// The keywords, slots filled in. What says where words end stays.
fn keywords(source: &RuleSource, slots: &Slots, report: &mut Report<'_>) -> Vec<String> {
    let mut keywords = Vec::new();
    for keyword in &source.keywords {
        let slot = keyword.trim_matches(WORD_END);
        if slot.starts_with('{')
            && let Some(name) = pattern::slot_name(slot)
        {
            match slots.get(name) {
                Some(phrases) => keywords.extend(phrases.iter().map(|it| of_slot(keyword, slot, it))),
                None => report.add("keywords", format!("slot {slot} is in no slots file of the pack")),
            }
            continue;
        }
        let bare = keywords::bare(keyword);
        let folded = fold::folded_form(bare);
        if source.text == TextForm::Folded && folded != bare {
            report.add("keywords", format!("{bare:?} is not in folded form, write {folded:?}"));
        }
        keywords.push(keyword.clone());
    }
    if keywords.is_empty() {
        report.add("keywords", "is empty: name words of which at least one must occur");
    }
    if let Some(short) = keywords.iter().find(|it| keywords::bare(it).len() < 2) {
        report.add("keywords", format!("{short:?} has fewer than 2 bytes and would occur everywhere"));
    }
    keywords.sort();
    keywords.dedup();
    keywords
}

/// The most that one sign may weigh.
const SIGN_WEIGHT: f64 = 0.5;

fn signs(source: &RuleSource, context: (&Slots, Known), report: &mut Report<'_>) -> Vec<Sign> {
    let mut signs = Vec::new();
    if source.signs.len() > limits::RULE_SIGNS {
        report.add("sign", format!("there are {}, limit is {}", source.signs.len(), limits::RULE_SIGNS));
        return signs;
    }
    if source.kind == JunkKind::Widget && !source.signs.is_empty() {
        report.add("sign", "a rule of kind \"widget\" has none: it names blocks, and nothing weighs it");
    }
    let of_items = [Where::Title, Where::Heading, Where::Body, Where::Link, Where::Furniture];
    if let Some(place) = source.places.iter().find(|it| !of_items.contains(it)).filter(|_| !source.signs.is_empty()) {
        report.add("sign", format!("signs are looked for in items, and {:?} has none", place.name()));
    }
    for sign in &source.signs {
        if sign.says.trim().is_empty() || sign.says.contains('\n') {
            report.add("sign.says", "must be one line: what the sign shows");
        }
        if !(sign.weight.abs() <= SIGN_WEIGHT && sign.weight != 0.0) {
            report
                .add("sign.weight", format!("is {}, must be -{SIGN_WEIGHT} to {SIGN_WEIGHT}, and not 0", sign.weight));
        }
        if let Some(compiled) = compiled("sign.pattern", &sign.pattern, source.text, context, report) {
            let (says, pattern) = (sign.says.clone(), sign.pattern.clone());
            signs.push(Sign { says, weight: sign.weight, pattern, compiled });
        }
    }
    signs
}

/// The keyword that stands for a phrase of a slot: no word ends where the phrase stands for the rest of one, nor where
/// it has no letter.
fn of_slot(keyword: &str, slot: &str, phrase: &str) -> String {
    let stem = phrase.trim_end_matches('*');
    let begins = keyword.starts_with(WORD_END) && stem.starts_with(fold::is_word);
    let ends = keyword.ends_with(WORD_END) && stem.ends_with(fold::is_word) && stem == phrase;
    let bare = keyword.trim_matches(WORD_END).replace(slot, stem);
    let end = |it| if it { " " } else { "" };
    format!("{}{bare}{}", end(begins), end(ends))
}

fn when(source: &RuleSource, report: &mut Report<'_>) -> When {
    let mut status = Vec::new();
    for text in &source.when.status {
        match status_range(text) {
            Some(range) => status.push(range),
            None => {
                report.add("when.status", format!("{text:?} is no status and no range, write \"403\" or \"400-599\""));
            }
        }
    }
    When {
        body_chars_below: source.when.body_chars_below,
        item_chars_below: source.when.item_chars_below,
        status,
        first_or_last_item: source.when.first_or_last_item,
    }
}

fn status_range(text: &str) -> Option<RangeInclusive<u16>> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (100 <= low && low <= high && high <= 599).then_some(low..=high)
}

fn compiled(
    key: &str,
    text: &str,
    form: TextForm,
    (slots, known): (&Slots, Known),
    report: &mut Report<'_>,
) -> Option<Pattern> {
    match pattern::compile(text, form, slots, known) {
        Ok(pattern) => Some(pattern),
        Err(problems) => {
            for problem in problems {
                report.add(key, problem);
            }
            None
        }
    }
}
