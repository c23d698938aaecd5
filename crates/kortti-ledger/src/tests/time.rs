use std::{sync::Arc, time::Duration};

use kortti_core::{
    card::CardStatus,
    decide::{Command, IssueCard, Refusal},
    event::{CardChange, Cause, Event},
    id::CardId,
    limit::Period,
    time::{DAY_MS, Timestamp, YearMonth},
    transaction::Reason,
    view::View,
};

use kortti_store::Store;

use super::{
    concurrency::{all_at_once, spawn},
    given::{HOUR_MS, START, card, disposable, issue, keyed, origin},
    place::{Place, entries, submit},
    probe::{Probe, unavailable},
    till::{self, ONE, authorise, limit_card, send, with_money},
};
use crate::{Clock, ClockMove, Ledger, LedgerError};

/// Cards that expire at the end of April 2026 and 45 days.
fn short_lived(id: i64) -> Command {
    Command::IssueCard(IssueCard { expiration: YearMonth::new(2026, 4), ..issue(id) })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thousands_of_jobs_run_in_the_order_of_their_times() {
    let place = Place::furnished().await;
    let ledger = Arc::new(place.ledger());
    // Closings in another order than the ids, many at one time, and expiries in between.
    let closing = |id: i64| START.plus_ms(HOUR_MS * (1 + id * 7919 % 2400));
    let cards = (1..=3000).map(|id| if id % 3 == 0 { short_lived(id) } else { disposable(id, closing(id)) });
    assert!(all_at_once(&ledger, cards).await.iter().all(Result::is_ok));
    let expiry = Timestamp::parse("2026-06-15T00:00:00Z").unwrap();
    let to = START.plus_ms(HOUR_MS * 3000);
    assert_eq!(ledger.advance(ClockMove::To(to), origin()).await, Ok(to));

    let jobs: Vec<_> = entries(&ledger).split_off(3003);
    assert_eq!(jobs.len(), 3001, "one for each card, and the clock's");
    assert!(jobs.is_sorted_by_key(|entry| entry.at));
    for entry in &jobs[..3000] {
        let Event::CardUpdated(CardId(id), cause, changes) = &entry.event else { panic!("another event") };
        let (due, expected) =
            if id % 3 == 0 { (expiry, Cause::Expiry) } else { (closing(*id), Cause::ScheduledClosing) };
        assert_eq!((entry.at, *cause), (due, expected));
        assert!(matches!(&changes[0], CardChange::Status(change) if change.after.since == due));
    }
    assert!(matches!(jobs[3000].event, Event::ClockMoved(_)));
    assert_eq!(ledger.state().next_due(), None);
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn only_what_is_due_happens() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    submit(&ledger, disposable(3001, START.plus_ms(HOUR_MS))).await.unwrap();
    submit(&ledger, disposable(3002, START.plus_ms(HOUR_MS + 1))).await.unwrap();
    ledger.advance(ClockMove::To(START.plus_ms(HOUR_MS)), origin()).await.unwrap();
    let status = |id| ledger.state().card(CardId(id)).unwrap().status.status;
    assert_eq!((status(3001), status(3002)), (CardStatus::Closed, CardStatus::Ok));
    assert_eq!(ledger.state().next_due(), Some(START.plus_ms(HOUR_MS + 1)));
}

#[tokio::test]
async fn repeated_move_of_the_clock_moves_nothing() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    submit(&ledger, disposable(3001, START.plus_ms(HOUR_MS + 1))).await.unwrap();
    let (by, to) = (ClockMove::By { ms: HOUR_MS }, START.plus_ms(HOUR_MS));
    assert_eq!(ledger.advance(by, keyed(1)).await, Ok(to));
    let before = entries(&ledger).len();
    assert_eq!(ledger.advance(by, keyed(1)).await, Ok(to));
    assert_eq!(ledger.state().card(CardId(3001)).unwrap().status.status, CardStatus::Ok);
    assert_eq!(entries(&ledger).len(), before);

    ledger.advance(by, keyed(2)).await.unwrap();
    let later = ledger.clock().now();
    assert_eq!(ledger.advance(ClockMove::To(to), keyed(1)).await, Ok(later), "not backwards: it did happen");
}

#[tokio::test]
async fn move_by_days_is_known_for_a_day_after_it_also_after_a_restart() {
    const DAYS: ClockMove = ClockMove::By { ms: 3 * DAY_MS };
    let place = Place::furnished().await;
    let ledger = place.ledger();
    let moved = ledger.advance(DAYS, keyed(1)).await.unwrap();
    assert_eq!(moved, START.plus_ms(3 * DAY_MS));
    assert_eq!(ledger.advance(DAYS, keyed(1)).await, Ok(moved));
    ledger.stop();
    let again = place.ledger();
    assert_eq!(again.advance(DAYS, keyed(1)).await, Ok(moved));
    again.advance(ClockMove::By { ms: DAY_MS - 1 }, origin()).await.unwrap();
    assert_eq!(again.advance(DAYS, keyed(1)).await, Ok(moved.plus_ms(DAY_MS - 1)));
    again.advance(ClockMove::By { ms: 1 }, origin()).await.unwrap();
    assert_eq!(again.advance(DAYS, keyed(1)).await, Ok(moved.plus_ms(4 * DAY_MS)));
}

#[tokio::test]
async fn clock_goes_forward_only_and_keeps_going_after_a_restart() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    let to = START.plus_ms(DAY_MS);
    assert_eq!(ledger.advance(ClockMove::To(to), origin()).await, Ok(to));
    assert_eq!(ledger.advance(ClockMove::To(to), origin()).await, Ok(to));
    let backwards = ledger.advance(ClockMove::To(START), origin()).await;
    assert_eq!(backwards, Err(LedgerError::Refused(Refusal::ClockBackwards)));
    submit(&ledger, card(3001)).await.unwrap();
    assert_eq!(ledger.state().card(CardId(3001)).unwrap().opened_at, to);
    ledger.stop();
    drop(ledger);
    assert_eq!(place.ledger().clock().now(), to);
}

#[tokio::test]
async fn time_of_entries_never_goes_back() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    ledger.clock().set_ahead_ms(HOUR_MS);
    submit(&ledger, card(3001)).await.unwrap();
    // As when the machine's clock is set back.
    ledger.clock().set_ahead_ms(0);
    submit(&ledger, card(3002)).await.unwrap();
    ledger.stop();
    drop(ledger);
    let ledger = place.ledger();
    submit(&ledger, card(3003)).await.unwrap();
    let times: Vec<_> = entries(&ledger)[3..].iter().map(|entry| entry.at).collect();
    assert_eq!(times, [START.plus_ms(HOUR_MS); 3]);
    place.verify(ledger.state());
}

#[tokio::test]
async fn use_that_has_left_the_rolling_window_is_not_missed_when_the_clock_is_set_back() {
    let place = with_money(20_000).await;
    let ledger = place.ledger();
    submit(&ledger, limit_card(ONE, Period::Rolling24Hours, Some(100), None)).await.unwrap();
    send(&ledger, authorise(ONE, 6000)).await;
    let gone = DAY_MS;
    ledger.clock().set_ahead_ms(gone);
    // Refused, so it leaves no entry.
    submit(&ledger, card(ONE)).await.unwrap_err();
    ledger.clock().set_ahead_ms(gone - 1);
    let second = send(&ledger, authorise(ONE, 6000)).await;
    assert_eq!((second.at, second.transaction.reason), (START.plus_ms(gone), Reason::Approved));
    ledger.clock().set_ahead_ms(2 * gone);
    submit(&ledger, card(ONE)).await.unwrap_err();
    ledger.stop();
    drop(ledger);

    // The snapshot knows that the second use is gone, too.
    let ledger =
        crate::Ledger::start(place.store(), crate::Clock::fixed(START.plus_ms(2 * gone - 1))).unwrap();
    let third = send(&ledger, authorise(ONE, 6000)).await;
    assert_eq!((third.at, third.transaction.reason), (START.plus_ms(2 * gone), Reason::Approved));
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn late_job_runs_now_and_dates_the_closing_to_its_time() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    submit(&ledger, disposable(3001, START.plus_ms(HOUR_MS))).await.unwrap();
    ledger.clock().set_ahead_ms(2 * HOUR_MS);
    submit(&ledger, card(3002)).await.unwrap();
    let [.., job, issued] = &entries(&ledger)[..] else { panic!("entries are missing") };
    assert!(matches!(&job.event, Event::CardUpdated(CardId(3001), Cause::ScheduledClosing, _)));
    assert!(matches!(&issued.event, Event::CardIssued(..)), "the job comes before what follows its time");
    assert_eq!((job.at, issued.at), (START.plus_ms(2 * HOUR_MS), START.plus_ms(2 * HOUR_MS)));
    assert_eq!(ledger.state().card(CardId(3001)).unwrap().status.since, START.plus_ms(HOUR_MS));
    assert_eq!((&*job.origin.client, &*job.origin.audit_user), ("kortti", "scheduled closing"));
}

#[tokio::test]
async fn job_that_fell_due_while_the_ledger_was_down_runs_after_the_start() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    submit(&ledger, disposable(3001, START.plus_ms(HOUR_MS))).await.unwrap();
    ledger.stop();
    drop(ledger);
    let later = crate::Clock::fixed(START.plus_ms(DAY_MS));
    let ledger = crate::Ledger::start(place.store(), later).unwrap();
    let mut committed = ledger.committed();
    let written = committed.wait_for(|sequence| *sequence == 5);
    tokio::time::timeout(std::time::Duration::from_secs(20), written).await.unwrap().unwrap();
    assert_eq!(ledger.state().card(CardId(3001)).unwrap().status.status, CardStatus::Closed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_waits_until_everything_is_done_that_is_due_of_cards() {
    let place = with_money(10_000).await;
    let ledger = Arc::new(place.ledger());
    let cards = (4001..=9000).map(|id| disposable(id, START.plus_ms(HOUR_MS)));
    assert!(all_at_once(&ledger, cards).await.iter().all(Result::is_ok));
    ledger.stop();
    let probe = Probe::over(place.store());
    let (held, release) = probe.hold();
    let store: Arc<dyn Store> = probe;
    let ledger = Arc::new(Ledger::start(store, Clock::fixed(START.plus_ms(DAY_MS))).unwrap());
    held.recv().unwrap();
    let before = *ledger.committed().borrow();
    let decided = spawn(&ledger, till::transact(authorise(ONE, 100))).await;
    while ledger.waiting() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    release.send(()).unwrap();
    let recorded = decided.await.unwrap().unwrap().transaction.unwrap();
    assert!(recorded.transaction.approved);
    let place = recorded.id.sequence() - before;
    assert!(place <= 2 * 1024 + 1, "{place} entries came first");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn clock_that_stops_on_its_way_does_not_say_that_nothing_was_done() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    let cards = (3001..=5000).map(|id| disposable(id, START.plus_ms(HOUR_MS)));
    assert!(all_at_once(&ledger, cards).await.iter().all(Result::is_ok));
    probe.on_append(|store, append| store.append(append));
    probe.on_append(|_, _| Err(unavailable()));
    let to = ClockMove::To(START.plus_ms(DAY_MS));
    assert_eq!(ledger.advance(to, origin()).await, Err(LedgerError::Unknown));
    assert_eq!(ledger.advance(to, origin()).await, Ok(START.plus_ms(DAY_MS)));
}
