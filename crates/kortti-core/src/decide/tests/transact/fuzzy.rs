//! A snapshot that was taken while the journal went on: some of its rows are newer than the entry it stands for.

use proptest::prelude::*;

use super::{
    super::world::World,
    model::{Run, any_history},
};
use crate::{time::Timestamp, view::expire_uses};

/// Which rows are taken from the end; the others are from where the snapshot stands.
fn newer(seed: u64, place: u64) -> bool {
    (seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left((place % 61) as u32)
        ^ place.wrapping_mul(0x2545_f491))
        & 4
        != 0
}

fn mixed(prefix: &World, last: &World, seed: u64) -> World {
    let mut world = prefix.clone();
    let mut place = 0;
    let mut is_newer = || {
        place += 1;
        newer(seed, place)
    };
    world.cards.extend(last.cards.clone().into_iter().filter(|_| is_newer()));
    world.accounts.extend(last.accounts.clone().into_iter().filter(|_| is_newer()));
    world.card_activities.extend(last.card_activities.clone().into_iter().filter(|_| is_newer()));
    world.account_activities.extend(last.account_activities.clone().into_iter().filter(|_| is_newer()));
    world.authorisations.extend(last.authorisations.clone().into_iter().filter(|_| is_newer()));
    // A use that has left since is needed by the activities that have not seen it leave.
    for one in &mut world.uses {
        if let Some(later) = last.uses.iter().find(|later| later.id == one.id).filter(|_| is_newer()) {
            *one = *later;
        }
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn rows_newer_than_the_snapshot_replay_to_the_same_end(
        (start, zone, steps) in any_history(30),
        cut in any::<prop::sample::Index>(),
        seed in any::<u64>(),
    ) {
        let mut run = Run::new(start, zone);
        steps.iter().for_each(|step| run.take(step));
        let cut = cut.index(run.events.len() + 1);
        let replay = |world: &mut World, events: &[(_, _)]| events.iter().for_each(|(event, at)| { world.apply(event, *at); });
        let mut prefix = run.base.clone();
        replay(&mut prefix, &run.events[..cut]);
        let mut last = prefix.clone();
        replay(&mut last, &run.events[cut..]);
        let mut world = mixed(&prefix, &last, seed);
        replay(&mut world, &run.events[cut..]);
        for world in [&mut world, &mut last, &mut run.world] {
            expire_uses(Timestamp::MAX, world);
        }
        prop_assert_eq!(&last, &run.world);
        prop_assert_eq!(world, last);
    }
}
