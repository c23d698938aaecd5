//! Transactions: everything that asks for money, holds it, moves it or gives it back, and the answer to it.
//!
//! A transaction is recorded whole: what was asked, every check with the numbers it compared, what was answered, and what it
//! changed. So its explanation holds for ever, and whoever decides on the request again can compare the two.

mod authorisation;
mod check;
mod kinds;
mod merchant;
mod posting;
mod reason;
mod request;

use minicbor::{Decode, Encode};

pub use authorisation::{Authorisation, Counted, End, KnownAuthorisation};
pub use check::{Check, CheckKind, Checked, Comparison, Facts, LimitFacts};
pub use kinds::{EntryMode, PostKind, TransactionType};
pub use merchant::{CountryCode, Details, Merchant};
pub use posting::{Book, Posting};
pub use reason::{Reason, ResponseCode};
pub use request::{Advice, Authorise, Clear, Fee, Increment, Original, Post, Refund, Request, Reverse};

use crate::{
    id::{AccountId, CardId, TransactionId},
    reference::Currency,
    time::Timestamp,
    trail::Step,
    usage::Used,
};

/// A transaction as it is recorded. Its id is the place of its journal entry.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Transaction {
    /// The card, if there is one and it is known.
    #[n(0)]
    pub card: Option<CardId>,
    /// The account, if it is known.
    #[n(1)]
    pub account: Option<AccountId>,
    /// The currency of the account, and of all amounts that do not name another.
    #[n(2)]
    pub currency: Option<Currency>,
    /// What was asked.
    #[n(3)]
    pub request: Request,
    /// Whether it was done.
    #[n(4)]
    pub approved: bool,
    /// Why; the one reason that decided.
    #[n(5)]
    pub reason: Reason,
    /// How much was approved, given back, posted or released, in minor units.
    #[n(6)]
    pub amount: i64,
    /// What can be spent of the account after it, in minor units.
    #[n(7)]
    pub available: i64,
    /// Every check, in the order of decision.
    #[n(8)]
    pub checks: Vec<Check>,
    /// What it moved; the sum of all is zero.
    #[n(9)]
    pub postings: Vec<Posting>,
    /// By how much the counters of limits changed.
    #[n(10)]
    pub counted: Option<Used>,
    /// The authorisation that it made or changed, as it is after it.
    #[n(11)]
    pub authorisation: Option<Box<Authorisation>>,
    /// The first transaction of the authorisation that it belongs to; none where it is the first itself.
    #[n(12)]
    pub first: Option<TransactionId>,
    /// The transaction of that authorisation before it.
    #[n(13)]
    pub previous: Option<TransactionId>,
    /// Where it stands among the card's transactions.
    #[n(14)]
    pub card_step: Option<Step>,
    /// Where it stands among the account's transactions.
    #[n(15)]
    pub account_step: Option<Step>,
}

impl Transaction {
    /// The id of the thing that it is about: the card, or the account where there is no card.
    #[must_use]
    pub fn subject(&self) -> i64 {
        self.card.map(|card| card.0).or(self.account.map(|account| account.0)).unwrap_or(0)
    }

    /// The authorisation that the transaction `id`, the last one of it so far, leaves behind. One that was declined counts as
    /// ended, so that what follows on it has an answer. None where the transaction does not belong to one.
    #[must_use]
    pub fn leaves(&self, id: TransactionId, at: Timestamp) -> Option<KnownAuthorisation> {
        if let Some(state) = &self.authorisation {
            return Some(KnownAuthorisation { last: id, state: **state });
        }
        let Request::Authorise(request) = &self.request else { return None };
        let is_credit = self.approved && request.transaction_type.is_credit();
        let state = Authorisation {
            card: self.card,
            account: self.account?,
            approved_at: at,
            expires_at: at,
            mcc: request.merchant.mcc,
            counted: Counted::default(),
            approved: if is_credit { self.amount } else { 0 },
            held: 0,
            cleared: 0,
            reversed: 0,
            end: Some(match self.approved {
                false => End::Declined,
                true if is_credit => End::CreditDue,
                true => End::NothingHeld,
            }),
            transaction_type: request.transaction_type,
        };
        Some(KnownAuthorisation { last: id, state })
    }

    /// What the holder did: what the request says, else what the authorisation was for.
    #[must_use]
    pub fn transaction_type(&self) -> Option<TransactionType> {
        let said = match &self.request {
            Request::Authorise(request) => Some(request.transaction_type),
            Request::Clear(request) => request.transaction_type,
            _ => None,
        };
        said.or_else(|| self.authorisation.as_ref().map(|state| state.transaction_type))
    }
}
