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

use crate::{cards::pan_place, error::UNFINISHED};

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
    /// The store is a copy, and not whole.
    #[error("{UNFINISHED}")]
    Unfinished,
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
    let mut latest = Latest::default();
    let verified = verify_journal(&**store, &mut |entry| {
        note(entry, &mut latest);
        Ok(())
    })?;
    let count = latest.len() as u64;
    let mut records = Records { store: &**store, state: &verified.state, suspects: Suspects::default() };
    records.compare(latest)?;
    records.check_secrets()?;
    let cards = match records.open_ring(master)? {
        None => 0,
        Some(ring) => {
            records.check_customer_keys(&ring)?;
            records.check_numbers(&ring)?
        }
    };
    records.suspects.clear_up(&**store, verified.head)?;
    if let Some((table, row, what)) = records.suspects.0.into_iter().next() {
        return Err(VerifyError::Record { table: table.name(), row, what });
    }
    Ok(Verdict { entries: verified.head.sequence, cards, records: count })
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

/// What a store keeps beside its journal, and what that folds to.
struct Records<'a> {
    store: &'a dyn Store,
    state: &'a HotState,
    suspects: Suspects,
}

impl Records<'_> {
    /// Each stored record is what the journal says last of it, and none is missing.
    fn compare(&mut self, mut latest: Latest) -> Result<(), VerifyError> {
        let compared = [
            ColdTable::CardPersonal,
            ColdTable::CustomerPersonal,
            ColdTable::AccountPersonal,
            ColdTable::Authorisation,
        ];
        for table in compared {
            each_row(self.store, table, |row, body| {
                match latest.remove(&(table, row)) {
                    Some(expected) if expected == digest::sha256(&[body]) => {}
                    Some(_) => self.suspects.add(table, row, "differs from what the journal says"),
                    None => self.suspects.add(table, row, "is in the store and not in the journal"),
                }
                Ok(())
            })?;
        }
        let mut missing: Vec<_> = latest.into_keys().collect();
        missing.sort_unstable();
        for (table, row) in missing {
            self.suspects.add(table, row, "is in the journal and not in the store");
        }
        Ok(())
    }

    /// Every client that may come in has a secret to come in with.
    fn check_secrets(&mut self) -> Result<(), VerifyError> {
        for client in self.state.clients().iter().filter(|client| !client.revoked) {
            if self.store.cold(ColdTable::ClientSecret, client.id.0)?.is_none() {
                self.suspects.add(ColdTable::ClientSecret, client.id.0, "is missing");
            }
        }
        Ok(())
    }

    /// The ring of exactly the keys that the journal tells of; none when it tells of none.
    fn open_ring(&mut self, master: &MasterKey) -> Result<Option<KeyRing>, VerifyError> {
        let (mut records, mut found): (Vec<KeyRecord>, Vec<KeyId>) = (Vec::new(), Vec::new());
        each_row(self.store, ColdTable::Key, |row, body| {
            let record: KeyRecord =
                minicbor::decode(body).map_err(|_| wrong(ColdTable::Key, row, "cannot be read"))?;
            found.push(KeyId(record.id));
            records.push(record);
            Ok(())
        })?;
        let told = self.state.keys();
        if found.is_empty() && !told.is_empty() {
            return Err(VerifyError::Unfinished);
        }
        // Without it the ring may not open.
        if let Some(missing) = told.iter().find(|id| !found.contains(id)) {
            let what = "is in the journal and not in the store";
            return Err(wrong(ColdTable::Key, i64::from(missing.0), what));
        }
        for surplus in found.iter().filter(|id| !told.contains(id)) {
            self.suspects.add(ColdTable::Key, i64::from(surplus.0), "is in the store and not in the journal");
        }
        if records.is_empty() {
            return Ok(None);
        }
        let ring = KeyRing::open(master, records);
        ring.map(Some)
            .map_err(|_| wrong(ColdTable::Key, 0, "the key ring cannot be opened with this master key"))
    }

    /// Every customer has a key, and it can be opened.
    fn check_customer_keys(&mut self, ring: &KeyRing) -> Result<(), VerifyError> {
        let mut keys = 0;
        each_row(self.store, ColdTable::CustomerKey, |row, body| {
            if self.state.customer(CustomerId(row)).is_none() {
                self.suspects.add(ColdTable::CustomerKey, row, "belongs to no customer");
                return Ok(());
            }
            SubjectKey::unwrap(ring, row, body)
                .map_err(|_| wrong(ColdTable::CustomerKey, row, "cannot be opened"))?;
            keys += 1;
            Ok(())
        })?;
        if keys == self.state.customer_count() {
            Ok(())
        } else {
            Err(wrong(ColdTable::CustomerKey, 0, "not every customer has a key"))
        }
    }

    /// Every card has its number. Returns how many there are.
    fn check_numbers(&mut self, ring: &KeyRing) -> Result<u64, VerifyError> {
        let mut cards = 0;
        each_row(self.store, ColdTable::CardPan, |row, body| {
            let Some(card) = self.state.card(CardId(row)) else {
                self.suspects.add(ColdTable::CardPan, row, "belongs to no card");
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
        if cards == self.state.card_count() as u64 {
            Ok(cards)
        } else {
            Err(wrong(ColdTable::CardPan, 0, "not every card has its number"))
        }
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
