//! How a ledger starts: from the snapshot and what the journal has behind it.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::AtomicBool},
};

use kortti_core::{entry::Entry, view::View};
use kortti_store::{Head, Store, StoreError};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::{
    Clock, HotState, JournalError, Ledger, STREAM,
    answers::Answers,
    engine::Engine,
    journal::{self, Chain},
    role::{APART_MS, Role},
    snapshot::{self, Dirty},
    snapshotter::{self, Snapshotter},
    sure::Standing,
    trouble::Troubles,
};

impl Ledger {
    /// Brings the state in memory to where the store is, and starts the engine.
    ///
    /// # Errors
    /// When the store fails or its journal is damaged.
    pub fn start(store: Arc<dyn Store>, clock: Clock) -> Result<Self, JournalError> {
        Self::start_as(Role::Alone, store, clock, snapshotter::ENTRIES)
    }

    /// The same for a store that is going to be shared: it decides nothing, nor does it what is due, before [`Self::share`] has
    /// found that this process is to. The time of its clock would be everybody's, for good.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_to_share(store: Arc<dyn Store>, clock: Clock) -> Result<Self, JournalError> {
        Self::start_as(Role::Follower, store, clock, snapshotter::ENTRIES)
    }

    /// The same for somebody who reads, or brings a command, where others may be at work: it writes that command and nothing
    /// else, neither what is due nor a snapshot.
    ///
    /// # Errors
    /// As for [`Self::start`].
    pub fn start_as_guest(store: Arc<dyn Store>, clock: Clock) -> Result<Self, JournalError> {
        Self::start_as(Role::Guest, store, clock, snapshotter::ENTRIES)
    }

    /// Starts one that writes a snapshot after every so many entries, if that is its to do.
    pub(crate) fn start_as(
        role: Role,
        store: Arc<dyn Store>,
        clock: Clock,
        entries: u64,
    ) -> Result<Self, JournalError> {
        let state = Arc::new(HotState::default());
        let Loaded { snapshot, head, dirty } = load(role, &*store, &state, &clock)?;
        let (committed, watching) = watch::channel(head.sequence);
        let (messages, queue) = crossbeam_channel::unbounded();
        let clock = Arc::new(clock);
        let has_stopped = Arc::new(AtomicBool::new(false));
        let troubles = Arc::new(Troubles::none());
        let standing = Arc::new(Standing::default());
        let mut engine = Engine {
            store: Arc::clone(&store),
            state: Arc::clone(&state),
            clock: Arc::clone(&clock),
            committed,
            chain: Chain { head, stream: STREAM, epoch: store.lease(STREAM)?.epoch },
            sure: Head::EMPTY,
            read: VecDeque::from([head]),
            standing: Arc::clone(&standing),
            dirty,
            answers: Answers::of(&state),
            snapshotter: Snapshotter::new(Arc::clone(&store), STREAM, snapshot, entries),
            writer: None,
            role,
            origin: None,
            stalled: false,
            troubles: Arc::clone(&troubles),
            has_stopped: Arc::clone(&has_stopped),
        };
        engine.note_origin();
        let thread = std::thread::Builder::new().name("ledger".into()).spawn(move || engine.run(queue));
        let thread = thread.map_err(|error| StoreError::Unavailable { source: Box::new(error) })?;
        let engine = Mutex::new(Some(thread));
        Ok(Self {
            store,
            state,
            clock,
            messages,
            committed: watching,
            engine,
            has_stopped,
            waiting: Arc::default(),
            troubles,
            standing,
            share: None,
        })
    }
}

/// What a state was filled from.
pub(crate) struct Loaded {
    /// Where the snapshot stands, 0 without one.
    pub snapshot: u64,
    /// Where the journal ends.
    pub head: Head,
    /// What has changed since the snapshot.
    pub dirty: Dirty,
}

/// Fills an empty state from the snapshot and what the journal has behind it, and brings the clock to where it was moved to.
///
/// # Errors
/// When the store fails or its journal is damaged; some of it may have been filled in then.
pub(crate) fn load(
    role: Role,
    store: &dyn Store,
    state: &HotState,
    clock: &Clock,
) -> Result<Loaded, JournalError> {
    let mut snapshot = match role {
        // A snapshot that it cannot use is not a guest's to throw away.
        Role::Guest => snapshot::try_read(store, STREAM, state)?.unwrap_or(0),
        _ => snapshot::read(store, STREAM, state)?,
    };
    let mut dirty = Dirty::behind(state, snapshot);
    let mut head = tail(store, snapshot, u64::MAX, state, &mut dirty)?;
    clock.set_ahead_ms(state.clock_ahead_ms());
    if snapshot > 0 && is_ahead(store, head, state, clock)? {
        tracing::warn!(
            "the snapshot is of a process whose clock was ahead; the journal is replayed from its beginning"
        );
        state.clear();
        (snapshot, dirty) = (0, Dirty::default());
        head = tail(store, 0, u64::MAX, state, &mut dirty)?;
    }
    Ok(Loaded { snapshot, head, dirty })
}

/// Whether more time has passed in memory than there was: a clock has been ahead for a while, and uses have left the rolling window
/// that the journal still counts. What was entered has happened, however clocks were.
///
/// # Errors
/// When the last entry cannot be read.
pub(crate) fn is_ahead(
    store: &dyn Store,
    head: Head,
    state: &HotState,
    clock: &Clock,
) -> Result<bool, JournalError> {
    let decided = state.decided_at();
    if decided.0.saturating_sub(clock.now().0) <= APART_MS || head.sequence == 0 {
        return Ok(false);
    }
    let records = store.read(STREAM, head.sequence - 1, 1)?;
    let last = records.first().and_then(|record| Entry::decode(&record.bytes).ok());
    Ok(last.is_none_or(|last| last.at < decided))
}

/// Replays what the snapshot does not have, up to `last`. Returns where that ends.
pub(crate) fn tail(
    store: &dyn Store,
    snapshot: u64,
    last: u64,
    state: &HotState,
    dirty: &mut Dirty,
) -> Result<Head, JournalError> {
    let head = match snapshot.checked_sub(1) {
        None => Head::EMPTY,
        // One entry earlier than needed: its hash is where the chain goes on.
        Some(before) => {
            let records = store.read(STREAM, before, 1)?;
            let record = records.first().ok_or_else(|| JournalError::entry(snapshot, "is missing"))?;
            journal::check_hash(record)?;
            Head { sequence: snapshot, hash: record.hash }
        }
    };
    journal::follow(store, STREAM, head, last, state, dirty)
}
