use super::{CURRENCIES, Currency};

fn exponent(code: &str) -> Option<u8> {
    Currency::parse(code).map(Currency::exponent)
}

#[test]
fn table_is_sorted_and_well_formed() {
    assert_eq!(Currency::all().count(), 164);
    assert!(CURRENCIES.is_sorted_by(|a, b| a.0 < b.0));
    for c in Currency::all() {
        assert!(c.code().len() == 3 && c.code().bytes().all(|b| b.is_ascii_uppercase()), "{c}");
        assert_eq!(Currency::parse(c.code()), Some(c));
    }
}

#[test]
fn exponents_are_those_of_the_standard() {
    let with = |exponent| {
        Currency::all().filter(|c| c.exponent() == exponent).map(Currency::code).collect::<Vec<_>>()
    };
    assert_eq!(
        with(0).join(" "),
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        "currencies without decimals"
    );
    assert_eq!(with(3).join(" "), "BHD IQD JOD KWD LYD OMR TND");
    assert_eq!(with(4).join(" "), "CLF UYW");
    assert_eq!(with(2).len(), 164 - 17 - 7 - 2);
    assert_eq!((exponent("EUR"), exponent("USD"), exponent("HUF")), (Some(2), Some(2), Some(2)));
}

#[test]
fn only_codes_that_amounts_are_counted_in_parse() {
    for text in ["", "EU", "eur", "EUR ", "978", "BGN", "HRK", "XAU", "XTS", "XXX"] {
        assert_eq!(Currency::parse(text), None, "`{text}`");
    }
}

#[test]
fn currency_is_stored_as_its_letters() {
    let euro = Currency::parse("EUR").unwrap();
    let bytes = minicbor::to_vec(euro).unwrap();
    assert_eq!(bytes, b"\x63EUR");
    assert_eq!(minicbor::decode::<Currency>(&bytes).unwrap(), euro);
    assert!(minicbor::decode::<Currency>(b"\x63XXX").is_err());
}
