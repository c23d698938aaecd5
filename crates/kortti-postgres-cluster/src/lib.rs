//! Throw-away PostgreSQL servers for tests.
//!
//! A [`Cluster`] is a server of its own on a free port of the loopback, in a folder that goes with it. It is gone when
//! it is dropped, and also when the process that made it dies in any other way: see the module `warden`. A [`Patroni`] is
//! three of them that choose their leader themselves.
//!
//! PostgreSQL refuses to run as root, so root starts it as the user `postgres`, whom Debian's package makes.

mod cluster;
mod patroni;
mod programs;
mod warden;

pub use cluster::{Cluster, Settings};
pub use patroni::Patroni;

/// Why a server could not be made, started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// PostgreSQL, Patroni or etcd is not installed, or not where it is looked for.
    #[error(
        "no folder with `{program}` was found: install what it belongs to (`cargo xtask setup` does on Debian)"
    )]
    NotInstalled {
        /// The program that was looked for.
        program: &'static str,
    },
    /// A program could not be started, or its input not be written.
    #[error("`{program}` did not run")]
    Run {
        /// The program.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// A program said no.
    #[error("`{program}` failed: {said}")]
    Refused {
        /// The program.
        program: String,
        /// What it said.
        said: String,
    },
    /// Something that was bound to happen did not.
    #[error("waited too long for {what}; the logs end with: {said}")]
    GaveUp {
        /// What did not happen.
        what: &'static str,
        /// The ends of the logs.
        said: String,
    },
    /// No port was free.
    #[error("no port is free on the loopback")]
    Port(#[source] std::io::Error),
}
