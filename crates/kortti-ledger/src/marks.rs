//! Sets of ids of which many are neighbours.

use std::marker::PhantomData;

use rustc_hash::FxHashMap;

use crate::paged::Numbered;

/// How many neighbours share a word.
const WORD: i64 = 64;

/// How many words share a page.
const PAGE: usize = 64;

/// A set of ids, a bit for each, in pages. It grows a little at a time: no insertion copies what is there.
pub(crate) struct Marks<K> {
    pages: FxHashMap<i64, Box<[u64; PAGE]>>,
    keys: PhantomData<fn(K)>,
}

impl<K> Default for Marks<K> {
    fn default() -> Self {
        Self { pages: FxHashMap::default(), keys: PhantomData }
    }
}

impl<K: Numbered> Marks<K> {
    /// Adds an id.
    pub fn insert(&mut self, id: K) {
        let (word, bit) = place(id);
        let page = self.pages.entry(word.div_euclid(PAGE as i64)).or_insert_with(|| Box::new([0; PAGE]));
        if let Some(word) = page.get_mut(word.rem_euclid(PAGE as i64) as usize) {
            *word |= bit;
        }
    }

    /// The blocks of `size` neighbours that have any of the ids, in order, by their numbers. Whole blocks fill a word.
    pub fn blocks(&self, size: i64) -> impl Iterator<Item = i64> {
        let places = move |block: i64| (u64::MAX >> (WORD - size)) << (block * size);
        let blocks = move |(word, bits): (i64, u64)| {
            let has_any = move |block: &i64| bits & places(*block) != 0;
            (0..WORD / size).filter(has_any).map(move |block| word * (WORD / size) + block)
        };
        self.words().flat_map(blocks)
    }

    fn words(&self) -> impl Iterator<Item = (i64, u64)> {
        let mut pages: Vec<_> = self.pages.iter().collect();
        pages.sort_unstable_by_key(|(page, _)| **page);
        pages.into_iter().flat_map(|(page, words)| (page * PAGE as i64..).zip(**words))
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
