use proptest::prelude::*;

use super::{Window, Windows, Zone};
use crate::time::Timestamp;

const HOUR_MS: i64 = 3_600_000;

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn span(start: &str, end: &str) -> Window {
    Window { start: at(start), end: at(end) }
}

#[test]
fn zones_are_known_by_their_exact_names() {
    for name in ["UTC", "Europe/Helsinki", "America/New_York", "Asia/Kathmandu"] {
        assert_eq!(Zone::parse(name).map(|zone| zone.name().to_owned()).as_deref(), Some(name));
    }
    for name in ["", "europe/helsinki", "Europe/Nowhere", "local", "+02:00", "Europe/Helsinki "] {
        assert_eq!(Zone::parse(name), None, "{name}");
    }
    assert_eq!(Zone::default(), *Zone::utc());
}

#[test]
fn days_are_as_long_as_the_clocks_make_them() {
    for (name, inside, start, end, hours) in [
        ("Europe/Helsinki", "2026-03-29T10:00:00Z", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z", 23),
        ("Europe/Helsinki", "2026-10-25T00:30:00Z", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z", 25),
        ("America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", 23),
        ("America/New_York", "2026-11-01T06:30:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", 25),
        ("UTC", "2028-02-29T23:59:59.999Z", "2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z", 24),
        ("Asia/Kathmandu", "2026-01-01T18:15:00Z", "2026-01-01T18:15:00Z", "2026-01-02T18:15:00Z", 24),
        // Clocks went from midnight to one o'clock.
        ("America/Sao_Paulo", "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z", 23),
    ] {
        let day = Windows::at(&zone(name), at(inside)).day;
        assert_eq!(day, span(start, end), "{name} {inside}");
        assert_eq!(day.end.0 - day.start.0, hours * HOUR_MS);
    }
}

#[test]
fn weeks_begin_on_monday_also_across_years() {
    let helsinki = zone("Europe/Helsinki");
    for inside in ["2026-12-27T22:00:00Z", "2027-01-01T00:00:00Z", "2027-01-03T21:59:59.999Z"] {
        let week = Windows::at(&helsinki, at(inside)).week;
        assert_eq!(week, span("2026-12-27T22:00:00Z", "2027-01-03T22:00:00Z"), "{inside}");
    }
}

#[test]
fn months_have_their_own_lengths() {
    for (inside, start, end) in [
        ("2026-02-10T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
        ("2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    ] {
        assert_eq!(Windows::at(Zone::utc(), at(inside)).month, span(start, end));
    }
}

#[test]
fn the_ends_of_time_are_no_trap() {
    for now in [Timestamp(i64::MIN), Timestamp::MAX] {
        let _ = Windows::at(&zone("Europe/Helsinki"), now);
    }
}

proptest! {
    #[test]
    fn windows_hold_now_and_follow_each_other(
        steps in prop::collection::vec((0_usize..4, 0_i64..4_102_444_800_000), 1..40),
    ) {
        let zones = ["UTC", "Europe/Helsinki", "America/New_York", "Australia/Lord_Howe"].map(zone);
        for (place, now) in steps {
            let (zone, now) = (&zones[place], Timestamp(now));
            let windows = Windows::at(zone, now);
            // What a thread remembers is what it would find.
            prop_assert_eq!(windows, Windows::find(&zone.rules(), now));
            for window in [windows.day, windows.week, windows.month] {
                prop_assert!(window.contains(now));
            }
            prop_assert_eq!(Windows::at(zone, windows.day.end).day.start, windows.day.end);
            prop_assert_eq!(Windows::at(zone, windows.week.end).week.start, windows.week.end);
            prop_assert_eq!(Windows::at(zone, windows.month.end).month.start, windows.month.end);
            prop_assert!(windows.week.start <= windows.day.start && windows.day.end <= windows.week.end);
            prop_assert!(windows.month.start <= windows.day.start && windows.day.end <= windows.month.end);
        }
    }
}
