use serde_json::json;

use super::{Entry, Expected, Found};
use crate::torture::{
    book::{Book, CardOn},
    difference::Difference,
    mix::Act,
    request::Request,
    writer::Writer,
};

/// A writer whose two loads were answered with entries 11 and 12, whose card was issued somewhere, and whose last request was
/// not answered.
fn writers() -> Vec<Writer> {
    let mut book = Book::new(0, vec![CardOn { id: 3001, account: 0 }]);
    let acts =
        [Act::Load { account: 0, cents: 1 }, Act::Load { account: 0, cents: 1 }, Act::Issue { account: 0 }];
    for (act, id) in acts.into_iter().zip(["11", "12", "3005"]) {
        let number = book.next_number();
        let request = Request::new(&book, number, act, 0);
        book.note(&request, &json!({ "id": id }), 0).unwrap();
    }
    book.next_number();
    vec![Writer::new(book)]
}

fn entry(sequence: u64, kind: &str, user: &str) -> Entry {
    Entry { sequence, kind: kind.to_owned(), user: user.to_owned() }
}

const FIRST: (&str, &str) = ("POSTING", "torture-0-1");
const SECOND: (&str, &str) = ("POSTING", "torture-0-2");
const CARD: (&str, &str) = ("CARD_ISSUED", "torture-0-3");

/// What is found in a journal with these entries from 11 on, of which three are expected.
fn compare(entries: &[(&str, &str)], expected: Expected) -> Result<(), Difference> {
    let (mut writers, mut found) = (writers(), Found { last: 10, ..Found::default() });
    for (sequence, (kind, user)) in (11..).zip(entries) {
        found.take(&entry(sequence, kind, user), &mut writers)?;
    }
    found.check(10, 3, expected)
}

#[test]
fn exactly_what_was_answered_is_right() {
    compare(&[FIRST, SECOND, CARD], Expected::default()).unwrap();
    let clock = [FIRST, SECOND, CARD, ("HOLD_EXPIRED", "hold expiry"), ("CLOCK_MOVED", "sandbox clock")];
    compare(&clock, Expected { expired: 1, moved: 1 }).unwrap();
}

#[test]
fn what_is_lost_is_noticed() {
    let lost = compare(&[FIRST, SECOND], Expected::default());
    assert!(matches!(lost, Err(Difference::Lost { found: 2, answered: 3, .. })));
    assert!(matches!(compare(&[SECOND, CARD], Expected::default()), Err(Difference::Doubled { .. })));
}

#[test]
fn what_happened_twice_is_noticed() {
    let twice = compare(&[FIRST, SECOND, CARD, SECOND], Expected::default());
    assert!(matches!(twice, Err(Difference::Doubled { sequence: 14, expected: 12, .. })));
    let twice = compare(&[FIRST, SECOND, CARD, CARD], Expected::default());
    assert!(matches!(twice, Err(Difference::Doubled { sequence: 14, expected: 13, .. })));
}

#[test]
fn what_nobody_was_answered_for_is_noticed() {
    for user in ["torture-0-4", "torture-0-9", "torture-1-1", "somebody"] {
        let unasked = compare(&[FIRST, SECOND, CARD, ("POSTING", user)], Expected::default());
        assert!(matches!(unasked, Err(Difference::Unasked { sequence: 14, .. })), "{user}");
    }
    let expired = compare(&[FIRST, SECOND, CARD, ("HOLD_EXPIRED", "hold expiry")], Expected::default());
    assert!(matches!(expired, Err(Difference::Count { expected: 0, found: 1, .. })));
    let moved = compare(&[FIRST, SECOND, CARD], Expected { expired: 0, moved: 1 });
    assert!(matches!(moved, Err(Difference::Count { expected: 1, found: 0, .. })));
}

#[test]
fn a_gap_is_noticed() {
    let (mut writers, mut found) = (writers(), Found { last: 9, ..Found::default() });
    let result = found.take(&entry(11, "POSTING", "torture-0-1"), &mut writers);
    assert!(matches!(result, Err(Difference::Gap { before: 9, sequence: 11 })));
}
