//! What stands on a card, and with which characters.

use minicbor::{Decode, Encode};

/// First and last name together fill at most this many characters, as does every other line.
pub const LINE_LENGTH: usize = 26;

/// The characters a product's cards can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Alphabet {
    /// What an embossing machine has: Latin letters, the Nordic ones, digits and a few signs.
    #[default]
    #[n(0)]
    Embossed,
    /// What a printer has in addition: the Latin letters of the European languages.
    #[n(1)]
    Printed,
}

const EMBOSSED_LETTERS: &str = "ÁáÄäÅåÆæÉéÍíÐðÓóÖöØøÚúÜüÝýÞþ";
const EMBOSSED_SIGNS: &str = "-/.,&+' ";
const PRINTED_LETTERS: &str = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿ\
     ĀāĂăĄąĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĦħĨĩĪīĬĭĮįİıĲĳĴĵĶķĸĹĺĻļĽľĿŀŁłŃńŅņŇňŉŊŋŌōŎŏŐőŒœŔŕŖŗŘř\
     ŚśŜŝŞşŠšŢţŤťŦŧŨũŪūŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžſǪǫȘșȚțȪȫȮȯȲȳḐḑṢṣẞỌọ";

impl Alphabet {
    /// Whether `character` can stand on a card.
    #[must_use]
    pub fn has(self, character: char) -> bool {
        character.is_ascii_alphanumeric()
            || EMBOSSED_SIGNS.contains(character)
            || EMBOSSED_LETTERS.contains(character)
            || (self == Self::Printed && PRINTED_LETTERS.contains(character))
    }

    /// Whether all of `text` can stand on a card.
    #[must_use]
    pub fn spells(self, text: &str) -> bool {
        text.chars().all(|character| self.has(character))
    }
}

/// The characters that the value of an additional value may have.
#[must_use]
pub fn is_value_character(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || "|-_ +.éàèùçâêîôûëïü'".contains(character)
        || PRINTED_LETTERS.contains(character)
}

/// The lines and codes for the bureau that makes the plastic.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct Embossing {
    /// Lines one to five, placed as agreed with the bureau.
    #[n(0)]
    pub additional_fields: [Option<String>; 5],
    /// The company.
    #[n(1)]
    pub company_name: Option<String>,
    /// Which plastic layout.
    #[n(2)]
    pub external_layout_code: Option<String>,
    /// The holder's first name.
    #[n(3)]
    pub first_name: Option<String>,
    /// The holder's last name.
    #[n(4)]
    pub last_name: Option<String>,
    /// A second line under the name.
    #[n(5)]
    pub additional_name: Option<String>,
    /// Which bureau.
    #[n(6)]
    pub manufacturer: Option<String>,
    /// Whether a plastic is made.
    #[n(7)]
    pub physical: Option<bool>,
}

/// Why an embossing cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Encode, Decode)]
pub enum EmbossingError {
    /// First and last name together do not fit on the line.
    #[error("firstName and lastName must together be at most 26 characters")]
    #[n(0)]
    NamesTooLong,
    /// A character that the product's cards cannot show.
    #[error("has characters that cannot stand on a card of this product")]
    #[n(1)]
    Character {
        /// The member that has it.
        #[n(0)]
        field: Box<str>,
    },
}

impl Embossing {
    /// Checks what only the whole can be checked for: the names together, and the product's alphabet.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self, alphabet: Alphabet) -> Result<(), EmbossingError> {
        let length = |name: &Option<String>| name.as_ref().map_or(0, |name| name.chars().count());
        if length(&self.first_name) + length(&self.last_name) > LINE_LENGTH {
            return Err(EmbossingError::NamesTooLong);
        }
        let strange = self.lines().find(|(_, line)| !alphabet.spells(line));
        strange.map_or(Ok(()), |(field, _)| Err(EmbossingError::Character { field: field.into() }))
    }

    /// These lines with those of `patch` in their place where it has any.
    #[must_use]
    pub fn merged(mut self, patch: Self) -> Self {
        for (old, new) in self.additional_fields.iter_mut().zip(patch.additional_fields) {
            *old = new.or(old.take());
        }
        self.company_name = patch.company_name.or(self.company_name);
        self.external_layout_code = patch.external_layout_code.or(self.external_layout_code);
        self.first_name = patch.first_name.or(self.first_name);
        self.last_name = patch.last_name.or(self.last_name);
        self.additional_name = patch.additional_name.or(self.additional_name);
        self.manufacturer = patch.manufacturer.or(self.manufacturer);
        self.physical = patch.physical.or(self.physical);
        self
    }

    /// The lines that end up on the card, with the names of their members.
    fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        const FIELDS: [&str; 5] = [
            "additionalField1",
            "additionalField2",
            "additionalField3",
            "additionalField4",
            "additionalField5",
        ];
        let others = [
            ("companyName", &self.company_name),
            ("firstName", &self.first_name),
            ("lastName", &self.last_name),
            ("additionalEmbossingName", &self.additional_name),
        ];
        let fields = FIELDS.into_iter().zip(&self.additional_fields);
        fields.chain(others).filter_map(|(name, line)| line.as_deref().map(|line| (name, line)))
    }
}

/// The names a card gets when the request brings none: the customer's, the first one cut to its initial if they are too long
/// together, and none at all if even that does not fit or the card cannot show them.
#[must_use]
pub fn names_from_customer(first: &str, last: &str, alphabet: Alphabet) -> Option<(String, String)> {
    if !alphabet.spells(first) || !alphabet.spells(last) {
        return None;
    }
    let fits = |first: &str| first.chars().count() + last.chars().count() <= LINE_LENGTH;
    let initial: String = first.chars().take(1).collect();
    [first, &initial].into_iter().find(|first| fits(first)).map(|first| (first.to_owned(), last.to_owned()))
}

#[cfg(test)]
mod tests;
