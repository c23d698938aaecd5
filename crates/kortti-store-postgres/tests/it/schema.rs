use std::thread;

use kortti_store::{Migrated, Store, StoreError, StreamId};
use kortti_store_postgres::{Options, PostgresStore, migrate};

use crate::place::{Place, append_one, append_to, head};

/// The newest schema that this program knows.
const NEWEST: u32 = 2;

#[test]
fn migrating_twice_changes_nothing_the_second_time() {
    let place = Place::bare();
    let migrate = || migrate(&place.url(), Options::default()).unwrap();
    assert_eq!(migrate(), Migrated { from: 0, to: NEWEST });
    append_one(&place.store(), 1, 10).unwrap();
    assert_eq!(migrate(), Migrated { from: NEWEST, to: NEWEST });
    assert_eq!(head(&place.store()), 1);
}

#[test]
fn database_that_was_not_migrated_is_refused_and_left_alone() {
    let place = Place::bare();
    assert!(matches!(place.try_open(), Err(StoreError::Schema { found: 0, known: NEWEST })));
    assert_eq!(place.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

#[test]
fn migration_that_was_cut_off_is_finished_by_the_next() {
    let place = Place::new();
    place.sql("DELETE FROM installation; DELETE FROM stream; DELETE FROM snapshot; DELETE FROM lease");
    assert!(matches!(place.try_open(), Err(StoreError::Schema { found: 0, known: NEWEST })));
    migrate(&place.url(), Options::default()).unwrap();
    append_one(&place.store(), 1, 10).unwrap();
}

#[test]
fn store_of_the_first_schema_is_brought_to_this_one_with_all_it_has() {
    let place = Place::new();
    append_one(&place.store(), 1, 10).unwrap();
    place.sql("DROP TABLE lease; ALTER TABLE stream DROP COLUMN epoch");
    place.sql("DELETE FROM refinery_schema_history WHERE version > 1");
    assert!(matches!(place.try_open(), Err(StoreError::Schema { found: 1, known: NEWEST })));
    assert_eq!(migrate(&place.url(), Options::default()).unwrap(), Migrated { from: 1, to: NEWEST });
    append_one(&place.store(), 2, 10).unwrap();
}

#[test]
fn newer_schema_is_refused_and_left_alone() {
    let place = Place::new();
    append_one(&place.store(), 1, 10).unwrap();
    place.sql("INSERT INTO refinery_schema_history VALUES (7, 'later', '2030-01-01T00:00:00Z', '1')");
    let migrated = migrate(&place.url(), Options::default());
    assert!(matches!(place.try_open(), Err(StoreError::Schema { found: 7, known: NEWEST })));
    assert!(matches!(migrated, Err(StoreError::Schema { found: 7, known: NEWEST })));
    place.sql("DELETE FROM refinery_schema_history WHERE version = 7");
    assert_eq!(head(&place.store()), 1);
}

#[test]
fn history_of_another_program_is_refused() {
    for foreign in ["checksum = 'no number'", "name = 'users'", "version = -1"] {
        let place = Place::new();
        place.sql(&format!("UPDATE refinery_schema_history SET {foreign} WHERE version = 1"));
        for pending in ["", "DELETE FROM refinery_schema_history WHERE version > 1"] {
            place.sql(pending);
            assert!(matches!(place.try_open(), Err(StoreError::Foreign { .. })));
            let migrated = migrate(&place.url(), Options::default());
            assert!(matches!(migrated, Err(StoreError::Foreign { .. })));
        }
    }
}

#[test]
fn first_migrators_do_not_get_in_each_others_way() {
    for isolation in ["read committed", "serializable"] {
        let place = Place::bare();
        place.set("default_transaction_isolation", isolation);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| migrate(&place.url(), Options::default()).unwrap());
            }
        });
        assert_eq!(place.sql("SELECT count(*) FROM stream"), "16");
        append_one(&place.store(), 1, 10).unwrap();
    }
}

#[test]
fn number_of_streams_is_that_of_the_first_migration() {
    let place = Place::bare();
    let with = |streams| Options { streams, ..Options::default() };
    assert!(matches!(migrate(&place.url(), with(0)), Err(StoreError::Invalid { .. })));
    migrate(&place.url(), with(3)).unwrap();
    migrate(&place.url(), with(5)).unwrap();
    let store = PostgresStore::open(&place.url(), with(7)).unwrap();
    assert_eq!(store.streams(), 3);
    append_to(&store, StreamId(2), 1, 10).unwrap();
    assert!(matches!(append_to(&store, StreamId(3), 1, 10), Err(StoreError::Invalid { .. })));
}

#[test]
fn missing_database_is_unavailable() {
    let url = Place::bare().url().replace("/test_", "/missing_");
    let opened = PostgresStore::open(&url, Options::default());
    assert!(matches!(opened, Err(StoreError::Unavailable { .. })));
    let migrated = migrate(&url, Options::default());
    assert!(matches!(migrated, Err(StoreError::Unavailable { .. })));
}
