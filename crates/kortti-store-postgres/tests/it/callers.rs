use kortti_store::{Extent, SnapshotRow, Store};
use tokio::runtime::Builder;

use crate::place::{Place, STREAM, append_one, head, read_snapshot, write_snapshot};

#[test]
fn task_of_a_runtime_may_call_and_drop_the_store() {
    let place = Place::new();
    let runtimes =
        [Builder::new_multi_thread().worker_threads(2).build(), Builder::new_current_thread().build()];
    for (runtime, sequence) in runtimes.into_iter().zip(1..) {
        let runtime = runtime.unwrap();
        let store = place.store();
        // As the outermost task, and as one among others.
        let work = async move {
            append_one(&store, sequence, 10).unwrap();
            read_snapshot(&store);
            write_snapshot(&store, sequence, 10).unwrap();
            assert_eq!(read_snapshot(&store), (sequence, 10));
            drop(store);
        };
        runtime.block_on(async { tokio::spawn(work).await.unwrap() });
        runtime.block_on(async { assert_eq!(head(&place.store()), sequence) });
    }
}

#[test]
fn waiting_task_leaves_the_only_worker_to_others() {
    let place = Place::new();
    let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let store = place.store();
    append_one(&store, 1, 10).unwrap();
    write_snapshot(&store, 1, 1).unwrap();
    runtime.block_on(async {
        tokio::spawn(async move {
            let (ask, asked) = tokio::sync::oneshot::channel();
            let answer = tokio::spawn(asked);
            let mut ask = Some(ask);
            // The other task gets its turn while this one is in the middle of a call.
            let rows = || {
                ask.take()?.send(()).ok()?;
                Some(SnapshotRow { kind: 1, id: 2, body: Some(vec![1]) })
            };
            let mut rows = std::iter::from_fn(rows);
            store.write_snapshot(STREAM, 1, Extent::Changes, &mut rows).unwrap();
            answer.await.unwrap().unwrap();
            assert_eq!(read_snapshot(&store), (1, 2));
        })
        .await
        .unwrap();
    });
}

#[test]
fn more_rows_than_one_statement_deletes_are_all_replaced() {
    let place = Place::new();
    let store = place.store();
    append_one(&store, 1, 10).unwrap();
    for count in [25_000, 20_000, 10_001, 10_000, 1] {
        write_snapshot(&store, 1, count).unwrap();
        let mut rows = [SnapshotRow { kind: 9, id: 9, body: Some(vec![1]) }].into_iter();
        store.write_snapshot(STREAM, 1, Extent::Whole, &mut rows).unwrap();
        assert_eq!(read_snapshot(&store), (1, 1), "after {count}");
    }
}
