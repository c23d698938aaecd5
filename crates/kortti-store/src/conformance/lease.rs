//! The lease: taking a stream, keeping it, losing it.

use super::{Fixture, STREAM, assert_invalid, assert_moved, fill, head, put, record};
use crate::{Append, ColdTable, Head, Lease, Store, StoreError};

fn lease(epoch: u64, beat: u64, holder: &[u8]) -> Lease {
    Lease { epoch, beat, holder: holder.to_vec() }
}

fn replace(store: &dyn Store, seen: &Lease, next: &Lease) -> bool {
    store.replace_lease(STREAM, seen, next).unwrap()
}

/// Appends one record behind the end in an epoch.
fn append_in(store: &dyn Store, epoch: u64) -> Result<(), StoreError> {
    let expected = head(store);
    let records = [record(expected.sequence + 1, 3)];
    let cold = [put(ColdTable::CardPan, 1, b"pan")];
    store.append(&Append { stream: STREAM, expected, epoch, records: &records, cold: &cold })
}

/// Nobody holds a stream at first.
pub fn fresh_lease_is_free(fixture: &dyn Fixture) {
    let store = fixture.open();
    assert_eq!(store.lease(STREAM).unwrap(), Lease::FREE);
}

/// A lease gives way to another only where it is what it was taken for, to the last member.
pub fn lease_is_replaced_only_as_it_was_seen(fixture: &dyn Fixture) {
    let store = fixture.open();
    let held = lease(1, 7, b"one");
    assert!(replace(&*store, &Lease::FREE, &held));
    let other = lease(2, 0, b"other");
    for wrong in [Lease::FREE, lease(1, 6, b"one"), lease(1, 7, b""), lease(0, 7, b"one")] {
        assert!(!replace(&*store, &wrong, &other));
    }
    assert_eq!(store.lease(STREAM).unwrap(), held);
    let beat = lease(1, 8, b"one");
    assert!(replace(&*store, &held, &beat));
    assert!(replace(&*store, &beat, &other));
    assert!(!replace(&*store, &beat, &lease(1, 9, b"one")));
    assert_eq!(store.lease(STREAM).unwrap(), other);
    assert_invalid(store.replace_lease(STREAM, &other, &lease(1, 0, b"one")));
    assert_eq!(fixture.open().lease(STREAM).unwrap(), other);
}

/// Whoever has lost the stream writes nothing, whether or not its new holder has; nor does who is ahead of it.
pub fn append_of_another_epoch_changes_nothing(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 2);
    let held = lease(1, 0, b"one");
    assert!(replace(&*store, &Lease::FREE, &held));
    for wrong in [0, 2] {
        assert_moved(append_in(&*store, wrong), 2);
        assert_eq!(store.cold(ColdTable::CardPan, 1).unwrap(), None);
    }
    append_in(&*store, 1).unwrap();
    assert!(replace(&*store, &held, &lease(4, 0, b"")));
    assert_moved(append_in(&*store, 1), 3);
    append_in(&*store, 4).unwrap();
    assert_eq!(head(&*store).sequence, 4);
}

/// An append of cold rows alone is held to the epoch, too.
pub fn cold_rows_of_another_epoch_are_not_written(fixture: &dyn Fixture) {
    let store = fixture.open();
    assert!(replace(&*store, &Lease::FREE, &lease(1, 0, b"one")));
    for cold in [[put(ColdTable::CardPan, 1, b"pan")], [super::delete(ColdTable::CardPan, 1)]] {
        let append = Append { stream: STREAM, expected: Head::EMPTY, epoch: 0, records: &[], cold: &cold };
        assert_moved(store.append(&append), 0);
    }
    assert_eq!(store.cold(ColdTable::CardPan, 1).unwrap(), None);
}

/// Starting over does not give the stream back to whoever lost it.
pub fn wiped_store_keeps_its_lease(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 2);
    let held = lease(3, 5, b"one");
    assert!(replace(&*store, &Lease::FREE, &held));
    store.wipe().unwrap();
    assert_eq!(store.lease(STREAM).unwrap(), held);
    assert_moved(append_in(&*store, 0), 0);
    append_in(&*store, 3).unwrap();
}

/// Of many who take the same lease one gets it, and only that one can append.
pub fn racing_takers_take_each_epoch_once(fixture: &dyn Fixture) {
    const TAKERS: u8 = 4;
    const ROUNDS: u64 = 10;
    let stores: Vec<_> = (0..TAKERS).map(|_| fixture.open()).collect();
    for _ in 0..ROUNDS {
        let seen = stores[0].lease(STREAM).unwrap();
        let taken: Vec<bool> = std::thread::scope(|scope| {
            let take = |taker: u8, store: &dyn Store| {
                let next = lease(seen.epoch + 1, 0, &[taker]);
                let taken = replace(store, &seen, &next);
                // Whoever was late has nothing to write in, whatever the winner does meanwhile.
                if !taken {
                    assert!(matches!(append_in(store, seen.epoch), Err(StoreError::Moved { .. })));
                }
                taken
            };
            let takers: Vec<_> =
                (0..).zip(&stores).map(|(taker, store)| scope.spawn(move || take(taker, &**store))).collect();
            takers.into_iter().map(|taker| taker.join().unwrap()).collect()
        });
        assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
        let winner = taken.iter().position(|taken| *taken).unwrap() as u8;
        assert_eq!(stores[0].lease(STREAM).unwrap(), lease(seen.epoch + 1, 0, &[winner]));
    }
    assert_eq!(head(&*stores[0]).sequence, 0);
}
