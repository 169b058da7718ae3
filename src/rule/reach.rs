//! Whether a rule's keywords let its pattern run on everything that the pattern matches.
//!
//! A keyword that stands in most matches of a pattern, and not in all, hides the others without a word. Nobody sees
//! that in a rule file, so matches are drawn from each pattern and looked for as texts are.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::{Outcome, RuleSet, Text, TextForm, Where};
use crate::page::fold;

/// Matches that are drawn from each pattern.
const DRAWN: usize = 40;

/// Rules whose keywords leave some matches out, by id: what is left out has no word that is rare enough to look for
/// (more than 40 times in a million bytes of clean text, or a pattern that is dear to try).
const LEAVE_OUT: &[&str] = &[
    "access_wall/article-limit-en",
    "access_wall/login-title",
    "access_wall/login-title-further",
    "access_wall/login-to-read-en",
    "access_wall/paywall-nl-pl-nordic",
    "access_wall/region-en",
    "challenge/human-check-sentence-en",
    "error_page/apology-title",
    "error_page/database-error",
    "error_page/page-sought-latin",
    "error_page/phrase-after-site-name",
    "error_page/servers-busy",
    "error_page/sign-in-title",
    "error_page/thing-lacking-title",
    "error_page/web-filter",
    "hidden_text/address-model-en",
    "hidden_text/order-to-model-en",
    "hidden_text/order-to-model-more",
    "llm_residue/answer-fence",
    "llm_residue/answer-label-en",
    "llm_residue/change-report-en",
    "llm_residue/chat-turn",
    "llm_residue/cutoff-note-en",
    "llm_residue/instruction-heading",
    "llm_residue/lead-in-en",
    "llm_residue/lead-in-languages",
    "llm_residue/offer-last-en",
    "llm_residue/opening-label",
    "llm_residue/prompt-echo-en",
    "llm_residue/reasoning-en",
    "llm_residue/sign-off-en",
    "parked/for-sale-en",
    "parked/registrar-notice-en",
    "placeholder/bracketed-tbd",
    "placeholder/byline-stand-in-en",
    "placeholder/edit-me-languages",
    "placeholder/format-specifier",
    "placeholder/interface-key",
    "placeholder/lorem-ipsum-paragraph",
    "placeholder/scaffold-title",
    "placeholder/template-tag-title",
    "placeholder/tk-run",
    "refusal/asks-for-text-en",
    "refusal/cannot-provide-advice-en",
    "refusal/chosen-not-to-write-en",
    "refusal/flagged-content-headline-en",
    "refusal/formal-apology-en",
    "refusal/inform-you-en",
    "refusal/link-out-of-reach-en",
    "refusal/machine-role-en",
    "refusal/no-information-en",
    "refusal/no-input-seen-en",
    "refusal/no-live-access-en",
    "refusal/not-programmed-en",
    "refusal/not-something-en",
    "refusal/self-identification-en",
    "widget/more-from-en",
    "widget/share-on-network-languages",
];

/// Draws texts that a pattern matches, the same in every run.
struct Draw(u64);

impl Draw {
    /// A number below a bound, by steps of xorshift64.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// Adds a text of an expression. Ends of a text are taken to be where they are wanted.
    fn text(&mut self, hir: &Hir, text: &mut String) {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => {}
            HirKind::Literal(it) => text.push_str(&String::from_utf8_lossy(&it.0)),
            HirKind::Class(class) => text.push(self.character(class)),
            HirKind::Repetition(it) => {
                // Reading leaves one space between two words.
                let more = if matches!(it.sub.kind(), HirKind::Literal(it) if *it.0 == *b" ") { 0 } else { 2 };
                let most = it.max.unwrap_or(u32::MAX).min(it.min + more);
                let times = it.min as usize + self.below((most - it.min) as usize + 1);
                (0..times).for_each(|_| self.text(&it.sub, text));
            }
            HirKind::Capture(it) => self.text(&it.sub, text),
            HirKind::Concat(parts) => parts.iter().for_each(|it| self.text(it, text)),
            HirKind::Alternation(branches) => {
                let branch = self.one_of(branches);
                self.text(branch, text);
            }
        }
    }

    /// A character of a class: a plain one where it has one, so that words do not run into each other.
    fn character(&mut self, class: &Class) -> char {
        let ranges: Vec<(char, char)> = match class {
            Class::Unicode(it) => it.ranges().iter().map(|it| (it.start(), it.end())).collect(),
            Class::Bytes(it) => it.ranges().iter().map(|it| (char::from(it.start()), char::from(it.end()))).collect(),
        };
        let has = |c: char| ranges.iter().any(|(from, to)| (*from..=*to).contains(&c));
        [' ', ',', 'x', '7'].into_iter().find(|it| has(*it)).unwrap_or_else(|| self.one_of(&ranges).0)
    }
}

/// A match of each rule whose keywords are not in it.
fn left_out(rules: &RuleSet) -> Vec<(&str, String)> {
    let mut left_out = Vec::new();
    for (index, rule) in (0..).zip(rules.rules()).filter(|it| it.1.places.iter().any(|it| *it != Where::Markup)) {
        let hir = regex_syntax::parse(rule.pattern_compiled.expanded()).expect("it was compiled");
        let mut draw = Draw(0x9e37_79b9_7f4a_7c15);
        let unreached = (0..DRAWN).find_map(|_| {
            let mut text = String::new();
            draw.text(&hir, &mut text);
            let folded = fold::fold(&text);
            let seen = if rule.text == TextForm::Folded { &folded } else { &text };
            // Not all that is drawn is a match: it may cut a word, or fold to something else.
            let matches = rule.run(Text::whole(seen)) != Outcome::NoMatch;
            let scans = [RuleSet::scan_text, RuleSet::scan_title];
            let is_reached = || scans.iter().any(|it| it(rules, &folded, &text).iter().any(|it| it.rule == index));
            (matches && !is_reached()).then_some(text)
        });
        left_out.extend(unreached.map(|it| (rule.id.as_str(), it)));
    }
    left_out
}

#[test]
fn every_match_of_a_pattern_has_one_of_the_keywords() {
    let rules = RuleSet::embedded().expect("valid");
    let (known, new): (Vec<_>, Vec<_>) = left_out(&rules).into_iter().partition(|it| LEAVE_OUT.contains(&it.0));
    let new: Vec<String> = new.iter().map(|(id, text)| format!("{id}: {text:?}")).collect();
    assert!(new.is_empty(), "matches in which no keyword occurs:\n{}", new.join("\n"));
    let known: Vec<&str> = known.iter().map(|it| it.0).collect();
    assert_eq!(known, LEAVE_OUT, "these leave nothing out any more");
}
