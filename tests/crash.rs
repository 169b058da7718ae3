//! What was answered `review` is in the queue, once, however the server or the database ends.
//!
//! Five kills in `cargo test`; fifty with `PAGEGATE_LONG_TESTS` set. Each test prints its counts.

#![allow(clippy::print_stdout, reason = "counts")]

mod common;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "common/served.rs"]
mod served;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use common::{ARTICLE, REFUSAL};
use pagegate::proto::{
    CheckPageRequest, ListReviewItemsRequest, Verdict, check_service_client::CheckServiceClient,
    review_service_client::ReviewServiceClient,
};
use served::{Database, Served, error, page};
use tokio::{sync::watch, task::JoinSet};
use tonic::{Code, transport::Channel};

/// One test at a time has the PostgreSQL of this program, which one of them restarts.
static POSTGRES: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
/// Clients that send at the same time.
const CLIENTS: usize = 8;

fn kills() -> usize {
    if std::env::var_os("PAGEGATE_LONG_TESTS").is_some() { 50 } else { 5 }
}

/// The program, killed when dropped.
struct Program {
    child: Child,
    address: String,
}

impl Program {
    fn start(url: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pagegate"))
            .args(["serve", "--listen", "127.0.0.1:0", "--http-listen", "", "--log-format", "json", "--store", url])
            .env("PAGEGATE__REVIEW__SAMPLE_REJECTED", "0")
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let mut log = BufReader::new(child.stderr.take().expect("piped")).lines();
        let mut last = String::new();
        let address = loop {
            let Some(Ok(line)) = log.next() else { panic!("it ended before it listened: {last}") };
            let entry: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if entry["message"] == "listening" && entry["protocol"] == "grpc" {
                break format!("http://{}", entry["address"].as_str().expect("an address"));
            }
            last = line;
        };
        // Read to its end, so that the server never waits for us.
        thread::spawn(move || log.for_each(drop));
        Self { child, address }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Kill sends SIGKILL; both fail only for one that has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What the clients were told.
#[derive(Default)]
struct Told {
    /// Page and review item of each answer.
    held: Mutex<BTreeMap<String, String>>,
    answers: AtomicUsize,
    tries: AtomicUsize,
    stop: AtomicBool,
}

impl Told {
    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn note(&self, page_id: String, item: &str) {
        self.answers.fetch_add(1, Ordering::Relaxed);
        let before = self.held.lock().expect("not poisoned").insert(page_id, item.to_owned());
        assert!(before.is_none_or(|it| it == item), "one page is two items");
    }
}

fn request(page_id: &str) -> CheckPageRequest {
    CheckPageRequest { page: Some(page("courier.example", page_id, REFUSAL, ARTICLE)), ..CheckPageRequest::default() }
}

/// Sends page after page, each until it is answered, to whichever server is there.
async fn send(number: usize, told: Arc<Told>, address: watch::Receiver<String>) {
    for count in 0.. {
        let page_id = format!("{number}-{count}");
        loop {
            if told.stopped() {
                return;
            }
            told.tries.fetch_add(1, Ordering::Relaxed);
            let to = address.borrow().clone();
            if let Ok(mut client) = CheckServiceClient::connect(to).await
                && let Ok(answer) = client.check_page(request(&page_id)).await
            {
                let result = answer.into_inner().result.expect("a result");
                assert_eq!(result.verdict(), Verdict::Review);
                told.note(page_id.clone(), &result.review_item);
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// All that waits: review item by page. A page that is there twice is a failure.
async fn queue(client: &mut ReviewServiceClient<Channel>) -> BTreeMap<String, String> {
    let (mut queue, mut page_token) = (BTreeMap::new(), String::new());
    loop {
        let request = ListReviewItemsRequest { page_size: 100, page_token, ..Default::default() };
        let answer = client.list_review_items(request).await.expect("a list").into_inner();
        for item in answer.review_items {
            assert!(queue.insert(item.page_id, item.review_item).is_none(), "a page is in the queue twice");
        }
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return queue;
        }
    }
}

async fn server_that_is_killed_loses_nothing(database: Database) {
    let kills = kills();
    let told = Arc::new(Told::default());
    let mut program = Program::start(&database.url);
    let (tell, address) = watch::channel(program.address.clone());
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        clients.spawn(send(number, Arc::clone(&told), address.clone()));
    }
    let mut slowest = Duration::ZERO;
    for kill in 0..kills {
        // Each round has answers of its own, and ends at another moment of them.
        let before = told.answers.load(Ordering::Relaxed);
        let begun = Instant::now();
        while told.answers.load(Ordering::Relaxed) < before + 10 {
            assert!(begun.elapsed() < Duration::from_mins(1), "no answers after kill {kill}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(kill as u64 * 37 % 100)).await;
        let url = database.url.clone();
        let begun = Instant::now();
        program = tokio::task::spawn_blocking(move || {
            drop(program);
            Program::start(&url)
        })
        .await
        .expect("starts again");
        slowest = slowest.max(begun.elapsed());
        tell.send_replace(program.address.clone());
    }
    told.stop.store(true, Ordering::Relaxed);
    while let Some(done) = clients.join_next().await {
        done.expect("no client fails");
    }
    let mut client = ReviewServiceClient::connect(program.address.clone()).await.expect("it listens");
    let queue = queue(&mut client).await;
    let held = std::mem::take(&mut *told.held.lock().expect("not poisoned"));
    let lost: Vec<_> = held.iter().filter(|(page, item)| queue.get(*page) != Some(*item)).collect();
    println!(
        "{kills} kills: {} pages answered, {} in the queue, {} lost, {} tries, slowest restart {slowest:.1?}",
        held.len(),
        queue.len(),
        lost.len(),
        told.tries.load(Ordering::Relaxed),
    );
    assert!(lost.is_empty(), "{lost:?}");
    // A page whose answer the kill cut off may be there as well: at most one for each client and kill.
    assert!(queue.len() <= held.len() + CLIENTS * (kills + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_is_killed_loses_nothing_on_sqlite() {
    server_that_is_killed_loses_nothing(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_is_killed_loses_nothing_on_postgres() {
    let _alone = POSTGRES.lock().await;
    if let Some(database) = Database::postgres().await {
        server_that_is_killed_loses_nothing(database).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn database_that_is_restarted_loses_nothing_and_only_unavailable_is_seen() {
    let _alone = POSTGRES.lock().await;
    let Some(database) = Database::postgres().await else { return };
    let restarts = if kills() > 5 { 10 } else { 3 };
    let served = Served::on(&database).await;
    let told = Arc::new(Told::default());
    let refused = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let (told, refused, mut client) = (Arc::clone(&told), Arc::clone(&refused), served.checks());
        clients.spawn(async move {
            for count in 0.. {
                let page_id = format!("{number}-{count}");
                loop {
                    if told.stopped() {
                        return;
                    }
                    match client.check_page(request(&page_id)).await {
                        Ok(answer) => {
                            let result = answer.into_inner().result.expect("a result");
                            told.note(page_id.clone(), &result.review_item);
                            break;
                        }
                        Err(status) => {
                            let (code, reason) = error(&status);
                            assert_eq!((code, reason.as_str()), (Code::Unavailable, "STORE_UNAVAILABLE"), "{status:?}");
                            refused.fetch_add(1, Ordering::Relaxed);
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                    }
                }
            }
        });
    }
    for _ in 0..restarts {
        let before = told.answers.load(Ordering::Relaxed);
        let begun = Instant::now();
        while told.answers.load(Ordering::Relaxed) < before + 20 {
            assert!(begun.elapsed() < Duration::from_mins(1), "no answers after a restart");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::task::spawn_blocking(|| postgres::server().expect("runs").restart()).await.expect("restarts");
    }
    let before = told.answers.load(Ordering::Relaxed);
    let begun = Instant::now();
    while told.answers.load(Ordering::Relaxed) < before + 20 {
        assert!(begun.elapsed() < Duration::from_mins(1), "no answers after the last restart");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    told.stop.store(true, Ordering::Relaxed);
    while let Some(done) = clients.join_next().await {
        done.expect("no client fails");
    }
    let queue = queue(&mut served.review()).await;
    let held = std::mem::take(&mut *told.held.lock().expect("not poisoned"));
    let lost: Vec<_> = held.iter().filter(|(page, item)| queue.get(*page) != Some(*item)).collect();
    let refused = refused.load(Ordering::Relaxed);
    println!(
        "{restarts} restarts of PostgreSQL: {} pages answered, {} lost, {refused} times UNAVAILABLE",
        held.len(),
        lost.len()
    );
    assert!(lost.is_empty(), "{lost:?}");
    let pages: BTreeSet<_> = queue.keys().collect();
    assert!(held.keys().all(|it| pages.contains(it)));
    served.stop().await;
}
