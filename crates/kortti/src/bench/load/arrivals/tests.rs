use std::time::Duration;

use super::Arrivals;

#[test]
fn even_arrivals_are_all_the_same_time_apart() {
    let mut arrivals = Arrivals::even(200);
    assert!((0..10).all(|_| arrivals.gap() == Duration::from_millis(5)));
}
