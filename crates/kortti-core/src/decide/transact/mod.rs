//! Transactions: what is asked for money, decided in the published order (`docs/decision-order.md`).
//!
//! A decline is a decision like an approval, with its explanation. Only what makes no sense is refused: an authorisation that
//! nobody knows, an amount in no currency that the account has.

mod authorise;
mod checks;
mod clear;
mod follow;
mod limits;
mod post;

use minicbor::{Decode, Encode};

use std::sync::Arc;

use super::{Decision, Refusal};
use crate::{
    account::Account,
    card::Card,
    event::Event,
    id::{AccountId, CardId, IdempotencyKey, InstitutionId, TransactionId},
    money::Money,
    product::Product,
    time::Timestamp,
    transaction::{Authorisation, Check, KnownAuthorisation, Posting, Reason, Request, Transaction},
    usage::{Activity, Funds, SharedActivity, Used},
    view::View,
};

/// No single amount, no credit limit and no figure of an account goes beyond so many minor units, so that sums of very many stay
/// exact.
pub const AMOUNT_MAX_MINOR: i64 = 1_000_000_000_000_000;

/// Ask for money, hold, move or give it back.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Transact {
    /// What is asked.
    #[n(0)]
    pub request: Request,
    /// By which a repetition of the message is recognised, and a reversal that came first.
    #[n(1)]
    pub message: Option<IdempotencyKey>,
}

impl Transact {
    pub(super) fn decide(
        &self,
        institution: InstitutionId,
        now: Timestamp,
        view: &impl View,
    ) -> Result<Decision, Refusal> {
        let context = Context { institution, now, message: self.message };
        let transaction = match &self.request {
            Request::Authorise(request) => authorise::decide(request, context, view),
            Request::Increment(request) => follow::increment(request, context, view),
            Request::Reverse(request) => follow::reverse(request, context, view),
            Request::ExpireHold(authorisation) => follow::expire(*authorisation, context, view),
            Request::Clear(request) => clear::clear(request, context, view),
            Request::Refund(request) => clear::refund(request, context, view),
            Request::Post(request) => post::post(request, context, view),
            Request::Fee(request) => post::fee(request, context, view),
        }?;
        let id = transaction.subject();
        Ok(Decision { events: vec![Event::Transacted(Box::new(transaction))], id })
    }
}

/// Who asks, when, by which message.
#[derive(Clone, Copy)]
struct Context {
    institution: InstitutionId,
    now: Timestamp,
    message: Option<IdempotencyKey>,
}

/// A card, what it is made of, and what it has done.
struct Subject {
    card: Arc<Card>,
    product: Arc<Product>,
    activity: Option<SharedActivity>,
}

impl Subject {
    fn find(id: CardId, context: Context, view: &impl View) -> Option<Self> {
        let card = view.card(id).filter(|card| card.institution == context.institution)?;
        let product = view.product(card.product)?;
        Some(Self { product, activity: view.card_activity(id), card })
    }

    fn activity(&self) -> &Activity {
        self.activity.as_deref().unwrap_or(Activity::none())
    }
}

/// An account and what it has done.
struct Payer {
    account: Arc<Account>,
    activity: Option<SharedActivity>,
}

impl Payer {
    fn find(id: AccountId, context: Context, view: &impl View) -> Result<Self, Refusal> {
        let account = view
            .account(id)
            .filter(|account| account.institution == context.institution)
            .ok_or(Refusal::AccountUnknown(id))?;
        Ok(Self { activity: view.account_activity(id), account })
    }

    fn activity(&self) -> &Activity {
        self.activity.as_deref().unwrap_or(Activity::none())
    }

    fn available(&self) -> i64 {
        self.activity().funds.available(self.account.credit_limit)
    }

    /// What is billed: the amount itself where it is in the account's currency, else what the message says is billed.
    fn billed(&self, amount: Money, billing: Option<Money>) -> Result<i64, Refusal> {
        let currency = self.account.currency;
        let billed = match billing {
            Some(billing) if billing.currency != currency => return Err(Refusal::BillingCurrency(currency)),
            // One sum in one currency. That nothing is billed is refused as such.
            Some(billing) if billing.minor > 0 && amount.currency == currency && amount != billing => {
                return Err(Refusal::BillingDiffers);
            }
            Some(billing) => billing.minor,
            None if amount.currency == currency => amount.minor,
            None => return Err(Refusal::BillingRequired(currency)),
        };
        if billed < 0 {
            return Err(Refusal::NoAmount);
        }
        let Funds { balance, held } = self.activity().funds;
        let figures = i128::from(balance).abs() + i128::from(held) + i128::from(billed);
        if figures <= i128::from(AMOUNT_MAX_MINOR) { Ok(billed) } else { Err(Refusal::AmountTooLarge) }
    }

    /// The same for something that moves money.
    fn moved(&self, amount: Money, billing: Option<Money>) -> Result<i64, Refusal> {
        let moved = self.billed(amount, billing)?;
        if moved > 0 { Ok(moved) } else { Err(Refusal::NoAmount) }
    }
}

/// An authorisation of the institution, with the account it holds money of.
fn known(
    id: TransactionId,
    context: Context,
    view: &impl View,
) -> Result<(KnownAuthorisation, Payer), Refusal> {
    let unknown = Refusal::AuthorisationUnknown(id);
    let known = view.authorisation(id).ok_or(unknown.clone())?;
    let payer = Payer::find(known.state.account, context, view).map_err(|_| unknown)?;
    Ok((known, payer))
}

/// What a transaction comes to, before its places on the trails are known.
struct Outcome {
    approved: bool,
    reason: Reason,
    amount: i64,
    checks: Vec<Check>,
    postings: Vec<Posting>,
    counted: Option<Used>,
    authorisation: Option<Authorisation>,
}

impl Outcome {
    /// Something that was done, for a reason.
    const fn done(reason: Reason, amount: i64) -> Self {
        Self {
            approved: true,
            reason,
            amount,
            checks: Vec::new(),
            postings: Vec::new(),
            counted: None,
            authorisation: None,
        }
    }

    /// Something that was not done, for a reason.
    fn declined(reason: Reason, checks: Vec<Check>) -> Self {
        Self { approved: false, checks, ..Self::done(reason, 0) }
    }

    /// The transaction of `request` on an account, and on a card if there is one.
    fn transaction(self, request: Request, card: Option<(CardId, &Activity)>, payer: &Payer) -> Transaction {
        let Activity { funds, trail, .. } = payer.activity();
        let mut funds = *funds;
        self.postings.iter().for_each(|posting| funds.post(*posting));
        Transaction {
            card: card.map(|(id, _)| id),
            account: Some(payer.account.id),
            currency: Some(payer.account.currency),
            request,
            approved: self.approved,
            reason: self.reason,
            amount: self.amount,
            available: funds.available(payer.account.credit_limit),
            checks: self.checks,
            postings: self.postings,
            counted: self.counted.filter(|counted| *counted != Used::default()),
            authorisation: self.authorisation.map(Box::new),
            first: None,
            previous: None,
            card_step: card.map(|(_, activity)| activity.trail.next()),
            account_step: Some(trail.next()),
        }
    }
}

/// A transaction that belongs to no card and no account.
const fn alone(request: Request, approved: bool, reason: Reason) -> Transaction {
    Transaction {
        card: None,
        account: None,
        currency: None,
        request,
        approved,
        reason,
        amount: 0,
        available: 0,
        checks: Vec::new(),
        postings: Vec::new(),
        counted: None,
        authorisation: None,
        first: None,
        previous: None,
        card_step: None,
        account_step: None,
    }
}

impl Transaction {
    /// The same as part of an authorisation that is known.
    fn following(self, first: TransactionId, known: &KnownAuthorisation) -> Self {
        Self { first: Some(first), previous: Some(known.last), ..self }
    }
}
