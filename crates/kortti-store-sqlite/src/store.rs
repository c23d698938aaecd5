//! The store itself: one writing connection, readers beside it, the snapshot apart.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use kortti_store::{
    Append, ColdTable, Extent, Head, Lease, Record, SnapshotRow, Store, StoreError, StreamId,
};
use parking_lot::Mutex;
use rusqlite::{Connection, TransactionBehavior};

use crate::connection::{Files, Options, open_writer};
use crate::error::{commit_failure, failure, unavailable, write_failure_at};
use crate::readers::Readers;
use crate::snapshot::Snapshot;
use crate::{journal, lease, migrations};

/// The one stream of the embedded store.
const ONLY: StreamId = StreamId(0);

/// SQLite's own upper bound of a file's pages.
const MOST_PAGES: u32 = u32::MAX - 1;

/// A store in two SQLite files. See [`Store`] for what its methods promise.
pub struct SqliteStore {
    writer: Mutex<Writer>,
    readers: Readers,
    snapshot: Snapshot,
    /// Where everything is that is not in the main file yet.
    log: PathBuf,
}

impl SqliteStore {
    /// Opens the store whose main file is `path`. Makes the folder and the files, readable by their
    /// owner only, when they are missing, and migrates an older schema.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when a newer program has migrated the database;
    /// [`StoreError::Foreign`] when it is another program's;
    /// [`StoreError::Corrupt`] when the main file is no database or is damaged.
    pub fn open(path: &Path, options: Options) -> Result<SqliteStore, StoreError> {
        let files = Files::at(path)?;
        let _lock = files.lock()?;
        let mut connection = open_writer(&files, &options)?;
        migrations::run(&mut connection)?;
        let log = files.log();
        let snapshot = Snapshot::open(files.snapshot, options.clone())?;
        let writer = Mutex::new(Writer { connection, failed: false });
        Ok(SqliteStore { writer, readers: Readers::new(files.main, options), snapshot, log })
    }

    /// Lets the main file grow to `pages` pages of 4096 bytes and no further, or as far as the disk
    /// goes. A file that is already larger stays as it is. Appends beyond that are refused as
    /// [`StoreError::Full`]; it holds for this handle only and until it is closed.
    pub fn limit_pages(&self, pages: Option<u32>) -> Result<(), StoreError> {
        let pages = pages.unwrap_or(MOST_PAGES).clamp(1, MOST_PAGES);
        let writer = self.writer.lock();
        writer.connection.execute_batch(&format!("PRAGMA max_page_count = {pages}")).map_err(failure)
    }

    /// Looks a record's hash up, for the snapshot that claims to reach it.
    fn hash_at(&self, sequence: u64) -> Result<Option<[u8; 32]>, StoreError> {
        self.readers.with(|connection| journal::hash_at(connection, sequence))
    }
}

impl Store for SqliteStore {
    fn streams(&self) -> u32 {
        1
    }

    fn head(&self, stream: StreamId) -> Result<Head, StoreError> {
        check(stream)?;
        self.readers.with(journal::head)
    }

    fn append(&self, append: &Append<'_>) -> Result<(), StoreError> {
        check(append.stream)?;
        journal::check_sequence(append)?;
        self.writer.lock().commit(|connection| journal::append(connection, append))
    }

    fn read(&self, stream: StreamId, after: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        check(stream)?;
        self.readers.with(|connection| journal::read(connection, after, limit))
    }

    fn cold(&self, table: ColdTable, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.readers.with(|connection| journal::cold(connection, table, id))
    }

    fn scan_cold(
        &self,
        table: ColdTable,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let first = match after {
            None => i64::MIN,
            Some(i64::MAX) => return Ok(Vec::new()),
            Some(after) => after + 1,
        };
        self.readers.with(|connection| journal::scan_cold(connection, table, first, limit))
    }

    fn write_snapshot(
        &self,
        stream: StreamId,
        sequence: u64,
        extent: Extent,
        rows: &mut dyn Iterator<Item = SnapshotRow>,
    ) -> Result<(), StoreError> {
        check(stream)?;
        self.snapshot.write(sequence, &|sequence| self.hash_at(sequence), extent, rows)
    }

    fn read_snapshot(&self, stream: StreamId, visit: &mut dyn FnMut(SnapshotRow)) -> Result<u64, StoreError> {
        check(stream)?;
        self.snapshot.read(&|sequence| self.hash_at(sequence), visit)
    }

    fn clear_snapshot(&self, stream: StreamId) -> Result<(), StoreError> {
        check(stream)?;
        self.snapshot.clear()
    }

    fn lease(&self, stream: StreamId) -> Result<Lease, StoreError> {
        check(stream)?;
        self.readers.with(lease::find)
    }

    fn replace_lease(&self, stream: StreamId, seen: &Lease, next: &Lease) -> Result<bool, StoreError> {
        check(stream)?;
        next.check_after(seen)?;
        self.writer.lock().commit(|connection| lease::replace(connection, seen, next))
    }

    fn confirm(&self, stream: StreamId, end: Head) -> Result<(), StoreError> {
        check(stream)?;
        if end != Head::EMPTY && self.hash_at(end.sequence)? != Some(end.hash) {
            return Err(StoreError::Moved { actual: self.head(stream)?.sequence });
        }
        // A process that is killed between writing and flushing leaves what the next one reads.
        self.writer.lock().flush(&self.log)
    }

    fn wipe(&self) -> Result<(), StoreError> {
        // The snapshot goes first: a crash in between leaves a store that is whole without it.
        self.snapshot.clear()?;
        self.writer.lock().commit(journal::wipe)
    }
}

/// The connection that writes the main file.
struct Writer {
    connection: Connection,
    /// A flush has failed: what the disk holds is in doubt, and nothing may be written on top of it.
    failed: bool,
}

impl Writer {
    /// Runs `work` in a transaction that takes the write lock at once, and commits it durably.
    fn commit<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.check_flushed()?;
        let outcome = self.try_commit(work);
        self.failed = matches!(outcome, Err(StoreError::Fatal { .. }));
        outcome
    }

    /// Flushes what any process has written into the log. What has gone from there into the main file was flushed on the way.
    fn flush(&mut self, log: &Path) -> Result<(), StoreError> {
        self.check_flushed()?;
        let file = match File::open(log) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file.map_err(unavailable)?,
        };
        let flushed = file.sync_all();
        self.failed = flushed.is_err();
        flushed.map_err(|error| StoreError::Fatal { source: error.into() })
    }

    fn check_flushed(&self) -> Result<(), StoreError> {
        if self.failed {
            return Err(StoreError::Fatal { source: "an earlier flush has failed".into() });
        }
        Ok(())
    }

    fn try_commit<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| write_failure_at(error, "journal", 0))?;
        let done = work(&transaction)?;
        transaction.commit().map_err(commit_failure)?;
        Ok(done)
    }
}

fn check(stream: StreamId) -> Result<(), StoreError> {
    if stream == ONLY {
        return Ok(());
    }
    Err(StoreError::Invalid { reason: "the embedded store has one stream, number 0" })
}
