//! Rows of a snapshot that hold several neighbours, of which some change and others do not.

use std::sync::Arc;

use kortti_core::{
    id::IdempotencyKey,
    time::{DAY_MS, Timestamp},
};
use kortti_store::Store;

use super::{
    follower::started,
    given::{HOUR_MS, START, card, keyed, origin, set_status},
    place::{Place, start_with, submit},
    probe::Probe,
    rows::rows,
    till::{OTHER, authorise, send, with_money},
};
use crate::{ClockMove, HotState, Ledger, answers::Answered};

/// In another row than the cards that there are already.
const APART: i64 = 3020;

/// Sends what changes a card, under each of these keys.
async fn submit_under(ledger: &Ledger, keys: impl IntoIterator<Item = u8>) {
    for key in keys {
        ledger.submit(super::given::OURS, keyed(key), set_status(3001, None), Vec::new()).await.unwrap();
    }
}

fn is_known(ledger: &Ledger, key: u8) -> bool {
    ledger.state().find_answered(IdempotencyKey([key; 16]), ledger.clock().now()).is_some()
}

/// How many rows of answers there are.
fn rows_of_answers(place: &Place) -> usize {
    rows(place).iter().filter(|row| row.kind == 8).count()
}

#[tokio::test]
async fn answers_that_share_a_row_are_known_whichever_snapshots_they_came_with() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    submit(&ledger, card(3001)).await.unwrap();
    ledger.stop();
    let mut done = 0;
    // Several snapshots in a life, and several lives, each of which ends in the middle of a row.
    for lives in 1..=6 {
        let ledger = start_with(place.store(), 3);
        submit_under(&ledger, done + 1..=done + 17).await;
        done += 17;
        ledger.stop();
        let ledger = place.ledger();
        for key in 1..=done {
            assert!(is_known(&ledger, key), "{key} after {lives} lives");
        }
        ledger.stop();
        place.verify(ledger.state());
    }
    assert_eq!(rows_of_answers(&place), 4, "the entries up to the 106th are in four blocks");
}

#[tokio::test]
async fn answers_that_nobody_asks_for_any_more_leave_their_rows() {
    let place = Place::furnished().await;
    let ledger = start_with(place.store(), 7);
    submit(&ledger, card(3001)).await.unwrap();
    submit_under(&ledger, 1..=70).await;
    ledger.stop();
    assert_eq!(rows_of_answers(&place), 3);
    let ledger = start_with(place.store(), 7);
    let later = ClockMove::By { ms: DAY_MS + HOUR_MS };
    ledger.advance(later, origin()).await.unwrap();
    // One key is used once more.
    submit_under(&ledger, [1, 71, 72]).await;
    ledger.stop();
    assert_eq!(rows_of_answers(&place), 1);
    let ledger = place.ledger();
    assert!(is_known(&ledger, 1) && is_known(&ledger, 71) && is_known(&ledger, 72));
    assert!(!is_known(&ledger, 2) && !is_known(&ledger, 70));
    ledger.stop();
    place.verify(ledger.state());
}

#[test]
fn key_that_was_used_again_belongs_to_its_last_answer_in_whatever_order_they_are_read() {
    let answer = |sequence| Answered { at: Timestamp(0), id: 1, sequence };
    let key = IdempotencyKey([1; 16]);
    for order in [[10, 500, 1000], [1000, 500, 10], [500, 1000, 10]] {
        let state = HotState::default();
        order.iter().for_each(|sequence| state.note_answered(key, answer(*sequence)));
        assert_eq!(state.answered.find(&key).unwrap().sequence, 1000, "{order:?}");
    }
}

/// A use may leave the rolling window between the moment that a snapshot stands for and the one at which its row is written,
/// for the sake of another one. Who counts it has a row that is not written again, and must find it there.
#[tokio::test]
async fn use_that_leaves_the_window_while_a_snapshot_is_written_is_there_for_who_counts_it() {
    let place = with_money(100_000).await;
    let ledger = place.ledger();
    submit(&ledger, card(APART)).await.unwrap();
    send(&ledger, authorise(APART, 3000)).await;
    ledger.stop();
    let probe = Probe::over(place.store());
    let ledger = start_with(Arc::clone(&probe) as Arc<dyn Store>, 2);
    let (arrived, release) = probe.hold_first_row();
    send(&ledger, authorise(OTHER, 2000)).await;
    send(&ledger, authorise(OTHER, 1000)).await;
    arrived.recv().unwrap();
    // The snapshot stands for the tenth entry; nothing has been looked up for it yet.
    ledger.advance(ClockMove::To(START.plus_ms(DAY_MS + HOUR_MS)), origin()).await.unwrap();
    send(&ledger, authorise(OTHER, 500)).await;
    release.send(()).unwrap();
    while place.snapshot_sequence() < 10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(place.snapshot_sequence(), 10);
    place.verify(&started(&place));
    ledger.stop();
    place.verify(place.ledger().state());
}
