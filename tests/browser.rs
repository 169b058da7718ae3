//! The review pages in a real browser: a reviewer's hour, and hostile text in every field.
//!
//! A server of the program itself runs on a store with weeks of history; Chromium is driven by Playwright from the
//! scripts in `tests/browser/`. `scripts/test` installs what that needs; without it these tests say so and are
//! skipped, but not in CI.

#![allow(clippy::print_stderr, reason = "what was skipped, and what the scripts tell")]

#[path = "browser/hostile.rs"]
mod hostile;
#[path = "browser/seed.rs"]
mod seed;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use pagegate::{
    limits,
    proto::{BatchCheckPagesRequest, check_service_client::CheckServiceClient},
    review::Millis,
    store::{self, Settings, Store},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};
use tonic::{Request, metadata::AsciiMetadataValue};

/// One browser at a time: a machine has two cores.
static BROWSER: Mutex<()> = Mutex::const_new(());

/// What the scripts need.
struct Tools {
    chromium: PathBuf,
    node: PathBuf,
    modules: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

impl Tools {
    /// None where something is missing, which is told; in CI that is a failure.
    async fn find() -> Option<Self> {
        let modules = root().join("target/tools/node_modules");
        let mut missing = Vec::new();
        let mut program = |name: &str| {
            let paths = std::env::var_os("PATH").unwrap_or_default();
            let found = std::env::split_paths(&paths).map(|it| it.join(name)).find(|it| it.is_file());
            found.unwrap_or_else(|| {
                missing.push(name.to_owned());
                PathBuf::new()
            })
        };
        let (chromium, node) = (program("chromium"), program("node"));
        for name in ["playwright-core", "axe-core"] {
            if !modules.join(name).is_dir() {
                missing.push(format!("{name} in {}", modules.display()));
            }
        }
        if missing.is_empty() {
            return Some(Self { chromium, node, modules, _alone: BROWSER.lock().await });
        }
        let missing = missing.join(", ");
        assert!(std::env::var_os("CI").is_none(), "{missing} is missing: scripts/test installs it");
        eprintln!("SKIPPED: {missing} is missing, scripts/test installs it");
        None
    }

    /// Runs a script of `tests/browser/`, which must not fail.
    fn run(&self, script: &str, mut given: Value) {
        given["chromium"] = json!(self.chromium);
        given["modules"] = json!(self.modules);
        given["screens"] = json!(root().join("target/screens"));
        let output = Command::new(&self.node)
            .arg(root().join("tests/browser").join(script))
            .env("PAGEGATE_TEST", given.to_string())
            .output()
            .expect("node runs");
        let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{script} failed, {}\n{told}", output.status);
        eprintln!("{told}");
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Millis::try_from(since.as_millis()).expect("before the year 292277026")
}

/// A store in a directory of its own, without a server yet.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a directory") }
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.directory.path().join("store.db").display())
    }

    async fn open(&self) -> Arc<dyn Store> {
        let settings = Settings { url: self.url(), queue_limit: limits::QUEUE, connections: 4 };
        store::open(&settings).await.expect("it opens")
    }

    /// Makes an API key by the program.
    fn key(&self, name: &str, scope: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pagegate"));
        let output =
            command.args(["keys", "create", "--name", name, "--scope", scope, "--store", &self.url()]).output();
        let output = output.expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }
}

/// A running server; it is ended with the test, however that ends.
struct Server {
    child: Child,
    grpc: String,
    http: String,
}

impl Server {
    fn start(place: &Place) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pagegate"))
            .args(["serve", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--log-format", "json"])
            .args(["--store", &place.url()])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let (lines, log) = mpsc::channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if line.contains("\"level\":\"ERROR\"") || line.contains("panicked") {
                    eprintln!("server: {line}");
                }
                // The test may have ended.
                drop(lines.send(serde_json::from_str::<Value>(&line).unwrap_or_default()));
            }
        });
        let mut server = Self { child, grpc: String::new(), http: String::new() };
        while server.grpc.is_empty() || server.http.is_empty() {
            let line = log.recv_timeout(Duration::from_mins(1)).expect("it starts");
            if line["message"] == "listening" {
                let address = format!("http://{}", line["address"].as_str().expect("an address"));
                if line["protocol"] == "http" { server.http = address } else { server.grpc = address }
            }
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A request with an API key.
fn with_key<T>(message: T, key: &str) -> Request<T> {
    let mut request = Request::new(message);
    let value = AsciiMetadataValue::try_from(format!("Bearer {key}")).expect("a key");
    request.metadata_mut().insert("authorization", value);
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn reviewer_works_for_an_hour() {
    let Some(tools) = Tools::find().await else { return };
    let place = Place::new();
    let store = place.open().await;
    seed::Seed::new(Arc::clone(&store), now()).fill().await;
    store.close().await;
    let keys = json!({
        "ann": place.key("Ann", "review"),
        "ben": place.key("Ben", "review"),
        "crawler": place.key("Crawler", "check"),
        "olga": place.key("Olga", "admin"),
    });
    let server = Server::start(&place);
    let mut checks = CheckServiceClient::connect(server.grpc.clone()).await.expect("it listens");
    let crawler = keys["crawler"].as_str().expect("a key").to_owned();
    for batch in 0..3 {
        let pages = (0..100).map(|it| seed::mirrored(batch * 100 + it)).collect();
        let request = BatchCheckPagesRequest { pages, ..BatchCheckPagesRequest::default() };
        checks.batch_check_pages(with_key(request, &crawler)).await.expect("answers");
    }
    let given = json!({ "url": server.http, "keys": keys, "pictures": pictures() });
    tokio::task::spawn_blocking(move || tools.run("hour.mjs", given)).await.expect("the script passes");
}

/// Where the pictures of the handbook are, if they are to be made anew.
fn pictures() -> Option<PathBuf> {
    std::env::var_os("PAGEGATE_PICTURES").map(|_| root().join("docs/pictures"))
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_text_in_every_field_stays_text() {
    let Some(tools) = Tools::find().await else { return };
    let place = Place::new();
    let server = Server::start(&place);
    let canary = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = canary.local_addr().expect("bound").port();
    // The script listens there itself.
    drop(canary);
    let payloads = hostile::payloads(port);
    assert!(payloads.len() >= 150, "{} payloads", payloads.len());
    let items = hostile::send(&server.grpc, &payloads).await;
    assert!(items.len() > payloads.len(), "{} of the pages are held", items.len());
    let given = json!({ "url": server.http, "canary": port, "payloads": payloads, "items": items });
    tokio::task::spawn_blocking(move || tools.run("xss.mjs", given)).await.expect("the script passes");
}

/// Files below a directory of the repository.
fn files(directory: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = walkdir::WalkDir::new(root().join(directory))
        .sort_by_file_name()
        .into_iter()
        .map(|it| it.expect("readable").into_path())
        .filter(|it| it.is_file())
        .map(|it| {
            let name = it.strip_prefix(root()).expect("below the root").display().to_string();
            (name, fs::read_to_string(&it).expect("text"))
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "nothing is in {directory}");
    files
}

/// Places in files where a pattern occurs, with their lines.
fn found(directory: &str, pattern: &str) -> Vec<String> {
    let pattern = regex::Regex::new(pattern).expect("a pattern");
    let mut places = Vec::new();
    for (name, text) in files(directory) {
        for (number, line) in text.lines().enumerate().filter(|it| pattern.is_match(it.1)) {
            places.push(format!("{name}:{}: {}", number + 1, line.trim()));
        }
    }
    places
}

#[test]
fn no_template_goes_round_escaping() {
    let switches = r#"(?i)\|\s*(safe|escape|e)\b|\{%[-+~]?\s*(autoescape|raw)\b|escape\s*=\s*"none"|HtmlSafe|MarkupDisplay|\bSafe\("#;
    for directory in ["templates", "src/web"] {
        assert_eq!(found(directory, switches), [""; 0], "{directory}");
    }
    // What is not in quotes ends at a blank.
    assert_eq!(found("templates", r"\s[\w:-]+=\s*\{\{"), [""; 0]);
}

#[test]
fn no_template_holds_a_script_a_style_or_a_handler() {
    let inline = r"(?i)<style\b|\s(on[a-z]+|style|srcdoc)\s*=|javascript:|<(base|object|embed|template)\b";
    assert_eq!(found("templates", inline), [""; 0]);
    for (name, text) in files("templates") {
        for (at, _) in text.match_indices("<script") {
            let (tag, rest) = text[at..].split_once('>').expect("it ends");
            assert!(tag.contains(" src=") && rest.starts_with("</script>"), "{name}: {tag}>");
        }
    }
}

#[test]
fn no_asset_makes_markup_or_code_of_text() {
    let makers = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|setHTML|srcdoc|\beval\b|new Function|set(Timeout|Interval)\(\s*['`\x22]";
    assert_eq!(found("assets", makers), [""; 0]);
    let loaded = r"(?i)@import|url\(\s*['\x22]?(https?:)?//";
    assert_eq!(found("assets", loaded), [""; 0]);
}
