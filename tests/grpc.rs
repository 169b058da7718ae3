//! A real server on a free port, and a real client.

mod common;
#[path = "common/hostile.rs"]
mod hostile;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use common::{ARTICLE, REFUSAL, SEED, SEED_HTML};
use pagegate::{
    gate::{Gate, Sources},
    grpc::{self, Settings},
    limits,
    page::{self, PageDraft},
    proto::{
        self, BatchCheckPagesRequest, CheckPageRequest, CheckResult, ExplainPageRequest, GetRuleRequest,
        ListRulesRequest, ReloadRulesRequest, RuleOutcome, StreamCheckPagesRequest,
        check_service_client::CheckServiceClient, page::Content, page_outcome::Outcome,
        rule_service_client::RuleServiceClient,
    },
    serving::Memory,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use tonic::{Code, Status, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_types::StatusExt;

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), grpc::ServeError>>,
}

impl Server {
    async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    async fn with(settings: Settings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let gate = Gate::open(Sources::default()).expect("valid");
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let served = tokio::spawn(grpc::serve(listener, Arc::new(gate), settings, shutdown));
        Self { address, stop, served }
    }

    async fn channel(&self) -> Channel {
        Channel::from_shared(format!("http://{}", self.address))
            .expect("an address")
            .connect()
            .await
            .expect("the server listens")
    }

    async fn client(&self) -> CheckServiceClient<Channel> {
        CheckServiceClient::new(self.channel().await)
            .max_encoding_message_size(64 << 20)
            .max_decoding_message_size(64 << 20)
    }

    async fn stop(self) {
        self.stop.send(()).expect("still serving");
        self.served.await.expect("no panic").expect("a clean stop");
    }
}

fn page(content: Content) -> proto::Page {
    proto::Page { content: Some(content), ..proto::Page::default() }
}

fn text(title: &str, body: &str) -> proto::Page {
    page(Content::Text(proto::TextContent { title: title.into(), body: body.into() }))
}

async fn check(server: &Server, page: proto::Page) -> Result<CheckResult, Status> {
    let request = CheckPageRequest { page: Some(page), ..CheckPageRequest::default() };
    Ok(server.client().await.check_page(request).await?.into_inner().result.expect("every answer has a result"))
}

/// Code, reason and violated fields of an error.
fn error(status: &Status) -> (Code, String, Vec<String>) {
    let details = status.get_error_details();
    let reason =
        details.error_info().map(|it| (it.reason.clone(), it.domain.clone())).expect("every error has ErrorInfo");
    assert_eq!(reason.1, "pagegate");
    let fields = details.bad_request().map(|it| it.field_violations.iter().map(|it| it.field.clone()).collect());
    (status.code(), reason.0, fields.unwrap_or_default())
}

#[tokio::test]
async fn check_page_answers_as_the_engine_does() {
    let server = Server::start().await;
    let result = check(&server, text("", SEED)).await.expect("a result");
    assert_eq!(result.verdict(), proto::Verdict::AcceptCleaned);
    assert_eq!(result.page_id.len(), 32);
    let cleaned = result.cleaned.expect("a cleaned page");
    assert!(cleaned.title.starts_with("Nagorno‑Karabakh Talks"));
    assert_eq!(cleaned.text.split("\n\n").count(), 3);
    assert_eq!(cleaned.removals.len(), 8);
    let html = proto::HtmlContent { body: SEED_HTML.into(), ..proto::HtmlContent::default() };
    let of_html = check(&server, page(Content::Html(html))).await.expect("a result");
    assert_eq!(of_html.cleaned.expect("a cleaned page").text, cleaned.text);
    assert_eq!(of_html.charset, "UTF-8");
    assert_eq!(of_html.facts.expect("facts").canonical_url, "https://meridian.example/world/karabakh-talks/");
    server.stop().await;
}

#[tokio::test]
async fn check_page_gives_items_and_removals_the_callers_ids() {
    let server = Server::start().await;
    let item = |id: &str, kind: proto::ItemKind, text: &str| proto::Item {
        item_id: id.into(),
        kind: kind.into(),
        text: text.into(),
        ..proto::Item::default()
    };
    let mut items = vec![
        item("t", proto::ItemKind::Title, "Ferry to run twice a day"),
        item("w", proto::ItemKind::Paragraph, "No time to read?"),
    ];
    items.extend(
        ARTICLE.split("\n\n").enumerate().map(|(at, it)| item(&format!("p{at}"), proto::ItemKind::Paragraph, it)),
    );
    let request = CheckPageRequest {
        page: Some(page(Content::Items(proto::ItemContent { items }))),
        include: vec![proto::Include::Items.into(), 999],
        ..CheckPageRequest::default()
    };
    let response = server.client().await.check_page(request).await.expect("a result").into_inner();
    let result = response.result.expect("a result");
    let cleaned = result.cleaned.expect("a cleaned page");
    assert_eq!(cleaned.removals.iter().map(|it| it.item_id.as_str()).collect::<Vec<_>>(), ["w"]);
    assert_eq!(
        result.items.iter().map(|it| it.item_id.as_str()).collect::<Vec<_>>(),
        ["t", "w", "p0", "p1", "p2", "p3"]
    );
    let span = cleaned.removals[0].source_span.as_ref().expect("a place");
    assert_eq!((span.field.as_str(), span.start, span.end), ("items[1].text", 0, 16));
    server.stop().await;
}

#[tokio::test]
async fn bad_input_is_invalid_argument_with_each_field_named() {
    let server = Server::start().await;
    let mut client = server.client().await;
    let missing = client.check_page(CheckPageRequest::default()).await.expect_err("no page");
    assert_eq!(error(&missing), (Code::InvalidArgument, "INVALID_FIELD".into(), vec!["page".into()]));
    let empty =
        check(&server, proto::Page { http_status: 42, ..proto::Page::default() }).await.expect_err("no content");
    assert_eq!(
        error(&empty),
        (Code::InvalidArgument, "INVALID_PAGE".into(), vec!["page.http_status".into(), "page.content".into()])
    );
    let long = check(&server, text("", &"x".repeat(limits::PAGE_BYTES + 1))).await.expect_err("too long");
    assert_eq!(error(&long), (Code::InvalidArgument, "INVALID_PAGE".into(), vec!["page.text.body".into()]));
    assert!(long.message().contains("has 4194305 bytes, limit is 4194304"), "{}", long.message());
    let at_the_limit = check(&server, text("", &"x ".repeat(limits::PAGE_BYTES / 2))).await;
    assert!(at_the_limit.is_ok());
    server.stop().await;
}

#[tokio::test]
async fn refusing_headline_is_rejected_over_the_wire() {
    let server = Server::start().await;
    let result = check(&server, text(REFUSAL, "")).await.expect("a result");
    assert_eq!(result.verdict(), proto::Verdict::Reject);
    let decider = result.decided_by.and_then(|it| it.decider);
    assert!(decider.is_some(), "the answer names what decided");
    assert_eq!((result.ruleset_revision.len(), result.policy_revision.len()), (16, 16));
    server.stop().await;
}

#[tokio::test]
async fn health_is_served_and_turns_when_the_server_drains() {
    let server = Server::start().await;
    let mut health = HealthClient::new(server.channel().await);
    for service in ["", "pagegate.v1.CheckService"] {
        let answer = health.check(HealthCheckRequest { service: service.into() }).await.expect("health answers");
        assert_eq!(answer.into_inner().status(), ServingStatus::Serving);
    }
    let mut watch =
        health.watch(HealthCheckRequest { service: String::new() }).await.expect("health answers").into_inner();
    assert_eq!(watch.message().await.expect("open").expect("a status").status(), ServingStatus::Serving);
    server.stop.send(()).expect("still serving");
    assert_eq!(watch.message().await.expect("open").expect("a status").status(), ServingStatus::NotServing);
    drop((watch, health));
    server.served.await.expect("no panic").expect("a clean stop");
}

#[tokio::test]
async fn reflection_lists_the_services_in_both_versions() {
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let server = Server::start().await;
    let mut client = ServerReflectionClient::new(server.channel().await);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let answer = client.server_reflection_info(tokio_stream::once(request)).await.expect("reflection answers");
    let response = answer.into_inner().message().await.expect("open").expect("an answer").message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = response else { panic!("no list: {response:?}") };
    let names: Vec<String> = list.service.into_iter().map(|it| it.name).collect();
    for name in ["pagegate.v1.CheckService", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"] {
        assert!(names.iter().any(|it| it == name), "{name} in {names:?}");
    }
    server.stop().await;
}

fn streamed(id: u64, page: proto::Page) -> StreamCheckPagesRequest {
    StreamCheckPagesRequest { correlation_id: id, page: Some(page), ..StreamCheckPagesRequest::default() }
}

#[tokio::test]
async fn stream_answers_each_page_once_and_a_bad_one_does_not_end_it() {
    let server = Server::start().await;
    let pages = (0..100).map(|id| match id {
        7 => streamed(id, proto::Page::default()),
        8 => StreamCheckPagesRequest { request_id: "x".repeat(65), ..streamed(id, text("", SEED)) },
        _ => streamed(id, text("", SEED)),
    });
    let answers = server.client().await.stream_check_pages(tokio_stream::iter(pages)).await.expect("a stream");
    let mut answers = answers.into_inner();
    let mut seen = std::collections::BTreeMap::new();
    while let Some(answer) = answers.message().await.expect("the stream ends with OK") {
        let outcome = answer.outcome.and_then(|it| it.outcome).expect("an outcome");
        assert!(seen.insert(answer.correlation_id, outcome).is_none(), "answered twice");
    }
    assert_eq!(seen.len(), 100);
    for (id, outcome) in seen {
        match outcome {
            Outcome::Result(result) => assert_eq!(result.verdict(), proto::Verdict::AcceptCleaned, "page {id}"),
            Outcome::Error(error) => {
                assert_eq!(error.code, Code::InvalidArgument as i32);
                let field = if id == 7 { "page.content" } else { "request_id" };
                assert_eq!(error.field_violations[0].field, field, "page {id}");
                assert!(id == 7 || id == 8, "page {id}: {}", error.message);
            }
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn stream_takes_no_page_beyond_its_window_while_answers_are_not_read() {
    let server = Server::with(Settings { stream_window: 2, ..Settings::default() }).await;
    let (pages, sent) = tokio::sync::mpsc::channel(1);
    let stream = tokio_stream::wrappers::ReceiverStream::new(sent);
    let mut answers = server.client().await.stream_check_pages(stream).await.expect("a stream").into_inner();
    // Large pages: answers fill the connection's window, so the server must stop reading.
    let body = format!("{ARTICLE}\n\n").repeat(50);
    let mut count = 0;
    while tokio::time::timeout(Duration::from_secs(1), pages.send(streamed(count, text("", &body)))).await.is_ok() {
        count += 1;
        assert!(count < 400, "the server reads without bound");
    }
    drop(pages);
    let mut answered = 0;
    while answers.message().await.expect("open").is_some() {
        answered += 1;
    }
    assert_eq!(answered, count);
    server.stop().await;
}

#[tokio::test]
async fn stream_tells_a_draining_server_from_its_end() {
    let server = Server::start().await;
    let (pages, sent) = tokio::sync::mpsc::channel(1);
    let stream = tokio_stream::wrappers::ReceiverStream::new(sent);
    let mut answers = server.client().await.stream_check_pages(stream).await.expect("a stream").into_inner();
    pages.send(streamed(1, text("", SEED))).await.expect("open");
    assert_eq!(answers.message().await.expect("open").expect("an answer").correlation_id, 1);
    server.stop.send(()).expect("still serving");
    let status = answers.message().await.expect_err("draining");
    assert_eq!(error(&status), (Code::Unavailable, "DRAINING".into(), vec![]));
    drop((pages, answers));
    server.served.await.expect("no panic").expect("a clean stop");
}

#[tokio::test]
async fn batch_answers_in_order_and_each_page_for_itself() {
    let server = Server::start().await;
    let pages = vec![text("", SEED), proto::Page::default(), text(REFUSAL, "")];
    let request = BatchCheckPagesRequest { pages, ..BatchCheckPagesRequest::default() };
    let outcomes = server.client().await.batch_check_pages(request).await.expect("answers").into_inner().outcomes;
    let verdicts: Vec<Result<proto::Verdict, String>> = outcomes
        .into_iter()
        .map(|it| match it.outcome.expect("an outcome") {
            Outcome::Result(result) => Ok(result.verdict()),
            Outcome::Error(error) => Err(error.reason),
        })
        .collect();
    assert_eq!(verdicts, [Ok(proto::Verdict::AcceptCleaned), Err("INVALID_PAGE".into()), Ok(proto::Verdict::Reject)]);
    for count in [0, limits::BATCH_PAGES + 1] {
        let request = BatchCheckPagesRequest { pages: vec![text("", "a"); count], ..BatchCheckPagesRequest::default() };
        let status = server.client().await.batch_check_pages(request).await.expect_err("too few or too many");
        assert_eq!(error(&status), (Code::InvalidArgument, "INVALID_FIELD".into(), vec!["pages".into()]));
    }
    server.stop().await;
}

#[tokio::test]
async fn explain_tells_which_rules_fired_and_which_did_not() {
    let server = Server::start().await;
    let known = RuleServiceClient::new(server.channel().await)
        .list_rules(ListRulesRequest {
            page_size: 1000,
            kind: proto::JunkKind::Parked.into(),
            ..ListRulesRequest::default()
        })
        .await
        .expect("a list")
        .into_inner()
        .rules;
    let ids = vec![known[0].rule_id.clone(), "refusal/subjectless-headline-en".to_owned()];
    let request = ExplainPageRequest { page: Some(text("", SEED)), rule_ids: ids.clone() };
    let answer = server.client().await.explain_page(request).await.expect("an answer").into_inner();
    assert_eq!(answer.result.expect("a result").verdict(), proto::Verdict::AcceptCleaned);
    let of = |id: &str| answer.traces.iter().filter(|it| it.rule_id == id).collect::<Vec<_>>();
    assert_eq!(of(&ids[0]).iter().map(|it| it.outcome()).collect::<Vec<_>>(), [RuleOutcome::NoKeyword]);
    let fired = of(&ids[1]);
    let fired = fired.iter().find(|it| it.outcome() == RuleOutcome::Fired).expect("the refusal fired");
    assert_eq!((fired.words.as_str(), fired.r#where.as_str()), (REFUSAL, "link"));
    let label = of("widget/previous-next-en");
    assert!(label.iter().any(|it| it.outcome() == RuleOutcome::Fired), "{label:?}");
    let request =
        ExplainPageRequest { page: Some(text("", SEED)), rule_ids: vec!["refusal/subjectless-headlin-en".into()] };
    let status = server.client().await.explain_page(request).await.expect_err("no such rule");
    assert_eq!(error(&status).0, Code::NotFound);
    assert!(status.message().contains("did you mean \"refusal/subjectless-headline-en\"?"), "{}", status.message());
    server.stop().await;
}

#[tokio::test]
async fn rules_are_listed_page_by_page_and_given_whole() {
    let server = Server::start().await;
    let mut client = RuleServiceClient::new(server.channel().await);
    let mut ids = Vec::new();
    let mut token = String::new();
    loop {
        let request = ListRulesRequest { page_size: 70, page_token: token, kind: 0 };
        let answer = client.list_rules(request).await.expect("a list").into_inner();
        assert!(answer.rules.len() <= 70);
        ids.extend(answer.rules.into_iter().map(|it| it.rule_id));
        token = answer.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(ids, sorted, "by id, each once");
    assert!(ids.iter().any(|it| it == "widget/repeated-run"), "what is found by structure is listed, too");
    let rule = client.get_rule(GetRuleRequest { rule_id: "refusal/subjectless-headline-en".into() }).await;
    let rule = rule.expect("known").into_inner().rule.expect("a rule");
    assert!(!rule.pattern.is_empty() && !rule.why.is_empty() && rule.matches.len() >= 3);
    let status = client.get_rule(GetRuleRequest { rule_id: "no/rule".into() }).await.expect_err("unknown");
    assert_eq!(error(&status), (Code::NotFound, "RULE_NOT_FOUND".into(), vec![]));
    let negative = ListRulesRequest { page_size: -1, ..ListRulesRequest::default() };
    assert_eq!(error(&client.list_rules(negative).await.expect_err("negative")).2, ["page_size"]);
    let strange = ListRulesRequest { page_token: "strange".into(), ..ListRulesRequest::default() };
    assert_eq!(error(&client.list_rules(strange).await.expect_err("no token")).2, ["page_token"]);
    server.stop().await;
}

#[tokio::test]
async fn rules_are_reloaded_and_checked_without_reloading() {
    let server = Server::start().await;
    let mut client = RuleServiceClient::new(server.channel().await);
    let checked = client.reload_rules(ReloadRulesRequest { validate_only: true }).await.expect("valid").into_inner();
    assert!(!checked.reloaded && checked.problems.is_empty() && checked.rule_count > 100);
    let reloaded = client.reload_rules(ReloadRulesRequest::default()).await.expect("valid").into_inner();
    assert!(reloaded.reloaded);
    assert_eq!(reloaded.ruleset_revision, checked.ruleset_revision);
    server.stop().await;
}

#[tokio::test]
async fn deadline_that_passes_is_deadline_exceeded() {
    // The server's own time, because tonic's client gives up by itself when the caller's is over.
    let server = Server::with(Settings { max_deadline: Duration::from_millis(1), ..Settings::default() }).await;
    let status = check(&server, text("", &ARTICLE.repeat(500))).await.expect_err("too late");
    assert_eq!(error(&status), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".into(), vec![]));
    let mut request =
        tonic::Request::new(CheckPageRequest { page: Some(text("", "a")), ..CheckPageRequest::default() });
    request.metadata_mut().insert("grpc-timeout", "soon".parse().expect("ASCII"));
    let status = server.client().await.check_page(request).await.expect_err("no time");
    assert_eq!(error(&status), (Code::InvalidArgument, "INVALID_FIELD".into(), vec!["grpc-timeout".into()]));
    server.stop().await;
}

/// A call of bytes that no generated client would send.
async fn raw(server: &Server, path: &str, message: Vec<u8>) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(server.channel().await);
    client.ready().await.expect("ready");
    let path = path.parse().expect("a path");
    let answer: Result<tonic::Response<Vec<u8>>, Status> =
        client.unary(tonic::Request::new(message), path, RawCodec).await;
    answer.map(|_| ())
}

/// Sends bytes as they are.
struct RawCodec;

impl tonic::codec::Codec for RawCodec {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl tonic::codec::Encoder for RawCodec {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, to: &mut tonic::codec::EncodeBuf<'_>) -> Result<(), Status> {
        bytes::BufMut::put_slice(to, &item);
        Ok(())
    }
}

impl tonic::codec::Decoder for RawCodec {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut tonic::codec::DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let bytes = bytes::Buf::remaining(from);
        Ok(Some(bytes::Buf::copy_to_bytes(from, bytes).to_vec()))
    }
}

#[tokio::test]
async fn bytes_that_are_no_protobuf_are_invalid_argument() {
    let server = Server::start().await;
    let check = "/pagegate.v1.CheckService/CheckPage";
    // A lone surrogate in a string field: page.page_id = ED A0 80.
    let surrogate = vec![0x0a, 0x05, 0x0a, 0x03, 0xed, 0xa0, 0x80];
    for message in [vec![0xff; 40], vec![0x0a, 0x7f, 0x01], surrogate] {
        for path in [check, "/pagegate.v1.CheckService/StreamCheckPages", "/pagegate.v1.RuleService/GetRule"] {
            // To GetRule the surrogate's message is a string of its own, as bad.
            let status = raw(&server, path, message.clone()).await.expect_err("no protobuf");
            assert_eq!(
                error(&status),
                (Code::InvalidArgument, "MALFORMED_MESSAGE".into(), vec![]),
                "{path} {message:?}"
            );
        }
    }
    let status = raw(&server, "/pagegate.v1.CheckService/NoSuchMethod", vec![]).await.expect_err("no such method");
    assert_eq!(error(&status), (Code::Unimplemented, "UNIMPLEMENTED".into(), vec![]));
    let status = raw(&server, "/no.such.Service/Method", vec![]).await.expect_err("no such service");
    assert_eq!(error(&status), (Code::Unimplemented, "UNIMPLEMENTED".into(), vec![]));
    server.stop().await;
}

#[tokio::test]
async fn message_beyond_the_limit_is_resource_exhausted_plain_or_compressed() {
    use tonic::codec::CompressionEncoding::{Gzip, Zstd};
    let server = Server::start().await;
    let large = || {
        let page = text("", &"x".repeat(limits::MESSAGE_BYTES));
        CheckPageRequest { page: Some(page), ..CheckPageRequest::default() }
    };
    let plain = server.client().await.check_page(large()).await.expect_err("too long");
    assert_eq!(error(&plain), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".into(), vec![]));
    for encoding in [Gzip, Zstd] {
        let mut client = server.client().await.send_compressed(encoding);
        let bomb = client.check_page(large()).await.expect_err("a bomb");
        assert_eq!(error(&bomb), (Code::ResourceExhausted, "MESSAGE_TOO_LARGE".into(), vec![]), "{encoding:?}");
        let page = CheckPageRequest { page: Some(text("", SEED)), ..CheckPageRequest::default() };
        assert!(client.check_page(page).await.is_ok(), "{encoding:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn calls_beyond_the_memory_are_refused_at_once_with_a_time_to_retry() {
    let bytes = 2 * (limits::CALL_BYTES + 4 * limits::PAGE_BYTES);
    let server = Server::with(Settings { memory: Arc::new(Memory::new(bytes)), ..Settings::default() }).await;
    let status = check(&server, text("", &"x ".repeat(limits::PAGE_BYTES / 2))).await.expect_err("6 times 4 MiB");
    assert_eq!(error(&status), (Code::ResourceExhausted, "OVERLOADED".into(), vec![]));
    let retry = status.get_error_details().retry_info().and_then(|it| it.retry_delay).expect("a time to retry");
    assert!(retry > Duration::ZERO);
    // Again and again: a refusal never comes as a broken call, however much of the message is still to be sent.
    for _ in 0..20 {
        let status = check(&server, text("", &"x ".repeat(limits::PAGE_BYTES / 2))).await.expect_err("6 times 4 MiB");
        assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    }
    assert!(check(&server, text("", SEED)).await.is_ok(), "what it held was given back");
    server.stop().await;
}

/// A draft as a client would send it.
fn message(draft: PageDraft) -> proto::Page {
    let content = draft.content.map(|it| match it {
        page::Content::Html { body, title, .. } => {
            Content::Html(proto::HtmlContent { body, title, ..proto::HtmlContent::default() })
        }
        page::Content::Text { title, body } => Content::Text(proto::TextContent { title, body }),
        page::Content::Items(items) => {
            let item = |it: page::ContentItem| proto::Item { item_id: it.id, text: it.text, url: it.url, kind: 0 };
            Content::Items(proto::ItemContent { items: items.into_iter().map(item).collect() })
        }
    });
    proto::Page {
        page_id: draft.id,
        source: draft.source,
        url: draft.url,
        requested_url: draft.requested_url,
        http_status: draft.http_status,
        headers: draft.headers.into_iter().collect(),
        content_type: draft.content_type,
        language: draft.language,
        content,
        ..proto::Page::default()
    }
}

#[tokio::test]
async fn hostile_pages_get_an_answer_or_a_clear_error_over_the_wire() {
    let server = Server::start().await;
    for (name, draft) in hostile::cases_of(64 << 10) {
        match check(&server, message(draft)).await {
            Ok(result) => assert_ne!(result.verdict(), proto::Verdict::Unspecified, "{name}"),
            Err(status) => assert_eq!(error(&status).0, Code::InvalidArgument, "{name}: {status}"),
        }
    }
    let after = check(&server, text("", SEED)).await.expect("the server lives");
    assert_eq!(after.verdict(), proto::Verdict::AcceptCleaned);
    server.stop().await;
}

#[tokio::test]
async fn connections_that_do_not_greet_are_closed_in_time() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let settings = Settings { handshake_timeout: Duration::from_millis(200), ..Settings::default() };
    let server = Server::with(settings).await;
    for greeting in ["", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"] {
        let mut peer = tokio::net::TcpStream::connect(server.address).await.expect("the server listens");
        peer.write_all(greeting.as_bytes()).await.expect("written");
        let closed = tokio::time::timeout(Duration::from_secs(5), peer.read_to_end(&mut Vec::new())).await;
        assert!(closed.is_ok(), "a peer that sent {greeting:?} is still connected");
    }
    server.stop().await;
}

#[tokio::test]
async fn old_connections_end_and_the_client_sees_no_error() {
    let settings = Settings {
        max_connection_age: Duration::from_millis(100),
        max_connection_age_jitter: Duration::from_millis(50),
        ..Settings::default()
    };
    let server = Server::with(settings).await;
    let mut client = server.client().await;
    let start = std::time::Instant::now();
    while start.elapsed() < Duration::from_secs(1) {
        let request = CheckPageRequest { page: Some(text("", "One line.")), ..CheckPageRequest::default() };
        match client.check_page(request.clone()).await {
            Ok(_) => {}
            // The connection ended between the client's choice of it and the sending. Nothing was sent; other gRPC
            // clients send such a call again by themselves, tonic's does not. What the server says has details.
            Err(status) if status.code() == Code::Cancelled && status.details().is_empty() => {
                client.check_page(request).await.expect("the channel connects anew");
            }
            Err(status) => panic!("{status}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.stop().await;
}

#[tokio::test]
async fn silent_peer_does_not_keep_the_server_from_stopping() {
    let server = Server::start().await;
    let silent = tokio::net::TcpStream::connect(server.address).await.expect("the server listens");
    let answered = check(&server, text("", "One line.")).await;
    assert!(answered.is_ok());
    server.stop.send(()).expect("still serving");
    let stopped = tokio::time::timeout(Duration::from_secs(15), server.served).await;
    stopped.expect("the time to drain is bounded").expect("no panic").expect("a clean stop");
    drop(silent);
}
