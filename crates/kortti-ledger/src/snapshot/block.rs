//! Rows that hold several neighbours. To write and find a row costs a store more than what stands in it, up to the two thousand
//! bytes or so that a database keeps in one place.

use std::borrow::Borrow;

use kortti_store::SnapshotRow;
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::paged::Numbered;

/// How many neighbours share a row where they are things: cards, accounts, what was done with them.
pub(super) const OF_THINGS: i64 = 8;
/// The same where they are numbered as journal entries are: they are smaller, and most of a block change together.
pub(crate) const OF_ENTRIES: i64 = 32;

/// The row of a block: of its neighbours those that `find` knows, each with its number. Without any there is nothing to be kept.
pub(super) fn row<K: Numbered, T: Encode<()>, V: Borrow<T>>(
    kind: u8,
    (block, size): (i64, i64),
    find: impl Fn(K) -> Option<V>,
) -> SnapshotRow {
    let numbers = block * size..(block + 1) * size;
    row_of::<T, V>(kind, block, numbers.filter_map(|number| Some((number, find(K::of(number))?))).collect())
}

/// The same, of those that are known to be there.
pub(super) fn row_of<T: Encode<()>, V: Borrow<T>>(
    kind: u8,
    block: i64,
    members: Vec<(i64, V)>,
) -> SnapshotRow {
    SnapshotRow { kind, id: block, body: (!members.is_empty()).then(|| encode::<T, V>(&members)) }
}

fn encode<T: Encode<()>, V: Borrow<T>>(members: &[(i64, V)]) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::with_capacity(1024));
    for (number, value) in members {
        // Writing into a vector cannot fail.
        let _ = encoder.i64(*number).and_then(|encoder| encoder.encode(value.borrow()));
    }
    encoder.into_writer()
}

/// Visits the members of a row, each with its number. None when this program does not know how to read it.
pub(super) fn visit<T: for<'b> Decode<'b, ()>>(body: &[u8], mut visit: impl FnMut(i64, T)) -> Option<()> {
    let mut decoder = Decoder::new(body);
    while decoder.position() < body.len() {
        let number = decoder.i64().ok()?;
        visit(number, decoder.decode().ok()?);
    }
    Some(())
}
