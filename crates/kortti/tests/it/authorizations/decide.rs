use serde_json::{Value, json};

use super::{AUTHORIZE, Shop, assert_declined, but, check, euros, outcome, purchase};
use crate::support::{CREDIT, Server, advance, card_number, encrypt, events, issue};

#[test]
fn a_purchase_is_approved_with_every_check_and_what_it_compared() {
    let shop = Shop::new();
    let decision = shop.ask(&shop.purchase(12.34));
    assert_eq!(outcome(&decision), json!([true, "00", "APPROVED"]));
    assert_eq!(decision["approvedAmount"], 12.34);
    assert_eq!(decision["accountAvailableAmount"], 987.66);
    assert_eq!(decision["currency"], "EUR");
    assert_eq!(decision["transactionId"], decision["authorizationId"]);
    assert_eq!(decision["sequence"].to_string(), decision["authorizationId"].as_str().unwrap());
    let code = decision["authorizationCode"].as_str().unwrap();
    assert!(code.len() == 6 && code.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()), "{code}");
    let checks = decision["explanation"].as_array().unwrap();
    let names: Vec<&str> = checks.iter().map(|check| check["check"].as_str().unwrap()).collect();
    let expected = [
        "NOT_REVERSED",
        "CARD_KNOWN",
        "EXPIRY",
        "CARD_STATUS",
        "ACCOUNT_STATUS",
        "ECOMMERCE_BLOCK",
        "REGION_BLOCK",
        "FUNDS",
    ];
    assert_eq!(names, expected);
    for check in checks {
        assert_ne!(check["result"], "FAIL");
        assert_eq!([&check["code"], &check["reason"]], [&Value::Null, &Value::Null], "{check}");
        assert_eq!(check.as_object().unwrap().len(), 5, "{check}");
    }
    assert_eq!(check(&decision, "FUNDS")["facts"], json!({ "availableAmount": 1000, "thisAmount": 12.34 }));
    assert_eq!(check(&decision, "ECOMMERCE_BLOCK")["result"], "SKIPPED");
    assert_eq!(
        check(&decision, "REGION_BLOCK")["facts"],
        json!({ "merchantCountry": "FIN", "block": "home" })
    );
    assert_eq!(check(&decision, "CARD_STATUS")["facts"]["cardStatus"], "CARD_OK");
    assert_eq!(shop.funds(), json!([1000, 987.66]));
}

#[test]
fn too_little_money_declines_and_holds_nothing() {
    let shop = Shop::new();
    let decision = shop.ask(&shop.purchase(1000.01));
    assert_declined(&decision, "51", "NOT_ENOUGH_FUNDS");
    assert_eq!(check(&decision, "FUNDS")["facts"], json!({ "availableAmount": 1000, "thisAmount": 1000.01 }));
    assert_eq!(shop.funds(), json!([1000, 1000]));
    assert_eq!(outcome(&shop.ask(&shop.purchase(1000.0)))[0], true);
}

#[test]
fn a_merchant_that_can_take_a_part_gets_what_there_is() {
    let shop = Shop::new();
    let request = but(shop.purchase(1500.0), "partialApprovalCapable", true.into());
    let decision = shop.ask(&request);
    assert_eq!(outcome(&decision), json!([true, "10", "PARTIALLY_APPROVED"]));
    assert_eq!([&decision["approvedAmount"], &decision["accountAvailableAmount"]], [&json!(1000), &json!(0)]);
    assert_eq!(check(&decision, "PARTIAL_APPROVAL")["result"], "PASS");
    assert_declined(&shop.ask(&request), "51", "NOT_ENOUGH_FUNDS");
}

#[test]
fn a_credit_account_is_used_up_to_its_limit() {
    let shop = Shop::new();
    let path = format!("/card/v4/VISA_VIRTUAL/customer/1001/account/{CREDIT}/MAIN");
    let card = issue(&shop.api, &path, &json!({}));
    let decision = shop.ask(&purchase(&card, 5000.0));
    assert_eq!(outcome(&decision)[0], true);
    assert_eq!(decision["accountAvailableAmount"], 0);
    assert_declined(&shop.ask(&purchase(&card, 0.01)), "51", "NOT_ENOUGH_FUNDS");
}

#[test]
fn a_card_is_found_by_its_number_and_a_number_of_nobody_declines_with_14() {
    let server = Server::sandbox();
    let api = server.client();
    let number = card_number("411111", 7);
    let body = json!({ "encryptedData": encrypt(&api, &number) });
    let card = issue(&api, crate::support::VISA, &body);
    let shop = Shop { server, api, card };
    let by_number = |number: &str| {
        let request = but(shop.purchase(1.0), "cardId", Value::Null);
        shop.ask(&but(request, "encryptedData", encrypt(&shop.api, number).into()))
    };
    let decision = by_number(&number);
    assert_eq!(outcome(&decision)[0], true);
    let unknown = by_number(&card_number("411111", 8));
    assert_eq!(outcome(&unknown), json!([false, "14", "CARD_UNKNOWN"]));
    for member in ["approvedAmount", "accountAvailableAmount", "currency", "authorizationCode"] {
        assert_eq!(unknown[member], Value::Null, "{member}");
    }
    let read = shop.read(unknown["authorizationId"].as_str().unwrap());
    assert_eq!(read["status"], "DECLINED");
    assert_eq!(read["cardId"], Value::Null);
    assert_eq!(read["events"][0]["explanation"][1]["text"], "No such card");
    let unknown = shop.ask(&but(shop.purchase(1.0), "cardId", "424242".into()));
    assert_eq!(outcome(&unknown), json!([false, "14", "CARD_UNKNOWN"]));
}

#[test]
fn every_status_but_two_declines_with_its_code() {
    let shop = Shop::new();
    let cases = [
        ("CARD_BLOCKED", "62", "CARD_BLOCKED"),
        ("SUSPECTED_FRAUD", "59", "SUSPECTED_FRAUD"),
        ("CARD_CLOSED_DUE_TO_FRAUD", "04", "CLOSED_DUE_TO_FRAUD"),
        ("CARD_LOST", "41", "CARD_LOST"),
        ("CARD_STOLEN", "43", "CARD_STOLEN"),
        ("CARD_CLOSED", "46", "CARD_CLOSED"),
    ];
    for (status, code, reason) in cases {
        shop.patch(&json!({ "status": status }));
        let decision = shop.ask(&shop.purchase(1.0));
        assert_declined(&decision, code, reason);
        assert_eq!(check(&decision, "CARD_STATUS")["facts"]["cardStatus"], status);
    }
    for status in ["CARD_NO_RENEWAL", "CARD_OK"] {
        shop.patch(&json!({ "status": status }));
        assert_eq!(outcome(&shop.ask(&shop.purchase(1.0)))[0], true, "{status}");
    }
    shop.api.patch("/account/v4/PREPAID/2001", &json!({ "status": "ACCOUNT_BLOCKED" })).id(200);
    assert_declined(&shop.ask(&shop.purchase(1.0)), "62", "ACCOUNT_BLOCKED");
}

#[test]
fn expiry_is_compared_when_it_is_sent_and_looked_at_always() {
    let shop = Shop::with(&json!({ "expiration": { "year": 2031, "month": 7 } }));
    let with =
        |year: i32, month: i32| but(shop.purchase(1.0), "expiry", json!({ "year": year, "month": month }));
    assert_eq!(outcome(&shop.ask(&with(2031, 7)))[0], true);
    let decision = shop.ask(&with(2031, 8));
    assert_declined(&decision, "54", "EXPIRY_MISMATCH");
    let facts =
        json!({ "sentExpiry": { "year": 2031, "month": 8 }, "cardExpiry": { "year": 2031, "month": 7 } });
    assert_eq!(check(&decision, "EXPIRY")["facts"], facts);
    advance(&shop.api, &json!({ "to": "2031-07-31T23:59:00Z" }));
    assert_eq!(outcome(&shop.ask(&shop.purchase(1.0)))[0], true);
    advance(&shop.api, &json!({ "to": "2031-08-01T00:00:00Z" }));
    assert_declined(&shop.ask(&shop.purchase(1.0)), "54", "CARD_EXPIRED");
}

#[test]
fn everything_that_would_have_failed_is_listed_behind_what_decided() {
    let shop = Shop::new();
    shop.set_limit("24H", &json!({ "code": "ALL", "singleAmount": 5 }));
    shop.set_limit("DAILY", &json!({ "code": "RETAIL", "singleAmount": 0, "sumAmount": 0, "count": 0 }));
    shop.patch(&json!({ "status": "CARD_LOST" }));
    let decision = shop.ask(&shop.purchase(2000.0));
    assert_declined(&decision, "41", "CARD_LOST");
    let checks = decision["explanation"].as_array().unwrap().iter();
    let mut failed: Vec<&str> = checks
        .filter(|check| check["result"] == "FAIL")
        .map(|check| check["reason"].as_str().unwrap())
        .collect();
    failed.sort_unstable();
    assert_eq!(failed, ["CARD_LOST", "NOT_ENOUGH_FUNDS", "SINGLE_AMOUNT_EXCEEDED", "USAGE_DISABLED"]);
}

#[test]
fn a_verification_and_an_inquiry_hold_nothing() {
    let shop = Shop::new();
    let verification = shop.ask(&shop.purchase(0.0));
    assert_eq!(outcome(&verification), json!([true, "85", "VERIFIED"]));
    assert_eq!(verification["approvedAmount"], 0);
    let inquiry = but(shop.purchase(0.0), "transactionType", "BALANCE_INQUIRY".into());
    let inquiry = shop.ask(&inquiry);
    assert_eq!(outcome(&inquiry), json!([true, "00", "APPROVED"]));
    assert_eq!(inquiry["accountAvailableAmount"], 1000);
    let credit = shop.ask(&but(shop.purchase(30.0), "transactionType", "CREDIT".into()));
    assert_eq!([&credit["approved"], &credit["approvedAmount"]], [&json!(true), &json!(30)]);
    assert_eq!(shop.funds(), json!([1000, 1000]));
    for (decision, status) in
        [(verification, "NOTHING_HELD"), (inquiry, "NOTHING_HELD"), (credit, "CREDIT_DUE")]
    {
        let read = shop.read(decision["authorizationId"].as_str().unwrap());
        assert_eq!([&read["status"], &read["heldAmount"]], [&json!(status), &json!(0)]);
        assert_eq!(read["expiresAt"], Value::Null);
    }
    shop.patch(&json!({ "status": "CARD_BLOCKED" }));
    assert_declined(&shop.ask(&shop.purchase(0.0)), "62", "CARD_BLOCKED");
}

#[test]
fn another_currency_needs_the_amount_that_is_billed() {
    let shop = Shop::new();
    let dollars = but(shop.purchase(0.0), "transactionAmount", json!({ "amount": 10, "currency": "USD" }));
    let send = |request: &Value| shop.api.post(AUTHORIZE, &super::with_message_id(request.clone()));
    let problem = send(&dollars).problem(400);
    assert_eq!(problem["errorCode"], "AUTH-0003");
    send(&dollars).refuses("billingAmount");
    let wrong = but(dollars.clone(), "billingAmount", json!({ "amount": 9, "currency": "SEK" }));
    assert_eq!(send(&wrong).problem(400)["errorCode"], "AUTH-0004");
    send(&wrong).refuses("billingAmount.currency");
    let decision = shop.ask(&but(dollars, "billingAmount", euros(9.12)));
    assert_eq!([&decision["approvedAmount"], &decision["currency"]], [&json!(9.12), &json!("EUR")]);
    let read = shop.read(decision["authorizationId"].as_str().unwrap());
    assert_eq!(read["transactionAmount"], json!({ "amount": 10, "currency": "USD" }));
}

#[test]
fn a_purchase_of_which_nothing_is_billed_makes_no_sense() {
    let shop = Shop::new();
    let entries = events(&shop.api).len();
    let billed = |amount: f64, billing: f64| but(shop.purchase(amount), "billingAmount", euros(billing));
    for request in [billed(999.0, 0.0), but(billed(999.0, 0.0), "advice", json!({ "approved": true }))] {
        let sent = super::with_message_id(request);
        assert_eq!(shop.api.post(AUTHORIZE, &sent).problem(400)["errorCode"], "AUTH-0005");
        shop.api.post(AUTHORIZE, &sent).refuses("billingAmount.amount");
    }
    assert_eq!(events(&shop.api).len(), entries);
    assert_eq!(outcome(&shop.ask(&billed(0.0, 0.0))), json!([true, "85", "VERIFIED"]));
}

#[test]
fn an_authorisation_is_read_with_its_events_and_sentences() {
    let shop = Shop::new();
    shop.set_limit("24H", &json!({ "code": "RETAIL", "sumAmount": 400 }));
    let first = shop.buy(350.0);
    let declined = shop.ask(&shop.purchase(100.0));
    assert_declined(&declined, "61", "AMOUNT_EXCEEDED");
    let read = shop.read(declined["authorizationId"].as_str().unwrap());
    assert_eq!([&read["status"], &read["approvedAmount"]], [&json!("DECLINED"), &json!(0)]);
    let event = &read["events"][0];
    assert_eq!(event["responseDescription"], r#"061-Usage Limit "24H_RETAIL" Amount Exceeded"#);
    let text = check(event, "CARD_LIMIT")["text"].as_str().unwrap();
    assert!(text.starts_with("24H RETAIL: 350.00 used since "), "{text}");
    assert!(text.ends_with("Z, this purchase 100.00, limit 400.00: exceeded"), "{text}");
    let read = shop.read(&first);
    assert_eq!(
        [&read["status"], &read["heldAmount"], &read["cardId"], &read["accountId"]],
        [&json!("OPEN"), &json!(350), &json!(shop.card), &json!("2001")]
    );
    assert_eq!(read["merchant"]["name"], "Corner shop");
    assert_eq!(
        read["events"][0]["postings"],
        json!([{ "book": "RESERVE", "amount": -350 }, { "book": "HELD", "amount": 350 }])
    );
}

#[test]
fn the_journal_tells_of_each_transaction() {
    let shop = Shop::new();
    let id = shop.buy(20.0);
    let event = events(&shop.api).pop().unwrap();
    assert_eq!(event["type"], "AUTHORIZATION");
    assert_eq!(event["subjectId"], shop.card.as_str());
    assert_eq!(event["sequence"].to_string(), id);
    let change = |field: &str| {
        let changes = event["changes"].as_array().unwrap();
        changes.iter().find(|change| change["field"] == field).map(|change| change["after"].clone())
    };
    assert_eq!(change("amountMinor"), Some(json!(2000)));
    assert_eq!(change("reason"), Some(json!("APPROVED")));
    assert_eq!(change("merchant").unwrap()["mcc"], "5411");
    assert_eq!(change("postings").unwrap()[1], json!({ "book": "HELD", "minor": 2000 }));
}
