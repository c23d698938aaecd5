use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn instant(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn at(name: &str, now: &str) -> Windows {
    Windows::at(&zone(name), instant(now))
}

fn window(start: &str, end: &str) -> Window {
    Window { start: instant(start), end: instant(end) }
}

fn hours(window: Window) -> i64 {
    let ms = window.end.0 - window.start.0;
    assert_eq!(ms % 3_600_000, 0, "{window:?}");
    ms / 3_600_000
}

#[test]
fn only_names_in_the_spelling_of_the_database_are_zones() {
    for name in ["UTC", "Etc/UTC", "Europe/Helsinki", "America/Argentina/Buenos_Aires", "Asia/Kathmandu"] {
        assert_eq!(zone(name).name(), name);
    }
    let wrong =
        ["", " ", "utc", "europe/helsinki", "Europe/Helsinki ", "Europe/Espoo", "Europe", "+02:00", "EET-2"];
    let nowhere = ["Local", "local", "localtime", "posixrules", "Factory", "factory", "Etc/Unknown", ":UTC"];
    for name in wrong.into_iter().chain(nowhere) {
        assert_eq!(Zone::parse(name), None, "`{name}`");
        // Asking for a zone makes the database remember it, which must not let other spellings in.
        assert_eq!(Zone::parse(name), None, "`{name}`");
    }
    assert_eq!((Zone::default(), Zone::utc().name()), (zone("UTC"), "UTC"));
}

#[test]
fn zone_is_stored_as_its_name() {
    let bytes = minicbor::to_vec(zone("Asia/Tokyo")).unwrap();
    assert_eq!(bytes, b"\x6aAsia/Tokyo");
    assert_eq!(minicbor::decode::<Zone>(&bytes).unwrap(), zone("Asia/Tokyo"));
    assert!(minicbor::decode::<Zone>(b"\x6aAsia/Kyoto").is_err());
    assert!(minicbor::decode::<Zone>(b"\x6aasia/tokyo").is_err());
}

#[test]
fn window_holds_its_start_and_not_its_end() {
    let window = Window { start: Timestamp(5), end: Timestamp(7) };
    assert_eq!([4, 5, 6, 7].map(|ms| window.contains(Timestamp(ms))), [false, true, true, false]);
}

#[test]
fn windows_of_utc_are_those_of_the_calendar() {
    let windows = at("UTC", "2026-05-13T13:18:05Z");
    assert_eq!(windows.day, window("2026-05-13T00:00:00Z", "2026-05-14T00:00:00Z"));
    assert_eq!(windows.week, window("2026-05-11T00:00:00Z", "2026-05-18T00:00:00Z"));
    assert_eq!(windows.month, window("2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"));
}

#[test]
fn spring_day_has_23_hours_and_autumn_day_25() {
    let spring = at("Europe/Helsinki", "2026-03-29T12:00:00+03:00");
    assert_eq!(spring.day, window("2026-03-29T00:00:00+02:00", "2026-03-30T00:00:00+03:00"));
    assert_eq!(spring.week, window("2026-03-23T00:00:00+02:00", "2026-03-30T00:00:00+03:00"));
    assert_eq!(spring.month, window("2026-03-01T00:00:00+02:00", "2026-04-01T00:00:00+03:00"));
    assert_eq!((hours(spring.day), hours(spring.week), hours(spring.month)), (23, 7 * 24 - 1, 31 * 24 - 1));

    let autumn = at("Europe/Helsinki", "2026-10-25T12:00:00+02:00");
    assert_eq!(autumn.day, window("2026-10-25T00:00:00+03:00", "2026-10-26T00:00:00+02:00"));
    assert_eq!((hours(autumn.day), hours(autumn.week), hours(autumn.month)), (25, 7 * 24 + 1, 31 * 24 + 1));

    let spring = at("America/New_York", "2026-03-08T12:00:00-04:00");
    assert_eq!(spring.day, window("2026-03-08T00:00:00-05:00", "2026-03-09T00:00:00-04:00"));
    assert_eq!(hours(spring.day), 23);

    let autumn = at("America/New_York", "2026-11-01T12:00:00-05:00");
    assert_eq!(autumn.day, window("2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"));
    assert_eq!(autumn.week, window("2026-10-26T00:00:00-04:00", "2026-11-02T00:00:00-05:00"));
    assert_eq!(autumn.month, window("2026-11-01T00:00:00-04:00", "2026-12-01T00:00:00-05:00"));
    assert_eq!(hours(autumn.day), 25);
}

#[test]
fn both_passes_of_the_repeated_hour_lie_in_one_day() {
    let first = at("Europe/Helsinki", "2026-10-25T03:30:00+03:00");
    let second = at("Europe/Helsinki", "2026-10-25T03:30:00+02:00");
    assert_eq!(first, second);
    assert_eq!(first.day, window("2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z"));
    assert_eq!(
        at("America/New_York", "2026-11-01T01:30:00-04:00"),
        at("America/New_York", "2026-11-01T01:30:00-05:00")
    );
}

#[test]
fn last_millisecond_of_a_month_is_not_in_the_next() {
    let last = at("Europe/Helsinki", "2026-04-30T23:59:59.999+03:00");
    let first = at("Europe/Helsinki", "2026-05-01T00:00:00+03:00");
    assert_eq!(last.month, window("2026-04-01T00:00:00+03:00", "2026-05-01T00:00:00+03:00"));
    assert_eq!(first.month, window("2026-05-01T00:00:00+03:00", "2026-06-01T00:00:00+03:00"));
    assert_eq!(last.week, first.week, "the month ends on a Thursday");
}

#[test]
fn february_2028_ends_after_its_leap_day() {
    let leap = at("Europe/Helsinki", "2028-02-29T12:00:00+02:00");
    assert_eq!(leap.day, window("2028-02-29T00:00:00+02:00", "2028-03-01T00:00:00+02:00"));
    assert_eq!(leap.week, window("2028-02-28T00:00:00+02:00", "2028-03-06T00:00:00+02:00"));
    assert_eq!(leap.month, window("2028-02-01T00:00:00+02:00", "2028-03-01T00:00:00+02:00"));
}

#[test]
fn week_goes_on_across_the_end_of_the_year() {
    let old = at("America/New_York", "2026-12-31T23:59:59.999-05:00");
    let new = at("America/New_York", "2027-01-01T00:00:00-05:00");
    assert_eq!((old.day.end, old.month.end), (new.day.start, new.month.start));
    assert_eq!(old.month, window("2026-12-01T00:00:00-05:00", "2027-01-01T00:00:00-05:00"));
    assert_eq!(old.week, window("2026-12-28T00:00:00-05:00", "2027-01-04T00:00:00-05:00"));
    assert_eq!(new.week, old.week);
}

#[test]
fn sunday_evening_is_in_the_week_that_ends() {
    assert_eq!(
        at("UTC", "2026-05-17T23:59:59.999Z").week,
        window("2026-05-11T00:00:00Z", "2026-05-18T00:00:00Z")
    );
    assert_eq!(at("UTC", "2026-05-18T00:00:00Z").week.start, instant("2026-05-18T00:00:00Z"));
}

#[test]
fn offsets_of_quarter_hours_move_midnight() {
    let windows = at("Asia/Kathmandu", "2026-05-13T18:15:00Z");
    assert_eq!(windows.day, window("2026-05-13T18:15:00Z", "2026-05-14T18:15:00Z"));
    assert_eq!(at("Asia/Kathmandu", "2026-05-13T18:14:59.999Z").day.end, windows.day.start);
}

#[test]
fn day_without_midnight_begins_with_the_leap_over_it() {
    let sao_paulo = at("America/Sao_Paulo", "2018-11-04T12:00:00-02:00");
    assert_eq!(sao_paulo.day, window("2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"));
    assert_eq!(hours(sao_paulo.day), 23);
    let cairo = at("Africa/Cairo", "2023-04-28T12:00:00+03:00");
    assert_eq!(cairo.day, window("2023-04-28T01:00:00+03:00", "2023-04-29T00:00:00+03:00"));
    // Here the clocks leapt from 23:30 to 00:30.
    let toronto = at("America/Toronto", "1919-03-31T12:00:00-04:00");
    assert_eq!(toronto.day, window("1919-03-31T00:30:00-04:00", "1919-04-01T00:00:00-04:00"));
    assert_eq!(toronto.week.start, toronto.day.start, "a Monday");
    assert_eq!(at("America/Toronto", "1919-03-31T00:30:00-04:00"), toronto);
    assert_eq!(at("America/Toronto", "1919-03-30T23:29:59.999-05:00").day.end, toronto.day.start);
}

#[test]
fn clocks_that_go_back_over_midnight_do_not_bring_the_old_day_back() {
    // One minute after midnight the clocks went back to 23:01. Computed afresh, since a thread that remembers the new day
    // would not look at what the clocks show.
    let autumn = window("2010-11-07T00:00:00-02:30", "2010-11-08T00:00:00-03:30");
    let rules = zone("America/St_Johns").rules();
    for now in ["2010-11-07T00:00:30-02:30", "2010-11-06T23:30:00-03:30", "2010-11-07T00:00:30-03:30"] {
        assert_eq!(Windows::of(&rules, instant(now)).day, autumn, "{now}");
    }
    assert_eq!(at("America/St_Johns", "2010-11-06T23:30:00-02:30").day.end, autumn.start);
    // Here they went back exactly at midnight, so the old day had not ended.
    let sao_paulo = at("America/Sao_Paulo", "2018-02-17T23:30:00-03:00");
    assert_eq!(sao_paulo.day, window("2018-02-17T00:00:00-02:00", "2018-02-18T00:00:00-03:00"));
}

#[test]
fn day_that_a_country_left_out_has_no_window() {
    let before = at("Pacific/Apia", "2011-12-29T12:00:00-10:00");
    let after = at("Pacific/Apia", "2011-12-31T12:00:00+14:00");
    assert_eq!(before.day.end, after.day.start);
    assert_eq!(after.day, window("2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"));
    assert_eq!((hours(before.day), hours(after.day), hours(after.week)), (24, 24, 6 * 24));
}

#[test]
fn every_zone_has_windows_at_the_ends_of_time() {
    for name in TimeZoneDatabase::bundled().available() {
        let Some(zone) = Zone::parse(name.as_str()) else {
            assert_eq!(name.as_str(), "Factory");
            continue;
        };
        let first = Windows::at(&zone, Timestamp(i64::MIN));
        let last = Windows::at(&zone, Timestamp::MAX);
        for (at_start, at_end) in [(first.day, last.day), (first.week, last.week), (first.month, last.month)]
        {
            assert_eq!((at_start.start, at_end.end), (Timestamp(i64::MIN), Timestamp::MAX), "{zone:?}");
        }
        assert_eq!(Windows::at(&zone, Timestamp(i64::MAX - 1)), last);
        assert_eq!(Windows::at(&zone, first.day.end).day.start, first.day.end);
        assert_eq!(Windows::at(&zone, last.day.start.plus_ms(-1)).day.end, last.day.start);
    }
}

#[test]
fn days_follow_each_other_around_every_change_of_clocks() {
    let (from, to) = (instant("1840-01-01T00:00:00Z"), instant("2040-01-01T00:00:00Z"));
    let hours = [-25, -2, -1, 0, 1, 2, 25].map(|hour| hour * 3_600_000);
    for name in ZONES {
        let rules = zone(name).rules();
        let changes = rules.following(from.to_jiff()).map(|c| Timestamp(c.timestamp().as_millisecond()));
        for change in changes.take_while(|&change| change < to) {
            for ms in hours.into_iter().flat_map(|hour| [hour - 1, hour, hour + 1_740_000]) {
                let now = change.plus_ms(ms);
                let day = Windows::of(&rules, now).day;
                assert!(day.contains(now), "{name} {}", now.rfc3339());
                assert_eq!(Windows::of(&rules, day.end).day.start, day.end);
            }
        }
    }
}

/// More zones than a thread remembers, with every kind of change of the clocks.
const ZONES: [&str; 14] = [
    "UTC",
    "Europe/Helsinki",
    "America/New_York",
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Pacific/Apia",
    "America/Toronto",
    "America/Havana",
    "America/Sitka",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Kwajalein",
];

fn any_zone() -> impl Strategy<Value = Zone> {
    prop::sample::select(ZONES.to_vec()).prop_map(zone)
}

/// Instants from 1860 to 2200, half of them within three hours of a change of the zone's clocks or of a day's end.
fn any_zone_and_instant() -> impl Strategy<Value = (Zone, Timestamp)> {
    let range = instant("1860-01-01T00:00:00Z").0..instant("2200-01-01T00:00:00Z").0;
    (any_zone(), range, 0..4_u8, -10_800_000..=10_800_000_i64).prop_map(|(zone, ms, kind, near)| {
        let now = Timestamp(ms);
        let change = zone.rules().following(now.to_jiff()).next().map(|t| t.timestamp().as_millisecond());
        let now = match (kind, change) {
            (0, Some(change)) => Timestamp(change).plus_ms(near),
            (1, _) => Windows::of(&zone.rules(), now).day.end.plus_ms(near),
            _ => now,
        };
        (zone, now)
    })
}

/// Instants of a few days, so that most questions are about a day that was asked about before, and some from everywhere.
fn any_question() -> impl Strategy<Value = (Zone, Timestamp)> {
    let night = instant("2026-10-24T00:00:00Z").0;
    let near = (any_zone(), night..night + 3 * 86_400_000).prop_map(|(zone, ms)| (zone, Timestamp(ms)));
    let anywhere = (any_zone(), any::<i64>()).prop_map(|(zone, ms)| (zone, Timestamp(ms)));
    prop_oneof![6 => near, 2 => any_zone_and_instant(), 1 => anywhere]
}

proptest! {
    #[test]
    fn windows_contain_now_and_follow_each_other((zone, now) in any_zone_and_instant()) {
        let windows = Windows::at(&zone, now);
        let parts: [fn(Windows) -> Window; 3] = [|w| w.day, |w| w.week, |w| w.month];
        for part in parts {
            let Window { start, end } = part(windows);
            prop_assert!(part(windows).contains(now));
            prop_assert!(start <= windows.day.start && windows.day.end <= end);
            prop_assert_eq!(part(Windows::at(&zone, end)).start, end);
            prop_assert_eq!(part(Windows::at(&zone, start.plus_ms(-1))).end, start);
            prop_assert_eq!(part(Windows::at(&zone, start)), part(windows));
            prop_assert_eq!(part(Windows::at(&zone, end.plus_ms(-1))), part(windows));
        }
    }

    /// The day against what the clocks show: it begins when they first show its date.
    #[test]
    fn clocks_show_a_new_date_where_a_day_begins((zone, now) in any_zone_and_instant()) {
        let start = Windows::at(&zone, now).day.start;
        let shown = |instant: Timestamp| zone.rules().to_datetime(instant.to_jiff()).date();
        prop_assert!(shown(start.plus_ms(-1)) < shown(start));
        prop_assert!(shown(now) <= shown(start));
    }

    #[test]
    fn what_a_thread_remembers_changes_no_answer(questions in prop::collection::vec(any_question(), 0..80)) {
        for (zone, now) in questions {
            prop_assert_eq!(Windows::at(&zone, now), Windows::of(&zone.rules(), now));
        }
    }
}
