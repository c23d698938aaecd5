//! A folder for one store, and short names for what tests do with it.

use std::fs;
use std::path::PathBuf;

use kortti_store::conformance::Fixture;
use kortti_store::{
    Append, ColdTable, ColdWrite, Extent, Head, Record, SnapshotRow, Store, StoreError, StreamId,
};
use kortti_store_sqlite::{Options, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;

pub const STREAM: StreamId = StreamId(0);

pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Place {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn main(&self) -> PathBuf {
        self.path("kortti.db")
    }

    pub fn snapshot(&self) -> PathBuf {
        self.path("kortti-snapshot.db")
    }

    pub fn try_open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(&self.main(), Options::default())
    }

    pub fn store(&self) -> SqliteStore {
        self.try_open().unwrap()
    }

    /// A plain connection to the main file, for what no store would do.
    pub fn sql(&self) -> Connection {
        Connection::open(self.main()).unwrap()
    }

    /// Copies a file of this place into another one, if it is there.
    pub fn copy_to(&self, other: &Place, name: &str) {
        if self.path(name).exists() {
            fs::copy(self.path(name), other.path(name)).unwrap();
        }
    }
}

impl Fixture for Place {
    fn open(&self) -> Box<dyn Store> {
        Box::new(self.store())
    }

    fn tamper(&self, statement: &str) {
        let tables = self.sql();
        tables.execute("ATTACH DATABASE ?1 AS snapshots", [self.snapshot().to_str().unwrap()]).unwrap();
        assert!(tables.execute(statement, []).unwrap() > 0);
    }
}

/// A record with a body of `size` bytes.
pub fn record(sequence: u64, size: usize) -> Record {
    Record { sequence, hash: [sequence as u8; 32], bytes: vec![sequence as u8; size] }
}

/// Appends one record, and a cold row numbered like it.
pub fn append_one(store: &dyn Store, sequence: u64, size: usize) -> Result<(), StoreError> {
    let cold = [ColdWrite { table: ColdTable::CardPan, id: sequence as i64, body: Some(vec![1; size]) }];
    let records = [record(sequence, size)];
    let expected = match sequence - 1 {
        0 => Head::EMPTY,
        before => Head { sequence: before, hash: [before as u8; 32] },
    };
    store.append(&Append { stream: STREAM, expected, epoch: 0, records: &records, cold: &cold })
}

pub fn head(store: &dyn Store) -> u64 {
    store.head(STREAM).unwrap().sequence
}

/// Writes `count` snapshot rows of 200 bytes at `sequence`.
pub fn write_snapshot(store: &dyn Store, sequence: u64, count: i64) -> Result<(), StoreError> {
    let mut rows = (0..count).map(|id| SnapshotRow { kind: 1, id, body: Some(vec![7; 200]) });
    store.write_snapshot(STREAM, sequence, Extent::Changes, &mut rows)
}

/// The snapshot's sequence, and how many rows were visited.
pub fn read_snapshot(store: &dyn Store) -> (u64, usize) {
    let mut count = 0;
    let sequence = store.read_snapshot(STREAM, &mut |_| count += 1).unwrap();
    (sequence, count)
}
