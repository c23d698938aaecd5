//! Sets of ids of which many are neighbours.

use std::{collections::BTreeMap, marker::PhantomData};

use crate::paged::Numbered;

/// How many neighbours share a word.
const WORD: i64 = 64;

/// A set of ids, in order, a bit for each. It grows a little at a time: no insertion copies what is there.
pub(crate) struct Marks<K> {
    words: BTreeMap<i64, u64>,
    keys: PhantomData<fn(K)>,
}

impl<K> Default for Marks<K> {
    fn default() -> Self {
        Self { words: BTreeMap::new(), keys: PhantomData }
    }
}

impl<K: Numbered> Marks<K> {
    /// Adds an id.
    pub fn insert(&mut self, id: K) {
        let (word, bit) = place(id);
        *self.words.entry(word).or_default() |= bit;
    }

    /// All ids, in order.
    pub fn iter(&self) -> impl Iterator<Item = K> {
        self.words.iter().flat_map(|(word, bits)| members(*word, *bits))
    }
}

/// The word that an id is in, and its bit there.
pub(crate) fn place<K: Numbered>(id: K) -> (i64, u64) {
    (id.number().div_euclid(WORD), 1 << id.number().rem_euclid(WORD))
}

/// The ids of a word whose bits are set.
pub(crate) fn members<K: Numbered>(word: i64, bits: u64) -> impl Iterator<Item = K> {
    (0..WORD).filter(move |place| bits >> place & 1 == 1).map(move |place| K::of(word * WORD + place))
}
