//! The store for many processes: PostgreSQL, or an engine that speaks its protocol.
//!
//! The journal is split into streams, as many as the installation was made with. An append of records is one statement
//! and one round trip: it locks the stream's row, compares the stream's end, and writes records and cold rows, or nothing
//! when somebody else was first. Appends to different streams run beside each other.
//!
//! All connections live on a small runtime of the store's own, so its blocking calls may be made from plain threads and
//! from inside another runtime. Every call is bounded in time (see [`Options`]). When the server is away, calls fail as
//! unavailable, and succeed again when it, or the one that took its place, is back: of several hosts in the address the
//! one that takes writes is used, and looked for anew after each lost connection.
//!
//! A machine whose clock is far from the server's is refused: what it would enter has its time, and time never goes back.
//!
//! `synchronous_commit` is on for an append, whatever the server's default; `remote_apply`, which is stronger, is left as it
//! is. Unlike the embedded store, this one cannot overwrite a deleted row: its bytes are gone from the disk
//! when the server has vacuumed, recycled its log and dropped old backups.

mod address;
mod clock;
mod cold;
mod connect;
mod error;
mod journal;
mod lease;
mod migrations;
mod options;
mod retry;
mod runtime;
mod session;
mod snapshot;
mod store;
mod tls;
mod wipe;

pub use migrations::migrate;
pub use options::Options;
pub use store::PostgresStore;
