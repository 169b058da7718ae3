//! The configuration: file, environment, flags, and what `pagegate config` prints.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use pagegate::config::{self, Config, Flag, LogFormat, Origin};

fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pagegate.toml");
    fs::write(&path, text).expect("written");
    (directory, path)
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The problems of a file and an environment, the file's directory left out.
fn problems(text: &str, environment: &[(&str, &str)]) -> String {
    let (directory, path) = written(text);
    let error = config::load(Some(&path), variables(environment), &[]).expect_err("it has problems");
    error.to_string().replace(&format!("{}/", directory.path().display()), "")
}

fn pagegate(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pagegate"));
    command.args(arguments).envs(environment.iter().copied()).output().expect("the program runs")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("UTF-8")
}

#[test]
fn without_anything_the_configuration_is_the_default() {
    assert_eq!(config::load(None, [], &[]).expect("valid").config, Config::default());
}

#[test]
fn flags_beat_the_environment_and_the_environment_beats_the_file() {
    let (_directory, path) = written(
        "[serve]\nworkers = 3\nmax_deadline = \"1m\"\n[policy]\nprofile = \"news\"\n[log]\nformat = \"json\"\n",
    );
    let environment = variables(&[
        ("PAGEGATE__SERVE__WORKERS", "4"),
        ("PAGEGATE__POLICY__PROFILE", "news"),
        ("PAGEGATE_CONFIG", "is another's"),
    ]);
    let flags = [Flag { name: "--profile", key: "policy.profile", value: "observe".into() }];
    let loaded = config::load(Some(&path), environment, &flags).expect("valid");
    assert_eq!(loaded.config.serve.workers, 4);
    assert_eq!(loaded.config.serve.max_deadline.as_secs(), 60);
    assert_eq!(loaded.config.policy.profile.name(), "observe");
    assert_eq!(loaded.config.log.format, LogFormat::Json);
    assert_eq!(loaded.origin("serve.workers"), &Origin::Environment("PAGEGATE__SERVE__WORKERS".into()));
    assert_eq!(loaded.origin("serve.max_deadline"), &Origin::File(path));
    assert_eq!(loaded.origin("policy.profile"), &Origin::Flag("--profile"));
    assert_eq!(loaded.origin("serve.listen"), &Origin::Default);
}

#[test]
fn all_problems_are_told_at_once_with_value_limit_and_nearest_name() {
    let text = "rulez = 1\n[serve]\nlisen = \"x\"\nworkers = 5000\nreflection = \"yes\"\nmax_bytes_in_flight = \"1 MiB\"\n\
        drain_limit = \"11m\"\nmax_deadline = \"soon\"\nlisten = \"here\"\nstream_window = -1\n[policy]\nprofile = \"newz\"\n\
        [log]\nfilter = \"a=b=c\"\n[[source]]\nrow = [{ id = \"a\", efect = \"note\" }, { id = \"b\", effect = \"none\" }]\nnme = 1\n";
    let environment = [("PAGEGATE__SERVE__WORKER", "1"), ("PAGEGATE__LOG__FORMAT", "xml"), ("PAGEGATE__X", "1")];
    let told = problems(text, &environment);
    for line in [
        "pagegate.toml: rulez: unknown section, did you mean rules?",
        "pagegate.toml: serve.lisen: unknown key, did you mean listen?",
        "pagegate.toml: serve.workers: is 5000, must be 0 to 1024",
        "pagegate.toml: serve.reflection: is of type string, must be a boolean",
        "pagegate.toml: serve.max_bytes_in_flight: is 1 MiB, must be 200 MiB to 1024 GiB",
        "pagegate.toml: serve.drain_limit: is 11m, must be 0s to 10m",
        "pagegate.toml: serve.max_deadline: \"soon\" must be a whole number and a unit, as \"5s\"",
        "pagegate.toml: serve.listen: is \"here\", must be an IP address and a port, as \"127.0.0.1:50051\"",
        "pagegate.toml: serve.stream_window: is \"-1\", must be a whole number",
        "pagegate.toml: policy.profile: is \"newz\", must be \"news\" or \"observe\"",
        "pagegate.toml: log.filter: \"a=b=c\" is no log filter: ",
        "pagegate.toml: source[0].row[0]: unknown field `efect`",
        "pagegate.toml: source[0].row[1]: unknown variant `none`",
        "pagegate.toml: source[0].nme: unknown key, did you mean name?",
        "pagegate.toml: source[0].name: is missing",
        "PAGEGATE__SERVE__WORKER: unknown variable, did you mean PAGEGATE__SERVE__WORKERS?",
        "PAGEGATE__LOG__FORMAT: is \"xml\", must be \"text\" or \"json\"",
        "PAGEGATE__X: unknown variable, there are PAGEGATE__SERVE__LISTEN, ",
    ] {
        assert!(told.lines().any(|it| it.starts_with(line)), "{line}\nin\n{told}");
    }
    assert!(told.starts_with("the configuration has 18 problems\n"), "{told}");
}

#[test]
fn rows_of_sources_are_taken() {
    let (_directory, path) = written(
        "[[source]]\nname = \"example.com\"\n[[source.row]]\nid = \"x\"\nkind = [\"spam\"]\neffect = \"reject\"",
    );
    let config = config::load(Some(&path), [], &[]).expect("valid").config;
    assert_eq!(config.sources[0].name, "example.com");
    assert_eq!(config.sources[0].rows[0].id, "x");
}

#[test]
fn the_printed_default_is_the_default_and_names_every_key() {
    let output = pagegate(&["config", "--default"], &[]);
    let (_directory, path) = written(stdout(&output));
    assert_eq!(config::load(Some(&path), [], &[]).expect("valid").config, Config::default());
    // With the comments taken off the keys that have no value and off the sources, it is still valid.
    let off = |line: &str| {
        line.strip_prefix("# ").filter(|it| it.contains(" = ") || it.starts_with('[')).unwrap_or(line).to_owned()
    };
    let all: String = stdout(&output).lines().map(|it| off(it) + "\n").collect();
    let (_directory, path) = written(&all);
    let loaded = config::load(Some(&path), [], &[]).expect("valid");
    assert_eq!(loaded.config.sources.len(), 1);
    // What the program prints of them has an origin in the file for each: no key is left out.
    let effective = config::effective(&loaded);
    assert!(!effective.contains("# default"), "{effective}");
    let keys = effective.lines().filter(|it| it.contains(" # file ")).count();
    assert_eq!(stdout(&output).matches("# PAGEGATE__").count(), keys);
}

#[test]
fn config_prints_valid_toml_with_the_origin_of_each_value() {
    let (_directory, path) = written(
        "[serve]\nworkers = 2\n[[source]]\nname = \"example.com\"\n[[source.row]]\nid = \"x\"\neffect = \"note\"\n",
    );
    let file = path.to_str().expect("UTF-8");
    let arguments = ["--config", file, "--profile", "observe", "config"];
    let output = pagegate(&arguments, &[("PAGEGATE__SERVE__MAX_DEADLINE", "2500ms")]);
    for line in [
        format!("workers = 2 # file {file}"),
        "max_deadline = \"2500ms\" # environment PAGEGATE__SERVE__MAX_DEADLINE".into(),
        "profile = \"observe\" # flag --profile".into(),
        "drain_limit = \"10s\" # default".into(),
    ] {
        assert!(stdout(&output).lines().any(|it| it == line), "{line}\nin\n{}", stdout(&output));
    }
    let (_directory, again) = written(stdout(&output));
    let again = config::load(Some(&again), [], &[]).expect("valid").config;
    assert_eq!(again.serve.max_deadline.as_millis(), 2500);
    assert_eq!(again.sources[0].rows[0].id, "x");
}

#[test]
fn every_command_refuses_a_bad_configuration_with_2() {
    let output = pagegate(&["config"], &[("PAGEGATE__SERVE__LISTE", "x")]);
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(told.contains("PAGEGATE__SERVE__LISTE: unknown variable, did you mean PAGEGATE__SERVE__LISTEN?"), "{told}");
    assert_eq!(output.status.code(), Some(2));
}
