//! When a holder that shows life is given up because it cannot be reached.

use std::time::{Duration, Instant};

use crate::tenure::Signs;

/// Whether the holder of epoch 4 is given up at a time, after those when it could not be reached.
fn is_given_up(unreached_ms: &[u64], at_ms: u64) -> bool {
    let start = Instant::now();
    let at = |ms| start + Duration::from_millis(ms);
    let signs = Signs::default();
    unreached_ms.iter().for_each(|ms| signs.note_unreachable(4, at(*ms)));
    assert!(!signs.is_given_up(5, at(at_ms)), "the next one is another matter");
    signs.is_given_up(4, at(at_ms))
}

#[test]
fn holder_is_given_up_when_it_is_tried_in_vain_for_a_while() {
    assert!(is_given_up(&[0, 700, 1250], 1250));
    assert!(is_given_up(&[0, 1250], 1500));
    assert!(!is_given_up(&[0, 700, 1249], 1249));
}

#[test]
fn holder_that_nobody_tries_any_more_is_not_given_up() {
    assert!(!is_given_up(&[0], 1250));
    assert!(!is_given_up(&[0], 60_000));
    // Each time was a moment.
    assert!(!is_given_up(&[0, 60_000], 60_000));
    assert!(!is_given_up(&[0, 1250], 60_000));
}

#[test]
fn holder_that_was_reached_meanwhile_is_not_given_up() {
    let (start, late) = (Instant::now(), Instant::now() + Duration::from_secs(2));
    let signs = Signs::default();
    signs.note_unreachable(4, start);
    signs.note_reached();
    signs.note_unreachable(4, late);
    assert!(!signs.is_given_up(4, late));
    // Nor is the next one for what the one before it did.
    signs.note_unreachable(5, late + Duration::from_secs(2));
    assert!(!signs.is_given_up(5, late + Duration::from_secs(2)));
}
