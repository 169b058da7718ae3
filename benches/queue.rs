//! What a first page of the queue costs, with 2,000 and with 200,000 pending review items, on both databases.
//!
//! `cargo bench --bench queue` prints the table of docs/operations.md.

#![allow(clippy::print_stdout, reason = "it prints its table")]

#[path = "../tests/common/postgres.rs"]
mod postgres;

use std::{sync::Arc, time::Instant};

use pagegate::{
    finding::JunkKind,
    limits,
    review::{Filter, Origin, QuoteHash, State, Subject},
    store::{self, Settings, Store},
};
use sqlx::{AssertSqlSafe, Connection as _};

const SIZES: [usize; 2] = [2_000, 200_000];
/// Calls of each sort; the median is told.
const CALLS: usize = 81;
/// Rows of a list.
const ROWS: usize = 50;

/// Review items by statement, as holding 200,000 pages one by one would take a while. Before those that are pending
/// come half as many that are decided; one in ten is a sample. `{n}` is a table of numbers, `{id}` a number as 16 bytes.
const ITEMS: &str = "INSERT INTO review_item (review_item_id, queue_key, key_hash, page_hash, source, page_id, content_hash, origin, \
     state, verdict, etag, created, updated, url, title, language, finding_count, lease_until, ruleset_revision, \
     policy_revision) SELECT {id}, {id}, {id}, {id}, 'source ' || (i % 10), 'page ' || i, {hash}, \
     CASE WHEN i % 10 = 3 THEN 'sampled_accept' ELSE 'held' END, CASE WHEN i <= {old} THEN 'decided' ELSE 'pending' END, \
     'review', 1, i, i, 'https://example.org/' || i, 'Title ' || i, 'en', 3, 0, 'rules', 'policy' FROM {n}";
const FINDINGS: &str = "INSERT INTO finding (review_item_id, place_in_list, finding_index, rule_id, kind, place, effect, \
     confidence, quote, quote_hash, queue_key, source, state, origin, first_of_kind, first_of_rule, first_of_quote) \
     SELECT {id}, f, f, CASE WHEN i = {old} + 7 AND f = 0 THEN 'refusal/once' ELSE 'pack/rule-' || f || '-' || (i % 20) END, \
     CASE WHEN f = 0 THEN 'refusal' ELSE 'widget' END, 'body', 'review', 0.8, 'quote', {quote}, {id}, 'source ' || (i % 10), \
     CASE WHEN i <= {old} THEN 'decided' ELSE 'pending' END, \
     CASE WHEN i % 10 = 3 THEN 'sampled_accept' ELSE 'held' END, CASE WHEN f < 2 THEN 1 ELSE 0 END, 1, 1 \
     FROM {n}, (SELECT 0 AS f UNION ALL SELECT 1 UNION ALL SELECT 2) fs";
const COUNTERS: &str = "INSERT INTO counter (name, value) SELECT 'pending.' || origin, COUNT(*) FROM review_item \
     WHERE state = 'pending' GROUP BY origin";

struct Dialect {
    numbers: &'static str,
    id: &'static str,
    hash: &'static str,
    quote: &'static str,
}

const SQLITE: Dialect = Dialect {
    numbers: "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {size}) SELECT i FROM n) n",
    id: "unhex(printf('%032x', i))",
    hash: "unhex(printf('%064x', i))",
    quote: "unhex(printf('%032x', i % 20))",
};
const POSTGRES: Dialect = Dialect {
    numbers: "generate_series(1, {size}) n(i)",
    id: "decode(lpad(to_hex(i), 32, '0'), 'hex')",
    hash: "decode(lpad(to_hex(i), 64, '0'), 'hex')",
    quote: "decode(lpad(to_hex(i % 20), 32, '0'), 'hex')",
};

fn statements(dialect: &Dialect, size: usize) -> Vec<String> {
    let fill = |statement: &str| {
        let old = size / 2;
        let numbers = dialect.numbers.replace("{size}", &(size + old).to_string());
        let statement =
            statement.replace("{n}", &numbers).replace("{id}", dialect.id).replace("{old}", &old.to_string());
        statement.replace("{hash}", dialect.hash).replace("{quote}", dialect.quote)
    };
    [ITEMS, FINDINGS, COUNTERS].map(fill).to_vec()
}

fn filters() -> Vec<(&'static str, Filter)> {
    let of = |subject| Filter { subject, ..Filter::default() };
    let on = |source: &str, filter: Filter| Filter { source: Some(source.to_owned()), ..filter };
    let rules = |names: Vec<String>| of(Subject::Rules(names));
    let rule = || rules(vec!["pack/rule-1-4".to_owned()]);
    let kind = || of(Subject::Kinds(vec![JunkKind::Widget]));
    let quote = || {
        let mut hash = [0; 16];
        hash[15] = 4;
        of(Subject::Quote { rule_id: "pack/rule-1-4".to_owned(), quote_hash: QuoteHash(hash) })
    };
    vec![
        ("none", Filter::default()),
        ("every state", Filter { states: State::ALL.to_vec(), ..Filter::default() }),
        ("origin", Filter { origins: vec![Origin::SampledAccept], ..Filter::default() }),
        ("source", on("source 4", Filter::default())),
        ("source that has none", on("source x", Filter::default())),
        ("kind", kind()),
        ("kind and source", on("source 4", kind())),
        ("rule", rule()),
        ("rule and source", on("source 4", rule())),
        ("rule with one finding", rules(vec!["refusal/once".to_owned()])),
        ("20 rules", rules((0..20).map(|it| format!("pack/rule-1-{it}")).collect())),
        ("rule and text", quote()),
        ("rule, text and source", on("source 4", quote())),
    ]
}

async fn median(mut call: impl AsyncFnMut()) -> f64 {
    // Every connection of the pool gets to know the statement and the pages.
    for _ in 0..20 {
        call().await;
    }
    let mut times = Vec::new();
    for _ in 0..CALLS {
        let begun = Instant::now();
        call().await;
        times.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times[CALLS / 2]
}

/// Milliseconds of each sort of call.
async fn measure(store: &Arc<dyn Store>) -> Vec<(&'static str, f64)> {
    let mut rows = Vec::new();
    for (name, filter) in filters() {
        let list = async || drop(store.list(&filter, None, ROWS).await.expect("lists"));
        rows.push((name, median(list).await));
    }
    let depth = async || drop(store.depth().await.expect("answers"));
    rows.push(("depth of the queue", median(depth).await));
    rows
}

async fn sqlite(size: usize) -> Vec<(&'static str, f64)> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.db");
    let settings = Settings { url: format!("sqlite:{}", path.display()), queue_limit: limits::QUEUE, connections: 4 };
    store::open(&settings).await.expect("opens").close().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("opens");
    for statement in statements(&SQLITE, size) {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.expect("fills");
    }
    connection.close().await.expect("closes");
    let store = store::open(&settings).await.expect("opens");
    let rows = measure(&store).await;
    store.close().await;
    rows
}

async fn postgres(size: usize) -> Option<Vec<(&'static str, f64)>> {
    let server = postgres::server()?;
    let (database, url) = server.new_database();
    let store = store::open(&Settings { url, queue_limit: limits::QUEUE, connections: 4 }).await.expect("opens");
    for statement in statements(&POSTGRES, size) {
        server.psql(&database, &statement);
    }
    server.psql(&database, "VACUUM ANALYZE");
    let rows = measure(&store).await;
    store.close().await;
    Some(rows)
}

#[tokio::main]
async fn main() {
    let [few, many] = SIZES;
    let of_sqlite = (sqlite(few).await, sqlite(many).await);
    print("SQLite", &of_sqlite.0, &of_sqlite.1);
    if let (Some(of_few), Some(of_many)) = (postgres(few).await, postgres(many).await) {
        print("PostgreSQL", &of_few, &of_many);
    }
}

fn print(database: &str, few: &[(&str, f64)], many: &[(&str, f64)]) {
    println!("| {database}: filter | 2,000 items | 200,000 items | ratio |");
    println!("|---|---|---|---|");
    for ((name, few), (_, many)) in few.iter().zip(many) {
        println!("| {name} | {few:.2} ms | {many:.2} ms | {:.2} |", many / few);
    }
    println!();
}
