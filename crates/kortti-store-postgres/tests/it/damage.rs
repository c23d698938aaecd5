use kortti_store::{Store, StoreError};

use crate::place::{Place, STREAM, append_one, read_snapshot, write_snapshot};

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
