use std::{sync::Arc, time::Duration};

use kortti_core::{
    card::CardStatus,
    decide::{Command, IssueCard, Refusal},
    entry::Origin,
    event::Event,
    id::CardId,
    view::View,
};
use kortti_store::ColdTable;

use super::{
    concurrency::{spawn, spawn_as},
    given::{OURS, START, card, issue, keyed, origin, row, set_status},
    place::{Place, entries, submit},
};
use crate::LedgerError;

#[tokio::test]
async fn accepted_command_is_in_state_journal_and_cold_rows() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    let outcome = ledger.submit(OURS, origin(), card(3001), row(3001, b"number")).await.unwrap();
    assert_eq!((outcome.id, outcome.sequence, outcome.repeated), (3001, 4, false));

    let found = ledger.state().card(CardId(3001)).unwrap();
    assert_eq!(found.status.since, START);
    assert_eq!(ledger.cold(ColdTable::CardPan, 3001).unwrap().as_deref(), Some(&b"number"[..]));
    assert_eq!(*ledger.committed().borrow(), 4);
    let last = entries(&ledger).pop().unwrap();
    assert_eq!((last.sequence, last.at, last.origin), (4, START, origin()));
    assert!(matches!(last.event, Event::CardIssued(card, _) if card == *found));
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn refused_command_changes_nothing() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    submit(&ledger, card(3001)).await.unwrap();
    let taken = IssueCard { pan_index: issue(3001).pan_index, ..issue(3002) };
    let refused = ledger.submit(OURS, origin(), Command::IssueCard(taken), row(3002, b"number")).await;
    assert_eq!(refused, Err(LedgerError::Refused(Refusal::NumberTaken)));
    assert_eq!(ledger.state().card(CardId(3002)), None);
    assert_eq!(ledger.cold(ColdTable::CardPan, 3002).unwrap(), None);
    assert_eq!((*ledger.committed().borrow(), entries(&ledger).len()), (4, 4));
}

#[tokio::test]
async fn command_that_changes_nothing_leaves_an_entry_only_if_it_may_be_repeated() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    submit(&ledger, card(3001)).await.unwrap();
    let outcome = submit(&ledger, set_status(3001, None)).await.unwrap();
    assert_eq!((outcome.id, outcome.sequence), (3001, 4));
    assert_eq!(entries(&ledger).len(), 4);
    let outcome = ledger.submit(OURS, keyed(1), set_status(3001, None), Vec::new()).await.unwrap();
    assert_eq!((outcome.id, outcome.sequence), (3001, 5));
    assert_eq!(entries(&ledger).len(), 5);
}

#[tokio::test]
async fn entries_are_read_page_by_page_and_chained() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    let mut previous = [0; 32];
    for after in 0..3 {
        let page = ledger.entries(after, 1).unwrap();
        let [(entry, hash)] = &page[..] else { panic!("a page of one entry has another size") };
        assert_eq!((entry.sequence, entry.previous), (after + 1, previous));
        previous = *hash;
    }
    assert!(ledger.entries(3, 10).unwrap().is_empty());
}

#[tokio::test]
async fn origin_of_each_entry_is_the_callers() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    let other = Origin { audit_user: "somebody else".into(), ..origin() };
    ledger.submit(OURS, other.clone(), card(3001), Vec::new()).await.unwrap();
    submit(&ledger, set_status(3001, Some(CardStatus::Lost))).await.unwrap();
    let origins: Vec<Origin> = entries(&ledger).into_iter().map(|entry| entry.origin).collect();
    assert_eq!(origins[3..], [other, origin()]);
}

#[tokio::test]
async fn stopped_ledger_refuses() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    assert!(ledger.is_running());
    ledger.stop();
    assert!(!ledger.is_running());
    assert_eq!(submit(&ledger, card(3001)).await, Err(LedgerError::Stopped));
    ledger.stop();
}

#[tokio::test]
async fn who_waits_behind_the_end_hears_of_it() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    let (arrived, release) = probe.hold();
    let begun = spawn(&ledger, card(3001)).await;
    arrived.recv().unwrap();
    let stopping = Arc::clone(&ledger);
    let stopped = tokio::task::spawn_blocking(move || stopping.stop());
    while ledger.messages.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let behind = spawn(&ledger, card(3002)).await;
    release.send(()).unwrap();
    begun.await.unwrap().unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(20), behind).await.unwrap().unwrap();
    assert_eq!(answer, Err(LedgerError::Stopped));
    stopped.await.unwrap();
}

#[tokio::test]
async fn caller_who_went_away_waits_no_more() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let ledger = Arc::new(ledger);
    let (arrived, release) = probe.hold();
    let caller = spawn_as(&ledger, origin(), card(3001)).await;
    arrived.recv().unwrap();
    assert_eq!(ledger.waiting(), 1);
    caller.abort();
    assert!(caller.await.is_err());
    assert_eq!(ledger.waiting(), 0);
    release.send(()).unwrap();
}
