//! Verification from end to end: the journal's chain, the state against a full replay, and every stored record against
//! what the journal says of it.

use std::{collections::HashMap, sync::Arc};

use kortti_core::{
    entry::Entry,
    event::{AccountChange, CardChange, CustomerChange, Event},
    id::{CardId, CustomerId, KeyId, PanIndex},
    personal::Sealed,
    view::View,
};
use kortti_crypto::{KeyRecord, KeyRing, MasterKey, SubjectKey, digest};
use kortti_ledger::{HotState, JournalError, ended_authorisation, verify_journal};
use kortti_store::{ColdTable, Store, StoreError};
use rustc_hash::FxBuildHasher;

use crate::cards::pan_place;

const PAGE: usize = 4096;

/// A store that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many journal entries were followed.
    pub entries: u64,
    /// How many cards there are, each number opened and checked against its index.
    pub cards: u64,
    /// How many personal records were compared with the journal.
    pub records: u64,
}

/// The first thing that is wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// With the journal, or the state.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// With a stored record.
    #[error("{table} {row}: {what}")]
    Record {
        /// Its table.
        table: &'static str,
        /// Its row.
        row: i64,
        /// What is wrong.
        what: &'static str,
    },
}

/// What the journal says last of each stored record: the digest of its encoding, owner and revision included.
type Latest = HashMap<(ColdTable, i64), [u8; 32], FxBuildHasher>;

/// Verifies a store that nobody writes to. `master` opens its keys.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(store: &Arc<dyn Store>, master: &MasterKey) -> Result<Verdict, VerifyError> {
    let mut latest = Latest::default();
    let verified = verify_journal(&**store, &mut |entry| {
        note(entry, &mut latest);
        Ok(())
    })?;
    let records = latest.len() as u64;
    let compared = [
        ColdTable::CardPersonal,
        ColdTable::CustomerPersonal,
        ColdTable::AccountPersonal,
        ColdTable::Authorisation,
    ];
    for table in compared {
        each_row(&**store, table, |row, body| check_record(table, row, body, &mut latest))?;
    }
    if let Some((table, row)) = latest.into_keys().min() {
        return Err(wrong(table, row, "is in the journal and not in the store"));
    }
    check_secrets(&**store, &verified.state)?;
    let cards = match open_ring(&**store, master, &verified.state)? {
        None => 0,
        Some(ring) => {
            check_customer_keys(&**store, &ring, &verified.state)?;
            check_numbers(&**store, &ring, &verified.state)?
        }
    };
    Ok(Verdict { entries: verified.head.sequence, cards, records })
}

fn note(entry: &Entry, latest: &mut Latest) {
    if let Some((first, body)) = ended_authorisation(entry) {
        latest.insert((ColdTable::Authorisation, first), digest::sha256(&[&body]));
        return;
    }
    let mut put = |table, row, sealed: &Sealed| {
        let encoding = minicbor::to_vec(sealed).unwrap_or_default();
        latest.insert((table, row), digest::sha256(&[&encoding]));
    };
    match &entry.event {
        Event::CustomerCreated(customer, sealed) => put(ColdTable::CustomerPersonal, customer.id.0, sealed),
        Event::AccountOpened(account, sealed) => put(ColdTable::AccountPersonal, account.id.0, sealed),
        Event::CardIssued(card, sealed) => put(ColdTable::CardPersonal, card.id.0, sealed),
        Event::CustomerUpdated(id, changes) => changes.iter().for_each(|change| {
            if let CustomerChange::Personal(sealed) = change {
                put(ColdTable::CustomerPersonal, id.0, sealed);
            }
        }),
        Event::AccountUpdated(id, changes) => changes.iter().for_each(|change| {
            if let AccountChange::Personal(sealed) = change {
                put(ColdTable::AccountPersonal, id.0, sealed);
            }
        }),
        Event::CardUpdated(id, _, changes) => changes.iter().for_each(|change| {
            if let CardChange::Personal(sealed) = change {
                put(ColdTable::CardPersonal, id.0, sealed);
            }
        }),
        _ => {}
    }
}

fn check_record(table: ColdTable, row: i64, body: &[u8], latest: &mut Latest) -> Result<(), VerifyError> {
    match latest.remove(&(table, row)) {
        Some(expected) if expected == digest::sha256(&[body]) => Ok(()),
        Some(_) => Err(wrong(table, row, "differs from what the journal says")),
        None => Err(wrong(table, row, "is in the store and not in the journal")),
    }
}

/// Every client that may come in has a secret to come in with.
fn check_secrets(store: &dyn Store, state: &HotState) -> Result<(), VerifyError> {
    for client in state.clients().iter().filter(|client| !client.revoked) {
        if store.cold(ColdTable::ClientSecret, client.id.0)?.is_none() {
            return Err(wrong(ColdTable::ClientSecret, client.id.0, "is missing"));
        }
    }
    Ok(())
}

/// The ring of exactly the keys that the journal tells of; none when it tells of none.
fn open_ring(
    store: &dyn Store,
    master: &MasterKey,
    state: &HotState,
) -> Result<Option<KeyRing>, VerifyError> {
    let (mut records, mut found): (Vec<KeyRecord>, Vec<KeyId>) = (Vec::new(), Vec::new());
    each_row(store, ColdTable::Key, |row, body| {
        let record: KeyRecord =
            minicbor::decode(body).map_err(|_| wrong(ColdTable::Key, row, "cannot be read"))?;
        found.push(KeyId(record.id));
        records.push(record);
        Ok(())
    })?;
    let told = state.keys();
    if let Some(missing) = told.iter().find(|id| !found.contains(id)) {
        return Err(wrong(ColdTable::Key, i64::from(missing.0), "is in the journal and not in the store"));
    }
    if let Some(surplus) = found.iter().find(|id| !told.contains(id)) {
        return Err(wrong(ColdTable::Key, i64::from(surplus.0), "is in the store and not in the journal"));
    }
    if records.is_empty() {
        return Ok(None);
    }
    let ring = KeyRing::open(master, records);
    ring.map(Some).map_err(|_| wrong(ColdTable::Key, 0, "the key ring cannot be opened with this master key"))
}

/// Every customer has a key, and it can be opened.
fn check_customer_keys(store: &dyn Store, ring: &KeyRing, state: &HotState) -> Result<(), VerifyError> {
    let mut keys = 0;
    each_row(store, ColdTable::CustomerKey, |row, body| {
        if state.customer(CustomerId(row)).is_none() {
            return Err(wrong(ColdTable::CustomerKey, row, "belongs to no customer"));
        }
        SubjectKey::unwrap(ring, row, body)
            .map_err(|_| wrong(ColdTable::CustomerKey, row, "cannot be opened"))?;
        keys += 1;
        Ok(())
    })?;
    if keys == state.customer_count() {
        Ok(())
    } else {
        Err(wrong(ColdTable::CustomerKey, 0, "not every customer has a key"))
    }
}

/// Every card has its number. Returns how many there are.
fn check_numbers(store: &dyn Store, ring: &KeyRing, state: &HotState) -> Result<u64, VerifyError> {
    let mut cards = 0;
    each_row(store, ColdTable::CardPan, |row, body| {
        let number = ring.open_pan(pan_place(CardId(row)), body);
        let number = number.map_err(|_| wrong(ColdTable::CardPan, row, "cannot be opened"))?;
        let card = state.card(CardId(row));
        let card = card.ok_or_else(|| wrong(ColdTable::CardPan, row, "belongs to no card"))?;
        if card.pan_index != PanIndex(ring.pan_index(&number)) {
            return Err(wrong(ColdTable::CardPan, row, "is another number than the card's"));
        }
        cards += 1;
        Ok(())
    })?;
    if cards == state.card_count() as u64 {
        Ok(cards)
    } else {
        Err(wrong(ColdTable::CardPan, 0, "not every card has its number"))
    }
}

fn each_row(
    store: &dyn Store,
    table: ColdTable,
    mut check: impl FnMut(i64, &[u8]) -> Result<(), VerifyError>,
) -> Result<(), VerifyError> {
    let mut after = None;
    loop {
        let rows = store.scan_cold(table, after, PAGE)?;
        for (row, body) in &rows {
            check(*row, body)?;
        }
        let Some((last, _)) = rows.last() else { return Ok(()) };
        after = Some(*last);
    }
}

fn wrong(table: ColdTable, row: i64, what: &'static str) -> VerifyError {
    VerifyError::Record { table: table.name(), row, what }
}
