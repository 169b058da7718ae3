//! What can go wrong in the store, said once for both databases.

use crate::review::{Decision, Millis, State};

/// Why a call to the store did nothing. Nothing was stored, unless the text says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or takes no more writes for now: try again. Whether a write was made is not
    /// known; all writes may be repeated with the same ids.
    #[error("the store is not available: {reason}")]
    Unavailable {
        /// What it said.
        reason: String,
    },
    /// As many pages wait for a decision as may.
    #[error("{limit} pages wait for a decision, which is the limit: decide some, or raise review.queue_limit")]
    QueueFull {
        /// The limit.
        limit: u64,
    },
    /// The disk of the store is full.
    #[error("the disk of the store is full: free some space")]
    DiskFull,
    /// Someone else was first.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// Nothing has that id.
    #[error("no {what} has the id {id}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// A review item or decision is in a state in which this cannot be done.
    #[error("{what} is {state}, needed is {needed}")]
    WrongState {
        /// What it is.
        what: &'static str,
        /// Its state.
        state: State,
        /// The state it had to have.
        needed: State,
    },
    /// A value that the store does not take.
    #[error("{field}: {message}")]
    Invalid {
        /// Which, in the words of the API.
        field: &'static str,
        /// What is wrong with it and what is the limit.
        message: String,
    },
    /// What is stored cannot be read.
    #[error("the store holds what it cannot read: {what}; restore a backup or report this")]
    Corrupt {
        /// Where and what.
        what: String,
    },
    /// The store cannot be opened as it is.
    #[error("open the store at {at}: {reason}")]
    Open {
        /// Address, without a password.
        at: String,
        /// What is wrong and what to do.
        reason: String,
    },
}

/// Who was first, and with what.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The review item is decided.
    #[error("{by} decided {decision} before")]
    Decided {
        /// Who.
        by: String,
        /// When.
        at: Millis,
        /// How.
        decision: Decision,
    },
    /// Someone else works on it.
    #[error("{by} works on it")]
    Leased {
        /// Who.
        by: String,
        /// Until when.
        until: Millis,
    },
    /// It changed since the etag was given.
    #[error("the review item is at {current} and not at the etag sent: read it again")]
    Changed {
        /// Its etag.
        current: crate::review::Etag,
    },
    /// The decision was undone, or another stands in its place.
    #[error("the decision is no longer in force")]
    NotInForce,
}

impl StoreError {
    /// The database does not answer, for this reason.
    pub(super) fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { reason: reason.into() }
    }

    /// Whether the whole transaction is lost with it, and not the one call alone.
    pub(super) fn is_of_the_database(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::DiskFull)
    }
}

/// Errors of both databases, by their codes: those of SQLite are decimal, those of PostgreSQL have five characters.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => of_code(database.code().as_deref().unwrap_or(""), &error),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Self::Corrupt { what: error.to_string() }
            }
            _ => Self::unavailable(error.to_string()),
        }
    }
}

fn of_code(code: &str, error: &sqlx::Error) -> StoreError {
    // SQLite's primary codes are the low byte: 13 full, 11 corrupt, 26 not a database, 19 constraint.
    let primary = if code.len() == 5 { None } else { code.parse::<u32>().ok().map(|it| it & 0xff) };
    match (code, primary) {
        ("53100", _) | (_, Some(13)) => StoreError::DiskFull,
        // Class 22 is bad data, 23 a broken constraint, 42 a statement that does not fit, XX corruption.
        (_, Some(11 | 19 | 26 | 1)) => StoreError::Corrupt { what: error.to_string() },
        (_, None) if ["22", "23", "42", "XX", "P0"].iter().any(|it| code.starts_with(it)) => {
            StoreError::Corrupt { what: error.to_string() }
        }
        _ => StoreError::unavailable(error.to_string()),
    }
}
