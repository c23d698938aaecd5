use std::thread;

use serde_json::{Value, json};

use super::{AUTHORIZE, Shop, but, euros};
use crate::support::{card_number, encrypt, events, issue};

fn named(request: Value, id: &str) -> Value {
    but(request, "messageId", id.into())
}

#[test]
fn the_same_message_gets_the_same_bytes_also_after_a_restart() {
    let shop = Shop::new();
    let request = named(shop.purchase(10.0), "twice");
    let first = shop.api.post(AUTHORIZE, &request).expect(200).body;
    shop.buy(500.0);
    shop.set_limit("24H", &json!({ "code": "ALL", "count": 1 }));
    let entries = events(&shop.api).len();
    assert_eq!(shop.api.post(AUTHORIZE, &request).expect(200).body, first);
    assert_eq!(events(&shop.api).len(), entries);
    let place = shop.server.place.clone();
    shop.server.kill();
    let server = place.serve();
    let api = server.client();
    assert_eq!(api.post(AUTHORIZE, &request).expect(200).body, first);
    assert_eq!(events(&api).len(), entries);
    // A header that says otherwise changes nothing.
    let target = format!("{AUTHORIZE}?auditUser=me");
    let reply = api.send_json("POST", &target, &[("x-idempotency-key", "k")], &request).expect(200);
    assert_eq!(reply.body, first);
    server.stop();
    place.assert_verifies();
}

#[test]
fn many_copies_at_once_are_one_message() {
    let shop = Shop::new();
    let entries = events(&shop.api).len();
    let request = named(shop.purchase(10.0), "many");
    let ask = || shop.api.post(AUTHORIZE, &request).expect(200).body;
    let answers: Vec<Vec<u8>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(events(&shop.api).len(), entries + 1);
    assert_eq!(shop.funds(), json!([1000, 990]));
}

#[test]
fn another_body_under_the_same_id_is_refused_whatever_it_asks() {
    let shop = Shop::new();
    let first = shop.api.post(AUTHORIZE, &named(shop.purchase(10.0), "taken")).expect(200).json();
    let id = first["authorizationId"].as_str().unwrap();
    let entries = events(&shop.api).len();
    let merchant = json!({ "id": "M-2", "country": "FIN", "mcc": "5411" });
    let path = |what: &str| format!("{AUTHORIZE}/{id}/{what}");
    let others = [
        (AUTHORIZE.to_owned(), shop.purchase(10.01)),
        (AUTHORIZE.to_owned(), but(shop.purchase(10.0), "merchant", merchant)),
        (AUTHORIZE.to_owned(), but(shop.purchase(10.0), "partialApprovalCapable", true.into())),
        (AUTHORIZE.to_owned(), but(shop.purchase(10.0), "cardEntryMode", "CONTACTLESS".into())),
        (path("increments"), json!({ "amount": euros(1.0) })),
        (path("reversals"), json!({})),
        (path("clearings"), json!({ "transactionAmount": euros(1.0) })),
        ("/kortti/v1/reversals".to_owned(), json!({ "originalMessageId": "taken" })),
        (format!("/kortti/v1/cards/{}/refunds", shop.card), json!({ "transactionAmount": euros(1.0) })),
    ];
    for (path, body) in others {
        let problem = shop.api.post(&path, &named(body.clone(), "taken")).problem(409);
        assert_eq!(problem["errorCode"], "AUTH-0002", "{path} {body}");
    }
    assert_eq!(events(&shop.api).len(), entries);
    assert_eq!(shop.funds(), json!([1000, 990]));
}

#[test]
fn institutions_may_use_the_same_ids() {
    let shop = Shop::new();
    let request = named(shop.purchase(10.0), "shared");
    shop.api.post(AUTHORIZE, &request).expect(200);
    let other = shop.server.new_client("other", "all", "2");
    let decision = other.post(AUTHORIZE, &request).expect(200).json();
    assert_eq!(decision["responseCode"], "14");
}

#[test]
fn whether_a_message_is_the_same_is_not_a_matter_of_which_cards_there_are() {
    let shop = Shop::new();
    let [number, other] = [3, 4].map(|serial| card_number("411111", serial));
    let by = |number: &str, id: &str| {
        let request = but(named(shop.purchase(1.0), id), "cardId", Value::Null);
        but(request, "encryptedData", encrypt(&shop.api, number).into())
    };
    let first = shop.api.post(AUTHORIZE, &by(&number, "m1")).expect(200);
    assert_eq!(first.json()["reason"], "CARD_UNKNOWN");
    assert_eq!(shop.api.post(AUTHORIZE, &by(&number, "m1")).expect(200).body, first.body);
    // Another number of nobody is another message.
    assert_eq!(shop.api.post(AUTHORIZE, &by(&other, "m1")).problem(409)["errorCode"], "AUTH-0002");
    // So is a card of nobody.
    let id = named(but(shop.purchase(1.0), "cardId", "424242".into()), "m1");
    assert_eq!(shop.api.post(AUTHORIZE, &id).problem(409)["errorCode"], "AUTH-0002");
    let entries = events(&shop.api).len();
    let card =
        issue(&shop.api, crate::support::VISA, &json!({ "encryptedData": encrypt(&shop.api, &number) }));
    assert_eq!(shop.api.post(AUTHORIZE, &by(&number, "m1")).expect(200).body, first.body);
    let id = named(but(shop.purchase(1.0), "cardId", card.into()), "m1");
    assert_eq!(shop.api.post(AUTHORIZE, &id).problem(409)["errorCode"], "AUTH-0002");
    assert_eq!(events(&shop.api).len(), entries + 1);
    assert_eq!(shop.api.post(AUTHORIZE, &by(&number, "m2")).expect(200).json()["approved"], true);
    let place = shop.server.place.clone();
    shop.server.stop();
    place.assert_verifies();
}

#[test]
fn what_follows_is_repeated_with_the_same_bytes_too() {
    let shop = Shop::new();
    let id = shop.buy(100.0);
    let path = |what: &str| format!("{AUTHORIZE}/{id}/{what}");
    let messages = [
        (path("increments"), json!({ "amount": euros(10.0) })),
        (path("reversals"), json!({ "amount": euros(5.0) })),
        (path("clearings"), json!({ "transactionAmount": euros(50.0), "final": false })),
        (path("reversals"), json!({})),
        (format!("/kortti/v1/cards/{}/clearings", shop.card), json!({ "transactionAmount": euros(7.0) })),
        (format!("/kortti/v1/cards/{}/refunds", shop.card), json!({ "transactionAmount": euros(3.0) })),
    ];
    let send = |(number, (path, body)): (usize, &(String, Value))| {
        shop.api.post(path, &named(body.clone(), &format!("f-{number}"))).expect(200).body
    };
    let first: Vec<_> = messages.iter().enumerate().map(send).collect();
    let funds = shop.funds();
    let again: Vec<_> = messages.iter().enumerate().map(send).collect();
    assert_eq!(first, again);
    assert_eq!(shop.funds(), funds);
    assert_eq!(funds, json!([946, 946]));
}

#[test]
fn an_explanation_survives_a_restart() {
    let shop = Shop::new();
    shop.set_limit("24H", &json!({ "code": "RETAIL", "sumAmount": 400 }));
    let id = shop.buy(100.0);
    shop.follow(&id, "increments", &json!({ "amount": euros(20.0) }));
    shop.follow(&id, "clearings", &json!({ "transactionAmount": euros(110.0) }));
    let declined = shop.ask(&shop.purchase(300.0))["authorizationId"].as_str().unwrap().to_owned();
    let path = |id: &str| format!("{AUTHORIZE}/{id}");
    let before = [&id, &declined].map(|id| shop.api.get(&path(id)).expect(200).body);
    let place = shop.server.place.clone();
    shop.server.kill();
    let server = place.serve();
    let api = server.client();
    assert_eq!([&id, &declined].map(|id| api.get(&path(id)).expect(200).body), before);
}

#[test]
fn neither_card_number_nor_secrets_are_kept_or_answered() {
    let shop = Shop::new();
    let number = card_number("411111", 99);
    let body = json!({ "encryptedData": encrypt(&shop.api, &number) });
    issue(&shop.api, "/card/v4/VISA_CARD/customer/1001/account/2001/MAIN", &body);
    let mut request = but(shop.purchase(1.0), "cardId", Value::Null);
    request["encryptedData"] = encrypt(&shop.api, &number).into();
    request["cvv2"] = "739".into();
    request["pinBlock"] = "0412AC89ABCDEF67".into();
    request["emv"] = "9F2608A1B2C3D4E5F60718".into();
    let decision = shop.ask(&request);
    assert_eq!(decision["approved"], true);
    let id = decision["authorizationId"].as_str().unwrap();
    let shown =
        [decision.to_string(), shop.read(id).to_string(), json!(events(&shop.api)).to_string()].concat();
    let place = shop.server.place.clone();
    shop.server.stop();
    let secrets = [number.as_str(), "0412AC89ABCDEF67", "9F2608A1B2C3D4E5F60718"];
    let mut kept = place.kept();
    kept.push((place.log(), std::fs::read(place.log()).unwrap()));
    for secret in secrets {
        assert!(!shown.contains(secret));
        for (path, content) in &kept {
            let found = content.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", path.display());
        }
    }
}
