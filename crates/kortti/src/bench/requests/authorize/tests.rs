use std::collections::HashSet;

use serde_json::Value;

use super::{AMOUNT_MAX_MINOR, Authorize, approved_in};
use crate::bench::load::Workload;

/// The bodies of the next requests.
fn bodies(authorize: &mut Authorize, count: usize) -> Vec<Value> {
    let body = |_| {
        let mut request = Vec::new();
        assert!(authorize.write_next(&mut request));
        let request = String::from_utf8(request).unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /kortti/v1/authorizations?auditUser=bench HTTP/1.1\r\n"));
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())));
        serde_json::from_str(body).unwrap()
    };
    (0..count).map(body).collect()
}

#[test]
fn purchases_reach_every_card_and_no_other() {
    let bodies = bodies(&mut Authorize::with(3001..3051, 1), 2000);
    let cards: HashSet<u64> =
        bodies.iter().map(|body| body["cardId"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(cards, (3001..3051).collect());
}

#[test]
fn hot_card_is_the_only_one() {
    let bodies = bodies(&mut Authorize::with(3001..3002, 1), 20);
    assert!(bodies.iter().all(|body| body["cardId"] == "3001"));
}

#[test]
fn no_two_messages_have_the_same_id_in_any_run() {
    let ids: HashSet<String> = [1, 11]
        .into_iter()
        .flat_map(|run| bodies(&mut Authorize::with(3001..3002, run), 200))
        .map(|body| body["messageId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 400);
}

#[test]
fn amounts_are_small_and_differ() {
    let bodies = bodies(&mut Authorize::with(3001..3002, 1), 100);
    let amount =
        |body: &Value| (body["transactionAmount"]["amount"].as_f64().unwrap() * 100.0).round() as u64;
    let amounts: HashSet<u64> = bodies.iter().map(amount).collect();
    assert!(amounts.len() > 50 && amounts.iter().all(|minor| (1..=AMOUNT_MAX_MINOR).contains(minor)));
}

#[test]
fn nothing_is_bought_without_cards() {
    assert!(!Authorize::with(3001..3001, 1).write_next(&mut Vec::new()));
}

#[test]
fn share_of_approved_is_that_of_the_answers() {
    let mut authorize = Authorize::with(3001..3002, 1);
    assert_eq!(authorize.approved(), 0.0);
    for body in [&br#"{"approved":true,"id":"1"}"#[..], br#"{"id":"2","approved":false}"#] {
        authorize.answered(body).unwrap();
    }
    assert_eq!(authorize.approved(), 0.5);
    assert!(authorize.answered(b"{}").is_err());
    assert_eq!(authorize.approved(), 0.5);
}

#[test]
fn answer_that_says_neither_is_not_taken_for_one() {
    for body in [&b""[..], b"{}", br#"{"approved":"#, br#"{"approved":null}"#] {
        assert_eq!(approved_in(body), None);
    }
}
