//! A queue that grows without a stall.

use std::{collections::VecDeque, sync::Arc};

/// How many members a segment has.
const SEGMENT: usize = 4096;

/// A queue in segments: a usual one copies all its members when it grows, this one begins another segment. A clone shares the
/// segments: it costs little, and stays as it is while the queue goes on, which copies a segment when it changes it.
#[derive(Clone)]
pub struct Segments<T> {
    segments: VecDeque<Arc<VecDeque<T>>>,
    len: usize,
}

impl<T> Default for Segments<T> {
    fn default() -> Self {
        Self { segments: VecDeque::new(), len: 0 }
    }
}

impl<T: Clone> Segments<T> {
    /// Puts a member at the end.
    pub fn push(&mut self, item: T) {
        self.len += 1;
        // One that is shared is left as it is.
        let last = self.segments.back_mut().and_then(Arc::get_mut);
        match last.filter(|last| last.len() < last.capacity()) {
            Some(last) => last.push_back(item),
            None => {
                let mut segment = VecDeque::with_capacity(SEGMENT);
                segment.push_back(item);
                self.segments.push_back(Arc::new(segment));
            }
        }
    }

    /// The member behind `place` others that have been here longer.
    #[must_use]
    pub fn get(&self, mut place: usize) -> Option<&T> {
        for segment in &self.segments {
            match segment.get(place) {
                Some(item) => return Some(item),
                None => place -= segment.len(),
            }
        }
        None
    }

    /// The member that came last.
    #[must_use]
    pub fn back(&self) -> Option<&T> {
        self.segments.back()?.back()
    }

    /// The member that has been here longest.
    #[must_use]
    pub fn front(&self) -> Option<&T> {
        self.segments.front()?.front()
    }

    /// Takes out the member that has been here longest.
    pub fn pop_front(&mut self) -> Option<T> {
        let first = Arc::make_mut(self.segments.front_mut()?);
        let item = first.pop_front()?;
        if first.is_empty() {
            self.segments.pop_front();
        }
        self.len -= 1;
        Some(item)
    }

    /// How many members there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All members, the one that has been here longest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.segments.iter().flat_map(|segment| segment.iter())
    }

    /// All but so many that have been here longest, in order.
    pub fn iter_from(&self, mut place: usize) -> impl Iterator<Item = &T> {
        let whole = self.segments.iter().take_while(|segment| match place.checked_sub(segment.len()) {
            Some(rest) => {
                place = rest;
                true
            }
            None => false,
        });
        let whole = whole.count();
        self.segments.range(whole..).flat_map(|segment| segment.iter()).skip(place)
    }

    /// The member of a key. Keys must never fall from one member to the next; any member is found where several have the key.
    pub fn find_by_key<K: Ord>(&self, key: K, of: impl Fn(&T) -> K) -> Option<&T> {
        let segment = self.segments.get(self.segment(&key, &of)?)?;
        segment.get(segment.binary_search_by_key(&key, of).ok()?)
    }

    /// The members from a key on. Keys must rise from one member to the next.
    pub fn from_key<K: Ord>(&self, key: K, of: impl Fn(&T) -> K) -> impl Iterator<Item = &T> {
        let first = self.segment(&key, &of).unwrap_or_default();
        let before = self.segments.get(first).map(|segment| segment.partition_point(|one| of(one) < key));
        let rest = self.segments.range(first.min(self.segments.len())..);
        let rest = rest.flat_map(|segment| segment.iter());
        rest.skip(before.unwrap_or_default())
    }

    /// The same, to be changed; its key must stay in its place.
    pub fn find_by_key_mut<K: Ord>(&mut self, key: K, of: impl Fn(&T) -> K) -> Option<&mut T> {
        let segment = self.segment(&key, &of)?;
        let segment = self.segments.get_mut(segment)?;
        let place = segment.binary_search_by_key(&key, of).ok()?;
        Arc::make_mut(segment).get_mut(place)
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The segment in which a key is, if anywhere: the last one that does not begin behind it.
    fn segment<K: Ord>(&self, key: &K, of: &impl Fn(&T) -> K) -> Option<usize> {
        let begins = |segment: &Arc<VecDeque<T>>| segment.front().is_some_and(|first| of(first) <= *key);
        self.segments.partition_point(begins).checked_sub(1)
    }
}

impl<T: Clone> Extend<T> for Segments<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T: Clone> FromIterator<T> for Segments<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut segments = Self::default();
        segments.extend(items);
        segments
    }
}
