use std::collections::HashSet;

use super::*;

#[test]
fn bytes_differ_from_draw_to_draw() {
    let drawn: HashSet<[u8; 16]> = (0..1000).map(|_| bytes()).collect();
    assert_eq!(drawn.len(), 1000);
}

#[test]
fn digits_stay_below_their_bound_and_reach_every_digit() {
    let mut counts = [0_u32; 10];
    for _ in 0..10_000 {
        counts[usize::try_from(digits::<1>()).unwrap()] += 1;
    }
    // Each digit is expected 1000 times with a standard deviation of 30: ten deviations never happen by chance.
    assert!(counts.iter().all(|&count| (700..1300).contains(&count)));
    assert!((0..1000).all(|_| digits::<12>() < 1_000_000_000_000));
    assert!((0..1000).all(|_| digits::<19>() < 10_000_000_000_000_000_000));
}

#[test]
fn secrets_are_long_url_safe_and_different() {
    let first = secret();
    assert_eq!(first.len(), 43);
    assert!(first.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
    assert_ne!(*first, *secret());
}
