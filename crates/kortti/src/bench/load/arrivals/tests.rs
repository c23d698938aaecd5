use std::time::Duration;

use super::Arrivals;

#[test]
fn even_arrivals_are_all_the_same_time_apart() {
    let mut arrivals = Arrivals::even(200);
    assert!((0..10).all(|_| arrivals.gap() == Duration::from_millis(5)));
}

#[test]
fn poisson_arrivals_have_the_rate_and_the_spread_of_their_kind() {
    const COUNT: u32 = 100_000;
    let mut arrivals = Arrivals::poisson(1000, 42);
    let gaps: Vec<Duration> = (0..COUNT).map(|_| arrivals.gap()).collect();
    let mean = (gaps.iter().sum::<Duration>() / COUNT).as_secs_f64();
    assert!((mean - 1e-3).abs() < 1e-5, "mean {mean}");
    // Of exponential times, 1 - 1/e are shorter than their mean, and 1/e^3 longer than three of it.
    let share =
        |is: fn(&Duration) -> bool| gaps.iter().filter(|gap| is(gap)).count() as f64 / f64::from(COUNT);
    assert!((share(|gap| *gap < Duration::from_millis(1)) - 0.632).abs() < 0.005);
    assert!((share(|gap| *gap > Duration::from_millis(3)) - 0.050).abs() < 0.005);
}
