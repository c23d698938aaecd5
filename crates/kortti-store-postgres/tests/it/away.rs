//! Servers that are gone, stand still, or take no writes. Each test has one of its own to be rough with.

use kortti_postgres_cluster::{Cluster, Settings};
use kortti_store::{Store, StoreError};
use kortti_store_postgres::{Options, PostgresStore, migrate};

use crate::place::{STREAM, append_one, hasty, head, wait_for};

#[test]
fn store_outlives_a_server_that_was_stopped_killed_and_started_again() {
    let (cluster, store) = own_server();
    append_one(&store, 1, 10).unwrap();
    for stop in [Cluster::stop_immediate as fn(&Cluster) -> _, Cluster::kill] {
        let mut last = head(&store);
        stop(&cluster).unwrap();
        // The children of a server that was killed go on for a moment.
        let refused = wait_for("an append fails", || {
            last += 1;
            append_one(&store, last, 10).err()
        });
        assert!(matches!(refused, StoreError::Unavailable { .. } | StoreError::Unknown { .. }));
        // By now every connection has been found to be lost, so that it is clear that nothing was sent.
        wait_for("the server is known to be away", || {
            matches!(append_one(&store, last, 10), Err(StoreError::Unavailable { .. })).then_some(())
        });
        assert!(matches!(store.head(STREAM), Err(StoreError::Unavailable { .. })));
        assert!(matches!(store.wipe(), Err(StoreError::Unavailable { .. })));
        assert!(matches!(store.read_snapshot(STREAM, &mut |_| ()), Err(StoreError::Unavailable { .. })));
        let reopened = PostgresStore::open(&cluster.url("postgres"), hasty());
        assert!(matches!(reopened, Err(StoreError::Unavailable { .. })));
        // Its children keep its memory for a moment.
        wait_for("the server starts again", || cluster.start_again().ok());
        let end = wait_for("look-ups work again", || store.head(STREAM).ok()).sequence;
        // What was answered is there; what was not may be.
        assert!(end == last - 1 || end == last);
        append_one(&store, end + 1, 10).unwrap();
        assert_eq!(head(&store), end + 1);
    }
}

#[test]
fn server_that_stands_still_is_noticed_in_time() {
    let (cluster, store) = own_server();
    append_one(&store, 1, 10).unwrap();
    assert_eq!(head(&store), 1);
    cluster.freeze().unwrap();
    assert!(matches!(append_one(&store, 2, 10), Err(StoreError::Unknown { .. })));
    assert!(matches!(store.head(STREAM), Err(StoreError::Unavailable { .. })));
    // New connections are accepted by the system and never answered by the server.
    assert!(matches!(append_one(&store, 2, 10), Err(StoreError::Unavailable { .. })));
    cluster.thaw().unwrap();
    // What was sent into the silence may be done by now, or not.
    let end = wait_for("the server answers", || store.head(STREAM).ok()).sequence;
    assert!((1..=2).contains(&end));
    wait_for("appends go on", || append_one(&store, head(&store) + 1, 10).ok());
}

#[test]
fn host_that_does_not_answer_gives_way_to_the_next() {
    let (frozen, other) = (Cluster::start().unwrap(), own_server().0);
    frozen.freeze().unwrap();
    let hosts = format!("127.0.0.1:1,127.0.0.1:{},127.0.0.1:{}", frozen.port(), other.port());
    let url = format!("postgresql://postgres@{hosts}/postgres?sslmode=disable");
    let store = PostgresStore::open(&url, hasty()).unwrap();
    append_one(&store, 1, 10).unwrap();
    assert_eq!(head(&store), 1);
}

#[test]
fn server_that_takes_no_writes_is_refused_and_left_for_one_that_does() {
    let (cluster, store) = own_server();
    append_one(&store, 1, 10).unwrap();
    assert_eq!(head(&store), 1);
    let read_only = |value| {
        let change = format!("ALTER SYSTEM SET default_transaction_read_only = {value}");
        cluster.sql("postgres", &format!("SET default_transaction_read_only = off; {change}")).unwrap();
        cluster.sql("postgres", "SELECT pg_reload_conf()").unwrap();
    };
    read_only("on");
    let refused =
        wait_for("the server takes no writes", || append_one(&store, head_or_one(&store) + 1, 10).err());
    assert!(matches!(refused, StoreError::Unavailable { .. }));
    // Not even for look-ups: what a standby says may be old.
    wait_for("no connection is left", || {
        matches!(store.head(STREAM), Err(StoreError::Unavailable { .. })).then_some(())
    });
    assert!(matches!(
        PostgresStore::open(&cluster.url("postgres"), hasty()),
        Err(StoreError::Unavailable { .. })
    ));

    read_only("off");
    wait_for("the server takes writes again", || {
        append_one(&store, store.head(STREAM).ok()?.sequence + 1, 10).ok()
    });
}

#[test]
fn commit_is_durable_on_a_server_that_would_answer_before() {
    let settings = Settings {
        parameters: vec![
            ("synchronous_commit".to_owned(), "off".to_owned()),
            ("wal_writer_delay".to_owned(), "10s".to_owned()),
        ],
        ..Settings::default()
    };
    let cluster = Cluster::start_with(&settings).unwrap();
    let url = cluster.url("postgres");
    migrate(&url, Options::default()).unwrap();
    let store = PostgresStore::open(&url, Options::default()).unwrap();
    for sequence in 1..=50 {
        append_one(&store, sequence, 10).unwrap();
    }
    // What had only been promised would be gone after this.
    cluster.stop_immediate().unwrap();
    cluster.start_again().unwrap();
    assert_eq!(wait_for("the server is back", || store.head(STREAM).ok()).sequence, 50);
}

fn head_or_one(store: &dyn Store) -> u64 {
    store.head(STREAM).map_or(1, |head| head.sequence)
}

/// A server nobody else uses, and a migrated store on it with short limits.
fn own_server() -> (Cluster, PostgresStore) {
    let cluster = Cluster::start().unwrap();
    let url = cluster.url("postgres");
    migrate(&url, Options::default()).unwrap();
    let store = PostgresStore::open(&url, hasty()).unwrap();
    (cluster, store)
}
