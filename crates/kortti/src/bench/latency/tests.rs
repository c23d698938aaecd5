use std::time::Duration;

use super::Latencies;

fn of(millis: impl IntoIterator<Item = u64>) -> Latencies {
    let mut latencies = Latencies::default();
    millis.into_iter().for_each(|millis| latencies.note(Duration::from_millis(millis)));
    latencies.sorted()
}

#[test]
fn percentile_is_the_nearest_rank_whatever_the_order_of_arrival() {
    let latencies = of((1..=100).rev());
    assert_eq!(latencies.percentile_ms(0.5), 50.0);
    assert_eq!(latencies.percentile_ms(0.99), 99.0);
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
fn latency_beyond_the_counter_is_its_maximum() {
    let latencies = of([u64::from(u32::MAX)]);
    assert_eq!(latencies.percentile_ms(0.5), f64::from(u32::MAX) / 1000.0);
}
