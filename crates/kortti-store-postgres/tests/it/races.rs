use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use kortti_store::{Append, ColdTable, ColdWrite, Head, Lease, Store, StoreError, StreamId};
use kortti_store_postgres::{Options, PostgresStore};

use crate::place::{Place, STREAM, append_one, append_to, end_at, hasty, head, wait_for};

#[test]
fn of_two_handles_that_append_at_the_same_end_one_wins() {
    for place in [Place::new(), Place::serializable()] {
        let handles = [place.store(), place.store()];
        for sequence in 1..=50 {
            let start = Barrier::new(2);
            let outcomes = handles.each_ref().map(|store| (store, &start));
            let won: Vec<bool> = thread::scope(|scope| {
                let race = |(store, start): (&PostgresStore, &Barrier)| {
                    start.wait();
                    match append_one(store, sequence, 10) {
                        Ok(()) => true,
                        Err(StoreError::Moved { actual }) => {
                            assert_eq!(actual, sequence);
                            false
                        }
                        // Only where the server is strict: the other was in the way each time, and has not won for that.
                        Err(error) => panic!("{error}"),
                    }
                };
                let racers = outcomes.map(|racer| scope.spawn(move || race(racer)));
                racers.into_iter().map(|racer| racer.join().unwrap()).collect()
            });
            assert_eq!(won.iter().filter(|won| **won).count(), 1);
        }
        assert_eq!(handles[0].read(STREAM, 0, 100).unwrap().len(), 50);
    }
}

#[test]
fn cold_rows_alone_are_not_written_behind_an_append_that_was_waited_for() {
    for place in [Place::new(), Place::serializable()] {
        let store = place.store();
        append_one(&store, 1, 10).unwrap();
        let cold = [ColdWrite { table: ColdTable::Key, id: 1, body: Some(b"late".to_vec()) }];
        let late = Append { stream: STREAM, expected: end_at(1), epoch: 0, records: &[], cold: &cold };
        // Somebody holds the lock, appends record 2, and lets go while the other waits.
        let refused = while_locked(
            &place,
            "INSERT INTO journal VALUES (0, 2, decode(repeat('02', 32), 'hex'), '')",
            1,
            || store.append(&late),
        );
        assert!(matches!(refused, Err(StoreError::Moved { actual: 2 })));
        assert_eq!(store.cold(ColdTable::Key, 1).unwrap(), None);
    }
}

#[test]
fn append_that_waited_for_another_is_refused_whole() {
    for place in [Place::new(), Place::serializable()] {
        let store = place.store();
        append_one(&store, 1, 10).unwrap();
        let refused = while_locked(
            &place,
            "INSERT INTO journal VALUES (0, 2, decode(repeat('ff', 32), 'hex'), '')",
            1,
            || append_one(&store, 2, 10),
        );
        assert!(matches!(refused, Err(StoreError::Moved { actual: 2 })));
        assert_eq!(store.cold(ColdTable::CardPan, 2).unwrap(), None);
        assert_eq!(store.head(STREAM).unwrap().hash, [0xff; 32]);
    }
}

#[test]
fn append_that_waited_for_a_wipe_writes_nothing() {
    for place in [Place::new(), Place::serializable()] {
        let store = place.store();
        append_one(&store, 1, 10).unwrap();
        let wipe = "DELETE FROM stream; INSERT INTO stream SELECT generate_series(0, 15);
            DELETE FROM journal; DELETE FROM cold";
        let refused = while_locked(&place, wipe, 1, || append_one(&store, 2, 10));
        assert!(matches!(refused, Err(StoreError::Moved { actual: 0 })));
        assert_eq!(store.head(STREAM).unwrap(), Head::EMPTY);
        assert_eq!(store.cold(ColdTable::CardPan, 2).unwrap(), None);
        // One that expects the empty journal goes through, though the row it waited for is gone.
        let first = while_locked(&place, wipe, 1, || append_one(&store, 1, 10));
        first.unwrap();
        assert_eq!(head(&store), 1);
    }
}

#[test]
fn wipes_and_appends_at_once_leave_a_journal_without_holes() {
    for place in [Place::new(), Place::serializable()] {
        let (store, other) = (place.store(), place.store());
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let appender = scope.spawn(|| {
                let mut wiped = 0;
                while !done.load(Ordering::Acquire) {
                    let next = head(&store) + 1;
                    match append_one(&store, next, 10) {
                        Err(StoreError::Moved { actual }) if actual < next - 1 => wiped += 1,
                        Err(StoreError::Moved { .. } | StoreError::Unavailable { .. }) | Ok(()) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
                wiped
            });
            for _ in 0..20 {
                wait_for("there is something to wipe", || (head(&other) > 2).then_some(()));
                match other.wipe() {
                    Ok(()) | Err(StoreError::Unavailable { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            done.store(true, Ordering::Release);
            appender.join().unwrap();
        });
        let end = head(&store);
        let records = store.read(STREAM, 0, usize::MAX).unwrap();
        let cold = store.scan_cold(ColdTable::CardPan, None, usize::MAX).unwrap();
        assert_eq!((records.len() as u64, cold.len() as u64), (end, end));
    }
}

#[test]
fn streams_do_not_wait_for_each_other() {
    let place = Place::new();
    let store = place.store();
    // Stream 0 is let go only when stream 1 has its record.
    let condition = "EXISTS (SELECT 1 FROM journal WHERE stream = 1)";
    let lock = "SELECT 1 FROM stream WHERE stream = 0 FOR UPDATE";
    hold(&place, lock, "SELECT 1", condition, || append_to(&store, StreamId(1), 1, 10)).unwrap();
    assert_eq!(store.head(StreamId(1)).unwrap().sequence, 1);
    assert_eq!(head(&store), 0);
}

#[test]
fn lease_is_kept_while_every_connection_for_look_ups_is_in_use() {
    let place = Place::new();
    let store = PostgresStore::open(&place.url(), Options { readers: 1, writers: 1, ..hasty() }).unwrap();
    // Its connection is there: a new one could not prepare its statements while the journal is locked.
    store.lease(STREAM).unwrap();
    let condition = "(SELECT beat FROM lease WHERE stream = 0) = 7";
    let lock = "LOCK TABLE journal IN ACCESS EXCLUSIVE MODE";
    thread::scope(|scope| {
        hold(&place, lock, "SELECT 1", condition, || {
            scope.spawn(|| store.read(STREAM, 0, 1));
            let waits = "SELECT 1 FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'";
            wait_for("the look-up waits", || (!place.sql(waits).is_empty()).then_some(()));
            let seen = store.lease(STREAM).unwrap();
            let next = Lease { beat: 7, ..seen.clone() };
            assert!(store.replace_lease(STREAM, &seen, &next).unwrap());
        });
    });
}

/// Locks the rows of all streams, starts `work`, and when `count` connections wait for a lock, does `meanwhile` and commits.
pub fn while_locked<T: Send>(
    place: &Place,
    meanwhile: &str,
    count: u32,
    work: impl FnOnce() -> T + Send,
) -> T {
    let waiting = format!(
        "(SELECT count(*) FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock') >= {count}"
    );
    hold(place, "SELECT 1 FROM stream FOR UPDATE", meanwhile, &waiting, work)
}

/// Locks as `lock` says, starts `work`, and lets go when `condition` has come true.
fn hold<T: Send>(
    place: &Place,
    lock: &str,
    meanwhile: &str,
    condition: &str,
    work: impl FnOnce() -> T + Send,
) -> T {
    // The holder itself waits for the condition, a hundred times a second and not for ever.
    let script = format!(
        "SET default_transaction_isolation = 'read committed';
         BEGIN; {lock};
         SET application_name = 'holds the lock';
         DO $$ BEGIN
             FOR i IN 1..1500 LOOP
                 PERFORM pg_stat_clear_snapshot();
                 EXIT WHEN {condition};
                 PERFORM pg_sleep(0.01);
             END LOOP;
         END $$;
         {meanwhile}; COMMIT"
    );
    thread::scope(|scope| {
        let holder = scope.spawn(|| place.sql(&script));
        let holds = "SELECT 1 FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'holds the lock'";
        wait_for("the lock is held", || (!place.sql(holds).is_empty()).then_some(()));
        let done = work();
        holder.join().unwrap();
        done
    })
}
