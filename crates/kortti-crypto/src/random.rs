//! Randomness: every random value of the system comes from here, out of the library's own generator.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// Bytes in a client secret before it is put into text: 256 bits leave nothing to guess.
const SECRET_BYTES: usize = 32;

/// `N` random bytes.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if rand::fill(&mut bytes).is_err() {
        // The library aborts by itself when the operating system has no randomness to give. Going on with
        // predictable keys would be worse than stopping, so the impossible error is treated the same way.
        std::process::abort();
    }
    bytes
}

/// A uniform random number of up to `N` decimal digits (1 to 19, checked when compiled): `0 <= number < 10^N`.
#[must_use]
pub fn digits<const N: u32>() -> u64 {
    const { assert!(N >= 1 && N <= 19, "a u64 holds one to nineteen decimal digits") };
    let bound = 10_u64.pow(N);
    // Numbers above the last whole multiple of the bound are drawn again: a plain remainder would favour the
    // small numbers.
    let limit = u64::MAX - u64::MAX % bound;
    loop {
        let number = u64::from_be_bytes(bytes());
        if number < limit {
            return number % bound;
        }
    }
}

/// A new client secret: 32 random bytes as base64url without padding, 43 characters.
#[must_use]
pub fn secret() -> Zeroizing<String> {
    let bytes = Zeroizing::new(bytes::<SECRET_BYTES>());
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

#[cfg(test)]
mod tests;
