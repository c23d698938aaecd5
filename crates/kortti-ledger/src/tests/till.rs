//! Places with money in them, and what can be done with it.

use std::sync::Arc;

use kortti_core::{
    controls::Controls,
    decide::{Command, IssueCard, LimitRequest, RequestedRule, Transact, UpdateAccount, UpdateCard},
    entry::Origin,
    id::{CardId, IdempotencyKey, TransactionId},
    limit::{Period, UsageType},
    money::{Decimal, Money},
    reference::{Country, Currency, Mcc},
    transaction::{
        Authorise, Book, Clear, EntryMode, Increment, Merchant, Original, Post, PostKind, Request, Reverse,
        TransactionType,
    },
    usage::Funds,
    view::View,
};

use super::{
    given::{ACCOUNT, OURS, account_to_close, card, issue, origin, set_status},
    place::{Place, assert_same, submit},
};
use crate::{HotState, Ledger, LedgerError, Outcome, Recorded};

pub const ONE: i64 = 3001;
pub const OTHER: i64 = 3002;

/// A place with two cards on one account, and `minor` on it. Its journal has six entries.
pub async fn with_money(minor: i64) -> Place {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    for command in [card(ONE), card(OTHER), transact(load(minor))] {
        submit(&ledger, command).await.unwrap();
    }
    ledger.stop();
    place
}

/// The id of the transaction that the entry tells of.
pub fn nth(sequence: u64) -> TransactionId {
    TransactionId::of(0, sequence)
}

fn euros(minor: i64) -> Money {
    Money { minor, currency: Currency::parse("EUR").unwrap() }
}

fn merchant() -> Merchant {
    Merchant {
        mcc: Mcc::new(5411).unwrap(),
        country: Country::parse("FIN").unwrap().into(),
        id: None,
        name: None,
        city: None,
        terminal: None,
        acquirer: None,
    }
}

pub fn authorise(card: i64, minor: i64) -> Request {
    Request::Authorise(Arc::new(Authorise {
        card: Some(CardId(card)),
        transaction_type: TransactionType::Retail,
        entry_mode: EntryMode::Chip,
        amount: euros(minor),
        billing: None,
        merchant: merchant(),
        partial_capable: false,
        expiry: None,
        advice: None,
        details: None,
        unknown_number: None,
    }))
}

pub fn increment(authorisation: TransactionId, minor: i64) -> Request {
    Request::Increment(Box::new(Increment { authorisation, amount: euros(minor), billing: None }))
}

/// Gives back a part, or all of it.
pub fn reverse(authorisation: TransactionId, minor: Option<i64>) -> Request {
    Request::Reverse(Reverse { original: Original::Authorisation(authorisation), amount: minor.map(euros) })
}

pub fn reverse_message(message: u8) -> Request {
    Request::Reverse(Reverse { original: Original::Message(key(message)), amount: None })
}

pub fn clear(authorisation: TransactionId, minor: i64, last: bool) -> Request {
    Request::Clear(Box::new(Clear {
        authorisation: Some(authorisation),
        card: None,
        amount: euros(minor),
        billing: None,
        last,
        transaction_type: None,
        merchant: None,
        details: None,
    }))
}

pub fn load(minor: i64) -> Request {
    Request::Post(Box::new(Post {
        card: None,
        account: Some(ACCOUNT),
        kind: PostKind::Deposit,
        amount: euros(minor),
        details: None,
    }))
}

pub fn key(message: u8) -> IdempotencyKey {
    IdempotencyKey([message; 16])
}

pub fn transact(request: Request) -> Command {
    Command::Transact(Transact { request, message: None })
}

/// The origin and command of a message.
pub fn message(message: u8, request: Request) -> (Origin, Command) {
    let key = Some(key(message));
    (Origin { idempotency: key, ..origin() }, Command::Transact(Transact { request, message: key }))
}

pub async fn try_send(ledger: &Ledger, id: u8, request: Request) -> Result<Outcome, LedgerError> {
    let (origin, command) = message(id, request);
    ledger.submit(OURS, origin, command, Vec::new()).await
}

/// Sends a request that is no message, which must be decided.
pub async fn send(ledger: &Ledger, request: Request) -> Recorded {
    submit(ledger, transact(request)).await.unwrap().transaction.unwrap()
}

/// The same for a message.
pub async fn send_as(ledger: &Ledger, id: u8, request: Request) -> Recorded {
    try_send(ledger, id, request).await.unwrap().transaction.unwrap()
}

/// Balance and held of the account.
pub fn funds(state: &HotState) -> (i64, i64) {
    let Funds { balance, held } = state.account_activity(ACCOUNT).unwrap().funds;
    (balance, held)
}

/// The totals of the books of balances and of what is held.
pub fn books(state: &HotState) -> (i64, i64) {
    let books = state.transactions.books.read();
    let of = |wanted| books.iter().filter(|((_, _, book), _)| *book == wanted).map(|(_, minor)| *minor).sum();
    (of(Book::Balance), of(Book::Held))
}

/// The limit of one window for every kind of use.
fn limit(period: Period, sum: Option<i64>, count: Option<u32>) -> Vec<LimitRequest> {
    let rule = RequestedRule::Within { single: None, sum: sum.map(Decimal::whole), count };
    vec![LimitRequest {
        period,
        usage: UsageType::All,
        rule: Some(rule),
        reset: false,
        field: "usageLimits[0].values[0]".into(),
    }]
}

/// Limits a card; the sum in major units.
pub fn limit_card(card: i64, period: Period, sum: Option<i64>, count: Option<u32>) -> Command {
    let Command::UpdateCard(update) = set_status(card, None) else { panic!("not an update") };
    Command::UpdateCard(UpdateCard { limits: limit(period, sum, count), ..update })
}

/// Limits the account.
pub fn limit_account(period: Period, sum: Option<i64>, count: Option<u32>) -> Command {
    let Command::UpdateAccount(update) = account_to_close() else { panic!("not an update") };
    Command::UpdateAccount(UpdateAccount { status: None, limits: limit(period, sum, count), ..update })
}

pub fn single_use_card(id: i64) -> Command {
    let controls = Controls { single_use: Some(true), ..Controls::default() };
    Command::IssueCard(IssueCard { controls, ..issue(id) })
}

/// Both have the same money: also what is in the rolling window, and what was reversed before it came.
pub fn assert_same_money(one: &HotState, other: &HotState) {
    assert_same(one, other);
    let uses = |state: &HotState| state.transactions.uses.lock().iter().copied().collect::<Vec<_>>();
    assert_eq!(uses(one), uses(other));
    assert_eq!(*one.transactions.reversals.read(), *other.transactions.reversals.read());
    assert_eq!(one.transactions.next_hold_due(), other.transactions.next_hold_due());
}
