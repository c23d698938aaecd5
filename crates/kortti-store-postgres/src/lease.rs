//! The lease of a stream: which process answers for it.

use kortti_store::{Lease, StoreError, StreamId};
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};

use crate::connect::{Connection, before_commit, committed, within};
use crate::error::{Failure, Phase, Sort, corrupt};
use crate::journal::{LOCK, number, signed};
use crate::session::{Pool, Session};

pub(crate) const LEASE: &str = "lease";

const FIND: &str = "SELECT epoch, beat, holder FROM lease WHERE stream = $1";

const REPLACE: &str = "UPDATE lease SET epoch = $5, beat = $6, holder = $7
    WHERE stream = $1 AND epoch = $2 AND beat = $3 AND holder = $4";

const BEGIN_EPOCH: &str = "UPDATE stream SET epoch = $2 WHERE stream = $1";

/// The lease as it stands.
pub(crate) async fn find(session: &Session, stream: StreamId) -> Result<Lease, Failure> {
    let client = &session.connection.client;
    let row = within(session.connection.limit, client.query_opt(FIND, &[&number(stream)])).await?;
    row.as_ref().and_then(lease_of).ok_or_else(|| corrupt(LEASE, stream.0.into()).into())
}

/// How a try to replace a lease ended.
pub(crate) enum Attempt {
    Replaced,
    /// It was not what it had been seen to be. Nothing has changed.
    Refused,
    /// Others were in the way, or may have been. Nothing has changed, and another try may go through.
    Conflict,
}

/// Tries once to put `next` in the place of `seen`.
pub(crate) async fn attempt(
    pool: &Pool,
    stream: StreamId,
    seen: &Lease,
    next: &Lease,
) -> Result<Attempt, StoreError> {
    let mut lease = pool.lease().await.map_err(before_commit(LEASE))?;
    let mut phase = Phase::BeforeCommit;
    let replaced = replace(&mut lease.session, &mut phase, stream, seen, next).await;
    match lease.settle(replaced) {
        Ok(attempt) => Ok(attempt),
        Err(failure) if failure.sort() == Sort::Conflict => Ok(Attempt::Conflict),
        Err(failure) => Err(failure.into_store_error(phase, LEASE)),
    }
}

async fn replace(
    session: &mut Session,
    phase: &mut Phase,
    stream: StreamId,
    seen: &Lease,
    next: &Lease,
) -> Result<Attempt, Failure> {
    let Connection { limit, abandoned, client, .. } = &mut session.connection;
    let limit = *limit;
    let stream = number(stream);
    let [seen_epoch, seen_beat] = [signed(seen.epoch), signed(seen.beat)];
    let [next_epoch, next_beat] = [signed(next.epoch), signed(next.beat)];
    let parameters: [&(dyn ToSql + Sync); 7] =
        [&stream, &seen_epoch, &seen_beat, &seen.holder, &next_epoch, &next_beat, &next.holder];
    let attempt = |changed: u64| if changed == 1 { Attempt::Replaced } else { Attempt::Refused };
    if next.epoch == seen.epoch {
        *phase = Phase::Commit;
        return Ok(attempt(committed(limit, abandoned, client.execute(REPLACE, &parameters)).await?));
    }
    // Each statement sees what was committed before it: the row that a wipe puts in the place of the one waited for, too.
    let start = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start();
    let transaction = within(limit, start).await?;
    if within(limit, transaction.execute(LOCK, &[&stream])).await? != 1 {
        within(limit, transaction.rollback()).await?;
        return Ok(Attempt::Conflict);
    }
    let changed = within(limit, transaction.execute(REPLACE, &parameters)).await?;
    if changed == 1 {
        within(limit, transaction.execute(BEGIN_EPOCH, &[&stream, &next_epoch])).await?;
    }
    *phase = Phase::Commit;
    committed(limit, abandoned, transaction.commit()).await?;
    Ok(attempt(changed))
}

fn lease_of(row: &Row) -> Option<Lease> {
    let number = |column| u64::try_from(row.try_get::<_, i64>(column).ok()?).ok();
    Some(Lease { epoch: number(0)?, beat: number(1)?, holder: row.try_get(2).ok()? })
}
