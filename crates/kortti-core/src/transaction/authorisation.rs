use minicbor::{Decode, Encode};

use crate::{
    id::{AccountId, CardId, TransactionId},
    limit::UsageTypes,
    reference::Mcc,
    time::Timestamp,
    transaction::TransactionType,
};

/// An authorisation: what it holds and what became of it. Amounts are minor units of the account's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Authorisation {
    /// The card, if one was used.
    #[n(0)]
    pub card: Option<CardId>,
    /// The account it holds money of, also after the card has moved to another.
    #[n(1)]
    pub account: AccountId,
    /// When it was approved.
    #[n(2)]
    pub approved_at: Timestamp,
    /// When what it holds is released by itself.
    #[n(3)]
    pub expires_at: Timestamp,
    /// The merchant's category.
    #[n(4)]
    pub mcc: Mcc,
    /// What it counts in the limits.
    #[n(5)]
    pub counted: Counted,
    /// How much was approved, increments included.
    #[n(6)]
    pub approved: i64,
    /// How much of it is held.
    #[n(7)]
    pub held: i64,
    /// How much was cleared.
    #[n(8)]
    pub cleared: i64,
    /// How much was reversed.
    #[n(9)]
    pub reversed: i64,
    /// How it ended, if it has.
    #[n(10)]
    pub end: Option<End>,
    /// What the holder did. A purchase is not written: most are, and so were all to earlier builds.
    #[cbor(n(11), skip_if = "is_purchase")]
    pub transaction_type: TransactionType,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the encoder has a reference to give")]
fn is_purchase(transaction_type: &TransactionType) -> bool {
    *transaction_type == TransactionType::default()
}

impl Authorisation {
    /// Whether its time is over at `now` and what it holds is to be released.
    #[must_use]
    pub const fn is_due(&self, now: Timestamp) -> bool {
        self.end.is_none() && self.expires_at.0 <= now.0
    }

    /// Whether it was for money that the holder gets.
    #[must_use]
    pub fn is_credit(&self) -> bool {
        self.transaction_type.is_credit() || self.end == Some(End::CreditDue)
    }

    /// How much of the money for the holder is still to come.
    #[must_use]
    pub fn credit_due(&self) -> i64 {
        let due = self.approved.saturating_sub(self.reversed).saturating_sub(self.cleared);
        if self.end == Some(End::CreditDue) { due.max(0) } else { 0 }
    }

    /// Notes how money for the holder that was due ended; what had ended before stays as it is.
    pub fn end_credit(&mut self, end: End) {
        if self.end == Some(End::CreditDue) {
            self.end = Some(end);
            // Earlier builds wrote no type, and what is due no more is known for a credit by nothing else.
            if !self.transaction_type.is_credit() {
                self.transaction_type = TransactionType::Credit;
            }
        }
    }
}

/// What an authorisation counts in the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct Counted {
    /// In which kinds of use.
    #[n(0)]
    pub kinds: UsageTypes,
    /// How much.
    #[n(1)]
    pub amount: i64,
    /// Whether as a use; a full reversal takes that back.
    #[n(2)]
    pub once: bool,
}

/// How an authorisation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum End {
    /// It was cleared, in full or finally.
    #[n(0)]
    Cleared,
    /// It was reversed in full.
    #[n(1)]
    Reversed,
    /// What it held was released when its time was over.
    #[n(2)]
    Expired,
    /// It never began.
    #[n(3)]
    Declined,
    /// It was approved and held nothing: a verification, an inquiry.
    #[n(4)]
    NothingHeld,
    /// It was approved as money for the holder, which comes with its clearings.
    #[n(5)]
    CreditDue,
}

/// An authorisation and the last transaction of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct KnownAuthorisation {
    /// The last transaction.
    #[n(0)]
    pub last: TransactionId,
    /// How it stands after it.
    #[n(1)]
    pub state: Authorisation,
}
