//! Transactions as they stand in journal events: what was asked and what came of it. How it was decided stands with the
//! authorisation.

use kortti_core::{
    controls::{Controls, List},
    money::Money,
    transaction::{Merchant, Posting, Reason, Request, Transaction},
};
use serde_json::{Map, Value, json};

use super::{
    codes::Code,
    explanation::response_code,
    transaction_codes::{BookCode, EntryModeCode, TransactionKind, TransactionKindCode, TransactionTypeCode},
};

/// The kind of a transaction's event.
pub fn kind(transaction: &Transaction) -> &'static str {
    TransactionKindCode::spell(TransactionKind::of(&transaction.request))
}

/// What a transaction was and did. Amounts are minor units there, as in all events.
pub fn transaction(transaction: &Transaction) -> Value {
    let posting =
        |posting: &Posting| json!({ "book": BookCode::spell(posting.book), "minor": posting.minor });
    let mut members = json!({
        "cardId": transaction.card.map(|id| id.to_string()),
        "accountId": transaction.account.map(|id| id.to_string()),
        "authorizationId": transaction.first.map(|id| id.to_string()),
        "approved": transaction.approved,
        "responseCode": response_code(transaction),
        "reason": transaction.reason.name(),
        "currency": transaction.currency.map(kortti_core::reference::Currency::code),
        "amountMinor": transaction.amount,
        "availableMinor": transaction.available,
        "postings": transaction.postings.iter().map(posting).collect::<Vec<_>>(),
    });
    if let (Some(members), Value::Object(asked)) = (members.as_object_mut(), request(transaction)) {
        members.extend(asked);
    }
    members
}

fn request(transaction: &Transaction) -> Value {
    let transaction_type = transaction.transaction_type().map(TransactionTypeCode::spell);
    match &transaction.request {
        Request::Authorise(request) => json!({
            "transactionType": transaction_type,
            "cardEntryMode": EntryModeCode::spell(request.entry_mode),
            "transactionAmount": money(&request.amount),
            "billingAmount": request.billing.as_ref().map(money),
            "merchant": merchant(&request.merchant),
            "advice": request.advice.as_ref().map(|advice| json!({
                "approved": advice.approved,
                "responseCode": advice.response_code,
            })),
        }),
        Request::Increment(request) => json!({
            "transactionAmount": money(&request.amount),
            "billingAmount": request.billing.as_ref().map(money),
        }),
        Request::Reverse(request) => json!({
            "transactionAmount": request.amount.as_ref().map(money),
            "cameFirst": transaction.reason == Reason::ReversalNoted,
        }),
        Request::ExpireHold(_) => Value::Null,
        Request::Clear(request) => json!({
            "transactionType": transaction_type,
            "transactionAmount": money(&request.amount),
            "billingAmount": request.billing.as_ref().map(money),
            "final": request.last,
            "merchant": request.merchant.as_ref().map(merchant),
        }),
        Request::Refund(request) => json!({
            "transactionAmount": money(&request.amount),
            "billingAmount": request.billing.as_ref().map(money),
            "merchant": request.merchant.as_ref().map(merchant),
        }),
        Request::Post(request) => json!({
            "transactionAmount": money(&request.amount),
            "text": request.details.as_ref().and_then(|details| details.text.as_deref()),
        }),
        Request::Fee(request) => {
            json!({ "transactionAmount": money(&request.amount), "feeCode": request.code })
        }
    }
}

fn money(money: &Money) -> Value {
    json!({ "minor": money.minor, "currency": money.currency.code() })
}

fn merchant(merchant: &Merchant) -> Value {
    json!({
        "id": merchant.id,
        "name": merchant.name,
        "city": merchant.city,
        "country": merchant.country.as_str(),
        "mcc": merchant.mcc.to_string(),
        "terminalId": merchant.terminal,
        "acquirerId": merchant.acquirer,
    })
}

/// The controls of a card or product.
pub fn controls(controls: Option<&Controls>) -> Value {
    let Some(controls) = controls else { return Value::Null };
    let lists = [
        ("mcc", controls.mcc.as_ref().map(|lists| list(lists, ToString::to_string))),
        ("merchants", controls.merchants.as_ref().map(|lists| list(lists, ToString::to_string))),
        ("countries", controls.countries.as_ref().map(|lists| list(lists, |one| one.alpha3().to_owned()))),
    ];
    let mut members: Map<String, Value> =
        lists.into_iter().map(|(name, list)| (name.to_owned(), list.unwrap_or_default())).collect();
    members.insert("firstMerchantLock".to_owned(), json!(controls.first_merchant_lock));
    members.insert("singleUse".to_owned(), json!(controls.single_use));
    Value::Object(members)
}

fn list<T>(list: &List<T>, text: impl Fn(&T) -> String + Copy) -> Value {
    let texts = |items: &[T]| items.iter().map(text).collect::<Vec<_>>();
    json!({ "allow": texts(&list.allow), "block": texts(&list.block) })
}
