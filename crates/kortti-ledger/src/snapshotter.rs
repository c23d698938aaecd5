//! Writes snapshots behind the engine's back, one at a time, on a thread of its own.

use std::{sync::Arc, thread::JoinHandle};

use kortti_store::{Store, StoreError, StreamId, chain};

use crate::{
    hot::HotState,
    snapshot::{self, Dirty, Moment},
};

/// How many entries may follow the last snapshot before the next one is written. It bounds what a start replays: two cores
/// replay some 300,000 a second.
pub(crate) const ENTRIES: u64 = 500_000;

/// By how much a thread that nobody waits for is nicer than others: it gets a tenth of a core that they want all of.
#[cfg(target_os = "linux")]
pub(crate) const NICER: i32 = 10;

pub(crate) struct Snapshotter {
    store: Arc<dyn Store>,
    stream: StreamId,
    /// How many entries may follow the last snapshot.
    entries: u64,
    /// Where the last snapshot stands, or the one being written.
    sequence: u64,
    running: Option<JoinHandle<Result<(), StoreError>>>,
    /// The last one failed: what it was to write is not known any more, so the next one starts from scratch.
    from_scratch: bool,
}

impl Snapshotter {
    pub fn new(store: Arc<dyn Store>, stream: StreamId, sequence: u64, entries: u64) -> Self {
        Self { store, stream, entries, sequence, running: None, from_scratch: sequence == 0 }
    }

    /// Starts a snapshot if it is time for one and none is being written. Hands over what has changed, and looks nothing up: the
    /// engine has others waiting.
    pub fn consider(&mut self, state: &Arc<HotState>, sequence: u64, dirty: &mut Dirty) {
        if sequence.saturating_sub(self.sequence) < self.entries {
            return;
        }
        if self.running.as_ref().is_some_and(|running| !running.is_finished()) {
            return;
        }
        self.finish();
        let (moment, changed) = (Moment::of(state), self.take(dirty));
        let (store, state, stream) = (Arc::clone(&self.store), Arc::clone(state), self.stream);
        let write = move || {
            give_way();
            snapshot::write(&*store, stream, sequence, &state, &moment, changed)
        };
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

    /// What a process that only follows does instead: whoever decides writes the snapshots, and what has changed since a long
    /// time ago is not kept for the case that this process will.
    pub fn pass(&mut self, sequence: u64, dirty: &mut Dirty) {
        if sequence.saturating_sub(self.sequence) >= self.entries {
            *dirty = dirty.next();
            self.sequence = sequence;
            self.from_scratch = true;
        }
    }

    /// Writes the last snapshot before the end, so that the next start has nothing to replay.
    pub fn last(&mut self, state: &HotState, sequence: u64, dirty: &mut Dirty) {
        self.finish();
        if sequence == self.sequence && !self.from_scratch {
            return;
        }
        let (moment, changed) = (Moment::of(state), self.take(dirty));
        if sequence > 0
            && let Err(error) = snapshot::write(&*self.store, self.stream, sequence, state, &moment, changed)
        {
            tracing::warn!(
                error = chain(&error),
                "the snapshot was not written; the next start replays more"
            );
        }
    }

    /// Waits for the snapshot that is being written. The state must not be cleared before: it is looked up in.
    pub fn finish(&mut self) {
        match self.running.take().map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => {}
            Some(Ok(Err(error))) => {
                tracing::warn!(error = chain(&error), "a snapshot was not written");
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

    /// What has changed; nothing where that is not known.
    fn take(&self, dirty: &mut Dirty) -> Option<Dirty> {
        let next = dirty.next();
        let changed = std::mem::replace(dirty, next);
        (!self.from_scratch).then_some(changed)
    }
}

/// Lets the threads that somebody waits for go first. On Linux a thread is nice by itself, elsewhere only a whole process.
pub(crate) fn give_way() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(NICER);
}
