use super::{Context, Payer, Subject, checks::Checks};
use crate::{
    calendar::{Window, Windows},
    limit::{Limits, Period, Rule, UsageType, UsageTypes},
    time::Timestamp,
    transaction::{CheckKind, Checked, Comparison, Facts, LimitFacts},
    usage::{Activity, ROLLING_MS, Used},
};

/// What a use would add to the limits.
#[derive(Clone, Copy)]
pub(super) struct Addition {
    /// Which kinds it is.
    pub kinds: UsageTypes,
    /// How much it adds.
    pub this: Used,
    /// What the use costs in all, where it only grows.
    pub total: Option<i64>,
}

/// The limits of the card: its own, and its product's where it has none.
pub(super) fn of_card(
    checks: &mut Checks,
    addition: &Addition,
    subject: &Subject,
    windows: &Windows,
    context: Context,
) {
    let limits = (&subject.card.limits, &subject.product.limits);
    check(checks, CheckKind::CardLimit, addition, limits, subject.activity(), windows, context.now);
}

/// The limits of the account, over all its cards.
pub(super) fn of_account(checks: &mut Checks, addition: &Addition, payer: &Payer, context: Context) {
    if payer.account.limits.as_slice().is_empty() {
        return;
    }
    let windows = Windows::at(payer.account.zone(), context.now);
    let none = Limits::default();
    let limits = (&payer.account.limits, &none);
    check(checks, CheckKind::AccountLimit, addition, limits, payer.activity(), &windows, context.now);
}

/// Checks every limit that counts this kind of use: all of them must pass.
fn check(
    checks: &mut Checks,
    kind: CheckKind,
    addition: &Addition,
    (own, product): (&Limits, &Limits),
    activity: &Activity,
    windows: &Windows,
    now: Timestamp,
) {
    for (period, usage, rule) in own.rules(product) {
        if !addition.kinds.has(usage) {
            continue;
        }
        let mut facts = facts((period, usage, rule), addition, activity, windows, now);
        // Uses before a reset are forgiven: where it lies in the window nothing is told of the time before it.
        let reset = own.find(period, usage).and_then(|limit| limit.counts_from);
        facts.start = facts.start.max(reset.map(|reset| reset.min(now)));
        let result =
            facts.failure().map_or(Checked::Pass, |failure| Checked::Fail(Comparison::reason(failure)));
        checks.add(kind, result, Facts::Limit(Box::new(facts)));
    }
}

fn facts(
    (period, usage, rule): (Period, UsageType, Rule),
    addition: &Addition,
    activity: &Activity,
    windows: &Windows,
    now: Timestamp,
) -> LimitFacts {
    let (start, end) = match period {
        Period::Daily => span(windows.day),
        Period::Weekly => span(windows.week),
        Period::Monthly => span(windows.month),
        Period::Rolling24Hours => (Some(now.plus_ms(-ROLLING_MS)), Some(now)),
        Period::Lifetime => (None, None),
    };
    let bounds = match rule {
        Rule::Off => None,
        Rule::Within(bounds) => Some(bounds),
    };
    let before = activity.used(period, usage, windows);
    LimitFacts { period, usage, bounds, start, end, before, this: addition.this, total: addition.total }
}

const fn span(window: Window) -> (Option<Timestamp>, Option<Timestamp>) {
    (Some(window.start), Some(window.end))
}
