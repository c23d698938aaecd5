//! A store in between: it passes everything on, save what a test told it to do instead.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
        mpsc,
    },
};

use kortti_store::{
    Append, ColdTable, Extent, Head, Lease, Record, SnapshotRow, Store, StoreError, StreamId,
};
use parking_lot::Mutex;

type AppendHook = Box<dyn FnOnce(&dyn Store, &Append<'_>) -> Result<(), StoreError> + Send>;
type ReadHook = Box<dyn Fn(&mut Vec<Record>) + Send>;
type RecordHook = Box<dyn FnMut() -> Result<(), StoreError> + Send>;
type RowHook = Box<dyn FnMut() + Send>;

pub struct Probe {
    inner: Mutex<Arc<dyn Store>>,
    hooks: Mutex<VecDeque<AppendHook>>,
    doctor: Mutex<Option<ReadHook>>,
    cut_at: Mutex<Option<Head>>,
    before_read: Mutex<Option<RecordHook>>,
    before_row: Mutex<Option<RowHook>>,
    refuse_appends: AtomicUsize,
    fail_reads: AtomicUsize,
    fail_cold: AtomicUsize,
    appends: AtomicUsize,
    asleep: AtomicBool,
    wipe_fails: AtomicBool,
    confirms_nothing: AtomicBool,
    gone: AtomicBool,
    clock_ahead_ms: AtomicI64,
}

impl Probe {
    pub fn over(inner: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self {
            inner: Mutex::new(inner),
            hooks: Mutex::default(),
            doctor: Mutex::default(),
            cut_at: Mutex::default(),
            before_read: Mutex::default(),
            before_row: Mutex::default(),
            refuse_appends: AtomicUsize::new(0),
            fail_reads: AtomicUsize::new(0),
            fail_cold: AtomicUsize::new(0),
            appends: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            wipe_fails: AtomicBool::new(false),
            confirms_nothing: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            clock_ahead_ms: AtomicI64::new(0),
        })
    }

    /// Does `hook` in place of the next append that has no hook yet.
    pub fn on_append(
        &self,
        hook: impl FnOnce(&dyn Store, &Append<'_>) -> Result<(), StoreError> + Send + 'static,
    ) {
        self.hooks.lock().push_back(Box::new(hook));
    }

    /// From now on whoever shows life in the lease sleeps in the middle of it.
    pub fn fall_asleep(&self) {
        self.asleep.store(true, Ordering::SeqCst);
    }

    /// From now on a wipe comes no further than the snapshot.
    pub fn fail_wipes(&self) {
        self.wipe_fails.store(true, Ordering::SeqCst);
    }

    fn inner(&self) -> Arc<dyn Store> {
        Arc::clone(&self.inner.lock())
    }

    /// Another server takes the place of this one.
    pub fn fail_over(&self, to: Arc<dyn Store>) {
        *self.inner.lock() = to;
    }

    /// Whether nobody says any more that what is seen is durable.
    pub fn confirm_nothing(&self, nothing: bool) {
        self.confirms_nothing.store(nothing, Ordering::SeqCst);
    }

    /// The database has gone, or is back: no entry is written or read, and nobody's lease.
    pub fn set_gone(&self, gone: bool) {
        self.gone.store(gone, Ordering::SeqCst);
    }

    fn check_there(&self) -> Result<(), StoreError> {
        if self.gone.load(Ordering::SeqCst) { Err(unavailable()) } else { Ok(()) }
    }

    /// From now on this machine's clock is so far ahead of the store's, or right again where that is 0.
    pub fn set_clock_ahead(&self, ms: i64) {
        self.clock_ahead_ms.store(ms, Ordering::SeqCst);
    }

    /// Lets it go on.
    pub fn wake_up(&self) {
        self.asleep.store(false, Ordering::SeqCst);
    }

    /// From now on the journal ends with an entry that it has, and the next append finds that out. As after a failover to a server
    /// that was behind.
    pub fn cut_journal(&self, sequence: u64) {
        let hash = self.inner().read(StreamId(0), sequence - 1, 1).unwrap()[0].hash;
        *self.cut_at.lock() = Some(Head { sequence, hash });
        self.on_read(move |records| records.retain(|record| record.sequence <= sequence));
        self.on_append(move |_, _| Err(StoreError::Moved { actual: sequence }));
    }

    /// Lets `doctor` change what is read from the journal.
    pub fn on_read(&self, doctor: impl Fn(&mut Vec<Record>) + Send + 'static) {
        *self.doctor.lock() = Some(Box::new(doctor));
    }

    /// Asks `hook` whether each read of the journal works.
    pub fn before_read(&self, hook: impl FnMut() -> Result<(), StoreError> + Send + 'static) {
        *self.before_read.lock() = Some(Box::new(hook));
    }

    /// Does `hook` before each row of a snapshot is asked for.
    pub fn before_row(&self, hook: impl FnMut() + Send + 'static) {
        *self.before_row.lock() = Some(Box::new(hook));
    }

    /// The disk is full, or has room again.
    pub fn set_full(&self, full: bool) {
        self.refuse_appends.store(usize::from(full), Ordering::SeqCst);
    }

    /// The next `count` reads of the journal fail.
    pub fn fail_reads(&self, count: usize) {
        self.fail_reads.store(count, Ordering::SeqCst);
    }

    /// The next `count` reads of cold rows fail.
    pub fn fail_cold(&self, count: usize) {
        self.fail_cold.store(count, Ordering::SeqCst);
    }

    /// How many appends were attempted.
    pub fn appends(&self) -> usize {
        self.appends.load(Ordering::SeqCst)
    }

    /// Stops the next append before it writes. The first half tells that it has come, the second lets it go on.
    pub fn hold(&self) -> (mpsc::Receiver<()>, mpsc::Sender<()>) {
        let (arrive, arrived) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        self.on_append(move |store, append| {
            arrive.send(()).unwrap();
            let _ = released.recv();
            store.append(append)
        });
        (arrived, release)
    }

    fn paced<'a>(
        &self,
        rows: &'a mut dyn Iterator<Item = SnapshotRow>,
    ) -> impl Iterator<Item = SnapshotRow> + use<'a> {
        let mut hook = self.before_row.lock().take();
        std::iter::from_fn(move || {
            hook.iter_mut().for_each(|hook| hook());
            rows.next()
        })
    }

    /// Stops the next snapshot before its first row, like [`Self::hold`].
    pub fn hold_first_row(&self) -> (mpsc::Receiver<()>, mpsc::Sender<()>) {
        let (arrive, arrived) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let mut held = false;
        self.before_row(move || {
            if !std::mem::replace(&mut held, true) {
                arrive.send(()).unwrap();
                let _ = released.recv();
            }
        });
        (arrived, release)
    }
}

pub fn full() -> StoreError {
    StoreError::Full { source: "no room".into() }
}

pub fn unavailable() -> StoreError {
    StoreError::Unavailable { source: "locked".into() }
}

pub fn unknown() -> StoreError {
    StoreError::Unknown { source: "connection lost".into() }
}

/// Takes one of the failures that are left.
fn fails(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
}

impl Store for Probe {
    fn streams(&self) -> u32 {
        self.inner().streams()
    }
    fn head(&self, stream: StreamId) -> Result<Head, StoreError> {
        self.check_there()?;
        let cut_at = *self.cut_at.lock();
        cut_at.map_or_else(|| self.inner().head(stream), Ok)
    }
    fn append(&self, append: &Append<'_>) -> Result<(), StoreError> {
        self.appends.fetch_add(1, Ordering::SeqCst);
        self.check_there()?;
        if self.refuse_appends.load(Ordering::SeqCst) > 0 {
            return Err(full());
        }
        let hook = self.hooks.lock().pop_front();
        match hook {
            Some(hook) => hook(&*self.inner(), append),
            None => self.inner().append(append),
        }
    }
    fn read(&self, stream: StreamId, after: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.check_there()?;
        if fails(&self.fail_reads) {
            return Err(unavailable());
        }
        self.before_read.lock().as_mut().map_or(Ok(()), |hook| hook())?;
        let mut records = self.inner().read(stream, after, limit)?;
        if let Some(doctor) = &*self.doctor.lock() {
            doctor(&mut records);
        }
        Ok(records)
    }
    fn cold(&self, table: ColdTable, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        if fails(&self.fail_cold) { Err(unavailable()) } else { self.inner().cold(table, id) }
    }
    fn scan_cold(
        &self,
        table: ColdTable,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        self.inner().scan_cold(table, after, limit)
    }
    fn write_snapshot(
        &self,
        stream: StreamId,
        sequence: u64,
        extent: Extent,
        rows: &mut dyn Iterator<Item = SnapshotRow>,
    ) -> Result<(), StoreError> {
        self.inner().write_snapshot(stream, sequence, extent, &mut self.paced(rows))
    }
    fn read_snapshot(&self, stream: StreamId, visit: &mut dyn FnMut(SnapshotRow)) -> Result<u64, StoreError> {
        self.inner().read_snapshot(stream, visit)
    }
    fn clear_snapshot(&self, stream: StreamId) -> Result<(), StoreError> {
        self.inner().clear_snapshot(stream)
    }
    fn lease(&self, stream: StreamId) -> Result<Lease, StoreError> {
        self.check_there()?;
        self.inner().lease(stream)
    }
    fn replace_lease(&self, stream: StreamId, seen: &Lease, next: &Lease) -> Result<bool, StoreError> {
        self.check_there()?;
        while self.asleep.load(Ordering::SeqCst) {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        if self.refuse_appends.load(Ordering::SeqCst) > 0 {
            return Err(full());
        }
        self.inner().replace_lease(stream, seen, next)
    }
    fn confirm(&self, stream: StreamId, end: Head) -> Result<(), StoreError> {
        self.check_there()?;
        if self.confirms_nothing.load(Ordering::SeqCst) {
            return Err(unavailable());
        }
        self.inner().confirm(stream, end)
    }
    fn check_clock(&self) -> Result<(), StoreError> {
        let ahead_ms = self.clock_ahead_ms.load(Ordering::SeqCst);
        if ahead_ms == 0 { Ok(()) } else { Err(StoreError::Clock { ahead_ms }) }
    }
    fn wipe(&self) -> Result<(), StoreError> {
        if self.wipe_fails.load(Ordering::SeqCst) {
            return self.inner().clear_snapshot(StreamId(0)).and(Err(full()));
        }
        self.inner().wipe()
    }
}
