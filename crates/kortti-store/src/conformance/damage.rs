//! Stores that somebody has been at: damage is told, and nothing but a snapshot is thrown away for it.

use super::snapshot::{Rows, read, row, write};
use super::{Fixture, STREAM, fill, head};
use crate::{Store, StoreError};

/// A record that is missing is damage, also where it is not the first one that is asked for.
pub fn hole_in_the_journal_is_damage(fixture: &dyn Fixture) {
    let store = with_snapshot(fixture);
    fixture.tamper("DELETE FROM journal WHERE sequence = 2");
    assert!(matches!(store.read(STREAM, 0, 10), Err(StoreError::Corrupt { table: "journal", row: 2, .. })));
    assert_eq!(store.read(STREAM, 2, 10).unwrap().len(), 1);
}

/// A hash that is none is damage, and no reason to throw the snapshot away that it was to be compared with.
pub fn hash_of_the_wrong_length_is_damage_and_no_reason_to_drop_the_snapshot(fixture: &dyn Fixture) {
    let store = with_snapshot(fixture);
    fixture.tamper("UPDATE journal SET hash = entry WHERE sequence = 3");
    let is_damaged = |error| matches!(error, Err(StoreError::Corrupt { table: "journal", .. }));
    assert!(is_damaged(store.head(STREAM).map(|_| ())));
    assert!(is_damaged(store.read(STREAM, 2, 1).map(|_| ())));
    assert!(is_damaged(store.read_snapshot(STREAM, &mut |_| ()).map(|_| ())));

    fixture.tamper(
        "UPDATE journal SET hash = (SELECT hash FROM snapshot WHERE snapshot.sequence = 3) WHERE sequence = 3",
    );
    assert_eq!(read(&*store), (3, rows()));
}

/// Records that the snapshot knows of and the journal does not are lost. Only the caller may go on without them.
pub fn journal_that_ends_before_its_snapshot_is_damaged_until_it_is_cleared(fixture: &dyn Fixture) {
    let store = with_snapshot(fixture);
    fixture.tamper("DELETE FROM journal WHERE sequence > 1");
    assert_eq!(head(&*store).sequence, 1);
    let mut visited = 0;
    let found = store.read_snapshot(STREAM, &mut |_| visited += 1);
    assert!(matches!(found, Err(StoreError::Corrupt { table: "journal", row: 3, .. })));
    assert_eq!(visited, 0);

    store.clear_snapshot(STREAM).unwrap();
    assert_eq!(read(&*store), (0, Rows::new()));
    write(&*store, 1, vec![row(1, 1, b"new")]).unwrap();
    assert_eq!(read(&*store).0, 1);
}

/// A snapshot is tied to the hash of its record, not only to the number.
pub fn snapshot_of_another_history_of_the_same_length_is_not_used(fixture: &dyn Fixture) {
    let store = with_snapshot(fixture);
    fixture.tamper(
        "UPDATE journal SET hash = (SELECT other.hash FROM journal AS other WHERE other.sequence = 1)
         WHERE sequence = 3",
    );
    assert_eq!(read(&*store), (0, Rows::new()));
    write(&*store, 3, vec![row(1, 1, b"new")]).unwrap();
    assert_eq!(read(&*store).0, 3);
}

/// A reader takes a damaged snapshot for none.
pub fn damaged_snapshot_counts_as_none_and_is_replaced(fixture: &dyn Fixture) {
    let store = with_snapshot(fixture);
    fixture.tamper(DAMAGE);
    assert_eq!(read(&*store), (0, Rows::new()));
    write(&*store, 3, vec![row(1, 1, b"new")]).unwrap();
    assert_eq!(read(&*store), (3, Rows::from([((1, 1), b"new".to_vec())])));
}

/// A writer whose rows were to add to a snapshot that turns out to be damaged has to write all of them.
pub fn snapshot_found_damaged_by_a_writer_must_be_written_anew(fixture: &dyn Fixture) {
    let store = with_snapshot(fixture);
    assert_eq!(read(&*store), (3, rows()));
    fixture.tamper(DAMAGE);
    let add = || write(&*store, 3, vec![row(1, 1, b"changed")]);
    assert!(matches!(add(), Err(StoreError::Corrupt { .. })));
    assert!(matches!(add(), Err(StoreError::Moved { actual: 0 })));
    store.clear_snapshot(STREAM).unwrap();
    add().unwrap();
    assert_eq!(read(&*store), (3, Rows::from([((1, 1), b"changed".to_vec())])));
}

/// The snapshot says that it reaches a record of a hash that is none.
const DAMAGE: &str = "UPDATE snapshot SET hash = (SELECT entry FROM journal LIMIT 1) WHERE sequence > 0";

fn rows() -> Rows {
    (0..100).map(|id| ((1, id), b"body".to_vec())).collect()
}

/// A store of three records, opened anew, whose snapshot stands at the third.
fn with_snapshot(fixture: &dyn Fixture) -> Box<dyn Store> {
    let store = fixture.open();
    fill(&*store, 0, 3);
    write(&*store, 3, (0..100).map(|id| row(1, id, b"body")).collect()).unwrap();
    drop(store);
    fixture.open()
}
