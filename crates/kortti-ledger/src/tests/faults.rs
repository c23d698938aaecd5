use std::{sync::Arc, time::Duration};

use kortti_core::{card::CardStatus, id::CardId, limit::Period, transaction::Reason, view::View};
use kortti_store::{ColdTable, StoreError};

use super::{
    concurrency::{spawn, spawn_as},
    given::{HOUR_MS, OURS, START, card, disposable, keyed, origin, row},
    place::{Place, entries, start, submit},
    probe::{full, unavailable, unknown},
    till::{ONE, authorise, limit_card, send, with_money},
};
use crate::{ClockMove, Ledger, LedgerError};

/// The card was not issued, and nobody can see anything of it.
fn assert_absent(ledger: &Ledger, id: i64) {
    assert_eq!(ledger.state().card(CardId(id)), None);
    assert_eq!(ledger.cold(ColdTable::CardPan, id).unwrap(), None);
    assert_eq!((*ledger.committed().borrow(), entries(ledger).len()), (3, 3));
}

#[tokio::test]
async fn nothing_changes_when_the_store_refuses_and_the_next_attempt_succeeds() {
    for error in [full, unavailable] {
        let place = Place::furnished().await;
        let (probe, ledger) = place.probed();
        probe.on_append(move |_, _| Err(error()));
        let attempt = || ledger.submit(OURS, keyed(1), card(3001), row(3001, b"number"));
        assert_eq!(attempt().await, Err(LedgerError::Unavailable));
        assert_absent(&ledger, 3001);
        assert_eq!(ledger.find_answered(kortti_core::id::IdempotencyKey([1; 16])).await, Ok(None));

        let outcome = attempt().await.unwrap();
        assert_eq!((outcome.sequence, outcome.repeated), (4, false));
        ledger.stop();
        place.verify(ledger.state());
    }
}

#[tokio::test]
async fn full_disk_is_known_until_it_is_over_although_nobody_asks_for_more() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    probe.set_full(true);
    assert!(ledger.has_store(), "nobody has written yet");
    assert_eq!(submit(&ledger, card(3001)).await, Err(LedgerError::Unavailable));
    // Reading goes well all the time.
    for _ in 0..3 {
        ledger.catch_up().await.unwrap();
        assert!(!ledger.has_store());
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    probe.set_full(false);
    for _ in 0..500 {
        if ledger.has_store() {
            return ledger.stop();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("there is room again and it is not known");
}

#[tokio::test]
async fn a_whole_batch_is_refused_together() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    let (arrived, release) = probe.hold();
    let plug = spawn(&ledger, card(3000)).await;
    arrived.recv().unwrap();
    let (one, other) = (spawn(&ledger, card(3001)).await, spawn(&ledger, card(3002)).await);
    probe
        .on_append(|_, append| if append.records.len() == 2 { Err(full()) } else { panic!("not one batch") });
    release.send(()).unwrap();
    plug.await.unwrap().unwrap();
    assert_eq!(one.await.unwrap(), Err(LedgerError::Unavailable));
    assert_eq!(other.await.unwrap(), Err(LedgerError::Unavailable));
    assert_eq!((ledger.state().card_count(), entries(&ledger).len()), (1, 4));
    submit(&ledger, card(3001)).await.unwrap();
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn outcome_unknown_and_written_is_answered_as_written() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    probe.on_append(|store, append| store.append(append).and(Err(unknown())));
    let outcome = ledger.submit(OURS, origin(), card(3001), row(3001, b"number")).await.unwrap();
    assert_eq!((outcome.id, outcome.sequence), (3001, 4));
    assert_eq!(ledger.cold(ColdTable::CardPan, 3001).unwrap().as_deref(), Some(&b"number"[..]));
    submit(&ledger, card(3002)).await.unwrap();
    assert_eq!(probe.appends(), 2);
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn outcome_that_stays_unknown_is_not_taken_for_a_refusal() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    probe.on_append(|_, _| Err(unknown()));
    let lost = ledger.submit(OURS, origin(), card(3001), row(3001, b"number")).await;
    assert_eq!(lost, Err(LedgerError::Unknown), "it may be on its way");
    assert_absent(&ledger, 3001);
    submit(&ledger, card(3001)).await.unwrap();
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn outcome_unknown_and_written_happens_once_though_another_wrote_behind_it() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let other = start(place.store());
    let (follow, followed) = std::sync::mpsc::channel::<()>();
    let (answer, answered) = tokio::sync::oneshot::channel();
    let behind = tokio::spawn(async move {
        answered.await.unwrap();
        submit(&other, card(3002)).await.unwrap();
        follow.send(()).unwrap();
    });
    probe.on_append(move |store, append| {
        store.append(append)?;
        answer.send(()).unwrap();
        followed.recv().unwrap();
        Err(unknown())
    });
    let outcome = submit(&ledger, card(3001)).await.unwrap();
    assert_eq!((outcome.id, outcome.sequence), (3001, 4));
    behind.await.unwrap();
    ledger.catch_up().await.unwrap();
    assert_eq!((ledger.state().card_count(), entries(&ledger).len()), (2, 5));
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn outcome_unknown_with_another_writer_first_is_decided_again() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    let other = place.ledger();
    let (arrived, release) = probe.hold();
    let mine = spawn(&ledger, card(3001)).await;
    arrived.recv().unwrap();
    submit(&other, card(3002)).await.unwrap();
    // The held append now fails its compare-and-swap; the one that follows it loses its answer.
    probe.on_append(|store, append| store.append(append).and(Err(unknown())));
    release.send(()).unwrap();
    let outcome = mine.await.unwrap().unwrap();
    assert_eq!((outcome.sequence, probe.appends(), entries(&ledger).len()), (5, 2, 5));
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn write_that_cannot_be_looked_up_is_found_by_its_repetition() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    probe.on_append(|store, append| store.append(append).and(Err(unknown())));
    probe.fail_reads(1);
    let lost = ledger.submit(OURS, keyed(1), card(3001), Vec::new()).await;
    assert_eq!(lost, Err(LedgerError::Unknown));
    let again = ledger.submit(OURS, keyed(1), card(3002), Vec::new()).await.unwrap();
    assert_eq!((again.id, again.repeated), (3001, true));
    assert_eq!(ledger.state().card_count(), 1);
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn ledger_that_cannot_follow_refuses_until_it_can() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    submit(&place.ledger(), card(3002)).await.unwrap();
    probe.fail_reads(1);
    assert_eq!(submit(&ledger, card(3001)).await, Err(LedgerError::Unavailable));
    submit(&ledger, card(3001)).await.unwrap();
    assert_eq!(ledger.state().card_count(), 2);
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn damage_and_mistakes_are_refused_like_a_full_disk() {
    let errors: [fn() -> StoreError; 2] = [
        || StoreError::Corrupt { table: "journal", row: 3, source: None },
        || StoreError::Invalid { reason: "test" },
    ];
    for error in errors {
        let place = Place::furnished().await;
        let (probe, ledger) = place.probed();
        probe.on_append(move |_, _| Err(error()));
        assert_eq!(submit(&ledger, card(3001)).await, Err(LedgerError::Unavailable));
        assert_absent(&ledger, 3001);
    }
}

#[tokio::test]
async fn due_jobs_wait_for_a_full_disk_without_spinning_and_run_when_there_is_room() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    submit(&ledger, disposable(3001, START.plus_ms(HOUR_MS))).await.unwrap();
    probe.set_full(true);
    let before = probe.appends();
    ledger.clock().set_ahead_ms(2 * HOUR_MS);
    tokio::time::sleep(Duration::from_millis(800)).await;
    let attempts = probe.appends() - before;
    assert!((1..20).contains(&attempts), "{attempts} attempts");
    assert_eq!(ledger.state().card(CardId(3001)).unwrap().status.status, CardStatus::Ok);

    let mut committed = ledger.committed();
    probe.set_full(false);
    let written = committed.wait_for(|sequence| *sequence == 5);
    tokio::time::timeout(Duration::from_secs(20), written).await.unwrap().unwrap();
    let status = &ledger.state().card(CardId(3001)).unwrap().status;
    assert_eq!((status.status, status.since), (CardStatus::Closed, START.plus_ms(HOUR_MS)));
    assert_eq!(entries(&ledger).pop().map(|entry| entry.at), Some(START.plus_ms(2 * HOUR_MS)));
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn clock_does_not_move_when_its_jobs_cannot_be_written() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    let issued = spawn_as(&ledger, keyed(1), disposable(3001, START.plus_ms(HOUR_MS))).await;
    issued.await.unwrap().unwrap();
    probe.set_full(true);
    let to = START.plus_ms(48 * HOUR_MS);
    assert_eq!(ledger.advance(ClockMove::To(to), origin()).await, Err(LedgerError::Unavailable));
    assert_eq!(ledger.clock().now(), START);
    assert_eq!(ledger.state().card(CardId(3001)).unwrap().status.status, CardStatus::Ok);
    probe.set_full(false);
    assert_eq!(ledger.advance(ClockMove::To(to), origin()).await, Ok(to));
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn uses_stay_in_the_rolling_window_while_the_clock_has_not_moved() {
    let place = with_money(20_000).await;
    let (probe, ledger) = place.probed();
    let closing = disposable(3003, START.plus_ms(HOUR_MS));
    for command in [limit_card(ONE, Period::Rolling24Hours, Some(100), None), closing] {
        submit(&ledger, command).await.unwrap();
    }
    assert_eq!(send(&ledger, authorise(ONE, 6000)).await.transaction.reason, Reason::Approved);
    probe.on_append(|store, append| store.append(append));
    probe.on_append(|_, _| Err(full()));
    let to = START.plus_ms(48 * HOUR_MS);
    assert_eq!(ledger.advance(ClockMove::To(to), origin()).await, Err(LedgerError::Unavailable));
    assert_eq!(send(&ledger, authorise(ONE, 6000)).await.transaction.reason, Reason::AmountExceeded);
    assert_eq!(ledger.advance(ClockMove::To(to), origin()).await, Ok(to));
    assert_eq!(send(&ledger, authorise(ONE, 6000)).await.transaction.reason, Reason::Approved);
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn answers_are_kept_while_the_clock_has_not_moved() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let issue = disposable(3001, START.plus_ms(HOUR_MS));
    ledger.submit(OURS, keyed(1), issue, Vec::new()).await.unwrap();
    probe.on_append(|store, append| store.append(append));
    probe.on_append(|_, _| Err(full()));
    let to = START.plus_ms(48 * HOUR_MS);
    assert_eq!(ledger.advance(ClockMove::To(to), origin()).await, Err(LedgerError::Unavailable));
    assert_eq!((ledger.clock().now(), entries(&ledger).len()), (START, 5), "the job ran, the clock stands");
    let again = ledger.submit(OURS, keyed(1), card(3002), Vec::new()).await.unwrap();
    assert_eq!((again.id, again.repeated), (3001, true));
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn journal_that_has_lost_its_end_is_no_new_one() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    for id in 3001..=3003 {
        submit(&ledger, card(id)).await.unwrap();
    }
    probe.cut_journal(4);
    let refused = tokio::time::timeout(Duration::from_secs(20), submit(&ledger, card(3004))).await;
    assert_eq!(refused.unwrap(), Err(LedgerError::Unavailable));
    assert!(!ledger.has_store(), "who has lost what was answered is not ready");
    assert_eq!(ledger.state().card_count(), 3);
    assert_eq!(*ledger.committed().borrow(), 6);
}
