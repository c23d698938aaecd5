use super::{
    super::world::at,
    script::{Script, failures},
};
use crate::{
    limit::{Bounds, Period, UsageType},
    time::DAY_MS,
    transaction::{Check, CheckKind, Checked, Facts, LimitFacts, Transaction},
    usage::Used,
};

fn told(transaction: &Transaction) -> Vec<(CheckKind, Checked)> {
    transaction.checks.iter().map(|check| (check.kind, check.result)).collect()
}

#[test]
fn approval_lists_every_check_with_what_it_compared() {
    let mut script = Script::new("explained");
    script.line("limit DAILY RETAIL single=100 sum=150 count=3");
    script.line("account-limit 24H ALL sum=500");
    script.authorise(4_000, at("2026-03-16T10:00:00Z"));
    let now = at("2026-03-16T11:00:00Z");
    let found = script.authorise(5_000, now);
    let expected = [
        (CheckKind::CardKnown, Checked::Pass),
        (CheckKind::Expiry, Checked::Pass),
        (CheckKind::CardStatus, Checked::Pass),
        (CheckKind::AccountStatus, Checked::Pass),
        (CheckKind::EcommerceBlock, Checked::Skipped),
        (CheckKind::RegionBlock, Checked::Pass),
        (CheckKind::CardLimit, Checked::Pass),
        (CheckKind::AccountLimit, Checked::Pass),
        (CheckKind::Funds, Checked::Pass),
    ];
    assert_eq!(told(&found), expected);
    let of_card = LimitFacts {
        period: Period::Daily,
        usage: UsageType::Retail,
        bounds: Some(Bounds { single: Some(10_000), sum: Some(15_000), count: Some(3) }),
        start: Some(at("2026-03-16T00:00:00Z")),
        end: Some(at("2026-03-17T00:00:00Z")),
        before: Used { amount: 4_000, count: 1 },
        this: Used { amount: 5_000, count: 1 },
        total: None,
    };
    let of_account = LimitFacts {
        period: Period::Rolling24Hours,
        usage: UsageType::All,
        bounds: Some(Bounds { single: None, sum: Some(50_000), count: None }),
        start: Some(now.plus_ms(-DAY_MS)),
        end: Some(now),
        ..of_card
    };
    let facts = |place: usize| found.checks[place].facts.clone();
    assert_eq!(facts(6), Some(Facts::Limit(Box::new(of_card))));
    assert_eq!(facts(7), Some(Facts::Limit(Box::new(of_account))));
    assert_eq!(facts(8), Some(Facts::Funds(996_000, 5_000)));
    assert_eq!(of_card.after(), Used { amount: 9_000, count: 2 });
    assert_eq!(found.available, 991_000);
}

#[test]
fn decline_is_listed_with_everything_else_that_would_have_failed() {
    let mut script = Script::new("explained");
    for line in ["limit DAILY ALL single=1", "limit 24H ALL off", "balance 5", "block HOME"] {
        script.line(line);
    }
    let found = script.authorise(600, at("2026-03-16T10:00:00Z"));
    let expected = ["REGION_BLOCKED", "SINGLE_AMOUNT_EXCEEDED", "USAGE_DISABLED", "NOT_ENOUGH_FUNDS"];
    assert_eq!(failures(&found), expected);
    assert!(found.checks.iter().all(|Check { kind, .. }| *kind != CheckKind::PartialApproval));
    assert_eq!((found.amount, found.available, found.counted), (0, 500, None));
    assert!(found.postings.is_empty());
}

/// The facts of the first limit that was checked.
fn limit(transaction: &Transaction) -> LimitFacts {
    let limits = transaction.checks.iter().filter_map(|check| match &check.facts {
        Some(Facts::Limit(limit)) => Some(**limit),
        _ => None,
    });
    limits.into_iter().next().unwrap()
}

#[test]
fn part_that_is_granted_is_what_is_used_of_a_limit() {
    let mut script = Script::new("explained");
    script.line("limit DAILY ALL single=80 sum=100");
    script.line("balance 30");
    let found = script.authorise_part(8_000, at("2026-03-16T10:00:00Z"));
    assert_eq!(found.amount, 3_000);
    let of_card = limit(&found);
    assert_eq!(of_card.after(), Used { amount: 3_000, count: 1 });
    assert_eq!((of_card.this.amount, of_card.total, of_card.failure()), (3_000, Some(8_000), None));
    // What is declined is told as it was asked for.
    let found = script.authorise_part(8_000, at("2026-03-16T10:01:00Z"));
    assert_eq!((limit(&found).this.amount, limit(&found).total), (8_000, None));
}

#[test]
fn window_begins_with_the_reset_of_its_limit() {
    let mut script = Script::new("explained");
    for line in ["limit DAILY ALL sum=100", "limit LIFETIME ALL sum=100", "limit 24H ALL sum=100"] {
        script.line(line);
    }
    script.line("at 2026-03-16T10:00:00Z auth RETAIL CHIP 60 -> approved");
    let reset = at("2026-03-16T10:01:00Z");
    script.line("at 10:01 auth RETAIL CHIP 1 -> approved");
    for line in ["limit DAILY ALL reset", "limit LIFETIME ALL reset", "limit 24H ALL reset"] {
        script.line(line);
    }
    let starts = |found: &Transaction| {
        let starts = found.checks.iter().filter_map(|check| match &check.facts {
            Some(Facts::Limit(limit)) => Some((limit.period, limit.start)),
            _ => None,
        });
        starts.collect::<Vec<_>>()
    };
    let found = script.authorise(100, at("2026-03-16T10:02:00Z"));
    assert_eq!(limit(&found).before, Used::default());
    let all = [Period::Daily, Period::Rolling24Hours, Period::Lifetime];
    assert_eq!(starts(&found), all.map(|period| (period, Some(reset))));
    // A window that began after it begins where it does.
    let later = at("2026-03-17T12:00:00Z");
    let found = script.authorise(100, later);
    let expected = [at("2026-03-17T00:00:00Z"), later.plus_ms(-DAY_MS), reset];
    assert_eq!(starts(&found), [0, 1, 2].map(|place| (all[place], Some(expected[place]))));
}
