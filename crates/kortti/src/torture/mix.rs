//! What is asked: kinds of requests, each with its own probability, and their words.

use serde_json::{Value, json};

use super::book::{Book, CardOn};
use crate::{http::AUTHORIZATION, random::Random};

/// The sandbox's accounts that money moves on: a prepaid one and one with credit.
pub const ACCOUNTS: [&str; 2] = ["2001", "2002"];
/// Messages about authorisations.
pub const AUTHORIZATIONS: &str = "/kortti/v1/authorizations";
/// What a card can be put to; half of the time to what lets it pay.
const STATUSES: [&str; 4] = ["CARD_OK", "CARD_OK", "CARD_BLOCKED", "CARD_LOST"];
/// Amounts are up to this, in cents.
const AUTHORISED_MAX: u64 = 6000;
const FOLLOWING_MAX: u64 = 4000;
const REFUNDED_MAX: u64 = 500;
/// More than is spent, on average, so that the accounts do not run dry.
const LOADED_MAX: u64 = 9000;
/// How many of the newest authorisations most messages are about.
const NEWEST: usize = 6;

/// What a request is for. Authorisations and own cards are named by their place in the writer's book; amounts are in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Issue a card on an account.
    Issue { account: usize },
    /// Change several members of a card at once, so that half a change would be seen.
    Update { card: usize, status: &'static str, count: u64 },
    /// Ask for an authorisation; `reversed_before` where its reversal came first.
    Authorise { card: CardOn, reversed_before: bool },
    /// Ask for more.
    Increment { index: usize, cents: i64 },
    /// Take a part back, or all.
    Reverse { index: usize, cents: Option<i64>, by_message: bool },
    /// Take back what has not come yet.
    ReverseBefore,
    /// Present an authorisation for payment.
    Clear { index: usize, cents: i64, last: bool },
    /// Give money back to a card.
    Refund { card: CardOn, cents: i64 },
    /// Put money on an account.
    Load { account: usize, cents: i64 },
}

/// The kinds of requests and how often each is chosen, in percent. What an authorisation is needed for becomes one while there
/// is none.
const MIX: [(Kind, u64); 10] = [
    (Kind::Authorise, 32),
    (Kind::Increment, 10),
    (Kind::ReversePart, 7),
    (Kind::ReverseAll, 7),
    (Kind::ReverseBefore, 3),
    (Kind::Clear, 16),
    (Kind::Refund, 5),
    (Kind::Load, 8),
    (Kind::Issue, 4),
    (Kind::Update, 8),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Authorise,
    Increment,
    ReversePart,
    ReverseAll,
    ReverseBefore,
    Clear,
    Refund,
    Load,
    Issue,
    Update,
}

impl Act {
    /// What a writer with this book asks next.
    pub fn draw(book: &Book, random: &mut Random) -> Self {
        let kind = draw_kind(random);
        let card = draw_card(book, random);
        let authorise = Self::Authorise { card, reversed_before: book.has_reversed_before() };
        let account = random.below(ACCOUNTS.len() as u64) as usize;
        match kind {
            Kind::Authorise => return authorise,
            Kind::ReverseBefore if book.has_reversed_before() => return authorise,
            Kind::ReverseBefore => return Self::ReverseBefore,
            Kind::Refund => return Self::Refund { card, cents: cents(REFUNDED_MAX, random) },
            Kind::Load => return Self::Load { account, cents: cents(LOADED_MAX, random) },
            Kind::Issue => return Self::Issue { account },
            Kind::Update if book.card_count() == 0 => return Self::Issue { account },
            Kind::Update => {
                let card = random.below(book.card_count() as u64) as usize;
                let status = STATUSES.get(random.below(STATUSES.len() as u64) as usize);
                return Self::Update {
                    card,
                    status: status.copied().unwrap_or("CARD_OK"),
                    count: 1 + random.below(1000),
                };
            }
            Kind::Increment | Kind::ReversePart | Kind::ReverseAll | Kind::Clear => {}
        }
        let Some(index) = draw_authorisation(book, random) else { return authorise };
        let amount = cents(FOLLOWING_MAX, random);
        let by_message = random.below(2) == 0 && book.is_message_known(index);
        match kind {
            Kind::Increment => Self::Increment { index, cents: amount },
            Kind::ReversePart => Self::Reverse { index, cents: Some(amount), by_message },
            Kind::ReverseAll => Self::Reverse { index, cents: None, by_message },
            _ => draw_clearing(index, book.held(index), random),
        }
    }
}

fn draw_kind(random: &mut Random) -> Kind {
    let mut left = random.below(MIX.iter().map(|(_, percent)| percent).sum());
    for (kind, percent) in MIX {
        match left.checked_sub(percent) {
            Some(rest) => left = rest,
            None => return kind,
        }
    }
    Kind::Authorise
}

/// Mostly one of the cards that all share, sometimes one of the writer's own.
fn draw_card(book: &Book, random: &mut Random) -> CardOn {
    let own = random.below(3) == 0;
    book.some_card(own, random.draw())
}

/// Mostly one of the newest, sometimes one that ended long ago.
fn draw_authorisation(book: &Book, random: &mut Random) -> Option<usize> {
    let count = book.authorisation_count();
    let among = if random.below(8) == 0 { count } else { count.min(NEWEST) };
    let back = random.below(among as u64) as usize;
    count.checked_sub(1 + back)
}

/// A clearing of what is held, of less, of more, or of a part with others to follow.
fn draw_clearing(index: usize, held: i64, random: &mut Random) -> Act {
    let some = cents(FOLLOWING_MAX, random);
    let (cents, last) = match random.below(4) {
        0 => (held, true),
        1 => (some.min(held), true),
        2 => (held.saturating_add(some), true),
        _ => (some, false),
    };
    Act::Clear { index, cents: cents.max(1), last }
}

fn cents(max: u64, random: &mut Random) -> i64 {
    1 + random.below(max).cast_signed()
}

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

impl Act {
    /// Whether its body carries a message id; the others have an idempotency key in the header.
    const fn is_message(self) -> bool {
        !matches!(self, Self::Issue { .. } | Self::Update { .. } | Self::Load { .. })
    }

    /// The status of an answer to it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Issue { .. } | Self::Load { .. } => 201,
            _ => 200,
        }
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
