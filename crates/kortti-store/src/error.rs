//! What can go wrong in a store, sorted by what the caller has to do about it.

/// An error with all its causes in one line, each said once: some errors say their cause themselves.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        source = cause.source();
    }
    text
}

/// The driver's own error, kept for the log.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a store could not do what it was asked.
///
/// The variants tell apart what was certainly not written (`Moved`, `Full`, `Unavailable`, `Invalid`),
/// what may have been (`Unknown`), and what no retry can mend (`Fatal`, `Corrupt`, `Foreign`, `Schema`).
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The compare-and-swap failed: somebody else wrote first. Nothing was written; reload and try again.
    #[error("the store has moved on: it stands at sequence {actual}")]
    Moved {
        /// The sequence the stream, or its snapshot, really stands at.
        actual: u64,
    },
    /// No room on the disk. Nothing was written; the same call may succeed once there is room again.
    #[error("the disk is full, nothing was written")]
    Full {
        /// What the driver said.
        source: Cause,
    },
    /// The store could not be reached, read or locked just now. Nothing was written; try again later.
    #[error("the store is not available, nothing was written")]
    Unavailable {
        /// What the driver said.
        source: Cause,
    },
    /// The connection was lost around a commit: it may or may not have happened. Reload to find out.
    #[error("the outcome of the write is unknown")]
    Unknown {
        /// What the driver said.
        source: Cause,
    },
    /// A flush failed, so what the operating system holds and what the disk holds may differ.
    /// The process must stop; a restart replays what the disk really has.
    #[error("a write could not be flushed, the process must stop")]
    Fatal {
        /// What the driver said.
        source: Cause,
    },
    /// What was read cannot be what was written.
    #[error("the stored data is damaged: table {table}, row {row}")]
    Corrupt {
        /// The table that was being read.
        table: &'static str,
        /// The row that was being read; 0 when no single row is to blame.
        row: i64,
        /// What the driver said, when it was the driver that noticed.
        source: Option<Cause>,
    },
    /// What is there is not Kortti's.
    #[error("this is no store of Kortti: {what}")]
    Foreign {
        /// What it is.
        what: &'static str,
    },
    /// The database was made by another version of the program, from the same migrations as far as both go.
    #[error("the database has schema {found}, this program knows {known}{}", by_whom(*found, *known))]
    Schema {
        /// The newest migration the database has seen.
        found: u32,
        /// The newest migration this program carries.
        known: u32,
    },
    /// This machine's clock is not the server's. Nothing may be entered with its time.
    #[error("this machine's clock is {}; {}", apart(*ahead_ms), CLOCKS)]
    Clock {
        /// By how many milliseconds it is ahead; behind where that is negative.
        ahead_ms: i64,
    },
    /// The caller broke the contract: a mistake in the program, not in the data. Nothing was written.
    #[error("the store was asked for something it does not do: {reason}")]
    Invalid {
        /// Which rule was broken.
        reason: &'static str,
    },
}

/// Who has made a schema that this program does not know.
const fn by_whom(found: u32, known: u32) -> &'static str {
    if found > known {
        "; a newer kortti has written it, and only that or a still newer one opens it"
    } else {
        ""
    }
}

/// Why that is not taken, and what to do about it.
const CLOCKS: &str = "what one process enters has its time, which never goes back, so nothing is done; set the clock of the \
                      machine that is wrong, and let NTP keep both";

fn apart(ahead_ms: i64) -> String {
    let (by, way) = (ahead_ms.unsigned_abs(), if ahead_ms < 0 { "behind" } else { "ahead of" });
    format!("{}.{:03} s {way} that of the database's server", by / 1000, by % 1000)
}

impl StoreError {
    /// Its migrations are not a beginning of this program's, nor do they go on from them: there is no way from there to a schema
    /// that this program knows. For implementations of the store.
    pub const OTHER_HISTORY: Self = Self::Foreign {
        what: "another program, or a build of this one that is not known, has made its schema",
    };

    /// The journal ends before a record that its snapshot knows: what was on the disk is gone, or an older journal is in its
    /// place. For implementations of the store, and those that use one.
    #[must_use]
    pub fn journal_ends_before(sequence: u64) -> Self {
        let what = "it is gone, and the snapshot knows it; bring back the journal that has it, or, if an older one is to be \
                    used, remove the snapshot: the file beside it whose name ends in -snapshot.db, on a server by \
                    UPDATE snapshot SET sequence = 0";
        Self::Corrupt { table: "journal", row: sequence.cast_signed(), source: Some(what.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{StoreError, chain};

    /// Says its cause itself.
    #[derive(Debug, thiserror::Error)]
    #[error("the file cannot be read: {0}")]
    struct Telling(#[source] std::io::Error);

    #[test]
    fn each_cause_is_said_once() {
        let source = Box::new(Telling(std::io::Error::other("it is gone")));
        let said = chain(&StoreError::Unavailable { source });
        assert_eq!(
            said,
            "the store is not available, nothing was written: the file cannot be read: it is gone"
        );
    }
}
