//! Who holds the stream: a thread that keeps the lease alive while this process has it, watches it while another one has, and
//! takes it when that one shows no sign of life any more.
//!
//! Nothing here has to be right for the journal to be: an append is held to the stream's end and epoch. For the lease no two
//! machines' clocks are compared either. A holder counts its own time since it last showed life, everybody else the time since
//! they last saw a new sign, and the former is shorter.
//!
//! What is decided has the time of the machine that decides it, so that one's clock is compared with the store's: whoever finds
//! its own wrong does not hold the stream until it is right.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use kortti_store::{Lease, Store, StoreError, chain};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::{STREAM, engine::Message, reply::Reply, trouble::Troubles};

/// How often a holder shows life, and others look for it.
const BEAT: Duration = Duration::from_millis(250);
/// After so long without a sign of life the stream is taken.
const STALE: Duration = Duration::from_millis(1250);
/// So long after it began to show life a holder may believe that nobody has taken the stream.
const TRUST: Duration = Duration::from_millis(1000);
/// So long after a holder could not be reached last it is not known any more whether it can be. Longer than it takes to try once.
const FORGOTTEN: Duration = Duration::from_millis(2500);
/// For so long a process that took the stream and could not decide leaves it to others.
const REST: Duration = Duration::from_secs(2);
/// How often this machine's clock is compared with the store's.
const LOOK: Duration = Duration::from_secs(1);

/// Who holds the stream, as far as this process knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Nobody, or that is not known just now.
    Nobody,
    /// This process, and its state is up to date.
    Own { epoch: u64 },
    /// Another one, which says this of itself.
    Other { epoch: u64, holder: Arc<[u8]> },
}

impl Owner {
    pub const fn epoch(&self) -> u64 {
        match self {
            Self::Nobody => 0,
            Self::Own { epoch } | Self::Other { epoch, .. } => *epoch,
        }
    }
}

/// What the thread shares with those who ask.
#[derive(Default)]
pub(crate) struct Signs {
    /// Until when this process may believe that it still holds the stream.
    trusted_until: Mutex<Option<Instant>>,
    /// The holder that cannot be reached.
    unreachable: Mutex<Option<Unreachable>>,
    /// The lease could not be read when that was tried last.
    is_store_gone: AtomicBool,
}

/// Who cannot be reached, and since when that was tried in vain, and until when. It takes two tries: who gave up after one may
/// have met a moment.
#[derive(Clone, Copy)]
struct Unreachable {
    epoch: u64,
    since: Instant,
    until: Instant,
}

impl Signs {
    /// Whether nobody else can have written since this process last did.
    pub fn is_trusted(&self) -> bool {
        self.trusted_until.lock().is_some_and(|until| Instant::now() < until)
    }

    /// Whether the lease could not be read when that was tried last.
    pub fn is_store_gone(&self) -> bool {
        self.is_store_gone.load(Ordering::Relaxed)
    }

    pub fn note_unreachable(&self, epoch: u64, now: Instant) {
        let mut known = self.unreachable.lock();
        let goes_on = |known: &Unreachable| {
            known.epoch == epoch && now.saturating_duration_since(known.until) < FORGOTTEN
        };
        let since = known.filter(goes_on).map_or(now, |known| known.since);
        *known = Some(Unreachable { epoch, since, until: now });
    }

    pub fn note_reached(&self) {
        *self.unreachable.lock() = None;
    }

    /// Whether the holder of an epoch was tried in vain for so long, until just now, that another one is to take its place.
    pub fn is_given_up(&self, epoch: u64, now: Instant) -> bool {
        self.unreachable.lock().is_some_and(|known| {
            known.epoch == epoch
                && known.until.saturating_duration_since(known.since) >= STALE
                && now.saturating_duration_since(known.until) < FORGOTTEN
        })
    }
}

/// What the thread can be told.
pub(crate) enum Word {
    /// Look at once.
    Look,
    /// Let go and end.
    Stop(Sender<()>),
}

pub(crate) struct Tenure {
    store: Arc<dyn Store>,
    engine: Sender<Message>,
    /// Closed when the engine is gone.
    committed: watch::Receiver<u64>,
    /// What this process says of itself.
    own: Vec<u8>,
    owner: watch::Sender<Owner>,
    signs: Arc<Signs>,
    troubles: Arc<Troubles>,
    /// The epoch that this process has taken.
    held: Option<u64>,
    /// When it took it.
    taken: Instant,
    /// Until when it leaves the stream to others.
    rests_until: Option<Instant>,
    /// When it began to show life last.
    shown: Instant,
    /// The last lease of somebody else, and since when it has been like that.
    seen: Option<(Lease, Instant)>,
    /// When this machine's clock was compared last.
    compared: Option<Instant>,
}

impl Tenure {
    /// Starts the thread. It ends when told to, or when nobody can tell it anything any more.
    pub fn start(
        store: Arc<dyn Store>,
        engine: Sender<Message>,
        committed: watch::Receiver<u64>,
        own: Vec<u8>,
        signs: Arc<Signs>,
        troubles: Arc<Troubles>,
    ) -> Result<(Sender<Word>, watch::Receiver<Owner>), StoreError> {
        let (owner, owners) = watch::channel(Owner::Nobody);
        let (words, heard) = unbounded();
        let tenure = Self {
            store,
            engine,
            committed,
            own,
            owner,
            signs,
            troubles,
            held: None,
            taken: Instant::now(),
            rests_until: None,
            shown: Instant::now(),
            seen: None,
            compared: None,
        };
        let thread = std::thread::Builder::new().name("lease".into()).spawn(move || tenure.run(&heard));
        thread.map_err(|error| StoreError::Unavailable { source: Box::new(error) })?;
        Ok((words, owners))
    }

    fn run(mut self, words: &Receiver<Word>) {
        loop {
            if self.committed.has_changed().is_err() {
                tracing::error!("the thread that decides has ended; other processes may take the stream");
                return self.release();
            }
            self.turn();
            match words.recv_timeout(BEAT) {
                Ok(Word::Look) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Word::Stop(done)) => {
                    self.release();
                    let _ = done.send(());
                    return;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn turn(&mut self) {
        let begun = Instant::now();
        let lease = self.store.lease(STREAM);
        self.signs.is_store_gone.store(lease.is_err(), Ordering::Relaxed);
        let lease = match lease {
            Ok(lease) => lease,
            Err(error) => {
                tracing::debug!(error = chain(&error), "the lease cannot be read");
                // While nobody can show life, nobody's silence means anything.
                self.seen = None;
                return;
            }
        };
        if self.compared.is_none_or(|at| begun.saturating_duration_since(at) >= LOOK)
            && !self.compare_clocks()
        {
            return;
        }
        // Who knows what the journal has lost must not decide, nor let readers see it.
        if self.troubles.journal.lasts() {
            return self.release();
        }
        if self.held == Some(lease.epoch) && lease.holder == self.own {
            self.keep(&lease, begun);
            return self.enter();
        }
        if self.held.take().is_some() {
            tracing::warn!(epoch = lease.epoch, "another process has taken the stream");
            *self.signs.trusted_until.lock() = None;
            self.publish(Owner::Nobody);
            let _ = self.engine.send(Message::Follow);
        }
        if self.is_free(&lease) {
            if self.may_take(begun) {
                self.take(&lease, begun);
            }
        } else if self.signs.is_given_up(lease.epoch, begun) && self.may_take(begun) {
            // Its holder may believe for a while that nobody has written since, and let readers see what it knows.
            if self.take(&lease, begun) {
                std::thread::sleep(TRUST);
            }
        } else {
            self.troubles.lease.end();
            self.publish(Owner::Other { epoch: lease.epoch, holder: lease.holder.as_slice().into() });
        }
        self.enter();
    }

    /// Compares this machine's clock with the store's. Where it is wrong this process decides nothing any more, and only then gives
    /// the stream back; false when it did.
    fn compare_clocks(&mut self) -> bool {
        self.compared = Some(Instant::now());
        match self.store.check_clock() {
            Ok(()) => self.troubles.clock.end(),
            Err(error @ StoreError::Clock { .. }) => {
                self.troubles.clock.note("this process decides nothing", &error);
                if self.held.is_some() {
                    let _ = self.engine.send(Message::Follow);
                    self.release();
                    return false;
                }
            }
            // What else there is to say of the store is said where something is asked of it.
            Err(error) => tracing::debug!(error = chain(&error), "the clocks cannot be compared"),
        }
        true
    }

    fn may_take(&mut self, now: Instant) -> bool {
        if self.rests_until.is_some_and(|until| now < until) {
            return false;
        }
        self.compare_clocks() && !self.troubles.clock.lasts()
    }

    /// Shows life.
    fn keep(&mut self, lease: &Lease, begun: Instant) {
        let next = Lease { beat: lease.beat + 1, ..lease.clone() };
        match self.store.replace_lease(STREAM, lease, &next) {
            Ok(true) => {
                self.shown = begun;
                self.troubles.lease.end();
            }
            Ok(false) => {}
            Err(error) => {
                self.troubles.lease.note("this process cannot show that it still has the stream", &error)
            }
        }
    }

    /// Whether nobody holds the stream any more.
    fn is_free(&mut self, lease: &Lease) -> bool {
        if lease.holder.is_empty() {
            return true;
        }
        match &self.seen {
            Some((seen, since)) if seen == lease => since.elapsed() >= STALE,
            _ => {
                self.seen = Some((lease.clone(), Instant::now()));
                false
            }
        }
    }

    /// Takes the stream, if nobody else is faster.
    fn take(&mut self, lease: &Lease, begun: Instant) -> bool {
        let next = Lease { epoch: lease.epoch + 1, beat: 0, holder: self.own.clone() };
        match self.store.replace_lease(STREAM, lease, &next) {
            Ok(true) => {
                tracing::info!(epoch = next.epoch, "this process has taken the stream");
                (self.held, self.shown, self.seen) = (Some(next.epoch), begun, None);
                self.taken = Instant::now();
                true
            }
            Ok(false) => false,
            // It may have been taken all the same. Who reads its own name there takes the next epoch when that is stale.
            Err(error) => {
                self.troubles.lease.note("the stream cannot be taken", &error);
                false
            }
        }
    }

    /// Lets the engine decide in the epoch that this process has taken, once it knows all that was decided before.
    fn enter(&mut self) {
        let Some(epoch) = self.held else { return };
        if *self.owner.borrow() != (Owner::Own { epoch }) {
            let (reply, entered) = Reply::to_task();
            let told = self.engine.send(Message::Enter { epoch, reply });
            if told.is_err() || !matches!(entered.blocking_recv(), Ok(Ok(()))) {
                return self.consider_rest();
            }
            self.publish(Owner::Own { epoch });
        }
        // Not before: until it knows everything, what it lets readers see is old.
        *self.signs.trusted_until.lock() = Some(self.shown + TRUST);
    }

    /// Lets go of the stream when this process has not come to decide for some time: another one may be able to. The journal may
    /// have an entry that only a newer version understands.
    fn consider_rest(&mut self) {
        if self.taken.elapsed() >= STALE {
            tracing::error!("this process cannot decide, and leaves the stream to others");
            self.release();
            self.rests_until = Some(Instant::now() + REST);
        }
    }

    fn publish(&self, owner: Owner) {
        self.owner.send_if_modified(|known| {
            let changes = *known != owner;
            if changes {
                *known = owner;
            }
            changes
        });
    }

    /// Lets go of the stream, so that nobody has to wait until it is stale.
    fn release(&mut self) {
        self.publish(Owner::Nobody);
        *self.signs.trusted_until.lock() = None;
        let Some(epoch) = self.held.take() else { return };
        let released = self.store.lease(STREAM).and_then(|lease| {
            let free = Lease { holder: Vec::new(), ..lease.clone() };
            if lease.epoch == epoch { self.store.replace_lease(STREAM, &lease, &free) } else { Ok(true) }
        });
        if let Err(error) = released {
            let error = chain(&error);
            tracing::warn!(error, "the lease was not given back; the stream is taken when it is stale");
        }
    }
}
