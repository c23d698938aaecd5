//! What of the state is sure to last.
//!
//! What a process has appended is durable. What it has only read need not be: a process that is killed before it flushes, or a
//! database's server that crashes and starts again before its standby has a commit, leaves what everybody sees and a power cut
//! or a failover still takes away. So it is confirmed before anything is answered on the strength of it, and forgotten where it
//! is lost. What is lost although it was sure is another matter: then nothing may be decided.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use kortti_store::{Head, Record, StoreError};

use crate::{LedgerError, append::survived, engine::Engine, journal::JournalError};

/// How many places are remembered that the process that decides may still vouch for.
const PLACES: usize = 256;

/// What the engine and those who ask it tell each other about that.
#[derive(Default)]
pub(crate) struct Standing {
    /// Up to which sequence all is durable that this process knows. The engine's to say.
    durable: AtomicU64,
    /// Up to which sequence the process that decides has said so. Which entries it means shows when this process follows it.
    told: AtomicU64,
    /// The state is being read anew, and not all of it is there.
    partial: AtomicBool,
}

impl Standing {
    /// Whether an entry that this process knows is known to be durable.
    pub fn is_durable(&self, sequence: u64) -> bool {
        sequence <= self.durable.load(Ordering::Acquire)
    }

    /// The process that decides has answered with this entry.
    pub fn tell(&self, sequence: u64) {
        self.told.fetch_max(sequence, Ordering::AcqRel);
    }

    /// Nothing was told of the journal that is read now.
    pub fn forget_told(&self) {
        self.told.store(0, Ordering::Release);
    }

    /// Whether the state is no one's to read just now.
    pub fn is_partial(&self) -> bool {
        self.partial.load(Ordering::Acquire)
    }

    pub fn set_partial(&self, partial: bool) {
        self.partial.store(partial, Ordering::Release);
    }
}

impl Engine {
    /// Sees to it that all is durable that this process knows.
    pub fn be_sure(&mut self) -> Result<(), LedgerError> {
        if self.standing.is_partial() {
            self.catch_up()?;
        }
        while self.sure != self.chain.head {
            let head = self.chain.head;
            let Err(error) = survived(self.store.confirm(self.chain.stream, head)) else {
                self.set_sure(head);
                break;
            };
            // It has been lost already; what the store has instead is read.
            if matches!(error, StoreError::Moved { .. }) {
                self.catch_up()?;
            }
            if self.chain.head == head {
                self.stalled = true;
                self.troubles.writes.note("what was read cannot be confirmed", &error);
                return Err(LedgerError::Unavailable);
            }
        }
        Ok(())
    }

    /// Notes that all is durable up to `head`.
    pub fn set_sure(&mut self, head: Head) {
        self.sure = head;
        self.read.retain(|place| place.sequence > head.sequence);
        self.standing.durable.store(head.sequence, Ordering::Release);
    }

    /// Notes that these records were read.
    pub fn note_read(&mut self, records: &[Record]) {
        let told = self.standing.told.load(Ordering::Acquire);
        let vouched_for = records.iter().rfind(|record| record.sequence <= told);
        for Record { sequence, hash, .. } in vouched_for.into_iter().chain(records.last()) {
            self.read.push_back(Head { sequence: *sequence, hash: *hash });
        }
        self.read.truncate(PLACES);
        self.take_word();
    }

    /// Takes the word of the process that decides for what is in the journal that both have. What it said of entries that are
    /// lost before this process follows once more is not known to be about them.
    pub fn take_word(&mut self) {
        let told = self.standing.told.load(Ordering::Acquire);
        if let Some(last) = self.read.iter().rfind(|place| place.sequence <= told) {
            self.set_sure(*last);
        }
    }

    /// Refuses where the journal has not got what was sure to last.
    pub fn check_lost(&self) -> Result<(), JournalError> {
        let (stream, Head { sequence, hash }) = (self.chain.stream, self.sure);
        let Some(before) = sequence.checked_sub(1) else { return Ok(()) };
        let found = self.store.read(stream, before, 1)?;
        if found.first().is_some_and(|found| found.hash == hash) {
            return Ok(());
        }
        let end = self.store.head(stream)?.sequence;
        Err(JournalError::Lost { known: sequence, end })
    }
}
