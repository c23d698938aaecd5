//! Usage limits in responses: every period, and within a period that has a limit every type of use.

use kortti_app::Usage;
use kortti_core::{
    limit::{Bounds, Limits, Period, Rule, UsageType},
    money::Major,
    reference::Currency,
    usage::Used,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    amount::AmountView,
    codes::{Coded, PeriodCode, UsageCode},
    limits::ANY_NUMBER,
    schema::all_required,
};

/// The limits of one period; `values` is null where there is none.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "usageLimitView", transform = all_required)]
pub(super) struct PeriodView {
    code: Coded<PeriodCode>,
    values: Option<Vec<LimiterView>>,
}

/// The periods of the API, and of the others those that have a limit.
pub(super) type UsageLimitsView = Vec<PeriodView>;

/// One limit and what is left of it. An amount that does not limit is null, such a count 9999999; three zeros are "switched off".
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "usageLimitValueView", transform = all_required)]
struct LimiterView {
    code: Coded<UsageCode>,
    /// Always null.
    reset: Option<bool>,
    single_amount: Option<AmountView>,
    count: u32,
    sum_amount: Option<AmountView>,
    available_amount: Option<AmountView>,
    available_count: u32,
    used_amount: AmountView,
    used_count: u32,
}

/// The view of `own` limits, which the `product`'s stand in for where there are none.
pub(super) fn usage_limits(
    own: &Limits,
    product: &Limits,
    usage: &Usage,
    currency: Currency,
) -> UsageLimitsView {
    Period::ALL.into_iter().filter_map(|period| period_view(period, own, product, usage, currency)).collect()
}

fn period_view(
    period: Period,
    own: &Limits,
    product: &Limits,
    usage: &Usage,
    currency: Currency,
) -> Option<PeriodView> {
    let rules = UsageType::ALL.map(|usage| (usage, own.rule(product, period, usage)));
    let limited = rules.iter().any(|(_, rule)| rule.is_some());
    let shown = |(kind, rule): &(UsageType, Option<Rule>)| kind.is_always_shown() || rule.is_some();
    let view = |(kind, rule): (UsageType, Option<Rule>)| {
        LimiterView::of(kind, rule.unwrap_or(Rule::UNLIMITED), usage.of(period, kind), currency)
    };
    let values = limited.then(|| rules.into_iter().filter(shown).map(view).collect());
    (limited || period.is_always_shown()).then_some(PeriodView { code: Coded(period), values })
}

impl LimiterView {
    fn of(kind: UsageType, rule: Rule, used: Used, currency: Currency) -> Self {
        let bounds = match rule {
            Rule::Off => Bounds { single: Some(0), sum: Some(0), count: Some(0) },
            Rule::Within(bounds) => bounds,
        };
        let amount = |minor| AmountView(Major { minor, currency });
        let count = bounds.count.unwrap_or(ANY_NUMBER);
        let uses = u32::try_from(used.count.max(0)).unwrap_or(u32::MAX);
        Self {
            code: Coded(kind),
            reset: None,
            single_amount: bounds.single.map(amount),
            count,
            sum_amount: bounds.sum.map(amount),
            available_amount: bounds.sum.map(|sum| amount(sum.saturating_sub(used.amount).max(0))),
            available_count: count.saturating_sub(uses),
            used_amount: amount(used.amount),
            used_count: uses,
        }
    }
}
