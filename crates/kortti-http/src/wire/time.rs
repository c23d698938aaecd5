//! Instants, dates and months.

use std::{borrow::Cow, sync::LazyLock};

use kortti_core::time::{Timestamp, YearMonth};
use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    FieldError,
    codes::{ClosingTypeCode, Coded},
    refused,
    schema::plain_optionals,
};

/// An instant in RFC 3339, with any offset.
#[derive(Clone, Copy)]
pub struct DateTime(pub Timestamp);

impl DateTime {
    /// Reads it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // The parser takes more than the RFC: blanks in place of the T, no seconds, names of time zones.
        static SHAPE: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new("^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$")
                .ok()
        });
        let shaped = SHAPE.as_ref().is_some_and(|shape| shape.is_match(text));
        shaped.then(|| Timestamp::parse(text)).flatten().map(Self)
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| refused("a time of RFC 3339 such as 2099-12-31T03:00:00.000Z"))
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.rfc3339())
    }
}

impl JsonSchema for DateTime {
    fn schema_name() -> Cow<'static, str> {
        "scheduledClosingTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "When the card closes. Another offset than UTC is converted.",
            "examples": ["2099-12-31T03:00:00.000Z"],
        })
    }
}

/// An instant in a response: `2099-12-31T03:00:00.000Z`, written without an allocation, since answers to transactions have
/// many.
#[derive(Clone, Copy)]
pub(super) struct Instant(pub Timestamp);

impl Instant {
    const MINUTE_MS: i64 = 60_000;
    const HOUR_MS: i64 = 60 * Self::MINUTE_MS;
    const DAY_MS: i64 = 24 * Self::HOUR_MS;

    fn write(self, buffer: &mut [u8; 24]) -> Option<&str> {
        let (day, time) = (self.0.0.div_euclid(Self::DAY_MS), self.0.0.rem_euclid(Self::DAY_MS));
        let (year, month, day) = civil(day);
        if !(0..=9999).contains(&year) {
            return None;
        }
        let parts = [
            (0, 4, year),
            (5, 2, month),
            (8, 2, day),
            (11, 2, time / Self::HOUR_MS),
            (14, 2, time % Self::HOUR_MS / Self::MINUTE_MS),
            (17, 2, time % Self::MINUTE_MS / 1000),
            (20, 3, time % 1000),
        ];
        for (start, digits, mut value) in parts {
            for place in (start..start + digits).rev() {
                *buffer.get_mut(place)? = b'0' + u8::try_from(value % 10).ok()?;
                value /= 10;
            }
        }
        std::str::from_utf8(buffer).ok()
    }
}

/// Year, month and day of a day counted from 1970, by the calendar that repeats every 400 years, counted from March so that the
/// leap day comes last.
const fn civil(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + if month <= 2 { 1 } else { 0 }, month, date)
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.write(&mut { *b"0000-00-00T00:00:00.000Z" }) {
            Some(text) => serializer.serialize_str(text),
            None => serializer.serialize_str(&self.0.rfc3339()),
        }
    }
}

impl JsonSchema for Instant {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "instant".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "examples": ["2099-12-31T03:00:00.000Z"] })
    }
}

/// An instant in UTC that does not say so, as the compatible API writes it.
#[derive(Clone, Copy)]
pub(super) struct LocalTime(pub Timestamp);

impl Serialize for LocalTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.local_text())
    }
}

impl JsonSchema for LocalTime {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "localTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "In UTC, without offset.", "examples": ["2020-05-12T13:18:05"] })
    }
}

/// A day of the calendar, `YYYY-MM-DD`.
pub struct Date(String);

impl Date {
    /// The text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let exists = text.len() == 10 && digits && Timestamp::parse(&format!("{text}T00:00:00Z")).is_some();
        if exists { Ok(Self(text)) } else { Err(refused("a date such as 1980-02-28")) }
    }
}

impl JsonSchema for Date {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "date".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date", "examples": ["1980-02-28"] })
    }
}

/// The last month in which the card may be used.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "expiration", transform = plain_optionals)]
pub struct Expiration {
    /// The year, with its century.
    #[schemars(example = 2030)]
    year: Option<i32>,
    /// The month, 1 to 12.
    #[schemars(example = 1)]
    month: Option<i32>,
}

impl Expiration {
    /// The month; none when neither member was given.
    pub(super) fn into_month(self) -> Result<Option<YearMonth>, FieldError> {
        let required = "is required together with the other one";
        let (year, month) = match (self.year, self.month) {
            (None, None) => return Ok(None),
            (None, _) => return Err(FieldError::new("expiration.year", required)),
            (_, None) => return Err(FieldError::new("expiration.month", required)),
            (Some(year), Some(month)) => (i64::from(year), i64::from(month)),
        };
        if YearMonth::new(2000, month).is_none() {
            return Err(FieldError::new("expiration.month", "must be 1 to 12"));
        }
        let found = YearMonth::new(year, month);
        found.map(Some).ok_or_else(|| FieldError::new("expiration.year", "must be 2000 to 2199"))
    }
}

/// When the card closes by itself.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "scheduledClosing", transform = plain_optionals)]
pub struct ScheduledClosingBody {
    r#type: Option<Coded<ClosingTypeCode>>,
    time: Option<DateTime>,
}

impl ScheduledClosingBody {
    /// The instant; none when neither member was given. The type alone says nothing.
    pub(super) fn into_instant(self) -> Result<Option<Timestamp>, FieldError> {
        match (self.r#type, self.time) {
            (_, Some(time)) => Ok(Some(time.0)),
            (Some(_), None) => {
                Err(FieldError::new("scheduledClosing.time", "is required together with the type"))
            }
            (None, None) => Ok(None),
        }
    }
}

/// A new time for the card's scheduled closing, which it must have had from the start.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "scheduledClosingUpdate", transform = plain_optionals)]
pub struct ScheduledClosingUpdate {
    pub(super) time: Option<DateTime>,
}

#[cfg(test)]
mod tests {
    use super::{Instant, Timestamp};

    #[test]
    fn instants_are_written_as_everywhere_else() {
        let mut at = -62_135_596_800_000_i64;
        while at < 253_402_300_799_999 {
            let written = serde_json::to_string(&Instant(Timestamp(at))).unwrap();
            assert_eq!(written, format!("\"{}\"", Timestamp(at).rfc3339()));
            at += 86_400_000 * 97 + 12_345_678;
        }
        for text in ["2000-02-29T23:59:59.999Z", "2100-03-01T00:00:00.000Z", "1970-01-01T00:00:00.001Z"] {
            let written = serde_json::to_string(&Instant(Timestamp::parse(text).unwrap())).unwrap();
            assert_eq!(written, format!("\"{text}\""));
        }
    }
}
