//! When the requests of an open load are due.

use std::time::Duration;

use crate::random::Random;

/// The times between requests, without end.
pub struct Arrivals {
    mean: Duration,
    /// None when all times are the mean.
    random: Option<Random>,
}

impl Arrivals {
    /// Evenly spread.
    pub fn even(per_second: u32) -> Self {
        Self { mean: Duration::from_secs(1) / per_second.max(1), random: None }
    }

    /// As customers come, who know nothing of each other: a Poisson process.
    pub fn poisson(per_second: u32, seed: u64) -> Self {
        Self { random: Some(Random::seeded(seed)), ..Self::even(per_second) }
    }

    /// The time from one request to the next.
    pub fn gap(&mut self) -> Duration {
        match &mut self.random {
            None => self.mean,
            Some(random) => self.mean.mul_f64(-(1.0 - random.unit()).ln()),
        }
    }
}

#[cfg(test)]
mod tests;
