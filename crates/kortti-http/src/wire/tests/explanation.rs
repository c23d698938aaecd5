use kortti_core::{
    limit::{Bounds, Period, UsageType},
    reference::Currency,
    time::Timestamp,
    transaction::{Check, CheckKind, Checked, Facts, LimitFacts, Reason},
    usage::Used,
};

use crate::wire::explanation::{described, sentence};

fn limit(usage: UsageType, bounds: Option<Bounds>, before: Used) -> LimitFacts {
    let at = |text| Timestamp::parse(text).unwrap();
    LimitFacts {
        period: Period::Rolling24Hours,
        usage,
        bounds,
        start: Some(at("2026-03-14T12:00:00Z")),
        end: Some(at("2026-03-15T12:00:00Z")),
        before,
        this: Used { amount: 10_000, count: 1 },
        total: None,
    }
}

fn check(kind: CheckKind, facts: LimitFacts) -> Check {
    let result = facts.failure().map_or(Checked::Pass, |failure| Checked::Fail(failure.reason()));
    Check { kind, result, facts: Some(Facts::Limit(Box::new(facts))) }
}

fn eur(check: &Check) -> String {
    sentence(check, Currency::parse("EUR").unwrap())
}

#[test]
fn limits_are_described_by_period_type_and_what_was_exceeded() {
    let none = Bounds::default();
    let before = Used { amount: 35_000, count: 5 };
    let cases = [
        (
            UsageType::Retail,
            Some(Bounds { sum: Some(40_000), ..none }),
            r#"061-Usage Limit "24H_RETAIL" Amount Exceeded"#,
        ),
        (
            UsageType::All,
            Some(Bounds { single: Some(5_000), ..none }),
            r#"061-Usage Limit "24H_ALL" Single Amount Exceeded"#,
        ),
        (
            UsageType::Retail,
            Some(Bounds { count: Some(5), ..none }),
            r#"065-Usage Limit "24H_RETAIL" Count Exceeded"#,
        ),
        (UsageType::Atm, None, r#"057-Usage Limit "24H_ATM" Disabled"#),
    ];
    for (usage, bounds, expected) in cases {
        let check = check(CheckKind::CardLimit, limit(usage, bounds, before));
        let Checked::Fail(reason) = check.result else { panic!("{expected}") };
        let passed = Check { kind: CheckKind::CardKnown, result: Checked::Pass, facts: None };
        assert_eq!(described(reason.response().0, reason, &[passed, check]), expected);
    }
}

#[test]
fn what_is_no_limit_is_described_by_its_reason() {
    let plain = |reason: Reason| described(reason.response().0, reason, &[]);
    assert_eq!(plain(Reason::Approved), "000-Approved");
    assert_eq!(plain(Reason::PartiallyApproved), "010-Approved for a part of the amount");
    assert_eq!(plain(Reason::NotEnoughFunds), "051-Not Sufficient Funds");
    assert_eq!(plain(Reason::ClosedDueToFraud), "004-Card Closed Due To Fraud");
}

#[test]
fn a_limit_is_a_sentence_that_can_be_repeated() {
    let bounds = Bounds { sum: Some(40_000), count: Some(9), ..Bounds::default() };
    let before = Used { amount: 35_000, count: 5 };
    let exceeded = check(CheckKind::CardLimit, limit(UsageType::Retail, Some(bounds), before));
    assert_eq!(
        eur(&exceeded),
        "24H RETAIL: 350.00 used since 2026-03-14T12:00:00Z, this purchase 100.00, limit 400.00: exceeded; \
         used 5 times since 2026-03-14T12:00:00Z, with this purchase 6 times, limit 9: kept"
    );
    let more = Bounds { single: Some(9_999), count: Some(5), ..bounds };
    let exceeded = check(CheckKind::CardLimit, limit(UsageType::Retail, Some(more), before));
    assert_eq!(exceeded.result, Checked::Fail(Reason::SingleAmountExceeded));
    assert_eq!(
        eur(&exceeded),
        "24H RETAIL: this purchase 100.00, at most 99.99 each: exceeded; \
         350.00 used since 2026-03-14T12:00:00Z, this purchase 100.00, limit 400.00: exceeded; \
         used 5 times since 2026-03-14T12:00:00Z, with this purchase 6 times, limit 5: exceeded"
    );
    let kept = check(CheckKind::AccountLimit, limit(UsageType::All, Some(bounds), Used::default()));
    assert_eq!(
        eur(&kept),
        "Account, 24H ALL: 0.00 used since 2026-03-14T12:00:00Z, this use 100.00, limit 400.00: kept; \
         used 0 times since 2026-03-14T12:00:00Z, with this use 1 times, limit 9: kept"
    );
    // What only grows is no use, and no number of uses is told of it.
    let grows = limit(UsageType::Atm, Some(Bounds { count: Some(1), ..bounds }), before);
    let this = Used { count: 0, ..grows.this };
    let grows = check(CheckKind::CardLimit, LimitFacts { this, ..grows });
    assert_eq!(
        eur(&grows),
        "24H ATM: 350.00 used since 2026-03-14T12:00:00Z, this withdrawal 100.00, limit 400.00: exceeded"
    );
    let off = check(CheckKind::CardLimit, limit(UsageType::Atm, None, before));
    assert_eq!(eur(&off), "24H ATM: switched off");
}

#[test]
fn money_is_written_with_all_decimals_of_its_currency() {
    let check = Check {
        kind: CheckKind::Funds,
        result: Checked::Fail(Reason::NotEnoughFunds),
        facts: Some(Facts::Funds(-105, 100_000)),
    };
    assert_eq!(eur(&check), "Funds: -1.05 available, this amount 1000.00: Not Sufficient Funds");
    let yen = sentence(&check, Currency::parse("JPY").unwrap());
    assert_eq!(yen, "Funds: -105 available, this amount 100000: Not Sufficient Funds");
}
