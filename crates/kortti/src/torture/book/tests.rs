use std::collections::BTreeMap;

use kortti_core::time::Timestamp;
use serde_json::{Value, json};

use super::{Book, CardOn, Known, Used, cents};
use crate::torture::{difference::Difference, mix::Act, request::Request};

const CARD: CardOn = CardOn { id: 3001, account: 0 };
const AT: &str = "2040-01-01T00:00:00.000Z";

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A book, and what it makes of acts and their answers.
struct Given(Book);

impl Given {
    fn new() -> Self {
        Self(Book::new(0, vec![CARD]))
    }

    fn request(&mut self, act: Act) -> Request {
        let number = self.0.next_number();
        Request::new(&self.0, number, act, 0)
    }

    fn try_note(&mut self, act: Act, answer: Value) -> Result<(), Difference> {
        let request = self.request(act);
        let mut whole = json!({ "transactionId": request.number.to_string(), "authorizationId": "7" });
        whole.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
        self.0.note(&request, &whole, 0)
    }

    fn note(&mut self, act: Act, answer: Value) {
        self.try_note(act, answer).unwrap();
    }

    fn authorise(&mut self, amount: f64) {
        let answer = json!({ "approved": amount > 0.0, "approvedAmount": amount, "decidedAt": AT });
        self.note(Act::Authorise { card: CARD, reversed_before: false }, answer);
    }

    fn first(&self) -> &Known {
        &self.0.authorisations()[0]
    }

    fn figures(&self) -> [i64; 4] {
        let known = self.first();
        [known.approved, known.held, known.cleared, known.reversed]
    }

    fn used(&mut self, now: &str) -> Used {
        let mut used = BTreeMap::new();
        self.0.add_uses(at(now), &mut used);
        used.get(&CARD.id).copied().unwrap_or_default()
    }
}

#[test]
fn what_follows_on_an_authorisation_adds_up() {
    let mut given = Given::new();
    given.authorise(50.0);
    given.note(Act::Increment { index: 0, cents: 1000 }, json!({ "approvedAmount": 10 }));
    given
        .note(Act::Reverse { index: 0, cents: Some(500), by_message: false }, json!({ "reversedAmount": 5 }));
    given.note(Act::Clear { index: 0, cents: 2000, last: false }, json!({ "amount": 20 }));
    assert_eq!(given.figures(), [6000, 3500, 2000, 500]);
    assert_eq!((given.0.balance(0), given.0.held_on(0), given.0.held_on(1)), (-2000, 3500, 0));
    assert_eq!(given.used(AT), Used { cents: 5500, count: 1 });
    given.note(Act::Clear { index: 0, cents: 4000, last: true }, json!({ "amount": 40 }));
    assert_eq!(given.figures(), [6000, 0, 6000, 500]);
    assert_eq!((given.0.balance(0), given.0.held_on(0)), (-6000, 0));
    assert_eq!(given.used(AT), Used { cents: 6000, count: 1 });
    assert_eq!(given.first().events, 5);
}

#[test]
fn a_use_that_was_taken_back_was_none_and_one_that_was_declined_never_counts() {
    let mut given = Given::new();
    given.authorise(50.0);
    given.note(Act::Reverse { index: 0, cents: None, by_message: true }, json!({ "reversedAmount": 50 }));
    assert_eq!(given.used(AT), Used::default());
    let mut given = Given::new();
    given.authorise(0.0);
    given.note(Act::Clear { index: 0, cents: 300, last: true }, json!({ "amount": 3 }));
    assert_eq!(given.used(AT), Used::default());
    assert_eq!(given.0.balance(0), -300);
}

#[test]
fn time_releases_holds_and_forgets_uses() {
    let mut given = Given::new();
    given.authorise(50.0);
    given.0.set_expiry(0, Some(at("2040-01-08T00:00:00.000Z")));
    assert_eq!(given.used("2040-01-01T23:59:59.999Z"), Used { cents: 5000, count: 1 });
    assert_eq!(given.0.next_change(at(AT)), Some(at("2040-01-02T00:00:00.000Z")));
    assert_eq!(given.used("2040-01-02T00:00:00.000Z"), Used::default());
    assert_eq!(given.0.next_change(at(AT)), Some(at("2040-01-08T00:00:00.000Z")));
    assert_eq!(given.0.move_clock(at("2040-01-07T23:59:59.999Z")), 0);
    assert_eq!(given.0.move_clock(at("2040-01-08T00:00:00.000Z")), 1);
    assert_eq!((given.figures(), given.first().events), ([5000, 0, 0, 0], 2));
    assert_eq!((given.0.held_on(0), given.0.next_change(at(AT))), (0, None));
}

#[test]
fn answers_that_do_not_follow_are_noticed() {
    let mut given = Given::new();
    given.authorise(50.0);
    let cases = [
        (Act::Increment { index: 0, cents: 1000 }, json!({ "approvedAmount": 10.01 })),
        (Act::Increment { index: 0, cents: 1000 }, json!({ "approvedAmount": 10, "authorizationId": "8" })),
        (Act::Reverse { index: 0, cents: None, by_message: true }, json!({ "reversedAmount": 49.99 })),
        (Act::Clear { index: 0, cents: 1000, last: true }, json!({ "amount": 1000 })),
        (Act::Refund { card: CARD, cents: 1000 }, json!({ "amount": 0 })),
        (Act::ReverseBefore, json!({ "reason": "REVERSED" })),
        (
            Act::Authorise { card: CARD, reversed_before: true },
            json!({ "approved": true, "approvedAmount": 1, "decidedAt": AT }),
        ),
        (
            Act::Authorise { card: CARD, reversed_before: false },
            json!({ "approved": false, "approvedAmount": 1, "decidedAt": AT }),
        ),
    ];
    for (act, answer) in cases {
        let result = given.try_note(act, answer);
        assert!(matches!(result, Err(Difference::Unsound { .. })), "{act:?}");
    }
    assert_eq!(given.figures(), [5000, 5000, 0, 0]);
}

#[test]
fn a_request_is_answered_once() {
    let mut given = Given::new();
    let request = given.request(Act::Load { account: 1, cents: 100 });
    given.0.note(&request, &json!({ "id": "20" }), 0).unwrap();
    assert!(given.0.note(&request, &json!({ "id": "21" }), 0).is_err());
}

#[test]
fn amounts_are_read_to_the_cent() {
    let cases = [("12.34", 1234), ("12.3", 1230), ("12", 1200), ("0.01", 1), ("-0.5", -50), ("-7", -700)];
    for (text, expected) in cases {
        assert_eq!(cents(&serde_json::from_str(text).unwrap()), Some(expected), "{text}");
    }
    for text in ["null", "\"1\"", "1.005", "1e30"] {
        assert_eq!(cents(&serde_json::from_str(text).unwrap()), None, "{text}");
    }
}
