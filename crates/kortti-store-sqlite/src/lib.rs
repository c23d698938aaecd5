//! The embedded store: SQLite.
//!
//! Two files: the main one holds the journal and the cold rows and flushes every commit; the snapshot
//! beside it (`kortti-snapshot.db` for `kortti.db`) can be made again from the journal, so it may lag
//! behind, and writing it never makes an append wait. There is one stream.
//!
//! Several handles and processes may open the same files: the compare-and-swap runs inside the
//! write transaction, so whoever comes second is told where the stream really ends.

mod backup;
mod checkpoint;
mod connection;
mod error;
mod journal;
mod lease;
mod migrations;
mod readers;
mod snapshot;
mod store;

pub use backup::{backup, restore};
pub use connection::Options;
pub use migrations::migrate;
pub use store::SqliteStore;
