//! The parts of rules as they are configured: those of products, and those that a replay puts in their place.

use std::{fmt::Display, ops::RangeInclusive};

use kortti_core::{
    calendar::Zone,
    card::Blocks,
    controls::{Controls, List},
    limit::{Bounds, LimitChange, Limits, Rule},
    product::ByMcc,
    reference::{Country, MccRange},
    time::Timestamp,
};
use kortti_http::spelling;
use serde::Deserialize;

/// Days for the merchants of some categories.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldDaysConfig {
    mcc: String,
    days: u16,
}

/// Percents for the merchants of some categories.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToleranceConfig {
    mcc: String,
    percent: u16,
}

/// The controls of a product.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlsConfig {
    mcc: Option<ListConfig>,
    merchants: Option<ListConfig>,
    countries: Option<ListConfig>,
    first_merchant_lock: Option<bool>,
    single_use: Option<bool>,
}

/// What is allowed and what is blocked.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListConfig {
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    block: Vec<String>,
}

/// A limit of a product; amounts in minor units of the card's currency, absent numbers do not limit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitConfig {
    period: String,
    #[serde(rename = "type")]
    usage: String,
    #[serde(default)]
    off: bool,
    single_minor: Option<i64>,
    sum_minor: Option<i64>,
    count: Option<u32>,
}

/// The names that a limit's period and type, and a block, can have, as the errors say them.
const PERIODS: &str = "24H, DAILY, WEEKLY, MONTHLY or LIFETIME";
const TYPES: &str = "ALL, ATM, RETAIL, ECOMMERCE, CONTACTLESS or CASH";
const BLOCKS: &str = "ecomm, home, africa, asia, europe, northAmerica, oceania or southAmerica";
/// What a category of merchants can be.
const CATEGORIES: &str = "four digits, or a range such as 3501-3999";

/// The limits of a configuration.
///
/// # Errors
/// Which member of which of them is wrong, and what it could be.
pub fn limits(configs: &[LimitConfig]) -> Result<Limits, String> {
    let mut changes: Vec<LimitChange> = Vec::new();
    for (limit, number) in configs.iter().zip(1..) {
        let wrong = |what: String| format!("entry {number} of `limits`: {what}");
        let change = limit.change().map_err(wrong)?;
        if changes.iter().any(|other| (other.period, other.usage) == (change.period, change.usage)) {
            return Err(wrong(format!("there is another one for {} {}", limit.period, limit.usage)));
        }
        changes.push(change);
    }
    Ok(Limits::default().merged(&changes, Timestamp::default()))
}

/// The blocks of a configuration, by name.
///
/// # Errors
/// Which of them is unknown.
pub fn blocks(names: &[String]) -> Result<Blocks, String> {
    names.iter().try_fold(Blocks::default(), |set, name| {
        let block = spelling::block(name).ok_or_else(|| must("blocks", BLOCKS, name))?;
        Ok(set.with(block, true))
    })
}

/// The time zone of a configuration.
///
/// # Errors
/// When there is none of this name.
pub fn zone(name: &str) -> Result<Zone, String> {
    Zone::parse(name).ok_or_else(|| must("time_zone", "an IANA name such as Europe/Helsinki", name))
}

/// How long authorisations hold money, by category of merchant.
///
/// # Errors
/// Which entry is wrong.
pub fn hold_days(rows: &[HoldDaysConfig]) -> Result<Vec<ByMcc<u16>>, String> {
    let row = |row: &HoldDaysConfig| by_mcc(&row.mcc, "days", row.days, 1..=365);
    each("hold_days", rows, row)
}

/// By how many percent a clearing may exceed its authorisation, by category of merchant.
///
/// # Errors
/// Which entry is wrong.
pub fn tolerance(rows: &[ToleranceConfig]) -> Result<Vec<ByMcc<u16>>, String> {
    let row = |row: &ToleranceConfig| by_mcc(&row.mcc, "percent", row.percent, 0..=1000);
    each("clearing_tolerance", rows, row)
}

/// What a member must be, and what it is.
pub fn must(member: &str, be: &str, found: &str) -> String {
    format!("`{member}` must be {be}, not `{found}`")
}

/// Whether a number is one of those that its member can be.
///
/// # Errors
/// Which ones that are.
pub fn within<N: Display + PartialOrd>(
    member: &str,
    value: N,
    can_be: RangeInclusive<N>,
) -> Result<(), String> {
    if can_be.contains(&value) {
        return Ok(());
    }
    Err(must(member, &format!("{} to {}", can_be.start(), can_be.end()), &value.to_string()))
}

fn each<R, T>(table: &str, rows: &[R], parse: impl Fn(&R) -> Result<T, String>) -> Result<Vec<T>, String> {
    let wrong = |number: usize| move |what: String| format!("entry {number} of `{table}`: {what}");
    rows.iter().zip(1..).map(|(row, number)| parse(row).map_err(wrong(number))).collect()
}

fn by_mcc(mcc: &str, member: &str, value: u16, can_be: RangeInclusive<u16>) -> Result<ByMcc<u16>, String> {
    let range = MccRange::parse(mcc).ok_or_else(|| must("mcc", CATEGORIES, mcc))?;
    within(member, value, can_be)?;
    Ok(ByMcc { range, value })
}

impl ControlsConfig {
    /// The controls of a configuration.
    ///
    /// # Errors
    /// Which member is wrong.
    pub fn controls(&self) -> Result<Controls, String> {
        let merchant = |id: &str| (1..=64).contains(&id.chars().count()).then(|| id.into());
        Ok(Controls {
            mcc: list(self.mcc.as_ref(), MccRange::parse, "controls.mcc", CATEGORIES)?,
            merchants: list(self.merchants.as_ref(), merchant, "controls.merchants", "1 to 64 characters")?,
            countries: list(
                self.countries.as_ref(),
                Country::parse,
                "controls.countries",
                "a country's three letters",
            )?,
            first_merchant_lock: self.first_merchant_lock,
            single_use: self.single_use,
        })
    }
}

fn list<T>(
    config: Option<&ListConfig>,
    parse: impl Fn(&str) -> Option<T>,
    member: &str,
    be: &str,
) -> Result<Option<List<T>>, String> {
    let Some(config) = config else { return Ok(None) };
    let items = |which: &str, texts: &[String]| {
        let item = |text: &String| parse(text).ok_or_else(|| must(&format!("{member}.{which}"), be, text));
        texts.iter().map(item).collect::<Result<Vec<T>, String>>()
    };
    Ok(Some(List { allow: items("allow", &config.allow)?, block: items("block", &config.block)? }))
}

impl LimitConfig {
    fn change(&self) -> Result<LimitChange, String> {
        let period = spelling::period(&self.period).ok_or_else(|| must("period", PERIODS, &self.period))?;
        let usage = spelling::usage_type(&self.usage).ok_or_else(|| must("type", TYPES, &self.usage))?;
        Ok(LimitChange { period, usage, rule: Some(self.rule()?), reset: false })
    }

    fn rule(&self) -> Result<Rule, String> {
        let numbers = [
            ("single_minor", self.single_minor),
            ("sum_minor", self.sum_minor),
            ("count", self.count.map(i64::from)),
        ];
        for (member, number) in numbers {
            match number {
                Some(_) if self.off => return Err(format!("`off = true` and `{member}` exclude each other")),
                Some(number) if number <= 0 => {
                    return Err(must(member, "at least 1", &number.to_string()));
                }
                _ => {}
            }
        }
        let bounds = Bounds { single: self.single_minor, sum: self.sum_minor, count: self.count };
        Ok(if self.off { Rule::Off } else { Rule::Within(bounds) })
    }
}

#[cfg(test)]
mod tests;
