//! What was decided, read back from the journal: the transactions of a card or account, and all that happened to an
//! authorisation. Both are chains of entries, which can be long.

use std::sync::Arc;

use kortti_core::{
    id::{AccountId, CardId, InstitutionId, TransactionId},
    time::Timestamp,
    trail::{Step, Trail},
    transaction::{KnownAuthorisation, Request},
    usage::Owner,
    view::View,
};
use kortti_ledger::Recorded;

use crate::{App, AppError};

/// How many entries are looked at in one turn. Whoever waits for a turn waits for that many at most, and as many are read
/// in vain for somebody who has gone.
const STEPS: usize = 256;

/// An authorisation with all that has happened to it.
pub struct AuthorisationDetails {
    /// How it stands.
    pub known: KnownAuthorisation,
    /// What it began with.
    pub begin: Recorded,
    /// A part of its transactions, the oldest first.
    pub transactions: Vec<Recorded>,
    /// The first of these, if there are earlier ones.
    pub earlier: Option<TransactionId>,
}

/// Which transactions of an authorisation are wanted: the newest.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Of those before this one.
    pub before: Option<TransactionId>,
    /// How many at most.
    pub take: usize,
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

impl App {
    /// An authorisation of the institution, by its first transaction, and a part of its transactions: none where there is
    /// nothing before the one that is named, or that is of something else.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn authorisation(
        self: &Arc<Self>,
        institution: InstitutionId,
        first: TransactionId,
        part: Part,
    ) -> Result<Option<AuthorisationDetails>, AppError> {
        let Some(begin) = self.transaction(institution, first)? else { return Ok(None) };
        let Request::Authorise(_) = begin.transaction.request else { return Ok(None) };
        let Some(known) = self.authorisation_state(first)? else { return Ok(None) };
        let next = match part.before {
            None => Some(known.last),
            Some(before) => self.transaction(institution, before)?.and_then(|before| {
                let is_ours = before.transaction.first == Some(first);
                before.transaction.previous.filter(|_| is_ours)
            }),
        };
        let chain = Chain { found: Vec::new(), next, take: part.take };
        let Chain { found: mut transactions, next, .. } = self.in_turns(chain, Chain::go_on).await?;
        transactions.reverse();
        let earlier = next.and_then(|_| transactions.first()).map(|oldest| oldest.id);
        Ok(Some(AuthorisationDetails { known, begin, transactions, earlier }))
    }

    /// The transactions of a card, the newest first; none when the institution has no such card.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn transactions_of_card(
        self: &Arc<Self>,
        institution: InstitutionId,
        card: CardId,
        query: TransactionQuery,
    ) -> Result<Option<Vec<Recorded>>, AppError> {
        let state = self.ledger.state();
        if state.card(card).is_none_or(|card| card.institution != institution) {
            return Ok(None);
        }
        let trail = state.card_activity(card).map(|activity| activity.trail).unwrap_or_default();
        self.walk(Owner::Card(card), trail, query).await.map(Some)
    }

    /// The transactions of an account, the newest first; none when the institution has no such account.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn transactions_of_account(
        self: &Arc<Self>,
        institution: InstitutionId,
        account: AccountId,
        query: TransactionQuery,
    ) -> Result<Option<Vec<Recorded>>, AppError> {
        let state = self.ledger.state();
        if state.account(account).is_none_or(|account| account.institution != institution) {
            return Ok(None);
        }
        let trail = state.account_activity(account).map(|activity| activity.trail).unwrap_or_default();
        self.walk(Owner::Account(account), trail, query).await.map(Some)
    }

    async fn walk(
        self: &Arc<Self>,
        owner: Owner,
        trail: Trail,
        query: TransactionQuery,
    ) -> Result<Vec<Recorded>, AppError> {
        let walk = Walk { owner, query, skip: query.skip, found: Vec::new(), next: trail.last };
        Ok(self.in_turns(walk, Walk::go_on).await?.found)
    }
}

/// The transactions of an authorisation, followed back until there are enough.
struct Chain {
    found: Vec<Recorded>,
    next: Option<TransactionId>,
    take: usize,
}

impl Chain {
    fn go_on(&mut self, app: &App) -> Result<bool, AppError> {
        for _ in 0..STEPS {
            let Some(id) = self.next.filter(|_| self.found.len() < self.take) else { return Ok(true) };
            let found = app.ledger.transaction(id)?.ok_or(AppError::Missing("a transaction"))?;
            self.next = found.transaction.previous;
            self.found.push(found);
        }
        Ok(false)
    }
}

/// A trail, followed back from its newest transaction. Milestones are followed while they lie beyond what is wanted.
struct Walk {
    owner: Owner,
    query: TransactionQuery,
    /// How many wanted ones are still to be left out.
    skip: usize,
    found: Vec<Recorded>,
    next: Option<TransactionId>,
}

impl Walk {
    fn go_on(&mut self, app: &App) -> Result<bool, AppError> {
        for _ in 0..STEPS {
            let Some(id) = self.next.filter(|_| self.found.len() < self.query.take) else { return Ok(true) };
            let recorded = app.ledger.transaction(id)?.ok_or(AppError::Missing("a transaction"))?;
            let step = self.step_of(&recorded).ok_or(AppError::Missing("a step of a trail"))?;
            if self.query.from.is_some_and(|from| recorded.at < from) {
                return Ok(true);
            }
            let too_new = self.is_too_new(&recorded);
            if let Some((milestone, passed)) = self.jump(app, step, too_new)? {
                self.skip -= passed;
                self.next = Some(milestone);
                continue;
            }
            self.next = step.previous;
            if too_new || (self.query.without_authorisations && is_authorisation(&recorded)) {
                continue;
            }
            if self.skip > 0 {
                self.skip -= 1;
            } else {
                self.found.push(recorded);
            }
        }
        Ok(false)
    }

    /// The milestone to go on from, and how many wanted transactions are passed by on the way to it.
    fn jump(&self, app: &App, step: Step, too_new: bool) -> Result<Option<(TransactionId, usize)>, AppError> {
        let Some(milestone) = step.milestone else { return Ok(None) };
        if too_new {
            let Some(recorded) = app.ledger.transaction(milestone)? else { return Ok(None) };
            return Ok(self.is_too_new(&recorded).then_some((milestone, 0)));
        }
        // Those that are left out of the list cannot be counted without being looked at.
        if self.query.without_authorisations || self.skip < Step::MILESTONE as usize {
            return Ok(None);
        }
        let Some(recorded) = app.ledger.transaction(milestone)? else { return Ok(None) };
        let passed = self.step_of(&recorded).map(|other| step.place.saturating_sub(other.place) as usize);
        Ok(passed.filter(|passed| *passed <= self.skip).map(|passed| (milestone, passed)))
    }

    fn is_too_new(&self, recorded: &Recorded) -> bool {
        self.query.to.is_some_and(|to| recorded.at >= to)
    }

    fn step_of(&self, recorded: &Recorded) -> Option<Step> {
        match self.owner {
            Owner::Card(_) => recorded.transaction.card_step,
            Owner::Account(_) => recorded.transaction.account_step,
        }
    }
}

/// Whether a transaction only asks for or lets go of money, and moves none.
const fn is_authorisation(recorded: &Recorded) -> bool {
    matches!(
        recorded.transaction.request,
        Request::Authorise(_) | Request::Increment(_) | Request::Reverse(_) | Request::ExpireHold(_)
    )
}
