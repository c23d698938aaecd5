//! What is seen of the store and may still be lost.

use std::sync::Arc;

use kortti_core::id::IdempotencyKey;
use kortti_store::{Append, Store};

use super::{
    follower::started,
    given::{OURS, card, keyed},
    place::{Place, assert_same, entries, start, start_with, submit},
    probe::{Probe, unavailable, unknown},
};
use crate::{Ledger, LedgerError, STREAM};

/// A server that has the first so many entries of a place, and others behind them.
pub async fn server_that_was_behind(place: &Place, sequence: usize) -> (Place, Ledger) {
    let behind = Place::new();
    let records = place.store().read(STREAM, 0, sequence).unwrap();
    let expected = kortti_store::Head::EMPTY;
    let append = Append { stream: STREAM, expected, epoch: 0, records: &records, cold: &[] };
    behind.store().append(&append).unwrap();
    let ledger = behind.ledger();
    submit(&ledger, card(4001)).await.unwrap();
    (behind, ledger)
}

#[tokio::test]
async fn write_that_is_seen_and_not_confirmed_is_not_answered() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    submit(&ledger, card(3001)).await.unwrap();
    probe.on_append(|store, append| store.append(append).and(Err(unknown())));
    probe.confirm_nothing(true);
    let issue = || ledger.submit(OURS, keyed(1), card(3002), Vec::new());
    assert_eq!(issue().await, Err(LedgerError::Unknown));
    ledger.catch_up().await.unwrap();
    assert_eq!(ledger.state().card_count(), 2, "it is seen");
    assert_eq!(issue().await, Err(LedgerError::Unavailable));
    assert_eq!(submit(&ledger, card(3003)).await, Err(LedgerError::Unavailable));
    probe.confirm_nothing(false);
    let again = issue().await.unwrap();
    assert_eq!((again.id, again.sequence, again.repeated), (3002, 5, true));
    ledger.stop();
    place.verify(ledger.state());
}

#[tokio::test]
async fn earlier_answer_that_was_read_is_given_once_it_is_confirmed() {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    let issued = ledger.submit(OURS, keyed(1), card(3001), Vec::new()).await.unwrap();
    let key = IdempotencyKey([1; 16]);
    assert_eq!(ledger.find_answered(key).await.unwrap().unwrap().sequence, issued.sequence);
    ledger.stop();
    let (probe, ledger) = place.probed();
    probe.confirm_nothing(true);
    assert_eq!(ledger.find_answered(key).await, Err(LedgerError::Unavailable));
    probe.confirm_nothing(false);
    assert_eq!(ledger.find_answered(key).await.unwrap().unwrap().sequence, issued.sequence);
    // What has been lost since is nobody's answer.
    let (_place, behind) = server_that_was_behind(&place, 3).await;
    ledger.stop();
    let (probe, ledger) = place.probed();
    probe.fail_over(Arc::clone(&behind.store));
    assert_eq!(ledger.find_answered(key).await, Ok(None));
}

#[tokio::test]
async fn entries_that_were_only_read_are_forgotten_where_the_next_server_has_not_got_them() {
    for has_snapshot in [false, true] {
        let place = Place::furnished().await;
        let (probe, reader) = place.probed();
        let writer = place.ledger();
        for id in 3001..=3005 {
            submit(&writer, card(id)).await.unwrap();
        }
        reader.catch_up().await.unwrap();
        assert_eq!((reader.state().card_count(), *reader.committed().borrow()), (5, 8));
        let (behind, successor) = server_that_was_behind(&place, 5).await;
        if has_snapshot {
            successor.stop();
        }
        probe.fail_over(behind.store());
        reader.catch_up().await.unwrap();
        assert_same(reader.state(), successor.state());
        assert_eq!((reader.state().card_count(), *reader.committed().borrow()), (3, 6));
        submit(&reader, card(3006)).await.unwrap();
        assert!(reader.has_store());
        reader.stop();
        behind.verify(reader.state());
        assert_same(&started(&behind), reader.state());
        assert_eq!(entries(&reader).len(), 7);
    }
}

#[tokio::test]
async fn answers_that_were_read_anew_are_in_each_snapshot_after_that() {
    let place = Place::furnished().await;
    let probe = Probe::over(place.store());
    let reader = start_with(Arc::clone(&probe) as Arc<dyn Store>, 1);
    let writer = place.ledger();
    for id in 3001..=3005 {
        submit(&writer, card(id)).await.unwrap();
    }
    reader.catch_up().await.unwrap();
    let (behind, successor) = server_that_was_behind(&place, 5).await;
    successor.submit(OURS, keyed(1), card(4002), Vec::new()).await.unwrap();
    probe.fail_over(behind.store());
    // It writes a snapshot now, and another one of what has changed since when it ends.
    reader.catch_up().await.unwrap();
    reader.submit(OURS, keyed(2), card(3006), Vec::new()).await.unwrap();
    reader.stop();
    assert_eq!(behind.snapshot_sequence(), 8);
    assert_same(&started(&behind), reader.state());
}

#[tokio::test]
async fn entries_that_were_confirmed_are_missed_where_the_next_server_has_not_got_them() {
    let place = Place::furnished().await;
    let (probe, ledger) = place.probed();
    let writer = start(place.store());
    submit(&writer, card(3001)).await.unwrap();
    ledger.catch_up().await.unwrap();
    // Decides, on what it has read.
    let refused = submit(&ledger, card(3001)).await;
    assert!(matches!(refused, Err(LedgerError::Refused(_))), "{refused:?}");
    let before = Arc::clone(&place.store()) as Arc<dyn Store>;
    let (_behind, successor) = server_that_was_behind(&place, 3).await;
    probe.fail_over(Arc::clone(&successor.store));
    assert_eq!(ledger.catch_up().await, Err(LedgerError::Unavailable));
    assert_eq!(submit(&ledger, card(3002)).await, Err(LedgerError::Unavailable));
    assert!(!ledger.has_store());
    probe.fail_over(before);
    ledger.catch_up().await.unwrap();
    assert!(ledger.has_store(), "they are back");
}

#[tokio::test]
async fn readers_wait_while_all_is_read_anew() {
    let place = Place::furnished().await;
    let (probe, reader) = place.probed();
    let writer = place.ledger();
    submit(&writer, card(3001)).await.unwrap();
    reader.catch_up().await.unwrap();
    let (_behind, successor) = server_that_was_behind(&place, 3).await;
    probe.fail_over(Arc::clone(&successor.store));
    // The old state goes, and what comes in its place cannot be read yet.
    let mut reads = 0;
    probe.before_read(move || {
        reads += 1;
        if reads <= 2 { Ok(()) } else { Err(unavailable()) }
    });
    assert_eq!(reader.catch_up().await, Err(LedgerError::Unavailable));
    assert_eq!(reader.state().card_count(), 0);
    assert_eq!(reader.refresh().await, Err(LedgerError::Unavailable));
    assert_eq!(submit(&reader, card(3002)).await, Err(LedgerError::Unavailable));
    probe.before_read(|| Ok(()));
    reader.refresh().await.unwrap();
    assert_same(reader.state(), successor.state());
    submit(&reader, card(3002)).await.unwrap();
}
