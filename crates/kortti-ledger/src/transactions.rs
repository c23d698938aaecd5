//! The hot state of money: what cards and accounts have done, what is held, what is in the rolling window.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use kortti_core::{
    id::{AccountId, CardId, IdempotencyKey, InstitutionId, TransactionId},
    reference::Currency,
    time::Timestamp,
    transaction::{Book, KnownAuthorisation},
    usage::{SharedActivity, Use, Used},
};
use parking_lot::{Mutex, RwLock};
use rustc_hash::FxHashMap;

use crate::{
    paged::{NARROW, Paged, WIDE},
    reversals::Reversals,
    segments::Segments,
    snapshot::Dirty,
};

/// The books of the institutions. They are counted round and round: whatever moves, what one grows by another one shrinks by, so
/// they add up to zero also where a sum of very many movements has no room.
pub(crate) type Books = BTreeMap<(InstitutionId, Currency, Book), i64>;

/// The hot state of money. Readers see whole commits only.
#[derive(Default)]
pub(crate) struct Transactions {
    pub cards: Paged<CardId, SharedActivity, WIDE>,
    pub accounts: Paged<AccountId, SharedActivity, WIDE>,
    /// The authorisations that hold money. Those that have ended are found through the store.
    pub open: Paged<TransactionId, Arc<KnownAuthorisation>, NARROW>,
    holds: Mutex<BTreeSet<(Timestamp, TransactionId)>>,
    pub books: RwLock<Books>,
    /// The uses in the rolling window, the oldest first.
    pub uses: Mutex<Uses>,
    /// Messages that were reversed before they came.
    pub reversals: RwLock<Reversals>,
}

/// The uses in the rolling window, by id.
pub(crate) type Uses = Segments<Use>;

/// What a batch has changed of the rolling window and not yet committed.
#[derive(Default)]
pub(crate) struct UseChanges {
    /// How many of the oldest have left it.
    pub popped: usize,
    /// What has entered it.
    pub pushed: Uses,
    /// What others count from now on.
    pub changed: BTreeMap<TransactionId, Used>,
}

/// The money side of a batch.
#[derive(Default)]
pub(crate) struct TransactionChanges {
    pub cards: FxHashMap<CardId, SharedActivity>,
    pub accounts: FxHashMap<AccountId, SharedActivity>,
    pub authorisations: FxHashMap<TransactionId, KnownAuthorisation>,
    pub books: Books,
    pub uses: UseChanges,
    pub reversals: BTreeMap<IdempotencyKey, Timestamp>,
}

impl Transactions {
    /// Whether a transaction began an authorisation that holds money.
    pub fn is_open(&self, first: TransactionId) -> bool {
        self.open.with(&first, |known| known.is_some())
    }

    /// Whether a message was reversed before it came.
    pub fn is_reversed_before(&self, message: IdempotencyKey, now: Timestamp) -> bool {
        self.reversals.read().has(message, now)
    }

    /// Forgets reversals whose messages would not be recognised any more.
    pub fn forget_reversals(&self, now: Timestamp) {
        if !self.reversals.read().is_empty() {
            self.reversals.write().forget(now);
        }
    }

    /// Puts the uses in order again, after they were loaded in none.
    pub fn sort_uses(&self) {
        let mut uses = self.uses.lock();
        let mut all: Vec<Use> = uses.iter().copied().collect();
        all.sort_unstable_by_key(|one| one.id);
        *uses = all.into_iter().collect();
    }

    /// The authorisations whose time is over by `now`, the earliest first, at most `limit`.
    pub fn holds_due_by(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, TransactionId)> {
        let holds = self.holds.lock();
        holds.iter().take_while(|(at, _)| *at <= now).take(limit).copied().collect()
    }

    /// When the time of an authorisation is over next.
    pub fn next_hold_due(&self) -> Option<Timestamp> {
        self.holds.lock().first().map(|(at, _)| *at)
    }

    /// When the next use leaves the rolling window.
    pub fn next_use_gone(&self) -> Option<Timestamp> {
        self.uses.lock().front().map(|oldest| oldest.at.plus_ms(kortti_core::usage::ROLLING_MS))
    }

    /// Puts an authorisation, or lets go of it when it has ended.
    pub fn commit_authorisation(&self, first: TransactionId, known: KnownAuthorisation) {
        let state = known.state;
        let old = if state.end.is_some() {
            self.open.remove(&first)
        } else {
            self.open.insert(first, Arc::new(known))
        };
        let was = old.map(|old| old.state.expires_at);
        let is = state.end.is_none().then_some(state.expires_at);
        if was != is {
            let mut holds = self.holds.lock();
            if let Some(at) = was {
                holds.remove(&(at, first));
            }
            holds.extend(is.map(|at| (at, first)));
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.cards.clear();
        self.accounts.clear();
        self.open.clear();
        self.holds.lock().clear();
        self.books.write().clear();
        self.uses.lock().clear();
        self.reversals.write().clear();
    }
}

impl TransactionChanges {
    /// Makes the changes part of the hot state; they are on disk.
    pub fn merge_into(&mut self, base: &Transactions, dirty: &mut Dirty) {
        for (id, activity) in self.cards.drain() {
            dirty.card_activities.insert(id);
            base.cards.insert(id, activity);
        }
        for (id, activity) in self.accounts.drain() {
            dirty.account_activities.insert(id);
            base.accounts.insert(id, activity);
        }
        for (first, known) in self.authorisations.drain() {
            dirty.transactions.insert(first);
            base.commit_authorisation(first, known);
        }
        if !self.books.is_empty() {
            let mut books = base.books.write();
            for (book, minor) in std::mem::take(&mut self.books) {
                let total = books.entry(book).or_default();
                *total = total.wrapping_add(minor);
            }
        }
        if !self.reversals.is_empty() {
            base.reversals.write().extend(std::mem::take(&mut self.reversals));
        }
        let mut uses = base.uses.lock();
        let gone = uses.iter().take(self.uses.popped);
        gone.chain(self.uses.pushed.iter()).for_each(|one| dirty.transactions.insert(one.id));
        self.uses.changed.keys().for_each(|first| dirty.transactions.insert(*first));
        std::mem::take(&mut self.uses).merge_into(&mut uses);
    }
}

/// The rolling window that a layer of changes stands on: the committed one, and what is being written on top of it.
#[derive(Clone, Copy)]
pub(crate) struct Below<'a> {
    pub base: &'a Uses,
    pub pending: &'a UseChanges,
}

impl Below<'_> {
    /// The use behind `place` others that have been in the window longer.
    fn get(self, place: usize) -> Option<Use> {
        let kept = self.base.len().saturating_sub(self.pending.popped);
        match place.checked_sub(kept) {
            None => self.base.get(self.pending.popped + place).map(|one| self.pending.current(*one)),
            Some(place) => self.pending.pushed.get(place).copied(),
        }
    }

    fn newest(self) -> Option<TransactionId> {
        self.pending.pushed.back().or(self.base.back()).map(|one| one.id)
    }

    /// Whether the use of an id is among them; what has left the window already counts, too.
    fn has(self, id: TransactionId) -> bool {
        let pushed = self.pending.pushed.find_by_key(id, |one| one.id);
        pushed.or_else(|| self.base.find_by_key(id, |one| one.id)).is_some()
    }
}

impl UseChanges {
    /// A use of the window below, with what it counts now.
    fn current(&self, one: Use) -> Use {
        Use { used: self.changed.get(&one.id).copied().unwrap_or(one.used), ..one }
    }

    /// Lets a use enter the window, unless it is older than the newest there: then it was in it before.
    pub fn push(&mut self, below: Below<'_>, entered: Use) {
        let newest = self.pushed.back().map(|one| one.id).or_else(|| below.newest());
        if newest.is_none_or(|newest| newest < entered.id) {
            self.pushed.push(entered);
        }
    }

    /// Sets how much a use counts. False when it is not in the window any more.
    pub fn set(&mut self, below: Below<'_>, id: TransactionId, used: Used) -> bool {
        if let Some(found) = self.pushed.find_by_key_mut(id, |one| one.id) {
            found.used = used;
            return true;
        }
        let oldest = below.get(self.popped).is_some_and(|oldest| oldest.id <= id);
        let known = oldest && below.has(id);
        if known {
            self.changed.insert(id, used);
        }
        known
    }

    /// Takes the oldest use out of the window, if it is gone by `now`.
    pub fn pop(&mut self, below: Below<'_>, now: Timestamp) -> Option<Use> {
        let Some(oldest) = below.get(self.popped) else {
            return self
                .pushed
                .front()
                .is_some_and(|oldest| oldest.is_gone(now))
                .then(|| self.pushed.pop_front())?;
        };
        if !oldest.is_gone(now) {
            return None;
        }
        self.popped += 1;
        let used = self.changed.remove(&oldest.id).unwrap_or(oldest.used);
        Some(Use { used, ..oldest })
    }

    /// Makes the changes part of the window.
    pub fn merge_into(mut self, base: &mut Uses) {
        for (id, used) in std::mem::take(&mut self.changed) {
            if let Some(found) = base.find_by_key_mut(id, |one| one.id) {
                found.used = used;
            }
        }
        for _ in 0..self.popped {
            base.pop_front();
        }
        base.extend(std::iter::from_fn(move || self.pushed.pop_front()));
    }
}
