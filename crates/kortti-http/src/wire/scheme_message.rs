//! Messages of the scheme simulator: requests, reversals, their answers, and templates to begin with.

use kortti_core::{
    id::{CardId, TransactionId},
    money::Money,
    reference::Currency,
    transaction::{Authorise, Details, EntryMode, Merchant, Original, Reverse, Transaction, TransactionType},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    FieldError, MessageError,
    account::CurrencyCode,
    address::CountryCode,
    amount::AmountInput,
    codes::{Code, Coded, code},
    id::{IdInput, TextId},
    schema::{all_required, plain_optionals},
    simulator::MccCode,
    text::Text,
    transaction_codes::{EntryModeCode, TransactionTypeCode},
    transaction_post::{PositiveAmount, money},
};

code!(ApplicationCode: (), "", "Which application of the card is used. It changes nothing.", &[("credit", ()), ("debit", ())]);

/// An authorisation request as a network sends it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "schemeRequestBody", transform = plain_optionals)]
pub struct SchemeRequest {
    card: SchemeCard,
    transaction_data: SchemeData,
    merchant_data: SchemeMerchant,
    #[serde(rename = "threeDsData")]
    _three_ds_data: Option<ThreeDsData>,
}

/// The card.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "schemeCard", transform = plain_optionals)]
struct SchemeCard {
    card_id: IdInput,
    #[serde(rename = "applicationSelection")]
    _application_selection: Option<Coded<ApplicationCode>>,
}

/// What is asked.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "schemeTransactionData", transform = plain_optionals)]
struct SchemeData {
    transaction_amount: SchemeAmount,
    settlement_amount: Option<SchemeAmount>,
    transaction_type: Coded<TransactionTypeCode>,
    card_entry_mode: Coded<EntryModeCode>,
}

/// An amount with its currency.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "schemeAmount")]
struct SchemeAmount {
    /// In major units.
    #[schemars(example = 10)]
    amount: AmountInput,
    currency: CurrencyCode,
}

/// Where the card is used.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "schemeMerchantData", transform = plain_optionals)]
struct SchemeMerchant {
    merchant_id: Option<Text<1, 32>>,
    merchant_name: Option<Text<1, 255>>,
    merchant_city: Option<Text<1, 32>>,
    merchant_country: CountryCode,
    merchant_category_code: MccCode,
    acquirer_id: Option<Text<1, 32>>,
    /// It changes nothing.
    #[serde(rename = "acquirerCountry")]
    _acquirer_country: Option<CountryCode>,
    terminal_id: Option<Text<1, 32>>,
    /// It changes nothing.
    #[serde(rename = "subMerchantId")]
    _sub_merchant_id: Option<Text<1, 32>>,
    /// Whether the merchant can take a part of the amount.
    partial_approval_capable: Option<bool>,
}

/// How the holder was authenticated. It changes nothing and is not kept.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "threeDsData", transform = plain_optionals)]
struct ThreeDsData {
    #[serde(rename = "authenticationValue")]
    _authentication_value: Option<Text<0, 255>>,
    #[serde(rename = "eci")]
    _eci: Option<Text<0, 2>>,
    #[serde(rename = "dsTransactionId")]
    _ds_transaction_id: Option<Text<0, 64>>,
    #[serde(rename = "protocolVersion")]
    _protocol_version: Option<Text<0, 16>>,
}

impl SchemeRequest {
    /// The card that is used.
    #[must_use]
    pub const fn card(&self) -> CardId {
        CardId(self.card.card_id.0)
    }

    /// The request in the domain's terms; `reference` is the number by which the network finds it again.
    ///
    /// # Errors
    /// When an amount is none in its currency, or what is billed is not in the account's.
    pub fn into_authorise(
        self,
        account_currency: Currency,
        reference: String,
    ) -> Result<Authorise, MessageError> {
        let card = self.card();
        let Self { transaction_data: data, merchant_data: merchant, .. } = self;
        let amount = data.transaction_amount;
        let amount = money(amount.amount.0, amount.currency.0, "transactionData.transactionAmount.amount")?;
        let billing = data.settlement_amount.map(|billing| {
            money(billing.amount.0, billing.currency.0, "transactionData.settlementAmount.amount")
        });
        let billing = billing.transpose()?;
        check_billing(amount, billing, account_currency)?;
        Ok(Authorise {
            card: Some(card),
            transaction_type: data.transaction_type.0,
            entry_mode: data.card_entry_mode.0,
            amount,
            billing,
            merchant: Merchant {
                mcc: merchant.merchant_category_code.0,
                country: merchant.merchant_country.0.into(),
                id: merchant.merchant_id.map(Text::into_boxed),
                name: merchant.merchant_name.map(Text::into_boxed),
                city: merchant.merchant_city.map(Text::into_boxed),
                terminal: merchant.terminal_id.map(Text::into_boxed),
                acquirer: merchant.acquirer_id.map(Text::into_boxed),
            },
            partial_capable: merchant.partial_approval_capable.unwrap_or(false),
            expiry: None,
            advice: None,
            details: Some(Box::new(Details {
                retrieval_reference: Some(reference.into()),
                ..Details::default()
            })),
            unknown_number: None,
        })
    }
}

fn check_billing(amount: Money, billing: Option<Money>, account: Currency) -> Result<(), FieldError> {
    match billing {
        Some(billing) if billing.currency != account => Err(FieldError::new(
            "transactionData.settlementAmount.currency",
            format!("must be {}, the account's", account.code()),
        )),
        None if amount.currency != account => Err(FieldError::new(
            "transactionData.settlementAmount",
            format!("is required, in {}, the account's currency", account.code()),
        )),
        _ => Ok(()),
    }
}

/// A reversal as a network sends it.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "schemeReversalBody", transform = plain_optionals)]
pub struct SchemeReversal {
    metadata: ReversalMetadata,
    transaction_data: Option<ReversalData>,
}

/// What is reversed.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "schemeReversalMetadata")]
struct ReversalMetadata {
    /// The id that the request was answered with.
    id: IdInput,
}

/// How much of it; all that is held when absent.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "schemeReversalData", transform = plain_optionals)]
struct ReversalData {
    settlement_amount: Option<ReversedAmount>,
    /// Where it is in the account's currency, it can stand in place of `settlementAmount`.
    transaction_amount: Option<ReversedAmount>,
}

/// What is given back, in the account's currency.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "schemeReversedAmount")]
struct ReversedAmount {
    /// In major units.
    amount: PositiveAmount,
    currency: CurrencyCode,
}

impl SchemeReversal {
    /// The request in the domain's terms, and the member in which its amount stands.
    ///
    /// # Errors
    /// When an amount is none in its currency.
    pub fn into_reverse(self) -> Result<(Reverse, &'static str), MessageError> {
        let original = Original::Authorisation(TransactionId(self.metadata.id.0));
        let (amount, place, field) = match self.transaction_data {
            Some(ReversalData { settlement_amount: Some(amount), .. }) => {
                (amount, "transactionData.settlementAmount", "transactionData.settlementAmount.amount")
            }
            Some(ReversalData { transaction_amount: Some(amount), .. }) => {
                (amount, "transactionData.transactionAmount", "transactionData.transactionAmount.amount")
            }
            _ => return Ok((Reverse { original, amount: None }, "transactionData")),
        };
        let amount = money(amount.amount.0, amount.currency.0, field)?;
        Ok((Reverse { original, amount: Some(amount) }, place))
    }
}

/// An answer as a network gets it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "schemeResponse", transform = all_required)]
pub struct SchemeResponse<'a> {
    metadata: ResponseMetadata,
    transaction_data: ResponseData<'a>,
}

/// What is answered.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "schemeResponseMetadata", transform = all_required)]
struct ResponseMetadata {
    /// The message type: `0110` answers a request, `0410` a reversal.
    #[schemars(extend("enum" = ["0110", "0410"]))]
    mti: &'static str,
    /// The id of the transaction.
    id: TextId<i64>,
}

/// The decision.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "schemeResponseData", transform = all_required)]
struct ResponseData<'a> {
    /// Two characters; `00` is approved.
    auth_response_code: &'static str,
    retrieval_reference_number: Option<&'a str>,
}

impl<'a> SchemeResponse<'a> {
    /// The answer to a request.
    #[must_use]
    pub const fn to_request(
        id: TransactionId,
        transaction: &Transaction,
        reference: Option<&'a str>,
    ) -> Self {
        Self::of("0110", id, transaction, reference)
    }

    /// The answer to a reversal.
    #[must_use]
    pub const fn to_reversal(
        id: TransactionId,
        transaction: &Transaction,
        reference: Option<&'a str>,
    ) -> Self {
        Self::of("0410", id, transaction, reference)
    }

    const fn of(
        mti: &'static str,
        id: TransactionId,
        transaction: &Transaction,
        reference: Option<&'a str>,
    ) -> Self {
        let auth_response_code = transaction.reason.response().0;
        Self {
            metadata: ResponseMetadata { mti, id: TextId(id.0) },
            transaction_data: ResponseData { auth_response_code, retrieval_reference_number: reference },
        }
    }
}

/// For which card a template is wanted.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "schemeTemplateBody")]
pub struct TemplateRequest {
    /// Null in the template when absent.
    card_id: Option<IdInput>,
}

/// The templates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// A purchase with chip and PIN.
    RetailOfflinePin,
    /// A purchase online.
    RetailEcommerce,
}

impl Template {
    /// The request that the template makes of a card whose account has this currency.
    #[must_use]
    pub fn body(self, card: Option<CardId>, currency: Currency) -> Map<String, Value> {
        let online = self == Self::RetailEcommerce;
        let mode = if online { EntryMode::Ecommerce } else { EntryMode::Chip };
        let amount = json!({ "amount": 10, "currency": currency.code() });
        let members = [
            (
                "card",
                json!({ "cardId": card.map(|card| card.to_string()), "applicationSelection": "credit" }),
            ),
            (
                "transactionData",
                json!({
                    "transactionAmount": amount,
                    "settlementAmount": amount,
                    "transactionType": TransactionTypeCode::spell(TransactionType::Retail),
                    "cardEntryMode": EntryModeCode::spell(mode),
                }),
            ),
            ("merchantData", merchant(online)),
            ("threeDsData", three_ds(online)),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn merchant(online: bool) -> Value {
    json!({
        "merchantId": if online { "ONLINE000000001" } else { "SHOP00000000001" },
        "merchantName": if online { "Online shop" } else { "Corner shop" },
        "merchantCity": "Mariehamn",
        "merchantCountry": "FIN",
        "merchantCategoryCode": "5411",
        "acquirerId": "123456",
        "acquirerCountry": "FIN",
        "terminalId": "TERM0001",
        "subMerchantId": null,
        "partialApprovalCapable": false,
    })
}

fn three_ds(online: bool) -> Value {
    if !online {
        return Value::Null;
    }
    json!({
        "authenticationValue": "AJkBBkhgQQAAAE4gSEJydQAAAAA=",
        "eci": "05",
        "dsTransactionId": "f25084f0-5b16-4c0a-ae5d-b24808a95e4b",
        "protocolVersion": "2.2.0",
    })
}

impl TemplateRequest {
    /// The card that was named.
    #[must_use]
    pub fn card(&self) -> Option<CardId> {
        self.card_id.map(|id| CardId(id.0))
    }
}
