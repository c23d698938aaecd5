//! Messages of networks and merchants: ask for money, hold more, give it back, present what is owed.

use kortti_core::{
    id::{CardId, TransactionId},
    money::{AmountError, Money},
    transaction::{
        Authorise, Clear, Details, Increment, Merchant, Original, Refund, Request, Reverse, TransactionType,
    },
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    FieldError,
    account::CurrencyCode,
    advice::AdviceBody,
    amount::AmountInput,
    codes::Coded,
    id::IdInput,
    message_text::{ChipData, CountryText, ExpiryBody, MccInput, MessageId, PinBlock, SecurityCode},
    schema::plain_optionals,
    text::Text,
    transaction_codes::{EntryModeCode, TransactionTypeCode},
};

/// What is wrong with a message although each of its members is well formed by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageError {
    /// A member does not fit the others.
    Field(FieldError),
    /// An amount is none in its currency.
    Amount(FieldError),
}

impl From<FieldError> for MessageError {
    fn from(error: FieldError) -> Self {
        Self::Field(error)
    }
}

/// An amount with its currency.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "money", transform = plain_optionals)]
pub struct MoneyBody {
    /// In major units, with at most the decimals of the currency.
    #[schemars(example = 12.34)]
    amount: AmountInput,
    currency: CurrencyCode,
}

impl MoneyBody {
    fn into_money(self, member: &str) -> Result<Money, MessageError> {
        let currency = self.currency.0;
        let wrong = |error: AmountError| FieldError::new(format!("{member}.amount"), error.to_string());
        let minor = self.amount.0.minor(currency).map_err(|error| MessageError::Amount(wrong(error)))?;
        Ok(Money { minor, currency })
    }
}

fn billing(body: Option<MoneyBody>) -> Result<Option<Money>, MessageError> {
    body.map(|body| body.into_money("billingAmount")).transpose()
}

/// Where the card is used.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "merchant", transform = plain_optionals)]
pub struct MerchantBody {
    /// The merchant's id, as its acquirer gives it.
    #[schemars(example = &"M-1")]
    id: Option<Text<1, 64>>,
    #[schemars(example = &"Corner shop")]
    name: Option<Text<0, 64>>,
    #[schemars(example = &"Mariehamn")]
    city: Option<Text<0, 64>>,
    country: CountryText,
    mcc: MccInput,
    terminal_id: Option<Text<1, 64>>,
    acquirer_id: Option<Text<1, 64>>,
}

impl MerchantBody {
    fn into_core(self) -> Merchant {
        Merchant {
            mcc: self.mcc.0,
            country: self.country.0,
            id: self.id.map(Text::into_boxed),
            name: self.name.map(Text::into_boxed),
            city: self.city.map(Text::into_boxed),
            terminal: self.terminal_id.map(Text::into_boxed),
            acquirer: self.acquirer_id.map(Text::into_boxed),
        }
    }
}

/// An authorisation request. Exactly one of `cardId` and `encryptedData` names the card.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "authorizationBody", transform = plain_optionals)]
pub struct AuthorizationBody {
    /// The sender's id of this message. The same message again gets the same answer; another one with the same id is refused.
    message_id: MessageId,
    /// The card.
    card_id: Option<IdInput>,
    /// The card's number: a JWE in compact form over `{"cardNumber": "…"}`.
    encrypted_data: Option<String>,
    transaction_type: Coded<TransactionTypeCode>,
    card_entry_mode: Coded<EntryModeCode>,
    /// The amount as the merchant sees it. Zero verifies the card.
    transaction_amount: MoneyBody,
    /// The amount in the account's currency; required where that is another than the merchant's.
    billing_amount: Option<MoneyBody>,
    merchant: MerchantBody,
    /// Whether the merchant can take a part of the amount; no when absent.
    partial_approval_capable: Option<bool>,
    /// The expiry as it was read from the card; compared when present.
    expiry: Option<ExpiryBody>,
    /// The security code. It is read past and never kept.
    #[expect(dead_code, reason = "checked for its shape alone")]
    cvv2: Option<SecurityCode>,
    /// The encrypted PIN. It is read past and never kept.
    #[expect(dead_code, reason = "checked for its shape alone")]
    pin_block: Option<PinBlock>,
    /// What the chip said. It is read past and never kept.
    #[expect(dead_code, reason = "checked for its shape alone")]
    emv: Option<ChipData>,
    /// A decision that was made elsewhere already.
    advice: Option<AdviceBody>,
}

/// How an authorisation request names its card.
pub enum CardName {
    /// By its id.
    Id(CardId),
    /// By its number, encrypted.
    Number(String),
}

impl AuthorizationBody {
    /// The message's id, the card, and the request for it.
    ///
    /// # Errors
    /// The first member that does not fit the others.
    pub fn into_parts(self) -> Result<(String, CardName, Authorise), MessageError> {
        let card = match (self.card_id, self.encrypted_data) {
            (Some(id), None) => CardName::Id(CardId(id.0)),
            (None, Some(number)) => CardName::Number(number),
            (None, None) => {
                let problem = "is required unless encryptedData is given";
                return Err(MessageError::Field(FieldError::new("cardId", problem)));
            }
            (Some(_), Some(_)) => {
                let problem = "cannot be given together with encryptedData";
                return Err(MessageError::Field(FieldError::new("cardId", problem)));
            }
        };
        let request = Authorise {
            card: None,
            transaction_type: self.transaction_type.0,
            entry_mode: self.card_entry_mode.0,
            amount: self.transaction_amount.into_money("transactionAmount")?,
            billing: billing(self.billing_amount)?,
            merchant: self.merchant.into_core(),
            partial_capable: self.partial_approval_capable.unwrap_or(false),
            expiry: self.expiry.map(ExpiryBody::into_month).transpose().map_err(MessageError::Field)?,
            advice: self.advice.map(AdviceBody::into_core).transpose().map_err(MessageError::Field)?,
            details: None,
            unknown_number: None,
        };
        Ok((self.message_id.into_string(), card, request))
    }
}

/// A request for an authorisation to hold more.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "incrementBody", transform = plain_optionals)]
pub struct IncrementBody {
    /// The sender's id of this message.
    message_id: MessageId,
    /// How much more, as the merchant sees it.
    amount: MoneyBody,
    /// How much more in the account's currency; required where that is another than the merchant's.
    billing_amount: Option<MoneyBody>,
}

impl IncrementBody {
    /// The message's id, and the request.
    ///
    /// # Errors
    /// When an amount is none in its currency.
    pub fn into_parts(self, authorisation: TransactionId) -> Result<(String, Request), MessageError> {
        let amount = self.amount.into_money("amount")?;
        let increment = Increment { authorisation, amount, billing: billing(self.billing_amount)? };
        Ok((self.message_id.into_string(), Request::Increment(Box::new(increment))))
    }
}

/// A request to give back what an authorisation holds.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "reversalBody", transform = plain_optionals)]
pub struct ReversalBody {
    /// The sender's id of this message.
    message_id: MessageId,
    /// How much, in the account's currency; everything that is still held when absent.
    amount: Option<MoneyBody>,
}

impl ReversalBody {
    /// The message's id, and the request.
    ///
    /// # Errors
    /// When the amount is none in its currency.
    pub fn into_parts(self, authorisation: TransactionId) -> Result<(String, Request), MessageError> {
        let reverse =
            Reverse { original: Original::Authorisation(authorisation), amount: reversed(self.amount)? };
        Ok((self.message_id.into_string(), Request::Reverse(reverse)))
    }
}

fn reversed(amount: Option<MoneyBody>) -> Result<Option<Money>, MessageError> {
    amount.map(|amount| amount.into_money("amount")).transpose()
}

/// A request to give back what a message had held, by a sender who knows that message only.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "messageReversalBody", transform = plain_optionals)]
pub struct MessageReversalBody {
    /// The sender's id of this message.
    message_id: MessageId,
    /// The sender's id of the message that is reversed. It may arrive later, and is declined then; a part of it can only be
    /// reversed when it has arrived.
    original_message_id: MessageId,
    /// How much, in the account's currency; everything that is still held when absent.
    amount: Option<MoneyBody>,
}

/// The parts of a reversal that names a message.
pub struct MessageReversal {
    /// The message's own id.
    pub message: String,
    /// The id of what it reverses.
    pub original: String,
    /// How much; everything when absent.
    pub amount: Option<Money>,
}

impl MessageReversalBody {
    /// The parts of the reversal.
    ///
    /// # Errors
    /// When the amount is none in its currency.
    pub fn into_parts(self) -> Result<MessageReversal, MessageError> {
        let (message, original) = (self.message_id.into_string(), self.original_message_id.into_string());
        Ok(MessageReversal { message, original, amount: reversed(self.amount)? })
    }
}

/// A clearing of an authorisation.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "clearingBody", transform = plain_optionals)]
pub struct ClearingBody {
    /// The sender's id of this message.
    message_id: MessageId,
    /// The amount as the merchant sees it.
    transaction_amount: MoneyBody,
    /// The amount in the account's currency; required where that is another than the merchant's.
    billing_amount: Option<MoneyBody>,
    /// Whether it is the last one, so that what is still held is released; yes when absent.
    #[serde(rename = "final")]
    is_final: Option<bool>,
    /// Where, unless it is the merchant of the authorisation.
    merchant: Option<MerchantBody>,
    /// What the holder reads on the statement.
    #[schemars(example = &"Thank you")]
    text: Option<Text<0, 255>>,
}

impl ClearingBody {
    /// The message's id, and the request.
    ///
    /// # Errors
    /// When an amount is none in its currency.
    pub fn into_parts(self, authorisation: TransactionId) -> Result<(String, Request), MessageError> {
        let clear = Clear {
            authorisation: Some(authorisation),
            card: None,
            amount: self.transaction_amount.into_money("transactionAmount")?,
            billing: billing(self.billing_amount)?,
            last: self.is_final.unwrap_or(true),
            transaction_type: None,
            merchant: self.merchant.map(MerchantBody::into_core),
            details: details(self.text),
        };
        Ok((self.message_id.into_string(), Request::Clear(Box::new(clear))))
    }
}

fn details(text: Option<Text<0, 255>>) -> Option<Box<Details>> {
    text.map(|text| Box::new(Details { text: Some(text.into_boxed()), ..Details::default() }))
}

/// Something that a merchant presents without an authorisation: a clearing or a refund.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "cardClearingBody", transform = plain_optionals)]
pub struct CardClearingBody {
    /// The sender's id of this message.
    message_id: MessageId,
    /// The amount as the merchant sees it.
    transaction_amount: MoneyBody,
    /// The amount in the account's currency; required where that is another than the merchant's.
    billing_amount: Option<MoneyBody>,
    /// What it was for; a purchase when absent. Credits come onto the account.
    transaction_type: Option<Coded<TransactionTypeCode>>,
    merchant: Option<MerchantBody>,
    /// What the holder reads on the statement.
    #[schemars(example = &"Thank you")]
    text: Option<Text<0, 255>>,
}

impl CardClearingBody {
    /// The message's id, and the request.
    ///
    /// # Errors
    /// When an amount is none in its currency, or nothing is ever cleared of that type.
    pub fn into_parts(self, card: CardId) -> Result<(String, Request), MessageError> {
        let transaction_type = self.transaction_type.map_or(TransactionType::Retail, |code| code.0);
        if transaction_type == TransactionType::BalanceInquiry {
            let problem = "must be one that moves money";
            return Err(MessageError::Field(FieldError::new("transactionType", problem)));
        }
        let clear = Clear {
            authorisation: None,
            card: Some(card),
            amount: self.transaction_amount.into_money("transactionAmount")?,
            billing: billing(self.billing_amount)?,
            last: true,
            transaction_type: Some(transaction_type),
            merchant: self.merchant.map(MerchantBody::into_core),
            details: details(self.text),
        };
        Ok((self.message_id.into_string(), Request::Clear(Box::new(clear))))
    }
}

/// A refund: a merchant gives money back.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "refundBody", transform = plain_optionals)]
pub struct RefundBody {
    /// The sender's id of this message.
    message_id: MessageId,
    /// The amount as the merchant sees it.
    transaction_amount: MoneyBody,
    /// The amount in the account's currency; required where that is another than the merchant's.
    billing_amount: Option<MoneyBody>,
    merchant: Option<MerchantBody>,
    /// What the holder reads on the statement.
    #[schemars(example = &"Thank you")]
    text: Option<Text<0, 255>>,
}

impl RefundBody {
    /// The message's id, and the request.
    ///
    /// # Errors
    /// When an amount is none in its currency.
    pub fn into_parts(self, card: CardId) -> Result<(String, Request), MessageError> {
        let refund = Refund {
            card,
            amount: self.transaction_amount.into_money("transactionAmount")?,
            billing: billing(self.billing_amount)?,
            merchant: self.merchant.map(MerchantBody::into_core),
            details: details(self.text),
        };
        Ok((self.message_id.into_string(), Request::Refund(Box::new(refund))))
    }
}
