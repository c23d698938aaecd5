//! The suite every store passes, one function a behaviour.
//!
//! A store's tests name it once:
//!
//! ```ignore
//! kortti_store::store_conformance!(MyFixture::new());
//! ```

#![expect(clippy::unwrap_used, reason = "the suite is test code: a step that fails must fail the test")]

pub mod cold;
pub mod concurrency;
pub mod damage;
pub mod journal;
pub mod lease;
pub mod snapshot;

use crate::{Append, ColdTable, ColdWrite, Head, Record, Store, StoreError, StreamId};

/// A place for one store, empty when it is made and removed when it is dropped.
pub trait Fixture {
    /// Opens the store. The first call finds it empty, each later one finds what was left,
    /// also while earlier handles are still open.
    fn open(&self) -> Box<dyn Store>;

    /// Does a statement on the tables behind the store's back. It is such as every SQL engine takes, and its tables are
    /// `journal`, `snapshot` and `snapshot_row`; nothing is in other streams than the first.
    fn tamper(&self, statement: &str);
}

/// Makes one `#[test]` of every behaviour. Its argument is an expression that makes a [`Fixture`].
///
/// With `brief:` it is a function to hand each behaviour to, as a `fn(&dyn Fixture)`, and those are left out that need many
/// calls, large bodies, several threads or damage: for whoever repeats a behaviour at each step that it takes, and knows what
/// must be in the store at each. With `long:` it is one to hand these to, save those that whoever calls again when a call has failed
/// cannot follow: something is done while the rows of a snapshot are given or taken, which happens once, or the same call is
/// refused for another reason the second time.
///
/// [`Fixture`]: crate::conformance::Fixture
#[macro_export]
macro_rules! store_conformance {
    (brief: $run:path) => {
        $crate::store_conformance! { @each $run;
            cold::absent_cold_row_is_none,
            cold::cold_rows_are_written_replaced_and_deleted,
            cold::cold_scan_pages_in_order_of_id,
            cold::cold_tables_are_apart,
            cold::cold_writes_apply_in_order,
            journal::append_after_another_history_changes_nothing,
            journal::append_away_from_the_head_changes_nothing,
            journal::append_of_cold_rows_alone_keeps_the_head,
            journal::appended_records_read_back,
            journal::empty_store_has_an_empty_head,
            journal::reading_pages_by_sequence,
            journal::records_out_of_sequence_are_refused,
            journal::reopened_store_has_everything,
            journal::second_handle_sees_every_commit,
            journal::unknown_stream_is_refused,
            journal::what_is_there_is_confirmed,
            journal::wiped_store_is_empty_and_usable,
            lease::append_of_another_epoch_changes_nothing,
            lease::cold_rows_of_another_epoch_are_not_written,
            lease::fresh_lease_is_free,
            lease::lease_is_replaced_only_as_it_was_seen,
            lease::wiped_store_keeps_its_lease,
            snapshot::absent_snapshot_reads_as_zero,
            snapshot::cleared_snapshot_is_gone,
            snapshot::replaced_snapshot_stands_until_the_new_one_is_whole,
            snapshot::partial_write_on_a_lost_snapshot_is_refused,
            snapshot::snapshot_beyond_the_journal_is_refused,
            snapshot::snapshot_keeps_every_kind_and_id,
            snapshot::snapshot_never_goes_back,
            snapshot::snapshot_of_a_wiped_journal_is_gone,
            snapshot::snapshot_rows_are_replaced_and_deleted,
            snapshot::snapshot_survives_reopening,
        }
    };
    (long: $run:path) => {
        $crate::store_conformance! { @each $run;
            concurrency::racing_appenders_take_each_sequence_once,
            concurrency::readers_see_whole_commits_only,
            damage::damaged_snapshot_counts_as_none_and_is_replaced,
            damage::hash_of_the_wrong_length_is_damage_and_no_reason_to_drop_the_snapshot,
            damage::hole_in_the_journal_is_damage,
            damage::journal_that_ends_before_its_snapshot_is_damaged_until_it_is_cleared,
            damage::snapshot_of_another_history_of_the_same_length_is_not_used,
            journal::large_and_empty_bodies_survive,
            lease::racing_takers_take_each_epoch_once,
        }
    };
    ($fixture:expr) => {
        fn with_a_fixture(behaviour: fn(&dyn $crate::conformance::Fixture)) {
            behaviour(&$fixture);
        }
        $crate::store_conformance! { brief: with_a_fixture }
        $crate::store_conformance! { long: with_a_fixture }
        $crate::store_conformance! { @each with_a_fixture;
            damage::snapshot_found_damaged_by_a_writer_must_be_written_anew,
            snapshot::appends_go_on_while_a_snapshot_is_read,
            snapshot::appends_go_on_while_a_snapshot_is_written,
        }
    };
    (@each $run:path; $($module:ident::$behaviour:ident),* $(,)?) => {
        $(
            #[test]
            fn $behaviour() {
                $run($crate::conformance::$module::$behaviour);
            }
        )*
    };
}

/// The stream every store has.
const STREAM: StreamId = StreamId(0);

/// A record whose hash and bytes follow from its sequence and `mark`, so that any mix-up shows.
fn record(sequence: u64, mark: u8) -> Record {
    let mut hash = [mark; 32];
    hash[..8].copy_from_slice(&sequence.to_be_bytes());
    let bytes = [&[mark], sequence.to_be_bytes().as_slice()].concat();
    Record { sequence, hash, bytes }
}

fn records(first: u64, count: u64, mark: u8) -> Vec<Record> {
    (first..first + count).map(|sequence| record(sequence, mark)).collect()
}

fn put(table: ColdTable, id: i64, body: &[u8]) -> ColdWrite {
    ColdWrite { table, id, body: Some(body.to_vec()) }
}

fn delete(table: ColdTable, id: i64) -> ColdWrite {
    ColdWrite { table, id, body: None }
}

fn append(
    store: &dyn Store,
    expected: u64,
    records: &[Record],
    cold: &[ColdWrite],
) -> Result<(), StoreError> {
    // A hash that belongs to no record goes with a sequence that is not the end.
    let end = head(store);
    let expected = if end.sequence == expected { end } else { Head { sequence: expected, hash: [0xee; 32] } };
    store.append(&Append { stream: STREAM, expected, epoch: 0, records, cold })
}

/// Appends `count` records behind `expected`.
fn fill(store: &dyn Store, expected: u64, count: u64) {
    append(store, expected, &records(expected + 1, count, 0), &[]).unwrap();
}

fn head(store: &dyn Store) -> Head {
    store.head(STREAM).unwrap()
}

/// Checks that a call was refused because the store stands at `actual`.
fn assert_moved(result: Result<(), StoreError>, actual: u64) {
    assert!(matches!(result, Err(StoreError::Moved { actual: found }) if found == actual));
}

/// Checks that a call was refused as a breach of the contract.
fn assert_invalid<T>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Invalid { .. })));
}
