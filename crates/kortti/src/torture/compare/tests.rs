use serde_json::{Value, json};

use super::{authorisation, funds, used};
use crate::torture::{
    book::{Book, CardOn, Known, Used},
    mix::Act,
    request::Request,
};

const CARD: CardOn = CardOn { id: 3001, account: 0 };

/// An authorisation of 50 EUR.
fn known() -> Known {
    let mut book = Book::new(0, vec![CARD]);
    let act = Act::Authorise { card: CARD, reversed_before: false };
    let request = Request::new(&book, book.request_count(), act, 0);
    let number = book.next_number();
    let answer = json!({
        "transactionId": "7", "authorizationId": "7", "approved": true, "approvedAmount": 50,
        "decidedAt": "2040-01-01T00:00:00.000Z",
    });
    book.note(&Request { number, ..request }, &answer, 0).unwrap();
    book.authorisations()[0].clone()
}

fn shown(member: &str, value: Value) -> Value {
    let mut shown = json!({
        "approvedAmount": 50, "heldAmount": 50, "clearedAmount": 0, "reversedAmount": 0,
        "events": [{ "type": "AUTHORIZATION" }],
    });
    shown[member] = value;
    shown
}

#[test]
fn an_authorisation_that_shows_another_figure_is_noticed() {
    authorisation(&known(), &shown("heldAmount", json!(50))).unwrap();
    for member in ["approvedAmount", "heldAmount", "clearedAmount", "reversedAmount"] {
        for value in [json!(49.99), Value::Null] {
            let difference = authorisation(&known(), &shown(member, value)).unwrap_err().to_string();
            assert!(difference.contains(member) && difference.contains("authorisation 7"), "{difference}");
        }
    }
}

#[test]
fn a_transaction_that_was_taken_from_an_authorisation_or_added_is_noticed() {
    for events in [json!([]), json!([{}, {}])] {
        assert!(authorisation(&known(), &shown("events", events)).is_err());
    }
}

#[test]
fn a_cent_that_is_missing_on_an_account_is_noticed() {
    let found = json!({ "balance": 1000, "available": 950.5 });
    funds("2001", 100_000, 95_050, &found).unwrap();
    assert!(funds("2001", 100_001, 95_050, &found).is_err());
    let difference = funds("2001", 100_000, 95_049, &found).unwrap_err().to_string();
    assert_eq!(difference, "account 2001 shows 950.5 as available, and the answers add up to 95049 cents");
}

#[test]
fn a_use_that_was_not_counted_is_noticed() {
    let found = json!({ "usageLimits": [{}, {}, { "values": [{ "usedAmount": 12.5, "usedCount": 2 }] }] });
    used(3001, Used { cents: 1250, count: 2 }, &found).unwrap();
    assert!(used(3001, Used { cents: 1250, count: 3 }, &found).is_err());
    assert!(used(3001, Used { cents: 1251, count: 2 }, &found).is_err());
}
