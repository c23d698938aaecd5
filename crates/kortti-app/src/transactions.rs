//! Transactions: ask for money, hold, move and give it back.

use std::sync::Arc;

use kortti_core::{
    decide::{Command, Transact},
    id::{CardId, IdempotencyKey, InstitutionId, PanIndex, TransactionId},
    transaction::{Authorise, KnownAuthorisation, Request},
    view::View,
};
use kortti_crypto::digest;
pub use kortti_ledger::Recorded;

use crate::{App, AppError, Caller};

/// What makes a repeated message the same message: the tenant, and the id that the sender gave it.
#[must_use]
pub fn message_key(institution: InstitutionId, message: &str) -> IdempotencyKey {
    let hash = digest::sha256(&[b"message", &institution.0.to_be_bytes(), message.as_bytes()]);
    let mut short = [0; 16];
    short.copy_from_slice(&hash[..16]);
    IdempotencyKey(short)
}

impl App {
    /// Decides on a message that a network sends. The same message again is answered as it was the first time.
    ///
    /// # Errors
    /// When it makes no sense, when another message had the same id, or nothing can be written.
    pub async fn transact_message(
        &self,
        caller: &Caller,
        message: &str,
        request: Request,
    ) -> Result<Recorded, AppError> {
        let sent = request.clone();
        self.transact_once(caller, message, request, |first| *first == sent).await
    }

    /// Decides on a message that asks for an authorisation and names the card by its encrypted number.
    ///
    /// # Errors
    /// As for any message, and when the number cannot be decrypted.
    pub async fn authorise_by_number(
        &self,
        caller: &Caller,
        message: &str,
        encrypted: String,
        request: Authorise,
    ) -> Result<Recorded, AppError> {
        let number = self.open_card_number(encrypted).await?;
        let index = PanIndex(self.ring()?.pan_index(&number));
        let of_nobody = Authorise { card: None, unknown_number: Some(index), ..request };
        let sent = match self.find_card(caller.institution, index).await? {
            None => of_nobody.clone(),
            card => Authorise { card, unknown_number: None, ..of_nobody.clone() },
        };
        let sent = Arc::new(sent);
        let request = Request::Authorise(Arc::clone(&sent));
        // The same message may have come before its card was issued.
        let is_same = |first: &Request| matches!(first, Request::Authorise(first) if *first == sent || **first == of_nobody);
        self.transact_once(caller, message, request, is_same).await
    }

    /// Decides on a message, or finds what was decided when its id came first, if that was the same message.
    async fn transact_once(
        &self,
        caller: &Caller,
        message: &str,
        request: Request,
        is_same: impl Fn(&Request) -> bool,
    ) -> Result<Recorded, AppError> {
        let key = message_key(caller.institution, message);
        let caller = Caller { idempotency: Some(key), ..caller.clone() };
        let recorded = self.transact_as(&caller, request, Some(key)).await?;
        if is_same(&recorded.transaction.request) { Ok(recorded) } else { Err(AppError::MessageReused) }
    }

    /// Decides on a request that comes from no network.
    ///
    /// # Errors
    /// When it makes no sense, or nothing can be written.
    pub async fn transact(&self, caller: &Caller, request: Request) -> Result<Recorded, AppError> {
        self.transact_as(caller, request, None).await
    }

    async fn transact_as(
        &self,
        caller: &Caller,
        request: Request,
        message: Option<IdempotencyKey>,
    ) -> Result<Recorded, AppError> {
        let _open = self.gate.read().await;
        let command = Command::Transact(Transact { request, message });
        let outcome = self.submit(caller, command, Vec::new()).await?;
        match outcome.transaction {
            Some(recorded) => Ok(recorded),
            // A repetition: what was answered stands in the journal.
            None => self.ledger.transaction_at(outcome.sequence)?.ok_or(AppError::MessageReused),
        }
    }

    /// The card of a number, if there is one.
    async fn find_card(
        &self,
        institution: InstitutionId,
        index: PanIndex,
    ) -> Result<Option<CardId>, AppError> {
        let find = || self.ledger.state().card_by_number(institution, index);
        if let Some(card) = find() {
            return Ok(Some(card));
        }
        // Another process may have issued it just now.
        self.ledger.refresh().await?;
        Ok(find())
    }

    /// A transaction of the institution.
    ///
    /// # Errors
    /// When the store fails.
    pub fn transaction(
        &self,
        institution: InstitutionId,
        id: TransactionId,
    ) -> Result<Option<Recorded>, AppError> {
        let found = self.ledger.transaction(id)?;
        Ok(found.filter(|recorded| recorded.institution == Some(institution)))
    }

    /// How an authorisation stands, by its first transaction; none where the transaction begins none.
    ///
    /// # Errors
    /// When the store fails.
    pub fn authorisation_state(&self, first: TransactionId) -> Result<Option<KnownAuthorisation>, AppError> {
        Ok(self.ledger.authorisation(first)?)
    }
}
