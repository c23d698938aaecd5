//! Calendar days, weeks and months in a time zone: where the counters of calendar limits begin and end.

use std::{cell::RefCell, sync::LazyLock};

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::time::Timestamp;

/// A time zone by its IANA name, one of those that are built into the program: the rules are the same on every machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Zone(Box<str>);

impl Zone {
    /// Finds a zone by its name, such as `Europe/Helsinki`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let known = TimeZone::get(name).ok()?;
        (known.iana_name() == Some(name)).then(|| Self(name.into()))
    }

    /// Universal time.
    #[must_use]
    pub fn utc() -> &'static Self {
        static UTC: LazyLock<Zone> = LazyLock::new(|| Zone("UTC".into()));
        &UTC
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    fn rules(&self) -> TimeZone {
        // Every zone was found once.
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc().clone()
    }
}

impl<C> Encode<C> for Zone {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Zone {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        Self::parse(d.str()?).ok_or_else(|| decode::Error::message("unknown time zone").at(position))
    }
}

/// A span of time: its first instant, and the first one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first instant.
    pub start: Timestamp,
    /// The first instant that is not in it any more.
    pub end: Timestamp,
}

impl Window {
    /// Whether an instant is in it.
    #[must_use]
    pub const fn contains(self, at: Timestamp) -> bool {
        self.start.0 <= at.0 && at.0 < self.end.0
    }
}

/// The calendar windows that an instant lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The day. When clocks change it has 23 or 25 hours; where they change at midnight it begins when they have changed.
    pub day: Window,
    /// The week, from Monday.
    pub week: Window,
    /// The month.
    pub month: Window,
}

/// How many zones a thread remembers the present windows of.
const REMEMBERED: usize = 8;

thread_local! {
    /// Every decision asks for the windows several times, and they stay the same all day.
    static MEMO: RefCell<Vec<(Zone, Windows)>> = const { RefCell::new(Vec::new()) };
}

impl Windows {
    /// The windows that `now` lies in, in a zone.
    #[must_use]
    pub fn at(zone: &Zone, now: Timestamp) -> Self {
        MEMO.with_borrow_mut(|memo| {
            let known = memo.iter().position(|(of, _)| of == zone);
            if let Some(place) = known
                && let Some((_, windows)) = memo.get(place)
                && windows.day.contains(now)
            {
                return *windows;
            }
            let windows = Self::find(&zone.rules(), now);
            if let Some(place) = known.or_else(|| (memo.len() == REMEMBERED).then_some(0)) {
                memo.remove(place);
            }
            memo.push((zone.clone(), windows));
            windows
        })
    }

    fn find(zone: &TimeZone, now: Timestamp) -> Self {
        let date = now.to_jiff().to_zoned(zone.clone()).date();
        let monday = date.nth_weekday(-1, Weekday::Monday);
        let monday = if date.weekday() == Weekday::Monday { date } else { monday.unwrap_or(date) };
        let window = |first: Date, next: Result<Date, jiff::Error>| Window {
            start: start_of(first, zone),
            end: next.map_or(Timestamp::MAX, |next| start_of(next, zone)),
        };
        Self {
            day: window(date, date.tomorrow()),
            week: window(monday, monday.checked_add(1.week())),
            month: window(date.first_of_month(), date.first_of_month().checked_add(1.month())),
        }
    }
}

fn start_of(date: Date, zone: &TimeZone) -> Timestamp {
    date.to_zoned(zone.clone())
        .and_then(|midnight| midnight.start_of_day())
        .map_or(Timestamp(i64::MIN), |start| Timestamp(start.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests;
