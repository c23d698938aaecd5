use minicbor::{Decode, Encode};

/// The scheme whose network a card is used in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Visa.
    Visa,
    /// Mastercard.
    Mastercard,
}

/// The template a card is made by: scheme, funding, and whether there can be a plastic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum CardTemplate {
    /// A virtual Visa card on a credit or prepaid account.
    #[n(0)]
    VisaVirtual,
    /// A virtual Mastercard on a credit or prepaid account.
    #[n(1)]
    McVirtual,
    /// A Visa card on a credit or prepaid account.
    #[n(2)]
    VisaCard,
    /// A Mastercard on a credit or prepaid account.
    #[n(3)]
    McCard,
    /// A debit Mastercard.
    #[n(4)]
    DebitMc,
    /// A virtual debit Mastercard.
    #[n(5)]
    DebitMcVirtual,
    /// A debit Visa card.
    #[n(6)]
    DebitVisa,
    /// A virtual debit Visa card.
    #[n(7)]
    DebitVisaVirtual,
}

impl CardTemplate {
    /// All templates.
    pub const ALL: [Self; 8] = [
        Self::VisaVirtual,
        Self::McVirtual,
        Self::VisaCard,
        Self::McCard,
        Self::DebitMc,
        Self::DebitMcVirtual,
        Self::DebitVisa,
        Self::DebitVisaVirtual,
    ];

    /// Whether a card of this template can have a plastic.
    #[must_use]
    pub const fn is_physical(self) -> bool {
        matches!(self, Self::VisaCard | Self::McCard | Self::DebitMc | Self::DebitVisa)
    }

    /// Whether the card draws on a debit account.
    #[must_use]
    pub const fn is_debit(self) -> bool {
        matches!(self, Self::DebitMc | Self::DebitMcVirtual | Self::DebitVisa | Self::DebitVisaVirtual)
    }

    /// The scheme of the card.
    #[must_use]
    pub const fn scheme(self) -> Scheme {
        match self {
            Self::VisaVirtual | Self::VisaCard | Self::DebitVisa | Self::DebitVisaVirtual => Scheme::Visa,
            Self::McVirtual | Self::McCard | Self::DebitMc | Self::DebitMcVirtual => Scheme::Mastercard,
        }
    }

    /// Whether cards of this template can draw on accounts of `account`'s kind.
    #[must_use]
    pub const fn fits(self, account: AccountTemplate) -> bool {
        matches!(account, AccountTemplate::Debit) == self.is_debit()
    }
}

/// The kind of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum AccountTemplate {
    /// The holder spends the issuer's money, up to a limit.
    #[n(0)]
    Credit,
    /// The holder spends what was loaded before.
    #[n(1)]
    Prepaid,
    /// The holder spends the balance of an account that the issuer keeps.
    #[n(2)]
    Debit,
}

impl AccountTemplate {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Credit, Self::Prepaid, Self::Debit];
}
