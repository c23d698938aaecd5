use serde::de::DeserializeOwned;

use super::*;

fn rows<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let mut table: std::collections::BTreeMap<String, Vec<T>> = toml::from_str(text).unwrap();
    table.remove("rows").unwrap()
}

#[test]
fn wrong_limit_is_named_with_its_member_and_what_it_could_be() {
    let second = |limit: &str| {
        let first = r#"{ period = "24H", type = "ATM", sum_minor = 1 }"#;
        limits(&rows(&format!("rows = [{first}, {{ {limit} }}]"))).unwrap_err()
    };
    for (limit, member, words) in [
        (
            r#"period = "HOURLY", type = "ATM""#,
            "`period`",
            "24H, DAILY, WEEKLY, MONTHLY or LIFETIME, not `HOURLY`",
        ),
        (r#"period = "24H", type = "atm""#, "`type`", "ECOMMERCE, CONTACTLESS or CASH, not `atm`"),
        (r#"period = "24H", type = "ALL", sum_minor = -1"#, "`sum_minor`", "at least 1"),
        (r#"period = "24H", type = "ALL", count = 0"#, "`count`", "at least 1"),
        (
            r#"period = "24H", type = "ALL", off = true, single_minor = 5"#,
            "`single_minor`",
            "exclude each other",
        ),
        (r#"period = "24H", type = "ATM", count = 3"#, "another one", "24H ATM"),
    ] {
        let said = second(limit);
        assert!(said.starts_with("entry 2 of `limits`: "), "{said}");
        assert!(said.contains(member) && said.contains(words), "{said}");
    }
}

#[test]
fn names_in_the_errors_are_those_that_are_taken() {
    let names = |list: &'static str| list.split(", ").flat_map(|part| part.split(" or "));
    assert!(names(PERIODS).all(|name| spelling::period(name).is_some()));
    assert!(names(TYPES).all(|name| spelling::usage_type(name).is_some()));
    assert!(names(BLOCKS).all(|name| spelling::block(name).is_some()));
    let counts = [PERIODS, TYPES, BLOCKS].map(|list| names(list).count());
    let all =
        (kortti_core::limit::Period::ALL, kortti_core::limit::UsageType::ALL, kortti_core::card::Block::ALL);
    assert_eq!(counts, [all.0.len(), all.1.len(), all.2.len()]);
}

#[test]
fn wrong_days_percents_blocks_and_controls_are_named() {
    let days = |row: &str| hold_days(&rows(&format!("rows = [{{ {row} }}]"))).unwrap_err();
    assert_eq!(days(r#"mcc = "7011", days = 0"#), "entry 1 of `hold_days`: `days` must be 1 to 365, not `0`");
    assert!(days(r#"mcc = "hotel", days = 9"#).contains("`mcc` must be four digits"));
    let percent = tolerance(&rows(r#"rows = [{ mcc = "5812", percent = 1001 }]"#)).unwrap_err();
    assert_eq!(percent, "entry 1 of `clearing_tolerance`: `percent` must be 0 to 1000, not `1001`");
    assert!(blocks(&["Africa".to_owned()]).unwrap_err().contains("oceania or southAmerica, not `Africa`"));
    let config: ControlsConfig = toml::from_str(r#"countries = { block = ["USA", "US"] }"#).unwrap();
    assert!(config.controls().unwrap_err().starts_with("`controls.countries.block` must be"));
}
