use std::collections::HashSet;

use super::{COUNTRIES, Country, Region};

fn country(alpha3: &str) -> Country {
    Country::parse(alpha3).unwrap_or_else(|| panic!("{alpha3} is a country"))
}

#[test]
fn table_holds_the_249_official_countries_and_two_special_spellings() {
    assert_eq!(Country::all().count(), 251);
    let official = Country::all().filter(|c| !["QZZ", "ROM"].contains(&c.alpha3()));
    let places: HashSet<_> = official.map(|c| (c.alpha2(), c.numeric())).collect();
    assert_eq!(places.len(), 249, "alpha-2 and numeric codes repeat nowhere else");
}

#[test]
fn table_is_sorted_and_well_formed() {
    assert!(COUNTRIES.is_sorted_by(|a, b| a.alpha3 < b.alpha3));
    for c in Country::all() {
        assert!(c.alpha3().len() == 3 && c.alpha3().bytes().all(|b| b.is_ascii_uppercase()), "{c}");
        assert!(c.alpha2().len() == 2 && c.alpha2().bytes().all(|b| b.is_ascii_uppercase()), "{c}");
        assert!(c.numeric().is_none_or(|n| n < 900), "{c}");
        assert_eq!(Country::parse(c.alpha3()), Some(c));
    }
}

#[test]
fn regions_have_as_many_countries_as_m49_says() {
    let count = |region| Country::all().filter(|c| c.region() == region).count();
    assert_eq!(count(Some(Region::Africa)), 60);
    assert_eq!(count(Some(Region::Asia)), 50 + 1, "with Taiwan");
    assert_eq!(count(Some(Region::Europe)), 51 + 2, "with Kosovo and the second spelling of Romania");
    assert_eq!(count(Some(Region::NorthAmerica)), 41);
    assert_eq!(count(Some(Region::Oceania)), 29);
    assert_eq!(count(Some(Region::SouthAmerica)), 16);
    assert_eq!(count(None), 1);
}

#[test]
fn border_cases_lie_where_m49_puts_them() {
    for (alpha3, region) in [
        ("TUR", Region::Asia),
        ("CYP", Region::Asia),
        ("TWN", Region::Asia),
        ("RUS", Region::Europe),
        ("QZZ", Region::Europe),
        ("GRL", Region::NorthAmerica),
        ("MEX", Region::NorthAmerica),
        ("PAN", Region::NorthAmerica),
        ("CUB", Region::NorthAmerica),
        ("COL", Region::SouthAmerica),
        ("EGY", Region::Africa),
        ("ATF", Region::Africa),
        ("UMI", Region::Oceania),
    ] {
        assert_eq!(country(alpha3).region(), Some(region), "{alpha3}");
    }
    assert_eq!(country("ATA").region(), None);
}

#[test]
fn both_spellings_of_romania_are_one_place() {
    assert_ne!(country("ROM"), country("ROU"));
    assert!(country("ROM").is_same_place(country("ROU")));
    assert_eq!(country("ROM").numeric(), Some(642));
    assert!(!country("QZZ").is_same_place(country("SRB")));
    assert_eq!((country("QZZ").alpha2(), country("QZZ").numeric()), ("XK", None));
}

#[test]
fn only_three_capital_letters_are_a_country() {
    for text in ["", "FI", "fin", "FIN ", "FINN", "246", "ZZZ", "XKX"] {
        assert_eq!(Country::parse(text), None, "`{text}`");
    }
}

#[test]
fn country_is_stored_as_its_letters() {
    let bytes = minicbor::to_vec(country("FIN")).unwrap();
    assert_eq!(bytes, b"\x63FIN");
    assert_eq!(minicbor::decode::<Country>(&bytes).unwrap(), country("FIN"));
    assert!(minicbor::decode::<Country>(b"\x63ZZZ").is_err());
}
