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
use kortti_store::{Record, SnapshotRow, Store};

use super::{
    given::{ACCOUNT, OURS},
    place::Place,
    probe::Probe,
    rows::{id_of, member, put, row_with},
    till::{ONE, OTHER, authorise, clear, load, nth, reverse, reverse_message, send, send_as, with_money},
};
use crate::{STREAM, journal::sha256, verify_journal};

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

/// What is found wrong when something in the snapshot has been changed.
async fn verdict_with<T: for<'b> minicbor::Decode<'b, ()> + minicbor::Encode<()>>(
    (kind, number): (u8, i64),
    change: impl Fn(&mut T),
) -> String {
    let place = place().await;
    let mut value: T = member(&place, kind, number);
    change(&mut value);
    put(&place, row_with(&place, (kind, number), Some(value)));
    verdict(&*place.store())
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
    type Without = fn(&Place, (u8, i64)) -> SnapshotRow;
    let activity: Without = |place, at| row_with::<Activity>(place, at, None);
    for ((kind, number), without, what) in [
        ((9, ONE), activity, "what was done with card 3001"),
        ((10, ACCOUNT.0), activity, "what was done with account 2001"),
        ((11, 7), |place, at| row_with::<KnownAuthorisation>(place, at, None), "authorisation 7"),
        ((12, 7), |place, at| row_with::<Use>(place, at, None), "use 7"),
    ] {
        let place = place().await;
        put(&place, without(&place, (kind, number)));
        let found = verdict(&*place.store());
        assert_eq!(found, format!("journal entry 10: {what} differs from a full replay"));
        // With all that it shares its row with.
        let place = self::place().await;
        put(&place, SnapshotRow { kind, id: id_of(kind, number), body: None });
        let found = verdict(&*place.store());
        assert!(found.ends_with("differs from a full replay"), "{found}");
    }
}

#[tokio::test]
async fn what_is_done_only_once_and_was_forgotten_is_found() {
    let place = with_money(10_000).await;
    let ledger = place.ledger();
    let sequence = send_as(&ledger, 1, authorise(ONE, 1000)).await.id.sequence();
    send_as(&ledger, 2, reverse_message(3)).await;
    ledger.stop();
    let answer = (8, i64::try_from(sequence).unwrap());
    type Answer = (IdempotencyKey, Timestamp, i64);
    let whole: Answer = member(&place, 8, answer.1);
    put(&place, row_with::<Answer>(&place, answer, None));
    assert_eq!(verdict(&*place.store()), "journal entry 8: answer 3001 differs from a full replay");

    put(&place, row_with(&place, answer, Some(whole)));
    verify_journal(&*place.store(), &mut |_| Ok(())).unwrap();
    let none: Vec<(IdempotencyKey, Timestamp)> = Vec::new();
    put(&place, SnapshotRow { kind: 14, id: 0, body: Some(minicbor::to_vec(&none).unwrap()) });
    let lost = "list of reversals before their messages 0";
    assert_eq!(verdict(&*place.store()), format!("journal entry 8: {lost} differs from a full replay"));
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
