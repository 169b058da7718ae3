//! PostgreSQL: a pool of connections, each piece of work in a task of its own.
//!
//! No work is on the future of a caller, so a caller that goes away leaves nothing half done. A connection that comes
//! back to the pool is rolled back whatever happened: sqlx 0.9.0 can hand out one that is still in a transaction
//! (<https://github.com/launchbadge/sqlx/issues/4393>), and then everyone's statements fail.

use std::{str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    Connection as _, PgConnection, PgPool,
    migrate::MigrateError,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{
    sync::Semaphore,
    time::{Instant, sleep, timeout},
};
use tokio_util::task::TaskTracker;

use super::{
    StoreError,
    backend::{Backend, Running},
    connection::Connection,
};
use crate::limits;

/// The error of a lock that was not had in time.
const LOCK_TIMEOUT: &str = "55P03";

/// PostgreSQL.
#[derive(Debug)]
pub(super) struct Postgres {
    at: String,
    name: String,
    pool: PgPool,
    permits: Arc<Semaphore>,
    tasks: TaskTracker,
}

/// Whether work is done in a transaction.
#[derive(Clone, Copy)]
enum Mode {
    Read,
    Write,
}

impl Postgres {
    /// Connects, and brings the tables up to date.
    pub(super) async fn open(url: &str, connections: u32) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url).map_err(|it| {
            open_error("postgres", &format!("{it}; write postgres://USER:PASSWORD@HOST:PORT/DATABASE"))
        })?;
        let at = format!(
            "postgres://{}:{}/{}",
            options.get_host(),
            options.get_port(),
            options.get_database().unwrap_or(options.get_username())
        );
        let options = options.application_name("pagegate").options([
            ("statement_timeout", "10s"),
            ("lock_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("synchronous_commit", "on"),
            // Each statement has one index made for it, whatever the values; planning a list of 20 rules anew takes
            // three times as long as running it.
            ("plan_cache_mode", "force_generic_plan"),
            // A ROLLBACK where there is no transaction is not worth a line in the log.
            ("client_min_messages", "error"),
        ]);
        let name = migrate(&options, connections).await.map_err(|it| open_error(&at, &it))?;
        let pool = PgPoolOptions::new()
            .max_connections(connections.max(1))
            .acquire_timeout(limits::STORE_ACQUIRE)
            .max_lifetime(limits::STORE_CONNECTION_AGE)
            .after_release(|connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql("ROLLBACK").execute(connection).await?;
                    Ok(true)
                })
            })
            .connect_with(options)
            .await
            .map_err(|it| open_error(&at, &it.to_string()))?;
        let permits = Arc::new(Semaphore::new(limits::STORE_WRITES));
        Ok(Self { at, name, pool, permits, tasks: TaskTracker::new() })
    }

    /// Runs work in a task of its own, and waits for it a bounded time.
    async fn run<T, F>(&self, work: F, mode: Mode) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Connection) -> Running<'c, T> + Send + Sync + 'static,
    {
        if self.tasks.is_closed() {
            return Err(StoreError::unavailable("it is closed"));
        }
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        let full = || StoreError::unavailable(format!("{} calls wait, which is the limit", limits::STORE_WRITES));
        let permit = permit.map_err(|_| full())?;
        let pool = self.pool.clone();
        let task = self.tasks.spawn(async move {
            let result = with_retry(&pool, &work, mode).await;
            drop(permit);
            result
        });
        match timeout(limits::STORE_PATIENCE, task).await {
            Ok(done) => done.map_err(|it| StoreError::unavailable(format!("a call broke off: {it}")))?,
            Err(_) => Err(StoreError::unavailable(format!("no answer within {:?}", limits::STORE_PATIENCE))),
        }
    }
}

impl Backend for Postgres {
    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Connection) -> Running<'c, T> + Send + Sync + 'static,
    {
        self.run(work, Mode::Read).await
    }

    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Connection) -> Running<'c, T> + Send + Sync + 'static,
    {
        self.run(work, Mode::Write).await
    }

    fn at(&self) -> String {
        self.at.clone()
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn waiting(&self) -> usize {
        limits::STORE_WRITES - self.permits.available_permits()
    }

    async fn close(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.pool.close().await;
    }
}

/// What stopped an attempt.
struct Stopped {
    error: StoreError,
    /// Whether nothing of it can have been stored, so that it may be made again.
    is_undone: bool,
}

/// Makes attempts until one succeeds, fails for good, or may have been stored without our knowing.
async fn with_retry<T, F>(pool: &PgPool, work: &F, mode: Mode) -> Result<T, StoreError>
where
    F: for<'c> Fn(&'c mut Connection) -> Running<'c, T>,
{
    let begun = Instant::now();
    let mut pause = limits::STORE_PAUSE;
    loop {
        let connection = pool.acquire().await?;
        let stopped = match attempt(connection, work, mode).await {
            Ok(value) => return Ok(value),
            Err(stopped) => stopped,
        };
        let may_pass = stopped.is_undone && matches!(stopped.error, StoreError::Unavailable { .. });
        if !may_pass || begun.elapsed() + pause > limits::STORE_RETRY {
            return Err(stopped.error);
        }
        // Those that stood in each other's way must not meet again.
        let jitter = u32::from(random_byte());
        sleep(pause + pause * jitter / 255).await;
        pause *= 2;
    }
}

async fn attempt<T, F>(connection: PoolConnection<sqlx::Postgres>, work: &F, mode: Mode) -> Result<T, Stopped>
where
    F: for<'c> Fn(&'c mut Connection) -> Running<'c, T>,
{
    let mut connection = Connection::Postgres(connection);
    let done = timeout(limits::STORE_HARD, async {
        match mode {
            Mode::Read => work(&mut connection).await.map_err(undone),
            Mode::Write => transaction(&mut connection, work).await,
        }
    })
    .await;
    let silent = || Stopped { error: StoreError::unavailable("the database is silent"), is_undone: false };
    let done = done.unwrap_or_else(|_| Err(silent()));
    // A connection on which something went wrong is not worth keeping.
    if let (Err(Stopped { error: StoreError::Unavailable { .. }, .. }), Connection::Postgres(it)) =
        (&done, &mut connection)
    {
        it.close_on_drop();
    }
    done
}

async fn transaction<T, F>(connection: &mut Connection, work: &F) -> Result<T, Stopped>
where
    F: for<'c> Fn(&'c mut Connection) -> Running<'c, T>,
{
    connection.command("BEGIN").await.map_err(undone)?;
    match work(connection).await {
        Ok(value) => {
            connection.command("COMMIT").await.map_err(|error| Stopped { error, is_undone: false })?;
            Ok(value)
        }
        Err(error) => {
            // If this fails too, the connection is lost, and its transaction with it.
            if let Err(lost) = connection.command("ROLLBACK").await {
                tracing::debug!(error = %lost, "connection lost in a transaction");
            }
            Err(undone(error))
        }
    }
}

fn undone(error: StoreError) -> Stopped {
    Stopped { error, is_undone: true }
}

/// Brings the tables up to date, one replica after the other; the name and version of the database.
async fn migrate(options: &PgConnectOptions, connections: u32) -> Result<String, String> {
    let mut connection = PgConnection::connect_with(options).await.map_err(|it| it.to_string())?;
    let version: String = show(&mut connection, "SHOW server_version").await?;
    let encoding: String = show(&mut connection, "SHOW server_encoding").await?;
    if encoding != "UTF8" {
        return Err(format!("its encoding is {encoding}; create the database with ENCODING 'UTF8'"));
    }
    let most: String = show(&mut connection, "SHOW max_connections").await?;
    if most.parse::<u32>().is_ok_and(|it| connections >= it) {
        return Err(format!("{connections} connections are asked for, max_connections is {most}"));
    }
    let begun = Instant::now();
    loop {
        match sqlx::migrate!("src/store/migrations/postgres").run(&mut connection).await {
            Ok(()) => break,
            Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _))
                if is_lock_timeout(&error) && begun.elapsed() < limits::STORE_MIGRATION => {}
            Err(error) => {
                return Err(format!("{error}; a store of a later version needs that version of pagegate"));
            }
        }
        sleep(Duration::from_millis(200)).await;
    }
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "close the connection that migrated");
    }
    Ok(format!("PostgreSQL {version}"))
}

async fn show(connection: &mut PgConnection, statement: &'static str) -> Result<String, String> {
    sqlx::query_scalar(statement).fetch_one(connection).await.map_err(|it: sqlx::Error| it.to_string())
}

fn is_lock_timeout(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(it) if it.code().as_deref() == Some(LOCK_TIMEOUT))
}

fn open_error(at: &str, reason: &str) -> StoreError {
    StoreError::Open { at: at.to_owned(), reason: reason.to_owned() }
}

fn random_byte() -> u8 {
    std::hash::BuildHasher::hash_one(&std::collections::hash_map::RandomState::new(), 0).to_le_bytes()[0]
}
