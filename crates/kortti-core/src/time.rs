//! Instants and months. Nothing here reads a clock.

use jiff::{civil::Date, fmt::temporal::Pieces};
use minicbor::{Decode, Encode};

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Timestamp(#[n(0)] pub i64);

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

impl Timestamp {
    /// Later than every instant that occurs.
    pub const MAX: Self = Self(i64::MAX);

    /// This instant and `ms` milliseconds more, held at the ends of the range.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Reads RFC 3339 with any offset; fractions below a millisecond are dropped. The last day of the year 9999, which often
    /// stands for "no end", is past the last instant that can be written, 9999-12-30T22:00:00.999Z, and is read as that.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let read = Pieces::parse(text).ok()?;
        let (local, offset) = (read.date().to_datetime(read.time()?), read.to_numeric_offset()?);
        let last = || (local.year() == 9999).then_some(jiff::Timestamp::MAX);
        let instant = offset.to_timestamp(local).ok().or_else(last)?;
        Some(Self(instant.as_millisecond()))
    }

    /// `2099-12-31T03:00:00.000Z`
    #[must_use]
    pub fn rfc3339(self) -> String {
        format!("{}.{:03}Z", self.local_text(), self.0.rem_euclid(1000))
    }

    /// `2020-05-12T13:18:05`: UTC without saying so, as the compatible API writes it.
    #[must_use]
    pub fn local_text(self) -> String {
        let seconds = jiff::Timestamp::from_second(self.to_jiff().as_millisecond().div_euclid(1000));
        jiff::tz::Offset::UTC.to_datetime(seconds.unwrap_or(jiff::Timestamp::UNIX_EPOCH)).to_string()
    }

    /// The month this instant lies in, in UTC.
    #[must_use]
    pub fn month(self) -> YearMonth {
        let date = self.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date();
        YearMonth::of(date)
    }

    pub(crate) fn to_jiff(self) -> jiff::Timestamp {
        let bounded =
            self.0.clamp(jiff::Timestamp::MIN.as_millisecond(), jiff::Timestamp::MAX.as_millisecond());
        jiff::Timestamp::from_millisecond(bounded).unwrap_or(jiff::Timestamp::MAX)
    }
}

/// A calendar month, such as the one at whose end a card expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct YearMonth {
    #[n(0)]
    year: i16,
    #[n(1)]
    month: i8,
}

impl YearMonth {
    /// A month from 2000 to 2199; nothing else can stand on a card.
    #[must_use]
    pub fn new(year: i64, month: i64) -> Option<Self> {
        let sane = (2000..2200).contains(&year) && (1..=12).contains(&month);
        sane.then(|| Some(Self { year: i16::try_from(year).ok()?, month: i8::try_from(month).ok()? }))
            .flatten()
    }

    /// The year, with its century.
    #[must_use]
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> i8 {
        self.month
    }

    /// The same month `months` later.
    #[must_use]
    pub fn plus_months(self, months: u16) -> Self {
        let index = i32::from(self.year) * 12 + i32::from(self.month) - 1 + i32::from(months);
        let year = i16::try_from(index / 12).unwrap_or(i16::MAX);
        let month = i8::try_from(index % 12 + 1).unwrap_or(1);
        Self { year, month }
    }

    /// The first instant after the month, in UTC.
    #[must_use]
    pub fn end(self) -> Timestamp {
        let next = self.plus_months(1);
        jiff::civil::date(next.year.min(9999), next.month, 1)
            .to_zoned(jiff::tz::TimeZone::UTC)
            .map_or(Timestamp::MAX, |z| Timestamp(z.timestamp().as_millisecond()))
    }

    fn of(date: Date) -> Self {
        Self { year: date.year(), month: date.month() }
    }
}

#[cfg(test)]
mod tests;
