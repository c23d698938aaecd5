//! Bodies that create and update accounts.

use std::borrow::Cow;

use kortti_core::{
    account::AccountStatus,
    card::{AccountTemplate, Segment},
    decide::LimitRequest,
    id::{AccountId, CustomerId},
    money::Decimal,
    personal::{AccountPersonal, AdditionalValue, Address},
    reference::Currency,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    FieldError,
    address::AddressBody,
    amount::AmountInput,
    card_update::replace,
    codes::{AccountStatusCode, ClosureReasonCode, Coded, SegmentCode},
    id::IdInput,
    limits::UsageLimits,
    pairs::AdditionalValues,
    refused,
    schema::plain_optionals,
    text::{ProductCode, Text},
};

/// An account as requested.
#[derive(Debug, PartialEq, Eq)]
pub struct AccountRequest {
    /// Credit, prepaid or debit.
    pub template: AccountTemplate,
    /// The institution's number for it; one is made when absent.
    pub number: Option<Box<str>>,
    /// Its currency; the institution's when absent.
    pub currency: Option<Currency>,
    /// The account product.
    pub product: Option<Box<str>>,
    /// What the holder may owe, in major units.
    pub credit_limit: Option<Decimal>,
    /// The group it is put in.
    pub segment: Option<Segment>,
    /// The account above it.
    pub parent: Option<AccountId>,
    /// Name, address, and the pairs kept with it.
    pub personal: AccountPersonal,
}

/// Changes of an account as requested. What is absent stays.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AccountPatch {
    /// A new holder.
    pub customer: Option<CustomerId>,
    /// A new status.
    pub status: Option<AccountStatus>,
    /// Why.
    pub reason: Option<Box<str>>,
    /// Under which heading it is closed, 1 to 5.
    pub closure_reason: Option<u8>,
    /// A new credit limit, in major units.
    pub credit_limit: Option<Decimal>,
    /// A new group.
    pub segment: Option<Segment>,
    /// A new account above it.
    pub parent: Option<AccountId>,
    /// Changes of its limits.
    pub limits: Vec<LimitRequest>,
    /// A new name.
    pub name: Option<String>,
    /// A new address.
    pub address: Option<Address>,
    /// The pairs kept with it, all of them.
    pub additional_values: Option<Vec<AdditionalValue>>,
}

impl AccountPatch {
    /// Puts the changes of the encrypted part into effect.
    pub fn apply_personal(&self, personal: &mut AccountPersonal) {
        replace(&mut personal.name, &self.name);
        replace(&mut personal.address, &self.address);
        replace(&mut personal.additional_values, &self.additional_values);
    }
}

/// A currency by the three letters of ISO 4217.
#[derive(Clone, Copy)]
pub(super) struct CurrencyCode(pub Currency);

impl<'de> Deserialize<'de> for CurrencyCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Currency::parse(&text).map(Self).ok_or_else(|| refused("a currency code of ISO 4217"))
    }
}

impl Serialize for CurrencyCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.code())
    }
}

impl JsonSchema for CurrencyCode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "minLength": 3, "maxLength": 3, "description": "ISO 4217.", "examples": ["EUR"],
        })
    }
}

/// Defines a body from the members that all have and those of its own.
macro_rules! create_body {
    ($(#[$meta:meta])* $name:ident($template:expr) { $($(#[$own_meta:meta])* $own:ident: $type:ty,)* } |$body:ident| $credit_limit:expr) => {
        #[derive(Deserialize, JsonSchema)]
        $(#[$meta])*
        #[serde(rename_all = "camelCase")]
        #[schemars(transform = plain_optionals)]
        pub struct $name {
            /// What the holder calls it.
            name: Option<Text<0, 64>>,
            /// The institution's own number for it; unique. One is made when it is absent.
            number: Option<Text<1, 64>>,
            address: Option<AddressBody>,
            additional_values: Option<AdditionalValues>,
            segment: Option<Coded<SegmentCode>>,
            /// The account above it.
            parent_id: Option<IdInput>,
            product_code: Option<ProductCode>,
            /// Its currency, which never changes; the institution's when it is absent.
            currency: Option<CurrencyCode>,
            $($(#[$own_meta])* $own: $type,)*
        }

        impl $name {
            /// The request in the domain's terms.
            #[must_use]
            pub fn into_parts(self) -> AccountRequest {
                let $body = self;
                AccountRequest {
                    template: $template,
                    number: $body.number.map(|number| number.into_string().into()),
                    currency: $body.currency.map(|currency| currency.0),
                    product: $body.product_code.map(|code| code.into_string().into()),
                    credit_limit: $credit_limit,
                    segment: $body.segment.map(|code| code.0),
                    parent: $body.parent_id.map(|id| AccountId(id.0)),
                    personal: AccountPersonal {
                        name: $body.name.map(Text::into_string),
                        address: $body.address.map(AddressBody::into_core),
                        additional_values: $body.additional_values.map(AdditionalValues::into_core),
                    },
                }
            }
        }
    };
}

create_body!(
    /// A credit account.
    #[schemars(rename = "createCreditAccountBody")]
    CreateCreditAccount(AccountTemplate::Credit) {
        /// What the holder may owe.
        #[schemars(example = 5000)]
        credit_limit: AmountInput,
    } |body| Some(body.credit_limit.0)
);

create_body!(
    /// A prepaid account.
    #[schemars(rename = "createPrepaidAccountBody")]
    CreatePrepaidAccount(AccountTemplate::Prepaid) {} |body| None
);

create_body!(
    /// A debit account.
    #[schemars(rename = "createDebitAccountBody")]
    CreateDebitAccount(AccountTemplate::Debit) {} |body| None
);

/// Defines a body from the members that all have and those of its own.
macro_rules! update_body {
    ($(#[$meta:meta])* $name:ident { $($(#[$own_meta:meta])* $own:ident: $type:ty,)* } |$body:ident| $credit_limit:expr) => {
        #[derive(Deserialize, JsonSchema)]
        $(#[$meta])*
        #[serde(rename_all = "camelCase")]
        #[schemars(transform = plain_optionals)]
        pub struct $name {
            /// The customer to whom the account moves.
            customer_id: Option<IdInput>,
            status: Option<Coded<AccountStatusCode>>,
            /// Why the status changes.
            reason: Option<Text<0, 32>>,
            closure_reason: Option<Coded<ClosureReasonCode>>,
            segment: Option<Coded<SegmentCode>>,
            /// The account above it.
            parent_id: Option<IdInput>,
            /// What the holder calls it.
            name: Option<Text<0, 64>>,
            address: Option<AddressBody>,
            additional_values: Option<AdditionalValues>,
            usage_limits: Option<UsageLimits>,
            $($(#[$own_meta])* $own: $type,)*
        }

        impl $name {
            /// The changes in the domain's terms.
            ///
            /// # Errors
            /// When a limit is named twice.
            pub fn into_parts(self) -> Result<AccountPatch, FieldError> {
                let $body = self;
                Ok(AccountPatch {
                    customer: $body.customer_id.map(|id| CustomerId(id.0)),
                    status: $body.status.map(|code| code.0),
                    reason: $body.reason.map(|reason| reason.into_string().into()),
                    closure_reason: $body.closure_reason.map(|code| code.0),
                    credit_limit: $credit_limit,
                    segment: $body.segment.map(|code| code.0),
                    parent: $body.parent_id.map(|id| AccountId(id.0)),
                    limits: $body.usage_limits.map_or_else(|| Ok(Vec::new()), UsageLimits::into_requests)?,
                    name: $body.name.map(Text::into_string),
                    address: $body.address.map(AddressBody::into_core),
                    additional_values: $body.additional_values.map(AdditionalValues::into_core),
                })
            }
        }
    };
}

update_body!(
    /// Changes of a prepaid or debit account. What is absent or null stays.
    #[schemars(rename = "updateAccountBody")]
    UpdateAccountBody {} |body| None
);

update_body!(
    /// Changes of a credit account. What is absent or null stays.
    #[schemars(rename = "updateCreditAccountBody")]
    UpdateCreditAccount {
        /// What the holder may owe.
        #[schemars(example = 5000)]
        credit_limit: Option<AmountInput>,
    } |body| body.credit_limit.map(|limit| limit.0)
);
