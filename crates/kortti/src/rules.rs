//! The parts of rules as they are configured: those of products, and those that a replay puts in their place.

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

/// The limits of a configuration.
///
/// # Errors
/// What is wrong with them.
pub fn limits(configs: &[LimitConfig]) -> Result<Limits, &'static str> {
    let changes = configs.iter().map(|limit| limit.change().ok_or("`limits` is wrong"));
    Ok(Limits::default().merged(&changes.collect::<Result<Vec<_>, _>>()?, Timestamp::default()))
}

/// The blocks of a configuration, by name.
///
/// # Errors
/// What is wrong with them.
pub fn blocks(names: &[String]) -> Result<Blocks, &'static str> {
    names.iter().try_fold(Blocks::default(), |set, name| {
        let block = spelling::block(name).ok_or("`blocks` has an unknown name")?;
        Ok(set.with(block, true))
    })
}

/// The time zone of a configuration.
///
/// # Errors
/// When there is none of this name.
pub fn zone(name: &str) -> Result<Zone, &'static str> {
    Zone::parse(name).ok_or("`time_zone` is no IANA name")
}

/// How long authorisations hold money, by category of merchant.
///
/// # Errors
/// What is wrong.
pub fn hold_days(rows: &[HoldDaysConfig]) -> Result<Vec<ByMcc<u16>>, &'static str> {
    rows.iter().map(|row| by_mcc(&row.mcc, row.days, 365).ok_or("`hold_days` is wrong")).collect()
}

/// By how many percent a clearing may exceed its authorisation, by category of merchant.
///
/// # Errors
/// What is wrong.
pub fn tolerance(rows: &[ToleranceConfig]) -> Result<Vec<ByMcc<u16>>, &'static str> {
    let row = |row: &ToleranceConfig| by_mcc(&row.mcc, row.percent, 1000);
    rows.iter().map(|one| row(one).ok_or("`clearing_tolerance` is wrong")).collect()
}

fn by_mcc(mcc: &str, value: u16, most: u16) -> Option<ByMcc<u16>> {
    let range = MccRange::parse(mcc).filter(|_| value <= most)?;
    Some(ByMcc { range, value })
}

impl ControlsConfig {
    /// The controls of a configuration.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn controls(&self) -> Result<Controls, &'static str> {
        let merchant = |id: &str| (1..=64).contains(&id.chars().count()).then(|| id.into());
        Ok(Controls {
            mcc: list(self.mcc.as_ref(), MccRange::parse, "`controls.mcc` is wrong")?,
            merchants: list(self.merchants.as_ref(), merchant, "`controls.merchants` is wrong")?,
            countries: list(self.countries.as_ref(), Country::parse, "`controls.countries` is wrong")?,
            first_merchant_lock: self.first_merchant_lock,
            single_use: self.single_use,
        })
    }
}

fn list<T>(
    config: Option<&ListConfig>,
    parse: impl Fn(&str) -> Option<T>,
    wrong: &'static str,
) -> Result<Option<List<T>>, &'static str> {
    let Some(config) = config else { return Ok(None) };
    let items =
        |texts: &[String]| texts.iter().map(|text| parse(text).ok_or(wrong)).collect::<Result<Vec<T>, _>>();
    Ok(Some(List { allow: items(&config.allow)?, block: items(&config.block)? }))
}

impl LimitConfig {
    fn change(&self) -> Option<LimitChange> {
        let bounds = Bounds { single: self.single_minor, sum: self.sum_minor, count: self.count };
        let amounts = [self.single_minor, self.sum_minor];
        if amounts.into_iter().flatten().any(|amount| amount <= 0) || self.count == Some(0) {
            return None;
        }
        let rule = if self.off { Rule::Off } else { Rule::Within(bounds) };
        let (period, usage) = (spelling::period(&self.period)?, spelling::usage_type(&self.usage)?);
        Some(LimitChange { period, usage, rule: Some(rule), reset: false })
    }
}
