//! What stands on the card.

use kortti_core::embossing::{Embossing, EmbossingError, LINE_LENGTH};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    FieldError,
    schema::{all_required, plain_optionals},
    text::{Manufacturer, Text},
};

/// What stands on the card. Cards show `A-Z a-z 0-9`, the Nordic letters, `- / . , & + '` and the space; a printed product
/// also the Latin letters of the European languages.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "embossing", transform = plain_optionals)]
pub struct EmbossingBody {
    /// A line whose place is agreed with the bureau.
    additional_field1: Option<Text<0, 32>>,
    /// A line whose place is agreed with the bureau.
    additional_field2: Option<Text<0, 32>>,
    /// A line whose place is agreed with the bureau.
    additional_field3: Option<Text<0, 32>>,
    /// A line whose place is agreed with the bureau.
    additional_field4: Option<Text<0, 32>>,
    /// A line whose place is agreed with the bureau.
    additional_field5: Option<Text<0, 32>>,
    /// The company.
    #[schemars(example = &"Enfuce Financial Services")]
    company_name: Option<Text<0, LINE_LENGTH>>,
    /// Which layout the plastic has.
    #[schemars(example = &"BlueCard")]
    external_layout_code: Option<Text<0, 32>>,
    /// The holder's first name. Together with the last name it has at most 26 characters.
    #[schemars(example = &"Monica")]
    first_name: Option<Text<0, LINE_LENGTH>>,
    /// The holder's last name. Together with the first name it has at most 26 characters.
    #[schemars(example = &"Liikamaa")]
    last_name: Option<Text<0, LINE_LENGTH>>,
    /// A second line under the name.
    #[schemars(example = &"Card User Name")]
    additional_embossing_name: Option<Text<0, LINE_LENGTH>>,
    manufacturer: Option<Manufacturer>,
    /// Whether a plastic is made. Without effect on cards that are virtual.
    #[schemars(example = true)]
    physical: Option<bool>,
}

impl EmbossingBody {
    /// The lines, or that first and last name together are too long.
    pub(super) fn into_core(self) -> Result<Embossing, FieldError> {
        fn text<const MAX: usize>(line: Option<Text<0, MAX>>) -> Option<String> {
            line.map(Text::into_string)
        }
        let embossing = Embossing {
            additional_fields: [
                text(self.additional_field1),
                text(self.additional_field2),
                text(self.additional_field3),
                text(self.additional_field4),
                text(self.additional_field5),
            ],
            company_name: text(self.company_name),
            external_layout_code: text(self.external_layout_code),
            first_name: text(self.first_name),
            last_name: text(self.last_name),
            additional_name: text(self.additional_embossing_name),
            manufacturer: self.manufacturer.map(Manufacturer::into_string),
            physical: self.physical,
        };
        let length = |name: &Option<String>| name.as_ref().map_or(0, |name| name.chars().count());
        if length(&embossing.first_name) + length(&embossing.last_name) > LINE_LENGTH {
            return Err(FieldError::new("embossing", EmbossingError::NamesTooLong.to_string()));
        }
        Ok(embossing)
    }
}

/// What stands on the card, in a response.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "embossingView", transform = all_required)]
pub(super) struct EmbossingView<'a> {
    additional_field1: Option<&'a str>,
    additional_field2: Option<&'a str>,
    additional_field3: Option<&'a str>,
    additional_field4: Option<&'a str>,
    additional_field5: Option<&'a str>,
    company_name: Option<&'a str>,
    external_layout_code: Option<&'a str>,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    additional_embossing_name: Option<&'a str>,
    manufacturer: Option<&'a str>,
    physical: Option<bool>,
}

impl<'a> EmbossingView<'a> {
    pub(super) fn of(embossing: &'a Embossing) -> Self {
        let [one, two, three, four, five] = embossing.additional_fields.each_ref().map(Option::as_deref);
        Self {
            additional_field1: one,
            additional_field2: two,
            additional_field3: three,
            additional_field4: four,
            additional_field5: five,
            company_name: embossing.company_name.as_deref(),
            external_layout_code: embossing.external_layout_code.as_deref(),
            first_name: embossing.first_name.as_deref(),
            last_name: embossing.last_name.as_deref(),
            additional_embossing_name: embossing.additional_name.as_deref(),
            manufacturer: embossing.manufacturer.as_deref(),
            physical: embossing.physical,
        }
    }
}
