//! What may happen, drawn at random.

use proptest::prelude::*;

use crate::{
    limit::{Bounds, Period, Rule, UsageType},
    time::{DAY_MS, Timestamp},
    transaction::{EntryMode, TransactionType},
};

/// One thing that happens. Amounts are cents; `which` counts authorisations from the newest.
#[derive(Clone, Debug)]
pub enum Step {
    Authorise {
        card: usize,
        transaction_type: TransactionType,
        mode: EntryMode,
        amount: i64,
        merchant: usize,
        mcc: &'static str,
        partial: bool,
        advice: Option<bool>,
    },
    Increment {
        which: usize,
        amount: i64,
    },
    Reverse {
        which: usize,
        amount: Option<i64>,
    },
    Clear {
        which: usize,
        amount: Amount,
        last: bool,
        credit: bool,
    },
    ClearAlone {
        card: usize,
        amount: i64,
        credit: bool,
    },
    Refund {
        card: usize,
        amount: i64,
    },
    Load(i64),
    Debit(i64),
    Fee(i64),
    Limit {
        owner: usize,
        period: Period,
        usage: UsageType,
        rule: Option<Rule>,
        reset: bool,
    },
    Lock {
        card: usize,
        locked: bool,
    },
    Wait(Wait),
}

/// An amount of its own, or the one that is held and some cents more.
#[derive(Clone, Copy, Debug)]
pub enum Amount {
    Of(i64),
    HeldAnd(i64),
}

#[derive(Clone, Copy, Debug)]
pub enum Wait {
    For(i64),
    /// Until so many milliseconds after the midnight that comes next.
    PastMidnight(i64),
    /// Until so many milliseconds after the newest authorisation leaves the rolling window.
    PastRolling(i64),
    /// Until so many milliseconds after the newest authorisation's hold expires.
    PastHold(i64),
}

fn any_rule() -> impl Strategy<Value = Option<Rule>> {
    let amount = || prop::option::of(1..400_i64);
    let bounds = (amount(), amount(), prop::option::of(1..5_u32))
        .prop_map(|(single, sum, count)| Some(Rule::Within(Bounds { single, sum, count })));
    prop_oneof![8 => bounds, 1 => Just(Some(Rule::Off)), 1 => Just(None), 3 => Just(Some(Rule::UNLIMITED))]
}

fn any_wait() -> impl Strategy<Value = Wait> {
    prop_oneof![
        6 => (0..600_000_i64).prop_map(Wait::For),
        3 => (0..DAY_MS * 2).prop_map(Wait::For),
        1 => prop::sample::select(vec![DAY_MS * 3, DAY_MS * 7, DAY_MS * 31]).prop_map(Wait::For),
        2 => (-1..=1_i64).prop_map(Wait::PastMidnight),
        2 => (-1..=1_i64).prop_map(Wait::PastRolling),
        1 => (-1..=1_i64).prop_map(Wait::PastHold),
    ]
}

fn any_authorise() -> impl Strategy<Value = Step> {
    let types =
        prop_oneof![6 => Just(TransactionType::Retail), 4 => prop::sample::select(&TransactionType::ALL[..])];
    let amount = prop_oneof![1 => Just(0), 9 => 1..200_i64];
    let advice = prop_oneof![12 => Just(None), 1 => any::<bool>().prop_map(Some)];
    let mode = prop::sample::select(&EntryMode::ALL[..]);
    let place = (0..2_usize, prop::sample::select(vec!["5411", "5812", "7011", "5542"]));
    (0..2_usize, types, mode, amount, place, any::<bool>(), advice).prop_map(
        |(card, transaction_type, mode, amount, (merchant, mcc), partial, advice)| Step::Authorise {
            card,
            transaction_type,
            mode,
            amount,
            merchant,
            mcc,
            partial,
            advice,
        },
    )
}

fn any_step() -> impl Strategy<Value = Step> {
    let which = || prop_oneof![4 => 0..2_usize, 2 => 0..8_usize];
    let amount = || 1..200_i64;
    let cleared = prop_oneof![(1..250_i64).prop_map(Amount::Of), (-20..20_i64).prop_map(Amount::HeldAnd)];
    let rare = prop::bool::weighted(0.1);
    let limit =
        (0..3_usize, prop::sample::select(&Period::ALL[..]), prop::sample::select(&UsageType::ALL[..]));
    prop_oneof![
        12 => any_authorise(),
        3 => (which(), amount()).prop_map(|(which, amount)| Step::Increment { which, amount }),
        4 => (which(), prop::option::of(amount())).prop_map(|(which, amount)| Step::Reverse { which, amount }),
        5 => (which(), cleared, any::<bool>(), rare)
            .prop_map(|(which, amount, last, credit)| Step::Clear { which, amount, last, credit }),
        1 => (0..2_usize, amount(), any::<bool>())
            .prop_map(|(card, amount, credit)| Step::ClearAlone { card, amount, credit }),
        1 => (0..2_usize, amount()).prop_map(|(card, amount)| Step::Refund { card, amount }),
        3 => (1..600_i64).prop_map(Step::Load),
        1 => amount().prop_map(Step::Debit),
        1 => amount().prop_map(Step::Fee),
        4 => (limit, any_rule(), prop::bool::weighted(0.3)).prop_map(|((owner, period, usage), rule, reset)| {
            Step::Limit { owner, period, usage, rule, reset }
        }),
        1 => (0..2_usize, prop::bool::weighted(0.4)).prop_map(|(card, locked)| Step::Lock { card, locked }),
        8 => any_wait().prop_map(Step::Wait),
    ]
}

/// A history of up to `steps` things: when it begins, close to where clocks or months change, in which zone, and what happens.
pub fn any_history(steps: usize) -> impl Strategy<Value = (Timestamp, &'static str, Vec<Step>)> {
    let starts = [
        "2026-03-06T20:00:00Z",
        "2026-03-28T10:00:00Z",
        "2026-10-24T10:00:00Z",
        "2026-10-31T10:00:00Z",
        "2026-12-31T10:00:00Z",
        "2028-02-28T10:00:00Z",
    ];
    let start = prop::sample::select(starts.to_vec()).prop_map(|text| Timestamp::parse(text).unwrap());
    let zone = prop::sample::select(vec!["Europe/Helsinki", "America/New_York", "UTC"]);
    (start, zone, prop::collection::vec(any_step(), 1..=steps))
}
