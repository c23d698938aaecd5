use serde_json::{Value, json};

use super::{Shop, assert_declined, but, check, outcome, purchase};
use crate::{
    http::Api,
    support::{VISA, advance, card, issue},
};

fn at(shop: &Shop, time: &str) {
    advance(&shop.api, &json!({ "to": time }));
}

fn approved(decision: &Value) -> bool {
    decision["approved"] == true
}

fn limit(api: &Api, id: &str, period: &str, kind: &str) -> Value {
    let by_code = |list: &Value, code: &str| -> Value {
        list.as_array().unwrap().iter().find(|item| item["code"] == code).unwrap().clone()
    };
    by_code(&by_code(&card(api, id)["usageLimits"], period)["values"], kind)
}

/// A card that is good for long, on an account that does not run dry.
fn rich() -> Shop {
    let shop = Shop::new();
    let path = "/card/v4/VISA_VIRTUAL/customer/1001/account/2002/MAIN";
    let card = issue(&shop.api, path, &json!({ "expiration": { "year": 2060, "month": 12 } }));
    Shop { card, ..shop }
}

#[test]
fn the_last_24_hours_end_to_the_millisecond() {
    let shop = rich();
    shop.set_limit("24H", &json!({ "code": "RETAIL", "sumAmount": 400 }));
    at(&shop, "2040-03-14T11:30:00Z");
    let first = shop.ask(&shop.purchase(300.0));
    let begun = first["decidedAt"].as_str().unwrap().to_owned();
    at(&shop, "2040-03-14T18:00:00Z");
    assert!(approved(&shop.ask(&shop.purchase(100.0))), "what reaches the limit is allowed");
    let decision = shop.ask(&shop.purchase(0.01));
    assert_declined(&decision, "61", "AMOUNT_EXCEEDED");
    let facts = &check(&decision, "CARD_LIMIT")["facts"];
    let compared = json!({
        "period": "24H", "type": "RETAIL", "windowStart": facts["windowStart"], "windowEnd": decision["decidedAt"],
        "singleAmount": null, "sumAmount": 400, "count": null, "usedAmountBefore": 400, "usedCountBefore": 2,
        "thisAmount": 0.01, "thisCount": 1, "totalAmount": 0.01, "usedAmountAfter": 400.01, "usedCountAfter": 3,
        "exceeded": "SUM_AMOUNT",
    });
    assert_eq!(facts, &compared);
    assert_eq!(
        facts["windowStart"].as_str().unwrap()[..11],
        decision["decidedAt"].as_str().unwrap()[..8].to_owned() + "13T"
    );
    at(&shop, "2040-03-15T11:29:59Z");
    assert_declined(&shop.ask(&shop.purchase(0.01)), "61", "AMOUNT_EXCEEDED");
    at(&shop, &begun.replace("2040-03-14", "2040-03-15"));
    let decision = shop.ask(&shop.purchase(300.0));
    assert!(approved(&decision), "{decision}");
    assert_eq!(check(&decision, "CARD_LIMIT")["facts"]["usedAmountBefore"], 100);
}

#[test]
fn calendar_windows_begin_at_midnight_on_monday_and_on_the_first() {
    let cases = [
        // Period, a time in the window, the last instant of it, the first of the next.
        ("DAILY", "2040-03-14T10:00:00Z", "2040-03-14T23:59:58Z", "2040-03-15T00:00:00Z"),
        ("WEEKLY", "2040-03-14T10:00:00Z", "2040-03-18T23:59:58Z", "2040-03-19T00:00:00Z"),
        ("MONTHLY", "2040-02-25T10:00:00Z", "2040-02-29T23:59:58Z", "2040-03-01T00:00:00Z"),
    ];
    for (period, begin, last, next) in cases {
        let shop = rich();
        shop.set_limit(period, &json!({ "code": "RETAIL", "sumAmount": 100 }));
        at(&shop, begin);
        assert!(approved(&shop.ask(&shop.purchase(100.0))));
        at(&shop, last);
        let decision = shop.ask(&shop.purchase(1.0));
        assert_declined(&decision, "61", "AMOUNT_EXCEEDED");
        let facts = &check(&decision, "CARD_LIMIT")["facts"];
        assert_eq!(facts["windowEnd"], next.replace('Z', ".000Z"), "{period}");
        assert_eq!(facts["usedAmountBefore"], 100);
        at(&shop, next);
        let decision = shop.ask(&shop.purchase(100.0));
        assert!(approved(&decision), "{period}: {decision}");
        let facts = &check(&decision, "CARD_LIMIT")["facts"];
        assert_eq!(
            [&facts["windowStart"], &facts["usedAmountBefore"]],
            [&json!(next.replace('Z', ".000Z")), &json!(0)]
        );
    }
}

#[test]
fn a_lifetime_has_no_end() {
    let shop = rich();
    shop.set_limit("LIFETIME", &json!({ "code": "ALL", "count": 1 }));
    assert!(approved(&shop.ask(&shop.purchase(1.0))));
    advance(&shop.api, &json!({ "seconds": 86_400 * 700 }));
    let decision = shop.ask(&shop.purchase(1.0));
    assert_declined(&decision, "65", "COUNT_EXCEEDED");
    let facts = &check(&decision, "CARD_LIMIT")["facts"];
    assert_eq!(
        [&facts["windowStart"], &facts["windowEnd"], &facts["exceeded"]],
        [&Value::Null, &Value::Null, &json!("COUNT")]
    );
}

#[test]
fn single_amount_and_count_are_limits_of_their_own() {
    let shop = rich();
    shop.set_limit("DAILY", &json!({ "code": "ALL", "singleAmount": 50, "count": 2 }));
    assert_declined(&shop.ask(&shop.purchase(50.01)), "61", "SINGLE_AMOUNT_EXCEEDED");
    assert!(approved(&shop.ask(&shop.purchase(50.0))));
    assert!(approved(&shop.ask(&shop.purchase(50.0))));
    let decision = shop.ask(&shop.purchase(1.0));
    assert_declined(&decision, "65", "COUNT_EXCEEDED");
    assert_eq!(check(&decision, "CARD_LIMIT")["facts"]["usedCountAfter"], 3);
}

#[test]
fn each_kind_of_use_counts_where_it_belongs() {
    let shop = rich();
    let kinds = ["ALL", "ATM", "RETAIL", "ECOMMERCE", "CONTACTLESS", "CASH"];
    for kind in kinds {
        shop.set_limit("MONTHLY", &json!({ "code": kind, "count": 100 }));
    }
    let of = |kind: &str, mode: &str| {
        but(but(shop.purchase(1.0), "transactionType", kind.into()), "cardEntryMode", mode.into())
    };
    let uses = [
        ("RETAIL", "CHIP_READ"),
        ("RETAIL", "ELECTRONIC_COMMERCE"),
        ("UNIQUE", "CONTACTLESS"),
        ("ATM", "CHIP_READ"),
        ("CASH_DISBURSEMENT", "CHIP_READ"),
        ("CREDIT", "CHIP_READ"),
        ("P2P_DEBIT", "UNKNOWN"),
    ];
    for (kind, mode) in uses {
        let decision = shop.ask(&of(kind, mode));
        assert!(approved(&decision), "{decision}");
    }
    shop.ask(&shop.purchase(0.0));
    let used = kinds.map(|kind| limit(&shop.api, &shop.card, "MONTHLY", kind)["usedCount"].clone());
    assert_eq!(json!(used), json!([6, 1, 4, 1, 1, 2]));
}

#[test]
fn a_use_that_is_switched_off_declines_and_one_that_is_not_does_not() {
    let shop = rich();
    shop.set_limit("24H", &json!({ "code": "ATM", "singleAmount": 0, "sumAmount": 0, "count": 0 }));
    let decision = shop.ask(&but(shop.purchase(1.0), "transactionType", "ATM".into()));
    assert_declined(&decision, "57", "USAGE_DISABLED");
    let facts = &check(&decision, "CARD_LIMIT")["facts"];
    assert_eq!(
        json!([facts["singleAmount"], facts["sumAmount"], facts["count"], facts["exceeded"]]),
        json!([0, 0, 0, "OFF"])
    );
    assert!(approved(&shop.ask(&shop.purchase(1.0))));
}

#[test]
fn a_reset_forgives_what_was_used() {
    let shop = rich();
    for period in ["24H", "DAILY", "WEEKLY", "MONTHLY", "LIFETIME"] {
        shop.set_limit(period, &json!({ "code": "ALL", "sumAmount": 10 }));
    }
    assert!(approved(&shop.ask(&shop.purchase(10.0))));
    assert_declined(&shop.ask(&shop.purchase(10.0)), "61", "AMOUNT_EXCEEDED");
    for period in ["24H", "DAILY", "WEEKLY", "MONTHLY"] {
        shop.set_limit(period, &json!({ "code": "ALL", "reset": true }));
        assert_declined(&shop.ask(&shop.purchase(10.0)), "61", "AMOUNT_EXCEEDED");
    }
    shop.set_limit("LIFETIME", &json!({ "code": "ALL", "reset": true }));
    assert!(approved(&shop.ask(&shop.purchase(10.0))));
}

#[test]
fn a_card_shows_what_was_used_and_what_is_left() {
    let shop = rich();
    shop.set_limit("24H", &json!({ "code": "RETAIL", "sumAmount": 400, "count": 5 }));
    assert!(approved(&shop.ask(&shop.purchase(123.45))));
    let shown = limit(&shop.api, &shop.card, "24H", "RETAIL");
    let figures =
        ["availableAmount", "availableCount", "usedAmount", "usedCount"].map(|name| shown[name].clone());
    assert_eq!(json!(figures), json!([276.55, 4, 123.45, 1]));
    advance(&shop.api, &json!({ "seconds": 86_400 }));
    let shown = limit(&shop.api, &shop.card, "24H", "RETAIL");
    assert_eq!([&shown["availableAmount"], &shown["usedCount"]], [&json!(400), &json!(0)]);
}

#[test]
fn the_limits_of_an_account_hold_for_all_its_cards_together() {
    let shop = Shop::new();
    let other = issue(&shop.api, VISA, &json!({}));
    let limits = json!([{ "code": "DAILY", "values": [{ "code": "ALL", "sumAmount": 100 }] }]);
    shop.api.patch("/account/v4/PREPAID/2001", &json!({ "usageLimits": limits })).id(200);
    assert!(approved(&shop.ask(&shop.purchase(60.0))));
    let decision = shop.ask(&purchase(&other, 41.0));
    assert_declined(&decision, "61", "AMOUNT_EXCEEDED");
    assert_eq!(check(&decision, "ACCOUNT_LIMIT")["facts"]["usedAmountBefore"], 60);
    assert_eq!(outcome(&shop.ask(&purchase(&other, 40.0)))[0], true);
}
