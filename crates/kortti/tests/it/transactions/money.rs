use serde_json::{Value, json};

use super::Wallet;
use crate::{
    http::audited,
    support::{Server, advance, assert_members, events},
};

#[test]
fn money_goes_the_way_of_the_worked_example() {
    let server = Server::sandbox();
    let wallet = Wallet::new(&server);
    wallet.assert_funds(0, 0);
    wallet.load(100);
    wallet.assert_funds(100, 100);
    let authorisation = wallet.authorise("RETAIL", 10, &json!({}));
    wallet.assert_funds(100, 90);
    let code = wallet.transaction(&authorisation)["authorizationCode"].clone();
    let clearing = wallet.clear("RETAIL", 10, &json!({ "authCode": code }));
    wallet.assert_funds(90, 90);
    let link: i64 = authorisation.parse().unwrap();
    assert_members(
        &wallet.transaction(&clearing),
        &json!({ "linkId": link, "postingStatus": "POSTED", "authorizationCode": code }),
    );
    assert_members(
        &wallet.transaction(&authorisation),
        &json!({ "linkId": link, "postingStatus": "CLOSED" }),
    );
    wallet.clear("ATM", 20, &json!({}));
    wallet.assert_funds(70, 70);
    let place = server.place.clone();
    server.stop();
    place.assert_verifies();
}

#[test]
fn each_type_moves_money_its_own_way() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 1000);
    let mut balance = 1000;
    let kinds = [
        ("DP", true),
        ("T0", true),
        ("K1", true),
        ("TA", false),
        ("R1", false),
        ("A1", false),
        ("C1", false),
        ("U1", false),
    ];
    for (kind, is_credit) in kinds {
        for path in [format!("card/{}", wallet.card), format!("account/{}", wallet.account)] {
            let on_card = path.starts_with("card");
            let body = json!({ "type": kind, "amount": 10, "currency": "EUR", "text": "Moved" });
            let id = wallet.api.post(&format!("/transaction/v3/{path}"), &body).id(201);
            balance = if is_credit { balance + 10 } else { balance - 10 };
            wallet.assert_funds(balance, balance);
            let found = wallet.transaction(&id);
            let card = if on_card { json!(wallet.card) } else { Value::Null };
            let amount = json!({ "amount": 10, "currency": "EUR" });
            assert_members(
                &found,
                &json!({
                    "cardId": card, "accountId": wallet.account, "postingStatus": "POSTED", "responseCode": "0",
                    "text": "Moved", "settlementAmount": amount, "transactionAmount": amount, "merchant": null,
                    "/transactionType/code": kind, "/transactionType/messageCategory": "FINANCIAL",
                    "feeAmount": null, "authorizationCode": null,
                }),
            );
        }
    }
}

#[test]
fn fees_are_charged_even_where_there_is_nothing() {
    let server = Server::sandbox();
    let wallet = Wallet::new(&server);
    let body = json!({ "type": "CARD_FEE", "amount": 2.5, "currency": "EUR" });
    let on_card = wallet.api.post(&format!("/transaction/v3/card/{}/fee", wallet.card), &body).id(201);
    wallet.api.post(&format!("/transaction/v3/account/{}/fee", wallet.account), &body).id(201);
    assert_eq!(wallet.funds(), [json!(-5), json!(-5)]);
    assert_members(
        &wallet.transaction(&on_card),
        &json!({
            "postingStatus": "POSTED", "cardId": wallet.card, "/feeAmount/amount": 2.5, "/feeAmount/currency": "EUR",
            "/transactionType/code": "CARD_FEE", "/transactionType/messageCategory": "FEE",
        }),
    );
}

#[test]
fn a_key_that_comes_again_posts_once() {
    let server = Server::sandbox();
    let wallet = Wallet::new(&server);
    let targets = [
        (
            format!("/transaction/v3/card/{}", wallet.card),
            json!({ "type": "DP", "amount": 10, "currency": "EUR" }),
        ),
        (
            format!("/transaction/v3/account/{}", wallet.account),
            json!({ "type": "DP", "amount": 10, "currency": "EUR" }),
        ),
        (
            format!("/transaction/v3/card/{}/fee", wallet.card),
            json!({ "type": "F", "amount": 1, "currency": "EUR" }),
        ),
        (
            format!("/transaction/test-api/authorization/card/{}", wallet.card),
            super::simulated("RETAIL", 5, &json!({})),
        ),
        (format!("/transaction/test-api/card/{}", wallet.card), super::simulated("RETAIL", 5, &json!({}))),
    ];
    for (path, body) in targets {
        let send = || wallet.api.send_json("POST", &audited(&path), &[("x-idempotency-key", "once")], &body);
        let first = send().expect(201);
        let journal = events(&wallet.api).len();
        assert_eq!(send().expect(201).body, first.body, "{path}");
        assert_eq!(events(&wallet.api).len(), journal, "{path}");
    }
    wallet.assert_funds(14, 9);
}

#[test]
fn another_currency_than_the_account_s_is_refused() {
    let server = Server::sandbox();
    let wallet = Wallet::new(&server);
    for path in [format!("card/{}", wallet.card), format!("account/{}", wallet.account)] {
        let post = |rest: &str, kind: &str| {
            let body = json!({ "type": kind, "amount": 10, "currency": "USD" });
            wallet.api.post(&format!("/transaction/v3/{path}{rest}"), &body)
        };
        for reply in [post("", "DP"), post("/fee", "F")] {
            reply.refuses("currency");
            assert_eq!(reply.json()["errorCode"], "AUTH-0004");
        }
    }
    wallet.assert_funds(0, 0);
}

#[test]
fn a_hold_ends_after_a_week() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 100);
    let id = wallet.authorise("RETAIL", 30, &json!({}));
    assert_members(&wallet.transaction(&id), &json!({ "postingStatus": "PENDING" }));
    wallet.assert_funds(100, 70);
    advance(&wallet.api, &json!({ "seconds": 7 * 86_400 - 60 }));
    assert_members(&wallet.transaction(&id), &json!({ "postingStatus": "PENDING" }));
    advance(&wallet.api, &json!({ "seconds": 120 }));
    assert_members(&wallet.transaction(&id), &json!({ "postingStatus": "CLOSED" }));
    wallet.assert_funds(100, 100);
    let list = wallet.api.get(&format!("/transaction/v3/card/{}", wallet.card)).expect(200).json();
    let link: i64 = id.parse().unwrap();
    assert_members(
        &list[0],
        &json!({
            "linkId": link, "postingStatus": "CLOSED", "/transactionType/authorizationType": "EXPIRY",
            "/transactionType/code": "R1", "/merchant/name": "Corner shop", "/settlementAmount/amount": 30,
            "/transactionAmount/amount": 30, "transactionConditionCode": "READ_CHIP",
        }),
    );
}
