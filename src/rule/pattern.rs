//! Patterns as written → regular expressions: slots filled in, spaces made flexible, shape checked.

use std::{collections::BTreeMap, fmt::Write as _, sync::OnceLock};

use regex_automata::{
    Input,
    meta::{self, Regex},
};
use regex_syntax::{Parser, ParserBuilder, hir::Hir};

use super::{TextForm, simplify};
use crate::{
    limits,
    page::{Span, fold},
};

/// The slots of a pack: `language.slot` → phrases, longest first.
pub(super) type Slots = BTreeMap<String, Vec<String>>;

/// What a trailing `*` of a phrase stands for: the rest of the word.
const WORD_REST: &str = r"[\p{L}\p{M}\p{N}]*";

/// A pattern, compiled when it is first used: most rules never see a page on which their keyword occurs, and
/// compiling them all takes most of a second.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    expanded: Box<str>,
    regex: OnceLock<Regex>,
}

impl Pattern {
    /// The first match in a text that begins at a place or behind it. What stands before is seen, by `^` as well.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<Span> {
        let regex = self.regex.get_or_init(|| {
            let built = build(&self.expanded);
            built.unwrap_or_else(|problem| unreachable!("a pattern of the binary, which the tests compile: {problem}"))
        });
        regex.find(Input::new(text).range(from..)).map(|it| Span::new(it.start(), it.end()))
    }

    /// The regular expression, slots filled in.
    #[cfg(test)]
    pub(super) fn expanded(&self) -> &str {
        &self.expanded
    }

    /// The expression as it is written, slots filled in, which says more of its words than the simpler one. `None` where
    /// it does not parse, which no pattern that is compiled does.
    pub(super) fn as_written(&self) -> Option<Hir> {
        parser().parse(&self.expanded).ok()
    }

    /// Whether a match may depend on where the text ends.
    pub(super) fn asks_for_end(&self) -> bool {
        self.expanded.contains('$')
    }
}

/// Whether a pattern is known to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// It comes from somewhere: it is compiled now, and everything that is wrong with it is told.
    Nothing,
    /// It is one of the binary, which a test compiles.
    Good,
}

fn parser() -> Parser {
    ParserBuilder::new().nest_limit(limits::PATTERN_NESTING).build()
}

/// An automaton of so many bytes at most, and as many that it builds as it goes.
fn build(expanded: &str) -> Result<Regex, String> {
    let hir = parser().parse(expanded).map(simplify::simple).map_err(|error| one_line(&error.to_string()))?;
    let bytes = limits::COMPILED_PATTERN_BYTES;
    let config = meta::Config::new().nfa_size_limit(Some(bytes)).hybrid_cache_capacity(bytes);
    Regex::builder().configure(config).build_from_hir(&hir).map_err(|error| match error.size_limit() {
        Some(limit) => format!("takes more memory than the limit of {limit} bytes"),
        None => error.to_string(),
    })
}

/// Reads a pattern, or says everything that is wrong with it.
pub(super) fn compile(pattern: &str, form: TextForm, slots: &Slots, known: Known) -> Result<Pattern, Vec<String>> {
    let regex = OnceLock::new();
    if known == Known::Good
        && let Ok(expanded) = expand(pattern, form, slots)
    {
        return Ok(Pattern { expanded: expanded.into(), regex });
    }
    let mut problems = lint(pattern);
    if pattern.len() > limits::PATTERN_BYTES {
        problems.push(format!("has {} bytes, limit is {}", pattern.len(), limits::PATTERN_BYTES));
    }
    let expanded = match expand(pattern, form, slots) {
        Ok(expanded) => expanded,
        Err(slot) => {
            problems.push(format!("slot {{{slot}}} is in no slots file of the pack"));
            return Err(problems);
        }
    };
    if expanded.len() > limits::EXPANDED_PATTERN_BYTES {
        let limit = limits::EXPANDED_PATTERN_BYTES;
        problems.push(format!("has {} bytes with its slots filled in, limit is {limit}", expanded.len()));
    }
    if form == TextForm::Folded {
        problems.extend(unfolded_literals(pattern));
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let built = build(&expanded).map_err(|problem| vec![problem])?;
    Ok(Pattern { expanded: expanded.into(), regex: built.into() })
}

/// The last line of a regex error says what is wrong; those before draw it.
fn one_line(error: &str) -> String {
    let line = error.lines().next_back().unwrap_or(error);
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Problems of shape that compile and mislead.
fn lint(pattern: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if pattern.contains(r"\b") || pattern.contains(r"\B") {
        problems.push(r"\b is not allowed: the engine checks that a match cuts no word".to_owned());
    }
    if has_loose_alternation(pattern) {
        problems.push("an alternation beside ^ or $ needs parentheses round it: (a|b)$".to_owned());
    }
    problems
}

/// Whether a `|` outside all groups stands in a pattern with `^` or `$` outside all groups: `^a|b$`.
fn has_loose_alternation(pattern: &str) -> bool {
    let (mut depth, mut class, mut bar, mut anchor) = (0_i32, false, false, false);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '[' if !class => class = true,
            ']' if class => class = false,
            _ if class => {}
            '(' => depth += 1,
            ')' => depth -= 1,
            '|' if depth == 0 => bar = true,
            '^' | '$' if depth == 0 => anchor = true,
            _ => {}
        }
    }
    bar && anchor
}

/// Letters of a pattern that folding would change, with their folded spelling: such a pattern can
/// never match.
fn unfolded_literals(pattern: &str) -> Vec<String> {
    let mut literal = String::new();
    let mut problems = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' {
            let escaped = chars.next();
            if escaped.is_some_and(|it| "pPxuU".contains(it)) && chars.peek() == Some(&'{') {
                while chars.next().is_some_and(|it| it != '}') {}
            }
            check_folded(&mut literal, &mut problems);
        } else if c.is_alphanumeric() || !c.is_ascii() || c == '\'' || c == '"' {
            literal.push(c);
        } else {
            check_folded(&mut literal, &mut problems);
        }
    }
    check_folded(&mut literal, &mut problems);
    problems
}

fn check_folded(literal: &mut String, problems: &mut Vec<String>) {
    let literal = std::mem::take(literal);
    let folded = fold::folded_form(&literal);
    if folded != literal {
        problems.push(format!("{literal:?} is not in folded form, write {folded:?}"));
    }
}

/// Fills in `{language.slot}` and makes each space match any white space. In folded text all white
/// space is spaces.
fn expand(pattern: &str, form: TextForm, slots: &Slots) -> Result<String, String> {
    let mut expanded = String::with_capacity(pattern.len() * 2);
    let mut class = false;
    let mut chars = pattern.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                expanded.push(c);
                if let Some((next, escaped)) = chars.next() {
                    expanded.push(escaped);
                    let rest = &pattern[next + escaped.len_utf8()..];
                    if "pPxuU".contains(escaped) && rest.starts_with('{') {
                        copy_braces(rest, &mut chars, &mut expanded);
                    }
                }
            }
            '{' if !class && slot_name(&pattern[at..]).is_some() => {
                let name = slot_name(&pattern[at..]).unwrap_or_default();
                push_slot(&mut expanded, slots.get(name).ok_or_else(|| name.to_owned())?);
                // The name is ASCII: as many characters as bytes, and the closing brace.
                chars.nth(name.len());
            }
            ' ' if !class => expanded.push_str(spaces(form, &pattern[at + 1..])),
            _ => {
                class = match c {
                    '[' => true,
                    ']' => false,
                    _ => class,
                };
                expanded.push(c);
            }
        }
    }
    Ok(expanded)
}

/// What a space stands for. Before a quantifier it is a group, so that ` ?` is an optional space.
fn spaces(form: TextForm, rest: &str) -> &'static str {
    let mut rest = rest.bytes();
    let quantified = match rest.next() {
        Some(b'?' | b'*' | b'+') => true,
        Some(b'{') => rest.next().is_some_and(|it| it.is_ascii_digit()),
        _ => false,
    };
    match (form, quantified) {
        (TextForm::Folded, false) => " +",
        (TextForm::Folded, true) => "(?: +)",
        (TextForm::Exact, false) => r"\s+",
        (TextForm::Exact, true) => r"(?:\s+)",
    }
}

fn copy_braces(rest: &str, chars: &mut std::str::CharIndices<'_>, expanded: &mut String) {
    let braces = rest.find('}').map_or(rest, |end| &rest[..=end]);
    expanded.push_str(braces);
    for _ in braces.chars() {
        chars.next();
    }
}

/// Name of a slot at `{`: a language, a full stop and a word.
pub(super) fn slot_name(text: &str) -> Option<&str> {
    let name = &text[1..text.find('}')?];
    let word = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let (language, slot) = name.split_once('.')?;
    (word(language) && word(slot)).then_some(name)
}

fn push_slot(expanded: &mut String, phrases: &[String]) {
    expanded.push_str("(?:");
    for (index, phrase) in phrases.iter().enumerate() {
        if index > 0 {
            expanded.push('|');
        }
        let (stem, rest) = phrase.strip_suffix('*').map_or((phrase.as_str(), ""), |stem| (stem, WORD_REST));
        let escaped = regex::escape(stem).replace(' ', " +");
        // Writing to a String cannot fail.
        let _ = write!(expanded, "{escaped}{rest}");
    }
    expanded.push(')');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots() -> Slots {
        let mut slots = Slots::new();
        slots.insert("en.inability".into(), vec!["not able to".into(), "can't".into()]);
        slots.insert("en.verb".into(), vec!["assist*".into()]);
        slots
    }

    fn problems(pattern: &str) -> Vec<String> {
        compile(pattern, TextForm::Folded, &slots(), Known::Nothing).expect_err("refused")
    }

    #[test]
    fn pattern_fills_in_slots_and_flexible_spaces() {
        let expanded =
            expand(r"^{en.inability} {en.verb}[ x]{2,3}\p{L}", TextForm::Folded, &slots()).expect("slots exist");
        assert_eq!(expanded, format!(r"^(?:not +able +to|can't) +(?:assist{WORD_REST})[ x]{{2,3}}\p{{L}}"));
    }

    #[test]
    fn pattern_space_may_be_optional() {
        let pattern = compile("^a ?b {en.verb}$", TextForm::Folded, &slots(), Known::Nothing).expect("valid");
        let is_match = |text| pattern.find(text, 0).is_some();
        assert!(is_match("ab assist") && is_match("a  b  assists") && !is_match("abassist"));
    }

    #[test]
    fn pattern_problems_say_what_to_write() {
        assert_eq!(problems("{en.nothing}"), ["slot {en.nothing} is in no slots file of the pack"]);
        assert_eq!(problems("Can’t"), [r#""Can’t" is not in folded form, write "can't""#]);
        assert_eq!(problems(r"\bx"), [r"\b is not allowed: the engine checks that a match cuts no word"]);
        assert_eq!(problems("^a|b$"), ["an alternation beside ^ or $ needs parentheses round it: (a|b)$"]);
        assert_eq!(problems("(a"), ["unclosed group"]);
        assert_eq!(problems(r"((\w{1,100}){1,100}){1,100}").len(), 1);
    }
}
