//! What is done while a snapshot is written, at a pace that the test sets.

use std::sync::Arc;

use kortti_core::entry::Entry;
use parking_lot::Mutex;

use super::{place::Place, probe::Probe};
use crate::{
    HotState, STREAM,
    batch::Batch,
    journal,
    recall::Recall,
    snapshot::{self, Dirty, Moment},
};

/// The engine's part: a state, how far it has come, and what has changed since the last snapshot.
pub struct Follower {
    pub state: Arc<HotState>,
    entries: Vec<Entry>,
    done: usize,
    dirty: Dirty,
}

impl Follower {
    /// One that goes on from `state`, which is what the first `done` of the entries led to.
    pub fn of(entries: Vec<Entry>, state: HotState, done: usize) -> Self {
        Self { state: Arc::new(state), entries, done, dirty: Dirty::default() }
    }

    pub fn apply(&mut self, count: usize) {
        for entry in self.entries.iter().skip(self.done).take(count) {
            let mut batch = Batch::over(&self.state, Recall::Nowhere);
            journal::apply(entry, &mut batch).unwrap();
            batch.into_changes().merge_into(&self.state, &mut self.dirty);
            self.done += 1;
        }
    }
}

/// The state that a server starts with.
pub fn started(place: &Place) -> HotState {
    let (store, state) = (place.store(), HotState::default());
    let sequence = snapshot::read(&*store, STREAM, &state).unwrap();
    crate::tail(&*store, sequence, &state, &mut Dirty::default()).unwrap();
    state
}

/// Writes two snapshots, the first after `at` entries, while as many entries as `paces` says are applied before each row.
/// After each of the two, `check` is asked.
pub fn check_snapshots(
    place: &Place,
    entries: Vec<Entry>,
    (at, from_scratch, paces): (usize, bool, Vec<usize>),
    check: impl Fn(),
) {
    let mut follower = Follower::of(entries, HotState::default(), 0);
    let state = Arc::clone(&follower.state);
    follower.apply(at);
    let follower = Arc::new(Mutex::new(follower));
    let probe = Probe::over(place.store());
    for from_scratch in [from_scratch, false] {
        let (sequence, moment, changed) = {
            let mut follower = follower.lock();
            (follower.done as u64, Moment::of(&state), std::mem::take(&mut follower.dirty))
        };
        let (busy, mut paces) = (Arc::clone(&follower), paces.clone().into_iter().cycle());
        probe.before_row(move || busy.lock().apply(paces.next().unwrap()));
        let changed = (!from_scratch).then_some(changed);
        snapshot::write(&*probe, STREAM, sequence, &state, &moment, changed).unwrap();
        assert_eq!(place.snapshot_sequence(), sequence);
        check();
    }
}
