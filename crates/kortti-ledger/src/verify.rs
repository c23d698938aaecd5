//! Verification: the journal from its first entry, and the state that a server would start with against a full replay.

use kortti_core::{entry::Entry, time::Timestamp, view::View};
use kortti_store::{Head, Store};

use crate::{
    HotState, STREAM,
    batch::Batch,
    journal::{self, JournalError, sha256},
    recall::Recall,
    snapshot::{self, Dirty},
};

const CHUNK: usize = 4096;

/// A journal that holds.
pub struct Verified {
    /// Where it ends.
    pub head: Head,
    /// The state it folds to.
    pub state: HotState,
}

/// Follows the whole chain, calling `visit` for every entry, and compares what it folds to with what a server would start from.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify_journal(
    store: &dyn Store,
    visit: &mut dyn FnMut(&Entry) -> Result<(), JournalError>,
) -> Result<Verified, JournalError> {
    let state = HotState::default();
    let head = follow_chain(store, &state, visit)?;
    let started = HotState::default();
    let snapshot = snapshot::read(store, STREAM, &started)?;
    if snapshot > head.sequence {
        return Err(JournalError::entry(snapshot, "is in the snapshot and not in the journal"));
    }
    super::tail(store, snapshot, &started, &mut Dirty::default())?;
    match first_difference(&state, &started) {
        None => Ok(Verified { head, state }),
        Some(what) => Err(JournalError::entry(head.sequence, format!("{what} differs from a full replay"))),
    }
}

fn follow_chain(
    store: &dyn Store,
    state: &HotState,
    visit: &mut dyn FnMut(&Entry) -> Result<(), JournalError>,
) -> Result<Head, JournalError> {
    let (mut head, mut last_at) = (Head::EMPTY, Timestamp(i64::MIN));
    loop {
        let records = store.read(STREAM, head.sequence, CHUNK)?;
        let mut batch = Batch::over(state, Recall::Nowhere);
        for record in &records {
            let fail = |what: &str| Err(JournalError::entry(record.sequence, what));
            if sha256(&record.bytes) != record.hash {
                return fail("has another hash than it was written with");
            }
            let entry =
                Entry::decode(&record.bytes).map_err(|error| JournalError::entry(record.sequence, error))?;
            if entry.previous != head.hash {
                return fail(journal::BROKEN);
            }
            if (entry.sequence, entry.stream) != (record.sequence, STREAM.0) {
                return fail("stands in another place than it was written for");
            }
            if entry.at < last_at {
                return fail("is earlier than the entry before it");
            }
            journal::apply(&entry, &mut batch)?;
            visit(&entry)?;
            last_at = entry.at;
            head = Head { sequence: record.sequence, hash: record.hash };
        }
        batch.into_changes().merge_into(state, &mut Dirty::default());
        if records.len() < CHUNK {
            return Ok(head);
        }
    }
}

/// The first thing in which two states differ.
pub(crate) fn first_difference(one: &HotState, other: &HotState) -> Option<String> {
    let mut difference = None;
    let mut note = |differs: bool, what: &str, id: i64| {
        if differs && difference.is_none() {
            difference = Some(format!("{what} {id}"));
        }
    };
    one.cards.for_each(|id, card| note(other.card(*id).as_ref() != Some(card), "card", id.0));
    other.cards.for_each(|id, _| note(one.card(*id).is_none(), "card", id.0));
    one.accounts.for_each(|id, account| note(other.account(*id).as_ref() != Some(account), "account", id.0));
    other.accounts.for_each(|id, _| note(one.account(*id).is_none(), "account", id.0));
    one.customers.for_each(|id, found| note(other.customer(*id).as_ref() != Some(found), "customer", id.0));
    other.customers.for_each(|id, _| note(one.customer(*id).is_none(), "customer", id.0));
    // A replay knows every answer ever given, a server only those that may still be repeated.
    other.answered.for_each(|key, found| note(one.answered.find(key) != Some(*found), "answer", found.id));
    note(*one.products.read() != *other.products.read(), "product list", 0);
    note(*one.clients.read() != *other.clients.read(), "client list", 0);
    note(one.keys() != other.keys(), "key list", 0);
    note(one.clock_ahead_ms() != other.clock_ahead_ms(), "clock", 0);
    difference
}
