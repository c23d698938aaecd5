//! What a row of a snapshot carries, so that one that is not what was written is noticed: nobody would see from a balance that
//! a bit of it has turned.

use kortti_store::SnapshotRow;

/// How many bytes of a body are its checksum. They stand at its end.
const BYTES: usize = 8;
/// Where FNV begins, so that nothing but zeros does not come to zero, and the odd number by which it multiplies.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// The row with the checksum of its place and its body.
pub(crate) fn seal(mut row: SnapshotRow) -> SnapshotRow {
    if let Some(body) = &mut row.body {
        let sum = checksum(row.kind, row.id, body);
        body.extend_from_slice(&sum.to_le_bytes());
    }
    row
}

/// The body without its checksum; none when the row is not what was written here.
pub(super) fn open(row: &SnapshotRow) -> Option<&[u8]> {
    let (body, sum) = row.body.as_deref()?.split_last_chunk::<BYTES>()?;
    (u64::from_le_bytes(*sum) == checksum(row.kind, row.id, body)).then_some(body)
}

/// Against mistakes of a disk, not of people: whoever can write the snapshot can write this, too. A start takes it of millions
/// of rows, so it goes through eight bytes at once. What changes within eight bytes is always noticed, since each step can
/// be undone; two changes cancel each other once in 2^64.
fn checksum(kind: u8, id: i64, body: &[u8]) -> u64 {
    let step = |sum: u64, word: u64| {
        let product = (sum ^ word).wrapping_mul(PRIME);
        // Otherwise the high bits never reach the low ones.
        product ^ (product >> 32)
    };
    let (words, rest) = body.as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
    let begun = step(step(step(BASIS, u64::from(kind)), id.cast_unsigned()), body.len() as u64);
    let sum = words.iter().fold(begun, |sum, word| step(sum, u64::from_le_bytes(*word)));
    step(step(sum, u64::from_le_bytes(last)), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(kind: u8, id: i64, body: &[u8]) -> SnapshotRow {
        seal(SnapshotRow { kind, id, body: Some(body.to_vec()) })
    }

    #[test]
    fn row_is_opened_as_it_was_sealed() {
        for length in 0..40 {
            let body = vec![7; length];
            assert_eq!(open(&sealed(2, -3, &body)), Some(body.as_slice()));
        }
        let gone = SnapshotRow { kind: 1, id: 1, body: None };
        assert_eq!(seal(gone.clone()), gone);
        // As an earlier version has written them.
        for body in [&[][..], &[0; 7], &[0; 8], b"something"] {
            assert_eq!(open(&SnapshotRow { kind: 1, id: 1, body: Some(body.to_vec()) }), None);
        }
    }

    #[test]
    fn each_bit_of_a_row_and_of_its_place_counts() {
        let row = sealed(2, 2001, b"a body of some length");
        for bit in 0..8 * row.body.as_ref().map_or(0, Vec::len) {
            let mut turned = row.clone();
            turned.body.as_mut().unwrap()[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&turned), None, "bit {bit}");
        }
        assert_eq!(open(&SnapshotRow { kind: 3, ..row.clone() }), None);
        assert_eq!(open(&SnapshotRow { id: 2002, ..row.clone() }), None);
        for two in 0..15 {
            let mut turned = row.clone();
            let body = turned.body.as_mut().unwrap();
            body[two] ^= 0x80;
            body[two + 8] ^= 0x80;
            assert_eq!(open(&turned), None, "the highest bits of bytes {two} and {}", two + 8);
        }
        let mut shorter = row;
        shorter.body.as_mut().unwrap().pop();
        assert_eq!(open(&shorter), None);
    }
}
