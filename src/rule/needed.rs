//! Which of several patterns may match a text: each needs one of some words, and all these are looked for in one pass.
//!
//! The signs of a rule are up to 32 patterns that are asked of one paragraph, of which most have none. As one automaton
//! they are in so many places at once that each new paragraph costs it hundreds of new states, a millisecond; words cost
//! the same whatever stands round them.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex_syntax::hir::{
    Hir, HirKind,
    literal::{Extractor, Seq},
};

use super::pattern::Pattern;
use crate::{limits, page::span::offset};

/// Which of some patterns, always the same, may match; built when it is first asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Needed(OnceLock<Words>);

#[derive(Clone, Debug)]
struct Words {
    finder: AhoCorasick,
    /// The pattern that each of the words is for.
    owners: Vec<u32>,
    /// By pattern, whether it needs no word that is known.
    always: Vec<bool>,
}

impl Needed {
    /// Which of the patterns may match a text at a place or behind it: those of which one of the words that they need
    /// stands there.
    pub(super) fn may_match<'p>(
        &self,
        patterns: impl ExactSizeIterator<Item = &'p Pattern>,
        text: &str,
        from: usize,
    ) -> Vec<bool> {
        // Most rules have none.
        if patterns.len() == 0 {
            return Vec::new();
        }
        let words = self.0.get_or_init(|| Words::of(patterns));
        let mut may_match = words.always.clone();
        let mut left = may_match.iter().filter(|it| !**it).count();
        for found in words.finder.find_overlapping_iter(&text.as_bytes()[from..]) {
            let known = &mut may_match[words.owners[found.pattern().as_usize()] as usize];
            left -= usize::from(!std::mem::replace(known, true));
            if left == 0 {
                break;
            }
        }
        may_match
    }
}

impl Words {
    fn of<'p>(patterns: impl Iterator<Item = &'p Pattern>) -> Self {
        let (mut words, mut owners, mut always) = (Vec::new(), Vec::new(), Vec::new());
        for (index, pattern) in patterns.enumerate() {
            let needed = pattern.as_written().as_ref().and_then(needed);
            always.push(needed.is_none());
            for word in needed.unwrap_or_default() {
                words.push(word);
                owners.push(offset(index));
            }
        }
        let finder = AhoCorasick::new(&words);
        let finder = finder.unwrap_or_else(|error| unreachable!("a bounded number of words: {error}"));
        Self { finder, owners, always }
    }
}

/// Words one of which stands in each match: of the choices that there are, the one whose shortest is longest. `None`
/// where a match may be without any, or they are too many.
fn needed(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let choices = match hir.kind() {
        HirKind::Capture(capture) => return needed(&capture.sub),
        HirKind::Repetition(it) if it.min > 0 => return needed(&it.sub),
        HirKind::Alternation(ways) => {
            let each: Option<Vec<_>> = ways.iter().map(needed).collect();
            vec![each.map(|it| it.concat()), beginnings(hir)]
        }
        HirKind::Concat(parts) => {
            let next = |at: usize| parts[at..].iter().take(limits::NEEDED_PARTS).cloned().collect();
            let from = (0..parts.len()).map(|at| beginnings(&Hir::concat(next(at))));
            from.chain(parts.iter().map(needed)).collect()
        }
        _ => vec![beginnings(hir)],
    };
    let worth = |it: &Vec<Vec<u8>>| (it.iter().map(Vec::len).min(), std::cmp::Reverse(it.len()));
    let usable = |it: &Vec<Vec<u8>>| it.len() <= limits::NEEDED_WORDS && it.iter().all(|it| !it.is_empty());
    choices.into_iter().flatten().filter(usable).max_by_key(worth)
}

/// What each match of an expression begins with, where that is one of some words.
fn beginnings(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let found: Seq = Extractor::new().extract(hir);
    Some(found.literals()?.iter().map(|it| it.as_bytes().to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        page::fold,
        rule::{
            RuleSet, TextForm,
            pattern::{self, Known, Slots},
        },
    };

    fn words(pattern: &str) -> Option<Vec<String>> {
        let pattern = pattern::compile(pattern, TextForm::Folded, &Slots::new(), Known::Nothing).expect("valid");
        let mut words = needed(&pattern.as_written().expect("valid"))?;
        words.sort();
        Some(words.into_iter().map(|it| String::from_utf8(it).expect("words of characters")).collect())
    }

    #[test]
    fn a_match_needs_its_longest_words_wherever_they_stand() {
        assert_eq!(words("as you (asked|wanted)").expect("some"), ["asked", "wanted"]);
        assert_eq!(words("[a-z]+ly requested( it)?").expect("some"), ["requested"]);
        assert_eq!(words("(a draft|[0-9]+ words)").expect("some"), ["draft", "words"]);
        assert_eq!(words("(?:note:)+").expect("some"), ["note:"]);
        assert_eq!(words("(i|we) (was|were)n't").expect("some"), ["wasn't", "weren't"]);
        assert_eq!(words("[?!]$").expect("some"), ["!", "?"]);
    }

    #[test]
    fn a_match_that_may_be_without_any_word_needs_none() {
        assert_eq!(words("(draft)?"), None);
        assert_eq!(words("draft|[a-z]*"), None);
        assert_eq!(words(r"[a-z]{3}\p{L}"), None);
    }

    #[test]
    fn every_sign_of_every_rule_may_stand_in_the_texts_in_which_it_stands() {
        for rule in RuleSet::embedded().expect("valid").rules().iter().filter(|it| !it.signs.is_empty()) {
            for text in rule.matches.iter().chain(&rule.no_matches).map(|it| fold::fold(&it.text)) {
                let patterns = || rule.signs.iter().map(|it| &it.compiled);
                let may_match = rule.signs_needed.may_match(patterns(), &text, 0);
                for (sign, may_match) in patterns().zip(may_match) {
                    assert!(may_match || sign.find(&text, 0).is_none(), "{}: {text}", rule.id.as_str());
                }
            }
        }
    }
}
