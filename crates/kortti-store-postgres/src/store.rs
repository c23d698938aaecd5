//! The store itself: pools for appends and look-ups, connections of their own for what takes long.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::SystemTime;

use kortti_store::{
    Append, ColdTable, Extent, Head, Lease, Record, SnapshotRow, Store, StoreError, StreamId,
};

use crate::connect::{Connector, before_commit};
use crate::error::{Failure, Sort, unavailable};
use crate::journal::{Attempt, Batch, JOURNAL, signed};
use crate::options::Options;
use crate::retry::pause;
use crate::runtime::Driver;
use crate::session::{Pool, Session};
use crate::snapshot::Snapshots;
use crate::{clock, cold, journal, lease, migrations, wipe};

/// How often a call is tried when others are in the way.
const ATTEMPTS: u32 = 8;

/// How many connections there are for leases: for the thread that keeps one alive, and for the engine, which asks for it.
const LEASES: usize = 2;

/// What a look-up finds, some time later.
type Answer<'s, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + Send + 's>>;

/// A store in a PostgreSQL database. See [`Store`] for what its methods promise.
pub struct PostgresStore {
    streams: u32,
    writers: Pool,
    readers: Pool,
    /// For leases alone: a process must not lose its stream because many look something up.
    leases: Pool,
    bulk: Connector,
    snapshots: Snapshots,
    clock: fn() -> SystemTime,
    // Last, because the others hold connections that live on it.
    driver: Driver,
}

impl PostgresStore {
    /// Opens the store at `url`, which is `postgresql://user:password@host:port/database?sslmode=…`, with several hosts
    /// separated by commas where one may take another's place. `sslmode` is `disable`, `prefer` (which is meant when
    /// nothing is said) or `require`; a server that speaks TLS is verified in either case. The schema is not changed.
    ///
    /// # Errors
    /// [`StoreError::Schema`] when the database has to be migrated first, or a newer or another program has migrated it;
    /// [`StoreError::Clock`] when this machine's clock is far from the server's; [`StoreError::Unavailable`] when no host takes
    /// writes just now; [`StoreError::Invalid`] when the URL is none.
    pub fn open(url: &str, options: Options) -> Result<PostgresStore, StoreError> {
        let connector = Connector::new(url, &options)?;
        let bulk = connector.limited(options.bulk_timeout);
        let driver = Driver::start()?;
        let streams = driver.wait(async {
            let connection = connector.connect().await.map_err(before_commit(JOURNAL))?;
            let streams = migrations::streams(&connection).await?;
            clock::check_until_answered(&connection, options.clock).await?;
            Ok::<_, StoreError>(streams)
        })?;
        let writers = Pool::new(connector.clone(), options.writers, &options)?;
        let readers = Pool::new(connector.clone(), options.readers, &options)?;
        let leases = Pool::new(connector, LEASES, &options)?;
        let snapshots = Snapshots::new(bulk.clone(), streams);
        let clock = options.clock;
        Ok(PostgresStore { streams, writers, readers, leases, bulk, snapshots, clock, driver })
    }

    async fn replace(&self, stream: StreamId, seen: &Lease, next: &Lease) -> Result<bool, StoreError> {
        for attempt in 1..=ATTEMPTS {
            match lease::attempt(&self.leases, stream, seen, next).await? {
                lease::Attempt::Replaced => return Ok(true),
                lease::Attempt::Refused => return Ok(false),
                lease::Attempt::Conflict => pause(attempt).await,
            }
        }
        Err(unavailable("others were in the way each time"))
    }

    /// Looks something up in `table`, and again when others were in the way, which happens where isolation is strict.
    fn look_up<T: Send>(
        &self,
        table: &'static str,
        work: impl for<'s> Fn(&'s Session) -> Answer<'s, T> + Send + Sync,
    ) -> Result<T, StoreError> {
        self.driver.look_up(found(&self.readers, table, work))
    }

    fn check(&self, stream: StreamId) -> Result<(), StoreError> {
        if stream.0 < self.streams {
            return Ok(());
        }
        Err(StoreError::Invalid { reason: "the installation has no such stream" })
    }
}

impl Store for PostgresStore {
    fn streams(&self) -> u32 {
        self.streams
    }

    fn head(&self, stream: StreamId) -> Result<Head, StoreError> {
        self.check(stream)?;
        self.look_up(JOURNAL, |session| Box::pin(journal::head(session, stream)))
    }

    fn append(&self, append: &Append<'_>) -> Result<(), StoreError> {
        self.check(append.stream)?;
        let batch = Batch::of(append)?;
        // Until the batch is written, or the stream has been seen to end elsewhere, or others were in the way too often.
        for attempt in 1..=ATTEMPTS {
            match self.driver.write(batch.attempt(&self.writers))? {
                Attempt::Done => return Ok(()),
                Attempt::Refused => {
                    let actual = self.head(append.stream)?;
                    // It may stand there again: a wipe was finished while the append waited for it.
                    if actual != append.expected || self.lease(append.stream)?.epoch != append.epoch {
                        return Err(StoreError::Moved { actual: actual.sequence });
                    }
                }
                Attempt::Conflict(failure) if attempt == ATTEMPTS => {
                    return Err(before_commit(JOURNAL)(failure));
                }
                Attempt::Conflict(_) => {}
            }
            self.driver.write(pause(attempt));
        }
        Err(unavailable("others were in the way each time"))
    }

    fn read(&self, stream: StreamId, after: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        self.check(stream)?;
        let Ok(after) = i64::try_from(after) else { return Ok(Vec::new()) };
        let limit = sql_limit(limit);
        self.look_up(JOURNAL, |session| Box::pin(journal::read(session, stream, after, limit)))
    }

    fn cold(&self, table: ColdTable, id: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.look_up(table.name(), |session| Box::pin(cold::find(session, table, id)))
    }

    fn scan_cold(
        &self,
        table: ColdTable,
        after: Option<i64>,
        limit: usize,
    ) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let first = match after {
            None => i64::MIN,
            Some(i64::MAX) => return Ok(Vec::new()),
            Some(after) => after + 1,
        };
        let limit = sql_limit(limit);
        self.look_up(table.name(), |session| Box::pin(cold::scan(session, table, first, limit)))
    }

    fn write_snapshot(
        &self,
        stream: StreamId,
        sequence: u64,
        extent: Extent,
        rows: &mut dyn Iterator<Item = SnapshotRow>,
    ) -> Result<(), StoreError> {
        self.check(stream)?;
        self.snapshots.write(&self.driver, stream, sequence, extent, rows)
    }

    fn read_snapshot(&self, stream: StreamId, visit: &mut dyn FnMut(SnapshotRow)) -> Result<u64, StoreError> {
        self.check(stream)?;
        self.snapshots.read(&self.driver, stream, visit)
    }

    fn clear_snapshot(&self, stream: StreamId) -> Result<(), StoreError> {
        self.check(stream)?;
        self.snapshots.clear(&self.driver, stream)
    }

    fn lease(&self, stream: StreamId) -> Result<Lease, StoreError> {
        self.check(stream)?;
        self.driver.lease(found(&self.leases, lease::LEASE, |session| Box::pin(lease::find(session, stream))))
    }

    fn replace_lease(&self, stream: StreamId, seen: &Lease, next: &Lease) -> Result<bool, StoreError> {
        self.check(stream)?;
        next.check_after(seen)?;
        self.driver.lease(self.replace(stream, seen, next))
    }

    fn check_clock(&self) -> Result<(), StoreError> {
        let now = self.clock;
        self.driver.lease(found(&self.leases, clock::CLOCK, |session| {
            Box::pin(clock::check(&session.connection, now))
        }))
    }

    fn confirm(&self, stream: StreamId, end: Head) -> Result<(), StoreError> {
        self.check(stream)?;
        let confirmed =
            found(&self.writers, JOURNAL, |session| Box::pin(journal::confirm(session, stream, end)));
        if self.driver.write(confirmed)? {
            return Ok(());
        }
        Err(StoreError::Moved { actual: self.head(stream)?.sequence })
    }

    fn wipe(&self) -> Result<(), StoreError> {
        self.driver.wait(wipe::wipe(&self.bulk))?;
        self.snapshots.forget();
        Ok(())
    }
}

impl fmt::Debug for PostgresStore {
    /// Where it is, and nothing that the URL says beside: that holds a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("hosts", &self.bulk.host_names())
            .field("streams", &self.streams)
            .finish_non_exhaustive()
    }
}

/// What a look-up in `table` finds, tried again when others were in the way.
async fn found<T>(
    pool: &Pool,
    table: &'static str,
    work: impl for<'s> Fn(&'s Session) -> Answer<'s, T> + Send + Sync,
) -> Result<T, StoreError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let found = match pool.lease().await {
            Ok(lease) => {
                let found = work(&lease.session).await;
                lease.settle(found)
            }
            Err(failure) => Err(failure),
        };
        match found {
            Err(failure) if failure.sort() == Sort::Conflict && attempt < ATTEMPTS => pause(attempt).await,
            found => return found.map_err(before_commit(table)),
        }
    }
}

fn sql_limit(limit: usize) -> i64 {
    signed(limit as u64)
}
