//! One transaction on one stream's snapshot: its statements.

use std::future::Future;
use std::time::Duration;

use kortti_store::{Head, SnapshotRow, StoreError, StreamId};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, IsolationLevel, Portal, Row, Transaction};

use super::batch::{Batch, MOST_ROWS};
use crate::connect::{Connection, within};
use crate::error::{Failure, Phase, Sort, corrupt};
use crate::journal::{JOURNAL, number, signed};

pub(super) const SNAPSHOT: &str = "snapshot";
pub(super) const ROWS: &str = "snapshot_row";

/// A snapshot may be lost with the power: the one before it, or the journal alone, will do.
const NOT_FLUSHED: &str = "SET LOCAL synchronous_commit = off";

/// How many rows are deleted at a time.
const AT_ONCE: i64 = 10_000;

/// How many rows are fetched at a time.
const FETCH: i32 = MOST_ROWS as i32;

/// Work on the snapshot of one stream. Dropping it rolls it back.
pub(super) struct Work<'a> {
    transaction: Transaction<'a>,
    limit: Duration,
    stream: i32,
}

impl<'a> Work<'a> {
    /// Work that sees everything as it was at one moment.
    pub(super) async fn read(connection: &'a mut Connection, stream: StreamId) -> Result<Work<'a>, Failure> {
        let limit = connection.limit;
        let start = connection.client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
        let transaction = within(limit, start.read_only(true).start())
            .await
            .map_err(sorted(Phase::BeforeCommit, SNAPSHOT))?;
        Ok(Work { transaction, limit, stream: number(stream) })
    }

    /// Work that sees what others commit while it waits for them, and that costs no flush.
    pub(super) async fn write(connection: &'a mut Connection, stream: StreamId) -> Result<Work<'a>, Failure> {
        let limit = connection.limit;
        let start = connection.client.build_transaction().isolation_level(IsolationLevel::ReadCommitted);
        let transaction =
            within(limit, start.start()).await.map_err(sorted(Phase::BeforeCommit, SNAPSHOT))?;
        let work = Work { transaction, limit, stream: number(stream) };
        work.within(SNAPSHOT, work.transaction.batch_execute(NOT_FLUSHED)).await?;
        Ok(work)
    }

    pub(super) async fn commit(self) -> Result<(), Failure> {
        let committed = within(self.limit, self.transaction.commit()).await;
        committed.map_err(sorted(Phase::Commit, SNAPSHOT))
    }

    /// The record the snapshot says it reaches; sequence 0 when there is none.
    pub(super) async fn reached(&self) -> Result<Head, Failure> {
        self.reached_as("SELECT sequence, hash FROM snapshot WHERE stream = $1").await
    }

    /// The same, and keeps other writers of this snapshot, and wipes, away until the work is done.
    pub(super) async fn lock_reached(&self) -> Result<Head, Failure> {
        self.reached_as("SELECT sequence, hash FROM snapshot WHERE stream = $1 FOR UPDATE").await
    }

    async fn reached_as(&self, query: &str) -> Result<Head, Failure> {
        let row = self.within(SNAPSHOT, self.transaction.query_opt(query, &[&self.stream])).await?;
        row.and_then(|row| reached_in(&row)).ok_or_else(|| corrupt(SNAPSHOT, i64::from(self.stream)).into())
    }

    /// Says which record the snapshot reaches.
    pub(super) async fn set_reached(&self, reached: Head) -> Result<(), Failure> {
        const SET: &str = "UPDATE snapshot SET sequence = $2, hash = $3 WHERE stream = $1";
        let hash = reached.hash.as_slice();
        self.execute(SNAPSHOT, SET, &[&self.stream, &signed(reached.sequence), &hash]).await
    }

    /// The sequence the snapshot stands at; 0 when it was made from another journal than the one beside it (one that was
    /// wiped since).
    pub(super) async fn standing(&self, reached: Head) -> Result<u64, Failure> {
        if reached.sequence == 0 {
            return Ok(0);
        }
        let hash = self.hash_at(reached.sequence).await?;
        Ok(if hash == Some(reached.hash) { reached.sequence } else { 0 })
    }

    /// Fails when the journal has an end, and it lies before the record the snapshot reaches: entries that were on the disk
    /// are not any more.
    pub(super) async fn check_journal(&self, reached: u64) -> Result<(), Failure> {
        if reached > 0 && self.hash_at(1).await?.is_some() && self.hash_at(reached).await?.is_none() {
            return Err(StoreError::journal_ends_before(reached).into());
        }
        Ok(())
    }

    /// The hash of one record, `None` when the journal does not have it.
    pub(super) async fn hash_at(&self, sequence: u64) -> Result<Option<[u8; 32]>, Failure> {
        const HASH: &str = "SELECT hash FROM journal WHERE stream = $1 AND sequence = $2";
        let Ok(sequence) = i64::try_from(sequence) else { return Ok(None) };
        let place: Parameters<'_> = &[&self.stream, &sequence];
        let found = self.within(JOURNAL, self.transaction.query_opt(HASH, place)).await?;
        let Some(row) = found else { return Ok(None) };
        let hash = row.try_get::<_, &[u8]>(0).ok().and_then(|hash| hash.try_into().ok());
        hash.map(Some).ok_or_else(|| corrupt(JOURNAL, sequence).into())
    }

    /// Deletes all rows, some at a time: a statement over many millions would take longer than a statement may.
    pub(super) async fn delete_rows(&self) -> Result<(), Failure> {
        const LAST: &str = "SELECT kind, id FROM snapshot_row WHERE stream = $1 AND (kind, id) >= ($2, $3)
            ORDER BY kind, id OFFSET $4 LIMIT 1";
        const DELETE: &str = "DELETE FROM snapshot_row
            WHERE stream = $1 AND (kind, id) >= ($2, $3) AND (kind, id) <= ($4, $5)";
        const DELETE_REST: &str = "DELETE FROM snapshot_row WHERE stream = $1 AND (kind, id) >= ($2, $3)";
        let (mut kind, mut id) = (i16::MIN, i64::MIN);
        loop {
            let from: Parameters<'_> = &[&self.stream, &kind, &id, &AT_ONCE];
            let Some(last) = self.within(ROWS, self.transaction.query_opt(LAST, from)).await? else {
                return self.execute(ROWS, DELETE_REST, &[&self.stream, &kind, &id]).await;
            };
            let damaged = |_| Failure::from(corrupt(ROWS, id));
            let end: (i16, i64) = (last.try_get(0).map_err(damaged)?, last.try_get(1).map_err(damaged)?);
            self.execute(ROWS, DELETE, &[&self.stream, &kind, &id, &end.0, &end.1]).await?;
            (kind, id) = end;
        }
    }

    pub(super) async fn write_rows(&self, batch: &Batch) -> Result<(), Failure> {
        const PUT: &str = "INSERT INTO snapshot_row (stream, kind, id, body)
            SELECT $1, r.kind, r.id, r.body FROM unnest($2::int2[], $3::int8[], $4::bytea[]) AS r (kind, id, body)
            ON CONFLICT (stream, kind, id) DO UPDATE SET body = excluded.body";
        const DELETE: &str = "DELETE FROM snapshot_row AS r
            USING unnest($2::int2[], $3::int8[]) AS gone (kind, id)
            WHERE r.stream = $1 AND r.kind = gone.kind AND r.id = gone.id";
        if !batch.put_ids.is_empty() {
            let put: Parameters<'_> = &[&self.stream, &batch.put_kinds, &batch.put_ids, &batch.put_bodies];
            self.execute(ROWS, PUT, put).await?;
        }
        if !batch.gone_ids.is_empty() {
            let gone: Parameters<'_> = &[&self.stream, &batch.gone_kinds, &batch.gone_ids];
            self.execute(ROWS, DELETE, gone).await?;
        }
        Ok(())
    }

    /// All rows, to be fetched some at a time. Each fetch is a statement of its own, so that a slow visitor is not late.
    pub(super) async fn rows(&self) -> Result<Portal, Failure> {
        const SELECT: &str = "SELECT kind, id, body FROM snapshot_row WHERE stream = $1";
        self.within(ROWS, self.transaction.bind(SELECT, &[&self.stream])).await
    }

    /// The next rows; none when there are no more.
    pub(super) async fn next_rows(&self, rows: &Portal) -> Result<Vec<SnapshotRow>, Failure> {
        let fetched = self.within(ROWS, self.transaction.query_portal(rows, FETCH)).await?;
        fetched
            .iter()
            .map(|row| row_of(row).ok_or_else(|| corrupt(ROWS, row.try_get(1).unwrap_or(0)).into()))
            .collect()
    }

    async fn execute(&self, table: &'static str, sql: &str, values: Parameters<'_>) -> Result<(), Failure> {
        self.within(table, self.transaction.execute(sql, values)).await.map(|_| ())
    }

    async fn within<T>(
        &self,
        table: &'static str,
        answer: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Failure> {
        within(self.limit, answer).await.map_err(sorted(Phase::BeforeCommit, table))
    }
}

/// Sorts what stopped a statement on `table`, but not a conflict, after which the whole may be tried again.
fn sorted(phase: Phase, table: &'static str) -> impl Fn(Failure) -> Failure {
    move |failure| match failure.sort() {
        Sort::Conflict => failure,
        _ => failure.into_store_error(phase, table).into(),
    }
}

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// What a row of `snapshot` says, unless it is damaged.
fn reached_in(row: &Row) -> Option<Head> {
    let sequence = u64::try_from(row.try_get::<_, i64>(0).ok()?).ok()?;
    if sequence == 0 {
        return Some(Head::EMPTY);
    }
    let hash = row.try_get::<_, &[u8]>(1).ok()?.try_into().ok()?;
    Some(Head { sequence, hash })
}

/// A row of `snapshot_row`, unless it is damaged.
fn row_of(row: &Row) -> Option<SnapshotRow> {
    let kind = u8::try_from(row.try_get::<_, i16>(0).ok()?).ok()?;
    Some(SnapshotRow { kind, id: row.try_get(1).ok()?, body: Some(row.try_get(2).ok()?) })
}
