//! The checks of a decision in responses, with the numbers they compared. Rendered as they lie, since every answer has them.

use std::borrow::Cow;

use kortti_core::{
    money::Major,
    reference::Currency,
    time::YearMonth,
    transaction::{Check, Checked, Comparison, Facts, LimitFacts, Reason},
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

use super::{
    amount::AmountView,
    codes::{AccountStatusCode, CardStatusCode, Coded, PeriodCode, UsageCode},
    event_values::block_name,
    explanation::sentence,
    schema::all_required,
    time::Instant,
    transaction_codes::CheckCode,
};

/// A reason by its name.
#[derive(Clone, Copy)]
pub(super) struct ReasonName(pub Reason);

impl Serialize for ReasonName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl JsonSchema for ReasonName {
    fn schema_name() -> Cow<'static, str> {
        "reason".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        json_schema!({ "type": "string", "description": "The one reason that decided.", "enum": names })
    }
}

/// What came of a check.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "checkResult")]
enum CheckResult {
    Pass,
    Fail,
    Skipped,
}

/// A check of a decision. Of all that failed the first decided; the others would have failed too.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "check", transform = all_required)]
pub(super) struct CheckView<'a> {
    check: Coded<CheckCode>,
    /// Whether it passed, failed or did not apply.
    result: CheckResult,
    /// The response code that it declines with; null unless it failed.
    #[schemars(length(equal = 2))]
    code: Option<&'static str>,
    /// The reason that it declines for; null unless it failed.
    reason: Option<ReasonName>,
    /// What was compared; null where there was nothing to compare. Amounts are in the account's currency.
    facts: Option<FactsView<'a>>,
}

/// The checks in the order of decision.
pub(super) type ExplanationView<'a> = Vec<CheckView<'a>>;

/// The view of `checks`, whose amounts are in `currency`.
pub(super) fn explanation(checks: &[Check], currency: Option<Currency>) -> ExplanationView<'_> {
    checks.iter().map(|check| CheckView::of(check, currency)).collect()
}

impl<'a> CheckView<'a> {
    fn of(check: &'a Check, currency: Option<Currency>) -> Self {
        let (result, reason) = match check.result {
            Checked::Pass => (CheckResult::Pass, None),
            Checked::Fail(reason) => (CheckResult::Fail, Some(reason)),
            Checked::Skipped => (CheckResult::Skipped, None),
        };
        Self {
            check: Coded(check.kind),
            result,
            code: reason.map(|reason| reason.response().0),
            reason: reason.map(ReasonName),
            facts: check.facts.as_ref().zip(currency).map(|(facts, currency)| FactsView::of(facts, currency)),
        }
    }
}

/// A check with the sentence that says it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "checkInWords", transform = all_required)]
pub(super) struct CheckInWords<'a> {
    #[serde(flatten)]
    check: CheckView<'a>,
    /// The check as a sentence, such as `24H RETAIL: 350.00 used since 2026-03-14T12:00:00Z, this purchase 100.00, limit 400.00:
    /// exceeded`.
    text: String,
}

/// The view of `checks` with their sentences.
pub(super) fn explanation_in_words(checks: &[Check], currency: Option<Currency>) -> Vec<CheckInWords<'_>> {
    // Without an account nothing was compared that would need a currency.
    let words = currency.or_else(|| Currency::parse("EUR"));
    let in_words = |check| CheckInWords {
        check: CheckView::of(check, currency),
        text: words.map(|currency| sentence(check, currency)).unwrap_or_default(),
    };
    checks.iter().map(in_words).collect()
}

/// A month of a card.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "expiry", transform = all_required)]
struct MonthView {
    year: i16,
    month: i8,
}

impl From<YearMonth> for MonthView {
    fn from(month: YearMonth) -> Self {
        Self { year: month.year(), month: month.month() }
    }
}

/// What a check compared; each kind of check has its own members.
#[derive(Serialize, JsonSchema)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[schemars(rename = "checkFacts")]
enum FactsView<'a> {
    /// The expiry that was sent, and the card's.
    Expiry { sent_expiry: Option<MonthView>, card_expiry: MonthView },
    /// The card's status, and since when.
    CardStatus { card_status: Coded<CardStatusCode>, since: Instant },
    /// The account's status, and since when.
    AccountStatus { account_status: Coded<AccountStatusCode>, since: Instant },
    /// The merchant's country, and the block that covers it; null where none does.
    Region { merchant_country: &'a str, block: Option<&'static str> },
    /// How often the card had been used.
    Uses { use_count: i64 },
    /// The merchant that the card is locked to, and the one of the message.
    MerchantLock { locked_merchant_id: Option<&'a str>, merchant_id: Option<&'a str> },
    /// The merchant's category.
    Mcc { mcc: MccText },
    /// The merchant.
    Merchant { merchant_id: Option<&'a str> },
    /// The merchant's country.
    Country { merchant_country: &'a str },
    /// A limit.
    Limit(LimitView),
    /// What could be spent, and the amount.
    Funds { available_amount: AmountView, this_amount: AmountView },
    /// What was held.
    Held { held_amount: AmountView },
}

impl<'a> FactsView<'a> {
    fn of(facts: &'a Facts, currency: Currency) -> Self {
        let amount = |minor: i64| AmountView(Major { minor, currency });
        match facts {
            Facts::Expiry(sent, card) => {
                Self::Expiry { sent_expiry: sent.map(Into::into), card_expiry: (*card).into() }
            }
            Facts::CardStatus(status, since) => {
                Self::CardStatus { card_status: Coded(*status), since: Instant(*since) }
            }
            Facts::AccountStatus(status, since) => {
                Self::AccountStatus { account_status: Coded(*status), since: Instant(*since) }
            }
            Facts::Region(country, block) => {
                Self::Region { merchant_country: country.as_str(), block: block.map(block_name) }
            }
            Facts::Uses(uses) => Self::Uses { use_count: *uses },
            Facts::MerchantLock(locked, here) => {
                Self::MerchantLock { locked_merchant_id: locked.as_deref(), merchant_id: here.as_deref() }
            }
            Facts::Mcc(mcc) => Self::Mcc { mcc: MccText(*mcc) },
            Facts::Merchant(merchant) => Self::Merchant { merchant_id: merchant.as_deref() },
            Facts::Country(country) => Self::Country { merchant_country: country.as_str() },
            Facts::Limit(limit) => Self::Limit(LimitView::of(limit, currency)),
            Facts::Funds(available, this) => {
                Self::Funds { available_amount: amount(*available), this_amount: amount(*this) }
            }
            Facts::Held(held) => Self::Held { held_amount: amount(*held) },
        }
    }
}

/// A category of merchants: four digits.
#[derive(Clone, Copy)]
pub(super) struct MccText(pub kortti_core::reference::Mcc);

impl Serialize for MccText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl JsonSchema for MccText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "mccText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{4}$", "examples": ["5411"] })
    }
}

/// Which number of a limit was exceeded: the first of them. `OFF` is a use that is switched off.
#[derive(Clone, Copy, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schemars(rename = "limitComparison")]
enum Exceeded {
    Off,
    SingleAmount,
    SumAmount,
    Count,
}

/// A limit, what had been used of it, and what this use makes of it. A number that does not limit is null; three zeros are
/// "switched off".
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "limitFacts", transform = all_required)]
struct LimitView {
    period: Coded<PeriodCode>,
    r#type: Coded<UsageCode>,
    /// When the window began, or the limit was reset in it; null for a lifetime without a reset.
    window_start: Option<Instant>,
    /// When the window ends: for the last 24 hours at the decision itself; null for a lifetime.
    window_end: Option<Instant>,
    single_amount: Option<AmountView>,
    sum_amount: Option<AmountView>,
    count: Option<u32>,
    used_amount_before: AmountView,
    used_count_before: i64,
    /// What this use adds: the part of it that is granted, where not all of it is.
    this_amount: AmountView,
    /// How many uses it is: none where one only grows.
    this_count: i64,
    /// What the use costs in all, which is what `singleAmount` bounds.
    total_amount: AmountView,
    used_amount_after: AmountView,
    used_count_after: i64,
    /// The first number that was exceeded; null where none was.
    exceeded: Option<Exceeded>,
}

impl LimitView {
    fn of(limit: &LimitFacts, currency: Currency) -> Self {
        let amount = |minor: i64| AmountView(Major { minor, currency });
        let off = kortti_core::limit::Bounds { single: Some(0), sum: Some(0), count: Some(0) };
        let bounds = limit.bounds.unwrap_or(off);
        let after = limit.after();
        let exceeded = limit.failure().map(|failure| match failure {
            Comparison::Off => Exceeded::Off,
            Comparison::Single => Exceeded::SingleAmount,
            Comparison::Sum => Exceeded::SumAmount,
            Comparison::Count => Exceeded::Count,
        });
        Self {
            period: Coded(limit.period),
            r#type: Coded(limit.usage),
            window_start: limit.start.map(Instant),
            window_end: limit.end.map(Instant),
            single_amount: bounds.single.map(amount),
            sum_amount: bounds.sum.map(amount),
            count: bounds.count,
            used_amount_before: amount(limit.before.amount),
            used_count_before: limit.before.count,
            this_amount: amount(limit.this.amount),
            this_count: limit.this.count,
            total_amount: amount(limit.total.unwrap_or(limit.this.amount)),
            used_amount_after: amount(after.amount),
            used_count_after: after.count,
            exceeded,
        }
    }
}
