//! The state as the rules see it, and how events change it.

mod activity;

use std::sync::Arc;

use crate::{
    access::Client,
    account::Account,
    card::Card,
    customer::Customer,
    event::{AccountChange, CardChange, Event},
    id::{
        AccountId, BlindIndex, CardId, ClientId, CustomerId, IdempotencyKey, InstitutionId, KeyId, PanIndex,
        ProductId, ReferenceNumber, TransactionId,
    },
    product::Product,
    reference::Currency,
    time::Timestamp,
    transaction::{KnownAuthorisation, Posting},
    usage::{Activity, Owner, SharedActivity, Use, Used},
};

/// Read access to the state. Look-ups by number are within one institution.
pub trait View {
    /// The card of an id.
    fn card(&self, id: CardId) -> Option<Arc<Card>>;
    /// The account of an id.
    fn account(&self, id: AccountId) -> Option<Arc<Account>>;
    /// The customer of an id.
    fn customer(&self, id: CustomerId) -> Option<Arc<Customer>>;
    /// The product of an id.
    fn product(&self, id: ProductId) -> Option<Arc<Product>>;
    /// The client of an id.
    fn client(&self, id: ClientId) -> Option<Arc<Client>>;
    /// All products of an institution.
    fn products(&self, institution: InstitutionId) -> Vec<Arc<Product>>;
    /// The card that has a number.
    fn card_by_number(&self, institution: InstitutionId, number: PanIndex) -> Option<CardId>;
    /// The card that has a reference number.
    fn card_by_reference(&self, reference: ReferenceNumber) -> Option<CardId>;
    /// The cards that draw on an account, by id.
    fn cards_of_account(&self, account: AccountId) -> Vec<CardId>;
    /// The customer an institution knows by a number.
    fn customer_by_number(&self, institution: InstitutionId, number: &str) -> Option<CustomerId>;
    /// The customer that has a registration number.
    fn customer_by_registration(
        &self,
        institution: InstitutionId,
        registration: BlindIndex,
    ) -> Option<CustomerId>;
    /// The account an institution knows by a number.
    fn account_by_number(&self, institution: InstitutionId, number: &str) -> Option<AccountId>;
    /// The client of a name.
    fn client_by_name(&self, name: &str) -> Option<ClientId>;
    /// Whether the key ring has a key.
    fn has_key(&self, id: KeyId) -> bool;
    /// By how many milliseconds the sandbox's clock runs ahead.
    fn clock_ahead_ms(&self) -> i64;
    /// What a card has done; nothing where it was never used.
    fn card_activity(&self, id: CardId) -> Option<SharedActivity>;
    /// What an account has done; nothing where it was never used.
    fn account_activity(&self, id: AccountId) -> Option<SharedActivity>;
    /// The authorisation that began with a transaction, ended or not.
    fn authorisation(&self, first: TransactionId) -> Option<KnownAuthorisation>;
    /// The transaction of a message that has come within the time in which repetitions are recognised.
    fn message(&self, message: IdempotencyKey, now: Timestamp) -> Option<TransactionId>;
    /// Whether a message was reversed before it came, within that time.
    fn is_reversed_before(&self, message: IdempotencyKey, now: Timestamp) -> bool;
}

/// Write access to the state: whole things are put in place of what was there.
pub trait State: View {
    /// Puts a card.
    fn put_card(&mut self, card: Card);
    /// Puts an account.
    fn put_account(&mut self, account: Account);
    /// Puts a customer.
    fn put_customer(&mut self, customer: Customer);
    /// Puts a product.
    fn put_product(&mut self, product: Product);
    /// Puts a client.
    fn put_client(&mut self, client: Client);
    /// Notes a key of the key ring.
    fn put_key(&mut self, key: KeyId);
    /// Sets by how many milliseconds the sandbox's clock runs ahead.
    fn set_clock_ahead_ms(&mut self, ahead_ms: i64);
    /// What a card has done, to be changed in place.
    fn card_activity_mut(&mut self, id: CardId) -> &mut Activity;
    /// What an account has done, to be changed in place.
    fn account_activity_mut(&mut self, id: AccountId) -> &mut Activity;
    /// Puts an authorisation, open or ended.
    fn put_authorisation(&mut self, first: TransactionId, known: KnownAuthorisation);
    /// Notes that a message was reversed before it came.
    fn note_reversal(&mut self, message: IdempotencyKey, at: Timestamp);
    /// Adds to a book of an institution.
    fn post(&mut self, institution: InstitutionId, currency: Currency, posting: Posting);
    /// Adds a use to those in the rolling window; it is newer than all there are.
    fn push_use(&mut self, entered: Use);
    /// Sets how much a use counts, if it is still in the rolling window.
    fn set_use(&mut self, id: TransactionId, used: Used) -> bool;
    /// Takes the oldest use out of the rolling window, if it is gone by `now`.
    fn pop_use(&mut self, now: Timestamp) -> Option<Use>;
}

/// Where an entry stands in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The id of the transaction that it would tell of.
    pub id: TransactionId,
    /// When it happened.
    pub at: Timestamp,
}

/// An event speaks of something that does not exist: the journal and the state do not belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event speaks of {what} {id}, which does not exist")]
pub struct Dangling {
    /// The kind of thing.
    pub what: &'static str,
    /// Its id.
    pub id: i64,
}

/// Puts an event into effect. This is the only way the state changes, live as in replay.
///
/// # Errors
/// When the event speaks of something that does not exist.
pub fn apply(event: &Event, place: Place, state: &mut impl State) -> Result<(), Dangling> {
    match event {
        Event::CustomerCreated(customer, _) => state.put_customer(customer.clone()),
        Event::CustomerUpdated(id, changes) => {
            let found = state.customer(*id).ok_or(Dangling { what: "customer", id: id.0 })?;
            let mut customer = Arc::unwrap_or_clone(found);
            changes.iter().for_each(|change| change.apply(&mut customer));
            state.put_customer(customer);
        }
        Event::AccountOpened(account, _) => {
            activity::open_account(account, place, state);
            state.put_account(account.clone());
        }
        Event::AccountUpdated(id, changes) => {
            let found = state.account(*id).ok_or(Dangling { what: "account", id: id.0 })?;
            let mut account = Arc::unwrap_or_clone(found);
            for change in changes {
                if let AccountChange::Limits(limits) = change {
                    activity::reset(Owner::Account(*id), limits, place, state);
                }
                change.apply(&mut account);
            }
            state.put_account(account);
        }
        Event::CardIssued(card, _) => state.put_card(card.clone()),
        Event::CardUpdated(id, _, changes) => {
            let found = state.card(*id).ok_or(Dangling { what: "card", id: id.0 })?;
            let mut card = Arc::unwrap_or_clone(found);
            for change in changes {
                if let CardChange::Limits(limits) = change {
                    activity::reset(Owner::Card(*id), limits, place, state);
                }
                change.apply(&mut card);
            }
            state.put_card(card);
        }
        Event::ProductDefined(product) => state.put_product(product.clone()),
        Event::ClientAdded(client) => state.put_client(client.clone()),
        Event::ClientRevoked(id) => {
            let found = state.client(*id).ok_or(Dangling { what: "client", id: id.0 })?;
            state.put_client(Client { revoked: true, ..Arc::unwrap_or_clone(found) });
        }
        Event::KeyAdded(key, _) => state.put_key(*key),
        Event::ClockMoved(change) => state.set_clock_ahead_ms(change.after),
        Event::Transacted(transaction) => activity::transact(transaction, place, state)?,
    }
    Ok(())
}

pub use activity::{expire_uses, note_merchant};
