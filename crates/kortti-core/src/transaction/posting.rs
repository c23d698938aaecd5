use minicbor::{Decode, Encode};

/// One side of a movement. All postings of a transaction add up to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Posting {
    /// Which book.
    #[n(0)]
    pub book: Book,
    /// By how much it grows, in minor units of the account's currency; negative where it shrinks.
    #[n(1)]
    pub minor: i64,
}

/// A book of the double-entry ledger. The first two are kept for each account, the others for each institution and currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Book {
    /// What is on the account: what the issuer owes its holder.
    #[n(0)]
    Balance,
    /// What authorisations hold of the account.
    #[n(1)]
    Held,
    /// What is held of all accounts, seen from the other side.
    #[n(2)]
    Reserve,
    /// What is owed to the schemes for cleared transactions.
    #[n(3)]
    Settlement,
    /// Where loads come from and payments to holders go.
    #[n(4)]
    Funding,
    /// Fees earned.
    #[n(5)]
    Fees,
}

impl Book {
    /// All books.
    pub const ALL: [Self; 6] =
        [Self::Balance, Self::Held, Self::Reserve, Self::Settlement, Self::Funding, Self::Fees];
}

impl Posting {
    /// The two sides of moving `minor` from one book to another; none where nothing moves.
    #[must_use]
    pub fn pair(from: Book, to: Book, minor: i64) -> Vec<Self> {
        if minor == 0 {
            return Vec::new();
        }
        vec![Self { book: from, minor: minor.saturating_neg() }, Self { book: to, minor }]
    }
}
