//! Trying again what others were in the way of.

use std::time::Duration;

/// Waits a moment of random length before try number `attempt + 1`, so that those who met do not meet again.
pub(crate) async fn pause(attempt: u32) {
    let most_micros = 2_000 * u64::from(attempt.min(10));
    tokio::time::sleep(Duration::from_micros(fastrand::u64(100..=most_micros))).await;
}
