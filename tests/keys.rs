//! API keys: made and revoked by the program, asked for by both front ends.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Command, Output},
    sync::Arc,
    time::{Duration, Instant},
};

use pagegate::{
    fault,
    gate::{Access, AccessError, Callers, Gate, Sources},
    grpc, http, limits,
    proto::{
        CheckPageRequest, ListRulesRequest, Page, ReloadRulesRequest, TextContent,
        check_service_client::CheckServiceClient, page::Content, rule_service_client::RuleServiceClient,
    },
    store::{self, Scope, Settings, Store},
};
use tokio::net::TcpListener;
use tonic::{Code, Request, Status, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt;

fn keys(store: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pagegate"));
    command.arg("keys").args(arguments).args(["--store", store]).output().expect("the program runs")
}

/// What a command prints, if it does not fail.
fn printed(store: &str, arguments: &[&str]) -> String {
    let output = keys(store, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim_end().to_owned()
}

fn url(directory: &Path) -> String {
    format!("sqlite:{}", directory.join("keys.db").display())
}

async fn open(url: &str) -> Arc<dyn Store> {
    store::open(&Settings { url: url.to_owned(), queue_limit: 10, connections: 2 }).await.expect("it opens")
}

/// Both front ends, for as long as the test runs.
struct Server {
    http: SocketAddr,
    channel: Channel,
}

impl Server {
    async fn start(access: Access) -> Self {
        let gate = Arc::new(Gate::open(Sources::default()).expect("valid").with_access(access));
        let listen = async || TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (over_grpc, over_http) = (listen().await, listen().await);
        let (address, http) = (over_grpc.local_addr().expect("bound"), over_http.local_addr().expect("bound"));
        let never = std::future::pending::<()>;
        tokio::spawn(grpc::serve(over_grpc, Arc::clone(&gate), grpc::Settings::default(), never()));
        tokio::spawn(http::serve(over_http, gate, http::Settings::default(), never()));
        let channel = Channel::from_shared(format!("http://{address}")).expect("an address");
        Self { http, channel: channel.connect().await.expect("it listens") }
    }

    /// The status of a check over HTTP, with what the answer asks for.
    async fn check_http(&self, key: Option<&str>) -> (u16, String, String) {
        let url = format!("http://{}/v1/pages:check", self.http);
        let key = key.map(ToOwned::to_owned);
        let send = move || {
            let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
            let mut request = agent.post(url).header("content-type", "application/json");
            if let Some(key) = key {
                request = request.header("authorization", format!("Bearer {key}"));
            }
            let mut answer = request.send("{\"page\": {\"text\": {\"body\": \"A line.\"}}}").expect("an answer");
            let asked = answer.headers().get("www-authenticate").map_or("", |it| it.to_str().expect("text")).to_owned();
            let body: serde_json::Value = answer.body_mut().read_json().expect("JSON");
            let reason = body["error"]["details"][0]["reason"].as_str().unwrap_or_default().to_owned();
            (answer.status().as_u16(), reason, asked)
        };
        tokio::task::spawn_blocking(send).await.expect("no panic")
    }

    async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.http);
        // Through a proxy, so to speak, it wants an administrator's key.
        let proxied = url.clone();
        let ask = move || ureq::get(proxied).header("x-forwarded-for", "192.0.2.1").call().expect_err("no key");
        let refused = tokio::task::spawn_blocking(ask).await.expect("no panic");
        assert!(matches!(refused, ureq::Error::StatusCode(401)), "{refused}");
        let ask = move || ureq::get(url).call().and_then(|mut it| it.body_mut().read_to_string()).expect("an answer");
        tokio::task::spawn_blocking(ask).await.expect("no panic")
    }

    async fn check(&self, key: Option<&str>) -> Result<(), Status> {
        let content = Content::Text(TextContent { title: String::new(), body: "A line.".into() });
        let page = Page { content: Some(content), ..Page::default() };
        let message = CheckPageRequest { page: Some(page), ..CheckPageRequest::default() };
        CheckServiceClient::new(self.channel.clone()).check_page(with_key(message, key)).await.map(drop)
    }

    async fn list(&self, key: Option<&str>) -> Result<(), Status> {
        let mut client = RuleServiceClient::new(self.channel.clone());
        client.list_rules(with_key(ListRulesRequest::default(), key)).await.map(drop)
    }

    async fn reload(&self, key: Option<&str>) -> Result<(), Status> {
        let mut client = RuleServiceClient::new(self.channel.clone());
        let message = ReloadRulesRequest { validate_only: true };
        client.reload_rules(with_key(message, key)).await.map(drop)
    }
}

fn with_key<T>(message: T, key: Option<&str>) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(key) = key {
        request.metadata_mut().insert("authorization", format!("Bearer {key}").parse().expect("text"));
    }
    request
}

fn refused(answer: Result<(), Status>) -> (Code, String) {
    let status = answer.expect_err("it is refused");
    let reason = status.get_error_details().error_info().expect("ErrorInfo").reason.clone();
    (status.code(), reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_open_what_they_are_for_in_both_front_ends_until_they_are_revoked() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = url(directory.path());
    let check = printed(&url, &["create", "--name", "cms", "--scope", "check"]);
    let review = printed(&url, &["create", "--name", "mira", "--scope", "review", "--expires", "90d"]);
    let admin = printed(&url, &["create", "--name", "ops", "--scope", "admin"]);
    let access = Access::of(Some(open(&url).await), Callers::Far).await.expect("there are keys");
    let server = Server::start(access).await;

    assert_eq!(server.check_http(Some(&check)).await.0, 200);
    assert_eq!(server.check_http(Some(&admin)).await.0, 200);
    let (status, reason, asked) = server.check_http(None).await;
    assert_eq!((status, reason.as_str(), asked.as_str()), (401, "KEY_MISSING", "Bearer realm=\"pagegate\""));
    assert_eq!(server.check_http(Some(&review)).await.1, "SCOPE_MISSING");
    let forged = format!("{}{}", &check[..check.len() - 4], "0000");
    for wrong in [forged.as_str(), "pgk_", "x"] {
        let (status, reason, _) = server.check_http(Some(wrong)).await;
        assert_eq!((status, reason.as_str()), (401, "KEY_UNKNOWN"), "{wrong}");
    }

    assert!(server.check(Some(&check)).await.is_ok());
    assert_eq!(refused(server.check(None).await), (Code::Unauthenticated, "KEY_MISSING".into()));
    assert_eq!(refused(server.check(Some(&forged)).await), (Code::Unauthenticated, "KEY_UNKNOWN".into()));
    assert_eq!(refused(server.check(Some(&review)).await), (Code::PermissionDenied, "SCOPE_MISSING".into()));
    assert!(server.list(Some(&check)).await.is_ok() && server.list(Some(&review)).await.is_ok());
    assert_eq!(refused(server.reload(Some(&check)).await), (Code::PermissionDenied, "SCOPE_MISSING".into()));
    assert!(server.reload(Some(&admin)).await.is_ok());
    let health = HealthClient::new(server.channel.clone()).check(HealthCheckRequest::default()).await;
    assert!(health.is_ok(), "health is open");

    let prefix = &check[4..12];
    printed(&url, &["revoke", prefix]);
    let start = Instant::now();
    while server.check(Some(&check)).await.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(5), "a revoked key is taken for more than a second");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(refused(server.check(Some(&check)).await), (Code::Unauthenticated, "KEY_REVOKED".into()));
    assert_eq!(server.check_http(Some(&check)).await.1, "KEY_REVOKED");

    let metrics = server.metrics().await;
    for line in [
        "pagegate_store_duration_seconds_count{operation=\"read\"} ",
        "pagegate_review_queue{origin=\"",
        "pagegate_review_queue_oldest_age_seconds 0",
        "pagegate_calls_total{front=\"grpc\",method=\"CheckPage\",code=\"UNAUTHENTICATED\"} ",
    ] {
        assert!(metrics.lines().any(|it| it.starts_with(line)), "{line} in\n{metrics}");
    }

    let listed = printed(&url, &["list"]);
    let line = |name: &str| listed.lines().find(|it| it.ends_with(name)).expect("it is listed").to_owned();
    assert!(
        line("cms").contains("revoked") && line("mira").contains("valid") && line("ops").contains("never"),
        "{listed}"
    );
    for key in [&check, &review, &admin] {
        assert!(!listed.contains(&key[13..]), "a secret is listed");
    }
    // Nothing on disk holds a secret.
    for file in std::fs::read_dir(directory.path()).expect("readable") {
        let bytes = std::fs::read(file.expect("readable").path()).expect("readable");
        let secret = &check.as_bytes()[13..];
        assert!(!bytes.windows(secret.len()).any(|it| it == secret), "the secret is stored");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn person_signs_in_with_a_key_and_is_known_by_a_token_until_it_ends() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = url(directory.path());
    let review = printed(&url, &["create", "--name", "mira", "--scope", "review", "--expires", "1d"]);
    let store = open(&url).await;
    let gate = async || {
        let access = Access::of(Some(Arc::clone(&store)), Callers::Far).await.expect("there is a key");
        Gate::open(Sources::default()).expect("valid").with_access(access)
    };
    let (gate, other) = (gate().await, gate().await);
    assert!(!gate.is_open());
    let signed_in = gate.sign_in(&review).await.expect("it is a key");
    assert!(signed_in.token.starts_with("pgs_") && !format!("{signed_in:?}").contains(&signed_in.token));
    assert_eq!(signed_in.caller.name.as_deref(), Some("mira"));
    assert!(signed_in.caller.may(Scope::Review) && !signed_in.caller.may(Scope::Admin));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let lasts = u128::try_from(signed_in.until).expect("after 1970") - now;
    assert!(lasts <= limits::SESSION.as_millis() && lasts > limits::SESSION.as_millis() - 60_000, "{lasts}");
    let token = signed_in.token.as_str();
    for gate in [&gate, &other] {
        assert_eq!(gate.session(token, &[Scope::Review]).await.expect("signed in"), signed_in.caller);
        let fault = gate.session(token, &[Scope::Admin]).await.expect_err("not for this");
        assert_eq!((fault.code, fault.reason), (fault::Code::PermissionDenied, "SCOPE_MISSING"));
    }
    let reason = async |gate: &Gate, token: &str| match gate.session(token, &[Scope::Review]).await {
        Ok(_) => "",
        Err(fault) => fault.reason,
    };
    let forged = format!("{}0000", &token[..token.len() - 4]);
    for wrong in ["", "pgs_", &forged, &review, &token[..token.len() - 1]] {
        assert_eq!(reason(&gate, wrong).await, "SESSION_UNKNOWN", "{wrong:?}");
    }
    for (wrong, told) in [("", "KEY_UNKNOWN"), (token, "KEY_UNKNOWN")] {
        assert_eq!(gate.sign_in(wrong).await.expect_err("is no key").reason, told, "{wrong:?}");
    }

    let second = gate.sign_in(&review).await.expect("again");
    assert_ne!(second.token, token);
    gate.sign_out(token).await.expect("signs out");
    assert_eq!(reason(&gate, token).await, "SESSION_UNKNOWN");
    let start = Instant::now();
    while reason(&other, token).await.is_empty() {
        assert!(start.elapsed() < Duration::from_secs(5), "a session that ended is taken for more than a second");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(reason(&other, &second.token).await, "");
    printed(&url, &["revoke", &review[4..12]]);
    let start = Instant::now();
    while reason(&other, &second.token).await.is_empty() {
        assert!(start.elapsed() < Duration::from_secs(5), "the session of a revoked key is taken for too long");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(reason(&other, &second.token).await, "SESSION_UNKNOWN");
    // Nothing on disk opens a session.
    for file in std::fs::read_dir(directory.path()).expect("readable") {
        let bytes = std::fs::read(file.expect("readable").path()).expect("readable");
        assert!(!bytes.windows(52).any(|it| it == &second.token.as_bytes()[4..]), "the token is stored");
    }
}

#[tokio::test]
async fn where_everyone_is_let_in_there_is_nothing_to_sign_in_to() {
    let gate = Gate::open(Sources::default()).expect("valid");
    assert!(gate.is_open());
    assert_eq!(gate.sign_in("pgk_").await.expect_err("there are no keys").reason, "ACCESS_OPEN");
    let caller = gate.session("", &[Scope::Admin]).await.expect("everyone");
    assert!(caller.name.is_none() && caller.may(Scope::Admin) && caller.may(Scope::Check));
    gate.sign_out("").await.expect("nothing happens");
}

#[tokio::test]
async fn without_keys_only_callers_of_this_machine_are_let_in() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = url(directory.path());
    let store = open(&url).await;
    let of = async |callers| Access::of(Some(Arc::clone(&store)), callers).await;
    assert!(matches!(of(Callers::Near).await, Ok(Access::Open)));
    assert!(matches!(of(Callers::Far).await, Err(AccessError::NoKey)));
    assert!(matches!(of(Callers::Welcome).await, Ok(Access::Open)));
    let key = printed(&url, &["create", "--name", "cms", "--scope", "check", "--scope", "review"]);
    assert!(matches!(of(Callers::Near).await, Ok(Access::Keys(_))));
    assert!(matches!(of(Callers::Far).await, Ok(Access::Keys(_))));
    assert!(matches!(of(Callers::Welcome).await, Ok(Access::Open)), "the operator says so");
    printed(&url, &["revoke", &key[4..12]]);
    assert!(matches!(of(Callers::Far).await, Err(AccessError::NoKey)), "a revoked key is none");
}

#[test]
fn keys_are_kept_where_the_configuration_has_the_store() {
    let directory = tempfile::tempdir().expect("a directory");
    let place = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    let file = directory.path().join("pagegate.toml");
    std::fs::write(&file, format!("[store]\nurl = {:?}\n", place("file.db"))).expect("written");
    let keys = |environment: Option<&str>, arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pagegate"));
        command.current_dir(directory.path()).arg("keys").args(arguments).arg("--config").arg(&file);
        command.env_remove("PAGEGATE__STORE__URL");
        command.envs(environment.map(|url| ("PAGEGATE__STORE__URL", url)));
        command.output().expect("the program runs")
    };
    let create = ["create", "--name", "cms", "--scope", "check"];
    let flag = place("flag.db");
    for (environment, more, made) in [
        (None, vec![], "file.db"),
        (Some(place("environment.db")), vec![], "environment.db"),
        (Some(place("other.db")), vec!["--store", &flag], "flag.db"),
    ] {
        assert!(!directory.path().join(made).exists(), "{made}");
        let output = keys(environment.as_deref(), &[&create[..], &more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(directory.path().join(made).exists(), "{made}");
    }
    assert!(!directory.path().join("other.db").exists() && !directory.path().join("pagegate.db").exists());
    let output = keys(Some("none"), &["list"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("there is no store, so there are no keys"), "{text}");
}

#[test]
fn commands_on_keys_refuse_what_cannot_be_meant() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = url(directory.path());
    for (arguments, told) in [
        (vec!["create", "--name", "cms"], "--scope"),
        (vec!["create", "--name", " ", "--scope", "check"], "--name is empty"),
        (vec!["create", "--name", "cms", "--scope", "all"], "check, review, admin"),
        (vec!["create", "--name", "cms", "--scope", "check", "--expires", "0d"], "1d to 3650d"),
        (vec!["revoke", "nothing"], "no key has the prefix \"nothing\""),
    ] {
        let output = keys(&url, &arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {text}");
        assert!(text.contains(told), "{arguments:?}: {text}");
    }
}
