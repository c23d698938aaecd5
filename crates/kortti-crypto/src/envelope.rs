//! The one format in which anything is sealed:
//! `version (1) ‖ key id (4, big endian) ‖ nonce (12) ‖ ciphertext ‖ tag (16)`.
//!
//! The cipher is AES-256-GCM with a random nonce. A key may seal 2^32 values before the chance that two nonces
//! meet passes 2^-32 (NIST SP 800-38D, section 8.3); data keys are to be rotated long before.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const KEY_ID_LEN: usize = 4;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
/// Where the nonce begins, and where the ciphertext begins.
const NONCE_AT: usize = 1 + KEY_ID_LEN;
const BODY_AT: usize = NONCE_AT + NONCE_LEN;

/// The key id of everything sealed by the master key.
pub(crate) const MASTER_KEY_ID: u32 = 0;
/// The key id of everything sealed by a customer's own key: which customer, the row says.
pub(crate) const SUBJECT_KEY_ID: u32 = u32::MAX;

/// Bytes of a symmetric key.
pub(crate) const KEY_LEN: usize = 32;

/// Where a sealed value is kept. It is authenticated with the value, so that a value copied to another row or
/// column cannot be opened there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The table's name.
    pub table: &'static str,
    /// The row's own number.
    pub row: i64,
    /// The column's name.
    pub column: &'static str,
}

/// Why a value could not be sealed or opened. It says nothing about the value or the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The cipher refused to seal, which it does for absurdly long values only.
    #[error("the value cannot be sealed")]
    Seal,
    /// Too short, altered, of another version, sealed under another key or for another place.
    #[error("the sealed value cannot be opened")]
    Open,
}

/// A key that seals and opens, ready for use.
pub(crate) struct Sealer {
    key_id: u32,
    key: RandomizedNonceKey,
}

impl Sealer {
    /// Fails unless the key has [`KEY_LEN`] bytes.
    pub(crate) fn new(key_id: u32, key: &[u8]) -> Option<Self> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key).ok()?;
        Some(Self { key_id, key })
    }

    pub(crate) fn key_id(&self) -> u32 {
        self.key_id
    }

    pub(crate) fn seal(&self, place: Place, value: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = Zeroizing::new(Vec::with_capacity(BODY_AT + value.len() + TAG_LEN));
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.key_id.to_be_bytes());
        sealed.extend_from_slice(&[0; NONCE_LEN]);
        sealed.extend_from_slice(value);
        let place = Aad::from(associated_data(place));
        let (nonce, tag) = self
            .key
            .seal_in_place_separate_tag(place, &mut sealed[BODY_AT..])
            .map_err(|_| SealError::Seal)?;
        sealed[NONCE_AT..BODY_AT].copy_from_slice(nonce.as_ref());
        sealed.extend_from_slice(tag.as_ref());
        Ok(std::mem::take(&mut *sealed))
    }

    pub(crate) fn open(&self, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let parts = Parts::read(sealed).filter(|parts| parts.key_id == self.key_id).ok_or(SealError::Open)?;
        let mut value = Zeroizing::new(parts.body.to_vec());
        let place = Aad::from(associated_data(place));
        let length = self
            .key
            .open_in_place(Nonce::from(parts.nonce), place, &mut value)
            .map_err(|_| SealError::Open)?
            .len();
        value.truncate(length);
        Ok(value)
    }
}

/// The id of the key that sealed a value, if it is of a known version and long enough.
pub(crate) fn key_id(sealed: &[u8]) -> Option<u32> {
    Parts::read(sealed).map(|parts| parts.key_id)
}

struct Parts<'a> {
    key_id: u32,
    nonce: &'a [u8; NONCE_LEN],
    /// Ciphertext and tag.
    body: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(sealed: &'a [u8]) -> Option<Self> {
        let rest = sealed.strip_prefix(&[VERSION])?;
        let (key_id, rest) = rest.split_first_chunk()?;
        let (nonce, body) = rest.split_first_chunk()?;
        (body.len() >= TAG_LEN).then_some(Self { key_id: u32::from_be_bytes(*key_id), nonce, body })
    }
}

/// What is authenticated beside the ciphertext: the version, then table, row and column. The names carry their
/// lengths, so that no two places are written alike.
fn associated_data(place: Place) -> Vec<u8> {
    let mut data = Vec::with_capacity(1 + 3 * 8 + place.table.len() + place.column.len());
    data.push(VERSION);
    data.extend_from_slice(&(place.table.len() as u64).to_be_bytes());
    data.extend_from_slice(place.table.as_bytes());
    data.extend_from_slice(&place.row.to_be_bytes());
    data.extend_from_slice(&(place.column.len() as u64).to_be_bytes());
    data.extend_from_slice(place.column.as_bytes());
    data
}

#[cfg(test)]
mod tests;
