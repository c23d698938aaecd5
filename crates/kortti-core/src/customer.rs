//! Customers: what the rest of the system needs of them in clear. Who they are is kept apart, encrypted.

use minicbor::{Decode, Encode};

use crate::id::{BlindIndex, CustomerId, InstitutionId};

/// A person or a company.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Customer {
    /// Its id.
    #[n(0)]
    pub id: CustomerId,
    /// The tenant it belongs to.
    #[n(1)]
    pub institution: InstitutionId,
    /// Person or company.
    #[n(2)]
    pub kind: CustomerKind,
    /// The institution's own number for it; unique.
    #[n(3)]
    pub number: Box<str>,
    /// The keyed index of its registration number; unique.
    #[n(4)]
    pub registration: BlindIndex,
    /// Counts the changes of its encrypted part.
    #[n(5)]
    pub personal_revision: u32,
}

/// Person or company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum CustomerKind {
    /// A person.
    #[n(0)]
    Private,
    /// A company.
    #[n(1)]
    Corporate,
}
