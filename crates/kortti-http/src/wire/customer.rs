//! Bodies that create and update customers.

use kortti_core::{
    customer::CustomerKind,
    personal::{AdditionalValue, Address, CustomerPersonal, Phone},
    reference::Country,
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    address::{AddressBody, CountryCode, PhoneBody},
    card_update::replace,
    items::Items,
    pairs::AdditionalValues,
    schema::plain_optionals,
    text::{CustomerNumber, Locale, Text},
    time::Date,
};

/// A name or the like.
type Name = Text<1, 255>;
/// A name or the like that may be empty.
type Line<const MAX: usize> = Text<0, MAX>;

/// A customer as requested.
#[derive(Debug, PartialEq, Eq)]
pub struct CustomerRequest {
    /// Person or company.
    pub kind: CustomerKind,
    /// The institution's number for it.
    pub number: Box<str>,
    /// Who it is.
    pub personal: CustomerPersonal,
}

/// Changes of a customer as requested. What is absent stays.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CustomerPatch {
    /// A new number.
    pub number: Option<Box<str>>,
    /// A new language.
    pub locale: Option<String>,
    /// A new registration number.
    pub reg_no: Option<String>,
    /// A new address.
    pub address: Option<Address>,
    /// A new name of a company.
    pub name: Option<String>,
    /// A new first name.
    pub first_name: Option<String>,
    /// A new middle name.
    pub middle_name: Option<String>,
    /// A new last name.
    pub last_name: Option<String>,
    /// A new way to address a person.
    pub salutation: Option<String>,
    /// Another date of birth.
    pub date_of_birth: Option<String>,
    /// The date of death.
    pub deceased_date: Option<String>,
    /// New nationalities, all of them.
    pub nationality: Option<Vec<Country>>,
    /// Another address of electronic mail.
    pub email: Option<String>,
    /// Another telephone.
    pub phone: Option<Phone>,
    /// Another mobile telephone.
    pub mobile: Option<Phone>,
    /// Who speaks for a company.
    pub representative: Option<String>,
    /// The pairs kept with it, all of them.
    pub additional_values: Option<Vec<AdditionalValue>>,
}

impl CustomerPatch {
    /// Puts the changes of the encrypted part into effect.
    pub fn apply_personal(&self, personal: &mut CustomerPersonal) {
        personal.locale = self.locale.clone().unwrap_or_else(|| std::mem::take(&mut personal.locale));
        personal.reg_no = self.reg_no.clone().unwrap_or_else(|| std::mem::take(&mut personal.reg_no));
        if let Some(address) = &self.address {
            personal.address = address.clone();
        }
        replace(&mut personal.name, &self.name);
        replace(&mut personal.first_name, &self.first_name);
        replace(&mut personal.middle_name, &self.middle_name);
        replace(&mut personal.last_name, &self.last_name);
        replace(&mut personal.salutation, &self.salutation);
        replace(&mut personal.date_of_birth, &self.date_of_birth);
        replace(&mut personal.deceased_date, &self.deceased_date);
        replace(&mut personal.nationality, &self.nationality);
        replace(&mut personal.email, &self.email);
        replace(&mut personal.phone, &self.phone);
        replace(&mut personal.mobile, &self.mobile);
        replace(&mut personal.representative, &self.representative);
        replace(&mut personal.additional_values, &self.additional_values);
    }
}

fn text<const MIN: usize, const MAX: usize>(text: Option<Text<MIN, MAX>>) -> Option<String> {
    text.map(Text::into_string)
}

/// The nationalities of a person.
type Nationalities = Items<CountryCode, 10>;

fn countries(codes: Option<Nationalities>) -> Option<Vec<Country>> {
    codes.map(|codes| codes.0.into_iter().map(|code| code.0).collect())
}

/// A person.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "createPrivateBody", transform = plain_optionals)]
pub struct CreatePrivate {
    customer_number: CustomerNumber,
    locale: Locale,
    /// The registration number, such as a social security number; unique.
    reg_no: Text<1, 64>,
    address: AddressBody,
    /// The first name.
    first_name: Name,
    /// The last name.
    last_name: Name,
    /// The middle name.
    middle_name: Option<Line<255>>,
    /// How to address the person.
    salutation: Option<Line<32>>,
    date_of_birth: Option<Date>,
    /// The person's nationalities.
    nationality: Option<Nationalities>,
    /// Electronic mail.
    email: Option<Line<255>>,
    phone_number: Option<PhoneBody>,
    mobile_number: Option<PhoneBody>,
    additional_values: Option<AdditionalValues>,
}

impl CreatePrivate {
    /// The request in the domain's terms.
    #[must_use]
    pub fn into_parts(self) -> CustomerRequest {
        CustomerRequest {
            kind: CustomerKind::Private,
            number: self.customer_number.into_string().into(),
            personal: CustomerPersonal {
                locale: self.locale.into_string(),
                reg_no: self.reg_no.into_string(),
                address: self.address.into_core(),
                name: None,
                first_name: Some(self.first_name.into_string()),
                middle_name: text(self.middle_name),
                last_name: Some(self.last_name.into_string()),
                salutation: text(self.salutation),
                date_of_birth: self.date_of_birth.map(Date::into_string),
                deceased_date: None,
                nationality: countries(self.nationality),
                email: text(self.email),
                phone: self.phone_number.map(PhoneBody::into_core),
                mobile: self.mobile_number.map(PhoneBody::into_core),
                representative: None,
                additional_values: self.additional_values.map(AdditionalValues::into_core),
            },
        }
    }
}

/// A company.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "createCorporateBody", transform = plain_optionals)]
pub struct CreateCorporate {
    customer_number: CustomerNumber,
    locale: Locale,
    /// The registration number; unique.
    reg_no: Text<1, 64>,
    address: AddressBody,
    /// The name.
    name: Name,
    /// Who speaks for the company.
    customer_representative: Option<Line<64>>,
    /// Electronic mail.
    email: Option<Line<255>>,
    phone_number: Option<PhoneBody>,
    mobile_number: Option<PhoneBody>,
    additional_values: Option<AdditionalValues>,
}

impl CreateCorporate {
    /// The request in the domain's terms.
    #[must_use]
    pub fn into_parts(self) -> CustomerRequest {
        CustomerRequest {
            kind: CustomerKind::Corporate,
            number: self.customer_number.into_string().into(),
            personal: CustomerPersonal {
                locale: self.locale.into_string(),
                reg_no: self.reg_no.into_string(),
                address: self.address.into_core(),
                name: Some(self.name.into_string()),
                first_name: None,
                middle_name: None,
                last_name: None,
                salutation: None,
                date_of_birth: None,
                deceased_date: None,
                nationality: None,
                email: text(self.email),
                phone: self.phone_number.map(PhoneBody::into_core),
                mobile: self.mobile_number.map(PhoneBody::into_core),
                representative: text(self.customer_representative),
                additional_values: self.additional_values.map(AdditionalValues::into_core),
            },
        }
    }
}

/// Changes of a person. What is absent or null stays.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "updatePrivateBody", transform = plain_optionals)]
pub struct UpdatePrivate {
    customer_number: Option<CustomerNumber>,
    locale: Option<Locale>,
    /// The registration number; unique.
    reg_no: Option<Text<1, 64>>,
    address: Option<AddressBody>,
    /// The first name.
    first_name: Option<Name>,
    /// The last name.
    last_name: Option<Name>,
    /// The middle name.
    middle_name: Option<Line<255>>,
    /// How to address the person.
    salutation: Option<Line<32>>,
    date_of_birth: Option<Date>,
    deceased_date: Option<Date>,
    /// The person's nationalities, all of them.
    nationality: Option<Nationalities>,
    /// Electronic mail.
    email: Option<Line<255>>,
    phone_number: Option<PhoneBody>,
    mobile_number: Option<PhoneBody>,
    additional_values: Option<AdditionalValues>,
}

impl UpdatePrivate {
    /// The changes in the domain's terms.
    #[must_use]
    pub fn into_parts(self) -> CustomerPatch {
        CustomerPatch {
            number: self.customer_number.map(|number| number.into_string().into()),
            locale: self.locale.map(Locale::into_string),
            reg_no: text(self.reg_no),
            address: self.address.map(AddressBody::into_core),
            first_name: text(self.first_name),
            middle_name: text(self.middle_name),
            last_name: text(self.last_name),
            salutation: text(self.salutation),
            date_of_birth: self.date_of_birth.map(Date::into_string),
            deceased_date: self.deceased_date.map(Date::into_string),
            nationality: countries(self.nationality),
            email: text(self.email),
            phone: self.phone_number.map(PhoneBody::into_core),
            mobile: self.mobile_number.map(PhoneBody::into_core),
            additional_values: self.additional_values.map(AdditionalValues::into_core),
            ..CustomerPatch::default()
        }
    }
}

/// Changes of a company. What is absent or null stays.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "updateCorporateBody", transform = plain_optionals)]
pub struct UpdateCorporate {
    customer_number: Option<CustomerNumber>,
    locale: Option<Locale>,
    /// The registration number; unique.
    reg_no: Option<Text<1, 64>>,
    address: Option<AddressBody>,
    /// The name.
    name: Option<Name>,
    /// Who speaks for the company.
    customer_representative: Option<Line<64>>,
    /// Electronic mail.
    email: Option<Line<255>>,
    phone_number: Option<PhoneBody>,
    mobile_number: Option<PhoneBody>,
    additional_values: Option<AdditionalValues>,
}

impl UpdateCorporate {
    /// The changes in the domain's terms.
    #[must_use]
    pub fn into_parts(self) -> CustomerPatch {
        CustomerPatch {
            number: self.customer_number.map(|number| number.into_string().into()),
            locale: self.locale.map(Locale::into_string),
            reg_no: text(self.reg_no),
            address: self.address.map(AddressBody::into_core),
            name: text(self.name),
            representative: text(self.customer_representative),
            email: text(self.email),
            phone: self.phone_number.map(PhoneBody::into_core),
            mobile: self.mobile_number.map(PhoneBody::into_core),
            additional_values: self.additional_values.map(AdditionalValues::into_core),
            ..CustomerPatch::default()
        }
    }
}
