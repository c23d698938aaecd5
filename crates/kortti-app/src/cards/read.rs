use std::sync::Arc;

use kortti_core::{
    calendar::Windows,
    card::{Card, StatusRecord},
    id::{AccountId, CardId, CustomerId, InstitutionId, PanIndex, ReferenceNumber},
    personal::CardPersonal,
    product::Product,
    reference::Currency,
    view::View,
};
use kortti_crypto::Pan;

use crate::{App, AppError, Usage, retry::until_consistent};

/// A card as it is read.
pub struct CardDetails {
    /// What is known in clear.
    pub card: Arc<Card>,
    /// Names, addresses, additional values.
    pub personal: Arc<CardPersonal>,
    /// Its product.
    pub product: Arc<Product>,
    /// The currency of its limits.
    pub currency: Currency,
    /// What has been used of its limits.
    pub usage: Usage,
    /// The status that holds now, whether or not the job that writes it down has run.
    pub status: StatusRecord,
}

impl App {
    /// A card of the institution.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn card(
        &self,
        institution: InstitutionId,
        id: CardId,
    ) -> Result<Option<CardDetails>, AppError> {
        let state = self.ledger.state();
        until_consistent(&self.ledger, || {
            let Some(card) = state.card(id).filter(|card| card.institution == institution) else {
                return Ok(Some(None));
            };
            let subject = || self.vault.subject(&self.ledger, &*self.ring()?, card.customer);
            let revision = card.personal_revision;
            let Some(personal) = self.vault.read(&self.ledger, subject, id.0, revision)? else {
                return Ok(None);
            };
            let product = state.product(card.product).ok_or(AppError::Missing("the card's product"))?;
            let currency = state.currency_of(card.account).ok_or(AppError::Missing("the card's account"))?;
            let now = self.ledger.clock().now();
            let status = card.status_at(now);
            let windows = Windows::at(product.zone(), now);
            let usage = Usage { activity: state.card_activity(id), windows };
            Ok(Some(Some(CardDetails { personal, product, currency, usage, status, card })))
        })
        .await
    }

    /// The card of a reference number.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn card_by_reference(
        &self,
        institution: InstitutionId,
        reference: ReferenceNumber,
    ) -> Result<Option<CardDetails>, AppError> {
        match self.ledger.state().card_by_reference(reference) {
            Some(id) => self.card(institution, id).await,
            None => Ok(None),
        }
    }

    /// The card of an encrypted card number.
    ///
    /// # Errors
    /// When the number cannot be decrypted, or the store fails.
    pub async fn card_by_encrypted_number(
        &self,
        institution: InstitutionId,
        encrypted: String,
    ) -> Result<Option<CardDetails>, AppError> {
        let number = self.open_card_number(encrypted).await?;
        let index = PanIndex(self.ring()?.pan_index(&number));
        match self.ledger.state().card_by_number(institution, index) {
            Some(id) => self.card(institution, id).await,
            None => Ok(None),
        }
    }

    /// The cards of a customer, by id; none when the institution has no such customer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cards_of_customer(
        &self,
        institution: InstitutionId,
        customer: CustomerId,
        page: usize,
        size: usize,
    ) -> Result<Option<Vec<CardDetails>>, AppError> {
        if self.known_customer(institution, customer).is_err() {
            return Ok(None);
        }
        let ids = self.ledger.state().cards_of_customer(customer, page.saturating_mul(size), size);
        self.cards(institution, ids).await.map(Some)
    }

    /// The cards of an account, by id; none when the institution has no such account.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cards_of_account(
        &self,
        institution: InstitutionId,
        account: AccountId,
        page: usize,
        size: usize,
    ) -> Result<Option<Vec<CardDetails>>, AppError> {
        let state = self.ledger.state();
        if state.account(account).is_none_or(|account| account.institution != institution) {
            return Ok(None);
        }
        let ids = state.cards_of_account(account, page.saturating_mul(size), size);
        self.cards(institution, ids).await.map(Some)
    }

    async fn cards(
        &self,
        institution: InstitutionId,
        ids: Vec<CardId>,
    ) -> Result<Vec<CardDetails>, AppError> {
        let mut cards = Vec::with_capacity(ids.len());
        for id in ids {
            cards.extend(self.card(institution, id).await?);
        }
        Ok(cards)
    }

    /// Decrypts a card number.
    pub(crate) async fn open_card_number(&self, encrypted: String) -> Result<Pan, AppError> {
        let ring = self.ring()?;
        match self.decryptor.open(Arc::clone(&ring), encrypted.clone()).await {
            Err(AppError::CardNumber) => {}
            result => return result,
        }
        // It may be encrypted to a certificate that another process has just added and given out. Whatever is wrong with the
        // number, the same is done, so that nobody learns which it was.
        self.ledger.catch_up().await?;
        let current = self.ring()?;
        if Arc::ptr_eq(&ring, &current) {
            return Err(AppError::CardNumber);
        }
        self.decryptor.open(current, encrypted).await
    }
}
