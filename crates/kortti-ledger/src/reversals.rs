//! Messages that were reversed before they came, and for how long that is remembered.

use std::collections::VecDeque;

use kortti_core::{id::IdempotencyKey, time::Timestamp};
use rustc_hash::FxHashMap;

use crate::answers::RETRY_WINDOW_MS;

/// Whether a reversal that came first is remembered still: as long as its message would be.
pub(crate) const fn is_remembered(at: Timestamp, now: Timestamp) -> bool {
    now.0 < at.plus_ms(RETRY_WINDOW_MS).0
}

/// The reversals that came before their messages. What is forgotten is taken from the front of a queue, so that it does not matter
/// how many there are.
#[derive(Debug, Default)]
pub(crate) struct Reversals {
    by_message: FxHashMap<IdempotencyKey, Timestamp>,
    /// In the order of time.
    queue: VecDeque<(Timestamp, IdempotencyKey)>,
}

impl Reversals {
    /// Whether a message was reversed before it came.
    pub fn has(&self, message: IdempotencyKey, now: Timestamp) -> bool {
        self.by_message.get(&message).is_some_and(|at| is_remembered(*at, now))
    }

    /// Forgets those whose messages would not be recognised any more.
    pub fn forget(&mut self, now: Timestamp) {
        while let Some((at, message)) = self.queue.front().copied().filter(|(at, _)| !is_remembered(*at, now))
        {
            self.queue.pop_front();
            // It may have been reversed once more since.
            if self.by_message.get(&message) == Some(&at) {
                self.by_message.remove(&message);
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&IdempotencyKey, &Timestamp)> {
        self.by_message.iter()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl PartialEq for Reversals {
    fn eq(&self, other: &Self) -> bool {
        self.by_message == other.by_message
    }
}

impl Extend<(IdempotencyKey, Timestamp)> for Reversals {
    /// Notes more, none of which is older than those that there are.
    fn extend<I: IntoIterator<Item = (IdempotencyKey, Timestamp)>>(&mut self, more: I) {
        let mut more: Vec<_> = more.into_iter().map(|(message, at)| (at, message)).collect();
        more.sort_unstable();
        self.by_message.extend(more.iter().map(|(at, message)| (*message, *at)));
        self.queue.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn key(number: u8) -> IdempotencyKey {
        IdempotencyKey([number; 16])
    }

    #[test]
    fn each_is_remembered_for_as_long_as_its_message_would_be() {
        let mut reversals = Reversals::default();
        reversals.extend([(key(2), Timestamp(20)), (key(1), Timestamp(10))]);
        for (later, known) in [(9, [true, true]), (10, [false, true]), (20, [false, false])] {
            let now = Timestamp(RETRY_WINDOW_MS + later);
            assert_eq!([key(1), key(2)].map(|message| reversals.has(message, now)), known, "{now:?}");
            reversals.forget(now);
            assert_eq!(reversals.iter().count(), known.iter().filter(|known| **known).count());
        }
        assert!(reversals.is_empty());
    }

    #[test]
    fn who_is_reversed_once_more_is_remembered_from_then_on() {
        let mut reversals = Reversals::default();
        reversals.extend([(key(1), Timestamp(10))]);
        reversals.extend([(key(1), Timestamp(20))]);
        let now = Timestamp(RETRY_WINDOW_MS + 15);
        reversals.forget(now);
        assert!(reversals.has(key(1), now));
        reversals.forget(now.plus_ms(5));
        assert_eq!(reversals.iter().count(), 0);
    }
}
