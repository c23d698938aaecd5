//! A map that many read while one writes, and whose growth never stalls anybody for long: it grows shard by shard.

use std::{
    borrow::Borrow,
    hash::{BuildHasher, Hash},
};

use parking_lot::RwLock;
use rustc_hash::FxBuildHasher;
use std::collections::HashMap;

const SHARDS: usize = 128;

/// A map in shards, each behind its own lock. `S` hashes the keys; keys that a caller chooses need a seeded hasher.
pub struct Sharded<K, V, S = FxBuildHasher> {
    hasher: S,
    shards: Box<[RwLock<HashMap<K, V, S>>]>,
}

impl<K: Hash + Eq, V: Clone, S: BuildHasher + Clone + Default> Default for Sharded<K, V, S> {
    fn default() -> Self {
        let hasher = S::default();
        let shard = || RwLock::new(HashMap::with_hasher(hasher.clone()));
        Self { shards: (0..SHARDS).map(|_| shard()).collect(), hasher }
    }
}

impl<K: Hash + Eq, V: Clone, S: BuildHasher + Clone + Default> Sharded<K, V, S> {
    /// The value of a key.
    pub fn find<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shard(key).read().get(key).cloned()
    }

    /// Puts a value in place of what was there, which it returns.
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        self.shard(&key).write().insert(key, value)
    }

    /// Removes a key.
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.shard(key).write().remove(key)
    }

    /// Changes the value of a key in place, starting from the default.
    pub fn update(&self, key: K, change: impl FnOnce(&mut V))
    where
        V: Default,
    {
        change(self.shard(&key).write().entry(key).or_default());
    }

    /// Changes the value of a key in place, if it has one, and removes it where `change` says so.
    pub fn remove_where(&self, key: &K, change: impl FnOnce(&mut V) -> bool) {
        let mut shard = self.shard(key).write();
        if shard.get_mut(key).is_some_and(change) {
            shard.remove(key);
        }
    }

    /// Looks at the value of a key without cloning it.
    pub fn with<Q, T>(&self, key: &Q, look: impl FnOnce(Option<&V>) -> T) -> T
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        look(self.shard(key).read().get(key))
    }

    /// How many keys there are.
    pub fn count(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().len()).sum()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.shards.iter().all(|shard| shard.read().is_empty())
    }

    /// Visits everything, in no order.
    pub fn for_each(&self, mut visit: impl FnMut(&K, &V)) {
        for shard in &self.shards {
            shard.read().iter().for_each(|(key, value)| visit(key, value));
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.shards.iter().for_each(|shard| *shard.write() = HashMap::with_hasher(self.hasher.clone()));
    }

    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> &RwLock<HashMap<K, V, S>> {
        // The maps use the lowest and the highest bits of the same hash; the shard is chosen by bits between them.
        let index = (self.hasher.hash_one(key) >> 40) as usize % SHARDS;
        #[expect(clippy::indexing_slicing, reason = "the remainder is below the number of shards")]
        &self.shards[index]
    }
}
