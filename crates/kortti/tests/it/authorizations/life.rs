use serde_json::{Value, json};

use super::{AUTHORIZE, Shop, assert_declined, but, check, euros, outcome, with_message_id};
use crate::support::{advance, card, events};

fn used(shop: &Shop) -> Value {
    let limits = card(&shop.api, &shop.card)["usageLimits"].clone();
    let monthly =
        limits.as_array().unwrap().iter().find(|period| period["code"] == "MONTHLY").unwrap().clone();
    let all = &monthly["values"][0];
    json!([all["usedAmount"], all["usedCount"]])
}

/// A shop whose card counts its uses.
fn counting() -> Shop {
    let shop = Shop::new();
    shop.set_limit("MONTHLY", &json!({ "code": "ALL", "sumAmount": 500, "singleAmount": 300 }));
    shop
}

fn amount(value: f64) -> Value {
    json!({ "amount": euros(value) })
}

#[test]
fn an_increment_adds_to_the_amount_and_not_to_the_count() {
    let shop = counting();
    let id = shop.buy(100.0);
    let decision = shop.follow(&id, "increments", &amount(50.0));
    assert_eq!(outcome(&decision), json!([true, "00", "APPROVED"]));
    assert_eq!(decision["authorizationId"], id.as_str());
    assert_ne!(decision["transactionId"], id.as_str());
    assert_eq!(used(&shop), json!([150, 1]));
    assert_eq!(shop.funds(), json!([1000, 850]));
    let decision = shop.follow(&id, "increments", &amount(150.01));
    assert_declined(&decision, "61", "SINGLE_AMOUNT_EXCEEDED");
    let facts = &check(&decision, "CARD_LIMIT")["facts"];
    assert_eq!(
        json!([facts["thisAmount"], facts["thisCount"], facts["totalAmount"]]),
        json!([150.01, 0, 300.01])
    );
    let read = shop.read(&id);
    assert_eq!(
        json!([read["status"], read["approvedAmount"], read["heldAmount"]]),
        json!(["OPEN", 150, 150])
    );
    let kinds: Vec<&str> =
        read["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["AUTHORIZATION", "INCREMENT", "INCREMENT"]);
}

#[test]
fn a_long_authorisation_is_read_in_parts() {
    let shop = Shop::new();
    let id = shop.buy(1.0);
    let mut sent = vec![id.clone()];
    for _ in 0..4 {
        let decision = shop.follow(&id, "increments", &json!({ "amount": euros(1.0) }));
        sent.push(decision["transactionId"].as_str().unwrap().to_owned());
    }
    let part = |query: &str| {
        let read = shop.api.get(&format!("{AUTHORIZE}/{id}?{query}")).expect(200).json();
        assert_eq!(json!([read["authorizationId"], read["heldAmount"]]), json!([id, 5]));
        let ids = read["events"].as_array().unwrap().iter().map(|event| event["transactionId"].clone());
        (ids.collect::<Vec<_>>(), read["earlier"].clone())
    };
    assert_eq!(part("limit=2"), (vec![json!(sent[3]), json!(sent[4])], json!(sent[3])));
    assert_eq!(
        part(&format!("limit=2&before={}", sent[3])),
        (vec![json!(sent[1]), json!(sent[2])], json!(sent[1]))
    );
    assert_eq!(part(&format!("limit=2&before={}", sent[1])), (vec![json!(id)], Value::Null));
    assert_eq!(part("limit=5"), (sent.iter().map(|id| json!(id)).collect(), Value::Null));
    let other = shop.buy(1.0);
    for before in [&id, &other, "0", "x"] {
        shop.api.get(&format!("{AUTHORIZE}/{id}?before={before}")).refuses("before");
    }
    shop.api.get(&format!("{AUTHORIZE}/{id}?limit=1001")).refuses("limit");
}

#[test]
fn a_full_reversal_gives_amount_and_count_back() {
    let shop = counting();
    let id = shop.buy(100.0);
    let reversal = shop.follow(&id, "reversals", &json!({}));
    assert_eq!(
        json!([
            reversal["reason"],
            reversal["reversedAmount"],
            reversal["responseCode"],
            reversal["authorizationId"]
        ]),
        json!(["REVERSED", 100, "00", id])
    );
    assert_eq!(used(&shop), json!([0, 0]));
    assert_eq!(shop.funds(), json!([1000, 1000]));
    let read = shop.read(&id);
    assert_eq!(
        json!([read["status"], read["heldAmount"], read["reversedAmount"]]),
        json!(["REVERSED", 0, 100])
    );
    let again = shop.follow(&id, "reversals", &json!({}));
    assert_eq!(json!([again["reason"], again["reversedAmount"]]), json!(["NOTHING_TO_REVERSE", 0]));
    let increment = shop.follow(&id, "increments", &amount(1.0));
    assert_declined(&increment, "12", "AUTHORIZATION_ENDED");
    assert_eq!(shop.funds(), json!([1000, 1000]));
}

#[test]
fn the_merchant_s_amount_is_shown_of_what_gives_all_of_it_back() {
    let shop = Shop::new();
    let dollars = |billed: f64| {
        let request =
            but(shop.purchase(0.0), "transactionAmount", json!({ "amount": 1200, "currency": "USD" }));
        but(but(request, "billingAmount", euros(billed)), "partialApprovalCapable", true.into())
    };
    for (billed, given_back, shown) in [(1100.0, 1000, Value::Null), (990.0, 990, json!(1200))] {
        let id = shop.ask(&dollars(billed))["authorizationId"].as_str().unwrap().to_owned();
        let reversal = shop.follow(&id, "reversals", &json!({}));
        let path = format!("/transaction/v3/{}", reversal["transactionId"].as_str().unwrap());
        let read = shop.api.get(&path).expect(200).json();
        let amounts = ["settlementAmount", "transactionAmount"].map(|amount| read[amount]["amount"].clone());
        assert_eq!(amounts, [json!(given_back), shown]);
    }
}

#[test]
fn a_partial_reversal_gives_the_difference_back() {
    let shop = counting();
    let id = shop.buy(100.0);
    let reversal = shop.follow(&id, "reversals", &amount(30.0));
    assert_eq!(json!([reversal["reason"], reversal["reversedAmount"]]), json!(["REVERSED", 30]));
    assert_eq!(used(&shop), json!([70, 1]));
    assert_eq!(shop.read(&id)["status"], "OPEN");
    let rest = shop.follow(&id, "reversals", &amount(500.0));
    assert_eq!(rest["reversedAmount"], 70);
    assert_eq!(used(&shop), json!([0, 0]));
    assert_eq!(shop.read(&id)["status"], "REVERSED");
}

#[test]
fn a_hold_is_released_after_seven_days_and_a_late_reversal_finds_nothing() {
    let shop = counting();
    let id = shop.buy(100.0);
    let read = shop.read(&id);
    advance(&shop.api, &json!({ "to": read["expiresAt"] }));
    let read = shop.read(&id);
    assert_eq!(json!([read["status"], read["heldAmount"]]), json!(["EXPIRED", 0]));
    assert_eq!(read["events"][1]["type"], "HOLD_EXPIRED");
    assert_eq!(read["events"][1]["amount"], 100);
    assert_eq!(shop.funds(), json!([1000, 1000]));
    let late = shop.follow(&id, "reversals", &json!({}));
    assert_eq!(json!([late["reason"], late["reversedAmount"]]), json!(["NOTHING_TO_REVERSE", 0]));
}

#[test]
fn a_message_is_reversed_by_those_who_know_nothing_else() {
    let shop = counting();
    let mut request = shop.purchase(100.0);
    request["messageId"] = "original-1".into();
    let decision = shop.ask(&request);
    let reversal = |amount: Value| {
        let mut body = with_message_id(json!({ "originalMessageId": "original-1" }));
        if !amount.is_null() {
            body["amount"] = amount;
        }
        shop.api.post("/kortti/v1/reversals", &body).expect(200).json()
    };
    let part = reversal(euros(40.0));
    assert_eq!(json!([part["reason"], part["reversedAmount"]]), json!(["REVERSED", 40]));
    assert_eq!(part["authorizationId"], decision["authorizationId"]);
    assert_eq!(reversal(Value::Null)["reversedAmount"], 60);
    assert_eq!(reversal(Value::Null)["reason"], "NOTHING_TO_REVERSE");
    assert_eq!(shop.funds(), json!([1000, 1000]));
}

#[test]
fn the_feed_says_which_reversals_came_first() {
    let shop = Shop::new();
    let reverse = |original: &str| {
        let body = with_message_id(json!({ "originalMessageId": original }));
        shop.api.post("/kortti/v1/reversals", &body).expect(200);
        let event = events(&shop.api).pop().unwrap();
        let changes = event["changes"].as_array().unwrap();
        changes.iter().find(|change| change["field"] == "cameFirst").unwrap()["after"].clone()
    };
    shop.ask(&but(shop.purchase(10.0), "messageId", "original-1".into()));
    assert_eq!([reverse("original-1"), reverse("original-1"), reverse("original-2")], [false, false, true]);
}

#[test]
fn a_message_is_reversed_as_long_as_it_holds_money() {
    let shop = counting();
    let mut request = shop.purchase(100.0);
    request["messageId"] = "original-1".into();
    let decision = shop.api.post(AUTHORIZE, &request).expect(200).body;
    advance(&shop.api, &json!({ "seconds": 6 * 86_400 }));
    assert_eq!(shop.api.post(AUTHORIZE, &request).expect(200).body, decision);
    let body = with_message_id(json!({ "originalMessageId": "original-1" }));
    let reversal = shop.api.post("/kortti/v1/reversals", &body).expect(200).json();
    assert_eq!(json!([reversal["reason"], reversal["reversedAmount"]]), json!(["REVERSED", 100]));
    assert_eq!(shop.funds(), json!([1000, 1000]));
}

#[test]
fn a_reversal_that_comes_first_declines_its_original() {
    let shop = counting();
    let body = json!({ "messageId": "reversal-1", "originalMessageId": "original-1" });
    let noted = shop.api.post("/kortti/v1/reversals", &body).expect(200);
    let answer = noted.json();
    assert_eq!(
        json!([
            answer["reason"],
            answer["authorizationId"],
            answer["reversedAmount"],
            answer["responseCode"]
        ]),
        json!(["REVERSAL_NOTED", null, null, "00"])
    );
    let mut request = shop.purchase(100.0);
    request["messageId"] = "original-1".into();
    let decision = shop.ask(&request);
    assert_declined(&decision, "12", "REVERSED_BEFORE");
    assert_eq!(shop.funds(), json!([1000, 1000]));
    assert_eq!(used(&shop), json!([0, 0]));
    assert_eq!(shop.api.post("/kortti/v1/reversals", &body).expect(200).body, noted.body);
}

#[test]
fn a_reversal_that_comes_first_stops_whatever_its_message_asks() {
    let shop = counting();
    let id = shop.buy(100.0);
    let of_card = |what: &str| format!("/kortti/v1/cards/{}/{what}", shop.card);
    let of_hold = |what: &str| format!("{AUTHORIZE}/{id}/{what}");
    let money = json!({ "transactionAmount": euros(20.0) });
    for (path, body) in [
        (of_hold("increments"), amount(20.0)),
        (of_hold("clearings"), money.clone()),
        (of_card("clearings"), money.clone()),
        (of_card("refunds"), money),
    ] {
        let message = with_message_id(body);
        let early = json!({ "originalMessageId": message["messageId"] });
        let noted = shop.api.post("/kortti/v1/reversals", &with_message_id(early)).expect(200).json();
        assert_eq!(noted["reason"], "REVERSAL_NOTED", "{path}");
        let answer = shop.api.post(&path, &message).expect(200).json();
        assert_eq!(
            json!([answer["responseCode"], answer["reason"]]),
            json!(["12", "REVERSED_BEFORE"]),
            "{path}"
        );
    }
    assert_eq!(shop.funds(), json!([1000, 900]));
    assert_eq!(used(&shop), json!([100, 1]));
    assert_eq!(shop.read(&id)["heldAmount"], 100);
}

#[test]
fn a_part_of_what_has_not_come_cannot_be_reversed() {
    let shop = counting();
    let mut request = shop.purchase(100.0);
    request["messageId"] = "original-1".into();
    let body = json!({ "messageId": "reversal-1", "originalMessageId": "original-1", "amount": euros(30.0) });
    let problem = shop.api.post("/kortti/v1/reversals", &body).problem(404);
    assert_eq!(problem["errorCode"], "AUTH-0006");
    assert!(problem["message"].as_str().unwrap().starts_with("originalMessageId"), "{problem}");
    assert_eq!(outcome(&shop.ask(&request)), json!([true, "00", "APPROVED"]));
    let reversal = shop.api.post("/kortti/v1/reversals", &body).expect(200).json();
    assert_eq!(json!([reversal["reason"], reversal["reversedAmount"]]), json!(["REVERSED", 30]));
    assert_eq!(used(&shop), json!([70, 1]));
}

#[test]
fn what_follows_on_nothing_is_not_found() {
    let shop = Shop::new();
    let money = euros(1.0);
    for (what, body) in [
        ("increments", json!({ "amount": money })),
        ("reversals", json!({})),
        ("clearings", json!({ "transactionAmount": money })),
    ] {
        let path = format!("{AUTHORIZE}/424242/{what}");
        let problem = shop.api.post(&path, &with_message_id(body)).problem(404);
        assert_eq!(problem["errorCode"], "AUTH-0001");
    }
    shop.api.get(&format!("{AUTHORIZE}/424242")).problem(404);
    // The entry that issued the card is no authorisation.
    shop.api.get(&format!("{AUTHORIZE}/1")).problem(404);
}

#[test]
fn another_institution_finds_nothing() {
    let shop = Shop::new();
    let id = shop.buy(10.0);
    let other = shop.server.new_client("other", "all", "2");
    other.get(&format!("{AUTHORIZE}/{id}")).problem(404);
    let reversal = with_message_id(json!({}));
    other.post(&format!("{AUTHORIZE}/{id}/reversals"), &reversal).problem(404);
    let refund = with_message_id(json!({ "transactionAmount": euros(1.0) }));
    other.post(&format!("/kortti/v1/cards/{}/refunds", shop.card), &refund).problem(404);
    let decision = super::decide(&other, &shop.purchase(1.0));
    assert_eq!(outcome(&decision), json!([false, "14", "CARD_UNKNOWN"]));
    let foreign = decision["authorizationId"].as_str().unwrap();
    shop.api.get(&format!("{AUTHORIZE}/{foreign}")).problem(404);
    assert_eq!(shop.funds(), json!([1000, 990]));
}
