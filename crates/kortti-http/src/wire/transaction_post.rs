//! Bodies that post loads, other movements and fees.

use std::borrow::Cow;

use kortti_core::{
    id::{AccountId, CardId},
    money::{AmountError, Decimal, Money},
    reference::Currency,
    transaction::{Details, Fee, Post},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::{
    FieldError, MessageError, account::CurrencyCode, amount::AmountInput, codes::Coded, refused,
    schema::plain_optionals, text::Text, type_codes::PostKindCode,
};

/// On what something is posted: a card, and the account behind it, or an account.
#[derive(Clone, Copy)]
pub enum Target {
    /// On a card's account, in its name.
    Card(CardId),
    /// On an account.
    Account(AccountId),
}

impl Target {
    const fn split(self) -> (Option<CardId>, Option<AccountId>) {
        match self {
            Self::Card(card) => (Some(card), None),
            Self::Account(account) => (None, Some(account)),
        }
    }
}

/// An amount of more than nothing.
#[derive(Clone, Copy)]
pub(super) struct PositiveAmount(pub Decimal);

impl<'de> Deserialize<'de> for PositiveAmount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let AmountInput(amount) = AmountInput::deserialize(deserializer)?;
        if amount == Decimal::whole(0) { Err(refused("a number of more than 0")) } else { Ok(Self(amount)) }
    }
}

impl JsonSchema for PositiveAmount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "positiveAmount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "exclusiveMinimum": true })
    }
}

/// An amount of a currency, named by the member it stands in.
pub(super) fn money(amount: Decimal, currency: Currency, field: &'static str) -> Result<Money, MessageError> {
    let wrong = |error: AmountError| MessageError::Amount(FieldError::new(field, error.to_string()));
    let minor = amount.minor(currency).map_err(wrong)?;
    Ok(Money { minor, currency })
}

/// A movement on an account. The member `additionalInfo` of the compatible API is not kept.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "postTransactionBody", transform = plain_optionals)]
pub struct PostTransaction {
    r#type: Coded<PostKindCode>,
    /// How much, in major units.
    #[schemars(example = 100)]
    amount: PositiveAmount,
    /// The account's currency.
    currency: CurrencyCode,
    /// What the holder reads on the statement.
    text: Option<Text<0, 255>>,
    /// What the holder reads where `text` is absent.
    transaction_details: Option<Text<0, 255>>,
}

impl PostTransaction {
    /// The request in the domain's terms.
    ///
    /// # Errors
    /// When the amount is none in its currency.
    pub fn into_post(self, target: Target) -> Result<Post, MessageError> {
        let (card, account) = target.split();
        let text = self.text.or(self.transaction_details).map(Text::into_boxed);
        Ok(Post {
            card,
            account,
            kind: self.r#type.0,
            amount: money(self.amount.0, self.currency.0, "amount")?,
            details: text.map(|text| Box::new(Details { text: Some(text), ..Details::default() })),
        })
    }
}

/// A fee.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "postFeeBody")]
pub struct PostFee {
    /// The institution's own code for it.
    #[schemars(example = &"CARD_FEE")]
    r#type: Text<1, 32>,
    /// How much, in major units.
    #[schemars(example = 5)]
    amount: PositiveAmount,
    /// The account's currency.
    currency: CurrencyCode,
}

impl PostFee {
    /// The request in the domain's terms.
    ///
    /// # Errors
    /// When the amount is none in its currency.
    pub fn into_fee(self, target: Target) -> Result<Fee, MessageError> {
        let (card, account) = target.split();
        let amount = money(self.amount.0, self.currency.0, "amount")?;
        Ok(Fee { card, account, code: self.r#type.into_boxed(), amount })
    }
}
