use std::sync::Arc;

use kortti_store::{ColdTable, ColdWrite, Store, StoreError};
use kortti_store_sqlite::{Options, SqliteStore};
use tokio::runtime::Builder;

use super::{
    given::{OURS, card, origin, row},
    place::{Place, assert_same, entries, submit},
    probe::{Probe, full},
    till::{ONE, authorise, clear, load, nth, send, transact, with_money},
};
use crate::{Copied, CopyError, STREAM, copy};

fn quiet(_: Copied) {}

/// A place with money that has moved, an authorisation that has ended, and rows of two kinds.
async fn busy() -> Place {
    let place = with_money(10_000).await;
    let ledger = place.ledger();
    send(&ledger, authorise(ONE, 1000)).await;
    send(&ledger, clear(nth(7), 900, true)).await;
    let rows = |id| [ColdTable::Key, ColdTable::CardPan].map(|table| put(table, id, b"sealed")).to_vec();
    for id in 3003..3010 {
        ledger.submit(OURS, origin(), card(id), rows(id)).await.unwrap();
    }
    ledger.stop();
    place
}

fn put(table: ColdTable, id: i64, body: &[u8]) -> ColdWrite {
    ColdWrite { table, id, body: Some(body.to_vec()) }
}

fn rows(store: &dyn Store) -> Vec<(ColdTable, i64, Vec<u8>)> {
    let of = |table| {
        store.scan_cold(table, None, 10_000).unwrap().into_iter().map(move |(id, body)| (table, id, body))
    };
    ColdTable::ALL.into_iter().flat_map(of).collect()
}

/// Whether there are keys, without which nobody opens a store.
fn can_be_opened(store: &dyn Store) -> bool {
    !store.scan_cold(ColdTable::Key, None, 1).unwrap().is_empty()
}

/// A card and its row are written by another process.
fn overtake(place: &Place, id: i64) {
    let write = || {
        let (ledger, runtime) = (place.ledger(), Builder::new_current_thread().build().unwrap());
        runtime.block_on(ledger.submit(OURS, origin(), card(id), row(id, b"later"))).unwrap();
        ledger.stop();
    };
    std::thread::scope(|scope| scope.spawn(write).join().unwrap());
}

/// Lets the destination be marked, and the mark be taken away.
fn let_mark(probe: &Probe) {
    (0..2).for_each(|_| probe.on_append(|store, append| store.append(append)));
}

/// Stops a copy at the append after those the probe expects: it cannot be opened before another one has gone on and ended.
fn assert_useless_until_whole(from: &dyn Store, to: &Place, probe: &Probe) {
    probe.on_append(|_, _| Err(full()));
    let stopped = copy(from, probe, &mut quiet);
    assert!(matches!(stopped, Err(CopyError::Destination(StoreError::Full { .. }))), "{stopped:?}");
    assert!(!can_be_opened(&*to.store()), "after {} appends", probe.appends() - 1);
    copy(from, &*to.store(), &mut quiet).unwrap();
    assert_eq!(rows(from), rows(&*to.store()));
}

#[tokio::test]
async fn copy_is_a_ledger_like_its_source() {
    let (from, to) = (busy().await, Place::new());
    let mut last = Copied::default();
    let copied = copy(&*from.store(), &*to.store(), &mut |copied| last = copied).unwrap();
    assert_eq!((copied.entries, copied.of, copied.rows, copied.checked), (15, 15, 15, 15));
    assert_eq!(last, Copied { hash: [0; 32], ..copied });
    assert_eq!(rows(&*from.store()), rows(&*to.store()));
    let (one, other) = (from.ledger(), to.ledger());
    assert_same(one.state(), other.state());
    assert_eq!(entries(&one), entries(&other));
    submit(&other, transact(load(1))).await.unwrap();
    other.stop();
    to.verify(other.state());
}

#[tokio::test]
async fn copy_begun_before_goes_on_and_leaves_nothing_that_the_source_has_not() {
    let (from, to) = (busy().await, Place::new());
    let probe = Probe::over(to.store());
    let_mark(&probe);
    probe.on_append(|store, append| store.append(append));
    probe.on_append(|_, _| Err(full()));
    let stopped = copy(&*from.store(), &*probe, &mut quiet);
    assert!(matches!(stopped, Err(CopyError::Destination(StoreError::Full { .. }))));
    let store = to.store();
    assert_eq!(store.head(STREAM).unwrap().sequence, 15);
    assert!(!can_be_opened(&*store), "the keys come last");

    let head = store.head(STREAM).unwrap();
    let odd = [
        put(ColdTable::CardPan, -5, b"x"),
        put(ColdTable::CardPan, 3004, b"x"),
        put(ColdTable::Key, i64::MAX, b"x"),
    ];
    store
        .append(&kortti_store::Append { stream: STREAM, expected: head, epoch: 0, records: &[], cold: &odd })
        .unwrap();
    let ledger = from.ledger();
    ledger.submit(OURS, origin(), card(3010), row(3010, b"later")).await.unwrap();
    ledger.stop();
    let copied = copy(&*from.store(), &*store, &mut quiet).unwrap();
    assert_eq!((copied.entries, copied.of), (16, 16));
    assert_eq!(rows(&*from.store()), rows(&*store));
    assert_eq!(copy(&*from.store(), &*store, &mut quiet).unwrap(), copied);
}

#[tokio::test]
async fn copy_that_is_brought_up_to_date_cannot_be_opened_meanwhile() {
    let from = busy().await;
    let source = from.store();
    let copies = [(); 3].map(|()| Place::new());
    for to in &copies {
        copy(&*source, &*to.store(), &mut quiet).unwrap();
    }
    overtake(&from, 3010);
    // With the keys gone; with the journal; with the rows as well.
    for (appends, to) in (1..).zip(&copies) {
        let probe = Probe::over(to.store());
        let_mark(&probe);
        (0..appends).for_each(|_| probe.on_append(|store, append| store.append(append)));
        assert_useless_until_whole(&*source, to, &probe);
    }
}

#[tokio::test]
async fn copy_of_what_was_written_meanwhile_cannot_be_opened_before_that_is_whole() {
    let from = Arc::new(busy().await);
    // The journal and two tables of rows; then the journal again, and a row.
    for appends in 3..=5 {
        let to = Place::new();
        let (probe, writer) = (Probe::over(to.store()), Arc::clone(&from));
        let_mark(&probe);
        probe.on_append(|store, append| store.append(append));
        probe.on_append(move |store, append| {
            overtake(&writer, 3010 + appends);
            store.append(append)
        });
        (2..appends).for_each(|_| probe.on_append(|store, append| store.append(append)));
        assert_useless_until_whole(&*from.store(), &to, &probe);
    }
}

#[tokio::test]
async fn another_journal_in_the_destination_is_left_as_it_is() {
    let (from, other) = (busy().await, with_money(5).await);
    let before = rows(&*other.store());
    let refused = copy(&*from.store(), &*other.store(), &mut quiet);
    assert!(matches!(refused, Err(CopyError::Other)));
    // The other way round the journal is shorter, which makes no difference.
    assert!(matches!(copy(&*other.store(), &*from.store(), &mut quiet), Err(CopyError::Other)));
    assert_eq!((other.store().head(STREAM).unwrap().sequence, rows(&*other.store())), (6, before));
}

#[tokio::test]
async fn store_is_not_copied_onto_itself_whatever_it_is_called() {
    let place = busy().await;
    let link = place.journal_file().with_file_name("link.db");
    std::os::unix::fs::symlink(place.journal_file(), &link).unwrap();
    let before = rows(&*place.store());
    for other in [place.store(), Arc::new(SqliteStore::open(&link, Options::default()).unwrap())] {
        let refused = copy(&*place.store(), &*other, &mut quiet);
        assert!(matches!(refused, Err(CopyError::Same)), "{refused:?}");
        assert_eq!(rows(&*place.store()), before);
    }
}

#[tokio::test]
async fn store_is_not_copied_onto_itself_beside_a_server_that_writes_to_it() {
    let place = Arc::new(busy().await);
    let before = rows(&*place.store());
    let probe = Probe::over(place.store());
    for id in [3010, 3011] {
        let writer = Arc::clone(&place);
        probe.on_append(move |store, append| {
            overtake(&writer, id);
            store.append(append)
        });
    }
    let refused = copy(&*place.store(), &*probe, &mut quiet);
    assert!(matches!(refused, Err(CopyError::Same)), "{refused:?}");
    let after = rows(&*place.store());
    assert_eq!((after.len(), before.iter().all(|row| after.contains(row))), (before.len() + 2, true));
}

#[tokio::test]
async fn copy_onto_itself_takes_no_key_away_wherever_it_is_interrupted() {
    for appends in 0..2 {
        let place = busy().await;
        let keys = |store: &dyn Store| store.scan_cold(ColdTable::Key, None, 100).unwrap();
        let before = keys(&*place.store());
        let probe = Probe::over(place.store());
        (0..appends).for_each(|_| probe.on_append(|store, append| store.append(append)));
        probe.on_append(|_, _| Err(full()));
        copy(&*place.store(), &*probe, &mut quiet).unwrap_err();
        assert_eq!(keys(&*place.store()), before, "after {appends} appends");
        // What is left is in nobody's way.
        assert!(matches!(copy(&*place.store(), &*place.store(), &mut quiet), Err(CopyError::Same)));
        copy(&*place.store(), &*Place::new().store(), &mut quiet).unwrap();
    }
}

#[tokio::test]
async fn mark_that_somebody_takes_away_does_not_pass_for_two_stores() {
    let place = busy().await;
    let before = rows(&*place.store());
    let probe = Probe::over(place.store());
    probe.on_append(|store, append| {
        store.append(append)?;
        let gone =
            append.cold.iter().map(|write| ColdWrite { body: None, ..write.clone() }).collect::<Vec<_>>();
        store.append(&kortti_store::Append { cold: &gone, ..*append })
    });
    let refused = copy(&*place.store(), &*probe, &mut quiet);
    assert!(matches!(refused, Err(CopyError::Busy)), "{refused:?}");
    assert_eq!(rows(&*place.store()), before);
}

#[tokio::test]
async fn copy_that_was_not_finished_is_not_copied_over_a_whole_one() {
    let (whole, to) = (busy().await, Place::new());
    let probe = Probe::over(to.store());
    let_mark(&probe);
    probe.on_append(|store, append| store.append(append));
    probe.on_append(|_, _| Err(full()));
    copy(&*whole.store(), &*probe, &mut quiet).unwrap_err();
    let back = copy(&*to.store(), &*whole.store(), &mut quiet);
    assert!(matches!(back, Err(CopyError::Unfinished)), "{back:?}");
    assert!(can_be_opened(&*whole.store()));
}

#[tokio::test]
async fn damage_is_not_copied() {
    let (from, to) = (busy().await, Place::new());
    let probe = Probe::over(from.store());
    probe.on_read(|records| {
        records.iter_mut().filter(|record| record.sequence == 9).for_each(|record| record.bytes[20] ^= 1);
    });
    let stopped = copy(&*probe, &*to.store(), &mut quiet).unwrap_err();
    assert!(stopped.to_string().contains("entry 9"), "{stopped}");
    assert_eq!(to.store().head(STREAM).unwrap().sequence, 0);
}

#[tokio::test]
async fn damage_in_what_was_copied_before_is_found_and_the_copy_cannot_be_opened() {
    let (from, to) = (busy().await, Place::new());
    copy(&*from.store(), &*to.store(), &mut quiet).unwrap();
    let probe = Probe::over(to.store());
    probe.on_read(|records| {
        records.iter_mut().filter(|record| record.sequence == 3).for_each(|record| record.bytes[20] ^= 1);
    });
    let refused = copy(&*from.store(), &*probe, &mut quiet).unwrap_err();
    assert!(matches!(refused, CopyError::Damaged(_)), "{refused:?}");
    assert!(refused.to_string().contains("entry 3"), "{refused}");
    assert!(!can_be_opened(&*to.store()));
}

#[tokio::test]
async fn source_that_is_written_meanwhile_is_followed_and_given_up_if_it_never_rests() {
    let (from, to) = (busy().await, Place::new());
    let writer = Arc::new(from.ledger());
    let store = from.store();
    let probe = Probe::over(to.store());
    // The first pass is overtaken once.
    let overtaking = from.store();
    let_mark(&probe);
    probe.on_append(move |store, append| {
        let head = overtaking.head(STREAM).unwrap();
        let odd = [put(ColdTable::Key, 77, b"new")];
        overtaking
            .append(&kortti_store::Append {
                stream: STREAM,
                expected: head,
                epoch: 0,
                records: &[],
                cold: &odd,
            })
            .unwrap();
        store.append(append)
    });
    let copied = copy(&*store, &*probe, &mut quiet).unwrap();
    assert_eq!((copied.entries, rows(&*store)), (15, rows(&*to.store())));

    let (restless, busy) = (Place::new(), Probe::over(from.store()));
    let handle = tokio::runtime::Handle::current();
    let ledger = Arc::clone(&writer);
    busy.before_read(move || {
        let ledger = Arc::clone(&ledger);
        let handle = handle.clone();
        std::thread::scope(|scope| {
            scope.spawn(|| handle.block_on(submit(&ledger, transact(load(1)))).unwrap());
        });
        Ok(())
    });
    let target = restless.store();
    let given_up = tokio::task::spawn_blocking(move || copy(&*busy, &*target, &mut quiet)).await.unwrap();
    assert!(matches!(given_up, Err(CopyError::Busy)), "{given_up:?}");
    assert!(!can_be_opened(&*restless.store()), "what was given up is not whole");
    writer.stop();
    copy(&*from.store(), &*restless.store(), &mut quiet).unwrap();
    assert_eq!(rows(&*from.store()), rows(&*restless.store()));
}
