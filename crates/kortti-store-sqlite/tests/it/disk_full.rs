use kortti_store::{ColdTable, Store, StoreError};

use crate::place::{Place, STREAM, append_one, head, read_snapshot, write_snapshot};

/// Larger than a page, so that an append which does not fit fails after it has written something.
const BODY: usize = 20_000;

#[test]
fn full_disk_refuses_whole_appends_and_recovers() {
    let place = Place::new();
    let store = place.store();
    store.limit_pages(Some(100)).unwrap();

    let mut next = 1;
    while append_one(&store, next, BODY).is_ok() {
        next += 1;
        assert!(next < 1000);
    }
    assert!(next > 2);
    for _ in 0..3 {
        assert!(matches!(append_one(&store, next, BODY), Err(StoreError::Full { .. })));
        assert_whole(&store, next - 1);
    }

    store.limit_pages(None).unwrap();
    append_one(&store, next, BODY).unwrap();
    assert_whole(&store, next);
    drop(store);
    assert_whole(&place.store(), next);
}

#[test]
fn snapshot_is_not_bound_by_the_limit_of_the_main_file() {
    let place = Place::new();
    let store = place.store();
    append_one(&store, 1, 10).unwrap();
    store.limit_pages(Some(1)).unwrap();
    write_snapshot(&store, 1, 10_000).unwrap();
    assert_eq!(read_snapshot(&store), (1, 10_000));
}

/// Exactly the first `last` appends are there, each with its cold row.
fn assert_whole(store: &dyn Store, last: u64) {
    assert_eq!(head(store), last);
    let records = store.read(STREAM, 0, usize::MAX).unwrap();
    assert_eq!(records.len() as u64, last);
    assert!(records.iter().all(|record| record.bytes.len() == BODY));
    let cold = store.scan_cold(ColdTable::CardPan, None, usize::MAX).unwrap();
    assert_eq!(cold.len() as u64, last);
    assert!(cold.iter().all(|(_, body)| body.len() == BODY));
}
