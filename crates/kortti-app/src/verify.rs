//! Verification from end to end: the journal's chain, the state against a full replay, and every stored record against
//! what the journal says of it.

use std::{collections::HashMap, sync::Arc};

use kortti_core::{
    entry::Entry,
    event::{AccountChange, CardChange, CustomerChange, Event},
    id::PanIndex,
    personal::Sealed,
    view::View,
};
use kortti_crypto::{KeyRecord, KeyRing, MasterKey, digest};
use kortti_ledger::{JournalError, verify_journal};
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

/// What the journal says last of each personal record: revision and digest.
type Latest = HashMap<(ColdTable, i64), (u32, [u8; 32]), FxBuildHasher>;

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
    for table in [ColdTable::CardPersonal, ColdTable::CustomerPersonal, ColdTable::AccountPersonal] {
        each_row(&**store, table, |row, body| check_record(table, row, body, &mut latest))?;
    }
    if let Some((table, row)) = latest.into_keys().min() {
        return Err(wrong(table, row, "is in the journal and not in the store"));
    }
    let Some(ring) = open_ring(&**store, master)? else {
        return Ok(Verdict { entries: verified.head.sequence, cards: 0, records });
    };
    let mut cards = 0;
    each_row(&**store, ColdTable::CardPan, |row, body| {
        let number = ring.open_pan(pan_place(kortti_core::id::CardId(row)), body);
        let number = number.map_err(|_| wrong(ColdTable::CardPan, row, "cannot be opened"))?;
        let card = verified.state.card(kortti_core::id::CardId(row));
        let card = card.ok_or_else(|| wrong(ColdTable::CardPan, row, "belongs to no card"))?;
        if card.pan_index != PanIndex(ring.pan_index(&number)) {
            return Err(wrong(ColdTable::CardPan, row, "is another number than the card's"));
        }
        cards += 1;
        Ok(())
    })?;
    if cards != verified.state.card_count() as u64 {
        return Err(wrong(ColdTable::CardPan, 0, "not every card has its number"));
    }
    Ok(Verdict { entries: verified.head.sequence, cards, records })
}

fn note(entry: &Entry, latest: &mut Latest) {
    let mut put = |table, row, sealed: &Sealed| {
        latest.insert((table, row), (sealed.revision, digest::sha256(&[&sealed.bytes])));
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
    let sealed: Sealed = minicbor::decode(body).map_err(|_| wrong(table, row, "cannot be read"))?;
    match latest.remove(&(table, row)) {
        Some(expected) if expected == (sealed.revision, digest::sha256(&[&sealed.bytes])) => Ok(()),
        Some(_) => Err(wrong(table, row, "differs from what the journal says")),
        None => Err(wrong(table, row, "is in the store and not in the journal")),
    }
}

fn open_ring(store: &dyn Store, master: &MasterKey) -> Result<Option<KeyRing>, VerifyError> {
    let mut records: Vec<KeyRecord> = Vec::new();
    each_row(store, ColdTable::Key, |row, body| {
        records.push(minicbor::decode(body).map_err(|_| wrong(ColdTable::Key, row, "cannot be read"))?);
        Ok(())
    })?;
    if records.is_empty() {
        return Ok(None);
    }
    let ring = KeyRing::open(master, records);
    ring.map(Some).map_err(|_| wrong(ColdTable::Key, 0, "the key ring cannot be opened with this master key"))
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
