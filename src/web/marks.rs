//! Text with findings marked in it, and with what nobody sees made visible.
//!
//! The pieces are plain text: a template writes each as a text node.

use crate::proto::Effect;

/// Bytes of a text that a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Index of the finding.
    pub(super) finding: usize,
    pub(super) effect: Effect,
}

/// A piece of text that is shown alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// The text; for a character that is not seen, its name.
    pub(super) text: String,
    /// Whether it stands for a character that is not seen.
    pub(super) is_unseen: bool,
    /// Finding marked here, the strongest one.
    pub(super) finding: Option<usize>,
    /// Findings that begin here: places to jump to.
    pub(super) begins: Vec<usize>,
    /// Class of the mark.
    pub(super) effect: &'static str,
}

/// Cuts a text at the ends of its marks and at characters that are not seen.
pub(super) fn runs(text: &str, marks: &[Mark]) -> Vec<Run> {
    let boundary = |at: usize| text.floor_char_boundary(at);
    let marks: Vec<Mark> = marks
        .iter()
        .map(|it| Mark { start: boundary(it.start), end: boundary(it.end), ..*it })
        .filter(|it| it.start < it.end)
        .collect();
    let mut cuts: Vec<usize> = marks.iter().flat_map(|it| [it.start, it.end]).chain([0, text.len()]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut runs = Vec::new();
    for pair in cuts.windows(2) {
        let (start, end) = (pair[0], pair[1]);
        let over = marks.iter().filter(|it| it.start <= start && end <= it.end);
        let strongest = over.max_by_key(|it| (it.effect, std::cmp::Reverse(it.finding)));
        let begins = marks.iter().filter(|it| it.start == start).map(|it| it.finding).collect();
        let run = Run {
            finding: strongest.map(|it| it.finding),
            effect: strongest.map_or("", |it| super::words::effect(it.effect)),
            begins,
            ..Run::default()
        };
        push(&mut runs, &text[start..end], run);
    }
    runs
}

/// Adds a piece, cut at characters that are not seen.
fn push(runs: &mut Vec<Run>, text: &str, like: Run) {
    let mut like = like;
    let mut rest = text;
    while let Some((at, c)) = rest.char_indices().find(|it| is_unseen(it.1)) {
        if at > 0 {
            runs.push(Run { text: rest[..at].to_owned(), ..like.clone() });
            like.begins.clear();
        }
        runs.push(Run { text: format!("U+{:04X}", u32::from(c)), is_unseen: true, ..like.clone() });
        like.begins.clear();
        rest = &rest[at + c.len_utf8()..];
    }
    if !rest.is_empty() {
        runs.push(Run { text: rest.to_owned(), ..like });
    }
}

/// Whether a character changes what is read without being seen. Joiners are left alone: writing needs them.
fn is_unseen(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{ad}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(start: usize, end: usize, finding: usize, effect: Effect) -> Mark {
        Mark { start, end, finding, effect }
    }

    fn shown(runs: &[Run]) -> String {
        let run = |it: &Run| it.finding.map_or_else(|| it.text.clone(), |finding| format!("[{finding}:{}]", it.text));
        runs.iter().map(run).collect()
    }

    #[test]
    fn marks_that_overlap_show_the_strongest_and_each_has_its_place() {
        let marks = [mark(0, 6, 0, Effect::Strip), mark(4, 9, 1, Effect::Reject)];
        let runs = runs("abcdefghij", &marks);
        assert_eq!(shown(&runs), "[0:abcd][1:ef][1:ghi]j");
        assert_eq!(runs.iter().flat_map(|it| &it.begins).copied().collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn marks_outside_the_text_or_inside_a_character_are_cut_to_it() {
        assert_eq!(shown(&runs("äb", &[mark(1, 99, 0, Effect::Note)])), "[0:äb]");
        assert_eq!(shown(&runs("ab", &[mark(7, 9, 0, Effect::Note), mark(1, 1, 1, Effect::Note)])), "ab");
        assert!(runs("", &[mark(0, 1, 0, Effect::Note)]).is_empty());
    }

    #[test]
    fn characters_that_nobody_sees_are_named() {
        let runs = runs("a\u{202e}b\u{200d}c\u{0}", &[]);
        assert_eq!(shown(&runs), "aU+202Eb\u{200d}cU+0000");
        assert_eq!(runs.iter().filter(|it| it.is_unseen).count(), 2);
    }
}
