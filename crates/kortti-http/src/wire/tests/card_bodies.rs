use kortti_core::{embossing::is_value_character, time::Timestamp};
use serde_json::{Value, json};

use super::{ascii, check_member, long, outcome, with};
use crate::wire::{
    CardPatch, CardRequest, CreateCard, CreatePhysicalCard, CreateVirtualCard, UpdatePhysicalCard,
    UpdateVirtualCard,
};

pub(super) fn create_virtual(body: &str) -> Result<CardRequest, String> {
    outcome(body, CreateVirtualCard::into_parts)
}

pub(super) fn create_physical(body: &str) -> Result<CardRequest, String> {
    outcome(body, CreatePhysicalCard::into_parts)
}

pub(super) fn create_v3(body: &str) -> Result<CardRequest, String> {
    outcome(body, CreateCard::into_parts)
}

pub(super) fn update_virtual(body: &str) -> Result<CardPatch, String> {
    outcome(body, UpdateVirtualCard::into_parts)
}

pub(super) fn update_physical(body: &str) -> Result<CardPatch, String> {
    outcome(body, UpdatePhysicalCard::into_parts)
}

/// Checks a member that all bodies have that create or update a card.
fn check_everywhere(path: &str, accepted: &[Value], refused: &[Value]) {
    check_created(path, accepted, refused);
    check_updated(path, accepted, refused);
}

fn check_created(path: &str, accepted: &[Value], refused: &[Value]) {
    check_member(&json!({}), path, accepted, refused, &create_virtual);
    check_member(&json!({}), path, accepted, refused, &create_physical);
    check_member(&json!({"cardTemplate": "MC_CARD", "embossing": {}}), path, accepted, refused, &create_v3);
}

fn check_updated(path: &str, accepted: &[Value], refused: &[Value]) {
    check_member(&json!({}), path, accepted, refused, &update_virtual);
    check_member(&json!({}), path, accepted, refused, &update_physical);
}

fn check_physical(path: &str, accepted: &[Value], refused: &[Value]) {
    check_member(&json!({}), path, accepted, refused, &create_physical);
    check_member(&json!({}), path, accepted, refused, &update_physical);
}

#[test]
fn embossing_lines_have_a_length() {
    for (name, length) in [
        ("additionalField1", 32),
        ("additionalField2", 32),
        ("additionalField3", 32),
        ("additionalField4", 32),
        ("additionalField5", 32),
        ("companyName", 26),
        ("externalLayoutCode", 32),
        ("firstName", 26),
        ("lastName", 26),
        ("additionalEmbossingName", 26),
    ] {
        check_everywhere(
            &format!("embossing.{name}"),
            &[long(length), json!(""), Value::Null],
            &[long(length + 1), json!(5), json!(true), json!([]), json!({}), json!("a\u{0}b"), json!("a\nb")],
        );
    }
}

#[test]
fn manufacturer_has_a_pattern_from_end_to_end() {
    check_everywhere(
        "embossing.manufacturer",
        &[ascii(32), json!("A"), json!("FACTORY_X-9"), Value::Null],
        &[ascii(33), json!(""), json!("factory"), json!("A B"), json!("AÄ"), json!("A\n"), json!(1)],
    );
}

#[test]
fn physical_is_a_boolean() {
    check_everywhere(
        "embossing.physical",
        &[json!(true), json!(false), Value::Null],
        &[json!("true"), json!(1), json!({})],
    );
}

#[test]
fn embossing_is_an_object() {
    check_everywhere("embossing", &[json!({}), json!({"unknown": 1})], &[json!("x"), json!(1), json!(true)]);
    check_updated("embossing", &[Value::Null], &[]);
}

#[test]
fn names_share_one_line() {
    let names = |first: usize, last: usize| json!({"firstName": long(first), "lastName": long(last)});
    check_everywhere("embossing", &[names(13, 13), names(26, 0)], &[names(13, 14), names(26, 1)]);
}

#[test]
fn expiration_is_a_month_that_can_stand_on_a_card() {
    check_created(
        "expiration",
        &[
            json!({"year": 2000, "month": 1}),
            json!({"year": 2199, "month": 12}),
            json!({}),
            json!({"year": null, "month": null}),
            Value::Null,
        ],
        &[json!("2030-01"), json!(203_001), json!([])],
    );
    let year = json!({"expiration": {"year": 2030}});
    let month = json!({"expiration": {"month": 1}});
    check_member(
        &month,
        "expiration.year",
        &[json!(2030)],
        &[
            json!(1999),
            json!(2200),
            json!(-1),
            json!("2030"),
            json!(2030.0),
            json!(2_147_483_648_i64),
            Value::Null,
        ],
        &create_virtual,
    );
    check_member(
        &year,
        "expiration.month",
        &[json!(1), json!(12)],
        &[json!(0), json!(13), json!(-1), json!("1"), json!(1.5), json!(2_147_483_648_i64), Value::Null],
        &create_virtual,
    );
}

#[test]
fn segment_and_pin_status_are_of_a_few() {
    check_everywhere(
        "segment",
        &[json!("SEGMENT_A"), json!("SEGMENT_F"), Value::Null],
        &[json!("SEGMENT_G"), json!("segment_a"), json!(""), json!(1)],
    );
    check_everywhere(
        "pinStatus",
        &[json!("D"), json!("W"), json!("S"), Value::Null],
        &[json!("X"), json!("d"), json!(""), json!(0)],
    );
}

#[test]
fn digital_layout_code_is_1_to_32_letters_and_digits() {
    check_everywhere(
        "digitalLayoutCode",
        &[ascii(32), json!("a"), json!("abc123ABC"), Value::Null],
        &[ascii(33), json!(""), json!("a b"), json!("a-b"), json!("ä"), json!("a\n"), json!(123)],
    );
}

#[test]
fn product_code_is_2_to_65_characters() {
    check_created(
        "productCode",
        &[ascii(65), json!("A1"), json!("A_"), json!("VISA_VIRTUAL_3"), Value::Null],
        &[
            ascii(66),
            json!("A"),
            json!(""),
            json!("1A"),
            json!("_A"),
            json!("Ab"),
            json!("A-B"),
            json!("AB\n"),
            json!(1),
        ],
    );
}

#[test]
fn encrypted_data_is_text() {
    check_created("encryptedData", &[json!("a.b.c.d.e"), Value::Null], &[json!(1), json!({}), json!([])]);
}

#[test]
fn additional_values_are_at_most_ten_pairs() {
    let pairs = |number: usize| Value::Array(vec![json!({"key": "k", "value": "v"}); number]);
    check_everywhere(
        "additionalValues",
        &[pairs(0), pairs(10), Value::Null],
        &[pairs(11), json!({}), json!("k=v"), json!(1)],
    );
    check_everywhere(
        "additionalValues[0]",
        &[json!({}), json!({"key": "k"})],
        &[Value::Null, json!("k"), json!(1)],
    );
    check_everywhere(
        "additionalValues[0].key",
        &[ascii(8), json!("a"), json!("A-_ 9"), Value::Null],
        &[ascii(9), json!(""), json!("ä"), json!("a.b"), json!("a\n"), json!(1)],
    );
    check_everywhere(
        "additionalValues[0].value",
        &[long(50), json!("a"), json!("|-_ +.éü'Ọọ"), Value::Null],
        &[long(51), json!(""), json!("a,b"), json!("a/b"), json!("Ω"), json!("a\n"), json!(1), json!(true)],
    );
}

#[test]
fn pair_values_have_the_characters_that_the_domain_knows() {
    for character in ('\u{0}'..='\u{2fff}').filter(|character| !character.is_control()) {
        let body = json!({"additionalValues": [{"value": character.to_string()}]}).to_string();
        assert_eq!(create_virtual(&body).is_ok(), is_value_character(character), "{character}");
    }
}

#[test]
fn scheduled_closing_has_a_time() {
    check_created(
        "scheduledClosing",
        &[
            json!({}),
            json!({"type": null, "time": null}),
            json!({"time": "2099-12-31T03:00:00Z"}),
            Value::Null,
        ],
        &[json!("2099-12-31T03:00:00Z"), json!(1)],
    );
    check_created("scheduledClosing.type", &[Value::Null], &[json!("COUNTBASED"), json!(""), json!(1)]);
    let typed = json!({"scheduledClosing": {"type": "TIMEBASED"}});
    let times = [
        json!("2099-12-31T03:00:00.000Z"),
        json!("2099-12-31T03:00:00Z"),
        json!("2099-12-31t03:00:00.123456789z"),
        json!("2099-12-31T03:00:00+02:00"),
    ];
    let no_times = [
        json!("2099-12-31"),
        json!("2099-12-31T03:00:00"),
        json!("2099-12-31 03:00:00Z"),
        json!("2099-12-31T03:00Z"),
        json!("2099-02-30T03:00:00Z"),
        json!("2099-12-31T25:00:00Z"),
        json!("2099-12-31T03:00:00+25:00"),
        json!("2099-12-31T03:00:00+02:60"),
        json!("2099-12-31T03:00:00+02:00[Europe/Helsinki]"),
        json!(""),
        json!(4_102_444_800_i64),
    ];
    check_member(&typed, "scheduledClosing.time", &times, &no_times, &create_virtual);
    check_member(&typed, "scheduledClosing.time", &[], &[Value::Null], &create_virtual);
    check_updated("scheduledClosing.time", &times, &no_times);
    check_updated("scheduledClosing", &[json!({}), json!({"type": "anything"}), Value::Null], &[json!(1)]);
}

#[test]
fn closing_time_with_offset_is_converted() {
    let time = |text: &str| {
        create_virtual(&json!({"scheduledClosing": {"time": text}}).to_string()).unwrap().closing
    };
    assert_eq!(time("2099-12-31T03:00:00+02:00"), Timestamp::parse("2099-12-31T01:00:00Z"));
    assert!(time("2099-12-31T03:00:00+02:00").is_some());
    assert_eq!(time("9999-12-31T03:00:00Z"), Timestamp::parse("9999-12-30T22:00:00.999Z"), "no end");
}

#[test]
fn deliveries_are_of_a_few_and_only_pins_travel_electronically() {
    let common = [json!("CUSTOM_1"), json!("CUSTOM_5"), json!("MAIL"), json!("COURIER"), Value::Null];
    check_physical("cardDeliveryType", &common, &[json!("EPIN"), json!("CUSTOM_6"), json!("mail"), json!(1)]);
    check_physical("pinDeliveryType", &common, &[json!("PIGEON"), json!(1)]);
    check_physical("pinDeliveryType", &[json!("EPIN")], &[]);
}

pub(super) fn address() -> Value {
    json!({"address1": "Kings street 12", "city": "Mariehamn", "country": "FIN", "zipCode": "22100"})
}

#[test]
fn addresses_are_complete() {
    for member in ["cardAddress", "pinAddress"] {
        check_physical(member, &[address(), Value::Null], &[json!("x"), json!(1)]);
        let base = json!({ member: address() });
        let check = |name: &str, accepted: &[Value], refused: &[Value]| {
            let path = format!("{member}.{name}");
            check_member(&base, &path, accepted, refused, &create_physical);
            check_member(&base, &path, accepted, refused, &update_physical);
        };
        for name in ["address1", "city"] {
            check(name, &[long(255)], &[long(256), json!(""), Value::Null, json!(1)]);
        }
        for name in ["address2", "address3", "address4", "region"] {
            check(name, &[long(255), json!(""), Value::Null], &[long(256), json!(1)]);
        }
        check(
            "country",
            &[json!("FIN"), json!("QZZ"), json!("ROM"), json!("ROU")],
            &[json!("FI"), json!("fin"), json!("XXX"), json!(""), json!(246), Value::Null],
        );
        check(
            "zipCode",
            &[ascii(32), json!(22100), json!("AX-22100")],
            &[ascii(33), json!(""), json!(-1), json!(1.5), json!(true), Value::Null],
        );
    }
}

#[test]
fn required_members_of_an_address_are_named_when_missing() {
    for name in ["address1", "city", "country", "zipCode"] {
        let mut address = address();
        address.as_object_mut().unwrap().remove(name);
        let refusal = update_physical(&json!({ "cardAddress": address }).to_string()).err();
        assert_eq!(refusal, Some(format!("cardAddress.{name}")));
    }
}

#[test]
fn postal_code_as_a_number_becomes_its_digits() {
    let body = with(json!({"cardAddress": address()}), "cardAddress.zipCode", &json!(22100));
    assert_eq!(create_physical(&body.to_string()).unwrap().personal.card_address.unwrap().zip_code, "22100");
}

#[test]
fn ids_are_digits_as_text_or_number() {
    for member in ["accountId", "customerId"] {
        check_updated(
            member,
            &[
                json!("1"),
                json!("999999999999999999"),
                json!(1),
                json!(999_999_999_999_999_999_i64),
                json!("007"),
                Value::Null,
            ],
            &[
                json!("0"),
                json!(0),
                json!(-1),
                json!("-1"),
                json!(""),
                json!("1000000000000000000"),
                json!(1_000_000_000_000_000_000_i64),
                json!("12a"),
                json!(" 1"),
                json!("１"),
                json!(1.0),
                json!(true),
            ],
        );
    }
}

#[test]
fn status_is_one_that_callers_may_set() {
    check_updated(
        "status",
        &[
            json!("CARD_OK"),
            json!("CARD_BLOCKED"),
            json!("SUSPECTED_FRAUD"),
            json!("CARD_CLOSED_DUE_TO_FRAUD"),
            json!("CARD_NO_RENEWAL"),
            json!("CARD_LOST"),
            json!("CARD_STOLEN"),
            json!("CARD_CLOSED"),
            Value::Null,
        ],
        &[json!("CARD_EXPIRED"), json!("OK"), json!("card_ok"), json!(""), json!(0)],
    );
    check_updated("reason", &[long(32), json!(""), Value::Null], &[long(33), json!(1), json!("a\u{7}")]);
}

#[test]
fn blocks_are_booleans() {
    for name in ["ecomm", "africa", "asia", "europe", "home", "northAmerica", "oceania", "southAmerica"] {
        check_updated(
            &format!("regionAndEcommBlocking.{name}"),
            &[json!(true), json!(false), Value::Null],
            &[json!("true"), json!(1), json!({})],
        );
    }
    check_updated("regionAndEcommBlocking", &[json!({}), Value::Null], &[json!(true), json!("x")]);
}
