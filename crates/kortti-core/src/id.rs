//! Identifiers: one type for each kind of thing, so that none is mistaken for another.
//!
//! All are positive integers inside and decimal text on the wire.

use minicbor::{Decode, Encode};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] pub $inner);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// A tenant: an institution sees only what is its own.
    InstitutionId(u32)
}
id! {
    /// A private person or a company.
    CustomerId(i64)
}
id! {
    /// An account with a balance, a currency and cards.
    AccountId(i64)
}
id! {
    /// A card; it keeps its id through renewal and reissue.
    CardId(i64)
}
id! {
    /// A program that may call the API.
    ClientId(i64)
}
id! {
    /// A card product of an institution.
    ProductId(u32)
}
id! {
    /// A key of the key ring.
    KeyId(u32)
}

id! {
    /// A transaction: the place of the journal entry that tells of it.
    TransactionId(i64)
}

impl TransactionId {
    /// How many entries a stream can have. The number of the stream stands before the sequence, so that in the first
    /// stream, the only one of an embedded store, ids and sequences are the same numbers.
    const STREAM: i64 = 1_000_000_000_000_000;

    /// The id of what the entry at `sequence` of `stream` tells.
    #[must_use]
    pub fn of(stream: u32, sequence: u64) -> Self {
        Self(i64::from(stream).saturating_mul(Self::STREAM).saturating_add_unsigned(sequence))
    }

    /// In which stream the entry is.
    #[must_use]
    pub fn stream(self) -> u32 {
        u32::try_from(self.0 / Self::STREAM).unwrap_or(u32::MAX)
    }

    /// The entry's sequence.
    #[must_use]
    pub fn sequence(self) -> u64 {
        u64::try_from(self.0 % Self::STREAM).unwrap_or(0)
    }
}

impl InstitutionId {
    /// The institution of an installation that has only one.
    pub const DEFAULT: Self = Self(1);
}

macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident($len:literal)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; $len]);

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

opaque! {
    /// The keyed index of a card number: equal numbers have equal indexes, and nobody without the key can go back.
    PanIndex(16)
}
opaque! {
    /// The keyed index of a value that is personal but must be unique, such as a registration number.
    BlindIndex(16)
}
opaque! {
    /// One request, as it is named in logs, replies and the journal.
    RequestId(16)
}
opaque! {
    /// What makes a repeated request the same request: tenant, method, path and the caller's key, hashed.
    IdempotencyKey(16)
}

/// The number by which card holders and back offices name a card: sixteen digits, unique, unrelated to the PAN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct ReferenceNumber(#[n(0)] pub u64);

impl ReferenceNumber {
    /// Reads fifteen or sixteen digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|b| b.is_ascii_digit()) && (15..=16).contains(&text.len());
        digits.then(|| text.parse().ok().map(Self)).flatten()
    }
}

impl std::fmt::Display for ReferenceNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016}", self.0)
    }
}
