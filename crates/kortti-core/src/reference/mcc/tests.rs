use super::*;

fn mcc(code: u16) -> Mcc {
    Mcc::new(code).unwrap()
}

/// Checks the value at both ends of a range and that it does not hold just outside.
fn check_edges<T: PartialEq + Copy + fmt::Debug>(value: fn(Mcc) -> T, expected: T, ranges: &[(u16, u16)]) {
    for &(first, last) in ranges {
        assert_eq!((value(mcc(first)), value(mcc(last))), (expected, expected), "{first}-{last}");
        assert_ne!(value(mcc(first - 1)), expected, "before {first}");
        assert_ne!(value(mcc(last + 1)), expected, "after {last}");
    }
}

#[test]
fn code_is_four_digits() {
    for text in ["0000", "0742", "5411", "9999"] {
        assert_eq!(Mcc::parse(text).map(|mcc| mcc.to_string()).as_deref(), Some(text));
    }
    assert_eq!(Mcc::parse("0742").map(Mcc::code), Some(742));
    assert_eq!(format!("{:?}", mcc(742)), "Mcc(0742)");
    for text in ["", "742", "05411", "54110", "+541", "-541", " 541", "541 ", "54a1", "5411-", "٥٤١١", "½½"]
    {
        assert_eq!(Mcc::parse(text), None, "`{text}`");
    }
}

#[test]
fn number_above_9999_is_no_code() {
    assert_eq!(Mcc::new(9999).map(Mcc::code), Some(9999));
    assert_eq!(Mcc::new(10_000), None);
    assert_eq!(Mcc::new(u16::MAX), None);
}

#[test]
fn code_is_stored_as_its_number() {
    let bytes = minicbor::to_vec(mcc(5411)).unwrap();
    assert_eq!(bytes, b"\x19\x15\x23");
    assert_eq!(minicbor::decode::<Mcc>(&bytes).unwrap(), mcc(5411));
    assert_eq!(minicbor::decode::<Mcc>(b"\x19\x27\x0f").unwrap(), mcc(9999));
    assert!(minicbor::decode::<Mcc>(b"\x19\x27\x10").is_err());
}

#[test]
fn range_holds_both_of_its_ends() {
    let hotels = MccRange::parse("3501-3999").unwrap();
    let inside = [3500, 3501, 3700, 3999, 4000].map(|code| hotels.contains(mcc(code)));
    assert_eq!(inside, [false, true, true, true, false]);
    let restaurants = MccRange::parse("5812").unwrap();
    assert_eq!([5811, 5812, 5813].map(|code| restaurants.contains(mcc(code))), [false, true, false]);
}

#[test]
fn range_is_shown_as_it_is_read() {
    for text in ["0000", "5812", "0000-9999", "0742-0743", "3501-3999"] {
        assert_eq!(MccRange::parse(text).map(|range| range.to_string()).as_deref(), Some(text));
    }
    for text in [
        "",
        "-",
        "5812-",
        "-5812",
        "5812-5812",
        "5814-5811",
        "5811 - 5814",
        "5811–5814",
        "5811-5814-",
        "581-5814",
        "5811..5814",
    ] {
        assert_eq!(MccRange::parse(text), None, "`{text}`");
    }
}

#[test]
fn range_is_stored_with_its_ends() {
    let range = MccRange::parse("3501-3999").unwrap();
    let bytes = minicbor::to_vec(range).unwrap();
    assert_eq!(bytes, b"\x82\x19\x0d\xad\x19\x0f\x9f");
    assert_eq!(minicbor::decode::<MccRange>(&bytes).unwrap(), range);
    assert!(minicbor::decode::<MccRange>(b"\x82\x19\x0d\xad\x19\x27\x10").is_err());
}

#[test]
fn what_begins_long_before_it_is_paid_is_held_for_a_month() {
    // The codes of car rental and lodging meet.
    let month = [(3351, 3999), (4411, 4411), (7011, 7011), (7512, 7513), (7519, 7519)];
    check_edges(default_hold_days, 30, &month);
    check_edges(default_hold_days, 1, &[(5542, 5542)]);
    for code in [0, 3000, 4121, 5411, 5541, 5812, 9999] {
        assert_eq!(default_hold_days(mcc(code)), 7, "{code}");
    }
}

#[test]
fn only_a_category_with_tips_or_extras_clears_above_its_authorisation() {
    check_edges(default_tolerance_percent, 20, &[(4121, 4121), (5811, 5814), (7230, 7230), (7298, 7298)]);
    let extras = [(3351, 3999), (4411, 4411), (7011, 7011), (7512, 7513), (7519, 7519)];
    check_edges(default_tolerance_percent, 15, &extras);
    check_edges(default_tolerance_percent, 10, &[(5541, 5542)]);
    for code in [0, 3350, 4000, 5411, 5540, 5543, 5810, 5815, 6011, 7995, 9999] {
        assert_eq!(default_tolerance_percent(mcc(code)), 0, "{code}");
    }
}

#[test]
fn rows_of_the_tables_are_sorted_and_apart() {
    fn check<T>(table: &[(MccRange, T)]) {
        assert!(table.iter().all(|(range, _)| range.first <= range.last));
        assert!(table.is_sorted_by(|(a, _), (b, _)| a.last < b.first));
    }
    check(&HOLD_DAYS);
    check(&TOLERANCE_PERCENT);
}

#[test]
fn six_categories_are_as_good_as_cash() {
    let found: Vec<u16> = (0..=9999).filter(|&code| mcc(code).is_quasi_cash()).collect();
    assert_eq!(found, [4829, 6050, 6051, 7801, 7802, 7995]);
}
