//! Answers to messages. They are made of what was recorded and nothing else, so that a repeated message gets the same bytes.

use std::borrow::Cow;

use kortti_app::Recorded;
use kortti_core::{
    id::TransactionId,
    money::{Major, Money},
    reference::Currency,
    transaction::{End, KnownAuthorisation, Merchant, Posting, Request, Transaction},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::transaction_codes::TransactionKind;
use super::{
    account::CurrencyCode,
    amount::AmountView,
    authorization_code::authorization_code,
    codes::Coded,
    explanation::{response_code, response_description},
    explanation_view::{
        CheckInWords, ExplanationView, MccText, ReasonName, explanation, explanation_in_words,
    },
    id::TextId,
    schema::all_required,
    time::Instant,
    transaction_codes::{
        AuthorisationStatus, AuthorisationStatusCode, BookCode, EntryModeCode, TransactionKindCode,
        TransactionTypeCode,
    },
};

/// The six characters by which an approval is named on slips. They follow from the transaction's id, so that none is given twice
/// among any two thousand million in a row.
#[derive(Clone, Copy)]
pub(super) struct ApprovalCode(TransactionId);

impl ApprovalCode {
    /// The code of an approval; none where there is none.
    pub(super) fn of(id: TransactionId, transaction: &Transaction) -> Option<Self> {
        transaction.approved.then_some(Self(transaction.first.unwrap_or(id)))
    }
}

impl Serialize for ApprovalCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(authorization_code(self.0).as_str())
    }
}

impl JsonSchema for ApprovalCode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "approvalCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9A-Z]{6}$", "examples": ["04KD1V"] })
    }
}

fn first_of(recorded: &Recorded) -> TransactionId {
    recorded.transaction.first.unwrap_or(recorded.id)
}

/// A figure of a transaction, where it has an account and so a currency.
fn figure(transaction: &Transaction, minor: i64) -> Option<AmountView> {
    transaction.currency.map(|currency| AmountView(Major { minor, currency }))
}

/// The decision on an authorisation request or an increment.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "authorizationDecision", transform = all_required)]
pub struct DecisionView<'a> {
    /// The authorisation. Increments, reversals and clearings name it by this id.
    authorization_id: TextId<TransactionId>,
    /// This decision; for the first one of an authorisation the same.
    transaction_id: TextId<TransactionId>,
    approved: bool,
    /// The response code as card networks know it.
    #[schemars(length(equal = 2))]
    response_code: &'a str,
    reason: ReasonName,
    /// The account's currency, in which all amounts here are; null where the card is not known.
    currency: Option<CurrencyCode>,
    /// How much was approved; zero where it was declined.
    approved_amount: Option<AmountView>,
    /// Names the approval; null where it was declined.
    authorization_code: Option<ApprovalCode>,
    /// What can be spent of the account after it.
    account_available_amount: Option<AmountView>,
    decided_at: Instant,
    /// Its place in the journal.
    sequence: u64,
    /// Every check, in the order of decision.
    explanation: ExplanationView<'a>,
}

impl<'a> DecisionView<'a> {
    /// The answer to the message that led to `recorded`.
    #[must_use]
    pub fn of(recorded: &'a Recorded) -> Self {
        let transaction = &recorded.transaction;
        Self {
            authorization_id: TextId(first_of(recorded)),
            transaction_id: TextId(recorded.id),
            approved: transaction.approved,
            response_code: response_code(transaction),
            reason: ReasonName(transaction.reason),
            currency: transaction.currency.map(CurrencyCode),
            approved_amount: figure(transaction, transaction.amount),
            authorization_code: ApprovalCode::of(recorded.id, transaction),
            account_available_amount: figure(transaction, transaction.available),
            decided_at: Instant(recorded.at),
            sequence: recorded.id.sequence(),
            explanation: explanation(&transaction.checks, transaction.currency),
        }
    }
}

/// What a reversal has given back.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "reversalResult", transform = all_required)]
pub struct ReversalView<'a> {
    /// The authorisation; null where it has not arrived yet.
    authorization_id: Option<TextId<TransactionId>>,
    /// This reversal.
    transaction_id: TextId<TransactionId>,
    #[schemars(length(equal = 2))]
    response_code: &'a str,
    reason: ReasonName,
    /// The account's currency, in which all amounts here are; null where the original has not arrived yet.
    currency: Option<CurrencyCode>,
    /// How much is held no more, or due no more to the holder.
    reversed_amount: Option<AmountView>,
    /// What can be spent of the account after it.
    account_available_amount: Option<AmountView>,
    decided_at: Instant,
    /// Its place in the journal.
    sequence: u64,
}

impl<'a> ReversalView<'a> {
    /// The answer to the message that led to `recorded`.
    #[must_use]
    pub fn of(recorded: &'a Recorded) -> Self {
        let transaction = &recorded.transaction;
        Self {
            authorization_id: transaction.first.map(TextId),
            transaction_id: TextId(recorded.id),
            response_code: response_code(transaction),
            reason: ReasonName(transaction.reason),
            currency: transaction.currency.map(CurrencyCode),
            reversed_amount: figure(transaction, transaction.amount),
            account_available_amount: figure(transaction, transaction.available),
            decided_at: Instant(recorded.at),
            sequence: recorded.id.sequence(),
        }
    }
}

/// What a clearing or refund has posted.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "postingResult", transform = all_required)]
pub struct PostingView<'a> {
    /// The authorisation that it settles; null where there is none.
    authorization_id: Option<TextId<TransactionId>>,
    /// This clearing or refund.
    transaction_id: TextId<TransactionId>,
    /// Whether it was posted. All are but those of cards that have expired for good, and those that a reversal came before.
    posted: bool,
    #[schemars(length(equal = 2))]
    response_code: &'a str,
    reason: ReasonName,
    /// The account's currency, in which all amounts here are.
    currency: Option<CurrencyCode>,
    /// How much was posted.
    amount: Option<AmountView>,
    /// What can be spent of the account after it.
    account_available_amount: Option<AmountView>,
    decided_at: Instant,
    /// Its place in the journal.
    sequence: u64,
    /// Every check, in the order of decision.
    explanation: ExplanationView<'a>,
}

impl<'a> PostingView<'a> {
    /// The answer to the message that led to `recorded`.
    #[must_use]
    pub fn of(recorded: &'a Recorded) -> Self {
        let transaction = &recorded.transaction;
        Self {
            authorization_id: transaction.first.map(TextId),
            transaction_id: TextId(recorded.id),
            posted: transaction.approved,
            response_code: response_code(transaction),
            reason: ReasonName(transaction.reason),
            currency: transaction.currency.map(CurrencyCode),
            amount: figure(transaction, transaction.amount),
            account_available_amount: figure(transaction, transaction.available),
            decided_at: Instant(recorded.at),
            sequence: recorded.id.sequence(),
            explanation: explanation(&transaction.checks, transaction.currency),
        }
    }
}

/// An amount with its currency.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "moneyView", transform = all_required)]
struct MoneyView {
    amount: AmountView,
    currency: CurrencyCode,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        let Money { minor, currency } = money;
        Self { amount: AmountView(Major { minor, currency }), currency: CurrencyCode(currency) }
    }
}

/// Where the card was used.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "merchantView", transform = all_required)]
struct MerchantView<'a> {
    id: Option<&'a str>,
    name: Option<&'a str>,
    city: Option<&'a str>,
    country: &'a str,
    mcc: MccText,
    terminal_id: Option<&'a str>,
    acquirer_id: Option<&'a str>,
}

impl<'a> From<&'a Merchant> for MerchantView<'a> {
    fn from(merchant: &'a Merchant) -> Self {
        Self {
            id: merchant.id.as_deref(),
            name: merchant.name.as_deref(),
            city: merchant.city.as_deref(),
            country: merchant.country.as_str(),
            mcc: MccText(merchant.mcc),
            terminal_id: merchant.terminal.as_deref(),
            acquirer_id: merchant.acquirer.as_deref(),
        }
    }
}

/// An authorisation with everything that has happened to it.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "authorization", transform = all_required)]
pub struct AuthorizationView<'a> {
    authorization_id: TextId<TransactionId>,
    card_id: Option<TextId<i64>>,
    account_id: Option<TextId<i64>>,
    status: Coded<AuthorisationStatusCode>,
    transaction_type: Coded<TransactionTypeCode>,
    card_entry_mode: Coded<EntryModeCode>,
    /// The amount as the merchant saw it.
    transaction_amount: MoneyView,
    /// The account's currency, in which all other amounts here are; null where the card is not known.
    currency: Option<CurrencyCode>,
    /// How much was approved, increments included.
    approved_amount: Option<AmountView>,
    /// How much of it is held.
    held_amount: Option<AmountView>,
    cleared_amount: Option<AmountView>,
    reversed_amount: Option<AmountView>,
    /// Names the approval; null where it was declined.
    authorization_code: Option<ApprovalCode>,
    /// When what it holds is or was released by itself; null where it held nothing.
    expires_at: Option<Instant>,
    merchant: MerchantView<'a>,
    /// Its transactions, the oldest first: the newest of them, or those before the one that was named.
    events: Vec<AuthorizationEventView<'a>>,
    /// What to give as `before` to get those before these; null where these begin with the first.
    earlier: Option<TextId<TransactionId>>,
}

/// What an authorisation's view is made of.
pub struct AuthorizationParts<'a> {
    /// What it began with.
    pub begin: &'a Recorded,
    /// How it stands, where it is on an account.
    pub known: Option<&'a KnownAuthorisation>,
    /// The transactions to show.
    pub transactions: &'a [Recorded],
    /// The first of these, if there are earlier ones.
    pub earlier: Option<TransactionId>,
}

impl<'a> AuthorizationView<'a> {
    /// The view of these parts; none where they begin with anything but an authorisation request.
    #[must_use]
    pub fn of(parts: AuthorizationParts<'a>) -> Option<Self> {
        let AuthorizationParts { begin: first, known, transactions, earlier } = parts;
        let transaction = &first.transaction;
        let Request::Authorise(request) = &transaction.request else { return None };
        let state = known.map(|known| known.state);
        let holds = state.filter(|state| {
            !state.is_credit() && !matches!(state.end, Some(End::Declined | End::NothingHeld))
        });
        let of_state = |minor: Option<i64>| minor.and_then(|minor| figure(transaction, minor));
        let approved = holds.map_or(transaction.amount, |state| state.approved);
        Some(Self {
            authorization_id: TextId(first.id),
            card_id: transaction.card.map(|card| TextId(card.0)),
            account_id: transaction.account.map(|account| TextId(account.0)),
            status: Coded(AuthorisationStatus(state.map_or(Some(End::Declined), |state| state.end))),
            transaction_type: Coded(request.transaction_type),
            card_entry_mode: Coded(request.entry_mode),
            transaction_amount: request.amount.into(),
            currency: transaction.currency.map(CurrencyCode),
            approved_amount: figure(transaction, approved),
            held_amount: of_state(state.map(|state| state.held)),
            cleared_amount: of_state(state.map(|state| state.cleared)),
            reversed_amount: of_state(state.map(|state| state.reversed)),
            authorization_code: ApprovalCode::of(first.id, transaction),
            expires_at: holds.map(|state| Instant(state.expires_at)),
            merchant: (&request.merchant).into(),
            events: transactions.iter().map(AuthorizationEventView::of).collect(),
            earlier: earlier.map(TextId),
        })
    }
}

/// A transaction of an authorisation.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "authorizationEvent", transform = all_required)]
struct AuthorizationEventView<'a> {
    transaction_id: TextId<TransactionId>,
    r#type: Coded<TransactionKindCode>,
    at: Instant,
    /// Its place in the journal.
    sequence: u64,
    approved: bool,
    #[schemars(length(equal = 2))]
    response_code: &'a str,
    reason: ReasonName,
    /// Response code and reason as the transactions of the compatible API describe them.
    #[schemars(example = &r#"061-Usage Limit "24H_RETAIL" Amount Exceeded"#)]
    response_description: String,
    /// How much was approved, given back, posted or released.
    amount: Option<AmountView>,
    /// What could be spent of the account after it.
    account_available_amount: Option<AmountView>,
    /// Every check, in the order of decision.
    explanation: Vec<CheckInWords<'a>>,
    /// What it moved; the sum is zero.
    postings: Vec<BookingView>,
}

impl<'a> AuthorizationEventView<'a> {
    fn of(recorded: &'a Recorded) -> Self {
        let transaction = &recorded.transaction;
        let booking = |currency: Currency| {
            let view = move |posting: &Posting| BookingView {
                book: Coded(posting.book),
                amount: AmountView(Major { minor: posting.minor, currency }),
            };
            transaction.postings.iter().map(view).collect()
        };
        Self {
            transaction_id: TextId(recorded.id),
            r#type: Coded(TransactionKind::of(&transaction.request)),
            at: Instant(recorded.at),
            sequence: recorded.id.sequence(),
            approved: transaction.approved,
            response_code: response_code(transaction),
            reason: ReasonName(transaction.reason),
            response_description: response_description(transaction),
            amount: figure(transaction, transaction.amount),
            account_available_amount: figure(transaction, transaction.available),
            explanation: explanation_in_words(&transaction.checks, transaction.currency),
            postings: transaction.currency.map(booking).unwrap_or_default(),
        }
    }
}

/// One side of a movement.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "booking", transform = all_required)]
struct BookingView {
    book: Coded<BookCode>,
    /// By how much the book grows; negative where it shrinks.
    amount: AmountView,
}
