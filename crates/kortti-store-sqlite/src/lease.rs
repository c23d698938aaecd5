//! The lease: which process answers for the journal.

use kortti_store::{Lease, StoreError};
use rusqlite::{Connection, Row};

use crate::error::{corrupt, failure_at, write_failure_at};

const LEASE: &str = "lease";

/// The lease as it stands.
pub(crate) fn find(connection: &Connection) -> Result<Lease, StoreError> {
    connection
        .prepare_cached("SELECT epoch, beat, holder FROM lease WHERE stream = 0")
        .and_then(|mut statement| statement.query_row([], lease_of))
        .map_err(|error| failure_at(error, LEASE, 0))
}

/// Puts `next` in the place of `seen`; false when it is not there any more. To be called inside a transaction that has taken
/// the write lock.
pub(crate) fn replace(connection: &Connection, seen: &Lease, next: &Lease) -> Result<bool, StoreError> {
    if find(connection)? != *seen {
        return Ok(false);
    }
    let (epoch, beat) = (signed(next.epoch)?, signed(next.beat)?);
    connection
        .prepare_cached("UPDATE lease SET epoch = ?1, beat = ?2, holder = ?3 WHERE stream = 0")
        .and_then(|mut statement| statement.execute((epoch, beat, next.holder.as_slice())))
        .map(|changed| changed == 1)
        .map_err(|error| write_failure_at(error, LEASE, 0))
}

fn lease_of(row: &Row<'_>) -> rusqlite::Result<Lease> {
    let number = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(Lease { epoch: number(0)?, beat: number(1)?, holder: row.get(2)? })
}

fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| corrupt(LEASE, 0))
}
