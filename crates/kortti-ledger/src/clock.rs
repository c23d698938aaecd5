//! The one clock of the system. In the sandbox it can be moved ahead; everything that time drives hangs on it.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use kortti_core::time::Timestamp;
use minicbor::{Decode, Encode};

/// A clock.
#[derive(Debug)]
pub struct Clock {
    source: Source,
    ahead_ms: AtomicI64,
}

/// How the clock is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ClockMove {
    /// Forward by so many milliseconds.
    #[n(0)]
    By {
        /// How many.
        #[n(0)]
        ms: i64,
    },
    /// Forward to an instant.
    #[n(1)]
    To(#[n(0)] Timestamp),
}

#[derive(Debug)]
enum Source {
    Machine,
    Fixed(Timestamp),
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn machine() -> Self {
        Self { source: Source::Machine, ahead_ms: AtomicI64::new(0) }
    }

    /// A clock that stands at `start` unless it is moved.
    #[must_use]
    pub const fn fixed(start: Timestamp) -> Self {
        Self { source: Source::Fixed(start), ahead_ms: AtomicI64::new(0) }
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.source().plus_ms(self.ahead_ms.load(Ordering::Acquire))
    }

    /// How far ahead of its source the clock would run if it showed `to`, in milliseconds.
    #[must_use]
    pub fn ahead_ms_at(&self, to: Timestamp) -> i64 {
        to.0.saturating_sub(self.source().0)
    }

    /// Lets the clock run `ms` milliseconds ahead of its source.
    pub(crate) fn set_ahead_ms(&self, ms: i64) {
        self.ahead_ms.store(ms, Ordering::Release);
    }

    fn source(&self) -> Timestamp {
        match self.source {
            Source::Fixed(start) => start,
            Source::Machine => Timestamp(machine_ms()),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn machine_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}
