//! How long answers took.

use std::time::Duration;

/// Times of answers, kept one by one: a run has some millions at most, and so no percentile is an estimate.
#[derive(Default)]
pub struct Latencies {
    /// In microseconds, in no order until they are [sorted](Self::sorted).
    micros: Vec<u32>,
}

impl Latencies {
    /// Notes one.
    pub fn note(&mut self, took: Duration) {
        self.micros.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.micros.len()
    }

    /// Ready for asking.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.micros.sort_unstable();
        self
    }

    /// The shortest time, in milliseconds, that the given share of all (0 to 1) did not exceed: the nearest rank. Zero when
    /// there are none.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let rank = (share * self.micros.len() as f64).ceil() as usize;
        self.micros.get(rank.saturating_sub(1)).map_or(0.0, |micros| f64::from(*micros) / 1000.0)
    }
}

#[cfg(test)]
mod tests;
