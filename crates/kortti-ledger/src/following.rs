//! How an engine follows what other processes have written.

use kortti_core::view::View;
use kortti_store::{Head, Record};

use crate::{
    LedgerError,
    answers::Answers,
    engine::Engine,
    journal::{self, JournalError},
    role::Role,
    snapshot::Dirty,
    start,
};

impl Engine {
    /// Brings the state up to what other processes have written.
    pub fn catch_up(&mut self) -> Result<(), LedgerError> {
        if let Err(error) = self.follow() {
            self.troubles.reads.note("the journal cannot be followed", &error);
            if matches!(error, JournalError::Lost { .. }) {
                // Another process may know no more than the journal has, and then it is the one to decide.
                self.troubles.journal.note("this process decides nothing", &error);
                if self.role == Role::Leader {
                    self.role = Role::Follower;
                }
            }
            self.stalled = true;
            return Err(LedgerError::Unavailable);
        }
        self.troubles.end_reads();
        Ok(())
    }

    fn follow(&mut self) -> Result<(), JournalError> {
        if self.standing.is_partial() {
            return self.start_over();
        }
        // Who decides must notice that it does so no longer.
        if self.role != Role::Follower {
            let epoch = self.store.lease(self.chain.stream)?.epoch;
            if self.role == Role::Leader && epoch != self.chain.epoch {
                self.role = Role::Follower;
            }
            self.chain.epoch = epoch;
        }
        let (stream, head) = (self.chain.stream, self.chain.head);
        // One entry more than needed: after a wipe by another process the journal does not go through it any more.
        let overlap = head.sequence.min(1);
        let mut records = self.store.read(stream, head.sequence - overlap, journal::CHUNK)?;
        let known = records.first().filter(|_| overlap == 1).map(|record| record.hash);
        if overlap == 1 && known != Some(head.hash) {
            return self.start_over();
        }
        self.take_word();
        records.drain(..known.iter().len());
        loop {
            // One less than all there could be may be missing: the first was known.
            let more = records.len() + 1 >= journal::CHUNK;
            for piece in records.chunks(journal::PIECE) {
                self.take_in(piece)?;
            }
            if !more {
                self.note_origin();
                return Ok(());
            }
            records = self.store.read(stream, self.chain.head.sequence, journal::CHUNK)?;
        }
    }

    /// Reads all anew, as a start does, where the journal does not go through what this process knows.
    fn start_over(&mut self) -> Result<(), JournalError> {
        if self.origin.is_some() && self.origin == self.first_entry()? {
            self.check_lost()?;
            tracing::warn!(
                "the store has lost entries that this process had only read; it reads the journal again"
            );
        } else {
            tracing::warn!("another process has started the journal over; it is read from its beginning");
            self.set_sure(Head::EMPTY);
        }
        // Until this has succeeded nobody is let in, and it is done again.
        self.standing.set_partial(true);
        self.clear();
        let loaded = start::load(self.role, &*self.store, &self.state, &self.clock)?;
        self.chain.head = loaded.head;
        self.dirty = loaded.dirty;
        self.answers = Answers::of(&self.state);
        self.origin = None;
        self.note_origin();
        self.read.push_back(loaded.head);
        self.standing.set_partial(false);
        self.committed.send_replace(loaded.head.sequence);
        Ok(())
    }

    /// Takes in what another process has written. If the next cannot be read this has been done, and is not done again.
    fn take_in(&mut self, records: &[Record]) -> Result<(), JournalError> {
        let known = self.dirty.answered.len();
        let head = journal::take_in(records, self.chain.head, &self.state, &mut self.dirty)?;
        self.dirty.answered.iter_from(known).for_each(|(key, answered)| self.answers.keep(*key, *answered));
        self.chain.head = head;
        self.note_read(records);
        self.forget_answers();
        self.clock.set_ahead_ms(self.state.clock_ahead_ms());
        self.committed.send_replace(head.sequence);
        Ok(())
    }

    /// The hash of the journal's first entry, if it has one.
    fn first_entry(&self) -> Result<Option<[u8; 32]>, JournalError> {
        let first = self.store.read(self.chain.stream, 0, 1)?;
        Ok(first.first().map(|record| record.hash))
    }

    /// Notes with which entry the journal begins. Where that cannot be read just now it is looked at again.
    pub fn note_origin(&mut self) {
        if self.origin.is_none() && self.chain.head != Head::EMPTY {
            self.origin = self.first_entry().ok().flatten();
        }
    }

    /// Goes back to where a new ledger on an empty store stands.
    pub fn forget(&mut self) {
        self.clear();
        self.origin = None;
        self.set_sure(Head::EMPTY);
    }

    /// Empties the state. Where its journal began, and what of it was sure, is kept.
    fn clear(&mut self) {
        self.snapshotter.finish();
        self.state.clear();
        self.clock.set_ahead_ms(0);
        self.chain.head = Head::EMPTY;
        self.read.clear();
        self.standing.forget_told();
        self.dirty = Dirty::default();
        self.answers = Answers::default();
        self.snapshotter.restart();
        self.committed.send_replace(0);
    }
}
