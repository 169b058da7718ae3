//! A pattern → the same in fewer states: what alternatives begin with stands once, groups capture nothing, and of a
//! character that may be anything but some signs only its first byte is looked at.
//!
//! An automaton that stands before five hundred phrases is in five hundred places at once, and each new state of it
//! costs as much: such a pattern took a millisecond for a title of words it had not seen. Where phrases share their
//! beginnings, it is in as many places as there are first letters. What a pattern matches, and which of several matches
//! it prefers, stays as it is: alternatives change their order only where no text can begin both, and what is put in
//! front of several is matched in one way only.

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, HirKind, Repetition};

/// The same expression, simpler. It is matched on text that is UTF-8.
pub(super) fn simple(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => character(class),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Capture(capture) => simple(*capture.sub),
        HirKind::Repetition(it) => Hir::repetition(Repetition { sub: Box::new(simple(*it.sub)), ..it }),
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(simple).collect()),
        HirKind::Alternation(ways) => {
            let mut flat = Vec::new();
            for way in ways {
                flatten(simple(way), &mut flat);
            }
            any_of(flat)
        }
    }
}

/// Bytes of UTF-8 that no character begins with.
const CONTINUATION: (u8, u8) = (0x80, 0xbf);
/// Bytes that characters beyond ASCII begin with.
const LEAD: (u8, u8) = (0xc2, 0xf4);

/// One of some characters. Where they are all but some of ASCII, it is enough to know which byte they begin with: the
/// bytes behind it are as many as there are.
fn character(class: Class) -> Hir {
    let Class::Unicode(chars) = &class else { return Hir::class(class) };
    let Some(beyond) = chars.iter().last().filter(|it| it.start() <= '\u{80}' && it.end() == char::MAX) else {
        return Hir::class(class);
    };
    let in_ascii = chars.iter().filter(|it| *it != beyond).map(|it| (it.start() as u8, it.end() as u8));
    let start = beyond.start() as u8;
    let first = bytes(in_ascii.chain((start < 0x80).then_some((start, 0x7f))).chain([LEAD]));
    let others = Repetition { min: 0, max: None, greedy: true, sub: Box::new(bytes([CONTINUATION].into_iter())) };
    Hir::concat(vec![first, Hir::repetition(others)])
}

fn bytes(ranges: impl Iterator<Item = (u8, u8)>) -> Hir {
    Hir::class(Class::Bytes(ClassBytes::new(ranges.map(|(start, end)| ClassBytesRange::new(start, end)))))
}

/// What stands next in an alternative.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Char(char),
    /// One space or more, as many as there are.
    Spaces,
    /// Anything else, a space that stands for itself as well.
    Other(Hir),
}

/// An alternative as its steps, the first one last.
type Way = Vec<Step>;

fn flatten(hir: Hir, ways: &mut Vec<Way>) {
    match hir.into_kind() {
        HirKind::Alternation(all) => all.into_iter().for_each(|it| flatten(it, ways)),
        kind => {
            let mut way = Way::new();
            steps(kind, &mut way);
            way.reverse();
            ways.push(way);
        }
    }
}

fn steps(kind: HirKind, way: &mut Way) {
    match kind {
        HirKind::Empty => {}
        HirKind::Literal(literal) => match str::from_utf8(&literal.0) {
            Ok(text) => way.extend(text.chars().map(|it| if it == ' ' { space() } else { Step::Char(it) })),
            Err(_) => way.push(Step::Other(Hir::literal(literal.0))),
        },
        HirKind::Concat(parts) => parts.into_iter().for_each(|it| steps(it.into_kind(), way)),
        HirKind::Repetition(it) if it == spaces() => way.push(Step::Spaces),
        HirKind::Repetition(it) => way.push(Step::Other(Hir::repetition(it))),
        HirKind::Look(it) => way.push(Step::Other(Hir::look(it))),
        HirKind::Class(it) => way.push(Step::Other(Hir::class(it))),
        HirKind::Capture(it) => way.push(Step::Other(Hir::capture(it))),
        HirKind::Alternation(all) => way.push(Step::Other(Hir::alternation(all))),
    }
}

fn space() -> Step {
    Step::Other(Hir::literal(*b" "))
}

fn spaces() -> Repetition {
    Repetition { min: 1, max: None, greedy: true, sub: Box::new(Hir::literal(*b" ")) }
}

/// Steps, the first one last, as an expression.
fn in_a_row(steps: impl DoubleEndedIterator<Item = Step>) -> Hir {
    let as_hir = |it| match it {
        Step::Char(c) => Hir::literal(c.encode_utf8(&mut [0; 4]).as_bytes()),
        Step::Spaces => Hir::repetition(spaces()),
        Step::Other(hir) => hir,
    };
    Hir::concat(steps.rev().map(as_hir).collect())
}

/// The first step of a way, if others that begin with it may share it: it is one character, or spaces that the rest of
/// the way leaves none of.
fn sharable(way: &Way) -> Option<&Step> {
    way.last().filter(|it| match it {
        Step::Char(_) => true,
        Step::Spaces => !spaces_follow(way),
        Step::Other(_) => false,
    })
}

/// Whether what follows the first step of a way may begin with a space: then there are several ways to match spaces.
/// Nothing is known of what follows the way itself.
fn spaces_follow(way: &Way) -> bool {
    let mut behind = way.iter().rev().skip(1).skip_while(|it| match it {
        Step::Other(hir) => may_be_empty(hir) && !may_begin_with_space(hir),
        Step::Char(_) | Step::Spaces => false,
    });
    match behind.next() {
        Some(Step::Char(_)) => false,
        Some(Step::Other(hir)) => may_begin_with_space(hir),
        Some(Step::Spaces) | None => true,
    }
}

fn may_be_empty(hir: &Hir) -> bool {
    hir.properties().minimum_len() == Some(0)
}

fn may_begin_with_space(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(it) => it.0.starts_with(b" "),
        HirKind::Class(Class::Unicode(it)) => it.iter().any(|it| it.start() <= ' ' && ' ' <= it.end()),
        HirKind::Class(Class::Bytes(it)) => it.iter().any(|it| it.start() <= b' ' && b' ' <= it.end()),
        HirKind::Repetition(it) => may_begin_with_space(&it.sub),
        HirKind::Capture(it) => may_begin_with_space(&it.sub),
        HirKind::Alternation(all) => all.iter().any(may_begin_with_space),
        HirKind::Concat(all) => {
            let empty = all.iter().take_while(|it| may_be_empty(it)).count();
            all.iter().take(empty + 1).any(may_begin_with_space)
        }
    }
}

/// Any of some ways, in their order.
fn any_of(ways: Vec<Way>) -> Hir {
    let mut all = Vec::new();
    // Ways that begin with a character or with spaces, by that: no text begins in two of them.
    let mut groups: Vec<Vec<Way>> = Vec::new();
    for way in ways {
        if let Some(step) = sharable(&way) {
            match groups.iter_mut().find(|it| it[0].last() == Some(step)) {
                Some(group) if group.contains(&way) => {}
                Some(group) => group.push(way),
                None => groups.push(vec![way]),
            }
        } else {
            // Anything may begin here: what stands behind it stays behind it.
            all.extend(groups.drain(..).map(beginning_alike));
            all.push(in_a_row(way.into_iter()));
        }
    }
    all.extend(groups.into_iter().map(beginning_alike));
    Hir::alternation(all)
}

/// Any of some ways with the same first step, one at least.
fn beginning_alike(mut ways: Vec<Way>) -> Hir {
    let mut beginning = Way::new();
    while ways.len() > 1
        && let Some(step) = sharable(&ways[0]).cloned()
        && ways.iter().all(|it| sharable(it) == Some(&step))
    {
        for way in &mut ways {
            way.pop();
        }
        beginning.insert(0, step);
    }
    let rest = match <[Way; 1]>::try_from(ways) {
        Ok([way]) => in_a_row(way.into_iter()),
        Err(ways) => any_of(ways),
    };
    Hir::concat(vec![in_a_row(beginning.into_iter()), rest])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_automata::meta::Regex;

    use super::*;

    fn pattern() -> impl Strategy<Value = String> {
        let one = prop_oneof![
            6 => "[abé第]{1,3}",
            4 => Just(" +".to_owned()),
            2 => Just(" ".to_owned()),
            1 => Just("(?: +)?".to_owned()),
            1 => Just("[^a]".to_owned()),
            1 => Just("[^é]".to_owned()),
            1 => Just("[ab]".to_owned()),
            1 => Just(".".to_owned()),
            1 => Just("^".to_owned()),
            1 => Just("$".to_owned()),
        ];
        one.prop_recursive(4, 24, 5, |inner| {
            let row = prop::collection::vec(inner.clone(), 1..4).prop_map(|it| it.concat());
            let ways = prop::collection::vec(row.clone(), 1..5).prop_map(|it| format!("({})", it.join("|")));
            let times = prop::sample::select(vec!["?", "*", "+", "??", "*?", "{0,2}", "{1,3}?"]);
            prop_oneof![row, ways.clone(), ways, (inner, times).prop_map(|(it, times)| format!("(?:{it}){times}"))]
        })
    }

    fn simplified(pattern: &str) -> String {
        simple(regex_syntax::parse(pattern).expect("valid")).to_string()
    }

    #[test]
    fn common_beginnings_stand_once() {
        let phrases = simplified("(can +not|can't|could +not|cannot|cane|can't)");
        assert_eq!(phrases, simplified("c(?:an(?: +not|'t|not|e)|ould +not)"));
        assert_eq!(phrases.matches('c').count(), 1, "{phrases}");
    }

    #[test]
    fn spaces_that_end_a_way_are_not_shared() {
        let simpler = Regex::builder().build_from_hir(&simple(regex_syntax::parse("( +| +第) +").expect("valid")));
        let found = simpler.expect("is as small").find("  第 ").map(|it| it.range());
        assert_eq!(found, Some(0..2), "the first way with one space, before the second");
    }

    #[test]
    fn character_beyond_ascii_is_known_by_its_first_byte() {
        assert_eq!(simplified("[^.]"), r"(?:(?-u:[\x00-\-/-\x7F\xC2-\xF4])(?-u:[\x80-\xBF])*)");
        assert_eq!(simplified("[^é]"), regex_syntax::parse("[^é]").expect("valid").to_string());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn simpler_pattern_finds_what_the_pattern_finds(pattern in pattern(), text in "([abé第]| {1,3}){0,10}") {
            let as_written = regex::Regex::new(&pattern).expect("valid");
            let hir = regex_syntax::parse(&pattern).expect("valid");
            let simpler = Regex::builder().build_from_hir(&simple(hir)).expect("is as small");
            let expected: Vec<_> = as_written.find_iter(&text).map(|it| it.range()).collect();
            let found: Vec<_> = simpler.find_iter(&text).map(|it| it.range()).collect();
            prop_assert_eq!(found, expected, "{} {:?}", pattern, text);
        }
    }
}
