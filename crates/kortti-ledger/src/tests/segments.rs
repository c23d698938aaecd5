use std::collections::VecDeque;

use proptest::prelude::*;

use crate::Segments;

proptest! {
    #[test]
    fn segments_are_a_queue_in_which_keys_are_found(
        steps in prop::collection::vec((any::<bool>(), 0..9_000_u64), 0..8),
        looked_for in prop::collection::vec(0..40_000_u64, 20),
    ) {
        let (mut segments, mut plain) = (Segments::default(), VecDeque::new());
        let mut next = 1;
        for (put, count) in steps {
            for _ in 0..count {
                if put {
                    // Every other key, so that some are missing.
                    segments.push((next * 2, 0));
                    plain.push_back((next * 2, 0));
                    next += 1;
                } else {
                    prop_assert_eq!(segments.pop_front(), plain.pop_front());
                }
            }
            prop_assert_eq!((segments.len(), segments.is_empty()), (plain.len(), plain.is_empty()));
            prop_assert_eq!(segments.front(), plain.front());
        }
        for key in looked_for {
            let found = segments.find_by_key(key, |(key, _)| *key).copied();
            prop_assert_eq!(found, plain.iter().find(|(other, _)| *other == key).copied());
            let from = plain.iter().filter(|(other, _)| *other >= key);
            prop_assert!(segments.from_key(key, |(key, _)| *key).eq(from));
            if let Some((_, value)) = segments.find_by_key_mut(key, |(key, _)| *key) {
                *value += 1;
            }
            plain.iter_mut().filter(|(other, _)| *other == key).for_each(|(_, value)| *value += 1);
        }
        prop_assert!(segments.iter().eq(&plain));
        prop_assert!(segments.iter().rev().eq(plain.iter().rev()));
        segments.clear();
        prop_assert_eq!((segments.len(), segments.pop_front()), (0, None));
    }
}

#[test]
fn key_is_found_where_several_members_have_it() {
    let segments: Segments<u64> = (0..20_000).map(|number| number / 5_000).collect();
    for key in 0..4 {
        assert_eq!(segments.find_by_key(key, |key| *key), Some(&key));
    }
    assert_eq!(segments.find_by_key(4, |key| *key), None);
}

#[test]
fn members_from_a_place_on_are_those_behind_it() {
    let all: Segments<usize> = (0..10_000).collect();
    for place in [0, 1, 4095, 4096, 4097, 8192, 9_999, 10_000, 10_001] {
        assert!(all.iter_from(place).copied().eq(place..10_000.max(place)), "from {place}");
    }
}

proptest! {
    #[test]
    fn clone_stays_as_it_is_while_the_queue_goes_on(
        before in 0..10_000_u64,
        steps in prop::collection::vec((0..3_u8, 0..6_000_u64), 0..6),
    ) {
        let mut segments: Segments<_> = (0..before).map(|key| (key, 0)).collect();
        let plain: Vec<_> = segments.iter().copied().collect();
        let (mut next, clone) = (before, segments.clone());
        let mut goes_on: VecDeque<_> = plain.iter().copied().collect();
        for (kind, count) in steps {
            for step in 0..count {
                match kind {
                    0 => {
                        segments.push((next, 0));
                        goes_on.push_back((next, 0));
                        next += 1;
                    }
                    1 => prop_assert_eq!(segments.pop_front(), goes_on.pop_front()),
                    _ => {
                        let place = step as usize * 7;
                        let Some(one) = goes_on.get_mut(place) else { continue };
                        one.1 += 1;
                        segments.find_by_key_mut(one.0, |(key, _)| *key).unwrap().1 += 1;
                    }
                }
            }
        }
        prop_assert!(clone.iter().copied().eq(plain));
        prop_assert!(segments.iter().eq(&goes_on));
    }
}
