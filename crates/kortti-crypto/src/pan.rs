//! The card number.

use std::fmt;

use zeroize::Zeroizing;

use crate::random;

/// The digits a card number may have (ISO/IEC 7812-1 allows 19 at most; payment schemes use 12 and more).
const LENGTHS: std::ops::RangeInclusive<usize> = 12..=19;

/// A card number in clear: 12 to 19 digits with a correct Luhn check digit.
///
/// It cannot be printed, serialised, cloned or compared, and its memory is zeroed when it is dropped.
pub struct Pan {
    /// On the heap and never grown, so that moving the number leaves no copy of it behind.
    digits: Zeroizing<String>,
}

/// Why a text is not a card number. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PanError {
    /// Something other than the digits 0 to 9.
    #[error("a card number has only digits")]
    NotDigits,
    /// Fewer than 12 or more than 19 digits, or a prefix that leaves no room for a check digit.
    #[error("a card number has 12 to 19 digits")]
    Length,
    /// The last digit is not the Luhn check digit of the others.
    #[error("the check digit of the card number is wrong")]
    Luhn,
}

impl Pan {
    /// Reads a card number written as digits only.
    ///
    /// # Errors
    /// The first rule the text breaks: digits, then length, then the check digit.
    pub fn parse(text: &str) -> Result<Self, PanError> {
        if !is_digits(text) {
            return Err(PanError::NotDigits);
        }
        if !LENGTHS.contains(&text.len()) {
            return Err(PanError::Length);
        }
        let (payload, check) = text.split_at(text.len() - 1);
        if check.as_bytes() != [check_digit(payload)] {
            return Err(PanError::Luhn);
        }
        Ok(Self { digits: Zeroizing::new(text.to_owned()) })
    }

    /// A new card number of `length` digits that starts with `prefix`; the digits between the prefix and the
    /// check digit are uniformly random. Nothing says that the number was not drawn before: the caller looks.
    ///
    /// # Errors
    /// [`PanError::NotDigits`] for the prefix, [`PanError::Length`] for a length outside 12 to 19 or a prefix
    /// that fills it.
    pub fn generate(prefix: &str, length: usize) -> Result<Self, PanError> {
        if !is_digits(prefix) {
            return Err(PanError::NotDigits);
        }
        if !LENGTHS.contains(&length) || prefix.len() >= length {
            return Err(PanError::Length);
        }
        let mut digits = Zeroizing::new(String::with_capacity(length));
        digits.push_str(prefix);
        // Each digit of a uniform number is uniform; 18 are the most that are ever needed.
        let mut random = random::digits::<18>();
        while digits.len() < length - 1 {
            digits.push(char::from(b'0' + (random % 10) as u8));
            random /= 10;
        }
        let check = check_digit(&digits);
        digits.push(char::from(check));
        Ok(Self { digits })
    }

    /// Whether the number begins with these digits.
    #[must_use]
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.digits.starts_with(prefix)
    }

    /// The first eight digits as a number: the most of a card number that may be shown together with the last
    /// four.
    #[must_use]
    pub fn first8(&self) -> u32 {
        number(&self.digits[..8])
    }

    /// The last four digits as a number; `7` stands for `0007`.
    #[must_use]
    pub fn last4(&self) -> u16 {
        // Four digits are always below 10,000.
        number(&self.digits[self.digits.len() - 4..]) as u16
    }

    /// How many digits the number has, 12 to 19.
    #[must_use]
    pub fn digits(&self) -> usize {
        self.digits.len()
    }

    /// The number in clear. This is the only way out of the type: every call is a place to justify.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.digits
    }
}

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pan(redacted)")
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The Luhn check digit, as a character, that completes these digits (ISO/IEC 7812-1, annex B).
fn check_digit(payload: &str) -> u8 {
    let mut sum = 0;
    // Counted from the right, the payload's digits are doubled first, then taken once, and so on.
    for (position, byte) in payload.bytes().rev().enumerate() {
        let digit = u32::from(byte - b'0');
        sum += match (position % 2, digit) {
            (0, 0..=4) => digit * 2,
            (0, _) => digit * 2 - 9,
            _ => digit,
        };
    }
    b'0' + ((10 - sum % 10) % 10) as u8
}

/// The value of at most nine digits.
fn number(digits: &str) -> u32 {
    digits.bytes().fold(0, |value, byte| value * 10 + u32::from(byte - b'0'))
}

#[cfg(test)]
mod tests;
