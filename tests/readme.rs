//! What the README shows is what the program does.

use std::{fs, path::Path, process::Command};

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("readable")
}

/// The fenced block that begins with a line.
fn block(readme: &str, first: &str) -> String {
    let start = readme.find(first).unwrap_or_else(|| panic!("the README has no block with {first:?}"));
    let rest = &readme[start..];
    rest[..rest.find("\n```").expect("the block ends")].to_owned()
}

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_pagegate")).args(arguments).output().expect("the program runs");
    String::from_utf8(output.stdout).expect("UTF-8") + &String::from_utf8(output.stderr).expect("UTF-8")
}

#[test]
fn readme_shows_the_real_output_for_the_seed_page() {
    let shown = block(&readme(), "$ pagegate check tests/fixtures/karabakh.txt");
    let shown = shown.split_once('\n').expect("output").1;
    assert_eq!(shown.trim_end(), run(&["check", "tests/fixtures/karabakh.txt"]).trim_end());
}

#[test]
fn readme_rule_passes_its_examples_and_its_configuration_is_valid() {
    let directory = tempfile::tempdir().expect("a directory");
    let rules = directory.path().join("my-rules");
    fs::create_dir_all(rules.join("house")).expect("created");
    fs::write(rules.join("house/wire-mark.toml"), block(&readme(), "summary    =")).expect("written");
    let rules = rules.to_str().expect("UTF-8");
    assert_eq!(run(&["rules", "--rules", rules, "test", "house"]), "1 rule tested with 6 examples, 0 failed\n");
    let config = directory.path().join("pagegate.toml");
    let text = block(&readme(), "[serve]\n").replace("/etc/pagegate/rules", rules);
    fs::write(&config, text).expect("written");
    let output = run(&["--config", config.to_str().expect("UTF-8"), "rules", "list", "--kind", "placeholder"]);
    assert!(output.contains("house/wire-mark"), "{output}");
}

#[test]
fn readme_shows_the_real_output_of_config() {
    let readme = readme();
    for first in ["$ PAGEGATE__LOG__FORMAT=json pagegate config", "$ PAGEGATE__SERVE__WORKER=4 "] {
        let shown = block(&readme, first);
        let (line, shown) = shown.split_once('\n').expect("output");
        let (variables, arguments) = line[2..].split_once("pagegate ").expect("a command");
        let variables = variables.split_whitespace().map(|it| it.split_once('=').expect("a value"));
        let output = Command::new(env!("CARGO_BIN_EXE_pagegate"))
            .args(arguments.split_whitespace())
            .envs(variables)
            .output()
            .expect("the program runs");
        let told = [output.stdout, output.stderr].concat();
        assert_eq!(shown.trim_end(), String::from_utf8(told).expect("UTF-8").trim_end());
    }
}
