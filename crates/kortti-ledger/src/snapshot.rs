//! The snapshot: the hot state as rows, so that a start need not replay the whole journal. It is a cache and can be
//! thrown away; the journal is the truth.

mod block;
mod load;
mod seal;

use std::{
    borrow::Borrow,
    sync::{Arc, atomic::Ordering},
};

use block::OF_THINGS;
use kortti_core::{
    account::Account,
    card::Card,
    customer::Customer,
    id::{AccountId, CardId, CustomerId, IdempotencyKey, InstitutionId, KeyId, TransactionId},
    product::Product,
    reference::Currency,
    time::Timestamp,
    transaction::{Book, KnownAuthorisation},
    usage::{Activity, Use},
};
use kortti_store::{Extent, Head, SnapshotRow, Store, StoreError, StreamId};
use minicbor::{Decode, Encode};

pub(crate) use self::{
    block::OF_ENTRIES,
    load::{Flaw, read, try_read},
    seal::seal,
};
use crate::{
    answers::{self, Answered},
    hot::HotState,
    marks::Marks,
    paged::Numbered,
    segments::Segments,
    transactions::Uses,
};

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
/// What [`REACHED`] is where rows have no checksum, as earlier versions have written them. 16 is what it was where each thing had
/// a row of its own.
const REACHED_UNSEALED: u8 = 15;
const REACHED: u8 = 17;

/// Rows, one after the other.
type Rows<'a> = Box<dyn Iterator<Item = SnapshotRow> + 'a>;

/// What has changed since the last snapshot: which things, not how they stand. The engine hands this over at a sequence, and
/// whoever writes the snapshot looks the things up while the engine goes on.
///
/// So a row may be newer than the sequence the snapshot stands for, and a start replays entries over it that it already knows.
/// That ends in the same state as a full replay, because
///
/// - a row holds a thing as it truly stood at some moment at or after the sequence, never before: what has changed by then is
///   marked here, and readers of the hot state see whole things that are on the disk;
/// - most events are blind. Each sets members of one thing to values that it carries itself (`after`, `revision`, a whole thing),
///   whatever they were before, so each member ends as the last entry that names it says, or was not named after the sequence
///   and is right in the row. A key that is added is added once more; a client that was revoked comes back and is revoked again;
/// - on the way the things may stand as they never did together: a card on an account that is only opened further on. Nobody
///   is let in to read then, and entries are not decided again, only applied;
/// - indexes follow the things: a commit first enters the new value, then takes the old one out if it is still the thing's
///   own. A number that changes hands may name either for a while, since two rows can have it. But in the replay each customer
///   has only numbers that it truly had at or after the sequence, in their order: when the last holder's entry is applied,
///   the ones before it have given the number up or do so without taking out what is not theirs, and nobody enters it after;
/// - what was answered is handed over as a value, since it is also taken away; an answer that is too new is noted again under the
///   same sequence, and one that was taken away had lost its meaning at an entry on the disk;
/// - the journal that the rows are put under is the one they come from, up to the last entry any of them may know: see
///   [`Reached`].
///
/// - neighbours share a row (`block.rs`), so a thing may come along that has not changed, or not been there, by the sequence:
///   for it the same holds;
/// - transactions add to what cards and accounts have done, so each activity carries the id of the last entry it has taken in,
///   and the last use that has left its rolling window, and takes in nothing older again. Authorisations are set whole;
/// - the uses in the rolling window are handed over as they stood at the sequence, see [`Moment`]: one that had left by the time
///   it was looked up would be missing to an activity that still counts it. An activity that is newer knows what has left it;
/// - the books of the institutions are sums over everything, and few: they are handed over as values, too. So are products: what
///   a transaction counts depends on its product's days, as they were then.
#[derive(Default)]
pub(crate) struct Dirty {
    pub cards: Marks<CardId>,
    pub accounts: Marks<AccountId>,
    pub customers: Marks<CustomerId>,
    /// By sequence, all of the block that the first of them is in.
    pub answered: Segments<(IdempotencyKey, Answered)>,
    /// The blocks of which no answer can be repeated any more.
    pub forgotten: Segments<i64>,
    pub card_activities: Marks<CardId>,
    pub account_activities: Marks<AccountId>,
    /// Authorisations that were put or have ended, and uses that have entered, changed in or left the rolling window.
    pub transactions: Marks<TransactionId>,
}

impl Dirty {
    /// What will have changed by the next snapshot, when one is taken of this now: the answers of a block that is not full yet,
    /// which the next one writes again with those that are still to come.
    pub fn next(&self) -> Self {
        let last = self.answered.back().map(|(_, answered)| answers::block(answered.sequence));
        let of_last = |(_, answered): &&(_, Answered)| last == Some(answers::block(answered.sequence));
        let mut open: Vec<_> = self.answered.iter().rev().take_while(of_last).copied().collect();
        open.reverse();
        Self { answered: open.into_iter().collect(), ..Self::default() }
    }

    /// What will have changed by the snapshot after the one at `sequence`, from which `state` was filled.
    pub fn behind(state: &HotState, sequence: u64) -> Self {
        let mut open = Vec::new();
        state.answered.for_each(|key, answered| {
            if answers::block(answered.sequence) == answers::block(sequence) {
                open.push((*key, *answered));
            }
        });
        open.sort_unstable_by_key(|(_, answered)| answered.sequence);
        Self { answered: open.into_iter().collect(), ..Self::default() }
    }

    /// Everything there is, for a snapshot from scratch. Takes its time with a large state: not for the engine.
    pub fn everything(state: &HotState, moment: &Moment) -> Self {
        let mut dirty = Self::default();
        state.cards.for_each(|id, _| dirty.cards.insert(*id));
        state.accounts.for_each(|id, _| dirty.accounts.insert(*id));
        state.customers.for_each(|id, _| dirty.customers.insert(*id));
        dirty.answered = state.answered_in_order();
        let transactions = &state.transactions;
        transactions.cards.for_each(|id, _| dirty.card_activities.insert(*id));
        transactions.accounts.for_each(|id, _| dirty.account_activities.insert(*id));
        transactions.open.for_each(|first, _| dirty.transactions.insert(*first));
        moment.uses.iter().for_each(|one| dirty.transactions.insert(one.id));
        dirty
    }

    /// The rows as they stand when they are asked for. Clients and keys are few, and always among them.
    fn rows<'a>(
        &'a self,
        state: &'a HotState,
        moment: &'a Moment,
    ) -> impl Iterator<Item = SnapshotRow> + use<'a> {
        let keys = state.keys().into_iter();
        let key = |key: KeyId| SnapshotRow { kind: KEY, id: i64::from(key.0), body: Some(Vec::new()) };
        let kinds: [Rows<'_>; 6] = [
            things::<_, Card, _>(CARD, &self.cards, |id| state.cards.find(&id)),
            things::<_, Account, _>(ACCOUNT, &self.accounts, |id| state.accounts.find(&id)),
            things::<_, Customer, _>(CUSTOMER, &self.customers, |id| state.customers.find(&id)),
            Box::new(state.clients().into_iter().map(|client| row(CLIENT, client.id.0, &*client))),
            Box::new(keys.map(key).chain(std::iter::once_with(|| {
                row(CLOCK, 0, &state.clock_ahead_ms.load(Ordering::Acquire))
            }))),
            Box::new(self.answered_rows(state)),
        ];
        self.transaction_rows(state, moment).into_iter().chain(kinds).flatten()
    }

    fn transaction_rows<'a>(&'a self, state: &'a HotState, moment: &'a Moment) -> [Rows<'a>; 4] {
        let transactions = &state.transactions;
        let uses = self.transactions.blocks(OF_ENTRIES).map(|block| moment.uses_row(block));
        let open = self.transactions.blocks(OF_ENTRIES).map(|block| {
            let find = |first| transactions.open.find(&first);
            block::row::<_, KnownAuthorisation, _>(AUTHORISATION, (block, OF_ENTRIES), find)
        });
        let (cards, accounts) = (&self.card_activities, &self.account_activities);
        [
            Box::new(uses),
            Box::new(open),
            things::<_, Activity, _>(CARD_ACTIVITY, cards, |id| transactions.cards.find(&id)),
            things::<_, Activity, _>(ACCOUNT_ACTIVITY, accounts, |id| transactions.accounts.find(&id)),
        ]
    }

    /// What is forgotten comes first: a block may have got answers since.
    fn answered_rows<'a>(&'a self, state: &'a HotState) -> impl Iterator<Item = SnapshotRow> + use<'a> {
        let gone = self.forgotten.iter().map(|block| SnapshotRow { kind: ANSWERED, id: *block, body: None });
        let mut answered = self.answered.iter().peekable();
        let written = std::iter::from_fn(move || {
            let block = answers::block(answered.peek()?.1.sequence);
            let mut members = Vec::new();
            while let Some((key, one)) = answered.next_if(|(_, one)| answers::block(one.sequence) == block) {
                if state.answered.find(key) == Some(*one) {
                    members.push((one.sequence.cast_signed(), (*key, one.at, one.id)));
                }
            }
            Some(block::row_of::<AnsweredRow, _>(ANSWERED, block, members))
        });
        gone.chain(written)
    }
}

/// The rows of things that have changed, as they stand when they are asked for.
fn things<'a, K: Numbered, T: Encode<()>, V: Borrow<T>>(
    kind: u8,
    changed: &'a Marks<K>,
    find: impl Fn(K) -> Option<V> + 'a,
) -> Rows<'a> {
    let rows = changed.blocks(OF_THINGS);
    Box::new(rows.map(move |block| block::row::<K, T, V>(kind, (block, OF_THINGS), &find)))
}

/// An answer under its sequence: the key, when it was given, and the id of what it is about.
type AnsweredRow = (IdempotencyKey, Timestamp, i64);

/// What is added to rather than set, and what such things depend on, as it stood when the rest was taken.
pub(crate) struct Moment {
    uses: Uses,
    products: Vec<Arc<Product>>,
    books: Vec<((InstitutionId, Currency, Book), i64)>,
    reversals: Vec<(IdempotencyKey, Timestamp)>,
}

impl Moment {
    /// The present one. These are few, and the uses are shared.
    pub fn of(state: &HotState) -> Self {
        let transactions = &state.transactions;
        Self {
            uses: transactions.uses.lock().clone(),
            products: state.products.read().clone(),
            books: transactions.books.read().iter().map(|(book, minor)| (*book, *minor)).collect(),
            reversals: transactions.reversals.read().iter().map(|(key, at)| (*key, *at)).collect(),
        }
    }

    /// The row of a block of uses: those that were in the rolling window.
    fn uses_row(&self, block: i64) -> SnapshotRow {
        let end = TransactionId((block + 1) * OF_ENTRIES);
        let members = self.uses.from_key(TransactionId(block * OF_ENTRIES), |one| one.id);
        let members = members.take_while(|one| one.id < end).map(|one| (one.id.0, *one)).collect();
        block::row_of::<Use, _>(USE, block, members)
    }

    fn rows(&self) -> impl Iterator<Item = SnapshotRow> {
        let products = self.products.iter().map(|product| row(PRODUCT, i64::from(product.id.0), &**product));
        products.chain([row(BOOKS, 0, &self.books), row(REVERSALS, 0, &self.reversals)])
    }
}

/// The end of the journal when the last row had been looked up: no row knows of anything after it. A snapshot is of use only
/// beside a journal that goes through here, not beside an older copy of it that merely reaches the snapshot's own sequence.
#[derive(Encode, Decode)]
struct Reached {
    #[n(0)]
    sequence: u64,
    #[cbor(n(1), with = "minicbor::bytes")]
    hash: [u8; 32],
    /// By when uses may have left the rolling window.
    #[n(2)]
    decided_at: Timestamp,
}

impl Reached {
    /// The row. Without a body that can be read, when the store cannot say where it ends, the snapshot is of no use.
    fn row(store: &dyn Store, stream: StreamId, state: &HotState) -> SnapshotRow {
        let decided_at = state.decided_at();
        match store.head(stream) {
            Ok(Head { sequence, hash }) => row(REACHED, 0, &Self { sequence, hash, decided_at }),
            Err(_) => SnapshotRow { kind: REACHED, id: 0, body: Some(Vec::new()) },
        }
    }

    /// Whether a journal goes through here.
    fn is_in(&self, store: &dyn Store, stream: StreamId) -> Result<bool, StoreError> {
        let records = store.read(stream, self.sequence.saturating_sub(1), 1)?;
        match records.first().filter(|record| record.sequence == self.sequence) {
            Some(record) => Ok(record.hash == self.hash),
            None => Err(StoreError::journal_ends_before(self.sequence)),
        }
    }
}

fn row<T: Encode<()>>(kind: u8, id: i64, value: &T) -> SnapshotRow {
    SnapshotRow { kind, id, body: Some(encode(value)) }
}

fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    // Writing into a vector cannot fail.
    let _ = minicbor::encode(value, &mut bytes);
    bytes
}

/// Writes a snapshot that stands for `sequence`, at which `changed` was taken. Without it everything is written, in the
/// place of the snapshot before, and also where that is not the one that `changed` adds to: what time alone took away stands
/// in no entry, so the rows of two writers do not add up.
pub(crate) fn write(
    store: &dyn Store,
    stream: StreamId,
    sequence: u64,
    state: &HotState,
    moment: &Moment,
    changed: Option<Dirty>,
) -> Result<(), StoreError> {
    let write = |extent, dirty| write_rows(store, stream, (sequence, extent), state, moment, dirty);
    if let Some(changed) = changed {
        match write(Extent::Changes, changed) {
            Err(StoreError::Moved { actual }) if actual <= sequence => {}
            written => return written,
        }
    }
    write(Extent::Whole, Dirty::everything(state, moment))
}

fn write_rows(
    store: &dyn Store,
    stream: StreamId,
    (sequence, extent): (u64, Extent),
    state: &HotState,
    moment: &Moment,
    dirty: Dirty,
) -> Result<(), StoreError> {
    let reached = std::iter::once_with(|| Reached::row(store, stream, state));
    let mut rows = dirty.rows(state, moment).chain(moment.rows()).chain(reached).map(seal);
    store.write_snapshot(stream, sequence, extent, &mut rows)
}
