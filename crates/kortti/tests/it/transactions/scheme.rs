use serde_json::{Value, json};

use super::Wallet;
use crate::support::{Server, assert_members};

const REQUEST: &str = "/test-api/v1/authorizations/request";
const REVERSAL: &str = "/test-api/v1/authorizations/reversal";

/// A request for 10 EUR with a card, with `data` in its transaction data besides.
pub fn request(card: &str, data: &Value) -> Value {
    let mut body = json!({
        "card": { "cardId": card },
        "transactionData": {
            "transactionAmount": { "amount": 10, "currency": "EUR" },
            "transactionType": "RETAIL",
            "cardEntryMode": "CHIP_READ",
        },
        "merchantData": { "merchantCountry": "FIN", "merchantCategoryCode": "5411" },
    });
    for (name, value) in data.as_object().unwrap() {
        body["transactionData"][name] = value.clone();
    }
    body
}

#[test]
fn templates_can_be_sent_as_they_stand() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 100);
    for (name, condition) in [("retail-offline-pin", "READ_CHIP"), ("retail-ecommerce", "ECOMMERCE")] {
        let path = format!("/test-api/v1/authorization-templates/request/{name}");
        let template = wallet.api.post(&path, &json!({ "cardId": wallet.card })).expect(200).json();
        assert_eq!(template["card"]["cardId"], json!(wallet.card));
        let reply = wallet.api.post(REQUEST, &template).expect(200).json();
        assert_members(
            &reply,
            &json!({ "/metadata/mti": "0110", "/transactionData/authResponseCode": "00" }),
        );
        let reference = reply["transactionData"]["retrievalReferenceNumber"].as_str().unwrap();
        assert!(reference.len() == 12 && reference.bytes().all(|byte| byte.is_ascii_digit()), "{reference}");
        let found = wallet.transaction(reply["metadata"]["id"].as_str().unwrap());
        assert_members(
            &found,
            &json!({
                "transactionConditionCode": condition, "postingStatus": "PENDING", "retrievalReferenceNumber": reference,
                "acquiringInstitutionIdentificationCode": template["merchantData"]["acquirerId"],
                "cardAcceptorIdentificationCode": template["merchantData"]["merchantId"],
            }),
        );
        let empty = wallet.api.post(&path, &json!({})).expect(200).json();
        assert_eq!(empty["card"]["cardId"], Value::Null);
        wallet.api.post(REQUEST, &empty).refuses("card.cardId");
    }
    wallet.assert_funds(100, 80);
}

#[test]
fn a_reversal_gives_back_all_or_a_part() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 100);
    let sent = wallet.api.post(REQUEST, &request(&wallet.card, &json!({}))).expect(200).json();
    let id = sent["metadata"]["id"].clone();
    let reverse = |data: Value| {
        let body = json!({ "metadata": { "id": id }, "transactionData": data });
        wallet.api.post(REVERSAL, &body).expect(200).json()
    };
    let part = reverse(json!({ "settlementAmount": { "amount": 4, "currency": "EUR" } }));
    wallet.assert_funds(100, 94);
    let reference = &sent["transactionData"]["retrievalReferenceNumber"];
    assert_members(
        &part,
        &json!({
            "/metadata/mti": "0410", "/transactionData/authResponseCode": "00",
            "/transactionData/retrievalReferenceNumber": reference,
        }),
    );
    let first = id.as_str().unwrap();
    assert_members(&wallet.transaction(first), &json!({ "postingStatus": "PENDING" }));
    reverse(json!({ "transactionAmount": { "amount": 1, "currency": "EUR" } }));
    wallet.assert_funds(100, 95);
    let rest = reverse(Value::Null);
    wallet.assert_funds(100, 100);
    assert_members(&wallet.transaction(first), &json!({ "postingStatus": "CLOSED" }));
    assert_members(
        &wallet.transaction(rest["metadata"]["id"].as_str().unwrap()),
        &json!({
            "linkId": first.parse::<i64>().unwrap(), "postingStatus": "CLOSED", "/settlementAmount/amount": 5,
            "/transactionType/authorizationType": "REVERSAL", "/transactionType/messageCategory": "REVERSAL",
            "/merchant/mcc": "5411", "retrievalReferenceNumber": reference,
        }),
    );
    reverse(Value::Null);
    wallet.assert_funds(100, 100);
    wallet.api.post(REVERSAL, &json!({ "metadata": { "id": "424242" } })).problem(404);
}

#[test]
fn a_part_is_approved_where_the_merchant_can_take_it() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 7);
    let mut body = request(&wallet.card, &json!({}));
    let reply = wallet.api.post(REQUEST, &body).expect(200).json();
    assert_eq!(reply["transactionData"]["authResponseCode"], "51");
    body["merchantData"]["partialApprovalCapable"] = json!(true);
    let reply = wallet.api.post(REQUEST, &body).expect(200).json();
    assert_eq!(reply["transactionData"]["authResponseCode"], "10");
    assert_members(
        &wallet.transaction(reply["metadata"]["id"].as_str().unwrap()),
        &json!({
            "responseCode": "10", "/settlementAmount/amount": 7, "/transactionAmount/amount": 10, "postingStatus": "PENDING",
        }),
    );
    wallet.assert_funds(7, 0);
}

#[test]
fn what_is_billed_is_in_the_account_s_currency() {
    let server = Server::sandbox();
    let wallet = Wallet::with(&server, 100);
    let money = |currency: &str| json!({ "amount": 10, "currency": currency });
    let send = |data: Value| wallet.api.post(REQUEST, &request(&wallet.card, &data));
    send(json!({ "transactionAmount": money("USD") })).refuses("transactionData.settlementAmount");
    send(json!({ "settlementAmount": money("USD") })).refuses("transactionData.settlementAmount.currency");
    send(json!({ "transactionAmount": money("USD"), "settlementAmount": money("EUR") })).expect(200);
    let id = send(json!({})).expect(200).json()["metadata"]["id"].clone();
    let body = json!({ "metadata": { "id": id }, "transactionData": { "settlementAmount": money("USD") } });
    wallet.api.post(REVERSAL, &body).refuses("transactionData.settlementAmount");
    wallet.assert_funds(100, 80);
}
