//! Finds cards by what is theirs alone, a number, at a dozen bytes for each card.

use std::hash::{BuildHasher, Hash};

use kortti_core::id::CardId;
use parking_lot::RwLock;
use rustc_hash::FxBuildHasher;

const SHARDS: usize = 128;

/// An index of cards by a key that never changes and is never given up. It keeps no keys: whoever looks for one compares it
/// with the card's own. Callers must not be able to choose the keys.
pub(crate) struct CardIndex {
    shards: Box<[RwLock<Table>]>,
}

impl Default for CardIndex {
    fn default() -> Self {
        Self { shards: (0..SHARDS).map(|_| RwLock::default()).collect() }
    }
}

impl CardIndex {
    /// The card of a key: the one for which `is_it` holds among those that may have it, almost always one at most.
    pub fn find(&self, key: &impl Hash, is_it: impl Fn(CardId) -> bool) -> Option<CardId> {
        let (shard, hash) = self.place(key);
        shard.read().find(hash, is_it)
    }

    /// Notes that a card has a key.
    pub fn insert(&self, key: &impl Hash, id: CardId) {
        let (shard, hash) = self.place(key);
        shard.write().insert(hash, id);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.shards.iter().for_each(|shard| *shard.write() = Table::default());
    }

    fn place(&self, key: &impl Hash) -> (&RwLock<Table>, u32) {
        // The hasher leaves little of the key in some bits; multiplied once more, the upper ones have all of it.
        let hash = FxBuildHasher.hash_one(key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let index = (hash >> 25) as usize % SHARDS;
        #[expect(clippy::indexing_slicing, reason = "the remainder is below the number of shards")]
        (&self.shards[index], ((hash >> 32) as u32).max(1))
    }
}

/// A hash table with open addressing, filled between 70 and 88 in a hundred: where a usual one doubles, this one grows by a
/// quarter, and what is moved then stays in order.
#[derive(Default)]
struct Table {
    /// The hash in each slot; zero where it is free.
    hashes: Box<[u32]>,
    /// The card in each slot.
    ids: Box<[i64]>,
    used: usize,
}

impl Table {
    fn find(&self, hash: u32, is_it: impl Fn(CardId) -> bool) -> Option<CardId> {
        self.slots(hash)
            .map_while(|slot| {
                Some((*self.hashes.get(slot).filter(|found| **found != 0)?, *self.ids.get(slot)?))
            })
            .filter(|(found, _)| *found == hash)
            .map(|(_, id)| CardId(id))
            .find(|id| is_it(*id))
    }

    fn insert(&mut self, hash: u32, id: CardId) {
        if self.used >= self.ids.len() - self.ids.len() / 8 {
            self.grow();
        }
        self.put(hash, id.0);
        self.used += 1;
    }

    fn grow(&mut self) {
        let size = self.ids.len() + self.ids.len() / 4 + 8;
        let hashes = std::mem::replace(&mut self.hashes, vec![0; size].into());
        let ids = std::mem::replace(&mut self.ids, vec![0; size].into());
        hashes.iter().zip(&ids).filter(|(hash, _)| **hash != 0).for_each(|(hash, id)| self.put(*hash, *id));
    }

    #[expect(clippy::indexing_slicing, reason = "slots are below the length of both")]
    fn put(&mut self, hash: u32, id: i64) {
        if let Some(slot) = self.slots(hash).find(|slot| self.hashes[*slot] == 0) {
            self.hashes[slot] = hash;
            self.ids[slot] = id;
        }
    }

    /// The slots in which a hash is looked for, all of them at most.
    fn slots(&self, hash: u32) -> impl Iterator<Item = usize> + use<> {
        let size = self.ids.len();
        let first = ((u64::from(hash) * size as u64) >> 32) as usize;
        (first..size).chain(0..first)
    }
}
