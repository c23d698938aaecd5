use minicbor::{Decode, Encode};

use crate::{
    card::CardTemplate,
    embossing::EmbossingError,
    id::{AccountId, CardId, CustomerId, TransactionId},
    money::AmountError,
    reference::Currency,
};

/// Why a command is refused. Each has one stable code on the outside.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Encode, Decode)]
pub enum Refusal {
    /// No such customer in this institution.
    #[error("customer {0} does not exist")]
    #[n(0)]
    CustomerUnknown(#[n(0)] CustomerId),
    /// No such account in this institution.
    #[error("account {0} does not exist")]
    #[n(1)]
    AccountUnknown(#[n(0)] AccountId),
    /// No such card in this institution.
    #[error("card {0} does not exist")]
    #[n(2)]
    CardUnknown(#[n(0)] CardId),
    /// No such client.
    #[error("the client does not exist")]
    #[n(3)]
    ClientUnknown,
    /// The product code names no product.
    #[error("the institution has no product of this code")]
    #[n(4)]
    ProductUnknown,
    /// The institution has no product for the template.
    #[error("the institution has no product for this template")]
    #[n(5)]
    NoProduct(#[n(0)] CardTemplate),
    /// The product is one of another template.
    #[error("the product belongs to another template")]
    #[n(6)]
    ProductMismatch,
    /// The card was made by another template than the one in the path.
    #[error("the card was made by another template")]
    #[n(7)]
    TemplateMismatch,
    /// Cards of this template cannot draw on this kind of account.
    #[error("cards of this template cannot be connected to an account of this kind")]
    #[n(8)]
    AccountKind,
    /// A main card's holder must hold the account.
    #[error("a MAIN card needs an account that belongs to its holder")]
    #[n(9)]
    AccountOfOther,
    /// The account takes no cards.
    #[error("the account is being closed and takes no cards")]
    #[n(10)]
    AccountClosing,
    /// The account is not of the kind the path says.
    #[error("the account was made by another template")]
    #[n(11)]
    AccountTemplateMismatch,
    /// The parent account is unknown, or the account itself.
    #[error("the parent account does not exist or is the account itself")]
    #[n(12)]
    ParentInvalid,
    /// A card with limits would change its currency.
    #[error("the account has another currency than the card's present one")]
    #[n(13)]
    CurrencyDiffers,
    /// The card number is in use.
    #[error("the card number is in use")]
    #[n(14)]
    NumberTaken,
    /// The reference number is in use.
    #[error("the reference number is in use")]
    #[n(15)]
    ReferenceTaken,
    /// The card number is not in the product's range.
    #[error("the card number is not in the range of the product")]
    #[n(16)]
    NumberOutOfRange,
    /// The month has gone by.
    #[error("the month of expiration has gone by")]
    #[n(17)]
    ExpirationPast,
    /// The instant has gone by.
    #[error("the time of the scheduled closing has gone by")]
    #[n(18)]
    ClosingPast,
    /// The card was issued without a scheduled closing.
    #[error("the card was issued without a scheduled closing")]
    #[n(19)]
    ClosingAbsent,
    /// No PIN has been set.
    #[error("no PIN has been set for this card")]
    #[n(20)]
    PinAbsent,
    /// The card has expired for good.
    #[error("the card has expired, which is final")]
    #[n(21)]
    CardExpired,
    /// The template has no plastic.
    #[error("a virtual card has no plastic and no deliveries")]
    #[n(22)]
    NoPlastic,
    /// The embossing cannot be.
    #[error(transparent)]
    #[n(23)]
    Embossing(
        #[n(0)]
        #[from]
        EmbossingError,
    ),
    /// A limit's amount is none in the account's currency.
    #[error("{error}")]
    #[n(24)]
    LimitAmount {
        /// Which member of the request, as `usageLimits[0].values[1].sumAmount`.
        #[n(0)]
        field: Box<str>,
        /// What is wrong with it.
        #[n(1)]
        error: AmountError,
    },
    /// The credit limit is no amount in the account's currency.
    #[error("{0}")]
    #[n(25)]
    CreditLimit(#[n(0)] AmountError),
    /// The customer number is in use.
    #[error("the customer number is in use")]
    #[n(26)]
    CustomerNumberTaken,
    /// The registration number is in use.
    #[error("the registration number is in use")]
    #[n(27)]
    RegistrationTaken,
    /// The account number is in use.
    #[error("the account number is in use")]
    #[n(28)]
    AccountNumberTaken,
    /// The client's name is in use.
    #[error("the name is in use")]
    #[n(29)]
    ClientNameTaken,
    /// The clock goes forward only.
    #[error("the clock goes forward only")]
    #[n(30)]
    ClockBackwards,
    /// The clock ends before the dates do.
    #[error("the clock does not go that far")]
    #[n(31)]
    ClockTooFar,
    /// No such authorisation in this institution.
    #[error("the authorisation does not exist")]
    #[n(32)]
    AuthorisationUnknown(#[n(0)] TransactionId),
    /// The amount is in another currency than the account's, and the amount in the account's is missing.
    #[error("is required, in {0}: the account has another currency than the transaction")]
    #[n(33)]
    BillingRequired(#[n(0)] Currency),
    /// The amount that is billed is in another currency than the account's.
    #[error("must be in {0}, the account's currency")]
    #[n(34)]
    BillingCurrency(#[n(0)] Currency),
    /// An amount of nothing.
    #[error("must be more than 0")]
    #[n(35)]
    NoAmount,
    /// An amount that would take the account's figures beyond what they can hold.
    #[error("is too large")]
    #[n(36)]
    AmountTooLarge,
    /// Somebody else changed the record in between; read it again and repeat.
    #[error("the record was changed in between")]
    #[n(37)]
    Stale,
    /// A part of a message that is not known was to be given back.
    #[error("is not the id of a known message, of which a part could be reversed")]
    #[n(38)]
    OriginalUnknown,
    /// The amount that is billed is another one than the transaction's, in the same currency.
    #[error("must be the amount of the transaction, which is in the same currency")]
    #[n(39)]
    BillingDiffers,
}
