use std::fs;

use kortti_core::{card::CardStatus, id::CardId, view::View};
use kortti_store::{Extent, Record, SnapshotRow, Store};

use super::{
    given::{ANN, START, card, disposable, origin, renamed, set_status},
    place::{Place, assert_same, start, submit, turn_bit},
    probe::Probe,
    rows::rows,
    till::{ONE, authorise, send, with_money},
};
use crate::{
    Clock, ClockMove, HotState, JournalError, Ledger, STREAM,
    snapshot::{Dirty, Moment, seal},
    snapshotter::Snapshotter,
};

/// A place whose snapshot stops at `snapshot` while its journal goes on, as after a crash.
async fn crashed() -> Place {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    for id in 3001..3010 {
        submit(&ledger, card(id)).await.unwrap();
    }
    stop(ledger);
    let old = fs::read(place.snapshot_file()).unwrap();

    let ledger = place.ledger();
    submit(&ledger, set_status(3001, Some(CardStatus::Stolen))).await.unwrap();
    submit(&ledger, disposable(3010, START.plus_ms(9_000_000))).await.unwrap();
    submit(&ledger, renamed(ANN, "C-2")).await.unwrap();
    ledger.advance(ClockMove::To(START.plus_ms(1_000)), origin()).await.unwrap();
    stop(ledger);
    fs::write(place.snapshot_file(), old).unwrap();
    place
}

fn stop(ledger: Ledger) {
    ledger.stop();
    drop(ledger);
}

fn check(place: &Place, state: &HotState) {
    assert_eq!(state.card(CardId(3001)).unwrap().status.status, CardStatus::Stolen);
    assert_eq!((state.card_count(), state.clock_ahead_ms()), (10, 1_000));
    place.verify(state);
}

#[tokio::test]
async fn snapshot_and_tail_give_what_a_full_replay_gives() {
    let place = crashed().await;
    assert_eq!(place.snapshot_sequence(), 12, "nine of the sixteen entries are to be replayed");
    let ledger = place.ledger();
    check(&place, ledger.state());
    assert_eq!((*ledger.committed().borrow(), ledger.clock().now()), (16, START.plus_ms(1_000)));
    assert_eq!(ledger.state().ids().cards.take(), 3011);
    submit(&ledger, card(3020)).await.unwrap();
    stop(ledger);
    assert_eq!(place.snapshot_sequence(), 17);
    let ledger = place.ledger();
    place.verify(ledger.state());
}

#[tokio::test]
async fn missing_snapshot_is_made_again() {
    let place = crashed().await;
    fs::remove_file(place.snapshot_file()).unwrap();
    let ledger = place.ledger();
    check(&place, ledger.state());
    stop(ledger);
    assert_eq!(place.snapshot_sequence(), 16);
}

#[tokio::test]
async fn damaged_snapshot_is_made_again() {
    let place = crashed().await;
    fs::write(place.snapshot_file(), vec![0x55; 50_000]).unwrap();
    let ledger = place.ledger();
    check(&place, ledger.state());
    stop(ledger);
    assert_eq!(place.snapshot_sequence(), 16);
}

#[tokio::test]
async fn snapshot_of_which_any_row_is_damaged_is_made_again() {
    let place = with_money(10_000).await;
    let ledger = place.ledger();
    send(&ledger, authorise(ONE, 1000)).await;
    ledger.stop();
    let sequence = place.snapshot_sequence();
    let rows: Vec<_> = rows(&place).into_iter().map(|row| (row.kind, row.id)).collect();
    assert!(rows.iter().any(|(kind, _)| *kind == 10), "the money of an account");
    for row in rows {
        turn_bit(&place, row);
        let ledger = place.ledger();
        place.verify(ledger.state());
        assert_eq!(place.snapshot_sequence(), 0, "{row:?} was not noticed");
        stop(ledger);
        assert_eq!(place.snapshot_sequence(), sequence);
    }
}

#[tokio::test]
async fn snapshot_of_another_version_is_made_again() {
    for (kind, body) in [(99, vec![0]), (1, vec![0xff]), (15, vec![0x82, 1, 2]), (16, vec![0x83, 1, 2, 3])] {
        let place = crashed().await;
        let store = place.store();
        let row = SnapshotRow { kind, id: 1, body: Some(body) };
        // What an earlier version has written has no checksum.
        let mut rows = vec![if kind == 15 { row } else { seal(row) }].into_iter();
        assert_eq!(store.read_snapshot(STREAM, &mut |_| {}).unwrap(), 12);
        store.write_snapshot(STREAM, 13, Extent::Changes, &mut rows).unwrap();
        let ledger = start(store);
        check(&place, ledger.state());
        stop(ledger);
        assert_eq!(place.snapshot_sequence(), 16);
        let ledger = place.ledger();
        check(&place, ledger.state());
    }
}

#[tokio::test]
async fn idle_restarts_change_nothing() {
    let place = crashed().await;
    let first = place.ledger();
    first.stop();
    for _ in 0..3 {
        let ledger = place.ledger();
        assert_same(first.state(), ledger.state());
        stop(ledger);
    }
}

#[tokio::test]
async fn journal_that_does_not_hold_together_is_not_started_from() {
    let place = crashed().await;
    fs::remove_file(place.snapshot_file()).unwrap();
    let damages: [fn(&mut Vec<Record>); 3] = [
        |records| records.swap(8, 9),
        |records| drop(records.remove(8)),
        |records| records[8].bytes.truncate(9),
    ];
    for damage in damages {
        let probe = Probe::over(place.store());
        probe.on_read(damage);
        let started = Ledger::start(probe, Clock::fixed(START));
        assert!(matches!(started, Err(JournalError::Entry { sequence: 9 | 10, .. })));
    }
}

#[tokio::test]
async fn failed_snapshot_is_followed_by_a_whole_one() {
    let place = crashed().await;
    let ledger = place.ledger();
    ledger.stop();
    let store = place.store();
    store.clear_snapshot(STREAM).unwrap();
    let mut snapshotter = Snapshotter::new(store, STREAM, 0, 1_000_000);
    // The journal does not reach that far, so the store refuses; what had changed is not known any more.
    let mut dirty = Dirty::everything(ledger.state(), &Moment::of(ledger.state()));
    snapshotter.consider(&ledger.state, 1_000_000, &mut dirty);
    snapshotter.last(ledger.state(), 16, &mut dirty);
    assert_eq!(place.snapshot_sequence(), 16);
    check(&place, place.ledger().state());
}
