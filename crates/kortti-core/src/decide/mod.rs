//! The rules: what each command does to the state, or why it is refused.
//!
//! A command is checked against the state and becomes events, all or none. Nothing else changes the state.

mod account;
mod card;
mod card_update;
mod customer;
mod jobs;
mod refusal;
mod setup;
mod transact;

pub use account::{OpenAccount, UpdateAccount};
pub use card::{IssueCard, find_product};
pub use card_update::{BlocksPatch, LimitRequest, RequestedRule, UpdateCard};
pub use customer::{CreateCustomer, UpdateCustomer};
pub use jobs::card_due;
pub use refusal::Refusal;
pub use setup::{AddClient, AddKey, DefineProduct};
pub use transact::Transact;

use crate::{
    event::{Changed, Event},
    id::{ClientId, InstitutionId},
    personal::Sealed,
    time::Timestamp,
    view::View,
};

/// Something that somebody wants done.
#[derive(Clone, Debug)]
pub enum Command {
    /// Create a customer.
    CreateCustomer(CreateCustomer),
    /// Update a customer.
    UpdateCustomer(UpdateCustomer),
    /// Open an account.
    OpenAccount(OpenAccount),
    /// Update an account.
    UpdateAccount(UpdateAccount),
    /// Issue a card.
    IssueCard(IssueCard),
    /// Update a card.
    UpdateCard(UpdateCard),
    /// Define a card product.
    DefineProduct(DefineProduct),
    /// Let a client in.
    AddClient(AddClient),
    /// Withdraw a client's credentials.
    RevokeClient(ClientId),
    /// Add a key to the key ring.
    AddKey(AddKey),
    /// Let the sandbox's clock run ahead by so many milliseconds.
    MoveClock {
        /// How far ahead of the machine's clock.
        ahead_ms: i64,
    },
    /// Ask for money, hold, move or give it back.
    Transact(Transact),
}

/// What a command comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The events, in order; none when nothing changes.
    pub events: Vec<Event>,
    /// The id of the thing that was created or updated.
    pub id: i64,
}

/// A new version of a personal record, and the revision it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonalUpdate {
    /// The revision that was read, changed and sealed again.
    pub based_on: u32,
    /// The result.
    pub sealed: Sealed,
}

impl PersonalUpdate {
    /// The sealed record, if nobody else has changed it since it was read.
    fn checked(&self, revision: u32) -> Result<Sealed, Refusal> {
        if self.based_on == revision { Ok(self.sealed.clone()) } else { Err(Refusal::Stale) }
    }
}

/// Decides a command of `institution` at `now`.
///
/// # Errors
/// The reason why it is refused; then nothing changes.
pub fn decide(
    command: &Command,
    institution: InstitutionId,
    now: Timestamp,
    view: &impl View,
) -> Result<Decision, Refusal> {
    match command {
        Command::CreateCustomer(command) => command.decide(institution, view),
        Command::UpdateCustomer(command) => command.decide(institution, view),
        Command::OpenAccount(command) => command.decide(institution, now, view),
        Command::UpdateAccount(command) => command.decide(institution, now, view),
        Command::IssueCard(command) => command.decide(institution, now, view),
        Command::UpdateCard(command) => command.decide(institution, now, view),
        Command::DefineProduct(command) => command.decide(view),
        Command::AddClient(command) => command.decide(institution, view),
        Command::RevokeClient(id) => setup::revoke_client(*id, view),
        Command::AddKey(command) => command.decide(view),
        Command::MoveClock { ahead_ms } => setup::move_clock(*ahead_ms, view),
        Command::Transact(command) => command.decide(institution, now, view),
    }
}

/// Refuses an id that another process gave out first: the thing that has it must not be overwritten.
const fn unused<T>(known: Option<&T>) -> Result<(), Refusal> {
    if known.is_none() { Ok(()) } else { Err(Refusal::Stale) }
}

/// Pushes the change from `before` to `after` as `wrap` names it, unless they are the same.
fn push_change<T: PartialEq, C>(changes: &mut Vec<C>, wrap: impl Fn(Changed<T>) -> C, before: T, after: T) {
    changes.extend(Changed::between(before, after).map(wrap));
}

#[cfg(test)]
mod tests;
