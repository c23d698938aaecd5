use serde_json::{Value, json};

use super::{AUTHORIZE, Shop, euros, with_message_id};
use crate::support::{card_number, encrypt, events};

/// `body` with `value` at a path such as `merchant.mcc`.
fn put(mut body: Value, path: &str, value: Value) -> Value {
    let mut place = &mut body;
    for step in path.split('.') {
        place = &mut place[step];
    }
    *place = value;
    body
}

fn without(mut body: Value, path: &str) -> Value {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let parent =
        parent.split('.').filter(|step| !step.is_empty()).fold(&mut body, |place, step| &mut place[step]);
    parent.as_object_mut().unwrap().remove(name);
    body
}

#[test]
fn members_that_are_wrong_are_refused_by_name_and_leave_nothing() {
    let shop = Shop::new();
    let base = with_message_id(shop.purchase(10.0));
    let base = put(base, "billingAmount", euros(10.0));
    let base = put(base, "expiry", json!({ "year": 2030, "month": 1 }));
    let base = put(base, "advice", json!({ "approved": true, "responseCode": "00" }));
    let long = |length: usize| json!("x".repeat(length));
    let wrong: Vec<(&str, Vec<Value>)> = vec![
        (
            "messageId",
            vec![json!(""), long(65), json!("ä"), json!("a\nb"), json!("a\u{7f}"), json!(5), json!({})],
        ),
        (
            "cardId",
            vec![
                json!("x"),
                json!(""),
                json!(-1),
                json!(0),
                json!(1.5),
                json!("1234567890123456789"),
                json!([]),
            ],
        ),
        ("transactionType", vec![json!("SHOPPING"), json!("retail"), json!(1), json!("")]),
        ("cardEntryMode", vec![json!("CHIP"), json!(5), json!(true)]),
        ("transactionAmount", vec![json!(10), json!("10 EUR"), json!([])]),
        (
            "transactionAmount.amount",
            vec![
                json!(-1),
                json!(10.001),
                json!("10"),
                json!(1e30),
                json!(true),
                json!({}),
                json!(0.1234567890123456),
            ],
        ),
        (
            "transactionAmount.currency",
            vec![json!("eur"), json!("EURO"), json!("XQQ"), json!(978), json!("")],
        ),
        ("billingAmount", vec![json!(10), json!("x")]),
        ("billingAmount.amount", vec![json!(-0.01), json!(0.001), json!("1"), json!(1e17)]),
        ("billingAmount.currency", vec![json!("EU"), json!(1)]),
        ("merchant", vec![json!("M-1"), json!([]), json!(1)]),
        ("merchant.id", vec![json!(""), long(65), json!(1), json!("a\u{0}b")]),
        ("merchant.name", vec![long(65), json!(1), json!("a\nb")]),
        ("merchant.city", vec![long(65), json!([])]),
        ("merchant.country", vec![json!("FI"), json!("fin"), json!("FINN"), json!("F1N"), json!(246)]),
        ("merchant.mcc", vec![json!("541"), json!("54111"), json!("54x1"), json!("-541"), json!(5411)]),
        ("merchant.terminalId", vec![long(65), json!(1)]),
        ("merchant.acquirerId", vec![long(65), json!({})]),
        ("partialApprovalCapable", vec![json!("yes"), json!(1)]),
        ("expiry", vec![json!("2030-01"), json!(203_001)]),
        ("expiry.year", vec![json!(30), json!(2200), json!("2030"), json!(2030.5)]),
        ("expiry.month", vec![json!(0), json!(13), json!("1"), json!(-1)]),
        ("cvv2", vec![json!("12"), json!("12345"), json!("12x"), json!(123)]),
        ("pinBlock", vec![json!("12"), json!("x".repeat(16)), json!(1)]),
        ("emv", vec![json!("9"), json!("xyz"), json!(1), json!("A".repeat(2049))]),
        ("advice", vec![json!(true), json!("00")]),
        ("advice.approved", vec![json!("yes"), json!(0)]),
        ("advice.responseCode", vec![json!("0"), json!("000"), json!("a1"), json!(0)]),
    ];
    let entries = events(&shop.api).len();
    for (path, values) in wrong {
        for value in values {
            let body = put(base.clone(), path, value);
            shop.api.post(AUTHORIZE, &body).refuses(path);
        }
    }
    let required = [
        "messageId",
        "transactionType",
        "cardEntryMode",
        "transactionAmount",
        "transactionAmount.amount",
        "transactionAmount.currency",
        "merchant",
        "merchant.country",
        "merchant.mcc",
        "expiry.year",
        "expiry.month",
        "advice.approved",
        "billingAmount.currency",
    ];
    for path in required {
        shop.api.post(AUTHORIZE, &without(base.clone(), path)).refuses(path);
        shop.api.post(AUTHORIZE, &put(base.clone(), path, Value::Null)).refuses(path);
    }
    assert_eq!(events(&shop.api).len(), entries);
    assert_eq!(shop.funds(), json!([1000, 1000]));
    shop.api.post(AUTHORIZE, &base).expect(200);
}

#[test]
fn a_request_names_its_card_once() {
    let shop = Shop::new();
    let request = with_message_id(shop.purchase(1.0));
    let token = encrypt(&shop.api, &card_number("411111", 1));
    shop.api.post(AUTHORIZE, &without(request.clone(), "cardId")).refuses("cardId");
    shop.api.post(AUTHORIZE, &put(request.clone(), "encryptedData", token.into())).refuses("cardId");
    let number = put(without(request.clone(), "cardId"), "encryptedData", card_number("411111", 1).into());
    assert_eq!(shop.api.post(AUTHORIZE, &number).problem(400)["errorCode"], "SEC-0004");
    let number = put(without(request, "cardId"), "encryptedData", json!(5));
    shop.api.post(AUTHORIZE, &number).refuses("encryptedData");
}

#[test]
fn amounts_that_are_none_in_their_currency_have_a_code_of_their_own() {
    let shop = Shop::new();
    let id = shop.buy(10.0);
    let code = |path: &str, body: Value, field: &str| {
        let reply = shop.api.post(path, &with_message_id(body));
        reply.refuses(field);
        assert_eq!(reply.json()["errorCode"], "AUTH-0005", "{path}");
    };
    let yen = json!({ "amount": 1.5, "currency": "JPY" });
    let request = put(shop.purchase(1.0), "transactionAmount", yen.clone());
    code(AUTHORIZE, put(request, "billingAmount", euros(1.0)), "transactionAmount.amount");
    code(AUTHORIZE, put(shop.purchase(1.0), "billingAmount", euros(1.001)), "billingAmount.amount");
    code(AUTHORIZE, shop.purchase(10_000_000_000_000.01), "transactionAmount.amount");
    let path = |what: &str| format!("{AUTHORIZE}/{id}/{what}");
    code(&path("increments"), json!({ "amount": euros(0.001) }), "amount.amount");
    code(&path("increments"), json!({ "amount": euros(0.0) }), "amount.amount");
    code(&path("reversals"), json!({ "amount": euros(0.0) }), "amount.amount");
    code(&path("clearings"), json!({ "transactionAmount": euros(0.0) }), "transactionAmount.amount");
    let free = json!({ "transactionAmount": euros(1.0), "billingAmount": euros(0.0) });
    code(&path("clearings"), free, "billingAmount.amount");
    // In one currency there is one amount.
    let other = json!({ "transactionAmount": euros(100.0), "billingAmount": euros(1.0) });
    code(&path("clearings"), other, "billingAmount.amount");
    code(AUTHORIZE, put(shop.purchase(100.0), "billingAmount", euros(1.0)), "billingAmount.amount");
    let of_card = format!("/kortti/v1/cards/{}", shop.card);
    code(&format!("{of_card}/clearings"), json!({ "transactionAmount": yen }), "transactionAmount.amount");
    code(
        &format!("{of_card}/refunds"),
        json!({ "transactionAmount": euros(0.0) }),
        "transactionAmount.amount",
    );
    let dollars = json!({ "amount": { "amount": 1, "currency": "USD" } });
    let reply = shop.api.post(&path("reversals"), &with_message_id(dollars));
    reply.refuses("amount.currency");
    assert_eq!(shop.funds(), json!([1000, 990]));
}

#[test]
fn follow_ups_are_checked_member_by_member() {
    let shop = Shop::new();
    let id = shop.buy(10.0);
    let path = |what: &str| format!("{AUTHORIZE}/{id}/{what}");
    let clearing = with_message_id(json!({ "transactionAmount": euros(1.0) }));
    let of_card = format!("/kortti/v1/cards/{}/clearings", shop.card);
    let cases = [
        (path("increments"), json!({ "messageId": "a" }), "amount"),
        (path("increments"), json!({ "amount": euros(1.0) }), "messageId"),
        (path("reversals"), json!({}), "messageId"),
        (path("reversals"), json!({ "messageId": "a", "amount": 5 }), "amount"),
        (path("clearings"), json!({ "messageId": "a" }), "transactionAmount"),
        (path("clearings"), put(clearing.clone(), "final", json!("yes")), "final"),
        (path("clearings"), put(clearing.clone(), "text", json!("x".repeat(256))), "text"),
        (path("clearings"), put(clearing.clone(), "merchant", json!({ "country": "FIN" })), "merchant.mcc"),
        (
            of_card.clone(),
            put(clearing.clone(), "transactionType", json!("BALANCE_INQUIRY")),
            "transactionType",
        ),
        (of_card, put(clearing, "transactionType", json!("X")), "transactionType"),
        ("/kortti/v1/reversals".into(), json!({ "messageId": "a" }), "originalMessageId"),
        (
            "/kortti/v1/reversals".into(),
            json!({ "messageId": "a", "originalMessageId": "ä" }),
            "originalMessageId",
        ),
    ];
    let entries = events(&shop.api).len();
    for (path, body, field) in cases {
        shop.api.post(&path, &body).refuses(field);
    }
    assert_eq!(events(&shop.api).len(), entries);
}
