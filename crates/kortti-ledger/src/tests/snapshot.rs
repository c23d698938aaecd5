//! Snapshots that are written while the engine goes on.

use std::{fs, sync::Arc};

use kortti_core::{
    card::{Card, CardStatus},
    decide::{Command, OpenAccount, UpdateCard},
    entry::Entry,
    id::{AccountId, CardId, CustomerId},
    view::View,
};
use kortti_store::{Store, StoreError};
use proptest::prelude::*;

use super::{
    follower::{Follower, check_snapshots, started},
    given::{
        ACCOUNT, ANN, HOUR_MS, OURS, START, account, card, customer, disposable, keyed, origin, renamed,
        set_status,
    },
    place::{Place, assert_same, entries, start, start_with, submit},
    probe::Probe,
    rows::member,
};
#[cfg(target_os = "linux")]
use crate::snapshotter::{NICER, give_way};
use crate::{
    Clock, ClockMove, HotState, JournalError, Ledger, STREAM,
    snapshot::{self, Dirty, Moment},
};

const BOB: CustomerId = CustomerId(1002);
const CARL: CustomerId = CustomerId(1003);
const NUMBERS: [&str; 4] = ["C-1", "C-2", "C-3", "C-4"];

fn second_account() -> Command {
    let Command::OpenAccount(account) = account() else { panic!("not an account") };
    Command::OpenAccount(OpenAccount { id: AccountId(2002), number: "A-2".into(), ..account })
}

fn moved(id: i64, account: AccountId) -> Command {
    let Command::UpdateCard(update) = set_status(id, None) else { panic!("not an update") };
    Command::UpdateCard(UpdateCard { account: Some(account), ..update })
}

/// Whoever starts now has the state that the whole journal folds to, and finds nobody by a number that was given up.
fn check_start(place: &Place) {
    let started = started(place);
    place.verify(&started);
    let whole = HotState::default();
    crate::start::tail(&*place.store(), 0, u64::MAX, &whole, &mut Dirty::default()).unwrap();
    for number in NUMBERS {
        assert_eq!(
            started.customer_by_number(OURS, number),
            whole.customer_by_number(OURS, number),
            "{number}"
        );
    }
}

#[tokio::test]
async fn engine_goes_on_while_a_snapshot_is_written_and_a_start_from_it_is_right() {
    let place = Place::furnished().await;
    let probe = Probe::over(place.store());
    let ledger = start_with(Arc::clone(&probe) as Arc<dyn Store>, 4);
    let (arrived, release) = probe.hold_first_row();
    for command in [customer(BOB, "C-2"), second_account(), card(3001), card(3002)] {
        submit(&ledger, command).await.unwrap();
    }
    arrived.recv().unwrap();
    // The snapshot stands for the seventh entry; nothing has been looked up for it yet.
    let meanwhile = [
        set_status(3001, Some(CardStatus::Blocked)),
        moved(3001, AccountId(2002)),
        set_status(3001, Some(CardStatus::Stolen)),
        renamed(ANN, "C-3"),
        renamed(BOB, "C-1"),
        renamed(ANN, "C-2"),
        card(3003),
    ];
    for command in meanwhile {
        submit(&ledger, command).await.unwrap();
    }
    release.send(()).unwrap();
    while place.snapshot_sequence() < 7 {
        tokio::task::yield_now().await;
    }
    assert_eq!(place.snapshot_sequence(), 7);
    assert_eq!(
        member::<Card>(&place, 1, 3001).status.status,
        CardStatus::Stolen,
        "the row is newer than the snapshot"
    );
    check_start(&place);
    assert_same(&started(&place), ledger.state());
    // What changed meanwhile is in the next one.
    ledger.stop();
    assert_eq!(place.snapshot_sequence(), 14);
    check_start(&place);
}

/// A place whose snapshot stands for the fifth entry, with rows that know all eight; and the journal's file as it was at the
/// sixth.
async fn ahead_of_its_sequence() -> (Place, Vec<u8>) {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    for id in 3001..3004 {
        submit(&ledger, card(id)).await.unwrap();
    }
    ledger.stop();
    drop(ledger);
    let older = fs::read(place.journal_file()).unwrap();
    let ledger = place.ledger();
    for status in [CardStatus::Blocked, CardStatus::Stolen] {
        submit(&ledger, set_status(3001, Some(status))).await.unwrap();
    }
    let store = place.store();
    ledger.stop();
    store.clear_snapshot(STREAM).unwrap();
    snapshot::write(&*store, STREAM, 5, ledger.state(), &Moment::of(ledger.state()), None).unwrap();
    drop(ledger);
    (place, older)
}

#[tokio::test]
async fn snapshot_that_knows_more_than_the_journal_is_not_started_from() {
    let (place, older) = ahead_of_its_sequence().await;
    check_start(&place);
    assert_eq!(place.snapshot_sequence(), 5);
    fs::write(place.journal_file(), older).unwrap();
    let refused = Ledger::start(place.store(), Clock::fixed(START)).map(|_| ()).unwrap_err();
    let gone = StoreError::Corrupt { table: "journal", row: 8, source: None };
    assert!(matches!(refused, JournalError::Store(error) if error.to_string() == gone.to_string()));
}

#[tokio::test]
async fn snapshot_of_a_journal_that_went_on_differently_is_made_again() {
    let (place, older) = ahead_of_its_sequence().await;
    let snapshot = fs::read(place.snapshot_file()).unwrap();
    fs::write(place.journal_file(), older).unwrap();
    fs::remove_file(place.snapshot_file()).unwrap();
    let ledger = place.ledger();
    for id in 3005..3009 {
        submit(&ledger, card(id)).await.unwrap();
    }
    ledger.stop();
    drop(ledger);
    fs::write(place.snapshot_file(), snapshot).unwrap();
    check_start(&place);
    assert_eq!(place.snapshot_sequence(), 0, "it was thrown away");
    assert_eq!(started(&place).card(CardId(3001)).unwrap().status.status, CardStatus::Ok);
}

/// One command of a random history; most are accepted.
async fn step(ledger: &Ledger, (kind, one, other): (u8, u8, u8)) {
    let id = 3001 + i64::from(one % 4);
    let status = [CardStatus::Ok, CardStatus::Blocked, CardStatus::Stolen][usize::from(other % 3)];
    let command = match kind {
        0..2 => card(id),
        2 => disposable(id, START.plus_ms(HOUR_MS * (1 + i64::from(other % 8)))),
        3..6 => set_status(id, Some(status)),
        6..8 => moved(id, [ACCOUNT, AccountId(2002)][usize::from(other % 2)]),
        8..14 => renamed([ANN, BOB, CARL][usize::from(one % 3)], NUMBERS[usize::from(other % 4)]),
        14 => {
            let by = ClockMove::By { ms: HOUR_MS * i64::from(other % 4) };
            return drop(ledger.advance(by, origin()).await);
        }
        _ => return drop(ledger.submit(OURS, keyed(one), set_status(id, Some(status)), Vec::new()).await),
    };
    let _ = submit(ledger, command).await;
}

/// A place with the journal of a random history and no snapshot, and its entries.
fn history(steps: Vec<(u8, u8, u8)>) -> (Place, Vec<Entry>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let place = Place::furnished().await;
        let ledger = start(place.store());
        for command in [customer(BOB, "C-2"), customer(CARL, "C-3"), second_account(), card(3001)] {
            submit(&ledger, command).await.unwrap();
        }
        for kind in steps {
            step(&ledger, kind).await;
        }
        ledger.stop();
        place.store().clear_snapshot(STREAM).unwrap();
        let entries = entries(&ledger);
        (place, entries)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn start_is_right_whatever_was_committed_between_the_rows_of_a_snapshot(
        steps in prop::collection::vec((0..16_u8, any::<u8>(), any::<u8>()), 5..60),
        at in 1..40_usize,
        from_scratch in any::<bool>(),
        paces in prop::collection::vec(0..4_usize, 1..20),
    ) {
        let (place, entries) = history(steps);
        check_snapshots(&place, entries.clone(), (at, from_scratch, paces), || check_start(&place));
        // Entry by entry, too: a start that is not in one batch passes through more on its way.
        let state = HotState::default();
        let done = snapshot::read(&*place.store(), STREAM, &state).unwrap() as usize;
        let mut slow = Follower::of(entries, state, done);
        slow.apply(usize::MAX);
        place.verify(&slow.state);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn thread_that_gives_way_is_nicer_than_the_others() {
    let nice = || rustix::process::getpriority_process(None).unwrap();
    let mine = nice();
    let its = std::thread::spawn(move || {
        give_way();
        nice()
    });
    assert_eq!(its.join().unwrap(), (mine + NICER).min(19));
    assert_eq!(nice(), mine);
}
