//! The program as an operator runs it: rules loaded anew while it serves, a clean end with a silent peer.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
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
    /// Lines before the first address that is listened on.
    before: Vec<serde_json::Value>,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        Self::start_in(Path::new("."), &[&["--http-listen", "", "--store", "none"], arguments].concat())
    }

    fn start_in(directory: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pagegate"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(arguments)
            .current_dir(directory)
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
        let mut server = Self { child, address: String::new(), log, before: Vec::new() };
        let listening = loop {
            let line = server.next_line();
            if line["message"] == "listening" {
                break line;
            }
            server.before.push(line);
        };
        server.address = format!("http://{}", listening["address"].as_str().expect("an address"));
        server
    }

    fn next_line(&self) -> serde_json::Value {
        self.log.recv_timeout(Duration::from_mins(1)).expect("the line comes")
    }

    /// Waits for a log line with this message.
    fn wait_for(&self, message: &str) -> serde_json::Value {
        loop {
            let line = self.next_line();
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

/// A start in a directory of its own that is to fail, and what is in the directory afterwards.
fn fails_in(directory: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pagegate"));
    command.arg("serve").args(arguments).envs(environment.iter().copied()).current_dir(directory);
    let Output { status, stderr, .. } = command.output().expect("the program runs");
    let text = String::from_utf8(stderr).expect("UTF-8");
    assert_eq!(status.code(), Some(2), "{text}");
    assert_eq!(fs::read_dir(directory).expect("a directory").count(), 0, "a start that failed left something: {text}");
    text
}

#[test]
fn a_taken_port_is_told_with_who_asked_for_it_and_how_to_name_another_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().expect("a directory");
    let fails = |arguments: &[&str], environment: &[(&str, &str)]| fails_in(directory.path(), arguments, environment);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = listener.local_addr().expect("bound");
    let next = format!("127.0.0.1:{}", taken.port() + 1);
    let taken = taken.to_string();

    let text = fails(&["--listen", "127.0.0.1:0", "--http-listen", &taken], &[]);
    let expected = format!(
        "pagegate: HTTP on {taken} (flag --http-listen): another program listens on that port, perhaps a pagegate that \
         runs already\n  name another: --http-listen {next}, PAGEGATE__SERVE__HTTP_LISTEN={next}, or \
         serve.http_listen in the configuration\n  or do without HTTP and the review pages: --http-listen \"\"\n"
    );
    assert_eq!(text, expected);

    let both = [("PAGEGATE__SERVE__LISTEN", taken.as_str()), ("PAGEGATE__SERVE__HTTP_LISTEN", "192.0.2.1:8080")];
    let text = fails(&["--insecure"], &both);
    let grpc = format!("pagegate: gRPC on {taken} (environment PAGEGATE__SERVE__LISTEN): another program listens");
    assert!(text.starts_with(&grpc), "{text}");
    assert!(text.contains(&format!("--listen {next}, PAGEGATE__SERVE__LISTEN={next}, or serve.listen in")), "{text}");
    assert!(text.contains("\nHTTP on 192.0.2.1:8080 (environment PAGEGATE__SERVE__HTTP_LISTEN): this machine has no "));
    assert!(text.contains("--http-listen 127.0.0.1:8080"), "{text}");

    let text = fails(&["--listen", "0.0.0.0:8080", "--insecure"], &[]);
    let shared =
        "pagegate: gRPC on 0.0.0.0:8080 (flag --listen) and HTTP on 127.0.0.1:8080 (default) cannot share a port";
    assert!(text.starts_with(shared) && text.contains("--http-listen 127.0.0.1:8081"), "{text}");

    let text = fails(&["--http-listen", "localhost:80800"], &[]);
    assert!(text.contains("--http-listen: is \"localhost:80800\", must be an IP address and a port, as"), "{text}");
}

#[test]
fn a_start_says_where_the_store_is_and_which_address_to_open() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut server = Server::start_in(directory.path(), &["--http-listen", "127.0.0.1:0"]);
    let ready = server.wait_for("ready: open try_a_page in a browser and paste a page, or send one to check");
    let page = ureq::get(ready["try_a_page"].as_str().expect("an address")).call().expect("an answer");
    assert_eq!(page.status(), 200);
    let check = ready["check"].as_str().and_then(|it| it.strip_prefix("POST ")).expect("an address");
    let sent = ureq::post(check).header("content-type", "application/json").send("{\"page\": {\"text\": {}}}");
    assert_eq!(sent.expect("an answer").status(), 200);
    assert!(ready["review"].as_str().is_some_and(|it| it.ends_with('/')), "{ready}");
    server.signal("-TERM");
    server.wait_for("stopped");
    assert!(server.child.wait().expect("it ends").success());

    // The log beside the file is put into it at the end, so that the file alone is a copy.
    let left = fs::read_dir(directory.path()).expect("a directory").map(|it| it.expect("an entry").file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["pagegate.db"]);

    let file = directory.path().canonicalize().expect("a path").join("pagegate.db");
    let again = Server::start_in(directory.path(), &["--http-listen", ""]);
    assert!(file.is_file(), "the store is made in the working directory");
    let mut before = again.before.iter();
    let line = before.find(|it| it["message"] == "opened the store; --store or store.url names another place");
    let line = line.expect("the line comes");
    assert_eq!((line["at"].as_str(), line["set_by"].as_str()), (file.to_str(), Some("default")));
}
