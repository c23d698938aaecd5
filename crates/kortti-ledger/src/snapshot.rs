//! The snapshot: the hot state as rows, so that a start need not replay the whole journal. It is a cache and can be
//! thrown away; the journal is the truth.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
};

use kortti_core::{
    id::{AccountId, CardId, CustomerId, IdempotencyKey, InstitutionId, KeyId, TransactionId},
    reference::Currency,
    time::Timestamp,
    transaction::{Book, KnownAuthorisation},
    usage::{SharedActivity, Use},
};
use kortti_store::{SnapshotRow, Store, StoreError, StreamId};
use minicbor::{Decode, Encode};
use parking_lot::Mutex;
use rustc_hash::FxBuildHasher;

use crate::hot::{Answered, HotState};

const CARD: u8 = 1;
const ACCOUNT: u8 = 2;
const CUSTOMER: u8 = 3;
const PRODUCT: u8 = 4;
const CLIENT: u8 = 5;
const KEY: u8 = 6;
const CLOCK: u8 = 7;
const ANSWERED: u8 = 8;
const CARD_ACTIVITY: u8 = 9;
const ACCOUNT_ACTIVITY: u8 = 10;
const AUTHORISATION: u8 = 11;
const USE: u8 = 12;
const BOOKS: u8 = 13;
const REVERSALS: u8 = 14;

/// What has changed since the last snapshot.
#[derive(Default)]
pub(crate) struct Dirty {
    pub cards: HashSet<CardId, FxBuildHasher>,
    pub accounts: HashSet<AccountId, FxBuildHasher>,
    pub customers: HashSet<CustomerId, FxBuildHasher>,
    pub answered: Vec<(IdempotencyKey, Answered)>,
    pub forgotten: Vec<Answered>,
    pub card_activities: HashSet<CardId, FxBuildHasher>,
    pub account_activities: HashSet<AccountId, FxBuildHasher>,
    /// Authorisations that were put or have ended, and uses that have entered, changed in or left the rolling window.
    pub transactions: HashSet<TransactionId, FxBuildHasher>,
}

impl Dirty {
    /// Everything there is, for a snapshot from scratch.
    pub fn everything(state: &HotState) -> Self {
        let mut dirty = Self::default();
        state.cards.for_each(|id, _| {
            dirty.cards.insert(*id);
        });
        state.accounts.for_each(|id, _| {
            dirty.accounts.insert(*id);
        });
        state.customers.for_each(|id, _| {
            dirty.customers.insert(*id);
        });
        state.answered.for_each(|key, answered| dirty.answered.push((*key, *answered)));
        let transactions = &state.transactions;
        transactions.cards.for_each(|id, _| {
            dirty.card_activities.insert(*id);
        });
        transactions.accounts.for_each(|id, _| {
            dirty.account_activities.insert(*id);
        });
        transactions.open.for_each(|first, _| {
            dirty.transactions.insert(*first);
        });
        dirty.transactions.extend(transactions.uses.lock().iter().map(|one| one.id));
        dirty
    }

    /// The rows as they stand now. Collecting them costs a pointer each; they are encoded when they are written.
    pub fn rows(self, state: &HotState) -> Vec<Row> {
        let mut rows = Vec::with_capacity(self.cards.len() + self.accounts.len() + self.customers.len() + 16);
        rows.extend(self.cards.iter().filter_map(|id| state.cards.find(id)).map(Row::Card));
        rows.extend(self.accounts.iter().filter_map(|id| state.accounts.find(id)).map(Row::Account));
        rows.extend(self.customers.iter().filter_map(|id| state.customers.find(id)).map(Row::Customer));
        rows.extend(state.products.read().iter().cloned().map(Row::Product));
        rows.extend(state.clients.read().iter().cloned().map(Row::Client));
        rows.extend(state.keys.read().iter().copied().map(Row::Key));
        rows.push(Row::Clock(state.clock_ahead_ms.load(Ordering::Acquire)));
        rows.extend(self.answered.into_iter().map(|(key, answered)| Row::Answered(key, answered)));
        rows.extend(self.forgotten.into_iter().map(|answered| Row::Forgotten(answered.sequence)));
        let transactions = &state.transactions;
        let activity = |id: &CardId| transactions.cards.find(id).map(|found| Row::CardActivity(*id, found));
        rows.extend(self.card_activities.iter().filter_map(activity));
        let activity =
            |id: &AccountId| transactions.accounts.find(id).map(|found| Row::AccountActivity(*id, found));
        rows.extend(self.account_activities.iter().filter_map(activity));
        for first in self.transactions {
            rows.push(Row::Authorisation(first, transactions.open.find(&first)));
            rows.push(Row::Use(first, transactions.find_use(first)));
        }
        rows.push(Row::Books(transactions.books.read().iter().map(|(key, minor)| (*key, *minor)).collect()));
        rows.push(Row::Reversals(
            transactions.reversals.read().iter().map(|(key, at)| (*key, *at)).collect(),
        ));
        rows
    }
}

/// One row of a snapshot, not yet encoded.
pub(crate) enum Row {
    Card(Arc<kortti_core::card::Card>),
    Account(Arc<kortti_core::account::Account>),
    Customer(Arc<kortti_core::customer::Customer>),
    Product(Arc<kortti_core::product::Product>),
    Client(Arc<kortti_core::access::Client>),
    Key(KeyId),
    Clock(i64),
    Answered(IdempotencyKey, Answered),
    Forgotten(u64),
    CardActivity(CardId, SharedActivity),
    AccountActivity(AccountId, SharedActivity),
    Authorisation(TransactionId, Option<KnownAuthorisation>),
    Use(TransactionId, Option<Use>),
    Books(Vec<((InstitutionId, Currency, Book), i64)>),
    Reversals(Vec<(IdempotencyKey, Timestamp)>),
}

#[derive(Encode, Decode)]
struct AnsweredRow {
    #[n(0)]
    key: IdempotencyKey,
    #[n(1)]
    at: Timestamp,
    #[n(2)]
    id: i64,
}

impl Row {
    fn encode(self) -> SnapshotRow {
        let (kind, id, body) = match self {
            Self::Card(card) => (CARD, card.id.0, Some(encode(&*card))),
            Self::Account(account) => (ACCOUNT, account.id.0, Some(encode(&*account))),
            Self::Customer(customer) => (CUSTOMER, customer.id.0, Some(encode(&*customer))),
            Self::Product(product) => (PRODUCT, i64::from(product.id.0), Some(encode(&*product))),
            Self::Client(client) => (CLIENT, client.id.0, Some(encode(&*client))),
            Self::Key(key) => (KEY, i64::from(key.0), Some(Vec::new())),
            Self::Clock(ahead_ms) => (CLOCK, 0, Some(encode(&ahead_ms))),
            Self::Answered(key, Answered { at, id, sequence }) => {
                (ANSWERED, sequence.cast_signed(), Some(encode(&AnsweredRow { key, at, id })))
            }
            Self::Forgotten(sequence) => (ANSWERED, sequence.cast_signed(), None),
            Self::CardActivity(id, activity) => (CARD_ACTIVITY, id.0, Some(encode(&*activity))),
            Self::AccountActivity(id, activity) => (ACCOUNT_ACTIVITY, id.0, Some(encode(&*activity))),
            Self::Authorisation(first, known) => (AUTHORISATION, first.0, known.as_ref().map(encode)),
            Self::Use(first, entered) => (USE, first.0, entered.as_ref().map(encode)),
            Self::Books(books) => (BOOKS, 0, Some(encode(&books))),
            Self::Reversals(reversals) => (REVERSALS, 0, Some(encode(&reversals))),
        };
        SnapshotRow { kind, id, body }
    }
}

fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    // Writing into a vector cannot fail.
    let _ = minicbor::encode(value, &mut bytes);
    bytes
}

/// Writes rows as of `sequence`.
pub(crate) fn write(
    store: &dyn Store,
    stream: StreamId,
    sequence: u64,
    rows: Vec<Row>,
) -> Result<(), StoreError> {
    store.write_snapshot(stream, sequence, &mut rows.into_iter().map(Row::encode))
}

/// How many rows a thread takes at once.
const CHUNK: usize = 4096;
/// How many chunks may wait for a thread.
const WAITING: usize = 8;

/// Fills an empty state from the snapshot. Returns the sequence it stands for; 0, and an empty state, when there is none
/// or this program cannot read it.
pub(crate) fn read(store: &dyn Store, stream: StreamId, state: &HotState) -> Result<u64, StoreError> {
    let (sequence, readable) = load_all(store, stream, state)?;
    if sequence == 0 || !readable {
        state.clear();
        if sequence != 0 {
            tracing::warn!("the snapshot is of another version; the journal is replayed from its beginning");
            store.clear_snapshot(stream)?;
        }
        return Ok(0);
    }
    state.transactions.sort_uses();
    Ok(sequence)
}

/// Loads all rows, on as many threads as there are cores: most of the time goes into filling memory. Returns the sequence and
/// whether every row could be read.
fn load_all(store: &dyn Store, stream: StreamId, state: &HotState) -> Result<(u64, bool), StoreError> {
    let readable = AtomicBool::new(true);
    let (sender, chunks) = mpsc::sync_channel::<Vec<SnapshotRow>>(WAITING);
    let chunks = Mutex::new(chunks);
    let work = || {
        while let Ok(rows) = { chunks.lock().recv() } {
            if !rows.iter().all(|row| load(row, state).is_some()) {
                readable.store(false, Ordering::Relaxed);
            }
        }
    };
    let sequence = std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (0..cores).for_each(|_| drop(scope.spawn(work)));
        let mut chunk = Vec::with_capacity(CHUNK);
        let sequence = store.read_snapshot(stream, &mut |row| {
            chunk.push(row);
            if chunk.len() == CHUNK {
                // The threads take until the sender is gone.
                let _ = sender.send(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK)));
            }
        });
        let _ = sender.send(chunk);
        drop(sender);
        sequence
    })?;
    Ok((sequence, readable.load(Ordering::Relaxed)))
}

fn load(row: &SnapshotRow, state: &HotState) -> Option<()> {
    let body = row.body.as_deref()?;
    match row.kind {
        CARD => state.commit_card(Arc::new(minicbor::decode(body).ok()?)),
        ACCOUNT => state.commit_account(Arc::new(minicbor::decode(body).ok()?)),
        CUSTOMER => state.commit_customer(Arc::new(minicbor::decode(body).ok()?)),
        PRODUCT => state.commit_product(Arc::new(minicbor::decode(body).ok()?)),
        CLIENT => state.commit_client(Arc::new(minicbor::decode(body).ok()?)),
        KEY => state.commit_key(KeyId(u32::try_from(row.id).ok()?)),
        CLOCK => state.clock_ahead_ms.store(minicbor::decode(body).ok()?, Ordering::Release),
        ANSWERED => {
            let AnsweredRow { key, at, id } = minicbor::decode(body).ok()?;
            state.answered.insert(key, Answered { at, id, sequence: row.id.cast_unsigned() });
        }
        CARD_ACTIVITY => {
            let activity = Arc::new(minicbor::decode(body).ok()?);
            state.transactions.cards.insert(CardId(row.id), activity);
        }
        ACCOUNT_ACTIVITY => {
            let activity = Arc::new(minicbor::decode(body).ok()?);
            state.transactions.accounts.insert(AccountId(row.id), activity);
        }
        AUTHORISATION => {
            state.transactions.commit_authorisation(TransactionId(row.id), minicbor::decode(body).ok()?);
        }
        USE => state.transactions.uses.lock().push_back(minicbor::decode(body).ok()?),
        BOOKS => {
            let books: Vec<((InstitutionId, Currency, Book), i64)> = minicbor::decode(body).ok()?;
            state.transactions.books.write().extend(books);
        }
        REVERSALS => {
            let reversals: Vec<(IdempotencyKey, Timestamp)> = minicbor::decode(body).ok()?;
            state.transactions.reversals.write().extend(reversals);
        }
        _ => return None,
    }
    Some(())
}
