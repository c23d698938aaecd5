//! Writes snapshots behind the engine's back, one at a time, on a thread of its own.

use std::{sync::Arc, thread::JoinHandle};

use kortti_store::{Store, StoreError, StreamId};

use crate::{
    hot::HotState,
    snapshot::{self, Dirty, Row},
};

/// How many entries may follow the last snapshot before the next one is written. It bounds what a start replays.
const ENTRIES: u64 = 200_000;

pub(crate) struct Snapshotter {
    store: Arc<dyn Store>,
    stream: StreamId,
    /// Where the last snapshot stands, or the one being written.
    sequence: u64,
    running: Option<JoinHandle<Result<(), StoreError>>>,
    /// The last one failed: what it was to write is not known any more, so the next one starts from scratch.
    from_scratch: bool,
}

impl Snapshotter {
    pub fn new(store: Arc<dyn Store>, stream: StreamId, sequence: u64) -> Self {
        Self { store, stream, sequence, running: None, from_scratch: sequence == 0 }
    }

    /// Starts a snapshot if it is time for one and none is being written.
    pub fn consider(&mut self, state: &HotState, sequence: u64, dirty: &mut Dirty) {
        if sequence.saturating_sub(self.sequence) < ENTRIES {
            return;
        }
        if self.running.as_ref().is_some_and(|running| !running.is_finished()) {
            return;
        }
        self.finish();
        let rows = self.take(state, dirty);
        let (store, stream, from_scratch) = (Arc::clone(&self.store), self.stream, self.from_scratch);
        let write = move || write(&*store, stream, sequence, rows, from_scratch);
        match std::thread::Builder::new().name("snapshot".into()).spawn(write) {
            Ok(running) => {
                self.running = Some(running);
                self.sequence = sequence;
                self.from_scratch = false;
            }
            Err(error) => {
                tracing::warn!(error = %error, "no thread for a snapshot");
                self.from_scratch = true;
            }
        }
    }

    /// Writes the last snapshot before the end, so that the next start has nothing to replay.
    pub fn last(&mut self, state: &HotState, sequence: u64, dirty: &mut Dirty) {
        self.finish();
        if sequence == self.sequence && !self.from_scratch {
            return;
        }
        let rows = self.take(state, dirty);
        if sequence > 0
            && let Err(error) = write(&*self.store, self.stream, sequence, rows, self.from_scratch)
        {
            tracing::warn!(error = %error, "the snapshot was not written; the next start replays more");
        }
    }

    /// Waits for the snapshot that is being written.
    pub fn finish(&mut self) {
        match self.running.take().map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => {}
            Some(Ok(Err(error))) => {
                tracing::warn!(error = %error, "a snapshot was not written");
                self.from_scratch = true;
            }
            Some(Err(_)) => self.from_scratch = true,
        }
    }

    /// Forgets the past, as a store that was wiped has.
    pub fn restart(&mut self) {
        self.sequence = 0;
        self.from_scratch = true;
    }

    fn take(&self, state: &HotState, dirty: &mut Dirty) -> Vec<Row> {
        let changed = std::mem::take(dirty);
        let dirty = if self.from_scratch { Dirty::everything(state) } else { changed };
        dirty.rows(state)
    }
}

fn write(
    store: &dyn Store,
    stream: StreamId,
    sequence: u64,
    rows: Vec<Row>,
    from_scratch: bool,
) -> Result<(), StoreError> {
    if from_scratch {
        store.clear_snapshot(stream)?;
    }
    snapshot::write(store, stream, sequence, rows)
}
