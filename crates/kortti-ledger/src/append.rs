//! Writing a decided batch: the one way in which anything gets onto the disk.

use kortti_store::{Append, Cause, ColdWrite, Head, Record, Store, StoreError, StreamId, chain};

/// What a batch comes to on the disk.
pub(crate) struct Write {
    pub stream: StreamId,
    /// In which epoch the stream must still be.
    pub epoch: u64,
    /// Where the stream must still end.
    pub expected: Head,
    /// Where it ends then.
    pub end: Head,
    pub records: Vec<Record>,
    pub cold: Vec<ColdWrite>,
}

impl Write {
    /// Appends it, and finds out what became of an append whose outcome is unknown. Ends the process where a flush has failed.
    pub fn to(&self, store: &dyn Store) -> Result<(), StoreError> {
        if self.records.is_empty() {
            return self.check_current(store);
        }
        let append = Append {
            stream: self.stream,
            expected: self.expected,
            epoch: self.epoch,
            records: &self.records,
            cold: &self.cold,
        };
        let result = store.append(&append);
        metrics::counter!("kortti_commits_total").increment(1);
        metrics::counter!("kortti_journal_entries_total").increment(self.records.len() as u64);
        match result {
            Err(StoreError::Unknown { source }) => survived(self.clarify(store, source)),
            result => survived(result),
        }
    }

    /// An append fails where another process has written since; refusals, which append nothing, must not stand on an old state
    /// either.
    fn check_current(&self, store: &dyn Store) -> Result<(), StoreError> {
        let head = store.head(self.stream)?;
        if head == self.expected { Ok(()) } else { Err(StoreError::Moved { actual: head.sequence }) }
    }

    /// What became of an append whose outcome is unknown. Its own records are looked for, not the end of the stream: somebody
    /// else may have written behind them since. That they are seen is not enough: the server they are seen on may be lost.
    fn clarify(&self, store: &dyn Store, source: Cause) -> Result<(), StoreError> {
        match store.read(self.stream, self.expected.sequence, self.records.len()) {
            Err(_) => Err(StoreError::Unknown { source }),
            Ok(found) => match found.last() {
                // It may be on its way, or wait for a standby, and nobody sees it yet.
                None => Err(StoreError::Unknown { source }),
                Some(last) if (last.sequence, last.hash) == (self.end.sequence, self.end.hash) => {
                    store.confirm(self.stream, self.end).map_err(|error| match error {
                        fatal @ StoreError::Fatal { .. } => fatal,
                        _ => StoreError::Unknown { source },
                    })
                }
                Some(last) => Err(StoreError::Moved { actual: last.sequence }),
            },
        }
    }
}

/// The result, unless it is that a flush has failed.
pub(crate) fn survived<T>(result: Result<T, StoreError>) -> Result<T, StoreError> {
    if let Err(StoreError::Fatal { source }) = &result {
        fail_stop(&**source);
    }
    result
}

/// A flush that failed may have lost what was written before it: nothing that this process knows can be trusted, and nothing
/// more may be answered. A restart replays what is really on the disk.
fn fail_stop(source: &(dyn std::error::Error + 'static)) -> ! {
    tracing::error!(
        error = chain(source),
        "the disk failed a flush; the process stops, a restart replays the journal"
    );
    std::process::exit(74)
}
