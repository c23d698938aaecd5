//! The state as the rules see it, and how events change it.

use std::sync::Arc;

use crate::{
    access::Client,
    account::Account,
    card::Card,
    customer::Customer,
    event::Event,
    id::{
        AccountId, BlindIndex, CardId, ClientId, CustomerId, InstitutionId, KeyId, PanIndex, ProductId,
        ReferenceNumber,
    },
    product::Product,
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
pub fn apply(event: &Event, state: &mut impl State) -> Result<(), Dangling> {
    match event {
        Event::CustomerCreated(customer, _) => state.put_customer(customer.clone()),
        Event::CustomerUpdated(id, changes) => {
            let found = state.customer(*id).ok_or(Dangling { what: "customer", id: id.0 })?;
            let mut customer = Arc::unwrap_or_clone(found);
            changes.iter().for_each(|change| change.apply(&mut customer));
            state.put_customer(customer);
        }
        Event::AccountOpened(account, _) => state.put_account(account.clone()),
        Event::AccountUpdated(id, changes) => {
            let found = state.account(*id).ok_or(Dangling { what: "account", id: id.0 })?;
            let mut account = Arc::unwrap_or_clone(found);
            changes.iter().for_each(|change| change.apply(&mut account));
            state.put_account(account);
        }
        Event::CardIssued(card, _) => state.put_card(card.clone()),
        Event::CardUpdated(id, _, changes) => {
            let found = state.card(*id).ok_or(Dangling { what: "card", id: id.0 })?;
            let mut card = Arc::unwrap_or_clone(found);
            changes.iter().for_each(|change| change.apply(&mut card));
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
    }
    Ok(())
}
