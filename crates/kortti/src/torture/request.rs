//! The words of a request, by which its answer, its repetition and its entry in the journal are recognised.

use serde_json::{Value, json};

use super::{
    book::Book,
    mix::{AUTHORISED_MAX, Act},
};
use crate::http::AUTHORIZATION;

/// The sandbox's accounts that money moves on: a prepaid one and one with credit.
pub const ACCOUNTS: [&str; 2] = ["2001", "2002"];
/// Messages about authorisations.
pub const AUTHORIZATIONS: &str = "/kortti/v1/authorizations";
/// Where the sandbox's clock is moved.
pub const MOVE_CLOCK: &str = "/sandbox/v1/clock/advance";

/// A request with what makes its repetition the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What it is for.
    pub act: Act,
    /// Its place among the writer's requests, from 1.
    pub number: u64,
    /// Its message id or idempotency key.
    pub key: String,
    /// The message that it reverses before it comes.
    pub reverses: Option<String>,
    /// The request, as it goes over the wire, also when it goes again.
    pub bytes: Vec<u8>,
}

impl Request {
    /// The request for an act, under a number that was never used. `amount` is what an authorisation asks for.
    pub fn new(book: &Book, number: u64, act: Act, amount: u64) -> Self {
        let user = user(book.writer(), number);
        let mut key = user.clone();
        let (mut method, mut reverses) = ("POST", None);
        let of =
            |index: usize, what: &str| format!("{AUTHORIZATIONS}/{}/{what}", book.authorisation_id(index));
        let (path, mut body) = match act {
            Act::Issue { account } => {
                let account = ACCOUNTS.get(account).copied().unwrap_or_default();
                (card_path(account), new_card(&card_name(book.writer(), number)))
            }
            Act::Update { card, status, count } => {
                method = "PATCH";
                let name = card_name(book.writer(), number);
                (
                    format!("/card/v4/VISA_VIRTUAL/{}", book.card_id(card)),
                    changed_card(&name, &user, status, count),
                )
            }
            Act::Authorise { card, reversed_before } => {
                if let Some(message) = book.reversed_before().filter(|_| reversed_before) {
                    key = message.to_owned();
                }
                let amount = 1 + (amount % AUTHORISED_MAX).cast_signed();
                (AUTHORIZATIONS.to_owned(), purchase(card.id, amount))
            }
            Act::Increment { index, cents } => (of(index, "increments"), json!({ "amount": money(cents) })),
            Act::Reverse { index, cents, by_message } => {
                let mut body = cents.map_or(json!({}), |cents| json!({ "amount": money(cents) }));
                // As by those who know nothing else of the authorisation.
                if by_message {
                    put(&mut body, "originalMessageId", book.message_of(index));
                    ("/kortti/v1/reversals".to_owned(), body)
                } else {
                    (of(index, "reversals"), body)
                }
            }
            Act::ReverseBefore => {
                let original = format!("{user}-late");
                reverses = Some(original.clone());
                ("/kortti/v1/reversals".to_owned(), json!({ "originalMessageId": original }))
            }
            Act::Clear { index, cents, last } => {
                (of(index, "clearings"), json!({ "transactionAmount": money(cents), "final": last }))
            }
            Act::Refund { card, cents } => (
                format!("/kortti/v1/cards/{}/refunds", card.id),
                json!({ "transactionAmount": money(cents) }),
            ),
            Act::Load { account, cents } => {
                let mut body = money(cents);
                put(&mut body, "type", "DP".to_owned());
                let account = ACCOUNTS.get(account).copied().unwrap_or_default();
                (format!("/transaction/v3/account/{account}"), body)
            }
            Act::MoveClock { seconds } => (MOVE_CLOCK.to_owned(), json!({ "seconds": seconds })),
        };
        let header = if act.is_message() {
            put(&mut body, "messageId", key.clone());
            None
        } else {
            Some(key.as_str())
        };
        let bytes = bytes(method, &audited(&path, &user), header, Some(&body));
        Self { act, number, key, reverses, bytes }
    }

    /// The reversal, under a number of its own, of an authorisation whose sender does not know what became of it.
    pub fn reversal_of(original: &Self, book: &Book, number: u64) -> Self {
        let key = user(book.writer(), number);
        let body = json!({ "messageId": key, "originalMessageId": original.key });
        let bytes = bytes("POST", &audited("/kortti/v1/reversals", &key), None, Some(&body));
        Self { act: Act::ReverseBefore, number, key, reverses: Some(original.key.clone()), bytes }
    }

    /// The same request where it turns out to be for another thing.
    pub fn turned_out(self, act: Act) -> Self {
        Self { act, ..self }
    }
}

/// Whom the journal names for a request, so that every entry tells which request it answers. It is also the key by which a
/// repetition is recognised.
pub fn user(writer: usize, number: u64) -> String {
    format!("torture-{writer}-{number}")
}

/// The writer and the number of the request that an entry names.
pub fn request_of(user: &str) -> Option<(usize, u64)> {
    let (writer, number) = user.strip_prefix("torture-")?.split_once('-')?;
    Some((writer.parse().ok()?, number.parse().ok()?))
}

/// The first name on a card that this request issued or changed.
pub fn card_name(writer: usize, number: u64) -> String {
    format!("W{writer} {number}")
}

/// Where a card on an account is issued.
pub fn card_path(account: &str) -> String {
    format!("/card/v4/VISA_VIRTUAL/customer/1001/account/{account}/MAIN")
}

fn new_card(name: &str) -> Value {
    json!({ "embossing": { "firstName": name } })
}

/// Lets a card show what it was used for in the last 24 hours.
pub fn counting(atm_count: u64) -> Value {
    json!([{ "code": "24H", "values": [
        { "code": "ALL", "count": 1_000_000 },
        { "code": "ATM", "count": atm_count },
    ] }])
}

fn changed_card(name: &str, reason: &str, status: &str, count: u64) -> Value {
    json!({
        "status": status,
        "reason": reason,
        "usageLimits": counting(count),
        "embossing": { "firstName": name },
    })
}

fn purchase(card: u64, cents: i64) -> Value {
    json!({
        "cardId": card.to_string(), "transactionType": "RETAIL", "cardEntryMode": "CHIP_READ",
        "transactionAmount": money(cents), "merchant": { "country": "FIN", "mcc": "5411" },
    })
}

/// An amount in euros. A double shows two decimals as they were written.
fn money(cents: i64) -> Value {
    json!({ "amount": cents as f64 / 100.0, "currency": "EUR" })
}

fn put(body: &mut Value, name: &str, value: String) {
    if let Value::Object(members) = body {
        members.insert(name.to_owned(), value.into());
    }
}

/// The path with who asks.
pub fn audited(path: &str, user: &str) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}auditUser={user}")
}

/// A whole request.
pub fn bytes(method: &str, target: &str, key: Option<&str>, body: Option<&Value>) -> Vec<u8> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let length = body.len();
    let key = key.map(|key| format!("x-idempotency-key: {key}\r\n")).unwrap_or_default();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: kortti\r\n{AUTHORIZATION}{key}Content-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests;
