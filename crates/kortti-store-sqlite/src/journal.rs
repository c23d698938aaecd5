//! The statements on the main file: journal and cold rows.

use std::sync::LazyLock;

use kortti_store::{Append, ColdTable, ColdWrite, Head, Record, StoreError};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::error::{corrupt, failure_at, write_failure_at};
use crate::lease;

const JOURNAL: &str = "journal";

/// Where the journal ends.
pub(crate) fn head(connection: &Connection) -> Result<Head, StoreError> {
    connection
        .prepare_cached("SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1")
        .and_then(|mut statement| statement.query_row([], head_of).optional())
        .map(|head| head.unwrap_or(Head::EMPTY))
        .map_err(|error| failure_at(error, JOURNAL, 0))
}

/// The hash of one record, `None` when the journal does not have it.
pub(crate) fn hash_at(connection: &Connection, sequence: u64) -> Result<Option<[u8; 32]>, StoreError> {
    let Ok(row) = i64::try_from(sequence) else { return Ok(None) };
    connection
        .prepare_cached("SELECT sequence, hash FROM journal WHERE sequence = ?1")
        .and_then(|mut statement| statement.query_row([row], head_of).optional())
        .map(|head| head.map(|head| head.hash))
        .map_err(|error| failure_at(error, JOURNAL, row))
}

/// Up to `limit` records behind `after`.
pub(crate) fn read(connection: &Connection, after: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
    let Ok(behind) = i64::try_from(after) else { return Ok(Vec::new()) };
    let failed = |error| failure_at(error, JOURNAL, behind);
    let mut statement = connection
        .prepare_cached(
            "SELECT sequence, hash, entry FROM journal WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
        )
        .map_err(failed)?;
    let mut rows = statement.query((behind, sql_limit(limit))).map_err(failed)?;
    let mut records = Vec::new();
    let mut expected = behind;
    while let Some(row) = rows.next().map_err(failed)? {
        expected += 1;
        let found = record_of(row).map_err(|error| failure_at(error, JOURNAL, expected))?;
        if i64::try_from(found.sequence) != Ok(expected) {
            return Err(corrupt(JOURNAL, expected));
        }
        records.push(found);
    }
    Ok(records)
}

/// Writes an append whose records are known to be in sequence. To be called inside a transaction
/// that has taken the write lock, so that the head it compares is the head it adds to.
pub(crate) fn append(connection: &Connection, append: &Append<'_>) -> Result<(), StoreError> {
    let actual = head(connection)?;
    if actual != append.expected || lease::find(connection)?.epoch != append.epoch {
        return Err(StoreError::Moved { actual: actual.sequence });
    }
    let mut insert = connection
        .prepare_cached("INSERT INTO journal (sequence, hash, entry) VALUES (?1, ?2, ?3)")
        .map_err(|error| write_failure_at(error, JOURNAL, 0))?;
    for record in append.records {
        let row = i64::try_from(record.sequence).map_err(|_| OUT_OF_SEQUENCE)?;
        insert
            .execute((row, record.hash.as_slice(), record.bytes.as_slice()))
            .map_err(|error| write_failure_at(error, JOURNAL, row))?;
    }
    append.cold.iter().try_for_each(|write| write_cold(connection, write))
}

/// Checks that records are numbered on from where the append expects the stream to end.
pub(crate) fn check_sequence(append: &Append<'_>) -> Result<(), StoreError> {
    let mut last = append.expected.sequence;
    for record in append.records {
        last = last.checked_add(1).ok_or(OUT_OF_SEQUENCE)?;
        if record.sequence != last {
            return Err(OUT_OF_SEQUENCE);
        }
    }
    Ok(())
}

/// Deletes every record and every cold row. To be called inside a transaction.
pub(crate) fn wipe(connection: &Connection) -> Result<(), StoreError> {
    for table in ColdTable::ALL.map(ColdTable::name).into_iter().chain([JOURNAL]) {
        connection
            .execute(&format!(r#"DELETE FROM "{table}""#), [])
            .map_err(|error| write_failure_at(error, table, 0))?;
    }
    Ok(())
}

/// The body of one cold row.
pub(crate) fn cold(
    connection: &Connection,
    table: ColdTable,
    id: i64,
) -> Result<Option<Vec<u8>>, StoreError> {
    connection
        .prepare_cached(&ColdSql::of(table).find)
        .and_then(|mut statement| statement.query_row([id], |row| row.get(0)).optional())
        .map_err(|error| failure_at(error, table.name(), id))
}

/// Up to `limit` cold rows from id `first` on.
pub(crate) fn scan_cold(
    connection: &Connection,
    table: ColdTable,
    first: i64,
    limit: usize,
) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
    connection
        .prepare_cached(&ColdSql::of(table).scan)
        .and_then(|mut statement| {
            statement.query_map((first, sql_limit(limit)), |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
        .map_err(|error| failure_at(error, table.name(), first))
}

fn write_cold(connection: &Connection, write: &ColdWrite) -> Result<(), StoreError> {
    let sql = ColdSql::of(write.table);
    let written = match &write.body {
        Some(body) => connection
            .prepare_cached(&sql.put)
            .and_then(|mut statement| statement.execute((write.id, body.as_slice()))),
        None => {
            connection.prepare_cached(&sql.delete).and_then(|mut statement| statement.execute([write.id]))
        }
    };
    written.map(|_| ()).map_err(|error| write_failure_at(error, write.table.name(), write.id))
}

/// The statements on one cold table.
struct ColdSql {
    find: String,
    scan: String,
    put: String,
    delete: String,
}

impl ColdSql {
    fn of(table: ColdTable) -> &'static ColdSql {
        static ALL: LazyLock<[ColdSql; ColdTable::ALL.len()]> =
            LazyLock::new(|| ColdTable::ALL.map(ColdSql::new));
        &ALL[table as usize]
    }

    fn new(table: ColdTable) -> ColdSql {
        let table = table.name();
        ColdSql {
            find: format!(r#"SELECT body FROM "{table}" WHERE id = ?1"#),
            scan: format!(r#"SELECT id, body FROM "{table}" WHERE id >= ?1 ORDER BY id LIMIT ?2"#),
            put: format!(
                r#"INSERT INTO "{table}" (id, body) VALUES (?1, ?2)
                   ON CONFLICT (id) DO UPDATE SET body = excluded.body"#
            ),
            delete: format!(r#"DELETE FROM "{table}" WHERE id = ?1"#),
        }
    }
}

const OUT_OF_SEQUENCE: StoreError =
    StoreError::Invalid { reason: "records must be numbered on from the expected end of the stream" };

fn head_of(row: &Row<'_>) -> rusqlite::Result<Head> {
    Ok(Head { sequence: row.get(0)?, hash: row.get(1)? })
}

fn record_of(row: &Row<'_>) -> rusqlite::Result<Record> {
    Ok(Record { sequence: row.get(0)?, hash: row.get(1)?, bytes: row.get(2)? })
}

fn sql_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
