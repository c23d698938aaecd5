//! The rolling window through two layers of changes, against a plain list.

use kortti_core::{
    id::{AccountId, TransactionId},
    limit::UsageTypes,
    time::Timestamp,
    usage::{ROLLING_MS, Use, Used},
};
use proptest::prelude::*;

use crate::transactions::{Below, UseChanges, Uses};

#[derive(Clone, Debug)]
enum Step {
    /// A use enters the window.
    Push,
    /// One of the uses so far counts something else.
    Set(usize, i64),
    /// The oldest leaves the window, if it entered it before one of the uses so far.
    Pop(usize),
    /// What has changed is being written, if nothing is.
    Begin,
    /// What was being written is on the disk.
    End,
    /// It is refused, and with it what stands on it.
    Refuse,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => Just(Step::Push),
        3 => (0_usize..40, 0_i64..100).prop_map(|(which, amount)| Step::Set(which, amount)),
        3 => (0_usize..40).prop_map(Step::Pop),
        2 => Just(Step::Begin),
        2 => Just(Step::End),
        1 => Just(Step::Refuse),
    ];
    proptest::collection::vec(step, 1..80)
}

fn entered(number: usize) -> Use {
    Use {
        id: TransactionId::of(0, number as u64 + 1),
        at: Timestamp(number as i64),
        card: None,
        account: AccountId(1),
        kinds: UsageTypes::default(),
        used: Used { amount: 1, count: 1 },
    }
}

/// What a sequence of steps does to a plain list.
#[derive(Clone, Default)]
struct Plain {
    uses: Vec<Use>,
    pushed: usize,
}

#[derive(Default)]
struct Layered {
    base: Uses,
    pending: UseChanges,
    changes: UseChanges,
}

impl Layered {
    fn with<T>(&mut self, work: impl FnOnce(&mut UseChanges, Below<'_>) -> T) -> T {
        work(&mut self.changes, Below { base: &self.base, pending: &self.pending })
    }
}

proptest! {
    #[test]
    fn two_layers_are_like_one_list(steps in steps()) {
        let (mut layered, mut plain) = (Layered::default(), Plain::default());
        let mut written = Plain::default();
        let mut writing = None;
        for step in steps {
            match step {
                Step::Push => {
                    let one = entered(plain.pushed);
                    plain.pushed += 1;
                    plain.uses.push(one);
                    layered.with(|uses, below| uses.push(below, one));
                }
                Step::Set(which, amount) => {
                    let (id, used) = (entered(which).id, Used { amount, count: 1 });
                    let found = plain.uses.iter_mut().find(|one| one.id == id);
                    let expected = found.is_some();
                    found.into_iter().for_each(|one| one.used = used);
                    prop_assert_eq!(layered.with(|uses, below| uses.set(below, id, used)), expected);
                }
                Step::Pop(before) => {
                    let now = Timestamp(before as i64 + ROLLING_MS);
                    let gone = plain.uses.first().is_some_and(|one| one.is_gone(now));
                    let expected = gone.then(|| plain.uses.remove(0));
                    prop_assert_eq!(layered.with(|uses, below| uses.pop(below, now)), expected);
                }
                Step::Begin if writing.is_none() => {
                    layered.pending = std::mem::take(&mut layered.changes);
                    writing = Some(plain.clone());
                }
                Step::End => if let Some(now) = writing.take() {
                    std::mem::take(&mut layered.pending).merge_into(&mut layered.base);
                    written = now;
                    prop_assert!(layered.base.iter().eq(&written.uses));
                },
                Step::Refuse => {
                    (layered.pending, layered.changes) = Default::default();
                    plain = written.clone();
                    writing = None;
                }
                Step::Begin => {}
            }
        }
        layered.pending.merge_into(&mut layered.base);
        layered.changes.merge_into(&mut layered.base);
        prop_assert!(layered.base.iter().eq(&plain.uses));
    }
}
