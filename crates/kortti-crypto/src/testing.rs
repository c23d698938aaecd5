//! Keys the tests share. RSA keys are slow to make, so a test takes the foreign one or the one made here.

use std::sync::OnceLock;

use crate::certificate::Certificate;
use crate::envelope::Place;
use crate::keyring::KeyRing;
use crate::master::MasterKey;
use crate::record::{KeyRecord, Purpose};

/// 2026-11-22 10:00:00 UTC.
pub(crate) const NOW: i64 = 1_795_341_600_000;

pub(crate) const PLACE: Place = Place { table: "card", row: -7, column: "pan" };

pub(crate) const INDEX_ID: u32 = 1;
pub(crate) const DATA_ID: u32 = 5;
pub(crate) const FOREIGN_JWE_ID: u32 = 7;
pub(crate) const OWN_JWE_ID: u32 = 9;

/// A key pair and its certificate made with Python's `cryptography` 50, the certificate with critical extensions.
pub(crate) const FOREIGN_PRIVATE_KEY: &[u8] = include_bytes!("jwe/foreign/private_key.der");
pub(crate) const FOREIGN_CERTIFICATE: &[u8] = include_bytes!("jwe/foreign/certificate.der");

/// The bytes 0 to 31, the material of the tests' data and index keys.
pub(crate) fn material() -> [u8; 32] {
    std::array::from_fn(|position| position as u8)
}

pub(crate) fn master() -> MasterKey {
    MasterKey::from_hex(&"5a".repeat(32)).unwrap()
}

pub(crate) fn data_record(id: u32) -> KeyRecord {
    KeyRecord::wrap(&master(), id, Purpose::Data, NOW, &material(), None).unwrap()
}

pub(crate) fn index_record() -> KeyRecord {
    KeyRecord::wrap(&master(), INDEX_ID, Purpose::Index, NOW, &material(), None).unwrap()
}

pub(crate) fn foreign_jwe_record() -> KeyRecord {
    let certificate = Some(FOREIGN_CERTIFICATE.to_vec());
    KeyRecord::wrap(&master(), FOREIGN_JWE_ID, Purpose::Jwe, NOW, FOREIGN_PRIVATE_KEY, certificate).unwrap()
}

/// The one RSA key the tests generate.
pub(crate) fn own_jwe_record() -> KeyRecord {
    static RECORD: OnceLock<KeyRecord> = OnceLock::new();
    RECORD.get_or_init(|| KeyRing::new_record(&master(), OWN_JWE_ID, Purpose::Jwe, NOW).unwrap()).clone()
}

/// A ring of the index key, one data key and both JWE keys.
pub(crate) fn ring() -> KeyRing {
    let records = [own_jwe_record(), data_record(DATA_ID), index_record(), foreign_jwe_record()];
    KeyRing::open(&master(), records).unwrap()
}

pub(crate) fn own_certificate() -> Certificate {
    Certificate::from_der(own_jwe_record().certificate.unwrap())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
