//! A map that many read while one writes, and whose growth never stalls anybody for long: it grows shard by shard.

use std::{
    borrow::Borrow,
    hash::{BuildHasher, Hash},
};

use parking_lot::{RwLock, RwLockReadGuard};
use rustc_hash::FxBuildHasher;
use std::collections::HashMap;

/// So many that one of them grows fast, however many keys there are.
const MANY: usize = 128;

/// A map in `SHARDS` shards, each behind its own lock. `S` hashes the keys; keys that a caller chooses need a seeded hasher.
pub struct Sharded<K, V, S = FxBuildHasher, const SHARDS: usize = MANY> {
    hasher: S,
    shards: Box<[RwLock<HashMap<K, V, S>>; SHARDS]>,
}

impl<K: Hash + Eq, V: Clone, S: BuildHasher + Clone + Default, const SHARDS: usize> Default
    for Sharded<K, V, S, SHARDS>
{
    fn default() -> Self {
        let hasher = S::default();
        let shard = || RwLock::new(HashMap::with_hasher(hasher.clone()));
        Self { shards: Box::new(std::array::from_fn(|_| shard())), hasher }
    }
}

impl<K: Hash + Eq, V: Clone, S: BuildHasher + Clone + Default, const SHARDS: usize> Sharded<K, V, S, SHARDS> {
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

    /// Puts a value there, if `gives_way` says so of the one that is there, or there is none.
    pub fn insert_over(&self, key: K, value: V, gives_way: impl FnOnce(&V) -> bool) {
        let mut shard = self.shard(&key).write();
        if shard.get(&key).is_none_or(gives_way) {
            shard.insert(key, value);
        }
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

    /// The keys, in no order.
    pub fn keys(&self) -> Vec<K>
    where
        K: Clone,
    {
        self.shards.iter().flat_map(|shard| shard.read().keys().cloned().collect::<Vec<_>>()).collect()
    }

    /// Visits everything, in no order.
    pub fn for_each(&self, mut visit: impl FnMut(&K, &V)) {
        for shard in &*self.shards {
            shard.read().iter().for_each(|(key, value)| visit(key, value));
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.shards.iter().for_each(|shard| *shard.write() = HashMap::with_hasher(self.hasher.clone()));
    }

    /// All shards at once, for somebody who looks up several keys. Nobody writes as long as it is held.
    pub fn read(&self) -> Reading<'_, K, V, S, SHARDS> {
        Reading { hasher: &self.hasher, shards: std::array::from_fn(|shard| self.shards[shard].read()) }
    }

    fn shard<Q: Hash + ?Sized>(&self, key: &Q) -> &RwLock<HashMap<K, V, S>> {
        #[expect(clippy::indexing_slicing, reason = "the remainder is below the number of shards")]
        &self.shards[place(&self.hasher, key) % SHARDS]
    }
}

/// By what a key's shard is chosen. The maps use the lowest and the highest bits of the same hash; these are between them.
fn place<Q: Hash + ?Sized>(hasher: &impl BuildHasher, key: &Q) -> usize {
    (hasher.hash_one(key) >> 40) as usize
}

/// A map that nobody changes as long as this is held.
pub struct Reading<'a, K, V, S, const SHARDS: usize> {
    hasher: &'a S,
    shards: [RwLockReadGuard<'a, HashMap<K, V, S>>; SHARDS],
}

impl<K: Hash + Eq, V, S: BuildHasher, const SHARDS: usize> Reading<'_, K, V, S, SHARDS> {
    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        #[expect(clippy::indexing_slicing, reason = "the remainder is below the number of shards")]
        self.shards[place(self.hasher, key) % SHARDS].get(key)
    }
}
