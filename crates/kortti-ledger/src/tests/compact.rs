//! The maps and lists that save memory do what ordinary ones do.

use std::collections::{BTreeMap, BTreeSet};

use kortti_core::{id::CardId, time::Timestamp};
use proptest::prelude::*;

use crate::{
    agenda::Agenda,
    few::Few,
    index::CardIndex,
    marks::Marks,
    paged::{NARROW, Paged, WIDE},
};

/// Ids that are close together, on both sides of zero, and some at the ends of the range.
fn id() -> impl Strategy<Value = CardId> {
    prop_oneof![20 => -70_i64..200, 1 => Just(i64::MAX), 1 => Just(i64::MIN)].prop_map(CardId)
}

fn is_like_a_plain_map<const PAGE: usize>(
    paged: Paged<CardId, u8, PAGE>,
    steps: &[(CardId, Option<u8>)],
) -> Result<(), TestCaseError> {
    let mut plain = BTreeMap::new();
    for &(id, value) in steps {
        prop_assert_eq!(paged.find(&id), plain.get(&id).copied());
        match value {
            Some(value) => prop_assert_eq!(paged.insert(id, value), plain.insert(id, value)),
            None => prop_assert_eq!(paged.remove(&id), plain.remove(&id)),
        }
        prop_assert_eq!(paged.count(), plain.len());
    }
    let asked: Vec<_> = steps.iter().map(|(id, _)| *id).collect();
    let mut found = Vec::new();
    paged.visit(&asked, |value| found.push(*value));
    let expected: Vec<_> = asked.iter().filter_map(|id| plain.get(id).copied()).collect();
    prop_assert_eq!(found, expected);
    let mut visited = BTreeMap::new();
    paged.for_each(|id, value| {
        visited.insert(*id, *value);
    });
    prop_assert_eq!(visited, plain);
    paged.clear();
    paged.for_each(|id, _| panic!("card {id} is still there"));
    prop_assert_eq!(paged.count(), 0);
    Ok(())
}

proptest! {
    #[test]
    fn paged_map_holds_what_a_plain_one_does(
        steps in prop::collection::vec((id(), any::<Option<u8>>()), 0..200),
    ) {
        is_like_a_plain_map(Paged::<_, _, NARROW>::default(), &steps)?;
        is_like_a_plain_map(Paged::<_, _, WIDE>::default(), &steps)?;
    }

    #[test]
    fn marks_tell_the_blocks_in_order(ids in prop::collection::vec(id(), 0..200)) {
        let mut marks = Marks::default();
        ids.iter().for_each(|id| marks.insert(*id));
        for size in [1, 8, 32, 64] {
            let plain: BTreeSet<_> = ids.iter().map(|id| id.0.div_euclid(size)).collect();
            prop_assert!(marks.blocks(size).eq(plain), "blocks of {size}");
        }
    }

    #[test]
    fn agenda_is_in_order_and_forgets_what_is_struck_out(
        steps in prop::collection::vec((any::<bool>(), 0..4_i64, id()), 0..200),
        now in -1..5_i64,
        limit in 0..200_usize,
    ) {
        let (mut agenda, mut plain) = (Agenda::default(), BTreeSet::new());
        for (put, at, id) in steps {
            if put {
                agenda.insert(Timestamp(at), id);
                plain.insert((Timestamp(at), id));
            } else {
                agenda.remove(Timestamp(at), id);
                plain.remove(&(Timestamp(at), id));
            }
        }
        prop_assert_eq!(agenda.next(), plain.first().map(|(at, _)| *at));
        let due: Vec<_> = plain.iter().filter(|(at, _)| at.0 <= now).take(limit).copied().collect();
        prop_assert_eq!(agenda.due_by(Timestamp(now), limit), due);
    }

    #[test]
    fn short_list_is_a_sorted_set(steps in prop::collection::vec((any::<bool>(), 0..6_u8), 0..40)) {
        let (mut few, mut plain) = (Few::default(), BTreeSet::new());
        for (put, item) in steps {
            if put { few.insert(item) } else { few.remove(item) }
            if put { plain.insert(item) } else { plain.remove(&item) };
            prop_assert!(few.as_slice().iter().eq(&plain));
        }
    }
}

#[test]
fn index_finds_every_card_and_no_other() {
    let index = CardIndex::default();
    let number = |id: i64| (id % 7, id * 1_000_003);
    (1..50_000).for_each(|id| index.insert(&number(id), CardId(id)));
    for id in 1..50_000 {
        assert_eq!(index.find(&number(id), |found| number(found.0) == number(id)), Some(CardId(id)));
    }
    assert_eq!((50_000..100_000).find_map(|id| index.find(&number(id), |found| found.0 == id)), None);
    index.clear();
    assert_eq!((1..50_000).find_map(|id| index.find(&number(id), |_| true)), None);
}

#[test]
fn index_tells_cards_apart_that_look_alike() {
    let index = CardIndex::default();
    // All under one key, as if every hash were the same.
    (-500..500).for_each(|id| index.insert(&"key", CardId(id)));
    for id in -500..500 {
        assert_eq!(index.find(&"key", |found| found == CardId(id)), Some(CardId(id)));
    }
    assert_eq!(index.find(&"key", |found| found == CardId(500)), None);
}

#[test]
fn lists_of_one_take_no_memory_of_their_own() {
    assert_eq!(size_of::<Few<CardId>>(), 16);
    assert!(matches!(Few::default(), Few::<CardId>::None));
}

#[test]
fn page_that_is_left_without_values_takes_no_memory() {
    let paged = Paged::<_, _, NARROW>::default();
    (0..100).for_each(|id| assert!(paged.insert(CardId(id), ()).is_none()));
    assert_eq!(paged.pages(), 4);
    (0..100).filter(|id| *id != 40).for_each(|id| assert!(paged.remove(&CardId(id)).is_some()));
    assert_eq!(paged.pages(), 1);
}
