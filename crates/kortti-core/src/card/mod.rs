//! A card: what a decision needs of it. Names, addresses and the number itself are kept apart, encrypted.

mod attributes;
mod blocks;
mod number;
mod status;
mod template;

use minicbor::{Decode, Encode};

pub use attributes::{CardRole, DeliveryType, PinStatus, ScheduledClosing, Segment};
pub use blocks::{Block, Blocks};
pub use number::{MaskedNumber, NumberMask};
pub use status::{CardStatus, StatusRecord};
pub use template::{AccountTemplate, CardTemplate, Scheme};

use crate::{
    controls::Controls,
    id::{AccountId, CardId, CustomerId, InstitutionId, PanIndex, ProductId, ReferenceNumber},
    limit::Limits,
    time::{DAY_MS, Timestamp, YearMonth},
};

/// For how long after its last month a card still takes clearings, before it is expired for good.
pub const EXPIRY_GRACE_MS: i64 = 45 * DAY_MS;

/// A card.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Card {
    /// Its id.
    #[n(0)]
    pub id: CardId,
    /// The tenant it belongs to.
    #[n(1)]
    pub institution: InstitutionId,
    /// Who holds it.
    #[n(2)]
    pub customer: CustomerId,
    /// Which account it draws on.
    #[n(3)]
    pub account: AccountId,
    /// Of which product it is.
    #[n(4)]
    pub product: ProductId,
    /// By which template it was made.
    #[n(5)]
    pub template: CardTemplate,
    /// Main or supplementary.
    #[n(6)]
    pub role: CardRole,
    /// The first and last digits of its number.
    #[n(7)]
    pub number: MaskedNumber,
    /// The keyed index of its number.
    #[n(8)]
    pub pan_index: PanIndex,
    /// Its reference number.
    #[n(9)]
    pub reference: ReferenceNumber,
    /// The last month in which it may be used.
    #[n(10)]
    pub expiration: YearMonth,
    /// Its status as last set.
    #[n(11)]
    pub status: StatusRecord,
    /// The group it was put in; no logic hangs on it.
    #[n(12)]
    pub segment: Option<Segment>,
    /// How its PIN comes about.
    #[n(13)]
    pub pin_status: PinStatus,
    /// Wrong PINs since the last right one.
    #[n(14)]
    pub pin_failures: u8,
    /// Which wallet artwork it shows.
    #[n(15)]
    pub layout_code: Option<Box<str>>,
    /// When it closes by itself.
    #[n(16)]
    pub closing: Option<ScheduledClosing>,
    /// Where it is blocked.
    #[n(17)]
    pub blocks: Blocks,
    /// Its own limits; the product's hold where it has none.
    #[n(18)]
    pub limits: Limits,
    /// How the plastic is sent.
    #[n(19)]
    pub card_delivery: Option<DeliveryType>,
    /// How the PIN is sent.
    #[n(20)]
    pub pin_delivery: Option<DeliveryType>,
    /// When it was issued.
    #[n(21)]
    pub opened_at: Timestamp,
    /// Counts the changes of its encrypted part, names and addresses, so that no change is lost to another.
    #[n(22)]
    pub personal_revision: u32,
    /// Where and how it may be used; what it does not say its product does.
    #[n(23)]
    pub controls: Option<Box<Controls>>,
}

impl Card {
    /// The status that holds at `now`, also when the job that should have written it is late.
    #[must_use]
    pub fn status_at(&self, now: Timestamp) -> StatusRecord {
        match self.due() {
            Some((at, due)) if at <= now => due.record(at),
            _ => self.status.clone(),
        }
    }

    /// What time alone will do to the card next, and when.
    #[must_use]
    pub fn due(&self) -> Option<(Timestamp, Due)> {
        let closing = self
            .closing
            .filter(|closing| !closing.done && self.status.status.closes_on_schedule())
            .map(|closing| (closing.at, Due::Closing));
        // A card that is opened after its end expires then, not before it was opened.
        let expiry = self.expires_at().map(|at| (at.max(self.status.since), Due::Expiry));
        [closing, expiry].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// When the card expires for good, unless it is renewed or closed first.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.status.status.expires().then(|| self.expiration.end().plus_ms(EXPIRY_GRACE_MS))
    }
}

/// What time does to a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    /// Its scheduled closing.
    Closing,
    /// The end of its last month and of the grace after it.
    Expiry,
}

impl Due {
    /// The status that the card has from `at` on.
    #[must_use]
    pub fn record(self, at: Timestamp) -> StatusRecord {
        let (status, reason) = match self {
            Self::Closing => (CardStatus::Closed, "Scheduled closing"),
            Self::Expiry => (CardStatus::Expired, "Card expired"),
        };
        StatusRecord { status, since: at, reason: Some(reason.into()) }
    }
}

#[cfg(test)]
mod tests;
