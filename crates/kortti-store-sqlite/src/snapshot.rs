//! The snapshot file. All of it can be made again from the journal, so a file that is missing, damaged
//! or of another layout is replaced by an empty one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kortti_store::{SnapshotRow, StoreError};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

use crate::connection::{Options, open_snapshot};
use crate::error::{Sort, corrupt, failure, unavailable};

/// The number of the layout below; a file with another number is replaced.
const LAYOUT: u32 = 1;

/// A snapshot names the record it reaches by number *and* hash: that ties it to one history.
const CREATE: &str = "
    CREATE TABLE snapshot (
        one      INTEGER PRIMARY KEY CHECK (one = 1),
        sequence INTEGER NOT NULL,
        hash     BLOB NOT NULL
    ) STRICT;
    CREATE TABLE snapshot_row (
        kind INTEGER NOT NULL,
        id   INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (kind, id)
    ) STRICT, WITHOUT ROWID;";

const DELETE_ALL: &str = "DELETE FROM snapshot_row; DELETE FROM snapshot;";

/// Looks a record's hash up in the journal.
pub(crate) type HashAt<'a> = &'a dyn Fn(u64) -> Result<Option<[u8; 32]>, StoreError>;

/// What stops work on the snapshot. The two are kept apart so that damage to the journal, met while
/// looking a hash up, is never taken for damage to the snapshot.
enum Failure {
    /// The snapshot file's own trouble.
    Sqlite(rusqlite::Error),
    /// Everything else.
    Store(StoreError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Sqlite(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

/// One handle's view of the snapshot file.
pub(crate) struct Snapshot {
    path: PathBuf,
    options: Options,
    state: Mutex<State>,
}

struct State {
    /// `None` after the file was found damaged; opened again when next needed.
    connection: Option<Connection>,
    /// The sequence at which this handle last read, wrote or cleared the snapshot: rows written next add to it.
    known: u64,
}

impl Snapshot {
    /// Opens the file, or makes a new one. The caller holds the lock of the files.
    pub(crate) fn open(path: PathBuf, options: Options) -> Result<Snapshot, StoreError> {
        let connection = Some(open_or_replace(&path, &options)?);
        Ok(Snapshot { path, options, state: Mutex::new(State { connection, known: 0 }) })
    }

    /// Visits every row and returns the sequence, 0 when there is no snapshot of this journal.
    pub(crate) fn read(
        &self,
        hash_at: HashAt<'_>,
        visit: &mut dyn FnMut(SnapshotRow),
    ) -> Result<u64, StoreError> {
        let read = self.with(|state, connection| {
            state.known = 0;
            let transaction = connection.transaction()?;
            let sequence = standing(&transaction, hash_at)?;
            if sequence == 0 {
                check_journal(&transaction, hash_at)?;
            } else {
                visit_rows(&transaction, visit)?;
            }
            state.known = sequence;
            Ok(sequence)
        })?;
        Ok(read.unwrap_or(0))
    }

    /// Adds rows and moves the snapshot to `sequence`, in one transaction.
    pub(crate) fn write(
        &self,
        sequence: u64,
        hash_at: HashAt<'_>,
        rows: &mut dyn Iterator<Item = SnapshotRow>,
    ) -> Result<(), StoreError> {
        let Some(hash) = hash_at(sequence)? else {
            return Err(StoreError::Invalid { reason: "a snapshot must end at a record of the journal" });
        };
        let written = self.with(|state, connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let actual = standing(&transaction, hash_at)?;
            if actual < state.known || actual > sequence {
                return Err(StoreError::Moved { actual }.into());
            }
            if actual == 0 {
                transaction.execute_batch(DELETE_ALL)?;
            }
            write_rows(&transaction, rows)?;
            transaction.execute(
                "INSERT OR REPLACE INTO snapshot (one, sequence, hash) VALUES (1, ?1, ?2)",
                (sequence, hash),
            )?;
            transaction.commit()?;
            state.known = sequence;
            Ok(())
        })?;
        written.ok_or_else(|| corrupt("snapshot_row", 0))
    }

    /// Throws the snapshot away. A damaged one is gone as well.
    pub(crate) fn clear(&self) -> Result<(), StoreError> {
        let cleared = self.with(|state, connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(DELETE_ALL)?;
            transaction.commit()?;
            state.known = 0;
            Ok(())
        })?;
        if cleared.is_none() {
            self.state.lock().known = 0;
        }
        Ok(())
    }

    /// Lends the connection to `work`. Returns `None` when the file turned out to be damaged, and
    /// was thrown away.
    fn with<T>(
        &self,
        work: impl FnOnce(&mut State, &mut Connection) -> Result<T, Failure>,
    ) -> Result<Option<T>, StoreError> {
        let mut state = self.state.lock();
        let mut connection = match state.connection.take() {
            Some(connection) => connection,
            None => open_or_replace(&self.path, &self.options)?,
        };
        let outcome = match work(&mut state, &mut connection) {
            Ok(done) => Ok(Some(done)),
            Err(Failure::Store(error)) => Err(error),
            Err(Failure::Sqlite(error)) if Sort::of(&error) == Sort::Corrupt => {
                drop(connection);
                remove(&self.path)?;
                return Ok(None);
            }
            Err(Failure::Sqlite(error)) => Err(failure(error)),
        };
        state.connection = Some(connection);
        outcome
    }
}

fn open_or_replace(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    match open(path, options) {
        Err(StoreError::Corrupt { .. } | StoreError::Schema { .. }) => {
            remove(path)?;
            open(path, options)
        }
        opened => opened,
    }
}

/// Opens the file and lays it out when it is new.
fn open(path: &Path, options: &Options) -> Result<Connection, StoreError> {
    let mut connection = open_snapshot(path, options)?;
    let layout = lay_out(&mut connection).map_err(failure)?;
    if layout != LAYOUT {
        return Err(StoreError::Schema { found: layout, known: LAYOUT });
    }
    Ok(connection)
}

/// Lays an empty file out, and returns the number of the layout found or made.
fn lay_out(connection: &mut Connection) -> rusqlite::Result<u32> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found != 0 {
        return Ok(found);
    }
    transaction.execute_batch(CREATE)?;
    transaction.pragma_update(None, "user_version", LAYOUT)?;
    transaction.commit()?;
    Ok(LAYOUT)
}

/// Removes the file and what SQLite keeps beside it.
fn remove(path: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_os_string();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unavailable(error)),
            _ => {}
        }
    }
    Ok(())
}

/// The sequence the snapshot stands at; 0 when there is none, or when it was made from another
/// journal than the one beside it (one that was wiped, or replaced by a backup, since).
fn standing(connection: &Connection, hash_at: HashAt<'_>) -> Result<u64, Failure> {
    let found: Option<(u64, [u8; 32])> = connection
        .query_row("SELECT sequence, hash FROM snapshot", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((sequence, hash)) = found else { return Ok(0) };
    Ok(if hash_at(sequence)? == Some(hash) { sequence } else { 0 })
}

/// Fails when the journal beside the snapshot has an end, and it lies before the record the snapshot reaches: entries that were
/// on the disk are not any more.
fn check_journal(connection: &Connection, hash_at: HashAt<'_>) -> Result<(), Failure> {
    let reached: Option<u64> =
        connection.query_row("SELECT sequence FROM snapshot", [], |row| row.get(0)).optional()?;
    match reached {
        Some(sequence) if hash_at(1)?.is_some() && hash_at(sequence)?.is_none() => {
            Err(corrupt("journal", i64::try_from(sequence).unwrap_or(i64::MAX)).into())
        }
        _ => Ok(()),
    }
}

fn visit_rows(connection: &Connection, visit: &mut dyn FnMut(SnapshotRow)) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("SELECT kind, id, body FROM snapshot_row")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        visit(SnapshotRow { kind: row.get(0)?, id: row.get(1)?, body: Some(row.get(2)?) });
    }
    Ok(())
}

fn write_rows(connection: &Connection, rows: &mut dyn Iterator<Item = SnapshotRow>) -> rusqlite::Result<()> {
    let mut put = connection.prepare_cached(
        "INSERT INTO snapshot_row (kind, id, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
    )?;
    let mut delete = connection.prepare_cached("DELETE FROM snapshot_row WHERE kind = ?1 AND id = ?2")?;
    for row in rows {
        match &row.body {
            Some(body) => put.execute((row.kind, row.id, body.as_slice()))?,
            None => delete.execute((row.kind, row.id))?,
        };
    }
    Ok(())
}
