//! The rules as one would write them down to explain them.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::history::Step;
use crate::{
    calendar::Windows,
    limit::{Period, Rule, UsageType},
    time::{DAY_MS, Timestamp},
    transaction::{EntryMode, TransactionType},
    usage::Used,
};

/// A card by its number, 0 or 1; the account is 2.
pub type Owner = usize;
pub const ACCOUNT: Owner = 2;

/// An authorisation, and what became of it.
#[derive(Clone, Debug)]
pub struct Payment {
    pub card: usize,
    pub at: Timestamp,
    /// The number of the step that made it.
    pub made: usize,
    pub kinds: Vec<UsageType>,
    pub mcc: &'static str,
    pub expires: Timestamp,
    pub approved: i64,
    pub held: i64,
    pub cleared: i64,
    pub reversed: i64,
    /// Whether money is for the holder.
    pub credit: bool,
    /// How it ended; none while it holds money.
    pub end: Option<&'static str>,
    /// Whether it was taken back as a use.
    pub taken_back: bool,
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub approved: bool,
    pub reason: &'static str,
    pub amount: i64,
}

const fn done(reason: &'static str, amount: i64) -> Answer {
    Answer { approved: true, reason, amount }
}

const fn declined(reason: &'static str) -> Answer {
    Answer { approved: false, reason, amount: 0 }
}

pub struct Model {
    zone: TimeZone,
    pub now: Timestamp,
    step: usize,
    pub payments: Vec<Payment>,
    /// Everything that came on the account or went.
    movements: Vec<i64>,
    limits: BTreeMap<(Owner, Period, UsageType), Rule>,
    resets: BTreeMap<(Owner, Period, UsageType), usize>,
    locked: [bool; 2],
    merchants: [Option<usize>; 2],
}

fn kinds(transaction_type: TransactionType, mode: EntryMode) -> Vec<UsageType> {
    use TransactionType::{Atm, CashDisbursement, Cashback, P2pDebit, Retail, Unique};
    let mut kinds = vec![UsageType::All];
    if transaction_type == Atm {
        kinds.push(UsageType::Atm);
    }
    if [Retail, Unique, Cashback, P2pDebit].contains(&transaction_type) {
        kinds.push(UsageType::Retail);
    }
    if [Atm, CashDisbursement].contains(&transaction_type) {
        kinds.push(UsageType::Cash);
    }
    if mode == EntryMode::Ecommerce {
        kinds.push(UsageType::Ecommerce);
    }
    if mode == EntryMode::Contactless {
        kinds.push(UsageType::Contactless);
    }
    kinds
}

impl Model {
    pub fn new(start: Timestamp, zone: &str) -> Self {
        Self {
            zone: TimeZone::get(zone).unwrap(),
            now: start,
            step: 0,
            payments: Vec::new(),
            movements: Vec::new(),
            limits: BTreeMap::new(),
            resets: BTreeMap::new(),
            locked: [false; 2],
            merchants: [None; 2],
        }
    }

    pub fn balance(&self) -> i64 {
        self.movements.iter().sum()
    }

    pub fn held(&self) -> i64 {
        self.payments.iter().map(|payment| payment.held).sum()
    }

    /// Whether a use counts in the window that is open now.
    fn is_in(&self, period: Period, at: Timestamp) -> bool {
        let date = |at: Timestamp| at.to_jiff().to_zoned(self.zone.clone()).date();
        let (then, today) = (date(at), date(self.now));
        match period {
            Period::Daily => then == today,
            Period::Weekly => {
                then.iso_week_date().year() == today.iso_week_date().year()
                    && then.iso_week_date().week() == today.iso_week_date().week()
            }
            Period::Monthly => (then.year(), then.month()) == (today.year(), today.month()),
            Period::Rolling24Hours => self.now.0 < at.0 + DAY_MS,
            Period::Lifetime => true,
        }
    }

    pub fn used(&self, owner: Owner, period: Period, usage: UsageType) -> Used {
        let reset = self.resets.get(&(owner, period, usage)).copied().unwrap_or(0);
        let counts = |payment: &&Payment| {
            payment.made > reset
                && (owner == ACCOUNT || payment.card == owner)
                && payment.kinds.contains(&usage)
                && self.is_in(period, payment.at)
        };
        let mut used = Used::default();
        for payment in self.payments.iter().filter(counts) {
            used.amount += payment.held + payment.cleared;
            used.count += i64::from(!payment.taken_back);
        }
        used
    }

    fn limited(
        &self,
        owner: Owner,
        kinds: &[UsageType],
        this: i64,
        total: i64,
        is_new: bool,
    ) -> Option<&'static str> {
        for ((of, period, usage), rule) in &self.limits {
            if *of != owner || !kinds.contains(usage) {
                continue;
            }
            let Rule::Within(bounds) = rule else { return Some("USAGE_DISABLED") };
            let used = self.used(owner, *period, *usage);
            if bounds.single.is_some_and(|most| total > most) {
                return Some("SINGLE_AMOUNT_EXCEEDED");
            }
            if bounds.sum.is_some_and(|most| used.amount + this > most) {
                return Some("AMOUNT_EXCEEDED");
            }
            if is_new && bounds.count.is_some_and(|most| used.count + 1 > i64::from(most)) {
                return Some("COUNT_EXCEEDED");
            }
        }
        None
    }

    pub fn is_limited_to(&self, owner: Owner, period: Period, usage: UsageType) -> Option<i64> {
        match self.limits.get(&(owner, period, usage)) {
            Some(Rule::Within(bounds)) => bounds.sum,
            _ => None,
        }
    }

    fn authorise(&mut self, step: &Step) -> Answer {
        let Step::Authorise { card, transaction_type, mode, amount, merchant, mcc, partial, advice } = step
        else {
            return declined("no authorisation");
        };
        let (card, amount) = (*card, *amount);
        let inquires = *transaction_type == TransactionType::BalanceInquiry;
        let credits = [TransactionType::Credit, TransactionType::P2pCredit].contains(transaction_type);
        let holds = !inquires && !credits && amount > 0;
        let available = self.balance() - self.held();
        let kinds = kinds(*transaction_type, *mode);
        let mut failure = None;
        if self.locked[card] && !inquires && self.merchants[card].is_some_and(|locked| locked != *merchant) {
            failure = failure.or(Some("MERCHANT_LOCKED"));
        }
        let mut granted = amount;
        if holds {
            failure = failure.or_else(|| self.limited(card, &kinds, amount, amount, true));
            failure = failure.or_else(|| self.limited(ACCOUNT, &kinds, amount, amount, true));
            if available < amount && *partial && available > 0 {
                granted = available;
            } else if available < amount {
                failure = failure.or(Some("NOT_ENOUGH_FUNDS"));
            }
        }
        let answer = match (advice, failure) {
            (Some(true), _) => {
                granted = amount;
                done("ADVISED", amount)
            }
            (Some(false), _) => declined("ADVISED_DECLINED"),
            (None, Some(failure)) => declined(failure),
            (None, None) if !inquires && !credits && amount == 0 => done("VERIFIED", 0),
            (None, None) if granted < amount => done("PARTIALLY_APPROVED", granted),
            (None, None) => done("APPROVED", if inquires { 0 } else { amount }),
        };
        let answer = Answer { amount: if inquires { 0 } else { answer.amount }, ..answer };
        let holds = holds && answer.approved;
        if holds && self.locked[card] {
            self.merchants[card] = self.merchants[card].or(Some(*merchant));
        }
        let days = match *mcc {
            "7011" => 30,
            "5542" => 1,
            _ => 7,
        };
        let end = if holds {
            None
        } else {
            Some(match answer.approved {
                false => "DECLINED",
                true if credits => "CREDIT",
                true => "NOTHING",
            })
        };
        let granted = if holds || credits && answer.approved { granted } else { 0 };
        self.payments.push(Payment {
            card,
            at: self.now,
            made: self.step,
            kinds: if holds { kinds } else { Vec::new() },
            mcc,
            expires: self.now.plus_ms(days * DAY_MS),
            approved: granted,
            held: if holds { granted } else { 0 },
            cleared: 0,
            reversed: 0,
            credit: credits,
            end,
            taken_back: false,
        });
        answer
    }

    fn increment(&mut self, place: usize, amount: i64) -> Answer {
        let payment = self.payments[place].clone();
        if payment.end.is_some() {
            return declined("AUTHORIZATION_ENDED");
        }
        let total = payment.approved - payment.reversed + amount;
        let failure = self.limited(payment.card, &payment.kinds, amount, total, false);
        let failure = failure.or_else(|| self.limited(ACCOUNT, &payment.kinds, amount, total, false));
        if let Some(failure) = failure {
            return declined(failure);
        }
        if self.balance() - self.held() < amount {
            return declined("NOT_ENOUGH_FUNDS");
        }
        let days = match payment.mcc {
            "7011" => 30,
            "5542" => 1,
            _ => 7,
        };
        let now = self.now;
        let payment = &mut self.payments[place];
        payment.approved += amount;
        payment.held += amount;
        payment.expires = payment.expires.max(now.plus_ms(days * DAY_MS));
        done("APPROVED", amount)
    }

    fn reverse(&mut self, place: usize, amount: Option<i64>) -> Answer {
        let payment = &mut self.payments[place];
        let due = payment.end == Some("CREDIT");
        let left = if due { payment.approved - payment.reversed - payment.cleared } else { payment.held };
        let amount = amount.unwrap_or(left).min(left);
        if amount == 0 {
            return done("NOTHING_TO_REVERSE", 0);
        }
        payment.reversed += amount;
        if due {
            if amount == left {
                payment.end = Some(if payment.cleared == 0 { "REVERSED" } else { "CLEARED" });
            }
            return done("REVERSED", amount);
        }
        payment.held -= amount;
        if payment.held == 0 {
            payment.taken_back = payment.cleared == 0;
            payment.end = Some(if payment.cleared == 0 { "REVERSED" } else { "CLEARED" });
        }
        done("REVERSED", amount)
    }

    pub fn expire(&mut self, place: usize) -> Answer {
        let payment = &mut self.payments[place];
        let amount = std::mem::take(&mut payment.held);
        payment.end = payment.end.or(Some(if payment.cleared == 0 { "EXPIRED" } else { "CLEARED" }));
        done("HOLD_EXPIRED", amount)
    }

    fn clear(&mut self, place: usize, amount: i64, last: bool) -> Answer {
        let payment = &mut self.payments[place];
        self.movements.push(if payment.credit { amount } else { -amount });
        let was = payment.end;
        payment.taken_back = false;
        payment.cleared += amount;
        if was == Some("CREDIT") && (last || payment.cleared >= payment.approved - payment.reversed) {
            payment.end = Some("CLEARED");
        }
        payment.held = if last { 0 } else { (payment.held - amount).max(0) };
        if payment.held == 0 {
            payment.end = payment.end.or(Some("CLEARED"));
        }
        let granted = payment.approved - payment.reversed;
        let percent = match payment.mcc {
            "5812" => 20,
            "5542" => 10,
            "7011" => 15,
            _ => 0,
        };
        let reason = match was {
            Some("EXPIRED") => "POSTED_AFTER_EXPIRY",
            Some("REVERSED") => "POSTED_AFTER_REVERSAL",
            Some("DECLINED") => "POSTED_AFTER_DECLINE",
            Some("CLEARED") => "POSTED_AFTER_CLEARING",
            _ if payment.cleared * 100 > granted * (100 + percent) => "POSTED_ABOVE_TOLERANCE",
            _ if payment.cleared > granted => "POSTED_ABOVE",
            _ if last && payment.cleared < granted => "POSTED_BELOW",
            _ => "POSTED",
        };
        done(reason, amount)
    }

    fn moved(&mut self, change: i64, reason: &'static str) -> Answer {
        self.movements.push(change);
        done(reason, change.abs())
    }

    /// Takes a step; its answer if it is a transaction. `place` is the authorisation it is about.
    pub fn take(&mut self, step: &Step, place: usize, cleared: i64) -> Option<Answer> {
        self.step += 1;
        let signed = |amount: i64, credit: bool| if credit { amount } else { -amount };
        Some(match step {
            Step::Authorise { .. } => self.authorise(step),
            Step::Increment { amount, .. } => self.increment(place, *amount),
            Step::Reverse { amount, .. } => self.reverse(place, *amount),
            Step::Clear { credit: true, .. } if !self.payments[place].credit => self.moved(cleared, "POSTED"),
            Step::Clear { last, .. } => self.clear(place, cleared, *last),
            Step::ClearAlone { amount, credit, .. } => {
                self.moved(signed(*amount, *credit), "POSTED_WITHOUT_AUTHORIZATION")
            }
            Step::Refund { amount, .. } | Step::Load(amount) => self.moved(*amount, "POSTED"),
            Step::Debit(amount) | Step::Fee(amount) => self.moved(-amount, "POSTED"),
            Step::Limit { owner, period, usage, rule, reset } => {
                let key = (*owner, *period, *usage);
                if let Some(rule) = rule {
                    self.limits.insert(key, *rule);
                }
                if *reset {
                    self.resets.insert(key, self.step);
                }
                return None;
            }
            Step::Lock { card, locked } => {
                self.locked[*card] = *locked;
                return None;
            }
            Step::Wait(_) => return None,
        })
    }

    /// Which windows are open now.
    pub fn windows(&self) -> Windows {
        let zone = crate::calendar::Zone::parse(self.zone.iana_name().unwrap()).unwrap();
        Windows::at(&zone, self.now)
    }

    pub fn midnight(&self) -> Timestamp {
        let tomorrow = self.now.to_jiff().to_zoned(self.zone.clone()).date().tomorrow().unwrap();
        let midnight = tomorrow.to_zoned(self.zone.clone()).unwrap();
        Timestamp(midnight.timestamp().as_millisecond())
    }
}
