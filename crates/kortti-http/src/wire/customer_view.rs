//! Customers in responses. Every member of its kind is always there, null where there is nothing.

use kortti_core::{
    customer::{Customer, CustomerKind},
    personal::CustomerPersonal,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    address::{AddressView, CountryCode, PhoneView},
    codes::{Coded, CustomerKindCode},
    pairs::PairView,
    schema::all_required,
};

/// A customer: a person or a company.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "customer")]
pub enum CustomerView<'a> {
    /// A person.
    Private(Box<PrivateView<'a>>),
    /// A company.
    Corporate(Box<CorporateView<'a>>),
}

/// A person.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "privateCustomer", transform = all_required)]
pub struct PrivateView<'a> {
    id: i64,
    role: Coded<CustomerKindCode>,
    customer_number: &'a str,
    locale: &'a str,
    reg_no: &'a str,
    address: AddressView<'a>,
    first_name: Option<&'a str>,
    last_name: Option<&'a str>,
    middle_name: Option<&'a str>,
    salutation: Option<&'a str>,
    date_of_birth: Option<&'a str>,
    deceased_date: Option<&'a str>,
    nationality: Option<Vec<CountryCode>>,
    email: Option<&'a str>,
    phone_number: Option<PhoneView<'a>>,
    mobile_number: Option<PhoneView<'a>>,
    additional_values: Option<Vec<PairView<'a>>>,
}

/// A company.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "corporateCustomer", transform = all_required)]
pub struct CorporateView<'a> {
    id: i64,
    role: Coded<CustomerKindCode>,
    customer_number: &'a str,
    locale: &'a str,
    reg_no: &'a str,
    address: AddressView<'a>,
    name: Option<&'a str>,
    customer_representative: Option<&'a str>,
    email: Option<&'a str>,
    phone_number: Option<PhoneView<'a>>,
    mobile_number: Option<PhoneView<'a>>,
    additional_values: Option<Vec<PairView<'a>>>,
}

impl<'a> CustomerView<'a> {
    /// The view of a customer and of its encrypted part, opened.
    #[must_use]
    pub fn of(customer: &'a Customer, personal: &'a CustomerPersonal) -> Self {
        match customer.kind {
            CustomerKind::Private => Self::Private(Box::new(PrivateView::of(customer, personal))),
            CustomerKind::Corporate => Self::Corporate(Box::new(CorporateView::of(customer, personal))),
        }
    }
}

impl<'a> PrivateView<'a> {
    fn of(customer: &'a Customer, personal: &'a CustomerPersonal) -> Self {
        Self {
            id: customer.id.0,
            role: Coded(customer.kind),
            customer_number: &customer.number,
            locale: &personal.locale,
            reg_no: &personal.reg_no,
            address: AddressView::of(&personal.address),
            first_name: personal.first_name.as_deref(),
            last_name: personal.last_name.as_deref(),
            middle_name: personal.middle_name.as_deref(),
            salutation: personal.salutation.as_deref(),
            date_of_birth: personal.date_of_birth.as_deref(),
            deceased_date: personal.deceased_date.as_deref(),
            nationality: personal
                .nationality
                .as_ref()
                .map(|countries| countries.iter().copied().map(CountryCode).collect()),
            email: personal.email.as_deref(),
            phone_number: personal.phone.as_ref().map(PhoneView::of),
            mobile_number: personal.mobile.as_ref().map(PhoneView::of),
            additional_values: PairView::all(personal.additional_values.as_ref()),
        }
    }
}

impl<'a> CorporateView<'a> {
    fn of(customer: &'a Customer, personal: &'a CustomerPersonal) -> Self {
        Self {
            id: customer.id.0,
            role: Coded(customer.kind),
            customer_number: &customer.number,
            locale: &personal.locale,
            reg_no: &personal.reg_no,
            address: AddressView::of(&personal.address),
            name: personal.name.as_deref(),
            customer_representative: personal.representative.as_deref(),
            email: personal.email.as_deref(),
            phone_number: personal.phone.as_ref().map(PhoneView::of),
            mobile_number: personal.mobile.as_ref().map(PhoneView::of),
            additional_values: PairView::all(personal.additional_values.as_ref()),
        }
    }
}
