//! Accounts: open, update, read.

use std::sync::Arc;

use kortti_core::{
    account::Account,
    calendar::Windows,
    decide::{Command, OpenAccount, Refusal, UpdateAccount},
    event::Changed,
    id::{AccountId, CustomerId, InstitutionId},
    personal::{AccountPersonal, Sealed},
    usage::Funds,
    view::View,
};
use kortti_ledger::Outcome;

use crate::{
    App, AppError, Caller, Usage,
    retry::{until_consistent, until_current},
    vault::{self, Change, FIRST_REVISION},
};

/// An account as it is read.
pub struct AccountDetails {
    /// What is known in clear.
    pub account: Arc<Account>,
    /// Name and address.
    pub personal: Arc<AccountPersonal>,
    /// What is on it and what is held of it.
    pub funds: Funds,
    /// What has been used of its limits.
    pub usage: Usage,
}

/// What stands in for the encrypted part of a command until it is made.
#[must_use]
pub const fn unsealed() -> Sealed {
    Sealed { owner: CustomerId(0), revision: 0, bytes: Vec::new() }
}

impl App {
    /// Opens an account. Id and encrypted part of `command` are filled in here, and a number where there is none.
    ///
    /// # Errors
    /// When a rule refuses it, or nothing can be written.
    pub async fn open_account(
        &self,
        caller: &Caller,
        command: OpenAccount,
        personal: AccountPersonal,
    ) -> Result<Outcome, AppError> {
        if let Some(outcome) = self.repeated(caller).await? {
            return Ok(outcome);
        }
        let _open = self.gate.read().await;
        self.make_account(caller, command, personal).await
    }

    pub(crate) async fn make_account(
        &self,
        caller: &Caller,
        command: OpenAccount,
        personal: AccountPersonal,
    ) -> Result<Outcome, AppError> {
        self.known_customer(caller.institution, command.customer)?;
        let key = self.vault.subject(&self.ledger, &*self.ring()?, command.customer)?;
        let numbered = !command.number.is_empty();
        until_current(|| async {
            let id = AccountId(self.ledger.state().ids().accounts.take());
            let number = if numbered { command.number.clone() } else { id.to_string().into() };
            let (sealed, row) =
                vault::seal(command.customer, &key, id.0, FIRST_REVISION, personal.clone(), None)?;
            let command = OpenAccount { id, number, personal: sealed, ..command.clone() };
            match self.submit(caller, Command::OpenAccount(command), vec![row]).await {
                // Somebody chose a number for an account of theirs that we would have given to this one.
                Err(AppError::Refused(Refusal::AccountNumberTaken)) if !numbered => {
                    Err(Refusal::Stale.into())
                }
                result => result,
            }
        })
        .await
    }

    /// Updates an account. The encrypted part of `command` is filled in here, after `change`.
    ///
    /// # Errors
    /// When a rule refuses it, or nothing can be written.
    pub async fn update_account<F>(
        &self,
        caller: &Caller,
        command: UpdateAccount,
        change: F,
    ) -> Result<Outcome, AppError>
    where
        F: Fn(&mut AccountPersonal) + Send + Sync,
    {
        if let Some(outcome) = self.repeated(caller).await? {
            return Ok(outcome);
        }
        let _open = self.gate.read().await;
        until_current(|| async {
            let found = self.account(caller.institution, command.id).await?;
            let AccountDetails { account, personal, .. } =
                found.ok_or(Refusal::AccountUnknown(command.id))?;
            let holder = command.customer.unwrap_or(account.customer);
            self.known_customer(caller.institution, holder)?;
            let before = AccountPersonal::clone(&personal);
            let mut after = before.clone();
            change(&mut after);
            let owner = Changed { before: account.customer, after: holder };
            let change = Change { id: command.id.0, owner, based_on: account.personal_revision };
            let (personal, cold) = self.reseal(&change, before, after)?;
            let command = UpdateAccount { personal, ..command.clone() };
            self.submit(caller, Command::UpdateAccount(command), cold).await
        })
        .await
    }

    /// An account of the institution.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn account(
        &self,
        institution: InstitutionId,
        id: AccountId,
    ) -> Result<Option<AccountDetails>, AppError> {
        until_consistent(&self.ledger, || {
            let found = self.ledger.state().account(id);
            let Some(account) = found.filter(|found| found.institution == institution) else {
                return Ok(Some(None));
            };
            let subject = || self.vault.subject(&self.ledger, &*self.ring()?, account.customer);
            let revision = account.personal_revision;
            let Some(personal) = self.vault.read(&self.ledger, subject, id.0, revision)? else {
                return Ok(None);
            };
            let activity = self.ledger.state().account_activity(id);
            let funds = activity.as_ref().map(|activity| activity.funds).unwrap_or_default();
            let windows = Windows::at(account.zone(), self.ledger.clock().now());
            let usage = Usage { activity, windows };
            Ok(Some(Some(AccountDetails { account, personal, funds, usage })))
        })
        .await
    }

    /// The account that the institution knows by `number`.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn account_by_number(
        &self,
        institution: InstitutionId,
        number: &str,
    ) -> Result<Option<AccountDetails>, AppError> {
        match self.ledger.state().account_by_number(institution, number) {
            Some(id) => self.account(institution, id).await,
            None => Ok(None),
        }
    }

    /// The accounts of a customer, by id; none when the institution has no such customer.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn accounts_of_customer(
        &self,
        institution: InstitutionId,
        customer: CustomerId,
        page: usize,
        size: usize,
    ) -> Result<Option<Vec<AccountDetails>>, AppError> {
        if self.known_customer(institution, customer).is_err() {
            return Ok(None);
        }
        let ids = self.ledger.state().accounts_of_customer(customer, page.saturating_mul(size), size);
        let mut accounts = Vec::with_capacity(ids.len());
        for id in ids {
            accounts.extend(self.account(institution, id).await?);
        }
        Ok(Some(accounts))
    }
}
