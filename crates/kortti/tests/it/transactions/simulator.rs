use serde_json::{Value, json};

use super::{Wallet, simulated};
use crate::support::{Place, Server, assert_members};

#[test]
fn a_simulated_message_is_shown_as_it_was_sent() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 100);
    let more = json!({
        "transactionAmount": 11.5, "transactionCurrency": "USD", "transactionCountry": "USA", "sicCode": "5812",
        "transactionCity": "Boston", "transactionDetails": "Clam shack", "transactionDate": "2026-01-31T23:59:58-05:00",
        "merchantId": "CLAM-1", "authCode": "AB12CD", "sourceNumber": "42", "retRefCode": "123456789012",
    });
    let id = wallet.authorise("RETAIL", 10, &more);
    assert_members(
        &wallet.transaction(&id),
        &json!({
            "transactionDate": "2026-01-31T23:59:58",
            "postingStatus": "PENDING",
            "responseCode": "0",
            "settlementAmount": { "amount": 10, "currency": "EUR" },
            "transactionAmount": { "amount": 11.5, "currency": "USD" },
            "merchant": { "name": "Clam shack", "city": "Boston", "country": "USA", "mcc": "5812" },
            "text": "Clam shack",
            "cardAcceptorIdentificationCode": "CLAM-1",
            "authorizationCode": "AB12CD",
            "retrievalReferenceNumber": "123456789012",
            "transactionConditionCode": "READ_CHIP",
        }),
    );
    let clearing = wallet.clear("RETAIL", 12, &json!({ "authCode": "AB12CD" }));
    assert_members(&wallet.transaction(&clearing), &json!({ "linkId": id.parse::<i64>().unwrap() }));
    let id = wallet.authorise("RETAIL", 1, &json!({}));
    let found = wallet.transaction(&id);
    assert_members(&found, &json!({ "retrievalReferenceNumber": "9999999" }));
    let code = found["authorizationCode"].as_str().unwrap();
    assert!(
        code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()),
        "{code}"
    );
}

#[test]
fn clearing_by_a_code_that_two_have_settles_what_is_open() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 100);
    let code = json!({ "authCode": "AB12CD" });
    let [first, second, third] = [10, 20, 30].map(|amount| wallet.authorise("RETAIL", amount, &code));
    let mut settled =
        |amount| wallet.transaction(&wallet.clear("RETAIL", amount, &code))["linkId"].to_string();
    // That of the same amount, the newest, the one that is left, and the newest again where none is.
    assert_eq!([20, 5, 5, 5].map(&mut settled), [second, third.clone(), first, third]);
    wallet.assert_funds(65, 65);
}

#[test]
fn each_type_has_its_code() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 1000);
    let kinds = [
        ("RETAIL", "R1", false),
        ("CASH", "C1", false),
        ("ATM", "A1", false),
        ("UNIQUE", "U1", false),
        ("CHDEBIT", "TA", false),
        ("CREDIT", "K1", true),
        ("CHPAYMENT", "T0", true),
    ];
    let (mut balance, mut held) = (1000, 0);
    for (kind, code, is_credit) in kinds {
        let authorisation = wallet.transaction(&wallet.authorise(kind, 10, &json!({})));
        held += if is_credit { 0 } else { 10 };
        let status = if is_credit { "CLOSED" } else { "PENDING" };
        assert_members(
            &authorisation,
            &json!({ "/transactionType/code": code, "/transactionType/authorizationType": "REQUEST", "postingStatus": status }),
        );
        let clearing = wallet.transaction(&wallet.clear(kind, 10, &json!({})));
        balance = if is_credit { balance + 10 } else { balance - 10 };
        assert_members(
            &clearing,
            &json!({
                "/transactionType/code": format!("{code}-P"), "/transactionType/authorizationType": null,
                "/transactionType/messageCategory": "CLEARING", "postingStatus": "POSTED", "linkId": clearing["id"],
            }),
        );
        wallet.assert_funds(balance, balance - held);
    }
}

#[test]
fn a_decline_says_which_limit_and_is_rejected() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 1000);
    let limit = |code: &str, rule: Value| {
        let mut value = json!({ "code": code });
        rule.as_object().unwrap().iter().for_each(|(name, number)| value[name] = number.clone());
        let body = json!({ "usageLimits": [{ "code": "24H", "values": [value] }] });
        wallet.api.patch(&format!("/card/v4/VISA_VIRTUAL/{}", wallet.card), &body).id(200);
    };
    let declined = |kind: &str, amount: u64, code: &str, description: &str| {
        let path = format!("/transaction/test-api/authorization/card/{}", wallet.card);
        let reply = wallet.api.post(&path, &simulated(kind, amount, &json!({}))).expect(201).json();
        assert_eq!(reply["description"], description);
        let found = wallet.transaction(reply["id"].as_str().unwrap());
        assert_members(
            &found,
            &json!({
                "postingStatus": "REJECTED", "responseCode": code, "responseDescription": description,
                "/settlementAmount/amount": amount, "authorizationCode": null,
            }),
        );
    };
    limit("RETAIL", json!({ "sumAmount": 50 }));
    wallet.authorise("RETAIL", 50, &json!({}));
    declined("RETAIL", 1, "61", r#"061-Usage Limit "24H_RETAIL" Amount Exceeded"#);
    limit("ATM", json!({ "count": 1 }));
    wallet.authorise("ATM", 10, &json!({}));
    declined("ATM", 1, "65", r#"065-Usage Limit "24H_ATM" Count Exceeded"#);
    limit("ALL", json!({ "singleAmount": 20 }));
    declined("CASH", 21, "61", r#"061-Usage Limit "24H_ALL" Single Amount Exceeded"#);
    limit("ALL", json!({ "singleAmount": 0, "sumAmount": 0, "count": 0 }));
    declined("CASH", 1, "57", r#"057-Usage Limit "24H_ALL" Disabled"#);
    limit("ALL", json!({ "count": 9_999_999 }));
    declined("CASH", 5000, "51", "051-Not Sufficient Funds");
    wallet.assert_funds(1000, 940);
}

#[test]
fn the_answer_tells_of_an_approval() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 100);
    let post = |way: &str, amount: u64| {
        let path = format!("/transaction/test-api/{way}card/{}", wallet.card);
        wallet.api.post(&path, &simulated("RETAIL", amount, &json!({}))).expect(201).json()
    };
    assert_eq!(post("authorization/", 10)["description"], "Approved");
    let verified = post("authorization/", 0);
    assert_members(
        &wallet.transaction(verified["id"].as_str().unwrap()),
        &json!({ "responseCode": "85", "postingStatus": "CLOSED" }),
    );
    assert!(post("", 10)["description"].as_str().unwrap().contains("Posted"));
}

#[test]
fn without_the_sandbox_there_is_no_simulator() {
    let place = Place::new();
    let server = place.serve_with(&[], &[]);
    let client = server.new_client("admin", "all", "1");
    for path in [
        "/transaction/test-api/authorization/card/1",
        "/transaction/test-api/card/1",
        "/test-api/v1/authorization-templates/request/retail-offline-pin",
        "/test-api/v1/authorization-templates/request/retail-ecommerce",
        "/test-api/v1/authorizations/request",
        "/test-api/v1/authorizations/reversal",
    ] {
        let problem = client.post(path, &json!({})).problem(404);
        assert_eq!(problem["errorCode"], "REQ-0009", "{path}");
    }
    assert!(!server.api.get("/openapi.json").expect(200).text().contains("test-api"));
    client.get("/transaction/v3/transaction-conditions").expect(200);
}
