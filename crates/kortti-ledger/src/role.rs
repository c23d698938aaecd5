//! What part an engine has in what is decided, and in what time alone does.

use kortti_core::time::Timestamp;

use crate::{
    LedgerError,
    engine::{BATCH, Engine},
    hot::Job,
    start::is_ahead,
};

/// By how much the memory of a process may be ahead of its clock: by as much as two clocks may be apart, each of which may be so far
/// from the store's.
pub(crate) const APART_MS: i64 = 20_000;

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

    /// Refuses to decide where more time has passed in memory than there was. A restart reads what is so.
    pub fn check_time(&self) -> Result<(), LedgerError> {
        match is_ahead(&*self.store, self.chain.head, &self.state, &self.clock) {
            Ok(false) => Ok(()),
            Ok(true) => {
                tracing::error!(
                    "this machine's clock was ahead while the process ran; it decides after a restart"
                );
                Err(LedgerError::Unavailable)
            }
            Err(error) => {
                self.troubles.reads.note("the journal's last entry cannot be read", &error);
                Err(LedgerError::Unavailable)
            }
        }
    }

    /// What is to be done before anything else is decided at `now`, and whether there may be more that is.
    pub fn due_by(&self, now: Timestamp) -> (Vec<Job>, bool) {
        if self.role.keeps_store() { self.state.due_holds_first(now, BATCH) } else { (Vec::new(), false) }
    }
}
