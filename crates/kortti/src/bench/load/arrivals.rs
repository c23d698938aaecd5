//! When the requests of an open load are due.

use std::time::Duration;

/// The times between requests, without end.
pub struct Arrivals {
    gap: Duration,
}

impl Arrivals {
    /// Evenly spread.
    pub fn even(per_second: u32) -> Self {
        Self { gap: Duration::from_secs(1) / per_second.max(1) }
    }

    /// The time from one request to the next.
    pub const fn gap(&mut self) -> Duration {
        self.gap
    }
}

#[cfg(test)]
mod tests;
