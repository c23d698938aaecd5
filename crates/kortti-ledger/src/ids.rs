//! Numbers for new things. A number is given out once, even if nothing comes of it.

use std::sync::atomic::{AtomicI64, Ordering};

/// The next numbers of each kind.
pub struct Ids {
    /// Customers, from 1001.
    pub customers: Sequence,
    /// Accounts, from 2001.
    pub accounts: Sequence,
    /// Cards, from 3001.
    pub cards: Sequence,
    /// Products, from 1.
    pub products: Sequence,
    /// Clients, from 1.
    pub clients: Sequence,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            customers: Sequence::from(1001),
            accounts: Sequence::from(2001),
            cards: Sequence::from(3001),
            products: Sequence::from(1),
            clients: Sequence::from(1),
        }
    }
}

impl Ids {
    pub(crate) fn restart(&self) {
        for sequence in [&self.customers, &self.accounts, &self.cards, &self.products, &self.clients] {
            sequence.next.store(sequence.first, Ordering::Release);
        }
    }
}

/// One sequence of numbers.
pub struct Sequence {
    first: i64,
    next: AtomicI64,
}

impl Sequence {
    const fn from(first: i64) -> Self {
        Self { first, next: AtomicI64::new(first) }
    }

    /// A number that was never given out.
    #[must_use]
    pub fn take(&self) -> i64 {
        self.next.fetch_add(1, Ordering::AcqRel)
    }

    /// Notes that `id` is in use.
    pub(crate) fn observe(&self, id: i64) {
        self.next.fetch_max(id.saturating_add(1), Ordering::AcqRel);
    }
}
