//! Random histories against a model that is slow and obvious: it keeps every use with what became of it, and asks all of them
//! each time.

mod compare;
mod history;
mod reference;

pub use compare::Run;
pub use history::any_history;

use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn real_and_obvious_rules_agree_on_every_history((start, zone, steps) in any_history(40)) {
        let mut run = Run::new(start, zone);
        for step in &steps {
            run.take(step);
        }
    }
}

#[test]
fn random_histories_reach_every_answer() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..120 {
        let (start, zone, steps) = any_history(40).new_tree(&mut runner).unwrap().current();
        let mut run = Run::new(start, zone);
        steps.iter().for_each(|step| run.take(step));
        seen.extend(run.reasons);
    }
    for name in [
        "APPROVED",
        "PARTIALLY_APPROVED",
        "VERIFIED",
        "ADVISED",
        "ADVISED_DECLINED",
        "MERCHANT_LOCKED",
        "USAGE_DISABLED",
        "SINGLE_AMOUNT_EXCEEDED",
        "AMOUNT_EXCEEDED",
        "COUNT_EXCEEDED",
        "NOT_ENOUGH_FUNDS",
        "AUTHORIZATION_ENDED",
        "REVERSED",
        "NOTHING_TO_REVERSE",
        "HOLD_EXPIRED",
        "POSTED",
        "POSTED_BELOW",
        "POSTED_ABOVE",
        "POSTED_ABOVE_TOLERANCE",
        "POSTED_AFTER_EXPIRY",
        "POSTED_AFTER_REVERSAL",
        "POSTED_AFTER_CLEARING",
        "POSTED_AFTER_DECLINE",
        "POSTED_WITHOUT_AUTHORIZATION",
    ] {
        assert!(seen.contains(name), "{name} never happened");
    }
}
