//! Personal records: sealed under the customer's own key, opened for reading, remembered for a while.

use std::sync::Arc;

use kortti_core::{
    event::Changed,
    id::CustomerId,
    personal::{AccountPersonal, CardPersonal, CustomerPersonal, Sealed, Versioned},
};
use kortti_crypto::{KeyRing, Place, SubjectKey};
use kortti_ledger::Ledger;
use kortti_store::{ColdTable, ColdWrite};
use minicbor::{Decode, Encode};
use quick_cache::sync::Cache;
use rustc_hash::FxBuildHasher;

use crate::AppError;

/// How many customers' keys are kept unwrapped.
const KEYS_CACHED: usize = 16_384;
/// How many personal records of each kind are kept open. One takes some 400 bytes, and reading one that is not open costs
/// about as much as everything else about a request.
const RECORDS_CACHED: u64 = 262_144;
/// How many records the caches make room for at first; they grow.
const RECORDS_EXPECTED: usize = 16_384;

/// By life of the store, row and revision.
type RecordCache<T> = Cache<(u64, i64, u32), Arc<T>, quick_cache::UnitWeighter, FxBuildHasher>;

/// Opens and seals personal records.
pub(crate) struct Vault {
    subjects: Cache<(u64, CustomerId), Arc<SubjectKey>>,
    cards: RecordCache<CardPersonal>,
    customers: RecordCache<CustomerPersonal>,
    accounts: RecordCache<AccountPersonal>,
}

/// A kind of personal record: where it is kept.
pub(crate) trait Record:
    Clone + PartialEq + Encode<()> + for<'b> Decode<'b, ()> + Send + Sync + 'static
{
    const TABLE: ColdTable;
    fn cache(vault: &Vault) -> &RecordCache<Self>;
}

impl Record for CardPersonal {
    const TABLE: ColdTable = ColdTable::CardPersonal;
    fn cache(vault: &Vault) -> &RecordCache<Self> {
        &vault.cards
    }
}

impl Record for CustomerPersonal {
    const TABLE: ColdTable = ColdTable::CustomerPersonal;
    fn cache(vault: &Vault) -> &RecordCache<Self> {
        &vault.customers
    }
}

impl Record for AccountPersonal {
    const TABLE: ColdTable = ColdTable::AccountPersonal;
    fn cache(vault: &Vault) -> &RecordCache<Self> {
        &vault.accounts
    }
}

impl Vault {
    pub fn new() -> Self {
        Self {
            subjects: Cache::new(KEYS_CACHED),
            cards: record_cache(),
            customers: record_cache(),
            accounts: record_cache(),
        }
    }

    /// Frees what is kept of earlier lives of the store.
    pub fn clear(&self) {
        self.subjects.clear();
        self.cards.clear();
        self.customers.clear();
        self.accounts.clear();
    }

    /// A new customer's key, and the row that keeps it.
    pub fn new_subject(&self, ring: &KeyRing, id: CustomerId) -> Result<(SubjectKey, ColdWrite), AppError> {
        let key = SubjectKey::generate()?;
        let body = Some(key.wrap(ring, id.0)?);
        Ok((key, ColdWrite { table: ColdTable::CustomerKey, id: id.0, body }))
    }

    /// A customer's key, which must be there.
    pub fn subject(
        &self,
        ledger: &Ledger,
        ring: &KeyRing,
        id: CustomerId,
    ) -> Result<Arc<SubjectKey>, AppError> {
        self.find_subject(ledger, ring, id)?.ok_or(AppError::Missing("the customer's key"))
    }

    /// A customer's key; none when it was destroyed, which erases the person.
    pub fn find_subject(
        &self,
        ledger: &Ledger,
        ring: &KeyRing,
        id: CustomerId,
    ) -> Result<Option<Arc<SubjectKey>>, AppError> {
        // Before the store is read, so that nothing of an earlier life is ever kept for a later one.
        let life = ledger.state().lives();
        if let Some(key) = self.subjects.get(&(life, id)) {
            return Ok(Some(key));
        }
        let Some(wrapped) = ledger.cold(ColdTable::CustomerKey, id.0)? else { return Ok(None) };
        let key = Arc::new(SubjectKey::unwrap(ring, id.0, &wrapped)?);
        self.subjects.insert((life, id), Arc::clone(&key));
        Ok(Some(key))
    }

    /// Keeps a record open that was just written: whoever wrote it often reads it next.
    pub fn remember<T: Record>(&self, life: u64, id: i64, revision: u32, record: T) {
        T::cache(self).insert((life, id, revision), Arc::new(record));
    }

    /// The record of row `id` at `revision`; none when the row has another revision by now.
    pub fn read<T: Record>(
        &self,
        ledger: &Ledger,
        subject: impl FnOnce() -> Result<Arc<SubjectKey>, AppError>,
        id: i64,
        revision: u32,
    ) -> Result<Option<Arc<T>>, AppError> {
        let life = ledger.state().lives();
        if let Some(record) = T::cache(self).get(&(life, id, revision)) {
            return Ok(Some(record));
        }
        let body = ledger.cold(T::TABLE, id)?.ok_or(AppError::Missing("a personal record"))?;
        let sealed: Sealed = minicbor::decode(&body).map_err(|_| AppError::Missing("a personal record"))?;
        if sealed.revision != revision {
            return Ok(None);
        }
        let record = Arc::new(open::<T>(&*subject()?, id, &sealed)?.current);
        T::cache(self).insert((life, id, revision), Arc::clone(&record));
        Ok(Some(record))
    }
}

fn record_cache<T>() -> RecordCache<T> {
    let weighter = quick_cache::UnitWeighter;
    Cache::with(RECORDS_EXPECTED, RECORDS_CACHED, weighter, FxBuildHasher, Default::default())
}

/// The revision of a record that was never changed.
pub(crate) const FIRST_REVISION: u32 = 1;

/// A record that is about to be changed: row, owner before and after, and the revision it was read at.
pub(crate) struct Change {
    pub id: i64,
    pub owner: Changed<CustomerId>,
    pub based_on: u32,
}

/// Seals a record for row `id`; the row to write and what the journal says of it.
pub(crate) fn seal<T: Record>(
    owner: CustomerId,
    key: &SubjectKey,
    id: i64,
    revision: u32,
    current: T,
    previous: Option<T>,
) -> Result<(Sealed, ColdWrite), AppError> {
    let failed = || AppError::Missing("the encoding of a record");
    let plain =
        zeroize::Zeroizing::new(minicbor::to_vec(Versioned { current, previous }).map_err(|_| failed())?);
    let sealed = Sealed { owner, revision, bytes: key.seal(place::<T>(id), &plain)? };
    let body = Some(minicbor::to_vec(&sealed).map_err(|_| failed())?);
    Ok((sealed, ColdWrite { table: T::TABLE, id, body }))
}

/// Opens a sealed record.
pub(crate) fn open<T: Record>(key: &SubjectKey, id: i64, sealed: &Sealed) -> Result<Versioned<T>, AppError> {
    let plain = key.open(place::<T>(id), &sealed.bytes)?;
    minicbor::decode(&plain).map_err(|_| AppError::Missing("a personal record"))
}

fn place<T: Record>(row: i64) -> Place {
    Place { table: T::TABLE.name(), row, column: "personal" }
}
