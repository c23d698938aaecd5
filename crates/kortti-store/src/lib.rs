//! The storage contract, its errors, and the conformance suite every store passes.
//!
//! A store keeps four things and understands none of them: the *journal* (numbered, hash-chained
//! records of a stream), the *cold rows* (bodies looked up by id), the *snapshot* (what a stream's
//! journal folds to, so that a start need not replay all of it), and the *lease* (which process answers for a stream). What the bytes mean is the ledger's
//! affair. That keeps a new store small, and no rule about cards can hide in one.

#[cfg(feature = "conformance")]
pub mod conformance;
mod contract;
mod error;

pub use contract::{
    Append, ColdTable, ColdWrite, Extent, Head, Lease, Migrated, Record, SnapshotRow, Store, StreamId,
};
pub use error::{Cause, StoreError, chain};
