//! What a command comes to.

use kortti_core::{
    decide::Refusal,
    entry::Entry,
    event::Event,
    id::{InstitutionId, TransactionId},
    time::Timestamp,
    transaction::Transaction,
};
use minicbor::{Decode, Encode};

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Outcome {
    /// The id of the thing that was created or updated.
    #[n(0)]
    pub id: i64,
    /// The first journal entry that tells of the command; the last one there is when it changed nothing.
    #[n(1)]
    pub sequence: u64,
    /// The command is a repetition; this is what was answered the first time, and nothing has changed now.
    #[n(2)]
    pub repeated: bool,
    /// The transaction, if the command made one just now.
    #[n(3)]
    pub transaction: Option<Recorded>,
}

/// A transaction as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Recorded {
    /// Its id.
    #[n(0)]
    pub id: TransactionId,
    /// When it happened.
    #[n(1)]
    pub at: Timestamp,
    /// Of which institution it is.
    #[n(2)]
    pub institution: Option<InstitutionId>,
    /// The transaction.
    #[n(3)]
    pub transaction: Box<Transaction>,
}

impl Recorded {
    /// The transaction that an entry tells of, if it tells of one.
    pub(crate) fn of(entry: Entry) -> Option<Self> {
        let Event::Transacted(transaction) = entry.event else { return None };
        let id = TransactionId::of(entry.stream, entry.sequence);
        Some(Self { id, at: entry.at, institution: entry.origin.institution, transaction })
    }
}

/// Why a command came to nothing. Nothing has changed, unless it says that this is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Encode, Decode)]
pub enum LedgerError {
    /// A rule refuses it.
    #[n(0)]
    #[error(transparent)]
    Refused(
        #[n(0)]
        #[from]
        Refusal,
    ),
    /// The store cannot write just now, or too many commands wait.
    #[n(1)]
    #[error("the ledger is not available, try again later")]
    Unavailable,
    /// The ledger has been stopped.
    #[n(2)]
    #[error("the ledger has been stopped")]
    Stopped,
    /// Another process decides.
    #[n(3)]
    #[error("another process decides")]
    Elsewhere,
    /// The store lost it on the way: it may have been done, or be done yet.
    #[n(4)]
    #[error("it is not known whether it was done")]
    Unknown,
}
