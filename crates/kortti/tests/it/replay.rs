//! Recorded decisions taken again: under the rules as they are nothing changes, under others it is said what would.

use serde_json::{Value, json};

use crate::{
    http::{Api, audited},
    support::{Place, VISA, advance, card, issue},
};

fn purchase(api: &Api, card: &str, message: &str, amount: u32) -> Value {
    let body = json!({
        "messageId": message,
        "cardId": card,
        "transactionType": "RETAIL",
        "cardEntryMode": "CHIP_READ",
        "transactionAmount": { "amount": amount, "currency": "EUR" },
        "merchant": { "country": "FIN", "mcc": "5411" },
    });
    api.post(&audited("/kortti/v1/authorizations"), &body).expect(200).json()
}

/// A purchase in the shop of this id, of 20 euros.
fn purchase_at(api: &Api, card: &str, merchant: &str) {
    let body = json!({
        "messageId": merchant,
        "cardId": card,
        "transactionType": "RETAIL",
        "cardEntryMode": "CHIP_READ",
        "transactionAmount": { "amount": 20, "currency": "EUR" },
        "merchant": { "country": "FIN", "mcc": "5411", "id": merchant },
    });
    api.post(&audited("/kortti/v1/authorizations"), &body).expect(200);
}

/// A store with four purchases of 10, 20, 30 and 2000 with one card, the last one more than there is.
fn place() -> Place {
    let place = Place::new();
    let server = place.serve();
    let api = server.client();
    let card = issue(&api, VISA, &json!({}));
    for (turn, amount) in [10, 20, 30, 2000].into_iter().enumerate() {
        purchase(&api, &card, &format!("m-{turn}"), amount);
    }
    server.stop();
    place
}

fn replay(place: &Place, arguments: &[&str]) -> (bool, String) {
    let output = place.run(&[&["replay"], arguments].concat());
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

fn with_rules(place: &Place, rules: &str, arguments: &[&str]) -> (bool, String) {
    let file = place.data().join("rules.toml");
    std::fs::write(&file, rules).unwrap();
    replay(place, &[&["--with", file.to_str().unwrap()], arguments].concat())
}

const LOWER: &str = r#"
[[products]]
code = "VISA_VIRTUAL"

[[products.limits]]
period = "24H"
type = "RETAIL"
sum_minor = 2500
"#;

#[test]
fn unchanged_rules_give_the_same_bit_for_bit() {
    let (done, text) = replay(&place(), &[]);
    assert!(done, "{text}");
    let numbers = "4 identical bit for bit, 0 the same with other numbers, 0 different";
    assert_eq!(text, format!("4 decided again, each on the state as it was: {numbers}\n"));
}

#[test]
fn other_rules_tell_what_would_be_different_with_both_explanations() {
    let (done, text) = with_rules(&place(), LOWER, &[]);
    assert!(done, "{text}");
    // 10 fits into 25; 20 and 30 on top of what was approved then do not. The last one was declined anyway, for another reason.
    assert!(
        text.ends_with(
            "4 decided again, each on the state as it was: 0 identical bit for bit, 1 the same with other numbers, 3 different\n"
        ),
        "{text}"
    );
    assert!(text.contains("was       approved 20.00 EUR, 000-Approved"), "{text}");
    let declined = r#"would be  declined 0.00 EUR, 061-Usage Limit "24H_RETAIL" Amount Exceeded"#;
    assert_eq!(text.matches(declined).count(), 3, "{text}");
    assert!(text.contains("was       declined 0.00 EUR, 051-Not Sufficient Funds"), "{text}");
}

#[test]
fn what_was_used_is_counted_in_the_days_of_the_rules() {
    let place = Place::new();
    let server = place.serve();
    let api = server.client();
    // In Auckland it is one o'clock in the night of the third.
    advance(&api, &json!({ "to": "2040-01-02T12:00:00Z" }));
    let card = issue(&api, VISA, &json!({}));
    for (turn, amount) in [10, 20].into_iter().enumerate() {
        purchase(&api, &card, &format!("m-{turn}"), amount);
    }
    server.stop();
    let rules = LOWER.replace("24H", "DAILY");
    let zoned = rules.replace("\n\n", "\ntime_zone = \"Pacific/Auckland\"\n\n");
    for rules in [rules, zoned] {
        let (done, text) = with_rules(&place, &rules, &[]);
        assert!(done && text.ends_with("1 the same with other numbers, 1 different\n"), "{text}");
    }
}

#[test]
fn a_card_that_the_rules_lock_is_locked_to_its_first_merchant() {
    let place = Place::new();
    let server = place.serve();
    let api = server.client();
    let card = issue(&api, VISA, &json!({}));
    ["M-1", "M-2"].iter().for_each(|merchant| purchase_at(&api, &card, merchant));
    server.stop();
    let rules = "[[products]]\ncode = \"VISA_VIRTUAL\"\ncontrols = { first_merchant_lock = true }";
    let (done, text) = with_rules(&place, rules, &[]);
    assert!(done && text.ends_with("1 different\n"), "{text}");
    assert!(text.contains("Card Locked To Another Merchant"), "{text}");
}

#[test]
fn programs_get_a_line_for_each_difference() {
    let (_, text) = with_rules(&place(), LOWER, &["--json"]);
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [first, .., summary] = &lines[..] else { panic!("{text}") };
    assert_eq!(
        (first["was"]["approved"].as_bool(), first["wouldBe"]["approved"].as_bool()),
        (Some(true), Some(false))
    );
    assert_eq!(first["wouldBe"]["reason"], "AMOUNT_EXCEEDED");
    assert!(!first["wouldBe"]["explanation"].as_array().unwrap().is_empty());
    assert_eq!(*summary, json!({ "decided": 4, "identical": 0, "explainedDifferently": 1, "different": 3 }));
}

#[test]
fn only_the_entries_asked_for_are_decided_again() {
    let place = place();
    let server = place.serve();
    let events = crate::support::events(&server.client());
    server.stop();
    let sequences: Vec<String> = events
        .iter()
        .filter(|event| event["type"] == "AUTHORIZATION")
        .map(|event| event["sequence"].to_string())
        .collect();
    let (_, text) = replay(&place, &["--from", &sequences[1], "--to", &sequences[2]]);
    assert!(text.starts_with("2 decided again, each on the state as it was: 2 identical"), "{text}");
}

#[test]
fn limits_changed_since_are_the_rules_of_today() {
    let place = place();
    let server = place.serve();
    let api = server.client();
    let id = crate::support::events(&api).iter().find(|event| event["type"] == "CARD_ISSUED").unwrap()["subjectId"].clone();
    let limits =
        json!({ "usageLimits": [{ "code": "DAILY", "values": [{ "code": "ALL", "singleAmount": 15 }] }] });
    api.patch(&audited(&format!("/card/v4/VISA_VIRTUAL/{}", id.as_str().unwrap())), &limits).expect(200);
    assert_eq!(card(&api, id.as_str().unwrap())["usageLimits"][1]["values"][0]["singleAmount"], 15);
    server.stop();
    let (_, text) = replay(&place, &[]);
    assert!(text.ends_with("3 different\n"), "{text}");
    assert!(text.contains("061-Usage Limit \"DAILY_ALL\" Single Amount Exceeded"), "{text}");
}

#[test]
fn rules_that_make_no_sense_are_named() {
    let place = place();
    let limit = r#"{ period = "24H", type = "ALL", sum_minor = 1 }"#;
    let product = "[[products]]\ncode = \"VISA_VIRTUAL\"\n";
    let account = "[[accounts]]\nid = 2001\n";
    let card = format!("[[cards]]\nid = 3001\nlimits = [{limit}]\n");
    for (rules, words) in [
        (format!("{product}colour = \"red\""), "colour"),
        (format!("{product}time_zone = \"Mars\""), "`time_zone`"),
        (card.replace("24H", "HOURLY"), "card 3001 (entry 1 of `cards`): entry 1 of `limits`: `period`"),
        (
            card.replace("sum_minor = 1", "off = true, count = 1"),
            "`off = true` and `count` exclude each other",
        ),
        (format!("{account}limits = [{}]", limit.replace("= 1", "= -1")), "account 2001"),
        (format!("{account}credit_limit_minor = -1"), "`credit_limit_minor` must be 0 to 1000000000000000"),
        (
            format!("{account}credit_limit_minor = 1_000_000_000_000_001"),
            "`credit_limit_minor` must be 0 to 1000000000000000",
        ),
        (account.to_owned(), "account 2001 (entry 1 of `accounts`): it has no rule"),
        (product.to_owned(), "product VISA_VIRTUAL (entry 1 of `products`): it has no rule"),
        (format!("{card}{card}"), "card 3001 (entry 2 of `cards`): there is another entry"),
        (format!("{product}blocks = []\n{product}blocks = []"), "(entry 2 of `products`): there is another"),
    ] {
        let (done, text) = with_rules(&place, &rules, &[]);
        assert!(!done && text.contains(words) && text.contains("rules.toml is wrong"), "{text}");
    }
}

#[test]
fn rules_of_what_does_not_exist_are_no_harmless_change() {
    let place = place();
    let blocks = "blocks = [\"home\"]";
    for (rules, words) in [
        (format!("[[products]]\ncode = \"NOPE\"\n{blocks}"), "there is no product NOPE in institution 1"),
        (
            format!("[[products]]\ncode = \"VISA_VIRTUAL\"\ninstitution = 2\n{blocks}"),
            "there is no product VISA_VIRTUAL in institution 2",
        ),
        (
            "[[cards]]\nid = 9999\nlimits = []\n[[accounts]]\nid = 99\nlimits = []".to_owned(),
            "there is no card 9999, account 99",
        ),
    ] {
        let (done, text) = with_rules(&place, &rules, &[]);
        assert!(!done && text.contains(words) && text.contains("rules.toml"), "{text}");
    }
}

#[test]
fn range_without_an_entry_is_refused() {
    let place = place();
    for (range, words) in [
        (["--from", "5", "--to", "3"], "--from 5 is behind --to 3"),
        (["--from", "5000", "--to", "6000"], "before entry 5000"),
    ] {
        let (done, text) = replay(&place, &range);
        assert!(!done && text.contains(words), "{text}");
    }
}
