use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn any_change() -> impl Strategy<Value = LimitChange> {
    let rule = prop_oneof![
        Just(None),
        Just(Some(Rule::Off)),
        (any::<Option<i64>>(), any::<Option<i64>>(), any::<Option<u32>>())
            .prop_map(|(single, sum, count)| Some(Rule::Within(Bounds { single, sum, count }))),
    ];
    (0..4_usize, 0..3_usize, rule, any::<bool>()).prop_map(|(period, usage, rule, reset)| LimitChange {
        period: Period::ALL[period],
        usage: UsageType::ALL[usage],
        rule,
        reset,
    })
}

proptest! {
    /// The merge against a slow and obvious one: a map from period and type to what was last said.
    #[test]
    fn merge_agrees_with_a_map(first in prop::collection::vec(any_change(), 0..20), then in prop::collection::vec(any_change(), 0..20)) {
        let merged = Limits::default().merged(&first, Timestamp(1)).merged(&then, Timestamp(2));
        let mut model: BTreeMap<(Period, UsageType), (Option<Rule>, Option<Timestamp>)> = BTreeMap::new();
        for (changes, now) in [(&first, 1), (&then, 2)] {
            for change in changes {
                let slot = model.entry((change.period, change.usage)).or_default();
                if change.rule.is_some() {
                    slot.0 = change.rule;
                }
                if change.reset {
                    slot.1 = Some(Timestamp(now));
                }
            }
        }
        model.retain(|_, slot| slot.0.is_some() || slot.1.is_some());
        let seen: BTreeMap<_, _> = merged.as_slice().iter().map(|l| ((l.period, l.usage), (l.rule, l.counts_from))).collect();
        prop_assert_eq!(seen.len(), merged.as_slice().len());
        prop_assert_eq!(seen, model);
        prop_assert!(merged.as_slice().is_sorted_by_key(|l| (l.period, l.usage)));
    }
}

#[test]
fn reset_alone_keeps_the_rule() {
    let rule = Some(Rule::Within(Bounds { single: None, sum: Some(120_000), count: None }));
    let set = LimitChange { period: Period::Rolling24Hours, usage: UsageType::Atm, rule, reset: false };
    let reset = LimitChange { rule: None, reset: true, ..set };
    let limits = Limits::default().merged(&[set], Timestamp(1)).merged(&[reset], Timestamp(7));
    let limit = limits.find(Period::Rolling24Hours, UsageType::Atm).copied();
    assert_eq!(limit.map(|l| (l.rule, l.counts_from)), Some((rule, Some(Timestamp(7)))));
}

#[test]
fn resets_of_others_go_with_own_rules() {
    let change = |usage, rule, reset| LimitChange { period: Period::Daily, usage, rule, reset };
    let rule = Some(Rule::Off);
    let ours = [change(UsageType::All, rule, true), change(UsageType::Atm, None, true)];
    let ours = Limits::default().merged(&ours, Timestamp(9));
    let theirs = [change(UsageType::All, None, true), change(UsageType::Retail, rule, true)];
    let theirs = Limits::default().merged(&theirs, Timestamp(5));
    let both = ours.with_resets_of(&theirs);
    let seen: Vec<_> = both.as_slice().iter().map(|l| (l.usage, l.rule, l.counts_from)).collect();
    let since = Some(Timestamp(5));
    assert_eq!(seen, [(UsageType::All, rule, since), (UsageType::Retail, None, since)]);
    assert_eq!(ours.with_resets_of(&ours), ours);
}

#[test]
fn card_rule_overrides_the_products() {
    let change =
        |rule| LimitChange { period: Period::Daily, usage: UsageType::All, rule: Some(rule), reset: false };
    let product = Limits::default().merged(&[change(Rule::Off)], Timestamp(0));
    let card = Limits::default().merged(&[change(Rule::UNLIMITED)], Timestamp(0));
    assert_eq!(card.rule(&product, Period::Daily, UsageType::All), Some(Rule::UNLIMITED));
    assert_eq!(Limits::default().rule(&product, Period::Daily, UsageType::All), Some(Rule::Off));
    assert_eq!(Limits::default().rule(&product, Period::Daily, UsageType::Atm), None);
}
