//! Accounts in responses. Every member is always there, null where there is nothing.

use kortti_app::Usage;
use kortti_core::{
    account::Account, card::AccountTemplate, limit::Limits, money::Major, personal::AccountPersonal,
    usage::Funds,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    account::CurrencyCode,
    address::AddressView,
    amount::AmountView,
    codes::{AccountStatusCode, AccountTemplateCode, ClosureReasonCode, Coded, SegmentCode},
    limits_view::{UsageLimitsView, usage_limits},
    pairs::PairView,
    schema::all_required,
};

/// What an account's view is made of.
#[derive(Clone, Copy)]
pub struct AccountParts<'a> {
    /// The account.
    pub account: &'a Account,
    /// Its encrypted part, opened.
    pub personal: &'a AccountPersonal,
    /// What is on it and what is held of it.
    pub funds: Funds,
    /// What has been used of its limits.
    pub usage: &'a Usage,
}

/// An account.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "account", transform = all_required)]
pub struct AccountView<'a> {
    id: i64,
    parent_id: Option<i64>,
    customer_id: i64,
    number: &'a str,
    name: Option<&'a str>,
    status: Coded<AccountStatusCode>,
    currency: CurrencyCode,
    /// What is on it; negative where the holder owes.
    balance: AmountView,
    /// What can still be spent.
    available: AmountView,
    /// What the holder may owe; null where the account has no credit.
    credit_limit: Option<AmountView>,
    template: Coded<AccountTemplateCode>,
    product_code: Option<&'a str>,
    segment: Option<Coded<SegmentCode>>,
    usage_limits: UsageLimitsView,
    closure_reason: Option<Coded<ClosureReasonCode>>,
    reason: Option<&'a str>,
    address: Option<AddressView<'a>>,
    additional_values: Option<Vec<PairView<'a>>>,
}

impl<'a> AccountView<'a> {
    /// The view of an account.
    #[must_use]
    pub fn of(parts: AccountParts<'a>) -> Self {
        let AccountParts { account, personal, funds, usage } = parts;
        let amount = |minor| AmountView(Major { minor, currency: account.currency });
        let has_credit = account.template == AccountTemplate::Credit;
        Self {
            id: account.id.0,
            parent_id: account.parent.map(|parent| parent.0),
            customer_id: account.customer.0,
            number: &account.number,
            name: personal.name.as_deref(),
            status: Coded(account.status.status),
            currency: CurrencyCode(account.currency),
            balance: amount(funds.balance),
            available: amount(funds.available(account.credit_limit)),
            credit_limit: has_credit.then(|| amount(account.credit_limit)),
            template: Coded(account.template),
            product_code: account.product.as_deref(),
            segment: account.segment.map(Coded),
            usage_limits: usage_limits(&account.limits, &Limits::default(), usage, account.currency),
            closure_reason: account.status.closure_reason.map(Coded),
            reason: account.status.reason.as_deref(),
            address: personal.address.as_ref().map(AddressView::of),
            additional_values: PairView::all(personal.additional_values.as_ref()),
        }
    }
}
