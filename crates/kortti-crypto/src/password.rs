//! Client secrets, kept as Argon2id hashes.

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};

use crate::random;

/// The OWASP recommendation: 19 MiB of memory, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_LEN: usize = 16;

/// The most a stored hash may ask for. Without a bound a damaged hash could take all memory.
const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 16;

/// A hash of the usual cost that no known secret has: its salt and its hash are all zeros.
const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// No hash could be made: there is not enough memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the secret cannot be hashed: not enough memory")]
pub struct PasswordError;

/// The hash of a secret under a new random salt, as a PHC string. It takes some 20 ms and 19 MiB.
///
/// # Errors
/// [`PasswordError`].
pub fn hash(secret: &str) -> Result<String, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| PasswordError)?;
    let salt = random::bytes::<SALT_LEN>();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(secret.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|_| PasswordError)
}

/// Whether the hash is of this secret. A text that is not a hash is nobody's.
#[must_use]
pub fn verify(secret: &str, phc: &str) -> bool {
    let Ok(hash) = PasswordHash::new(phc) else {
        return false;
    };
    is_bounded(&hash) && Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok()
}

/// A hash to verify against when the client is unknown: it costs what a client's hash costs and never fits, so
/// that the time of the answer does not tell which clients exist.
#[must_use]
pub fn dummy_hash() -> &'static str {
    DUMMY_HASH
}

fn is_bounded(hash: &PasswordHash) -> bool {
    Params::try_from(hash).is_ok_and(|params| {
        params.m_cost() <= MAX_MEMORY_KIB && params.t_cost() <= MAX_PASSES && params.p_cost() <= MAX_LANES
    })
}

#[cfg(test)]
mod tests;
