//! What part an engine has in what is decided, and in what time alone does.

use kortti_core::{entry::Entry, time::Timestamp};

use crate::{
    LedgerError,
    engine::{BATCH, Engine},
    hot::Job,
};

/// By how much the memory of a process may be ahead of its clock, which may be set back by a little: as much as clocks may be
/// apart.
const APART_MS: i64 = 10_000;

/// What part an engine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It decides, and takes others that write for rare guests.
    Alone,
    /// It decides as long as its process holds the stream.
    Leader,
    /// It follows what another process writes.
    Follower,
    /// It brings commands of its own to a store that is somebody else's to keep, and does nothing else there.
    Guest,
}

impl Role {
    /// Whether it does what is due, and writes the snapshots.
    pub const fn keeps_store(self) -> bool {
        matches!(self, Self::Alone | Self::Leader)
    }
}

impl Engine {
    /// When a batch is decided: now, but never before anything that was. What is due is not a guest's to do, and nothing may be
    /// dated after it before it is done; so while anything is, a guest decides when the last entry was, and its clock, whatever
    /// that shows, moves nobody's time.
    pub fn time(&self) -> Timestamp {
        let decided = self.state.decided_at();
        if self.role == Role::Guest && self.is_due() { decided } else { self.clock.now().max(decided) }
    }

    /// Refuses to decide where more time has passed in memory than there was: the clock of this machine has been ahead for a while,
    /// and uses have left the rolling window that the journal still counts. A restart reads them again.
    pub fn check_time(&self) -> Result<(), LedgerError> {
        let (decided, head) = (self.state.decided_at(), self.chain.head.sequence);
        if decided.0.saturating_sub(self.clock.now().0) <= APART_MS || head == 0 {
            return Ok(());
        }
        let record = self.store.read(self.chain.stream, head - 1, 1);
        let last = record.ok().and_then(|record| Entry::decode(&record.first()?.bytes).ok());
        // What others have entered has happened, however their clocks were.
        if last.is_some_and(|last| last.at >= decided) {
            return Ok(());
        }
        tracing::error!("this machine's clock was ahead while the process ran; it decides after a restart");
        Err(LedgerError::Unavailable)
    }

    /// What is to be done before anything else is decided at `now`, and whether there may be more that is.
    pub fn due_by(&self, now: Timestamp) -> (Vec<Job>, bool) {
        if self.role.keeps_store() { self.state.due_holds_first(now, BATCH) } else { (Vec::new(), false) }
    }
}
