//! A store whose calls may fail at a chosen statement, and which calls again, as the contract says, until they have gone
//! through. What failed is compared with what the server really has.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use kortti_store::{
    Append, ColdTable, Extent, Head, Lease, Record, SnapshotRow, Store, StoreError, StreamId,
};
use kortti_store_postgres::PostgresStore;
use parking_lot::Mutex;

use crate::direct::Direct;
use crate::saboteur::Fault;

/// All there is in a store of which one stream is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub journal: Vec<Record>,
    /// By the number that the database has for the table, and that of the row.
    pub cold: BTreeMap<(usize, i64), Vec<u8>>,
    /// The sequence, and the rows by kind and number.
    pub snapshot: (u64, BTreeMap<(u8, i64), Vec<u8>>),
    pub lease: Lease,
}

impl Default for Content {
    fn default() -> Content {
        Content {
            journal: Vec::new(),
            cold: BTreeMap::new(),
            snapshot: Default::default(),
            lease: Lease::FREE,
        }
    }
}

impl Content {
    fn append(&mut self, append: &Append<'_>) {
        self.journal.extend_from_slice(append.records);
        for write in append.cold {
            set(&mut self.cold, (write.table as usize + 1, write.id), write.body.clone());
        }
    }
}

fn set<K: Ord>(rows: &mut BTreeMap<K, Vec<u8>>, name: K, body: Option<Vec<u8>>) {
    match body {
        Some(body) => drop(rows.insert(name, body)),
        None => drop(rows.remove(&name)),
    }
}

/// What should be in the store, beside a way to what is in it that no fault meets.
pub struct Expected {
    fault: Option<Fault>,
    pub direct: Arc<Direct>,
    /// None where nobody knows, because several write at once or somebody has been at the tables.
    content: Option<Mutex<Content>>,
    /// The names of the calls that failed, in order.
    failed: Mutex<Vec<&'static str>>,
}

impl Expected {
    /// An empty store.
    pub fn empty(direct: Arc<Direct>, fault: Option<Fault>) -> Expected {
        Expected { content: Some(Mutex::default()), ..Expected::unknown(direct, fault) }
    }

    /// A store of which nobody will know what is in it.
    pub fn unknown(direct: Arc<Direct>, fault: Option<Fault>) -> Expected {
        Expected { fault, direct, content: None, failed: Mutex::default() }
    }

    /// Checks that the server has what it should, and returns that.
    pub fn check(&self) -> Option<Content> {
        let content = self.content.as_ref()?.lock();
        assert_eq!(self.direct.content(), *content);
        Some(content.clone())
    }

    pub fn failed(&self) -> Vec<&'static str> {
        self.failed.lock().clone()
    }

    /// Calls until there is an answer. Only what says that nothing was written is a reason to call again.
    pub fn look<T>(
        &self,
        name: &'static str,
        mut call: impl FnMut() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        loop {
            match call() {
                Err(StoreError::Unavailable { .. }) => self.note(name),
                Err(StoreError::Unknown { .. }) => unreachable!("{name} commits nothing"),
                outcome => return outcome,
            }
        }
    }

    /// The same for a call that changes something, as `done` does to the content. When its outcome is unknown, `is_there`
    /// finds out as a program would; where that is always false, doing it twice must be the same as doing it once.
    fn write(
        &self,
        name: &'static str,
        mut call: impl FnMut() -> Result<(), StoreError>,
        done: impl Fn(&mut Content),
        is_there: impl Fn() -> bool,
    ) -> Result<(), StoreError> {
        loop {
            match call() {
                Err(StoreError::Unavailable { .. }) => self.note(name),
                Err(StoreError::Unknown { .. }) => {
                    self.resolve(&done);
                    self.note(name);
                    if is_there() {
                        return Ok(());
                    }
                }
                outcome => {
                    if let (Ok(()), Some(content)) = (&outcome, &self.content) {
                        done(&mut content.lock());
                    }
                    return outcome;
                }
            }
        }
    }

    /// Remembers a call that failed, of which nothing is to be seen that is not expected.
    fn note(&self, name: &'static str) {
        self.check();
        self.failed.lock().push(name);
    }

    /// The same for a change that is refused where things are not as they were seen. What was refused after a try of unknown
    /// outcome may have been done by that try, as whoever looks finds out.
    fn replace(
        &self,
        name: &'static str,
        mut call: impl FnMut() -> Result<bool, StoreError>,
        done: impl Fn(&mut Content),
        is_there: impl Fn() -> bool,
    ) -> Result<bool, StoreError> {
        let call =
            || call().and_then(|done| if done { Ok(()) } else { Err(StoreError::Moved { actual: 0 }) });
        match self.write(name, call, done, is_there) {
            Err(StoreError::Moved { .. }) => Ok(false),
            outcome => outcome.map(|()| true),
        }
    }

    /// Expects what has become of a change of unknown outcome: all of it or nothing.
    fn resolve(&self, done: impl Fn(&mut Content)) {
        let fault = self.fault.unwrap();
        assert!(!fault.is_conflict(), "the server has said what became of it");
        let Some(content) = &self.content else { return };
        let mut content = content.lock();
        let mut after = content.clone();
        done(&mut after);
        let found = self.direct.content();
        match fault {
            // What did not arrive was not done.
            Fault::RequestIsCut => assert_eq!(found, *content),
            _ => assert!(found == *content || found == after, "half of it was done"),
        }
        *content = found;
    }
}

/// The store. Errors that no fault has caused come back as they are.
pub struct Checked {
    pub store: PostgresStore,
    pub expected: Arc<Expected>,
}

impl Store for Checked {
    fn streams(&self) -> u32 {
        self.store.streams()
    }

    fn head(&self, stream: StreamId) -> Result<Head, StoreError> {
        self.expected.look("head", || self.store.head(stream))
    }

    fn append(&self, append: &Append<'_>) -> Result<(), StoreError> {
        let end = append.records.last().map(|last| Head { sequence: last.sequence, hash: last.hash });
        let is_there = || match self.expected.content {
            Some(_) => end.is_some_and(|end| self.head(append.stream).unwrap() == end),
            // Others may have written behind them since.
            None => {
                let (after, count) = (append.expected.sequence, append.records.len());
                count > 0 && self.read(append.stream, after, count).unwrap() == append.records
            }
        };
        let done = |content: &mut Content| content.append(append);
        self.expected.write("append", || self.store.append(append), done, is_there)
    }

    fn read(&self, stream: StreamId, after: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.expected.look("read", || self.store.read(stream, after, limit))
    }

    fn cold(&self, table: ColdTable, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.expected.look("cold", || self.store.cold(table, id))
    }

    fn scan_cold(
        &self,
        table: ColdTable,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        self.expected.look("scan_cold", || self.store.scan_cold(table, after, limit))
    }

    fn write_snapshot(
        &self,
        stream: StreamId,
        sequence: u64,
        extent: Extent,
        rows: &mut dyn Iterator<Item = SnapshotRow>,
    ) -> Result<(), StoreError> {
        let rows: Vec<SnapshotRow> = rows.collect();
        let call = || self.store.write_snapshot(stream, sequence, extent, &mut rows.iter().cloned());
        let done = |content: &mut Content| {
            content.snapshot.0 = sequence;
            if extent == Extent::Whole {
                content.snapshot.1 = Default::default();
            }
            for row in &rows {
                set(&mut content.snapshot.1, (row.kind, row.id), row.body.clone());
            }
        };
        // Changes are added only to what this handle knows: whoever does not know what became of them looks.
        let is_there = || {
            let mut found = HashMap::new();
            let visit = &mut |row: SnapshotRow| drop(found.insert((row.kind, row.id), row.body));
            let standing = self.expected.look("read_snapshot", || self.store.read_snapshot(stream, visit));
            let body = |row: &SnapshotRow| found.get(&(row.kind, row.id)).cloned().flatten();
            standing.unwrap() == sequence && rows.iter().all(|row| body(row) == row.body)
        };
        self.expected.write("write_snapshot", call, done, is_there)
    }

    fn read_snapshot(&self, stream: StreamId, visit: &mut dyn FnMut(SnapshotRow)) -> Result<u64, StoreError> {
        let (sequence, rows) = self.expected.look("read_snapshot", || {
            let mut rows = Vec::new();
            let sequence = self.store.read_snapshot(stream, &mut |row| rows.push(row))?;
            Ok((sequence, rows))
        })?;
        rows.into_iter().for_each(visit);
        Ok(sequence)
    }

    fn clear_snapshot(&self, stream: StreamId) -> Result<(), StoreError> {
        let done = |content: &mut Content| content.snapshot = Default::default();
        self.expected.write("clear_snapshot", || self.store.clear_snapshot(stream), done, || false)
    }

    fn lease(&self, stream: StreamId) -> Result<Lease, StoreError> {
        self.expected.look("lease", || self.store.lease(stream))
    }

    fn replace_lease(&self, stream: StreamId, seen: &Lease, next: &Lease) -> Result<bool, StoreError> {
        let call = || self.store.replace_lease(stream, seen, next);
        let done = |content: &mut Content| content.lease = next.clone();
        self.expected.replace("replace_lease", call, done, || self.lease(stream).unwrap() == *next)
    }

    fn confirm(&self, stream: StreamId, end: Head) -> Result<(), StoreError> {
        self.expected.look("confirm", || self.store.confirm(stream, end))
    }

    fn wipe(&self) -> Result<(), StoreError> {
        let done = |content: &mut Content| {
            *content = Content { lease: content.lease.clone(), ..Content::default() };
        };
        self.expected.write("wipe", || self.store.wipe(), done, || false)
    }
}
