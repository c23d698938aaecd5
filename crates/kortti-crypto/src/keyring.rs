//! The keys in use.

use std::cmp::Reverse;
use std::fmt;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::envelope::{self, KEY_LEN, Place, SealError, Sealer};
use crate::jwe::{self, JweError, JweKey};
use crate::master::MasterKey;
use crate::pan::Pan;
use crate::record::{KeyError, KeyRecord, Purpose};

/// The label of the blind index of card numbers.
const PAN_LABEL: &str = "pan";
/// Bytes of a blind index: enough that two values never meet, short enough to keep millions in memory.
const INDEX_LEN: usize = 16;

/// All keys but the master key, unwrapped and ready for use. It can be shared between threads.
pub struct KeyRing {
    /// The newest data key, under which everything new is sealed.
    writing: Sealer,
    /// The data keys before it, newest first, which still open what they sealed.
    older: Vec<Sealer>,
    index: hmac::Key,
    /// Newest first.
    jwe: Vec<JweKey>,
}

impl KeyRing {
    /// Makes a new key of this purpose and wraps it. The record is to be stored before a ring with it is used.
    /// `id` must be higher than that of every other key; `now` is in Unix milliseconds.
    ///
    /// A [`Purpose::Jwe`] key takes RSA some tenths of a second.
    ///
    /// # Errors
    /// [`KeyError::ReservedId`], [`KeyError::Generate`].
    pub fn new_record(
        master: &MasterKey,
        id: u32,
        purpose: Purpose,
        now: i64,
    ) -> Result<KeyRecord, KeyError> {
        KeyRecord::generate(master, id, purpose, now)
    }

    /// Unwraps the stored keys, in any order. There must be a data key and exactly one index key; without a JWE
    /// key the ring opens no card numbers from callers.
    ///
    /// # Errors
    /// Any [`KeyError`] but [`KeyError::Generate`], for the first record that is wrong: a ring that lacks a key
    /// would fail later, on the row that needs it.
    pub fn open(master: &MasterKey, records: impl IntoIterator<Item = KeyRecord>) -> Result<Self, KeyError> {
        let mut records: Vec<KeyRecord> = records.into_iter().collect();
        records.sort_unstable_by_key(|record| Reverse(record.id));
        if let Some(pair) = records.windows(2).find(|pair| pair[0].id == pair[1].id) {
            return Err(KeyError::DuplicateId(pair[0].id));
        }
        let mut data = Vec::new();
        let mut index = None;
        let mut jwe = Vec::new();
        for record in records {
            let material = record.unwrap(master)?;
            match record.purpose {
                Purpose::Data => data.push(Sealer::new(record.id, &material).ok_or(record.invalid())?),
                Purpose::Index if index.is_some() => return Err(KeyError::SecondIndex(record.id)),
                Purpose::Index if material.len() != KEY_LEN => return Err(record.invalid()),
                Purpose::Index => index = Some(hmac::Key::new(hmac::HMAC_SHA256, &material)),
                Purpose::Jwe => jwe.push(open_jwe_key(&record, &material).ok_or(record.invalid())?),
            }
        }
        let mut data = data.into_iter();
        Ok(Self {
            writing: data.next().ok_or(KeyError::Missing(Purpose::Data))?,
            older: data.collect(),
            index: index.ok_or(KeyError::Missing(Purpose::Index))?,
            jwe,
        })
    }

    /// Seals a value for its place under the newest data key. The result is 33 bytes longer than the value.
    ///
    /// # Errors
    /// [`SealError::Seal`].
    pub fn seal(&self, place: Place, value: &[u8]) -> Result<Vec<u8>, SealError> {
        self.writing.seal(place, value)
    }

    /// Opens what was sealed for this place under any data key of the ring.
    ///
    /// # Errors
    /// [`SealError::Open`].
    pub fn open_sealed(&self, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let id = envelope::key_id(sealed).ok_or(SealError::Open)?;
        let mut keys = std::iter::once(&self.writing).chain(&self.older);
        keys.find(|key| key.key_id() == id).ok_or(SealError::Open)?.open(place, sealed)
    }

    /// Whether a value was sealed under an older key than the newest, and should be sealed anew.
    #[must_use]
    pub fn is_stale(&self, sealed: &[u8]) -> bool {
        envelope::key_id(sealed) != Some(self.writing.key_id())
    }

    /// Seals a card number for its place.
    ///
    /// # Errors
    /// [`SealError::Seal`].
    pub fn seal_pan(&self, place: Place, pan: &Pan) -> Result<Vec<u8>, SealError> {
        self.seal(place, pan.expose().as_bytes())
    }

    /// Opens a card number sealed for this place.
    ///
    /// # Errors
    /// [`SealError::Open`], also when what was sealed is not a card number.
    pub fn open_pan(&self, place: Place, sealed: &[u8]) -> Result<Pan, SealError> {
        let digits = self.open_sealed(place, sealed)?;
        std::str::from_utf8(&digits).ok().and_then(|text| Pan::parse(text).ok()).ok_or(SealError::Open)
    }

    /// The blind index of a card number: equal numbers have equal indexes, and without the index key an index
    /// says nothing about the number.
    #[must_use]
    pub fn pan_index(&self, pan: &Pan) -> [u8; INDEX_LEN] {
        self.blind_index(PAN_LABEL, pan.expose().as_bytes())
    }

    /// The blind index of a value: HMAC-SHA-256 over the label's length (8 bytes, big endian), the label and the
    /// value, cut to 16 bytes. One value under two labels has two unrelated indexes.
    #[must_use]
    pub fn blind_index(&self, label: &str, value: &[u8]) -> [u8; INDEX_LEN] {
        let mut context = hmac::Context::with_key(&self.index);
        context.update(&(label.len() as u64).to_be_bytes());
        context.update(label.as_bytes());
        context.update(value);
        let mut index = [0; INDEX_LEN];
        index.copy_from_slice(&context.sign().as_ref()[..INDEX_LEN]);
        index
    }

    /// The certificates a caller may encrypt card numbers to, newest first.
    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.jwe.iter().map(JweKey::certificate)
    }

    /// Opens a card number a caller encrypted to one of the certificates: a compact JWE (RFC 7516) with
    /// `RSA-OAEP-256`, `A256GCM` and `x5t#S256`, over `{"cardNumber": "<digits>"}`. RSA takes it a quarter of a
    /// millisecond, so it does not belong on a thread others wait for.
    ///
    /// # Errors
    /// [`JweError`], whatever is wrong.
    pub fn open_card_number(&self, compact: &str) -> Result<Pan, JweError> {
        jwe::open(&self.jwe, compact)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing(redacted)")
    }
}

fn open_jwe_key(record: &KeyRecord, private_key: &[u8]) -> Option<JweKey> {
    let certificate = Certificate::from_der(record.certificate.clone()?);
    JweKey::new(private_key, certificate)
}

#[cfg(test)]
mod tests;
