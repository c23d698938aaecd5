use super::*;
use crate::jwe::encrypt_card_number;
use crate::testing::*;

fn pan() -> Pan {
    Pan::parse("4242424242424242").unwrap()
}

fn open_error(records: impl IntoIterator<Item = KeyRecord>) -> KeyError {
    KeyRing::open(&master(), records).unwrap_err()
}

#[test]
fn new_keys_make_a_ring() {
    let master = master();
    let record = |id, purpose| KeyRing::new_record(&master, id, purpose, NOW).unwrap();
    let ring = KeyRing::open(&master, [record(1, Purpose::Index), record(2, Purpose::Data)]).unwrap();
    let sealed = ring.seal_pan(PLACE, &pan()).unwrap();
    assert_eq!(ring.open_pan(PLACE, &sealed).unwrap().expose(), "4242424242424242");
    assert_eq!(ring.certificates().count(), 0);
    assert!(!hex(&sealed).contains(&hex(b"4242")));
}

#[test]
fn sealed_values_open_in_their_place_only() {
    let ring = ring();
    let sealed = ring.seal_pan(PLACE, &pan()).unwrap();
    let elsewhere = Place { row: 8, ..PLACE };
    assert_eq!(ring.open_pan(elsewhere, &sealed).unwrap_err(), SealError::Open);
    assert_eq!(ring.open_sealed(elsewhere, &sealed).unwrap_err(), SealError::Open);
    assert_eq!(ring.open_sealed(PLACE, b"short").unwrap_err(), SealError::Open);
}

#[test]
fn sealed_value_that_is_no_card_number_is_refused_as_one() {
    let ring = ring();
    for value in [&b"4242424242424241"[..], b"Aino", b"\xFF\xFF", b""] {
        let sealed = ring.seal(PLACE, value).unwrap();
        assert_eq!(ring.open_pan(PLACE, &sealed).unwrap_err(), SealError::Open);
    }
}

#[test]
fn newest_data_key_seals_and_older_ones_still_open() {
    let before = KeyRing::open(&master(), [index_record(), data_record(5)]).unwrap();
    let old = before.seal(PLACE, b"value").unwrap();
    let newer = KeyRing::new_record(&master(), 6, Purpose::Data, NOW).unwrap();
    // The order of the records does not matter, their ids do.
    let after = KeyRing::open(&master(), [newer, index_record(), data_record(5)]).unwrap();
    let new = after.seal(PLACE, b"value").unwrap();
    assert_eq!(new[..5], [1, 0, 0, 0, 6]);
    assert_eq!(after.open_sealed(PLACE, &old).unwrap().as_slice(), b"value");
    assert_eq!(after.open_sealed(PLACE, &new).unwrap().as_slice(), b"value");
    assert!(after.is_stale(&old));
    assert!(!after.is_stale(&new));
    assert_eq!(before.open_sealed(PLACE, &new).unwrap_err(), SealError::Open);
    assert_eq!(before.pan_index(&pan()), after.pan_index(&pan()));
}

/// Computed with Python's `hmac` from the description of the index, under the key 00..1f.
#[test]
fn pan_index_is_the_described_one() {
    assert_eq!(hex(&ring().pan_index(&pan())), "6603c50343e711547155b184a7103c6a");
}

#[test]
fn indexes_of_different_labels_or_values_are_unrelated() {
    let ring = ring();
    let index = ring.blind_index("email", b"aino@example.org");
    assert_eq!(index, ring.blind_index("email", b"aino@example.org"));
    assert_ne!(index, ring.blind_index("email", b"Aino@example.org"));
    assert_ne!(index, ring.blind_index("phone", b"aino@example.org"));
    assert_ne!(ring.blind_index("ab", b"c"), ring.blind_index("a", b"bc"));
    let other = KeyRing::new_record(&master(), 2, Purpose::Index, NOW).unwrap();
    let other = KeyRing::open(&master(), [other, data_record(5)]).unwrap();
    assert_ne!(index, other.blind_index("email", b"aino@example.org"));
}

#[test]
fn both_certificates_are_live_and_the_newest_comes_first() {
    let ring = ring();
    let certificates: Vec<&Certificate> = ring.certificates().collect();
    assert_eq!(certificates, [&own_certificate(), &Certificate::from_der(FOREIGN_CERTIFICATE.to_vec())]);
    for certificate in certificates {
        let token = encrypt_card_number(certificate.der(), "4242424242424242").unwrap();
        assert_eq!(ring.open_card_number(&token).unwrap().expose(), "4242424242424242");
    }
}

#[test]
fn retired_certificate_opens_nothing() {
    let token = encrypt_card_number(FOREIGN_CERTIFICATE, "4242424242424242").unwrap();
    let records = [own_jwe_record(), data_record(DATA_ID), index_record()];
    let ring = KeyRing::open(&master(), records).unwrap();
    assert_eq!(ring.open_card_number(&token).unwrap_err(), JweError);
}

#[test]
fn ring_lacks_no_key_it_needs() {
    assert_eq!(open_error([]), KeyError::Missing(Purpose::Data));
    assert_eq!(open_error([index_record()]), KeyError::Missing(Purpose::Data));
    assert_eq!(open_error([data_record(5)]), KeyError::Missing(Purpose::Index));
}

#[test]
fn ids_are_unique_and_there_is_one_index_key() {
    let second = KeyRecord { id: 5, ..index_record() };
    assert_eq!(open_error([data_record(5), second]), KeyError::DuplicateId(5));
    let second = KeyRing::new_record(&master(), 3, Purpose::Index, NOW).unwrap();
    // From the highest id down, the one found second is the older one.
    assert_eq!(open_error([data_record(5), second, index_record()]), KeyError::SecondIndex(INDEX_ID));
}

#[test]
fn keys_of_another_master_are_refused() {
    let other = MasterKey::from_hex(&"5b".repeat(32)).unwrap();
    let error = KeyRing::open(&other, [index_record(), data_record(5)]).unwrap_err();
    assert_eq!(error, KeyError::Unwrap(5));
    assert!(error.to_string().starts_with("key 5 cannot be unwrapped"));
}

#[test]
fn altered_records_are_refused() {
    let good = data_record(5);
    for position in 0..good.wrapped.len() {
        let mut altered = good.clone();
        altered.wrapped[position] ^= 1;
        assert_eq!(open_error([index_record(), altered]), KeyError::Unwrap(5));
    }
    let renumbered = KeyRecord { id: 6, ..good.clone() };
    assert_eq!(open_error([index_record(), renumbered]), KeyError::Unwrap(6));
    let relabelled = KeyRecord { purpose: Purpose::Index, ..good };
    assert_eq!(open_error([relabelled]), KeyError::Unwrap(5));
}

#[test]
fn key_that_is_not_of_its_purpose_is_refused() {
    let wrap = |id, purpose, material: &[u8], certificate| {
        KeyRecord::wrap(&master(), id, purpose, NOW, material, certificate).unwrap()
    };
    let short = wrap(5, Purpose::Data, &[0; 31], None);
    assert_eq!(open_error([index_record(), short]), KeyError::Invalid(5, Purpose::Data));
    let short = wrap(5, Purpose::Index, &[0; 31], None);
    assert_eq!(open_error([short]), KeyError::Invalid(5, Purpose::Index));
    let own = own_jwe_record().certificate;
    for certificate in [None, Some(Vec::new()), own] {
        let record = wrap(FOREIGN_JWE_ID, Purpose::Jwe, FOREIGN_PRIVATE_KEY, certificate);
        assert_eq!(open_error([record]), KeyError::Invalid(FOREIGN_JWE_ID, Purpose::Jwe));
    }
    let no_rsa = wrap(7, Purpose::Jwe, &material(), Some(FOREIGN_CERTIFICATE.to_vec()));
    assert_eq!(open_error([no_rsa]), KeyError::Invalid(7, Purpose::Jwe));
}

#[test]
fn reserved_ids_are_not_given_to_keys() {
    for id in [0, u32::MAX] {
        let error = KeyRing::new_record(&master(), id, Purpose::Data, NOW).unwrap_err();
        assert_eq!(error, KeyError::ReservedId(id));
    }
}

#[test]
fn certificate_outside_of_time_is_not_made() {
    let error = KeyRing::new_record(&master(), 7, Purpose::Jwe, -1).unwrap_err();
    assert_eq!(error, KeyError::Generate(Purpose::Jwe));
}

#[test]
fn records_are_stored_as_described() {
    let record = KeyRecord {
        id: 1,
        purpose: Purpose::Jwe,
        created_at: 2,
        wrapped: vec![3, 4],
        certificate: Some(vec![5]),
    };
    assert_eq!(hex(&minicbor::to_vec(&record).unwrap()), "8501020242030441".to_owned() + "05");
    for record in [index_record(), own_jwe_record()] {
        let bytes = minicbor::to_vec(&record).unwrap();
        assert_eq!(minicbor::decode::<KeyRecord>(&bytes).unwrap(), record);
    }
}

#[test]
fn ring_is_shared_between_threads_and_prints_nothing() {
    fn shareable<T: Send + Sync>(_: &T) {}
    let ring = ring();
    shareable(&ring);
    assert_eq!(format!("{ring:?}"), "KeyRing(redacted)");
}
