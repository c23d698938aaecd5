//! The journal: the statements on it, and the append.
//!
//! # Why an append is safe
//!
//! Whoever appends locks the stream's row, so appends to one stream come one after the other, also those of other
//! processes. The statement compares the end as it was when the statement began, which may be before it got the lock.
//! Whatever happened in between shows nevertheless: another append has taken the next sequence, and the journal's key
//! refuses it a second time; and a wipe has put another row in the place of the one waited for, so that nothing is left
//! to lock and nothing is written. The epoch alone stands in the row itself: who takes the stream over changes it under
//! the same lock, and an append that waited for that compares the row anew. An append without records has no sequence to be refused, so it locks in a statement
//! of its own and compares in the next.

use std::pin::pin;

use futures_util::TryStreamExt;
use kortti_store::{Append, Head, Record, StoreError, StreamId};
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};

use crate::cold::Changes;
use crate::connect::{before_commit, committed, within};
use crate::error::{Failure, Phase, Sort, TOO_BIG, corrupt};
use crate::session::{Pool, Session};

pub(crate) const JOURNAL: &str = "journal";

pub(crate) const HEAD: &str =
    "SELECT sequence, hash FROM journal WHERE stream = $1 ORDER BY sequence DESC LIMIT 1";

pub(crate) const READ: &str = "SELECT sequence, hash, entry FROM journal
    WHERE stream = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";

pub(crate) const LOCK: &str = "SELECT stream FROM stream WHERE stream = $1 FOR UPDATE";

/// Appends to stream `$1` if it ends at sequence `$2` with hash `$3` and is in epoch `$7`; returns 1 when it did, and 0 when it wrote nothing.
pub(crate) const APPEND: &str = "
    WITH fence AS (
        SELECT s.stream FROM stream AS s
        WHERE s.stream = $1
          AND s.epoch = $7
          AND ($2::int8 = 0 OR EXISTS (
              SELECT 1 FROM journal WHERE stream = $1 AND sequence = $2::int8 AND hash = $3))
          AND NOT EXISTS (SELECT 1 FROM journal WHERE stream = $1 AND sequence = $2::int8 + 1)
        FOR UPDATE OF s
    ), records AS (
        INSERT INTO journal (stream, sequence, hash, entry)
        SELECT fence.stream, r.sequence, r.hash, r.entry
        FROM fence, unnest($4::int8[], $5::bytea[], $6::bytea[]) AS r (sequence, hash, entry)
    ), cold_rows AS (
        INSERT INTO cold (kind, id, body)
        SELECT c.kind, c.id, c.body
        FROM fence, unnest($8::int2[], $9::int8[], $10::bytea[]) AS c (kind, id, body)
        ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body
    )
    SELECT count(*) FROM fence";

/// The same for records without cold rows, which most appends are; it takes the server a third less, and the server counts what it
/// has appended. That the next sequence is taken already is left to the journal's key. The arrays are unrolled in step, each
/// as long as the others: among the tables of FROM the server would copy them first.
pub(crate) const APPEND_RECORDS: &str = "
    INSERT INTO journal (stream, sequence, hash, entry)
    SELECT fence.stream, unnest($4::int8[]), unnest($5::bytea[]), unnest($6::bytea[])
    FROM (
        SELECT s.stream FROM stream AS s
        WHERE s.stream = $1
          AND s.epoch = $7
          AND ($2::int8 = 0 OR EXISTS (
              SELECT 1 FROM journal WHERE stream = $1 AND sequence = $2::int8 AND hash = $3))
        FOR UPDATE OF s
    ) AS fence";

/// Changes nothing, if stream `$1` goes through sequence `$2` with hash `$3`, and is written all the same.
const CONFIRM: &str = "
    UPDATE stream SET epoch = epoch
    WHERE stream = $1
      AND ($2::int8 = 0 OR EXISTS (SELECT 1 FROM journal WHERE stream = $1 AND sequence = $2::int8 AND hash = $3))";

/// The largest append, in bytes. The server takes no parameter of a thousand million bytes or more.
const MOST_BYTES: usize = 900_000_000;

/// Where a stream ends.
pub(crate) async fn head(session: &Session, stream: StreamId) -> Result<Head, Failure> {
    let client = &session.connection.client;
    let stream = number(stream);
    let row =
        within(session.connection.limit, client.query_opt(&session.statements.head, &[&stream])).await?;
    row.map_or(Ok(Head::EMPTY), |row| head_of(&row, 0))
}

/// Up to `limit` records behind `after`.
pub(crate) async fn read(
    session: &Session,
    stream: StreamId,
    after: i64,
    limit: i64,
) -> Result<Vec<Record>, Failure> {
    let client = &session.connection.client;
    let (stream, read) = (number(stream), &session.statements.read);
    // Row by row, so that not all entries are held twice.
    let records = async {
        let parameters: [&(dyn ToSql + Sync); 3] = [&stream, &after, &limit];
        let mut rows = pin!(client.query_raw(read, parameters).await?);
        let mut records = Vec::new();
        let mut expected = after;
        while let Some(row) = rows.try_next().await? {
            expected += 1;
            match record_of(&row, expected) {
                Ok(record) => records.push(record),
                Err(damage) => return Ok(Err(damage)),
            }
        }
        Ok(Ok(records))
    };
    within(session.connection.limit, records).await?
}

/// Commits something behind all that can be read: a server that answers that has everything before it where it is to be. False when
/// the stream does not go through `end`.
pub(crate) async fn confirm(session: &Session, stream: StreamId, end: Head) -> Result<bool, Failure> {
    let (stream, sequence, hash) = (number(stream), signed(end.sequence), end.hash.as_slice());
    let connection = &session.connection;
    let parameters: [&(dyn ToSql + Sync); 3] = [&stream, &sequence, &hash];
    let confirm = connection.client.execute(CONFIRM, &parameters);
    Ok(committed(connection.limit, &connection.abandoned, confirm).await? == 1)
}

/// How a try to append ended.
pub(crate) enum Attempt {
    Done,
    /// The stream did not end where it was expected to. Nothing was written.
    Refused,
    /// Others were in the way. Nothing was written, and another try may go through.
    Conflict(Failure),
}

/// An append in the form the statements take.
pub(crate) struct Batch<'a> {
    stream: i32,
    expected: Head,
    epoch: i64,
    sequences: Vec<i64>,
    hashes: Vec<&'a [u8]>,
    entries: Vec<&'a [u8]>,
    cold: Changes<'a>,
}

impl<'a> Batch<'a> {
    /// Takes an append apart.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when its records are not numbered on from the expected end, or it is too large.
    pub(crate) fn of(append: &'a Append<'_>) -> Result<Batch<'a>, StoreError> {
        let mut last = append.expected.sequence;
        let mut sequences = Vec::with_capacity(append.records.len());
        for record in append.records {
            last = last.checked_add(1).ok_or(OUT_OF_SEQUENCE)?;
            if record.sequence != last {
                return Err(OUT_OF_SEQUENCE);
            }
            sequences.push(i64::try_from(last).map_err(|_| OUT_OF_SEQUENCE)?);
        }
        let cold = Changes::of(append.cold);
        let entries: Vec<&[u8]> = append.records.iter().map(|record| record.bytes.as_slice()).collect();
        let bytes: usize = entries.iter().chain(&cold.put_bodies).map(|body| body.len() + 64).sum();
        if bytes > MOST_BYTES {
            return Err(StoreError::Invalid { reason: TOO_BIG });
        }
        let hashes = append.records.iter().map(|record| record.hash.as_slice()).collect();
        Ok(Batch {
            stream: number(append.stream),
            expected: append.expected,
            epoch: signed(append.epoch),
            sequences,
            hashes,
            entries,
            cold,
        })
    }

    /// Tries once. What comes back as an error has been sorted by what may have been committed.
    pub(crate) async fn attempt(&self, pool: &Pool) -> Result<Attempt, StoreError> {
        let end = self.expected;
        let can_be_an_end = i64::try_from(end.sequence).is_ok_and(|sequence| sequence < i64::MAX)
            && (end.sequence > 0 || end == Head::EMPTY);
        if !can_be_an_end {
            return Ok(Attempt::Refused);
        }
        let mut lease = match pool.lease().await {
            Err(failure) if failure.sort() == Sort::Conflict => return Ok(Attempt::Conflict(failure)),
            lease => lease.map_err(before_commit(JOURNAL))?,
        };
        let mut phase = Phase::BeforeCommit;
        let written = self.write(&mut lease.session, &mut phase).await;
        match lease.settle(written) {
            Ok(true) => Ok(Attempt::Done),
            Ok(false) => Ok(Attempt::Refused),
            Err(failure) => match failure.sort() {
                Sort::Duplicate => Ok(Attempt::Refused),
                Sort::Conflict => Ok(Attempt::Conflict(failure)),
                _ => Err(failure.into_store_error(phase, JOURNAL)),
            },
        }
    }

    /// Writes everything or nothing; false when the stream does not end where it is expected to.
    async fn write(&self, session: &mut Session, phase: &mut Phase) -> Result<bool, Failure> {
        let Session { connection, statements, .. } = session;
        let (limit, abandoned, client) = (connection.limit, &connection.abandoned, &mut connection.client);
        let expected = signed(self.expected.sequence);
        let hash = self.expected.hash.as_slice();
        // The first seven are those of records alone.
        let parameters: [&(dyn ToSql + Sync); 10] = [
            &self.stream,
            &expected,
            &hash,
            &self.sequences,
            &self.hashes,
            &self.entries,
            &self.epoch,
            &self.cold.put_kinds,
            &self.cold.put_ids,
            &self.cold.put_bodies,
        ];
        if !self.sequences.is_empty() && self.cold.gone_ids.is_empty() {
            if client.is_closed() {
                return Err(Failure::NoConnection("the server has closed the connection".into()));
            }
            *phase = Phase::Commit;
            if self.cold.put_ids.is_empty() {
                let append = client.execute(&statements.append_records, &parameters[..7]);
                return Ok(committed(limit, abandoned, append).await? > 0);
            }
            let append = client.query_one(&statements.append, &parameters);
            let row = committed(limit, abandoned, append).await?;
            return Ok(row.try_get::<_, i64>(0)? == 1);
        }
        // Stricter isolation would compare the end as it was before the lock was waited for.
        let start = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start();
        let transaction = within(limit, start).await?;
        within(limit, transaction.execute(&statements.lock, &[&self.stream])).await?;
        let row = within(limit, transaction.query_one(&statements.append, &parameters)).await?;
        if row.try_get::<_, i64>(0)? != 1 {
            within(limit, transaction.rollback()).await?;
            return Ok(false);
        }
        let gone: [&(dyn ToSql + Sync); 2] = [&self.cold.gone_kinds, &self.cold.gone_ids];
        within(limit, transaction.execute(&statements.delete_cold, &gone)).await?;
        *phase = Phase::Commit;
        committed(limit, abandoned, transaction.commit()).await?;
        Ok(true)
    }
}

const OUT_OF_SEQUENCE: StoreError =
    StoreError::Invalid { reason: "records must be numbered on from the expected end of the stream" };

/// A stream as the database numbers it; there are never more than fit.
pub(crate) fn number(stream: StreamId) -> i32 {
    i32::try_from(stream.0).unwrap_or(i32::MAX)
}

/// A number of the contract as the database has it; those that do not fit are larger than any there is.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The sequence and hash in the first two columns of a row of the journal.
pub(crate) fn head_of(row: &Row, expected: i64) -> Result<Head, Failure> {
    let sequence: i64 = row.try_get(0).map_err(|_| corrupt(JOURNAL, expected))?;
    let hash: &[u8] = row.try_get(1).map_err(|_| corrupt(JOURNAL, sequence))?;
    match (u64::try_from(sequence), hash.try_into()) {
        (Ok(sequence), Ok(hash)) => Ok(Head { sequence, hash }),
        _ => Err(corrupt(JOURNAL, sequence).into()),
    }
}

fn record_of(row: &Row, expected: i64) -> Result<Record, Failure> {
    let Head { sequence, hash } = head_of(row, expected)?;
    if signed(sequence) != expected {
        return Err(corrupt(JOURNAL, expected).into());
    }
    let bytes = row.try_get(2).map_err(|_| corrupt(JOURNAL, expected))?;
    Ok(Record { sequence, hash, bytes })
}
