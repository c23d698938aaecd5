use std::collections::HashSet;

use kortti_core::time::Timestamp;

use super::Act;
use crate::torture::{
    book::{Book, CardOn, MOVED_MAX_S},
    plan::random,
    request::Request,
    writer::Writer,
};

fn writer() -> Writer {
    Writer::new(Book::new(3, vec![CardOn { id: 3001, account: 0 }]))
}

/// Takes down an answer that approves, whatever was asked.
fn approve(writer: &mut Writer, request: &Request) {
    let answer = serde_json::json!({
        "id": request.number.to_string(), "transactionId": request.number.to_string(), "authorizationId": "7",
        "approved": true, "approvedAmount": 12.5, "decidedAt": "2040-01-01T00:00:00.000Z", "reason": "APPROVED",
        "now": "2040-01-01T00:00:00.000Z",
    });
    writer.book.note(request, &answer, 0).unwrap();
}

fn requests(seed: u64, count: usize) -> Vec<Request> {
    let (mut writer, mut random) = (writer(), random(seed, 1, 10));
    let next = |_| {
        let request = writer.next_request(&mut random);
        if let Act::Issue { .. } = request.act {
            approve(&mut writer, &request);
        }
        if matches!(request.act, Act::Authorise { .. }) {
            approve(&mut writer, &request);
        }
        request
    };
    (0..count).map(next).collect()
}

#[test]
fn the_same_seed_asks_the_same() {
    assert_eq!(requests(5, 200), requests(5, 200));
    assert_ne!(requests(5, 200), requests(6, 200));
}

#[test]
fn nothing_is_left_out_of_the_mix() {
    let kinds: HashSet<_> =
        requests(1, 600).iter().map(|request| std::mem::discriminant(&request.act)).collect();
    assert_eq!(kinds.len(), 10);
    let all = requests(1, 600);
    let has = |what: fn(&Act) -> bool| all.iter().any(|request| what(&request.act));
    assert!(has(|act| matches!(act, Act::Reverse { cents: None, .. })));
    assert!(has(|act| matches!(act, Act::Reverse { cents: Some(_), by_message: false, .. })));
    assert!(has(|act| matches!(act, Act::Clear { cents: 1250, last: true, .. })), "exact");
    assert!(has(|act| matches!(act, Act::Clear { cents: ..1250, last: true, .. })), "lower");
    assert!(has(|act| matches!(act, Act::Clear { cents: 1251.., last: true, .. })), "higher");
    assert!(has(|act| matches!(act, Act::Clear { last: false, .. })), "several");
}

#[test]
fn no_two_requests_have_the_same_key() {
    let keys: HashSet<String> = requests(2, 500).into_iter().map(|request| request.key).collect();
    assert_eq!(keys.len(), 500);
}

#[test]
fn clock_is_moved_no_further_than_a_round_allows() {
    let (mut writer, mut random) = (writer(), random(3, 1, 10));
    for round in 1..=3 {
        writer.book.begin(Timestamp::default());
        let mut moved = 0;
        for _ in 0..2000 {
            let request = writer.next_request(&mut random);
            if let Act::MoveClock { seconds } = request.act {
                approve(&mut writer, &request);
                moved += seconds;
            }
        }
        assert_eq!(moved, MOVED_MAX_S, "round {round}");
    }
    let entered = writer.book.entered;
    assert!(entered.moved >= 12 && entered.named == 0, "{entered:?}");
}
