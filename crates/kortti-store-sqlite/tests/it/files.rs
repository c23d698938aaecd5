use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use kortti_store::{Store, StoreError};
use kortti_store_sqlite::{Options, SqliteStore};

use crate::place::{Place, STREAM, append_one, head, write_snapshot};

#[test]
fn new_files_are_for_their_owner_only() {
    let place = Place::new();
    let path = place.path("data/deep/kortti.db");
    let store = SqliteStore::open(&path, Options::default()).unwrap();
    append_one(&store, 1, 10).unwrap();
    write_snapshot(&store, 1, 10).unwrap();

    assert_eq!(mode(&place.path("data")), 0o700);
    assert_eq!(mode(&place.path("data/deep")), 0o700);
    let mut names = Vec::new();
    for entry in fs::read_dir(place.path("data/deep")).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(mode(&entry.path()), 0o600);
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    let expected = [
        "kortti-snapshot.db",
        "kortti-snapshot.db-shm",
        "kortti-snapshot.db-wal",
        "kortti.db",
        "kortti.db-lock",
        "kortti.db-shm",
        "kortti.db-wal",
    ];
    assert_eq!(names, expected);
}

#[test]
fn path_that_names_no_file_is_refused() {
    for path in ["", "/", ".."] {
        let opened = SqliteStore::open(Path::new(path), Options::default());
        assert!(matches!(opened, Err(StoreError::Invalid { .. })));
    }
}

#[test]
fn folder_that_is_a_file_is_unavailable() {
    let place = Place::new();
    fs::write(place.path("data"), b"a file").unwrap();
    let opened = SqliteStore::open(&place.path("data/kortti.db"), Options::default());
    assert!(matches!(opened, Err(StoreError::Unavailable { .. })));
}

#[test]
fn write_lock_held_elsewhere_is_unavailable_until_it_is_released() {
    let place = Place::new();
    let options = Options { busy_timeout: Duration::ZERO, ..Options::default() };
    let store = SqliteStore::open(&place.main(), options).unwrap();
    append_one(&store, 1, 10).unwrap();

    let other = place.sql();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(append_one(&store, 2, 10), Err(StoreError::Unavailable { .. })));
    assert_eq!(head(&store), 1);
    other.execute_batch("ROLLBACK").unwrap();

    append_one(&store, 2, 10).unwrap();
    assert_eq!(store.read(STREAM, 0, 10).unwrap().len(), 2);
}

#[test]
fn body_of_a_destroyed_key_is_overwritten_in_the_file() {
    let place = Place::new();
    let store = place.store();
    let key = b"the key that has to be destroyed";
    let body = |body: Option<&[u8]>| kortti_store::ColdWrite {
        table: kortti_store::ColdTable::CustomerKey,
        id: 1,
        body: body.map(<[u8]>::to_vec),
    };
    let write = |cold| {
        let append = kortti_store::Append {
            stream: STREAM,
            expected: kortti_store::Head::EMPTY,
            epoch: 0,
            records: &[],
            cold: &[cold],
        };
        store.append(&append).unwrap();
    };
    write(body(Some(key)));
    write(body(None));
    // Closing moves everything from the log into the file.
    drop(store);
    let file = fs::read(place.main()).unwrap();
    assert!(!file.windows(key.len()).any(|window| window == key));
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn write_ahead_log_is_begun_again_while_appends_go_on() {
    let place = Place::new();
    let store = place.store();
    let wal = place.path("kortti.db-wal");
    const BODY: usize = 40_000;
    let begun_again = (1..1_000).any(|sequence| {
        append_one(&store, sequence, BODY).unwrap();
        fs::metadata(&wal).unwrap().len() < sequence * BODY as u64
    });
    assert!(begun_again);
}
