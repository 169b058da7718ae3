//! docs/cms.md, followed literally: its commands against a running server, its answers against theirs.
#![cfg(unix)]
#![allow(clippy::print_stdout, reason = "says what it skips")]

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// A running server; it is ended with the test, however that ends.
struct Server {
    child: Child,
    http: String,
}

impl Server {
    fn start(directory: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pagegate"))
            .args(["serve", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--log-format", "json"])
            .current_dir(directory)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let http = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let line: serde_json::Value = serde_json::from_str(&line).ok()?;
            let is_http = line["message"] == "listening" && line["protocol"] == "http";
            is_http.then(|| line["address"].as_str().expect("an address").to_owned())
        });
        // What is still logged is read, or the server would wait for it.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, http: http.expect("it listens") }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Fenced blocks of a kind `sh`, each with the block of kind `text` that follows it, if one does.
fn steps(text: &str) -> Vec<(String, Option<String>)> {
    let mut steps: Vec<(String, Option<String>)> = Vec::new();
    for block in text.split("\n```").skip(1).step_by(2) {
        let (kind, block) = block.split_once('\n').expect("a block has lines");
        match (kind, steps.last_mut()) {
            ("sh", _) => steps.push((block.to_owned(), None)),
            ("text", Some(last)) => last.1 = Some(block.to_owned()),
            _ => {}
        }
    }
    steps
}

fn runs(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

#[test]
fn log_never_shows_what_was_sent() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pagegate"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--http-listen",
            "127.0.0.1:0",
            "--log-format",
            "json",
            "--log",
            "debug",
        ])
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let canary = "zanzibarquux";
    let page = serde_json::json!({ "page": { "text": {
        "title": format!("I cannot assist with {canary}"), "body": format!("{canary}\n\nAs an AI language model, {canary}.") } } });
    let mut log = String::new();
    let mut checked = 0;
    for line in BufReader::new(child.stderr.take().expect("piped")).lines().map_while(Result::ok) {
        let entry: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        if entry["message"] == "listening" && entry["protocol"] == "http" {
            let url = format!("http://{}/v1/pages:check", entry["address"].as_str().expect("an address"));
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let send = |body: String| agent.post(&url).header("content-type", "application/json").send(body);
            checked += send(page.to_string()).expect("an answer").status().as_u16();
            // Broken in the midst of its text.
            let broken = page.to_string().replace("language", "\u{1}");
            checked += send(broken).expect("an answer").status().as_u16();
            child.kill().expect("it runs");
        }
        log.push_str(&line);
    }
    child.wait().expect("it ends");
    assert_eq!(checked, 200 + 400);
    assert!(log.contains("checked page"), "{log}");
    assert!(!log.contains(canary), "{log}");
}

#[test]
fn hour_of_a_cms_integrator_goes_as_the_document_says() {
    if !runs("curl") || !runs("base64") {
        println!("SKIPPED: there is no curl or no base64");
        return;
    }
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cms.md")).expect("readable");
    let directory = tempfile::tempdir().expect("a directory");
    let server = Server::start(directory.path());
    let mut followed = 0;
    let mut decided = false;
    for (commands, answer) in steps(&text) {
        if commands.starts_with("pagegate serve") {
            continue;
        }
        // What follows from a decision is there when `pagegate review` is.
        if commands.starts_with("pagegate review") {
            decided = true;
            continue;
        }
        if std::mem::take(&mut decided) {
            continue;
        }
        let script = commands.replace("127.0.0.1:8080", &server.http);
        let output =
            Command::new("sh").args(["-euc", &script]).current_dir(directory.path()).output().expect("sh runs");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{commands}\n{told}{errors}");
        assert_eq!(told.trim_end(), answer.unwrap_or_default().trim_end(), "{commands}\n{errors}");
        followed += 1;
    }
    assert!(followed >= 7, "{followed} steps");
}
