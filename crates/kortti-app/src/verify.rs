//! Verification from end to end: the journal's chain, the state against a full replay, and every stored record against
//! what the journal says of it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use kortti_core::{
    entry::Entry,
    event::{AccountChange, CardChange, CustomerChange, Event},
    id::{CardId, CustomerId, KeyId, PanIndex},
    personal::Sealed,
    view::View,
};
use kortti_crypto::{KeyRecord, KeyRing, MasterKey, SubjectKey, digest};
use kortti_ledger::{HotState, JournalError, ended_authorisation, verify_journal, visit_behind};
use kortti_store::{ColdTable, Head, Store, StoreError};
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

/// What seems to be wrong with records.
#[derive(Default)]
struct Suspects(Vec<(ColdTable, i64, &'static str)>);

impl Suspects {
    fn add(&mut self, table: ColdTable, row: i64, what: &'static str) {
        self.0.push((table, row, what));
    }

    /// Drops those of which the journal tells after `head`: somebody has written them since.
    fn clear_up(&mut self, store: &dyn Store, head: Head) -> Result<(), JournalError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let mut written = HashSet::<_, FxBuildHasher>::default();
        visit_behind(store, head, &mut |entry| written.extend(rows_of(entry)))?;
        self.0.retain(|(table, row, _)| !written.contains(&(*table, *row)));
        Ok(())
    }
}

/// Verifies a store, also one to which others write: what they have written since the journal was followed is not judged.
/// `master` opens its keys.
///
/// # Errors
/// The first thing that is wrong.
pub fn verify(store: &Arc<dyn Store>, master: &MasterKey) -> Result<Verdict, VerifyError> {
    let mut suspects = Suspects::default();
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
        each_row(&**store, table, |row, body| {
            check_record(table, row, body, &mut latest, &mut suspects);
            Ok(())
        })?;
    }
    let mut missing: Vec<_> = latest.into_keys().collect();
    missing.sort_unstable();
    missing.into_iter().for_each(|(table, row)| {
        suspects.add(table, row, "is in the journal and not in the store");
    });
    check_secrets(&**store, &verified.state, &mut suspects)?;
    let cards = match open_ring(&**store, master, &verified.state, &mut suspects)? {
        None => 0,
        Some(ring) => {
            check_customer_keys(&**store, &ring, &verified.state, &mut suspects)?;
            check_numbers(&**store, &ring, &verified.state, &mut suspects)?
        }
    };
    suspects.clear_up(&**store, verified.head)?;
    if let Some((table, row, what)) = suspects.0.into_iter().next() {
        return Err(VerifyError::Record { table: table.name(), row, what });
    }
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

/// The rows that are written together with an entry.
fn rows_of(entry: &Entry) -> Vec<(ColdTable, i64)> {
    match &entry.event {
        Event::CustomerCreated(customer, _) => {
            vec![(ColdTable::CustomerPersonal, customer.id.0), (ColdTable::CustomerKey, customer.id.0)]
        }
        Event::CustomerUpdated(id, _) => vec![(ColdTable::CustomerPersonal, id.0)],
        Event::AccountOpened(account, _) => vec![(ColdTable::AccountPersonal, account.id.0)],
        Event::AccountUpdated(id, _) => vec![(ColdTable::AccountPersonal, id.0)],
        Event::CardIssued(card, _) => {
            vec![(ColdTable::CardPersonal, card.id.0), (ColdTable::CardPan, card.id.0)]
        }
        Event::CardUpdated(id, ..) => vec![(ColdTable::CardPersonal, id.0)],
        Event::ClientAdded(client) => vec![(ColdTable::ClientSecret, client.id.0)],
        Event::ClientRevoked(id) => vec![(ColdTable::ClientSecret, id.0)],
        Event::KeyAdded(id, _) => vec![(ColdTable::Key, i64::from(id.0))],
        Event::Transacted(_) => ended_authorisation(entry)
            .map(|(first, _)| (ColdTable::Authorisation, first))
            .into_iter()
            .collect(),
        Event::ProductDefined(_) | Event::ClockMoved(_) => Vec::new(),
    }
}

fn check_record(table: ColdTable, row: i64, body: &[u8], latest: &mut Latest, suspects: &mut Suspects) {
    match latest.remove(&(table, row)) {
        Some(expected) if expected == digest::sha256(&[body]) => {}
        Some(_) => suspects.add(table, row, "differs from what the journal says"),
        None => suspects.add(table, row, "is in the store and not in the journal"),
    }
}

/// Every client that may come in has a secret to come in with.
fn check_secrets(store: &dyn Store, state: &HotState, suspects: &mut Suspects) -> Result<(), VerifyError> {
    for client in state.clients().iter().filter(|client| !client.revoked) {
        if store.cold(ColdTable::ClientSecret, client.id.0)?.is_none() {
            suspects.add(ColdTable::ClientSecret, client.id.0, "is missing");
        }
    }
    Ok(())
}

/// The ring of exactly the keys that the journal tells of; none when it tells of none.
fn open_ring(
    store: &dyn Store,
    master: &MasterKey,
    state: &HotState,
    suspects: &mut Suspects,
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
    // Without it the ring may not open.
    if let Some(missing) = told.iter().find(|id| !found.contains(id)) {
        return Err(wrong(ColdTable::Key, i64::from(missing.0), "is in the journal and not in the store"));
    }
    for surplus in found.iter().filter(|id| !told.contains(id)) {
        suspects.add(ColdTable::Key, i64::from(surplus.0), "is in the store and not in the journal");
    }
    if records.is_empty() {
        return Ok(None);
    }
    let ring = KeyRing::open(master, records);
    ring.map(Some).map_err(|_| wrong(ColdTable::Key, 0, "the key ring cannot be opened with this master key"))
}

/// Every customer has a key, and it can be opened.
fn check_customer_keys(
    store: &dyn Store,
    ring: &KeyRing,
    state: &HotState,
    suspects: &mut Suspects,
) -> Result<(), VerifyError> {
    let mut keys = 0;
    each_row(store, ColdTable::CustomerKey, |row, body| {
        if state.customer(CustomerId(row)).is_none() {
            suspects.add(ColdTable::CustomerKey, row, "belongs to no customer");
            return Ok(());
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
fn check_numbers(
    store: &dyn Store,
    ring: &KeyRing,
    state: &HotState,
    suspects: &mut Suspects,
) -> Result<u64, VerifyError> {
    let mut cards = 0;
    each_row(store, ColdTable::CardPan, |row, body| {
        let Some(card) = state.card(CardId(row)) else {
            suspects.add(ColdTable::CardPan, row, "belongs to no card");
            return Ok(());
        };
        let number = ring.open_pan(pan_place(CardId(row)), body);
        let number = number.map_err(|_| wrong(ColdTable::CardPan, row, "cannot be opened"))?;
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
