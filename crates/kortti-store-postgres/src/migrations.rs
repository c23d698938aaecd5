//! Brings a database to the schema this program knows, and tells whether it is there.

use std::error::Error;
use std::time::Duration;

use kortti_store::{Cause, Migrated, StoreError};
use refinery::error::Kind;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::connect::{Connection, Connector, before_commit, within};
use crate::error::{Failure, Phase, Sort, unavailable};
use crate::options::Options;
use crate::retry::pause;
use crate::runtime::Driver;

/// Where the migrator keeps its record of what it has done.
const HISTORY: &str = "refinery_schema_history";
const APPLIED: &str = "SELECT version, name, checksum FROM refinery_schema_history ORDER BY version";

const INSTALLATION: &str = "installation";

/// How often a migration is tried when another process migrates at the same time. Each time it gets a step further at
/// least, and the other one is done in a moment.
const ATTEMPTS: u32 = 10;

mod embedded {
    refinery::embed_migrations!("migrations");
}

/// Brings the database at `url`, which must exist, to the newest schema, all pending migrations in one transaction. A new
/// one gets `options.streams` streams. Several processes may do this at once.
///
/// # Errors
/// [`StoreError::Schema`] when a newer program has migrated the database, [`StoreError::Foreign`] when another one has; it is
/// left as it is.
/// [`StoreError::Unknown`] when the connection was lost on the way. Whatever happened, doing it again finishes it.
pub fn migrate(url: &str, options: Options) -> Result<Migrated, StoreError> {
    let streams = i32::try_from(options.streams).ok().filter(|streams| *streams > 0);
    let streams = streams.ok_or(StoreError::Invalid { reason: "there must be at least one stream" })?;
    let connector = Connector::new(url, &options)?.limited(options.bulk_timeout);
    let driver = Driver::start()?;
    driver.wait(async {
        let mut connection = connector.connect().await.map_err(before_commit(HISTORY))?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            match try_migrate(&mut connection, streams).await {
                Err(Trouble::Conflict(_)) if attempt < ATTEMPTS => pause(attempt).await,
                Err(Trouble::Conflict(error) | Trouble::Store(error)) => return Err(error),
                Ok(migrated) => return Ok(migrated),
            }
        }
    })
}

/// Finds out how many streams the installation has.
///
/// # Errors
/// [`StoreError::Schema`] when the database is not of exactly the schema this program knows: found is 0 when it was never
/// migrated. [`StoreError::Foreign`] when another program has migrated it.
pub(crate) async fn streams(connection: &Connection) -> Result<u32, StoreError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        match find_streams(connection).await {
            Err(failure) if failure.sort() == Sort::Conflict && attempt < ATTEMPTS => pause(attempt).await,
            found => return found.map_err(before_commit(INSTALLATION)),
        }
    }
}

async fn find_streams(connection: &Connection) -> Result<u32, Failure> {
    let (found, known) = (found_version(connection).await?, known_version());
    let not_migrated = |found| Failure::Store(StoreError::Schema { found, known });
    if found != known {
        return Err(not_migrated(found));
    }
    let query = connection.client.query_opt("SELECT streams FROM installation", &[]);
    let row = within(connection.limit, query).await?;
    let streams = row.and_then(|row| row.try_get::<_, i32>(0).ok());
    // The migration that makes the table is committed before the row: whoever did it was stopped in between.
    streams.and_then(|streams| u32::try_from(streams).ok()).ok_or_else(|| not_migrated(0))
}

/// What stopped one try.
enum Trouble {
    /// Somebody else was at it, too. The error is for the case that they still are after many tries.
    Conflict(StoreError),
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        Trouble::Store(error)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        let sort = failure.sort();
        let error = before_commit(HISTORY)(failure);
        if sort == Sort::Conflict { Trouble::Conflict(error) } else { Trouble::Store(error) }
    }
}

async fn try_migrate(connection: &mut Connection, streams: i32) -> Result<Migrated, Trouble> {
    let (found, known) = (found_version(connection).await?, known_version());
    if found > known {
        return Err(StoreError::Schema { found, known }.into());
    }
    if found < known {
        run(connection, found, known).await?;
    }
    seed(connection, streams).await?;
    Ok(Migrated { from: found, to: known })
}

/// Applies what is pending, in one transaction: the migrator's default would leave a database it cannot open when the
/// process dies between a migration and the record of it.
async fn run(connection: &mut Connection, found: u32, known: u32) -> Result<(), Trouble> {
    let runner = embedded::migrations::runner().set_grouped(true);
    // The server limits each statement; this is for the case that it does not answer at all.
    let whole: Duration = connection.limit * 2 * (known - found + 2);
    let ran = tokio::time::timeout(whole, runner.run_async(&mut connection.client)).await;
    // The migrator does not tell whether it was committing when the connection was lost.
    let lost = |source: Cause| Err(StoreError::Unknown { source }.into());
    let error = match ran {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) => error,
        Err(late) => return lost(late.into()),
    };
    if matches!(error.kind(), Kind::DivergentVersion(..) | Kind::MissingVersion(..)) {
        return Err(StoreError::OTHER_HISTORY.into());
    }
    match drivers_error(&error).map(tokio_postgres::Error::code) {
        Some(Some(code)) if is_concurrent(code) => Err(Trouble::Conflict(unavailable(error))),
        Some(code) if code.is_none_or(|code| Sort::of(code) == Sort::Lost) => lost(error.into()),
        _ => Err(unavailable(error).into()),
    }
}

/// What the driver said, which the migrator wraps once or twice.
fn drivers_error(error: &refinery::Error) -> Option<&tokio_postgres::Error> {
    std::iter::successors(error.source(), |error| (*error).source()).find_map(|error| error.downcast_ref())
}

/// Whether a statement that makes a table failed because somebody else was making it.
fn is_concurrent(code: &SqlState) -> bool {
    let known = [
        &SqlState::UNIQUE_VIOLATION,
        &SqlState::DUPLICATE_TABLE,
        &SqlState::DUPLICATE_OBJECT,
        &SqlState::T_R_SERIALIZATION_FAILURE,
        &SqlState::T_R_DEADLOCK_DETECTED,
    ];
    known.contains(&code)
}

/// Writes down how many streams there are, and makes them, unless that was done before.
async fn seed(connection: &mut Connection, streams: i32) -> Result<(), StoreError> {
    let (limit, client) = (connection.limit, &mut connection.client);
    let mut attempt = 0;
    loop {
        attempt += 1;
        match within(limit, try_seed(client, streams)).await {
            Err(failure) if failure.sort() == Sort::Conflict && attempt < ATTEMPTS => pause(attempt).await,
            seeded => return seeded.map_err(|failure| failure.into_store_error(Phase::Commit, INSTALLATION)),
        }
    }
}

async fn try_seed(client: &mut Client, streams: i32) -> Result<(), tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    let one = "INSERT INTO installation (one, streams) VALUES (1, $1) ON CONFLICT (one) DO NOTHING";
    if transaction.execute(one, &[&streams]).await? == 1 {
        let stream = "INSERT INTO stream (stream) SELECT generate_series(0, $1::int4 - 1)";
        transaction.execute(stream, &[&streams]).await?;
        let lease = "INSERT INTO lease (stream, epoch, beat, holder)
            SELECT stream, 0, 0, ''::bytea FROM stream";
        transaction.execute(lease, &[]).await?;
        let snapshot = "INSERT INTO snapshot (stream, sequence, hash)
            SELECT stream, 0, ''::bytea FROM stream";
        transaction.execute(snapshot, &[]).await?;
    }
    transaction.commit().await
}

fn known_version() -> u32 {
    let versions = embedded::migrations::runner();
    let versions = versions.get_migrations().iter().map(refinery::Migration::version);
    versions.max().unwrap_or(0).unsigned_abs()
}

/// The newest migration the database has seen, 0 when it has seen none. One that is newer than ours is a newer program's.
///
/// # Errors
/// [`StoreError::Foreign`] when another one is none of ours.
async fn found_version(connection: &Connection) -> Result<u32, Failure> {
    let rows = match within(connection.limit, connection.client.query(APPLIED, &[])).await {
        Err(Failure::Driver(error)) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => return Ok(0),
        rows => rows?,
    };
    let runner = embedded::migrations::runner();
    let is_ours = |version: i32, name: &str, checksum: &str| {
        runner.get_migrations().iter().any(|known| {
            (known.version(), known.name()) == (version, name) && known.checksum().to_string() == checksum
        })
    };
    let (mut found, known) = (0, known_version());
    for row in &rows {
        let version: i32 = row.try_get(0).unwrap_or_default();
        let text = |column| row.try_get::<_, &str>(column).unwrap_or_default();
        let number = u32::try_from(version).unwrap_or(0);
        if number <= known && !is_ours(version, text(1), text(2)) {
            return Err(StoreError::OTHER_HISTORY.into());
        }
        found = found.max(number);
    }
    Ok(found)
}
