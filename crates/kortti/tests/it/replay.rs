//! Recorded decisions taken again: under the rules as they are nothing changes, under others it is said what would.

use serde_json::{Value, json};

use crate::{
    http::{Api, audited},
    support::{Place, VISA, card, issue},
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
    let summary = "4 decided again: 4 identical bit for bit, 0 the same with other numbers, 0 different\n";
    assert_eq!(text, summary);
}

#[test]
fn other_rules_tell_what_would_be_different_with_both_explanations() {
    let (done, text) = with_rules(&place(), LOWER, &[]);
    assert!(done, "{text}");
    // 10 fits into 25; 20 and 30 on top of what was approved then do not. The last one was declined anyway, for another reason.
    assert!(
        text.ends_with(
            "4 decided again: 0 identical bit for bit, 1 the same with other numbers, 3 different\n"
        ),
        "{text}"
    );
    assert!(text.contains("was       approved 20.00 EUR, 000-Approved"), "{text}");
    let declined = r#"would be  declined 0.00 EUR, 061-Usage Limit "24H_RETAIL" Amount Exceeded"#;
    assert_eq!(text.matches(declined).count(), 3, "{text}");
    assert!(text.contains("was       declined 0.00 EUR, 051-Not Sufficient Funds"), "{text}");
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
    assert!(text.starts_with("2 decided again: 2 identical"), "{text}");
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
    for (rules, words) in [
        ("[[products]]\ncode = \"VISA_VIRTUAL\"\ncolour = \"red\"", "colour"),
        ("[[products]]\ncode = \"VISA_VIRTUAL\"\ntime_zone = \"Mars\"", "`time_zone`"),
        ("[[cards]]\nid = 3001\nlimits = [{ period = \"HOURLY\", type = \"ALL\", count = 1 }]", "card 3001"),
        (
            "[[accounts]]\nid = 2001\nlimits = [{ period = \"24H\", type = \"ALL\", sum_minor = -1 }]",
            "account 2001",
        ),
    ] {
        let (done, text) = with_rules(&place, rules, &[]);
        assert!(!done && text.contains(words), "{text}");
    }
}
