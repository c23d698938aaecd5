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
/// The first thing that is wrong with one, or with two that exclude each other.
pub fn from_config(configs: &[ProductConfig], zone: Option<&Zone>) -> Result<Vec<Product>, Failure> {
    let mut products: Vec<Product> = Vec::new();
    for (config, number) in configs.iter().zip(1..) {
        let wrong = |what: String| {
            Failure::new(format!("product {} (entry {number} of `products`): {what}", config.code))
        };
        let product = config.product(zone).map_err(wrong)?;
        products.iter().try_for_each(|other| exclude(other, &product)).map_err(wrong)?;
        products.push(product);
    }
    Ok(products)
}

/// # Errors
/// When requests could mean either of two products.
fn exclude(one: &Product, other: &Product) -> Result<(), String> {
    let institution = one.institution;
    if institution != other.institution {
        return Ok(());
    }
    if one.code == other.code {
        return Err(format!("there is another one with this `code` in institution {institution}"));
    }
    if one.default && other.default && one.template == other.template {
        let template = spelling::template_name(one.template);
        return Err(format!(
            "`default` must be true of one product only; {} is {template}'s in institution {institution}",
            one.code
        ));
    }
    Ok(())
}

impl ProductConfig {
    fn product(&self, zone: Option<&Zone>) -> Result<Product, String> {
        self.check()?;
        Ok(Product {
            id: ProductId(0),
            institution: InstitutionId(self.institution),
            code: self.code.as_str().into(),
            template: template(&self.template)?,
            default: self.default,
            ranges: self.ranges.iter().map(|range| range.as_str().into()).collect(),
            digits: self.digits,
            validity_months: self.validity_months,
            alphabet: if self.printed { Alphabet::Printed } else { Alphabet::Embossed },
            home: Country::parse(&self.home)
                .ok_or_else(|| rules::must("home", "a country's three letters", &self.home))?,
            pin_tries: self.pin_tries,
            limits: rules::limits(&self.limits)?,
            blocks: rules::blocks(&self.blocks)?,
            layout_code: self.layout_code.as_deref().map(Into::into),
            terms: self.terms(zone)?,
        })
    }

    /// # Errors
    /// The first member that is no name or number of its kind.
    fn check(&self) -> Result<(), String> {
        let digits_only =
            |range: &&String| (6..=10).contains(&range.len()) && range.bytes().all(|b| b.is_ascii_digit());
        let ranges = "leading digits, 6 to 10 each";
        if !spelling::is_product_code(&self.code) {
            return Err("`code` must be 2 to 65 of A-Z, 0-9 and _, beginning with a letter".to_owned());
        }
        if self.ranges.is_empty() {
            return Err(format!("`ranges` must name {ranges}"));
        }
        if let Some(range) = self.ranges.iter().find(|range| !digits_only(range)) {
            return Err(rules::must("ranges", ranges, range));
        }
        if self.institution == 0 {
            return Err(rules::must("institution", "at least 1", "0"));
        }
        rules::within("digits", self.digits, 13..=19)?;
        rules::within("validity_months", self.validity_months, 1..=240)?;
        rules::within("pin_tries", self.pin_tries, 1..=u8::MAX)
    }

    /// How its transactions are treated; none where nothing is said.
    fn terms(&self, zone: Option<&Zone>) -> Result<Option<Box<Terms>>, String> {
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

fn template(name: &str) -> Result<CardTemplate, String> {
    let all = CardTemplate::ALL.map(spelling::template_name).join(", ");
    spelling::template(name).ok_or_else(|| rules::must("template", &format!("one of {all}"), name))
}

/// The sandbox's products: one for each template, with numbers in test ranges and the numbers that test tools use. Their
/// days begin where `zone` says.
#[must_use]
pub fn sandbox(zone: Option<&Zone>) -> Vec<Product> {
    let terms = Terms { zone: zone.unwrap_or(Zone::utc()).clone(), ..Terms::default() };
    let terms = (terms != Terms::default()).then(|| Box::new(terms));
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
            terms: terms.clone(),
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

#[cfg(test)]
mod tests;
