//! Controls: at which merchants a card may be used, and how often. They extend the limits and blocks of the API.

use minicbor::{Decode, Encode};

use crate::reference::{Country, MccRange};

/// Where and how a card may be used. What is absent on a card its product decides; what is absent there is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct Controls {
    /// Categories of merchants.
    #[n(0)]
    pub mcc: Option<List<MccRange>>,
    /// Merchants, by the id that messages give.
    #[n(1)]
    pub merchants: Option<List<Box<str>>>,
    /// Countries of merchants.
    #[n(2)]
    pub countries: Option<List<Country>>,
    /// The card can be used only at the merchant of its first approved use.
    #[n(3)]
    pub first_merchant_lock: Option<bool>,
    /// The card can be used once.
    #[n(4)]
    pub single_use: Option<bool>,
}

/// What is allowed and what is blocked; the block wins.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct List<T> {
    /// Nothing but these is allowed; empty where everything is.
    #[n(0)]
    pub allow: Vec<T>,
    /// These are not allowed.
    #[n(1)]
    pub block: Vec<T>,
}

impl Controls {
    /// No controls at all.
    #[must_use]
    pub const fn none() -> &'static Self {
        static NONE: Controls = Controls {
            mcc: None,
            merchants: None,
            countries: None,
            first_merchant_lock: None,
            single_use: None,
        };
        &NONE
    }

    /// These controls with those of `patch` in place, where it has any; none when nothing is left.
    #[must_use]
    pub fn patched(old: Option<&Self>, patch: &Self) -> Option<Box<Self>> {
        let old = old.unwrap_or(Self::none());
        let new = Self {
            mcc: patch.mcc.clone().or_else(|| old.mcc.clone()),
            merchants: patch.merchants.clone().or_else(|| old.merchants.clone()),
            countries: patch.countries.clone().or_else(|| old.countries.clone()),
            first_merchant_lock: patch.first_merchant_lock.or(old.first_merchant_lock),
            single_use: patch.single_use.or(old.single_use),
        };
        (new != *Self::none()).then(|| Box::new(new))
    }
}

impl<T> List<T> {
    /// Whether something is allowed that `is` finds in the lists it is in.
    pub fn allows(&self, is: impl Fn(&T) -> bool) -> bool {
        (self.allow.is_empty() || self.allow.iter().any(&is)) && !self.block.iter().any(is)
    }
}

/// The controls that hold for a card: its own, and its product's where it has none.
#[derive(Clone, Copy)]
pub struct Effective<'a> {
    /// The card's own.
    pub card: &'a Controls,
    /// The product's.
    pub product: &'a Controls,
}

impl<'a> Effective<'a> {
    /// Categories of merchants.
    #[must_use]
    pub fn mcc(self) -> Option<&'a List<MccRange>> {
        self.card.mcc.as_ref().or(self.product.mcc.as_ref())
    }

    /// Merchants.
    #[must_use]
    pub fn merchants(self) -> Option<&'a List<Box<str>>> {
        self.card.merchants.as_ref().or(self.product.merchants.as_ref())
    }

    /// Countries.
    #[must_use]
    pub fn countries(self) -> Option<&'a List<Country>> {
        self.card.countries.as_ref().or(self.product.countries.as_ref())
    }

    /// Whether the card is locked to the merchant of its first use.
    #[must_use]
    pub fn first_merchant_lock(self) -> bool {
        self.card.first_merchant_lock.or(self.product.first_merchant_lock).unwrap_or(false)
    }

    /// Whether the card can be used once.
    #[must_use]
    pub fn single_use(self) -> bool {
        self.card.single_use.or(self.product.single_use).unwrap_or(false)
    }
}
