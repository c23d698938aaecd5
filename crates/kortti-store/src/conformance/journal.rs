//! The journal: appending, reading, the compare-and-swap, starting over.

use super::{
    Fixture, STREAM, append, assert_invalid, assert_moved, delete, fill, head, put, record, records,
};
use crate::{Append, ColdTable, Extent, Head, Record, Store, StreamId};

/// A fresh store ends at sequence 0 with a zero hash and holds no records.
pub fn empty_store_has_an_empty_head(fixture: &dyn Fixture) {
    let store = fixture.open();
    assert!(store.streams() >= 1);
    assert_eq!(head(&*store), Head::EMPTY);
    assert!(store.read(STREAM, 0, 10).unwrap().is_empty());
}

/// What was appended is what is read, and the head is its last record.
pub fn appended_records_read_back(fixture: &dyn Fixture) {
    let store = fixture.open();
    let (first, second) = (records(1, 3, 7), records(4, 2, 8));
    append(&*store, 0, &first, &[]).unwrap();
    append(&*store, 3, &second, &[]).unwrap();

    assert_eq!(store.read(STREAM, 0, 10).unwrap(), [first, second.clone()].concat());
    assert_eq!(head(&*store), Head { sequence: 5, hash: second[1].hash });
}

/// `after` and `limit` cut pages that fit together; behind the end there is nothing.
pub fn reading_pages_by_sequence(fixture: &dyn Fixture) {
    let store = fixture.open();
    let all = records(1, 10, 0);
    append(&*store, 0, &all, &[]).unwrap();

    assert_eq!(store.read(STREAM, 0, 4).unwrap(), all[..4]);
    assert_eq!(store.read(STREAM, 4, 4).unwrap(), all[4..8]);
    assert_eq!(store.read(STREAM, 8, 4).unwrap(), all[8..]);
    assert_eq!(store.read(STREAM, 8, usize::MAX).unwrap(), all[8..]);
    for (after, limit) in [(0, 0), (10, 4), (11, 4), (u64::MAX, 4)] {
        assert!(store.read(STREAM, after, limit).unwrap().is_empty());
    }
}

/// A record that does not follow on is refused together with everything beside it.
pub fn records_out_of_sequence_are_refused(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 2);
    let cold = [put(ColdTable::CardPan, 1, b"pan")];
    let wrong: [Vec<Record>; 5] = [
        vec![record(2, 0)],
        vec![record(4, 0)],
        vec![record(3, 0), record(3, 0)],
        vec![record(3, 0), record(5, 0)],
        vec![record(0, 0)],
    ];
    for records in &wrong {
        assert_invalid(append(&*store, 2, records, &cold));
    }
    assert_eq!(head(&*store).sequence, 2);
    assert_eq!(store.cold(ColdTable::CardPan, 1).unwrap(), None);
}

/// The compare-and-swap looks at the hash too: as many records of another history are not the same end.
pub fn append_after_another_history_changes_nothing(fixture: &dyn Fixture) {
    let (one, other) = (fixture.open(), fixture.open());
    append(&*one, 0, &records(1, 3, 1), &[]).unwrap();
    let known = head(&*one);
    other.wipe().unwrap();
    append(&*other, 0, &records(1, 3, 2), &[]).unwrap();

    let cold = [put(ColdTable::CardPan, 1, b"late")];
    let late = Append { stream: STREAM, expected: known, epoch: 0, records: &records(4, 1, 1), cold: &cold };
    assert_moved(one.append(&late), 3);
    assert_eq!(one.read(STREAM, 0, 10).unwrap(), records(1, 3, 2));
    assert_eq!(one.cold(ColdTable::CardPan, 1).unwrap(), None);
}

/// The compare-and-swap: an append that expects another head, older or newer, leaves neither record nor cold row.
pub fn append_away_from_the_head_changes_nothing(fixture: &dyn Fixture) {
    let store = fixture.open();
    append(&*store, 0, &records(1, 3, 1), &[put(ColdTable::CardPan, 1, b"kept")]).unwrap();
    let before = head(&*store);
    let cold = [delete(ColdTable::CardPan, 1), put(ColdTable::CardPan, 2, b"new")];

    for expected in [0, 2, 4, 1000] {
        assert_moved(append(&*store, expected, &records(expected + 1, 2, 2), &cold), 3);
        assert_moved(append(&*store, expected, &[], &cold), 3);
    }

    assert_eq!(head(&*store), before);
    assert_eq!(store.read(STREAM, 0, 10).unwrap(), records(1, 3, 1));
    assert_eq!(store.cold(ColdTable::CardPan, 1).unwrap().as_deref(), Some(b"kept".as_slice()));
    assert_eq!(store.cold(ColdTable::CardPan, 2).unwrap(), None);
}

/// Cold rows may be written without a record; the compare-and-swap still holds.
pub fn append_of_cold_rows_alone_keeps_the_head(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 2);
    let before = head(&*store);
    append(&*store, 2, &[], &[put(ColdTable::Key, 1, b"key")]).unwrap();

    assert_eq!(head(&*store), before);
    assert_eq!(store.cold(ColdTable::Key, 1).unwrap().as_deref(), Some(b"key".as_slice()));
}

/// Bodies of no byte and of many megabytes come back as they were, every byte value included.
pub fn large_and_empty_bodies_survive(fixture: &dyn Fixture) {
    let store = fixture.open();
    let large: Vec<u8> = (0..5_000_011_u32).map(|i| (i % 251 + i % 7) as u8).collect();
    let all = [
        Record { bytes: large.clone(), ..record(1, 0) },
        Record { bytes: Vec::new(), ..record(2, 0) },
        Record { bytes: (0..=255).collect(), ..record(3, 0) },
    ];
    let cold = [put(ColdTable::CardPersonal, 1, &large), put(ColdTable::CardPersonal, 2, b"")];
    append(&*store, 0, &all, &cold).unwrap();

    assert!(store.read(STREAM, 0, 10).unwrap() == all);
    assert!(store.cold(ColdTable::CardPersonal, 1).unwrap().as_deref() == Some(large.as_slice()));
    assert_eq!(store.cold(ColdTable::CardPersonal, 2).unwrap(), Some(Vec::new()));
}

/// Closing and opening loses nothing, and appending goes on from the same head.
pub fn reopened_store_has_everything(fixture: &dyn Fixture) {
    let store = fixture.open();
    append(&*store, 0, &records(1, 3, 9), &[put(ColdTable::Key, -5, b"key")]).unwrap();
    let before = head(&*store);
    drop(store);

    let store = fixture.open();
    assert_eq!(head(&*store), before);
    assert_eq!(store.read(STREAM, 0, 10).unwrap(), records(1, 3, 9));
    assert_eq!(store.cold(ColdTable::Key, -5).unwrap().as_deref(), Some(b"key".as_slice()));
    assert_moved(append(&*store, 0, &records(1, 1, 0), &[]), 3);
    fill(&*store, 3, 1);
}

/// Two handles on the same data see each other's commits at once.
pub fn second_handle_sees_every_commit(fixture: &dyn Fixture) {
    let (one, other) = (fixture.open(), fixture.open());
    fill(&*one, 0, 2);
    assert_eq!(head(&*other), head(&*one));
    append(&*other, 2, &records(3, 1, 0), &[put(ColdTable::Key, 1, b"key")]).unwrap();
    assert_eq!(one.cold(ColdTable::Key, 1).unwrap().as_deref(), Some(b"key".as_slice()));
    assert_moved(append(&*one, 2, &records(3, 1, 1), &[]), 3);
    fill(&*one, 3, 1);
    assert_eq!(other.read(STREAM, 0, 10).unwrap(), records(1, 4, 0));
}

/// What the journal goes through can be confirmed, any number of times, and nothing else. It changes nothing.
pub fn what_is_there_is_confirmed(fixture: &dyn Fixture) {
    let store = fixture.open();
    store.confirm(STREAM, Head::EMPTY).unwrap();
    fill(&*store, 0, 3);
    let lease = store.lease(STREAM).unwrap();
    for Record { sequence, hash, .. } in records(1, 3, 0) {
        store.confirm(STREAM, Head { sequence, hash }).unwrap();
        assert_moved(store.confirm(STREAM, Head { sequence, hash: [0xee; 32] }), 3);
    }
    store.confirm(STREAM, Head::EMPTY).unwrap();
    let beyond = record(4, 0);
    assert_moved(store.confirm(STREAM, Head { sequence: 4, hash: beyond.hash }), 3);
    assert_moved(store.confirm(STREAM, Head { sequence: u64::MAX, hash: beyond.hash }), 3);
    assert_eq!((head(&*store).sequence, store.lease(STREAM).unwrap()), (3, lease));
    fill(&*fixture.open(), 3, 1);
}

/// A stream the store does not have is a mistake of the caller in every method.
pub fn unknown_stream_is_refused(fixture: &dyn Fixture) {
    let store = fixture.open();
    let stream = StreamId(store.streams());
    assert_invalid(store.head(stream));
    assert_invalid(store.read(stream, 0, 1));
    let records = records(1, 1, 0);
    assert_invalid(store.append(&Append {
        stream,
        expected: Head::EMPTY,
        epoch: 0,
        records: &records,
        cold: &[],
    }));
    assert_invalid(store.read_snapshot(stream, &mut |_| ()));
    assert_invalid(store.write_snapshot(stream, 1, Extent::Changes, &mut std::iter::empty()));
    assert_invalid(store.clear_snapshot(stream));
}

/// After a wipe the store is as new, also for a handle that was open all the while.
pub fn wiped_store_is_empty_and_usable(fixture: &dyn Fixture) {
    let (store, other) = (fixture.open(), fixture.open());
    let cold = ColdTable::ALL.map(|table| put(table, 1, b"body"));
    append(&*store, 0, &records(1, 5, 0), &cold).unwrap();
    assert_eq!(head(&*other).sequence, 5);

    store.wipe().unwrap();

    let reopened = fixture.open();
    let handles: [&dyn Store; 3] = [&*store, &*other, &*reopened];
    for handle in handles {
        assert_eq!(head(handle), Head::EMPTY);
        assert!(handle.read(STREAM, 0, 10).unwrap().is_empty());
        for table in ColdTable::ALL {
            assert_eq!(handle.cold(table, 1).unwrap(), None);
        }
    }
    assert_moved(append(&*other, 5, &records(6, 1, 0), &[]), 0);
    fill(&*other, 0, 1);
    assert_eq!(head(&*store).sequence, 1);
}
