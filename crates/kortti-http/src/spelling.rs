//! The spellings of the API for whoever else names the same things, such as the configuration.

use kortti_core::{
    card::{Block, CardTemplate},
    limit::{Period, UsageType},
};

use crate::wire::{self, CardTemplateCode, Code, PeriodCode, UsageCode};

/// The template of a name such as `VISA_VIRTUAL`.
#[must_use]
pub fn template(name: &str) -> Option<CardTemplate> {
    CardTemplateCode::parse(name)
}

/// The name of a template.
#[must_use]
pub fn template_name(template: CardTemplate) -> &'static str {
    CardTemplateCode::spell(template)
}

/// The period of a code such as `24H`.
#[must_use]
pub fn period(code: &str) -> Option<Period> {
    PeriodCode::parse(code)
}

/// The usage type of a code such as `ATM`.
#[must_use]
pub fn usage_type(code: &str) -> Option<UsageType> {
    UsageCode::parse(code)
}

/// The block of a name such as `northAmerica`.
#[must_use]
pub fn block(name: &str) -> Option<Block> {
    Block::ALL.into_iter().find(|block| wire::block_name(*block) == name)
}

/// Whether `code` can be the code of a product.
#[must_use]
pub fn is_product_code(code: &str) -> bool {
    serde_json::from_value::<wire::ProductCode>(code.into()).is_ok()
}
