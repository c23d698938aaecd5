use super::*;
use crate::testing::{PLACE, data_record, index_record, master, ring};

#[test]
fn unwrapped_key_opens_what_the_key_sealed() {
    let ring = ring();
    let key = SubjectKey::generate().unwrap();
    let sealed = key.seal(PLACE, b"Aino").unwrap();
    let wrapped = key.wrap(&ring, 12).unwrap();
    let unwrapped = SubjectKey::unwrap(&ring, 12, &wrapped).unwrap();
    assert_eq!(unwrapped.open(PLACE, &sealed).unwrap().as_slice(), b"Aino");
    assert_eq!(sealed[..5], [1, 0xFF, 0xFF, 0xFF, 0xFF]);
}

#[test]
fn key_of_one_customer_is_not_that_of_another() {
    let ring = ring();
    let (first, second) = (SubjectKey::generate().unwrap(), SubjectKey::generate().unwrap());
    let wrapped = first.wrap(&ring, 12).unwrap();
    assert_eq!(SubjectKey::unwrap(&ring, 13, &wrapped).unwrap_err(), SealError::Open);
    let sealed = first.seal(PLACE, b"Aino").unwrap();
    assert_eq!(second.open(PLACE, &sealed).unwrap_err(), SealError::Open);
    assert_eq!(ring.open_sealed(PLACE, &sealed).unwrap_err(), SealError::Open);
}

#[test]
fn value_opens_in_its_own_place_only() {
    let key = SubjectKey::generate().unwrap();
    let sealed = key.seal(PLACE, b"Aino").unwrap();
    assert_eq!(key.open(Place { row: 8, ..PLACE }, &sealed).unwrap_err(), SealError::Open);
}

#[test]
fn wrapped_key_outlives_a_new_data_key() {
    let key = SubjectKey::generate().unwrap();
    let wrapped = key.wrap(&ring(), 12).unwrap();
    let rotated = KeyRing::open(&master(), [data_record(5), data_record(6), index_record()]).unwrap();
    let sealed = key.seal(PLACE, b"Aino").unwrap();
    assert!(rotated.is_stale(&wrapped));
    let again = SubjectKey::unwrap(&rotated, 12, &wrapped).unwrap().wrap(&rotated, 12).unwrap();
    assert!(!rotated.is_stale(&again));
    let unwrapped = SubjectKey::unwrap(&rotated, 12, &again).unwrap();
    assert!(unwrapped.open(PLACE, &sealed).is_ok());
}

#[test]
fn wrapped_value_of_another_length_is_no_key() {
    let ring = ring();
    for length in [0, 16, 31, 33] {
        let wrapped = ring.seal(place(12), &vec![1; length]).unwrap();
        assert_eq!(SubjectKey::unwrap(&ring, 12, &wrapped).unwrap_err(), SealError::Open);
    }
    assert_eq!(SubjectKey::unwrap(&ring, 12, &[]).unwrap_err(), SealError::Open);
}

#[test]
fn debug_prints_no_key() {
    assert_eq!(format!("{:?}", SubjectKey::generate().unwrap()), "SubjectKey(redacted)");
}
