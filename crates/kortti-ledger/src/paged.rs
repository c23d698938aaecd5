//! A map by numbers that are given out in order: neighbours share a page, so that each costs little more than itself.

use std::{
    marker::PhantomData,
    sync::atomic::{AtomicUsize, Ordering},
};

use kortti_core::id::{AccountId, CardId, CustomerId, TransactionId};
use rustc_hash::FxBuildHasher;

use crate::sharded::Sharded;

/// How many neighbours share a page where numbers are hardly ever given up. The table of the pages is then so small that the
/// processor keeps all of it at hand, and to find a value costs a look into the page alone.
pub(crate) const WIDE: usize = 256;
/// The same where most numbers are given up again, and few are left here and there: each may keep a page for itself.
pub(crate) const NARROW: usize = 32;
/// There are few pages, so a shard of them grows in no time; and whoever visits some ids takes all shards.
const SHARDS: usize = 8;

/// A map that many read while one writes, in pages of `PAGE` neighbours. It is at its best when the numbers follow each other
/// closely; a lonely one costs as much as a page of them.
pub(crate) struct Paged<K, V, const PAGE: usize> {
    pages: Sharded<i64, Page<V, PAGE>, FxBuildHasher, SHARDS>,
    count: AtomicUsize,
    keys: PhantomData<fn(K)>,
}

#[derive(Clone)]
struct Page<V, const PAGE: usize>(Box<[Option<V>; PAGE]>);

impl<V, const PAGE: usize> Default for Page<V, PAGE> {
    fn default() -> Self {
        Self(Box::new([const { None }; PAGE]))
    }
}

/// An id that is a number inside.
pub(crate) trait Numbered: Copy {
    fn number(self) -> i64;
    fn of(number: i64) -> Self;
}

macro_rules! numbered {
    ($($id:ident),*) => {
        $(impl Numbered for $id {
            fn number(self) -> i64 {
                self.0
            }
            fn of(number: i64) -> Self {
                Self(number)
            }
        })*
    };
}

numbered!(AccountId, CardId, CustomerId, TransactionId);

impl<K: Numbered, V: Clone, const PAGE: usize> Default for Paged<K, V, PAGE> {
    fn default() -> Self {
        Self { pages: Sharded::default(), count: AtomicUsize::new(0), keys: PhantomData }
    }
}

impl<K: Numbered, V: Clone, const PAGE: usize> Paged<K, V, PAGE> {
    /// The value of an id.
    pub fn find(&self, id: &K) -> Option<V> {
        self.with(id, |value| value.cloned())
    }

    /// Looks at the value of an id without cloning it.
    pub fn with<T>(&self, id: &K, look: impl FnOnce(Option<&V>) -> T) -> T {
        let (page, place) = Self::place(*id);
        self.pages.with(&page, |page| look(page.and_then(|page| page.0.get(place)?.as_ref())))
    }

    /// Visits the values of some ids, in their order, without a lock for each.
    pub fn visit(&self, ids: &[K], mut visit: impl FnMut(&V)) {
        let pages = self.pages.read();
        for id in ids {
            let (page, place) = Self::place(*id);
            if let Some(value) = pages.get(&page).and_then(|page| page.0.get(place)?.as_ref()) {
                visit(value);
            }
        }
    }

    /// Puts a value in place of what was there, which it returns.
    pub fn insert(&self, id: K, value: V) -> Option<V> {
        let (page, place) = Self::place(id);
        let mut old = None;
        self.pages.update(page, |page| old = page.0.get_mut(place).and_then(|slot| slot.replace(value)));
        if old.is_none() {
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        old
    }

    /// Takes the value of an id out. A page that is left without values goes with it.
    pub fn remove(&self, id: &K) -> Option<V> {
        let (page, place) = Self::place(*id);
        let mut old = None;
        self.pages.remove_where(&page, |page| {
            old = page.0.get_mut(place).and_then(Option::take);
            page.0.iter().all(Option::is_none)
        });
        if old.is_some() {
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
        old
    }

    /// How many ids there are.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// How many pages there are.
    #[cfg(test)]
    pub fn pages(&self) -> usize {
        self.pages.count()
    }

    /// Visits everything, in no order, and keeps nobody from writing for longer than a page takes.
    pub fn for_each(&self, mut visit: impl FnMut(&K, &V)) {
        for page in self.pages.keys() {
            self.pages.with(&page, |values| {
                for (place, value) in values.into_iter().flat_map(|values| values.0.iter().enumerate()) {
                    if let Some(value) = value {
                        visit(&K::of(page * PAGE as i64 + place as i64), value);
                    }
                }
            });
        }
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.pages.clear();
        self.count.store(0, Ordering::Relaxed);
    }

    /// The page of an id, and its place there.
    fn place(id: K) -> (i64, usize) {
        let page = PAGE as i64;
        (id.number().div_euclid(page), id.number().rem_euclid(page) as usize)
    }
}
