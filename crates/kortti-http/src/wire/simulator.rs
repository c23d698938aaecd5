//! Bodies of the simulator: what a network would send about one card, in one flat object.

use std::borrow::Cow;

use kortti_core::{
    id::CardId,
    money::Money,
    reference::{Currency, Mcc},
    transaction::{Authorise, Clear, Details, EntryMode, Merchant, TransactionType},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::{
    FieldError, MessageError, account::CurrencyCode, address::CountryCode, amount::AmountInput, codes::Coded,
    refused, schema::plain_optionals, text::Text, time::DateTime, transaction_post::money,
    type_codes::SimulatedTypeCode,
};

/// What source and reference are where a simulated message names none.
const UNNAMED: &str = "9999999";

/// A merchant category code.
#[derive(Clone, Copy)]
pub(super) struct MccCode(pub Mcc);

impl<'de> Deserialize<'de> for MccCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Mcc::parse(&text).map(Self).ok_or_else(|| refused("a string of 4 digits"))
    }
}

impl JsonSchema for MccCode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "mcc".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "description": "The merchant's category.", "pattern": "^[0-9]{4}$", "examples": ["5411"],
        })
    }
}

/// A merchant's local time: a date and a time of day, an offset after which is left out.
pub(super) struct MerchantTime(String);

impl MerchantTime {
    /// The length of `2026-01-31T12:00:00`.
    const LENGTH: usize = 19;
}

impl<'de> Deserialize<'de> for MerchantTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let is_time = DateTime::parse(&text).is_some() || DateTime::parse(&format!("{text}Z")).is_some();
        let local = text.get(..Self::LENGTH).filter(|_| is_time);
        local
            .map(|local| Self(local.to_ascii_uppercase()))
            .ok_or_else(|| refused("a time such as 2026-01-31T12:00:00"))
    }
}

impl JsonSchema for MerchantTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "merchantTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "description": "The merchant's local time; an offset is left out.",
            "examples": ["2026-01-31T12:00:00"],
        })
    }
}

/// An authorisation or a financial transaction to be simulated.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "simulatedTransactionBody", transform = plain_optionals)]
pub struct SimulatedTransaction {
    /// What is billed, in major units of the account's currency.
    #[schemars(example = 10)]
    settlement_amount: AmountInput,
    sic_code: MccCode,
    /// The amount as the merchant sees it.
    #[schemars(example = 10)]
    transaction_amount: AmountInput,
    transaction_currency: CurrencyCode,
    transaction_country: CountryCode,
    transaction_type: Coded<SimulatedTypeCode>,
    #[schemars(example = &"Mariehamn")]
    transaction_city: Text<1, 32>,
    /// The merchant's name, and what the holder reads on the statement.
    #[schemars(example = &"Corner shop")]
    transaction_details: Text<1, 255>,
    transaction_date: Option<MerchantTime>,
    merchant_id: Option<Text<1, 32>>,
    /// The authorisation code. A financial transaction settles the card's authorisation that has it.
    auth_code: Option<Text<1, 32>>,
    /// Where it comes from; `9999999` when absent.
    source_number: Option<Text<1, 32>>,
    /// By which it is found again; `9999999` when absent.
    ret_ref_code: Option<Text<1, 12>>,
}

/// A simulated transaction in the domain's terms.
pub struct Simulated {
    card: CardId,
    transaction_type: TransactionType,
    amount: Money,
    billing: Money,
    merchant: Merchant,
    details: Box<Details>,
}

impl SimulatedTransaction {
    /// The transaction in the domain's terms, on a card whose account has this currency.
    ///
    /// # Errors
    /// When an amount is none in its currency.
    pub fn into_parts(self, card: CardId, account_currency: Currency) -> Result<Simulated, MessageError> {
        let billing = money(self.settlement_amount.0, account_currency, "settlementAmount")?;
        let amount = money(self.transaction_amount.0, self.transaction_currency.0, "transactionAmount")?;
        let text = self.transaction_details.into_boxed();
        let named = |text: Option<Box<str>>| Some(text.unwrap_or_else(|| UNNAMED.into()));
        let merchant = Merchant {
            mcc: self.sic_code.0,
            country: self.transaction_country.0.into(),
            id: self.merchant_id.map(Text::into_boxed),
            name: Some(text.clone()),
            city: Some(self.transaction_city.into_boxed()),
            terminal: None,
            acquirer: None,
        };
        let details = Details {
            text: Some(text),
            local_time: self.transaction_date.map(|time| time.0.into()),
            retrieval_reference: named(self.ret_ref_code.map(Text::into_boxed)),
            authorisation_code: self.auth_code.map(Text::into_boxed),
            source: named(self.source_number.map(Text::into_boxed)),
        };
        let (transaction_type, details) = (self.transaction_type.0, Box::new(details));
        Ok(Simulated { card, transaction_type, amount, billing, merchant, details })
    }
}

impl Simulated {
    /// The authorisation code that was sent.
    #[must_use]
    pub fn authorization_code(&self) -> Option<&str> {
        self.details.authorisation_code.as_deref()
    }

    /// As an authorisation. Purchases and cash are made with the chip at the merchant's, so that blocks of regions act on them.
    #[must_use]
    pub fn into_authorise(self) -> Authorise {
        let at_the_merchant = matches!(
            self.transaction_type,
            TransactionType::Retail
                | TransactionType::CashDisbursement
                | TransactionType::Atm
                | TransactionType::Unique
        );
        Authorise {
            card: Some(self.card),
            transaction_type: self.transaction_type,
            entry_mode: if at_the_merchant { EntryMode::Chip } else { EntryMode::Unknown },
            amount: self.amount,
            billing: Some(self.billing),
            merchant: self.merchant,
            partial_capable: false,
            expiry: None,
            advice: None,
            details: Some(self.details),
            unknown_number: None,
        }
    }

    /// As what a merchant presents, for no authorisation yet.
    ///
    /// # Errors
    /// When there is no amount.
    pub fn into_clear(self) -> Result<Clear, FieldError> {
        if self.billing.minor == 0 {
            return Err(FieldError::new("settlementAmount", "must be more than 0"));
        }
        Ok(Clear {
            authorisation: None,
            card: Some(self.card),
            amount: self.amount,
            billing: Some(self.billing),
            last: true,
            transaction_type: Some(self.transaction_type),
            merchant: Some(self.merchant),
            details: Some(self.details),
        })
    }
}
