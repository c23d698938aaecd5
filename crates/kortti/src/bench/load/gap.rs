//! How long nothing succeeded.

use std::time::{Duration, Instant};

/// The longest time without a success, of all that came from one server.
#[derive(Clone, Copy)]
pub struct Gap {
    last: Instant,
    longest: Duration,
}

impl Gap {
    /// None has come yet; one is waited for from this moment on.
    pub const fn since(begin: Instant) -> Self {
        Self { last: begin, longest: Duration::ZERO }
    }

    /// One has come.
    pub fn note(&mut self, at: Instant) {
        self.longest = self.longest(at);
        self.last = at;
    }

    /// The longest time until now. What is still waited for counts: a server that never answers again has no success that
    /// would end its gap.
    pub fn longest(&self, now: Instant) -> Duration {
        self.longest.max(now.saturating_duration_since(self.last))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Gap;

    fn longest(successes: &[u64], now: u64) -> u128 {
        let begin = Instant::now();
        let mut gap = Gap::since(begin);
        successes.iter().for_each(|ms| gap.note(begin + Duration::from_millis(*ms)));
        gap.longest(begin + Duration::from_millis(now)).as_millis()
    }

    #[test]
    fn longest_gap_is_found_wherever_it_is() {
        assert_eq!(longest(&[10, 30, 90, 100], 110), 60);
        assert_eq!(longest(&[80, 90, 100], 110), 80);
        assert_eq!(longest(&[10, 20], 110), 90);
    }

    #[test]
    fn without_any_success_all_of_the_time_is_a_gap() {
        assert_eq!(longest(&[], 110), 110);
    }
}
