//! Sorts PostgreSQL's errors by what the caller has to do about them.
//!
//! None is `Fatal`: a server whose flush fails stops by itself, and what is seen of that is a lost connection.

use kortti_store::{Cause, StoreError};
use tokio_postgres::error::SqlState;

/// What stopped a call.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There was no connection to be had, so nothing was sent.
    NoConnection(Cause),
    /// The server or the driver said no.
    Driver(tokio_postgres::Error),
    /// No answer came in time.
    TimedOut,
    /// The server answered a commit that a synchronous standby may not have.
    Abandoned,
    /// Something else was found on the way, and sorted already.
    Store(StoreError),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Failure {
        Failure::Driver(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::Store(error)
    }
}

/// How far a call had come when it was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing was sent that could commit by itself.
    BeforeCommit,
    /// The statement that commits was on its way.
    Commit,
}

impl Failure {
    pub(crate) fn sort(&self) -> Sort {
        match self {
            Failure::NoConnection(_) => Sort::Unavailable,
            // An error that the server did not send is a connection's.
            Failure::Driver(error) => error.code().map_or(Sort::Lost, Sort::of),
            Failure::TimedOut | Failure::Abandoned => Sort::Lost,
            Failure::Store(_) => Sort::Found,
        }
    }

    /// Whether it was not done in time, whoever gave it up.
    pub(crate) fn took_too_long(&self) -> bool {
        matches!(self, Failure::TimedOut) || self.sort() == Sort::Late
    }

    /// The error for the caller. `table` is the one that was being used, for damage.
    pub(crate) fn into_store_error(self, phase: Phase, table: &'static str) -> StoreError {
        let sort = self.sort();
        let source: Cause = match self {
            Failure::Store(error) => return error,
            Failure::NoConnection(cause) => cause,
            Failure::Driver(error) => error.into(),
            Failure::TimedOut => "the server did not answer in time".into(),
            Failure::Abandoned => "the server did not wait for its standby".into(),
        };
        match sort {
            Sort::Full => StoreError::Full { source },
            Sort::Lost if phase == Phase::Commit => StoreError::Unknown { source },
            Sort::Damaged | Sort::Duplicate => StoreError::Corrupt { table, row: 0, source: Some(source) },
            Sort::TooBig => StoreError::Invalid { reason: TOO_BIG },
            _ => StoreError::Unavailable { source },
        }
    }
}

/// Why something of more than the protocol's thousand million bytes is refused.
pub(crate) const TOO_BIG: &str = "a body is larger than the store can hold";

/// What an error says about the transaction and about the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// Others were at the same rows: rolled back, and the same again may succeed at once.
    Conflict,
    /// The key is there already: rolled back.
    Duplicate,
    /// No room: rolled back.
    Full,
    /// It took longer than allowed: rolled back.
    Late,
    /// The server takes no writes, or not any more: rolled back, and another server may take them.
    ReadOnly,
    /// The connection is gone or going, or the server itself does not know: a commit may have happened.
    Lost,
    /// What is stored is not what this program stores: rolled back.
    Damaged,
    /// Larger than the server can hold: rolled back.
    TooBig,
    /// No error of the driver's.
    Found,
    /// Everything else may pass, or an operator can make it: memory, permissions, log-in. Rolled back.
    Unavailable,
}

impl Sort {
    pub(crate) fn of(code: &SqlState) -> Sort {
        match code.code() {
            // serialization_failure, deadlock_detected
            "40001" | "40P01" => Sort::Conflict,
            // statement_completion_unknown
            "40003" => Sort::Lost,
            // unique_violation
            "23505" => Sort::Duplicate,
            // disk_full
            "53100" => Sort::Full,
            // query_canceled (a statement_timeout too), lock_not_available
            "57014" | "55P03" => Sort::Late,
            // read_only_sql_transaction
            "25006" => Sort::ReadOnly,
            // admin_shutdown, crash_shutdown, database_dropped, idle_session_timeout: the server ends the connection,
            // and may have committed just before it was told to. idle_in_transaction_session_timeout, too, ends it.
            "57P01" | "57P02" | "57P04" | "57P05" | "25P03" => Sort::Lost,
            // data_corrupted, index_corrupted; undefined_table, undefined_column, invalid_schema_name,
            // datatype_mismatch: the tables are not those that were looked at when the store was opened.
            "XX001" | "XX002" | "42P01" | "42703" | "3F000" | "42804" => Sort::Damaged,
            code => match &code[..2.min(code.len())] {
                // connection exceptions, transaction_resolution_unknown and protocol violations among them
                "08" => Sort::Lost,
                // integrity constraint violations: nothing that this program writes violates one
                "23" => Sort::Damaged,
                // program limits
                "54" => Sort::TooBig,
                _ => Sort::Unavailable,
            },
        }
    }

    /// Whether the connection may be used again.
    pub(crate) fn spares_connection(self) -> bool {
        matches!(self, Sort::Conflict | Sort::Duplicate | Sort::Full | Sort::Late | Sort::Found)
    }

    /// Whether other connections to the same server are in no better state.
    pub(crate) fn condemns_server(self) -> bool {
        matches!(self, Sort::Lost | Sort::ReadOnly)
    }
}

/// Something outside the server stands in the way. Nothing was written.
pub(crate) fn unavailable(cause: impl Into<Cause>) -> StoreError {
    StoreError::Unavailable { source: cause.into() }
}

/// A row holds what no writer of this crate can have put there.
pub(crate) fn corrupt(table: &'static str, row: i64) -> StoreError {
    StoreError::Corrupt { table, row, source: None }
}

#[cfg(test)]
mod tests;
