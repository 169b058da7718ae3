//! Running pieces of work on a database: what both backends offer.

use std::{future::Future, pin::Pin};

use super::{StoreError, connection::Connection};

/// A future that borrows the connection it runs on.
pub(super) type Running<'c, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'c>>;

/// A database that runs work.
pub(super) trait Backend: std::fmt::Debug + Send + Sync + 'static {
    /// Runs work that reads.
    fn read<T, F>(&self, work: F) -> impl Future<Output = Result<T, StoreError>> + Send
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Connection) -> Running<'c, T> + Send + Sync + 'static;

    /// Runs work in a transaction that is on disk at return. Dropping the future cancels nothing. The work may run
    /// more than once, each time from the beginning.
    fn write<T, F>(&self, work: F) -> impl Future<Output = Result<T, StoreError>> + Send
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut Connection) -> Running<'c, T> + Send + Sync + 'static;

    /// Where it is, without user and password.
    fn at(&self) -> String;

    /// Name and version.
    fn name(&self) -> String;

    /// Writes that wait.
    fn waiting(&self) -> usize;

    /// Takes no more work, ends what was taken, closes all connections.
    fn close(&self) -> impl Future<Output = ()> + Send;
}
