//! What verification finds where somebody has had his hands on money.

use kortti_core::{
    entry::Entry,
    event::Event,
    id::IdempotencyKey,
    limit::Period,
    reference::Currency,
    time::Timestamp,
    transaction::{Book, KnownAuthorisation, Posting, Transaction},
    usage::{Activity, Use},
};
use kortti_store::{Extent, Record, SnapshotRow, Store};

use super::{
    given::{ACCOUNT, OURS},
    place::Place,
    probe::Probe,
    till::{ONE, OTHER, authorise, clear, load, nth, reverse, reverse_message, send, send_as, with_money},
};
use crate::{STREAM, journal::sha256, snapshot::seal, verify_journal};

/// A place with ten entries of money: 7 is open, 8 is cleared by 9, and 10 gives a part of 7 back.
async fn place() -> Place {
    let place = with_money(10_000).await;
    let ledger = place.ledger();
    for request in
        [authorise(ONE, 3000), authorise(OTHER, 2000), clear(nth(8), 2000, true), reverse(nth(7), Some(500))]
    {
        send(&ledger, request).await;
    }
    ledger.stop();
    place
}

fn verdict(store: &dyn Store) -> String {
    verify_journal(store, &mut |_| Ok(())).map(|_| ()).unwrap_err().to_string()
}

/// What is found wrong when a transaction was rewritten, with all hashes from there on put right and no snapshot that knows
/// better.
async fn verdict_on(sequence: usize, change: impl Fn(&mut Transaction) + Send + 'static) -> String {
    let place = place().await;
    place.store().clear_snapshot(STREAM).unwrap();
    let probe = Probe::over(place.store());
    probe.on_read(move |records| rewrite(records, sequence, &change));
    verdict(&*probe)
}

fn rewrite(records: &mut [Record], sequence: usize, change: &impl Fn(&mut Transaction)) {
    for place in 0..records.len() {
        let mut entry = Entry::decode(&records[place].bytes).unwrap();
        if place > 0 && records[place].sequence > sequence as u64 {
            entry.previous = records[place - 1].hash;
        }
        if entry.sequence == sequence as u64 {
            let Event::Transacted(transaction) = &mut entry.event else { panic!("no transaction") };
            change(transaction);
        }
        records[place].bytes = entry.encode();
        records[place].hash = sha256(&records[place].bytes);
    }
}

type Change = fn(&mut Transaction);

#[tokio::test]
async fn decision_that_was_turned_round_is_found() {
    let different = "is decided differently when it is decided again";
    let changes: [(usize, Change); 6] = [
        (7, |transaction| transaction.approved = false),
        (8, |transaction| transaction.amount += 1),
        (8, |transaction| drop(transaction.checks.pop())),
        (9, |transaction| transaction.available += 1),
        (9, |transaction| transaction.postings.iter_mut().for_each(|posting| posting.minor *= 2)),
        (10, |transaction| transaction.authorisation.as_mut().unwrap().held -= 1),
    ];
    for (sequence, change) in changes {
        let found = verdict_on(sequence, change).await;
        assert_eq!(found, format!("journal entry {sequence}: {different}"));
    }
}

#[tokio::test]
async fn postings_that_do_not_add_up_are_found() {
    let unbalanced = "has postings that do not add up to zero";
    let found = verdict_on(9, |transaction| transaction.postings[0].minor += 1).await;
    assert_eq!(found, format!("journal entry 9: {unbalanced}"));
    let push =
        |transaction: &mut Transaction| transaction.postings.push(Posting { book: Book::Fees, minor: 1 });
    assert_eq!(verdict_on(10, push).await, format!("journal entry 10: {unbalanced}"));
}

/// The row of the snapshot.
fn row<T: for<'b> minicbor::Decode<'b, ()>>(place: &Place, kind: u8, id: i64) -> T {
    let mut found = None;
    let visit = &mut |row: SnapshotRow| {
        if (row.kind, row.id) == (kind, id) {
            found = row.body;
        }
    };
    place.store().read_snapshot(STREAM, visit).unwrap();
    minicbor::decode(&found.unwrap()).unwrap()
}

/// What is found wrong when a row of the snapshot has been put in by hand.
async fn verdict_with<T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()>>(
    (kind, id): (u8, i64),
    change: impl Fn(&mut T),
) -> String {
    let place = place().await;
    let mut value: T = row(&place, kind, id);
    change(&mut value);
    put(&place, SnapshotRow { kind, id, body: Some(minicbor::to_vec(&value).unwrap()) });
    verdict(&*place.store())
}

fn put(place: &Place, row: SnapshotRow) {
    let store = place.store();
    assert_eq!(store.read_snapshot(STREAM, &mut |_| {}).unwrap(), 10);
    store.write_snapshot(STREAM, 10, Extent::Changes, &mut vec![seal(row)].into_iter()).unwrap();
}

#[tokio::test]
async fn changed_money_in_the_snapshot_is_found() {
    let differs = |what: &str| format!("journal entry 10: {what} differs from a full replay");
    let account = (10, ACCOUNT.0);
    let found = verdict_with::<Activity>(account, |activity| activity.funds.balance += 1).await;
    assert_eq!(found, differs("what was done with account 2001"));
    let found = verdict_with::<Activity>(account, |activity| activity.funds.held -= 1).await;
    assert_eq!(found, differs("what was done with account 2001"));
    let found = verdict_with::<Activity>((9, ONE), |activity| {
        activity.tallies[0].amounts[Period::Rolling24Hours as usize] -= 1
    })
    .await;
    assert_eq!(found, differs("what was done with card 3001"));
    let found = verdict_with::<KnownAuthorisation>((11, 7), |known| known.state.held -= 1).await;
    assert_eq!(found, differs("authorisation 7"));
    let found = verdict_with::<Use>((12, 8), |one| one.used.amount -= 1).await;
    assert_eq!(found, differs("use 8"));
}

#[tokio::test]
async fn money_that_is_missing_in_the_snapshot_is_found() {
    for (kind, id, what) in [
        (9, ONE, "what was done with card 3001"),
        (10, ACCOUNT.0, "what was done with account 2001"),
        (11, 7, "authorisation 7"),
        (12, 7, "use 7"),
    ] {
        let place = place().await;
        put(&place, SnapshotRow { kind, id, body: None });
        assert_eq!(verdict(&*place.store()), format!("journal entry 10: {what} differs from a full replay"));
    }
}

#[tokio::test]
async fn what_is_done_only_once_and_was_forgotten_is_found() {
    let place = with_money(10_000).await;
    let ledger = place.ledger();
    let sequence = send_as(&ledger, 1, authorise(ONE, 1000)).await.id.sequence();
    send_as(&ledger, 2, reverse_message(3)).await;
    ledger.stop();
    let store = place.store();
    let write = |row: SnapshotRow| {
        store.write_snapshot(STREAM, 8, Extent::Changes, &mut std::iter::once(row)).unwrap();
    };
    let id = i64::try_from(sequence).unwrap();
    let mut answer = None;
    let keep = &mut |row: SnapshotRow| {
        if (row.kind, row.id) == (8, id) {
            answer = Some(row);
        }
    };
    store.read_snapshot(STREAM, keep).unwrap();
    write(SnapshotRow { kind: 8, id, body: None });
    assert_eq!(verdict(&*store), "journal entry 8: answer 3001 differs from a full replay");

    write(answer.unwrap());
    verify_journal(&*store, &mut |_| Ok(())).unwrap();
    let none: Vec<(IdempotencyKey, Timestamp)> = Vec::new();
    write(seal(SnapshotRow { kind: 14, id: 0, body: Some(minicbor::to_vec(&none).unwrap()) }));
    let lost = "list of reversals before their messages 0";
    assert_eq!(verdict(&*store), format!("journal entry 8: {lost} differs from a full replay"));
}

#[tokio::test]
async fn books_add_up_also_where_a_sum_has_no_room() {
    let place = with_money(1000).await;
    let ledger = place.ledger();
    let (euro, near) = (Currency::parse("EUR").unwrap(), i64::MAX - 2000);
    let full = [((OURS, euro, Book::Fees), near), ((OURS, euro, Book::Funding), -near - 1000)];
    ledger.state().transactions.books.write().extend(full);
    send(&ledger, load(2000)).await;
    let books = ledger.state().transactions.books.read();
    assert_eq!(books.values().fold(0, |sum: i64, one| sum.wrapping_add(*one)), 0, "{books:?}");
}
