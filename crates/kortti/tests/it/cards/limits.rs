use serde_json::{Value, json};

use crate::{
    http::Api,
    support::{MASTERCARD, Server, card, issue},
};

fn set(api: &Api, id: &str, period: &str, limiter: &Value) {
    let body = json!({ "usageLimits": [{ "code": period, "values": [limiter] }] });
    api.patch(&format!("/card/v4/MC_VIRTUAL/{id}"), &body).id(200);
}

fn limit(api: &Api, id: &str, period: &str, kind: &str) -> Value {
    let found = card(api, id);
    let by_code = |list: &Value, code: &str| -> Value {
        list.as_array().unwrap().iter().find(|item| item["code"] == code).unwrap().clone()
    };
    by_code(&by_code(&found["usageLimits"], period)["values"], kind)
}

/// `[singleAmount, sumAmount, count]` as they are read.
fn figures(api: &Api, id: &str, period: &str, kind: &str) -> Value {
    let limit = limit(api, id, period, kind);
    json!([limit["singleAmount"], limit["sumAmount"], limit["count"]])
}

#[test]
fn the_six_uses_of_a_limit() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, MASTERCARD, &json!({}));
    let cases = [
        (json!({ "singleAmount": 0, "sumAmount": 0, "count": 9_999_999 }), json!([null, null, 9_999_999])),
        (json!({ "singleAmount": 1000 }), json!([1000, null, 9_999_999])),
        (json!({ "singleAmount": 1000, "sumAmount": 0, "count": 0 }), json!([1000, null, 9_999_999])),
        (json!({ "sumAmount": 1200 }), json!([null, 1200, 9_999_999])),
        (json!({ "count": 5 }), json!([null, null, 5])),
        (json!({ "count": 5, "sumAmount": 1000 }), json!([null, 1000, 5])),
        (json!({ "singleAmount": 12.34, "sumAmount": 99.9, "count": 1 }), json!([12.34, 99.9, 1])),
        (json!({ "singleAmount": 0, "sumAmount": 0, "count": 0 }), json!([0, 0, 0])),
    ];
    for (sent, expected) in cases {
        let mut limiter = sent;
        limiter["code"] = "ATM".into();
        set(&api, &id, "24H", &limiter);
        assert_eq!(figures(&api, &id, "24H", "ATM"), expected, "{limiter}");
    }
}

#[test]
fn what_is_left_is_the_whole_limit_while_nothing_is_used() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, MASTERCARD, &json!({}));
    set(&api, &id, "MONTHLY", &json!({ "code": "RETAIL", "sumAmount": 100.5, "count": 7 }));
    let expected = json!({
        "code": "RETAIL", "reset": null, "singleAmount": null, "sumAmount": 100.5, "count": 7, "availableAmount": 100.5,
        "availableCount": 7, "usedAmount": 0, "usedCount": 0,
    });
    assert_eq!(limit(&api, &id, "MONTHLY", "RETAIL"), expected);
    let unlimited = json!({
        "code": "ALL", "reset": null, "singleAmount": null, "sumAmount": null, "count": 9_999_999,
        "availableAmount": null, "availableCount": 9_999_999, "usedAmount": 0, "usedCount": 0,
    });
    assert_eq!(limit(&api, &id, "MONTHLY", "ALL"), unlimited);
}

#[test]
fn limits_that_are_not_named_stay_and_reset_alone_keeps_the_numbers() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, MASTERCARD, &json!({}));
    set(
        &api,
        &id,
        "24H",
        &json!({ "code": "ATM", "reset": true, "singleAmount": 1000, "count": 5, "sumAmount": 1200 }),
    );
    set(&api, &id, "24H", &json!({ "code": "RETAIL", "sumAmount": 7 }));
    set(&api, &id, "DAILY", &json!({ "code": "ATM", "count": 1 }));
    set(&api, &id, "24H", &json!({ "code": "ATM", "reset": true }));
    assert_eq!(figures(&api, &id, "24H", "ATM"), json!([1000, 1200, 5]));
    assert_eq!(figures(&api, &id, "24H", "RETAIL"), json!([null, 7, 9_999_999]));
    assert_eq!(figures(&api, &id, "DAILY", "ATM"), json!([null, null, 1]));
}

#[test]
fn malformed_limits_are_refused_by_name() {
    let server = Server::sandbox();
    let api = server.client();
    let id = issue(&api, MASTERCARD, &json!({}));
    let value = |limiter: Value| json!([{ "code": "24H", "values": [limiter] }]);
    let refused = [
        ("usageLimits[0].code", json!([{ "code": "YEARLY", "values": [] }])),
        ("usageLimits[0].code", json!([{ "code": 24, "values": [] }])),
        ("usageLimits[0].code", json!([{ "values": [] }])),
        ("usageLimits[0].values[0].code", value(json!({ "code": "ONLINE", "count": 1 }))),
        ("usageLimits[0].values[0].code", value(json!({ "count": 1 }))),
        ("usageLimits[0].values[0].count", value(json!({ "code": "ATM", "count": -1 }))),
        ("usageLimits[0].values[0].count", value(json!({ "code": "ATM", "count": 1.5 }))),
        ("usageLimits[0].values[0].count", value(json!({ "code": "ATM", "count": 10_000_000 }))),
        ("usageLimits[0].values[0].count", value(json!({ "code": "ATM", "count": "5" }))),
        ("usageLimits[0].values[0].sumAmount", value(json!({ "code": "ATM", "sumAmount": -0.01 }))),
        ("usageLimits[0].values[0].sumAmount", value(json!({ "code": "ATM", "sumAmount": 0.001 }))),
        ("usageLimits[0].values[0].sumAmount", value(json!({ "code": "ATM", "sumAmount": 1e30 }))),
        ("usageLimits[0].values[0].sumAmount", value(json!({ "code": "ATM", "sumAmount": "10" }))),
        ("usageLimits[0].values[0].singleAmount", value(json!({ "code": "ATM", "singleAmount": true }))),
        ("usageLimits[0].values[0].reset", value(json!({ "code": "ATM", "reset": 1 }))),
        ("usageLimits", json!({ "code": "24H" })),
        (
            "usageLimits[1].values[0]",
            json!([
                { "code": "24H", "values": [{ "code": "ATM", "count": 1 }] },
                { "code": "24H", "values": [{ "code": "ATM", "count": 2 }] },
            ]),
        ),
    ];
    let before = card(&api, &id);
    for (field, limits) in refused {
        api.patch(&format!("/card/v4/MC_VIRTUAL/{id}"), &json!({ "usageLimits": limits })).refuses(field);
    }
    assert_eq!(card(&api, &id), before);
}
