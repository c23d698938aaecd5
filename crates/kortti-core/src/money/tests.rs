use super::*;

fn eur(text: &str) -> Result<i64, AmountError> {
    Decimal::parse(text)?.minor(Currency::parse("EUR").unwrap())
}

#[test]
fn decimals_become_minor_units_exactly() {
    for (text, minor) in [
        ("0", 0),
        ("1000", 100_000),
        ("12.34", 1234),
        ("12.3", 1230),
        ("-1.5", -150),
        ("0.10", 10),
        ("1e3", 100_000),
    ] {
        assert_eq!(eur(text), Ok(minor), "{text}");
    }
    assert_eq!(eur("1.50000"), Ok(150), "trailing zeros add no precision");
    assert_eq!(eur("125e-2"), Ok(125));
}

#[test]
fn more_decimals_than_the_currency_are_refused() {
    assert_eq!(eur("1.234"), Err(AmountError::Precision { allowed: 2 }));
    let yen = Currency::parse("JPY").unwrap();
    assert_eq!(Decimal::parse("1.5").unwrap().minor(yen), Err(AmountError::Precision { allowed: 0 }));
}

#[test]
fn numbers_beyond_eighteen_digits_are_refused() {
    for text in
        ["1e18", "1e400", "1e-400", "9999999999999999999", "0.0000000000000000001", "1e99999999999", ""]
    {
        assert_eq!(eur(text), Err(AmountError::NotDecimal), "{text}");
    }
    assert_eq!(eur("999999999999999999"), Err(AmountError::TooLarge));
}

#[test]
fn amounts_are_written_without_needless_digits() {
    let check = |minor, code: &str, text: &str| {
        assert_eq!(Major { minor, currency: Currency::parse(code).unwrap() }.to_string(), text);
    };
    check(1234, "EUR", "12.34");
    check(1230, "EUR", "12.3");
    check(5, "EUR", "0.05");
    check(-1200, "EUR", "-12");
    check(1234, "JPY", "1234");
    check(1234, "BHD", "1.234");
    check(i64::MIN, "JPY", "-9223372036854775808");
}
