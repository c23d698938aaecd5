//! Connections: to the host that takes writes, with a limit to everything.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use kortti_store::{StoreError, chain};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{AsyncMessage, Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::address::{Address, name_of};
use crate::error::{Failure, Phase};
use crate::options::Options;
use crate::tls::{self, Trust};

/// How much longer than the server's own limit a statement's answer is waited for, so that a statement which is late is
/// usually cut short by the server, which then says that it was.
const GRACE: Duration = Duration::from_secs(1);

/// A connection that carries nothing is tried after so long, to notice that the other side is gone.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// Makes an append durable on a server whose default would answer before that: before its own disk has it, or a synchronous
/// standby's. The one stronger setting is left alone.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') <> 'remote_apply'";

/// What in the server waits for a standby. It warns when somebody has cancelled that (`pg_cancel_backend`), and then answers as if the
/// standby had it. The text of a warning is in the server's language; this is not.
const STANDBY_WAIT: &str = "SyncRepWaitForLSN";

/// Has the server send warnings, whatever else is set.
const WARNINGS: &str = "client_min_messages=warning";

/// Whoever says which authority vouches for the server means it: one that speaks no TLS is not sent a password. A socket in the
/// file system needs none.
fn insist(host: &mut Config) -> Result<(), StoreError> {
    if matches!(host.get_hosts().first(), Some(Host::Unix(_))) {
        return Ok(());
    }
    if host.get_ssl_mode() == SslMode::Disable {
        return Err(StoreError::Invalid {
            reason: "sslmode=disable and a file of authorities exclude each other",
        });
    }
    host.ssl_mode(SslMode::Require);
    Ok(())
}

/// Makes connections that all have the same limit to a statement.
#[derive(Clone)]
pub(crate) struct Connector {
    hosts: Arc<Vec<Config>>,
    tls: MakeRustlsConnect,
    connect_timeout: Duration,
    limit: Duration,
    /// Where in `hosts` the next connection is tried first: where the last one was made, unless that host was too slow since.
    first: Arc<AtomicUsize>,
    /// Counts how often the server turned out to be gone, or not to take writes any more. What was connected before is
    /// not to be used again.
    era: Arc<AtomicU64>,
}

impl Connector {
    /// Prepares to connect as `options` say, for statements that take up to `options.statement_timeout`.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when the URL cannot be read; [`StoreError::Unavailable`] when the CA file cannot.
    pub(crate) fn new(url: &str, options: &Options) -> Result<Connector, StoreError> {
        let mut hosts = Address::parse(url)?.hosts;
        if options.ca_file.is_some() {
            hosts.iter_mut().try_for_each(insist)?;
        }
        let trust = match &options.ca_file {
            Some(path) => Trust::File(path),
            None if hosts.iter().any(|host| host.get_ssl_mode() != SslMode::Disable) => Trust::System,
            // Reading the system's certificates takes a while, here for nothing.
            None => Trust::Nobody,
        };
        let tls = tls::connector(trust)?;
        let (connect_timeout, limit) = (options.connect_timeout, options.statement_timeout);
        Ok(Connector {
            hosts: Arc::new(hosts),
            tls,
            connect_timeout,
            limit,
            first: Arc::default(),
            era: Arc::default(),
        })
    }

    /// The same with another limit to a statement.
    pub(crate) fn limited(&self, limit: Duration) -> Connector {
        Connector { limit, ..self.clone() }
    }

    /// The hosts as messages name them.
    pub(crate) fn host_names(&self) -> Vec<String> {
        self.hosts.iter().map(name_of).collect()
    }

    /// Gives up all connections there are, also those with other limits: the server is not what it was.
    /// Each of them would cost a call, perhaps its whole time, or answer what is no longer so.
    pub(crate) fn condemn(&self) {
        self.era.fetch_add(1, Ordering::Relaxed);
    }

    /// Has other hosts tried before the one of a connection on which something was not done in time. A host that leads no longer and
    /// does not know takes writes and never commits them, for as long as it is cut off from the others; and what it does not commit
    /// keeps its locks, for which others wait in vain.
    pub(crate) fn avoid(&self, slow: &Connection) {
        let next = (slow.place + 1) % self.hosts.len();
        // Of several connections that were made there only the first moves on.
        let moves = self.first.compare_exchange(slow.place, next, Ordering::Relaxed, Ordering::Relaxed);
        if moves.is_ok() && next != slow.place {
            self.condemn();
        }
    }

    /// Whether a connection may be used again.
    pub(crate) fn trusts(&self, connection: &Connection) -> bool {
        connection.era == self.era.load(Ordering::Relaxed) && !connection.client.is_closed()
    }

    /// Connects to the first host that takes writes, beginning with the one that did last.
    pub(crate) async fn connect(&self) -> Result<Connection, Failure> {
        let first = self.first.load(Ordering::Relaxed);
        let mut refusals = Vec::new();
        for place in (0..self.hosts.len()).map(|step| (first + step) % self.hosts.len()) {
            let host = &self.hosts[place];
            match timeout(self.connect_timeout, self.connect_to(place, host)).await {
                Ok(Ok(connection)) => {
                    self.first.store(place, Ordering::Relaxed);
                    return Ok(connection);
                }
                Ok(Err(error)) => refusals.push(format!("{}: {}", name_of(host), chain(&error))),
                Err(_) => refusals.push(format!("{}: no answer in time", name_of(host))),
            }
        }
        Err(Failure::NoConnection(Unreachable(refusals.join("; ")).into()))
    }

    async fn connect_to(&self, place: usize, host: &Config) -> Result<Connection, tokio_postgres::Error> {
        let era = self.era.load(Ordering::Relaxed);
        let (client, mut traffic) = self.configured(host).connect(self.tls.clone()).await?;
        let abandoned = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&abandoned);
        let traffic = tokio::spawn(async move {
            // What ends the traffic is told to whoever waits for an answer. A notice comes before the answer that it belongs to.
            while let Some(Ok(message)) = poll_fn(|context| traffic.poll_message(context)).await {
                if matches!(&message, AsyncMessage::Notice(notice) if notice.routine() == Some(STANDBY_WAIT))
                {
                    noted.store(true, Ordering::Release);
                }
            }
        });
        let connection = Connection { client, limit: self.limit, abandoned, place, era, traffic };
        connection.client.batch_execute(DURABLE).await?;
        Ok(connection)
    }

    /// The limits that the server and the system are to hold to.
    fn configured(&self, host: &Config) -> Config {
        let mut host = host.clone();
        let own = host.get_options().unwrap_or_default();
        // None at all would be 0.
        let millis = self.limit.as_millis().max(1);
        let options = format!(
            "{own} -c statement_timeout={millis} -c idle_in_transaction_session_timeout={millis} -c {WARNINGS}"
        );
        host.options(options.trim_start());
        host.connect_timeout(self.connect_timeout);
        host.tcp_user_timeout(self.limit + GRACE);
        host.keepalives_idle(KEEPALIVE).keepalives_interval(KEEPALIVE / 5).keepalives_retries(3);
        host
    }
}

/// A connection, which is cut when it is dropped, whatever is under way on it.
pub(crate) struct Connection {
    pub(crate) client: Client,
    pub(crate) limit: Duration,
    /// The server has given up waiting for a standby, and said so.
    pub(crate) abandoned: Arc<AtomicBool>,
    /// Where its host is among all.
    place: usize,
    era: u64,
    traffic: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.traffic.abort();
    }
}

/// Waits for a statement's answer as long as `limit` and the grace allow.
pub(crate) async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Failure> {
    match timeout(limit + GRACE, answer).await {
        Ok(answer) => answer.map_err(Failure::Driver),
        Err(_) => Err(Failure::TimedOut),
    }
}

/// The same for a statement that commits. Where the server did not wait for its standby to the end it has not answered.
pub(crate) async fn committed<T>(
    limit: Duration,
    abandoned: &AtomicBool,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Failure> {
    let answer = within(limit, answer).await?;
    if abandoned.swap(false, Ordering::Acquire) { Err(Failure::Abandoned) } else { Ok(answer) }
}

/// Turns a failure before any commit into the caller's error; `table` was being used.
pub(crate) fn before_commit(table: &'static str) -> impl Fn(Failure) -> StoreError + Copy {
    move |failure| failure.into_store_error(Phase::BeforeCommit, table)
}

/// Why each host was not to be used.
#[derive(Debug, thiserror::Error)]
#[error("no host takes writes: {0}")]
struct Unreachable(String);
