//! How a key is kept: wrapped under the master key.

use std::fmt;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::certificate;
use crate::digest::{constant_time_eq, sha256};
use crate::envelope::{KEY_LEN, MASTER_KEY_ID, Place, SUBJECT_KEY_ID};
use crate::master::MasterKey;
use crate::random;

/// Bytes of a SHA-256.
const DIGEST_LEN: usize = 32;

/// A key as it is stored. Nothing in it is secret without the master key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct KeyRecord {
    /// The key's number, written into everything it seals. Of several keys for one purpose the highest writes.
    #[n(0)]
    pub id: u32,
    /// What the key is for.
    #[n(1)]
    pub purpose: Purpose,
    /// When the key was made, Unix milliseconds.
    #[n(2)]
    pub created_at: i64,
    /// The key itself, sealed by the master key.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub wrapped: Vec<u8>,
    /// The certificate (DER) of a [`Purpose::Jwe`] key; the other keys have none.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub certificate: Option<Vec<u8>>,
}

/// What a key is for. No key serves two purposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum Purpose {
    /// Seals what is stored. There may be several: all open, the newest seals.
    #[n(0)]
    Data,
    /// Makes the blind indexes. There is one, because a value must always have the same index.
    #[n(1)]
    Index,
    /// Opens the card numbers callers send. There may be several: a caller may use any certificate still live.
    #[n(2)]
    Jwe,
}

/// Why a key cannot be made or a ring of keys cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// 0 stands for the master key and 4,294,967,295 for the customers' own keys.
    #[error("key id {0} is reserved")]
    ReservedId(u32),
    /// Two records have the same id.
    #[error("key {0} is recorded twice")]
    DuplicateId(u32),
    /// The record was altered, or another master key wrapped it.
    #[error(
        "key {0} cannot be unwrapped: the master key is not the one it was wrapped under, or it was altered"
    )]
    Unwrap(u32),
    /// The unwrapped key is not one of its purpose, or not the one its certificate is for.
    #[error("key {0} is not a valid {1} key")]
    Invalid(u32, Purpose),
    /// The ring has no key for a purpose it cannot do without.
    #[error("there is no {0} key")]
    Missing(Purpose),
    /// There is a second index key: values indexed under the first could no longer be found.
    #[error("key {0} is a second index key")]
    SecondIndex(u32),
    /// No key could be made; for a certificate, because the time is outside 1970 to 9997.
    #[error("a {0} key cannot be made")]
    Generate(Purpose),
    /// The key that the processes of an installation know each other by cannot be made.
    #[error("the key of the installation's processes cannot be made")]
    Process,
}

impl KeyRecord {
    /// Makes a new key and wraps it.
    pub(crate) fn generate(
        master: &MasterKey,
        id: u32,
        purpose: Purpose,
        now: i64,
    ) -> Result<Self, KeyError> {
        let (material, certificate) = match purpose {
            Purpose::Data | Purpose::Index => {
                let key = Zeroizing::new(random::bytes::<KEY_LEN>());
                (Zeroizing::new(key.to_vec()), None)
            }
            Purpose::Jwe => {
                let (key, certificate) = certificate::generate(now).ok_or(KeyError::Generate(purpose))?;
                (key, Some(certificate.der().to_vec()))
            }
        };
        Self::wrap(master, id, purpose, now, &material, certificate)
    }

    pub(crate) fn wrap(
        master: &MasterKey,
        id: u32,
        purpose: Purpose,
        created_at: i64,
        material: &[u8],
        certificate: Option<Vec<u8>>,
    ) -> Result<Self, KeyError> {
        if id == MASTER_KEY_ID || id == SUBJECT_KEY_ID {
            return Err(KeyError::ReservedId(id));
        }
        // The certificate lies open beside its key; its digest inside the wrap keeps anybody from changing it there.
        let mut bound = Zeroizing::new(Vec::with_capacity(material.len() + DIGEST_LEN));
        bound.extend_from_slice(material);
        bound.extend_from_slice(&certificate_digest(certificate.as_deref()));
        let wrapped = master.wrap(place(id, purpose), &bound).map_err(|_| KeyError::Generate(purpose))?;
        Ok(Self { id, purpose, created_at, wrapped, certificate })
    }

    pub(crate) fn unwrap(&self, master: &MasterKey) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let place = place(self.id, self.purpose);
        let mut bound = master.unwrap(place, &self.wrapped).map_err(|_| KeyError::Unwrap(self.id))?;
        let (material, digest) = bound.split_last_chunk::<DIGEST_LEN>().ok_or(self.invalid())?;
        if !constant_time_eq(digest, &certificate_digest(self.certificate.as_deref())) {
            return Err(self.invalid());
        }
        let length = material.len();
        bound.truncate(length);
        Ok(bound)
    }

    pub(crate) fn invalid(&self) -> KeyError {
        KeyError::Invalid(self.id, self.purpose)
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Data => "data",
            Self::Index => "index",
            Self::Jwe => "JWE",
        })
    }
}

/// The digest of a certificate, or of nothing.
fn certificate_digest(certificate: Option<&[u8]>) -> [u8; DIGEST_LEN] {
    sha256(&[certificate.unwrap_or_default()])
}

/// Where a wrapped key is kept. The purpose is part of it, so that a record relabelled in the database cannot
/// make one key do another's work.
fn place(id: u32, purpose: Purpose) -> Place {
    let column = match purpose {
        Purpose::Data => "material/data",
        Purpose::Index => "material/index",
        Purpose::Jwe => "material/jwe",
    };
    Place { table: "key", row: i64::from(id), column }
}
