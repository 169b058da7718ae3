//! More rules than there are: variants of every rule with other keywords and other patterns.
//!
//! A variant is a rule of a pack of its own, with slots of its own. Its words are those of the rule with each letter
//! moved on among its likes: vowels to vowels, consonants to consonants, a character of other scripts to a
//! neighbour. So a variant has as many words, as long and as pronounceable, and short ones occur in real texts now
//! and then, as those of new rules do.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, ensure};
use pagegate::{page::fold, rule::RuleSet};
use toml::{Table, Value};

/// Letters that take each other's place, one group a line.
const GROUPS: &[&str] = &[
    "aeiou",
    "bcdfghjklmnpqrstvwxz",
    "аеиоуыэюя",
    "бвгджзклмнпрстфхцчшщ",
    "αεηιουω",
    "βγδζθκλμνξπρστφχψ",
    "ابتثجحخدرزسشصضطظعغفقكلمنهو",
    "कखगघचछजझटठडढतथदधनपफबभमयरलवशसह",
];

/// The embedded rules and `times - 1` variants of each.
pub(crate) fn rules(times: u32) -> anyhow::Result<RuleSet> {
    let files = files()?;
    let mut all = files.clone();
    for variant in 1..times {
        for (name, text) in &files {
            let (pack, rest) = name.split_once('/').context("a rule file outside a pack")?;
            let text = changed(text, variant).with_context(|| format!("variant of {name}"))?;
            all.push((format!("{pack}-v{variant}/{rest}"), text));
        }
    }
    let rules = RuleSet::from_files(all).with_context(|| format!("rules {times} times"))?;
    let expected = files.iter().filter(|(name, _)| !name.contains("/slots")).count() * times as usize;
    ensure!(rules.rules().len() == expected, "{} rules, {expected} expected", rules.rules().len());
    Ok(rules)
}

/// `(path below rules/ without extension, text)` of each rule file and slot file of the repository.
pub(crate) fn files() -> anyhow::Result<Vec<(String, String)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name() {
        let entry = entry?;
        if entry.path().extension().is_some_and(|it| it == "toml") {
            let name = entry.path().strip_prefix(&root)?.with_extension("");
            files.push((name.to_string_lossy().replace('\\', "/"), fs::read_to_string(entry.path())?));
        }
    }
    Ok(files)
}

/// The slots of each pack, `language.slot` → phrases.
pub(crate) fn slots(files: &[(String, String)]) -> anyhow::Result<BTreeMap<(String, String), Vec<String>>> {
    let mut slots = BTreeMap::new();
    for (name, text) in files.iter().filter(|(name, _)| name.contains("/slots")) {
        let pack = name.split('/').next().unwrap_or_default();
        let languages: BTreeMap<String, BTreeMap<String, Vec<String>>> = toml::from_str(text)?;
        for (language, group) in languages {
            for (slot, phrases) in group {
                slots.insert((pack.to_owned(), format!("{language}.{slot}")), phrases);
            }
        }
    }
    Ok(slots)
}

/// A file with other words in keywords, patterns, exceptions and slots.
fn changed(text: &str, variant: u32) -> anyhow::Result<String> {
    let mut table: Table = toml::from_str(text)?;
    if table.contains_key("pattern") {
        for key in ["keywords", "pattern", "except"] {
            if let Some(value) = table.get_mut(key) {
                change(value, &|it| other_pattern(it, variant));
            }
        }
        for sign in table.get_mut("sign").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(pattern) = sign.get_mut("pattern") {
                change(pattern, &|it| other_pattern(it, variant));
            }
        }
    } else {
        for (_, slots) in table.iter_mut().filter_map(|(name, it)| Some((name, it.as_table_mut()?))) {
            slots.iter_mut().for_each(|(_, it)| change(it, &|it| other_words(it, variant)));
        }
    }
    Ok(toml::to_string(&table)?)
}

fn change(value: &mut Value, other: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = other(text),
        Value::Array(values) => values.iter_mut().for_each(|it| change(it, other)),
        _ => {}
    }
}

/// Other words in a pattern, its syntax as it is: escapes, groups, classes, counts and slots.
fn other_pattern(pattern: &str, variant: u32) -> String {
    let mut changed = String::new();
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        let syntax = match c {
            '\\' => escape(rest),
            '{' => rest.find('}').map_or(rest.len(), |end| end + 1),
            '[' => class(rest),
            '(' if rest.starts_with("(?") => rest.find([':', ')']).map_or(rest.len(), |end| end + 1),
            _ => 0,
        };
        let literal = rest.find(['\\', '{', '[', '(']).unwrap_or(rest.len()).max(1);
        if syntax > 0 {
            changed += &rest[..syntax];
            rest = &rest[syntax..];
        } else {
            let literal = if c == '(' { 1 } else { literal };
            changed += &other_words(&rest[..literal], variant);
            rest = &rest[literal..];
        }
    }
    changed
}

/// Length of `\d`, `\p{L}`.
fn escape(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    let Some((at, c)) = chars.next() else { return rest.len() };
    let end = at + c.len_utf8();
    let braces = matches!(c, 'p' | 'P' | 'x' | 'u' | 'U') && rest[end..].starts_with('{');
    if braces { rest[end..].find('}').map_or(rest.len(), |it| end + it + 1) } else { end }
}

/// Length of `[…]`.
fn class(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            ']' if at > 1 => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

fn other_words(text: &str, variant: u32) -> String {
    let moved: String = text.chars().map(|it| other_letter(it, variant)).collect();
    // A rule is refused whose words folding would change, such as two characters that become one.
    if fold::folded_form(&moved) == fold::folded_form(text) || fold::is_folded(&moved) || !fold::is_folded(text) {
        moved
    } else {
        text.to_owned()
    }
}

fn other_letter(c: char, variant: u32) -> char {
    for group in GROUPS {
        if let Some(at) = group.chars().position(|it| it == c) {
            let count = group.chars().count();
            return group.chars().nth((at + variant as usize) % count).unwrap_or(c);
        }
    }
    match c {
        '\u{3042}'..='\u{3082}' | '\u{4e00}'..='\u{9f00}' | '\u{ac00}'..='\u{d700}' => {
            char::from_u32(u32::from(c) + variant)
                .filter(|it| fold::is_folded(it.encode_utf8(&mut [0; 4])))
                .unwrap_or(c)
        }
        _ => c,
    }
}
