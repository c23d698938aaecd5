//! The engine of Kortti: commands in, decisions made on state in memory, entries appended to a journal, answers out.
//!
//! An answer is sent only after its entries are on the disk, and readers never see what is not. The store below keeps bytes
//! and knows nothing of cards; see [`kortti_store::Store`] for the little that is asked of it.

mod agenda;
mod ahead;
mod answering;
mod answers;
mod append;
mod batch;
mod clock;
mod copy;
mod draft;
mod eager;
mod engine;
mod few;
mod following;
mod handover;
mod hot;
mod ids;
mod index;
mod journal;
mod marks;
mod outcome;
mod paged;
mod pipeline;
mod recall;
mod replay;
mod reply;
mod reversals;
mod role;
mod segments;
mod sharded;
mod share;
mod snapshot;
mod snapshotter;
mod start;
mod sure;
mod tenure;
mod transactions;
mod trouble;
mod verify;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};

use answers::Answered;
pub use clock::{Clock, ClockMove};
pub use copy::{Copied, CopyError, copy};
use crossbeam_channel::{SendError, Sender};
pub use handover::Told;
pub use hot::HotState;
pub use ids::Ids;
pub use journal::JournalError;
use kortti_core::{
    decide::Command,
    entry::{Entry, Origin},
    id::{IdempotencyKey, InstitutionId, TransactionId},
    time::Timestamp,
    transaction::KnownAuthorisation,
    view::View,
};
use kortti_store::{ColdTable, ColdWrite, Store, StoreError, StreamId};
pub use outcome::{LedgerError, Outcome, Recorded};
use parking_lot::Mutex;
pub use recall::ended_authorisation;
pub use replay::{AccountRules, Difference, ProductRules, ReplayError, Replayed, Rules, replay};
pub use segments::Segments;
pub use sharded::Sharded;
pub use share::{AskError, Asked, Peers};
use tokio::sync::watch;
pub use verify::{Verified, verify_journal, visit_behind};

use crate::{
    engine::Message,
    handover::{Ask, Done},
    reply::Reply,
    share::Share,
    sure::Standing,
    trouble::Troubles,
};

/// The one stream of an embedded store.
pub const STREAM: StreamId = StreamId(0);
/// How many commands may wait. More are refused at once rather than answered too late.
const QUEUE: usize = 16_384;

/// A running ledger.
pub struct Ledger {
    store: Arc<dyn Store>,
    state: Arc<HotState>,
    clock: Arc<Clock>,
    messages: Sender<Message>,
    committed: watch::Receiver<u64>,
    engine: Mutex<Option<JoinHandle<()>>>,
    has_stopped: Arc<AtomicBool>,
    waiting: Arc<AtomicUsize>,
    troubles: Arc<Troubles>,
    standing: Arc<Standing>,
    /// This process's part, where several share the store.
    share: Option<Share>,
}

impl Ledger {
    /// Submits a command, with the cold rows that are to be written if it is accepted. Returns when its entries are on the disk.
    ///
    /// # Errors
    /// When it is refused, or the ledger cannot write.
    pub async fn submit(
        &self,
        institution: InstitutionId,
        origin: Origin,
        command: Command,
        cold: Vec<ColdWrite>,
    ) -> Result<Outcome, LedgerError> {
        match self.done(Ask::Submit { institution, origin, command: Box::new(command), cold }).await? {
            Done::Outcome(outcome) => Ok(outcome),
            _ => Err(LedgerError::Unavailable),
        }
    }

    /// What a request was answered, if it is a repetition within the time in which repetitions are recognised.
    ///
    /// # Errors
    /// When that was only read, and the store cannot say that it lasts.
    pub async fn find_answered(&self, key: IdempotencyKey) -> Result<Option<Outcome>, LedgerError> {
        let find = || self.state.find_answered(key, self.clock.now());
        let mut found = find();
        if found.is_some_and(|answered| !self.standing.is_durable(answered.sequence)) {
            self.confirm().await?;
            // It may have been lost instead, and is done again then.
            found = find();
        }
        Ok(found.map(Answered::outcome))
    }

    /// Sees to it that all is durable that this process knows.
    async fn confirm(&self) -> Result<(), LedgerError> {
        self.ask(|reply| Message::Confirm { reply }).await
    }

    /// Moves the sandbox's clock; returns the time it shows then.
    ///
    /// # Errors
    /// When it would go backwards, or the ledger cannot write.
    pub async fn advance(&self, by: ClockMove, origin: Origin) -> Result<Timestamp, LedgerError> {
        match self.done(Ask::Advance { by, origin }).await? {
            Done::At(now) => Ok(now),
            _ => Err(LedgerError::Unavailable),
        }
    }

    /// Follows what other processes have written until now.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn catch_up(&self) -> Result<(), LedgerError> {
        self.ask(|reply| Message::CatchUp { reply }).await
    }

    /// Deletes everything.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn wipe(&self) -> Result<(), LedgerError> {
        self.done(Ask::Wipe).await.map(drop)
    }

    /// The state as of the last commit.
    #[must_use]
    pub fn state(&self) -> &HotState {
        &self.state
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The sequence of the last entry, as it grows.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.committed.clone()
    }

    /// How many commands wait for the engine, those of other processes among them.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// A cold row.
    ///
    /// # Errors
    /// When the store fails.
    pub fn cold(&self, table: ColdTable, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.store.cold(table, id)
    }

    /// The sequence of the last entry in the store, which another process may have written just now.
    ///
    /// # Errors
    /// When the store fails.
    pub fn end(&self) -> Result<u64, StoreError> {
        Ok(self.store.head(STREAM)?.sequence)
    }

    /// Up to `limit` journal entries after `after`, oldest first, each with its hash.
    ///
    /// # Errors
    /// When the store fails or an entry is damaged.
    pub fn entries(&self, after: u64, limit: usize) -> Result<Vec<(Entry, [u8; 32])>, JournalError> {
        let records = self.store.read(STREAM, after, limit)?;
        let decoded = records.into_iter().map(|record| {
            let entry = Entry::decode(&record.bytes);
            let entry = entry.map_err(|error| JournalError::entry(record.sequence, error))?;
            Ok((entry, record.hash))
        });
        decoded.collect()
    }

    /// A transaction, if the id is one's.
    ///
    /// # Errors
    /// When the store fails or the entry is damaged.
    pub fn transaction(&self, id: TransactionId) -> Result<Option<Recorded>, JournalError> {
        recall::transaction(&*self.store, id)
    }

    /// The transaction that the entry at `sequence` tells of.
    ///
    /// # Errors
    /// When the store fails or the entry is damaged.
    pub fn transaction_at(&self, sequence: u64) -> Result<Option<Recorded>, JournalError> {
        self.transaction(TransactionId::of(STREAM.0, sequence))
    }

    /// The authorisation that began with a transaction, ended or not, as of the last commit.
    ///
    /// # Errors
    /// When the store fails.
    pub fn authorisation(&self, first: TransactionId) -> Result<Option<KnownAuthorisation>, JournalError> {
        match self.state.authorisation(first) {
            Some(known) => Ok(Some(known)),
            None => recall::ended(&*self.store, first),
        }
    }

    /// Answers what is waiting, gives the stream back, writes a last snapshot, and ends.
    pub fn stop(&self) {
        let (decided, last) = crossbeam_channel::bounded(1);
        let _ = self.messages.send(Message::Stop { decided });
        if let Some(engine) = self.engine.lock().take() {
            // An error says that it has ended already.
            let _ = last.recv();
            // Whoever decides next need not wait for the snapshot.
            if let Some(share) = &self.share {
                share.stop();
            }
            let _ = engine.join();
        }
    }

    /// Whether commands can be accepted.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.engine.lock().as_ref().is_some_and(|engine| !engine.is_finished())
    }

    /// Whether the store did the last that was asked of it, and this machine's clock is the store's, so that requests can be served.
    /// This is found out again and again, also when nobody asks for anything.
    #[must_use]
    pub fn has_store(&self) -> bool {
        let troubles = &self.troubles;
        let cannot_write = match self.share {
            None => troubles.writes.lasts(),
            Some(_) => self.is_leading() && (troubles.lease.lasts() || troubles.writes.is_fresh()),
        };
        !(cannot_write || troubles.reads.lasts() || troubles.clock.lasts())
    }

    async fn ask<T>(&self, message: impl FnOnce(Reply<T>) -> Message) -> Result<T, LedgerError> {
        let (reply, answer) = Reply::to_task();
        self.enqueue(message(reply));
        let _waiting = Waiting::counted(&self.waiting);
        let is_alone = || self.waiting() <= 1;
        let ended = || Err(reply::ended(&self.has_stopped));
        eager::answered(answer, is_alone).await.unwrap_or_else(ended)
    }

    /// Puts a message into the engine's queue. Whoever waits for the answer hears it if that cannot be.
    fn enqueue(&self, message: Message) {
        // Not the queue's own limit: one with a limit keeps what is in it when the engine ends, and nobody would hear of that.
        if self.messages.len() >= QUEUE {
            return message.refuse(LedgerError::Unavailable);
        }
        if let Err(SendError(message)) = self.messages.send(message) {
            message.refuse(LedgerError::Stopped);
        }
    }
}

/// One more that waits, until it is dropped: who asked may go away before the answer comes.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn counted(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
