//! The program as people run it.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

fn pagegate(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pagegate")).args(arguments).output().expect("the program runs")
}

fn with_input(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pagegate"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).expect("UTF-8")
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(stdout(output)).expect("JSON")
}

const SEED: &str = "tests/fixtures/karabakh.txt";
const REFUSAL: &str = "Cannot assist with targeted political persuasion content";

#[test]
fn check_prints_verdict_quotes_places_and_what_decided() {
    let output = pagegate(&["check", SEED]);
    let text = stdout(&output);
    for part in [
        "accept_cleaned  tests/fixtures/karabakh.txt",
        "decided by finding 0, policy row \"widget\"",
        "“No time to read?”",
        REFUSAL,
        "1 page: 1 accept_cleaned",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains('\u{1b}'), "no colours off a terminal");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn check_prints_proto3_json_as_an_array_or_by_lines() {
    let array = json(&pagegate(&["check", "--format", "json", SEED, "tests/fixtures/karabakh.html"]));
    let results = array.as_array().expect("an array");
    assert_eq!(results.len(), 2);
    assert_eq!(results[0]["verdict"], "VERDICT_ACCEPT_CLEANED");
    assert_eq!(results[0]["findings"][0]["ruleId"], "widget/summary-box-en");
    assert_eq!(results[0]["cleaned"]["title"], results[1]["cleaned"]["title"]);
    let lines = pagegate(&["check", "--format", "jsonl", SEED, "tests/fixtures/karabakh.html"]);
    let lines: Vec<serde_json::Value> =
        stdout(&lines).lines().map(|it| serde_json::from_str(it).expect("JSON")).collect();
    assert_eq!(&lines, results);
}

#[test]
fn check_exits_with_1_at_the_bar_and_with_2_on_errors() {
    let refused = format!("{{\"title\": \"{REFUSAL}\", \"body\": \"\"}}");
    assert_eq!(with_input(&["check", "-"], &refused).status.code(), Some(1));
    assert_eq!(pagegate(&["check", "--fail-on", "accept_cleaned", SEED]).status.code(), Some(1));
    assert_eq!(pagegate(&["check", "--fail-on", "reject", SEED]).status.code(), Some(0));
    assert_eq!(with_input(&["check", "--profile", "observe", "-"], &refused).status.code(), Some(0));
    assert_eq!(pagegate(&["check", "no/such/file.html"]).status.code(), Some(2));
    assert_eq!(pagegate(&["check"]).status.code(), Some(2));
    assert_eq!(pagegate(&["check", "--config", "no/such/file.toml", SEED]).status.code(), Some(2));
}

#[test]
fn check_goes_on_after_a_bad_page() {
    let input = format!(
        "{{\"id\": \"a\", \"title\": \"{REFUSAL}\", \"body\": \"\"}}\nno json\n\n{{\"httpStatus\": 404, \"html\": {{}}, \"pageId\": \"b\"}}\n{{\"pageId\": \"c\", \"text\": {{\"nonsense\": 1}}}}\n"
    );
    let output = with_input(&["check", "--format", "jsonl", "-"], &input);
    let ids: Vec<String> = stdout(&output)
        .lines()
        .map(|it| serde_json::from_str::<serde_json::Value>(it).expect("JSON")["pageId"].to_string())
        .collect();
    assert_eq!(ids, ["\"a\"", "\"b\""]);
    assert!(stderr(&output).contains("pagegate: -:2: no JSON: "), "{}", stderr(&output));
    assert!(stderr(&output).contains("pagegate: -:5: "), "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn check_reads_directories_and_gzip() {
    let directory = tempfile::tempdir().expect("a directory");
    let zipped = std::fs::File::create(directory.path().join("page.html.gz")).expect("created");
    let mut zipped = flate2::write::GzEncoder::new(zipped, flate2::Compression::fast());
    zipped.write_all(include_bytes!("fixtures/karabakh.html")).expect("written");
    zipped.finish().expect("written");
    std::fs::write(directory.path().join("notes.bin"), "not a page").expect("written");
    std::fs::write(directory.path().join("page.txt"), "One line.").expect("written");
    let output = pagegate(&["check", directory.path().to_str().expect("UTF-8")]);
    assert!(stdout(&output).contains("2 pages: 1 accept, 1 accept_cleaned"), "{}", stdout(&output));
}

#[test]
fn check_shows_control_characters_and_does_not_obey_them() {
    let output = with_input(&["check", "-v", "-"], "Cannot assist with that request \u{1b}[31m\u{202e}now\n\n");
    assert!(!stdout(&output).contains(['\u{1b}', '\u{202e}']), "{:?}", stdout(&output));
}

#[test]
fn rules_are_listed_explained_and_tested() {
    let list = pagegate(&["rules", "list", "--kind", "refusal"]);
    assert!(
        stdout(&list).lines().count() > 5 && stdout(&list).lines().all(|it| it.contains("refusal")),
        "{}",
        stdout(&list)
    );
    let explain = pagegate(&["rules", "explain", "widget/previous-next-en"]);
    for part in ["widget/previous-next-en", "where", "pattern", "Matches:", "Does not match:"] {
        assert!(stdout(&explain).contains(part), "{part} in {}", stdout(&explain));
    }
    let page = "tests/fixtures/karabakh.txt";
    let on_page = pagegate(&["rules", "explain", "refusal/subjectless-headline-en", "--page", page]);
    assert!(stdout(&on_page).contains("link: fired on “Cannot assist with targeted"), "{}", stdout(&on_page));
    let silent = pagegate(&["rules", "explain", "parked/suspended", "--page", page]);
    assert!(stdout(&silent).contains("none of its keywords occurs on the page"), "{}", stdout(&silent));
    let built_in = pagegate(&["rules", "explain", "widget/repeated-run"]);
    assert!(stdout(&built_in).contains("found by structure"));
    let slip = pagegate(&["rules", "explain", "widget/previous-nxt-en"]);
    assert!(stderr(&slip).contains("did you mean widget/previous-next-en?"), "{}", stderr(&slip));
    assert_eq!(slip.status.code(), Some(2));
}

#[test]
fn rules_of_a_directory_add_to_those_in_the_binary_and_all_problems_are_told() {
    let directory = tempfile::tempdir().expect("a directory");
    let pack = directory.path().join("house");
    std::fs::create_dir(&pack).expect("created");
    let good = "summary = \"House mark\"\nkind = \"placeholder\"\nwhere = [\"body\"]\nbasis = \"observed\"\nconfidence = 0.95\n\
        keywords = [\"house mark\"]\npattern = '''^house mark [0-9]+$'''\nwhy = \"The print shop's own mark.\"\n\
        [[match]]\ntext = \"House mark 7\"\n[[match]]\ntext = \"HOUSE MARK 12\"\n[[match]]\ntext = \"house mark 1\"\n\
        [[no-match]]\ntext = \"The house mark 7 on the door\"\n[[no-match]]\ntext = \"A house\"\n[[no-match]]\ntext = \"A mark\"\n";
    std::fs::write(pack.join("mark.toml"), good).expect("written");
    let rules = directory.path().to_str().expect("UTF-8");
    let output = pagegate(&["rules", "--rules", rules, "test", "house"]);
    assert!(stdout(&output).contains("1 rule tested with 6 examples, 0 failed"), "{}", stdout(&output));
    std::fs::write(pack.join("bad.toml"), good.replace("keywords", "keyword").replace("0.95", "1.5")).expect("written");
    std::fs::write(pack.join("worse.toml"), good.replace("house mark [0-9]+", "House ([")).expect("written");
    let output = pagegate(&["rules", "--rules", rules, "list"]);
    for part in [
        "house/bad.toml",
        "house/worse.toml: pattern: ",
        "keyword: unknown key, did you mean \"keywords\"?",
        "house/bad.toml: keywords: is missing",
        "write \"house\"",
    ] {
        assert!(stderr(&output).contains(part), "{part} in {}", stderr(&output));
    }
    assert_eq!(output.status.code(), Some(2));
}

/// A file with many pages, one of them long, in proto3 JSON.
fn many_pages(directory: &std::path::Path, count: usize) -> std::path::PathBuf {
    let long = "A sentence that says a little and ends here. ".repeat(300);
    let page = |number: usize| {
        let body =
            if number == 0 { &long } else { "One line of text.\\n\\nAs an AI language model, I cannot do that." };
        format!("{{\"id\": \"{number}\", \"title\": \"Page {number}\", \"body\": \"{body}\"}}\n")
    };
    let path = directory.join("many.jsonl");
    std::fs::write(&path, (0..count).map(page).collect::<String>()).expect("written");
    path
}

#[test]
fn check_gives_the_same_output_with_one_thread_and_with_many() {
    let directory = tempfile::tempdir().expect("a directory");
    let pages = many_pages(directory.path(), 12);
    for format in ["text", "json", "jsonl", "sarif"] {
        let run = |jobs: &str| {
            pagegate(&["check", "--jobs", jobs, "--summary", "--format", format, pages.to_str().expect("UTF-8")])
        };
        let (one, many) = (run("1"), run("8"));
        assert_eq!(stdout(&one), stdout(&many), "{format}");
        assert_eq!(stderr(&one), stderr(&many), "{format}");
        assert_eq!(one.status.code(), many.status.code());
    }
    assert_eq!(pagegate(&["check", "--jobs", "0", SEED]).status.code(), Some(2));
}

#[test]
fn check_ends_quietly_when_nobody_reads_its_output_any_more() {
    let directory = tempfile::tempdir().expect("a directory");
    let pages = many_pages(directory.path(), 3000);
    for format in ["text", "json", "jsonl", "sarif"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pagegate"))
            .args(["check", "--format", format, pages.to_str().expect("UTF-8")])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut first = String::new();
        let output = child.stdout.take().expect("piped");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut first).expect("a line");
        assert!(!first.is_empty());
        let end = child.wait_with_output().expect("it ends");
        assert_eq!(stderr(&end), "", "{format}");
        assert_eq!(end.status.code(), Some(0), "{format}");
    }
}

#[test]
fn check_ends_when_its_output_closes_though_its_input_goes_on() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pagegate"))
        .args(["check", "--format", "jsonl", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take());
    let mut input = child.stdin.take().expect("piped");
    input.write_all(b"{\"title\": \"a\", \"body\": \"b\"}\n").expect("it reads");
    // The input stays open: the program must not wait for more of it.
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    drop(input);
}

#[test]
fn check_sums_up_findings_by_rule() {
    let output = pagegate(&["check", "--summary", SEED, SEED]);
    let text = stdout(&output);
    let table = &text[text.find("\nrule ").expect("a table")..];
    let row = table.lines().find(|it| it.starts_with("widget/summary-box-en ")).expect("a row");
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["widget/summary-box-en", "4", "2", "strip"]);
    let output = pagegate(&["check", "--summary", "--format", "json", SEED]);
    assert!(json(&output).is_array());
    assert!(stderr(&output).contains("widget/summary-box-en"), "{}", stderr(&output));
}

#[test]
fn check_never_fails_where_it_is_told_so_but_for_errors() {
    let refused = format!("{{\"title\": \"{REFUSAL}\", \"body\": \"\"}}");
    assert_eq!(with_input(&["check", "--fail-on", "never", "-"], &refused).status.code(), Some(0));
    assert_eq!(with_input(&["check", "--fail-on", "never", "-"], "{no json").status.code(), Some(2));
}

#[test]
fn check_writes_sarif_whose_regions_are_the_bytes_of_the_file() {
    let directory = tempfile::tempdir().expect("a directory");
    let marked = directory.path().join("with mark.txt");
    std::fs::write(&marked, [b"\xef\xbb\xbf", std::fs::read(SEED).expect("readable").as_slice()].concat())
        .expect("written");
    let lines = many_pages(directory.path(), 2);
    let files = [SEED, "tests/fixtures/karabakh.html", marked.to_str().expect("UTF-8")];
    let mut arguments = vec!["check", "--format", "sarif"];
    arguments.extend(files);
    arguments.push(lines.to_str().expect("UTF-8"));
    let log = json(&pagegate(&arguments));
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let rules: Vec<&str> = run["tool"]["driver"]["rules"]
        .as_array()
        .expect("rules")
        .iter()
        .map(|it| it["id"].as_str().expect("an id"))
        .collect();
    let mut regions = [0; 3];
    let mut lines = 0;
    for result in run["results"].as_array().expect("results") {
        assert!(rules.contains(&result["ruleId"].as_str().expect("an id")), "{result}");
        let level = match result["properties"]["effect"].as_str().expect("an effect") {
            "note" => "note",
            "reject" => "error",
            _ => "warning",
        };
        assert_eq!(result["level"], level);
        let location = &result["locations"][0]["physicalLocation"];
        let uri = location["artifactLocation"]["uri"].as_str().expect("a URI");
        let region = &location["region"];
        lines += usize::from(region["startLine"] == 2);
        let file = files.iter().position(|it| uri.ends_with(&it.replace(' ', "%20")));
        if let (Some(file), Some(start)) = (file, region["byteOffset"].as_u64()) {
            regions[file] += 1;
            let length = region["byteLength"].as_u64().expect("a length");
            let bytes = std::fs::read(files[file]).expect("readable");
            let range = usize::try_from(start).expect("small")..usize::try_from(start + length).expect("small");
            let words = std::str::from_utf8(&bytes[range]).expect("whole characters");
            let quote = region["snippet"]["text"].as_str().expect("a quote");
            let first = |text: &str| text.split(' ').next().unwrap_or("").to_owned();
            assert!(words.contains(&first(quote)), "{quote:?} in {words:?}");
        }
    }
    assert!(regions.iter().all(|it| *it > 3) && regions[0] == regions[2], "{regions:?}");
    assert!(lines > 0, "findings of JSONL have the line");
}

#[test]
fn colours_can_be_forced_and_are_refused_by_no_color() {
    let run = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pagegate"));
        let command = command.args(["check", SEED]).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        stdout(&command.envs(variables.iter().copied()).output().expect("the program runs")).contains('\u{1b}')
    };
    assert!(!run(&[]));
    assert!(run(&[("CLICOLOR_FORCE", "1")]));
    assert!(!run(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn completions_are_printed_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = pagegate(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(stdout(&output).contains("pagegate") && stdout(&output).contains("fail-on"), "{shell}");
    }
}
