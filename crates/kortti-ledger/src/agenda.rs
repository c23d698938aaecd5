//! What is due, and when.

use std::collections::BTreeMap;

use kortti_core::{id::CardId, time::Timestamp};

use crate::marks::{members, place};

/// The instants at which something is due for a card, in order. Cards that are issued one after the other are mostly due at
/// the same instant, the end of a month, and take a bit each then.
#[derive(Default)]
pub(crate) struct Agenda {
    words: BTreeMap<(Timestamp, i64), u64>,
}

impl Agenda {
    /// Notes a card at an instant.
    pub fn insert(&mut self, at: Timestamp, card: CardId) {
        let (word, bit) = place(card);
        *self.words.entry((at, word)).or_default() |= bit;
    }

    /// Strikes a card at an instant out.
    pub fn remove(&mut self, at: Timestamp, card: CardId) {
        let (word, bit) = place(card);
        let Some(bits) = self.words.get_mut(&(at, word)) else { return };
        *bits &= !bit;
        if *bits == 0 {
            self.words.remove(&(at, word));
        }
    }

    /// The earliest instant.
    pub fn next(&self) -> Option<Timestamp> {
        self.words.first_key_value().map(|((at, _), _)| *at)
    }

    /// What is due by `now`, the earliest first and at one instant by id, at most `limit`.
    pub fn due_by(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, CardId)> {
        let words = self.words.iter().take_while(|((at, _), _)| *at <= now);
        let due = words.flat_map(|((at, word), bits)| members(*word, *bits).map(|card| (*at, card)));
        due.take(limit).collect()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.words.clear();
    }
}
