use super::*;

#[test]
fn month_ends_with_the_first_instant_of_the_next() {
    let check = |year, month, expected: &str| {
        assert_eq!(YearMonth::new(year, month).unwrap().end().rfc3339(), expected);
    };
    check(2026, 11, "2026-12-01T00:00:00.000Z");
    check(2026, 12, "2027-01-01T00:00:00.000Z");
    check(2028, 2, "2028-03-01T00:00:00.000Z");
}

#[test]
fn months_outside_the_calendar_are_not_months() {
    for (year, month) in [(2026, 0), (2026, 13), (1999, 1), (2200, 1), (i64::MAX, 1), (2026, -1)] {
        assert_eq!(YearMonth::new(year, month), None);
    }
}

#[test]
fn adding_months_carries_into_the_year() {
    let start = YearMonth::new(2026, 11).unwrap();
    assert_eq!(start.plus_months(36), YearMonth::new(2029, 11).unwrap());
    assert_eq!(start.plus_months(2), YearMonth::new(2027, 1).unwrap());
}

#[test]
fn offsets_are_normalised_to_utc() {
    let utc = Timestamp::parse("2099-12-31T03:00:00.000Z").unwrap();
    assert_eq!(Timestamp::parse("2099-12-31T05:00:00+02:00"), Some(utc));
    assert_eq!(Timestamp::parse("2099-12-31t03:00:00-00:00"), Some(utc));
    assert_eq!(utc.rfc3339(), "2099-12-31T03:00:00.000Z");
    assert_eq!(utc.local_text(), "2099-12-31T03:00:00");
    assert_eq!(Timestamp::parse("2099-12-31"), None);
    assert_eq!(Timestamp::parse("2099-12-31T03:00:00"), None);
}

#[test]
fn the_end_of_the_year_9999_is_read_as_the_last_instant() {
    let last = Timestamp::parse("9999-12-30T22:00:00.999Z").unwrap();
    assert_eq!(last.rfc3339(), "9999-12-30T22:00:00.999Z");
    for text in ["9999-12-30T22:00:01Z", "9999-12-31T03:00:00Z", "9999-12-31T23:59:59.999999999-12:00"] {
        assert_eq!(Timestamp::parse(text), Some(last), "{text}");
    }
    for text in [
        "9999-12-32T00:00:00Z",
        "9999-12-31T24:00:00Z",
        "9999-12-31",
        "9999-12-31T00:00:00",
        "10000-01-01T00:00:00Z",
    ] {
        assert_eq!(Timestamp::parse(text), None, "{text}");
    }
    assert_eq!(Timestamp::parse("0000-01-01T00:00:00Z").unwrap().rfc3339(), "0000-01-01T00:00:00.000Z");
}
