use serde_json::{Value, json};

use super::{AUTHORIZE, Shop, but, check, euros, with_message_id};
use crate::support::{advance, card, events};

fn clearing(amount: f64) -> Value {
    json!({ "transactionAmount": euros(amount) })
}

fn part(amount: f64) -> Value {
    json!({ "transactionAmount": euros(amount), "final": false })
}

/// `[posted, reason, amount]`
fn result(posting: &Value) -> Value {
    json!([posting["posted"], posting["reason"], posting["amount"]])
}

/// `[status, held, cleared]`
fn standing(shop: &Shop, id: &str) -> Value {
    let read = shop.read(id);
    json!([read["status"], read["heldAmount"], read["clearedAmount"]])
}

#[test]
fn a_clearing_posts_what_was_authorised() {
    let shop = Shop::new();
    let id = shop.buy(100.0);
    let posting = shop.follow(&id, "clearings", &clearing(100.0));
    assert_eq!(result(&posting), json!([true, "POSTED", 100]));
    assert_eq!(json!([posting["authorizationId"], posting["responseCode"]]), json!([id, "00"]));
    assert_eq!(standing(&shop, &id), json!(["CLEARED", 0, 100]));
    assert_eq!(shop.funds(), json!([900, 900]));
    let postings = shop.read(&id)["events"][1]["postings"].clone();
    let sum: f64 =
        postings.as_array().unwrap().iter().map(|posting| posting["amount"].as_f64().unwrap()).sum();
    assert!(sum.abs() < f64::EPSILON, "{postings}");
}

/// What the compatible API and the feed of events say that the newest transaction was.
fn newest(shop: &Shop) -> Value {
    let event = events(&shop.api).pop().unwrap();
    let changes = event["changes"].as_array().unwrap();
    let kind = changes.iter().find(|change| change["field"] == "transactionType").unwrap();
    let read = shop.api.get(&format!("/transaction/v3/{}", event["sequence"])).expect(200).json();
    json!([read["transactionType"]["code"], read["transactionType"]["name"], kind["after"]])
}

#[test]
fn a_clearing_is_of_the_type_of_its_authorisation() {
    let shop = Shop::new();
    let authorised = |kind: &str, amount: f64| {
        let decision = shop.ask(&but(shop.purchase(amount), "transactionType", kind.into()));
        decision["authorizationId"].as_str().unwrap().to_owned()
    };
    shop.follow(&authorised("RETAIL", 1.0), "clearings", &clearing(1.0));
    assert_eq!(newest(&shop), json!(["R1-P", "Retail", "RETAIL"]));
    let cash = authorised("ATM", 50.0);
    let path = format!("{AUTHORIZE}/{cash}/clearings");
    let message = with_message_id(clearing(50.0));
    let first = shop.api.post(&path, &message).expect(200).body;
    assert_eq!(newest(&shop), json!(["A1-P", "ATM", "ATM"]));
    assert_eq!(shop.api.post(&path, &message).expect(200).body, first);
    let credit = authorised("CREDIT", 30.0);
    shop.follow(&credit, "clearings", &clearing(30.0));
    assert_eq!(newest(&shop), json!(["K1-P", "Credit", "CREDIT"]));
    assert_eq!(standing(&shop, &credit), json!(["CLEARED", 0, 30]));
    let read = shop.read(&credit);
    assert_eq!([&read["approvedAmount"], &read["expiresAt"]], [&json!(30), &Value::Null]);
    assert_eq!(shop.funds(), json!([979, 979]));
    // Money for the holder is no debt, also where it had been declined.
    shop.patch(&json!({ "status": "CARD_BLOCKED" }));
    let posting = shop.follow(&authorised("CREDIT", 5.0), "clearings", &clearing(5.0));
    assert_eq!(result(&posting), json!([true, "POSTED_AFTER_DECLINE", 5]));
    assert_eq!(newest(&shop), json!(["K1-P", "Credit", "CREDIT"]));
    assert_eq!(shop.funds(), json!([984, 984]));
    let place = shop.server.place.clone();
    shop.server.stop();
    place.assert_verifies();
}

#[test]
fn a_lower_one_releases_the_rest_and_a_higher_one_is_flagged() {
    let shop = Shop::new();
    let lower = shop.buy(100.0);
    assert_eq!(result(&shop.follow(&lower, "clearings", &clearing(60.0))), json!([true, "POSTED_BELOW", 60]));
    assert_eq!(shop.funds(), json!([940, 940]));
    let higher = shop.buy(100.0);
    let posting = shop.follow(&higher, "clearings", &clearing(101.0));
    assert_eq!(result(&posting), json!([true, "POSTED_ABOVE_TOLERANCE", 101]));
    let mut request = shop.purchase(100.0);
    request["merchant"]["mcc"] = "5812".into();
    let meal = shop.ask(&request)["authorizationId"].as_str().unwrap().to_owned();
    assert_eq!(
        result(&shop.follow(&meal, "clearings", &clearing(120.0))),
        json!([true, "POSTED_ABOVE", 120])
    );
    assert_eq!(shop.funds(), json!([719, 719]));
}

#[test]
fn an_authorisation_is_cleared_in_parts() {
    let shop = Shop::new();
    let id = shop.buy(100.0);
    assert_eq!(result(&shop.follow(&id, "clearings", &part(30.0))), json!([true, "POSTED", 30]));
    assert_eq!(standing(&shop, &id), json!(["OPEN", 70, 30]));
    shop.follow(&id, "clearings", &part(20.0));
    assert_eq!(result(&shop.follow(&id, "clearings", &clearing(50.0))), json!([true, "POSTED", 50]));
    assert_eq!(standing(&shop, &id), json!(["CLEARED", 0, 100]));
    let again = shop.follow(&id, "clearings", &clearing(100.0));
    assert_eq!(result(&again), json!([true, "POSTED_AFTER_CLEARING", 100]));
    assert_eq!(shop.funds(), json!([800, 800]));
}

#[test]
fn what_is_owed_is_posted_after_expiry_reversal_and_decline() {
    let shop = Shop::new();
    let (expired, reversed) = (shop.buy(10.0), shop.buy(20.0));
    let declined = shop.ask(&shop.purchase(5000.0))["authorizationId"].as_str().unwrap().to_owned();
    shop.follow(&reversed, "reversals", &json!({}));
    advance(&shop.api, &json!({ "seconds": 8 * 86_400 }));
    let clear = |id: &str, amount: f64| result(&shop.follow(id, "clearings", &clearing(amount)));
    assert_eq!(clear(&expired, 10.0), json!([true, "POSTED_AFTER_EXPIRY", 10]));
    assert_eq!(clear(&reversed, 20.0), json!([true, "POSTED_AFTER_REVERSAL", 20]));
    assert_eq!(clear(&declined, 5.0), json!([true, "POSTED_AFTER_DECLINE", 5]));
    assert_eq!(shop.funds(), json!([965, 965]));
}

fn of_card(shop: &Shop, what: &str, body: Value) -> Value {
    let path = format!("/kortti/v1/cards/{}/{what}", shop.card);
    shop.api.post(&path, &with_message_id(body)).expect(200).json()
}

#[test]
fn clearings_and_refunds_without_authorisation_come_through_in_every_status() {
    let shop = Shop::new();
    shop.set_limit("MONTHLY", &json!({ "code": "ALL", "sumAmount": 1 }));
    let statuses = [
        "CARD_OK",
        "CARD_BLOCKED",
        "SUSPECTED_FRAUD",
        "CARD_CLOSED_DUE_TO_FRAUD",
        "CARD_LOST",
        "CARD_CLOSED",
    ];
    for status in statuses {
        shop.patch(&json!({ "status": status }));
        let posting = of_card(&shop, "clearings", clearing(10.0));
        assert_eq!(result(&posting), json!([true, "POSTED_WITHOUT_AUTHORIZATION", 10]), "{status}");
        assert_eq!(posting["authorizationId"], Value::Null);
        assert_eq!(result(&of_card(&shop, "refunds", clearing(4.0))), json!([true, "POSTED", 4]), "{status}");
    }
    assert_eq!(shop.funds(), json!([964, 964]));
    let mut credit = clearing(36.0);
    credit["transactionType"] = "CREDIT".into();
    of_card(&shop, "clearings", credit);
    assert_eq!(shop.funds(), json!([1000, 1000]));
}

#[test]
fn a_card_that_has_expired_for_good_stops_clearing_and_refund() {
    let shop = Shop::with(&json!({ "expiration": { "year": 2031, "month": 7 } }));
    advance(&shop.api, &json!({ "to": "2031-07-31T12:00:00Z" }));
    let id = shop.buy(10.0);
    advance(&shop.api, &json!({ "to": "2032-01-01T00:00:00Z" }));
    assert_eq!(card(&shop.api, &shop.card)["status"], "CARD_EXPIRED");
    for posting in [
        shop.follow(&id, "clearings", &clearing(10.0)),
        of_card(&shop, "clearings", clearing(10.0)),
        of_card(&shop, "refunds", clearing(10.0)),
    ] {
        assert_eq!(result(&posting), json!([false, "CARD_EXPIRED", 0]));
        assert_eq!(posting["responseCode"], "54");
        assert_eq!(check(&posting, "CARD_STATUS")["facts"]["cardStatus"], "CARD_EXPIRED");
    }
    assert_eq!(shop.funds(), json!([1000, 1000]));
}
