//! A customer's own key.

use std::fmt;

use zeroize::Zeroizing;

use crate::envelope::{KEY_LEN, Place, SUBJECT_KEY_ID, SealError, Sealer};
use crate::keyring::KeyRing;
use crate::random;

/// The key under which one customer's personal data is sealed, wherever it is written: also where nothing can be
/// deleted. Destroying the wrapped key erases the person.
pub struct SubjectKey {
    key: Zeroizing<[u8; KEY_LEN]>,
    sealer: Sealer,
}

impl SubjectKey {
    /// A new key.
    ///
    /// # Errors
    /// [`SealError::Seal`] when the library refuses the key, which it has no reason to.
    pub fn generate() -> Result<Self, SealError> {
        Self::from_bytes(Zeroizing::new(random::bytes())).ok_or(SealError::Seal)
    }

    /// The key sealed under the ring's newest data key, to be stored with the customer.
    ///
    /// # Errors
    /// [`SealError::Seal`].
    pub fn wrap(&self, ring: &KeyRing, customer_id: i64) -> Result<Vec<u8>, SealError> {
        ring.seal(place(customer_id), self.key.as_slice())
    }

    /// The key of this customer, from its wrapped form.
    ///
    /// # Errors
    /// [`SealError::Open`], also for another customer's key.
    pub fn unwrap(ring: &KeyRing, customer_id: i64, wrapped: &[u8]) -> Result<Self, SealError> {
        let opened = ring.open_sealed(place(customer_id), wrapped)?;
        let mut key = Zeroizing::new([0; KEY_LEN]);
        if opened.len() != key.len() {
            return Err(SealError::Open);
        }
        key.copy_from_slice(&opened);
        Self::from_bytes(key).ok_or(SealError::Open)
    }

    /// Seals a value for its place. The result is 33 bytes longer than the value.
    ///
    /// # Errors
    /// [`SealError::Seal`].
    pub fn seal(&self, place: Place, value: &[u8]) -> Result<Vec<u8>, SealError> {
        self.sealer.seal(place, value)
    }

    /// Opens what this key sealed for this place.
    ///
    /// # Errors
    /// [`SealError::Open`].
    pub fn open(&self, place: Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        self.sealer.open(place, sealed)
    }

    fn from_bytes(key: Zeroizing<[u8; KEY_LEN]>) -> Option<Self> {
        let sealer = Sealer::new(SUBJECT_KEY_ID, key.as_slice())?;
        Some(Self { key, sealer })
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectKey(redacted)")
    }
}

fn place(customer_id: i64) -> Place {
    Place { table: "customer_key", row: customer_id, column: "key" }
}

#[cfg(test)]
mod tests;
