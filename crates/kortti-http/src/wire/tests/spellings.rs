use std::collections::HashSet;

use kortti_core::{
    account::AccountStatus,
    card::{AccountTemplate, CardStatus, CardTemplate},
    limit::{Period, UsageType},
};

use crate::wire::{
    codes::{
        AccountStatusCode, AccountTemplateCode, CardRoleCode, CardStatusCode, CardTemplateCode, Code,
        CustomerKindCode, PeriodCode, PinStatusCode, SegmentCode, SettableStatusCode, UsageCode,
    },
    id::parse_id,
};

fn check<C: Code>(values: usize) {
    let codes: HashSet<&str> = C::TABLE.iter().map(|(code, _)| *code).collect();
    assert_eq!((codes.len(), C::TABLE.len()), (values, values));
    for (code, value) in C::TABLE {
        assert!(C::parse(code).is_some_and(|parsed| parsed == *value), "{code}");
        assert_eq!(C::spell(*value), *code);
        assert!(C::parse(&code.to_lowercase()).is_none() || *code == code.to_lowercase(), "{code}");
    }
    assert!(C::parse("").is_none());
}

#[test]
fn every_value_has_one_spelling() {
    check::<CardRoleCode>(2);
    check::<CardTemplateCode>(CardTemplate::ALL.len());
    check::<CardStatusCode>(CardStatus::ALL.len());
    check::<SettableStatusCode>(CardStatus::ALL.len() - 1);
    check::<SegmentCode>(6);
    check::<PinStatusCode>(3);
    check::<PeriodCode>(Period::ALL.len());
    check::<UsageCode>(UsageType::ALL.len());
    check::<AccountTemplateCode>(AccountTemplate::ALL.len());
    check::<AccountStatusCode>(AccountStatus::ALL.len());
    check::<CustomerKindCode>(2);
}

#[test]
fn expired_is_only_read() {
    assert_eq!(CardStatusCode::parse("CARD_EXPIRED"), Some(CardStatus::Expired));
    assert_eq!(SettableStatusCode::parse("CARD_EXPIRED"), None);
}

#[test]
fn ids_in_paths_are_1_to_18_digits() {
    assert_eq!(parse_id("792523412"), Some(792_523_412));
    assert_eq!(parse_id("999999999999999999"), Some(999_999_999_999_999_999));
    for text in ["", "0", "000", "+1", "-1", " 1", "1 ", "1e3", "٣", "1000000000000000000", "abc"] {
        assert_eq!(parse_id(text), None, "{text}");
    }
}
