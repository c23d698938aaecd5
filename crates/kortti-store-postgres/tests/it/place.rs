//! A database for one store, and short names for what tests do with it.

use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use kortti_postgres_cluster::Cluster;
use kortti_store::conformance::Fixture;
use kortti_store::{
    Append, ColdTable, ColdWrite, Extent, Head, Record, SnapshotRow, Store, StoreError, StreamId,
};
use kortti_store_postgres::{Options, PostgresStore, migrate};

pub const STREAM: StreamId = StreamId(0);

/// The server of all tests that leave it alone.
static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start().unwrap());

/// An empty database of its own on the common server.
pub struct Place {
    pub database: String,
}

impl Place {
    /// A database that was migrated.
    pub fn new() -> Place {
        let place = Place::bare();
        migrate(&place.url(), Options::default()).unwrap();
        place
    }

    /// A database that was not.
    pub fn bare() -> Place {
        Place { database: CLUSTER.create_database().unwrap() }
    }

    /// A database where each transaction is as strict as can be, unless it says otherwise.
    pub fn serializable() -> Place {
        let place = Place::new();
        place.set("default_transaction_isolation", "serializable");
        place
    }

    /// Changes a parameter for all connections to come.
    pub fn set(&self, parameter: &str, value: &str) {
        self.sql(&format!("ALTER DATABASE {} SET {parameter} = '{value}'", self.database));
    }

    pub fn url(&self) -> String {
        CLUSTER.url(&self.database)
    }

    /// The same through another port.
    pub fn url_through(&self, port: u16) -> String {
        self.url().replace(&CLUSTER.port().to_string(), &port.to_string())
    }

    pub fn port(&self) -> u16 {
        CLUSTER.port()
    }

    pub fn try_open(&self) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(&self.url(), patient())
    }

    pub fn store(&self) -> PostgresStore {
        self.try_open().unwrap()
    }

    /// Statements of the operator's own, for what no store would do.
    pub fn sql(&self, statements: &str) -> String {
        CLUSTER.sql(&self.database, statements).unwrap()
    }
}

impl Fixture for Place {
    fn open(&self) -> Box<dyn Store> {
        Box::new(self.store())
    }

    fn tamper(&self, statement: &str) {
        self.sql(statement);
    }
}

/// With more patience than a server deserves: a disk that is busy with something else for some seconds must not decide what
/// a test finds.
pub fn patient() -> Options {
    let patience = Duration::from_secs(60);
    Options {
        connect_timeout: patience,
        statement_timeout: patience,
        pool_timeout: patience,
        ..Options::default()
    }
}

/// Limits short enough for tests that run into them.
pub fn hasty() -> Options {
    Options {
        connect_timeout: Duration::from_secs(1),
        statement_timeout: Duration::from_secs(1),
        pool_timeout: Duration::from_secs(1),
        ..Options::default()
    }
}

/// Appends one record with a body of `size` bytes, and a cold row numbered like it.
pub fn append_one(store: &dyn Store, sequence: u64, size: usize) -> Result<(), StoreError> {
    append_to(store, STREAM, sequence, size)
}

pub fn append_to(store: &dyn Store, stream: StreamId, sequence: u64, size: usize) -> Result<(), StoreError> {
    let cold = [ColdWrite { table: ColdTable::CardPan, id: sequence as i64, body: Some(vec![1; size]) }];
    let hash = [sequence as u8; 32];
    let records = [Record { sequence, hash, bytes: vec![sequence as u8; size] }];
    store.append(&Append { stream, expected: end_at(sequence - 1), epoch: 0, records: &records, cold: &cold })
}

/// The end of a stream of `sequence` records made by [`append_one`].
pub fn end_at(sequence: u64) -> Head {
    if sequence == 0 { Head::EMPTY } else { Head { sequence, hash: [sequence as u8; 32] } }
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

/// Asks again until there is an answer; a quarter of a minute is more than any of it takes.
pub fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < Duration::from_secs(15), "{what}: still not so");
        thread::park_timeout(Duration::from_millis(10));
    }
}
