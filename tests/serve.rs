//! The program as an operator runs it: rules loaded anew while it serves, a clean end with a silent peer.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use pagegate::proto::{
    CheckPageRequest, CheckResult, Page, ReloadRulesRequest, TextContent, check_service_client::CheckServiceClient,
    page::Content, rule_service_client::RuleServiceClient,
};

/// A running server; it is ended with the test, however that ends.
struct Server {
    child: Child,
    address: String,
    log: mpsc::Receiver<serde_json::Value>,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pagegate"))
            .args(["serve", "--listen", "127.0.0.1:0", "--http-listen", "", "--log-format", "json", "--store", "none"])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let (lines, log) = mpsc::channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                // The test may have ended.
                drop(lines.send(serde_json::from_str(&line).unwrap_or_default()));
            }
        });
        let mut server = Self { child, address: String::new(), log };
        let listening = server.wait_for("listening");
        server.address = format!("http://{}", listening["address"].as_str().expect("an address"));
        server
    }

    /// Waits for a log line with this message.
    fn wait_for(&self, message: &str) -> serde_json::Value {
        loop {
            let line = self.log.recv_timeout(Duration::from_mins(1)).expect("the line comes");
            if line["message"] == message {
                return line;
            }
        }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }

    async fn check(&self, line: &str) -> CheckResult {
        let body = format!("{line}\n\nThe ferry between the two islands will run twice a day from May, it was said.\n");
        let content = Content::Text(TextContent { title: "Ferry to run twice a day".into(), body });
        let page = Page { content: Some(content), ..Page::default() };
        let request = CheckPageRequest { page: Some(page), ..CheckPageRequest::default() };
        let mut client = CheckServiceClient::connect(self.address.clone()).await.expect("it listens");
        client.check_page(request).await.expect("an answer").into_inner().result.expect("a result")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn write_rule(directory: &Path, confidence: &str) {
    let rule = format!(
        "summary = \"House mark\"\nkind = \"placeholder\"\nwhere = [\"body\"]\nbasis = \"observed\"\nconfidence = {confidence}\n\
         keywords = [\"house mark\"]\npattern = '''^house mark [0-9]+$'''\nwhy = \"The print shop's own mark.\"\n\
         [[match]]\ntext = \"House mark 7\"\n[[match]]\ntext = \"HOUSE MARK 12\"\n[[match]]\ntext = \"house mark 1\"\n\
         [[no-match]]\ntext = \"The house mark 7 on the door\"\n[[no-match]]\ntext = \"A house\"\n[[no-match]]\ntext = \"A mark\"\n"
    );
    fs::create_dir_all(directory.join("house")).expect("created");
    fs::write(directory.join("house/mark.toml"), rule).expect("written");
}

fn fires(result: &CheckResult) -> bool {
    result.findings.iter().any(|it| it.rule_id == "house/mark")
}

#[tokio::test]
async fn rules_are_loaded_anew_by_sighup_and_the_last_good_ones_stay() {
    let rules = tempfile::tempdir().expect("a directory");
    let server = Server::start(&["--rules", rules.path().to_str().expect("UTF-8")]);
    assert!(!fires(&server.check("House mark 7").await));
    write_rule(rules.path(), "0.95");
    server.signal("-HUP");
    server.wait_for("reloaded rules and policy");
    let good = server.check("House mark 7").await;
    assert!(fires(&good));
    write_rule(rules.path(), "95");
    server.signal("-HUP");
    let line = server.wait_for("reload rules and policy; those in force stay");
    assert!(line["problem"].as_str().is_some_and(|it| it.contains("house/mark.toml: confidence")), "{line}");
    let kept = server.check("House mark 7").await;
    assert!(fires(&kept));
    assert_eq!(kept.ruleset_revision, good.ruleset_revision);
    let mut client = RuleServiceClient::connect(server.address.clone()).await.expect("it listens");
    let answer = client.reload_rules(ReloadRulesRequest::default()).await.expect("an answer").into_inner();
    assert!(!answer.reloaded);
    assert_eq!((answer.problems[0].file.as_str(), answer.problems[0].key.as_str()), ("house/mark.toml", "confidence"));
    assert_eq!(answer.ruleset_revision, good.ruleset_revision);
}

#[tokio::test]
async fn sigterm_ends_the_program_with_a_silent_peer_and_without_an_error() {
    let mut server = Server::start(&[]);
    let silent = std::net::TcpStream::connect(server.address.trim_start_matches("http://")).expect("it listens");
    assert!(!fires(&server.check("One line.").await));
    let start = Instant::now();
    server.signal("-TERM");
    server.wait_for("stopped");
    let status = server.child.wait().expect("it ends");
    assert!(status.success(), "{status}");
    assert!(start.elapsed() < Duration::from_secs(10), "the hard limit");
    drop(silent);
}
