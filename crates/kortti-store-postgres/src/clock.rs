//! This machine's clock beside the server's: what a process enters has its time, and time never goes back.

use std::time::{Duration, SystemTime};

use kortti_store::StoreError;

use crate::connect::{Connection, before_commit, within};
use crate::error::{Failure, Sort, corrupt};
use crate::retry::pause;

/// How far apart the two may be: more than clocks that are kept right ever are, and less than does harm.
const APART: Duration = Duration::from_secs(10);

/// What an error calls the place where the server's time was looked for.
pub(crate) const CLOCK: &str = "clock";

const NOW: &str = "SELECT clock_timestamp()";

/// How often it is asked when others are in the way.
const ATTEMPTS: u32 = 8;

/// Compares the clocks when a store is opened, on the connection there is by then.
///
/// # Errors
/// [`StoreError::Clock`] when they are too far apart.
pub(crate) async fn check_until_answered(
    connection: &Connection,
    now: fn() -> SystemTime,
) -> Result<(), StoreError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match check(connection, now).await {
            Err(failure) if failure.sort() == Sort::Conflict && attempt < ATTEMPTS => pause(attempt).await,
            checked => return checked.map_err(before_commit(CLOCK)),
        }
    }
}

/// Compares this machine's clock, which is `now`, with the server's.
pub(crate) async fn check(connection: &Connection, now: fn() -> SystemTime) -> Result<(), Failure> {
    let query = connection.client.query_one(NOW, &[]);
    let before = now();
    let row = within(connection.limit, query).await?;
    let after = now();
    let server = row.try_get(0).map_err(|_| corrupt(CLOCK, 0))?;
    compare(before, server, after).map_err(Failure::Store)
}

/// The server has looked at its clock at some time between `before` and `after`: an answer that took long is no difference.
fn compare(before: SystemTime, server: SystemTime, after: SystemTime) -> Result<(), StoreError> {
    let millis = |apart: Duration| i64::try_from(apart.as_millis()).unwrap_or(i64::MAX);
    // An error says that the second is the later one.
    let ahead = before.duration_since(server).unwrap_or_default();
    let behind = server.duration_since(after).unwrap_or_default();
    if ahead.max(behind) <= APART {
        return Ok(());
    }
    Err(StoreError::Clock { ahead_ms: millis(ahead).saturating_sub(millis(behind)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000 + millis)
    }

    fn ahead(before: u64, server: u64, after: u64) -> Option<i64> {
        match compare(at(before), at(server), at(after)) {
            Ok(()) => None,
            Err(StoreError::Clock { ahead_ms }) => Some(ahead_ms),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn clocks_may_be_ten_seconds_apart_and_no_more() {
        assert_eq!(ahead(10_000, 0, 10_500), None);
        assert_eq!(ahead(10_001, 0, 10_500), Some(10_001));
        assert_eq!(ahead(500, 11_000, 1_000), None);
        assert_eq!(ahead(500, 11_001, 1_000), Some(-10_001));
    }

    #[test]
    fn answer_that_takes_long_is_no_difference() {
        assert_eq!(ahead(0, 1_000, 60_000), None);
        assert_eq!(ahead(0, 59_000, 60_000), None);
    }
}
