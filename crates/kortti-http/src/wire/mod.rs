//! The shapes of requests and responses as the compatible API spells them, and their way into and out of the domain.
//!
//! Each constraint on a member stands once, in the type of the member: that type refuses what breaks it and states it in
//! the schema. Sentinels, spellings and explicit nulls stop here; the domain never sees them.

mod account;
mod account_view;
mod address;
mod advice;
mod amount;
mod authorization;
mod authorization_code;
mod authorization_view;
mod blocks;
mod card_create;
mod card_update;
mod card_view;
mod codes;
mod controls;
mod customer;
mod customer_view;
mod embossing;
mod event_values;
mod event_view;
mod explanation;
mod explanation_view;
mod id;
mod items;
mod limits;
mod limits_view;
mod message_text;
mod pairs;
mod response;
mod schema;
mod scheme_message;
mod simulator;
mod text;
mod time;
mod transaction_codes;
mod transaction_post;
mod transaction_values;
mod transaction_view;
mod type_codes;

use std::borrow::Cow;

pub use account::{
    CreateCreditAccount, CreateDebitAccount, CreatePrepaidAccount, UpdateAccountBody, UpdateCreditAccount,
};
pub use account_view::{AccountParts, AccountView};
pub use authorization::{
    AuthorizationBody, CardClearingBody, CardName, ClearingBody, IncrementBody, MessageError,
    MessageReversalBody, RefundBody, ReversalBody,
};
pub use authorization_view::{
    AuthorizationParts, AuthorizationView, DecisionView, PostingView, ReversalView,
};
pub use card_create::{CardRequest, CreateCard, CreatePhysicalCard, CreateVirtualCard, FindByNumber};
pub use card_update::{CardPatch, UpdatePhysicalCard, UpdateVirtualCard};
pub use card_view::{CardListItem, CardListItemV3, CardParts, CardView, CardViewV3};
pub use codes::{AccountTemplateCode, CardRoleCode, CardTemplateCode, Code, PeriodCode, UsageCode};
pub use customer::{
    CreateCorporate, CreatePrivate, CustomerPatch, CustomerRequest, UpdateCorporate, UpdatePrivate,
};
pub use customer_view::CustomerView;
pub use event_values::block_name;
pub use event_view::EventView;
pub use explanation::{Explained, explained};
pub use id::parse_id;
pub use response::{ErrorResponse, ErrorType, ResourceResponse};
pub use schema::settings as schema_settings;
pub use scheme_message::{SchemeRequest, SchemeResponse, SchemeReversal, Template, TemplateRequest};
pub use simulator::{Simulated, SimulatedTransaction};
pub use text::ProductCode;
pub use time::DateTime;
pub use transaction_post::{PostFee, PostTransaction, Target};
pub use transaction_view::{TransactionParts, TransactionView, authorization_code_of, outcome};
pub use type_codes::ConditionView;

/// What is wrong with a request although each of its members is well formed by itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct FieldError {
    /// The path of the member, such as `usageLimits[0].values[1]`.
    pub field: Cow<'static, str>,
    /// What is wrong with it, to be read after the path; it repeats nothing that the caller sent.
    pub problem: Cow<'static, str>,
}

impl FieldError {
    fn new(field: impl Into<Cow<'static, str>>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}

/// The error for a member that breaks its type's rule. Only `words`, never the value, can come out of it, because the
/// reader of bodies keeps nothing but what was expected.
fn refused<E: serde::de::Error>(words: &str) -> E {
    E::invalid_value(serde::de::Unexpected::Other("this"), &words)
}

#[cfg(test)]
mod tests;
