//! Sessions: connections kept ready, with every statement of the hot paths prepared, as many as are needed at once.

use deadpool::Runtime;
use deadpool::managed::{
    self, Metrics, Object, PoolConfig, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts,
};
use kortti_store::StoreError;
use tokio_postgres::Statement;

use crate::connect::{Connection, Connector, within};
use crate::error::{Failure, Sort, unavailable};
use crate::options::Options;
use crate::{cold, journal};

/// A connection and its statements. A session never meets a statement for the first time in the middle of a call.
pub(crate) struct Session {
    pub(crate) connection: Connection,
    pub(crate) statements: Statements,
    /// A call is under way. When it ends without settling, because it panicked, an answer may still come in.
    is_lent: bool,
}

/// The prepared statements; see where their text stands for what they do.
pub(crate) struct Statements {
    pub(crate) head: Statement,
    pub(crate) read: Statement,
    pub(crate) lock: Statement,
    pub(crate) append: Statement,
    pub(crate) append_records: Statement,
    pub(crate) cold: Statement,
    pub(crate) scan_cold: Statement,
    pub(crate) delete_cold: Statement,
}

impl Session {
    async fn open(connector: &Connector) -> Result<Session, Failure> {
        let connection = connector.connect().await?;
        let prepare = |sql| connection.client.prepare(sql);
        // All are sent before the first is answered.
        let prepared = async {
            let (head, read, lock, append, append_records, cold, scan_cold, delete_cold) = tokio::try_join!(
                prepare(journal::HEAD),
                prepare(journal::READ),
                prepare(journal::LOCK),
                prepare(journal::APPEND),
                prepare(journal::APPEND_RECORDS),
                prepare(cold::FIND),
                prepare(cold::SCAN),
                prepare(cold::DELETE),
            )?;
            Ok(Statements { head, read, lock, append, append_records, cold, scan_cold, delete_cold })
        };
        let statements = within(connection.limit, prepared).await?;
        Ok(Session { connection, statements, is_lent: false })
    }
}

/// Makes sessions for the pool.
pub(crate) struct Manager(Connector);

impl managed::Manager for Manager {
    type Type = Session;
    type Error = Failure;

    async fn create(&self) -> Result<Session, Failure> {
        // To connect takes a large future and is rare; what every call moves about stays small.
        Box::pin(Session::open(&self.0)).await
    }

    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<Failure> {
        if session.is_lent || !self.0.trusts(&session.connection) {
            return Err(RecycleError::message("the connection is not to be used again"));
        }
        Ok(())
    }
}

/// Sessions that are made when needed and kept.
pub(crate) struct Pool(managed::Pool<Manager>);

impl Pool {
    /// A pool of up to `most` sessions, none of them made yet.
    pub(crate) fn new(connector: Connector, most: usize, options: &Options) -> Result<Pool, StoreError> {
        let config = PoolConfig {
            max_size: most.max(1),
            // Making one has limits of its own.
            timeouts: Timeouts { wait: Some(options.pool_timeout), ..Timeouts::default() },
            // The one used last is the one whose caches are warm.
            queue_mode: QueueMode::Lifo,
        };
        let pool = managed::Pool::builder(Manager(connector)).config(config).runtime(Runtime::Tokio1).build();
        pool.map(Pool).map_err(unavailable)
    }

    /// Lends a session; nothing has been sent when this fails.
    pub(crate) async fn lease(&self) -> Result<Lease<'_>, Failure> {
        match self.0.get().await {
            Ok(mut session) => {
                session.is_lent = true;
                Ok(Lease { pool: &self.0, session })
            }
            Err(PoolError::Backend(failure)) => Err(failure),
            Err(PoolError::Timeout(_)) => Err(Failure::NoConnection("all connections are in use".into())),
            Err(_) => Err(Failure::NoConnection("the pool of connections is closed".into())),
        }
    }
}

/// A session on loan.
pub(crate) struct Lease<'a> {
    pool: &'a managed::Pool<Manager>,
    pub(crate) session: Object<Manager>,
}

impl Lease<'_> {
    /// Gives the session back, unless what happened speaks against it, or against its whole server.
    pub(crate) fn settle<T>(mut self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        let sort = outcome.as_ref().err().map(Failure::sort);
        if outcome.as_ref().is_err_and(Failure::took_too_long) {
            self.pool.manager().0.avoid(&self.session.connection);
        }
        if sort.is_none_or(Sort::spares_connection) {
            self.session.is_lent = false;
        } else {
            drop(Object::take(self.session));
        }
        if sort.is_some_and(Sort::condemns_server) {
            self.pool.manager().0.condemn();
        }
        outcome
    }
}
