use serde_json::{Value, json};

use super::{Shop, assert_declined, but, check, outcome};
use crate::support::card;

fn at(shop: &Shop, id: Value, country: &str, mcc: &str) -> Value {
    let merchant = json!({ "id": id, "country": country, "mcc": mcc });
    shop.ask(&but(shop.purchase(1.0), "merchant", merchant))
}

#[test]
fn controls_are_given_changed_and_read_member_by_member() {
    let shop =
        Shop::with(&json!({ "controls": { "mcc": { "allow": ["5411", "3501-3999"] }, "singleUse": false } }));
    let read = || card(&shop.api, &shop.card)["controls"].clone();
    let mut expected = json!({
        "mcc": { "allow": ["5411", "3501-3999"], "block": [] }, "merchants": null, "countries": null,
        "firstMerchantLock": null, "singleUse": false,
    });
    assert_eq!(read(), expected);
    shop.patch(
        &json!({ "controls": { "mcc": null, "countries": { "block": ["USA"] }, "firstMerchantLock": true } }),
    );
    expected["countries"] = json!({ "allow": [], "block": ["USA"] });
    expected["firstMerchantLock"] = json!(true);
    assert_eq!(read(), expected);
    shop.patch(&json!({ "controls": { "mcc": { "block": ["7995"] } } }));
    expected["mcc"] = json!({ "allow": [], "block": ["7995"] });
    assert_eq!(read(), expected);
    shop.patch(&json!({ "controls": null }));
    assert_eq!(read(), expected);
    assert_eq!(card(&Shop::new().api, "3001")["controls"], Value::Null);
}

#[test]
fn categories_merchants_and_countries_are_allowed_and_blocked() {
    let shop = Shop::with(&json!({ "controls": {
        "mcc": { "allow": ["5411", "3501-3999"], "block": ["3600"] },
        "merchants": { "block": ["M-9"] },
        "countries": { "allow": ["FIN", "SWE"] },
    } }));
    assert_eq!(outcome(&at(&shop, "M-1".into(), "FIN", "5411"))[0], true);
    assert_eq!(outcome(&at(&shop, Value::Null, "SWE", "3501"))[0], true);
    let decision = at(&shop, "M-1".into(), "FIN", "3600");
    assert_declined(&decision, "57", "MCC_NOT_ALLOWED");
    assert_eq!(check(&decision, "MCC_LIST")["facts"], json!({ "mcc": "3600" }));
    assert_declined(&at(&shop, "M-1".into(), "FIN", "5412"), "57", "MCC_NOT_ALLOWED");
    assert_declined(&at(&shop, "M-9".into(), "FIN", "5411"), "57", "MERCHANT_NOT_ALLOWED");
    assert_declined(&at(&shop, "M-1".into(), "NOR", "5411"), "57", "COUNTRY_NOT_ALLOWED");
}

#[test]
fn a_card_locks_itself_to_its_first_merchant() {
    let shop = Shop::with(&json!({ "controls": { "firstMerchantLock": true } }));
    assert_declined(&at(&shop, Value::Null, "FIN", "5411"), "57", "MERCHANT_LOCKED");
    assert_eq!(outcome(&at(&shop, "M-1".into(), "FIN", "5411"))[0], true);
    let decision = at(&shop, "M-2".into(), "FIN", "5411");
    assert_declined(&decision, "57", "MERCHANT_LOCKED");
    let facts = json!({ "lockedMerchantId": "M-1", "merchantId": "M-2" });
    assert_eq!(check(&decision, "MERCHANT_LOCK")["facts"], facts);
    assert_eq!(outcome(&at(&shop, "M-1".into(), "FIN", "5411"))[0], true);
}

#[test]
fn a_card_for_a_single_use_is_used_once() {
    let shop = Shop::with(&json!({ "controls": { "singleUse": true } }));
    assert_declined(&shop.ask(&shop.purchase(2000.0)), "51", "NOT_ENOUGH_FUNDS");
    shop.buy(1.0);
    let decision = shop.ask(&shop.purchase(1.0));
    assert_declined(&decision, "57", "SINGLE_USE");
    assert_eq!(check(&decision, "SINGLE_USE")["facts"], json!({ "useCount": 1 }));
}

#[test]
fn malformed_controls_are_refused_by_name() {
    let shop = Shop::new();
    let many: Vec<String> = (0..101).map(|mcc| format!("{mcc:04}")).collect();
    let refused = [
        ("controls", json!([])),
        ("controls.mcc", json!({ "mcc": [] })),
        ("controls.mcc.allow", json!({ "mcc": { "allow": "5411" } })),
        ("controls.mcc.allow", json!({ "mcc": { "allow": many } })),
        ("controls.mcc.allow[0]", json!({ "mcc": { "allow": [5411] } })),
        ("controls.mcc.block[1]", json!({ "mcc": { "block": ["5411", "541"] } })),
        ("controls.mcc.block[0]", json!({ "mcc": { "block": ["4000-3000"] } })),
        ("controls.merchants.block[0]", json!({ "merchants": { "block": [""] } })),
        ("controls.merchants.block[0]", json!({ "merchants": { "block": ["x".repeat(65)] } })),
        ("controls.countries.allow[0]", json!({ "countries": { "allow": ["XXX"] } })),
        ("controls.countries.allow[0]", json!({ "countries": { "allow": ["FI"] } })),
        ("controls.firstMerchantLock", json!({ "firstMerchantLock": 1 })),
        ("controls.singleUse", json!({ "singleUse": "yes" })),
    ];
    for (field, controls) in refused {
        let body = json!({ "controls": controls });
        shop.api.patch(&format!("/card/v4/VISA_VIRTUAL/{}", shop.card), &body).refuses(field);
        shop.api.post(crate::support::VISA, &body).refuses(field);
    }
}
