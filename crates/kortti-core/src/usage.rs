//! What has been used of limits, and the money of accounts: all that a decision needs of the past, and no more.
//!
//! A calendar window is a counter and the start of the window it counts in. The rolling window is a sum: uses enter it when
//! they are approved and leave it 24 hours later, both in the order of the journal, so one queue over all cards tells which
//! leave next, and a decision costs the same however many uses the window has.

use std::sync::Arc;

use minicbor::{Decode, Encode};

use crate::{
    calendar::Windows,
    id::{AccountId, CardId, TransactionId},
    limit::{Period, UsageType, UsageTypes},
    time::{DAY_MS, Timestamp},
    trail::{Step, Trail},
    transaction::{Book, Posting},
};

/// How long a use stays in the rolling window.
pub const ROLLING_MS: i64 = DAY_MS;

/// An amount and a number of uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct Used {
    /// How much, in minor units.
    #[n(0)]
    pub amount: i64,
    /// How often.
    #[n(1)]
    pub count: i64,
}

impl Used {
    /// Never below nothing: where a product's days begin elsewhere since a use was counted, giving it back would leave less,
    /// which a limit would take for more room than it has.
    fn add(&mut self, change: Self) {
        self.amount = self.amount.saturating_add(change.amount).max(0);
        self.count = self.count.saturating_add(change.count).max(0);
    }

    /// The same with the opposite sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { amount: self.amount.saturating_neg(), count: self.count.saturating_neg() }
    }
}

/// The uses of one kind, in each of the periods. Every card that is used has some of these, so they are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Tally {
    /// Which kind.
    #[n(0)]
    pub usage: UsageType,
    /// How much, by period.
    #[n(1)]
    pub amounts: [i64; Period::ALL.len()],
    /// How often, by period.
    #[n(2)]
    pub counts: [i32; Period::ALL.len()],
}

impl Tally {
    const fn new(usage: UsageType) -> Self {
        Self { usage, amounts: [0; Period::ALL.len()], counts: [0; Period::ALL.len()] }
    }

    const fn of(&self, period: Period) -> Used {
        Used { amount: self.amounts[period as usize], count: self.counts[period as usize] as i64 }
    }

    fn add(&mut self, period: Period, change: Used) {
        let mut used = self.of(period);
        used.add(change);
        self.set(period, used);
    }

    fn set(&mut self, period: Period, used: Used) {
        self.amounts[period as usize] = used.amount;
        self.counts[period as usize] = i32::try_from(used.count).unwrap_or(i32::MAX);
    }
}

/// The money of an account, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct Funds {
    /// What is on it; negative where the holder owes.
    #[n(0)]
    pub balance: i64,
    /// What open authorisations hold of it.
    #[n(1)]
    pub held: i64,
}

impl Funds {
    /// What can still be spent where the holder may owe `credit_limit`.
    #[must_use]
    pub const fn available(self, credit_limit: i64) -> i64 {
        self.balance.saturating_sub(self.held).saturating_add(credit_limit)
    }

    /// Takes a posting in, if it is to one of the account's own books.
    pub const fn post(&mut self, posting: Posting) {
        match posting.book {
            Book::Balance => self.balance = self.balance.saturating_add(posting.minor),
            Book::Held => self.held = self.held.saturating_add(posting.minor),
            Book::Reserve | Book::Settlement | Book::Funding | Book::Fees => {}
        }
    }
}

/// What a card or an account has done: its counters, its trail, and an account's money.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Activity {
    /// The last entry that changed it. A state that is newer than an entry takes no notice of it.
    #[n(0)]
    pub version: TransactionId,
    /// The last use that has left the rolling window.
    #[n(1)]
    pub expired: TransactionId,
    /// Its transactions.
    #[n(2)]
    pub trail: Trail,
    /// Its money; only accounts have some.
    #[n(3)]
    pub funds: Funds,
    /// In which calendar windows it counts.
    #[n(4)]
    pub starts: Starts,
    /// Its counters, by kind of use, where there have been uses.
    #[n(5)]
    pub tallies: Vec<Tally>,
    /// Which counters were reset, and at which entry: uses before it are forgiven.
    #[n(6)]
    pub forgiven: Vec<Forgiven>,
    /// The merchant of its first approved use, where the card is locked to it.
    #[n(7)]
    pub merchant: Option<Box<str>>,
}

/// The starts of calendar windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Encode, Decode)]
pub struct Starts {
    /// Of the day.
    #[n(0)]
    pub day: Timestamp,
    /// Of the week.
    #[n(1)]
    pub week: Timestamp,
    /// Of the month.
    #[n(2)]
    pub month: Timestamp,
}

/// A counter that was reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Forgiven {
    /// Over which window.
    #[n(0)]
    pub period: Period,
    /// Which uses.
    #[n(1)]
    pub usage: UsageType,
    /// By which entry.
    #[n(2)]
    pub by: TransactionId,
}

impl Default for Activity {
    fn default() -> Self {
        Self::NONE
    }
}

/// A use, or what is given back of one.
#[derive(Clone, Copy, Debug)]
pub struct UseChange {
    /// The use.
    pub id: TransactionId,
    /// When it was approved: that is where it counts, also when its amount changes later.
    pub approved_at: Timestamp,
    /// Which kinds it is.
    pub kinds: UsageTypes,
    /// By how much it grows; negative where it shrinks.
    pub change: Used,
}

impl Activity {
    const NONE: Self = Self {
        version: TransactionId(0),
        expired: TransactionId(0),
        trail: Trail { length: 0, last: None, milestone: None },
        funds: Funds { balance: 0, held: 0 },
        starts: Starts { day: Timestamp(0), week: Timestamp(0), month: Timestamp(0) },
        tallies: Vec::new(),
        forgiven: Vec::new(),
        merchant: None,
    };

    /// The activity of what has never been used.
    #[must_use]
    pub const fn none() -> &'static Self {
        static NONE: Activity = Activity::NONE;
        &NONE
    }

    /// What has been used in the windows that are open now.
    #[must_use]
    pub fn used(&self, period: Period, usage: UsageType, windows: &Windows) -> Used {
        let counts = match period {
            Period::Daily => self.starts.day == windows.day.start,
            Period::Weekly => self.starts.week == windows.week.start,
            Period::Monthly => self.starts.month == windows.month.start,
            Period::Rolling24Hours | Period::Lifetime => true,
        };
        let tally = self.tallies.iter().find(|tally| tally.usage == usage).filter(|_| counts);
        tally.map(|tally| tally.of(period)).unwrap_or_default()
    }

    /// Counts a use, or gives some of it back. It counts in the windows that its approval lies in; `in_rolling` tells
    /// whether it is still in the rolling one.
    pub fn count(&mut self, by: &UseChange, windows: &Windows, in_rolling: bool) {
        self.enter(windows);
        for usage in by.kinds.iter() {
            for period in Period::ALL {
                let counts = match period {
                    Period::Daily => windows.day.contains(by.approved_at),
                    Period::Weekly => windows.week.contains(by.approved_at),
                    Period::Monthly => windows.month.contains(by.approved_at),
                    Period::Rolling24Hours => in_rolling,
                    Period::Lifetime => true,
                };
                if counts && !self.is_forgiven(period, usage, by.id) {
                    self.tally(usage).add(period, by.change);
                }
            }
        }
    }

    /// Lets a use leave the rolling window.
    pub fn expire(&mut self, gone: &Use) {
        if gone.id <= self.expired {
            return;
        }
        self.expired = gone.id;
        for usage in gone.kinds.iter() {
            if !self.is_forgiven(Period::Rolling24Hours, usage, gone.id) {
                self.tally(usage).add(Period::Rolling24Hours, gone.used.negated());
            }
        }
    }

    /// Forgives what was used of a limit before the entry `by`.
    pub fn reset(&mut self, period: Period, usage: UsageType, by: TransactionId) {
        self.tally(usage).set(period, Used::default());
        self.forgiven.retain(|old| (old.period, old.usage) != (period, usage));
        self.forgiven.push(Forgiven { period, usage, by });
        self.version = self.version.max(by);
    }

    /// Notes a transaction on the trail.
    pub fn advance(&mut self, step: Step, id: TransactionId) {
        self.trail.advance(step, id);
        self.version = id;
    }

    /// Starts the calendar counters again where a new window has begun.
    fn enter(&mut self, windows: &Windows) {
        let now = Starts { day: windows.day.start, week: windows.week.start, month: windows.month.start };
        if self.starts == now {
            return;
        }
        for tally in &mut self.tallies {
            if self.starts.day != now.day {
                tally.set(Period::Daily, Used::default());
            }
            if self.starts.week != now.week {
                tally.set(Period::Weekly, Used::default());
            }
            if self.starts.month != now.month {
                tally.set(Period::Monthly, Used::default());
            }
        }
        self.starts = now;
    }

    fn is_forgiven(&self, period: Period, usage: UsageType, id: TransactionId) -> bool {
        self.forgiven.iter().any(|one| (one.period, one.usage) == (period, usage) && id < one.by)
    }

    fn tally(&mut self, usage: UsageType) -> &mut Tally {
        let place = self.tallies.partition_point(|tally| tally.usage < usage);
        if self.tallies.get(place).is_none_or(|tally| tally.usage != usage) {
            // Most cards are used in two or three ways for all their life.
            self.tallies.reserve_exact(1);
            self.tallies.insert(place, Tally::new(usage));
        }
        #[expect(clippy::indexing_slicing, reason = "it was found or put there")]
        &mut self.tallies[place]
    }
}

/// A use in the rolling window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Use {
    /// The authorisation.
    #[n(0)]
    pub id: TransactionId,
    /// When it was approved.
    #[n(1)]
    pub at: Timestamp,
    /// The card, if one was used.
    #[n(2)]
    pub card: Option<CardId>,
    /// The account.
    #[n(3)]
    pub account: AccountId,
    /// Which kinds it is.
    #[n(4)]
    pub kinds: UsageTypes,
    /// How much it counts.
    #[n(5)]
    pub used: Used,
}

impl Use {
    /// Whether it has left the rolling window by `now`.
    #[must_use]
    pub const fn is_gone(&self, now: Timestamp) -> bool {
        self.at.plus_ms(ROLLING_MS).0 <= now.0
    }
}

/// Whose activity it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Owner {
    /// A card's.
    #[n(0)]
    Card(#[n(0)] CardId),
    /// An account's.
    #[n(1)]
    Account(#[n(0)] AccountId),
}

/// An activity as it is shared.
pub type SharedActivity = Arc<Activity>;
