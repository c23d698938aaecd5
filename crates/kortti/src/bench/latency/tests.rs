use std::time::Duration;

use super::{Latencies, STEPS, TIME_BITS, step_of, upper_end_of};

fn of(millis: impl IntoIterator<Item = u64>) -> Latencies {
    let mut latencies = Latencies::default();
    millis.into_iter().for_each(|millis| latencies.note(Duration::from_millis(millis)));
    latencies
}

#[track_caller]
fn assert_close(measured: f64, exact: f64) {
    assert!(measured >= exact && measured <= exact * 1.01, "{measured} is not just above {exact}");
}

#[test]
fn percentile_is_the_nearest_rank_whatever_the_order_of_arrival() {
    let latencies = of((1..=100).rev());
    assert_close(latencies.percentile_ms(0.5), 50.0);
    assert_close(latencies.percentile_ms(0.99), 99.0);
    assert_eq!(latencies.percentile_ms(0.991), 100.0);
    assert_eq!(latencies.percentile_ms(1.0), 100.0);
}

#[test]
fn one_latency_is_every_percentile() {
    let latencies = of([7]);
    assert_eq!([0.0, 0.5, 0.99].map(|share| latencies.percentile_ms(share)), [7.0; 3]);
}

#[test]
fn no_latency_has_percentile_zero() {
    assert_eq!(of([]).percentile_ms(0.99), 0.0);
}

#[test]
fn latency_beyond_the_steps_is_the_longest_that_can_be_noted() {
    let latencies = of([u64::MAX]);
    assert_eq!(latencies.count(), 1);
    assert_eq!(latencies.percentile_ms(0.5), ((1_u64 << TIME_BITS) - 1) as f64 / 1e6);
}

#[test]
fn step_ends_less_than_a_hundredth_above_any_of_its_times() {
    let mut nanos = 0;
    while nanos < 1 << TIME_BITS {
        let step = step_of(nanos);
        let end = upper_end_of(step);
        assert!(step < STEPS && end >= nanos && end - nanos <= nanos / 100, "{nanos} ns in a step to {end}");
        assert_eq!(step_of(end), step);
        assert_eq!(step_of(end + 1), step + 1);
        nanos += nanos / 1000 + 1;
    }
}
