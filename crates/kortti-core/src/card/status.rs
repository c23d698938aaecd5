use minicbor::{Decode, Encode};

use crate::time::Timestamp;

/// A card's status. Any may follow any, save that nothing follows [`CardStatus::Expired`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum CardStatus {
    /// Open.
    #[n(0)]
    Ok,
    /// Temporarily blocked.
    #[n(1)]
    Blocked,
    /// Temporarily blocked on suspicion of fraud.
    #[n(2)]
    SuspectedFraud,
    /// Open, but not to be renewed.
    #[n(3)]
    NoRenewal,
    /// Closed after a fraud.
    #[n(4)]
    ClosedDueToFraud,
    /// Closed because it was lost.
    #[n(5)]
    Lost,
    /// Closed because it was stolen.
    #[n(6)]
    Stolen,
    /// Closed by the customer or the issuer.
    #[n(7)]
    Closed,
    /// Past its last month and the grace after it; only the system sets this, and it is final.
    #[n(8)]
    Expired,
}

impl CardStatus {
    /// All statuses.
    pub const ALL: [Self; 9] = [
        Self::Ok,
        Self::Blocked,
        Self::SuspectedFraud,
        Self::NoRenewal,
        Self::ClosedDueToFraud,
        Self::Lost,
        Self::Stolen,
        Self::Closed,
        Self::Expired,
    ];

    /// Whether a card in this status has its authorisations refused.
    #[must_use]
    pub const fn rejects_authorisations(self) -> bool {
        !matches!(self, Self::Ok | Self::NoRenewal)
    }

    /// Whether not even clearings are posted.
    #[must_use]
    pub const fn blocks_clearing(self) -> bool {
        matches!(self, Self::Expired)
    }

    /// Whether a card in this status is renewed.
    #[must_use]
    pub const fn is_renewed(self) -> bool {
        matches!(self, Self::Ok)
    }

    /// Whether a scheduled closing changes this status; a card that is closed for a reason keeps the reason.
    #[must_use]
    pub const fn closes_on_schedule(self) -> bool {
        matches!(self, Self::Ok | Self::NoRenewal | Self::Blocked | Self::SuspectedFraud)
    }

    /// Whether the end of the card's life changes this status.
    #[must_use]
    pub const fn expires(self) -> bool {
        matches!(self, Self::Ok | Self::NoRenewal)
    }
}

/// A status with its history's last line.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StatusRecord {
    /// The status.
    #[n(0)]
    pub status: CardStatus,
    /// Since when.
    #[n(1)]
    pub since: Timestamp,
    /// Why, in the words of who changed it; at most 32 characters.
    #[n(2)]
    pub reason: Option<Box<str>>,
}
