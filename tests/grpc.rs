//! A real server on a free port, and a real client.

mod common;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use common::{ARTICLE, REFUSAL, SEED, SEED_HTML};
use pagegate::{
    gate::Gate,
    grpc, limits,
    proto::{self, CheckPageRequest, CheckResult, check_service_client::CheckServiceClient, page::Content},
    rule::RuleSet,
    verdict::{Policy, policy::Profile},
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
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let gate =
            Gate::new(RuleSet::embedded().expect("valid"), Policy::new(Profile::News, Vec::new()).expect("valid"));
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            let _ = stopped.await;
        };
        let served = tokio::spawn(grpc::serve(listener, Arc::new(gate), true, shutdown));
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
