//! Compares what the processes show with what the answers add up to.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use kortti_core::time::Timestamp;
use serde_json::Value;

use super::{
    book::{Book, CardOn, Known, OwnCard, Used, cents},
    difference::Difference,
    request::{ACCOUNTS, AUTHORIZATIONS, audited, bytes, card_name, user},
    writer::{Link, Writer, parse},
};
use crate::Failure;

/// What the sandbox's accounts begin with, and how much their holders may owe, in cents.
const FUNDS: [(i64, i64); ACCOUNTS.len()] = [(100_000, 0), (0, 500_000)];

/// An authorisation that no journal comes to.
const BEYOND: u64 = 999_999_999_999;

/// Reads something that must be there.
///
/// # Errors
/// When it is not.
pub fn read(path: &str, link: &mut Link) -> Result<Value, Difference> {
    let (_, answer) = link.insist(&bytes("GET", &audited(path, "torture"), None, None))?;
    if answer.status == 200 {
        return Ok(parse(&answer));
    }
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    Err(Difference::Refused { key: path.to_owned(), status: answer.status, body })
}

/// Compares a writer's answers, authorisations and own cards: what changed since the last time, or all.
///
/// # Errors
/// The first difference.
pub fn writer(writer: &mut Writer, all: bool, link: &mut Link) -> Result<(), Difference> {
    writer.compare_answers(all, link)?;
    let book = &mut writer.book;
    if all {
        book.touched = (0..book.authorisation_count()).collect();
        book.touched_cards = (0..book.card_count()).collect();
    }
    for index in mem::take(&mut book.touched) {
        let Some(known) = book.authorisations().get(index) else { continue };
        let found = read(&format!("{AUTHORIZATIONS}/{}?limit=1000", known.id), link)?;
        authorisation(known, &found)?;
        let expires_at = found.get("expiresAt").and_then(Value::as_str).and_then(Timestamp::parse);
        book.set_expiry(index, expires_at);
    }
    for card in mem::take(&mut book.touched_cards) {
        let Some(own) = book.cards().get(card) else { continue };
        own_card(book.writer(), own, &read(&card_path(own.on.id), link)?)?;
    }
    Ok(())
}

/// Compares an authorisation's figures, and how many transactions it has.
///
/// # Errors
/// The first difference.
pub fn authorisation(known: &Known, found: &Value) -> Result<(), Difference> {
    let of = || format!("authorisation {}", known.id);
    let figures = [
        ("approvedAmount", known.approved),
        ("heldAmount", known.held),
        ("clearedAmount", known.cleared),
        ("reversedAmount", known.reversed),
    ];
    for (member, expected) in figures {
        amount(of, member, expected, found)?;
    }
    let events = found.get("events").and_then(Value::as_array).map_or(0, Vec::len);
    if events == known.events {
        Ok(())
    } else {
        Err(Difference::shown(of(), "events", known.events, &events.into()))
    }
}

/// Compares what a card shows that its writer changed: all members of the last change, or none of another.
fn own_card(writer: usize, own: &OwnCard, found: &Value) -> Result<(), Difference> {
    let mut members = vec![("/embossing/firstName", Value::from(card_name(writer, own.named_by)))];
    if let Some((status, count)) = own.updated {
        members.push(("/status", status.into()));
        members.push(("/reason", user(writer, own.named_by).into()));
        members.push(("/usageLimits/2/values/1/count", count.into()));
    }
    for (member, expected) in members {
        let shown = found.pointer(member).unwrap_or(&Value::Null);
        if *shown != expected {
            return Err(Difference::shown(format!("card {}", own.on.id), member, expected, shown));
        }
    }
    Ok(())
}

/// Compares the accounts' money.
///
/// # Errors
/// The first difference.
pub fn accounts(writers: &[Writer], link: &mut Link) -> Result<(), Difference> {
    for ((account, id), (begin, credit)) in ACCOUNTS.iter().enumerate().zip(FUNDS) {
        let sum = |of: fn(&Book, usize) -> i64| writers.iter().map(|writer| of(&writer.book, account)).sum();
        let (balance, held): (i64, i64) = (sum(Book::balance), sum(Book::held_on));
        let found = read(&format!("/account/v4/{id}"), link)?;
        funds(id, begin + balance, begin + balance - held + credit, &found)?;
    }
    Ok(())
}

/// Compares an account's balance and what is available on it.
///
/// # Errors
/// The first difference.
pub fn funds(account: &str, balance: i64, available: i64, found: &Value) -> Result<(), Difference> {
    let of = || format!("account {account}");
    amount(of, "balance", balance, found)?;
    amount(of, "available", available, found)
}

/// Compares what the cards in `cards` were used for.
///
/// # Errors
/// The first difference.
pub fn uses(
    writers: &mut [Writer],
    cards: &BTreeSet<u64>,
    now: Timestamp,
    link: &mut Link,
) -> Result<(), Difference> {
    let mut all = BTreeMap::new();
    writers.iter_mut().for_each(|writer| writer.book.add_uses(now, &mut all));
    for card in cards {
        let found = read(&card_path(*card), link)?;
        used(*card, all.get(card).copied().unwrap_or_default(), &found)?;
    }
    Ok(())
}

/// Compares a card's counters of the last 24 hours.
///
/// # Errors
/// The first difference.
pub fn used(card: u64, expected: Used, found: &Value) -> Result<(), Difference> {
    let shown = found.pointer("/usageLimits/2/values/0").unwrap_or(&Value::Null);
    let of = || format!("card {card}");
    amount(of, "usedAmount", expected.cents, shown)?;
    let count = shown.get("usedCount").unwrap_or(&Value::Null);
    if count.as_i64() == Some(expected.count) {
        return Ok(());
    }
    Err(Difference::shown(of(), "usedCount", expected.count, count))
}

/// The cards that show their uses, and whose uses may have changed since the last time, or all of them.
pub fn used_cards(writers: &[Writer], shared: &[CardOn], all: bool) -> BTreeSet<u64> {
    let mut cards: BTreeSet<u64> = shared.iter().map(|card| card.id).collect();
    for book in writers.iter().map(|writer| &writer.book) {
        let touched = book.touched.iter().filter_map(|index| book.authorisations().get(*index));
        let touched: BTreeSet<u64> = touched.map(|known| known.card.id).collect();
        let showing = book.cards().iter().filter(|card| card.updated.is_some()).map(|card| card.on.id);
        cards.extend(showing.filter(|card| all || touched.contains(card)));
    }
    cards
}

/// Lets a process hear of everything that others have written. Where a process refuses, it has made sure first that this is the
/// end of the journal; a refusal leaves no trace.
///
/// # Errors
/// When it does not answer as it should.
pub fn bring_up_to_date(process: usize, link: &mut Link) -> Result<(), Difference> {
    let body = serde_json::json!({ "messageId": "torture-nothing" });
    let path = audited(&format!("{AUTHORIZATIONS}/{BEYOND}/reversals"), "torture");
    let answer = link.insist_on(process, &bytes("POST", &path, None, Some(&body)))?;
    if answer.status == 404 {
        return Ok(());
    }
    Err(Failure::new(format!("process {process} answered {} for what does not exist", answer.status)).into())
}

fn card_path(card: u64) -> String {
    format!("/card/v4/{card}")
}

fn amount(
    of: impl Fn() -> String,
    member: &'static str,
    expected: i64,
    found: &Value,
) -> Result<(), Difference> {
    let shown = found.get(member).unwrap_or(&Value::Null);
    if cents(shown) == Some(expected) {
        return Ok(());
    }
    Err(Difference::shown(of(), member, format!("{expected} cents"), shown))
}

#[cfg(test)]
mod tests;
