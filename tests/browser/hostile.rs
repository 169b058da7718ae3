//! Hostile text, sent through gRPC into every field that takes text.
//!
//! `payloads.jsonl` has a payload a line. `XSS` in it becomes a call that tells the script which payload ran, `HOST`
//! the address of a server that must never be asked.

use pagegate::proto::{
    BatchDecideReviewItemsRequest, CheckPageRequest, ClaimReviewItemRequest, DecideReviewItemRequest, Decision,
    HtmlContent, Item, ItemContent, Page, SkipReviewItemRequest, TextContent, UndoDecisionRequest,
    check_service_client::CheckServiceClient, page::Content, review_service_client::ReviewServiceClient,
};
use tonic::transport::Channel;

/// A line that holds a page for review, whatever stands beside it.
const HELD: &str = "I'm sorry, but I can't assist with that request.";
/// What an article says; with it a page is worth a look.
const ARTICLE: [&str; 2] = [
    "The ferry between the two islands will run twice a day from May, the harbour authority announced on Thursday. \
     Until now there was one crossing each morning, which left visitors without a way back in the evening.",
    "Hotel owners on the smaller island welcomed the decision, said Marta Lind, who runs a guest house near the \
     lighthouse. The council will meet on the second of June to decide whether the road is to be closed.",
];
/// Payloads in one page of many.
const TOGETHER: usize = 12;

/// The payloads, ready to be sent; the number of each is in it.
pub(crate) fn payloads(port: u16) -> Vec<String> {
    let lines = include_str!("payloads.jsonl").lines();
    let ready = lines.enumerate().map(|(number, line)| {
        let text: String = serde_json::from_str(line).expect("a string in JSON");
        text.replace("XSS", &format!("__xss({number})")).replace("HOST", &format!("127.0.0.1:{port}/{number}"))
    });
    ready.collect()
}

/// Sends all payloads as pages, and as what reviewers write. Returns the review items.
pub(crate) async fn send(address: &str, payloads: &[String]) -> Vec<String> {
    let channel = Channel::from_shared(address.to_owned()).expect("an address").connect().await.expect("it listens");
    let mut sender = Sender { channel, items: Vec::new() };
    for (number, payload) in payloads.iter().enumerate() {
        sender.check(alone(number, payload)).await;
    }
    for together in payloads.chunks(TOGETHER) {
        sender.check(document(together)).await;
        sender.check(items(together)).await;
    }
    sender.review(payloads).await;
    sender.items
}

/// A part of a text that fits into `bytes`.
fn within(text: &str, bytes: usize) -> String {
    text[..text.floor_char_boundary(bytes)].to_owned()
}

/// A page with one payload in every field that takes one: text and HTML by turns.
fn alone(number: usize, payload: &str) -> Page {
    let [first, second] = ARTICLE;
    let content = if number.is_multiple_of(2) {
        Content::Text(TextContent {
            title: payload.to_owned(),
            body: format!("{first}\n\n{HELD} {payload}\n\n{second}\n\n{payload}"),
        })
    } else {
        let body = format!(
            "<title>{payload}</title><h1>{payload}</h1><article><p>{first}</p><p>{HELD}</p><p>{second}</p><p>{payload}</p></article>"
        );
        Content::Html(HtmlContent { body: body.into_bytes(), title: payload.to_owned(), ..HtmlContent::default() })
    };
    let header = |name: &str| (name.to_owned(), payload.to_owned());
    Page {
        page_id: payload.to_owned(),
        source: within(payload, 255),
        url: payload.to_owned(),
        requested_url: payload.to_owned(),
        headers: [header("server"), header("refresh"), header("link"), header(payload)].into_iter().collect(),
        content_type: if number.is_multiple_of(2) { payload.to_owned() } else { String::new() },
        language: within(payload, 64),
        content: Some(content),
        ..Page::default()
    }
}

/// An HTML page with payloads wherever markup takes text.
fn document(payloads: &[String]) -> Page {
    let quoted = |it: &String| it.replace('"', "&quot;");
    let places: String = payloads
        .iter()
        .map(|it| {
            format!(
                "<p>{it}</p>\n<p title=\"{0}\">A line of text that is long enough to be an article's.</p>\n<!-- {it} -->\n\
                 <ul><li>{it}</li></ul><pre>{it}</pre><blockquote>{it}</blockquote><img alt=\"{0}\" src=\"{0}\">\
                 <a href=\"{0}\">{it}</a><table><tr><td>{it}</td></tr></table>",
                quoted(it)
            )
        })
        .collect();
    let head: String =
        payloads.iter().map(|it| format!("<meta property=\"og:title\" content=\"{}\">", quoted(it))).collect();
    let first = quoted(&payloads[0]);
    let article = ARTICLE.join("</p><p>");
    let body = format!(
        "<!doctype html><html><head><title>Hostile page</title>{head}<meta name=\"author\" content=\"{first}\">\
         <link rel=canonical href=\"{first}\"><meta property=\"og:image\" content=\"{first}\">\
         <meta property=\"og:site_name\" content=\"{first}\"></head><body><article><h1>{}</h1><p>{article}</p><p>{HELD}</p>{places}</article></body></html>",
        payloads[0]
    );
    let content = HtmlContent { body: body.into_bytes(), ..HtmlContent::default() };
    Page { page_id: format!("document {first}"), content: Some(Content::Html(content)), ..Page::default() }
}

/// Ready items with payloads as texts, ids and addresses.
fn items(payloads: &[String]) -> Page {
    let item = |it: &String| Item { item_id: it.clone(), text: it.clone(), url: it.clone(), ..Item::default() };
    let mut items: Vec<Item> = payloads.iter().map(item).collect();
    items.extend([HELD, ARTICLE[0], ARTICLE[1]].map(|it| Item { text: it.into(), ..Item::default() }));
    let page_id = format!("items {}", payloads[0]);
    Page { page_id, content: Some(Content::Items(ItemContent { items })), ..Page::default() }
}

struct Sender {
    channel: Channel,
    items: Vec<String>,
}

impl Sender {
    async fn check(&mut self, page: Page) {
        let what = page.page_id.clone();
        let request = CheckPageRequest { page: Some(page), ..CheckPageRequest::default() };
        let checked = CheckServiceClient::new(self.channel.clone()).check_page(request).await;
        let result = checked.unwrap_or_else(|it| panic!("{what:?}: {it:?}")).into_inner().result.expect("a result");
        if !result.review_item.is_empty() {
            self.items.push(result.review_item);
        }
    }

    /// Writes payloads as names, notes, reasons and ids.
    async fn review(&self, payloads: &[String]) {
        let mut client = ReviewServiceClient::new(self.channel.clone());
        let items = self.items.iter().cycle();
        for (number, (payload, item)) in payloads.iter().zip(items).enumerate() {
            // Names have no control characters.
            let name: String = within(payload, 200).chars().filter(|it| !it.is_control()).collect();
            let review_item = item.clone();
            match number % 4 {
                0 => {
                    let (note, reviewer) = (payload.clone(), name);
                    let request = SkipReviewItemRequest { review_item, note, reviewer };
                    client.skip_review_item(request).await.expect("skips");
                }
                1 => {
                    let request = ClaimReviewItemRequest { review_item, reviewer: name, ..Default::default() };
                    client.claim_review_item(request).await.expect("claims");
                }
                2 => {
                    let decision = Decision::Publish.into();
                    let (note, reviewer) = (payload.clone(), name);
                    let request =
                        DecideReviewItemRequest { review_item, decision, note, reviewer, ..Default::default() };
                    client.decide_review_item(request).await.expect("decides");
                }
                _ => {
                    let request = BatchDecideReviewItemsRequest {
                        review_items: vec![review_item.clone()],
                        decision: Decision::Discard.into(),
                        note: payload.clone(),
                        reviewer: name.clone(),
                        ..Default::default()
                    };
                    client.batch_decide_review_items(request).await.expect("decides");
                    let request = pagegate::proto::GetReviewItemRequest { review_item };
                    let decided = client.get_review_item(request).await.expect("an item").into_inner();
                    let decided = decided.review_item.expect("an item");
                    assert!(
                        !decided.decision_id.is_empty(),
                        "{number}: {payload:?}: {:?} {:?}",
                        decided.state(),
                        decided.reviewer
                    );
                    let decision_id = decided.decision_id;
                    let (note, reviewer) = (payload.clone(), name);
                    client.undo_decision(UndoDecisionRequest { decision_id, note, reviewer }).await.expect("undoes");
                }
            }
        }
    }
}
