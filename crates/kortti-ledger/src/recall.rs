//! Authorisations that have ended, and transactions of long ago: not in memory, found through the store.

use kortti_core::{entry::Entry, event::Event, id::TransactionId, transaction::KnownAuthorisation};
use kortti_store::{ColdTable, ColdWrite, Store, StreamId};

use crate::{Recorded, journal::JournalError};

/// Where authorisations that have ended are found.
#[derive(Clone, Copy)]
pub(crate) enum Recall<'a> {
    /// Nowhere: only events are applied, which tell all there is to know.
    Nowhere,
    /// In the store, as of its last commit.
    Store(&'a dyn Store),
    /// The store as it was when the transaction behind `last` was decided: that was the authorisation's last one then.
    AsOf {
        /// The store.
        store: &'a dyn Store,
        /// The last transaction of the authorisation at that time, as it was recorded.
        last: Option<TransactionId>,
    },
}

impl Recall<'_> {
    /// The authorisation that began with `first`.
    pub fn authorisation(self, first: TransactionId) -> Result<Option<KnownAuthorisation>, JournalError> {
        match self {
            Self::Nowhere => Ok(None),
            Self::Store(store) => ended(store, first),
            Self::AsOf { store, last } => last.map_or(Ok(None), |last| left_by(store, last)),
        }
    }
}

/// Of an entry that leaves an authorisation ended: the number and body of the row that remembers it as the last one.
#[must_use]
pub fn ended_authorisation(entry: &Entry) -> Option<(i64, [u8; 8])> {
    let Event::Transacted(transaction) = &entry.event else { return None };
    transaction.authorisation.as_ref().filter(|state| state.end.is_some())?;
    let last = TransactionId::of(entry.stream, entry.sequence);
    Some((transaction.first.unwrap_or(last).0, last.0.to_be_bytes()))
}

/// The row that remembers the last entry of an authorisation, if it has ended.
pub(crate) fn row(entry: &Entry) -> Option<ColdWrite> {
    let (id, body) = ended_authorisation(entry)?;
    Some(ColdWrite { table: ColdTable::Authorisation, id, body: Some(body.to_vec()) })
}

/// An authorisation that has ended: the store remembers its last transaction. One that never held anything has but one.
pub(crate) fn ended(
    store: &dyn Store,
    first: TransactionId,
) -> Result<Option<KnownAuthorisation>, JournalError> {
    let row = store.cold(ColdTable::Authorisation, first.0)?;
    if let Some(body) = row.and_then(|body| body.try_into().ok()) {
        return left_by(store, TransactionId(i64::from_be_bytes(body)));
    }
    // Only what begins an authorisation is known by its own id; what follows is not another one.
    let begins = |recorded: &Recorded| recorded.transaction.first.is_none();
    let found = transaction(store, first)?.filter(begins);
    Ok(found.and_then(|recorded| recorded.transaction.leaves(first, recorded.at)))
}

fn left_by(store: &dyn Store, last: TransactionId) -> Result<Option<KnownAuthorisation>, JournalError> {
    let found = transaction(store, last)?;
    Ok(found.and_then(|recorded| recorded.transaction.leaves(last, recorded.at)))
}

/// A transaction, if the id is one's.
pub(crate) fn transaction(store: &dyn Store, id: TransactionId) -> Result<Option<Recorded>, JournalError> {
    let stream = StreamId(id.stream());
    let Some(before) = id.sequence().checked_sub(1).filter(|_| stream.0 < store.streams()) else {
        return Ok(None);
    };
    let records = store.read(stream, before, 1)?;
    let Some(record) = records.first() else { return Ok(None) };
    let entry = Entry::decode(&record.bytes).map_err(|error| JournalError::entry(record.sequence, error))?;
    Ok(Recorded::of(entry))
}
