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

#[test]
fn units_are_spread_evenly_below_one() {
    let mut random = Random::seeded(7);
    let units: Vec<f64> = (0..10_000).map(|_| random.unit()).collect();
    assert!(units.iter().all(|unit| (0.0..1.0).contains(unit)));
    let mean = units.iter().sum::<f64>() / 10_000.0;
    assert!((mean - 0.5).abs() < 0.01, "{mean}");
}
