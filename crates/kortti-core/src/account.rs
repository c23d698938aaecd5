//! Accounts, as far as cards and their limits need them.

use minicbor::{Decode, Encode};

use crate::{
    calendar::Zone,
    card::{AccountTemplate, Segment},
    id::{AccountId, CustomerId, InstitutionId},
    limit::Limits,
    reference::Currency,
    time::Timestamp,
};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Account {
    /// Its id.
    #[n(0)]
    pub id: AccountId,
    /// The tenant it belongs to.
    #[n(1)]
    pub institution: InstitutionId,
    /// Who holds it.
    #[n(2)]
    pub customer: CustomerId,
    /// Credit, prepaid or debit.
    #[n(3)]
    pub template: AccountTemplate,
    /// The institution's own number for it; unique, never changes.
    #[n(4)]
    pub number: Box<str>,
    /// The currency of its balance and of its cards' limits.
    #[n(5)]
    pub currency: Currency,
    /// The account product it was opened under.
    #[n(6)]
    pub product: Option<Box<str>>,
    /// Its status.
    #[n(7)]
    pub status: AccountStatusRecord,
    /// What was on it when it was opened, in minor units; what is on it now its [`crate::usage::Funds`] say.
    #[n(8)]
    pub opening_balance: i64,
    /// What was held of it when it was opened: nothing.
    #[n(9)]
    pub opening_held: i64,
    /// What the holder may owe, in minor units.
    #[n(10)]
    pub credit_limit: i64,
    /// The group it was put in.
    #[n(11)]
    pub segment: Option<Segment>,
    /// The account above it.
    #[n(12)]
    pub parent: Option<AccountId>,
    /// Limits over all its cards.
    #[n(13)]
    pub limits: Limits,
    /// When it was opened.
    #[n(14)]
    pub opened_at: Timestamp,
    /// Counts the changes of its encrypted part.
    #[n(15)]
    pub personal_revision: u32,
    /// Where the days, weeks and months of its limits begin and end; UTC when absent.
    #[n(16)]
    pub zone: Option<Box<Zone>>,
}

impl Account {
    /// Where the days of its limits begin.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        match &self.zone {
            Some(zone) => zone,
            None => Zone::utc(),
        }
    }
}

/// The status of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum AccountStatus {
    /// Open.
    #[n(0)]
    Ok,
    /// Blocked: every card of it declines.
    #[n(1)]
    Blocked,
    /// On its way to be closed: its open cards were blocked, and it takes no new ones.
    #[n(2)]
    ToClose,
}

impl AccountStatus {
    /// All statuses.
    pub const ALL: [Self; 3] = [Self::Ok, Self::Blocked, Self::ToClose];

    /// Whether cards can be issued on, or moved to, an account in this status.
    #[must_use]
    pub const fn takes_cards(self) -> bool {
        matches!(self, Self::Ok | Self::Blocked)
    }
}

/// An account's status with the last line of its history.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AccountStatusRecord {
    /// The status.
    #[n(0)]
    pub status: AccountStatus,
    /// Since when.
    #[n(1)]
    pub since: Timestamp,
    /// Why; at most 32 characters.
    #[n(2)]
    pub reason: Option<Box<str>>,
    /// Under which heading it is closed, 1 to 5.
    #[n(3)]
    pub closure_reason: Option<u8>,
}
