//! The snapshot file. All of it can be made again from the journal, so a file that is missing, damaged
//! or of another layout is replaced by an empty one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kortti_store::{Extent, SnapshotRow, StoreError};
use parking_lot::Mutex;
use rusqlite::{CachedStatement, Connection, OptionalExtension, TransactionBehavior};

use crate::connection::{Options, open_snapshot};
use crate::error::{Sort, corrupt, failure, unavailable};

/// The number of the layout below; a file with another number is replaced.
const LAYOUT: u32 = 2;

/// A snapshot names the record it reaches by number *and* hash: that ties it to one history. The rows of each kind have a table
/// of their own, made when it is first needed: where the id alone is the key, a row costs half of what it would otherwise.
const CREATE: &str = "
    CREATE TABLE snapshot (
        one      INTEGER PRIMARY KEY CHECK (one = 1),
        sequence INTEGER NOT NULL,
        hash     BLOB NOT NULL
    ) STRICT;";

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

    /// Adds rows or puts them in the place of all others, and moves the snapshot to `sequence`, in one transaction.
    pub(crate) fn write(
        &self,
        sequence: u64,
        hash_at: HashAt<'_>,
        extent: Extent,
        rows: &mut dyn Iterator<Item = SnapshotRow>,
    ) -> Result<(), StoreError> {
        let Some(hash) = hash_at(sequence)? else {
            return Err(StoreError::Invalid { reason: "a snapshot must end at a record of the journal" });
        };
        let written = self.with(|state, connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let actual = standing(&transaction, hash_at)?;
            if !extent.fits(state.known, actual, sequence) {
                return Err(StoreError::Moved { actual }.into());
            }
            if actual == 0 || extent == Extent::Whole {
                delete_all(&transaction)?;
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
        written.ok_or_else(|| corrupt("snapshot", 0))
    }

    /// Throws the snapshot away. A damaged one is gone as well.
    pub(crate) fn clear(&self) -> Result<(), StoreError> {
        let cleared = self.with(|state, connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            delete_all(&transaction)?;
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
            Err(StoreError::journal_ends_before(sequence).into())
        }
        _ => Ok(()),
    }
}

/// The kinds that have a table.
fn kinds(connection: &Connection) -> rusqlite::Result<Vec<u8>> {
    let mut tables = connection.prepare_cached(
        "SELECT substr(name, 6) + 0 FROM sqlite_schema WHERE name GLOB 'kind_*' ORDER BY 1",
    )?;
    tables.query_map([], |row| row.get(0))?.collect()
}

fn delete_all(connection: &Connection) -> rusqlite::Result<()> {
    for kind in kinds(connection)? {
        connection.execute(&format!("DELETE FROM kind_{kind}"), [])?;
    }
    connection.execute("DELETE FROM snapshot", []).map(drop)
}

fn visit_rows(connection: &Connection, visit: &mut dyn FnMut(SnapshotRow)) -> rusqlite::Result<()> {
    for kind in kinds(connection)? {
        let mut statement = connection.prepare(&format!("SELECT id, body FROM kind_{kind}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            visit(SnapshotRow { kind, id: row.get(0)?, body: Some(row.get(1)?) });
        }
    }
    Ok(())
}

/// Writes rows, of which those of one kind mostly follow each other.
fn write_rows(connection: &Connection, rows: &mut dyn Iterator<Item = SnapshotRow>) -> rusqlite::Result<()> {
    let mut table: Option<Table<'_>> = None;
    for row in rows {
        let mut of_kind = match table.take().filter(|table| table.kind == row.kind) {
            Some(table) => table,
            None => Table::of(row.kind, connection)?,
        };
        match &row.body {
            Some(body) => of_kind.put.execute((row.id, body.as_slice()))?,
            None => of_kind.delete.execute([row.id])?,
        };
        table = Some(of_kind);
    }
    Ok(())
}

/// What writes the rows of one kind.
struct Table<'a> {
    kind: u8,
    put: CachedStatement<'a>,
    delete: CachedStatement<'a>,
}

impl<'a> Table<'a> {
    fn of(kind: u8, connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.execute(
            &format!(
                "CREATE TABLE IF NOT EXISTS kind_{kind} (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT"
            ),
            [],
        )?;
        Ok(Self {
            kind,
            put: connection
                .prepare_cached(&format!("REPLACE INTO kind_{kind} (id, body) VALUES (?1, ?2)"))?,
            delete: connection.prepare_cached(&format!("DELETE FROM kind_{kind} WHERE id = ?1"))?,
        })
    }
}
