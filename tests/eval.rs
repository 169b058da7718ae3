//! `pagegate eval` and the tools for authors of rules, on rows written for it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

const TEXTS: &str = "tests/fixtures/eval/texts.jsonl";
const PAGES: &str = "tests/fixtures/eval/pages.jsonl";
const DAMAGE: &str = "tests/fixtures/eval/damage.jsonl";
const BROKEN: &str = "tests/fixtures/eval/broken.jsonl";

/// A rule that knows one phrase, found in a clean title of the fixtures and in a refusal.
const RULE: &str = r#"
summary    = "An inability to assist"
kind       = "refusal"
where      = ["title", "body"]
basis      = "inferred"
confidence = 0.9
keywords   = ["assist"]
pattern    = '''cannot assist'''
why        = "For a test."
[[match]]
text = "We cannot assist with that"
[[match]]
text = "Cannot assist with this"
[[match]]
text = "I cannot assist you"
[[no-match]]
text = "They assist the town"
[[no-match]]
text = "The bridge is repaired"
[[no-match]]
text = "Nobody came to help"
"#;

fn pagegate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pagegate")).args(arguments).output().expect("the program runs")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("UTF-8")
}

/// Runs `eval` and gives what it wrote as JSON.
fn run(paths: &[&str]) -> (Output, serde_json::Value) {
    let folder = tempfile::tempdir().expect("a directory");
    let json = folder.path().join("out.json");
    let mut arguments = vec!["eval", "--json", path(&json)];
    arguments.extend(paths);
    let output = pagegate(&arguments);
    let text = fs::read(&json).unwrap_or_else(|error| panic!("{error}: {}", stderr(&output)));
    (output, serde_json::from_slice(&text).expect("JSON"))
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn counts(report: &serde_json::Value, group: &str) -> [u64; 4] {
    let group = &report["groups"][group];
    ["found", "missed", "false_alarms", "passed"].map(|it| group[it].as_u64().expect("a count"))
}

fn case<'a>(report: &'a serde_json::Value, id: &str) -> &'a serde_json::Value {
    let cases = report["cases"].as_array().expect("cases");
    cases.iter().find(|it| it["id"] == id).unwrap_or_else(|| panic!("no case {id} in {report}"))
}

#[test]
fn eval_counts_titles_sentences_and_bodies_apart() {
    let (output, report) = run(&[TEXTS]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(counts(&report, "title"), [1, 0, 0, 2]);
    assert_eq!(counts(&report, "title, language en"), [1, 0, 0, 2]);
    assert_eq!(counts(&report, "title, source own"), [1, 0, 0, 2]);
    assert_eq!(counts(&report, "sentence"), [1, 0, 0, 1]);
    assert_eq!(counts(&report, "body"), [1, 0, 0, 0]);
    assert_eq!(counts(&report, "body, written by a model"), [0, 0, 0, 1]);
}

#[test]
fn eval_leaves_refusals_that_are_not_explicit_out_of_the_figures() {
    let (_, report) = run(&[TEXTS]);
    let cases = report["cases"].as_array().expect("cases");
    assert_eq!(cases.iter().filter(|it| it["is_junk"].is_null()).count(), 1);
}

#[test]
fn eval_judges_pages_by_verdict_kind_and_body() {
    let (output, report) = run(&[PAGES]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(counts(&report, "page"), [1, 0, 0, 1]);
    assert_eq!(report["kinds"]["error_page"]["found"], 1);
    assert_eq!(report["verdicts"]["soft_404"]["right_kind"], 1);
    assert_eq!(report["wall_alarms"], 0);
    let bodies = &report["bodies"]["own"];
    assert_eq!((&bodies["pages"], &bodies["f1"]), (&1.into(), &1.0.into()), "{bodies}");
    assert_eq!(bodies["kept"], serde_json::json!([2, 2]));
    assert_eq!(bodies["leaked"], serde_json::json!([0, 1]));
    assert_eq!(case(&report, "own_gone")["kinds"][0], "error_page");
}

#[test]
fn eval_judges_damaged_text_and_its_repair() {
    let (_, report) = run(&[DAMAGE]);
    assert_eq!(counts(&report, "damage"), [1, 0, 0, 1]);
    assert_eq!(case(&report, "own_damage")["is_flagged"], true);
}

#[test]
fn eval_tells_which_rules_the_clean_cases_reach() {
    let (_, report) = run(&[TEXTS]);
    let rule = |id: &str| report["rules"][id]["reached_clean"].as_u64().expect("a rule");
    assert!(rule("refusal/subjectless-headline-en") > 0);
    assert_eq!(rule("challenge/datadome"), 0);
}

#[test]
fn eval_tells_file_and_line_of_what_is_no_row_and_measures_the_rest() {
    let (output, report) = run(&[BROKEN]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(report["cases"].as_array().expect("cases").len(), 2, "{}", stderr(&output));
    let errors = stderr(&output);
    assert!(errors.contains("broken.jsonl:2: label \"odd\" is unknown, the labels of a text are refusal"), "{errors}");
    assert!(errors.contains("broken.jsonl:4: no labelled row"), "{errors}");
}

#[test]
fn eval_writes_no_text_of_the_cases() {
    let (_, report) = run(&[TEXTS, PAGES]);
    let text = report.to_string();
    for part in ["targeted political", "ferry between", "Storks"] {
        assert!(!text.contains(part), "{part} in {text}");
    }
}

#[test]
fn eval_says_the_same_of_the_same_cases() {
    assert_eq!(run(&[TEXTS, PAGES]).1, run(&[TEXTS, PAGES]).1);
}

#[test]
fn eval_lists_false_alarms_before_misses_with_words_and_rules() {
    let rules = rules_directory();
    let output = pagegate(&["eval", "--rules", path(rules.path()), TEXTS]);
    let text = stdout(&output);
    let alarms = text.find("False alarms: 1").unwrap_or_else(|| panic!("no false alarm in {text}"));
    assert!(alarms < text.find("Misses: 0").expect("no misses"));
    assert!(text[alarms..].contains("texts.jsonl:2  title clean  review  own/inability"), "{text}");
}

#[test]
fn eval_compares_with_an_earlier_run_case_by_case() {
    let rules = rules_directory();
    let old = rules.path().join("old.json");
    pagegate(&["eval", TEXTS, "--json", path(&old)]);
    let output = pagegate(&["eval", "--rules", path(rules.path()), TEXTS, "--compare", path(&old)]);
    let text = stdout(&output);
    assert!(text.contains("new false alarm: texts.jsonl:2"), "{text}");
    assert!(text.contains("title: 1.000 → 1.000, 0 → 1, 1.000 → 0.500"), "{text}");
    let same = pagegate(&["eval", TEXTS, "--compare", path(&old)]);
    assert!(stdout(&same).ends_with("No figure changed\n"), "{}", stdout(&same));
}

#[test]
fn eval_of_no_row_is_an_error() {
    let output = pagegate(&["eval", "tests/fixtures/eval/none.jsonl"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("none.jsonl"), "{}", stderr(&output));
}

fn rules_directory() -> tempfile::TempDir {
    let rules = tempfile::tempdir().expect("a directory");
    fs::create_dir(rules.path().join("own")).expect("created");
    fs::write(rules.path().join("own/inability.toml"), RULE).expect("written");
    rules
}

#[test]
fn rules_test_tries_a_file_alone_on_labelled_texts() {
    let rules = rules_directory();
    let file = rules.path().join("own/inability.toml");
    let output = pagegate(&["rules", "test", path(&file), "--corpus", TEXTS, PAGES]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}{}", stderr(&output));
    for part in [
        "6 examples, 0 problems",
        "1 of 5 hits on clean text",
        "texts.jsonl:2  clean  title  \"cannot assist\"",
        "3 of 4 hits on junk",
        "a keyword of the rule occurs in 1 of 5 clean texts",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn rules_test_of_a_file_needs_no_corpus_and_tells_its_problems() {
    let rules = rules_directory();
    let file = rules.path().join("own/inability.toml");
    fs::write(&file, RULE.replace("They assist the town", "We cannot assist the town")).expect("written");
    let output = pagegate(&["rules", "test", path(&file)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("no-match: \"We cannot assist the town\" is hit"), "{}", stdout(&output));
}

#[test]
fn rules_test_takes_a_file_in_a_folder_of_any_name() {
    let folder = tempfile::Builder::new().prefix("My Rules ").tempdir().expect("a directory");
    let file = folder.path().join("inability.toml");
    fs::write(&file, RULE).expect("written");
    let output = pagegate(&["rules", "test", path(&file)]);
    assert_eq!(stdout(&output), "6 examples, 0 problems\n", "{}", stderr(&output));
}

#[test]
fn rules_test_tells_a_file_that_is_not_there() {
    let output = pagegate(&["rules", "test", "rules/refusal/none-such.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("rules/refusal/none-such.toml: read rule: "), "{}", stderr(&output));
}

#[test]
fn rules_test_refuses_a_corpus_for_what_is_no_file() {
    let output = pagegate(&["rules", "test", "refusal", "--corpus", TEXTS]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("give FILE.toml"), "{}", stderr(&output));
}

#[test]
fn rules_test_knows_the_slots_of_the_pack() {
    let uses_slots = fs::read_dir("rules/refusal")
        .expect("readable")
        .flatten()
        .find(|it| fs::read_to_string(it.path()).is_ok_and(|text| text.contains("{en.") && text.contains("[[match]]")));
    let file = uses_slots.expect("a rule with slots").path();
    let output = pagegate(&["rules", "test", path(&file)]);
    assert!(stdout(&output).contains("examples, "), "{}", stderr(&output));
}

#[test]
fn rules_new_writes_a_file_that_is_valid_once_it_is_filled_in() {
    let rules = tempfile::tempdir().expect("a directory");
    let new = pagegate(&["rules", "new", "refusal/own-words", "--rules", path(rules.path())]);
    assert_eq!(new.status.code(), Some(0), "{}", stderr(&new));
    let file = rules.path().join("refusal/own-words.toml");
    let empty = pagegate(&["rules", "test", path(&file)]);
    assert_eq!(empty.status.code(), Some(2));
    for key in ["summary", "keywords", "why"] {
        assert!(stderr(&empty).contains(&format!("own-words.toml: {key}: ")), "{}", stderr(&empty));
    }
    fs::write(&file, filled(&fs::read_to_string(&file).expect("written"))).expect("written");
    let tested = pagegate(&["rules", "test", path(&file)]);
    assert_eq!(stdout(&tested), "6 examples, 0 problems\n", "{}", stderr(&tested));
}

/// The template with words in every empty place.
fn filled(template: &str) -> String {
    let mut texts =
        ["Quux a", "Quux b", "Quux c", "A quuxy day", "The bridge is repaired", "Nobody came to help"].iter();
    let line = |line: &str| match line {
        "text = \"\"" => format!("text = \"{}\"", texts.next().expect("six examples")),
        line => line
            .replace("summary    = \"\"", "summary    = \"A word\"")
            .replace("keywords   = []", "keywords   = [\"quux\"]")
            .replace("pattern    = ''''''", "pattern    = '''quux'''")
            .replace("why        = \"\"\"", "why        = \"\"\"\nNobody says it."),
    };
    template.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn rules_new_of_every_kind_names_only_what_is_to_be_filled_in() {
    let rules = tempfile::tempdir().expect("a directory");
    for kind in ["widget", "encoding", "spam"] {
        pagegate(&["rules", "new", "own/words", "--kind", kind, "--rules", path(rules.path())]);
        let file = rules.path().join("own/words.toml");
        fs::write(&file, filled(&fs::read_to_string(&file).expect("written"))).expect("written");
        let tested = pagegate(&["rules", "test", path(&file)]);
        assert!(stdout(&tested).contains("6 examples, "), "{kind}: {}", stderr(&tested));
        fs::remove_file(&file).expect("removed");
    }
}

#[test]
fn rules_new_overwrites_nothing_and_wants_a_known_kind() {
    let rules = rules_directory();
    let again = pagegate(&["rules", "new", "own/inability", "--kind", "refusal", "--rules", path(rules.path())]);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("exists already"), "{}", stderr(&again));
    assert_eq!(fs::read_to_string(rules.path().join("own/inability.toml")).expect("there"), RULE);
    let unknown = pagegate(&["rules", "new", "own/other", "--rules", path(rules.path())]);
    assert!(stderr(&unknown).contains("--kind"), "{}", stderr(&unknown));
}
