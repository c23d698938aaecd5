//! Entries and their chain: each carries the SHA-256 of the one before it.

use aws_lc_rs::digest;
use kortti_core::{
    entry::{Entry, Origin, VERSION},
    event::Event,
    id::TransactionId,
    time::Timestamp,
    view::{self, Place},
};
use kortti_store::{Head, Record, Store, StoreError, StreamId};

use crate::{
    ahead::{AHEAD, card_told},
    answers::Answered,
    batch::Batch,
    hot::HotState,
    recall::Recall,
    snapshot::Dirty,
};

/// How many entries are read at once.
pub(crate) const CHUNK: usize = 4096;
/// How many of them are taken in at once. What many more had changed would have left the processor's caches when it is merged.
pub(crate) const PIECE: usize = 128;
/// Said of an entry that does not follow the one before it.
pub(crate) const BROKEN: &str = "does not carry the hash of the entry before it";

/// The end of a stream that is being written.
#[derive(Clone, Copy)]
pub(crate) struct Chain {
    pub head: Head,
    pub stream: StreamId,
    /// The epoch in which it is written.
    pub epoch: u64,
}

impl Chain {
    /// Where the next entry will stand, or one `further` behind it.
    pub fn place(&self, further: u64, at: Timestamp) -> Place {
        Place { id: TransactionId::of(self.stream.0, self.head.sequence + 1 + further), at }
    }

    /// Makes the record of the next entry; the entry itself is handed back.
    pub fn link(&mut self, at: Timestamp, origin: Origin, event: Event) -> (Record, Entry) {
        let sequence = self.head.sequence + 1;
        let previous = self.head.hash;
        let entry = Entry { version: VERSION, stream: self.stream.0, sequence, previous, at, origin, event };
        let bytes = entry.encode();
        let hash = sha256(&bytes);
        self.head = Head { sequence, hash };
        (Record { sequence, hash, bytes }, entry)
    }
}

/// The SHA-256 of an entry's bytes.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// Refuses a record whose bytes are not those that it was written with.
pub(crate) fn check_hash(record: &Record) -> Result<(), JournalError> {
    if sha256(&record.bytes) == record.hash {
        return Ok(());
    }
    Err(JournalError::entry(record.sequence, "has another hash than it was written with"))
}

/// The entry of a record, if it is unharmed and follows `head`, which is where the record stands then.
pub(crate) fn check_link(record: &Record, stream: StreamId, head: &mut Head) -> Result<Entry, JournalError> {
    let fail = |what: &str| Err(JournalError::entry(record.sequence, what));
    check_hash(record)?;
    let entry = Entry::decode(&record.bytes).map_err(|error| JournalError::entry(record.sequence, error))?;
    if entry.previous != head.hash {
        return fail(BROKEN);
    }
    if (entry.sequence, entry.stream) != (record.sequence, stream.0) {
        return fail("stands in another place than it was written for");
    }
    *head = Head { sequence: record.sequence, hash: record.hash };
    Ok(entry)
}

/// Why a journal cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An entry is damaged, or does not belong where it stands.
    #[error("journal entry {sequence}: {what}")]
    Entry {
        /// Which one.
        sequence: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The journal has not got what was known to be in it, and it was not started over.
    #[error(
        "the journal does not go through entry {known} any more, which this process knows; it ends with entry {end}: entries that \
         were answered are lost. Bring them back, or start this process again to go on without them"
    )]
    Lost {
        /// The last entry that was known.
        known: u64,
        /// Where it ends.
        end: u64,
    },
    /// Verification finds that a row of the snapshot is not what was written.
    #[error("the snapshot is damaged; the next start makes a new one from the journal")]
    Snapshot,
}

impl JournalError {
    pub(crate) fn entry(sequence: u64, what: impl ToString) -> Self {
        Self::Entry { sequence, what: what.to_string() }
    }
}

/// Follows a stream from `head` to its end, but no further than `last`, and brings `state` up to it. Returns the new end.
pub(crate) fn follow(
    store: &dyn Store,
    stream: StreamId,
    mut head: Head,
    last: u64,
    state: &HotState,
    dirty: &mut Dirty,
) -> Result<Head, JournalError> {
    loop {
        let left = usize::try_from(last.saturating_sub(head.sequence)).unwrap_or(usize::MAX);
        let records = store.read(stream, head.sequence, CHUNK.min(left))?;
        for piece in records.chunks(PIECE) {
            head = take_in(piece, head, state, dirty)?;
        }
        if records.len() < CHUNK {
            return Ok(head);
        }
    }
}

/// Brings `state` from `head` up to the last of the records behind it, or leaves it as it is. Returns the new end.
pub(crate) fn take_in(
    records: &[Record],
    mut head: Head,
    state: &HotState,
    dirty: &mut Dirty,
) -> Result<Head, JournalError> {
    let decode = |record: &Record| {
        Entry::decode(&record.bytes).map_err(|error| JournalError::entry(record.sequence, error))
    };
    let mut last_at = None;
    let mut batch = Batch::over(state, Recall::Nowhere);
    for some in records.chunks(AHEAD) {
        let entries = some.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
        state.look_ahead(entries.iter().filter_map(card_told));
        for (record, entry) in some.iter().zip(entries) {
            if entry.previous != head.hash {
                return Err(JournalError::entry(record.sequence, BROKEN));
            }
            apply(&entry, &mut batch)?;
            last_at = Some(entry.at);
            head = Head { sequence: record.sequence, hash: record.hash };
        }
    }
    // Each entry names the hash of the one before it, and nothing names the last one's.
    records.last().map_or(Ok(()), check_hash)?;
    batch.into_changes().merge_into(state, dirty);
    if let Some(at) = last_at {
        state.note_time(at);
    }
    Ok(head)
}

/// Puts an entry into effect.
pub(crate) fn apply(entry: &Entry, batch: &mut Batch<'_>) -> Result<(), JournalError> {
    let place = Place { id: TransactionId::of(entry.stream, entry.sequence), at: entry.at };
    view::apply(&entry.event, place, batch).map_err(|error| JournalError::entry(entry.sequence, error))?;
    if let Some(key) = entry.origin.idempotency {
        let id = entry.event.subject();
        let at = Answered::at(&entry.event, entry.at);
        batch.note_answered(key, Answered { at, id, sequence: entry.sequence });
    }
    Ok(())
}
