//! Strings of messages. They are read by hand and not by patterns, since every authorisation has many of them.

use std::borrow::Cow;

use kortti_core::{reference::Mcc, time::YearMonth, transaction::CountryCode};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::{FieldError, refused, schema::plain_optionals};

/// Defines a string type by the rule that it enforces on what it reads and the schema that states it.
macro_rules! message_text {
    ($(#[doc = $doc:literal])* $name:ident: $type:ty, $parse:expr, $words:literal, $schema:expr) => {
        $(#[doc = $doc])*
        pub struct $name(pub(super) $type);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                let parse: fn(Cow<'de, str>) -> Option<$type> = $parse;
                parse(text).map(Self).ok_or_else(|| refused($words))
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = $schema;
                schema.insert("type".to_owned(), "string".into());
                schema
            }
        }
    };
}

fn all(text: &str, least: usize, most: usize, is: impl Fn(u8) -> bool) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(is)
}

/// What has the right shape, without what it is: secrets are not kept.
fn shape(fits: bool) -> Option<()> {
    fits.then_some(())
}

message_text!(
    /// The id that its sender gave a message.
    MessageId: String,
    |text| all(&text, 1, 64, |byte| (b' '..=b'~').contains(&byte)).then(|| text.into_owned()),
    "a string of 1 to 64 printable ASCII characters",
    json_schema!({ "minLength": 1, "maxLength": 64, "pattern": "^[ -~]{1,64}$" })
);

message_text!(
    /// The country of a merchant. Three letters that no country has are taken, since merchants send them.
    CountryText: CountryCode,
    |text| CountryCode::parse(&text),
    "3 capital letters",
    json_schema!({ "pattern": "^[A-Z]{3}$", "description": "ISO 3166-1 alpha-3.", "examples": ["FIN"] })
);

message_text!(
    /// The category of a merchant.
    MccInput: Mcc,
    |text| Mcc::parse(&text),
    "4 digits",
    json_schema!({ "pattern": "^[0-9]{4}$", "description": "The category by ISO 18245.", "examples": ["5411"] })
);

message_text!(
    /// A response code that somebody else gave.
    ResponseCodeText: String,
    |text| all(&text, 2, 2, |byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()).then(|| text.into_owned()),
    "2 digits or capital letters",
    json_schema!({ "pattern": "^[0-9A-Z]{2}$", "description": "The response code that was given.", "examples": ["00"] })
);

message_text!(
    /// A security code that was sent; never kept.
    SecurityCode: (),
    |text| shape(all(&text, 3, 4, |byte| byte.is_ascii_digit())),
    "3 or 4 digits",
    json_schema!({ "pattern": "^[0-9]{3,4}$" })
);

message_text!(
    /// An encrypted PIN that was sent; never kept.
    PinBlock: (),
    |text| shape(all(&text, 16, 32, |byte| byte.is_ascii_hexdigit())),
    "16 to 32 hexadecimal digits",
    json_schema!({ "pattern": "^[0-9A-Fa-f]{16,32}$" })
);

message_text!(
    /// What a chip said; never kept.
    ChipData: (),
    |text| shape(all(&text, 2, 2048, |byte| byte.is_ascii_hexdigit())),
    "2 to 2048 hexadecimal digits",
    json_schema!({ "pattern": "^[0-9A-Fa-f]{2,2048}$" })
);

impl MessageId {
    /// The id.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl ResponseCodeText {
    /// The code.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

/// The expiry of a card as it was read from it.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "expiryBody", transform = plain_optionals)]
pub struct ExpiryBody {
    /// The year, with its century.
    year: i32,
    /// The month, 1 to 12.
    month: i32,
}

impl ExpiryBody {
    /// The month.
    pub(super) fn into_month(self) -> Result<YearMonth, FieldError> {
        let (year, month) = (i64::from(self.year), i64::from(self.month));
        if YearMonth::new(2000, month).is_none() {
            return Err(FieldError::new("expiry.month", "must be 1 to 12"));
        }
        YearMonth::new(year, month).ok_or_else(|| FieldError::new("expiry.year", "must be 2000 to 2199"))
    }
}
