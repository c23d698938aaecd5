//! What a batch of commands has changed and not yet committed: a layer over the hot state. Commands of one batch see each
//! other through it; nobody else does. If the commit is refused the layer is dropped, and memory was never ahead of the disk.
//!
//! While a batch is being written the next one is decided on top of it: then there are two layers, and both are dropped when
//! the lower one is refused.

use std::{
    cell::RefCell,
    hash::Hash,
    sync::{Arc, atomic::Ordering},
};

use kortti_core::{
    access::Client,
    account::Account,
    card::Card,
    customer::Customer,
    id::{
        AccountId, BlindIndex, CardId, ClientId, CustomerId, IdempotencyKey, InstitutionId, KeyId, PanIndex,
        ProductId, ReferenceNumber, TransactionId,
    },
    product::Product,
    reference::Currency,
    time::Timestamp,
    transaction::{KnownAuthorisation, Posting},
    usage::{Activity, SharedActivity, Use, Used},
    view::{State, View},
};
use rustc_hash::FxHashMap;

use crate::{
    answers::Answered,
    hot::HotState,
    journal::JournalError,
    recall::Recall,
    reversals::is_remembered,
    snapshot::Dirty,
    transactions::{Below, TransactionChanges, UseChanges},
};

/// Changes on top of the hot state.
pub(crate) struct Batch<'a> {
    base: &'a HotState,
    recall: Recall<'a>,
    /// Why an authorisation could not be recalled.
    failure: RefCell<Option<JournalError>>,
    /// What is being written: the layer between. Empty where nothing is.
    pending: Changes,
    changes: Changes,
}

/// The changes themselves, ready to be merged.
#[derive(Default)]
pub(crate) struct Changes {
    cards: FxHashMap<CardId, Arc<Card>>,
    accounts: FxHashMap<AccountId, Arc<Account>>,
    customers: FxHashMap<CustomerId, Arc<Customer>>,
    products: FxHashMap<ProductId, Arc<Product>>,
    clients: FxHashMap<ClientId, Arc<Client>>,
    keys: Vec<KeyId>,
    clock_ahead_ms: Option<i64>,
    answered: FxHashMap<IdempotencyKey, Answered>,
    numbers: FxHashMap<(InstitutionId, PanIndex), CardId>,
    references: FxHashMap<ReferenceNumber, CardId>,
    customer_numbers: FxHashMap<(InstitutionId, Box<str>), CustomerId>,
    registrations: FxHashMap<(InstitutionId, BlindIndex), CustomerId>,
    account_numbers: FxHashMap<(InstitutionId, Box<str>), AccountId>,
    /// Authorisations that ended as they began. The store knows them when the batch is committed.
    ended: FxHashMap<TransactionId, KnownAuthorisation>,
    transactions: TransactionChanges,
}

impl<'a> Batch<'a> {
    /// A layer that finds authorisations which have ended through `recall`.
    pub fn over(base: &'a HotState, recall: Recall<'a>) -> Self {
        Self {
            base,
            recall,
            failure: RefCell::default(),
            pending: Changes::default(),
            changes: Changes::default(),
        }
    }

    /// From now on authorisations that have ended are found through `recall`.
    pub fn recall_through(&mut self, recall: Recall<'a>) {
        self.recall = recall;
    }

    /// Why an authorisation could not be recalled since this was asked last. Decisions made meanwhile took it for unknown, which
    /// it may not be.
    pub fn take_failure(&mut self) -> Option<JournalError> {
        self.failure.take()
    }

    /// What was answered to a request, if a repetition of it is still recognised at `now`.
    pub fn find_answered(&self, key: IdempotencyKey, now: Timestamp) -> Option<Answered> {
        let changed = self.changed(|changes| changes.answered.get(&key).copied());
        let answered = changed.or_else(|| self.base.answered.find(&key))?;
        answered.is_known_at(now, |first| self.is_open(first)).then_some(answered)
    }

    fn is_open(&self, first: TransactionId) -> bool {
        let changed = self.changed(|changes| changes.transactions.authorisations.get(&first).copied());
        changed.map_or_else(|| self.base.transactions.is_open(first), |known| known.state.end.is_none())
    }

    pub fn note_answered(&mut self, key: IdempotencyKey, answered: Answered) {
        self.changes.answered.insert(key, answered);
    }

    /// Remembers an authorisation that holds nothing, until the batch is committed.
    pub fn note_ended(&mut self, first: TransactionId, known: KnownAuthorisation) {
        self.changes.ended.insert(first, known);
    }

    /// The changes, where nothing is being written.
    pub fn into_changes(self) -> Changes {
        self.changes
    }

    /// What has been decided so far is being written; what is decided from now on stands on it.
    pub fn begin_write(&mut self) {
        // What was merged before has left its memory to be used again.
        std::mem::swap(&mut self.pending, &mut self.changes);
    }

    /// What was being written is on the disk. It must be merged before the next begins to be written.
    pub const fn written(&mut self) -> &mut Changes {
        &mut self.pending
    }

    /// What the upper layer has changed, or else the one below.
    fn changed<T>(&self, find: impl Fn(&Changes) -> Option<T>) -> Option<T> {
        find(&self.changes).or_else(|| find(&self.pending))
    }

    /// The uses in the rolling window below this layer.
    fn with_uses<T>(&mut self, work: impl FnOnce(&mut UseChanges, Below<'_>) -> T) -> T {
        let base = self.base.transactions.uses.lock();
        let below = Below { base: &base, pending: &self.pending.transactions.uses };
        work(&mut self.changes.transactions.uses, below)
    }
}

impl Changes {
    /// Makes the changes part of the hot state; they are on disk. Nothing is left of them.
    pub fn merge_into(&mut self, base: &HotState, dirty: &mut Dirty) {
        for (id, customer) in self.customers.drain() {
            dirty.customers.insert(id);
            base.commit_customer(customer);
        }
        for (id, account) in self.accounts.drain() {
            dirty.accounts.insert(id);
            base.commit_account(account);
        }
        let mut cards: Vec<_> = self.cards.drain().map(|(_, card)| card).collect();
        // In order, so that the lists by account and customer grow at their ends.
        cards.sort_unstable_by_key(|card| card.id);
        for card in cards {
            dirty.cards.insert(card.id);
            base.commit_card(card);
        }
        self.products.drain().for_each(|(_, product)| base.commit_product(product));
        self.clients.drain().for_each(|(_, client)| base.commit_client(client));
        self.keys.drain(..).for_each(|key| base.commit_key(key));
        if let Some(ms) = self.clock_ahead_ms.take() {
            base.clock_ahead_ms.store(ms, Ordering::Release);
        }
        let mut answered: Vec<_> = self.answered.drain().collect();
        answered.sort_unstable_by_key(|(_, answered)| answered.sequence);
        for (key, answered) in answered {
            dirty.answered.push((key, answered));
            base.answered.insert(key, answered);
        }
        self.transactions.merge_into(&base.transactions, dirty);
        // Now the state has them.
        self.numbers.clear();
        self.references.clear();
        self.customer_numbers.clear();
        self.registrations.clear();
        self.account_numbers.clear();
        self.ended.clear();
    }
}

impl View for Batch<'_> {
    fn card(&self, id: CardId) -> Option<Arc<Card>> {
        self.changed(|changes| changes.cards.get(&id).cloned()).or_else(|| self.base.card(id))
    }
    fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        self.changed(|changes| changes.accounts.get(&id).cloned()).or_else(|| self.base.account(id))
    }
    fn customer(&self, id: CustomerId) -> Option<Arc<Customer>> {
        self.changed(|changes| changes.customers.get(&id).cloned()).or_else(|| self.base.customer(id))
    }
    fn product(&self, id: ProductId) -> Option<Arc<Product>> {
        self.changed(|changes| changes.products.get(&id).cloned()).or_else(|| self.base.product(id))
    }
    fn client(&self, id: ClientId) -> Option<Arc<Client>> {
        self.changed(|changes| changes.clients.get(&id).cloned()).or_else(|| self.base.client(id))
    }
    fn products(&self, institution: InstitutionId) -> Vec<Arc<Product>> {
        let mut products = self.base.products(institution);
        for changes in [&self.pending, &self.changes] {
            products.retain(|product| !changes.products.contains_key(&product.id));
            let changed = changes.products.values();
            products.extend(changed.filter(|product| product.institution == institution).cloned());
        }
        products
    }
    fn card_by_number(&self, institution: InstitutionId, number: PanIndex) -> Option<CardId> {
        let key = (institution, number);
        let changed = self.changed(|changes| changes.numbers.get(&key).copied());
        changed.or_else(|| self.base.card_by_number(institution, number))
    }
    fn card_by_reference(&self, reference: ReferenceNumber) -> Option<CardId> {
        let changed = self.changed(|changes| changes.references.get(&reference).copied());
        changed.or_else(|| self.base.card_by_reference(reference))
    }
    fn cards_of_account(&self, account: AccountId) -> Vec<CardId> {
        let mut cards = View::cards_of_account(self.base, account);
        [&self.pending, &self.changes].into_iter().for_each(|changes| cards.extend(changes.cards.keys()));
        cards.sort_unstable();
        cards.dedup();
        cards.retain(|id| self.card(*id).is_some_and(|card| card.account == account));
        cards
    }
    fn customer_by_number(&self, institution: InstitutionId, number: &str) -> Option<CustomerId> {
        let key = (institution, Box::from(number));
        let changed = self.changed(|changes| changes.customer_numbers.get(&key).copied());
        let id = changed.or_else(|| self.base.customer_by_number(institution, number))?;
        // The index may name somebody who has given the number up in this batch.
        self.customer(id).filter(|customer| &*customer.number == number).map(|customer| customer.id)
    }
    fn customer_by_registration(&self, institution: InstitutionId, index: BlindIndex) -> Option<CustomerId> {
        let changed = self.changed(|changes| changes.registrations.get(&(institution, index)).copied());
        let id = changed.or_else(|| self.base.customer_by_registration(institution, index))?;
        self.customer(id).filter(|customer| customer.registration == index).map(|customer| customer.id)
    }
    fn account_by_number(&self, institution: InstitutionId, number: &str) -> Option<AccountId> {
        let key = (institution, Box::from(number));
        let changed = self.changed(|changes| changes.account_numbers.get(&key).copied());
        changed.or_else(|| self.base.account_by_number(institution, number))
    }
    fn client_by_name(&self, name: &str) -> Option<ClientId> {
        let named = |changes: &Changes| {
            changes.clients.values().find(|client| &*client.name == name).map(|client| client.id)
        };
        self.changed(named).or_else(|| self.base.client_by_name(name))
    }
    fn has_key(&self, id: KeyId) -> bool {
        self.changed(|changes| changes.keys.contains(&id).then_some(())).is_some() || self.base.has_key(id)
    }
    fn clock_ahead_ms(&self) -> i64 {
        self.changed(|changes| changes.clock_ahead_ms).unwrap_or_else(|| self.base.clock_ahead_ms())
    }
    fn card_activity(&self, id: CardId) -> Option<SharedActivity> {
        let changed = self.changed(|changes| changes.transactions.cards.get(&id).cloned());
        changed.or_else(|| self.base.card_activity(id))
    }
    fn account_activity(&self, id: AccountId) -> Option<SharedActivity> {
        let changed = self.changed(|changes| changes.transactions.accounts.get(&id).cloned());
        changed.or_else(|| self.base.account_activity(id))
    }
    fn authorisation(&self, first: TransactionId) -> Option<KnownAuthorisation> {
        let changed = self.changed(|changes| {
            changes.transactions.authorisations.get(&first).or(changes.ended.get(&first)).copied()
        });
        changed.or_else(|| self.base.authorisation(first)).or_else(|| {
            self.recall.authorisation(first).unwrap_or_else(|error| {
                self.failure.replace(Some(error));
                None
            })
        })
    }
    fn message(&self, message: IdempotencyKey, now: Timestamp) -> Option<TransactionId> {
        self.find_answered(message, now).map(Answered::transaction)
    }
    fn is_reversed_before(&self, message: IdempotencyKey, now: Timestamp) -> bool {
        let changed = self.changed(|changes| changes.transactions.reversals.get(&message).copied());
        changed.is_some_and(|at| is_remembered(at, now)) || self.base.is_reversed_before(message, now)
    }
}

impl State for Batch<'_> {
    fn put_card(&mut self, card: Card) {
        self.changes.numbers.insert((card.institution, card.pan_index), card.id);
        self.changes.references.insert(card.reference, card.id);
        self.changes.cards.insert(card.id, Arc::new(card));
    }
    fn put_account(&mut self, account: Account) {
        self.changes.account_numbers.insert((account.institution, account.number.clone()), account.id);
        self.changes.accounts.insert(account.id, Arc::new(account));
    }
    fn put_customer(&mut self, customer: Customer) {
        self.changes.customer_numbers.insert((customer.institution, customer.number.clone()), customer.id);
        self.changes.registrations.insert((customer.institution, customer.registration), customer.id);
        self.changes.customers.insert(customer.id, Arc::new(customer));
    }
    fn put_product(&mut self, product: Product) {
        self.changes.products.insert(product.id, Arc::new(product));
    }
    fn put_client(&mut self, client: Client) {
        self.changes.clients.insert(client.id, Arc::new(client));
    }
    fn put_key(&mut self, key: KeyId) {
        self.changes.keys.push(key);
    }
    fn set_clock_ahead_ms(&mut self, ahead_ms: i64) {
        self.changes.clock_ahead_ms = Some(ahead_ms);
    }
    fn card_activity_mut(&mut self, id: CardId) -> &mut Activity {
        let pending = &self.pending.transactions.cards;
        own(&mut self.changes.transactions.cards, id, pending, || self.base.card_activity(id))
    }
    fn account_activity_mut(&mut self, id: AccountId) -> &mut Activity {
        let pending = &self.pending.transactions.accounts;
        own(&mut self.changes.transactions.accounts, id, pending, || self.base.account_activity(id))
    }
    fn put_authorisation(&mut self, first: TransactionId, known: KnownAuthorisation) {
        self.changes.transactions.authorisations.insert(first, known);
    }
    fn note_reversal(&mut self, message: IdempotencyKey, at: Timestamp) {
        self.changes.transactions.reversals.insert(message, at);
    }
    fn post(&mut self, institution: InstitutionId, currency: Currency, posting: Posting) {
        let book = self.changes.transactions.books.entry((institution, currency, posting.book)).or_default();
        *book = book.wrapping_add(posting.minor);
    }
    fn push_use(&mut self, entered: Use) {
        self.with_uses(|uses, below| uses.push(below, entered));
    }
    fn set_use(&mut self, id: TransactionId, used: Used) -> bool {
        self.with_uses(|uses, below| uses.set(below, id, used))
    }
    fn pop_use(&mut self, now: Timestamp) -> Option<Use> {
        self.with_uses(|uses, below| uses.pop(below, now))
    }
}

/// A layer's own activity. What lies below is shared with others and copied once; what is its own already is changed in place.
fn own<'c, K: Copy + Eq + Hash>(
    changes: &'c mut FxHashMap<K, SharedActivity>,
    id: K,
    pending: &FxHashMap<K, SharedActivity>,
    base: impl FnOnce() -> Option<SharedActivity>,
) -> &'c mut Activity {
    let below = || pending.get(&id).cloned().or_else(base).unwrap_or_default();
    Arc::make_mut(changes.entry(id).or_insert_with(below))
}
