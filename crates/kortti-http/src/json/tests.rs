use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::wire::{CreatePhysicalCard, UpdatePhysicalCard};

#[derive(Deserialize)]
struct Sample {
    name: String,
    #[serde(default)]
    items: Vec<Item>,
    flag: Option<bool>,
    #[serde(default)]
    #[expect(dead_code, reason = "it is there to be refused")]
    inner: Option<Box<Item>>,
}

#[derive(Deserialize)]
struct Item {
    size: Option<i32>,
    #[serde(default)]
    #[expect(dead_code, reason = "it is there to be refused")]
    inner: Option<Box<Self>>,
}

fn fault(body: &[u8]) -> (BodyErrorKind, Option<String>, String) {
    let error = parse::<Sample>(body).err().unwrap();
    (error.kind, error.field, error.problem)
}

fn kind_and_field(body: &str) -> (BodyErrorKind, Option<String>) {
    let (kind, field, _) = fault(body.as_bytes());
    (kind, field)
}

fn at(field: &str) -> Option<String> {
    Some(field.to_owned())
}

#[test]
fn sound_body_is_read_and_unknown_members_are_ignored() {
    let body =
        br#" {"name":"a","items":[{"size":1},{}],"flag":null,"other":{"deep":[1,2.5,"x",true,null,-3]}} "#;
    let sample = parse::<Sample>(body).unwrap();
    assert_eq!(sample.name, "a");
    assert_eq!(sample.items.iter().map(|item| item.size).collect::<Vec<_>>(), [Some(1), None]);
    assert_eq!(sample.flag, None);
}

#[test]
fn body_that_is_not_utf8_is_refused() {
    assert_eq!(fault(b"{\"name\":\"\xff\"}").0, BodyErrorKind::NotUtf8);
}

#[test]
fn body_that_is_not_json_is_refused() {
    for body in [
        "",
        " ",
        "{",
        "{\"name\":}",
        "{\"name\":\"a\"",
        "{\"name\":\"a\",}",
        "{'name':1}",
        "\u{feff}{}",
        "{\"a\":01}",
    ] {
        assert_eq!(kind_and_field(body).0, BodyErrorKind::Malformed, "{body}");
    }
}

#[test]
fn malformed_body_names_the_member_that_breaks_it() {
    assert_eq!(
        kind_and_field(r#"{"items":[{"size":1},{"size":x}]}"#),
        (BodyErrorKind::Malformed, at("items[1].size"))
    );
}

#[test]
fn lone_surrogates_are_refused() {
    assert_eq!(kind_and_field(r#"{"name":"\ud800"}"#).0, BodyErrorKind::Malformed);
}

#[test]
fn trailing_characters_are_refused() {
    for body in [r#"{"name":"a"}x"#, r#"{"name":"a"}{}"#, r#"{"name":"a"},"#] {
        assert_eq!(kind_and_field(body), (BodyErrorKind::Malformed, None), "{body}");
    }
}

#[test]
fn only_objects_are_bodies() {
    for body in ["null", "1", "-1", "1.5", "true", "\"a\"", "[]", "[{}]"] {
        assert_eq!(kind_and_field(body), (BodyErrorKind::Malformed, None), "{body}");
    }
}

#[test]
fn duplicate_keys_are_refused_wherever_they_are() {
    let cases = [
        (r#"{"name":"a","name":"b"}"#, "name"),
        (r#"{"name":"a","\u006eame":"b"}"#, "name"),
        (r#"{"name":"a","items":[{},{"size":1,"size":1}]}"#, "items[1].size"),
        (r#"{"name":"a","other":{"x":1,"y":2,"x":3}}"#, "other.x"),
    ];
    for (body, field) in cases {
        assert_eq!(kind_and_field(body), (BodyErrorKind::DuplicateKey, at(field)), "{body}");
    }
}

#[test]
fn sixteen_levels_are_read_and_seventeen_refused() {
    let nested = |levels: usize| {
        format!(r#"{{"name":"a","other":{}{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1))
    };
    assert!(parse::<Sample>(nested(16).as_bytes()).is_ok());
    assert_eq!(kind_and_field(&nested(17)).0, BodyErrorKind::TooDeep);
    assert_eq!(kind_and_field(&"{\"a\":".repeat(100_000)).0, BodyErrorKind::TooDeep);
}

#[test]
fn wrong_types_are_told_in_our_own_words() {
    let cases = [
        (r#"{}"#, "name", "is required"),
        (r#"{"name":null}"#, "name", "is required"),
        (r#"{"name":5}"#, "name", "must be a string"),
        (r#"{"name":"a","items":{}}"#, "items", "must be an array"),
        (r#"{"name":"a","items":[5]}"#, "items[0]", "must be an object"),
        (r#"{"name":"a","items":[null]}"#, "items[0]", "must be an object"),
        (
            r#"{"name":"a","items":[{},{"size":"big"}]}"#,
            "items[1].size",
            "must be a whole number of at most 32 bits",
        ),
        (
            r#"{"name":"a","items":[{"size":1.5}]}"#,
            "items[0].size",
            "must be a whole number of at most 32 bits",
        ),
        (r#"{"name":"a","flag":"true"}"#, "flag", "must be true or false"),
    ];
    for (body, field, problem) in cases {
        assert_eq!(fault(body.as_bytes()), (BodyErrorKind::Invalid, at(field), problem.to_owned()), "{body}");
    }
}

#[test]
fn array_is_no_object_at_any_depth() {
    let not_an_object = |body: &str, field: &str| {
        let (kind, found, problem) = fault(body.as_bytes());
        assert_eq!((kind, found, problem.as_str()), (BodyErrorKind::Invalid, at(field), "must be an object"));
    };
    not_an_object(r#"{"name":"a","items":[{"size":1},[2]]}"#, "items[1]");
    not_an_object(r#"{"name":"a","inner":[1]}"#, "inner");
    not_an_object(r#"{"name":"a","items":[{"inner":{"inner":[]}}]}"#, "items[0].inner.inner");
}

#[test]
fn values_that_imitate_our_messages_are_not_repeated() {
    let body = r#"{"name":"a","flag":"x, expected 4111111111111111 at line 1 column 4111111111111111"}"#;
    assert_eq!(fault(body.as_bytes()).2, "must be true or false");
}

#[test]
fn keys_that_could_be_numbers_are_not_repeated() {
    let body = r#"{"4111111111111111":1,"4111111111111111":2}"#;
    assert_eq!(kind_and_field(body), (BodyErrorKind::DuplicateKey, at("?")));
}

/// JSON text, sound or nearly so, with `number` in it as value, part of a value or key.
fn body_with(number: &'static str) -> impl Strategy<Value = String> {
    let key = prop_oneof![
        prop::sample::select(vec![
            "embossing",
            "firstName",
            "usageLimits",
            "code",
            "values",
            "singleAmount",
            "count",
            "segment",
            "expiration",
            "month",
            "cardAddress",
            "zipCode",
            "additionalValues",
            "key",
            "accountId",
            "scheduledClosing",
            "time",
            "reason",
        ])
        .prop_map(str::to_owned),
        Just(number.to_owned()),
        Just(format!("a{number}")),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just(number.to_owned()),
        Just(format!("-{number}")),
        Just(format!("{number}.5e400")),
        Just(format!("\"{number}\"")),
        Just(format!("\", expected {number} at line {number} column {number}\"")),
        Just(format!("\"missing field `{number}`\"")),
        Just(number[..8].to_owned() + "\u{1}" + &number[8..]),
        "[ -~]{0,6}",
    ];
    let value = leaf.prop_recursive(4, 24, 4, move |inner| {
        let member = (key.clone(), inner.clone()).prop_map(|(key, value)| format!("\"{key}\":{value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    });
    let member = (
        prop::sample::select(vec![
            "embossing",
            "usageLimits",
            "cardAddress",
            "expiration",
            "status",
            "customerId",
            "reason",
        ]),
        value,
    )
        .prop_map(|(key, value)| format!("\"{key}\":{value}"));
    prop::collection::vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(",")))
}

const NUMBER: &str = "4111111111111111";

proptest! {
    #[test]
    fn no_error_repeats_a_card_number(body in body_with(NUMBER)) {
        let errors = [
            parse::<CreatePhysicalCard>(body.as_bytes()).err(),
            parse::<UpdatePhysicalCard>(body.as_bytes()).err(),
        ];
        for error in errors.into_iter().flatten() {
            let text = format!("{error} {}", error.problem);
            prop_assert!(!text.contains(NUMBER), "{}", text);
            prop_assert!(!text.contains("expected"), "{}", text);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse::<UpdatePhysicalCard>(&bytes);
    }

    #[test]
    fn no_text_like_json_makes_the_reader_panic(text in r#"[\[\]{}",:0-9eE.\-a-z\\u \n]{0,120}"#) {
        let _ = parse::<UpdatePhysicalCard>(text.as_bytes());
        let _ = parse::<CreatePhysicalCard>(format!("{{{text}}}").as_bytes());
    }
}

#[test]
fn key_given_twice_among_many_is_refused_however_it_is_written() {
    let many: Vec<String> = (0..40).map(|key| format!(r#""k{key}":0"#)).collect();
    for again in ["k3", "k35", r"k\u0033", r"k3\u0035"] {
        let body = format!(r#"{{{},"{again}":1}}"#, many.join(","));
        let (kind, field) = kind_and_field(&body);
        assert_eq!(kind, BodyErrorKind::DuplicateKey, "{again}");
        assert!(field.is_some_and(|field| field == "k3" || field == "k35"));
    }
}
