use minicbor::{Decode, Encode};

use crate::{
    id::{AccountId, CardId, IdempotencyKey, TransactionId},
    limit::{UsageType, UsageTypes},
    money::Money,
    reference::{Country, Mcc},
    time::YearMonth,
};

/// What was asked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Request {
    /// May the card be used so?
    #[n(0)]
    Authorise(#[n(0)] Box<Authorise>),
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

/// What a holder wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum TransactionType {
    /// A purchase.
    #[n(0)]
    Retail,
    /// Cash from a machine.
    #[n(1)]
    Atm,
    /// What can be turned into cash again: money orders, chips, foreign money.
    #[n(2)]
    Unique,
    /// Cash over a counter.
    #[n(3)]
    CashDisbursement,
    /// A purchase with cash back.
    #[n(4)]
    Cashback,
    /// Money for the holder, such as a refund.
    #[n(5)]
    Credit,
    /// Money from the holder to somebody else.
    #[n(6)]
    P2pDebit,
    /// Money to the holder from somebody else.
    #[n(7)]
    P2pCredit,
    /// How much can be spent?
    #[n(8)]
    BalanceInquiry,
}

impl TransactionType {
    /// All types.
    pub const ALL: [Self; 9] = [
        Self::Retail,
        Self::Atm,
        Self::Unique,
        Self::CashDisbursement,
        Self::Cashback,
        Self::Credit,
        Self::P2pDebit,
        Self::P2pCredit,
        Self::BalanceInquiry,
    ];

    /// Whether money is for the holder.
    #[must_use]
    pub const fn is_credit(self) -> bool {
        matches!(self, Self::Credit | Self::P2pCredit)
    }

    /// The kinds of use that it counts as, made by `mode`; none where it counts nowhere.
    #[must_use]
    pub fn kinds(self, mode: EntryMode) -> UsageTypes {
        if self.is_credit() || self == Self::BalanceInquiry {
            return UsageTypes::default();
        }
        let own = match self {
            Self::Atm => Some(UsageType::Atm),
            Self::Retail | Self::Unique | Self::Cashback | Self::P2pDebit => Some(UsageType::Retail),
            _ => None,
        };
        let cash = matches!(self, Self::Atm | Self::CashDisbursement).then_some(UsageType::Cash);
        let way = match mode {
            EntryMode::Ecommerce => Some(UsageType::Ecommerce),
            EntryMode::Contactless => Some(UsageType::Contactless),
            _ => None,
        };
        [Some(UsageType::All), own, cash, way].into_iter().flatten().collect()
    }
}

/// How a card's number came into the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum EntryMode {
    /// Nobody knows.
    #[n(0)]
    Unknown,
    /// Somebody typed it in, as for an order by mail or telephone.
    #[n(1)]
    Manual,
    /// From the magnetic stripe.
    #[n(2)]
    MagneticStripe,
    /// From the chip.
    #[n(3)]
    Chip,
    /// From the chip, without contact.
    #[n(4)]
    Contactless,
    /// Online.
    #[n(5)]
    Ecommerce,
}

impl EntryMode {
    /// All modes.
    pub const ALL: [Self; 6] =
        [Self::Unknown, Self::Manual, Self::MagneticStripe, Self::Chip, Self::Contactless, Self::Ecommerce];

    /// Whether the card was at the merchant's.
    #[must_use]
    pub const fn is_card_present(self) -> bool {
        matches!(self, Self::MagneticStripe | Self::Chip | Self::Contactless)
    }
}

/// Where a card is used.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Merchant {
    /// Its category.
    #[n(0)]
    pub mcc: Mcc,
    /// Its country.
    #[n(1)]
    pub country: CountryCode,
    /// Its id, as its acquirer gives it.
    #[n(2)]
    pub id: Option<Box<str>>,
    /// Its name.
    #[n(3)]
    pub name: Option<Box<str>>,
    /// Its city.
    #[n(4)]
    pub city: Option<Box<str>>,
    /// The terminal.
    #[n(5)]
    pub terminal: Option<Box<str>>,
    /// Its acquirer.
    #[n(6)]
    pub acquirer: Option<Box<str>>,
}

/// Three letters that may or may not be a country's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct CountryCode(#[cbor(n(0), with = "minicbor::bytes")] [u8; 3]);

impl CountryCode {
    /// Reads three capital letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 3] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }

    /// The letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// The country, if there is one.
    #[must_use]
    pub fn country(self) -> Option<Country> {
        Country::parse(self.as_str())
    }
}

impl From<Country> for CountryCode {
    fn from(country: Country) -> Self {
        Self::parse(country.alpha3()).unwrap_or(Self(*b"???"))
    }
}

/// What a message may say besides: it is shown again and decides nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct Details {
    /// What the holder reads on the statement.
    #[n(0)]
    pub text: Option<Box<str>>,
    /// The merchant's local time, as it was sent.
    #[n(1)]
    pub local_time: Option<Box<str>>,
    /// The number by which the acquirer finds it again.
    #[n(2)]
    pub retrieval_reference: Option<Box<str>>,
    /// The authorisation code that somebody else gave.
    #[n(3)]
    pub authorisation_code: Option<Box<str>>,
    /// Where it came from, as the source numbers it.
    #[n(4)]
    pub source: Option<Box<str>>,
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
    /// What it was for.
    #[n(5)]
    pub transaction_type: TransactionType,
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

/// The kinds of movements that an institution makes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum PostKind {
    /// A deposit: a load.
    #[n(0)]
    Deposit,
    /// A payment to the holder.
    #[n(1)]
    PaymentToHolder,
    /// A refund or another credit.
    #[n(2)]
    Credit,
    /// A debit of the holder.
    #[n(3)]
    Debit,
    /// A purchase.
    #[n(4)]
    Retail,
    /// Cash from a machine.
    #[n(5)]
    Atm,
    /// Cash over a counter.
    #[n(6)]
    Cash,
    /// What can be turned into cash again.
    #[n(7)]
    Unique,
}

impl PostKind {
    /// Whether money comes onto the account.
    #[must_use]
    pub const fn is_credit(self) -> bool {
        matches!(self, Self::Deposit | Self::PaymentToHolder | Self::Credit)
    }
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
