use super::{Mcc, MccRange, default_hold_days, default_tolerance_percent};

fn mcc(text: &str) -> Mcc {
    Mcc::parse(text).unwrap()
}

#[test]
fn codes_have_four_digits() {
    for text in ["0000", "0742", "5411", "9999"] {
        assert_eq!(mcc(text).to_string(), text);
    }
    for text in ["", "742", "54111", "54a1", "+541", " 541", "５４１１"] {
        assert_eq!(Mcc::parse(text), None, "{text}");
    }
}

#[test]
fn ranges_have_both_their_ends() {
    let range = MccRange::parse("3501-3999").unwrap();
    assert_eq!(range.to_string(), "3501-3999");
    for (code, inside) in [("3500", false), ("3501", true), ("3999", true), ("4000", false)] {
        assert_eq!(range.contains(mcc(code)), inside, "{code}");
    }
    assert_eq!(MccRange::parse("5812").unwrap().to_string(), "5812");
    for text in ["", "-", "3999-3501", "3501-", "-3999", "3501-3999-4000", "35-39"] {
        assert_eq!(MccRange::parse(text), None, "{text}");
    }
}

#[test]
fn stays_are_held_longer_and_pumps_shorter() {
    for (code, days) in
        [("3350", 7), ("3351", 30), ("3999", 30), ("4000", 7), ("7011", 30), ("5542", 2), ("5411", 7)]
    {
        assert_eq!(default_hold_days(mcc(code)), days, "{code}");
    }
}

#[test]
fn tables_and_drivers_may_get_a_tip() {
    for (code, percent) in
        [("5810", 0), ("5811", 20), ("5814", 20), ("5815", 0), ("4121", 20), ("7011", 15), ("5411", 0)]
    {
        assert_eq!(default_tolerance_percent(mcc(code)), percent, "{code}");
    }
}
