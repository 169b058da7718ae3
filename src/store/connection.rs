//! One way to speak to both databases: the same statements, values and rows.
//!
//! Statements number their parameters `$1`, `$2`, …, which both understand. What differs is here: locks.

use sqlx::{
    ColumnIndex, Postgres, SqlSafeStr, Sqlite, SqliteConnection,
    pool::PoolConnection,
    postgres::{PgArguments, PgRow},
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::StoreError;

/// Key of the lock under which events are written, in PostgreSQL's space of two integers: "page", 1.
const EVENT_LOCK: (i32, i32) = (0x7061_6765, 1);
/// First key of the locks of single pages: "page" + 1.
const PAGE_LOCK: i32 = 0x7061_6766;

/// A connection that is in use.
#[derive(Debug)]
pub(super) enum Connection {
    /// The one that writes.
    SqliteWriter(SqliteConnection),
    /// One of those that read.
    SqliteReader(PoolConnection<Sqlite>),
    /// One of a pool.
    Postgres(PoolConnection<Postgres>),
}

/// A parameter of a statement.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Int(Option<i64>),
    Real(f64),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// A row of an answer.
#[derive(Debug)]
pub(super) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// A type that both databases give.
pub(super) trait Column:
    for<'r> sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite> + for<'r> sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>
{
}
impl Column for i64 {}
impl Column for f64 {}
impl Column for String {}
impl Column for Vec<u8> {}
impl Column for Option<i64> {}
impl Column for Option<String> {}
impl Column for Option<Vec<u8>> {}

impl Connection {
    /// Runs a statement; how many rows it changed.
    pub(super) async fn execute(&mut self, sql: impl SqlSafeStr, values: &[Value]) -> Result<u64, StoreError> {
        match self {
            Self::SqliteWriter(it) => Ok(of_sqlite(sql, values).execute(it).await?.rows_affected()),
            Self::SqliteReader(it) => Ok(of_sqlite(sql, values).execute(&mut **it).await?.rows_affected()),
            Self::Postgres(it) => Ok(of_postgres(sql, values).execute(&mut **it).await?.rows_affected()),
        }
    }

    /// Runs a statement without parameters, as `BEGIN`, without preparing it.
    pub(super) async fn command(&mut self, sql: &'static str) -> Result<(), StoreError> {
        match self {
            Self::SqliteWriter(it) => sqlx::raw_sql(sql).execute(it).await.map(drop)?,
            Self::SqliteReader(it) => sqlx::raw_sql(sql).execute(&mut **it).await.map(drop)?,
            Self::Postgres(it) => sqlx::raw_sql(sql).execute(&mut **it).await.map(drop)?,
        }
        Ok(())
    }

    /// Runs a statement; the rows it gives.
    pub(super) async fn rows(&mut self, sql: impl SqlSafeStr, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        let of = |it: Vec<SqliteRow>| it.into_iter().map(Row::Sqlite).collect();
        match self {
            Self::SqliteWriter(it) => Ok(of(of_sqlite(sql, values).fetch_all(it).await?)),
            Self::SqliteReader(it) => Ok(of(of_sqlite(sql, values).fetch_all(&mut **it).await?)),
            Self::Postgres(it) => {
                let rows = of_postgres(sql, values).fetch_all(&mut **it).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// Runs a statement; the first row it gives.
    pub(super) async fn row(&mut self, sql: impl SqlSafeStr, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// Runs a statement that gives one number.
    pub(super) async fn number(&mut self, sql: impl SqlSafeStr, values: &[Value]) -> Result<i64, StoreError> {
        match self.row(sql, values).await? {
            Some(row) => row.get(0),
            None => Ok(0),
        }
    }

    /// Lets no other transaction change the review items of this page. SQLite has one writer anyway.
    pub(super) async fn lock_page(&mut self, page_hash: &[u8; 16]) -> Result<(), StoreError> {
        let key = i32::from_be_bytes([page_hash[0], page_hash[1], page_hash[2], page_hash[3]]);
        self.lock(PAGE_LOCK, key).await
    }

    /// Lets no other transaction write events until this one has ended: else an event could appear below one that
    /// was read already, as numbers are given before transactions end. It is the last lock that any transaction
    /// takes, so that no two wait for each other.
    pub(super) async fn lock_events(&mut self) -> Result<(), StoreError> {
        self.lock(EVENT_LOCK.0, EVENT_LOCK.1).await
    }

    async fn lock(&mut self, first: i32, second: i32) -> Result<(), StoreError> {
        if let Self::Postgres(it) = self {
            sqlx::query("SELECT pg_advisory_xact_lock($1, $2)").bind(first).bind(second).execute(&mut **it).await?;
        }
        Ok(())
    }

    /// Writes a copy of the database to a file.
    pub(super) async fn backup(&mut self, file: &str) -> Result<(), StoreError> {
        let Self::SqliteReader(it) = self else {
            let message = "only a SQLite database in a file is copied so; PostgreSQL has pg_dump".to_owned();
            return Err(StoreError::Invalid { field: "file", message });
        };
        sqlx::query("VACUUM INTO $1").bind(file.to_owned()).execute(&mut **it).await?;
        Ok(())
    }

    /// What makes a `SELECT` take rows that no other transaction is about to take.
    pub(super) fn skip_locked(&self) -> &'static str {
        match self {
            Self::Postgres(_) => " FOR UPDATE SKIP LOCKED",
            Self::SqliteWriter(_) | Self::SqliteReader(_) => "",
        }
    }
}

impl Row {
    /// A column by its place.
    pub(super) fn get<T: Column>(&self, column: usize) -> Result<T, StoreError> {
        Ok(match self {
            Self::Sqlite(it) => column_of(it, column)?,
            Self::Postgres(it) => column_of(it, column)?,
        })
    }

    /// Bytes of a fixed number.
    pub(super) fn bytes<const N: usize>(&self, column: usize) -> Result<[u8; N], StoreError> {
        let bytes: Vec<u8> = self.get(column)?;
        let found = bytes.len();
        let what = || format!("column {column} has {found} bytes, {N} are needed");
        bytes.try_into().map_err(|_| StoreError::Corrupt { what: what() })
    }

    /// Bytes of a fixed number, or nothing.
    pub(super) fn some_bytes<const N: usize>(&self, column: usize) -> Result<Option<[u8; N]>, StoreError> {
        match self.get::<Option<Vec<u8>>>(column)? {
            Some(_) => self.bytes(column).map(Some),
            None => Ok(None),
        }
    }

    /// A number that is not negative.
    pub(super) fn count(&self, column: usize) -> Result<u64, StoreError> {
        let value: i64 = self.get(column)?;
        u64::try_from(value).map_err(|_| StoreError::Corrupt { what: format!("count {value} in column {column}") })
    }

    /// One of the values of an enum, by its name.
    pub(super) fn named<T>(&self, column: usize, of: impl Fn(&str) -> Option<T>) -> Result<T, StoreError> {
        let name: String = self.get(column)?;
        of(&name).ok_or_else(|| StoreError::Corrupt { what: format!("unknown name {name:?} in column {column}") })
    }

    /// One of the values of an enum, by its name, or nothing.
    pub(super) fn some_named<T>(&self, column: usize, of: impl Fn(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
        match self.get::<Option<String>>(column)? {
            Some(_) => self.named(column, of).map(Some),
            None => Ok(None),
        }
    }
}

fn column_of<'r, R: sqlx::Row, T>(row: &'r R, column: usize) -> Result<T, sqlx::Error>
where
    usize: ColumnIndex<R>,
    T: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    row.try_get(column)
}

fn of_sqlite(sql: impl SqlSafeStr, values: &[Value]) -> Query<'_, Sqlite, SqliteArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Int(it) => query.bind(*it),
        Value::Real(it) => query.bind(*it),
        Value::Text(it) => query.bind(it.clone()),
        Value::Bytes(it) => query.bind(it.clone()),
    })
}

fn of_postgres(sql: impl SqlSafeStr, values: &[Value]) -> Query<'_, Postgres, PgArguments> {
    values.iter().fold(sqlx::query(sql), |query, value| match value {
        Value::Int(it) => query.bind(*it),
        Value::Real(it) => query.bind(*it),
        Value::Text(it) => query.bind(it.clone()),
        Value::Bytes(it) => query.bind(it.clone()),
    })
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}
impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}
impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}
impl From<u64> for Value {
    /// What is beyond the range of the database is its end.
    fn from(value: u64) -> Self {
        Self::Int(Some(i64::try_from(value).unwrap_or(i64::MAX)))
    }
}
impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}
impl From<&str> for Value {
    /// PostgreSQL has no text with U+0000 in it: U+FFFD stands in its place, in both.
    fn from(value: &str) -> Self {
        Self::Text(Some(value.replace('\0', "\u{fffd}")))
    }
}
impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::from(value.as_str())
    }
}
impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        value.map_or(Self::Text(None), Self::from)
    }
}
impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}
impl<const N: usize> From<Option<[u8; N]>> for Value {
    fn from(value: Option<[u8; N]>) -> Self {
        Self::Bytes(value.map(|it| it.to_vec()))
    }
}
impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}
