//! The rows of a snapshot on their way to the database, some at a time.

use std::collections::BTreeMap;

use kortti_store::SnapshotRow;

/// A batch is full when it has so many rows, or so many bytes of bodies.
pub(super) const MOST_ROWS: usize = 1000;
const MOST_BYTES: usize = 1 << 20;

/// Some of the rows to write and to delete, each once, in the form the statements take.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) put_kinds: Vec<i16>,
    pub(super) put_ids: Vec<i64>,
    pub(super) put_bodies: Vec<Vec<u8>>,
    pub(super) gone_kinds: Vec<i16>,
    pub(super) gone_ids: Vec<i64>,
}

impl Batch {
    /// Takes as many rows as one batch holds; none when there are no more. Of several rows of one name the last counts.
    pub(super) fn next(rows: &mut dyn Iterator<Item = SnapshotRow>) -> Option<Batch> {
        let (mut last, mut bytes) = (BTreeMap::new(), 0);
        while last.len() < MOST_ROWS && bytes < MOST_BYTES {
            let Some(SnapshotRow { kind, id, body }) = rows.next() else { break };
            bytes += body.as_ref().map_or(0, Vec::len);
            last.insert((i16::from(kind), id), body);
        }
        if last.is_empty() {
            return None;
        }
        let mut batch = Batch::default();
        for ((kind, id), body) in last {
            if let Some(body) = body {
                batch.put_kinds.push(kind);
                batch.put_ids.push(id);
                batch.put_bodies.push(body);
            } else {
                batch.gone_kinds.push(kind);
                batch.gone_ids.push(id);
            }
        }
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_of_several_rows_of_one_name_counts() {
        let row = |id, body: Option<&[u8]>| SnapshotRow { kind: 200, id, body: body.map(<[u8]>::to_vec) };
        let rows = [row(1, Some(b"a")), row(1, None), row(2, None), row(2, Some(b"b")), row(3, Some(b""))];
        let mut rows = rows.into_iter();
        let batch = Batch::next(&mut rows);
        let batch = batch.unwrap_or_default();
        assert_eq!((batch.put_kinds, batch.put_ids), (vec![200, 200], vec![2, 3]));
        assert_eq!(batch.put_bodies, [b"b".to_vec(), Vec::new()]);
        assert_eq!((batch.gone_kinds, batch.gone_ids), (vec![200], vec![1]));
        assert!(Batch::next(&mut rows).is_none());
    }

    #[test]
    fn batch_is_bounded_by_rows_and_by_bytes() {
        let sizes = |size: usize| {
            let mut rows = (0..2500).map(|id| SnapshotRow { kind: 1, id, body: Some(vec![0; size]) });
            std::iter::from_fn(|| Batch::next(&mut rows)).map(|batch| batch.put_ids.len()).collect::<Vec<_>>()
        };
        assert_eq!(sizes(1), [1000, 1000, 500]);
        assert_eq!(sizes(MOST_BYTES / 500), [501, 501, 501, 501, 496]);
    }
}
