use std::sync::Arc;

use minicbor::{Decode, Encode};

use super::{Details, EntryMode, Merchant, PostKind, TransactionType};
use crate::{
    id::{AccountId, CardId, IdempotencyKey, PanIndex, TransactionId},
    money::Money,
    time::YearMonth,
};

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Request {
    /// May the card be used so? The command and what comes of it share the request.
    #[n(0)]
    Authorise(#[cbor(n(0), with = "crate::shared")] Arc<Authorise>),
    /// May an authorisation hold more?
    #[n(1)]
    Increment(#[n(0)] Box<Increment>),
    /// Give back what an authorisation holds.
    #[n(2)]
    Reverse(#[n(0)] Reverse),
    /// An authorisation's time is over.
    #[n(3)]
    ExpireHold(#[n(0)] TransactionId),
    /// The merchant presents what the holder owes.
    #[n(4)]
    Clear(#[n(0)] Box<Clear>),
    /// The merchant gives money back.
    #[n(5)]
    Refund(#[n(0)] Box<Refund>),
    /// Move money on or off an account.
    #[n(6)]
    Post(#[n(0)] Box<Post>),
    /// Charge a fee.
    #[n(7)]
    Fee(#[n(0)] Fee),
}

/// An authorisation request.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Authorise {
    /// The card; none where the number belongs to no card.
    #[n(0)]
    pub card: Option<CardId>,
    /// What the holder wants to do.
    #[n(1)]
    pub transaction_type: TransactionType,
    /// How the card came into the terminal.
    #[n(2)]
    pub entry_mode: EntryMode,
    /// The amount as the merchant sees it.
    #[n(3)]
    pub amount: Money,
    /// The amount in the account's currency, where that is another.
    #[n(4)]
    pub billing: Option<Money>,
    /// Where.
    #[n(5)]
    pub merchant: Merchant,
    /// Whether the merchant can take a part of the amount.
    #[n(6)]
    pub partial_capable: bool,
    /// The expiry that was sent, if any.
    #[n(7)]
    pub expiry: Option<YearMonth>,
    /// What was decided elsewhere already; then this only records it.
    #[n(8)]
    pub advice: Option<Advice>,
    /// What else the message said.
    #[n(9)]
    pub details: Option<Box<Details>>,
    /// The index of a number that belongs to no card, by which a repetition is told from another message.
    #[n(10)]
    pub unknown_number: Option<PanIndex>,
}

/// A decision that was made elsewhere, in the issuer's name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Advice {
    /// Whether it was approved.
    #[n(0)]
    pub approved: bool,
    /// The response code that was given, if it is known.
    #[n(1)]
    pub response_code: Option<Box<str>>,
}

/// A request for more on an authorisation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Increment {
    /// Which one.
    #[n(0)]
    pub authorisation: TransactionId,
    /// How much more, as the merchant sees it.
    #[n(1)]
    pub amount: Money,
    /// How much more in the account's currency, where that is another.
    #[n(2)]
    pub billing: Option<Money>,
}

/// A request to give back what an authorisation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Reverse {
    /// Which one.
    #[n(0)]
    pub original: Original,
    /// How much, in the account's currency; all of it when absent.
    #[n(1)]
    pub amount: Option<Money>,
}

/// How a reversal names what it reverses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Original {
    /// An authorisation.
    #[n(0)]
    Authorisation(#[n(0)] TransactionId),
    /// A message that has not arrived yet; should it arrive, it is declined.
    #[n(1)]
    Message(#[n(0)] IdempotencyKey),
}

/// A clearing: what the merchant presents.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Clear {
    /// The authorisation it settles, if there was one.
    #[n(0)]
    pub authorisation: Option<TransactionId>,
    /// The card; that of the authorisation where there is one.
    #[n(1)]
    pub card: Option<CardId>,
    /// The amount as the merchant sees it.
    #[n(2)]
    pub amount: Money,
    /// The amount in the account's currency, where that is another.
    #[n(3)]
    pub billing: Option<Money>,
    /// Whether it is the last one, so that what is still held is released.
    #[n(4)]
    pub last: bool,
    /// What it was for; what the authorisation was for when absent.
    #[n(5)]
    pub transaction_type: Option<TransactionType>,
    /// Where, unless the authorisation says so.
    #[n(6)]
    pub merchant: Option<Merchant>,
    /// What else it said.
    #[n(7)]
    pub details: Option<Box<Details>>,
}

/// A refund: the merchant gives money back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Refund {
    /// To which card.
    #[n(0)]
    pub card: CardId,
    /// The amount as the merchant sees it.
    #[n(1)]
    pub amount: Money,
    /// The amount in the account's currency, where that is another.
    #[n(2)]
    pub billing: Option<Money>,
    /// Where.
    #[n(3)]
    pub merchant: Option<Merchant>,
    /// What else it said.
    #[n(4)]
    pub details: Option<Box<Details>>,
}

/// A movement that the institution makes itself, such as a load.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Post {
    /// The card in whose name, if there is one.
    #[n(0)]
    pub card: Option<CardId>,
    /// The account; the card's where there is a card.
    #[n(1)]
    pub account: Option<AccountId>,
    /// What kind, which tells the direction.
    #[n(2)]
    pub kind: PostKind,
    /// How much.
    #[n(3)]
    pub amount: Money,
    /// What else was said.
    #[n(4)]
    pub details: Option<Box<Details>>,
}

/// A fee.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fee {
    /// The card in whose name, if there is one.
    #[n(0)]
    pub card: Option<CardId>,
    /// The account; the card's where there is a card.
    #[n(1)]
    pub account: Option<AccountId>,
    /// The institution's code for it.
    #[n(2)]
    pub code: Box<str>,
    /// How much.
    #[n(3)]
    pub amount: Money,
}
