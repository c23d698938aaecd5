//! Amounts: JSON numbers in major units, read and written exactly.

use std::borrow::Cow;

use kortti_core::money::{Decimal, Major};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Unexpected},
    ser,
};
use serde_json::value::RawValue;

use super::refused;

/// An amount in a request, exactly as it was written. How many decimals it may have only its currency can tell.
#[derive(Clone, Copy)]
pub struct AmountInput(pub Decimal);

impl<'de> Deserialize<'de> for AmountInput {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        if raw.get() == "null" {
            return Err(de::Error::invalid_type(Unexpected::Unit, &"a number"));
        }
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
        let digits = usize::from(self.0.currency.exponent());
        let unit = 10_i64.pow(u32::from(self.0.currency.exponent()));
        if self.0.minor % unit == 0 {
            return serializer.serialize_i64(self.0.minor / unit);
        }
        // Digits from behind, the zeros at the end left out, the point where the decimals are complete.
        let mut buffer = [0; 24];
        let (mut start, mut rest, mut place) = (buffer.len(), self.0.minor.unsigned_abs(), 0);
        while rest > 0 || place <= digits {
            let digit = rest % 10;
            if place == digits {
                start -= 1;
                buffer[start] = b'.';
            }
            if digit != 0 || place >= digits || start < buffer.len() {
                start -= 1;
                buffer[start] = b'0' + u8::try_from(digit).unwrap_or(0);
            }
            (rest, place) = (rest / 10, place + 1);
        }
        if self.0.minor < 0 {
            start -= 1;
            buffer[start] = b'-';
        }
        let text = std::str::from_utf8(&buffer[start..]).map_err(ser::Error::custom)?;
        serde_json::from_str::<&RawValue>(text).map_err(ser::Error::custom)?.serialize(serializer)
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
