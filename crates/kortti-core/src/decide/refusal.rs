use crate::{
    card::CardTemplate,
    embossing::EmbossingError,
    id::{AccountId, CardId, CustomerId, TransactionId},
    money::AmountError,
    reference::Currency,
};

/// Why a command is refused. Each has one stable code on the outside.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such customer in this institution.
    #[error("customer {0} does not exist")]
    CustomerUnknown(CustomerId),
    /// No such account in this institution.
    #[error("account {0} does not exist")]
    AccountUnknown(AccountId),
    /// No such card in this institution.
    #[error("card {0} does not exist")]
    CardUnknown(CardId),
    /// No such client.
    #[error("the client does not exist")]
    ClientUnknown,
    /// The product code names no product.
    #[error("the institution has no product of this code")]
    ProductUnknown,
    /// The institution has no product for the template.
    #[error("the institution has no product for this template")]
    NoProduct(CardTemplate),
    /// The product is one of another template.
    #[error("the product belongs to another template")]
    ProductMismatch,
    /// The card was made by another template than the one in the path.
    #[error("the card was made by another template")]
    TemplateMismatch,
    /// Cards of this template cannot draw on this kind of account.
    #[error("cards of this template cannot be connected to an account of this kind")]
    AccountKind,
    /// A main card's holder must hold the account.
    #[error("a MAIN card needs an account that belongs to its holder")]
    AccountOfOther,
    /// The account takes no cards.
    #[error("the account is being closed and takes no cards")]
    AccountClosing,
    /// The account is not of the kind the path says.
    #[error("the account was made by another template")]
    AccountTemplateMismatch,
    /// The parent account is unknown, or the account itself.
    #[error("the parent account does not exist or is the account itself")]
    ParentInvalid,
    /// A card with limits would change its currency.
    #[error("the account has another currency than the card's present one")]
    CurrencyDiffers,
    /// The card number is in use.
    #[error("the card number is in use")]
    NumberTaken,
    /// The reference number is in use.
    #[error("the reference number is in use")]
    ReferenceTaken,
    /// The card number is not in the product's range.
    #[error("the card number is not in the range of the product")]
    NumberOutOfRange,
    /// The month has gone by.
    #[error("the month of expiration has gone by")]
    ExpirationPast,
    /// The instant has gone by.
    #[error("the time of the scheduled closing has gone by")]
    ClosingPast,
    /// The card was issued without a scheduled closing.
    #[error("the card was issued without a scheduled closing")]
    ClosingAbsent,
    /// No PIN has been set.
    #[error("no PIN has been set for this card")]
    PinAbsent,
    /// The card has expired for good.
    #[error("the card has expired, which is final")]
    CardExpired,
    /// The template has no plastic.
    #[error("a virtual card has no plastic and no deliveries")]
    NoPlastic,
    /// The embossing cannot be.
    #[error(transparent)]
    Embossing(#[from] EmbossingError),
    /// A limit's amount is none in the account's currency.
    #[error("{error}")]
    LimitAmount {
        /// Which member of the request, as `usageLimits[0].values[1].sumAmount`.
        field: Box<str>,
        /// What is wrong with it.
        error: AmountError,
    },
    /// The credit limit is no amount in the account's currency.
    #[error("{0}")]
    CreditLimit(AmountError),
    /// The customer number is in use.
    #[error("the customer number is in use")]
    CustomerNumberTaken,
    /// The registration number is in use.
    #[error("the registration number is in use")]
    RegistrationTaken,
    /// The account number is in use.
    #[error("the account number is in use")]
    AccountNumberTaken,
    /// The client's name is in use.
    #[error("the name is in use")]
    ClientNameTaken,
    /// The clock goes forward only.
    #[error("the clock goes forward only")]
    ClockBackwards,
    /// The clock ends before the dates do.
    #[error("the clock does not go that far")]
    ClockTooFar,
    /// No such authorisation in this institution.
    #[error("the authorisation does not exist")]
    AuthorisationUnknown(TransactionId),
    /// The amount is in another currency than the account's, and the amount in the account's is missing.
    #[error("is required, in {0}: the account has another currency than the transaction")]
    BillingRequired(Currency),
    /// The amount that is billed is in another currency than the account's.
    #[error("must be in {0}, the account's currency")]
    BillingCurrency(Currency),
    /// An amount of nothing.
    #[error("must be more than 0")]
    NoAmount,
    /// An amount that would take the account's figures beyond what they can hold.
    #[error("is too large")]
    AmountTooLarge,
    /// Somebody else changed the record in between; read it again and repeat.
    #[error("the record was changed in between")]
    Stale,
}
