//! The code by which people and merchants name an authorisation.

use kortti_core::id::TransactionId;

const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LENGTH: usize = 6;
/// How many codes there are.
const CODES: i64 = 36_i64.pow(LENGTH as u32);
/// Neither even nor divisible by three, as the number of codes is: so different ids below that number have different codes.
const FACTOR: i64 = 1_220_703_125;

/// A code: six digits and capital letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AuthorizationCode([u8; LENGTH]);

impl AuthorizationCode {
    /// The code as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The code of an authorisation, by its first transaction.
#[must_use]
pub fn authorization_code(first: TransactionId) -> AuthorizationCode {
    let mut rest = first.0.rem_euclid(CODES) * FACTOR % CODES;
    let mut code = [b'0'; LENGTH];
    for place in code.iter_mut().rev() {
        let digit = usize::try_from(rest % 36).unwrap_or(0);
        *place = DIGITS.get(digit).copied().unwrap_or(b'0');
        rest /= 36;
    }
    AuthorizationCode(code)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use kortti_core::id::TransactionId;

    use super::authorization_code;

    #[test]
    fn each_authorisation_has_a_code_of_its_own() {
        let ids = (0..20_000).chain(2_176_700_000..2_176_720_000);
        let codes: HashSet<_> = ids.map(|id| authorization_code(TransactionId(id))).collect();
        assert_eq!(codes.len(), 40_000);
        for code in &codes {
            let code = code.as_str();
            assert!(
                code.len() == 6
                    && code.bytes().all(|byte| b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".contains(&byte))
            );
        }
    }

    #[test]
    fn every_id_has_a_code() {
        for id in [i64::MIN, -1, 0, 999_999_999_999_999_999, i64::MAX] {
            assert_eq!(authorization_code(TransactionId(id)).as_str().len(), 6);
        }
    }
}
