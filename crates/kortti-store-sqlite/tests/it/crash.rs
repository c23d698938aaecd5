use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use kortti_store::{ColdTable, Store, StoreError};
use kortti_store_sqlite::{Options, SqliteStore};

use crate::place::{Place, STREAM, append_one, head, write_snapshot};

/// Tells the child process which database to append to.
const DATABASE: &str = "KORTTI_TEST_DATABASE";
const BODY: usize = 300;

#[test]
fn files_as_a_power_cut_leaves_them_open_whole() {
    let (place, copy) = (Place::new(), Place::new());
    let store = place.store();
    for sequence in 1..=50 {
        append_one(&store, sequence, BODY).unwrap();
    }
    write_snapshot(&store, 50, 100).unwrap();
    for name in ["kortti.db", "kortti.db-wal", "kortti-snapshot.db", "kortti-snapshot.db-wal"] {
        place.copy_to(&copy, name);
    }
    assert_whole(&copy.store(), 50);
}

#[test]
fn killed_process_loses_nothing_it_has_reported_while_another_appends_too() {
    let place = Place::new();
    let mut store = Some(place.store());
    for round in 1..=3 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "crash::child_appends_until_killed", "--nocapture"])
            .env(DATABASE, place.main())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut reported = BufReader::new(child.stdout.take().unwrap()).lines().filter_map(|line| {
            line.unwrap().strip_prefix("appended ").map(|sequence| sequence.parse::<u64>().unwrap())
        });
        let mut last = 0;
        for _ in 0..50 {
            last = reported.next().unwrap();
            if let Some(store) = &store {
                append_next(store);
            }
        }
        child.kill().unwrap();
        child.wait().unwrap();
        last = reported.last().unwrap_or(last);

        if round == 2 {
            // From now on the dying process is the only one, and leaves its log to be recovered.
            store = None;
        }
        let reopened = place.store();
        assert!(head(&reopened) >= last);
        assert_whole(&reopened, head(&reopened));
        append_next(&reopened);
    }
}

/// The other process of the test above; does nothing unless that test has started it.
#[test]
fn child_appends_until_killed() {
    let Some(path) = env::var_os(DATABASE) else { return };
    let store = SqliteStore::open(Path::new(&path), Options::default()).unwrap();
    loop {
        let sequence = append_next(&store);
        writeln!(std::io::stdout(), "\nappended {sequence}").unwrap();
    }
}

/// Appends where the stream ends, wherever that is by now, and returns the sequence.
fn append_next(store: &dyn Store) -> u64 {
    loop {
        let next = head(store) + 1;
        match append_one(store, next, BODY) {
            Ok(()) => return next,
            Err(StoreError::Moved { .. } | StoreError::Unavailable { .. }) => {}
            refused => refused.unwrap(),
        }
    }
}

/// Exactly the first `last` appends are there, each with its cold row.
fn assert_whole(store: &dyn Store, last: u64) {
    assert_eq!(head(store), last);
    let records = store.read(STREAM, 0, usize::MAX).unwrap();
    let cold = store.scan_cold(ColdTable::CardPan, None, usize::MAX).unwrap();
    let sequences: Vec<u64> = records.iter().map(|record| record.sequence).collect();
    let rows: Vec<u64> = cold.iter().map(|(id, _)| *id as u64).collect();
    assert!(sequences.iter().copied().eq(1..=last));
    assert_eq!(sequences, rows);
}
