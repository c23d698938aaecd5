//! Usage limits in requests, where numbers stand for rules: 0 and absent for "not limited", 9999999 for "any number", and
//! three zeros for "switched off".

use std::borrow::Cow;

use kortti_core::{
    decide::{LimitRequest, RequestedRule},
    limit::{Period, UsageType},
    money::Decimal,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use super::{
    FieldError,
    amount::AmountInput,
    codes::{Coded, PeriodCode, UsageCode},
    refused,
    schema::plain_optionals,
};

/// The count that does not limit.
pub(super) const ANY_NUMBER: u32 = 9_999_999;

/// A number of uses.
#[derive(Clone, Copy)]
pub(super) struct Count(u32);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let count = i64::deserialize(deserializer)?;
        let count = u32::try_from(count).ok().filter(|count| *count <= ANY_NUMBER);
        count.map(Self).ok_or_else(|| refused("0 to 9999999"))
    }
}

impl JsonSchema for Count {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "count".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "format": "int32", "minimum": 0, "maximum": ANY_NUMBER })
    }
}

/// What one type of use is allowed in one period. Of the three numbers, those that are left out become 0, which does not limit;
/// all three 0 switch the type of use off; when none is given, the limit stays as it is.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "usageLimitValue", transform = plain_optionals)]
pub struct Limiter {
    code: Coded<UsageCode>,
    /// Whether the used figures start again at zero.
    #[schemars(example = true)]
    reset: Option<bool>,
    /// The most that one use may cost.
    #[schemars(example = 1000)]
    single_amount: Option<AmountInput>,
    /// How many uses the period may have; 9999999 is any number.
    #[schemars(example = 5)]
    count: Option<Count>,
    /// The most that all uses in the period may cost together.
    #[schemars(example = 1200)]
    sum_amount: Option<AmountInput>,
}

/// The limits of one period.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "usageLimit", transform = plain_optionals)]
pub(super) struct PeriodLimits {
    code: Coded<PeriodCode>,
    values: Option<Vec<Limiter>>,
}

/// Changes of usage limits; limits that are not named stay as they are.
#[derive(Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct UsageLimits(Vec<PeriodLimits>);

impl UsageLimits {
    /// The changes, in the order in which they stand. The same period and type twice is an error.
    pub(super) fn into_requests(self) -> Result<Vec<LimitRequest>, FieldError> {
        let mut seen: Vec<(Period, UsageType)> = Vec::new();
        let mut requests = Vec::new();
        for (i, period) in self.0.into_iter().enumerate() {
            for (k, limiter) in period.values.unwrap_or_default().into_iter().enumerate() {
                let field = format!("usageLimits[{i}].values[{k}]");
                let key = (period.code.0, limiter.code.0);
                if seen.contains(&key) {
                    return Err(FieldError::new(field, "names a period and type of use for the second time"));
                }
                seen.push(key);
                requests.push(limiter.into_request(period.code.0, field.into()));
            }
        }
        Ok(requests)
    }
}

impl Limiter {
    fn into_request(self, period: Period, field: Box<str>) -> LimitRequest {
        let reset = self.reset.unwrap_or(false);
        LimitRequest { period, usage: self.code.0, rule: self.rule(), reset, field }
    }

    fn rule(&self) -> Option<RequestedRule> {
        if self.single_amount.is_none() && self.sum_amount.is_none() && self.count.is_none() {
            return None;
        }
        let positive = |amount: Option<AmountInput>| {
            amount.map(|amount| amount.0).filter(|amount| *amount != Decimal::whole(0))
        };
        let (single, sum) = (positive(self.single_amount), positive(self.sum_amount));
        let count = self.count.map_or(0, |count| count.0);
        if single.is_none() && sum.is_none() && count == 0 {
            return Some(RequestedRule::Off);
        }
        let count = Some(count).filter(|count| *count != 0 && *count != ANY_NUMBER);
        Some(RequestedRule::Within { single, sum, count })
    }
}
