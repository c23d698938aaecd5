//! Brings the main file to the schema this program knows.

use std::path::Path;

use kortti_store::{Migrated, StoreError};
use refinery::error::Kind;
use rusqlite::{Connection, OptionalExtension};

use crate::connection::{Files, Options, open_writer};
use crate::error::{Sort, failure};

/// Where the migrator keeps its record of what it has done.
const HISTORY: &str = "refinery_schema_history";

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Makes the database at `path`, or brings it to the newest schema, all pending migrations in one
/// transaction. Opening a store does the same; this is for doing it beforehand.
///
/// # Errors
/// [`StoreError::Schema`] when a newer program has migrated the database, [`StoreError::Foreign`] when another one has; it is
/// left as it is.
pub fn migrate(path: &Path) -> Result<Migrated, StoreError> {
    let files = Files::at(path)?;
    let _lock = files.lock()?;
    let mut connection = open_writer(&files, &Options::default())?;
    run(&mut connection)
}

/// Migrates over an open connection. The caller holds the lock of the files.
pub(crate) fn run(connection: &mut Connection) -> Result<Migrated, StoreError> {
    // One transaction for all: the migrator's default would leave a database it cannot open when
    // the process dies between a migration and the record of it.
    let runner = embedded::migrations::runner().set_grouped(true);
    let versions = runner.get_migrations().iter().map(refinery::Migration::version);
    let known = versions.max().unwrap_or(0).unsigned_abs();
    let found = found_version(connection)?;
    if found > known {
        return Err(StoreError::Schema { found, known });
    }
    runner.run(connection).map_err(migration_failure)?;
    Ok(Migrated { from: found, to: known })
}

/// Whose tables a database has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Nobody,
    Kortti,
    Other,
}

impl Owner {
    pub(crate) fn of(connection: &Connection) -> rusqlite::Result<Owner> {
        let history = "SELECT type = 'table' AND name = ?1 FROM sqlite_schema ORDER BY 1 DESC LIMIT 1";
        let found: Option<bool> = connection.query_row(history, [HISTORY], |row| row.get(0)).optional()?;
        Ok(match found {
            None => Owner::Nobody,
            Some(true) => Owner::Kortti,
            Some(false) => Owner::Other,
        })
    }
}

pub(crate) const OF_ANOTHER: StoreError =
    StoreError::Foreign { what: "it has the tables of another program" };

/// The newest migration the database has seen, 0 when it has seen none.
fn found_version(connection: &Connection) -> Result<u32, StoreError> {
    if Owner::of(connection).map_err(failure)? != Owner::Kortti {
        return Ok(0);
    }
    let newest = format!("SELECT coalesce(max(version), 0) FROM {HISTORY}");
    connection.query_row(&newest, [], |row| row.get(0)).map_err(failure)
}

/// A history that is not a beginning of ours is another program's; the rest is SQLite's own trouble.
fn migration_failure(error: refinery::Error) -> StoreError {
    let sort = match error.kind() {
        Kind::DivergentVersion(..) | Kind::MissingVersion(..) => return StoreError::OTHER_HISTORY,
        Kind::Connection(_, cause) => cause.downcast_ref().map_or(Sort::Unavailable, Sort::of),
        _ => Sort::Unavailable,
    };
    sort.into_store_error(error.into(), HISTORY, 0)
}
