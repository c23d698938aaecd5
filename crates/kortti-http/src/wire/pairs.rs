//! Pairs that an institution keeps with a thing and that nobody interprets.

use std::borrow::Cow;

use kortti_core::personal::AdditionalValue;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    refused,
    schema::{all_required, plain_optionals},
    text::{PairKey, PairValue},
};

const MAX: usize = 10;

/// A pair.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "keyValuePair", transform = plain_optionals)]
pub(super) struct KeyValuePair {
    key: Option<PairKey>,
    value: Option<PairValue>,
}

/// Up to ten pairs.
pub struct AdditionalValues(Vec<KeyValuePair>);

impl AdditionalValues {
    pub(super) fn into_core(self) -> Vec<AdditionalValue> {
        let pair = |pair: KeyValuePair| AdditionalValue {
            key: pair.key.map(PairKey::into_string),
            value: pair.value.map(PairValue::into_string),
        };
        self.0.into_iter().map(pair).collect()
    }
}

impl<'de> Deserialize<'de> for AdditionalValues {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<KeyValuePair>::deserialize(deserializer)?;
        if pairs.len() > MAX { Err(refused("an array of at most 10 items")) } else { Ok(Self(pairs)) }
    }
}

impl JsonSchema for AdditionalValues {
    fn schema_name() -> Cow<'static, str> {
        "additionalValues".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "maxItems": MAX,
            "description": "Pairs to keep with it. They are stored, not interpreted, and may go into personalisation files.",
            "items": generator.subschema_for::<KeyValuePair>(),
        })
    }
}

/// A pair in a response.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "keyValuePairView", transform = all_required)]
pub(super) struct PairView<'a> {
    key: Option<&'a str>,
    value: Option<&'a str>,
}

impl<'a> PairView<'a> {
    pub(super) fn all(pairs: Option<&'a Vec<AdditionalValue>>) -> Option<Vec<Self>> {
        let view =
            |pair: &'a AdditionalValue| Self { key: pair.key.as_deref(), value: pair.value.as_deref() };
        pairs.map(|pairs| pairs.iter().map(view).collect())
    }
}
