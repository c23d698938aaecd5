//! A process whose clock is days ahead, beside one whose clock is right.

use std::{sync::Arc, time::Duration};

use kortti_core::{
    event::Event,
    id::CardId,
    time::{DAY_MS, Timestamp},
    view::View,
};
use kortti_store::Store;

use super::{
    given::{ANN, START, card, customer, product},
    place::{Place, entries, submit, turn_bit},
    rows::id_of,
    till::{ONE, authorise, clear, funds, nth, send, transact, with_money},
};
use crate::{Clock, JournalError, Ledger, STREAM};

/// Where the wrong clock stands: a hold of seven days has long run out there.
const FAR_AHEAD: Timestamp = START.plus_ms(8 * DAY_MS);
/// Longer than an idle engine takes to look whether something is due.
const A_WHILE: Duration = Duration::from_millis(600);

type Start = fn(Arc<dyn Store>, Clock) -> Result<Ledger, JournalError>;

/// A place with a card that holds 500 of 1000, a ledger whose clock is right, and one whose clock is far ahead.
async fn with_hold(start: Start) -> (Place, Ledger, Ledger) {
    let place = with_money(1000).await;
    let right = place.ledger();
    submit(&right, transact(authorise(ONE, 500))).await.unwrap();
    let wrong = start(place.store(), Clock::fixed(FAR_AHEAD)).unwrap();
    tokio::time::sleep(A_WHILE).await;
    assert_eq!(place.store().head(STREAM).unwrap().sequence, 7, "what is due by a wrong clock was done");
    (place, right, wrong)
}

/// The hold is as it was, and it is no later than before.
async fn assert_untouched(place: &Place, right: &Ledger, entered: usize) {
    right.catch_up().await.unwrap();
    assert_eq!(entries(right).len(), 7 + entered);
    assert_eq!(funds(right.state()), (1000, 500));
    submit(right, card(3009)).await.unwrap();
    assert!(entries(right).iter().all(|entry| entry.at == START));
    place.verify(right.state());
}

#[tokio::test]
async fn who_starts_to_share_does_nothing_that_its_own_clock_says_is_due() {
    let (place, right, wrong) = with_hold(Ledger::start_to_share).await;
    assert!(submit(&wrong, card(3008)).await.is_err(), "it decides although it does not lead");
    wrong.stop();
    assert_untouched(&place, &right, 0).await;
}

#[tokio::test]
async fn guest_that_reads_writes_nothing() {
    let (place, right, wrong) = with_hold(Ledger::start_as_guest).await;
    let snapshot = place.snapshot_sequence();
    assert!(wrong.state().card(CardId(ONE)).is_some());
    wrong.stop();
    assert_eq!(place.snapshot_sequence(), snapshot);
    assert_untouched(&place, &right, 0).await;
}

#[tokio::test]
async fn guest_that_adds_something_adds_nothing_else_and_moves_nobodys_time() {
    let (place, right, wrong) = with_hold(Ledger::start_as_guest).await;
    let snapshot = place.snapshot_sequence();
    submit(&wrong, card(3008)).await.unwrap();
    wrong.stop();
    assert_eq!(place.snapshot_sequence(), snapshot);
    assert_untouched(&place, &right, 1).await;
}

#[tokio::test]
async fn guest_that_is_behind_follows_and_brings_its_command() {
    let (place, right, wrong) = with_hold(Ledger::start_as_guest).await;
    submit(&right, card(3007)).await.unwrap();
    submit(&wrong, card(3008)).await.unwrap();
    assert_untouched(&place, &right, 2).await;
}

/// Where nothing waits, the command of an operator is dated when it was given.
#[tokio::test]
async fn guest_on_an_empty_store_decides_by_its_own_clock() {
    let place = Place::new();
    let guest = Ledger::start_as_guest(place.store(), Clock::fixed(START)).unwrap();
    submit(&guest, product()).await.unwrap();
    guest.stop();
    let later = START.plus_ms(DAY_MS);
    let guest = Ledger::start_as_guest(place.store(), Clock::fixed(later)).unwrap();
    submit(&guest, customer(ANN, "C-1")).await.unwrap();
    let entries = entries(&guest);
    assert_eq!(entries.iter().map(|entry| entry.at).collect::<Vec<_>>(), [START, later]);
    assert!(matches!(entries[0].event, Event::ProductDefined(..)));
}

#[tokio::test]
async fn guest_leaves_a_snapshot_that_it_cannot_use() {
    let place = with_money(1000).await;
    turn_bit(&place, (1, id_of(1, ONE)));
    let snapshot = place.snapshot_sequence();
    let guest = Ledger::start_as_guest(place.store(), Clock::fixed(START)).unwrap();
    assert_eq!(funds(guest.state()), (1000, 0));
    guest.stop();
    assert_eq!(place.snapshot_sequence(), snapshot);
}

#[tokio::test]
async fn snapshot_of_a_process_whose_clock_was_ahead_is_not_believed() {
    let place = with_money(1000).await;
    let ledger = place.ledger();
    send(&ledger, authorise(ONE, 500)).await;
    send(&ledger, clear(nth(7), 500, true)).await;
    ledger.stop();
    place.store().clear_snapshot(STREAM).unwrap();
    let uses = |ledger: &Ledger| ledger.state().transactions.uses.lock().len();
    let ahead = Ledger::start(place.store(), Clock::fixed(FAR_AHEAD)).unwrap();
    while uses(&ahead) > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    ahead.stop();
    let ledger = place.ledger();
    assert_eq!((uses(&ledger), ledger.state().decided_at()), (1, START));
    place.verify(ledger.state());
}
