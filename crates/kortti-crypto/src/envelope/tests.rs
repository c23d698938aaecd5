use proptest::prelude::*;

use super::*;
use crate::testing::{PLACE, material, unhex};

fn sealer() -> Sealer {
    Sealer::new(5, &material()).unwrap()
}

/// Sealed by Python's `cryptography` 50 from the description of the format: key 00..1f, key id 5, nonce 64..6f.
#[test]
fn value_sealed_by_another_implementation_opens() {
    let sealed = unhex(
        "01000000056465666768696a6b6c6d6e6f7c29ea544ddb62ac0a506bdaee575ecff9887ad6a4b70302a2504327a91349f5",
    );
    assert_eq!(sealer().open(PLACE, &sealed).unwrap().as_slice(), b"4242424242424242");
}

#[test]
fn sealed_value_names_its_version_and_key() {
    let sealed = sealer().seal(PLACE, b"value").unwrap();
    assert_eq!(sealed.len(), 33 + 5);
    assert_eq!(sealed[..5], [1, 0, 0, 0, 5]);
    assert_eq!(key_id(&sealed), Some(5));
}

#[test]
fn same_value_is_never_sealed_alike() {
    let sealer = sealer();
    let (first, second) = (sealer.seal(PLACE, b"value").unwrap(), sealer.seal(PLACE, b"value").unwrap());
    assert_ne!(first[NONCE_AT..BODY_AT], second[NONCE_AT..BODY_AT]);
    assert_ne!(first[BODY_AT..], second[BODY_AT..]);
}

#[test]
fn every_altered_bit_is_refused() {
    let sealer = sealer();
    let sealed = sealer.seal(PLACE, b"value").unwrap();
    for position in 0..sealed.len() {
        for bit in 0..8 {
            let mut altered = sealed.clone();
            altered[position] ^= 1 << bit;
            assert_eq!(sealer.open(PLACE, &altered).unwrap_err(), SealError::Open);
        }
    }
}

#[test]
fn every_other_length_is_refused() {
    let sealer = sealer();
    let sealed = sealer.seal(PLACE, b"value").unwrap();
    for length in 0..sealed.len() {
        assert_eq!(sealer.open(PLACE, &sealed[..length]).unwrap_err(), SealError::Open);
    }
    let longer = [sealed.as_slice(), &[0]].concat();
    assert_eq!(sealer.open(PLACE, &longer).unwrap_err(), SealError::Open);
}

#[test]
fn value_opens_in_its_own_place_only() {
    let sealer = sealer();
    let sealed = sealer.seal(PLACE, b"value").unwrap();
    let elsewhere = [
        Place { table: "cards", ..PLACE },
        Place { row: 7, ..PLACE },
        Place { column: "name", ..PLACE },
        // The same letters and numbers, divided in another way.
        Place { table: "car", row: -7, column: "dpan" },
    ];
    for place in elsewhere {
        assert_eq!(sealer.open(place, &sealed).unwrap_err(), SealError::Open);
    }
    assert!(sealer.open(PLACE, &sealed).is_ok());
}

#[test]
fn key_of_the_same_id_but_other_material_opens_nothing() {
    let sealed = sealer().seal(PLACE, b"value").unwrap();
    let other = Sealer::new(5, &[7; KEY_LEN]).unwrap();
    assert_eq!(other.open(PLACE, &sealed).unwrap_err(), SealError::Open);
}

#[test]
fn key_of_another_length_is_no_key() {
    assert!(Sealer::new(5, &[0; 16]).is_none());
    assert!(Sealer::new(5, &[0; 33]).is_none());
    assert!(Sealer::new(5, &[]).is_none());
}

proptest! {
    #[test]
    fn what_was_sealed_opens_unchanged(value in any::<Vec<u8>>(), row in any::<i64>()) {
        let place = Place { row, ..PLACE };
        let sealer = sealer();
        let sealed = sealer.seal(place, &value).unwrap();
        prop_assert_eq!(sealer.open(place, &sealed).unwrap().to_vec(), value);
    }

    #[test]
    fn opening_anything_else_is_an_error(mut bytes in any::<Vec<u8>>(), own_header in any::<bool>()) {
        if own_header && bytes.len() > 5 {
            bytes[..5].copy_from_slice(&[1, 0, 0, 0, 5]);
        }
        prop_assert_eq!(sealer().open(PLACE, &bytes).unwrap_err(), SealError::Open);
    }
}
