//! The calendar of a place: its days, weeks and months as windows of instants. Nothing here reads a clock.

use std::{cell::RefCell, sync::LazyLock};

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use crate::time::Timestamp;

/// A time zone, by its name in the IANA database: `Europe/Helsinki`.
///
/// Only the database inside the program counts, never the operating system's, so that a journal replayed on another
/// machine falls into the same days.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Zone(Box<str>);

impl Zone {
    /// Finds a zone by its name, in the spelling of the database.
    ///
    /// `Factory`, which the database has for machines that were never told where they are, is not a zone.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let rules = TimeZoneDatabase::bundled().get(name).ok()?;
        // The database ignores case, and has a placeholder without a name for a zone that is not known.
        (rules.iana_name() == Some(name) && name != "Factory").then(|| Self(name.into()))
    }

    /// The zone whose days are those of UTC.
    #[must_use]
    pub fn utc() -> &'static Self {
        static UTC: LazyLock<Zone> = LazyLock::new(|| Zone("UTC".into()));
        &UTC
    }

    /// The name, as the database spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    fn rules(&self) -> TimeZone {
        // Only names that the database knows become a `Zone`.
        TimeZoneDatabase::bundled().get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::utc().clone()
    }
}

/// Written as its name: the database gains names, and loses none.
impl<C> Encode<C> for Zone {
    fn encode<W: encode::Write>(&self, e: &mut Encoder<W>, _: &mut C) -> Result<(), encode::Error<W::Error>> {
        e.str(self.name())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Zone {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let position = d.position();
        Self::parse(d.str()?).ok_or_else(|| decode::Error::message("unknown time zone").at(position))
    }
}

/// The instants from `start` up to, and without, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first instant inside.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

impl Window {
    /// Whether the instant lies inside.
    #[must_use]
    pub fn contains(self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }
}

/// The calendar day, week and month that an instant lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// From midnight to midnight: 24 hours, or 23 or 25 where the clocks change.
    pub day: Window,
    /// From Monday to Monday.
    pub week: Window,
    /// From the first of the month to the first of the next.
    pub month: Window,
}

impl Windows {
    /// The windows of a zone around `now`. Each begins where the one before it ends, and no instant lies in two.
    ///
    /// A day whose midnight the clocks leap over begins with the leap. Clocks that go back over midnight do not bring the
    /// old day back: the new one goes on. A window that reaches outside the years -9999 to 9999 is open on that side: it
    /// starts with the smallest timestamp, or ends with [`Timestamp::MAX`], which itself lies in no window.
    ///
    /// Cheap to ask again: each thread remembers the last day of the zones that it was asked about lately.
    #[must_use]
    pub fn at(zone: &Zone, now: Timestamp) -> Self {
        // A thread that is ending may have lost its memory already.
        MEMO.try_with(|memo| memo.borrow_mut().windows(zone, now))
            .unwrap_or_else(|_| Self::of(&zone.rules(), now))
    }

    fn of(rules: &TimeZone, now: Timestamp) -> Self {
        let date = date_of(rules, now);
        let weekdays_before = date.weekday().to_monday_zero_offset();
        let window = |first: Option<Date>, next: Option<Date>| {
            let begins = |date| first_instant(rules, date);
            Window {
                start: first.and_then(begins).unwrap_or(Timestamp(i64::MIN)),
                end: next.and_then(begins).unwrap_or(Timestamp::MAX),
            }
        };
        Self {
            day: window(Some(date), date.tomorrow().ok()),
            week: window(
                date.checked_sub(weekdays_before.days()).ok(),
                date.checked_add((7 - weekdays_before).days()).ok(),
            ),
            month: window(Some(date.first_of_month()), date.last_of_month().tomorrow().ok()),
        }
    }
}

/// How many zones a thread remembers. An institution has a few; more than these are computed again, not refused.
const REMEMBERED_ZONES: usize = 8;

thread_local! {
    /// Every decision asks for its windows several times, and a day is asked about for a day.
    static MEMO: RefCell<Memo> = const { RefCell::new(Memo(Vec::new())) };
}

/// What was computed lately, the zone that came last at the end. It never changes an answer: the windows depend on nothing
/// but the zone and the day.
struct Memo(Vec<Remembered>);

struct Remembered {
    zone: Zone,
    rules: TimeZone,
    windows: Windows,
}

impl Memo {
    fn windows(&mut self, zone: &Zone, now: Timestamp) -> Windows {
        if let Some(known) = self.0.iter_mut().find(|known| known.zone == *zone) {
            if !known.windows.day.contains(now) {
                known.windows = Windows::of(&known.rules, now);
            }
            return known.windows;
        }
        let rules = zone.rules();
        let windows = Windows::of(&rules, now);
        if self.0.len() >= REMEMBERED_ZONES {
            self.0.remove(0);
        }
        self.0.push(Remembered { zone: zone.clone(), rules, windows });
        windows
    }
}

/// The date of the day that `now` lies in.
fn date_of(rules: &TimeZone, now: Timestamp) -> Date {
    let shown = rules.to_datetime(now.to_jiff()).date();
    // Clocks that went back over midnight show yesterday for a while, though today has begun. They never go back further.
    let tomorrow = shown.tomorrow().ok();
    tomorrow.filter(|&date| first_instant(rules, date).is_some_and(|start| start <= now)).unwrap_or(shown)
}

/// The instant at which a date begins; none where jiff cannot count so far.
fn first_instant(rules: &TimeZone, date: Date) -> Option<Timestamp> {
    let midnight = DateTime::from(date);
    let instant = match rules.to_ambiguous_timestamp(midnight).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(midnight),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(midnight),
        // Not midnight and the length of the gap, which is right only for a gap that begins at midnight: a clock that leaps
        // from 23:30 to 00:30 begins the day at 00:30.
        AmbiguousOffset::Gap { after, .. } => after.to_timestamp(midnight).map(|before_the_leap| {
            rules.following(before_the_leap).next().map_or(before_the_leap, |leap| leap.timestamp())
        }),
    };
    instant.ok().map(|instant| Timestamp(instant.as_millisecond()))
}

#[cfg(test)]
mod tests;
