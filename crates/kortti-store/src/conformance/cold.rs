//! Cold rows: writing, deleting, looking up, scanning.

use super::{Fixture, append, delete, put};
use crate::ColdTable;

/// A row that was never written is absent, and deleting it is no error.
pub fn absent_cold_row_is_none(fixture: &dyn Fixture) {
    let store = fixture.open();
    for table in ColdTable::ALL {
        assert_eq!(store.cold(table, 1).unwrap(), None);
        append(&*store, 0, &[], &[delete(table, 1)]).unwrap();
    }
}

/// A row keeps its last body until it is deleted, and may come back.
pub fn cold_rows_are_written_replaced_and_deleted(fixture: &dyn Fixture) {
    let store = fixture.open();
    let body = |id| store.cold(ColdTable::CustomerKey, id).unwrap();
    let write = |change| append(&*store, 0, &[], &[change]).unwrap();

    write(put(ColdTable::CustomerKey, 1, b"first"));
    write(put(ColdTable::CustomerKey, 2, b"other"));
    assert_eq!(body(1).as_deref(), Some(b"first".as_slice()));
    write(put(ColdTable::CustomerKey, 1, b"a longer second"));
    assert_eq!(body(1).as_deref(), Some(b"a longer second".as_slice()));
    write(delete(ColdTable::CustomerKey, 1));
    assert_eq!(body(1), None);
    assert_eq!(body(2).as_deref(), Some(b"other".as_slice()));
    write(put(ColdTable::CustomerKey, 1, b"third"));
    assert_eq!(body(1).as_deref(), Some(b"third".as_slice()));
}

/// Of several changes of one row in one append the last one counts.
pub fn cold_writes_apply_in_order(fixture: &dyn Fixture) {
    let store = fixture.open();
    let table = ColdTable::AccountPersonal;
    let changes = [
        put(table, 1, b"a"),
        put(table, 1, b"b"),
        put(table, 2, b"c"),
        delete(table, 2),
        delete(table, 3),
        put(table, 3, b"d"),
    ];
    append(&*store, 0, &[], &changes).unwrap();

    assert_eq!(store.scan_cold(table, None, 10).unwrap(), [(1, b"b".to_vec()), (3, b"d".to_vec())]);
}

/// The same number in two tables is two rows.
pub fn cold_tables_are_apart(fixture: &dyn Fixture) {
    let store = fixture.open();
    let all = ColdTable::ALL.map(|table| put(table, 7, table.name().as_bytes()));
    append(&*store, 0, &[], &all).unwrap();
    append(&*store, 0, &[], &[delete(ColdTable::CardPan, 7)]).unwrap();

    for table in ColdTable::ALL {
        let body = store.cold(table, 7).unwrap();
        let expected = (table != ColdTable::CardPan).then(|| table.name().as_bytes().to_vec());
        assert_eq!(body, expected);
    }
}

/// A scan visits each row once in order of its id, from the smallest number there is to the largest.
pub fn cold_scan_pages_in_order_of_id(fixture: &dyn Fixture) {
    let store = fixture.open();
    let table = ColdTable::CardPan;
    let ids = [i64::MIN, -2, 0, 1, 500, i64::MAX - 1, i64::MAX];
    let changes: Vec<_> = ids.iter().rev().map(|&id| put(table, id, &id.to_be_bytes())).collect();
    append(&*store, 0, &[], &changes).unwrap();

    for page in 1..=ids.len() + 1 {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let rows = store.scan_cold(table, after, page).unwrap();
            assert!(rows.len() <= page);
            let Some((last, _)) = rows.last() else { break };
            after = Some(*last);
            seen.extend(rows);
        }
        let expected: Vec<_> = ids.iter().map(|&id| (id, id.to_be_bytes().to_vec())).collect();
        assert_eq!(seen, expected);
    }
    assert_eq!(store.scan_cold(table, Some(-1), 1).unwrap(), [(0, 0_i64.to_be_bytes().to_vec())]);
    assert!(store.scan_cold(ColdTable::Key, None, 10).unwrap().is_empty());
    assert!(store.scan_cold(table, None, 0).unwrap().is_empty());
}
