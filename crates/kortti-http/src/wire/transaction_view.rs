//! Transactions in responses. Every member is always there, null where there is nothing.

use std::borrow::Cow;

use kortti_app::Recorded;
use kortti_core::{
    money::{Major, Money},
    transaction::{Authorisation, Authorise, Details, Merchant, Reason, Request, Transaction},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    account::CurrencyCode,
    amount::AmountView,
    authorization_code::authorization_code,
    codes::Code,
    explanation::{response_code, response_description},
    id::TextId,
    schema::all_required,
    time::LocalTime,
    type_codes::{ConditionView, PostKindCode, TypeCode, type_name},
};

/// What a transaction's view is made of.
#[derive(Clone, Copy)]
pub struct TransactionParts<'a> {
    /// The transaction.
    pub recorded: &'a Recorded,
    /// The first one of the authorisation that it follows on.
    pub first: Option<&'a Recorded>,
    /// How the authorisation stands that it belongs to.
    pub authorisation: Option<&'a Authorisation>,
}

/// A transaction.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "transaction", transform = all_required)]
pub struct TransactionView<'a> {
    id: i64,
    /// The id of the first transaction of the authorisation that it belongs to; its own where it is the first.
    link_id: i64,
    card_id: Option<TextId<i64>>,
    account_id: Option<TextId<i64>>,
    /// When it happened, in the merchant's local time.
    transaction_date: Cow<'a, str>,
    /// When it was recorded.
    posting_date: LocalTime,
    /// `POSTED`: money has moved. `PENDING`: an authorisation that holds money. `CLOSED`: one that does not, because it was
    /// matched, reversed or ran out. `REJECTED`: declined, or could not be posted.
    #[schemars(extend("enum" = ["POSTED", "PENDING", "CLOSED", "REJECTED"]))]
    posting_status: &'static str,
    /// `0` approved, `10` approved for a part of the amount, otherwise the code that was answered.
    response_code: &'a str,
    response_description: String,
    transaction_type: TypeView<'a>,
    transaction_condition_code: Option<&'static str>,
    retrieval_reference_number: Option<&'a str>,
    authorization_code: Option<Cow<'a, str>>,
    acquiring_institution_identification_code: Option<&'a str>,
    card_acceptor_identification_code: Option<&'a str>,
    submerchant_id: Option<&'a str>,
    /// In the account's currency: what was approved, posted or given back; what was asked for where it was declined.
    settlement_amount: Option<MoneyView>,
    /// As the merchant sees it.
    transaction_amount: Option<MoneyView>,
    fee_amount: Option<MoneyView>,
    merchant: Option<MerchantView<'a>>,
    text: Option<&'a str>,
    created_at: LocalTime,
    disc_link_transaction_id: Option<i64>,
    file_name: Option<&'a str>,
    processed_by_enfuce_stip: Option<bool>,
    received_from_collection_agency: Option<bool>,
    payment_reference: Option<&'a str>,
}

/// An amount with its currency.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "money", transform = all_required)]
pub(super) struct MoneyView {
    amount: AmountView,
    currency: CurrencyCode,
}

impl From<Money> for MoneyView {
    fn from(Money { minor, currency }: Money) -> Self {
        Self { amount: AmountView(Major { minor, currency }), currency: CurrencyCode(currency) }
    }
}

/// What kind of transaction it is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "transactionType", transform = all_required)]
struct TypeView<'a> {
    /// What an authorisation message is; null for what is none.
    #[schemars(extend("enum" = ["REQUEST", "ADVICE", "INCREMENT", "REVERSAL", "EXPIRY", null]))]
    authorization_type: Option<&'static str>,
    /// What the holder did; with `-P` where a merchant presents it. Of a fee it is the institution's own code.
    code: Cow<'a, str>,
    name: &'static str,
    #[schemars(extend("enum" = ["AUTHORIZATION", "REVERSAL", "CLEARING", "FINANCIAL", "FEE"]))]
    message_category: &'static str,
}

/// Where it happened.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "merchant", transform = all_required)]
struct MerchantView<'a> {
    name: Option<&'a str>,
    city: Option<&'a str>,
    country: &'a str,
    mcc: String,
}

impl<'a> TransactionView<'a> {
    /// The view of a transaction.
    #[must_use]
    pub fn of(parts: TransactionParts<'a>) -> Self {
        let TransactionParts { recorded, .. } = parts;
        let transaction = &recorded.transaction;
        let merchant = parts.merchant();
        let said = |pick: fn(&Details) -> Option<&str>| parts.details().into_iter().find_map(pick);
        let local_time = details(&transaction.request).and_then(|details| details.local_time.as_deref());
        Self {
            id: recorded.id.0,
            link_id: transaction.first.unwrap_or(recorded.id).0,
            card_id: transaction.card.map(|card| TextId(card.0)),
            account_id: transaction.account.map(|account| TextId(account.0)),
            transaction_date: local_time.map_or_else(|| recorded.at.local_text().into(), Cow::from),
            posting_date: LocalTime(recorded.at),
            posting_status: parts.posting_status(),
            response_code: public_response_code(transaction),
            response_description: response_description(transaction),
            transaction_type: parts.transaction_type(),
            transaction_condition_code: parts
                .original()
                .and_then(|original| ConditionView::code_of(original.entry_mode)),
            retrieval_reference_number: said(|details| details.retrieval_reference.as_deref()),
            authorization_code: parts.authorization_code(),
            acquiring_institution_identification_code: merchant
                .and_then(|merchant| merchant.acquirer.as_deref()),
            card_acceptor_identification_code: merchant.and_then(|merchant| merchant.id.as_deref()),
            submerchant_id: None,
            settlement_amount: parts.settlement_amount().map(MoneyView::from),
            transaction_amount: parts.transaction_amount().map(MoneyView::from),
            fee_amount: fee(&transaction.request).map(MoneyView::from),
            merchant: merchant.map(MerchantView::of),
            text: said(|details| details.text.as_deref()),
            created_at: LocalTime(recorded.at),
            disc_link_transaction_id: None,
            file_name: None,
            processed_by_enfuce_stip: None,
            received_from_collection_agency: None,
            payment_reference: None,
        }
    }
}

impl<'a> MerchantView<'a> {
    fn of(merchant: &'a Merchant) -> Self {
        Self {
            name: merchant.name.as_deref(),
            city: merchant.city.as_deref(),
            country: merchant.country.as_str(),
            mcc: merchant.mcc.to_string(),
        }
    }
}

impl<'a> TransactionParts<'a> {
    fn request(self) -> &'a Request {
        &self.recorded.transaction.request
    }

    /// The authorisation request, its own or the one that it follows on.
    fn original(self) -> Option<&'a Authorise> {
        let requests = [Some(self.request()), self.first.map(|first| &first.transaction.request)];
        requests.into_iter().flatten().find_map(|request| match request {
            Request::Authorise(request) => Some(request.as_ref()),
            _ => None,
        })
    }

    fn merchant(self) -> Option<&'a Merchant> {
        let own = match self.request() {
            Request::Clear(request) => request.merchant.as_ref(),
            Request::Refund(request) => request.merchant.as_ref(),
            _ => None,
        };
        own.or_else(|| self.original().map(|original| &original.merchant))
    }

    /// What was said besides: its own words first, then those of the request that it follows on.
    fn details(self) -> Vec<&'a Details> {
        let first = self.first.and_then(|first| details(&first.transaction.request));
        [details(self.request()), first].into_iter().flatten().collect()
    }

    fn posting_status(self) -> &'static str {
        if !self.recorded.transaction.approved {
            return "REJECTED";
        }
        match self.request() {
            Request::Clear(_) | Request::Refund(_) | Request::Post(_) | Request::Fee(_) => "POSTED",
            Request::Authorise(_) | Request::Increment(_)
                if self.authorisation.is_some_and(|state| state.end.is_none()) =>
            {
                "PENDING"
            }
            Request::Authorise(_) | Request::Increment(_) | Request::Reverse(_) | Request::ExpireHold(_) => {
                "CLOSED"
            }
        }
    }

    /// What the message said; else, of what was approved here, the one that was given here.
    fn authorization_code(self) -> Option<Cow<'a, str>> {
        let said = self.details().into_iter().find_map(|details| details.authorisation_code.as_deref());
        said.map(Cow::from).or_else(|| authorization_code_of(self.first.unwrap_or(self.recorded)))
    }

    fn transaction_type(self) -> TypeView<'a> {
        let original = || self.original().map_or("", |original| TypeCode::spell(original.transaction_type));
        let cleared = || self.recorded.transaction.transaction_type().map_or("", TypeCode::spell);
        let (authorization_type, code, message_category) = match self.request() {
            Request::Authorise(request) if request.advice.is_some() => {
                (Some("ADVICE"), original(), "AUTHORIZATION")
            }
            Request::Authorise(_) => (Some("REQUEST"), original(), "AUTHORIZATION"),
            Request::Increment(_) => (Some("INCREMENT"), original(), "AUTHORIZATION"),
            Request::Reverse(_) => (Some("REVERSAL"), original(), "REVERSAL"),
            Request::ExpireHold(_) => (Some("EXPIRY"), original(), "REVERSAL"),
            Request::Clear(_) => (None, cleared(), "CLEARING"),
            Request::Refund(_) => (None, "K1", "CLEARING"),
            Request::Post(request) => (None, PostKindCode::spell(request.kind), "FINANCIAL"),
            Request::Fee(request) => {
                let code = Cow::from(request.code.as_ref());
                return TypeView { authorization_type: None, code, name: "Fee", message_category: "FEE" };
            }
        };
        let name = type_name(code);
        let code = if message_category == "CLEARING" { format!("{code}-P").into() } else { code.into() };
        TypeView { authorization_type, code, name, message_category }
    }

    fn settlement_amount(self) -> Option<Money> {
        let transaction = &self.recorded.transaction;
        let currency = transaction.currency;
        if transaction.approved {
            return currency.map(|currency| Money { minor: transaction.amount, currency });
        }
        let (amount, billing) = asked(&transaction.request)?;
        billing.or_else(|| currency.is_none_or(|currency| amount.currency == currency).then_some(amount))
    }

    fn transaction_amount(self) -> Option<Money> {
        if let Some((amount, _)) = asked(self.request()) {
            return Some(amount);
        }
        // What is given back is known in the account's currency; all of it is what the merchant had asked for.
        let given_back = self.settlement_amount()?;
        let first = self.first?;
        let (amount, billing) = asked(&first.transaction.request)?;
        if amount.currency == given_back.currency {
            return Some(given_back);
        }
        (billing == Some(given_back)).then_some(amount)
    }
}

/// The code of an approved authorisation: what the message said, else one that is given here. None of other transactions.
#[must_use]
pub fn authorization_code_of(recorded: &Recorded) -> Option<Cow<'_, str>> {
    let Request::Authorise(request) = &recorded.transaction.request else { return None };
    let said = request.details.as_ref().and_then(|details| details.authorisation_code.as_deref());
    let code = || said.map_or_else(|| authorization_code(recorded.id).as_str().to_owned().into(), Cow::from);
    recorded.transaction.approved.then(code)
}

/// What was asked for, and what of it was to be billed.
fn asked(request: &Request) -> Option<(Money, Option<Money>)> {
    match request {
        Request::Authorise(request) => Some((request.amount, request.billing)),
        Request::Increment(request) => Some((request.amount, request.billing)),
        Request::Clear(request) => Some((request.amount, request.billing)),
        Request::Refund(request) => Some((request.amount, request.billing)),
        Request::Post(request) => Some((request.amount, None)),
        Request::Fee(request) => Some((request.amount, None)),
        Request::Reverse(_) | Request::ExpireHold(_) => None,
    }
}

fn fee(request: &Request) -> Option<Money> {
    match request {
        Request::Fee(request) => Some(request.amount),
        _ => None,
    }
}

fn details(request: &Request) -> Option<&Details> {
    match request {
        Request::Authorise(request) => request.details.as_deref(),
        Request::Clear(request) => request.details.as_deref(),
        Request::Refund(request) => request.details.as_deref(),
        Request::Post(request) => request.details.as_deref(),
        Request::Increment(_) | Request::Reverse(_) | Request::ExpireHold(_) | Request::Fee(_) => None,
    }
}

/// The response code as the compatible API shows it.
#[must_use]
pub fn public_response_code(transaction: &Transaction) -> &str {
    match response_code(transaction) {
        "00" => "0",
        code => code,
    }
}

/// What happened to a transaction, in a line.
#[must_use]
pub fn outcome(transaction: &Transaction) -> String {
    match transaction.reason {
        Reason::Approved | Reason::Posted if transaction.approved => transaction.reason.text().to_owned(),
        _ => response_description(transaction),
    }
}
