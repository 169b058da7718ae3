//! One rule on one text: match, word ends, exceptions.

use super::{ENOUGH, Rule, Sign, pattern::Pattern};
use crate::{
    limits,
    page::{Span, fold::is_word},
};

/// A text that rules are matched on, and what of it they see.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// All of it: `^` and `$` are its ends.
    pub all: &'a str,
    /// The stretch that patterns see; all of it, unless it is long.
    pub window: Span,
}

/// What a rule did on a text in which one of its keywords occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The pattern did not match.
    NoMatch,
    /// It matched, and an exception holds.
    Excepted {
        /// The words that except it.
        by: Span,
    },
    /// It fired, at each of these places, at least one.
    Fired(Vec<Span>),
}

impl<'a> Text<'a> {
    /// A text as a whole.
    #[must_use]
    pub fn whole(all: &'a str) -> Self {
        Self { all, window: Span::new(0, all.len()) }
    }

    /// What a rule sees of a text, with a keyword at `at`: all of it, or a stretch round the keyword
    /// where it is long.
    #[must_use]
    pub fn round(all: &'a str, at: usize) -> Self {
        if all.len() <= limits::WHOLE_ITEM_BYTES {
            return Self::whole(all);
        }
        let half = limits::PATTERN_WINDOW_BYTES / 2;
        let start = all.floor_char_boundary(at.saturating_sub(half));
        let end = all.ceil_char_boundary((at + half).min(all.len()));
        Self { all, window: Span::new(start, end) }
    }

    /// Number of bytes that a pattern may scan.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.window.len()
    }
}

impl Rule {
    /// Looks for the rule in a text. Where the signs do not make a match likely, there is none.
    #[must_use]
    pub fn run(&self, text: Text<'_>) -> Outcome {
        let outcome = self.matched(text);
        match outcome {
            Outcome::Fired(_) if !self.signs.is_empty() && !self.is_likely(text) => Outcome::NoMatch,
            outcome => outcome,
        }
    }

    /// The signs that stand in a text, and where.
    pub fn signs_in<'r>(&'r self, text: Text<'_>) -> impl Iterator<Item = (&'r Sign, Span)> {
        self.signs_that_may_stand(text).filter_map(move |it| Some((it, it.find(text)?)))
    }

    /// The signs of which a text has a word that they need.
    fn signs_that_may_stand(&self, text: Text<'_>) -> impl Iterator<Item = &Sign> {
        let patterns = self.signs.iter().map(|it| &it.compiled);
        let (hay, start) = (&text.all[..text.window.end as usize], text.window.start as usize);
        let may_stand = self.signs_needed.may_match(patterns, hay, start);
        self.signs.iter().zip(may_stand).filter(|it| it.1).map(|it| it.0)
    }

    /// Whether the signs in a text make a match likely. Most paragraphs with words of a rule have next to none.
    fn is_likely(&self, text: Text<'_>) -> bool {
        let may_stand: Vec<&Sign> = self.signs_that_may_stand(text).collect();
        // What they make of it at most: less with each one that speaks for it and does not stand there.
        let mut most = self.confidence.get() + may_stand.iter().map(|it| it.weight.max(0.0)).sum::<f64>();
        let is_enough = |most: f64| most > ENOUGH - TINY;
        is_enough(most)
            && may_stand.iter().all(|it| {
                let stands = it.find(text).is_some();
                most += if stands { it.weight.min(0.0) } else { -it.weight.max(0.0) };
                is_enough(most)
            })
    }

    fn matched(&self, text: Text<'_>) -> Outcome {
        let mut fired = Vec::new();
        let mut excepted = None;
        let mut at = text.window.start as usize;
        for _ in 0..limits::MATCHES_PER_ITEM {
            let Some(found) = find(&self.pattern_compiled, text, at, self.partial) else { break };
            match self.exception(text.all, found) {
                Some((_, by)) => excepted = excepted.or(Some(by)),
                None => fired.push(found),
            }
            at = text.all.ceil_char_boundary((found.end as usize).max(found.start as usize + 1));
        }
        match excepted {
            _ if !fired.is_empty() => Outcome::Fired(fired),
            Some(by) => Outcome::Excepted { by },
            None => Outcome::NoMatch,
        }
    }

    /// Whether the rule would fire without its exception of this index.
    #[must_use]
    pub fn needs_exception(&self, text: Text<'_>, index: usize) -> bool {
        let start = text.window.start as usize;
        let Some(found) = find(&self.pattern_compiled, text, start, self.partial) else { return false };
        let sentence = Text { all: text.all, window: surroundings(text.all, found) };
        let holds = |it: &Pattern| find(it, sentence, sentence.window.start as usize, true).is_some();
        self.except_compiled.iter().enumerate().all(|(at, it)| holds(it) == (at == index))
    }

    /// The first exception to a match that holds: its index and its words.
    fn exception(&self, all: &str, found: Span) -> Option<(usize, Span)> {
        let sentence = Text { all, window: surroundings(all, found) };
        let start = sentence.window.start as usize;
        self.except_compiled.iter().enumerate().find_map(|(index, it)| Some((index, find(it, sentence, start, true)?)))
    }
}

impl Sign {
    /// Where it first stands in a text.
    fn find(&self, text: Text<'_>) -> Option<Span> {
        find(&self.compiled, text, text.window.start as usize, false)
    }
}

/// Less than any weight: weights are hundredths, and what adds up to a bound reaches it.
const TINY: f64 = 1e-6;

/// Bytes of text up to which an exception may stand anywhere in it; in longer ones it must stand in
/// the same sentence.
const SHORT_TEXT: usize = 300;

/// Where an exception to a match may stand.
fn surroundings(all: &str, found: Span) -> Span {
    if all.len() <= SHORT_TEXT {
        return Span::new(0, all.len());
    }
    let before = &all[..found.start as usize];
    let start = before.rfind(['.', '!', '?', '。', '！', '？']).map_or(0, |at| at + 1);
    let start = all.ceil_char_boundary(start);
    let after = &all[found.end as usize..];
    let end = after.find(['.', '!', '?', '。', '！', '？']).map_or(all.len(), |at| found.end as usize + at);
    let bound = limits::PATTERN_WINDOW_BYTES;
    let start = all.ceil_char_boundary(start.max((found.start as usize).saturating_sub(bound)));
    let end = all.floor_char_boundary(end.min(found.end as usize + bound));
    Span::new(start, end.max(start))
}

/// The first match from `at` on that cuts no word at either end. Of one that does, a shorter one is tried, then those
/// behind it, a bounded number of times.
fn find(pattern: &Pattern, text: Text<'_>, at: usize, partial: bool) -> Option<Span> {
    let end = text.window.end as usize;
    let hay = &text.all[..end];
    let mut at = at;
    for _ in 0..limits::MATCHES_PER_ITEM {
        if at > end {
            return None;
        }
        let span = pattern.find(hay, at)?;
        // The end of a window is no end of the text: a match that reaches it may be cut short, or
        // have taken it for `$`.
        let whole = (span.end as usize) < end || end == text.all.len();
        if whole && (partial || !cuts_word(text.all, span)) {
            return Some(span);
        }
        if let Some(shorter) = shorter(pattern, text.all, span) {
            return Some(shorter);
        }
        at = hay.ceil_char_boundary(span.start as usize + 1);
    }
    None
}

/// A match from the start of another that ends before the word that the other cuts, and cuts none: a stretch of so many
/// characters at the end of a pattern stops anywhere. A pattern that asks for the end of the text would take that for it.
fn shorter(pattern: &Pattern, text: &str, cut: Span) -> Option<Span> {
    if pattern.asks_for_end() {
        return None;
    }
    // No further than the match itself: a word may be as long as a page.
    let before = text[cut.range()].trim_end_matches(is_word);
    let span = pattern.find(&text[..cut.start as usize + before.len()], cut.start as usize)?;
    (span.start == cut.start && !cuts_word(text, span)).then_some(span)
}

/// Whether a letter or digit stands on both sides of an end, in a script that writes words apart.
fn cuts_word(text: &str, span: Span) -> bool {
    [span.start as usize, span.end as usize].into_iter().any(|at| {
        let before = text[..at].chars().next_back();
        let after = text[at..].chars().next();
        before.is_some_and(is_word) && after.is_some_and(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{
        Problems, RuleSet, TextForm,
        pattern::{self, Known, Slots},
    };

    fn found(pattern: &str, text: &str) -> Option<String> {
        let pattern = pattern::compile(pattern, TextForm::Folded, &Slots::new(), Known::Nothing).expect("valid");
        find(&pattern, Text::whole(text), 0, false).map(|it| text[it.range()].to_owned())
    }

    #[test]
    fn match_never_cuts_a_word_and_tries_on() {
        assert_eq!(found("assist", "assistant"), None);
        assert_eq!(found("assist", "assistant, assist"), Some("assist".into()));
        assert_eq!(found("can't", "cant can't"), Some("can't".into()));
        assert_eq!(found("помочь", "непомочь помочь"), Some("помочь".into()));
    }

    #[test]
    fn match_that_stops_inside_a_word_is_tried_shorter() {
        assert_eq!(found("decline to [a-z ]{0,8}", "I decline to rewrite this"), Some("decline to rewrite ".into()));
        assert_eq!(found("decline to [a-z ]{0,9}", "I decline to rewrite this"), Some("decline to rewrite ".into()));
        assert_eq!(
            found("decline to [a-z ]{0,9}$", "I decline to rewrite this"),
            None,
            "no end of the text is made up"
        );
        assert_eq!(found("assist[a-z]{0,2}", "assistance"), None);
    }

    /// A rule of confidence 0.2 with signs.
    fn rule_with(signs: &str) -> Result<Rule, Problems> {
        let examples = |sort: &str, text: &str| format!("[[{sort}]]\ntext = '{text}'\n").repeat(3);
        let rule = [
            "summary = 'S'\nkind = 'llm_residue'\nwhere = ['body']\nbasis = 'inferred'\nconfidence = 0.2",
            "keywords = [' you ']\npattern = 'you'\nwhy = 'W'",
            signs,
            &examples("match", "as you asked, a draft"),
            &examples("no-match", "as you say"),
        ];
        let rules = RuleSet::from_files([("own/rule".to_owned(), rule.join("\n"))])?;
        Ok(rules.rules()[0].clone())
    }

    #[test]
    fn match_counts_where_its_signs_make_it_likely() {
        let signs = "[[sign]]\nsays = 'asked for'\nweight = 0.2\npattern = 'you asked'\n\
                     [[sign]]\nsays = 'a draft'\nweight = 0.1\npattern = 'draft'\n\
                     [[sign]]\nsays = 'told'\nweight = -0.1\npattern = 'he said'\n";
        let rule = rule_with(signs).expect("valid");
        let fires = |text| matches!(rule.run(Text::whole(text)), Outcome::Fired(_));
        assert!(fires("as you asked, a draft"));
        assert!(!fires("as you asked, a draftsman"), "no word is cut");
        assert!(!fires("a draft for you"));
        assert!(!fires("as you asked, a draft, he said"));
        let signs: Vec<_> = rule.signs_in(Text::whole("as you asked, a draft")).map(|it| it.0.says.as_str()).collect();
        assert_eq!(signs, ["asked for", "a draft"]);
    }

    #[test]
    fn sign_that_is_wrong_is_refused_with_what_to_write() {
        let problem = |signs: &str| rule_with(signs).expect_err("wrong").to_string();
        let sign = |weight: f64| format!("[[sign]]\nsays = 'S'\nweight = {weight}\npattern = 'you'\n");
        assert_eq!(problem(&sign(0.7)), "own/rule.toml: sign.weight: is 0.7, must be -0.5 to 0.5, and not 0");
        assert_eq!(problem(&sign(0.1).repeat(33)), "own/rule.toml: sign: there are 33, limit is 32");
        assert!(
            problem("[[sign]]\nsays = ''\nweight = 0.1\npattern = '(you'\n").contains("sign.pattern: unclosed group")
        );
    }

    #[test]
    fn match_in_a_script_without_spaces_may_begin_anywhere() {
        assert_eq!(found("无法协助", "抱歉我无法协助您"), Some("无法协助".into()));
        assert_eq!(found("できません", "対応できませんでした"), Some("できません".into()));
    }

    #[test]
    fn window_round_a_keyword_falls_on_characters() {
        let text = "é".repeat(20_000);
        let window = Text::round(&text, 20_001).window;
        assert!(text.get(window.range()).is_some());
        assert!(window.len() <= limits::PATTERN_WINDOW_BYTES + 8);
    }
}
