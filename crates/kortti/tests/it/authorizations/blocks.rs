use serde_json::{Value, json};

use super::{Shop, assert_declined, but, check, outcome};

/// A purchase in a country, by a way.
fn in_country(shop: &Shop, country: &str, mode: &str) -> Value {
    let merchant = json!({ "country": country, "mcc": "5411" });
    but(but(shop.purchase(1.0), "merchant", merchant), "cardEntryMode", mode.into())
}

fn block(shop: &Shop, blocks: &Value) {
    shop.patch(&json!({ "regionAndEcommBlocking": blocks }));
}

#[test]
fn the_ecommerce_block_stops_purchases_online_and_nothing_else() {
    let shop = Shop::new();
    block(&shop, &json!({ "ecomm": true }));
    let online = shop.ask(&in_country(&shop, "FIN", "ELECTRONIC_COMMERCE"));
    assert_declined(&online, "57", "ECOMMERCE_BLOCKED");
    assert_eq!(check(&online, "REGION_BLOCK")["result"], "SKIPPED");
    for mode in ["CHIP_READ", "CONTACTLESS", "MAGNETIC_STRIPE_READ", "MANUAL_ENTRY", "UNKNOWN"] {
        assert_eq!(outcome(&shop.ask(&in_country(&shop, "FIN", mode)))[0], true, "{mode}");
    }
}

#[test]
fn a_region_is_blocked_for_the_card_itself_only() {
    let shop = Shop::new();
    block(&shop, &json!({ "asia": true }));
    for country in ["JPN", "TUR", "CYP", "TWN"] {
        let decision = shop.ask(&in_country(&shop, country, "CHIP_READ"));
        assert_declined(&decision, "62", "REGION_BLOCKED");
        let facts = json!({ "merchantCountry": country, "block": "asia" });
        assert_eq!(check(&decision, "REGION_BLOCK")["facts"], facts);
    }
    for (country, mode) in
        [("JPN", "ELECTRONIC_COMMERCE"), ("JPN", "MANUAL_ENTRY"), ("SWE", "CHIP_READ"), ("QZZ", "CHIP_READ")]
    {
        assert_eq!(outcome(&shop.ask(&in_country(&shop, country, mode)))[0], true, "{country} {mode}");
    }
}

#[test]
fn at_home_only_the_home_block_decides() {
    let shop = Shop::new();
    block(&shop, &json!({ "europe": true }));
    assert_eq!(outcome(&shop.ask(&in_country(&shop, "FIN", "CHIP_READ")))[0], true);
    assert_declined(&shop.ask(&in_country(&shop, "SWE", "CHIP_READ")), "62", "REGION_BLOCKED");
    block(&shop, &json!({ "europe": false, "home": true }));
    assert_declined(&shop.ask(&in_country(&shop, "FIN", "CHIP_READ")), "62", "REGION_BLOCKED");
    assert_eq!(outcome(&shop.ask(&in_country(&shop, "SWE", "CHIP_READ")))[0], true);
}
