//! Postal addresses, countries and telephone numbers.

use std::{borrow::Cow, fmt};

use kortti_core::{
    personal::{Address, Phone},
    reference::Country,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    refused,
    schema::{all_required, plain_optionals},
    text::Text,
};

/// A country by the three letters of ISO 3166-1, with `QZZ` for Kosovo and `ROM` beside `ROU` for Romania.
#[derive(Clone, Copy)]
pub struct CountryCode(pub Country);

impl<'de> Deserialize<'de> for CountryCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Country::parse(&text).map(Self).ok_or_else(|| refused("a country code of ISO 3166-1 alpha-3"))
    }
}

impl Serialize for CountryCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.alpha3())
    }
}

impl JsonSchema for CountryCode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "country".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 3,
            "maxLength": 3,
            "description": "ISO 3166-1 alpha-3, with `QZZ` for Kosovo and `ROM` beside `ROU` for Romania.",
            "examples": ["FIN"],
        })
    }
}

/// A postal code, which some write as a number.
pub(super) struct ZipCode(String);

impl<'de> Deserialize<'de> for ZipCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl de::Visitor<'_> for Visitor {
            type Value = ZipCode;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a postal code of 1 to 32 characters")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ZipCode, E> {
                let text = Text::<1, 32>::deserialize(de::value::StrDeserializer::<E>::new(text))?;
                Ok(ZipCode(text.into_string()))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<ZipCode, E> {
                Ok(ZipCode(number.to_string()))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for ZipCode {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "zipCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": 32,
            "description": "The postal code. A number is taken as its digits.",
            "examples": ["22100"],
        })
    }
}

/// A postal address.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "address", transform = plain_optionals)]
pub struct AddressBody {
    /// The first line.
    #[schemars(example = &"Kings street 12")]
    address1: Text<1, 255>,
    /// The second line.
    address2: Option<Text<0, 255>>,
    /// The third line.
    address3: Option<Text<0, 255>>,
    /// The fourth line.
    address4: Option<Text<0, 255>>,
    /// The city.
    #[schemars(example = &"Mariehamn")]
    city: Text<1, 255>,
    country: CountryCode,
    zip_code: ZipCode,
    /// The region.
    #[schemars(example = &"Åland Islands")]
    region: Option<Text<0, 255>>,
}

impl AddressBody {
    pub(super) fn into_boxed(self) -> Box<Address> {
        Box::new(self.into_core())
    }

    pub(super) fn into_core(self) -> Address {
        let text = |line: Option<Text<0, 255>>| line.map(Text::into_string);
        Address {
            lines: [
                Some(self.address1.into_string()),
                text(self.address2),
                text(self.address3),
                text(self.address4),
            ],
            city: self.city.into_string(),
            country: self.country.0,
            zip_code: self.zip_code.0,
            region: text(self.region),
        }
    }
}

/// A postal address in a response.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "addressView", transform = all_required)]
pub struct AddressView<'a> {
    address1: Option<&'a str>,
    address2: Option<&'a str>,
    address3: Option<&'a str>,
    address4: Option<&'a str>,
    city: &'a str,
    country: CountryCode,
    zip_code: &'a str,
    region: Option<&'a str>,
}

impl<'a> AddressView<'a> {
    /// The view of `address`.
    #[must_use]
    pub fn of(address: &'a Address) -> Self {
        let [address1, address2, address3, address4] = address.lines.each_ref().map(Option::as_deref);
        Self {
            address1,
            address2,
            address3,
            address4,
            city: &address.city,
            country: CountryCode(address.country),
            zip_code: &address.zip_code,
            region: address.region.as_deref(),
        }
    }
}

/// A telephone number.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "phone", transform = plain_optionals)]
pub struct PhoneBody {
    country: Option<CountryCode>,
    /// The number.
    #[schemars(example = &"+358401234567")]
    number: Text<1, 64>,
}

impl PhoneBody {
    pub(super) fn into_core(self) -> Phone {
        Phone { country: self.country.map(|country| country.0), number: self.number.into_string() }
    }
}

/// A telephone number in a response.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "phoneView", transform = all_required)]
pub(super) struct PhoneView<'a> {
    country: Option<CountryCode>,
    number: &'a str,
}

impl<'a> PhoneView<'a> {
    pub(super) fn of(phone: &'a Phone) -> Self {
        Self { country: phone.country.map(CountryCode), number: &phone.number }
    }
}
