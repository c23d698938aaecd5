use minicbor::{Decode, Encode};

use super::{CountryCode, Reason};
use crate::{
    account::AccountStatus,
    card::{Block, CardStatus},
    limit::{Bounds, Period, UsageType},
    reference::Mcc,
    time::{Timestamp, YearMonth},
    usage::Used,
};

/// One check of a decision, with what it compared.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Check {
    /// Which check.
    #[n(0)]
    pub kind: CheckKind,
    /// What came of it.
    #[n(1)]
    pub result: Checked,
    /// What was compared.
    #[n(2)]
    pub facts: Option<Facts>,
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Checked {
    /// It passed.
    #[n(0)]
    Pass,
    /// It failed, or would have.
    #[n(1)]
    Fail(#[n(0)] Reason),
    /// It did not apply.
    #[n(2)]
    Skipped,
}

impl Checked {
    /// A pass, or a failure for a reason.
    #[must_use]
    pub const fn unless(fails: bool, reason: Reason) -> Self {
        if fails { Self::Fail(reason) } else { Self::Pass }
    }
}

/// The checks, in the order of decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum CheckKind {
    /// Its reversal has not come first.
    #[n(0)]
    NotReversed,
    /// The card is known.
    #[n(1)]
    CardKnown,
    /// The card's months are not over, and an expiry that was sent is the card's.
    #[n(2)]
    Expiry,
    /// The card's status, a scheduled closing that is due included.
    #[n(3)]
    CardStatus,
    /// The account's status.
    #[n(4)]
    AccountStatus,
    /// Online purchases are not blocked.
    #[n(5)]
    EcommerceBlock,
    /// Card-present use in the merchant's part of the world is not blocked.
    #[n(6)]
    RegionBlock,
    /// A card for a single use has not been used.
    #[n(7)]
    SingleUse,
    /// A card that is locked to a merchant is used there.
    #[n(8)]
    MerchantLock,
    /// The merchant's category is allowed.
    #[n(9)]
    MccList,
    /// The merchant is allowed.
    #[n(10)]
    MerchantList,
    /// The merchant's country is allowed.
    #[n(11)]
    CountryList,
    /// The authorisation is still open.
    #[n(12)]
    AuthorisationOpen,
    /// A limit of the card.
    #[n(13)]
    CardLimit,
    /// A limit of the account.
    #[n(14)]
    AccountLimit,
    /// There is enough money.
    #[n(15)]
    Funds,
    /// There is enough for a part, and the merchant can take it.
    #[n(16)]
    PartialApproval,
    /// It was decided elsewhere.
    #[n(17)]
    Advice,
}

/// What a check compared. Amounts are minor units of the account's currency.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Facts {
    /// The expiry that was sent, and the card's.
    #[n(0)]
    Expiry(#[n(0)] Option<YearMonth>, #[n(1)] YearMonth),
    /// The card's status and since when it has it.
    #[n(1)]
    CardStatus(#[n(0)] CardStatus, #[n(1)] Timestamp),
    /// The account's status and since when it has it.
    #[n(2)]
    AccountStatus(#[n(0)] AccountStatus, #[n(1)] Timestamp),
    /// The merchant's country, and the block that it falls under.
    #[n(3)]
    Region(#[n(0)] CountryCode, #[n(1)] Option<Block>),
    /// How often the card has been used.
    #[n(4)]
    Uses(#[n(0)] i64),
    /// The merchant the card is locked to, and the one of the message.
    #[n(5)]
    MerchantLock(#[n(0)] Option<Box<str>>, #[n(1)] Option<Box<str>>),
    /// The merchant's category.
    #[n(6)]
    Mcc(#[n(0)] Mcc),
    /// The merchant.
    #[n(7)]
    Merchant(#[n(0)] Option<Box<str>>),
    /// The merchant's country.
    #[n(8)]
    Country(#[n(0)] CountryCode),
    /// A limit and what was used of it.
    #[n(9)]
    Limit(#[n(0)] Box<LimitFacts>),
    /// What can be spent, and the amount.
    #[n(10)]
    Funds(#[n(0)] i64, #[n(1)] i64),
    /// What was held, and how the authorisation stands.
    #[n(11)]
    Held(#[n(0)] i64),
}

/// A limit, what was used of it before, and what this use makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LimitFacts {
    /// Over which window.
    #[n(0)]
    pub period: Period,
    /// Which uses.
    #[n(1)]
    pub usage: UsageType,
    /// What is allowed; none where the use is switched off.
    #[n(2)]
    pub bounds: Option<Bounds>,
    /// When the window began, or since when it counts after a reset; never for a lifetime without one.
    #[n(3)]
    pub start: Option<Timestamp>,
    /// When the window ends: for the rolling one this very moment, for a lifetime never.
    #[n(4)]
    pub end: Option<Timestamp>,
    /// What was used before.
    #[n(5)]
    pub before: Used,
    /// What this use adds.
    #[n(6)]
    pub this: Used,
    /// What the use costs in all, where it only grows by this, or only this part of it is granted.
    #[n(7)]
    pub total: Option<i64>,
}

impl LimitFacts {
    /// What would be used after it.
    #[must_use]
    pub const fn after(&self) -> Used {
        Used {
            amount: self.before.amount.saturating_add(self.this.amount),
            count: self.before.count.saturating_add(self.this.count),
        }
    }
}

/// One comparison of a limit, by what it means that it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The use is switched off.
    Off,
    /// One use costs too much.
    Single,
    /// All uses together cost too much.
    Sum,
    /// There are too many uses.
    Count,
}

impl LimitFacts {
    /// Everything that is compared, in the order in which the API publishes it, each with whether it fails.
    pub fn comparisons(&self) -> impl Iterator<Item = (Comparison, bool)> {
        let bounds = self.bounds.unwrap_or_default();
        let after = self.after();
        let total = self.total.unwrap_or(self.this.amount);
        // What is no use itself leaves their number as it is, and is not compared with it.
        let count = bounds.count.filter(|_| self.this.count > 0);
        let compared = [
            self.bounds.is_none().then_some((Comparison::Off, true)),
            bounds.single.map(|most| (Comparison::Single, total > most)),
            bounds.sum.map(|most| (Comparison::Sum, after.amount > most)),
            count.map(|most| (Comparison::Count, after.count > i64::from(most))),
        ];
        compared.into_iter().flatten()
    }

    /// The first comparison that fails, which gives the reason.
    #[must_use]
    pub fn failure(&self) -> Option<Comparison> {
        self.comparisons().find_map(|(comparison, fails)| fails.then_some(comparison))
    }
}

impl Comparison {
    /// Why it declines.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::Off => Reason::UsageDisabled,
            Self::Single => Reason::SingleAmountExceeded,
            Self::Sum => Reason::AmountExceeded,
            Self::Count => Reason::CountExceeded,
        }
    }
}
