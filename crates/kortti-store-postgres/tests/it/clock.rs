//! A machine whose clock is wrong.

use std::time::{Duration, SystemTime};

use kortti_store::{Store, StoreError};
use kortti_store_postgres::{Options, PostgresStore};

use crate::place::{Place, append_one, head, patient};

const DAY_MS: i64 = 86_400_000;
/// How long the test itself may take, and more.
const A_WHILE_MS: i64 = 600_000;

#[expect(clippy::disallowed_methods, reason = "the machine's clock is what is tested")]
fn right() -> SystemTime {
    SystemTime::now()
}

fn a_day_ahead() -> SystemTime {
    right() + Duration::from_secs(86_400)
}

fn a_day_behind() -> SystemTime {
    right() - Duration::from_secs(86_400)
}

fn opened(place: &Place, clock: fn() -> SystemTime) -> Result<PostgresStore, StoreError> {
    PostgresStore::open(&place.url(), Options { clock, ..patient() })
}

#[test]
fn clock_that_is_a_day_off_is_refused_and_the_error_says_so() {
    let place = Place::new();
    append_one(&place.store(), 1, 10).unwrap();
    let clocks: [(fn() -> SystemTime, _, _); 2] =
        [(a_day_ahead, 1, "ahead of"), (a_day_behind, -1, "behind")];
    for (clock, sign, direction) in clocks {
        let error = opened(&place, clock).unwrap_err();
        let said = error.to_string();
        let StoreError::Clock { ahead_ms } = error else { panic!("{said}") };
        assert!((ahead_ms * sign - DAY_MS).abs() < A_WHILE_MS, "{ahead_ms}");
        assert!(said.contains(direction) && said.contains(" s ") && said.contains("NTP"), "{said}");
    }
    assert_eq!(head(&place.store()), 1);
}

#[test]
fn clock_that_is_two_seconds_off_is_taken() {
    let place = Place::new();
    for clock in [|| right() + Duration::from_secs(2), || right() - Duration::from_secs(2)] {
        opened(&place, clock).unwrap().check_clock().unwrap();
    }
}
