use std::{collections::HashSet, thread};

use serde_json::{Value, json};

use crate::{
    http::{Api, Reply, audited},
    support::{
        MASTERCARD, Server, VISA, advance, assert_members, card, card_number, encrypt, events, issue, now,
        person,
    },
};

fn send(api: &Api, method: &str, path: &str, key: &str, body: &Value) -> Reply {
    api.send_json(method, &audited(path), &[("x-idempotency-key", key)], body)
}

fn cards(api: &Api) -> usize {
    api.get("/card/v4/customer/1001?size=100").expect(200).json().as_array().unwrap().len()
}

#[test]
fn the_same_key_again_gets_the_first_answer_again_also_after_a_restart() {
    let server = Server::sandbox();
    let api = server.client();
    let first = send(&api, "POST", VISA, "key-1", &json!({ "segment": "SEGMENT_A" }));
    let id = first.clone().id(201);
    let again = send(&api, "POST", VISA, "key-1", &json!({ "segment": "SEGMENT_B" }));
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    let place = server.place.clone();
    server.kill();
    let server = place.serve();
    let api = server.client();
    let again = send(&api, "POST", VISA, "key-1", &json!({}));
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(cards(&api), 1);
    assert_members(&card(&api, &id), &json!({ "segment": "SEGMENT_A" }));
}

#[test]
fn another_key_method_path_or_institution_is_another_request() {
    let server = Server::sandbox();
    let api = server.client();
    let ids = [
        send(&api, "POST", VISA, "key", &json!({})).id(201),
        send(&api, "POST", VISA, "key2", &json!({})).id(201),
        send(&api, "POST", MASTERCARD, "key", &json!({})).id(201),
        issue(&api, VISA, &json!({})),
        issue(&api, VISA, &json!({})),
    ];
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    let other = server.new_client("other", "all", "2");
    let ours = send(&api, "POST", "/customer/v3/PRIVATE", "key", &person("A")).id(201);
    let theirs = send(&other, "POST", "/customer/v3/PRIVATE", "key", &person("A")).id(201);
    assert_ne!(ours, theirs);
}

#[test]
fn sixteen_at_once_with_one_key_make_one_card() {
    let server = Server::sandbox();
    let api = server.client();
    issue(&api, MASTERCARD, &json!({}));
    let send = || send(&api, "POST", VISA, "one", &json!({})).id(201);
    let ids: HashSet<String> = thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 1);
    assert_eq!(cards(&api), 2);
    let id = ids.iter().next().unwrap();
    assert_eq!(
        events(&api).iter().filter(|event| event.to_string().contains(&format!("\"{id}\""))).count(),
        1
    );
}

#[test]
fn an_update_that_is_repeated_happens_once() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, VISA, &json!({}));
    let path = format!("/card/v4/VISA_VIRTUAL/{id}");
    let first = send(&api, "PATCH", &path, "block", &json!({ "status": "CARD_BLOCKED" })).expect(200);
    api.patch(&path, &json!({ "status": "CARD_OK" })).id(200);
    let journal = events(&api).len();
    let again = send(&api, "PATCH", &path, "block", &json!({ "status": "CARD_BLOCKED" })).expect(200);
    assert_eq!(again.body, first.body);
    assert_members(&card(&api, &id), &json!({ "status": "CARD_OK" }));
    assert_eq!(events(&api).len(), journal);
}

#[test]
fn a_refusal_is_not_remembered() {
    let server = Server::sandbox();
    let api = server.client();
    send(&api, "POST", VISA, "key", &json!({ "segment": "NONE" })).refuses("segment");
    send(&api, "POST", VISA, "key", &json!({ "productCode": "NO_SUCH_ONE" })).refuses("productCode");
    let id = send(&api, "POST", VISA, "key", &json!({ "segment": "SEGMENT_A" })).id(201);
    assert_eq!(send(&api, "POST", VISA, "key", &json!({ "segment": "SEGMENT_A" })).id(201), id);
}

#[test]
fn a_key_is_forgotten_after_a_day() {
    let server = Server::sandbox();
    let api = server.client();
    let id = send(&api, "POST", VISA, "key", &json!({})).id(201);
    advance(&api, &json!({ "seconds": 86_000 }));
    assert_eq!(send(&api, "POST", VISA, "key", &json!({})).id(201), id);
    advance(&api, &json!({ "seconds": 86_400 }));
    assert_ne!(send(&api, "POST", VISA, "key", &json!({})).id(201), id);
}

#[test]
fn keys_have_1_to_64_printable_characters() {
    let server = Server::sandbox();
    let api = server.client();
    for key in ["", "a b", "a\tb", "ä", &"x".repeat(65)] {
        send(&api, "POST", VISA, key, &json!({})).refuses("x-idempotency-key");
    }
    send(&api, "POST", VISA, &"x".repeat(64), &json!({})).id(201);
}

#[test]
fn a_look_up_answers_each_time_anew() {
    let server = Server::sandbox();
    let api = server.client();
    let numbers =
        [1, 2].map(|serial| json!({ "encryptedData": encrypt(&api, &card_number("411111", serial)) }));
    let cards = numbers.clone().map(|number| issue(&api, VISA, &number));
    for (number, card) in numbers.iter().zip(cards) {
        let found = send(&api, "POST", &audited("/card/v4/card/cardnumber"), "one-key", number);
        assert_eq!(found.expect(200).json()["id"], json!(card));
    }
}

#[test]
fn the_clock_moves_once_for_one_key() {
    let server = Server::sandbox();
    let api = server.client();
    let move_on = || {
        let body = json!({ "seconds": 86_400 });
        send(&api, "POST", "/sandbox/v1/clock/advance", "a-day", &body).expect(200)
    };
    advance(&api, &json!({ "to": "2040-01-01T12:00:00Z" }));
    move_on();
    let then = now(&api);
    move_on();
    assert_eq!(then[..10], now(&api)[..10]);
}
