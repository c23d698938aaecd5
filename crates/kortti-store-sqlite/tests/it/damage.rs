use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;

use kortti_store::{ColdTable, Store, StoreError};

use crate::place::{Place, STREAM, append_one, head, read_snapshot, write_snapshot};

#[test]
fn missing_snapshot_file_counts_as_none() {
    let place = with_snapshot();
    fs::remove_file(place.snapshot()).unwrap();
    let store = place.store();
    assert_eq!(read_snapshot(&store), (0, 0));
    write_snapshot(&store, 3, 10).unwrap();
    assert_eq!(read_snapshot(&store), (3, 10));
}

#[test]
fn snapshot_file_that_is_no_database_is_replaced() {
    let place = with_snapshot();
    fs::write(place.snapshot(), vec![0x55; 100_000]).unwrap();
    let store = place.store();
    assert_eq!(read_snapshot(&store), (0, 0));
    write_snapshot(&store, 3, 10).unwrap();
    drop(store);
    assert_eq!(read_snapshot(&place.store()), (3, 10));
}

#[test]
fn snapshot_of_another_layout_is_replaced() {
    let place = with_snapshot();
    let other = rusqlite::Connection::open(place.snapshot()).unwrap();
    other.pragma_update(None, "user_version", 1000).unwrap();
    drop(other);
    assert_eq!(read_snapshot(&place.store()), (0, 0));
}

#[test]
fn snapshot_damaged_inside_counts_as_none_and_is_replaced() {
    let place = with_snapshot();
    let file = OpenOptions::new().write(true).open(place.snapshot()).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    assert!(pages > 100);
    file.write_all_at(&vec![0xaa; 50 * 4096], 50 * 4096).unwrap();
    drop(file);

    let store = place.store();
    assert_eq!(read_snapshot(&store).0, 0);
    assert_eq!(read_snapshot(&store), (0, 0));
    write_snapshot(&store, 3, 10).unwrap();
    assert_eq!(read_snapshot(&store), (3, 10));
}

#[test]
fn journal_that_ends_before_its_snapshot_is_damaged_until_the_snapshot_is_thrown_away() {
    let (place, restored) = (Place::new(), Place::new());
    append_one(&place.store(), 1, 10).unwrap();
    place.copy_to(&restored, "kortti.db");
    let store = place.store();
    append_one(&store, 2, 10).unwrap();
    write_snapshot(&store, 2, 10).unwrap();
    drop(store);
    place.copy_to(&restored, "kortti-snapshot.db");

    let store = restored.store();
    assert_eq!(head(&store), 1);
    let read = store.read_snapshot(STREAM, &mut |_| panic!("nothing is visited"));
    assert!(matches!(read, Err(StoreError::Corrupt { table: "journal", row: 2, .. })));
    store.clear_snapshot(STREAM).unwrap();
    assert_eq!(read_snapshot(&store), (0, 0));
    write_snapshot(&store, 1, 5).unwrap();
    assert_eq!(read_snapshot(&store), (1, 5));
}

#[test]
fn main_file_that_is_no_database_is_refused_and_left_alone() {
    let place = Place::new();
    fs::write(place.main(), vec![0x55; 10_000]).unwrap();
    assert!(matches!(place.try_open(), Err(StoreError::Corrupt { .. })));
    assert_eq!(fs::read(place.main()).unwrap(), vec![0x55; 10_000]);
}

#[test]
fn damaged_pages_of_a_cold_table_are_reported_with_the_table() {
    let place = Place::new();
    let store = place.store();
    for sequence in 1..=200 {
        append_one(&store, sequence, 3000).unwrap();
    }
    drop(store);
    let file = OpenOptions::new().write(true).open(place.main()).unwrap();
    let pages = file.metadata().unwrap().len() / 4096;
    file.write_all_at(&vec![0xaa; ((pages - 20) * 4096) as usize], 20 * 4096).unwrap();
    drop(file);

    let store = place.store();
    let scan = store.scan_cold(ColdTable::CardPan, None, usize::MAX);
    assert!(matches!(scan, Err(StoreError::Corrupt { table: "card_pan", .. })));
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
