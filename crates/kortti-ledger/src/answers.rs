//! What was answered to requests that may be repeated, and for how long that is remembered.

use kortti_core::{
    event::Event,
    id::{IdempotencyKey, TransactionId},
    time::{DAY_MS, Timestamp},
};

use rustc_hash::FxHashMap;

use crate::{HotState, Outcome, STREAM, journal::CHUNK, segments::Segments, snapshot::OF_ENTRIES};

/// How long a repeated request is recognised at least.
pub(crate) const RETRY_WINDOW_MS: i64 = DAY_MS;
/// How many answers are looked at after each batch, and each chunk of the journal that is followed: more than it adds, and so
/// few that nobody waits for it.
const AT_ONCE: usize = 2 * CHUNK;

/// The block that an entry's answer is in: its row of a snapshot.
pub(crate) const fn block(sequence: u64) -> i64 {
    sequence.cast_signed().div_euclid(OF_ENTRIES)
}

/// What was answered to a request that may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// When.
    pub at: Timestamp,
    /// The id of the thing that was created or updated.
    pub id: i64,
    /// The entry that tells of it.
    pub sequence: u64,
}

impl Answered {
    /// When a request was answered that came to this event: at its time, or where the clock stands after it. Otherwise a
    /// request that moves the clock by a day would be forgotten by what it does, and move it once more when it is repeated.
    pub(crate) fn at(event: &Event, at: Timestamp) -> Timestamp {
        match event {
            Event::ClockMoved(ahead) => at.plus_ms(ahead.after.saturating_sub(ahead.before)),
            _ => at,
        }
    }

    /// Whether a repetition at `now` is still recognised: for a day, and as long as money is held for it, since whoever takes
    /// that back may name the message that asked for it.
    pub(crate) fn is_known_at(self, now: Timestamp, is_open: impl FnOnce(TransactionId) -> bool) -> bool {
        now < self.at.plus_ms(RETRY_WINDOW_MS) || is_open(self.transaction())
    }

    /// The transaction that the request came to, if it is one.
    pub(crate) fn transaction(self) -> TransactionId {
        TransactionId::of(STREAM.0, self.sequence)
    }

    pub(crate) const fn outcome(self) -> Outcome {
        Outcome { id: self.id, sequence: self.sequence, repeated: true, transaction: None }
    }
}

/// The answers in the order in which they may be forgotten.
#[derive(Default)]
pub(crate) struct Answers {
    queue: Segments<Kept>,
    /// How many are kept of each block.
    blocks: FxHashMap<i64, u32>,
}

/// An answer that is kept until then at least.
#[derive(Clone, Copy)]
struct Kept {
    until: Timestamp,
    key: IdempotencyKey,
    answered: Answered,
}

impl Answers {
    /// Those that a state knows.
    pub fn of(state: &HotState) -> Self {
        let mut answers = Self::default();
        state.answered_in_order().iter().for_each(|(key, answered)| answers.keep(*key, *answered));
        answers
    }

    /// Keeps one more.
    pub fn keep(&mut self, key: IdempotencyKey, answered: Answered) {
        *self.blocks.entry(block(answered.sequence)).or_default() += 1;
        self.queue.push(Kept { until: answered.at.plus_ms(RETRY_WINDOW_MS), key, answered });
    }

    /// Lets the state forget those that are not recognised any more at `now`, and tells the blocks of which none is left.
    pub fn forget(&mut self, state: &HotState, now: Timestamp, mut forgotten: impl FnMut(i64)) {
        for _ in 0..AT_ONCE {
            let is_over = self.queue.front().is_some_and(|first| first.until <= now);
            let Some(first) = is_over.then(|| self.queue.pop_front()).flatten() else { return };
            if first.answered.is_known_at(now, |id| state.transactions.is_open(id)) {
                self.queue.push(Kept { until: now.plus_ms(RETRY_WINDOW_MS), ..first });
                continue;
            }
            // The key may belong to another request by now.
            if state.answered.find(&first.key) == Some(first.answered) {
                state.answered.remove(&first.key);
            }
            if self.is_last_of_block(first.answered.sequence) {
                forgotten(block(first.answered.sequence));
            }
        }
    }

    /// Counts one less in the block of an entry; true when none is left there.
    fn is_last_of_block(&mut self, sequence: u64) -> bool {
        match self.blocks.get_mut(&block(sequence)) {
            Some(kept) if *kept > 1 => {
                *kept -= 1;
                false
            }
            _ => self.blocks.remove(&block(sequence)).is_some(),
        }
    }
}
