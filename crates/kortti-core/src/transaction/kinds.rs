use minicbor::{Decode, Encode};

use crate::limit::{UsageType, UsageTypes};

/// What a holder wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum TransactionType {
    /// A purchase.
    #[default]
    #[n(0)]
    Retail,
    /// Cash from a machine.
    #[n(1)]
    Atm,
    /// What can be turned into cash again: money orders, chips, foreign money.
    #[n(2)]
    Unique,
    /// Cash over a counter.
    #[n(3)]
    CashDisbursement,
    /// A purchase with cash back.
    #[n(4)]
    Cashback,
    /// Money for the holder, such as a refund.
    #[n(5)]
    Credit,
    /// Money from the holder to somebody else.
    #[n(6)]
    P2pDebit,
    /// Money to the holder from somebody else.
    #[n(7)]
    P2pCredit,
    /// How much can be spent?
    #[n(8)]
    BalanceInquiry,
}

impl TransactionType {
    /// All types.
    pub const ALL: [Self; 9] = [
        Self::Retail,
        Self::Atm,
        Self::Unique,
        Self::CashDisbursement,
        Self::Cashback,
        Self::Credit,
        Self::P2pDebit,
        Self::P2pCredit,
        Self::BalanceInquiry,
    ];

    /// Whether money is for the holder.
    #[must_use]
    pub const fn is_credit(self) -> bool {
        matches!(self, Self::Credit | Self::P2pCredit)
    }

    /// The kinds of use that it counts as, made by `mode`; none where it counts nowhere.
    #[must_use]
    pub fn kinds(self, mode: EntryMode) -> UsageTypes {
        if self.is_credit() || self == Self::BalanceInquiry {
            return UsageTypes::default();
        }
        let own = match self {
            Self::Atm => Some(UsageType::Atm),
            Self::Retail | Self::Unique | Self::Cashback | Self::P2pDebit => Some(UsageType::Retail),
            _ => None,
        };
        let cash = matches!(self, Self::Atm | Self::CashDisbursement).then_some(UsageType::Cash);
        let way = match mode {
            EntryMode::Ecommerce => Some(UsageType::Ecommerce),
            EntryMode::Contactless => Some(UsageType::Contactless),
            _ => None,
        };
        [Some(UsageType::All), own, cash, way].into_iter().flatten().collect()
    }
}

/// How a card's number came into the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum EntryMode {
    /// Nobody knows.
    #[n(0)]
    Unknown,
    /// Somebody typed it in, as for an order by mail or telephone.
    #[n(1)]
    Manual,
    /// From the magnetic stripe.
    #[n(2)]
    MagneticStripe,
    /// From the chip.
    #[n(3)]
    Chip,
    /// From the chip, without contact.
    #[n(4)]
    Contactless,
    /// Online.
    #[n(5)]
    Ecommerce,
}

impl EntryMode {
    /// All modes.
    pub const ALL: [Self; 6] =
        [Self::Unknown, Self::Manual, Self::MagneticStripe, Self::Chip, Self::Contactless, Self::Ecommerce];

    /// Whether the card was at the merchant's.
    #[must_use]
    pub const fn is_card_present(self) -> bool {
        matches!(self, Self::MagneticStripe | Self::Chip | Self::Contactless)
    }
}

/// The kinds of movements that an institution makes itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum PostKind {
    /// A deposit: a load.
    #[n(0)]
    Deposit,
    /// A payment to the holder.
    #[n(1)]
    PaymentToHolder,
    /// A refund or another credit.
    #[n(2)]
    Credit,
    /// A debit of the holder.
    #[n(3)]
    Debit,
    /// A purchase.
    #[n(4)]
    Retail,
    /// Cash from a machine.
    #[n(5)]
    Atm,
    /// Cash over a counter.
    #[n(6)]
    Cash,
    /// What can be turned into cash again.
    #[n(7)]
    Unique,
}

impl PostKind {
    /// Whether money comes onto the account.
    #[must_use]
    pub const fn is_credit(self) -> bool {
        matches!(self, Self::Deposit | Self::PaymentToHolder | Self::Credit)
    }
}
