//! Strings with a length or a pattern.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::refused;

/// A string of `MIN` to `MAX` characters, counted as Unicode scalar values. Control characters are refused: no name, line or
/// reason has any, and printers and databases trip over them.
#[derive(Clone, PartialEq, Eq)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// The string.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }

    /// The string, in as little room as it needs.
    #[must_use]
    pub fn into_boxed(self) -> Box<str> {
        self.0.into()
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if !(MIN..=MAX).contains(&text.chars().count()) {
            let least = if MIN == 0 { String::new() } else { format!("{MIN} to ") };
            let most = if MIN == 0 { "at most " } else { "" };
            return Err(refused(&format!("a string of {least}{most}{MAX} characters")));
        }
        if text.chars().any(char::is_control) {
            return Err(refused("a string without control characters"));
        }
        Ok(Self(text))
    }
}

impl<const MIN: usize, const MAX: usize> JsonSchema for Text<MIN, MAX> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("text{MIN}to{MAX}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = json_schema!({ "type": "string", "maxLength": MAX });
        if MIN > 0 {
            schema.insert("minLength".to_owned(), MIN.into());
        }
        schema
    }
}

/// Defines a string type by the pattern that it states in its schema and enforces on what it reads. An empty schema name
/// leaves the schema where it is used.
macro_rules! pattern_text {
    ($name:ident { $description:literal, schema: $schema:literal, pattern: $pattern:literal, length: $length:expr,
        example: $example:literal, words: $words:literal $(,)? }) => {
        #[doc = $description]
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            pub(crate) const PATTERN: &str = $pattern;

            /// The string.
            #[must_use]
            pub fn into_string(self) -> String {
                self.0
            }

            fn matches(text: &str) -> bool {
                static REGEX: LazyLock<Option<Regex>> =
                    LazyLock::new(|| Regex::new(&format!("^(?:{})$", $name::PATTERN)).ok());
                let length: Option<(usize, usize)> = $length;
                length.is_none_or(|(min, max)| (min..=max).contains(&text.chars().count()))
                    && REGEX.as_ref().is_some_and(|regex| regex.is_match(text))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                if $name::matches(&text) { Ok(Self(text)) } else { Err(refused($words)) }
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                $schema.is_empty()
            }

            fn schema_name() -> Cow<'static, str> {
                if $schema.is_empty() { stringify!($name).into() } else { $schema.into() }
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = json_schema!({
                    "type": "string", "description": $description, "pattern": $pattern, "examples": [$example],
                });
                let length: Option<(usize, usize)> = $length;
                if let Some((min, max)) = length {
                    schema.insert("maxLength".to_owned(), max.into());
                    if min > 0 {
                        schema.insert("minLength".to_owned(), min.into());
                    }
                }
                schema
            }
        }
    };
}

pattern_text!(ProductCode {
    "Which of the institution's products.",
    schema: "productCode",
    pattern: "^[A-Z][A-Z_0-9]{1,64}$",
    length: None,
    example: "VISA_VIRTUAL_3",
    words: "2 to 65 capital letters, digits and underscores, with a letter first",
});

pattern_text!(DigitalLayoutCode {
    "Which artwork and other assets the card has in digital wallets.",
    schema: "digitalLayoutCode",
    pattern: "^[a-zA-Z0-9]+$",
    length: Some((0, 32)),
    example: "abc123abc",
    words: "1 to 32 letters and digits",
});

pattern_text!(Manufacturer {
    "Which bureau makes the plastic.",
    schema: "",
    pattern: r"[A-Z0-9_\-]{1,32}",
    length: None,
    example: "FACTORY_X",
    words: "1 to 32 capital letters, digits, underscores and hyphens",
});

pattern_text!(PairKey {
    "The key.",
    schema: "",
    pattern: r"^[a-zA-Z0-9\-\_ ]*$",
    length: Some((1, 8)),
    example: "COLOUR",
    words: "1 to 8 letters, digits, hyphens, underscores and spaces",
});

pattern_text!(PairValue {
    "The value.",
    schema: "",
    pattern: r"^[a-zA-Z0-9|\-_ +.éàèùçâêîôûëïü'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿĀāĂăĄąĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĦħĨĩĪīĬĭĮįİıĲĳĴĵĶķĸĹĺĻļĽľĿŀŁłŃńŅņŇňŉŊŋŌōŎŏŐőŒœŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŦŧŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžſǪǫȘșȚțȪȫȮȯȲȳḐḑṢṣẞỌọ]*$",
    length: Some((1, 50)),
    example: "blue",
    words: "1 to 50 Latin letters, digits, spaces and the signs | - _ + . '",
});

pattern_text!(CustomerNumber {
    "The institution's own number for the customer.",
    schema: "",
    pattern: "^[A-Za-z0-9-]{1,64}$",
    length: None,
    example: "CUST-1",
    words: "1 to 64 letters, digits and hyphens",
});

pattern_text!(Locale {
    "The language and country of letters and screens.",
    schema: "",
    pattern: "^[a-z]{2}_[A-Z]{2}$",
    length: None,
    example: "fi_FI",
    words: "a locale such as fi_FI",
});
