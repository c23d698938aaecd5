//! Snapshots: written in part, read whole, never mixed up with another journal or another writer.

use std::collections::BTreeMap;

use super::{Fixture, STREAM, append, assert_invalid, assert_moved, fill, head, records};
use crate::{Extent, SnapshotRow, Store, StoreError};

pub(super) type Rows = BTreeMap<(u8, i64), Vec<u8>>;

/// Without a snapshot there are no rows and the sequence is 0; clearing nothing is no error.
pub fn absent_snapshot_reads_as_zero(fixture: &dyn Fixture) {
    let store = fixture.open();
    assert_eq!(read(&*store), (0, Rows::new()));
    store.clear_snapshot(STREAM).unwrap();
    fill(&*store, 0, 1);
    assert_eq!(read(&*store), (0, Rows::new()));
}

/// A later write changes the rows it names and leaves the others.
pub fn snapshot_rows_are_replaced_and_deleted(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 9);
    write(&*store, 5, vec![row(1, 1, b"one"), row(1, 2, b"two"), row(2, 1, b"other kind")]).unwrap();
    assert_eq!(read(&*store).0, 5);

    write(&*store, 9, vec![row(1, 1, b"changed"), gone(1, 2), gone(7, 7), row(3, 3, b"")]).unwrap();
    let expected = [((1, 1), b"changed".to_vec()), ((2, 1), b"other kind".to_vec()), ((3, 3), Vec::new())];
    assert_eq!(read(&*store), (9, Rows::from(expected)));

    write(&*store, 9, vec![gone(3, 3)]).unwrap();
    assert_eq!(read(&*store).1.len(), 2);
}

/// Kind and id span their whole types.
pub fn snapshot_keeps_every_kind_and_id(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 1);
    let names: Vec<(u8, i64)> = [0, 1, 127, 128, 255]
        .into_iter()
        .flat_map(|kind| [i64::MIN, -1, 0, 1, i64::MAX].map(|id| (kind, id)))
        .collect();
    let body = |kind: u8, id: i64| [&[kind], id.to_be_bytes().as_slice()].concat();
    write(&*store, 1, names.iter().map(|&(kind, id)| row(kind, id, &body(kind, id))).collect()).unwrap();

    let expected = names.iter().map(|&(kind, id)| ((kind, id), body(kind, id))).collect();
    assert_eq!(read(&*store), (1, expected));
}

/// A snapshot is still there after the store was closed.
pub fn snapshot_survives_reopening(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 3);
    write(&*store, 3, (0..1000).map(|id| row(1, id, &[7; 200])).collect()).unwrap();
    drop(store);

    let store = fixture.open();
    let (sequence, rows) = read(&*store);
    assert_eq!((sequence, rows.len()), (3, 1000));
    assert!(rows.values().all(|body| *body == [7; 200]));
}

/// After clearing there is no snapshot, and a new one holds only its own rows.
pub fn cleared_snapshot_is_gone(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 3);
    write(&*store, 3, vec![row(1, 1, b"old")]).unwrap();
    store.clear_snapshot(STREAM).unwrap();
    assert_eq!(read(&*store), (0, Rows::new()));

    write(&*store, 2, vec![row(1, 2, b"new")]).unwrap();
    assert_eq!(read(&*store), (2, Rows::from([((1, 2), b"new".to_vec())])));
}

/// A snapshot that replaces another holds only its own rows, whatever its handle knew of the other, and is added to as ever.
/// Until it is whole the other stands.
pub fn replaced_snapshot_stands_until_the_new_one_is_whole(fixture: &dyn Fixture) {
    let (store, other) = (fixture.open(), fixture.open());
    fill(&*store, 0, 9);
    write(&*other, 3, (0..20).map(|id| row(1, id, b"old")).chain([row(2, 1, b"old")]).collect()).unwrap();

    let mut seen = Vec::new();
    let mut rows = [row(1, 1, b"new"), row(3, 1, b"new")].into_iter().inspect(|_| seen.push(read(&*other)));
    store.write_snapshot(STREAM, 5, Extent::Whole, &mut rows).unwrap();
    assert!(seen.iter().all(|(sequence, rows)| (*sequence, rows.len()) == (3, 21)));
    let new = Rows::from([((1, 1), b"new".to_vec()), ((3, 1), b"new".to_vec())]);
    assert_eq!(read(&*other), (5, new));

    assert_moved(other.write_snapshot(STREAM, 4, Extent::Whole, &mut std::iter::empty()), 5);
    assert_invalid(store.write_snapshot(STREAM, 10, Extent::Whole, &mut std::iter::empty()));
    write(&*store, 6, vec![row(4, 1, b"more")]).unwrap();
    assert_eq!(read(&*other).1.len(), 3);
    other.clear_snapshot(STREAM).unwrap();
    store.write_snapshot(STREAM, 7, Extent::Whole, &mut [row(1, 1, b"again")].into_iter()).unwrap();
    assert_eq!(read(&*other), (7, Rows::from([((1, 1), b"again".to_vec())])));
}

/// There is no snapshot of records that do not exist, nor of nothing.
pub fn snapshot_beyond_the_journal_is_refused(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 3);
    for sequence in [0, 4, u64::MAX] {
        assert_invalid(write(&*store, sequence, vec![row(1, 1, b"x")]));
    }
    assert_eq!(read(&*store), (0, Rows::new()));
}

/// A slow writer does not put its older rows over a newer snapshot, nor its changes over one that it does not know: somebody
/// else may have taken away since what its rows still have.
pub fn snapshot_never_goes_back(fixture: &dyn Fixture) {
    let (slow, quick) = (fixture.open(), fixture.open());
    fill(&*slow, 0, 9);
    write(&*quick, 8, vec![row(1, 1, b"new")]).unwrap();

    assert_moved(write(&*slow, 5, vec![row(1, 1, b"old")]), 8);
    assert_eq!(read(&*quick), (8, Rows::from([((1, 1), b"new".to_vec())])));
    assert_moved(write(&*slow, 9, vec![row(1, 2, b"more")]), 8);
    assert_moved(write(&*slow, 8, vec![row(1, 2, b"more")]), 8);
    read(&*slow);
    write(&*slow, 9, vec![row(1, 2, b"more")]).unwrap();
    assert_eq!(read(&*quick), (9, Rows::from([((1, 1), b"new".to_vec()), ((1, 2), b"more".to_vec())])));
}

/// Rows that were meant to add to a snapshot somebody has thrown away are refused: they would not be all.
pub fn partial_write_on_a_lost_snapshot_is_refused(fixture: &dyn Fixture) {
    let (store, other) = (fixture.open(), fixture.open());
    fill(&*store, 0, 9);
    write(&*store, 5, vec![row(1, 1, b"one"), row(1, 2, b"two")]).unwrap();
    other.clear_snapshot(STREAM).unwrap();

    assert_moved(write(&*store, 9, vec![row(1, 2, b"changed")]), 0);
    assert_eq!(read(&*other), (0, Rows::new()));

    store.clear_snapshot(STREAM).unwrap();
    write(&*store, 9, vec![row(1, 1, b"one"), row(1, 2, b"changed")]).unwrap();
    assert_eq!(read(&*other).1.len(), 2);
}

/// A snapshot belongs to its journal: a wiped journal that has grown again to the same length has none.
pub fn snapshot_of_a_wiped_journal_is_gone(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 3);
    write(&*store, 3, vec![row(1, 1, b"old")]).unwrap();
    store.wipe().unwrap();
    assert_eq!(read(&*store), (0, Rows::new()));

    append(&*store, 0, &records(1, 3, 99), &[]).unwrap();
    assert_eq!(read(&*store), (0, Rows::new()));
    write(&*store, 3, vec![row(1, 2, b"new")]).unwrap();
    assert_eq!(read(&*store), (3, Rows::from([((1, 2), b"new".to_vec())])));
}

/// An append made in the middle of writing a snapshot goes through, and is no part of the snapshot.
pub fn appends_go_on_while_a_snapshot_is_written(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 1);
    let mut rows = (0..500_u64).map(|i| {
        fill(&*store, 1 + i, 1);
        row(1, i as i64, &[1; 300])
    });
    store.write_snapshot(STREAM, 1, Extent::Changes, &mut rows).unwrap();

    assert_eq!(head(&*store).sequence, 501);
    let (sequence, rows) = read(&*store);
    assert_eq!((sequence, rows.len()), (1, 500));
}

/// An append made in the middle of reading a snapshot goes through, and changes nothing in what is read.
pub fn appends_go_on_while_a_snapshot_is_read(fixture: &dyn Fixture) {
    let store = fixture.open();
    fill(&*store, 0, 1);
    write(&*store, 1, (0..100).map(|id| row(1, id, b"body")).collect()).unwrap();
    let mut visited = 0;
    let sequence = store
        .read_snapshot(STREAM, &mut |_| {
            fill(&*store, 1 + visited, 1);
            visited += 1;
        })
        .unwrap();
    assert_eq!((sequence, visited, head(&*store).sequence), (1, 100, 101));
}

pub(super) fn row(kind: u8, id: i64, body: &[u8]) -> SnapshotRow {
    SnapshotRow { kind, id, body: Some(body.to_vec()) }
}

fn gone(kind: u8, id: i64) -> SnapshotRow {
    SnapshotRow { kind, id, body: None }
}

pub(super) fn write(store: &dyn Store, sequence: u64, rows: Vec<SnapshotRow>) -> Result<(), StoreError> {
    store.write_snapshot(STREAM, sequence, Extent::Changes, &mut rows.into_iter())
}

/// The snapshot's sequence and rows; visiting a row twice or without a body fails the test.
pub(super) fn read(store: &dyn Store) -> (u64, Rows) {
    let mut rows = Rows::new();
    let sequence = store
        .read_snapshot(STREAM, &mut |row| {
            let before = rows.insert((row.kind, row.id), row.body.unwrap());
            assert!(before.is_none());
        })
        .unwrap();
    if sequence == 0 {
        rows.clear();
    }
    (sequence, rows)
}
