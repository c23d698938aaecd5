//! Commits that wait for a synchronous standby, and what of them is seen before it has them.

use std::thread;

use kortti_postgres_cluster::{Cluster, Settings};
use kortti_store::{Append, ColdTable, ColdWrite, Lease, Record, Store, StoreError};
use kortti_store_postgres::{Options, PostgresStore, migrate};

use crate::place::{STREAM, append_one, end_at, hasty, head, patient, wait_for};

#[test]
fn commit_waits_for_the_standby_on_a_server_that_would_answer_before() {
    let settings = Settings {
        parameters: vec![("synchronous_commit".to_owned(), "local".to_owned())],
        ..Settings::default()
    };
    let cluster = Cluster::start_with(&settings).unwrap();
    let standby = synchronous_standby(&cluster);
    let url = cluster.url("postgres");
    migrate(&url, Options::default()).unwrap();
    let store = PostgresStore::open(&url, hasty()).unwrap();
    let append = || append_one(&store, store.head(STREAM)?.sequence + 1, 10);
    wait_for("the standby takes part", || append().ok());
    standby.freeze().unwrap();
    assert!(append().is_err());
    standby.thaw().unwrap();
}

#[test]
fn commit_that_gave_up_waiting_for_the_standby_is_not_taken_for_one_that_it_has() {
    let (cluster, standby, store) = with_a_standby();
    standby.freeze().unwrap();
    let records = [Record { sequence: 3, hash: [3; 32], bytes: vec![3] }];
    let alone = Append { stream: STREAM, expected: end_at(2), epoch: 0, records: &records, cold: &[] };
    let gone = [ColdWrite { table: ColdTable::CardPan, id: 1, body: None }];
    let delete = Append { expected: end_at(3), records: &[], cold: &gone, ..alone };
    let beat = Lease { epoch: 0, beat: 1, holder: b"one".to_vec() };
    let taken = Lease { epoch: 1, ..beat.clone() };
    let calls: [(&str, &(dyn Fn() -> Option<StoreError> + Sync)); 5] = [
        ("records and cold rows", &|| append_one(&store, 2, 10).err()),
        ("records", &|| store.append(&alone).err()),
        ("rows that go", &|| store.append(&delete).err()),
        ("a sign of life", &|| store.replace_lease(STREAM, &Lease::FREE, &beat).err()),
        ("another epoch", &|| store.replace_lease(STREAM, &beat, &taken).err()),
    ];
    for (what, call) in calls {
        let error = thread::scope(|scope| {
            scope.spawn(|| cancel_wait(&cluster, "pg_cancel_backend"));
            call()
        });
        assert!(matches!(error, Some(StoreError::Unknown { .. })), "{what}: {error:?}");
    }
    standby.thaw().unwrap();
}

#[test]
fn what_is_seen_before_the_standby_has_it_is_confirmed_when_it_does() {
    let (cluster, standby, store) = with_a_standby();
    let hasty = PostgresStore::open(&cluster.url("postgres"), hasty()).unwrap();
    hasty.confirm(STREAM, end_at(1)).unwrap();
    standby.freeze().unwrap();
    let lost = thread::scope(|scope| {
        scope.spawn(|| cancel_wait(&cluster, "pg_terminate_backend"));
        append_one(&store, 2, 10)
    });
    assert!(matches!(lost, Err(StoreError::Unknown { .. })));
    assert_eq!((head(&store), head(&hasty)), (2, 2), "everybody sees it");
    let cancelled = thread::scope(|scope| {
        scope.spawn(|| cancel_wait(&cluster, "pg_cancel_backend"));
        store.confirm(STREAM, end_at(2))
    });
    assert!(matches!(cancelled, Err(StoreError::Unavailable { .. })));
    assert!(matches!(hasty.confirm(STREAM, end_at(2)), Err(StoreError::Unavailable { .. })));
    standby.thaw().unwrap();
    store.confirm(STREAM, end_at(2)).unwrap();
    assert_eq!(standby.sql("postgres", "SELECT count(*) FROM journal").unwrap(), "2");
}

#[test]
fn server_that_leads_no_longer_and_does_not_know_is_left_for_the_one_that_does() {
    let cluster = Cluster::start().unwrap();
    let standby = synchronous_standby(&cluster);
    let url = cluster.url_with(&standby, "postgres");
    migrate(&url, Options::default()).unwrap();
    let store = PostgresStore::open(&url, hasty()).unwrap();
    append_one(&store, 1, 10).unwrap();
    let other = PostgresStore::open(&url, hasty()).unwrap();
    let take = |store: &PostgresStore, holder: &[u8]| {
        store.replace_lease(STREAM, &Lease::FREE, &Lease { epoch: 0, beat: 1, holder: holder.to_vec() })
    };
    assert_eq!(other.lease(STREAM).unwrap(), Lease::FREE);
    // The first goes on, takes connections and writes, and commits nothing: nobody follows it.
    standby.promote().unwrap();
    assert!(matches!(take(&store, b"one"), Err(StoreError::Unknown { .. })));
    // Its lock is still there, so what others want is not done either.
    assert!(matches!(take(&other, b"two"), Err(StoreError::Unavailable { .. })));
    assert!(take(&other, b"two").unwrap());
    assert_eq!(store.lease(STREAM).unwrap(), other.lease(STREAM).unwrap());
    append_one(&store, 2, 10).unwrap();
    assert_eq!(standby.sql("postgres", "SELECT count(*) FROM journal").unwrap(), "2");
    assert_eq!(cluster.sql("postgres", "SELECT count(*) FROM journal").unwrap(), "1");
}

/// A standby that commits wait for.
fn synchronous_standby(cluster: &Cluster) -> Cluster {
    let standby = cluster.standby().unwrap();
    let state = "SELECT sync_state FROM pg_stat_replication";
    wait_for("there is a synchronous standby", || {
        (cluster.sql("postgres", state).ok()? == "sync").then_some(())
    });
    standby
}

/// A server with a standby that commits wait for, and a store on it with one record.
fn with_a_standby() -> (Cluster, Cluster, PostgresStore) {
    let cluster = Cluster::start().unwrap();
    let standby = synchronous_standby(&cluster);
    let url = cluster.url("postgres");
    migrate(&url, Options::default()).unwrap();
    // Whatever else wants to hear of no warnings.
    cluster.sql("postgres", "ALTER ROLE postgres SET client_min_messages = error").unwrap();
    let store = PostgresStore::open(&url, patient()).unwrap();
    append_one(&store, 1, 10).unwrap();
    (cluster, standby, store)
}

/// Has everybody who waits for the standby do so no longer, once there is somebody.
fn cancel_wait(cluster: &Cluster, how: &str) {
    let cancel = format!("SELECT count({how}(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    wait_for("somebody waits for the standby", || {
        (cluster.sql("postgres", &cancel).ok()? != "0").then_some(())
    });
}
