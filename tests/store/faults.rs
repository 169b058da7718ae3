//! What PostgreSQL and callers may do to the store: hang up, freeze, restart; and what the disk may.

#![allow(clippy::print_stdout, reason = "the counts of the larger tests")]

use std::{
    collections::BTreeSet,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use pagegate::{
    review::{Filter, ReviewItemId},
    store::{Held, Store, StoreError},
};
use tokio::{task::JoinSet, time::timeout};

use crate::{Fresh, postgres, suite};

/// Sessions of a database that are in a transaction and do nothing.
const IDLE: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                    AND application_name = 'pagegate' AND state LIKE 'idle in transaction%'";
const SESSIONS: &str = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
                        AND application_name = 'pagegate'";

async fn psql(fresh: &Fresh, statement: &'static str) -> String {
    let database = fresh.database.clone().expect("is PostgreSQL");
    let run = move || postgres::server().expect("runs").psql(&database, statement);
    tokio::task::spawn_blocking(run).await.expect("ends")
}

/// A moment that seems random and is the same in each run.
fn delay(n: usize, most: Duration) -> Duration {
    let hash = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    most.mul_f64(f64::from(u32::try_from(hash).expect("24 bits")) / f64::from(1 << 24))
}

async fn calls_without_error(store: &Arc<dyn Store>, name: &str, count: usize, at_once: usize) {
    let mut calls = JoinSet::new();
    for n in 0..count {
        let (store, page) = (Arc::clone(store), format!("{name} {n}"));
        calls.spawn(async move {
            let item = suite::item("after.example", &page, 1);
            match n % 2 {
                0 => store.hold(item, 1_000).await.map(drop),
                _ => store.decision_of(&item.key).await.map(drop),
            }
        });
        if calls.len() >= at_once {
            calls.join_next().await.expect("some run").expect("ends").expect("succeeds");
        }
    }
    while let Some(call) = calls.join_next().await {
        call.expect("ends").expect("succeeds");
    }
}

/// Waits until all that was begun is done.
async fn settle(fresh: &Fresh) {
    let begun = Instant::now();
    while fresh.store.health().await.map_or(true, |it| it.waiting > 0) {
        assert!(begun.elapsed() < Duration::from_mins(2), "calls that were dropped do not end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn cancel_storm(fresh: &Fresh, dropped_calls: usize) {
    let begun = Instant::now();
    let mut calls = JoinSet::new();
    let given_up = Arc::new(AtomicUsize::new(0));
    for n in 0..dropped_calls {
        // Not so many that further ones are refused before they begin.
        while n % 64 == 0 && fresh.store.health().await.map_or(true, |it| it.waiting > 500) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let (store, given_up) = (Arc::clone(&fresh.store), Arc::clone(&given_up));
        calls.spawn(async move {
            let call = store.hold(suite::item("storm.example", &n.to_string(), 1), 1_000);
            match timeout(delay(n, Duration::from_millis(20)), call).await {
                Err(_) => drop(given_up.fetch_add(1, Ordering::Relaxed)),
                // So many wait that no more are taken: that is an answer too.
                Ok(Ok(_) | Err(StoreError::Unavailable { .. })) => {}
                Ok(Err(other)) => panic!("{other:?}"),
            }
        });
        if calls.len() >= 64 {
            calls.join_next().await.expect("some run").expect("ends");
        }
    }
    while let Some(call) = calls.join_next().await {
        call.expect("ends");
    }
    let storm = begun.elapsed();
    settle(fresh).await;
    assert_eq!(psql(fresh, IDLE).await, "0", "sessions idle in a transaction");
    calls_without_error(&fresh.store, "storm", dropped_calls, 64).await;
    let given_up = given_up.load(Ordering::Relaxed);
    println!(
        "{dropped_calls} calls, {given_up} given up by the caller, in {storm:.1?}; the next {dropped_calls} without error"
    );
    // How many is the machine's business: the faster it answers, the fewer.
    assert!(given_up > dropped_calls / 20, "many callers went away before the answer: {given_up}");
    let rows = psql(fresh, "SELECT COUNT(*) FROM review_item WHERE state = 'pending'").await;
    let sums: u64 = fresh.store.depth().await.expect("answers").pending.iter().map(|it| it.1).sum();
    assert_eq!(rows, sums.to_string(), "the sums agree with the rows");
}

pub(crate) async fn frozen_sessions(fresh: &Fresh) {
    // As many sessions as there may be.
    calls_without_error(&fresh.store, "before", 200, 50).await;
    for round in 0..3 {
        let sessions = psql(fresh, SESSIONS).await;
        signal("-STOP", &sessions);
        let mut calls = JoinSet::new();
        for n in 0..100 {
            let store = Arc::clone(&fresh.store);
            calls.spawn(async move {
                let item = suite::item("frozen.example", &format!("{round} {n}"), 1);
                timeout(Duration::from_millis(300), store.hold(item, 1_000)).await.is_err()
            });
        }
        let mut given_up = 0;
        while let Some(call) = calls.join_next().await {
            given_up += usize::from(call.expect("ends"));
        }
        signal("-CONT", &sessions);
        assert!(given_up > 0, "the sessions were frozen");
        settle(fresh).await;
        assert_eq!(psql(fresh, IDLE).await, "0", "sessions idle in a transaction");
        calls_without_error(&fresh.store, &format!("after {round}"), 200, 20).await;
    }
}

fn signal(signal: &str, pids: &str) {
    let status = Command::new("kill").arg(signal).args(pids.split_whitespace()).status().expect("runs");
    assert!(status.success(), "kill {signal} {pids}");
}

pub(crate) async fn restarts_under_load(store: &Arc<dyn Store>, server: &Arc<postgres::Postgres>) {
    let (stop, mut writers) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    for writer in 0..8 {
        let (store, stop) = (Arc::clone(store), Arc::clone(&stop));
        writers.spawn(async move {
            let (mut held, mut refused, mut n) = (Vec::new(), 0, 0);
            while !stop.load(Ordering::Relaxed) {
                n += 1;
                match store.hold(suite::item("restart.example", &format!("{writer} {n}"), 1), 1_000).await {
                    Ok(Held::Queued(id) | Held::AlreadyQueued(id)) => held.push(id),
                    Ok(other) => panic!("{other:?}"),
                    Err(StoreError::Unavailable { .. }) => refused += 1,
                    Err(other) => panic!("{other:?}"),
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            (held, refused)
        });
    }
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let server = Arc::clone(server);
        tokio::task::spawn_blocking(move || server.restart()).await.expect("restarts");
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.store(true, Ordering::Relaxed);
    let (mut held, mut refused): (BTreeSet<ReviewItemId>, usize) = (BTreeSet::new(), 0);
    while let Some(writer) = writers.join_next().await {
        let (ids, times) = writer.expect("ends");
        held.extend(ids);
        refused += times;
    }
    let (mut found, mut cursor) = (BTreeSet::new(), None);
    loop {
        let part = store.list(&Filter::default(), cursor, 0).await.expect("lists");
        found.extend(part.rows.iter().map(|it| it.id));
        cursor = part.next;
        if cursor.is_none() {
            break;
        }
    }
    let lost = held.difference(&found).count();
    println!("3 restarts: {} pages held, {lost} lost, {refused} calls answered unavailable", held.len());
    assert_eq!(lost, 0);
    // How many calls meet the restart is the machine's business: a fast one answers all of them in time.
    assert!(held.len() > 50, "there was a load");
}

/// A small file system of its own, unmounted at the end.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let directory = tempfile::tempdir().expect("a directory");
        let mut mount = Command::new("mount");
        let mount = mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(directory.path());
        mount.output().is_ok_and(|it| it.status.success()).then_some(Self(directory))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let status = Command::new("umount").arg(self.0.path()).status();
        assert!(status.is_ok_and(|it| it.success()), "{} stays mounted", self.0.path().display());
    }
}

pub(crate) async fn full_disk() {
    let Some(disk) = SmallDisk::mount() else {
        println!("SKIPPED: may not mount a small file system");
        return;
    };
    let (store, _) = crate::open(format!("sqlite:{}", disk.0.path().join("store.db").display()), 100_000).await;
    let ballast = disk.0.path().join("ballast");
    std::fs::write(&ballast, vec![0; 1 << 20]).expect("there is room");
    let (mut held, mut n) = (Vec::new(), 0_u32);
    let error = loop {
        n += 1;
        let mut item = suite::item("disk.example", &n.to_string(), 1);
        // What cannot be packed.
        item.page = (0..20_000_u32)
            .map(|it| delay((n * 20_000 + it) as usize, Duration::from_secs(1)).subsec_micros().to_le_bytes()[0])
            .collect();
        match store.hold(item, 1_000).await {
            Ok(Held::Queued(id)) => held.push(id),
            Ok(other) => panic!("{other:?}"),
            Err(error) => break error,
        }
        assert!(n < 10_000, "the disk is never full");
    };
    assert!(matches!(error, StoreError::DiskFull), "{error:?}");
    assert!(!held.is_empty());
    for id in &held {
        store.get(*id).await.expect("what was stored stays");
    }
    std::fs::remove_file(ballast).expect("removes");
    let item = suite::item("disk.example", "after", 1);
    assert!(matches!(store.hold(item, 1_000).await, Ok(Held::Queued(_))), "writes go on when there is space");
    println!("{} pages held until the disk was full", held.len());
    store.close().await;
}
