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
    assert_eq!(utc.rfc3339(), "2099-12-31T03:00:00.000Z");
    assert_eq!(utc.local_text(), "2099-12-31T03:00:00");
    assert_eq!(Timestamp::parse("2099-12-31"), None);
    assert_eq!(Timestamp::parse("2099-12-31T03:00:00"), None);
}
