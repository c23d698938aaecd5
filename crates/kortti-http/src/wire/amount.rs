//! Amounts: JSON numbers in major units, read and written exactly.

use std::borrow::Cow;

use kortti_core::money::{Decimal, Major};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_json::value::RawValue;

use super::refused;

/// An amount in a request, exactly as it was written. How many decimals it may have only its currency can tell.
#[derive(Clone, Copy)]
pub struct AmountInput(pub Decimal);

impl<'de> Deserialize<'de> for AmountInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let amount = Decimal::parse(raw.get()).ok().filter(|amount| !amount.is_negative());
        amount.map(Self).ok_or_else(|| refused("a number of at least 0 with at most 18 digits"))
    }
}

impl JsonSchema for AmountInput {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0 })
    }
}

/// An amount in a response: as many decimals as it needs, at most those of its currency, and no exponent.
#[derive(Clone, Copy)]
pub(super) struct AmountView(pub Major);

impl Serialize for AmountView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let unit = 10_i64.pow(u32::from(self.0.currency.exponent()));
        if self.0.minor % unit == 0 {
            return serializer.serialize_i64(self.0.minor / unit);
        }
        let text = self.0.to_string();
        serde_json::from_str::<&RawValue>(&text).map_err(ser::Error::custom)?.serialize(serializer)
    }
}

impl JsonSchema for AmountView {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "amountView".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number" })
    }
}
