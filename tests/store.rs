//! The store: one suite, passed by both databases.

#[path = "store/faults.rs"]
mod faults;
#[path = "common/postgres.rs"]
mod postgres;
#[path = "store/suite.rs"]
mod suite;

use std::{io::Write as _, process::Stdio, sync::Arc};

use pagegate::{
    limits,
    store::{self, Settings, Store},
};
use sqlx::Connection as _;
use tempfile::TempDir;

/// A store that is empty, and what it stands on.
struct Fresh {
    store: Arc<dyn Store>,
    settings: Settings,
    /// Directory of a SQLite database.
    directory: Option<TempDir>,
    /// Name of a PostgreSQL database.
    database: Option<String>,
}

impl Fresh {
    /// Runs a statement on the database, past the store; what it says against it.
    async fn execute(&self, statement: &'static str) -> Result<(), String> {
        if let Some(database) = self.database.clone() {
            let run = move || postgres::server().expect("runs").try_psql(&database, statement).map(drop);
            return tokio::task::spawn_blocking(run).await.expect("ends");
        }
        let path = self.directory.as_ref().expect("is a file").path().join("store.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut connection = sqlx::SqliteConnection::connect_with(&options).await.expect("opens");
        sqlx::raw_sql(statement).execute(&mut connection).await.map(drop).map_err(|it| it.to_string())
    }
}

async fn open(url: String, queue_limit: u64) -> (Arc<dyn Store>, Settings) {
    let settings = Settings { url, queue_limit, connections: 10 };
    (store::open(&settings).await.expect("opens"), settings)
}

async fn sqlite(queue_limit: u64) -> Option<Fresh> {
    let directory = tempfile::tempdir().expect("a directory");
    let (store, settings) = open(format!("sqlite:{}", directory.path().join("store.db").display()), queue_limit).await;
    Some(Fresh { store, settings, directory: Some(directory), database: None })
}

async fn postgres(queue_limit: u64) -> Option<Fresh> {
    let server = tokio::task::spawn_blocking(postgres::server).await.expect("starts")?;
    let (database, url) = tokio::task::spawn_blocking(|| server.new_database()).await.expect("makes one");
    let (store, settings) = open(url, queue_limit).await;
    Some(Fresh { store, settings, directory: None, database: Some(database) })
}

impl Fresh {
    /// Backs the database up and restores it as docs/operations.md says; the store on the copy.
    async fn restored(&self) -> Arc<dyn Store> {
        let Some(database) = self.database.clone() else {
            let copy = self.directory.as_ref().expect("is a file").path().join("copy.db");
            self.store.backup(&copy).await.expect("copies");
            let error = self.store.backup(&copy).await.expect_err("is there").to_string();
            assert!(error.ends_with("copy.db exists: name a file that is new"), "{error}");
            return open(format!("sqlite:{}", copy.display()), limits::QUEUE).await.0;
        };
        let restore = move || {
            let server = postgres::server().expect("runs");
            let (copy, url) = server.new_database();
            let dump = server.program("pg_dump", &database).arg("--format=custom").output().expect("runs");
            assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
            let mut restore = server.program("pg_restore", &copy);
            let mut restore = restore.arg("--exit-on-error").stdin(Stdio::piped()).spawn().expect("runs");
            restore.stdin.take().expect("a pipe").write_all(&dump.stdout).expect("reads");
            assert!(restore.wait().expect("ends").success());
            url
        };
        open(tokio::task::spawn_blocking(restore).await.expect("ends"), limits::QUEUE).await.0
    }
}

/// Two tests of each function of the suite.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite_store {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(fresh) = super::sqlite(super::suite::queue_limit(stringify!($name))).await {
                    super::suite::$name(&fresh).await;
                }
            })+
        }
        mod postgres_store {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(fresh) = super::postgres(super::suite::queue_limit(stringify!($name))).await {
                    super::suite::$name(&fresh).await;
                }
            })+
        }
    };
}

on_both!(
    held_page_is_in_the_queue_once,
    held_page_survives_a_restart,
    changed_content_supersedes_the_pending_item,
    content_that_comes_back_after_another_is_queued_again,
    sample_for_which_a_caller_waits_becomes_a_held_page,
    full_queue_refuses_and_keeps_what_it_has,
    list_is_filtered_by_each_of_its_fields,
    list_goes_on_where_its_cursor_says,
    cursor_of_one_list_is_refused_by_another,
    count_counts_each_item_once,
    claim_gives_nobody_what_another_has,
    lease_that_ran_out_is_claimed_by_another,
    decision_answers_the_same_content_from_then_on,
    loser_of_two_decisions_learns_who_won,
    decision_on_an_old_etag_is_refused,
    decision_under_the_lease_of_another_is_refused,
    repeated_request_gets_the_same_decision,
    undone_decision_no_longer_answers_nor_counts,
    undo_of_what_newer_content_replaced_does_not_queue_it_again,
    undone_requests_and_decisions_wait_again_together,
    undo_of_many_goes_on_where_it_stopped,
    skipped_item_waits_on_and_the_audit_says_why,
    judgements_count_for_rule_and_source,
    judgement_of_an_unknown_finding_stores_nothing,
    allowance_holds_until_revoked,
    bulk_decision_takes_what_matched_at_the_preview,
    bulk_decision_on_one_text_judges_that_text_alone,
    audit_refuses_update_and_delete,
    audit_is_read_from_its_end_as_well,
    events_tell_what_happened_in_order,
    answer_is_kept_a_day_and_the_first_wins,
    rejects_are_listed_newest_first,
    traffic_is_summed_by_day_and_source,
    depth_and_outcomes_follow_the_queue,
    history_tells_days_and_hours,
    level_of_the_queue_is_recorded_once_in_ten_minutes,
    keys_are_found_by_prefix_until_revoked,
    sessions_are_found_with_their_key_until_closed,
    key_has_so_many_sessions_and_the_oldest_go,
    tables_of_the_first_version_are_brought_up_to_date,
    filters_are_saved_by_name_within_a_bound,
    purge_removes_what_is_past_its_time_and_nothing_else,
    export_has_decided_pages_with_what_was_said,
    text_with_zero_characters_is_kept,
    value_beyond_its_limit_is_refused_by_name,
    closed_store_is_unavailable,
    dropped_calls_are_made_all_the_same,
    backup_taken_under_load_has_all_that_was_held_before,
    fifty_reviewers_decide_two_thousand_items_once_each,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_dropped_calls_leave_no_session_in_a_transaction() {
    if let Some(fresh) = postgres(limits::QUEUE).await {
        faults::cancel_storm(&fresh, 10_000).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_freeze_leave_no_transaction_behind() {
    if let Some(fresh) = postgres(limits::QUEUE).await {
        faults::frozen_sessions(&fresh).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn restart_of_postgres_under_load_loses_nothing() {
    // A server of its own: that of the other tests must not restart.
    let Some(server) = tokio::task::spawn_blocking(postgres::Postgres::start).await.expect("starts") else { return };
    let server = Arc::new(server);
    let new = Arc::clone(&server);
    let (_, url) = tokio::task::spawn_blocking(move || new.new_database()).await.expect("makes one");
    let (store, _) = open(url, limits::QUEUE).await;
    faults::restarts_under_load(&store, &server).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk_is_said_and_loses_nothing() {
    faults::full_disk().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closed_sqlite_store_is_one_file() {
    for round in 0..10 {
        let fresh = sqlite(limits::QUEUE).await.expect("needs no server");
        for n in 0..30_u8 {
            fresh.store.hold(suite::item("a.example", &n.to_string(), n), 1_000).await.expect("holds");
        }
        let list = || {
            let store = Arc::clone(&fresh.store);
            tokio::spawn(async move {
                store
                    .list(&pagegate::review::Filter { source: Some("a.example".into()), ..Default::default() }, None, 0)
                    .await
                    .map(drop)
            })
        };
        // Each with a connection of its own, which must have ended before the writer's can put the log into the file.
        for list in (0..20).map(|_| list()).collect::<Vec<_>>() {
            list.await.expect("ends").expect("lists");
        }
        fresh.store.close().await;
        let directory = fresh.directory.as_ref().expect("is a file").path();
        let left: Vec<_> = std::fs::read_dir(directory).expect("reads").map(|it| it.expect("is there")).collect();
        assert_eq!(left.iter().map(std::fs::DirEntry::file_name).collect::<Vec<_>>(), ["store.db"], "round {round}");
    }
}

#[tokio::test]
async fn store_of_an_unknown_scheme_is_refused() {
    let settings = Settings { url: "mysql://host/db".to_owned(), queue_limit: limits::QUEUE, connections: 2 };
    let error = store::open(&settings).await.expect_err("is no store").to_string();
    assert_eq!(error, "open the store at mysql: mysql is no database that is known: write sqlite:PATH or postgres://…");
}

#[tokio::test]
async fn store_that_cannot_be_opened_says_where_and_why() {
    let settings = Settings { url: "sqlite:/no/such/directory/x.db".to_owned(), queue_limit: 1, connections: 2 };
    let error = store::open(&settings).await.expect_err("is no store").to_string();
    assert!(error.contains("/no/such/directory/x.db: there is no directory /no/such/directory: make it"), "{error}");
    let url = "postgres://nobody:secret@127.0.0.1:1/none".to_owned();
    let error = store::open(&Settings { url, ..settings }).await.expect_err("is no store").to_string();
    assert!(error.contains("postgres://127.0.0.1:1/none") && !error.contains("secret"), "{error}");
}

#[tokio::test]
async fn store_in_memory_needs_no_file() {
    let (store, _) = open("sqlite::memory:".to_owned(), 10).await;
    store.hold(suite::item("a", "1", 1), 1_000).await.expect("holds");
    assert_eq!(store.depth().await.expect("answers").oldest, Some(1_000));
}
