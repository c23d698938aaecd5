//! Long histories.

use jiff::{ToSpan, civil::date, tz::TimeZone};

use super::script::Script;
use crate::{
    limit::Period,
    time::Timestamp,
    transaction::{Facts, LimitFacts, Reason, Transaction},
};

fn facts(transaction: &Transaction, period: Period) -> LimitFacts {
    let all = transaction.checks.iter().filter_map(|check| match &check.facts {
        Some(Facts::Limit(facts)) => Some(**facts),
        _ => None,
    });
    all.into_iter().find(|facts| facts.period == period).unwrap()
}

/// Two uses on each day of a year, in its first and its last instant; the third is declined. How many hours the days had.
fn year(zone: &str) -> Vec<i64> {
    let mut script = Script::new(zone);
    for line in ["zone", "expires 2029-01", "limit DAILY ALL count=2", "limit WEEKLY ALL unlimited"] {
        script.line(&if line == "zone" { format!("zone {zone}") } else { line.to_owned() });
    }
    script.line("limit MONTHLY ALL unlimited");
    let rules = TimeZone::get(zone).unwrap();
    let start = |day: jiff::civil::Date| day.to_zoned(rules.clone()).unwrap().timestamp().as_millisecond();
    let (mut hours, mut in_week, mut in_month) = (Vec::new(), 0, 0);
    let mut day = date(2027, 9, 1);
    // The week began on Monday, before the first use.
    while day < date(2028, 9, 1) {
        let (begin, end) = (start(day), start(day.tomorrow().unwrap()));
        if day.weekday() == jiff::civil::Weekday::Monday {
            in_week = 0;
        }
        if day.day() == 1 {
            in_month = 0;
        }
        for (at, reason) in
            [(begin, Reason::Approved), (end - 1, Reason::Approved), (end - 1, Reason::CountExceeded)]
        {
            let found = script.authorise(1, Timestamp(at));
            assert_eq!(found.reason, reason, "{day} in {zone}");
            let daily = facts(&found, Period::Daily);
            assert_eq!((daily.start, daily.end), (Some(Timestamp(begin)), Some(Timestamp(end))));
            assert_eq!(facts(&found, Period::Weekly).before.count, in_week, "{day} in {zone}");
            assert_eq!(facts(&found, Period::Monthly).before.count, in_month, "{day} in {zone}");
            (in_week, in_month) = (in_week + i64::from(found.approved), in_month + i64::from(found.approved));
        }
        hours.push((end - begin) / 3_600_000);
        day = day.checked_add(1.day()).unwrap();
    }
    hours
}

#[test]
fn calendar_limits_hold_on_every_day_of_a_leap_year_in_helsinki_and_new_york() {
    for zone in ["Europe/Helsinki", "America/New_York"] {
        let hours = year(zone);
        assert_eq!(hours.len(), 366);
        assert_eq!(hours.iter().filter(|hours| **hours == 23).count(), 1);
        assert_eq!(hours.iter().filter(|hours| **hours == 25).count(), 1);
    }
}

#[test]
fn ten_thousand_uses_in_the_window_are_added_up_exactly() {
    let mut script = Script::new("many");
    script.line("limit 24H ALL sum=100");
    let begin = super::super::world::at("2026-03-16T00:00:00Z");
    for step in 0..10_000 {
        assert_eq!(script.authorise(1, begin.plus_ms(step)).reason, Reason::Approved, "use {step}");
    }
    assert_eq!(script.authorise(1, begin.plus_ms(10_000)).reason, Reason::AmountExceeded);
    let day_after = begin.plus_ms(crate::time::DAY_MS);
    assert_eq!(script.authorise(1, day_after.plus_ms(-1)).reason, Reason::AmountExceeded);
    assert_eq!(script.authorise(1, day_after).reason, Reason::Approved);
    let later = script.authorise(4_999, day_after.plus_ms(4_999));
    assert_eq!(later.reason, Reason::Approved);
    assert_eq!(facts(&later, Period::Rolling24Hours).before.amount, 5_001);
    assert_eq!(script.authorise(1, day_after.plus_ms(4_999)).reason, Reason::AmountExceeded);
}
