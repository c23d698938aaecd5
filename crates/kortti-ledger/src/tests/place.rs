//! A place on the disk with a store in it, and ledgers over the store.

use std::{path::PathBuf, sync::Arc};

use kortti_core::{decide::Command, entry::Entry, view::View};
use kortti_store::{Extent, Store};
use kortti_store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

use super::{
    given::{ANN, OURS, START, account, customer, origin, product},
    probe::Probe,
};
use crate::{
    Clock, HotState, Ledger, LedgerError, Outcome, STREAM,
    role::Role,
    verify::{align_windows, first_difference},
    verify_journal,
};

pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// A place whose journal has a product, a customer and an account, three entries.
    pub async fn furnished() -> Self {
        let place = Self::new();
        let ledger = place.ledger();
        for command in [product(), customer(ANN, "C-1"), account()] {
            submit(&ledger, command).await.unwrap();
        }
        ledger.stop();
        place
    }

    pub fn store(&self) -> Arc<SqliteStore> {
        Arc::new(SqliteStore::open(&self.journal_file(), Options::default()).unwrap())
    }

    /// A ledger on a handle of its own.
    pub fn ledger(&self) -> Ledger {
        start(self.store())
    }

    /// A ledger and the store that a test can let fail under it.
    pub fn probed(&self) -> (Arc<Probe>, Ledger) {
        let probe = Probe::over(self.store());
        let ledger = start(Arc::clone(&probe) as Arc<dyn Store>);
        (probe, ledger)
    }

    pub fn journal_file(&self) -> PathBuf {
        self.folder.path().join("kortti.db")
    }

    pub fn snapshot_file(&self) -> PathBuf {
        self.folder.path().join("kortti-snapshot.db")
    }

    /// Where the snapshot stands; 0 when there is none.
    pub fn snapshot_sequence(&self) -> u64 {
        self.store().read_snapshot(STREAM, &mut |_| {}).unwrap()
    }

    /// Verifies the journal, and that `state` is what it folds to. The rolling window of the state may have moved
    /// on afterwards, as by time.
    pub fn verify(&self, state: &HotState) {
        let verified = verify_journal(&*self.store(), &mut |_| Ok(())).unwrap();
        align_windows(&verified.state, state);
        // The other way round it need not be: a replay knows every answer ever given.
        assert_eq!(first_difference(&verified.state, state), None);
        assert_found_alike(&verified.state, state);
    }
}

/// Turns the last bit of a row of the snapshot that is not of its checksum, or of that where there is nothing else.
pub fn turn_bit(place: &Place, row: (u8, i64)) {
    let store = place.store();
    let mut rows = Vec::new();
    let sequence = store.read_snapshot(STREAM, &mut |found| rows.push(found)).unwrap();
    let mut found = rows.into_iter().find(|found| (found.kind, found.id) == row).unwrap();
    let body = found.body.as_mut().unwrap();
    let last = body.len().saturating_sub(9);
    body[last] ^= 1;
    store.write_snapshot(STREAM, sequence, Extent::Changes, &mut vec![found].into_iter()).unwrap();
}

pub fn start(store: Arc<dyn Store>) -> Ledger {
    Ledger::start(store, Clock::fixed(START)).unwrap()
}

/// One that writes a snapshot after every so many entries.
pub fn start_with(store: Arc<dyn Store>, entries: u64) -> Ledger {
    Ledger::start_as(Role::Alone, store, Clock::fixed(START), entries).unwrap()
}

pub async fn submit(ledger: &Ledger, command: Command) -> Result<Outcome, LedgerError> {
    ledger.submit(OURS, origin(), command, Vec::new()).await
}

/// All entries of a ledger's journal.
pub fn entries(ledger: &Ledger) -> Vec<Entry> {
    ledger.entries(0, usize::MAX >> 1).unwrap().into_iter().map(|(entry, _)| entry).collect()
}

/// Both states have the same things, and find them in the same ways.
pub fn assert_same(one: &HotState, other: &HotState) {
    assert_eq!(first_difference(one, other), None);
    assert_eq!(first_difference(other, one), None);
    assert_found_alike(one, other);
}

fn assert_found_alike(one: &HotState, other: &HotState) {
    one.cards.for_each(|id, card| {
        assert_eq!(other.card_by_number(card.institution, card.pan_index), Some(*id));
        assert_eq!(other.card_by_reference(card.reference), Some(*id));
        assert!(View::cards_of_account(other, card.account).contains(id));
        assert!(other.cards_of_customer(card.customer, 0, usize::MAX).contains(id));
    });
    one.accounts.for_each(|id, account| {
        assert_eq!(other.account_by_number(account.institution, &account.number), Some(*id));
    });
    one.customers.for_each(|id, customer| {
        assert_eq!(other.customer_by_number(customer.institution, &customer.number), Some(*id));
        assert_eq!(other.customer_by_registration(customer.institution, customer.registration), Some(*id));
    });
    assert_eq!(one.next_due(), other.next_due());
    assert_eq!(one.card_count(), other.card_count());
}
