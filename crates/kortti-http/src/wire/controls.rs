//! Where and how often a card may be used: an extension of the compatible API on its own objects.

use std::borrow::Cow;

use kortti_core::{
    controls::{Controls, List},
    reference::MccRange,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{
    address::CountryCode,
    items::Items,
    refused,
    schema::{all_required, plain_optionals},
    text::Text,
};

/// How many items a list may have.
const ITEMS_MAX: usize = 100;

/// Categories of merchants: one, or a range.
struct MccRangeText(MccRange);

impl<'de> Deserialize<'de> for MccRangeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        MccRange::parse(&text).map(Self).ok_or_else(|| refused("4 digits, or a range such as 3501-3999"))
    }
}

impl Serialize for MccRangeText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl JsonSchema for MccRangeText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "mccRange".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{4}(-[0-9]{4})?$", "examples": ["3501-3999"] })
    }
}

/// Defines what is allowed and blocked of one kind of thing, as it is read.
macro_rules! list_body {
    ($(#[$meta:meta])* $name:ident, $item:ty) => {
        #[derive(Deserialize, JsonSchema)]
        $(#[$meta])*
        struct $name {
            /// Nothing but these is allowed; everything is where there are none.
            allow: Option<Items<$item, ITEMS_MAX>>,
            /// These are not allowed, whatever else is.
            block: Option<Items<$item, ITEMS_MAX>>,
        }

        impl $name {
            fn into_core<T>(self, item: impl Fn($item) -> T + Copy) -> List<T> {
                let items = |list: Option<Items<$item, ITEMS_MAX>>| {
                    list.map(|list| list.0.into_iter().map(item).collect()).unwrap_or_default()
                };
                List { allow: items(self.allow), block: items(self.block) }
            }
        }
    };
}

list_body!(
    /// Categories of merchants, by ISO 18245.
    #[schemars(rename = "mccControl", transform = plain_optionals)]
    MccLists, MccRangeText
);
list_body!(
    /// Merchants, by the id that messages give.
    #[schemars(rename = "merchantControl", transform = plain_optionals)]
    MerchantLists, Text<1, 64>
);
list_body!(
    /// Countries of merchants.
    #[schemars(rename = "countryControl", transform = plain_optionals)]
    CountryLists, CountryCode
);

/// Where and how the card may be used. What is absent stays; where the card says nothing its product decides. A member that is
/// given replaces what was, its `allow` and its `block`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "controls", transform = plain_optionals)]
// One put together from all members would let the card be used nowhere.
#[schemars(extend("example" = { "mcc": { "allow": [], "block": ["7995"] }, "singleUse": false }))]
pub struct ControlsBody {
    mcc: Option<MccLists>,
    merchants: Option<MerchantLists>,
    countries: Option<CountryLists>,
    /// Whether the card can be used only at the merchant of its first approved use.
    first_merchant_lock: Option<bool>,
    /// Whether the card can be used only once.
    single_use: Option<bool>,
}

impl ControlsBody {
    /// The controls that are given.
    pub(super) fn into_core(self) -> Controls {
        Controls {
            mcc: self.mcc.map(|list| list.into_core(|range| range.0)),
            merchants: self.merchants.map(|list| list.into_core(Text::into_boxed)),
            countries: self.countries.map(|list| list.into_core(|code| code.0)),
            first_merchant_lock: self.first_merchant_lock,
            single_use: self.single_use,
        }
    }
}

/// What is allowed and what is blocked.
#[derive(Serialize, JsonSchema)]
#[schemars(inline, transform = all_required)]
struct ListView<T> {
    allow: Vec<T>,
    block: Vec<T>,
}

impl<T> ListView<T> {
    fn of<'a, V>(list: &'a List<V>, item: impl Fn(&'a V) -> T + Copy) -> Self {
        Self { allow: list.allow.iter().map(item).collect(), block: list.block.iter().map(item).collect() }
    }
}

/// The controls of a card; null where the product decides.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "controlsView", transform = all_required)]
pub(super) struct ControlsView<'a> {
    mcc: Option<ListView<MccRangeText>>,
    merchants: Option<ListView<&'a str>>,
    countries: Option<ListView<CountryCode>>,
    first_merchant_lock: Option<bool>,
    single_use: Option<bool>,
}

impl<'a> ControlsView<'a> {
    pub(super) fn of(controls: &'a Controls) -> Self {
        Self {
            mcc: controls.mcc.as_ref().map(|list| ListView::of(list, |range| MccRangeText(*range))),
            merchants: controls.merchants.as_ref().map(|list| ListView::of(list, |id| &**id)),
            countries: controls.countries.as_ref().map(|list| ListView::of(list, |code| CountryCode(*code))),
            first_merchant_lock: controls.first_merchant_lock,
            single_use: controls.single_use,
        }
    }
}
