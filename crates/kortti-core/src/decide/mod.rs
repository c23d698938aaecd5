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
pub use transact::{AMOUNT_MAX_MINOR, Transact};

use minicbor::{Decode, Encode};

use crate::{
    event::{Changed, Event},
    id::{ClientId, InstitutionId},
    personal::Sealed,
    time::Timestamp,
    view::View,
};

/// Something that somebody wants done.
#[derive(Clone, Debug, Encode, Decode)]
pub enum Command {
    /// Create a customer.
    #[n(0)]
    CreateCustomer(#[n(0)] CreateCustomer),
    /// Update a customer.
    #[n(1)]
    UpdateCustomer(#[n(0)] UpdateCustomer),
    /// Open an account.
    #[n(2)]
    OpenAccount(#[n(0)] OpenAccount),
    /// Update an account.
    #[n(3)]
    UpdateAccount(#[n(0)] UpdateAccount),
    /// Issue a card.
    #[n(4)]
    IssueCard(#[n(0)] IssueCard),
    /// Update a card.
    #[n(5)]
    UpdateCard(#[n(0)] UpdateCard),
    /// Define a card product.
    #[n(6)]
    DefineProduct(#[n(0)] DefineProduct),
    /// Let a client in.
    #[n(7)]
    AddClient(#[n(0)] AddClient),
    /// Withdraw a client's credentials.
    #[n(8)]
    RevokeClient(#[n(0)] ClientId),
    /// Add a key to the key ring.
    #[n(9)]
    AddKey(#[n(0)] AddKey),
    /// Let the sandbox's clock run ahead by so many milliseconds.
    #[n(10)]
    MoveClock {
        /// How far ahead of the machine's clock.
        #[n(0)]
        ahead_ms: i64,
    },
    /// Ask for money, hold, move or give it back.
    #[n(11)]
    Transact(#[n(0)] Transact),
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
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PersonalUpdate {
    /// The revision that was read, changed and sealed again.
    #[n(0)]
    pub based_on: u32,
    /// The result.
    #[n(1)]
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
