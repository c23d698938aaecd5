//! Usage limits: how much and how often a card may be used, by period and type of use.

use minicbor::{Decode, Encode};

use crate::time::Timestamp;

/// The window over which uses are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Period {
    /// The calendar week, from Monday.
    #[n(0)]
    Weekly,
    /// The calendar day.
    #[n(1)]
    Daily,
    /// The 24 hours before the use.
    #[n(2)]
    Rolling24Hours,
    /// The calendar month.
    #[n(3)]
    Monthly,
    /// Everything since the card was issued or the account opened.
    #[n(4)]
    Lifetime,
}

impl Period {
    /// All periods, in the order in which they are shown.
    pub const ALL: [Self; 5] =
        [Self::Weekly, Self::Daily, Self::Rolling24Hours, Self::Monthly, Self::Lifetime];

    /// Whether the period is shown even where nothing is limited in it; the others are extensions of the API.
    #[must_use]
    pub const fn is_always_shown(self) -> bool {
        !matches!(self, Self::Lifetime)
    }
}

/// The kind of use that a limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum UsageType {
    /// Every kind.
    #[n(0)]
    All,
    /// Cash from a machine.
    #[n(1)]
    Atm,
    /// Purchases, in a shop or online.
    #[n(2)]
    Retail,
    /// Every kind, online.
    #[n(3)]
    Ecommerce,
    /// Every kind, by holding the card to the terminal.
    #[n(4)]
    Contactless,
    /// Cash from a machine or over a counter.
    #[n(5)]
    Cash,
}

impl UsageType {
    /// All types, in the order in which they are shown.
    pub const ALL: [Self; 6] =
        [Self::All, Self::Atm, Self::Retail, Self::Ecommerce, Self::Contactless, Self::Cash];

    /// Whether the type is shown even where nothing limits it; the others are extensions of the API.
    #[must_use]
    pub const fn is_always_shown(self) -> bool {
        matches!(self, Self::All | Self::Atm | Self::Retail)
    }
}

/// The kinds of use that one use is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct UsageTypes(#[n(0)] u8);

impl UsageTypes {
    /// Whether `usage` is among them.
    #[must_use]
    pub const fn has(self, usage: UsageType) -> bool {
        self.0 & (1 << usage as u8) != 0
    }

    /// Whether there are none: the use counts nowhere.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The types one by one.
    pub fn iter(self) -> impl Iterator<Item = UsageType> {
        UsageType::ALL.into_iter().filter(move |usage| self.has(*usage))
    }
}

impl FromIterator<UsageType> for UsageTypes {
    fn from_iter<T: IntoIterator<Item = UsageType>>(types: T) -> Self {
        Self(types.into_iter().fold(0, |set, usage| set | 1 << usage as u8))
    }
}

/// What a limit allows. Absent numbers do not limit; amounts are minor units of the account's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct Bounds {
    /// The most that one use may cost.
    #[n(0)]
    pub single: Option<i64>,
    /// The most that all uses in the period may cost together.
    #[n(1)]
    pub sum: Option<i64>,
    /// How many uses the period may have.
    #[n(2)]
    pub count: Option<u32>,
}

/// The rule of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Rule {
    /// This kind of use is switched off.
    #[n(0)]
    Off,
    /// This kind of use is allowed within bounds.
    #[n(1)]
    Within(#[n(0)] Bounds),
}

impl Rule {
    /// The rule that limits nothing.
    pub const UNLIMITED: Self = Self::Within(Bounds { single: None, sum: None, count: None });
}

/// One limit of a card or product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Limit {
    /// Over which window.
    #[n(0)]
    pub period: Period,
    /// Which uses.
    #[n(1)]
    pub usage: UsageType,
    /// What is allowed; none where only the counters were reset and the product's rule still holds.
    #[n(2)]
    pub rule: Option<Rule>,
    /// Uses before this instant are forgiven.
    #[n(3)]
    pub counts_from: Option<Timestamp>,
}

/// A change of one limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitChange {
    /// Over which window.
    pub period: Period,
    /// Which uses.
    pub usage: UsageType,
    /// The new rule; none keeps the old one.
    pub rule: Option<Rule>,
    /// Whether the used figures start again at zero.
    pub reset: bool,
}

/// The limits of a card or product, one for each period and type at most, in that order.
#[derive(Clone, Debug, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Limits(#[n(0)] Vec<Limit>);

impl Limits {
    /// All limits, by period and type.
    #[must_use]
    pub fn as_slice(&self) -> &[Limit] {
        &self.0
    }

    /// The limit of one period and type.
    #[must_use]
    pub fn find(&self, period: Period, usage: UsageType) -> Option<&Limit> {
        self.0.iter().find(|limit| (limit.period, limit.usage) == (period, usage))
    }

    /// These limits after `changes`, which come from `now`. Limits that no change names stay as they are.
    #[must_use]
    pub fn merged(&self, changes: &[LimitChange], now: Timestamp) -> Self {
        let mut limits = self.0.clone();
        for change in changes {
            let key = (change.period, change.usage);
            let place = limits.partition_point(|limit| (limit.period, limit.usage) < key);
            if limits.get(place).is_none_or(|limit| (limit.period, limit.usage) != key) {
                let fresh =
                    Limit { period: change.period, usage: change.usage, rule: None, counts_from: None };
                limits.insert(place, fresh);
            }
            if let Some(limit) = limits.get_mut(place) {
                limit.rule = change.rule.or(limit.rule);
                if change.reset {
                    // Each reset is told by a later time, also one in the same millisecond as the one before.
                    let before = self.find(change.period, change.usage).and_then(|limit| limit.counts_from);
                    limit.counts_from = Some(before.map_or(now, |before| now.max(before.plus_ms(1))));
                }
            }
        }
        limits.retain(|limit| limit.rule.is_some() || limit.counts_from.is_some());
        Self(limits)
    }

    /// These rules with the resets of `other`.
    #[must_use]
    pub fn with_resets_of(&self, other: &Self) -> Self {
        let mut limits = Self(self.0.iter().map(|limit| Limit { counts_from: None, ..*limit }).collect());
        for reset in other.0.iter().filter(|limit| limit.counts_from.is_some()) {
            let key = (reset.period, reset.usage);
            let place = limits.0.partition_point(|limit| (limit.period, limit.usage) < key);
            match limits.0.get_mut(place).filter(|limit| (limit.period, limit.usage) == key) {
                Some(limit) => limit.counts_from = reset.counts_from,
                None => limits.0.insert(place, Limit { rule: None, ..*reset }),
            }
        }
        limits.0.retain(|limit| limit.rule.is_some() || limit.counts_from.is_some());
        limits
    }

    /// The rule that holds for a card with these limits under a product: the card's own where it has one.
    #[must_use]
    pub fn rule(&self, product: &Self, period: Period, usage: UsageType) -> Option<Rule> {
        let own = self.find(period, usage).and_then(|limit| limit.rule);
        own.or_else(|| product.find(period, usage).and_then(|limit| limit.rule))
    }

    /// Every rule that holds for a card with these limits under a product, by period and type.
    pub fn rules<'a>(&'a self, product: &'a Self) -> impl Iterator<Item = (Period, UsageType, Rule)> + 'a {
        let own = self.0.iter().filter_map(|limit| Some((limit.period, limit.usage, limit.rule?)));
        let others = product.0.iter().filter_map(|limit| Some((limit.period, limit.usage, limit.rule?)));
        let free = |period, usage| self.find(period, usage).is_none_or(|limit| limit.rule.is_none());
        own.chain(others.filter(move |(period, usage, _)| free(*period, *usage)))
    }
}

#[cfg(test)]
mod tests;
