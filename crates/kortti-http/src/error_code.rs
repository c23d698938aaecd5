//! The stable error codes: what each means, with which status it is answered. The table in the documents is made from this.

use crate::wire::ErrorType;

macro_rules! codes {
    ($($name:ident $code:literal $status:literal $kind:ident $meaning:literal;)*) => {
        /// A stable error code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorCode { $(#[doc = $meaning] $name,)* }

        impl ErrorCode {
            /// All codes, in the order of the documents.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it is answered.
            pub const fn code(self) -> &'static str { match self { $(Self::$name => $code,)* } }

            /// The HTTP status.
            pub const fn status(self) -> u16 { match self { $(Self::$name => $status,)* } }

            /// How it came about.
            pub const fn kind(self) -> ErrorType { match self { $(Self::$name => ErrorType::$kind,)* } }

            /// What it means, in one sentence.
            pub const fn meaning(self) -> &'static str { match self { $(Self::$name => $meaning,)* } }
        }
    };
}

codes! {
    BodyMalformed "REQ-0001" 400 StaticValidationError "The body is not well-formed JSON, or not an object.";
    BodyDuplicate "REQ-0002" 400 StaticValidationError "A member occurs twice in one object of the body.";
    BodyTooDeep "REQ-0003" 400 StaticValidationError "The body is nested too deeply.";
    BodyNotUtf8 "REQ-0004" 400 StaticValidationError "The body is not UTF-8.";
    FieldInvalid "REQ-0005" 400 StaticValidationError "A member of the body has the wrong type, length, pattern or value.";
    QueryInvalid "REQ-0006" 400 StaticValidationError "A query parameter is missing or invalid.";
    PathInvalid "REQ-0007" 400 StaticValidationError "A path parameter is invalid.";
    HeaderInvalid "REQ-0008" 400 StaticValidationError "A header is invalid.";
    PathUnknown "REQ-0009" 404 StaticValidationError "There is no such path.";
    MethodUnknown "REQ-0010" 405 StaticValidationError "The path does not take this method.";
    BodyTooLarge "REQ-0011" 413 StaticValidationError "The body is too large.";
    MediaType "REQ-0012" 415 StaticValidationError "The body must be application/json, without a content encoding.";
    TooSlow "REQ-0013" 408 StaticValidationError "The request took too long to arrive.";
    Unauthorized "SEC-0001" 401 SecurityError "Credentials are missing or wrong.";
    Forbidden "SEC-0002" 403 SecurityError "The client lacks the scope that the operation needs.";
    TooManyRequests "SEC-0003" 429 SecurityError "The client sends more requests than it may.";
    CardNumber "SEC-0004" 400 SecurityError "The encrypted card number cannot be used.";
    CustomerUnknown "CUST-0001" 404 DynamicValidationError "There is no such customer.";
    CustomerNumberTaken "CUST-0002" 409 DynamicValidationError "The customer number is in use.";
    RegistrationTaken "CUST-0003" 409 DynamicValidationError "The registration number is in use.";
    AccountUnknown "ACCT-0001" 404 DynamicValidationError "There is no such account.";
    AccountNumberTaken "ACCT-0002" 409 DynamicValidationError "The account number is in use.";
    AccountClosing "ACCT-0003" 400 DynamicValidationError "The account is being closed and takes no cards.";
    AccountTemplate "ACCT-0004" 400 DynamicValidationError "The account was made by another template than the one in the path.";
    ParentInvalid "ACCT-0005" 400 DynamicValidationError "The parent account does not exist, or is the account itself.";
    CreditLimit "ACCT-0006" 400 DynamicValidationError "The credit limit is no amount in the account's currency.";
    CardUnknown "CARD-0001" 404 DynamicValidationError "There is no such card.";
    ProductUnknown "CARD-0002" 400 DynamicValidationError "The product code names no product of the institution.";
    NoProduct "CARD-0003" 400 DynamicValidationError "The institution has no product for the template.";
    ProductMismatch "CARD-0004" 400 DynamicValidationError "The product belongs to another template than the one in the path.";
    TemplateMismatch "CARD-0005" 400 DynamicValidationError "The card was made by another template than the one in the path.";
    AccountKind "CARD-0006" 400 DynamicValidationError "Cards of this template cannot be connected to an account of this kind.";
    AccountOfOther "CARD-0007" 400 DynamicValidationError "A MAIN card needs an account that belongs to its holder.";
    CurrencyDiffers "CARD-0008" 400 DynamicValidationError "The account has another currency than the card's present one.";
    NumberTaken "CARD-0009" 400 DynamicValidationError "The card number is in use.";
    NumberOutOfRange "CARD-0010" 400 DynamicValidationError "The card number is not in the range of the product.";
    ExpirationPast "CARD-0011" 400 DynamicValidationError "The month of expiration has gone by.";
    ClosingPast "CARD-0012" 400 DynamicValidationError "The time of the scheduled closing has gone by.";
    ClosingAbsent "CARD-0013" 400 DynamicValidationError "The card was issued without a scheduled closing.";
    PinAbsent "CARD-0014" 400 DynamicValidationError "No PIN has been set for the card.";
    CardExpired "CARD-0015" 400 DynamicValidationError "The card has expired, which is final.";
    NoPlastic "CARD-0016" 400 DynamicValidationError "A virtual card has no plastic and no deliveries.";
    NamesTooLong "CARD-0017" 400 StaticValidationError "First and last name together have more than 26 characters.";
    Alphabet "CARD-0018" 400 DynamicValidationError "A line has characters that cannot stand on a card of this product.";
    LimitAmount "CARD-0019" 400 DynamicValidationError "The amount of a limit is none in the account's currency.";
    AuthorisationUnknown "AUTH-0001" 404 DynamicValidationError "There is no such authorisation.";
    MessageReused "AUTH-0002" 409 DynamicValidationError "Another message had the same messageId.";
    BillingRequired "AUTH-0003" 400 DynamicValidationError "The account has another currency than the transaction: the amount that is billed is required.";
    BillingCurrency "AUTH-0004" 400 DynamicValidationError "The amount that is billed is in another currency than the account's.";
    AmountInvalid "AUTH-0005" 400 DynamicValidationError "The amount is none in its currency, is nothing, is too large, or is not what is billed in the same currency.";
    OriginalUnknown "AUTH-0006" 404 DynamicValidationError "The message that is to be reversed in part has not arrived; it can be reversed as a whole in advance.";
    TransactionUnknown "TRAN-0001" 404 DynamicValidationError "There is no such transaction.";
    ClockBackwards "SBX-0001" 400 DynamicValidationError "The sandbox's clock goes forward only.";
    ClockTooFar "SBX-0002" 400 DynamicValidationError "The sandbox's clock does not go that far.";
    Unexpected "SYS-0001" 500 UnexpectedError "Something failed on our side; nothing has changed.";
    Unavailable "SYS-0002" 503 UnexpectedError "The system cannot write just now; nothing has changed, try again later.";
    OutcomeUnknown "SYS-0003" 503 UnexpectedError "The system lost this on the way and does not know whether it was done. Sent again with the same messageId or X-Idempotency-Key it is done once.";
}

/// The spelling of a type in the envelope.
const fn kind_name(kind: ErrorType) -> &'static str {
    match kind {
        ErrorType::StaticValidationError => "STATIC_VALIDATION_ERROR",
        ErrorType::DynamicValidationError => "DYNAMIC_VALIDATION_ERROR",
        ErrorType::IntegrationError => "INTEGRATION_ERROR",
        ErrorType::SecurityError => "SECURITY_ERROR",
        ErrorType::UnexpectedError => "UNEXPECTED_ERROR",
    }
}

/// The table of codes as Markdown.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from(
        "# Error codes\n\nMade from the code; `cargo xtask generate` rewrites it. Every error is answered in one envelope: `code` (the\n\
         HTTP status as text), `message`, `id` (a UUID, also in the log), `errorCode`, `errorType`, `errorReason` and\n\
         `timestamp`. Codes are stable: one is never given another meaning.\n\n\
         | errorCode | HTTP | errorType | meaning |\n|---|---|---|---|\n",
    );
    for code in ErrorCode::ALL {
        let row = format!(
            "| `{}` | {} | `{}` | {} |\n",
            code.code(),
            code.status(),
            kind_name(code.kind()),
            code.meaning()
        );
        text.push_str(&row);
    }
    text
}
