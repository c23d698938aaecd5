//! Rows of a snapshot: what stands in them, and with somebody's hands on them.

use kortti_store::{Extent, SnapshotRow, Store};
use minicbor::{Decode, Decoder, Encode};

use super::place::Place;
use crate::{STREAM, snapshot::seal};

/// The kinds of which eight neighbours share a row; of answers, authorisations and uses it is thirty-two.
const THINGS: [u8; 5] = [1, 2, 3, 9, 10];

/// The id of the row that something is in.
pub fn id_of(kind: u8, number: i64) -> i64 {
    number.div_euclid(if THINGS.contains(&kind) { 8 } else { 32 })
}

/// All rows.
pub fn rows(place: &Place) -> Vec<SnapshotRow> {
    let mut rows = Vec::new();
    place.store().read_snapshot(STREAM, &mut |row| rows.push(row)).unwrap();
    rows
}

/// What stands in the row that `number` is in, each with its number.
fn members<T: for<'b> Decode<'b, ()>>(place: &Place, kind: u8, number: i64) -> Vec<(i64, T)> {
    let found = rows(place).into_iter().find(|row| (row.kind, row.id) == (kind, id_of(kind, number)));
    let Some(body) = found.and_then(|row| row.body) else { return Vec::new() };
    // The checksum stands behind them.
    let mut decoder = Decoder::new(&body[..body.len() - 8]);
    let mut members = Vec::new();
    while decoder.position() < decoder.input().len() {
        members.push((decoder.i64().unwrap(), decoder.decode().unwrap()));
    }
    members
}

/// A thing as it stands in the snapshot.
pub fn member<T: for<'b> Decode<'b, ()>>(place: &Place, kind: u8, number: i64) -> T {
    let found = members(place, kind, number).into_iter().find(|(other, _)| *other == number);
    found.unwrap().1
}

/// The row that `number` is in, with this in its place, or without it.
pub fn row_with<T: for<'b> Decode<'b, ()> + Encode<()>>(
    place: &Place,
    (kind, number): (u8, i64),
    value: Option<T>,
) -> SnapshotRow {
    let mut members: Vec<(i64, T)> = members(place, kind, number);
    members.retain(|(other, _)| *other != number);
    members.extend(value.map(|value| (number, value)));
    let mut body = Vec::new();
    for (number, value) in &members {
        minicbor::encode(number, &mut body).unwrap();
        minicbor::encode(value, &mut body).unwrap();
    }
    SnapshotRow { kind, id: id_of(kind, number), body: Some(body) }
}

/// Puts a row into the snapshot, which stays where it is.
pub fn put(place: &Place, row: SnapshotRow) {
    let store = place.store();
    let sequence = store.read_snapshot(STREAM, &mut |_| {}).unwrap();
    store.write_snapshot(STREAM, sequence, Extent::Changes, &mut vec![seal(row)].into_iter()).unwrap();
}
