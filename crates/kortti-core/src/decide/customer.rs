use minicbor::{Decode, Encode};

use super::{Decision, PersonalUpdate, Refusal, unused};
use crate::{
    customer::{Customer, CustomerKind},
    event::{Changed, CustomerChange, Event},
    id::{BlindIndex, CustomerId, InstitutionId},
    personal::Sealed,
    view::View,
};

/// Create a customer.
#[derive(Clone, Debug, Encode, Decode)]
pub struct CreateCustomer {
    /// The id it gets.
    #[n(0)]
    pub id: CustomerId,
    /// Person or company.
    #[n(1)]
    pub kind: CustomerKind,
    /// The institution's number for it.
    #[n(2)]
    pub number: Box<str>,
    /// The keyed index of its registration number.
    #[n(3)]
    pub registration: BlindIndex,
    /// Its encrypted part.
    #[n(4)]
    pub personal: Sealed,
}

/// Update a customer. What is absent stays.
#[derive(Clone, Debug, Encode, Decode)]
pub struct UpdateCustomer {
    /// Which one.
    #[n(0)]
    pub id: CustomerId,
    /// Person or company, as the caller believes.
    #[n(1)]
    pub kind: CustomerKind,
    /// A new number.
    #[n(2)]
    pub number: Option<Box<str>>,
    /// The keyed index of a new registration number.
    #[n(3)]
    pub registration: Option<BlindIndex>,
    /// Its encrypted part, changed.
    #[n(4)]
    pub personal: Option<PersonalUpdate>,
}

impl CreateCustomer {
    pub(super) fn decide(&self, institution: InstitutionId, view: &impl View) -> Result<Decision, Refusal> {
        unused(view.customer(self.id).as_ref())?;
        if view.customer_by_number(institution, &self.number).is_some() {
            return Err(Refusal::CustomerNumberTaken);
        }
        if view.customer_by_registration(institution, self.registration).is_some() {
            return Err(Refusal::RegistrationTaken);
        }
        let customer = Customer {
            id: self.id,
            institution,
            kind: self.kind,
            number: self.number.clone(),
            registration: self.registration,
            personal_revision: self.personal.revision,
        };
        Ok(Decision { events: vec![Event::CustomerCreated(customer, self.personal.clone())], id: self.id.0 })
    }
}

impl UpdateCustomer {
    pub(super) fn decide(&self, institution: InstitutionId, view: &impl View) -> Result<Decision, Refusal> {
        let customer = view
            .customer(self.id)
            .filter(|customer| customer.institution == institution && customer.kind == self.kind)
            .ok_or(Refusal::CustomerUnknown(self.id))?;
        let mut changes = Vec::new();
        if let Some(number) = &self.number {
            let holder = view.customer_by_number(institution, number);
            if holder.is_some_and(|holder| holder != self.id) {
                return Err(Refusal::CustomerNumberTaken);
            }
            let change = Changed::between(customer.number.clone(), number.clone());
            changes.extend(change.map(CustomerChange::Number));
        }
        if let Some(registration) = self.registration {
            let holder = view.customer_by_registration(institution, registration);
            if holder.is_some_and(|holder| holder != self.id) {
                return Err(Refusal::RegistrationTaken);
            }
            let change = Changed::between(customer.registration, registration);
            changes.extend(change.map(CustomerChange::Registration));
        }
        if let Some(personal) = &self.personal {
            changes.push(CustomerChange::Personal(personal.checked(customer.personal_revision)?));
        }
        Ok(Decision { events: vec![Event::CustomerUpdated(self.id, changes)], id: self.id.0 })
    }
}
