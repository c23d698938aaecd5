//! Money that many want at once.

use std::sync::Arc;

use kortti_core::{
    decide::Command,
    limit::Period,
    transaction::{End, Reason, Request},
};
use tokio::task::JoinSet;

use super::{
    concurrency::{all_at_once, spawn, spawn_as},
    place::{Place, entries, submit},
    till::{
        ONE, OTHER, authorise, books, clear, funds, increment, limit_account, limit_card, load, message, nth,
        reverse, reverse_message, single_use_card, transact, try_send, with_money,
    },
};
use crate::{Ledger, LedgerError, Outcome};

const CALLERS: i64 = 64;

/// What [`CALLERS`] come to who all want 30 euros at once: how many get them, and why the others do not.
async fn race(place: &Place, setup: Option<Command>, cards: [i64; 2]) -> (usize, Vec<Reason>) {
    let ledger = Arc::new(place.ledger());
    if let Some(command) = setup {
        submit(&ledger, command).await.unwrap();
    }
    let card = |caller: i64| cards[usize::from(caller % 2 == 1)];
    let outcomes = all_at_once(&ledger, (0..CALLERS).map(|n| transact(authorise(card(n), 3000)))).await;
    let all = outcomes.into_iter().map(|outcome| outcome.unwrap().transaction.unwrap().transaction);
    let (won, lost): (Vec<_>, Vec<_>) = all.partition(|transaction| transaction.approved);
    let (balance, held) = funds(ledger.state());
    assert_eq!(held, 3000 * i64::try_from(won.len()).unwrap());
    assert!(won.iter().all(|transaction| transaction.available >= 0), "more was spent than there was");
    assert_eq!(books(ledger.state()), (balance, held));
    ledger.stop();
    place.verify(ledger.state());
    (won.len(), lost.into_iter().map(|transaction| transaction.reason).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn last_euro_is_spent_once_through_two_cards() {
    for _ in 0..8 {
        let place = with_money(10_000).await;
        let (won, lost) = race(&place, None, [ONE, OTHER]).await;
        assert_eq!((won, lost), (3, vec![Reason::NotEnoughFunds; 61]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn limits_hold_however_many_want_the_last_use() {
    let cases = [
        (limit_card(ONE, Period::Rolling24Hours, Some(100), None), [ONE, ONE], 3, Reason::AmountExceeded),
        (limit_card(ONE, Period::Daily, None, Some(5)), [ONE, ONE], 5, Reason::CountExceeded),
        (limit_account(Period::Rolling24Hours, Some(100), None), [ONE, OTHER], 3, Reason::AmountExceeded),
        (limit_account(Period::Monthly, None, Some(7)), [ONE, OTHER], 7, Reason::CountExceeded),
        (single_use_card(3003), [3003, 3003], 1, Reason::SingleUse),
    ];
    for (setup, cards, winners, reason) in cases {
        let place = with_money(1_000_000).await;
        let (won, lost) = race(&place, Some(setup), cards).await;
        assert_eq!((won, lost), (winners, vec![reason; 64 - winners]));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn message_that_comes_from_everywhere_at_once_happens_once() {
    let place = with_money(100_000).await;
    let ledger = Arc::new(place.ledger());
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let ledger = Arc::clone(&ledger);
        callers.spawn(async move { try_send(&ledger, 1, authorise(ONE, 3000)).await.unwrap() });
    }
    let outcomes = callers.join_all().await;
    assert!(outcomes.iter().all(|outcome| outcome.sequence == 7));
    let first: Vec<_> = outcomes.iter().filter(|outcome| !outcome.repeated).collect();
    assert_eq!(first.len(), 1);
    assert_eq!(ledger.transaction_at(7).unwrap().as_ref(), first[0].transaction.as_ref());
    assert_eq!((entries(&ledger).len(), funds(ledger.state())), (7, (100_000, 3000)));
    ledger.stop();
    place.verify(ledger.state());
}

/// Lets messages be decided in one batch, the first of which becomes the entry 8, and gives what each came to.
async fn in_one_batch(
    place: &Place,
    messages: Vec<(u8, Request)>,
) -> (Arc<Ledger>, Vec<Result<Outcome, LedgerError>>) {
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    let (arrived, release) = probe.hold();
    let plug = spawn(&ledger, transact(load(1))).await;
    arrived.recv().unwrap();
    let mut waiting = Vec::new();
    for (id, request) in messages {
        let (origin, command) = message(id, request);
        waiting.push(spawn_as(&ledger, origin, command).await);
    }
    release.send(()).unwrap();
    plug.await.unwrap().unwrap();
    let mut outcomes = Vec::new();
    for caller in waiting {
        outcomes.push(caller.await.unwrap());
    }
    assert_eq!(probe.appends(), 2, "not one batch");
    (ledger, outcomes)
}

#[tokio::test]
async fn whole_life_of_a_payment_fits_into_one_batch() {
    let place = with_money(9_999).await;
    let messages = vec![
        (1, authorise(ONE, 3000)),
        (2, increment(nth(8), 1000)),
        (3, reverse(nth(8), Some(500))),
        (4, clear(nth(8), 1500, false)),
        (1, authorise(ONE, 3000)),
        (5, clear(nth(8), 2500, true)),
        (6, reverse_message(1)),
        (7, authorise(OTHER, 6000)),
    ];
    let (ledger, outcomes) = in_one_batch(&place, messages).await;
    let reasons: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().unwrap().transaction.as_ref().map(|found| found.transaction.reason))
        .collect();
    let expected = [
        Some(Reason::Approved),
        Some(Reason::Approved),
        Some(Reason::Reversed),
        Some(Reason::Posted),
        None,
        Some(Reason::PostedAbove),
        Some(Reason::NothingToReverse),
        Some(Reason::Approved),
    ];
    assert_eq!(reasons[..5], expected[..5]);
    assert_eq!(reasons[6..], expected[6..]);
    let known = ledger.authorisation(nth(8)).unwrap().unwrap();
    let figures = (known.state.approved, known.state.held, known.state.cleared, known.state.reversed);
    assert_eq!((figures, known.state.end, known.last), ((4000, 0, 4000, 500), Some(End::Cleared), nth(13)));
    assert_eq!((funds(ledger.state()), books(ledger.state())), ((6000, 6000), (6000, 6000)));
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn what_follows_a_decline_in_the_same_batch_is_answered_as_later() {
    let follow = |first| {
        vec![
            (2, reverse_message(1)),
            (3, reverse(nth(first), None)),
            (4, increment(nth(first), 100)),
            (5, clear(nth(first), 200, true)),
        ]
    };
    let together = with_money(1000).await;
    let messages = [(1, authorise(ONE, 3000))].into_iter().chain(follow(8)).collect();
    let (ledger, outcomes) = in_one_batch(&together, messages).await;
    let reason = |outcome: &Result<Outcome, LedgerError>| {
        outcome.as_ref().map(|outcome| outcome.transaction.as_ref().unwrap().transaction.reason).ok()
    };
    let found: Vec<_> = outcomes.iter().map(reason).collect();
    let expected = [
        Reason::NotEnoughFunds,
        Reason::NothingToReverse,
        Reason::NothingToReverse,
        Reason::AuthorisationEnded,
        Reason::PostedAfterDecline,
    ];
    assert_eq!(found, expected.map(Some));
    ledger.stop();
    together.verify(ledger.state());

    let apart = with_money(1001).await;
    let ledger = apart.ledger();
    let mut found = vec![reason(&try_send(&ledger, 1, authorise(ONE, 3000)).await)];
    for (id, request) in follow(7) {
        found.push(reason(&try_send(&ledger, id, request).await));
    }
    assert_eq!(found, expected.map(Some));
    ledger.stop();
    apart.verify(ledger.state());
}

#[tokio::test]
async fn reversal_and_its_message_in_one_batch_cancel_out_in_either_order() {
    for (first, second, reasons) in [
        ((1, authorise(ONE, 3000)), (2, reverse_message(1)), [Reason::Approved, Reason::Reversed]),
        ((2, reverse_message(1)), (1, authorise(ONE, 3000)), [Reason::ReversalNoted, Reason::ReversedBefore]),
    ] {
        let place = with_money(9_999).await;
        let (ledger, outcomes) = in_one_batch(&place, vec![first, second]).await;
        let found =
            outcomes.into_iter().map(|outcome| outcome.unwrap().transaction.unwrap().transaction.reason);
        assert!(found.eq(reasons));
        assert_eq!(funds(ledger.state()), (10_000, 0));
        ledger.stop();
        place.verify(ledger.state());
    }
}
