//! What is due, and when.

use std::collections::BTreeMap;

use kortti_core::{id::CardId, time::Timestamp};

/// How many neighbouring cards share a word.
const WORD: i64 = 64;

/// The instants at which something is due for a card, in order. Cards that are issued one after the other are mostly due at
/// the same instant, the end of a month, and take a bit each then.
#[derive(Default)]
pub(crate) struct Agenda {
    words: BTreeMap<(Timestamp, i64), u64>,
}

impl Agenda {
    /// Notes a card at an instant.
    pub fn insert(&mut self, at: Timestamp, card: CardId) {
        *self.words.entry((at, card.0.div_euclid(WORD))).or_default() |= bit(card);
    }

    /// Strikes a card at an instant out.
    pub fn remove(&mut self, at: Timestamp, card: CardId) {
        let key = (at, card.0.div_euclid(WORD));
        let Some(word) = self.words.get_mut(&key) else { return };
        *word &= !bit(card);
        if *word == 0 {
            self.words.remove(&key);
        }
    }

    /// The earliest instant.
    pub fn next(&self) -> Option<Timestamp> {
        self.words.first_key_value().map(|((at, _), _)| *at)
    }

    /// What is due by `now`, the earliest first and at one instant by id, at most `limit`.
    pub fn due_by(&self, now: Timestamp, limit: usize) -> Vec<(Timestamp, CardId)> {
        let words = self.words.iter().take_while(|((at, _), _)| *at <= now);
        let cards = words.flat_map(|((at, word), bits)| {
            (0..WORD)
                .filter(move |place| bits >> place & 1 == 1)
                .map(move |place| (*at, CardId(word * WORD + place)))
        });
        cards.take(limit).collect()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.words.clear();
    }
}

const fn bit(card: CardId) -> u64 {
    1 << card.0.rem_euclid(WORD)
}
