//! SQLite in a file: one task writes, a few connections read.
//!
//! Writes that wait are made in one transaction, each behind a savepoint of its own, so that one `fsync` serves them
//! all; while the disk is busy with one such group, the next gathers. `synchronous=FULL`: what returned survives a
//! loss of power.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::{
    Connection as _, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{
    StoreError,
    backend::{Backend, Running},
    connection::Connection,
};
use crate::limits;

/// First version without the bug that loses committed writes when two connections reset the log
/// (<https://sqlite.org/wal.html#walresetbug>).
const LEAST_VERSION: (u32, u32, u32) = (3, 51, 3);

/// A write with its caller left out: gives what is to be told when its transaction has ended.
type Write = Box<dyn for<'c> Fn(&'c mut Connection) -> Running<'c, Told> + Send + Sync>;
/// Tells a caller what became of the transaction, and what came of the write.
type Told = Box<dyn FnOnce() + Send>;

/// A write that waits.
struct Waiting {
    work: Write,
    fail: Box<dyn FnOnce(StoreError) + Send>,
}

/// SQLite in a file.
#[derive(Debug)]
pub(super) struct Sqlite {
    at: String,
    name: String,
    writes: Mutex<Option<mpsc::Sender<Waiting>>>,
    writer: Mutex<Option<JoinHandle<Connection>>>,
    /// None for a database in memory: one connection has all of it.
    readers: Option<SqlitePool>,
}

impl Sqlite {
    /// Opens a file, or memory where there is none, and brings its tables up to date.
    pub(super) async fn open(path: Option<PathBuf>, connections: u32) -> Result<Self, StoreError> {
        // The whole path: where a working directory is, is not seen in a log. It fails for the empty path alone.
        let path = path.map(|it| std::path::absolute(&it).unwrap_or(it));
        let at = path.as_ref().map_or_else(|| ":memory:".to_owned(), |it| it.display().to_string());
        let error = |reason: String| StoreError::Open { at: format!("sqlite:{at}"), reason };
        if let Some(directory) = path.as_ref().and_then(|it| it.parent()).filter(|it| !it.exists()) {
            return Err(error(format!(
                "there is no directory {}: make it, or name another place",
                directory.display()
            )));
        }
        if path.as_ref().is_some_and(|it| !it.exists()) {
            tracing::info!(at, "no store is there yet, a new one is made");
        }
        let options = SqliteConnectOptions::new()
            .busy_timeout(limits::STORE_BUSY)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .create_if_missing(true)
            .optimize_on_close(true, None)
            // 16 MiB a connection: the upper parts of the indexes of a long queue.
            .pragma("cache_size", "-16384")
            .pragma("wal_autocheckpoint", "1000")
            .pragma("journal_size_limit", (64 << 20).to_string());
        let options = match &path {
            Some(path) => options.filename(path),
            None => options.in_memory(true),
        };
        let mut writer =
            SqliteConnection::connect_with(&options).await.map_err(|it| error(format!("{it}: is it writable?")))?;
        let version: String = sqlx::query_scalar("SELECT sqlite_version()")
            .fetch_one(&mut writer)
            .await
            .map_err(|it| error(it.to_string()))?;
        if parse_version(&version).is_none_or(|it| it < LEAST_VERSION) {
            return Err(error(format!("SQLite {version} can lose writes; 3.51.3 or later is needed")));
        }
        sqlx::migrate!("src/store/migrations/sqlite")
            .run(&mut writer)
            .await
            .map_err(|it| error(format!("{it}; a store of a later version needs that version of pagegate")))?;
        // Nothing to optimize: of a reader it would fail, and then its end would not be waited for, so that the writer
        // is not the last connection and leaves the log beside the file.
        let read_only = options.read_only(true).create_if_missing(false).optimize_on_close(false, None);
        let readers = match path {
            Some(_) => Some(
                SqlitePoolOptions::new()
                    .max_connections(connections.max(1))
                    .acquire_timeout(limits::STORE_ACQUIRE)
                    .connect_with(read_only)
                    .await
                    .map_err(|it| error(it.to_string()))?,
            ),
            None => None,
        };
        let (writes, waiting) = mpsc::channel(limits::STORE_WRITES);
        let writer = tokio::spawn(write_all(Connection::SqliteWriter(writer), waiting));
        let (writes, writer) = (Mutex::new(Some(writes)), Mutex::new(Some(writer)));
        Ok(Self { at, name: format!("SQLite {version}"), writes, writer, readers })
    }

    fn sender(&self) -> Option<mpsc::Sender<Waiting>> {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Hands work to the task that writes, and waits for what it tells.
    async fn on_writer<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Connection) -> Running<'c, T> + Send + Sync + 'static,
    {
        let (told, answer) = oneshot::channel();
        let told = Arc::new(Mutex::new(Some(told)));
        let tell = move |told: &Mutex<Option<oneshot::Sender<Result<T, StoreError>>>>, result| {
            let sender = told.lock().unwrap_or_else(PoisonError::into_inner).take();
            // A caller that went away is told nothing; its write is made.
            if let Some(sender) = sender {
                drop(sender.send(result));
            }
        };
        let waiting = Waiting {
            fail: {
                let told = Arc::clone(&told);
                Box::new(move |error| tell(&told, Err(error)))
            },
            work: Box::new(move |connection| {
                let told = Arc::clone(&told);
                let running = work(connection);
                Box::pin(async move {
                    let value = running.await?;
                    Ok(Box::new(move || tell(&told, Ok(value))) as Told)
                })
            }),
        };
        let sender = self.sender().ok_or_else(|| StoreError::unavailable("it is closed"))?;
        sender.try_send(waiting).map_err(|it| match it {
            mpsc::error::TrySendError::Full(_) => {
                StoreError::unavailable(format!("{} writes wait, which is the limit", limits::STORE_WRITES))
            }
            mpsc::error::TrySendError::Closed(_) => StoreError::unavailable("it is closed"),
        })?;
        answer.await.map_err(|_| StoreError::unavailable("the write was given up"))?
    }
}

impl Backend for Sqlite {
    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Connection) -> Running<'c, T> + Send + Sync + 'static,
    {
        let Some(readers) = &self.readers else { return self.on_writer(work).await };
        let mut connection = Connection::SqliteReader(readers.acquire().await?);
        work(&mut connection).await
    }

    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Connection) -> Running<'c, T> + Send + Sync + 'static,
    {
        self.on_writer(work).await
    }

    fn at(&self) -> String {
        self.at.clone()
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn waiting(&self) -> usize {
        self.sender().map_or(0, |it| it.max_capacity() - it.capacity())
    }

    async fn close(&self) {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner).take();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(writer) = writer else { return };
        let connection = writer.await;
        if let Some(readers) = &self.readers {
            readers.close().await;
        }
        // Last, because the last connection puts the log into the file and removes it, which a reader may not.
        match connection {
            Ok(Connection::SqliteWriter(connection)) => {
                if let Err(error) = connection.close().await {
                    tracing::warn!(%error, "close store");
                }
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "store writer ended badly"),
        }
    }
}

/// Makes all writes, group by group, until nobody can send any more; then gives the connection back.
async fn write_all(mut connection: Connection, mut waiting: mpsc::Receiver<Waiting>) -> Connection {
    while let Some(first) = waiting.recv().await {
        let mut group = vec![first];
        while group.len() < limits::STORE_GROUP {
            let Ok(next) = waiting.try_recv() else { break };
            group.push(next);
        }
        write_group(&mut connection, group).await;
    }
    connection
}

/// Makes some writes in one transaction, and tells each caller what became of its own.
async fn write_group(connection: &mut Connection, group: Vec<Waiting>) {
    if let Err(error) = connection.command("BEGIN IMMEDIATE").await {
        return fail_all(group.into_iter().map(|it| it.fail), &error);
    }
    let (mut told, mut fails) = (Vec::new(), Vec::new());
    let mut group = group.into_iter();
    let mut broken = None;
    for write in group.by_ref() {
        match behind_savepoint(connection, &write.work).await {
            Ok(it) => {
                told.push(it);
                fails.push(write.fail);
            }
            Err(error) if error.is_of_the_database() => {
                broken = Some(error);
                fails.push(write.fail);
                break;
            }
            Err(error) => (write.fail)(error),
        }
    }
    if broken.is_none() {
        broken = connection.command("COMMIT").await.err();
    }
    let Some(error) = broken else {
        for tell in told {
            tell();
        }
        return;
    };
    // SQLite may have ended the transaction itself, so that there is none to roll back.
    if let Err(error) = connection.command("ROLLBACK").await {
        tracing::debug!(%error, "no transaction to roll back");
    }
    fail_all(fails.into_iter().chain(group.map(|it| it.fail)), &error);
}

async fn behind_savepoint(connection: &mut Connection, work: &Write) -> Result<Told, StoreError> {
    connection.command("SAVEPOINT one").await?;
    match work(connection).await {
        Ok(told) => {
            connection.command("RELEASE one").await?;
            Ok(told)
        }
        Err(error) if error.is_of_the_database() => Err(error),
        Err(error) => {
            connection.command("ROLLBACK TO one").await?;
            connection.command("RELEASE one").await?;
            Err(error)
        }
    }
}

fn fail_all(fails: impl Iterator<Item = Box<dyn FnOnce(StoreError) + Send>>, error: &StoreError) {
    for fail in fails {
        fail(match error {
            StoreError::DiskFull => StoreError::DiskFull,
            StoreError::Corrupt { what } => StoreError::Corrupt { what: what.clone() },
            other => StoreError::unavailable(other.to_string()),
        });
    }
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|it| it.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}
