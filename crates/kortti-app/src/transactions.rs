//! Transactions: ask for money, hold, move and give it back; read what was decided, and why.

use std::sync::Arc;

use kortti_core::{
    decide::{Command, Transact},
    id::{AccountId, CardId, IdempotencyKey, InstitutionId, PanIndex, TransactionId},
    time::Timestamp,
    trail::{Step, Trail},
    transaction::{Authorise, KnownAuthorisation, Request},
    usage::Owner,
    view::View,
};
use kortti_crypto::digest;
pub use kortti_ledger::Recorded;

use crate::{App, AppError, Caller};

/// An authorisation with all that has happened to it.
pub struct AuthorisationDetails {
    /// How it stands.
    pub known: KnownAuthorisation,
    /// Its transactions, the oldest first.
    pub transactions: Vec<Recorded>,
}

/// Which transactions of a card or account are wanted.
#[derive(Clone, Copy, Debug)]
pub struct TransactionQuery {
    /// Not before this instant.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
    /// How many of the newest to leave out.
    pub skip: usize,
    /// How many at most.
    pub take: usize,
    /// Only those that move money, not the authorisations before them.
    pub without_authorisations: bool,
}

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
        let recorded = self.transact_once(caller, message, request).await?;
        if recorded.transaction.request == sent { Ok(recorded) } else { Err(AppError::MessageReused) }
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
        let recorded = self.transact_once(caller, message, Request::Authorise(Arc::clone(&sent))).await?;
        // The same message may have come before its card was issued.
        match &recorded.transaction.request {
            Request::Authorise(first) if *first == sent || **first == of_nobody => Ok(recorded),
            _ => Err(AppError::MessageReused),
        }
    }

    /// Decides on a message, or finds what was decided when its id came first.
    async fn transact_once(
        &self,
        caller: &Caller,
        message: &str,
        request: Request,
    ) -> Result<Recorded, AppError> {
        let key = message_key(caller.institution, message);
        let caller = Caller { idempotency: Some(key), ..caller.clone() };
        self.transact_as(&caller, request, Some(key)).await
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

    /// An authorisation of the institution, by its first transaction.
    ///
    /// # Errors
    /// When the store fails.
    pub fn authorisation(
        &self,
        institution: InstitutionId,
        first: TransactionId,
    ) -> Result<Option<AuthorisationDetails>, AppError> {
        let Some(begin) = self.transaction(institution, first)? else { return Ok(None) };
        let Request::Authorise(_) = begin.transaction.request else { return Ok(None) };
        let Some(known) = self.ledger.authorisation(first)? else { return Ok(None) };
        let mut transactions = Vec::new();
        let mut next = Some(known.last);
        while let Some(id) = next {
            let found = self.ledger.transaction(id)?.ok_or(AppError::Missing("a transaction"))?;
            next = found.transaction.previous;
            transactions.push(found);
        }
        transactions.reverse();
        Ok(Some(AuthorisationDetails { known, transactions }))
    }

    /// How an authorisation stands, by its first transaction; none where the transaction begins none.
    ///
    /// # Errors
    /// When the store fails.
    pub fn authorisation_state(&self, first: TransactionId) -> Result<Option<KnownAuthorisation>, AppError> {
        Ok(self.ledger.authorisation(first)?)
    }

    /// The transactions of a card, the newest first; none when the institution has no such card.
    ///
    /// # Errors
    /// When the store fails.
    pub fn transactions_of_card(
        &self,
        institution: InstitutionId,
        card: CardId,
        query: &TransactionQuery,
    ) -> Result<Option<Vec<Recorded>>, AppError> {
        let state = self.ledger.state();
        if state.card(card).is_none_or(|card| card.institution != institution) {
            return Ok(None);
        }
        let trail = state.card_activity(card).map(|activity| activity.trail).unwrap_or_default();
        self.walk(Owner::Card(card), trail, query).map(Some)
    }

    /// The transactions of an account, the newest first; none when the institution has no such account.
    ///
    /// # Errors
    /// When the store fails.
    pub fn transactions_of_account(
        &self,
        institution: InstitutionId,
        account: AccountId,
        query: &TransactionQuery,
    ) -> Result<Option<Vec<Recorded>>, AppError> {
        let state = self.ledger.state();
        if state.account(account).is_none_or(|account| account.institution != institution) {
            return Ok(None);
        }
        let trail = state.account_activity(account).map(|activity| activity.trail).unwrap_or_default();
        self.walk(Owner::Account(account), trail, query).map(Some)
    }

    /// Follows a trail back from its newest transaction. Milestones are followed while they lie beyond what is wanted.
    fn walk(&self, owner: Owner, trail: Trail, query: &TransactionQuery) -> Result<Vec<Recorded>, AppError> {
        let mut skip = query.skip;
        let mut found = Vec::new();
        let mut next = trail.last;
        while let Some(id) = next.filter(|_| found.len() < query.take) {
            let recorded = self.ledger.transaction(id)?.ok_or(AppError::Missing("a transaction"))?;
            let step = step_of(&recorded, owner).ok_or(AppError::Missing("a step of a trail"))?;
            if query.from.is_some_and(|from| recorded.at < from) {
                break;
            }
            let too_new = query.to.is_some_and(|to| recorded.at >= to);
            if let Some(further) = self.jump(owner, step, too_new, query, skip)? {
                skip -= further.1;
                next = Some(further.0);
                continue;
            }
            next = step.previous;
            if too_new || (query.without_authorisations && is_authorisation(&recorded)) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
            } else {
                found.push(recorded);
            }
        }
        Ok(found)
    }

    /// The milestone to go on from, and how many wanted transactions are passed by on the way to it.
    fn jump(
        &self,
        owner: Owner,
        step: Step,
        too_new: bool,
        query: &TransactionQuery,
        skip: usize,
    ) -> Result<Option<(TransactionId, usize)>, AppError> {
        let Some(milestone) = step.milestone else { return Ok(None) };
        if too_new {
            let Some(recorded) = self.ledger.transaction(milestone)? else { return Ok(None) };
            let still = query.to.is_some_and(|to| recorded.at >= to);
            return Ok(still.then_some((milestone, 0)));
        }
        // Those that are left out of the list cannot be counted without being looked at.
        if query.without_authorisations || skip < Step::MILESTONE as usize {
            return Ok(None);
        }
        let Some(recorded) = self.ledger.transaction(milestone)? else { return Ok(None) };
        let passed = step_of(&recorded, owner).map(|other| step.place.saturating_sub(other.place) as usize);
        Ok(passed.filter(|passed| *passed <= skip).map(|passed| (milestone, passed)))
    }
}

fn step_of(recorded: &Recorded, owner: Owner) -> Option<Step> {
    match owner {
        Owner::Card(_) => recorded.transaction.card_step,
        Owner::Account(_) => recorded.transaction.account_step,
    }
}

/// Whether a transaction only asks for or lets go of money, and moves none.
const fn is_authorisation(recorded: &Recorded) -> bool {
    matches!(
        recorded.transaction.request,
        Request::Authorise(_) | Request::Increment(_) | Request::Reverse(_) | Request::ExpireHold(_)
    )
}
