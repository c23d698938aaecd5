//! Who follows the journal: while a snapshot is written, at a pace that the test sets, and while the store comes and goes.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use kortti_core::entry::Entry;
use parking_lot::Mutex;

use super::{
    concurrency::all_at_once,
    place::Place,
    probe::{Probe, unavailable},
    till::{assert_same_money, funds, load, transact, with_money},
};
use crate::{
    HotState, LedgerError, STREAM,
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
    crate::start::tail(&*store, sequence, u64::MAX, &state, &mut Dirty::default()).unwrap();
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
            let next = follower.dirty.next();
            (follower.done as u64, Moment::of(&state), std::mem::replace(&mut follower.dirty, next))
        };
        let (busy, mut paces) = (Arc::clone(&follower), paces.clone().into_iter().cycle());
        probe.before_row(move || busy.lock().apply(paces.next().unwrap()));
        let changed = (!from_scratch).then_some(changed);
        snapshot::write(&*probe, STREAM, sequence, &state, &moment, changed).unwrap();
        assert_eq!(place.snapshot_sequence(), sequence);
        check();
    }
}

/// A database may go away while a process that is far behind follows the journal. What it has taken in by then counts once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_cut_off_while_it_follows_goes_on_where_it_was() {
    const NOTHING: u8 = 0;
    const ONE_READ: u8 = 1;
    const EVERYTHING: u8 = 2;
    let place = with_money(1).await;
    let (probe, behind) = place.probed();
    let reads = Arc::new(AtomicU8::new(NOTHING));
    let allowed = Arc::clone(&reads);
    probe.before_read(move || match allowed.load(Ordering::SeqCst) {
        EVERYTHING => Ok(()),
        ONE_READ => {
            allowed.store(NOTHING, Ordering::SeqCst);
            Ok(())
        }
        _ => Err(unavailable()),
    });
    let other = Arc::new(place.ledger());
    let mut loads = 1;
    while loads < 5_000 {
        let done = all_at_once(&other, (0..500).map(|_| transact(load(1)))).await;
        loads += done.iter().filter(|done| done.is_ok()).count() as i64;
    }
    // Whether it looks by itself or because it is asked to: it reads once, which is not all.
    reads.store(ONE_READ, Ordering::SeqCst);
    assert_eq!(behind.catch_up().await, Err(LedgerError::Unavailable));
    let so_far = funds(behind.state()).0;
    assert!(0 < so_far && so_far < loads, "{so_far}");
    reads.store(EVERYTHING, Ordering::SeqCst);
    behind.catch_up().await.unwrap();
    assert_same_money(behind.state(), other.state());
    assert_eq!(funds(behind.state()).0, loads);
    place.verify(behind.state());
}
