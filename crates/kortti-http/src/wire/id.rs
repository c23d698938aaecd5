//! Ids: positive integers of up to eighteen digits, as text or as a number.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::refused;

const WORDS: &str = "an id of 1 to 18 digits";
const MAX: u64 = 999_999_999_999_999_999;

/// Reads an id as it stands in paths and in text: 1 to 18 digits that are not all zero.
#[must_use]
pub fn parse_id(text: &str) -> Option<i64> {
    let digits = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().filter(|id| *id > 0)
}

/// An id in a request: text, as the Card API writes it, or a number, as the other APIs do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdInput(pub i64);

impl<'de> Deserialize<'de> for IdInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = IdInput;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(WORDS)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<IdInput, E> {
                parse_id(text).map(IdInput).ok_or_else(|| refused(WORDS))
            }

            fn visit_u64<E: de::Error>(self, id: u64) -> Result<IdInput, E> {
                let id = i64::try_from(id).ok().filter(|_| (1..=MAX).contains(&id));
                id.map(IdInput).ok_or_else(|| refused(WORDS))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for IdInput {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "idInput".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["1234567890"] })
    }
}

/// An id in a response of the Card API, which writes its digits as text.
#[derive(Clone, Copy)]
pub(super) struct TextId<T>(pub T);

impl<T: fmt::Display> Serialize for TextId<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<T> JsonSchema for TextId<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "textId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["1234567890"] })
    }
}
