//! Why a use case came to nothing.

use kortti_core::decide::Refusal;
use kortti_crypto::{KeyError, SealError};
use kortti_ledger::{JournalError, LedgerError};
use kortti_store::StoreError;

/// What it means that the journal tells of keys and the store has none at all: a copy brings them last.
pub(crate) const UNFINISHED: &str =
    "the store has none of its keys: a copy into it was not finished; run `kortti copy` again";

/// Why a use case came to nothing. Nothing has changed, unless it says that this is not known.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule refuses it.
    #[error(transparent)]
    Refused(Refusal),
    /// The encrypted card number cannot be used. One answer for every cause, so that nobody learns anything from asking.
    #[error("the encrypted card number cannot be used")]
    CardNumber,
    /// Another message had the same id.
    #[error("another message had the same id")]
    MessageReused,
    /// The system cannot write just now.
    #[error("the system is not available, try again later")]
    Unavailable,
    /// The system lost it on the way: it may have been done, or be done yet.
    #[error("it is not known whether it was done")]
    Unknown,
    /// The store failed or is damaged.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// The journal cannot be read.
    #[error("the journal failed")]
    Journal(#[from] JournalError),
    /// A record cannot be encrypted or decrypted.
    #[error("a record cannot be sealed or opened")]
    Seal(#[from] SealError),
    /// A key cannot be made or opened.
    #[error("the key ring failed")]
    Key(#[from] KeyError),
    /// Something that must be there is not.
    #[error("{0} is missing or unreadable")]
    Missing(&'static str),
    /// The store is a copy, and not whole.
    #[error("{UNFINISHED}")]
    Unfinished,
}

impl AppError {
    /// Whether the same may go well a little later: the store was not there, and nothing is wrong with it.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unavailable
                | Self::Store(StoreError::Unavailable { .. })
                | Self::Journal(JournalError::Store(StoreError::Unavailable { .. }))
        )
    }
}

impl From<LedgerError> for AppError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Refused(refusal) => Self::Refused(refusal),
            LedgerError::Unavailable | LedgerError::Stopped | LedgerError::Elsewhere => Self::Unavailable,
            LedgerError::Unknown => Self::Unknown,
        }
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
