use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

#[test]
fn published_test_numbers_are_card_numbers() {
    for text in ["4242424242424242", "5555555555554444", "378282246310005", "6011111111111117"] {
        assert_eq!(Pan::parse(text).unwrap().expose(), text);
    }
}

#[test]
fn first_broken_rule_is_named() {
    assert_eq!(Pan::parse("4242 4242 4242 4242").unwrap_err(), PanError::NotDigits);
    assert_eq!(Pan::parse("42a").unwrap_err(), PanError::NotDigits);
    assert_eq!(Pan::parse("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢").unwrap_err(), PanError::NotDigits);
    assert_eq!(Pan::parse("").unwrap_err(), PanError::Length);
    assert_eq!(Pan::parse("00000000000").unwrap_err(), PanError::Length);
    assert_eq!(Pan::parse("00000000000000000000").unwrap_err(), PanError::Length);
    assert_eq!(Pan::parse("4242424242424241").unwrap_err(), PanError::Luhn);
}

#[test]
fn shortest_and_longest_numbers_are_accepted() {
    assert_eq!(Pan::parse("000000000000").unwrap().digits(), 12);
    assert_eq!(Pan::parse("0000000000000000000").unwrap().digits(), 19);
}

#[test]
fn parts_are_what_the_digits_say() {
    let pan = Pan::parse("5000100000000007").unwrap();
    assert_eq!(pan.first8(), 50_001_000);
    assert_eq!(pan.last4(), 7);
    assert_eq!(pan.digits(), 16);
    assert!(pan.starts_with("500010"));
    assert!(!pan.starts_with("500011"));
}

#[test]
fn debug_prints_no_digit() {
    let text = format!("{:?}", Pan::parse("4242424242424242").unwrap());
    assert_eq!(text, "Pan(redacted)");
}

#[test]
fn generated_numbers_do_not_repeat() {
    let mut seen = HashSet::new();
    for _ in 0..1000 {
        // Nine random digits: among a thousand draws a repetition has a chance of one in two thousand, so one
        // is let pass.
        seen.insert(Pan::generate("543210", 16).unwrap().expose().to_owned());
    }
    assert!(seen.len() >= 999);
}

#[test]
fn prefix_and_length_must_leave_room_for_a_number() {
    assert_eq!(Pan::generate("54321x", 16).unwrap_err(), PanError::NotDigits);
    assert_eq!(Pan::generate("543210", 11).unwrap_err(), PanError::Length);
    assert_eq!(Pan::generate("543210", 20).unwrap_err(), PanError::Length);
    assert_eq!(Pan::generate("5432101234567890", 16).unwrap_err(), PanError::Length);
    // A prefix of all but the last digit leaves exactly one number.
    assert_eq!(Pan::generate("424242424242424", 16).unwrap().expose(), "4242424242424242");
}

proptest! {
    #[test]
    fn every_payload_has_exactly_one_check_digit(payload in "[0-9]{11,18}") {
        let accepted: Vec<u32> =
            (0..10).filter(|digit| Pan::parse(&format!("{payload}{digit}")).is_ok()).collect();
        prop_assert_eq!(accepted.len(), 1);
    }

    #[test]
    fn one_wrong_digit_is_always_noticed(payload in "[0-9]{11,18}", at in 0_usize..19, by in 1_u8..10) {
        let mut digits = format!("{payload}{}", char::from(check_digit(&payload))).into_bytes();
        let at = at % digits.len();
        digits[at] = b'0' + (digits[at] - b'0' + by) % 10;
        let text = String::from_utf8(digits).unwrap();
        prop_assert_eq!(Pan::parse(&text).unwrap_err(), PanError::Luhn);
    }

    #[test]
    fn generated_numbers_are_valid_and_in_their_range(prefix in "[0-9]{0,11}", length in 12_usize..=19) {
        let pan = Pan::generate(&prefix, length).unwrap();
        prop_assert_eq!(pan.digits(), length);
        prop_assert!(pan.starts_with(&prefix));
        prop_assert!(Pan::parse(pan.expose()).is_ok());
    }

    #[test]
    fn parsing_never_panics(text in any::<String>()) {
        let _ = Pan::parse(&text);
    }
}
