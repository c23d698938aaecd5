use kortti_core::{
    account::Account,
    card::Card,
    customer::Customer,
    entry::Entry,
    id::{CardId, IdempotencyKey},
};
use kortti_store::{Record, SnapshotRow, Store};

use super::{
    given::{START, card},
    place::{Place, submit, turn_bit},
    probe::Probe,
    rows::{id_of, member, put, row_with},
};
use crate::{JournalError, STREAM, journal::sha256, verify_journal};

/// A place with eight entries.
async fn place() -> Place {
    let place = Place::furnished().await;
    let ledger = place.ledger();
    for id in 3001..3006 {
        submit(&ledger, card(id)).await.unwrap();
    }
    ledger.stop();
    place
}

/// What is found wrong when `doctor` has had its hands on the journal.
async fn verdict(doctor: impl Fn(&mut Vec<Record>) + Send + 'static) -> String {
    let place = place().await;
    let probe = Probe::over(place.store());
    probe.on_read(doctor);
    verify_journal(&*probe, &mut |_| Ok(())).map(|_| ()).unwrap_err().to_string()
}

/// Puts a record's hash right, as a forger would.
fn forge(record: &mut Record) {
    record.hash = sha256(&record.bytes);
}

#[tokio::test]
async fn untouched_journal_holds_and_each_entry_is_visited_once() {
    let place = place().await;
    let mut visited = Vec::new();
    let visit = &mut |entry: &Entry| {
        visited.push(entry.sequence);
        Ok(())
    };
    let verified = verify_journal(&*place.store(), visit).unwrap();
    assert_eq!((verified.head.sequence, verified.state.card_count()), (8, 5));
    assert!(visited.into_iter().eq(1..=8));
}

#[tokio::test]
async fn any_flipped_bit_is_found() {
    let length = place().await.store().read(STREAM, 4, 1).unwrap()[0].bytes.len();
    for place in (0..length).step_by(11) {
        let found = verdict(move |records| records[4].bytes[place] ^= 1 << (place % 8)).await;
        assert_eq!(found, "journal entry 5: has another hash than it was written with");
    }
}

#[tokio::test]
async fn flipped_bit_is_found_although_the_hash_was_put_right() {
    let found = verdict(|records| {
        let last = records[4].bytes.len() - 1;
        records[4].bytes[last] ^= 1;
        forge(&mut records[4]);
    })
    .await;
    assert!(["journal entry 5", "journal entry 6"].iter().any(|place| found.starts_with(place)), "{found}");
}

#[tokio::test]
async fn deleted_entry_is_found() {
    let found = verdict(|records| drop(records.remove(4))).await;
    assert_eq!(found, "journal entry 6: does not carry the hash of the entry before it");
    let found = verdict(|records| drop(records.remove(0))).await;
    assert_eq!(found, "journal entry 2: does not carry the hash of the entry before it");
}

#[tokio::test]
async fn entry_deleted_at_the_end_is_found_by_the_snapshot() {
    let found = verdict(|records| records.retain(|record| record.sequence < 8)).await;
    assert_eq!(found, "the stored data is damaged: table journal, row 8");
}

#[tokio::test]
async fn swapped_entries_are_found() {
    let found = verdict(|records| records.swap(3, 4)).await;
    assert_eq!(found, "journal entry 5: does not carry the hash of the entry before it");
    let renumbered = verdict(|records| {
        let (one, other) = records.split_at_mut(4);
        std::mem::swap(&mut one[3].bytes, &mut other[0].bytes);
        std::mem::swap(&mut one[3].hash, &mut other[0].hash);
    });
    assert_eq!(renumbered.await, "journal entry 4: does not carry the hash of the entry before it");
}

/// Rewrites the whole journal from the fifth entry on, as somebody with the file in his hands could.
fn rewrite(records: &mut [Record], change: impl Fn(&mut Entry)) {
    for place in 4..records.len() {
        let mut entry = Entry::decode(&records[place].bytes).unwrap();
        entry.previous = records[place - 1].hash;
        if place == 4 {
            change(&mut entry);
        }
        records[place].bytes = entry.encode();
        forge(&mut records[place]);
    }
}

#[tokio::test]
async fn entry_in_another_place_or_stream_or_time_is_found() {
    let found = verdict(|records| rewrite(records, |entry| entry.sequence = 9)).await;
    assert_eq!(found, "journal entry 5: stands in another place than it was written for");
    let found = verdict(|records| rewrite(records, |entry| entry.stream = 1)).await;
    assert_eq!(found, "journal entry 5: stands in another place than it was written for");
    let found = verdict(|records| rewrite(records, |entry| entry.at.0 -= 1)).await;
    assert_eq!(found, "journal entry 5: is earlier than the entry before it");
}

#[tokio::test]
async fn unknown_version_is_found() {
    let found = verdict(|records| rewrite(records, |entry| entry.version = 2)).await;
    assert!(found.starts_with("journal entry 5: "), "{found}");
    assert!(found.contains("unknown version"), "{found}");
}

#[tokio::test]
async fn history_written_anew_is_found_by_the_state() {
    use kortti_core::event::Event;
    let found = verdict(|records| {
        rewrite(records, |entry| {
            if let Event::CardIssued(card, _) = &mut entry.event {
                card.pin_failures = 9;
            }
        });
    })
    .await;
    assert_eq!(found, "journal entry 8: card 3002 differs from a full replay");
}

/// What is found wrong when a row of the snapshot has been put in by hand.
fn verdict_with_row(place: &Place, row: SnapshotRow) -> String {
    assert_eq!(place.snapshot_sequence(), 8);
    put(place, row);
    verify_journal(&*place.store(), &mut |_| Ok(())).map(|_| ()).unwrap_err().to_string()
}

#[tokio::test]
async fn changed_snapshot_row_is_found() {
    let place = place().await;
    let card = Card { pin_failures: 9, ..member(&place, 1, 3003) };
    let forged = row_with(&place, (1, 3003), Some(card));
    assert_eq!(verdict_with_row(&place, forged), "journal entry 8: card 3003 differs from a full replay");
}

#[tokio::test]
async fn damaged_snapshot_row_is_found_and_left_to_the_next_start() {
    let place = place().await;
    turn_bit(&place, (1, id_of(1, 3003)));
    let found = verify_journal(&*place.store(), &mut |_| Ok(())).map(|_| ()).unwrap_err();
    assert!(matches!(found, JournalError::Snapshot), "{found}");
    assert_eq!(place.snapshot_sequence(), 8);
    place.ledger().stop();
    verify_journal(&*place.store(), &mut |_| Ok(())).unwrap();
}

#[tokio::test]
async fn replay_leaves_a_damaged_snapshot_where_it_is() {
    let place = place().await;
    turn_bit(&place, (1, id_of(1, 3003)));
    let rules = crate::Rules::default();
    crate::replay(&*place.store(), &rules, (1, u64::MAX), &mut |_| std::ops::ControlFlow::Continue(()))
        .unwrap();
    assert_eq!(place.snapshot_sequence(), 8);
}

#[tokio::test]
async fn missing_snapshot_row_is_found() {
    let place = place().await;
    let gone = row_with::<Card>(&place, (1, 3003), None);
    assert_eq!(verdict_with_row(&place, gone), "journal entry 8: card 3003 differs from a full replay");
    // All of a row: 3001 to 3005 share one.
    let place = self::place().await;
    let gone = SnapshotRow { kind: 1, id: id_of(1, 3003), body: None };
    let found = verdict_with_row(&place, gone);
    assert!(found.starts_with("journal entry 8: card 300"), "{found}");
}

#[tokio::test]
async fn snapshot_row_too_many_is_found() {
    let place = place().await;
    let card = Card { id: CardId(3999), ..member(&place, 1, 3003) };
    let forged = row_with(&place, (1, 3999), Some(card));
    assert_eq!(verdict_with_row(&place, forged), "journal entry 8: card 3999 differs from a full replay");
}

#[tokio::test]
async fn changed_account_customer_and_answer_are_found() {
    let place = place().await;
    let mut account: Account = member(&place, 2, 2001);
    account.credit_limit = 1_000_000;
    let forged = row_with(&place, (2, 2001), Some(account));
    assert_eq!(verdict_with_row(&place, forged), "journal entry 8: account 2001 differs from a full replay");

    let place = self::place().await;
    let mut customer: Customer = member(&place, 3, 1001);
    customer.number = "C-7".into();
    let forged = row_with(&place, (3, 1001), Some(customer));
    assert_eq!(verdict_with_row(&place, forged), "journal entry 8: customer 1001 differs from a full replay");

    // An answer that was never given: key, time, id.
    let place = self::place().await;
    let answer = (IdempotencyKey([1; 16]), START, 3001_i64);
    let forged = row_with(&place, (8, 4), Some(answer));
    assert_eq!(verdict_with_row(&place, forged), "journal entry 8: answer 3001 differs from a full replay");
}
