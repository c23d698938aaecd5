//! Card products as they are configured, and those of the sandbox.

use kortti_core::{
    calendar::Zone,
    card::{Blocks, CardTemplate},
    controls::{Controls, List},
    embossing::Alphabet,
    id::{InstitutionId, ProductId},
    limit::{Bounds, LimitChange, Limits, Rule},
    product::{ByMcc, Product, Terms},
    reference::{Country, MccRange},
    time::Timestamp,
};
use kortti_http::spelling;
use serde::Deserialize;

use crate::Failure;

/// A `[[products]]` table of the configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductConfig {
    code: String,
    template: String,
    #[serde(default = "one")]
    institution: u32,
    #[serde(default)]
    default: bool,
    /// Leading digits of the numbers, 6 to 10. Numbers are made under the first.
    ranges: Vec<String>,
    #[serde(default = "sixteen")]
    digits: u8,
    #[serde(default = "three_years")]
    validity_months: u16,
    /// The characters its cards can show are the printed ones.
    #[serde(default)]
    printed: bool,
    /// The programme's own country, alpha-3.
    home: String,
    #[serde(default = "three")]
    pin_tries: u8,
    layout_code: Option<String>,
    #[serde(default)]
    blocks: Vec<String>,
    #[serde(default)]
    limits: Vec<LimitConfig>,
    /// Where the days of its cards' limits begin; an IANA name.
    time_zone: Option<String>,
    /// How long authorisations hold money, by category of merchant.
    #[serde(default)]
    hold_days: Vec<HoldDaysConfig>,
    /// By how much a clearing may exceed its authorisation, by category of merchant.
    #[serde(default)]
    clearing_tolerance: Vec<ToleranceConfig>,
    /// Where and how its cards may be used, unless a card says otherwise.
    #[serde(default)]
    controls: ControlsConfig,
}

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

pub const fn one() -> u32 {
    1
}
const fn three() -> u8 {
    3
}
const fn sixteen() -> u8 {
    16
}
const fn three_years() -> u16 {
    36
}

/// The products of a configuration; `zone` is that of products that name none.
///
/// # Errors
/// The first thing that is wrong with one.
pub fn from_config(configs: &[ProductConfig], zone: Option<&Zone>) -> Result<Vec<Product>, Failure> {
    configs.iter().map(|config| config.product(zone)).collect()
}

impl ProductConfig {
    fn product(&self, zone: Option<&Zone>) -> Result<Product, Failure> {
        let wrong = |what: &str| Failure::new(format!("product {}: {what}", self.code));
        if !spelling::is_product_code(&self.code) {
            return Err(wrong("its code must be 2 to 65 of A-Z, 0-9 and _, beginning with a letter"));
        }
        let digits_only =
            |range: &String| (6..=10).contains(&range.len()) && range.bytes().all(|b| b.is_ascii_digit());
        if self.ranges.is_empty() || !self.ranges.iter().all(digits_only) {
            return Err(wrong("`ranges` must name leading digits, 6 to 10 each"));
        }
        if !(13..=19).contains(&self.digits) {
            return Err(wrong("`digits` must be 13 to 19"));
        }
        if !(1..=240).contains(&self.validity_months) {
            return Err(wrong("`validity_months` must be 1 to 240"));
        }
        Ok(Product {
            id: ProductId(0),
            institution: InstitutionId(self.institution),
            code: self.code.as_str().into(),
            template: spelling::template(&self.template).ok_or_else(|| wrong("`template` is unknown"))?,
            default: self.default,
            ranges: self.ranges.iter().map(|range| range.as_str().into()).collect(),
            digits: self.digits,
            validity_months: self.validity_months,
            alphabet: if self.printed { Alphabet::Printed } else { Alphabet::Embossed },
            home: Country::parse(&self.home).ok_or_else(|| wrong("`home` is no country"))?,
            pin_tries: self.pin_tries,
            limits: limits(&self.limits).map_err(wrong)?,
            blocks: blocks(&self.blocks).map_err(wrong)?,
            layout_code: self.layout_code.as_deref().map(Into::into),
            terms: self.terms(zone).map_err(wrong)?,
        })
    }

    /// How its transactions are treated; none where nothing is said.
    fn terms(&self, zone: Option<&Zone>) -> Result<Option<Box<Terms>>, &'static str> {
        let zone = match &self.time_zone {
            Some(name) => self::zone(name)?,
            None => zone.unwrap_or(Zone::utc()).clone(),
        };
        let terms = Terms {
            zone,
            hold_days: hold_days(&self.hold_days)?,
            tolerance_percent: tolerance(&self.clearing_tolerance)?,
            controls: self.controls.controls()?,
        };
        Ok((terms != Terms::default()).then(|| Box::new(terms)))
    }
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

/// The sandbox's products: one for each template, with numbers in test ranges and the numbers that test tools use.
#[must_use]
pub fn sandbox() -> Vec<Product> {
    let product = |template: CardTemplate| {
        let (made_under, well_known) = sandbox_ranges(template);
        let home = Country::parse("FIN")?;
        Some(Product {
            id: ProductId(0),
            institution: InstitutionId::DEFAULT,
            code: spelling::template_name(template).into(),
            template,
            default: true,
            ranges: vec![made_under.into(), well_known.into()],
            digits: 16,
            validity_months: 36,
            alphabet: Alphabet::Embossed,
            home,
            pin_tries: 3,
            limits: Limits::default(),
            blocks: Blocks::default(),
            layout_code: Some("default".into()),
            terms: None,
        })
    };
    CardTemplate::ALL.into_iter().filter_map(product).collect()
}

const fn sandbox_ranges(template: CardTemplate) -> (&'static str, &'static str) {
    match template {
        CardTemplate::VisaVirtual => ("40000010", "411111"),
        CardTemplate::VisaCard => ("40000020", "411111"),
        CardTemplate::DebitVisa => ("40000030", "411111"),
        CardTemplate::DebitVisaVirtual => ("40000040", "411111"),
        CardTemplate::McVirtual => ("51000010", "555555"),
        CardTemplate::McCard => ("51000020", "555555"),
        CardTemplate::DebitMc => ("51000030", "555555"),
        CardTemplate::DebitMcVirtual => ("51000040", "555555"),
    }
}
