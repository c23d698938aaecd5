//! A store between the system and its real one, that does what a test says.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use kortti_store::{
    Append, ColdTable, Extent, Head, Lease, Record, SnapshotRow, Store, StoreError, StreamId,
};
use kortti_store_sqlite::{Options, SqliteStore};
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::master;
use crate::{App, Clock, Ledger};

type ColdHook = dyn Fn(ColdTable) -> Option<Result<Option<Vec<u8>>, StoreError>> + Send + Sync;
type Hook = dyn Fn() -> Result<(), StoreError> + Send + Sync;

/// So that a test fails which waits for what it holds itself.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Faulty {
    inner: SqliteStore,
    append: Mutex<Option<Arc<Hook>>>,
    cold: Mutex<Option<Arc<ColdHook>>>,
    read: Mutex<Option<Arc<Hook>>>,
}

impl Faulty {
    /// A system on such a store. Nothing that it reads is remembered yet.
    pub async fn app(folder: &TempDir) -> (Arc<Self>, Arc<App>) {
        let inner = SqliteStore::open(&folder.path().join("kortti.db"), Options::default()).unwrap();
        let store = Arc::new(Self {
            inner,
            append: Mutex::default(),
            cold: Mutex::default(),
            read: Mutex::default(),
        });
        let ledger = Ledger::start(Arc::clone(&store) as Arc<dyn Store>, Clock::machine()).unwrap();
        (store, App::open(ledger, master()).await.unwrap())
    }

    /// From now on `hook` answers for cold rows, except where it has no answer.
    pub fn on_cold(
        &self,
        hook: impl Fn(ColdTable) -> Option<Result<Option<Vec<u8>>, StoreError>> + Send + Sync + 'static,
    ) {
        *self.cold.lock() = Some(Arc::new(hook));
    }

    /// From now on `hook` is asked whether an append works.
    pub fn on_append(&self, hook: impl Fn() -> Result<(), StoreError> + Send + Sync + 'static) {
        *self.append.lock() = Some(Arc::new(hook));
    }

    /// Holds every read of the journal. The first half tells that one has come, dropping the second lets them go on.
    pub fn hold_reads(&self) -> (UnboundedReceiver<()>, mpsc::Sender<()>) {
        let (arrive, arrived) = unbounded_channel();
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        *self.read.lock() = Some(Arc::new(move || {
            let _ = arrive.send(());
            match released.lock().recv_timeout(PATIENCE) {
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    Err(StoreError::Unavailable { source: "held".into() })
                }
                _ => Ok(()),
            }
        }));
        (arrived, release)
    }
}

impl Store for Faulty {
    fn streams(&self) -> u32 {
        self.inner.streams()
    }
    fn head(&self, stream: StreamId) -> Result<Head, StoreError> {
        self.inner.head(stream)
    }
    fn append(&self, append: &Append<'_>) -> Result<(), StoreError> {
        let hook = self.append.lock().clone();
        hook.map_or(Ok(()), |hook| hook())?;
        self.inner.append(append)
    }
    fn read(&self, stream: StreamId, after: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        let hook = self.read.lock().clone();
        hook.map_or(Ok(()), |hook| hook())?;
        self.inner.read(stream, after, limit)
    }
    fn cold(&self, table: ColdTable, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let hook = self.cold.lock().clone();
        hook.and_then(|hook| hook(table)).unwrap_or_else(|| self.inner.cold(table, id))
    }
    fn scan_cold(
        &self,
        table: ColdTable,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        self.inner.scan_cold(table, after, limit)
    }
    fn write_snapshot(
        &self,
        stream: StreamId,
        sequence: u64,
        extent: Extent,
        rows: &mut dyn Iterator<Item = SnapshotRow>,
    ) -> Result<(), StoreError> {
        self.inner.write_snapshot(stream, sequence, extent, rows)
    }
    fn read_snapshot(&self, stream: StreamId, visit: &mut dyn FnMut(SnapshotRow)) -> Result<u64, StoreError> {
        self.inner.read_snapshot(stream, visit)
    }
    fn clear_snapshot(&self, stream: StreamId) -> Result<(), StoreError> {
        self.inner.clear_snapshot(stream)
    }
    fn lease(&self, stream: StreamId) -> Result<Lease, StoreError> {
        self.inner.lease(stream)
    }
    fn replace_lease(&self, stream: StreamId, seen: &Lease, next: &Lease) -> Result<bool, StoreError> {
        self.inner.replace_lease(stream, seen, next)
    }
    fn confirm(&self, stream: StreamId, end: Head) -> Result<(), StoreError> {
        self.inner.confirm(stream, end)
    }
    fn wipe(&self) -> Result<(), StoreError> {
        self.inner.wipe()
    }
}
