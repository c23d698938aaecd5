//! Sorts SQLite's errors by what the caller has to do about them.

use kortti_store::{Cause, StoreError};
use rusqlite::{Error, ErrorCode, ffi};

/// A failure to open a file, or one that no table is to blame for. Nothing was written.
pub(crate) fn failure(error: Error) -> StoreError {
    failure_at(error, "sqlite_schema", 0)
}

/// A failure around one row, before any commit: nothing was written.
pub(crate) fn failure_at(error: Error, table: &'static str, row: i64) -> StoreError {
    let sort = Sort::of(&error);
    sort.into_store_error(error.into(), table, row)
}

/// A failure inside a write transaction of the main file, before its commit.
pub(crate) fn write_failure_at(error: Error, table: &'static str, row: i64) -> StoreError {
    if is_failed_flush(&error) {
        return StoreError::Fatal { source: error.into() };
    }
    failure_at(error, table, row)
}

/// A failed commit of the main file. Unless SQLite says plainly that it did nothing, what the disk
/// holds is in doubt, and only a restart can tell.
pub(crate) fn commit_failure(error: Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { source: error.into() },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => unavailable(error),
        _ => StoreError::Fatal { source: error.into() },
    }
}

/// Something outside SQLite stands in the way.
pub(crate) fn unavailable(cause: impl Into<Cause>) -> StoreError {
    StoreError::Unavailable { source: cause.into() }
}

/// A row holds what no writer of this crate can have put there.
pub(crate) fn corrupt(table: &'static str, row: i64) -> StoreError {
    StoreError::Corrupt { table, row, source: None }
}

/// The sorts an error can be of while nothing has been committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    /// No room.
    Full,
    /// Not what was written, or no database at all.
    Corrupt,
    /// A body of more than a thousand million bytes.
    TooBig,
    /// Everything else may pass: locks, permissions, memory, a read that failed.
    Unavailable,
}

impl Sort {
    pub(crate) fn of(error: &Error) -> Sort {
        match error {
            Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..) => Sort::Corrupt,
            _ => match error.sqlite_error_code() {
                Some(ErrorCode::DiskFull) => Sort::Full,
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Sort::Corrupt,
                Some(ErrorCode::TooBig) => Sort::TooBig,
                _ => Sort::Unavailable,
            },
        }
    }

    pub(crate) fn into_store_error(self, source: Cause, table: &'static str, row: i64) -> StoreError {
        match self {
            Sort::Full => StoreError::Full { source },
            Sort::Corrupt => StoreError::Corrupt { table, row, source: Some(source) },
            Sort::TooBig => StoreError::Invalid { reason: "a body is larger than the store can hold" },
            Sort::Unavailable => StoreError::Unavailable { source },
        }
    }
}

fn is_failed_flush(error: &Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC))
}

#[cfg(test)]
mod tests;
