use kortti_store::{Append, ColdTable, ColdWrite, Store, StoreError, StreamId};
use kortti_store_postgres::PostgresStore;

use crate::place::{Place, STREAM, append_one, append_to, end_at, hasty, head, wait_for};
use crate::proxy::{Fate, Proxy};
use crate::races::while_locked;

#[test]
fn append_whose_answer_is_cut_off_is_unknown_and_has_happened() {
    let (place, proxy, store) = behind_a_proxy();
    proxy.choose(Fate::AnswerIsCut);
    assert!(matches!(append_one(&store, 2, 10), Err(StoreError::Unknown { .. })));
    assert_eq!(head(&place.store()), 2);
    proxy.choose(Fate::Passes);
    assert!(matches!(append_one(&store, 2, 10), Err(StoreError::Moved { actual: 2 })));
    append_one(&store, 3, 10).unwrap();
}

#[test]
fn append_that_is_cut_off_on_its_way_is_unknown_and_has_not_happened() {
    let (place, proxy, store) = behind_a_proxy();
    proxy.choose(Fate::RequestIsCut);
    assert!(matches!(append_one(&store, 2, 10), Err(StoreError::Unknown { .. })));
    assert_eq!(head(&place.store()), 1);
    proxy.choose(Fate::Passes);
    append_one(&store, 2, 10).unwrap();
}

#[test]
fn append_that_is_never_answered_is_unknown_in_time() {
    let (place, proxy, store) = behind_a_proxy();
    proxy.choose(Fate::AnswerIsSwallowed);
    assert!(matches!(append_one(&store, 2, 10), Err(StoreError::Unknown { .. })));
    assert_eq!(head(&place.store()), 2);
    proxy.choose(Fate::Passes);
    append_one(&store, 3, 10).unwrap();
}

#[test]
fn transaction_that_is_cut_off_before_its_commit_is_unavailable() {
    let (place, proxy, store) = behind_a_proxy();
    let gone = [ColdWrite { table: ColdTable::CardPan, id: 1, body: None }];
    let erase = Append { stream: STREAM, expected: end_at(1), epoch: 0, records: &[], cold: &gone };
    for fate in [Fate::RequestIsCut, Fate::AnswerIsCut, Fate::AnswerIsSwallowed] {
        proxy.choose(fate);
        assert!(matches!(store.append(&erase), Err(StoreError::Unavailable { .. })));
        assert!(place.store().cold(ColdTable::CardPan, 1).unwrap().is_some());
        proxy.choose(Fate::Passes);
    }
    store.append(&erase).unwrap();
    assert_eq!(place.store().cold(ColdTable::CardPan, 1).unwrap(), None);
}

#[test]
fn look_up_that_is_cut_off_is_unavailable_and_works_again_at_once() {
    let (_place, proxy, store) = behind_a_proxy();
    assert_eq!(head(&store), 1);
    for fate in [Fate::RequestIsCut, Fate::AnswerIsCut, Fate::AnswerIsSwallowed] {
        proxy.choose(fate);
        assert!(matches!(store.head(STREAM), Err(StoreError::Unavailable { .. })));
        assert!(matches!(store.read(STREAM, 0, 1), Err(StoreError::Unavailable { .. })));
        assert!(matches!(store.cold(ColdTable::CardPan, 1), Err(StoreError::Unavailable { .. })));
        proxy.choose(Fate::Passes);
        assert_eq!(head(&store), 1);
    }
}

#[test]
fn append_held_up_by_a_lock_is_unavailable_in_time_and_has_not_happened() {
    let place = Place::new();
    let store = PostgresStore::open(&place.url(), hasty()).unwrap();
    append_one(&store, 1, 10).unwrap();
    std::thread::scope(|scope| {
        let hold =
            "BEGIN; SELECT 'held' FROM stream WHERE stream = 0 FOR UPDATE; SELECT pg_sleep(60); COMMIT";
        scope.spawn(|| {
            // Ended from outside below.
            let _ = std::panic::catch_unwind(|| place.sql(hold));
        });
        let holder = "SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event = 'PgSleep'";
        wait_for("the lock is held", || Some(place.sql(holder)).filter(|pid| !pid.is_empty()));
        assert!(matches!(append_one(&store, 2, 10), Err(StoreError::Unavailable { .. })));
        assert_eq!(head(&store), 1);
        place.sql(&format!("SELECT pg_terminate_backend(({holder}))"));
        wait_for("the lock is free", || append_one(&store, 2, 10).ok());
    });
}

#[test]
fn connections_that_the_server_has_ended_are_made_anew() {
    let place = Place::new();
    let store = place.store();
    append_one(&store, 1, 10).unwrap();
    assert_eq!(head(&store), 1);
    let others = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert_ne!(place.sql(others), "0");
    wait_for("look-ups work again", || store.head(STREAM).ok());
    let next = wait_for("appends work again", || {
        let next = head(&store) + 1;
        append_one(&store, next, 10).ok().map(|()| next)
    });
    assert_eq!(head(&store), next);
}

#[test]
fn connection_that_is_lost_takes_the_others_to_its_server_along() {
    let (place, proxy, store) = behind_a_proxy();
    let sessions = || {
        place.sql(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'kortti'",
        )
    };
    while_locked(&place, "SELECT 1", 4, || {
        std::thread::scope(|scope| {
            for stream in 1..=4 {
                let store = &store;
                scope.spawn(move || append_to(store, StreamId(stream), 1, 10).unwrap());
            }
        });
    });
    wait_for("four connections are kept", || (sessions() == "4").then_some(()));
    proxy.choose(Fate::RequestIsCut);
    assert!(matches!(append_one(&store, 2, 10), Err(StoreError::Unknown { .. })));
    proxy.choose(Fate::Passes);
    append_one(&store, 2, 10).unwrap();
    wait_for("one new connection is all", || (sessions() == "1").then_some(()));
}

/// A store of one record that reaches its server through a proxy.
fn behind_a_proxy() -> (Place, Proxy, PostgresStore) {
    let place = Place::new();
    let proxy = Proxy::to(place.port());
    let store = PostgresStore::open(&place.url_through(proxy.port()), hasty()).unwrap();
    append_one(&store, 1, 10).unwrap();
    (place, proxy, store)
}
