//! Cold rows: one table for all, so that a statement can write rows of every kind.

use std::collections::BTreeMap;
use std::pin::pin;

use futures_util::TryStreamExt;
use kortti_store::{ColdTable, ColdWrite};
use tokio_postgres::types::ToSql;

use crate::connect::within;
use crate::error::{Failure, corrupt};
use crate::session::Session;

pub(crate) const FIND: &str = "SELECT body FROM cold WHERE kind = $1 AND id = $2";

pub(crate) const SCAN: &str = "SELECT id, body FROM cold WHERE kind = $1 AND id >= $2 ORDER BY id LIMIT $3";

pub(crate) const DELETE: &str = "DELETE FROM cold USING unnest($1::int2[], $2::int8[]) AS gone (kind, id)
    WHERE cold.kind = gone.kind AND cold.id = gone.id";

/// The body of one row.
pub(crate) async fn find(session: &Session, table: ColdTable, id: i64) -> Result<Option<Vec<u8>>, Failure> {
    let client = &session.connection.client;
    let parameters: [&(dyn ToSql + Sync); 2] = [&kind(table), &id];
    let found = client.query_opt(&session.statements.cold, &parameters);
    let row = within(session.connection.limit, found).await?;
    row.map(|row| row.try_get(0).map_err(|_| corrupt(table.name(), id).into())).transpose()
}

/// Up to `limit` rows from id `first` on.
pub(crate) async fn scan(
    session: &Session,
    table: ColdTable,
    first: i64,
    limit: i64,
) -> Result<Vec<(i64, Vec<u8>)>, Failure> {
    let client = &session.connection.client;
    let (kind, scan) = (kind(table), &session.statements.scan_cold);
    // Row by row, so that not all bodies are held twice.
    let rows = async {
        let parameters: [&(dyn ToSql + Sync); 3] = [&kind, &first, &limit];
        let mut found = pin!(client.query_raw(scan, parameters).await?);
        let mut rows = Vec::new();
        while let Some(row) = found.try_next().await? {
            rows.push((row.try_get(0)?, row.try_get(1)?));
        }
        Ok(rows)
    };
    within(session.connection.limit, rows).await
}

/// The changes of one append, each row once and in order of its key, so that two appends never wait for each other in a
/// circle.
#[derive(Default)]
pub(crate) struct Changes<'a> {
    pub(crate) put_kinds: Vec<i16>,
    pub(crate) put_ids: Vec<i64>,
    pub(crate) put_bodies: Vec<&'a [u8]>,
    pub(crate) gone_kinds: Vec<i16>,
    pub(crate) gone_ids: Vec<i64>,
}

impl<'a> Changes<'a> {
    /// Of several changes of one row the last one counts.
    pub(crate) fn of(writes: &'a [ColdWrite]) -> Changes<'a> {
        let last: BTreeMap<(i16, i64), Option<&[u8]>> =
            writes.iter().map(|write| ((kind(write.table), write.id), write.body.as_deref())).collect();
        let mut changes = Changes::default();
        for ((kind, id), body) in last {
            if let Some(body) = body {
                changes.put_kinds.push(kind);
                changes.put_ids.push(id);
                changes.put_bodies.push(body);
            } else {
                changes.gone_kinds.push(kind);
                changes.gone_ids.push(id);
            }
        }
        changes
    }
}

/// The number of a table in the database. It never changes, whatever becomes of the order of the tables.
fn kind(table: ColdTable) -> i16 {
    match table {
        ColdTable::CardPan => 1,
        ColdTable::CardPersonal => 2,
        ColdTable::CustomerPersonal => 3,
        ColdTable::CustomerKey => 4,
        ColdTable::AccountPersonal => 5,
        ColdTable::ClientSecret => 6,
        ColdTable::Key => 7,
        ColdTable::Authorisation => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_change_of_a_row_counts_and_rows_are_in_order() {
        let write = |table, id, body: Option<&[u8]>| ColdWrite { table, id, body: body.map(<[u8]>::to_vec) };
        let writes = [
            write(ColdTable::Key, 1, Some(b"a")),
            write(ColdTable::CardPan, 9, None),
            write(ColdTable::CardPan, 9, Some(b"b")),
            write(ColdTable::CardPan, -9, Some(b"c")),
            write(ColdTable::CustomerKey, 3, Some(b"d")),
            write(ColdTable::CustomerKey, 3, None),
        ];
        let changes = Changes::of(&writes);
        assert_eq!((changes.put_kinds, changes.put_ids), (vec![1, 1, 7], vec![-9, 9, 1]));
        assert_eq!(changes.put_bodies, [b"c", b"b", b"a"]);
        assert_eq!((changes.gone_kinds, changes.gone_ids), (vec![4], vec![3]));
    }

    #[test]
    fn number_of_a_table_is_the_one_the_migration_names() {
        let migration = include_str!("../migrations/V1__journal_cold_rows_and_snapshots.sql");
        let comment: String = migration.lines().filter_map(|line| line.strip_prefix("--")).collect();
        for table in ColdTable::ALL {
            assert!(comment.contains(&format!(" {} {}", kind(table), table.name())));
        }
    }
}
