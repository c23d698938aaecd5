//! Stores that fail while money moves.

use std::sync::Arc;

use kortti_core::{
    decide::Refusal,
    transaction::{End, Reason},
};
use kortti_store::StoreError;

use super::{
    concurrency::{all_at_once, spawn_as},
    given::{HOUR_MS, START, origin},
    place::{Place, assert_same, entries},
    probe::{Probe, full, unavailable, unknown},
    till::{
        ONE, OTHER, assert_same_money, authorise, books, clear, funds, increment, load, message, nth,
        reverse, reverse_message, send, send_as, transact, try_send, with_money,
    },
};
use crate::{ClockMove, JournalError, Ledger, LedgerError, verify_journal};

/// Nothing was left out or done twice: balance and held are these, and a replay of the whole journal says so, too.
fn check(place: &Place, ledger: Ledger, expected: (i64, i64)) {
    assert_eq!((funds(ledger.state()), books(ledger.state())), (expected, expected));
    ledger.stop();
    assert_same_money(place.ledger().state(), ledger.state());
    place.verify(ledger.state());
}

#[tokio::test]
async fn refused_append_moves_no_money() {
    for error in [full, unavailable] {
        let place = with_money(10_000).await;
        let (probe, ledger) = place.probed();
        send_as(&ledger, 1, authorise(ONE, 3000)).await;
        let attempts = [
            (2, authorise(ONE, 1000)),
            (3, increment(nth(7), 1000)),
            (4, reverse(nth(7), Some(1000))),
            (5, clear(nth(7), 2500, true)),
            (6, load(500)),
        ];
        for (id, request) in &attempts {
            probe.on_append(move |_, _| Err(error()));
            let refused = try_send(&ledger, *id, request.clone()).await;
            assert_eq!(refused, Err(LedgerError::Unavailable));
            assert_eq!((funds(ledger.state()), entries(&ledger).len()), ((10_000, 3000), 7));
            assert_same(ledger.state(), place.ledger().state());
        }
        for (id, request) in attempts {
            send_as(&ledger, id, request).await;
        }
        check(&place, ledger, (8000, 1000));
    }
}

#[tokio::test]
async fn outcome_unknown_moves_money_once_whether_it_was_written_or_not() {
    let place = with_money(10_000).await;
    let (probe, ledger) = place.probed();
    probe.on_append(|store, append| store.append(append).and(Err(unknown())));
    let first = try_send(&ledger, 1, authorise(ONE, 3000)).await.unwrap();
    assert_eq!((first.sequence, first.repeated), (7, false));
    probe.on_append(|_, _| Err(unknown()));
    let second = || try_send(&ledger, 2, clear(nth(7), 2000, false));
    assert_eq!(second().await, Err(LedgerError::Unknown));
    assert_eq!(funds(ledger.state()), (10_000, 3000));
    assert!(!second().await.unwrap().repeated);
    // Written, and nobody could find out.
    probe.on_append(|store, append| store.append(append).and(Err(unknown())));
    probe.fail_reads(1);
    let third = || try_send(&ledger, 3, load(500));
    assert_eq!(third().await, Err(LedgerError::Unknown));
    assert!(third().await.unwrap().repeated);
    check(&place, ledger, (8500, 1000));
}

/// A place where the authorisations 7, 8 and 9 have ended: cleared, declined, reversed.
async fn with_ended() -> Place {
    let place = with_money(10_000).await;
    let ledger = place.ledger();
    send_as(&ledger, 1, authorise(ONE, 3000)).await;
    send_as(&ledger, 2, authorise(ONE, 30_000)).await;
    send_as(&ledger, 3, authorise(OTHER, 500)).await;
    send_as(&ledger, 4, clear(nth(7), 2500, true)).await;
    send_as(&ledger, 5, reverse(nth(9), None)).await;
    ledger.stop();
    place
}

#[tokio::test]
async fn authorisation_that_cannot_be_read_is_not_taken_for_unknown() {
    let place = with_ended().await;
    let (probe, ledger) = place.probed();
    let requests = || {
        let of =
            |first| [clear(nth(first), 100, true), increment(nth(first), 100), reverse(nth(first), None)];
        [7, 8, 9].into_iter().flat_map(of).chain([1, 2, 3].map(reverse_message))
    };
    for (id, request) in (10..).zip(requests()) {
        probe.fail_cold(1);
        assert_eq!(
            try_send(&ledger, id, request.clone()).await,
            Err(LedgerError::Unavailable),
            "{request:?}"
        );
        probe.fail_cold(0);
        probe.fail_reads(1);
        assert_eq!(
            try_send(&ledger, id, request.clone()).await,
            Err(LedgerError::Unavailable),
            "{request:?}"
        );
        probe.fail_reads(0);
    }
    assert!(ledger.authorisation(nth(7)).unwrap().is_some());
    assert_eq!((funds(ledger.state()), entries(&ledger).len()), ((7500, 0), 11));
    let mut reasons = Vec::new();
    for (id, request) in (10..).zip(requests()) {
        reasons.push(send_as(&ledger, id, request).await.transaction.reason);
    }
    let (ended, nothing) = (Reason::AuthorisationEnded, Reason::NothingToReverse);
    let cleared = [Reason::PostedAfterClearing, Reason::PostedAfterDecline, Reason::PostedAfterReversal];
    let expected = cleared.into_iter().flat_map(|how| [how, ended, nothing]).chain([nothing; 3]);
    assert!(reasons.into_iter().eq(expected));
    let unknown = try_send(&ledger, 99, clear(nth(4), 100, true)).await;
    assert_eq!(unknown, Err(LedgerError::Refused(Refusal::AuthorisationUnknown(nth(4)))));
    check(&place, ledger, (7200, 0));
}

#[tokio::test]
async fn one_that_cannot_be_read_does_not_keep_the_others_of_its_batch_waiting() {
    let place = with_ended().await;
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    let (arrived, release) = probe.hold();
    let mut waiting = Vec::new();
    for (id, request) in [(10, load(1)), (11, clear(nth(7), 100, true)), (12, authorise(ONE, 1000))] {
        let (origin, command) = message(id, request);
        waiting.push(spawn_as(&ledger, origin, command).await);
        if id == 10 {
            arrived.recv().unwrap();
        }
    }
    probe.fail_cold(1);
    release.send(()).unwrap();
    let mut outcomes = Vec::new();
    for caller in waiting {
        outcomes.push(caller.await.unwrap().map(|outcome| outcome.sequence));
    }
    assert_eq!(outcomes, [Ok(12), Err(LedgerError::Unavailable), Ok(13)]);
    check(&place, Arc::into_inner(ledger).unwrap(), (7501, 1000));
}

#[tokio::test]
async fn verification_does_not_call_a_journal_wrong_that_it_cannot_read() {
    let place = with_ended().await;
    let ledger = place.ledger();
    send_as(&ledger, 6, clear(nth(7), 100, true)).await;
    ledger.stop();
    // The journal is read in one piece, so what fails next is the look at an authorisation that has ended.
    for failing in 2..4 {
        let (probe, mut reads) = (Probe::over(place.store()), 0);
        probe.before_read(move || {
            reads += 1;
            if reads == failing { Err(unavailable()) } else { Ok(()) }
        });
        let error = verify_journal(&*probe, &mut |_| Ok(())).map(|_| ()).unwrap_err();
        let JournalError::Store(StoreError::Unavailable { .. }) = error else {
            panic!("{error}");
        };
    }
}

#[tokio::test]
async fn holds_expire_when_there_is_room_again() {
    let place = with_money(10_000).await;
    let (probe, ledger) = place.probed();
    send_as(&ledger, 1, authorise(ONE, 3000)).await;
    let to = START.plus_ms(8 * 24 * HOUR_MS);
    probe.set_full(true);
    let advance = || ledger.advance(ClockMove::To(to), origin());
    assert_eq!(advance().await, Err(LedgerError::Unavailable));
    assert_eq!((ledger.clock().now(), funds(ledger.state())), (START, (10_000, 3000)));
    probe.set_full(false);
    assert_eq!(advance().await, Ok(to));
    assert_eq!(ledger.authorisation(nth(7)).unwrap().unwrap().state.end, Some(End::Expired));
    check(&place, ledger, (10_000, 0));
}

#[tokio::test]
async fn two_ledgers_on_one_account_spend_it_once() {
    let place = with_money(10_000).await;
    let (one, other) = (place.ledger(), place.ledger());
    let mut approved = 0;
    for n in 0..20 {
        let (first, second) = if n % 2 == 0 { (&one, &other) } else { (&other, &one) };
        approved += usize::from(send(first, authorise(ONE, 900)).await.transaction.approved);
        approved += usize::from(send(second, authorise(OTHER, 900)).await.transaction.approved);
    }
    assert_eq!(approved, 11);
    // Each ends what the other has begun.
    send(&other, clear(nth(7), 800, true)).await;
    send(&one, reverse(nth(8), None)).await;
    assert_eq!(send(&other, reverse(nth(7), None)).await.transaction.reason, Reason::NothingToReverse);
    assert_eq!(send(&one, clear(nth(8), 50, true)).await.transaction.reason, Reason::PostedAfterReversal);
    assert_eq!(try_send(&one, 1, load(5)).await.unwrap().sequence, 51);
    assert!(try_send(&other, 1, load(5)).await.unwrap().repeated);
    one.catch_up().await.unwrap();
    assert_same_money(one.state(), other.state());
    one.stop();
    check(&place, other, (9155, 9 * 900));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_ledgers_race_for_the_last_euro() {
    let place = with_money(10_000).await;
    let (one, other) = (Arc::new(place.ledger()), Arc::new(place.ledger()));
    let commands = |card| (0..20).map(move |_| transact(authorise(card, 900)));
    let (odd, even) = tokio::join!(all_at_once(&one, commands(ONE)), all_at_once(&other, commands(OTHER)),);
    let all = odd.into_iter().chain(even).map(|outcome| outcome.unwrap().transaction.unwrap());
    assert_eq!(all.filter(|recorded| recorded.transaction.approved).count(), 11);
    one.catch_up().await.unwrap();
    other.catch_up().await.unwrap();
    assert_same_money(one.state(), other.state());
    one.stop();
    check(&place, Arc::into_inner(other).unwrap(), (10_000, 9900));
}
