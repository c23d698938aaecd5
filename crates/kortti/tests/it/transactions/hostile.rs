use serde_json::{Value, json};

use super::{Wallet, scheme::request, simulated};
use crate::{
    http::Api,
    support::{Server, events},
};

/// Numbers that are no amounts of euros above nothing.
fn no_amounts() -> Vec<Value> {
    let huge: Value = serde_json::from_str("1e300").unwrap();
    vec![
        json!(-1),
        json!(0.001),
        json!("10"),
        json!(null),
        json!([]),
        json!({}),
        json!(true),
        huge,
        json!(100_000_000_000_000_000_u64),
    ]
}

/// Sends `body` with each of `values` as its member, which must be refused by its name.
#[track_caller]
fn refuse_all(api: &Api, path: &str, body: &Value, member: &str, values: impl IntoIterator<Item = Value>) {
    for value in values {
        let mut body = body.clone();
        let pointer = format!("/{}", member.replace('.', "/"));
        if let Some(place) = body.pointer_mut(&pointer) {
            *place = value;
        } else {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(parent).unwrap()[name] = value;
        }
        api.post(path, &body).refuses(member);
    }
}

#[test]
fn posts_refuse_what_makes_no_sense_by_its_name() {
    let server = Server::sandbox();
    let wallet = Wallet::new(&server);
    let journal = events(&wallet.api).len();
    let texts = [json!("x".repeat(256)), json!("a\u{0}b"), json!(5), json!({})];
    for path in [format!("card/{}", wallet.card), format!("account/{}", wallet.account)] {
        let path = format!("/transaction/v3/{path}");
        let body = json!({ "type": "DP", "amount": 10, "currency": "EUR" });
        refuse_all(&wallet.api, &path, &body, "type", ["", "dp", "BQ", "B1", "R1-P", "CB"].map(Value::from));
        refuse_all(&wallet.api, &path, &body, "type", [json!(null), json!(1), json!(["DP"])]);
        refuse_all(&wallet.api, &path, &body, "amount", no_amounts());
        refuse_all(&wallet.api, &path, &body, "amount", [json!(0)]);
        refuse_all(&wallet.api, &path, &body, "currency", ["eur", "EURO", "", "XYZ", "978"].map(Value::from));
        refuse_all(&wallet.api, &path, &body, "text", texts.clone());
        refuse_all(&wallet.api, &path, &body, "transactionDetails", texts.clone());
        let (fee, body) = (format!("{path}/fee"), json!({ "type": "F", "amount": 10, "currency": "EUR" }));
        refuse_all(
            &wallet.api,
            &fee,
            &body,
            "type",
            [json!(""), json!("x".repeat(33)), json!(null), json!(1)],
        );
        refuse_all(&wallet.api, &fee, &body, "amount", no_amounts());
        refuse_all(&wallet.api, &fee, &body, "amount", [json!(0)]);
        refuse_all(&wallet.api, &fee, &body, "currency", [json!("euro"), json!(null)]);
    }
    assert_eq!(events(&wallet.api).len(), journal);
}

#[test]
fn the_simulator_refuses_what_makes_no_sense_by_its_name() {
    let server = Server::sandbox();
    let wallet = Wallet::new(&server);
    let journal = events(&wallet.api).len();
    let body = simulated("RETAIL", 10, &json!({}));
    for way in ["authorization/", ""] {
        let path = format!("/transaction/test-api/{way}card/{}", wallet.card);
        let refuse = |member: &str, values: Vec<Value>| refuse_all(&wallet.api, &path, &body, member, values);
        refuse("settlementAmount", [no_amounts(), vec![json!(0)]].concat());
        refuse("transactionAmount", no_amounts().into_iter().filter(|value| !value.is_u64()).collect());
        refuse("sicCode", vec![json!("541"), json!("54111"), json!("541a"), json!(5411), json!(null)]);
        refuse("transactionCurrency", vec![json!("eur"), json!("978"), json!(null)]);
        refuse("transactionCountry", vec![json!("FI"), json!("fin"), json!("XXQ"), json!(246), json!(null)]);
        refuse("transactionType", vec![json!("retail"), json!("R1"), json!(""), json!(null)]);
        refuse("transactionCity", vec![json!(""), json!("x".repeat(33)), json!(null), json!("a\nb")]);
        refuse("transactionDetails", vec![json!(""), json!("x".repeat(256)), json!(null)]);
        refuse(
            "transactionDate",
            vec![json!("2026-01-31"), json!("2026-02-30T00:00:00"), json!("noon"), json!(1)],
        );
        refuse("merchantId", vec![json!("x".repeat(33)), json!(1)]);
        refuse("authCode", vec![json!("x".repeat(33)), json!(1)]);
        refuse("sourceNumber", vec![json!("x".repeat(33)), json!(1)]);
        refuse("retRefCode", vec![json!("x".repeat(13)), json!(1)]);
    }
    assert_eq!(events(&wallet.api).len(), journal);
}

#[test]
fn scheme_messages_that_make_no_sense_are_refused_by_the_member() {
    let server = Server::sandbox();
    let wallet = Wallet::new(&server);
    let journal = events(&wallet.api).len();
    let mut body = request(&wallet.card, &json!({ "settlementAmount": { "amount": 10, "currency": "EUR" } }));
    body["threeDsData"] = json!({});
    let path = "/test-api/v1/authorizations/request";
    let refuse = |member: &str, values: Vec<Value>| refuse_all(&wallet.api, path, &body, member, values);
    refuse("card", vec![json!(null), json!("1"), json!([])]);
    refuse("card.cardId", vec![json!(null), json!(""), json!("x"), json!(-1), json!(1.5), json!(0)]);
    refuse("card.applicationSelection", vec![json!("CREDIT"), json!(""), json!(1)]);
    for amount in ["transactionAmount", "settlementAmount"] {
        let amounts = no_amounts().into_iter().filter(|value| !value.is_u64()).collect();
        refuse(&format!("transactionData.{amount}.amount"), amounts);
        refuse(&format!("transactionData.{amount}.currency"), vec![json!("eur"), json!(null), json!(978)]);
    }
    refuse(
        "transactionData.settlementAmount",
        vec![json!({ "amount": 10_000_000_000_000_000_u64, "currency": "EUR" })],
    );
    refuse("transactionData.transactionType", vec![json!("R1"), json!(null)]);
    refuse("transactionData.cardEntryMode", vec![json!("chip"), json!(null), json!(5)]);
    refuse("merchantData.merchantCountry", vec![json!("FI"), json!(null)]);
    refuse("merchantData.merchantCategoryCode", vec![json!("54"), json!(5411)]);
    refuse("merchantData.partialApprovalCapable", vec![json!("yes"), json!(1)]);
    for (member, most) in [
        ("merchantId", 32),
        ("merchantName", 255),
        ("merchantCity", 32),
        ("acquirerId", 32),
        ("terminalId", 32),
        ("subMerchantId", 32),
    ] {
        refuse(&format!("merchantData.{member}"), vec![json!("x".repeat(most + 1)), json!(""), json!({})]);
    }
    for member in ["authenticationValue", "eci", "dsTransactionId", "protocolVersion"] {
        refuse(&format!("threeDsData.{member}"), vec![json!("x".repeat(256)), json!(1)]);
    }
    let (path, body) = ("/test-api/v1/authorizations/reversal", json!({ "metadata": { "id": "1" } }));
    refuse_all(&wallet.api, path, &body, "metadata.id", [json!(null), json!("x"), json!(-1)]);
    let body = json!({ "metadata": { "id": "1" }, "transactionData": { "settlementAmount": { "amount": 1, "currency": "EUR" } } });
    refuse_all(
        &wallet.api,
        path,
        &body,
        "transactionData.settlementAmount.amount",
        [json!(0), json!(0.001), json!("1")],
    );
    assert_eq!(events(&wallet.api).len(), journal);
}
