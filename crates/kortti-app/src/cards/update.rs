use kortti_core::{
    decide::{Command, Refusal, UpdateCard},
    event::Changed,
    personal::CardPersonal,
};
use kortti_ledger::Outcome;

use super::issue::has_addresses;
use crate::{App, AppError, Caller, retry::until_current, vault::Change};

impl App {
    /// Updates a card. The encrypted part of `command` is filled in here, after `change`.
    ///
    /// # Errors
    /// When a rule refuses it, or nothing can be written. Then nothing of the update has happened.
    pub async fn update_card<F>(
        &self,
        caller: &Caller,
        command: UpdateCard,
        change: F,
    ) -> Result<Outcome, AppError>
    where
        F: Fn(&mut CardPersonal) + Send + Sync,
    {
        if let Some(outcome) = self.repeated(caller).await? {
            return Ok(outcome);
        }
        let _open = self.gate.read().await;
        until_current(|| async {
            let card =
                self.card(caller.institution, command.id).await?.ok_or(Refusal::CardUnknown(command.id))?;
            let holder = command.customer.unwrap_or(card.card.customer);
            self.known_customer(caller.institution, holder)?;
            let before = CardPersonal::clone(&card.personal);
            let mut after = before.clone();
            change(&mut after);
            if after.embossing != before.embossing {
                after.embossing.check(card.product.alphabet).map_err(Refusal::from)?;
            }
            if has_addresses(&after) && !card.card.template.is_physical() {
                return Err(Refusal::NoPlastic.into());
            }
            let owner = Changed { before: card.card.customer, after: holder };
            let change = Change { id: command.id.0, owner, based_on: card.card.personal_revision };
            let (personal, cold) = self.reseal(&change, before, after)?;
            let command = UpdateCard { personal, ..command.clone() };
            self.submit(caller, Command::UpdateCard(command), cold).await
        })
        .await
    }
}
