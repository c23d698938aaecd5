//! What came of a load.

use std::time::{Duration, Instant};

use super::{Workload, connection::Answer};
use crate::{Failure, bench::latency::Latencies};

/// What came of a load.
pub struct Measured<W> {
    /// The workload, with what it has seen.
    pub workload: W,
    /// How long the answers took that count; one that is not a success does not. What was not answered is among them with the
    /// time it has waited.
    pub latencies: Latencies,
    /// How late the load itself was: the time from when a request of an open load was due until it was sent, where a
    /// connection was free for it. This much of its latency is not the server's.
    pub lateness: Latencies,
    /// The longest time that a server went without a success, from the first request to the last answer; of several servers the
    /// one that took longest.
    pub longest_gap: Duration,
    unanswered: usize,
    failures: usize,
    first_failure: Option<Failure>,
    from: Instant,
    took: Duration,
}

impl<W> Measured<W> {
    /// Nothing yet; it is measured from this moment on.
    pub(super) fn new(workload: W, from: Instant) -> Self {
        Self {
            workload,
            latencies: Latencies::default(),
            lateness: Latencies::default(),
            longest_gap: Duration::ZERO,
            unanswered: 0,
            failures: 0,
            first_failure: None,
            from,
            took: Duration::ZERO,
        }
    }

    /// How many answers a second brought.
    pub fn per_second(&self) -> f64 {
        self.answers() as f64 / self.took.as_secs_f64()
    }

    /// How many answers count.
    const fn answers(&self) -> usize {
        self.latencies.count() - self.unanswered
    }

    /// How many requests failed, while warming up too: answered with anything but a success, not as expected, or not at all.
    pub const fn failures(&self) -> usize {
        self.failures
    }

    /// This, if no request failed.
    ///
    /// # Errors
    /// The first failure.
    pub fn flawless(self) -> Result<Self, Failure> {
        match self.first_failure {
            Some(failure) => Err(failure),
            None => Ok(self),
        }
    }

    /// This, if there is anything to tell.
    pub(super) fn at_least_one(self) -> Result<Self, Failure> {
        match self.first_failure {
            _ if self.answers() > 0 => Ok(self),
            Some(failure) => Err(failure),
            None => Err(Failure::new(
                "no request was answered in the time that is measured; give it more --seconds",
            )),
        }
    }

    pub(super) const fn from(&self) -> Instant {
        self.from
    }

    /// A request has just been sent that was due then.
    pub(super) fn note_sent(&mut self, due: Instant) {
        if due >= self.from {
            self.lateness.note(due.elapsed());
        }
    }

    /// A request that was due then will not be answered.
    pub(super) fn note_unanswered(&mut self, due: Instant) {
        if due >= self.from {
            self.latencies.note(due.elapsed());
            self.unanswered += 1;
        }
        self.note_failure(Failure::new("a request was not answered in time"));
    }

    fn note_failure(&mut self, failure: Failure) {
        self.failures += 1;
        self.first_failure.get_or_insert(failure);
    }
}

impl<W: Workload> Measured<W> {
    /// An answer has come; if it counts, `came` says when. Whether it is a success.
    pub(super) fn note_answer(&mut self, answer: &Answer<'_>, came: Option<Instant>) -> bool {
        let checked = answer.head.check(answer.body).and_then(|()| self.workload.answered(answer.body));
        let is_success = checked.is_ok();
        match (checked, came) {
            (Err(failure), _) => self.note_failure(failure),
            (Ok(()), Some(came)) => {
                self.latencies.note(came - answer.due);
                self.took = came - self.from;
            }
            (Ok(()), None) => {}
        }
        is_success
    }
}
