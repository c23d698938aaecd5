use std::{fs, sync::Arc};

use kortti_core::{
    card::CardStatus,
    decide::{Command, IssueCard, Refusal},
    id::IdempotencyKey,
    time::{DAY_MS, Timestamp},
    transaction::Reason,
    view::View,
};

use super::{
    concurrency::spawn_as,
    given::{OURS, START, account_to_close, card, issue, keyed, origin, row, set_status},
    place::{Place, entries, submit},
    till::{ONE, authorise, funds, load, reverse_message, send_as, transact, try_send, with_money},
};
use crate::{ClockMove, Ledger, LedgerError, Outcome};

async fn submit_as(ledger: &Ledger, key: u8, command: Command) -> Result<Outcome, LedgerError> {
    ledger.submit(OURS, keyed(key), command, Vec::new()).await
}

fn repeated(first: &Outcome) -> Outcome {
    Outcome { repeated: true, ..first.clone() }
}

#[tokio::test]
async fn repeated_request_is_answered_as_the_first_time_and_happens_once() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    let first = submit_as(&ledger, 1, card(3001)).await.unwrap();
    assert!(!first.repeated);
    let again = ledger.submit(OURS, keyed(1), card(3002), row(3002, b"number")).await.unwrap();
    assert_eq!(again, repeated(&first));
    assert_eq!(ledger.find_answered(IdempotencyKey([1; 16])).await, Ok(Some(repeated(&first))));
    assert_eq!((ledger.state().card_count(), entries(&ledger).len()), (1, 4));
    assert_eq!(ledger.cold(kortti_store::ColdTable::CardPan, 3002).unwrap(), None);
}

#[tokio::test]
async fn repetition_in_one_batch_happens_once() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    let (arrived, release) = probe.hold();
    let plug = spawn_as(&ledger, origin(), card(3000)).await;
    arrived.recv().unwrap();
    let one = spawn_as(&ledger, keyed(1), card(3001)).await;
    let other = spawn_as(&ledger, keyed(1), card(3002)).await;
    release.send(()).unwrap();
    plug.await.unwrap().unwrap();
    let first = one.await.unwrap().unwrap();
    assert_eq!(other.await.unwrap(), Ok(repeated(&first)));
    assert_eq!((first.id, ledger.state().card_count(), probe.appends()), (3001, 2, 2));
}

#[tokio::test]
async fn repetition_is_known_after_a_restart() {
    for snapshot_lost in [false, true] {
        let place = Place::furnished().await;
        let ledger = place.ledger();
        let issued = submit_as(&ledger, 1, card(3001)).await.unwrap();
        // Two entries: the account's, and that of the card it blocks.
        let closed = submit_as(&ledger, 2, account_to_close()).await.unwrap();
        let nothing = submit_as(&ledger, 3, set_status(3001, None)).await.unwrap();
        assert_eq!(entries(&ledger).len(), 7);
        ledger.stop();
        drop(ledger);
        if snapshot_lost {
            fs::remove_file(place.snapshot_file()).unwrap();
        }

        let ledger = place.ledger();
        assert_eq!(submit_as(&ledger, 1, card(3002)).await, Ok(repeated(&issued)));
        assert_eq!(submit_as(&ledger, 2, account_to_close()).await, Ok(repeated(&closed)));
        let blocked = set_status(3001, Some(CardStatus::Stolen));
        assert_eq!(submit_as(&ledger, 3, blocked).await, Ok(repeated(&nothing)));
        assert_eq!(entries(&ledger).len(), 7);
    }
}

#[tokio::test]
async fn key_is_free_again_after_a_day() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    let key = IdempotencyKey([1; 16]);
    let first = submit_as(&ledger, 1, card(3001)).await.unwrap();
    let to = |ms| Timestamp(START.0 + ms);
    ledger.advance(ClockMove::To(to(DAY_MS - 1)), origin()).await.unwrap();
    assert_eq!(ledger.find_answered(key).await, Ok(Some(repeated(&first))));
    assert_eq!(submit_as(&ledger, 1, card(3002)).await, Ok(repeated(&first)));

    ledger.advance(ClockMove::To(to(DAY_MS)), origin()).await.unwrap();
    assert_eq!(ledger.find_answered(key).await, Ok(None));
    let second = submit_as(&ledger, 1, card(3002)).await.unwrap();
    assert_eq!((second.id, second.repeated), (3002, false));
    assert_eq!(submit_as(&ledger, 1, card(3003)).await, Ok(repeated(&second)));
    ledger.stop();
    drop(ledger);

    let ledger = place.ledger();
    assert_eq!(submit_as(&ledger, 1, card(3003)).await, Ok(repeated(&second)));
}

#[tokio::test]
async fn old_answers_are_forgotten() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    for key in 1..=20 {
        submit_as(&ledger, key, card(3000 + i64::from(key))).await.unwrap();
    }
    ledger.advance(ClockMove::To(START.plus_ms(DAY_MS)), origin()).await.unwrap();
    submit(&ledger, card(3100)).await.unwrap();
    assert_eq!(ledger.state().answered.count(), 0);
    ledger.stop();
    drop(ledger);
    let ledger = place.ledger();
    assert_eq!(ledger.state().answered.count(), 0, "the snapshot has forgotten them too");
}

/// Two ledgers, of which the second knows what the first one has answered to five requests.
async fn two_that_know_five_answers(place: &Place) -> (Ledger, Ledger) {
    let (one, other) = (place.ledger(), place.ledger());
    for key in 1..=5 {
        submit_as(&one, key, card(3000 + i64::from(key))).await.unwrap();
    }
    other.catch_up().await.unwrap();
    assert_eq!(other.state().answered.count(), 5);
    (one, other)
}

#[tokio::test]
async fn answers_of_another_process_are_forgotten_too() {
    let place = Place::furnished().await;
    let (_one, other) = two_that_know_five_answers(&place).await;
    other.advance(ClockMove::To(START.plus_ms(DAY_MS)), origin()).await.unwrap();
    submit(&other, card(3100)).await.unwrap();
    assert_eq!(other.state().answered.count(), 0);
}

/// Entries of a day, so that what is too old is forgotten with the last of them.
async fn let_a_day_pass(ledger: &Ledger) {
    ledger.advance(ClockMove::By { ms: DAY_MS }, origin()).await.unwrap();
    submit(ledger, transact(load(1))).await.unwrap();
}

#[tokio::test]
async fn message_is_known_for_as_long_as_money_is_held_for_it() {
    let place = with_money(10_000).await;
    let ledger = place.ledger();
    let held = try_send(&ledger, 1, authorise(ONE, 3000)).await.unwrap();
    send_as(&ledger, 2, authorise(ONE, 1000)).await;
    send_as(&ledger, 3, authorise(ONE, 99_999)).await;
    for _ in 0..2 {
        let_a_day_pass(&ledger).await;
        assert_eq!(ledger.state().answered.count(), 2, "a decline holds nothing");
    }
    assert_eq!(send_as(&ledger, 4, reverse_message(2)).await.transaction.reason, Reason::Reversed);
    let_a_day_pass(&ledger).await;
    assert_eq!(ledger.state().answered.count(), 1);
    ledger.stop();
    place.verify(ledger.state());
    drop(ledger);

    let ledger = place.ledger();
    let again = try_send(&ledger, 1, authorise(ONE, 3000)).await.unwrap();
    assert_eq!((again.repeated, again.sequence), (true, held.sequence));
    assert_eq!(send_as(&ledger, 5, reverse_message(1)).await.transaction.reason, Reason::Reversed);
    assert_eq!(funds(ledger.state()), (10_003, 0));
    let_a_day_pass(&ledger).await;
    assert_eq!(ledger.state().answered.count(), 0);
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn key_that_is_used_again_leaves_nothing_of_its_first_answer() {
    let place = with_money(10_000).await;
    let ledger = place.ledger();
    send_as(&ledger, 1, authorise(ONE, 1000)).await;
    ledger.stop();
    drop(ledger);

    let ledger = place.ledger();
    let_a_day_pass(&ledger).await;
    send_as(&ledger, 2, reverse_message(1)).await;
    let again = try_send(&ledger, 1, authorise(ONE, 2000)).await.unwrap();
    assert!(!again.repeated);
    ledger.stop();
    drop(ledger);

    let ledger = place.ledger();
    send_as(&ledger, 3, reverse_message(1)).await;
    let_a_day_pass(&ledger).await;
    assert_eq!(ledger.state().answered.count(), 0);
    ledger.stop();
    place.verify(ledger.state());
    assert_eq!(place.ledger().state().answered.count(), 0);
}

#[tokio::test]
async fn who_only_follows_forgets_too() {
    let place = Place::furnished().await;
    let (one, other) = two_that_know_five_answers(&place).await;
    one.advance(ClockMove::To(START.plus_ms(DAY_MS)), origin()).await.unwrap();
    submit(&one, card(3100)).await.unwrap();
    other.catch_up().await.unwrap();
    assert_eq!(other.state().answered.count(), 0);
}

#[tokio::test]
async fn refusal_is_not_kept() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    submit(&ledger, card(3001)).await.unwrap();
    let taken = IssueCard { pan_index: issue(3001).pan_index, ..issue(3002) };
    let refused = submit_as(&ledger, 1, Command::IssueCard(taken)).await;
    assert_eq!(refused, Err(LedgerError::Refused(Refusal::NumberTaken)));
    assert_eq!(submit_as(&ledger, 1, card(3002)).await.map(|outcome| outcome.repeated), Ok(false));
    assert!(ledger.state().card(issue(3002).id).is_some());
}
