//! Card products as they are configured, and those of the sandbox.

use kortti_core::{
    calendar::Zone,
    card::{Blocks, CardTemplate},
    embossing::Alphabet,
    id::{InstitutionId, ProductId},
    limit::Limits,
    product::{Product, Terms},
    reference::Country,
};
use kortti_http::spelling;
use serde::Deserialize;

use crate::{
    Failure,
    rules::{self, ControlsConfig, HoldDaysConfig, LimitConfig, ToleranceConfig},
};

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
            limits: rules::limits(&self.limits).map_err(wrong)?,
            blocks: rules::blocks(&self.blocks).map_err(wrong)?,
            layout_code: self.layout_code.as_deref().map(Into::into),
            terms: self.terms(zone).map_err(wrong)?,
        })
    }

    /// How its transactions are treated; none where nothing is said.
    fn terms(&self, zone: Option<&Zone>) -> Result<Option<Box<Terms>>, &'static str> {
        let zone = match &self.time_zone {
            Some(name) => rules::zone(name)?,
            None => zone.unwrap_or(Zone::utc()).clone(),
        };
        let terms = Terms {
            zone,
            hold_days: rules::hold_days(&self.hold_days)?,
            tolerance_percent: rules::tolerance(&self.clearing_tolerance)?,
            controls: self.controls.controls()?,
        };
        Ok((terms != Terms::default()).then(|| Box::new(terms)))
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
