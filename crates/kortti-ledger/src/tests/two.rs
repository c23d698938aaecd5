use std::{sync::Arc, time::Duration};

use kortti_core::{
    card::CardStatus,
    decide::{Command, IssueCard, Refusal},
    id::CardId,
    view::View,
};

use super::{
    concurrency::all_at_once,
    given::{
        ANN, OURS, START, account, card, customer, disposable, issue, keyed, origin, product, row, set_status,
    },
    place::{Place, assert_same, entries, submit},
};
use crate::{ClockMove, Ledger, LedgerError};

async fn two(place: &Place) -> (Arc<Ledger>, Arc<Ledger>) {
    (Arc::new(place.ledger()), Arc::new(place.ledger()))
}

/// Both ledgers have followed the journal to its end and agree with a replay.
async fn check(place: &Place, one: &Ledger, other: &Ledger) {
    one.catch_up().await.unwrap();
    other.catch_up().await.unwrap();
    assert_same(one.state(), other.state());
    place.verify(one.state());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_ledgers_on_one_store_both_get_on_and_lose_nothing() {
    let place = Place::furnished().await;
    let (one, other) = two(&place).await;
    let (odd, even) = tokio::join!(
        all_at_once(&one, (0..50).map(|n| card(3001 + 2 * n))),
        all_at_once(&other, (0..50).map(|n| card(3002 + 2 * n))),
    );
    assert!(odd.iter().chain(&even).all(Result::is_ok));
    check(&place, &one, &other).await;
    assert_eq!(one.state().card_count(), 100);
}

#[tokio::test]
async fn clock_that_another_process_has_just_moved_goes_on_from_there() {
    let place = Place::furnished().await;
    let (one, other) = two(&place).await;
    let before = other.clock().now();
    one.advance(ClockMove::By { ms: 50_000 }, origin()).await.unwrap();
    // It has not heard of that yet.
    let now = other.advance(ClockMove::By { ms: 30_000 }, origin()).await.unwrap();
    assert!(now >= before.plus_ms(80_000));
    check(&place, &one, &other).await;
}

#[tokio::test]
async fn ledgers_that_take_turns_follow_each_other() {
    let place = Place::furnished().await;
    let (one, other) = two(&place).await;
    for id in (3001..3021).step_by(2) {
        submit(&one, card(id)).await.unwrap();
        submit(&other, set_status(id, Some(CardStatus::Lost))).await.unwrap();
        submit(&other, card(id + 1)).await.unwrap();
        submit(&one, set_status(id + 1, Some(CardStatus::Stolen))).await.unwrap();
    }
    check(&place, &one, &other).await;
    assert_eq!(entries(&one).len(), 43);
}

#[tokio::test]
async fn number_is_given_once_by_two_ledgers() {
    let place = Place::furnished().await;
    let (one, other) = two(&place).await;
    submit(&one, card(3001)).await.unwrap();
    let taken = IssueCard { pan_index: issue(3001).pan_index, ..issue(3002) };
    let refused = submit(&other, Command::IssueCard(taken)).await;
    assert_eq!(refused, Err(LedgerError::Refused(Refusal::NumberTaken)));
    check(&place, &one, &other).await;
}

#[tokio::test]
async fn id_that_both_gave_out_belongs_to_the_first() {
    let place = Place::furnished().await;
    let (one, other) = two(&place).await;
    let (id, same) = (one.state().ids().cards.take(), other.state().ids().cards.take());
    assert_eq!(id, same);
    one.submit(OURS, origin(), card(id), row(id, b"first")).await.unwrap();
    let (pan_index, reference) = (issue(9).pan_index, issue(9).reference);
    let second = Command::IssueCard(IssueCard { pan_index, reference, ..issue(same) });
    let refused = other.submit(OURS, origin(), second, row(same, b"second")).await;
    assert_eq!(refused, Err(LedgerError::Refused(Refusal::Stale)));
    let body = other.cold(kortti_store::ColdTable::CardPan, id).unwrap();
    assert_eq!(body.as_deref(), Some(&b"first"[..]));
    assert_eq!(other.state().ids().cards.take(), id + 1);
    check(&place, &one, &other).await;
}

#[tokio::test]
async fn repetition_at_the_other_ledger_happens_once() {
    let place = Place::furnished().await;
    let (one, other) = two(&place).await;
    let first = one.submit(OURS, keyed(1), card(3001), Vec::new()).await.unwrap();
    let again = other.submit(OURS, keyed(1), card(3002), Vec::new()).await.unwrap();
    assert_eq!((again.id, again.sequence, again.repeated), (3001, first.sequence, true));
    check(&place, &one, &other).await;
}

#[tokio::test]
async fn idle_ledger_follows_by_itself() {
    let place = Place::furnished().await;
    let (one, other) = two(&place).await;
    let mut committed = other.committed();
    submit(&one, card(3001)).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), committed.wait_for(|sequence| *sequence == 4))
        .await
        .unwrap()
        .unwrap();
    assert!(other.state().card(CardId(3001)).is_some());
}

#[tokio::test]
async fn clock_is_moved_although_the_other_ledger_has_written() {
    let place = Place::furnished().await;
    let (one, other) = two(&place).await;
    submit(&one, disposable(3001, START.plus_ms(10))).await.unwrap();
    other.catch_up().await.unwrap();
    submit(&one, card(3002)).await.unwrap();
    let to = START.plus_ms(50);
    assert_eq!(other.advance(ClockMove::To(to), origin()).await, Ok(to));
    check(&place, &one, &other).await;
    assert_eq!(one.clock().now(), to);
    assert_eq!(one.state().card(CardId(3001)).unwrap().status.since, START.plus_ms(10));
}

#[tokio::test]
async fn ledger_goes_on_after_the_other_has_wiped_the_store() {
    // As many entries as before, fewer, and more.
    for new_cards in [0, 1, 9] {
        let place = Place::furnished().await;
        let (one, other) = two(&place).await;
        submit(&one, card(3001)).await.unwrap();
        other.catch_up().await.unwrap();
        one.wipe().await.unwrap();
        // The clock stands still, so another journal must begin with something else than before.
        for command in [customer(ANN, "C-9"), product(), account()] {
            submit(&one, command).await.unwrap();
        }
        for id in 0..new_cards {
            submit(&one, card(3100 + id)).await.unwrap();
        }
        if new_cards == 1 {
            // Equally long, the journals differ in nothing that an append compares.
            other.catch_up().await.unwrap();
        }
        let late = tokio::time::timeout(Duration::from_secs(20), submit(&other, card(3200))).await;
        late.unwrap().unwrap();
        assert_eq!(other.state().card(CardId(3001)), None);
        assert_eq!(other.state().card_count(), usize::try_from(new_cards).unwrap() + 1);
        check(&place, &one, &other).await;
    }
}

#[tokio::test]
async fn snapshots_of_two_ledgers_add_up() {
    let place = Place::furnished().await;
    let (one, other) = two(&place).await;
    submit(&one, card(3001)).await.unwrap();
    submit(&other, card(3002)).await.unwrap();
    one.submit(OURS, keyed(1), set_status(3002, Some(CardStatus::Lost)), Vec::new()).await.unwrap();
    one.stop();
    submit(&other, set_status(3001, Some(CardStatus::Stolen))).await.unwrap();
    other.stop();
    assert_eq!(place.snapshot_sequence(), 7);
    let ledger = place.ledger();
    assert_same(ledger.state(), other.state());
    place.verify(ledger.state());
    let again = ledger.submit(OURS, keyed(1), card(3009), Vec::new()).await.unwrap();
    assert_eq!((again.id, again.repeated), (3002, true));
}
