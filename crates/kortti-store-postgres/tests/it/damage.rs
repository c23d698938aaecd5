use kortti_store::{Store, StoreError};

use crate::place::{Place, STREAM, append_one, head, read_snapshot, write_snapshot};

#[test]
fn hole_in_the_journal_is_damage() {
    let place = with_snapshot();
    place.sql("DELETE FROM journal WHERE sequence = 2");
    let store = place.store();
    assert!(matches!(store.read(STREAM, 0, 10), Err(StoreError::Corrupt { table: "journal", row: 2, .. })));
    assert_eq!(store.read(STREAM, 2, 10).unwrap().len(), 1);
}

#[test]
fn hash_of_the_wrong_length_is_damage_and_no_reason_to_drop_the_snapshot() {
    let place = with_snapshot();
    place.sql("UPDATE journal SET hash = 'x' WHERE sequence = 3");
    let store = place.store();
    let damaged = |error| matches!(error, Err(StoreError::Corrupt { table: "journal", .. }));
    assert!(damaged(store.head(STREAM).map(|_| ())));
    assert!(damaged(store.read(STREAM, 2, 1).map(|_| ())));
    assert!(damaged(store.read_snapshot(STREAM, &mut |_| ()).map(|_| ())));
    assert_eq!(place.sql("SELECT sequence FROM snapshot WHERE stream = 0"), "3");
}

#[test]
fn journal_that_ends_before_its_snapshot_is_damaged_until_the_snapshot_is_thrown_away() {
    let place = with_snapshot();
    place.sql("DELETE FROM journal WHERE sequence > 1");
    let store = place.store();
    assert_eq!(head(&store), 1);
    let read = store.read_snapshot(STREAM, &mut |_| panic!("nothing is visited"));
    assert!(matches!(read, Err(StoreError::Corrupt { table: "journal", row: 3, .. })));
    store.clear_snapshot(STREAM).unwrap();
    assert_eq!(read_snapshot(&store), (0, 0));
    write_snapshot(&store, 1, 5).unwrap();
    assert_eq!(read_snapshot(&store), (1, 5));
}

#[test]
fn snapshot_of_another_history_of_the_same_length_is_not_used() {
    let place = with_snapshot();
    place.sql("UPDATE journal SET hash = decode(repeat('ff', 32), 'hex') WHERE sequence = 3");
    let store = place.store();
    assert_eq!(read_snapshot(&store), (0, 0));
    write_snapshot(&store, 3, 5).unwrap();
    assert_eq!(read_snapshot(&store), (3, 5));
}

#[test]
fn damaged_snapshot_counts_as_none_and_is_replaced() {
    for damage in
        ["UPDATE snapshot_row SET kind = 256 WHERE id = 7", "UPDATE snapshot SET hash = 'x' WHERE stream = 0"]
    {
        let place = with_snapshot();
        place.sql(damage);
        let store = place.store();
        assert_eq!(read_snapshot(&store).0, 0);
        assert_eq!(read_snapshot(&store), (0, 0));
        write_snapshot(&store, 3, 10).unwrap();
        assert_eq!(read_snapshot(&store), (3, 10));
    }
}

#[test]
fn snapshot_found_damaged_by_a_writer_must_be_written_anew() {
    let place = with_snapshot();
    let store = place.store();
    assert_eq!(read_snapshot(&store), (3, 10_000));
    place.sql("UPDATE snapshot SET hash = 'x' WHERE stream = 0");
    assert!(matches!(write_snapshot(&store, 3, 10), Err(StoreError::Corrupt { table: "snapshot", .. })));
    assert!(matches!(write_snapshot(&store, 3, 10), Err(StoreError::Moved { actual: 0 })));
    store.clear_snapshot(STREAM).unwrap();
    write_snapshot(&store, 3, 10).unwrap();
    assert_eq!(read_snapshot(&store), (3, 10));
}

#[test]
fn table_that_is_gone_is_damage() {
    let place = with_snapshot();
    let store = place.store();
    place.sql("DROP TABLE journal");
    assert!(matches!(store.head(STREAM), Err(StoreError::Corrupt { table: "journal", .. })));
}

/// A closed store of three records whose snapshot of 10,000 rows stands at the third.
fn with_snapshot() -> Place {
    let place = Place::new();
    let store = place.store();
    for sequence in 1..=3 {
        append_one(&store, sequence, 10).unwrap();
    }
    write_snapshot(&store, 3, 10_000).unwrap();
    assert_eq!(read_snapshot(&store), (3, 10_000));
    drop(store);
    place
}
