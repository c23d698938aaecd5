use super::Random;

#[test]
fn same_seed_draws_the_same_numbers() {
    let numbers = |seed| {
        let mut random = Random::seeded(seed);
        [(); 4].map(|()| random.draw())
    };
    assert_eq!(numbers(1), numbers(1));
    assert_ne!(numbers(1), numbers(2));
}

#[test]
fn bound_is_never_reached_and_everything_below_it_is() {
    let mut random = Random::seeded(7);
    let mut seen = [0; 10];
    (0..1000).for_each(|_| seen[random.below(10) as usize] += 1);
    assert!(seen.into_iter().all(|times| times > 0));
    assert_eq!(random.below(0), 0);
}
