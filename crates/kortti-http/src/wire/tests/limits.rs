use kortti_core::{
    decide::{LimitRequest, RequestedRule},
    limit::{Period, UsageType},
    money::Decimal,
};
use serde_json::{Value, json};

use super::{check_member, outcome};
use crate::wire::{CardPatch, UpdateAccountBody, UpdateVirtualCard};

fn update(body: &str) -> Result<CardPatch, String> {
    outcome(body, UpdateVirtualCard::into_parts)
}

/// What the members of one limiter ask for.
fn request(members: &str) -> LimitRequest {
    let body = format!(r#"{{"usageLimits":[{{"code":"24H","values":[{{"code":"ATM"{members}}}]}}]}}"#);
    update(&body).unwrap().limits.remove(0)
}

fn rule(members: &str) -> Option<RequestedRule> {
    request(members).rule
}

fn within(single: Option<&str>, sum: Option<&str>, count: Option<u32>) -> Option<RequestedRule> {
    let decimal = |text: Option<&str>| text.map(|text| Decimal::parse(text).unwrap());
    Some(RequestedRule::Within { single: decimal(single), sum: decimal(sum), count })
}

#[test]
fn use_case_1_no_limits() {
    assert_eq!(rule(r#","singleAmount":0,"sumAmount":0,"count":9999999"#), within(None, None, None));
    assert_eq!(rule(r#","count":9999999"#), within(None, None, None));
}

#[test]
fn use_case_2_limit_for_one_use() {
    assert_eq!(rule(r#","singleAmount":1000,"sumAmount":0,"count":0"#), within(Some("1000"), None, None));
    assert_eq!(rule(r#","singleAmount":1000"#), within(Some("1000"), None, None));
}

#[test]
fn use_case_3_limit_for_the_period() {
    assert_eq!(rule(r#","singleAmount":0,"sumAmount":1200,"count":0"#), within(None, Some("1200"), None));
    assert_eq!(rule(r#","sumAmount":1200"#), within(None, Some("1200"), None));
}

#[test]
fn use_case_4_limit_of_uses() {
    assert_eq!(rule(r#","singleAmount":0,"sumAmount":0,"count":5"#), within(None, None, Some(5)));
    assert_eq!(rule(r#","count":5"#), within(None, None, Some(5)));
}

#[test]
fn use_case_5_combinations() {
    assert_eq!(rule(r#","sumAmount":1000,"count":5"#), within(None, Some("1000"), Some(5)));
    assert_eq!(
        rule(r#","singleAmount":100.5,"sumAmount":1000.25,"count":5"#),
        within(Some("100.5"), Some("1000.25"), Some(5))
    );
    assert_eq!(rule(r#","singleAmount":100,"count":9999999"#), within(Some("100"), None, None));
}

#[test]
fn use_case_6_switched_off() {
    assert_eq!(rule(r#","singleAmount":0,"sumAmount":0,"count":0"#), Some(RequestedRule::Off));
    // What is left out becomes 0, so one zero alone is three.
    for members in
        [r#","singleAmount":0"#, r#","sumAmount":0.00"#, r#","count":0"#, r#","sumAmount":-0,"count":null"#]
    {
        assert_eq!(rule(members), Some(RequestedRule::Off), "{members}");
    }
}

#[test]
fn no_number_leaves_the_rule_alone() {
    for members in [r#","reset":true"#, r#","reset":true,"singleAmount":null,"sumAmount":null,"count":null"#]
    {
        let request = request(members);
        assert_eq!(request.rule, None);
        assert!(request.reset);
    }
    assert!(!request("").reset);
    assert!(!request(r#","reset":null,"count":1"#).reset);
}

#[test]
fn amounts_are_read_exactly() {
    assert_eq!(rule(r#","sumAmount":0.1"#), within(None, Some("0.1"), None));
    assert_eq!(rule(r#","sumAmount":12.340"#), within(None, Some("12.34"), None));
    assert_eq!(rule(r#","sumAmount":1e3"#), within(None, Some("1000"), None));
    assert_eq!(rule(r#","sumAmount":999999999999999999"#), within(None, Some("999999999999999999"), None));
    assert_eq!(rule(r#","sumAmount":9007199254740993"#), within(None, Some("9007199254740993"), None));
}

#[test]
fn periods_and_types_are_known_and_keep_their_place() {
    let patch = update(
        r#"{"usageLimits":[{"code":"24H","values":[{"code":"ATM","count":1},{"code":"ALL","count":2}]},
            {"code":"DAILY","values":null},{"code":"WEEKLY"},
            {"code":"MONTHLY","values":[{"code":"RETAIL","count":3}]}]}"#,
    )
    .unwrap();
    let places: Vec<_> =
        patch.limits.iter().map(|limit| (limit.period, limit.usage, limit.field.as_ref())).collect();
    assert_eq!(
        places,
        [
            (Period::Rolling24Hours, UsageType::Atm, "usageLimits[0].values[0]"),
            (Period::Rolling24Hours, UsageType::All, "usageLimits[0].values[1]"),
            (Period::Monthly, UsageType::Retail, "usageLimits[3].values[0]"),
        ]
    );
}

#[test]
fn what_a_read_returns_can_be_sent_back() {
    let request = request(
        r#","reset":null,"singleAmount":null,"count":9999999,"sumAmount":1000,"availableAmount":900,"availableCount":1,
        "usedAmount":100,"usedCount":2"#,
    );
    assert_eq!(request.rule, within(None, Some("1000"), None));
}

#[test]
fn same_period_and_type_twice_is_refused() {
    let twice =
        r#"{"usageLimits":[{"code":"DAILY","values":[{"code":"ATM","count":1},{"code":"ATM","count":2}]}]}"#;
    assert_eq!(update(twice).err().as_deref(), Some("usageLimits[0].values[1]"));
    let apart = r#"{"usageLimits":[{"code":"DAILY","values":[{"code":"ATM","count":1}]},
        {"code":"24H","values":[{"code":"ATM"}]},{"code":"DAILY","values":[{"code":"ATM"}]}]}"#;
    assert_eq!(update(apart).err().as_deref(), Some("usageLimits[2].values[0]"));
    assert_eq!(
        outcome(apart, UpdateAccountBody::into_parts).err().as_deref(),
        Some("usageLimits[2].values[0]")
    );
}

#[test]
fn members_of_limits_are_checked() {
    let base = json!({"usageLimits": [{"code": "24H", "values": [{"code": "ATM"}]}]});
    let check = |path: &str, accepted: &[Value], refused: &[Value]| {
        check_member(&base, path, accepted, refused, &update);
        let account = |body: &str| outcome(body, UpdateAccountBody::into_parts);
        check_member(&base, path, accepted, refused, &account);
    };
    check("usageLimits", &[json!([]), Value::Null], &[json!({}), json!("24H"), json!(1)]);
    check("usageLimits[0]", &[], &[Value::Null, json!("24H"), json!(5)]);
    check(
        "usageLimits[0].code",
        &[json!("24H"), json!("DAILY"), json!("WEEKLY"), json!("MONTHLY")],
        &[json!("YEARLY"), json!("24h"), json!(""), json!(24), Value::Null],
    );
    check("usageLimits[0].values", &[json!([]), Value::Null], &[json!({}), json!(1)]);
    check("usageLimits[0].values[0]", &[], &[Value::Null, json!("ATM")]);
    check(
        "usageLimits[0].values[0].code",
        &[json!("ALL"), json!("ATM"), json!("RETAIL")],
        &[json!("ONLINE"), json!("atm"), json!(1), Value::Null],
    );
    check(
        "usageLimits[0].values[0].reset",
        &[json!(true), json!(false), Value::Null],
        &[json!(1), json!("true")],
    );
    for name in ["singleAmount", "sumAmount"] {
        check(
            &format!("usageLimits[0].values[0].{name}"),
            &[json!(0), json!(0.01), json!(1000), json!(999_999_999_999_999_999_i64), Value::Null],
            &[
                json!(-1),
                json!(-0.01),
                json!("1000"),
                json!(true),
                json!({}),
                json!(1_000_000_000_000_000_001_i64),
            ],
        );
    }
    check(
        "usageLimits[0].values[0].count",
        &[json!(0), json!(9_999_999), Value::Null],
        &[json!(-1), json!(10_000_000), json!(1.5), json!(5.0), json!("5"), json!(u64::MAX)],
    );
}

#[test]
fn period_without_code_is_refused() {
    assert_eq!(update(r#"{"usageLimits":[{"values":[]}]}"#).err().as_deref(), Some("usageLimits[0].code"));
    let nameless = r#"{"usageLimits":[{"code":"24H","values":[{"count":1}]}]}"#;
    assert_eq!(update(nameless).err().as_deref(), Some("usageLimits[0].values[0].code"));
}
