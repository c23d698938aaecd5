//! A store that fails, and is asked again and again: said when it begins, at most once a second while it lasts, and when it is
//! over.

use std::{
    error::Error,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use kortti_store::{Lease, chain};
use parking_lot::Mutex;

use crate::{STREAM, append::survived, engine::Engine, role::Role};

/// How long nothing more is said.
const PAUSE: Duration = Duration::from_secs(1);
/// How long what went wrong counts where nobody tries again.
const FRESH: Duration = Duration::from_secs(10);

/// What goes wrong with the store of a ledger, and beside it.
pub(crate) struct Troubles {
    /// Records cannot be written.
    pub writes: Trouble,
    /// The lease cannot be. Where it can, records may still find no room: it takes none that is new.
    pub lease: Trouble,
    /// What is written cannot be read.
    pub reads: Trouble,
    /// The journal has not got what this process knows of it.
    pub journal: Trouble,
    /// This machine's clock is not the store's.
    pub clock: Trouble,
}

impl Troubles {
    pub const fn none() -> Self {
        Self {
            writes: Trouble::none("the store is written again"),
            lease: Trouble::none("the lease is written again"),
            reads: Trouble::none("the store is read again"),
            journal: Trouble::none("the journal has all again that this process knows"),
            clock: Trouble::none("this machine's clock is right again"),
        }
    }
}

impl Troubles {
    /// The journal was read, and has all that this process knows of it.
    pub fn end_reads(&self) {
        self.reads.end();
        self.journal.end();
    }
}

impl Engine {
    /// Writes something that means nothing where writing went wrong and nobody asks for more, to find out when it is over. Where
    /// processes share a store only the next request tells, see [`Trouble::is_fresh`].
    pub fn try_write(&self) {
        if self.role != Role::Alone || !self.troubles.writes.lasts() {
            return;
        }
        let written = self.store.lease(STREAM).and_then(|lease| {
            let next = Lease { beat: lease.beat + 1, ..lease.clone() };
            // Another process's signs of life are not for this one to give.
            let is_free = lease.holder.is_empty();
            if is_free { self.store.replace_lease(STREAM, &lease, &next) } else { Ok(false) }
        });
        match survived(written) {
            Ok(true) => self.troubles.writes.end(),
            Ok(false) => {}
            Err(error) => self.troubles.writes.note("nothing can be written", &error),
        }
    }
}

/// One thing that may go wrong for a while.
pub(crate) struct Trouble {
    /// What is said when it is over.
    over: &'static str,
    lasts: AtomicBool,
    said: Mutex<Said>,
}

impl Trouble {
    const fn none(over: &'static str) -> Self {
        Self {
            over,
            lasts: AtomicBool::new(false),
            said: Mutex::new(Said { noted: None, last: None, left_out: 0, is_open: false }),
        }
    }

    /// It went wrong.
    pub fn note(&self, what: &str, error: &dyn Error) {
        self.lasts.store(true, Ordering::Relaxed);
        if let Some(left_out) = self.said.lock().begin(Instant::now()) {
            tracing::error!(error = chain(error), left_out, "{what}");
        }
    }

    /// It went well.
    pub fn end(&self) {
        if self.lasts() {
            self.lasts.store(false, Ordering::Relaxed);
            if let Some(left_out) = self.said.lock().end() {
                tracing::info!(left_out, "{}", self.over);
            }
        }
    }

    /// Whether it went wrong, and has not gone well since.
    pub fn lasts(&self) -> bool {
        self.lasts.load(Ordering::Relaxed)
    }

    /// Whether that was a moment ago. Later nobody knows, where only those who are let in by then try it again.
    pub fn is_fresh(&self) -> bool {
        self.lasts() && self.said.lock().noted.is_some_and(|noted| noted.elapsed() < FRESH)
    }
}

/// What has been said of it.
struct Said {
    /// When it went wrong last.
    noted: Option<Instant>,
    /// When that was said last.
    last: Option<Instant>,
    /// How many times it went wrong since without being said.
    left_out: u64,
    /// It was said that it went wrong, and not that it is over.
    is_open: bool,
}

impl Said {
    /// Whether to say that it went wrong, and after how many that were left out.
    fn begin(&mut self, now: Instant) -> Option<u64> {
        self.noted = Some(now);
        if self.last.is_some_and(|last| now.saturating_duration_since(last) < PAUSE) {
            self.left_out += 1;
            return None;
        }
        (self.last, self.is_open) = (Some(now), true);
        Some(std::mem::take(&mut self.left_out))
    }

    /// The same of its end.
    fn end(&mut self) -> Option<u64> {
        std::mem::take(&mut self.is_open).then(|| std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_said_when_it_begins_once_a_second_and_when_it_is_over() {
        let mut said = Said { noted: None, last: None, left_out: 0, is_open: false };
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        assert_eq!(said.end(), None);
        assert_eq!(said.begin(at(0)), Some(0));
        assert_eq!((1..1000).find_map(|ms| said.begin(at(ms))), None);
        assert_eq!(said.begin(at(1000)), Some(999));
        assert_eq!(said.begin(at(1001)), None);
        assert_eq!(said.end(), Some(1));
        // What comes and goes at once is not said more often.
        assert_eq!((said.begin(at(1002)), said.end()), (None, None));
        assert_eq!((said.begin(at(2000)), said.end()), (Some(1), Some(0)));
    }
}
