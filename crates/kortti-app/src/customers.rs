//! Customers: create, update, read.

use std::sync::Arc;

use kortti_core::{
    customer::{Customer, CustomerKind},
    decide::{Command, CreateCustomer, Refusal, UpdateCustomer},
    event::Changed,
    id::{BlindIndex, CustomerId, InstitutionId},
    personal::CustomerPersonal,
    view::View,
};
use kortti_crypto::KeyRing;
use kortti_ledger::Outcome;

use crate::{
    App, AppError, Caller,
    retry::{until_consistent, until_current},
    vault::{self, Change, FIRST_REVISION},
};

/// A customer to create.
pub struct NewCustomer {
    /// Person or company.
    pub kind: CustomerKind,
    /// The institution's number for it.
    pub number: Box<str>,
    /// Who it is.
    pub personal: CustomerPersonal,
}

/// A change of a customer. What is absent stays.
pub struct CustomerUpdate<F> {
    /// Which one.
    pub id: CustomerId,
    /// Person or company, as the caller believes.
    pub kind: CustomerKind,
    /// A new number.
    pub number: Option<Box<str>>,
    /// Changes who it is.
    pub change: F,
}

/// A customer as it is read.
pub struct CustomerDetails {
    /// What is known in clear.
    pub customer: Arc<Customer>,
    /// Who it is.
    pub personal: Arc<CustomerPersonal>,
}

impl App {
    /// Creates a customer, with a key of its own.
    ///
    /// # Errors
    /// When its number or registration number is in use, or nothing can be written.
    pub async fn create_customer(&self, caller: &Caller, new: NewCustomer) -> Result<Outcome, AppError> {
        if let Some(outcome) = self.repeated(caller).await? {
            return Ok(outcome);
        }
        let _open = self.gate.read().await;
        self.make_customer(caller, new).await
    }

    pub(crate) async fn make_customer(&self, caller: &Caller, new: NewCustomer) -> Result<Outcome, AppError> {
        until_current(|| async {
            let ring = self.ring()?;
            let id = CustomerId(self.ledger.state().ids().customers.take());
            let registration = registration(&ring, caller.institution, &new.personal.reg_no);
            let (key, key_row) = self.vault.new_subject(&ring, id)?;
            let personal = new.personal.clone();
            let (personal, personal_row) = vault::seal(id, &key, id.0, FIRST_REVISION, personal, None)?;
            let (kind, number) = (new.kind, new.number.clone());
            let command = CreateCustomer { id, kind, number, registration, personal };
            self.submit(caller, Command::CreateCustomer(command), vec![key_row, personal_row]).await
        })
        .await
    }

    /// Updates a customer.
    ///
    /// # Errors
    /// When it does not exist, a number is in use, or nothing can be written.
    pub async fn update_customer<F>(
        &self,
        caller: &Caller,
        update: CustomerUpdate<F>,
    ) -> Result<Outcome, AppError>
    where
        F: Fn(&mut CustomerPersonal) + Send + Sync,
    {
        if let Some(outcome) = self.repeated(caller).await? {
            return Ok(outcome);
        }
        let _open = self.gate.read().await;
        until_current(|| async {
            let ring = self.ring()?;
            let found = self.customer(caller.institution, update.id).await?;
            let found = found.ok_or(Refusal::CustomerUnknown(update.id))?;
            let before = CustomerPersonal::clone(&found.personal);
            let mut after = before.clone();
            (update.change)(&mut after);
            let registration = (after.reg_no != before.reg_no)
                .then(|| registration(&ring, caller.institution, &after.reg_no));
            let owner = Changed { before: update.id, after: update.id };
            let change = Change { id: update.id.0, owner, based_on: found.customer.personal_revision };
            let (personal, cold) = self.reseal(&change, before, after)?;
            let (id, kind, number) = (update.id, update.kind, update.number.clone());
            let command =
                Command::UpdateCustomer(UpdateCustomer { id, kind, number, registration, personal });
            self.submit(caller, command, cold).await
        })
        .await
    }

    /// A customer of the institution.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn customer(
        &self,
        institution: InstitutionId,
        id: CustomerId,
    ) -> Result<Option<CustomerDetails>, AppError> {
        until_consistent(&self.ledger, || {
            let found = self.ledger.state().customer(id);
            let Some(customer) = found.filter(|found| found.institution == institution) else {
                return Ok(Some(None));
            };
            let subject = || self.vault.subject(&self.ledger, &*self.ring()?, id);
            let personal = self.vault.read(&self.ledger, subject, id.0, customer.personal_revision)?;
            Ok(personal.map(|personal| Some(CustomerDetails { customer, personal })))
        })
        .await
    }

    /// The customer that the institution knows by `number`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn customer_by_number(
        &self,
        institution: InstitutionId,
        number: &str,
    ) -> Result<Option<CustomerDetails>, AppError> {
        match self.ledger.state().customer_by_number(institution, number) {
            Some(id) => self.customer(institution, id).await,
            None => Ok(None),
        }
    }
}

fn registration(ring: &KeyRing, institution: InstitutionId, reg_no: &str) -> BlindIndex {
    let label = format!("registration/{institution}");
    BlindIndex(ring.blind_index(&label, reg_no.as_bytes()))
}
