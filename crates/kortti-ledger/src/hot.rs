//! The hot state: everything a decision needs, in memory, as of the last commit. Only the engine changes it.

use std::{
    collections::{BTreeSet, hash_map::RandomState},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
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
    transaction::KnownAuthorisation,
    usage::SharedActivity,
    view::View,
};
use parking_lot::{Mutex, RwLock};

use crate::{
    agenda::Agenda,
    answers::Answered,
    few::Few,
    ids::Ids,
    index::CardIndex,
    paged::{Paged, WIDE},
    segments::Segments,
    sharded::Sharded,
    transactions::Transactions,
};

/// The state as of the last commit. Readers see whole commits only, and never one that is not on disk.
#[derive(Default)]
pub struct HotState {
    pub(crate) cards: Paged<CardId, Arc<Card>, WIDE>,
    pub(crate) accounts: Paged<AccountId, Arc<Account>, WIDE>,
    pub(crate) customers: Paged<CustomerId, Arc<Customer>, WIDE>,
    pub(crate) products: RwLock<Vec<Arc<Product>>>,
    pub(crate) clients: RwLock<Vec<Arc<Client>>>,
    pub(crate) keys: RwLock<BTreeSet<KeyId>>,
    pub(crate) clock_ahead_ms: AtomicI64,
    decided_at: AtomicI64,
    pub(crate) answered: Sharded<IdempotencyKey, Answered>,
    cards_by_number: CardIndex,
    cards_by_reference: CardIndex,
    cards_by_account: Sharded<AccountId, Few<CardId>>,
    cards_by_customer: Sharded<CustomerId, Few<CardId>>,
    accounts_by_customer: Sharded<CustomerId, Few<AccountId>>,
    accounts_by_number: Sharded<(InstitutionId, Box<str>), AccountId, RandomState>,
    customers_by_number: Sharded<(InstitutionId, Box<str>), CustomerId, RandomState>,
    customers_by_registration: Sharded<(InstitutionId, BlindIndex), CustomerId>,
    agenda: Mutex<Agenda>,
    lives: AtomicU64,
    pub(crate) ids: Ids,
    pub(crate) transactions: Transactions,
}

impl HotState {
    /// The cards of a customer, by id: `skip` of them left out, then at most `take`.
    #[must_use]
    pub fn cards_of_customer(&self, customer: CustomerId, skip: usize, take: usize) -> Vec<CardId> {
        self.cards_by_customer.with(&customer, |cards| page(cards, skip, take))
    }

    /// The cards of an account, by id: `skip` of them left out, then at most `take`.
    #[must_use]
    pub fn cards_of_account(&self, account: AccountId, skip: usize, take: usize) -> Vec<CardId> {
        self.cards_by_account.with(&account, |cards| page(cards, skip, take))
    }

    /// The accounts of a customer, by id: `skip` of them left out, then at most `take`.
    #[must_use]
    pub fn accounts_of_customer(&self, customer: CustomerId, skip: usize, take: usize) -> Vec<AccountId> {
        self.accounts_by_customer.with(&customer, |accounts| page(accounts, skip, take))
    }

    /// The currency of an account.
    #[must_use]
    pub fn currency_of(&self, account: AccountId) -> Option<Currency> {
        self.accounts.with(&account, |account| account.map(|account| account.currency))
    }

    /// All clients.
    #[must_use]
    pub fn clients(&self) -> Vec<Arc<Client>> {
        self.clients.read().clone()
    }

    /// All keys of the key ring.
    #[must_use]
    pub fn keys(&self) -> Vec<KeyId> {
        self.keys.read().iter().copied().collect()
    }

    /// How many keys the key ring has.
    #[must_use]
    pub fn key_count(&self) -> usize {
        self.keys.read().len()
    }

    /// What was answered to a request, if a repetition of it is still recognised at `now`.
    pub(crate) fn find_answered(&self, key: IdempotencyKey, now: Timestamp) -> Option<Answered> {
        let is_open = |first| self.transactions.is_open(first);
        self.answered.find(&key).filter(|answered| answered.is_known_at(now, is_open))
    }

    /// Notes what was answered to a request, unless its key has belonged to a later one since.
    pub(crate) fn note_answered(&self, key: IdempotencyKey, answered: Answered) {
        self.answered.insert_over(key, answered, |known| known.sequence < answered.sequence);
    }

    /// What was answered to requests that may be repeated, the oldest first.
    pub(crate) fn answered_in_order(&self) -> Segments<(IdempotencyKey, Answered)> {
        let mut all = Vec::new();
        self.answered.for_each(|key, answered| all.push((*key, *answered)));
        all.sort_unstable_by_key(|(_, answered)| answered.sequence);
        all.into_iter().collect()
    }

    /// How many products there are, of all institutions.
    #[must_use]
    pub fn product_count(&self) -> usize {
        self.products.read().len()
    }

    /// How many cards there are.
    #[must_use]
    pub fn card_count(&self) -> usize {
        self.cards.count()
    }

    /// How many customers there are.
    #[must_use]
    pub fn customer_count(&self) -> usize {
        self.customers.count()
    }

    /// How often everything was forgotten. Ids begin anew then, so whatever somebody keeps by an id belongs to one life.
    #[must_use]
    pub fn lives(&self) -> u64 {
        self.lives.load(Ordering::Acquire)
    }

    /// The time of the last decision: nothing may be decided before it, since uses have left the rolling window by then.
    pub(crate) fn decided_at(&self) -> Timestamp {
        Timestamp(self.decided_at.load(Ordering::Acquire))
    }

    pub(crate) fn note_time(&self, at: Timestamp) {
        self.decided_at.fetch_max(at.0, Ordering::AcqRel);
    }

    /// The numbers for new things.
    #[must_use]
    pub const fn ids(&self) -> &Ids {
        &self.ids
    }

    /// What is due by `now`, the earliest first, at most `limit`.
    pub(crate) fn due_by(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, Job)> {
        let mut jobs: Vec<_> = self
            .agenda
            .lock()
            .due_by(now, limit)
            .into_iter()
            .map(|(at, card)| (at, Job::Card(card)))
            .collect();
        let holds = self.transactions.holds_due_by(now, limit);
        if !holds.is_empty() {
            jobs.extend(holds.into_iter().map(|(at, first)| (at, Job::Hold(first))));
            jobs.sort_unstable();
            jobs.truncate(limit);
        }
        jobs
    }

    /// What is to be done of what is due by `now`, at most `limit`: holds before anything of cards. And whether there may be
    /// more holds.
    pub(crate) fn due_holds_first(&self, now: Timestamp, limit: usize) -> (Vec<Job>, bool) {
        let holds = self.transactions.holds_due_by(now, limit);
        let more = holds.len() == limit;
        let cards = self.agenda.lock().due_by(now, limit - holds.len());
        let holds = holds.into_iter().map(|(_, first)| Job::Hold(first));
        (holds.chain(cards.into_iter().map(|(_, card)| Job::Card(card))).collect(), more)
    }

    /// When something is due next.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let next = [self.agenda.lock().next(), self.transactions.next_hold_due()];
        next.into_iter().flatten().min()
    }

    pub(crate) fn commit_card(&self, card: Arc<Card>) {
        self.ids.cards.observe(card.id.0);
        let old = self.cards.insert(card.id, Arc::clone(&card));
        if old.is_none() {
            self.cards_by_number.insert(&(card.institution, card.pan_index), card.id);
            self.cards_by_reference.insert(&card.reference, card.id);
        }
        relink(&self.cards_by_account, old.as_ref().map(|old| old.account), card.account, card.id);
        relink(&self.cards_by_customer, old.as_ref().map(|old| old.customer), card.customer, card.id);
        let (was, is) = (old.and_then(|old| old.due()), card.due());
        if was != is {
            let mut agenda = self.agenda.lock();
            was.into_iter().for_each(|(at, _)| agenda.remove(at, card.id));
            is.into_iter().for_each(|(at, _)| agenda.insert(at, card.id));
        }
    }

    pub(crate) fn commit_account(&self, account: Arc<Account>) {
        self.ids.accounts.observe(account.id.0);
        let old = self.accounts.insert(account.id, Arc::clone(&account));
        if old.is_none() {
            self.accounts_by_number.insert((account.institution, account.number.clone()), account.id);
        }
        relink(&self.accounts_by_customer, old.map(|old| old.customer), account.customer, account.id);
    }

    pub(crate) fn commit_customer(&self, customer: Arc<Customer>) {
        self.ids.customers.observe(customer.id.0);
        let old = self.customers.insert(customer.id, Arc::clone(&customer));
        let number = |of: &Customer| (of.institution, of.number.clone());
        let registration = |of: &Customer| (of.institution, of.registration);
        self.customers_by_number.insert(number(&customer), customer.id);
        self.customers_by_registration.insert(registration(&customer), customer.id);
        // What was given up may belong to somebody else by now; what was kept must not be missing for a moment.
        if let Some(old) = old.as_ref().filter(|old| number(old) != number(&customer)) {
            remove_own(&self.customers_by_number, &number(old), old.id);
        }
        if let Some(old) = old.as_ref().filter(|old| registration(old) != registration(&customer)) {
            remove_own(&self.customers_by_registration, &registration(old), old.id);
        }
    }

    pub(crate) fn commit_product(&self, product: Arc<Product>) {
        self.ids.products.observe(i64::from(product.id.0));
        put(&mut self.products.write(), product, |product| product.id);
    }

    pub(crate) fn commit_client(&self, client: Arc<Client>) {
        self.ids.clients.observe(client.id.0);
        put(&mut self.clients.write(), client, |client| client.id);
    }

    pub(crate) fn commit_key(&self, key: KeyId) {
        self.keys.write().insert(key);
    }

    /// Forgets everything, as a store that was wiped has.
    pub(crate) fn clear(&self) {
        self.cards.clear();
        self.accounts.clear();
        self.customers.clear();
        self.products.write().clear();
        self.clients.write().clear();
        self.keys.write().clear();
        self.clock_ahead_ms.store(0, Ordering::Release);
        self.decided_at.store(0, Ordering::Release);
        self.answered.clear();
        self.cards_by_number.clear();
        self.cards_by_reference.clear();
        self.cards_by_account.clear();
        self.cards_by_customer.clear();
        self.accounts_by_customer.clear();
        self.accounts_by_number.clear();
        self.customers_by_number.clear();
        self.customers_by_registration.clear();
        self.agenda.lock().clear();
        self.transactions.clear();
        self.ids.restart();
        // Last: who sees the new life finds nothing of the old one.
        self.lives.fetch_add(1, Ordering::AcqRel);
    }
}

impl View for HotState {
    fn card(&self, id: CardId) -> Option<Arc<Card>> {
        self.cards.find(&id)
    }
    fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        self.accounts.find(&id)
    }
    fn customer(&self, id: CustomerId) -> Option<Arc<Customer>> {
        self.customers.find(&id)
    }
    fn product(&self, id: ProductId) -> Option<Arc<Product>> {
        self.products.read().iter().find(|product| product.id == id).cloned()
    }
    fn client(&self, id: ClientId) -> Option<Arc<Client>> {
        self.clients.read().iter().find(|client| client.id == id).cloned()
    }
    fn products(&self, institution: InstitutionId) -> Vec<Arc<Product>> {
        self.products.read().iter().filter(|product| product.institution == institution).cloned().collect()
    }
    fn card_by_number(&self, institution: InstitutionId, number: PanIndex) -> Option<CardId> {
        let key = (institution, number);
        let is_it =
            |card: Option<&Arc<Card>>| card.is_some_and(|card| (card.institution, card.pan_index) == key);
        self.cards_by_number.find(&key, |id| self.cards.with(&id, is_it))
    }
    fn card_by_reference(&self, reference: ReferenceNumber) -> Option<CardId> {
        let is_it = |card: Option<&Arc<Card>>| card.is_some_and(|card| card.reference == reference);
        self.cards_by_reference.find(&reference, |id| self.cards.with(&id, is_it))
    }
    fn cards_of_account(&self, account: AccountId) -> Vec<CardId> {
        HotState::cards_of_account(self, account, 0, usize::MAX)
    }
    fn customer_by_number(&self, institution: InstitutionId, number: &str) -> Option<CustomerId> {
        self.customers_by_number.find(&(institution, Box::from(number)))
    }
    fn customer_by_registration(&self, institution: InstitutionId, index: BlindIndex) -> Option<CustomerId> {
        self.customers_by_registration.find(&(institution, index))
    }
    fn account_by_number(&self, institution: InstitutionId, number: &str) -> Option<AccountId> {
        self.accounts_by_number.find(&(institution, Box::from(number)))
    }
    fn client_by_name(&self, name: &str) -> Option<ClientId> {
        self.clients.read().iter().find(|client| &*client.name == name).map(|client| client.id)
    }
    fn has_key(&self, id: KeyId) -> bool {
        self.keys.read().contains(&id)
    }
    fn clock_ahead_ms(&self) -> i64 {
        self.clock_ahead_ms.load(Ordering::Acquire)
    }
    fn card_activity(&self, id: CardId) -> Option<SharedActivity> {
        self.transactions.cards.find(&id)
    }
    fn account_activity(&self, id: AccountId) -> Option<SharedActivity> {
        self.transactions.accounts.find(&id)
    }
    fn authorisation(&self, first: TransactionId) -> Option<KnownAuthorisation> {
        self.transactions.open.with(&first, |known| known.map(|known| **known))
    }
    fn message(&self, message: IdempotencyKey, now: Timestamp) -> Option<TransactionId> {
        self.find_answered(message, now).map(Answered::transaction)
    }
    fn is_reversed_before(&self, message: IdempotencyKey, now: Timestamp) -> bool {
        self.transactions.is_reversed_before(message, now)
    }
}

/// Something that time alone does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Job {
    /// A card closes or expires.
    Card(CardId),
    /// What an authorisation holds is released.
    Hold(TransactionId),
}

fn page<T: Copy + Ord>(all: Option<&Few<T>>, skip: usize, take: usize) -> Vec<T> {
    all.into_iter().flat_map(Few::as_slice).skip(skip).take(take).copied().collect()
}

/// Moves `item` from the list of `old` to that of `new`.
fn relink<K, T>(lists: &Sharded<K, Few<T>>, old: Option<K>, new: K, item: T)
where
    K: Copy + Eq + std::hash::Hash,
    T: Copy + Ord,
{
    if old == Some(new) {
        return;
    }
    if let Some(old) = old {
        lists.update(old, |list| list.remove(item));
    }
    lists.update(new, |list| list.insert(item));
}

fn remove_own<K, T, S>(index: &Sharded<K, T, S>, key: &K, own: T)
where
    K: Eq + std::hash::Hash,
    T: Copy + Eq,
    S: std::hash::BuildHasher + Clone + Default,
{
    if index.find(key) == Some(own) {
        index.remove(key);
    }
}

fn put<T, I: Ord>(list: &mut Vec<Arc<T>>, item: Arc<T>, id: impl Fn(&T) -> I) {
    match list.binary_search_by_key(&id(&item), |other| id(other)) {
        #[expect(clippy::indexing_slicing, reason = "the search found it there")]
        Ok(place) => list[place] = item,
        Err(place) => list.insert(place, item),
    }
}
