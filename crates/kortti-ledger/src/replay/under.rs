//! The state on which a decision is taken again.

use std::sync::Arc;

use kortti_core::{
    access::Client,
    account::Account,
    card::Card,
    controls::{Controls, Effective},
    customer::Customer,
    entry::Entry,
    event::Event,
    id::{
        AccountId, BlindIndex, CardId, ClientId, CustomerId, IdempotencyKey, InstitutionId, KeyId, PanIndex,
        ProductId, ReferenceNumber, TransactionId,
    },
    product::Product,
    time::Timestamp,
    transaction::KnownAuthorisation,
    usage::SharedActivity,
    view::{self, State, View},
};

use super::{ProductRules, Rules};
use crate::{
    HotState,
    batch::Batch,
    journal::{self, JournalError},
};

/// History as it was, under the rules of today or others.
pub(super) struct Under<'a, 'b> {
    pub history: &'a Batch<'b>,
    pub today: &'a HotState,
    pub rules: &'a Rules,
}

impl Under<'_, '_> {
    fn product_rules(&self, product: &Product) -> Option<&ProductRules> {
        self.rules.products.get(&(product.institution, product.code.clone()))
    }

    fn controls_of(&self, card: CardId) -> Option<Box<Controls>> {
        self.today.card(card).and_then(|card| card.controls.clone())
    }

    /// Whether a card is locked to the merchant of its first use.
    fn locks(&self, card: CardId) -> Option<bool> {
        let card = self.card(card)?;
        let product = self.product(card.product)?;
        let own = card.controls.as_deref().unwrap_or(Controls::none());
        Some(Effective { card: own, product: product.controls() }.first_merchant_lock())
    }
}

/// Makes an entry part of history, as it would have been under these rules where decisions hang on what was counted: days begin
/// where they say, and a card is locked to its first merchant where they lock it.
pub(super) fn fold(
    entry: &Entry,
    history: &mut Batch<'_>,
    today: &HotState,
    rules: &Rules,
) -> Result<(), JournalError> {
    journal::apply(entry, history)?;
    match &entry.event {
        Event::ProductDefined(product) => {
            if let Some(product) = (Under { history, today, rules }).product(product.id) {
                history.put_product(Product::clone(&product));
            }
        }
        Event::Transacted(transaction) => {
            let locks = |card: &CardId| Under { history, today, rules }.locks(*card) == Some(true);
            let locked = transaction.card.filter(locks);
            if let Some(card) = locked {
                view::note_merchant(transaction, history.card_activity_mut(card));
            }
        }
        _ => {}
    }
    Ok(())
}

impl View for Under<'_, '_> {
    fn card(&self, id: CardId) -> Option<Arc<Card>> {
        let mut card = Arc::unwrap_or_clone(self.history.card(id)?);
        let then = card.limits.clone();
        if let Some(today) = self.today.card(id) {
            card.limits.clone_from(&today.limits);
            card.blocks = today.blocks;
            card.controls = self.controls_of(id);
        }
        if let Some(limits) = self.rules.cards.get(&id) {
            card.limits.clone_from(limits);
        }
        // What was forgiven when is no rule but history.
        card.limits = card.limits.with_resets_of(&then);
        let product = self.product(card.product);
        let blocks = product.and_then(|product| self.product_rules(&product)?.blocks);
        card.blocks = blocks.unwrap_or(card.blocks);
        Some(Arc::new(card))
    }
    fn account(&self, id: AccountId) -> Option<Arc<Account>> {
        let mut account = Arc::unwrap_or_clone(self.history.account(id)?);
        let then = account.limits.clone();
        if let Some(today) = self.today.account(id) {
            account.limits.clone_from(&today.limits);
            account.credit_limit = today.credit_limit;
        }
        if let Some(rules) = self.rules.accounts.get(&id) {
            account.limits = rules.limits.clone().unwrap_or(account.limits);
            account.credit_limit = rules.credit_limit.unwrap_or(account.credit_limit);
        }
        account.limits = account.limits.with_resets_of(&then);
        Some(Arc::new(account))
    }
    fn product(&self, id: ProductId) -> Option<Arc<Product>> {
        let product = self.today.product(id).or_else(|| self.history.product(id))?;
        let Some(rules) = self.product_rules(&product) else { return Some(product) };
        let mut changed = Product::clone(&product);
        rules.apply(&mut changed);
        Some(Arc::new(changed))
    }
    fn customer(&self, id: CustomerId) -> Option<Arc<Customer>> {
        self.history.customer(id)
    }
    fn client(&self, id: ClientId) -> Option<Arc<Client>> {
        self.history.client(id)
    }
    fn products(&self, institution: InstitutionId) -> Vec<Arc<Product>> {
        self.history.products(institution)
    }
    fn card_by_number(&self, institution: InstitutionId, number: PanIndex) -> Option<CardId> {
        self.history.card_by_number(institution, number)
    }
    fn card_by_reference(&self, reference: ReferenceNumber) -> Option<CardId> {
        self.history.card_by_reference(reference)
    }
    fn cards_of_account(&self, account: AccountId) -> Vec<CardId> {
        self.history.cards_of_account(account)
    }
    fn customer_by_number(&self, institution: InstitutionId, number: &str) -> Option<CustomerId> {
        self.history.customer_by_number(institution, number)
    }
    fn customer_by_registration(&self, institution: InstitutionId, index: BlindIndex) -> Option<CustomerId> {
        self.history.customer_by_registration(institution, index)
    }
    fn account_by_number(&self, institution: InstitutionId, number: &str) -> Option<AccountId> {
        self.history.account_by_number(institution, number)
    }
    fn client_by_name(&self, name: &str) -> Option<ClientId> {
        self.history.client_by_name(name)
    }
    fn has_key(&self, id: KeyId) -> bool {
        self.history.has_key(id)
    }
    fn clock_ahead_ms(&self) -> i64 {
        self.history.clock_ahead_ms()
    }
    fn card_activity(&self, id: CardId) -> Option<SharedActivity> {
        self.history.card_activity(id)
    }
    fn account_activity(&self, id: AccountId) -> Option<SharedActivity> {
        self.history.account_activity(id)
    }
    fn authorisation(&self, first: TransactionId) -> Option<KnownAuthorisation> {
        self.history.authorisation(first)
    }
    fn message(&self, message: IdempotencyKey, now: Timestamp) -> Option<TransactionId> {
        self.history.message(message, now)
    }
    fn is_reversed_before(&self, message: IdempotencyKey, now: Timestamp) -> bool {
        self.history.is_reversed_before(message, now)
    }
}
