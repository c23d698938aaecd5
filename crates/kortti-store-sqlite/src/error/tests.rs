use super::*;

#[test]
fn full_disk_means_nothing_was_written_at_any_point() {
    let full = || sqlite(ffi::SQLITE_FULL);
    assert!(matches!(failure(full()), StoreError::Full { .. }));
    assert!(matches!(write_failure_at(full(), "journal", 1), StoreError::Full { .. }));
    assert!(matches!(commit_failure(full()), StoreError::Full { .. }));
}

#[test]
fn lock_held_elsewhere_is_unavailable() {
    for code in [ffi::SQLITE_BUSY, ffi::SQLITE_LOCKED, ffi::SQLITE_BUSY_SNAPSHOT, ffi::SQLITE_BUSY_RECOVERY] {
        assert!(matches!(write_failure_at(sqlite(code), "journal", 1), StoreError::Unavailable { .. }));
        assert!(matches!(commit_failure(sqlite(code)), StoreError::Unavailable { .. }));
    }
}

#[test]
fn failed_flush_is_fatal_before_and_at_the_commit() {
    for code in [ffi::SQLITE_IOERR_FSYNC, ffi::SQLITE_IOERR_DIR_FSYNC] {
        assert!(matches!(write_failure_at(sqlite(code), "journal", 1), StoreError::Fatal { .. }));
        assert!(matches!(commit_failure(sqlite(code)), StoreError::Fatal { .. }));
    }
}

#[test]
fn input_output_error_is_fatal_at_the_commit_only() {
    for code in [ffi::SQLITE_IOERR, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_SHMSIZE] {
        assert!(matches!(write_failure_at(sqlite(code), "journal", 1), StoreError::Unavailable { .. }));
        assert!(matches!(commit_failure(sqlite(code)), StoreError::Fatal { .. }));
    }
}

#[test]
fn damage_names_the_row_and_keeps_the_driver_error() {
    for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
        let error = failure_at(sqlite(code), "card_pan", 42);
        assert!(matches!(error, StoreError::Corrupt { table: "card_pan", row: 42, .. }));
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.downcast_ref::<Error>(), Some(&sqlite(code)));
    }
}

#[test]
fn value_of_the_wrong_shape_is_damage() {
    let error = Error::InvalidColumnType(0, "hash".to_owned(), rusqlite::types::Type::Null);
    assert!(matches!(failure_at(error, "journal", 1), StoreError::Corrupt { .. }));
}

fn sqlite(extended_code: i32) -> Error {
    Error::SqliteFailure(ffi::Error::new(extended_code), None)
}
