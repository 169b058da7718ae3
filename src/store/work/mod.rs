//! The statements: what each call of the store does on a connection, the same for both databases.

pub(super) mod allowance;
pub(super) mod answer;
pub(super) mod body;
pub(super) mod count;
pub(super) mod decide;
pub(super) mod event;
pub(super) mod filter;
pub(super) mod history;
pub(super) mod key;
pub(super) mod list;
pub(super) mod lookup;
pub(super) mod purge;
pub(super) mod queue;
pub(super) mod reject;
pub(super) mod session;

use super::{
    StoreError,
    connection::{Connection, Row, Value},
};

type Result<T> = std::result::Result<T, StoreError>;

/// Parameters of a statement, from what they are in Rust.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$(crate::store::connection::Value::from($value)),*][..] };
}
use values;

/// `$first, …` for so many parameters.
fn numbered(first: usize, count: usize) -> String {
    (first..first + count).map(|it| format!("${it}")).collect::<Vec<_>>().join(", ")
}
