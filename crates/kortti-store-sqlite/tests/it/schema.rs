use std::{fs, thread};

use kortti_store::{ColdTable, Migrated, Store, StoreError};
use kortti_store_sqlite::migrate;

use crate::place::{Place, append_one, head};

/// The newest schema that this program knows.
const NEWEST: u32 = 3;

#[test]
fn migrating_says_what_it_did() {
    let place = Place::new();
    assert_eq!(migrate(&place.main()).unwrap(), Migrated { from: 0, to: NEWEST });
    assert_eq!(migrate(&place.main()).unwrap(), Migrated { from: NEWEST, to: NEWEST });
    append_one(&place.store(), 1, 10).unwrap();
    assert_eq!(migrate(&place.main()).unwrap(), Migrated { from: NEWEST, to: NEWEST });
    assert_eq!(head(&place.store()), 1);
}

#[test]
fn store_of_the_first_schema_is_brought_to_this_one_with_all_it_has() {
    let place = Place::new();
    append_one(&place.store(), 1, 10).unwrap();
    let back =
        "DROP TABLE authorisation; DROP TABLE lease; DELETE FROM refinery_schema_history WHERE version > 1";
    place.sql().execute_batch(back).unwrap();
    assert_eq!(migrate(&place.main()).unwrap(), Migrated { from: 1, to: NEWEST });
    let store = place.store();
    assert_eq!((head(&store), store.cold(ColdTable::Authorisation, 1).unwrap()), (1, None));
}

#[test]
fn newer_schema_is_refused_and_left_alone() {
    let place = Place::new();
    append_one(&place.store(), 1, 10).unwrap();
    let newer = "INSERT INTO refinery_schema_history VALUES (7, 'later', '2030-01-01T00:00:00Z', '1')";
    place.sql().execute_batch(newer).unwrap();

    assert!(matches!(place.try_open(), Err(StoreError::Schema { found: 7, known: NEWEST })));
    assert!(matches!(migrate(&place.main()), Err(StoreError::Schema { found: 7, known: NEWEST })));

    place.sql().execute_batch("DELETE FROM refinery_schema_history WHERE version = 7").unwrap();
    assert_eq!(head(&place.store()), 1);
}

#[test]
fn history_of_another_program_is_refused() {
    let place = Place::new();
    drop(place.store());
    place.sql().execute_batch("UPDATE refinery_schema_history SET checksum = '1'").unwrap();
    assert!(matches!(place.try_open(), Err(StoreError::Foreign { .. })));
    // Also where some migrations are still to come.
    place.sql().execute_batch("DELETE FROM refinery_schema_history WHERE version > 1").unwrap();
    assert!(matches!(place.try_open(), Err(StoreError::Foreign { .. })));
    assert!(matches!(migrate(&place.main()), Err(StoreError::Foreign { .. })));
}

#[test]
fn database_of_another_program_is_refused_and_left_alone() {
    let place = Place::new();
    rusqlite::Connection::open(place.main())
        .unwrap()
        .execute_batch("CREATE TABLE notes (text TEXT)")
        .unwrap();
    let before = fs::read(place.main()).unwrap();
    assert!(matches!(place.try_open(), Err(StoreError::Foreign { .. })));
    assert!(matches!(migrate(&place.main()), Err(StoreError::Foreign { .. })));
    assert_eq!(fs::read(place.main()).unwrap(), before);
    assert!(!place.snapshot().exists());
}

#[test]
fn database_without_tables_becomes_a_store() {
    let place = Place::new();
    rusqlite::Connection::open(place.main()).unwrap().execute_batch("VACUUM").unwrap();
    append_one(&place.store(), 1, 10).unwrap();
}

#[test]
fn first_openers_do_not_get_in_each_others_way() {
    let place = Place::new();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(head(&place.store()), 0));
        }
    });
    append_one(&place.store(), 1, 10).unwrap();
}
