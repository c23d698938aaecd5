//! How an engine follows what other processes have written.

use std::sync::atomic::Ordering;

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
        // What was read last may have become sure since.
        if self.chain.head.sequence <= self.durable.load(Ordering::Relaxed) {
            self.sure = self.chain.head;
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
            if self.origin.is_some() && self.origin == self.first_entry()? {
                self.check_lost()?;
                tracing::warn!(
                    sequence = head.sequence,
                    "the store has lost entries that were read from it and not answered; it is read again"
                );
            } else {
                tracing::warn!("another process has started the journal over; it is read from its beginning");
            }
            return self.start_over();
        }
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

    /// Refuses where the journal has not got what was known to be durable.
    fn check_lost(&self) -> Result<(), JournalError> {
        let (stream, Head { sequence, hash }) = (self.chain.stream, self.sure);
        let Some(before) = sequence.checked_sub(1) else { return Ok(()) };
        let found = self.store.read(stream, before, 1)?;
        if found.first().is_some_and(|found| found.hash == hash) {
            return Ok(());
        }
        let end = self.store.head(stream)?.sequence;
        Err(JournalError::Lost { known: sequence, end })
    }

    /// Reads all anew, as a start does.
    fn start_over(&mut self) -> Result<(), JournalError> {
        self.forget();
        let loaded = start::load(self.role, &*self.store, &self.state, &self.clock).inspect_err(|_| {
            // Some of it may be there.
            self.forget();
        })?;
        self.chain.head = loaded.head;
        self.dirty = loaded.dirty;
        self.answers = Answers::of(&self.state);
        self.note_origin();
        self.committed.send_replace(loaded.head.sequence);
        Ok(())
    }

    /// Takes in what another process has written. If the next cannot be read this has been done, and is not done again.
    fn take_in(&mut self, records: &[Record]) -> Result<(), JournalError> {
        let known = self.dirty.answered.len();
        let head = journal::take_in(records, self.chain.head, &self.state, &mut self.dirty)?;
        self.dirty.answered.iter_from(known).for_each(|(key, answered)| self.answers.keep(*key, *answered));
        self.chain.head = head;
        let durable = self.durable.load(Ordering::Relaxed);
        if let Some(last) = records.iter().rfind(|record| record.sequence <= durable) {
            self.sure = Head { sequence: last.sequence, hash: last.hash };
        }
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
        self.snapshotter.finish();
        self.state.clear();
        self.clock.set_ahead_ms(0);
        self.chain.head = Head::EMPTY;
        self.sure = Head::EMPTY;
        self.durable.store(0, Ordering::Relaxed);
        self.origin = None;
        self.dirty = Dirty::default();
        self.answers = Answers::default();
        self.snapshotter.restart();
        self.committed.send_replace(0);
    }
}
