//! A sorted list that mostly has one member.

/// A list without repetitions, in order. One member takes no memory of its own.
#[derive(Clone, Default)]
pub(crate) enum Few<T> {
    #[default]
    None,
    One(T),
    #[expect(clippy::box_collection, reason = "there are many lists and few that are longer than one")]
    Many(Box<Vec<T>>),
}

impl<T: Copy + Ord> Few<T> {
    /// The members.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(only) => std::slice::from_ref(only),
            Self::Many(all) => all,
        }
    }

    /// Puts a member in its place, once.
    pub fn insert(&mut self, item: T) {
        match self {
            Self::None => *self = Self::One(item),
            Self::One(only) if *only == item => {}
            Self::One(only) => *self = Self::Many(Box::new(vec![item.min(*only), item.max(*only)])),
            Self::Many(all) => {
                if let Err(place) = all.binary_search(&item) {
                    all.insert(place, item);
                }
            }
        }
    }

    /// Takes a member out.
    pub fn remove(&mut self, item: T) {
        match self {
            Self::One(only) if *only == item => *self = Self::None,
            Self::Many(all) => {
                if let Ok(place) = all.binary_search(&item) {
                    all.remove(place);
                }
            }
            _ => {}
        }
    }
}
