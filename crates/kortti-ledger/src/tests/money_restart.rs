//! Money across restarts, and snapshots that are written while it moves.

use std::{fs, sync::Arc, time::Duration};

use kortti_core::{
    calendar::Zone,
    decide::{Command, DefineProduct},
    id::CardId,
    limit::{Period, UsageType},
    product::{Product, Terms},
    time::{DAY_MS, Timestamp},
    transaction::{End, Reason},
    usage::Used,
    view::View,
};
use kortti_store::{ColdTable, Store};
use proptest::prelude::*;

use super::{
    follower::{check_snapshots, started},
    given::{HOUR_MS, START, origin, product},
    place::{Place, entries, start, start_with, submit},
    probe::Probe,
    till::{
        ONE, OTHER, assert_same_money, authorise, clear, funds, increment, limit_card, load, nth, reverse,
        reverse_message, send, send_as, transact, try_send, with_money,
    },
};
use crate::{
    Clock, ClockMove, HotState, Ledger, STREAM,
    snapshot::{self, Dirty, Moment},
};

/// What a card has used of its limits on every kind of use.
fn used(state: &HotState, card: i64, period: Period) -> Used {
    let card = state.card(CardId(card)).unwrap();
    let zone = state.product(card.product).unwrap().zone().clone();
    let windows = kortti_core::calendar::Windows::at(&zone, Timestamp(START.0 + state.clock_ahead_ms()));
    let activity = state.card_activity(card.id);
    activity.map(|activity| activity.used(period, UsageType::All, &windows)).unwrap_or_default()
}

const fn of(amount: i64, count: i64) -> Used {
    Used { amount, count }
}

/// Stops a ledger and closes its files. Returns the state it has left.
fn stop(ledger: Ledger) -> Arc<HotState> {
    ledger.stop();
    Arc::clone(&ledger.state)
}

/// A place where money was moved in every way, and is held and counted, with its ledger.
async fn busy() -> (Place, Ledger) {
    let place = with_money(100_000).await;
    let ledger = place.ledger();
    send_as(&ledger, 1, authorise(ONE, 3000)).await;
    send_as(&ledger, 2, authorise(OTHER, 2000)).await;
    send_as(&ledger, 3, increment(nth(7), 500)).await;
    send_as(&ledger, 4, clear(nth(7), 1000, false)).await;
    send_as(&ledger, 5, reverse_message(200)).await;
    send_as(&ledger, 6, authorise(ONE, 10_000_000)).await;
    send_as(&ledger, 7, reverse(nth(8), Some(600))).await;
    send_as(&ledger, 8, authorise(OTHER, 700)).await;
    send_as(&ledger, 9, clear(nth(14), 900, true)).await;
    (place, ledger)
}

/// Everything goes on where it stood.
async fn check_goes_on(place: &Place, ledger: &Ledger) {
    assert_eq!(funds(ledger.state()), (98_100, 3900));
    let used = [ONE, OTHER].map(|card| used(ledger.state(), card, Period::Rolling24Hours));
    assert_eq!(used, [of(3500, 1), of(2300, 2)]);
    for id in 1..=9_u8 {
        let again = try_send(ledger, id, load(1)).await.unwrap();
        assert_eq!((again.sequence, again.repeated), (6 + u64::from(id), true));
    }
    assert_eq!(
        send_as(ledger, 200, authorise(ONE, 100)).await.transaction.reason,
        Reason::ReversedBefore,
        "a reversal that came early was forgotten"
    );
    assert_eq!(send_as(ledger, 10, reverse_message(1)).await.transaction.amount, 2500);
    assert_eq!(send_as(ledger, 11, reverse_message(8)).await.transaction.reason, Reason::NothingToReverse);
    assert_eq!(
        send_as(ledger, 12, clear(nth(12), 1, true)).await.transaction.reason,
        Reason::PostedAfterDecline
    );
    assert_eq!(funds(ledger.state()), (98_099, 1400));
    ledger.stop();
    place.verify(ledger.state());
}

/// The product again, with days that begin elsewhere.
fn product_in(zone: &str) -> Command {
    let Command::DefineProduct(DefineProduct(product)) = product() else { unreachable!() };
    let terms = Terms { zone: Zone::parse(zone).unwrap(), ..Terms::default() };
    Command::DefineProduct(DefineProduct(Product { terms: Some(Box::new(terms)), ..product }))
}

#[tokio::test]
async fn use_counts_in_the_days_of_its_time_although_a_snapshot_was_written_when_they_were_others() {
    let place = with_money(10_000).await;
    stop(place.ledger());
    let ledger = place.ledger();
    let (sequence, moment) = (*ledger.committed().borrow(), Moment::of(ledger.state()));
    send(&ledger, authorise(ONE, 1000)).await;
    submit(&ledger, product_in("Europe/Helsinki")).await.unwrap();
    // The card was not used before, so it is not among what is written.
    let changed = Some(Dirty::default());
    snapshot::write(&*ledger.store, STREAM, sequence, ledger.state(), &moment, changed).unwrap();
    let started = started(&place);
    assert_same_money(&started, ledger.state());
    assert_eq!(used(&started, ONE, Period::Daily), of(0, 0));
}

#[tokio::test]
async fn restart_from_a_snapshot_forgets_nothing_of_money() {
    let (place, ledger) = busy().await;
    let state = stop(ledger);
    assert_eq!(place.snapshot_sequence(), 15);
    let again = place.ledger();
    assert_same_money(again.state(), &state);
    check_goes_on(&place, &again).await;
}

#[tokio::test]
async fn restart_without_a_snapshot_forgets_nothing_of_money() {
    let (place, ledger) = busy().await;
    let state = stop(ledger);
    fs::remove_file(place.snapshot_file()).unwrap();
    let again = place.ledger();
    assert_same_money(again.state(), &state);
    check_goes_on(&place, &again).await;
}

#[tokio::test]
async fn restart_from_an_old_snapshot_forgets_nothing_of_money() {
    let (place, ledger) = busy().await;
    let old = fs::read(place.snapshot_file()).unwrap();
    let state = stop(ledger);
    fs::write(place.snapshot_file(), old).unwrap();
    assert_eq!(place.snapshot_sequence(), 6);
    let again = place.ledger();
    assert_same_money(again.state(), &state);
    check_goes_on(&place, &again).await;
}

async fn advance(ledger: &Ledger, to: Timestamp) {
    assert_eq!(ledger.advance(ClockMove::To(to), origin()).await, Ok(to));
}

#[tokio::test]
async fn rolling_window_moves_with_the_clock_and_through_restarts() {
    let place = with_money(100_000).await;
    let ledger = place.ledger();
    submit(&ledger, limit_card(ONE, Period::Rolling24Hours, Some(100), None)).await.unwrap();
    send(&ledger, authorise(ONE, 6000)).await;
    advance(&ledger, START.plus_ms(HOUR_MS)).await;
    send(&ledger, authorise(ONE, 4000)).await;
    assert_eq!(send(&ledger, authorise(ONE, 1)).await.transaction.reason, Reason::AmountExceeded);
    assert_eq!(used(ledger.state(), ONE, Period::Rolling24Hours), of(10_000, 2));
    stop(ledger);

    let ledger = place.ledger();
    advance(&ledger, START.plus_ms(DAY_MS - 1)).await;
    assert_eq!(send(&ledger, authorise(ONE, 1)).await.transaction.reason, Reason::AmountExceeded);
    advance(&ledger, START.plus_ms(DAY_MS)).await;
    assert_eq!(used(ledger.state(), ONE, Period::Rolling24Hours), of(4000, 1));
    assert_eq!(used(ledger.state(), ONE, Period::Lifetime), of(10_000, 2));
    assert!(send(&ledger, authorise(ONE, 6000)).await.transaction.approved);
    // What has left the window is given back outside of it.
    send(&ledger, reverse(nth(8), None)).await;
    assert_eq!(used(ledger.state(), ONE, Period::Rolling24Hours), of(10_000, 2));
    assert_eq!(used(ledger.state(), ONE, Period::Lifetime), of(10_000, 2));
    stop(ledger);
    let again = place.ledger();
    assert_eq!(send(&again, authorise(ONE, 1)).await.transaction.reason, Reason::AmountExceeded);
    stop(again);
    fs::remove_file(place.snapshot_file()).unwrap();
    let again = place.ledger();
    assert_eq!(send(&again, authorise(ONE, 1)).await.transaction.reason, Reason::AmountExceeded);
    again.stop();
    place.verify(again.state());
}

#[tokio::test]
async fn use_that_left_the_window_while_the_ledger_was_down_counts_no_more() {
    let place = with_money(100_000).await;
    let ledger = place.ledger();
    submit(&ledger, limit_card(ONE, Period::Rolling24Hours, None, Some(1))).await.unwrap();
    send(&ledger, authorise(ONE, 6000)).await;
    stop(ledger);
    for snapshot in [true, false] {
        let copy = with_copy(&place, snapshot);
        let store = copy.store();
        let ledger = Ledger::start(store, Clock::fixed(START.plus_ms(DAY_MS))).unwrap();
        assert!(send(&ledger, authorise(ONE, 100)).await.transaction.approved);
        assert!(!send(&ledger, authorise(ONE, 100)).await.transaction.approved);
        ledger.stop();
        copy.verify(ledger.state());
    }
}

fn with_copy(place: &Place, snapshot: bool) -> Place {
    let copy = Place::new();
    fs::copy(place.journal_file(), copy.journal_file()).unwrap();
    if snapshot {
        fs::copy(place.snapshot_file(), copy.snapshot_file()).unwrap();
    }
    copy
}

#[tokio::test]
async fn hold_is_released_at_its_time_also_after_a_restart() {
    let place = with_money(10_000).await;
    let ledger = place.ledger();
    send(&ledger, authorise(ONE, 3000)).await;
    advance(&ledger, START.plus_ms(HOUR_MS)).await;
    send(&ledger, authorise(OTHER, 500)).await;
    stop(ledger);
    let ledger = place.ledger();
    let due = START.plus_ms(7 * DAY_MS);
    assert_eq!(ledger.state().next_due(), Some(due));
    advance(&ledger, due.plus_ms(-1)).await;
    assert_eq!(funds(ledger.state()), (10_000, 3500));
    advance(&ledger, due).await;
    assert_eq!(funds(ledger.state()), (10_000, 500));
    let known = ledger.authorisation(nth(7)).unwrap().unwrap();
    assert_eq!((known.state.end, known.state.held), (Some(End::Expired), 0));
    assert_eq!(send(&ledger, clear(nth(7), 3000, true)).await.transaction.reason, Reason::PostedAfterExpiry);
    stop(ledger);
    // The second one falls due while nobody is there.
    let ledger = Ledger::start(place.store(), Clock::fixed(due.plus_ms(HOUR_MS))).unwrap();
    assert_eq!(send(&ledger, load(1)).await.transaction.available, 7001);
    assert_eq!(funds(ledger.state()), (7001, 0));
    assert_eq!(entries(&ledger).len(), 15);
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn money_moves_while_a_snapshot_is_written_and_a_start_from_it_is_right() {
    let place = with_money(100_000).await;
    let probe = Probe::over(place.store());
    let ledger = start_with(Arc::clone(&probe) as Arc<dyn Store>, 3);
    let (arrived, release) = probe.hold_first_row();
    send_as(&ledger, 1, authorise(ONE, 3000)).await;
    send_as(&ledger, 2, authorise(OTHER, 2000)).await;
    send_as(&ledger, 3, reverse_message(200)).await;
    arrived.recv().unwrap();
    // The snapshot stands for the ninth entry; nothing has been looked up for it yet.
    send_as(&ledger, 4, clear(nth(7), 2500, true)).await;
    send_as(&ledger, 5, increment(nth(8), 100)).await;
    send_as(&ledger, 6, authorise(ONE, 700)).await;
    send_as(&ledger, 7, reverse_message(201)).await;
    send_as(&ledger, 8, load(1)).await;
    release.send(()).unwrap();
    while place.snapshot_sequence() < 9 {
        tokio::task::yield_now().await;
    }
    assert_eq!(place.snapshot_sequence(), 9);
    let again = started(&place);
    assert_same_money(&again, ledger.state());
    assert_eq!(funds(&again), (97_501, 2800));
    place.verify(&again);
    ledger.stop();
    assert_same_money(place.ledger().state(), ledger.state());
    place.verify(ledger.state());
}

/// One step of a random history of money; most are accepted.
async fn step(ledger: &Ledger, (kind, one, other): (u8, u8, u8)) {
    let card = [ONE, OTHER][usize::from(one % 2)];
    let length = *ledger.committed().borrow();
    let some = nth(length.saturating_sub(u64::from(one % 12)).max(7));
    let minor = 1 + i64::from(other) * 7;
    let request = match kind {
        0..5 => authorise(card, minor),
        5 | 6 => increment(some, minor),
        7 => reverse(some, None),
        8 => reverse(some, Some(minor)),
        9 | 10 => clear(some, minor, other % 2 == 0),
        11 => reverse_message(one),
        12 => return drop(try_send(ledger, one, authorise(card, minor)).await),
        13 => {
            let by = ClockMove::By { ms: HOUR_MS * i64::from(other % 48) };
            return drop(ledger.advance(by, origin()).await);
        }
        14 => {
            let command = limit_card(card, Period::Rolling24Hours, Some(i64::from(other)), None);
            return drop(submit(ledger, command).await);
        }
        _ => load(minor),
    };
    let _ = submit(ledger, transact(request)).await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn start_is_right_whatever_money_moved_between_the_rows_of_a_snapshot(
        steps in prop::collection::vec((0..16_u8, any::<u8>(), any::<u8>()), 10..80),
        at in 3..40_usize,
        from_scratch in any::<bool>(),
        paces in prop::collection::vec(0..4_usize, 1..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (place, live) = runtime.block_on(async {
            let place = with_money(100_000).await;
            let ledger = start(place.store());
            for one in steps {
                step(&ledger, one).await;
            }
            ledger.stop();
            assert_same_money(&started(&place), ledger.state());
            place.store().clear_snapshot(STREAM).unwrap();
            (place, ledger)
        });
        check_snapshots(&place, entries(&live), (at, from_scratch, paces), || {
            let started = started(&place);
            assert_eq!(funds(&started), funds(live.state()));
            place.verify(&started);
        });
    }
}

#[tokio::test]
async fn what_left_the_window_of_one_ledger_by_time_alone_does_not_come_back_by_the_snapshot_of_another() {
    let place = with_money(100_000).await;
    let ledger = place.ledger();
    send(&ledger, authorise(ONE, 6000)).await;
    stop(ledger);
    let at = |time: Timestamp| Ledger::start(place.store(), Clock::fixed(time)).unwrap();
    let day = START.plus_ms(DAY_MS);
    let (ahead, behind) = (at(day), at(day.plus_ms(-1)));
    send(&behind, authorise(ONE, 100)).await;
    ahead.catch_up().await.unwrap();
    while used(ahead.state(), ONE, Period::Rolling24Hours) != of(100, 1) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop(ahead);
    stop(behind);
    let ledger = at(day.plus_ms(HOUR_MS));
    send(&ledger, authorise(ONE, 1)).await;
    assert_eq!(used(ledger.state(), ONE, Period::Rolling24Hours), of(101, 2));
    place.verify(ledger.state());
}

#[tokio::test]
async fn authorisation_that_ended_is_found_by_its_row_after_a_restart() {
    let (place, ledger) = busy().await;
    assert_eq!(ledger.cold(ColdTable::Authorisation, 14).unwrap(), Some(nth(15).0.to_be_bytes().to_vec()));
    let before = ledger.authorisation(nth(14)).unwrap();
    stop(ledger);
    fs::remove_file(place.snapshot_file()).unwrap();
    assert_eq!(place.ledger().authorisation(nth(14)).unwrap(), before);
}
