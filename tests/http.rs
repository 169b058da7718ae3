//! A real server on a free port, and real clients of HTTP: one that is not ours, and bare sockets for what no
//! client would send.

mod common;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, LazyLock},
    thread,
    time::{Duration, Instant},
};

use common::{ARTICLE, REFUSAL, SEED};
use pagegate::{
    gate::{Gate, ReviewSettings, Sources},
    http::{self, Settings},
    limits,
    serving::Memory,
    store,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: Option<thread::JoinHandle<()>>,
}

/// The server of all tests that need nothing of their own.
static SERVER: LazyLock<Server> = LazyLock::new(|| Server::with(Settings::default()));

impl Server {
    fn shared() -> &'static Self {
        &SERVER
    }

    fn with(settings: Settings) -> Self {
        Self::of(Gate::open(Sources::default()).expect("valid"), settings)
    }

    fn of(gate: Gate, settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let served = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
                // The test may have ended in a panic.
                http::serve(listener, Arc::new(gate), settings, async { drop(stopped.await) }).await;
            });
            runtime.shutdown_background();
        });
        Self { address, stop: Some(stop), served: Some(served) }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn post(&self, path: &str, body: impl AsRef<[u8]>) -> Answer {
        self.send(path, &[("content-type", "application/json")], body)
    }

    fn send(&self, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Answer {
        let request = headers.iter().fold(client().post(self.url(path)), |it, (name, value)| it.header(*name, *value));
        Answer::of(request.send(body.as_ref()))
    }

    fn get(&self, path: &str) -> Answer {
        Answer::of(client().get(self.url(path)).call())
    }

    fn check(&self, page: &Value) -> Answer {
        self.post("/v1/pages:check", json!({ "page": page }).to_string())
    }

    /// What comes back for bytes as they are, up to the end of the connection or of patience.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a socket");
        stream.write_all(bytes).expect("written");
        let mut answer = Vec::new();
        // A reset ends the answer as well as a close does.
        drop(stream.read_to_end(&mut answer));
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server may have ended by a panic, which the join tells.
            let _ = stop.send(());
        }
        if let Some(served) = self.served.take() {
            assert!(served.join().is_ok(), "the server panicked");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.stop();
        }
    }
}

fn client() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

struct Answer {
    status: u16,
    headers: ureq::http::HeaderMap,
    text: String,
}

impl Answer {
    fn of(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Self {
        let mut answer = answer.expect("an answer");
        let text = answer.body_mut().with_config().limit(64 << 20).read_to_string().expect("UTF-8");
        Self { status: answer.status().as_u16(), headers: answer.headers().clone(), text }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|it| panic!("{it}: {}", self.text))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().expect("text"))
    }

    /// Status, name of the code and reason; the form of errors is looked at on the way.
    #[track_caller]
    fn error(&self) -> (u16, String, String) {
        let error = &self.json()["error"];
        assert_eq!(error["code"], self.status, "{}", self.text);
        assert!(error["message"].as_str().is_some_and(|it| !it.is_empty()), "{}", self.text);
        let info = &error["details"][0];
        assert_eq!(info["@type"], "type.googleapis.com/google.rpc.ErrorInfo");
        assert_eq!(info["domain"], "pagegate");
        let text = |it: &Value| it.as_str().expect("text").to_owned();
        (self.status, text(&error["status"]), text(&info["reason"]))
    }

    fn message(&self) -> String {
        self.json()["error"]["message"].as_str().expect("a message").to_owned()
    }
}

fn error(status: u16, code: &str, reason: &str) -> (u16, String, String) {
    (status, code.to_owned(), reason.to_owned())
}

fn text(title: &str, body: &str) -> Value {
    json!({ "text": { "title": title, "body": body } })
}

#[test]
fn page_is_checked_in_proto3_json_in_either_spelling() {
    let server = Server::shared();
    let answer =
        server.check(&json!({ "pageId": "7", "source": "example.com", "text": { "title": "", "body": SEED } }));
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/json");
    let result = &answer.json()["result"];
    assert_eq!((&result["verdict"], &result["pageId"]), (&json!("VERDICT_ACCEPT_CLEANED"), &json!("7")));
    let body = json!({ "page": { "page_id": "7", "source": "example.com", "text": { "title": "", "body": SEED } },
        "validate_only": true, "include": ["INCLUDE_ITEMS"] });
    let snake = server.post("/v1/pages:check", body.to_string()).json();
    assert_eq!(snake["result"]["findings"], result["findings"]);
    assert!(snake["result"]["items"].as_array().is_some_and(|it| !it.is_empty()));
    // The HTML is bytes, which are base64 in JSON.
    let html = server.check(&json!({ "html": { "body": "PHA+SGVsbG8gd29ybGQ8L3A+" } }));
    assert_eq!(html.json()["result"]["charset"], "UTF-8", "{}", html.text);
}

#[test]
fn batch_answers_in_order_and_explain_tells_of_rules() {
    let server = Server::shared();
    let body = json!({ "pages": [text("", ARTICLE), {}, text(REFUSAL, ARTICLE)] });
    let answer = server.post("/v1/pages:batchCheck", body.to_string());
    let outcomes = &answer.json()["outcomes"];
    assert_eq!(outcomes[0]["result"]["verdict"], "VERDICT_ACCEPT", "{}", answer.text);
    assert_eq!(outcomes[1]["error"]["reason"], "INVALID_PAGE");
    assert_ne!(outcomes[2]["result"]["verdict"], "VERDICT_ACCEPT");
    let body = json!({ "page": text("", SEED), "ruleIds": ["refusal/nothing"] });
    let unknown = server.post("/v1/pages:explain", body.to_string());
    assert_eq!(unknown.error(), error(404, "NOT_FOUND", "RULE_NOT_FOUND"));
    let explained = server.post("/v1/pages:explain", json!({ "page": text("", SEED) }).to_string());
    assert_eq!(explained.status, 200, "{}", explained.text);
}

#[test]
fn wrong_json_is_told_with_its_place_its_field_and_the_nearest_name() {
    let server = Server::shared();
    let answer = server.post("/v1/pages:check", "{\n  \"page\": {\n    \"txt\": {}\n  }\n}");
    assert_eq!(answer.error(), error(400, "INVALID_ARGUMENT", "MALFORMED_MESSAGE"));
    assert!(answer.message().starts_with("line 3 column "), "{}", answer.message());
    assert!(answer.message().contains("did you mean \"text\"?"), "{}", answer.message());
    let details = &answer.json()["error"]["details"];
    assert_eq!(details[0]["metadata"]["line"], "3");
    assert_eq!(details[1]["@type"], "type.googleapis.com/google.rpc.BadRequest");
    assert_eq!(details[1]["fieldViolations"][0]["field"], "page.txt", "{}", answer.text);
    for (body, told) in [
        ("", "line 1 column 0: EOF"),
        ("{", "line 1 column 1: EOF"),
        ("{\"page\": {\"text\": {\"body\": \"x\"}}} {}", "line 1 column 35: trailing characters"),
        ("{\"page\": {\"httpStatus\": \"many\"}}", "line 1 column "),
        ("{\"page\": {\"html\": {\"body\": \"§\"}}}", "line 1 column "),
        ("[]", "line 1 column "),
    ] {
        let answer = server.post("/v1/pages:check", body);
        assert_eq!(answer.error(), error(400, "INVALID_ARGUMENT", "MALFORMED_MESSAGE"), "{body}");
        assert!(answer.message().starts_with(told), "{body}: {}", answer.message());
    }
    let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(server.post("/v1/pages:check", nested).status, 400);
    let long = json!({ "page": { "httpStatus": "x".repeat(1 << 20) } }).to_string();
    assert!(server.post("/v1/pages:check", long).text.len() < 2000, "a page is not sent back");
    // A page that is JSON and breaks a rule names its field as gRPC does.
    let answer = server.check(&json!({ "pageId": "x".repeat(2000), "text": { "body": "x" } }));
    assert_eq!(answer.error(), error(400, "INVALID_ARGUMENT", "INVALID_PAGE"));
    assert_eq!(answer.json()["error"]["details"][1]["fieldViolations"][0]["field"], "page.page_id");
}

#[test]
fn wrong_paths_methods_types_and_codings_are_refused_by_name() {
    let server = Server::shared();
    assert_eq!(server.get("/v1/pages:chek").error(), error(404, "NOT_FOUND", "NOT_FOUND"));
    let get = server.get("/v1/pages:check");
    assert_eq!(get.error(), error(405, "UNIMPLEMENTED", "METHOD_NOT_ALLOWED"));
    assert_eq!(get.header("allow"), "POST");
    let body = json!({ "page": text("", SEED) }).to_string();
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "application/jsonx"]
    {
        let answer = server.send("/v1/pages:check", &[("content-type", kind)], &body);
        assert_eq!(answer.error(), error(415, "INVALID_ARGUMENT", "UNSUPPORTED_MEDIA_TYPE"), "{kind}");
    }
    let kind = ("content-type", "Application/JSON; charset=\"UTF-8\"");
    assert_eq!(server.send("/v1/pages:check", &[kind], &body).status, 200);
    let answer = server.send("/v1/pages:check", &[kind, ("content-encoding", "br")], &body);
    assert_eq!(answer.error(), error(415, "INVALID_ARGUMENT", "UNSUPPORTED_ENCODING"));
    // A page of another site cannot send JSON without asking, and is not allowed to.
    let preflight = server.raw(
        b"OPTIONS /v1/pages:check HTTP/1.1\r\nHost: x\r\nOrigin: https://example.com\r\nAccess-Control-Request-Method: POST\r\n\
          Access-Control-Request-Headers: content-type\r\nConnection: close\r\n\r\n",
    );
    assert!(preflight.starts_with("HTTP/1.1 405 "), "{preflight}");
    assert!(!preflight.to_ascii_lowercase().contains("access-control-allow"), "{preflight}");
}

#[test]
fn every_answer_says_what_it_is_not() {
    let server = Server::shared();
    let checked = server.check(&text("", SEED));
    for answer in [checked, server.get("/healthz"), server.get("/nothing"), server.get("/v1/pages:check")] {
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"));
        assert_eq!(answer.header("access-control-allow-origin"), "");
    }
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("memory");
    gzip.finish().expect("memory")
}

#[test]
fn message_beyond_the_limit_is_refused_plain_chunked_or_compressed() {
    let server = Server::shared();
    let long = vec![b' '; limits::MESSAGE_BYTES + 1];
    let too_large = error(413, "RESOURCE_EXHAUSTED", "MESSAGE_TOO_LARGE");
    assert_eq!(server.post("/v1/pages:check", &long).error(), too_large);
    let chunked = client()
        .post(server.url("/v1/pages:check"))
        .header("content-type", "application/json")
        .send(ureq::SendBody::from_reader(&mut long.as_slice()));
    assert_eq!(Answer::of(chunked).error(), too_large);
    let gzip = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert_eq!(server.send("/v1/pages:check", &gzip, gzipped(&long)).error(), too_large);
    let bomb = gzipped(&vec![b' '; 256 << 20]);
    assert_eq!(server.send("/v1/pages:check", &gzip, bomb).error(), too_large);
    let body = json!({ "page": text("", SEED) }).to_string();
    let good = server.send("/v1/pages:check", &gzip, gzipped(body.as_bytes()));
    assert_eq!(good.json()["result"]["verdict"], "VERDICT_ACCEPT_CLEANED", "{}", good.text);
    let cut = server.send("/v1/pages:check", &gzip, &gzipped(body.as_bytes())[..40]);
    assert_eq!(cut.error(), error(400, "INVALID_ARGUMENT", "MALFORMED_MESSAGE"));
}

#[test]
fn calls_beyond_the_memory_are_refused_with_a_time_to_retry() {
    let memory = Memory::new(2 * (limits::CALL_BYTES + 4 * limits::PAGE_BYTES));
    let server = Server::with(Settings { memory: Arc::new(memory), ..Settings::default() });
    for _ in 0..5 {
        let answer = server.check(&text("", &"x ".repeat(limits::PAGE_BYTES / 2)));
        assert_eq!(answer.error(), error(429, "RESOURCE_EXHAUSTED", "OVERLOADED"));
        assert_eq!(answer.header("retry-after"), "1");
        let retry = &answer.json()["error"]["details"][1];
        assert_eq!(retry["@type"], "type.googleapis.com/google.rpc.RetryInfo");
        assert_eq!(retry["retryDelay"], "1s");
    }
    assert_eq!(server.check(&text("", SEED)).status, 200, "what they held was given back");
}

#[test]
fn deadline_of_the_caller_and_of_the_server_are_kept() {
    let server = Server::shared();
    let body = json!({ "page": text("", SEED) }).to_string();
    let send = |time| {
        let headers = [("content-type", "application/json"), ("x-server-timeout", time)];
        server.send("/v1/pages:check", &headers, &body)
    };
    assert_eq!(send("0.000001").error(), error(504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"));
    assert_eq!(send("20").status, 200);
    for wrong in ["soon", "-1", "NaN", "inf", ""] {
        assert_eq!(send(wrong).error(), error(400, "INVALID_ARGUMENT", "INVALID_FIELD"), "{wrong}");
    }
    // A message that does not come is not waited for.
    let server = Server::with(Settings { max_deadline: Duration::from_millis(200), ..Settings::default() });
    let start = Instant::now();
    let answer = server.raw(
        b"POST /v1/pages:check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"page\"",
    );
    assert!(answer.starts_with("HTTP/1.1 504 "), "{answer}");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn peers_that_send_no_headers_in_time_are_cut_off() {
    let settings = Settings { header_timeout: Duration::from_millis(200), ..Settings::default() };
    let server = Server::with(settings);
    for greeting in ["", "POST /v1/pages:check HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let start = Instant::now();
        server.raw(greeting.as_bytes());
        assert!(start.elapsed() < Duration::from_secs(5), "a peer that sent {greeting:?} is still connected");
    }
    let flood: String = (0..200).map(|it| format!("x-{it}: y\r\n")).collect();
    let answer = server.raw(format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{flood}\r\n").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert_eq!(server.get("/healthz").text, "ok\n");
}

#[test]
fn peer_that_does_not_read_its_answer_is_cut_off() {
    let settings = Settings { write_timeout: Duration::from_millis(300), ..Settings::default() };
    let server = Server::with(settings);
    let page = json!({ "page": text("", &"A line that is answered as it is.\n\n".repeat(20_000)), "include": ["INCLUDE_ITEMS"] });
    let body = page.to_string();
    let head = format!(
        "POST /v1/pages:check HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    // Several answers, so that no socket buffer takes them all.
    let mut stream = TcpStream::connect(server.address).expect("it listens");
    stream.set_write_timeout(Some(Duration::from_secs(20))).expect("a socket");
    let cut = (0..100).find_map(|_| stream.write_all(format!("{head}{body}").as_bytes()).err());
    let cut = cut.expect("the peer is cut off before it sent everything");
    assert!(
        matches!(cut.kind(), std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe),
        "{cut}: the server waits for a peer that does not read"
    );
}

#[test]
fn server_without_its_store_is_not_ready() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let directory = tempfile::tempdir().expect("a directory");
    let url = format!("sqlite:{}", directory.path().join("queue.db").display());
    let settings = store::Settings { url, queue_limit: 10, connections: 2 };
    let (gate, store) = runtime.block_on(async {
        let store = store::open(&settings).await.expect("it opens");
        let gate = Gate::open(Sources::default()).expect("valid");
        (gate.with_store(Arc::clone(&store), ReviewSettings::default()).await.expect("a queue"), store)
    });
    let server = Server::of(gate, Settings::default());
    assert_eq!(server.get("/readyz").text, "ready\n");
    runtime.block_on(store.close());
    let not_ready = server.get("/readyz");
    assert_eq!(not_ready.status, 503, "{}", not_ready.text);
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn server_finishes_calls_and_takes_no_more_when_it_stops() {
    let mut server = Server::with(Settings { drain_lead: Duration::from_millis(500), ..Settings::default() });
    assert_eq!(server.get("/readyz").text, "ready\n");
    let idle = TcpStream::connect(server.address).expect("it listens");
    server.stop.take().expect("it runs").send(()).expect("it runs");
    let not_ready = loop {
        let answer = server.get("/readyz");
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!((not_ready.status, not_ready.text.as_str()), (503, "not ready: the server is stopping\n"));
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(server.check(&text("", SEED)).status, 200, "calls are answered during the lead");
    let start = Instant::now();
    server.stop();
    assert!(start.elapsed() < Duration::from_secs(5), "an idle connection does not hold up the end");
    assert!(TcpStream::connect(server.address).is_err());
    drop(idle);
}

#[test]
fn metrics_count_and_never_show_what_was_sent() {
    let server = Server::shared();
    let canary = "zanzibarquux";
    let page = json!({ "pageId": canary, "source": canary, "url": format!("https://{canary}.example/"),
        "text": { "title": format!("{canary} {REFUSAL}"), "body": format!("{canary}\n\n{SEED}") } });
    assert_eq!(server.check(&page).status, 200);
    assert_eq!(server.post(&format!("/{canary}"), "x").status, 404);
    let path = format!("/v1/pages:check?{canary}");
    assert_eq!(server.post(&path, format!("{{\"{canary}\": 1}}")).status, 400);
    let metrics = server.get("/metrics");
    assert!(metrics.header("content-type").starts_with("application/openmetrics-text"));
    for line in [
        "# TYPE pagegate_pages_checked counter",
        "pagegate_calls_total{front=\"http\",method=\"CheckPage\",code=\"OK\"} ",
        "pagegate_calls_total{front=\"http\",method=\"CheckPage\",code=\"INVALID_ARGUMENT\"} ",
        "pagegate_check_duration_seconds_count ",
        "pagegate_calls_in_flight{front=\"http\"} ",
        "pagegate_memory_in_flight ",
        "pagegate_calls_shed_total ",
    ] {
        assert!(metrics.text.lines().any(|it| it.starts_with(line)), "{line} in\n{}", metrics.text);
    }
    assert!(metrics.text.contains("pagegate_rule_hits_total{rule=\""), "{}", metrics.text);
    assert!(metrics.text.ends_with("# EOF\n"));
    assert!(!metrics.text.contains(canary), "{}", metrics.text);
}

/// The parts of a JSON pointer within the description are all there.
fn check_references(description: &Value, value: &Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                let target = reference.strip_prefix('#').and_then(|it| description.pointer(it));
                assert!(target.is_some_and(Value::is_object), "{reference} leads nowhere");
            }
            fields.values().for_each(|it| check_references(description, it));
        }
        Value::Array(values) => values.iter().for_each(|it| check_references(description, it)),
        _ => {}
    }
}

#[test]
fn description_in_openapi_is_whole_and_the_one_in_the_repository() {
    let server = Server::shared();
    let answer = server.get("/openapi.json");
    let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json")).unwrap_or_default();
    assert!(answer.text == kept, "docs/openapi.json is not what the server says: save what it answers there");
    let description = answer.json();
    check_references(&description, &description);
    let schemas = &description["components"]["schemas"];
    let page = &schemas["Page"]["properties"];
    assert_eq!(page["html"]["$ref"], "#/components/schemas/HtmlContent");
    assert_eq!(page["headers"]["additionalProperties"]["type"], "string");
    assert_eq!(page["fetchTime"]["format"], "date-time");
    assert_eq!(schemas["HtmlContent"]["properties"]["body"]["contentEncoding"], "base64");
    assert!(schemas["Verdict"]["enum"].as_array().is_some_and(|it| it.contains(&json!("VERDICT_REJECT"))));
    for (name, schema) in schemas.as_object().expect("schemas") {
        assert!(schema["description"].as_str().is_some_and(|it| !it.is_empty()), "{name} has no description");
    }
    for path in ["/v1/pages:check", "/v1/pages:batchCheck", "/v1/pages:explain"] {
        assert!(description["paths"][path]["post"]["requestBody"].is_object(), "{path}");
    }
}

#[test]
fn pages_of_an_open_server_are_given_under_its_own_names_alone() {
    let server = Server::shared();
    let get =
        |host: &str| server.raw(format!("GET /rules HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes());
    assert!(get("localhost:8080").starts_with("HTTP/1.1 200 "), "{}", get("localhost:8080"));
    let foreign = get("evil.example");
    assert!(foreign.starts_with("HTTP/1.1 403 ") && foreign.contains("evil.example"), "{foreign}");
    let open = Server::with(Settings { any_host: true, ..Settings::default() });
    let page = open.raw(b"GET /rules HTTP/1.1\r\nHost: gate.example\r\nConnection: close\r\n\r\n");
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
}

#[test]
fn address_that_leads_nowhere_is_told_to_programs_in_json_and_to_people_as_a_page() {
    let server = Server::shared();
    let answer = server.get("/nothing");
    assert_eq!((answer.status, answer.json()["error"]["status"].as_str()), (404, Some("NOT_FOUND")));
    let page = server.raw(b"GET /nothing HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    assert!(page.starts_with("HTTP/1.1 404 ") && page.contains("<h1>"), "{page}");
}

#[test]
fn form_that_no_page_of_the_server_sent_changes_nothing() {
    let server = Server::shared();
    for (headers, status) in [
        (&[("sec-fetch-site", "same-origin")][..], 303),
        (&[("sec-fetch-site", "cross-site")], 403),
        (&[("origin", "https://evil.example")], 403),
        (&[], 403),
    ] {
        let form = [("content-type", "application/x-www-form-urlencoded")];
        let headers: Vec<(&str, &str)> = headers.iter().chain(&form).copied().collect();
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
        let request =
            headers.iter().fold(agent.post(server.url("/sign-in")), |it, (name, value)| it.header(*name, *value));
        let answer = Answer::of(request.send("name=Ann".as_bytes()));
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.text);
    }
}
