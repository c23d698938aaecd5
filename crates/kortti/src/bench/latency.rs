//! How long answers took.

use std::time::Duration;

/// Each doubling of time is cut into this many steps, as a power of two: no percentile is off by more than 1/128.
const STEP_BITS: u32 = 7;
/// Times from 2^42 ns, which is 73 minutes, are one.
const TIME_BITS: u32 = 42;
const STEPS: usize = ((TIME_BITS - STEP_BITS + 1) as usize) << STEP_BITS;

/// Times of answers, counted in steps that grow with the time: noting one costs some nanoseconds, however many there are, and
/// never asks for memory, which would hold up the very load that is measured.
#[derive(Clone)]
pub struct Latencies {
    steps: Box<[u32]>,
    count: usize,
    longest_nanos: u64,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { steps: vec![0; STEPS].into(), count: 0, longest_nanos: 0 }
    }
}

impl Latencies {
    /// Notes one.
    pub fn note(&mut self, took: Duration) {
        let most = (1 << TIME_BITS) - 1;
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(most).min(most);
        if let Some(step) = self.steps.get_mut(step_of(nanos)) {
            *step += 1;
        }
        self.count += 1;
        self.longest_nanos = self.longest_nanos.max(nanos);
    }

    /// Adds those that somebody else has noted.
    pub fn merge(&mut self, other: &Self) {
        self.steps.iter_mut().zip(&other.steps).for_each(|(mine, theirs)| *mine += theirs);
        self.count += other.count;
        self.longest_nanos = self.longest_nanos.max(other.longest_nanos);
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// A time, in milliseconds, that the given share of all (0 to 1) did not exceed: the upper end of the step that has the
    /// nearest rank, so that it never flatters. Zero when there are none.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let rank = ((share * self.count as f64).ceil() as usize).max(1);
        let mut below = 0;
        let step = self.steps.iter().position(|count| {
            below += *count as usize;
            below >= rank
        });
        step.map_or(0.0, |step| upper_end_of(step).min(self.longest_nanos) as f64 / 1e6)
    }
}

/// The step of a time. Below 2^8 ns each has its own; from there on a step is known by the number of the time's leading bits
/// and what they are.
const fn step_of(nanos: u64) -> usize {
    let shift = (u64::BITS - nanos.leading_zeros()).saturating_sub(STEP_BITS + 1);
    ((shift as usize) << STEP_BITS) + (nanos >> shift) as usize
}

/// The longest time of a step, in nanoseconds.
const fn upper_end_of(step: usize) -> u64 {
    let shift = (step >> STEP_BITS).saturating_sub(1);
    let leading = step - (shift << STEP_BITS);
    ((leading as u64 + 1) << shift) - 1
}

#[cfg(test)]
mod tests;
