//! What an operator may set beside the address.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How the store uses a server. The default suits a server in the same region.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many streams a *new* installation has, at least 1; one that exists keeps its own number for good.
    pub streams: u32,
    /// A file of PEM certificates that alone vouch for the server. Without it the system's own do.
    pub ca_file: Option<PathBuf>,
    /// How long one host may take to answer a connection: name look-up, TCP, TLS and log-in together.
    pub connect_timeout: Duration,
    /// How long a statement of an append or a look-up may take on the server. A second later the connection is given up.
    pub statement_timeout: Duration,
    /// The same for each statement of a migration, a snapshot or a wipe, and how long a snapshot may pause in between.
    pub bulk_timeout: Duration,
    /// How long a call waits for a connection that others use.
    pub pool_timeout: Duration,
    /// How many connections append at most.
    pub writers: usize,
    /// How many connections look up at most.
    pub readers: usize,
    /// This machine's clock, which is compared with the server's.
    pub clock: fn() -> SystemTime,
}

impl Default for Options {
    #[expect(
        clippy::disallowed_methods,
        reason = "it is compared with the server's, and nothing has its time"
    )]
    fn default() -> Self {
        Options {
            streams: 16,
            ca_file: None,
            connect_timeout: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(5),
            bulk_timeout: Duration::from_secs(60),
            pool_timeout: Duration::from_secs(2),
            writers: 8,
            readers: 8,
            clock: SystemTime::now,
        }
    }
}
